//! How the database's connections are divided, so that no kind of work takes all of them.
//!
//! Writers may wait for a lock and searches may take their time; each kind has permits for a part of the pool, and what is left
//! is for reading and for logins. Waiting for a permit costs no thread and no connection, and has an end. One user cannot take all permits
//! of the searches. Searches leave one processor to scrapes and to pages that ask little, as long as each is over soon: none waits for long for
//! another one's processor.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::failure;
use super::work_kind::WorkKind;
use crate::web::connection::presence::Presence;
use crate::web::error;
use crate::web::user_permits::UserPermits;

/// How long a request waits for its permits.
const WAIT: Duration = Duration::from_secs(10);
/// How long a search waits for a processor. Then it goes on without one: those in work may wait for a database that hangs, and need none.
const PROCESSOR_WAIT: Duration = Duration::from_secs(1);
/// The most searches of one user that are in work.
const SEARCHES_OF_USER_MAX: usize = 3;
/// After how many seconds a request that waited in vain may be sent again.
pub(in crate::web) const RETRY_AFTER_SECONDS: u64 = 10;

/// Permits of the kinds of work.
pub struct Admission {
    pages: Arc<Semaphore>,
    writes: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    /// A permit for each processor but one, for searches.
    processors: Arc<Semaphore>,
    /// Permits of the users who search.
    searchers: UserPermits,
}

/// The permits of a request, until it is done.
#[derive(Debug, Default)]
pub(in crate::web) struct WorkPermits(
    #[expect(dead_code, reason = "permits are held, not read")] Vec<OwnedSemaphorePermit>,
);

/// Why a request is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum AdmissionRefusal {
    /// Its user has enough searches in work.
    Searcher,
    /// There is too much of this kind of work.
    Busy(WorkKind),
    /// Its client disconnected meanwhile.
    Disconnected,
}

impl AdmissionRefusal {
    /// Returns what is in the way, and what to do.
    pub(in crate::web) fn message(self) -> &'static str {
        match self {
            Self::Searcher => {
                "Several searches or exports of yours are still in work. Wait until one of them is done, then try again."
            }
            Self::Busy(WorkKind::Write) => {
                "Other changes are being saved and take their time. Nothing was changed. Try again in a moment."
            }
            Self::Busy(WorkKind::Search | WorkKind::Transfer | WorkKind::Plan) => {
                "Too many searches and exports are in work. Try again in a moment."
            }
            Self::Busy(WorkKind::Page) => "The database is busy. Try again in a moment.",
            Self::Disconnected => "The client disconnected.",
        }
    }
}

impl Admission {
    /// Parts `connections` among the kinds of work: a quarter for writers, half for searches, never all of them together unless there
    /// are only one or two; and `processors`, all but one for searches that are over soon.
    #[must_use]
    pub fn new(connections: u32, processors: usize) -> Self {
        let connections = connections as usize;
        let searches = (connections / 2).max(1);
        let writes = (connections / 4).max(1);
        let of_searches = Arc::new(Semaphore::new(searches));
        let (of_writes, both) = if connections <= 2 {
            // One permit for both, so that the other connection is left.
            (Arc::clone(&of_searches), 1)
        } else {
            (Arc::new(Semaphore::new(writes)), writes + searches)
        };
        // One connection is for logins and for looking up sessions, if then one is left for pages.
        let pages = connections.saturating_sub(1).max(both + 1).min(connections);
        Self {
            pages: Arc::new(Semaphore::new(pages)),
            writes: of_writes,
            searches: of_searches,
            processors: Arc::new(Semaphore::new(processors.saturating_sub(1).max(1))),
            searchers: UserPermits::new(SEARCHES_OF_USER_MAX.min(searches.saturating_sub(1).max(1))),
        }
    }

    /// Waits for the permits of a request of `user`.
    ///
    /// # Errors
    /// Why a request waited in vain.
    pub(in crate::web) async fn admit(
        &self,
        work: WorkKind,
        user: i64,
        client: &Presence,
    ) -> Result<WorkPermits, AdmissionRefusal> {
        let mut admitted = pin!(self.admit_until(work, user, Instant::now() + WAIT));
        let mut disconnected = pin!(client.disconnected());
        let admitted = poll_fn(|context| match admitted.as_mut().poll(context) {
            Poll::Ready(admitted) => Poll::Ready(Some(admitted)),
            Poll::Pending => disconnected.as_mut().poll(context).map(|()| None),
        });
        admitted.await.unwrap_or(Err(AdmissionRefusal::Disconnected))
    }

    /// Waits for the permit of a page that asks little, whose user is still to be found.
    ///
    /// # Errors
    /// Why a request waited in vain.
    pub(in crate::web) async fn admit_page(&self, client: &Presence) -> Result<WorkPermits, AdmissionRefusal> {
        let no_user = 0;
        self.admit(WorkKind::Page, no_user, client).await
    }

