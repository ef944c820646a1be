//! Pages for what no view could answer.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use chrono::{NaiveDateTime, TimeDelta};

use crate::admin::views;
use crate::db;
use crate::web::error;

/// After how many seconds a request that the database did not answer may be sent again.
pub(in crate::web) const RETRY_AFTER_SECONDS: u64 = 5;

/// Returns the page for a view's failure. What was changed or deleted between two looks at it is no fault; an outage of the
/// database is 503 with the reason and `Retry-After`.
pub(super) fn failed(failure: &views::ViewError, now: NaiveDateTime) -> HttpResponse {
    match cause(failure) {
        Some(db::Error::NotFound | db::Error::Violation(_)) => {
            tracing::warn!(error = %failure, "a request to the admin came too late");
            let message = "This was changed or deleted meanwhile. Nothing was changed. Load the page again.";
            error::page(StatusCode::CONFLICT, "Changed meanwhile", message)
        }
        Some(db::Error::Abandoned) => {
            tracing::debug!("a client disconnected before its page was made");
            unavailable("The client disconnected.")
        }
        Some(outage) if outage.is_outage() => {
            tracing::error!(error = %failure, "the admin could not answer");
            unavailable(&outage_in_words(outage, now))
        }
        _ => {
            tracing::error!(error = %failure, "the admin could not answer");
            lost()
        }
    }
}

pub(super) fn cause(failure: &views::ViewError) -> Option<&db::Error> {
    match failure {
        views::ViewError::Database(error) | views::ViewError::Audit(crate::audit::Error::Database(error)) => {
            Some(error)
        }
        views::ViewError::Audit(_) | views::ViewError::Template(_) => None,
    }
}

/// Returns why the database took no change, in words, if it can still be read, so that the form can be drawn again.
pub(super) fn not_taken(failure: &views::ViewError, is_superuser: bool) -> Option<String> {
    let error = cause(failure)?;
    let can_read = matches!(
        error,
        db::Error::Locked(_) | db::Error::ReadOnly(_) | db::Error::Full(_)
    );
    can_read.then(|| {
        tracing::error!(%error, "the database did not take a form");
        error.in_words_for(is_superuser)
    })
}

/// Returns the page for a time during which nothing can be done: 503 and when to try again.
pub(super) fn unavailable(message: &str) -> HttpResponse {
    let mut response = error::page(StatusCode::SERVICE_UNAVAILABLE, "Not available", message);
    set_retry_after(&mut response);
    response
}

/// Returns the error of a database that did not answer in time.
pub(in crate::web) fn no_answer() -> db::Error {
    db::Error::Unavailable("the database did not answer in time".to_owned())
}

/// Says in a response when to try again.
pub(super) fn set_retry_after(response: &mut HttpResponse) {
    let retry_after = HeaderValue::from(RETRY_AFTER_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, retry_after);
}

/// Says why the database did not do it, since when, and what to do.
pub(in crate::web) fn outage_in_words(outage: &db::Error, now: NaiveDateTime) -> String {
    let advice = match outage {
        db::Error::TooSlow(_) => "Narrow the search, or try again in a moment.",
        _ => "Nothing was changed. Try again in a moment.",
    };
    let since = match outage {
        db::Error::Refused { since, .. } => {
            let elapsed = since.elapsed();
            let since = now - TimeDelta::from_std(elapsed).unwrap_or_default();
            let since = since.format("%Y-%m-%d %H:%M:%S UTC");
            format!(
                " It has been unavailable since {since}, for {} seconds.",
                elapsed.as_secs()
            )
        }
        _ => String::new(),
    };
    format!("{}{since} {advice}", outage.in_words())
}

/// Returns the page for a fault of the program.
pub(super) fn lost() -> HttpResponse {
    error::page(
        StatusCode::INTERNAL_SERVER_ERROR,
        "Something went wrong",
        "This is our fault. The log says more.",
    )
}
