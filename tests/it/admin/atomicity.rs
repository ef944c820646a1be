//! A database that refuses in the middle of a save: whatever the statement, nothing of the save remains and the form comes back.
//!
//! The database refuses by a trigger, as one with a broken disk, a full one or an administrator's own trigger would. No client causes this
//! by what they type; it is answered with 503 and the form. What a constraint refuses is 422 instead.

use super::typed::key;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const SOME: &str = "
labels: [{name: env, value: prod}]
calendars: [{name: Holidays, rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 60}]}, {name: Other}]
windows:
- {name: Office, timezone: UTC, calendars: [Holidays], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}
- {name: Nights, timezone: UTC}
components: [{name: shop-api, labels: {team: shop}, windows: [Office], calendars: [Holidays]}]
";

const TABLES: [&str; 17] = [
    "component",
    "label",
    "component_label",
    "component_window",
    "component_calendar",
    "sla_window",
    "rule",
    "window_calendar",
    "calendar",
    "data_version",
    "tombstone",
    "log_entry",
    "user_account",
    "user_permission",
    "user_group",
    "user_group_member",
    "user_group_permission",
];

/// Every row of every table that a save may touch.
fn dump(database: &Database) -> Vec<(&'static str, Vec<String>)> {
    let rows = |table: &str| {
        if database.is_postgres() {
            return database.texts(&format!("SELECT {table}::text AS value FROM {table} ORDER BY 1"));
        }
        let columns = database.texts(&format!("SELECT name AS value FROM pragma_table_info('{table}')"));
        let columns: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        database.texts(&format!(
            "SELECT {} AS value FROM {table} ORDER BY 1",
            columns.join(" || ',' || ")
        ))
    };
    TABLES.iter().map(|table| (*table, rows(table))).collect()
}

/// Refuses `event` on `table`, before or after it is done.
fn break_it(database: &Database, table: &str, event: &str, when: &str) {
    if database.is_postgres() {
        database.execute(&format!(
            "CREATE OR REPLACE FUNCTION injected() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'injected'; END $$; \
             CREATE TRIGGER injected {when} {event} ON {table} FOR EACH ROW EXECUTE FUNCTION injected()"
        ));
    } else {
        database.execute(&format!(
            "CREATE TRIGGER injected {when} {event} ON {table} BEGIN SELECT RAISE(ABORT, 'injected'); END"
        ));
    }
}

