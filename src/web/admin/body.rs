//! The body of a request, as much of it as may be.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use actix_web::body::{BodyStream, MessageBody};
use actix_web::web;

/// The largest form, in bytes.
pub(super) const FORM_MAX: usize = 2_621_440;
/// The largest form with a file in it, in bytes; only a page that takes files reads so much, and only for who may use it.
pub(super) const UPLOAD_MAX: usize = 16 * 1024 * 1024;
/// How much is read of what is not wanted: browsers look at an answer only when they have sent everything.
const DISCARDED_MAX: usize = 32 * 1024 * 1024;
/// How long a form may take to arrive.
const FORM_TIMEOUT: Duration = Duration::from_secs(60);
/// How long what is not wanted may take.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// What follows the head of a request.
pub(super) struct Body(Pin<Box<BodyStream<web::Payload>>>);

/// Why a form was not read.
pub(super) enum Unread {
    /// It is larger than a form may be.
    TooLarge,
    /// The connection broke, or it took too long.
    Broken,
}

impl Body {
    pub(super) fn new(payload: web::Payload) -> Self {
        Self(Box::pin(BodyStream::new(payload)))
    }

    /// All of a form that has at most `length_max` bytes.
    pub(super) async fn read(&mut self, length_max: usize) -> Result<Vec<u8>, Unread> {
        let read = tokio::time::timeout(FORM_TIMEOUT, async {
            let mut form = Vec::new();
            while let Some(chunk) = self.next().await? {
                if form.len() + chunk.len() > length_max {
                    return Err(Unread::TooLarge);
                }
                form.extend_from_slice(&chunk);
            }
            Ok(form)
        });
        read.await.unwrap_or(Err(Unread::Broken))
    }

    /// Takes what is left off the wire, within limits.
    pub(super) async fn discard(&mut self) {
        let discarded = tokio::time::timeout(DISCARD_TIMEOUT, async {
            let mut length = 0;
            while let Ok(Some(chunk)) = self.next().await {
                length += chunk.len();
                if length > DISCARDED_MAX {
                    return;
                }
            }
        });
        // Who takes longer does not get to see the answer; the connection ends with it.
        drop(discarded.await);
    }

    async fn next(&mut self) -> Result<Option<web::Bytes>, Unread> {
        let chunk = poll_fn(|context| self.0.as_mut().poll_next(context)).await;
        chunk.transpose().map_err(|_| Unread::Broken)
    }
}
