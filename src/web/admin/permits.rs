//! Permits for work that takes memory: hashing passwords and reading files. Those who come in a crowd wait for them here, where waiting
//! costs nothing, and not each on a thread.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::hashing_queue::HashingTurn;
use super::request::AdminRequest;
use crate::auth::throttle;
use crate::web::error;
use crate::web::state::AppState;

/// How long a form with a password or a file may wait until others are done.
const PERMIT_WAIT: Duration = Duration::from_secs(10);

/// The permit of a request for work that takes memory, until that is done.
#[expect(dead_code, reason = "permits are held, not read")]
pub(super) enum MemoryPermit {
    /// To hash a password.
    Hashing(HashingTurn),
    /// To read a file.
    File(OwnedSemaphorePermit),
}

impl MemoryPermit {
    /// Waits for the permit that a request needs, if it needs one.
    ///
    /// # Errors
    /// The response to a request that waited in vain.
    pub(super) async fn of(
        asked: &AdminRequest,
        takes_files: bool,
        shared: &AppState,
    ) -> Result<Option<Self>, HttpResponse> {
        if asked.posted.is_none() {
            return Ok(None);
        }
        if takes_files {
            return Self::of_file(shared).await.map(Some);
        }
        match asked.route.form_rules(&shared.admin.site).holds_password {
            true => Self::of_password(shared, asked).await.map(Some),
            false => Ok(None),
        }
    }

    async fn of_file(shared: &AppState) -> Result<Self, HttpResponse> {
        let permit = Arc::clone(&shared.admin.importing).acquire_owned();
        match timeout(PERMIT_WAIT, permit).await {
            Ok(Ok(permit)) => Ok(Self::File(permit)),
            Ok(Err(_)) | Err(_) => Err(too_many(
                "Too many files are taken in at once. Nothing was written. Try again in a moment.",
            )),
        }
    }

    /// Waits for a turn at hashing, after other addresses that were first.
    async fn of_password(shared: &AppState, asked: &AdminRequest) -> Result<Self, HttpResponse> {
        let place = throttle::place(asked.client.address);
        match timeout(PERMIT_WAIT, shared.admin.hashing.take(&place)).await {
            Ok(Some(turn)) => Ok(Self::Hashing(turn)),
            Ok(None) | Err(_) => Err(too_many("Too many people log in at once. Try again in a moment.")),
        }
    }
}

fn too_many(message: &str) -> HttpResponse {
    let mut response = error::page(StatusCode::TOO_MANY_REQUESTS, "Too many requests", message);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("10"));
    response
}
