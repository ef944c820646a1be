//! Measures while the program serves: spans of service that ended a while ago, oldest first.
//!
//! One process does it at a time; another takes over once the lease of the first has expired. Each span is booked in one transaction, and how
//! far each source was measured is stored, so that the work goes on where it was when the process is killed. Queries of a server follow
//! each other, at most so many in a second. A process without sources sums old rows alone, if it is to: those of other processes, of the command
//! `measure`, and of the time when it had sources.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::Builder;
use std::time::Duration;

use chrono::TimeDelta;

use super::lease::HeldLease;
use super::paced_queries::PacedQueries;
use super::{AppError, system};
use crate::apps::sla::availability::month_sum::sum_months;
use crate::apps::sla::availability::packed;
use crate::apps::sla::availability::sum::sum;
use crate::apps::sla::measuring::book::Circumstances;
use crate::apps::sla::measuring::due::DueRange;
use crate::apps::sla::measuring::run::{CATCH_UP, MEASURED_AFTER, RunOutcome, RunPlan, RunScope};
use crate::apps::sla::measuring::store::{self, SourceProgress};
use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::promised_then::store::{self as promised_then, DefinitionsState};
use crate::audit;
use crate::auth::secret;
use crate::clock::Clock;
use crate::config::ServeOptions;
use crate::db::Result;
use crate::db::pool::Pool;
use crate::metrics::own::measuring::MeasuringMetrics;
use crate::prometheus_api::client::PrometheusClient;
use crate::prometheus_api::error::QueryError;
use crate::prometheus_api::source::Sources;
use crate::zones::{self, Zones};

/// How often it looks for spans that have ended.
const INTERVAL: Duration = Duration::from_secs(60);
/// How long a process has the job unless it renews that, beyond the time that one query may take.
const LEASE: TimeDelta = TimeDelta::seconds(50);
/// How often it renews that.
const RENEWAL: Duration = Duration::from_secs(30);
/// How much time is measured between two notes of how far that is, in seconds.
const SLICE: i64 = 86_400;
/// After how much time without a span it is stored how far a source was measured, in seconds.
const NOTED_AFTER: i64 = 3_600;
/// How often old rows are summed, in seconds.
const SUMMED_EVERY: i64 = 86_400;
/// After how much time it is tried again when that failed, in seconds.
const SUMMED_AGAIN: i64 = 3_600;
/// The most different warnings of rows that are logged.
const WARNINGS_LOGGED: usize = 1_000;

/// The name of the job, by which processes take it, and by which its transactions wait for each other.
const JOB: &str = "measuring";

/// The thread; it ends by itself once this is dropped. It is not waited for: it may be in a call to a server that hangs.
pub(super) struct Measurer {
    _stop: Sender<()>,
}

/// Starts the thread, if there is a source or rows are to be summed, and returns the metrics of the job, which are there in any case.
///
/// # Errors
/// The operating system's, which refuses a thread.
pub(super) fn start(
    pool: &Pool,
    clock: &Arc<dyn Clock>,
    sources: &Sources,
    options: &ServeOptions,
) -> std::result::Result<(MeasuringMetrics, Option<Measurer>), AppError> {
    let metrics = MeasuringMetrics::new(sources.names(), &QueryError::KINDS)?;
    if sources.is_empty() && options.availability_days.is_none() {
        return Ok((metrics, None));
    }
    let limits = options.sources.limits();
    let (stop, stopped) = channel();
    let job = MeasuringJob {
        pool: pool.clone(),
        clock: Arc::clone(clock),
        client: PrometheusClient::new(sources.clone(), limits),
        metrics: metrics.clone(),
        kept: options.availability_days,
        // Days are made before months.
        days_kept: (options.availability_sum_days).map(|days| days.max(options.availability_days.unwrap_or(days))),
        summed_at: i64::MIN,
        holder: secret::random_id(),
        lease: LEASE + TimeDelta::from_std(limits.timeout).unwrap_or(LEASE),
        failures: BTreeMap::new(),
        quiet: HashMap::new(),
        warnings: HashSet::new(),
    };
    let started = Builder::new()
        .name("measurer".to_owned())
        .spawn(move || job.run(&stopped));
    started.map_err(system)?;
    Ok((metrics, Some(Measurer { _stop: stop })))
}

struct MeasuringJob {
    pool: Pool,
    clock: Arc<dyn Clock>,
    client: PrometheusClient,
    metrics: MeasuringMetrics,
    /// For how many days rows of spans are kept.
    kept: Option<u32>,
    /// For how many days sums of days are kept.
    days_kept: Option<u32>,
    /// When old rows were last summed.
    summed_at: i64,
    /// By which this process is known as the holder of the job.
    holder: String,
    /// How long it has the job unless it renews that.
    lease: TimeDelta,
    /// Why sources cannot be asked, as it was logged.
    failures: BTreeMap<String, String>,
    /// Until when nothing ends that a source measures, by the source.
    quiet: HashMap<String, QuietTime>,
    /// Warnings of rows that were logged.
    warnings: HashSet<String>,
}

