//! The body of a request, as much of it as may be.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use actix_web::body::{BodyStream, MessageBody};
use actix_web::web;

use crate::web::request::metrics::ConnectionMetrics;
use crate::web::state::AppState;

/// The largest form, in bytes.
pub(super) const FORM_MAX: usize = 2_621_440;
/// The largest form with a file in it, in bytes; only a page that takes files reads so much, for users with the permission.
pub(super) const UPLOAD_MAX: usize = 16 * 1024 * 1024;
/// How much is read of what is not wanted: browsers look at an answer only when they have sent everything.
const DISCARDED_MAX: usize = 32 * 1024 * 1024;
/// The largest form without a session, in bytes.
pub(super) const ANONYMOUS_FORM_MAX: usize = 16 * 1024;
/// How long a form may take to arrive, however quickly it comes, unless `--read-timeout` is longer.
const FORM_TIMEOUT: Duration = Duration::from_secs(300);
/// How many bytes of a form add a second to the time that it may take.
const BYTES_A_SECOND: usize = 16 * 1024;
/// How long what is not wanted may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// What follows the head of a request.
pub(in crate::web) struct RequestBody {
    payload: Pin<Box<BodyStream<web::Payload>>>,
    read_timeout: Duration,
    metrics: ConnectionMetrics,
    /// Whether nothing more is waited for.
    is_given_up: bool,
}

/// Why a form was not read.
pub(in crate::web) enum Unread {
    /// It is larger than a form may be.
    TooLarge,
    /// The connection broke.
    Broken,
    /// It took too long.
    Late,
}

impl RequestBody {
    pub(in crate::web) fn new(payload: web::Payload, shared: &AppState) -> Self {
        Self {
            payload: Box::pin(BodyStream::new(payload)),
            read_timeout: shared.read_timeout,
            metrics: shared.http_metrics.connections.clone(),
            is_given_up: false,
        }
    }

    /// Returns all of a form that has at most `length_max` bytes. It may take `--read-timeout`, and a second more for each 16 KiB that
    /// came.
    pub(in crate::web) async fn read(&mut self, length_max: usize) -> Result<Vec<u8>, Unread> {
        let begun = Instant::now();
        let longest = FORM_TIMEOUT.max(self.read_timeout);
        let mut form = Vec::new();
        loop {
            let more = Duration::from_secs((form.len() / BYTES_A_SECOND) as u64);
            let deadline = begun + (self.read_timeout + more).min(longest);
            let Ok(chunk) = tokio::time::timeout_at(deadline.into(), self.next()).await else {
                self.is_given_up = true;
                self.metrics.timed_out("body");
                return Err(Unread::Late);
            };
            let Some(chunk) = chunk? else {
                return Ok(form);
            };
            if form.len() + chunk.len() > length_max {
                return Err(Unread::TooLarge);
            }
            // By doubling, but never beyond what may come: a large body would take twice its size.
            if form.capacity() < form.len() + chunk.len() {
                let wanted = (2 * form.len()).clamp(form.len() + chunk.len(), length_max);
                form.reserve_exact(wanted - form.len());
            }
            form.extend_from_slice(&chunk);
        }
    }

    /// Takes what is left off the wire, within limits.
    pub(in crate::web) async fn discard(&mut self) {
        if self.is_given_up {
            return;
        }
        let discarded = tokio::time::timeout(DISCARD_TIMEOUT, async {
            let mut length = 0;
            while let Ok(Some(chunk)) = self.next().await {
                length += chunk.len();
                if length > DISCARDED_MAX {
                    return;
                }
            }
        });
        // A client that takes longer does not get to see the answer; the connection ends with it.
        drop(discarded.await);
    }

    async fn next(&mut self) -> Result<Option<web::Bytes>, Unread> {
        let chunk = poll_fn(|context| self.payload.as_mut().poll_next(context)).await;
        chunk.transpose().map_err(|_| Unread::Broken)
    }
}
