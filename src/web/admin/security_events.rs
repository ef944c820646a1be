//! What the security log keeps of the admin's answers.

use super::answer::AdminAnswer;
use super::request::AdminRequest;
use super::routes::Route;
use crate::admin::address::{Address, ModelPage};
use crate::admin::reply::Reply;
use crate::web::request::security_log::{EventDetails, SecurityEvent};

/// Logs what was refused, taken out or taken in.
pub(super) fn of_answer(asked: &AdminRequest, answer: &AdminAnswer) {
    match &answer.reply {
        Reply::Html { status: 403, .. } if asked.is_stale => {
            asked.event(
                SecurityEvent::TokenRefused,
                because("the token belongs to an earlier login"),
            );
        }
        Reply::Html { status: 403, .. } if asked.record.user().is_some() => {
            asked.event(SecurityEvent::PermissionDenied, EventDetails::default());
        }
        Reply::Export { export, .. } if !asked.is_head => {
            let object = format!("{} rows of {} in {}", export.rows(), export.model, export.file_name);
            asked.event(SecurityEvent::Export, on(&object));
        }
        Reply::Redirect { .. } if asked.posted.as_ref().is_some_and(|form| form.get("_confirm").is_some()) => {
            if let Route::Page(Address::Model(model, ModelPage::Import)) = &asked.route {
                asked.event(SecurityEvent::Import, on(&model.to_string()));
            }
        }
        _ => {}
    }
}

/// Returns the details of a refusal for this reason.
pub(super) fn because(reason: &str) -> EventDetails<'_> {
    EventDetails {
        reason: Some(reason),
        ..EventDetails::default()
    }
}

/// Returns the details of what was done to this.
pub(super) fn on(object: &str) -> EventDetails<'_> {
    EventDetails {
        object: Some(object),
        ..EventDetails::default()
    }
}