/// How long nothing is due by a source, as long as nothing is changed.
struct QuietTime {
    /// What was defined.
    state: DefinitionsState,
    /// The zones that the hours were computed with.
    zones: Arc<Zones>,
    /// The end of the next span that is to be measured.
    until: i64,
}

/// What came of a slice of time.
struct Slice {
    outcome: RunOutcome,
    /// Whether there was a span to measure.
    found: bool,
    /// How long nothing is due after it.
    quiet: QuietTime,
}

fn is_stopped(stopped: &Receiver<()>) -> bool {
    matches!(stopped.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected))
}

impl MeasuringJob {
    fn run(mut self, stopped: &Receiver<()>) {
        loop {
            let worked = match self.client.sources().is_empty() {
                true => self.work_without_sources(stopped),
                false => self.work(stopped),
            };
            if let Err(error) = worked {
                tracing::warn!(%error, "what was promised is neither measured nor summed; it is tried again in a minute");
            }
            match stopped.recv_timeout(INTERVAL) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        if let Err(error) = self.give_back() {
            tracing::debug!(%error, "the job of measuring was not given back; another process takes it over later");
        }
    }

    fn take(&self) -> Result<bool> {
        audit::record(&mut *self.pool.get()?, JOB, self.clock.now(), |writer| {
            store::take_job(writer, JOB, &self.holder, self.lease)
        })
    }

    fn lease(&self) -> HeldLease<'_> {
        HeldLease::new(RENEWAL, || self.take().unwrap_or(false))
    }

    fn give_back(&self) -> Result<()> {
        audit::record(&mut *self.pool.get()?, JOB, self.clock.now(), |writer| {
            store::give_back_job(writer, JOB, &self.holder)
        })
    }

