//! Light, dark or auto, chosen without a script: a form that leads back to the page it stands on. It is open to those who are not
//! logged in too, since the page for logging in has it and nothing but a cookie of their own changes.

use super::answer::{AdminAnswer, AdminRequest};
use super::login::destination;
use crate::admin::context::Context;
use crate::admin::look::Theme;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::views::{self, Error};

/// Where the form is posted.
pub(super) const THEME: &str = "/admin/theme/";

/// The most characters of the way back.
const NEXT_LENGTH_MAX: usize = 2_000;

/// Returns whether the request chooses a theme.
pub(super) fn is_chosen(asked: &AdminRequest) -> bool {
    asked.path == THEME && asked.is_post
}

/// Keeps the choice and leads back.
pub(super) fn choose(posted: &Query) -> AdminAnswer {
    let next = posted.get("next");
    let next = next.filter(|next| next.chars().count() <= NEXT_LENGTH_MAX);
    let reply = Reply::Redirect {
        to: destination(next.unwrap_or("")).to_owned(),
        messages: Vec::new(),
    };
    AdminAnswer {
        theme: Some(Theme::read(posted.get("theme").unwrap_or(""))),
        ..reply.into()
    }
}

/// There is nothing to look at: a link or a picture must not choose.
pub(super) fn look(context: &mut Context<'_>) -> Result<AdminAnswer, Error> {
    let link = ("Back to the start page", "/admin/");
    let text = "The theme is chosen with the button at the top of each page.";
    views::message_page(context, 405, "Theme", text, link).map(AdminAnswer::from)
}
