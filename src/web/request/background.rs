//! Threads for what people and programs ask for: pages, saves, operations of the API. They run behind those that serve connections and
//! answer scrapes, so that a scrape is as quick beside a page that draws a quarter of hours as alone, also on one processor.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;

/// By how much these threads are nicer than the others: while a processor has both to do, they get a quarter of it.
const NICENESS: i32 = 5;

/// What the system calls them.
const NAME: &str = "pages";

static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_current_thread()
        .thread_name(NAME)
        .on_thread_start(lower_priority)
        .build()
        .expect("a runtime that drives neither input nor time needs nothing of the system")
});

/// Does `work` on one of the threads.
///
/// # Errors
/// When it panicked.
pub(super) async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    THREADS.spawn_blocking(work).await
}

/// Lowers the priority of the calling thread. Elsewhere than on Linux a process has one priority for all of its threads, which stays.
fn lower_priority() {
    if cfg!(target_os = "linux")
        && let Err(error) = rustix::process::nice(NICENESS)
    {
        tracing::debug!(%error, "the priority of a thread that makes pages is not lowered");
    }
}