    fn work(&mut self, stopped: &Receiver<()>) -> Result<()> {
        let sources: Vec<String> = self.client.sources().names().map(str::to_owned).collect();
        if !self.take()? {
            // Another process measures, and says what waits.
            sources.iter().for_each(|source| self.metrics.waiting(source, 0, None));
            return Ok(());
        }
        if !self.sum(stopped) {
            return Ok(());
        }
        let known = store::progress(&mut *self.pool.get()?)?;
        for source in sources {
            if !self.measure(&source, known.get(&source), stopped)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Sums alone. The process has the job no longer than that: one that has sources needs it.
    fn work_without_sources(&mut self, stopped: &Receiver<()>) -> Result<()> {
        if !self.is_sum_due(self.clock.now_seconds()) || !self.take()? {
            return Ok(());
        }
        self.sum(stopped);
        self.give_back()?;
        tracing::debug!("the job of measuring was given back, as there is no source");
        Ok(())
    }

    fn is_sum_due(&self, now: i64) -> bool {
        self.summed_at.saturating_add(SUMMED_EVERY) <= now || now < self.summed_at
    }

    /// Sums old rows, and makes the texts anew that reports read in place of rows, once a day; returns whether the job goes on.
    /// A failure is logged and holds up no measuring; it is tried again later.
    fn sum(&mut self, stopped: &Receiver<()>) -> bool {
        let now = self.clock.now_seconds();
        if !self.is_sum_due(now) {
            return true;
        }
        let (summed, goes_on) = {
            let lease = self.lease();
            let mut goes_on = || !is_stopped(stopped) && lease.is_held();
            (self.sum_until(now, &mut goes_on), goes_on())
        };
        match summed {
            Ok(()) if goes_on => self.summed_at = now,
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(%error, "old rows of what was measured are not summed; it is tried again in an hour");
                self.metrics.sum_failed();
                self.summed_at = now - SUMMED_EVERY + SUMMED_AGAIN;
            }
        }
        goes_on
    }

    fn sum_until(&self, now: i64, goes_on: &mut dyn FnMut() -> bool) -> Result<()> {
        let until = |days: u32| now - i64::from(days) * 86_400;
        if let Some(days) = self.kept {
            let replaced = sum(&self.pool, until(days), self.clock.now(), goes_on)?;
            if replaced > 0 {
                tracing::info!(replaced, "old rows of what was measured were summed");
            }
        }
        if let Some(days) = self.days_kept {
            let replaced = sum_months(&self.pool, until(days), self.clock.now(), goes_on)?;
            if replaced > 0 {
                tracing::info!(replaced, "old days of what was measured were summed to months");
            }
        }
        packed::renew(&self.pool, self.clock.now(), goes_on)?;
        Ok(())
    }

    /// Measures by one source as far as spans have ended, and returns whether the job goes on.
    fn measure(&mut self, source: &str, known: Option<&SourceProgress>, stopped: &Receiver<()>) -> Result<bool> {
        let limit = self.clock.now_seconds() - MEASURED_AFTER;
        let oldest = limit - CATCH_UP;
        let mut until = known.map_or(oldest, |known| known.measured_until.max(oldest));
        let mut stored = known.map_or(i64::MIN, |known| known.measured_until);
        let mut failure = known.map(|known| known.failure.clone()).unwrap_or_default();
        if failure.is_empty() && self.is_quiet(source, limit)? {
            self.metrics.succeeded(source, self.clock.now_seconds());
            if limit >= stored.saturating_add(NOTED_AFTER) {
                self.note(source, limit, "")?;
            }
            return Ok(true);
        }
        while until < limit {
            let to = limit.min(until + SLICE);
            let Slice { outcome, found, quiet } = self.measure_slice(source, (until, to), stopped)?;
            self.log_warnings(&outcome);
            let failed = outcome.failures.get(source);
            until = failed.map_or(to, |failed| (failed.since - 1).max(until));
            let new_failure = failed.map(|failed| failed.error.to_string()).unwrap_or_default();
            if outcome.is_stopped {
                return Ok(false);
            }
            let waiting = failed.map(|failed| (failed.spans, failed.since));
            self.metrics.waiting(
                source,
                waiting.map_or(0, |(spans, _)| spans),
                waiting.map(|(_, since)| since),
            );
            match failed {
                Some(failed) => self.metrics.failed(source, failed.error.kind()),
                None if to == limit => {
                    self.metrics.succeeded(source, self.clock.now_seconds());
                    self.quiet.insert(source.to_owned(), quiet);
                }
                None => {}
            }
            let added = outcome.booked.added;
            if added > 0 {
                tracing::info!(source, added, "what was promised was measured");
            }
            self.log_failure(source, &new_failure);
            if found || new_failure != failure || until >= stored.saturating_add(NOTED_AFTER) {
                self.note(source, until, &new_failure)?;
                stored = until;
            }
            failure = new_failure;
            if !failure.is_empty() {
                break;
            }
        }
        Ok(true)
    }

    /// Stores how far a source was measured, and why it goes no further.
    fn note(&self, source: &str, measured_until: i64, failure: &str) -> Result<()> {
        let progress = SourceProgress {
            measured_until,
            failure: failure.to_owned(),
        };
        audit::record(&mut *self.pool.get()?, JOB, self.clock.now(), |writer| {
            store::set_progress(writer, source, &progress)
        })
    }

    /// Returns whether it is known that no span has ended by `limit` that is to be measured by a source: else everything that is defined is read.
    fn is_quiet(&self, source: &str, limit: i64) -> Result<bool> {
        let Some(quiet) = self.quiet.get(source).filter(|quiet| limit < quiet.until) else {
            return Ok(false);
        };
        let state = promised_then::definitions_state(&mut *self.pool.get()?)?;
        Ok(state == quiet.state && Arc::ptr_eq(&quiet.zones, &zones::current()))
    }

    /// Measures the spans that end in a slice of time.
    fn measure_slice(&self, source: &str, (from, to): (i64, i64), stopped: &Receiver<()>) -> Result<Slice> {
        let zones = zones::current();
        // Before anything else is read: what changes meanwhile is seen the next time.
        let state = promised_then::definitions_state(&mut *self.pool.get()?)?;
        let circumstances = Circumstances {
            definitions: Definitions::Then,
            now: self.clock.now(),
            tzdata: zones.version().to_owned(),
        };
        let scope = RunScope {
            range: DueRange::Ending(from, to),
            components: None,
            source: Some(source.to_owned()),
            again: false,
        };
        let plan = RunPlan::read(&mut *self.pool.get()?, &circumstances, &scope)?;
        self.metrics
            .waiting(source, plan.len(), plan.due.first().map(|due| due.span.end));
        let lease = self.lease();
        let mut queries = PacedQueries::new(&self.client, stopped, &lease);
        let outcome = plan.carry_out(&self.pool, &mut queries, &circumstances, &mut |_| {
            !is_stopped(stopped) && lease.is_held()
        })?;
        Ok(Slice {
            outcome,
            found: !plan.is_empty(),
            quiet: QuietTime {
                state,
                zones,
                until: plan.next_end,
            },
        })
    }

    /// Logs why a source cannot be asked, once for as long as it stays so.
    fn log_failure(&mut self, source: &str, failure: &str) {
        let logged = self.failures.get(source).map(String::as_str).unwrap_or_default();
        if logged == failure {
            return;
        }
        match failure.is_empty() {
            true => tracing::info!(source, "what was promised is measured again"),
            false => tracing::warn!(source, failure, "what was promised is not measured; it is tried again"),
        }
        self.failures.insert(source.to_owned(), failure.to_owned());
    }

    fn log_warnings(&mut self, outcome: &RunOutcome) {
        for (warning, spans) in &outcome.warnings {
            if self.warnings.len() < WARNINGS_LOGGED && self.warnings.insert(warning.clone()) {
                tracing::warn!(spans, "measuring by indicator {warning}");
            }
        }
    }
}