fn mend(database: &Database, table: &str) {
    if database.is_postgres() {
        database.execute(&format!("DROP TRIGGER injected ON {table}"));
    } else {
        database.execute("DROP TRIGGER injected");
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_save_is_done_or_not(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    drop(staff(database, &server, "bob", &["sla.view_label"]));
    let first = add_group(database, "first", &["sla.view_label"]).to_string();
    let second = add_group(database, "second", &[]).to_string();
    let user = database.number("SELECT id AS value FROM user_account WHERE username = 'bob'");
    let form = root
        .get(&format!("/admin/auth/user/{user}/change/"))
        .expect(200)
        .form("#user_form");
    root.submit(&form.add("groups", &first), ("_save", "")).expect(302);

    let [office, nights] = ["Office", "Nights"].map(|name| key(database, "sla_window", name).to_string());
    let [holidays, other] = ["Holidays", "Other"].map(|name| key(database, "calendar", name).to_string());
    let env = key(database, "label", "env").to_string();
    let component = key(database, "component", "shop-api");
    type Typed<'a> = &'a [(&'a str, &'a str)];
    type Events<'a> = &'a [(&'a str, &'a str)];
    // A form, what is typed into it, and what a save of it does.
    let cases: [(String, &str, Typed<'_>, Events<'_>); 7] = [
        (
            format!("sla/component/{component}/change/"),
            "component",
            &[
                ("slo", "99"),
                ("labels", &env),
                ("windows", &nights),
                ("calendars", &other),
            ],
            &[
                ("component", "UPDATE"),
                ("component_label", "DELETE"),
                ("component_window", "DELETE"),
                ("component_calendar", "DELETE"),
                ("component_label", "INSERT"),
                ("component_window", "INSERT"),
                ("component_calendar", "INSERT"),
                ("log_entry", "INSERT"),
                ("data_version", "UPDATE"),
            ],
        ),
        (
            "sla/component/add/".to_owned(),
            "component",
            &[
                ("name", "new"),
                ("labels", &env),
                ("windows", &nights),
                ("calendars", &other),
            ],
            &[
                ("component", "INSERT"),
                ("component_label", "INSERT"),
                ("component_window", "INSERT"),
                ("component_calendar", "INSERT"),
                ("log_entry", "INSERT"),
            ],
        ),
        (
            format!("sla/slawindow/{office}/change/"),
            "slawindow",
            &[
                ("description", "x"),
                ("calendars", &other),
                ("rules-0-note", "x"),
                ("rules-1-kind", "once"),
                ("rules-1-start_local", "2990-01-01T00:00"),
                ("rules-1-end_local", "2990-01-02T00:00"),
            ],
            &[
                ("sla_window", "UPDATE"),
                ("rule", "UPDATE"),
                ("rule", "INSERT"),
                ("window_calendar", "DELETE"),
                ("window_calendar", "INSERT"),
                ("log_entry", "INSERT"),
            ],
        ),
        (
            format!("sla/calendar/{holidays}/change/"),
            "calendar",
            &[("description", "x"), ("rules-0-note", "x")],
            &[("calendar", "UPDATE"), ("rule", "UPDATE"), ("log_entry", "INSERT")],
        ),
        (
            format!("sla/label/{env}/change/"),
            "label",
            &[("value", "test")],
            &[("label", "UPDATE"), ("log_entry", "INSERT")],
        ),
        (
            format!("auth/user/{user}/change/"),
            "user",
            &[
                ("email", "bob@example.org"),
                ("groups", &second),
                ("user_permissions", "sla.view_component"),
            ],
            &[
                ("user_account", "UPDATE"),
                ("user_permission", "DELETE"),
                ("user_permission", "INSERT"),
                ("user_group_member", "DELETE"),
                ("user_group_member", "INSERT"),
                ("log_entry", "INSERT"),
            ],
        ),
        (
            "auth/group/add/".to_owned(),
            "group",
            &[("name", "third"), ("permissions", "sla.view_component")],
            &[
                ("user_group", "INSERT"),
                ("user_group_permission", "INSERT"),
                ("log_entry", "INSERT"),
            ],
        ),
    ];
    for (path, model, typed, events) in &cases {
        let selector = format!("#{model}_form");
        let mut form = root.get(&format!("/admin/{path}")).expect(200).form(&selector);
        for (name, value) in *typed {
            form = form.set(name, value);
        }
        let before = dump(database);
        for (table, event) in *events {
            for when in ["BEFORE", "AFTER"] {
                break_it(database, table, event, when);
                let page = root.submit(&form, ("_save", ""));
                mend(database, table);
                let what = format!("{path}: {when} {event} ON {table}");
                assert_eq!(page.status(), 503, "{what}");
                assert!(
                    page.text("ul.errorlist.nonfield").contains("nothing was saved"),
                    "{what}"
                );
                let again = page.form(&selector);
                for (name, value) in *typed {
                    assert_eq!(again.values(name), [*value], "{what}: {name}");
                }
                assert!(dump(database) == before, "{what} left something behind");
            }
        }
        root.submit(&form, ("_save", "")).expect(302);
        assert!(dump(database) != before, "{path}");
    }
    // What a constraint refuses is no fault of the database.
    let form = root
        .get("/admin/sla/label/add/")
        .expect(200)
        .form("#label_form")
        .set("name", "a")
        .set("value", "b");
    let before = dump(database);
    if database.is_postgres() {
        database.execute("ALTER TABLE label ADD CONSTRAINT own CHECK (value <> 'b')");
    } else {
        database.execute("CREATE UNIQUE INDEX own ON label ((value IN ('b', 'test'))) WHERE value IN ('b', 'test')");
    }
    let page = root.submit(&form, ("_save", "")).expect(422);
    assert!(page.text("ul.errorlist.nonfield").contains("refused"));
    assert!(dump(database) == before);
    // Deleting, editing in the list and actions are done or not as well.
    let list = "/admin/sla/component/";
    let page = root.get(list).expect(200);
    let delete = (format!("{list}{component}/delete/"), vec![("post", "yes")]);
    let keys = component.to_string();
    let action = (
        list.to_owned(),
        vec![("action", "disable_selected"), ("_selected_action", keys.as_str())],
    );
    let edited = page
        .form("#changelist-form")
        .clear("form-0-enabled")
        .clear("form-1-enabled");
    for (table, event) in [
        ("component", "DELETE"),
        ("component_label", "DELETE"),
        ("component", "UPDATE"),
        ("log_entry", "INSERT"),
    ] {
        let before = dump(database);
        break_it(database, table, event, "AFTER");
        let mut answers = Vec::new();
        if event != "UPDATE" {
            answers.push(root.post(&delete.0, &delete.1));
        }
        if event != "DELETE" {
            answers.push(root.post(&action.0, &action.1));
            answers.push(root.submit(&edited, ("_save", "")));
        }
        mend(database, table);
        for page in answers {
            assert!(page.status() >= 500, "{event} ON {table}: {}", page.path);
        }
        assert!(dump(database) == before, "{event} ON {table} left something behind");
    }
    root.post(&delete.0, &delete.1).expect(302);
}

on_both_databases!(a_save_is_done_or_not);
