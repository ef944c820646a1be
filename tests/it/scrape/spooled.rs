//! A page that is asked for again and again is sent from a file: it is the same page, and what is sent is never older than the data.

use super::answers::unpacked;
use super::{component_lines, scrape};
use crate::support::client::{Answer, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::{apply, command};
use crate::support::server::Server;

const IN_A_FILE: &str = "a page is in a file now";
const NO_FILE: &str = "no temporary file can be written";

/// Components whose page is more than a mebibyte, however well it is compressed.
fn world() -> String {
    let mut state = 1_u64;
    let mut letter = || {
        // The constants of Knuth's MMIX generator.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + u8::try_from(state >> 58).expect("it has six bits"))
    };
    let mut label = |number: usize| {
        let value: String = (0..200).map(|_| letter()).collect();
        format!("l{number}: {}", serde_json::Value::String(value))
    };
    let components: String = (0..2_000)
        .map(|number| {
            let labels: Vec<String> = (0..4).map(&mut label).collect();
            format!("  - {{name: large-{number}, labels: {{{}}}}}\n", labels.join(", "))
        })
        .collect();
    format!("components:\n{components}")
}

fn compressed(server: &Server) -> Answer {
    request(
        "GET",
        &format!("{}/metrics", server.url),
        &[("accept-encoding", "gzip")],
    )
}

/// The page that clients get who take gzip is the plain one.
#[track_caller]
fn check(server: &Server) {
    let answer = compressed(server);
    assert!(answer.body.len() > 1024 * 1024, "{}", answer.body.len());
    assert_eq!(component_lines(&unpacked(&answer)), component_lines(&scrape(server)));
}

fn what_is_sent_from_a_file_is_the_page_of_now(database: &Database) {
    apply(database, &world());
    let server = Server::start(database, &["--log-level", "info,sla_monitor=debug"]);
    for (files, name, next) in [(1, "large-0", "first"), (2, "first", "second")] {
        for _ in 0..5 {
            check(&server);
        }
        server.wait_for_log(IN_A_FILE, files);
        for _ in 0..3 {
            check(&server);
        }
        let shows = |name: &str| unpacked(&compressed(&server)).contains(&format!("component=\"{name}\""));
        assert!(shows(name) && !shows(next), "{name}");
        database.execute(&format!("UPDATE component SET name = '{next}' WHERE name = '{name}'"));
        assert!(!shows(name) && shows(next), "{next}");
    }
}

on_both_databases!(what_is_sent_from_a_file_is_the_page_of_now);

#[test]
fn without_a_folder_for_files_pages_are_sent_from_memory() {
    let database = Database::sqlite();
    apply(&database, &world());
    let mut command = command();
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--database-url", &database.url])
        .env("TMPDIR", database.path().with_extension("nowhere"));
    let server = Server::spawn(command);
    for _ in 0..5 {
        check(&server);
    }
    server.wait_for_log(NO_FILE, 1);
    database.execute("UPDATE component SET name = 'first' WHERE name = 'large-0'");
    for _ in 0..6 {
        check(&server);
    }
    assert_eq!(
        server.log().matches(NO_FILE).count(),
        1,
        "it is said once:\n{}",
        server.log()
    );
}