    async fn admit_until(&self, work: WorkKind, user: i64, end: Instant) -> Result<WorkPermits, AdmissionRefusal> {
        let within = async |permits: Arc<Semaphore>, refusal: AdmissionRefusal| {
            let acquired: Result<Result<_, AcquireError>, _> = timeout_at(end, permits.acquire_owned()).await;
            // No semaphore here is ever closed.
            acquired.ok().and_then(Result::ok).ok_or(refusal)
        };
        let mut permits = Vec::new();
        match work {
            WorkKind::Page => {}
            WorkKind::Write => permits.push(within(Arc::clone(&self.writes), AdmissionRefusal::Busy(work)).await?),
            WorkKind::Search | WorkKind::Transfer | WorkKind::Plan => {
                permits.push(within(self.searchers.of(user), AdmissionRefusal::Searcher).await?);
                // A transfer waits for its client and for the disk most of its time. A search waits before it has what transfers need.
                if work == WorkKind::Search {
                    permits.extend(self.processor(end).await);
                }
                permits.push(within(Arc::clone(&self.searches), AdmissionRefusal::Busy(work)).await?);
            }
        }
        permits.push(within(Arc::clone(&self.pages), AdmissionRefusal::Busy(work)).await?);
        Ok(WorkPermits(permits))
    }

    /// Waits a moment for one of the processors of searches.
    async fn processor(&self, end: Instant) -> Option<OwnedSemaphorePermit> {
        let end = end.min(Instant::now() + PROCESSOR_WAIT);
        let acquired = timeout_at(end, Arc::clone(&self.processors).acquire_owned()).await;
        acquired.ok().and_then(Result::ok)
    }
}

/// Returns the page for a request that waited in vain.
pub(super) fn respond(refusal: AdmissionRefusal) -> HttpResponse {
    let mut response = match refusal {
        AdmissionRefusal::Searcher => {
            error::page(StatusCode::TOO_MANY_REQUESTS, "Too many requests", refusal.message())
        }
        AdmissionRefusal::Disconnected => return failure::unavailable(refusal.message()),
        AdmissionRefusal::Busy(_) => failure::unavailable(refusal.message()),
    };
    let retry_after = HeaderValue::from(RETRY_AFTER_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, retry_after);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than there are connections for.
    const PROCESSORS: usize = 100;

    /// Returns how many pieces of work are admitted at once: of one user, then of others.
    fn admitted(admission: &Admission, work: WorkKind) -> (usize, usize) {
        let admit = |user| {
            let mut held = Vec::new();
            while let Ok(permits) =
                actix_web::rt::System::new().block_on(admission.admit_until(work, user, Instant::now()))
            {
                held.push(permits);
            }
            held
        };
        let first = admit(1);
        let second = admit(2);
        (first.len(), second.len())
    }

    #[test]
    fn no_kind_of_work_takes_all_connections() {
        let of = |connections, work| admitted(&Admission::new(connections, PROCESSORS), work);
        for connections in 1..=40 {
            let admission = Admission::new(connections, PROCESSORS);
            let (writes, none) = admitted(&admission, WorkKind::Write);
            let (of_one, of_another) = admitted(&admission, WorkKind::Search);
            assert_eq!(none, 0);
            assert!(writes > 0 && of_one > 0 && of_one <= SEARCHES_OF_USER_MAX);
            let together = writes + of_one + of_another;
            let pages = admitted(&admission, WorkKind::Page).0;
            assert!(pages <= connections as usize);
            assert!(connections <= 2 || together < pages, "{connections}: {together}");
            assert!(connections < 4 || of_another > 0, "{connections}: one user takes all");
        }
        assert_eq!(of(8, WorkKind::Write), (2, 0));
        assert_eq!(of(8, WorkKind::Search), (3, 1));
        assert_eq!(of(8, WorkKind::Page), (7, 0));
        assert_eq!(of(1, WorkKind::Page), (1, 0));
    }

    #[test]
    fn searches_leave_one_processor_and_go_on_without() {
        for (processors, of_searches) in [(1, 1), (2, 1), (4, 3), (5, 4)] {
            let admission = Admission::new(20, processors);
            for (work, taken) in [(WorkKind::Transfer, 0), (WorkKind::Search, 1)] {
                let admitted = admission.admit_until(work, 1, Instant::now());
                let held = actix_web::rt::System::new().block_on(admitted);
                assert!(held.is_ok() && admission.processors.available_permits() == of_searches - taken);
            }
            // Those in work may hang.
            let of_each = (SEARCHES_OF_USER_MAX, SEARCHES_OF_USER_MAX);
            assert_eq!(admitted(&admission, WorkKind::Search), of_each, "{processors}");
        }
    }

    #[test]
    fn a_permit_is_free_again_and_searchers_are_forgotten() {
        let admission = Admission::new(8, PROCESSORS);
        assert_eq!(admitted(&admission, WorkKind::Search), (3, 1));
        assert_eq!(admitted(&admission, WorkKind::Search), (3, 1));
        drop(admission.searchers.of(3));
        assert_eq!(admission.searchers.len(), 1);
    }
}
