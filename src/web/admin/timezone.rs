//! The user's own time zone. Users set it without any permission, as they set their own password; the audit log keeps it as a change of the
//! user by that user.

use askama::Template;

use super::answer::AdminAnswer;
use super::request::AdminRequest;
use crate::admin::address::Address;
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::input::FormInput;
use crate::admin::model::Refusal;
use crate::admin::pages::timezone::TimezonePage;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::views::ViewError;
use crate::audit;

/// Shows the form, or saves the zone and leads back to the page that the user came from.
///
/// # Errors
/// Of the database and of the template.
pub(super) fn own(context: &mut Context<'_>, asked: &AdminRequest) -> Result<AdminAnswer, ViewError> {
    let of_form = asked.posted.as_ref().and_then(|posted| posted.get("next"));
    let next = asked.destination(of_form.or(asked.query.get("next")).unwrap_or(""));
    let mut value = context.account.timezone.map_or("", |zone| zone.name()).to_owned();
    let mut errors = Vec::new();
    let accounts = context.site.entries().iter().find_map(|entry| entry.admin.accounts());
    if let (Some(posted), Some(accounts)) = (&asked.posted, accounts) {
        let mut input = FormInput::new(posted);
        input.text("timezone").clone_into(&mut value);
        let (actor, id) = (context.actor(), context.account.id);
        let saved = audit::transaction(context.conn, &actor, context.now, |tx| {
            accounts.set_timezone(tx, id, &mut input)
        });
        match saved {
            Ok(_) => {
                let zone = if value.is_empty() { "UTC" } else { &value };
                return Ok(redirect(
                    next,
                    Message::new(Level::Success, format!("Times are shown in {zone}.")),
                )
                .into());
            }
            Err(Refusal::Input) => errors = input.into_errors().into_values().flatten().collect(),
            Err(refusal @ (Refusal::Fields(_) | Refusal::Rule(_))) => errors.push(refusal.to_string()),
            Err(Refusal::Audit(error)) => return Err(error.into()),
        }
    }
    let (status, prefix) = if errors.is_empty() {
        (200, "")
    } else {
        (422, ERROR_PREFIX)
    };
    let crumbs = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Time zone".to_owned(), None),
    ];
    let page = TimezonePage {
        value,
        errors,
        next,
        frame: context.frame(&format!("{prefix}Time zone"), crumbs, "time-zone"),
    };
    Ok(Reply::Html {
        status,
        body: page.render()?,
    }
    .into())
}
