//! Figures of the current month for the metrics, while the program serves: every process reads them for itself.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use crate::apps::sla::report::month_figures::MonthFigures;
use crate::clock::Clock;
use crate::db::pool::Pool;
use crate::db::{Result, dialect};
use crate::metrics::state::current::CurrentState;
use crate::zones::Zone;

/// How often it looks whether anything was measured, corrected, edited or became due.
const INTERVAL: Duration = Duration::from_secs(60);

/// How long one query may take.
const QUERY_LIMIT: Duration = Duration::from_secs(600);

/// The thread; it ends by itself once this is dropped.
pub(super) struct AttainedReader {
    _stop: Sender<()>,
}

/// Starts the thread, with months by the midnights of a zone.
///
/// # Errors
/// The operating system's, which refuses a thread.
pub(super) fn start(
    pool: &Pool,
    clock: &Arc<dyn Clock>,
    current: &Arc<CurrentState>,
    zone: Zone,
) -> std::io::Result<AttainedReader> {
    let (stop, stopped) = channel();
    let job = AttainedJob {
        pool: pool.clone(),
        clock: Arc::clone(clock),
        current: Arc::clone(current),
        figures: MonthFigures::new(zone),
    };
    Builder::new()
        .name("attained".to_owned())
        .spawn(move || job.run(&stopped))?;
    Ok(AttainedReader { _stop: stop })
}

struct AttainedJob {
    pool: Pool,
    clock: Arc<dyn Clock>,
    current: Arc<CurrentState>,
    figures: MonthFigures,
}

impl AttainedJob {
    fn run(mut self, stopped: &Receiver<()>) {
        loop {
            if let Err(error) = self.read() {
                tracing::warn!(%error, "figures of the current month were not read; those that were read before stay");
            }
            match stopped.recv_timeout(INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn read(&mut self) -> Result<()> {
        let now = self.clock.now_seconds();
        let figures = &mut self.figures;
        let mut conn = self.pool.get()?;
        let read = dialect::read_snapshot(&mut conn, QUERY_LIMIT, |conn| figures.read(conn, now))?;
        drop(conn);
        if let Some(figures) = read {
            let components = figures.len();
            if self.current.publish_attained(figures) {
                tracing::info!(components, "figures of the current month have changed");
            }
        }
        Ok(())
    }
}
