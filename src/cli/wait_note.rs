//! Says what a command waits for that is not to give up: a database that holds a lock, or does not answer at all.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::print_note;
use crate::db::calls_in_progress::Call;
use crate::db::dialect;
use crate::db::hosts::Hosts;

/// How often it is said.
const STEP: Duration = Duration::from_secs(10);

/// Says every ten seconds what the call in progress waits for, until this is dropped.
pub(super) struct WaitNote {
    /// Ends the thread when it is dropped.
    _end: Sender<()>,
}

impl WaitNote {
    /// Watches the calls of a connection. Without a thread to spare, nothing is said.
    pub(super) fn watch(call: Arc<Call>, hosts: Arc<Hosts>) -> Self {
        let (end, ended) = channel();
        let watch = move || {
            let mut noted = Duration::ZERO;
            while ended.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                let elapsed = call.elapsed().unwrap_or_default();
                if elapsed < noted {
                    noted = Duration::ZERO;
                }
                if elapsed >= noted + STEP {
                    noted = elapsed;
                    let reason = reason(&call, &hosts);
                    print_note(&format!(
                        "waiting for the database for {} s: {reason}",
                        elapsed.as_secs()
                    ));
                }
            }
        };
        let thread = std::thread::Builder::new().name("waiting".to_owned()).spawn(watch);
        if let Err(error) = thread {
            tracing::warn!(%error, "it cannot be said what is waited for");
        }
        Self { _end: end }
    }
}

/// Returns what the call waits for, as another connection sees it.
fn reason(call: &Call, hosts: &Hosts) -> String {
    let Some(server) = call.server() else {
        return "another process writes to it, or a statement takes long".to_owned();
    };
    let asked = hosts.open().and_then(|(mut conn, _)| {
        dialect::limit_statements(&mut conn, Duration::from_secs(3))?;
        dialect::waits_for(&mut conn, server.pid)
    });
    match asked {
        Ok(Some(reason)) => reason,
        Ok(None) => "a statement takes long".to_owned(),
        Err(error) => format!("another connection is not answered either ({error})"),
    }
}
