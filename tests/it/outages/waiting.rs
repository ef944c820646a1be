//! `serve --wait-for-database`: a start that waits for its database, and not for ever.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use crate::support::client::get;
use crate::support::database::Database;
use crate::support::program::{command, run};
use crate::support::server::Server;

#[test]
fn a_database_that_does_not_come_ends_the_start_with_its_error() {
    // A port on which nothing listens.
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let port = listener.local_addr().expect("it has an address").port();
    drop(listener);
    let url = format!("postgres://user@127.0.0.1:{port}/nothing");
    let arguments = ["serve", "--bind", "127.0.0.1:0", "--database-url", &url];
    let started = Instant::now();
    let ran = run(&[&arguments[..], &["--wait-for-database", "2"]].concat());
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("waiting for the database"), "{}", ran.err);
    assert!(
        ran.err
            .lines()
            .last()
            .is_some_and(|line| line.contains("the database is unavailable")),
        "{}",
        ran.err
    );
    let at_once = run(&arguments);
    assert!(!at_once.err.contains("waiting"), "{}", at_once.err);
    at_once.refused();
}

#[test]
fn a_file_that_comes_later_is_served() {
    let database = Database::unmigrated_sqlite();
    let made = Database::sqlite();
    let mut serve = command();
    serve.args(["serve", "--bind", "127.0.0.1:0", "--wait-for-database", "60"]);
    serve.args(["--database-url", &database.url]);
    std::thread::scope(|scope| {
        let server = scope.spawn(|| Server::spawn(serve));
        // Migrated beside it, and there at once as a whole.
        std::fs::rename(made.path(), database.path()).expect("the file can be moved");
        let server = server.join().expect("the server starts");
        assert_eq!(get(&format!("{}/-/ready?for=admin", server.url)).status, 200);
    });
}
