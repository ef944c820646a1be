//! The kinds of exceptions that a user may store.

use super::asked::{CLOSED, EXTRA};
use super::stored::ExceptedObject;
use crate::apps::sla::{CALENDAR, WINDOW};
use crate::auth::{Account, Action, Model};

/// A kind of exception.
pub(super) struct ExceptionOffer {
    /// The value of the field `service`.
    pub(super) value: &'static str,
    pub(super) words: &'static str,
    pub(super) help: &'static str,
}

/// Returns what a user with the permission to change the object may store: a component keeps exceptions in objects of its own, which must be
/// added and changed.
pub(super) fn offers(account: &Account, object: &ExceptedObject) -> Vec<ExceptionOffer> {
    let is_alone = matches!(object, ExceptedObject::Component(..));
    let may_write = |model: Model| {
        let may = |action| account.may(model.permission(action));
        !is_alone || (may(Action::Add) && may(Action::Change))
    };
    let closed = ExceptionOffer {
        value: CLOSED,
        words: "Closed",
        help: "No service is promised then.",
    };
    let extra = ExceptionOffer {
        value: EXTRA,
        words: "Extra service",
        help: "Service is promised then too, unless a calendar excludes it.",
    };
    let closed = may_write(CALENDAR).then_some(closed);
    closed.into_iter().chain(may_write(WINDOW).then_some(extra)).collect()
}
