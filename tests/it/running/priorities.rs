//! Which threads run before others.

use crate::support::client::get;
use crate::support::database::Database;
use crate::support::server::Server;

/// The names of a process' threads and how nice each is.
fn threads(pid: u32) -> Vec<(String, i32)> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
    let stats = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("stat")).ok());
    let named = stats.filter_map(|stat| {
        let (start, fields) = stat.rsplit_once(") ")?;
        let name = start.split_once('(')?.1.to_owned();
        Some((name, fields.split(' ').nth(16)?.parse().ok()?))
    });
    named.collect()
}

#[test]
fn pages_are_made_behind_scrapes() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let own = rustix::process::nice(0).expect("this is known");
    assert_eq!(get(&format!("{}/admin/login/", server.url)).status, 200);
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 200);
    let threads = threads(server.pid());
    let (pages, others): (Vec<_>, Vec<_>) = threads.into_iter().partition(|(name, _)| name == "pages");
    assert!(!pages.is_empty() && !others.is_empty());
    for (name, nice) in pages {
        assert_eq!(nice, (own + 5).min(19), "{name}");
    }
    for (name, nice) in others {
        assert_eq!(nice, own, "{name}");
    }
}
