//! One file a view. Order in each: may they? does it exist? is the input right? then the work.

pub mod autocomplete;
mod bulk;
pub mod delete;
pub mod form;
pub(super) mod hidden;
pub mod history;
pub mod impact;
pub mod index;
pub mod list;
pub(super) mod messages;
pub mod object_tools;
pub mod palette;
pub mod redraw;

use super::context::Context;
pub(super) use super::context::capitalised;
use super::pages::message::MessagePage;
use super::reply::{Level, Message, Reply, redirect};
use super::site::SiteEntry;
use crate::admin::address::Address;
use crate::audit::store;
use crate::auth::Action;
use crate::db;

/// Why a view gives no page of its own.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The database's.
    #[error(transparent)]
    Database(#[from] db::Error),
    /// A page could not be rendered.
    #[error(transparent)]
    Template(#[from] askama::Error),
    /// The audit log's, or a permission that was taken away meanwhile.
    #[error(transparent)]
    Audit(#[from] crate::audit::Error),
}

impl From<crate::auth::actor::ActorError> for ViewError {
    fn from(refused: crate::auth::actor::ActorError) -> Self {
        Self::Audit(refused.into())
    }
}

/// What a view gives.
pub type ViewResult = Result<Reply, ViewError>;

/// Returns a page that only says something, and a way back.
pub fn message_page(context: &mut Context<'_>, status: u16, title: &str, text: &str, link: (&str, &str)) -> ViewResult {
    use askama::Template;
    let mut frame = context.frame(
        title,
        vec![
            ("Home".to_owned(), Some(Address::Index.into())),
            (title.to_owned(), None),
        ],
        "message",
    );
    // What was asked for is not repeated where it was refused.
    frame.here.clear();
    let page = MessagePage {
        frame,
        text: text.to_owned(),
        link: (link.0.to_owned(), link.1.to_owned()),
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    })
}

/// Returns the page of status 403.
pub fn forbidden(context: &mut Context<'_>) -> ViewResult {
    message_page(
        context,
        403,
        "No permission",
        "Your account has no permission for this. A superuser can give it.",
        ("Back to the start page", Address::Index.pattern()),
    )
}

/// Returns the page of status 404.
pub fn not_found(context: &mut Context<'_>) -> ViewResult {
    message_page(
        context,
        404,
        "Page not found",
        "There is nothing at this address.",
        ("Back to the start page", Address::Index.pattern()),
    )
}

/// Returns nothing with this key: back to the start page, which says so, and leads to the history of what was deleted.
pub fn missing(context: &mut Context<'_>, entry: &SiteEntry, id: &str) -> ViewResult {
    let text = format!("{} with ID “{id}” doesn’t exist.", capitalised(entry.spec.singular));
    let content_type = entry.spec.model.to_string();
    let key = id
        .parse::<i64>()
        .ok()
        .filter(|_| entry.may(&context.account, Action::View));
    let known = match key {
        Some(key) => store::count_of_object(context.conn, &content_type, key)? > 0,
        None => false,
    };
    let link = key
        .filter(|_| known)
        .map(|key| (entry.history_url(key), "Its history".to_owned()));
    let text = format!(
        "{text} {}",
        if known {
            "It was deleted. "
        } else {
            "Perhaps it was deleted?"
        }
    );
    let message = Message {
        link,
        ..Message::new(Level::Warning, text)
    };
    Ok(redirect(Address::Index, message))
}

/// Returns the way to a model's list.
pub(super) fn way(entry: &SiteEntry, rest: &[(&str, Option<String>)]) -> Vec<(String, Option<String>)> {
    let mut way = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        (
            entry.app_title.to_owned(),
            Some(Address::App(entry.spec.model.app).into()),
        ),
        (capitalised(entry.spec.plural), Some(entry.url())),
    ];
    way.extend(rest.iter().map(|(words, link)| ((*words).to_owned(), link.clone())));
    if let Some(last) = way.last_mut() {
        last.1 = None;
    }
    way
}
