//! Entries of the audit log cannot be changed or deleted, not even by SQL.

use super::{execute, number, refusal};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(the_audit_log_only_grows);

const INSERT: &str = "INTO log_entry (id, action_time, actor, action, content_type, object_id, object_repr, object_version, \
    before, after) VALUES (1, '2026-01-01 00:00:00', 'a', 'add', 'sla.component', 1, 'api', 1, NULL, '{}')";

fn the_audit_log_only_grows(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, &format!("INSERT {INSERT}"));
    let common = [
        "UPDATE log_entry SET actor = 'b'",
        "DELETE FROM log_entry",
        "DELETE FROM log_entry WHERE id = 1",
    ];
    let upsert = format!("INSERT {INSERT} ON CONFLICT (id) DO UPDATE SET actor = 'b'");
    let replace = format!("REPLACE {INSERT}");
    let own = match database.is_postgres() {
        true => "TRUNCATE log_entry",
        false => replace.as_str(),
    };
    for sql in common.into_iter().chain([upsert.as_str(), own]) {
        let error = refusal(&mut conn, sql);
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(
        number(&mut conn, "SELECT count(*) AS value FROM log_entry WHERE actor = 'a'"),
        1
    );
}
