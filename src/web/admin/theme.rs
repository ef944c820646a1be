//! Light, dark or auto, chosen without a script: a form that leads back to the page it stands on. It is open to those who are not
//! logged in too, since the page for logging in has it and nothing but a cookie of their own changes.

use super::answer::AdminAnswer;
use super::request::AdminRequest;
use crate::admin::address::Address;
use crate::admin::context::Context;
use crate::admin::look::Theme;
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::views::{self, ViewError};

/// The most characters of the way back.
const NEXT_LENGTH_MAX: usize = 2_000;

/// Keeps the choice and leads back.
pub(super) fn choose(asked: &AdminRequest, posted: &Query) -> AdminAnswer {
    let next = posted.get("next");
    let next = next.filter(|next| next.chars().count() <= NEXT_LENGTH_MAX);
    let reply = Reply::Redirect {
        to: asked.destination(next.unwrap_or("")),
        messages: Vec::new(),
    };
    AdminAnswer {
        theme: Some(Theme::read(posted.get("theme").unwrap_or(""))),
        ..reply.into()
    }
}

/// Refuses to show anything: a link or a picture must not choose.
pub(super) fn look(context: &mut Context<'_>) -> Result<AdminAnswer, ViewError> {
    let link = ("Back to the start page", Address::Index.pattern());
    let text = "The theme is chosen with the button at the top of each page.";
    views::message_page(context, 405, "Theme", text, link).map(AdminAnswer::from)
}
