//! Threads beside a pool that find out what its connections cannot: that a server hangs, and that two hosts claim to be the primary.

use std::collections::BTreeSet;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::calls_in_progress::Call;
use super::dialect;
use super::error::{Error, Result};
use super::pool::{Pool, PoolShared};
use super::request_writes::pause;
use super::statistics;

/// How often the watchdog looks for calls that take long.
const STEP: Duration = Duration::from_millis(500);

/// How long a call may take before another connection is asked whether the server works on it.
const CALL_LIMIT: Duration = Duration::from_secs(2);

/// How often that is asked while it does.
const ASK_STEP: Duration = Duration::from_secs(4);

/// How long an answer may take. libpq gives each host its own limit before.
const ASK_LIMIT: Duration = Duration::from_secs(8);

/// The most questions that may be without an answer at a time, each with a thread that may hang.
const QUESTIONS_MAX: usize = 3;

/// How often the hosts of a URL are asked whether they are primaries.
const PRIMARIES_STEP: Duration = Duration::from_secs(10);

/// When a server was started, and its processes that are in a statement, with whether they work.
type Working = (String, Vec<(i32, bool)>);

/// What the servers of a URL report.
#[derive(Clone, Default)]
pub struct Findings(Arc<Mutex<Vec<String>>>);

impl Findings {
    /// Returns the hosts that claim to be primaries; one, as it should be, or none that answers.
    pub fn primaries(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns what is wrong; nothing if nothing is.
    pub fn complaint(&self) -> Option<String> {
        let primaries = self.primaries();
        (primaries.len() > 1).then(|| {
            format!(
                "{} hosts of the database URL claim to be the primary: {}",
                primaries.len(),
                primaries.join(", ")
            )
        })
    }

    fn set(&self, primaries: Vec<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = primaries;
    }
}

/// Starts the threads that a pool needs: none for SQLite. They end with the pool.
///
/// # Errors
/// When the system has no thread to give.
pub fn start(pool: &Pool) -> std::io::Result<Findings> {
    let findings = Findings::default();
    if !matches!(pool.url(), super::url::DatabaseUrl::Postgres(_)) {
        return Ok(findings);
    }
    let watched = pool.downgrade();
    std::thread::Builder::new()
        .name("database-watch".to_owned())
        .spawn(move || watch(&watched))?;
    if pool.hosts().are_several() {
        let (watched, found) = (pool.downgrade(), findings.clone());
        std::thread::Builder::new()
            .name("database-primaries".to_owned())
            .spawn(move || compare(&watched, &found))?;
    }
    Ok(findings)
}

/// Looks for calls that take long, and renews the pool when the server does not work on them.
fn watch(pool: &Weak<PoolShared>) {
    let open_questions = Arc::new(());
    while let Some(pool) = pool.upgrade().map(Pool::of) {
        let (generation, calls) = pool.calls();
        let slow: Vec<(Arc<Call>, u64)> = calls
            .into_iter()
            .filter(|call| call.elapsed().is_some_and(|elapsed| elapsed >= CALL_LIMIT))
            .filter(|call| !call.was_heard_of_within(ASK_STEP))
            .filter_map(|call| call.number().map(|number| (call, number)))
            .collect();
        if slow.is_empty() {
            pool.set_hangs(false);
        } else if Arc::strong_count(&open_questions) <= QUESTIONS_MAX
            && let Some(reason) = ask(&pool, &slow, &open_questions)
            && slow.iter().any(|(call, number)| call.number() == Some(*number))
            && let Err(error) = pool.renew(generation, &reason)
        {
            tracing::error!(%error, reason, "a database hangs, and no more connections to it are given up");
            pool.set_hangs(true);
        }
        drop(pool);
        pause(STEP);
    }
}

/// Asks the server whether it works on the calls. Returns the reason why one of them will not be answered.
fn ask(pool: &Pool, slow: &[(Arc<Call>, u64)], open_questions: &Arc<()>) -> Option<String> {
    let (sender, answer) = channel();
    let (asked, open) = (pool.clone(), Arc::clone(open_questions));
    let pids: Vec<i32> = slow
        .iter()
        .filter_map(|(call, _)| call.server().map(|server| server.pid))
        .collect();
    let servers: BTreeSet<String> = slow
        .iter()
        .filter_map(|(call, _)| call.server().map(|server| server.started.clone()))
        .collect();
    let question = move || {
        let _open = open;
        // The receiver is dropped if it took too long.
        drop(sender.send(works_on(&asked, &pids, &servers)));
    };
    if let Err(error) = std::thread::Builder::new()
        .name("database-question".to_owned())
        .spawn(question)
    {
        tracing::warn!(%error, "the database cannot be asked whether it works");
        return None;
    }
    match answer.recv_timeout(ASK_LIMIT) {
        Ok(Ok((started, working))) => {
            let mut stuck = None;
            // The answer says nothing about calls to another server.
            let is_asked = |call: &Call| call.server().is_none_or(|server| server.started == started);
            for (call, number) in slow.iter().filter(|(call, _)| is_asked(call)) {
                let found = call
                    .server()
                    .map(|server| working.iter().find(|(pid, _)| *pid == server.pid));
                if let Some(is_worked_on) = found.map_or(Some(true), |found| found.map(|(_, works)| *works)) {
                    call.set_heard_of(is_worked_on);
                } else if call.number() == Some(*number) {
                    stuck = Some("the server does not work on a statement that it has not answered".to_owned());
                }
            }
            stuck
        }
        Ok(Err(error)) => {
            let reason = error.to_string();
            // A server that refuses a connection is one that lives.
            let lives = ["too many", "connection slots", "FATAL"]
                .iter()
                .any(|words| reason.contains(words));
            (!lives).then_some(reason)
        }
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            Some("the server does not answer a new connection".to_owned())
        }
    }
}

