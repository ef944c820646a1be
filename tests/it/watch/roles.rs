//! Each command does with the grants of docs/operations.md what it is for, and no more.

use std::collections::BTreeSet;

use sla_monitor::db::connection;

use super::READING_COMMANDS;
use crate::support::database::Database;
use crate::support::documents::{blocks, documents};
use crate::support::people::{add_user, at_admin, superuser_state};
use crate::support::program::{Ran, commands, run};
use crate::support::server::Server;
use crate::support::stand_in::{Reply, StandIn};

const ROLES: [&str; 3] = ["sla_owner", "sla_serve", "sla_read"];

/// Commands that need no database on PostgreSQL.
const WITHOUT_A_ROLE: [&str; 7] = [
    "demo",
    "backup",
    "restore",
    "evaluate",
    "healthcheck",
    "completions",
    "man",
];

/// A component with hours, and what measures it.
const MEASURED: &str = "indicators: [{name: probe, source: main, expression: 'probe{component=$component}', selector: '{}'}]
windows: [{name: always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}]
components: [{name: api, labels: {team: blue}, windows: [always]}]
";

/// A database whose roles are those of the documentation, under names of its own: roles belong to the whole server.
struct Guarded {
    database: Database,
    prefix: String,
}

impl Guarded {
    fn new() -> Self {
        let database = Database::unmigrated_postgres();
        let (_, name) = database.url.rsplit_once('/').expect("the URL ends with a database");
        let prefix = format!("{name}_");
        let guarded = Self { database, prefix };
        let [roles, grants] = &guarded.statements()[..] else {
            panic!("docs/operations.md has two blocks of SQL");
        };
        let (roles, _) = roles.split_once("CREATE DATABASE").expect("the database is made last");
        let (_, name) = guarded
            .database
            .url
            .rsplit_once('/')
            .expect("the URL ends with a database");
        guarded.database.execute(roles);
        guarded.database.execute(&format!(
            "ALTER DATABASE {name} OWNER TO {0}sla_owner; ALTER SCHEMA public OWNER TO {0}sla_owner",
            guarded.prefix
        ));
        guarded.run("sla_owner", &["migrate"]).ok();
        let url = guarded.url("sla_owner").parse().expect("the URL stays valid");
        let mut owner = connection::open(&url).expect("the owner may connect");
        diesel::connection::SimpleConnection::batch_execute(&mut owner, grants).expect("the grants can be given");
        guarded
    }

    /// The blocks of SQL, with names of this test's own.
    fn statements(&self) -> Vec<String> {
        let found = blocks("sql")
            .into_iter()
            .filter(|block| block.file.ends_with("operations.md"));
        let renamed = |text: String| {
            ROLES
                .iter()
                .fold(text, |text, role| text.replace(role, &format!("{}{role}", self.prefix)))
        };
        found.map(|block| renamed(block.text)).collect()
    }

    fn url(&self, role: &str) -> String {
        let (start, place) = self.database.url.rsplit_once('@').expect("the URL names a user");
        let (scheme, _) = start.split_once("://").expect("the URL has a scheme");
        format!("{scheme}://{}{role}@{place}", self.prefix)
    }

    fn run(&self, role: &str, arguments: &[&str]) -> Ran {
        let url = self.url(role);
        run(&[arguments, &["--database-url", &url]].concat())
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        for role in ROLES {
            let role = format!("{}{role}", self.prefix);
            self.database.execute(&format!(
                "REASSIGN OWNED BY {role} TO CURRENT_USER; DROP OWNED BY {role}; DROP ROLE {role}"
            ));
        }
    }
}

