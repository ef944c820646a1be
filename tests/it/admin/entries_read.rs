//! Pages about one object read the entries that concern it, however many others the audit log has.

use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

/// How many entries others have, and how many may be read of all by the pages, the login and the start of the server.
const OTHERS: i64 = 20_000;
const READ_MAX: i64 = 2_000;

/// Returns how many rows of the log connections have read that are closed: each hands over its counts at its end.
fn rows_read(database: &Database) -> i64 {
    let read =
        "SELECT (seq_tup_read + idx_tup_fetch)::bigint AS value FROM pg_stat_user_tables WHERE relname = 'log_entry'";
    database.number(read)
}

/// SQLite counts no rows; its statements and indexes are the same.
#[test]
fn pages_of_one_object_do_not_read_the_entries_of_others_on_postgres() {
    let database = Database::postgres();
    apply(
        &database,
        "calendars: [{name: Off, rules: [{type: dates, dates: [2026-12-25], start: '00:00', duration_s: 86400}]}]
windows: [{name: Desk, timezone: UTC, calendars: [Off], rules: [{type: weekly, days: [MO], start: '08:00', duration_s: 60}]}]
components: [{name: web, windows: [Desk], labels: {team: a}}]",
    );
    for (kind, title) in [("sla.component", "c"), ("sla.slawindow", "w"), ("sla.calendar", "k")] {
        database.execute(&format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, after) \
             SELECT now(), 'root', 'add', '{kind}', 1000 + n, '{title}-' || n, 1, '{{}}' FROM generate_series(1, {OTHERS}) AS n"
        ));
    }
    database.execute("ANALYZE log_entry");
    let before = rows_read(&database);
    let mut server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    for model in ["component", "slawindow", "calendar"] {
        let key = root
            .get(&format!("/admin/sla/{model}/"))
            .expect(200)
            .attributes("#result_list .field-name a", "id");
        let [key] = &key[..] else {
            unreachable!("{model} has one object: {key:?}");
        };
        for page in ["history", "view", "change"] {
            root.get(&format!("/admin/sla/{model}/{key}/{page}/")).expect(200);
        }
    }
    root.get("/admin/").expect(200);
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    let read = rows_read(&database) - before;
    assert!(read < READ_MAX, "{read} entries were read, of {}", 3 * OTHERS);
}