/// Returns when the server behind the URL was started, and which of the processes are in a statement and whether they work.
///
/// # Errors
/// [`Error::Unavailable`] if none answers, or one that none of the calls was made to.
fn works_on(pool: &Pool, pids: &[i32], servers: &BTreeSet<String>) -> Result<Working> {
    let (mut conn, server) = pool.hosts().open()?;
    let started = server.map(|server| server.started).unwrap_or_default();
    if !servers.is_empty() && !servers.contains(&started) {
        return Err(Error::Unavailable("another server has taken over".to_owned()));
    }
    dialect::limit_statements(&mut conn, Duration::from_secs(3))?;
    Ok((started, dialect::working(&mut conn, pids)?))
}

/// Asks each host whether it is a primary. If one is newer than the pool's, the pool goes over to it.
fn compare(pool: &Weak<PoolShared>, findings: &Findings) {
    let mut reported = Vec::new();
    while let Some(pool) = pool.upgrade().map(Pool::of) {
        let generation = pool.generation();
        let primaries = pool.hosts().primaries();
        let names: Vec<String> = primaries.iter().map(|(host, _)| host.clone()).collect();
        findings.set(names.clone());
        statistics::set_primaries(names.len());
        if names.len() > 1 && names != reported {
            let complaint = findings.complaint().unwrap_or_default();
            tracing::error!("{complaint}; the one that was promoted last is written to, make the other a standby");
        } else if reported.len() > 1 && names.len() < 2 {
            tracing::info!(primaries = ?names, "no two hosts claim to be the primary any more");
        }
        reported = names;
        for (_, server) in &primaries {
            pool.hosts().note(server);
        }
        if let Some((host, _)) = primaries.iter().find(|(_, server)| pool.is_outdated_by(server))
            && let Err(error) = pool.renew(generation, &format!("{host} was promoted"))
        {
            tracing::error!(%error, "the connections to an old primary could not be given up");
        }
        drop(pool);
        pause(PRIMARIES_STEP);
    }
}