#[test]
fn each_role_can_do_what_it_is_for_and_no_more() {
    let guarded = Guarded::new();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("services.yaml");
    std::fs::write(&file, "components: [{name: api, labels: {team: blue}}]\n").expect("it can be written");
    let file = file.to_str().expect("temporary paths are UTF-8");
    guarded.run("sla_serve", &["apply", file]).ok();

    for arguments in READING_COMMANDS {
        let ran = guarded.run("sla_read", arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    }
    let refused = guarded.run("sla_read", &["apply", file]);
    assert_eq!(refused.code, 1, "{refused:?}");
    for (role, statement) in [
        ("sla_read", "SELECT password FROM user_account"),
        ("sla_read", "SELECT id_hash FROM login_session"),
        ("sla_read", "SELECT hash FROM api_token"),
        ("sla_read", "SELECT answer FROM api_answer"),
        ("sla_read", "SELECT body FROM pending_import"),
        ("sla_serve", "CREATE TABLE mine (id INTEGER)"),
        ("sla_serve", "DELETE FROM log_entry"),
        ("sla_serve", "DROP TABLE component"),
        ("sla_serve", "DELETE FROM __diesel_schema_migrations"),
    ] {
        let url = guarded.url(role).parse().expect("the URL stays valid");
        let mut conn = connection::open(&url).expect("the role may connect");
        let done = diesel::connection::SimpleConnection::batch_execute(&mut conn, statement);
        assert!(done.is_err(), "{role}: {statement}");
    }
}

#[test]
fn the_serving_role_measures() {
    let guarded = Guarded::new();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("services.yaml");
    std::fs::write(&file, MEASURED).expect("it can be written");
    let file = file.to_str().expect("temporary paths are UTF-8");
    guarded.run("sla_serve", &["apply", file]).ok();
    let without_series = StandIn::answering(|request| match request.path.ends_with("query_range") {
        true => Reply::result("matrix", "[]"),
        false => Reply::result("vector", "[]"),
    });
    let source = format!("main={}", without_series.url);
    let asked = ["--definitions", "now", "--prometheus", &source];
    let report = [&["report", "--period", "day", "--at", "2026-01-12"], &asked[..]].concat();
    let measure = [&["measure", "--from", "2026-01-14", "--to", "2026-01-15"], &asked[..]].concat();
    let stored = || {
        guarded
            .database
            .texts("SELECT count(*)::text AS value FROM availability")
    };
    for (arguments, rows) in [(report, "1"), (measure, "2")] {
        let refused = guarded.run("sla_read", &arguments);
        assert_eq!(refused.code, 1, "{refused:?}");
        guarded.run("sla_serve", &arguments).ok();
        assert_eq!(stored(), [rows], "{arguments:?}");
    }
}

/// Returns the commands in the row of a role, each up to its options.
fn documented_commands(role: &str) -> Vec<String> {
    let documents = documents();
    let (_, text) = documents
        .iter()
        .find(|(file, _)| file == "docs/operations.md")
        .expect("the guide for operators is there");
    let start = format!("| `{role}` | ");
    let row = text.lines().find_map(|line| line.strip_prefix(&start));
    let row = row.unwrap_or_else(|| panic!("the table of roles has {role}"));
    let quoted = row.split('`').skip(1).step_by(2);
    quoted
        .filter(|command| !command.starts_with('-'))
        .map(|command| command.split(' ').next().unwrap_or(command).to_owned())
        .collect()
}

#[test]
fn the_table_of_roles_has_every_command() {
    let documented: BTreeSet<String> = ROLES.iter().flat_map(|role| documented_commands(role)).collect();
    let asked: BTreeSet<String> = commands()
        .into_iter()
        .filter(|command| !WITHOUT_A_ROLE.contains(&command.as_str()))
        .collect();
    assert_eq!(documented, asked);
    let reading: BTreeSet<String> = READING_COMMANDS.iter().map(|words| words[0].to_owned()).collect();
    assert_eq!(
        documented_commands("sla_read").into_iter().collect::<BTreeSet<_>>(),
        reading
    );
}

/// Starts a server over the role that serves.
fn serve(guarded: &Guarded) -> Server {
    let mut command = crate::support::program::command();
    command.args([
        "serve",
        "--bind",
        "127.0.0.1:0",
        "--database-url",
        &guarded.url("sla_serve"),
    ]);
    Server::spawn(command)
}

#[test]
fn a_right_that_the_serving_role_lacks_is_no_fault_of_the_program() {
    let guarded = Guarded::new();
    let ada = add_user(&guarded.database, &superuser_state("ada"), None);
    let server = serve(&guarded);
    let mut browser = at_admin(&guarded.database, &server, ada);
    let role = format!("{}sla_serve", guarded.prefix);
    guarded
        .database
        .execute(&format!("REVOKE SELECT ON saved_view FROM {role}"));
    let page = browser.get("/admin/sla/slawindow/").expect(503);
    let text = page.text("body");
    assert!(
        text.contains("its role has to be given the documented grants again"),
        "{text}"
    );
    guarded
        .database
        .execute(&format!("GRANT SELECT ON saved_view TO {role}"));
    browser.get("/admin/sla/slawindow/").expect(200);
}

#[test]
fn the_serving_role_serves() {
    let guarded = Guarded::new();
    let ada = add_user(&guarded.database, &superuser_state("ada"), Some("correct-battery-9"));
    let server = serve(&guarded);
    let mut browser = at_admin(&guarded.database, &server, ada);
    let form = browser.get("/admin/sla/label/add/").expect(200).form("#label_form");
    browser
        .submit(&form.set("name", "team").set("value", "blue"), ("_save", ""))
        .expect(302);
    let form = browser
        .get("/admin/sla/label/1/change/")
        .expect(200)
        .form("#label_form");
    browser
        .submit(&form.set("description", "the blue ones"), ("_save", ""))
        .expect(302);
    browser
        .post("/admin/sla/label/1/delete/", &[("post", "yes")])
        .expect(302);
    let form = browser.get("/admin/").expect(200).form("#logout-form");
    browser.submit(&form, ("", "")).expect(200);
    let mut visitor = crate::support::browser::Browser::new(&server);
    for (password, status) in [("wrong", 422), ("correct-battery-9", 302)] {
        let form = visitor.get("/admin/login/").expect(200).form("#login-form");
        let form = form.set("username", "ada").set("password", password);
        visitor.submit(&form, ("", "")).expect(status);
    }
    let metrics = crate::support::client::get(&format!("{}/metrics", server.url)).text();
    assert!(metrics.contains("sla_monitor_collector_up 1"), "{metrics}");
    guarded.run("sla_serve", &["clearsessions"]).ok();
}
