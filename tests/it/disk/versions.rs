//! Databases of newer versions, and what going back would delete.

use super::save;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::{apply, command, run_on};
use crate::support::server::Server;
use crate::support::terminal::Terminal;

on_both_databases!(
    going_back_deletes_rows_only_if_that_is_agreed_to,
    a_newer_schema_is_worked_beside_if_all_of_it_is_additive,
    a_running_server_says_why_it_cannot_use_a_newer_schema,
);

/// A migration that this program does not know.
const NEWER: &str = "INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')";
const ADDITIVE: &str = "INSERT INTO additive_migration (version) VALUES ('29991231000000')";

fn count(database: &Database) -> i64 {
    database.number("SELECT count(*) AS value FROM sla_window")
}

fn going_back_deletes_rows_only_if_that_is_agreed_to(database: &Database) {
    apply(
        database,
        "windows: [{name: Office, timezone: UTC}, {name: Nights, timezone: UTC}]",
    );
    let back = ["migrate", "--to", "components"];
    let refusal = run_on(database, &back).refused();
    assert!(
        refusal.contains("sla_window (2)") && refusal.contains("log_entry (2)"),
        "{refusal}"
    );
    assert!(refusal.contains("--yes") && refusal.contains("backup"), "{refusal}");
    assert!(
        !refusal.contains("data_version") && !refusal.contains("tombstone"),
        "{refusal}"
    );
    let ask = |answer: &str| {
        let mut command = command();
        command.args(back).args(["--database-url", &database.url]);
        Terminal::spawn(command)
            .answer("Type yes to delete them: ", answer)
            .end()
    };
    assert_eq!(ask("no").code, 1);
    assert_eq!(count(database), 2, "nothing was changed");
    assert_eq!(ask("yes").code, 0);
    run_on(database, &["migrate"]).ok();
    assert_eq!(count(database), 0);
    apply(database, "windows: [{name: Office, timezone: UTC}]");
    run_on(database, &[&back[..], &["--yes"]].concat()).ok();
    run_on(database, &["migrate"]).ok();
    run_on(database, &back).ok();
}

fn a_newer_schema_is_worked_beside_if_all_of_it_is_additive(database: &Database) {
    database.execute(NEWER);
    let refusal = run_on(database, &["serve", "--bind", "127.0.0.1:0"]).refused();
    assert!(
        refusal.contains("newer version") && refusal.contains("29991231000000"),
        "{refusal}"
    );
    database.execute(ADDITIVE);
    apply(database, "components: [{name: one}]");
    let server = Server::start(database, &[]);
    save(&mut superuser(database, &server), "beside").expect(302);
    assert_eq!(run_on(database, &["migrate"]).ok(), "nothing to do\n");
    let shown = run_on(database, &["showmigrations"]).ok();
    assert!(shown.contains("[X] 29991231000000 of a newer version"), "{shown}");
    let refusal = run_on(database, &["migrate", "--yes", "--to", "zero"]).refused();
    assert!(
        refusal.contains("29991231000000") && refusal.contains("newer program"),
        "{refusal}"
    );
}

fn a_running_server_says_why_it_cannot_use_a_newer_schema(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let ready = || {
        get(&format!("{}/metrics", server.url));
        let answer = get(&format!("{}/-/ready", server.url));
        (answer.status, answer.text())
    };
    assert_eq!(ready().0, 200);
    database.execute(&format!("BEGIN; {NEWER}; {ADDITIVE}; COMMIT"));
    assert_eq!(ready().0, 200, "additive");
    save(&mut root, "beside").expect(302);
    database.execute("DELETE FROM additive_migration WHERE version = '29991231000000'");
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000001')");
    let (status, reason) = ready();
    assert_eq!(status, 503, "{reason}");
    assert!(
        reason.contains("newer version") && reason.contains("29991231000001"),
        "{reason}"
    );
    let page = save(&mut root, "refused").expect(503);
    assert!(page.html().contains("newer version"), "{}", page.html());
    database.execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '2999%'");
    assert_eq!(ready().0, 200, "it heals");
    save(&mut root, "again").expect(302);
}
