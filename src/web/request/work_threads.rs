//! On which threads the work of requests is done.
//!
//! Work that takes long has threads of a lower priority: scrapes, logins and pages that ask little have the processors before it. What others
//! wait for, such as the holder of a write lock, has the usual ones.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinHandle, spawn_blocking};

/// How much lower the priority is, as in nice(2): a thread gets a tenth of a processor that one of the usual priority wants, too, and all of one
/// that is idle.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Threads of a lower priority. Each ends after ten seconds without work, and gives back the memory that it keeps.
///
/// A thread cannot raise its priority again, so they are apart from the usual ones.
pub struct LowPriorityThreads {
    runtime: Option<Runtime>,
}

/// The threads for one piece of work.
#[derive(Clone, Debug)]
pub(in crate::web) enum WorkThreads {
    /// Those of the server's own priority.
    Usual,
    /// Those of a lower one.
    LowPriority(Handle),
}

impl LowPriorityThreads {
    /// Starts none yet.
    ///
    /// # Errors
    /// The operating system's.
    pub fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .thread_name("low-priority")
            .on_thread_start(lower_priority)
            .build()?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// Returns these threads.
    pub(in crate::web) fn threads(&self) -> WorkThreads {
        match &self.runtime {
            Some(runtime) => WorkThreads::LowPriority(runtime.handle().clone()),
            None => WorkThreads::Usual,
        }
    }
}

impl Drop for LowPriorityThreads {
    fn drop(&mut self) {
        // Waiting for work that is not done yet would block a thread that serves connections.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl WorkThreads {
    /// Does `work` on one of them.
    pub(in crate::web) fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        match self {
            Self::Usual => spawn_blocking(work),
            Self::LowPriority(threads) => threads.spawn_blocking(work),
        }
    }
}

/// Lowers the priority of this thread.
fn lower_priority() {
    // Elsewhere it would be the priority of the whole process.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "searches keep the usual priority");
    }
}
