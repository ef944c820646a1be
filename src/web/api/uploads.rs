//! Files that come in: how much of them is in memory at a time, and how many come from one user.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::problem::{ProblemDetails, ProblemKind};
use crate::web::admin::admission::RETRY_AFTER_SECONDS;
use crate::web::state::IMPORTING_MAX;
use crate::web::user_permits::UserPermits;

/// The largest file, in bytes: 100,000 components take eleven million in YAML, forty in JSON.
pub(super) const FILE_MAX: usize = 64 * 1024 * 1024;
/// The bytes of files that are held at a time: two of the largest, and room for small ones beside them.
const HELD_MAX: usize = 2 * FILE_MAX + FILE_MAX / 2;
/// The longest file that is read and planned beside another one, in bytes.
const SHARED_MAX: usize = 4 * 1024 * 1024;
/// The files that one user sends at a time.
const OF_USER_MAX: usize = 1;
/// How long a request may wait until others are done with their files.
const PERMIT_WAIT: Duration = Duration::from_secs(10);

/// What files that come in may take.
#[derive(Debug)]
pub(super) struct Uploads {
    /// A permit for each byte.
    bytes: Arc<Semaphore>,
    /// Permits to send one.
    turns: UserPermits,
}

/// Room for a file.
#[derive(Debug)]
pub(super) struct FileRoom {
    /// Its bytes.
    pub(super) length: usize,
    bytes: OwnedSemaphorePermit,
    #[expect(dead_code, reason = "permits are held, not read")]
    turn: OwnedSemaphorePermit,
}

impl FileRoom {
    /// Lets the next file of the user come, because this one is there; its bytes are held until what is returned is dropped.
    pub(super) fn arrived(self) -> OwnedSemaphorePermit {
        self.bytes
    }
}

impl Uploads {
    pub(super) fn new() -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(HELD_MAX)),
            turns: UserPermits::new(OF_USER_MAX),
        }
    }

    /// Waits for room for a file of `user` that is as long as these headers say; as long as one may be, if they do not.
    ///
    /// # Errors
    /// The response to a request whose file is too large, or that waited in vain.
    pub(super) async fn room(&self, user: i64, headers: &HeaderMap) -> Result<FileRoom, HttpResponse> {
        let length = length(headers).ok_or_else(|| too_large(FILE_MAX).respond())?;
        let turn = permits(self.turns.of(user), 1).await?;
        let bytes = permits(Arc::clone(&self.bytes), length).await?;
        Ok(FileRoom { length, bytes, turn })
    }
}

/// Returns how many of the [`IMPORTING_MAX`] permits a file of this length needs.
pub(super) fn importing(length: usize) -> usize {
    if length > SHARED_MAX { IMPORTING_MAX } else { 1 }
}

/// Returns how long a file may be that comes with these headers; nothing for one that is too large.
fn length(headers: &HeaderMap) -> Option<usize> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = announced.map_or(Some(FILE_MAX), |text| text.parse().ok());
    length.filter(|length| *length <= FILE_MAX)
}

/// Returns the problem with a body that is longer than it may be.
pub(super) fn too_large(length_max: usize) -> ProblemDetails {
    let detail = format!("The body has more than {length_max} bytes; send it in parts.");
    ProblemDetails::new(ProblemKind::TooLarge, detail)
}

/// Waits for permits of work that takes memory.
///
/// # Errors
/// The response to a request that waited in vain.
pub(super) async fn permits(of: Arc<Semaphore>, count: usize) -> Result<OwnedSemaphorePermit, HttpResponse> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    match timeout(PERMIT_WAIT, of.acquire_many_owned(count)).await {
        Ok(Ok(permits)) => Ok(permits),
        Ok(Err(_)) | Err(_) => {
            let detail = "Too many files are taken in at once. Nothing was written. Try again in a moment.";
            let problem = ProblemDetails::new(ProblemKind::TooManyRequests, detail);
            Err(problem.retry_after(RETRY_AFTER_SECONDS).respond())
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_file_is_as_long_as_it_is_announced_but_not_too_long() {
        for (announced, expected) in [
            (None, Some(FILE_MAX)),
            (Some(0), Some(0)),
            (Some(FILE_MAX), Some(FILE_MAX)),
            (Some(FILE_MAX + 1), None),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(announced) = announced {
                headers.insert(CONTENT_LENGTH, HeaderValue::from(announced));
            }
            assert_eq!(length(&headers), expected, "{announced:?}");
        }
    }
}
