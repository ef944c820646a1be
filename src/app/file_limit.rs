//! The limit of open files: raised at the start, and what it leaves for connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Connections at a time if nothing else is said and files suffice. Each takes some 20 KB while it is idle.
const CONNECTIONS_DEFAULT: u32 = 10_000;

/// Files that are open whatever is connected: the program's own, the listener, the log, those of temporary data.
const FILES_BASE: u64 = 128;
/// Files of a database connection: SQLite opens the database, its log and its index, and temporary files.
const FILES_OF_DATABASE_CONNECTION: u64 = 6;
/// Connections that were accepted and wait for a thread to take or to refuse them, for each thread.
const WAITING_OF_WORKER: u32 = 32;
/// Files of a thread that answers requests, those of connections that wait for it included.
const FILES_OF_WORKER: u64 = 8 + WAITING_OF_WORKER as u64;

/// Raises the limit of open files of this process as far as it may, and returns it; nothing if there is none.
pub(super) fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return limit.current;
    }
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(error) => {
            tracing::warn!(%error, limit = limit.current, "the limit of open files cannot be raised");
            limit.current
        }
    }
}

/// Returns how many connections there may be with `files` open files, `pool_size` database connections and `workers` threads, of the
/// `wanted` ones: so many that the other files can still be opened, and at least half as many as there may be files.
pub(super) fn connections(files: Option<u64>, pool_size: u32, workers: u64, wanted: Option<u32>) -> u32 {
    let Some(files) = files else {
        return wanted.unwrap_or(CONNECTIONS_DEFAULT);
    };
    let others = FILES_BASE + FILES_OF_DATABASE_CONNECTION * u64::from(pool_size) + FILES_OF_WORKER * workers;
    let possible = files.saturating_sub(others).max(files / 2).max(1);
    let possible = u32::try_from(possible).unwrap_or(u32::MAX);
    if let Some(wanted) = wanted.filter(|wanted| *wanted > possible) {
        tracing::warn!(
            possible,
            files,
            "--max-connections {wanted} is more than the limit of open files allows; raise it, for instance by LimitNOFILE= of the service"
        );
    }
    wanted.unwrap_or(CONNECTIONS_DEFAULT).min(possible)
}

/// Returns how many connections the library may accept for each of `workers` threads: all `connections_max` together, and some that wait.
pub(super) fn of_worker(connections_max: u32, workers: u64) -> usize {
    let part = u64::from(connections_max).div_ceil(workers.max(1)) + u64::from(WAITING_OF_WORKER);
    usize::try_from(part).unwrap_or(usize::MAX - 1)
}

#[cfg(test)]
mod tests {
    use super::{connections, of_worker};

    #[test]
    fn connections_stay_below_the_limit_of_files() {
        for (files, pool_size, workers, wanted, expected) in [
            (None, 8, 2, None, 10_000),
            (None, 8, 2, Some(50_000), 50_000),
            (Some(1_048_576), 8, 2, None, 10_000),
            (Some(1_048_576), 8, 2, Some(50_000), 50_000),
            (Some(1024), 8, 2, None, 768),
            (Some(1024), 8, 2, Some(100), 100),
            (Some(1024), 8, 2, Some(5000), 768),
            (Some(1024), 1000, 2, None, 512),
            (Some(64), 8, 2, None, 32),
        ] {
            let found = connections(files, pool_size, workers, wanted);
            assert_eq!(found, expected, "{files:?} {pool_size} {workers} {wanted:?}");
        }
    }
    #[test]
    fn threads_share_the_connections() {
        assert_eq!(of_worker(10_000, 2), 5_032);
        assert_eq!(of_worker(3, 2), 34);
    }
}
