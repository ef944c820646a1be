//! What the security log keeps of the admin's answers.

use super::answer::{Answer, Asked};
use super::page::{ModelPage, Page};
use crate::admin::reply::Reply;
use crate::admin::site::Site;
use crate::web::request::security_log::{Details, Event};

/// Logs what was refused, taken out or taken in.
pub(super) fn of_answer(asked: &Asked, answer: &Answer, site: &Site) {
    match &answer.reply {
        Reply::Html { status: 403, .. } if asked.is_stale => {
            asked.event(Event::TokenRefused, because("the token belongs to an earlier login"));
        }
        Reply::Html { status: 403, .. } if asked.record.user().is_some() => {
            asked.event(Event::PermissionDenied, Details::default());
        }
        Reply::Export { export, .. } if !asked.is_head => {
            let object = format!("{} rows of {} in {}", export.rows(), export.model, export.file_name);
            asked.event(Event::Export, on(&object));
        }
        Reply::Redirect { .. } if asked.posted.as_ref().is_some_and(|form| form.get("_confirm").is_some()) => {
            if let Page::Model(entry, ModelPage::Import) = Page::of(&asked.path, site) {
                asked.event(Event::Import, on(&entry.spec.model.to_string()));
            }
        }
        _ => {}
    }
}

/// Returns the details of a refusal for this reason.
pub(super) fn because(reason: &str) -> Details<'_> {
    Details {
        reason: Some(reason),
        ..Details::default()
    }
}

/// Returns the details of what was done to this.
pub(super) fn on(object: &str) -> Details<'_> {
    Details {
        object: Some(object),
        ..Details::default()
    }
}
