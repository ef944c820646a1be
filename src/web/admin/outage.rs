//! What is answered when the database fails a request: whether anything was saved, as far as that is known, and what was typed.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::answer::{self, AdminAnswer};
use super::request::AdminRequest;
use super::{failure, redraw};
use crate::admin::address::{Address, ModelPage};
use crate::admin::views;
use crate::audit::LOG_ENTRY;
use crate::db;
use crate::db::request_writes::RequestWrites;
use crate::web::error;
use crate::web::state::AppState;

/// Returns the answer to a request that failed after `written` was written.
pub(super) fn failed(
    failed: &views::ViewError,
    written: RequestWrites,
    asked: &AdminRequest,
    shared: &web::Data<AppState>,
) -> HttpResponse {
    let now = shared.clock.now();
    match (failure::cause(failed), written) {
        (Some(db::Error::Abandoned), _) => failure::failed(failed, now),
        (Some(db::Error::OutcomeUnknown(_)), _) | (_, RequestWrites::Unknown) => {
            tracing::error!(error = %failed, "it is not known whether a change was saved");
            let note = "It is not known whether this was saved: the connection to the database was lost meanwhile. Look before you send \
                        it again.";
            page("It is not known whether this was saved", note, true, asked, shared)
        }
        (_, RequestWrites::Something) => {
            tracing::error!(error = %failed, "a change was saved, and the page about it failed");
            let note = "This was saved. The database did not answer afterwards, so the page about it cannot be shown. Load the page again \
                        in a moment.";
            page("Saved, but not shown", note, false, asked, shared)
        }
        (Some(outage), RequestWrites::Nothing) if asked.is_post && !asked.is_login() && outage.is_outage() => {
            tracing::error!(error = %failed, "the admin could not answer");
            let note = failure::outage_in_words(outage, now);
            page("Not available", &note, true, asked, shared)
        }
        _ => failure::failed(failed, now),
    }
}

/// Returns the answer to a request that was given up after `written` was written.
pub(super) fn late(written: RequestWrites, asked: &AdminRequest, shared: &web::Data<AppState>) -> HttpResponse {
    failed(&failure::no_answer().into(), written, asked, shared)
}

/// Returns the page, with the form that was sent if it `may_be_sent` again.
fn page(
    title: &str,
    note: &str,
    may_be_sent: bool,
    asked: &AdminRequest,
    shared: &web::Data<AppState>,
) -> HttpResponse {
    // A login is tried again without harm, whatever it had written.
    if asked.is_login() {
        return failure::unavailable("The database did not answer. Try to log in again in a moment.");
    }
    let status = StatusCode::SERVICE_UNAVAILABLE;
    let drawn = match may_be_sent {
        true => redraw::unanswered(
            asked,
            &shared.admin.site,
            title,
            (status.as_u16(), note),
            history(asked),
        ),
        false => Ok(None),
    };
    let mut response = match drawn {
        Ok(Some(reply)) => answer::respond(AdminAnswer::from(reply), asked, shared),
        Ok(None) => error::page(status, title, note),
        Err(error) => {
            tracing::error!(%error, "a form could not be drawn again");
            return failure::lost();
        }
    };
    failure::set_retry_after(&mut response);
    response
}

/// Returns the link to the history of the object that the request is about, else to the log.
fn history(asked: &AdminRequest) -> (&'static str, String) {
    let object = match asked.route.address() {
        Some(Address::Model(model, page)) => page
            .key()
            .filter(|key| key.is_number())
            .map(|key| (*model, key.clone())),
        Some(_) | None => None,
    };
    match object {
        Some((model, key)) => ("Its history", Address::Model(model, ModelPage::History(key)).into()),
        None => (
            "The log of all changes",
            Address::Model(LOG_ENTRY, ModelPage::List).into(),
        ),
    }
}
