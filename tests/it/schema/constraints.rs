//! What the schema refuses, from any client: each line is a statement and the reason for which both databases refuse it.

use super::{FIXTURE, accepted, execute, refused, texts, tried};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    label_names_are_those_of_prometheus,
    texts_have_lengths,
    shares_are_percentages,
    a_window_ends_after_it_begins,
    a_rule_has_the_columns_of_its_kind,
    a_rule_has_values_of_its_columns,
    a_rule_has_one_owner_and_those_of_calendars_exclude,
    a_component_has_one_value_of_a_label_name,
    what_is_used_is_not_deleted,
    names_are_unique_whatever_the_case_of_ascii_letters,
    links_go_with_their_component,
    a_renamed_label_keeps_its_components,
    what_is_linked_exists,
    there_is_one_data_version,
    log_entries_have_the_states_of_their_action,
);

/// Tries the accepted and the refused statements on the fixture, each alone.
fn check(database: &Database, good: &[&str], bad: &[(&str, &str)]) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    for sql in good {
        accepted(&mut conn, sql);
    }
    for (because, sql) in bad {
        refused(&mut conn, because, sql);
    }
}

fn label_names_are_those_of_prometheus(database: &Database) {
    let insert = |name: &str| format!("INSERT INTO label (name, value) VALUES ('{name}', 'x')");
    let mut conn = database.connect();
    for name in ["a", "_", "_a", "A9", "team_1", "Le", "jobs"] {
        accepted(&mut conn, &insert(name));
    }
    accepted(&mut conn, &insert(&"n".repeat(200)));
    let reserved = ["component", "job", "instance", "le", "quantile", "__", "__name__"];
    let malformed = ["", "9a", "a-b", "a b", "a.b", "a:b", "ä", "aä", "a\n", "\na", "a\"b"];
    for name in reserved.iter().chain(&malformed) {
        refused(&mut conn, "label_name_check", &insert(name));
    }
    refused(&mut conn, "label_name_check", &insert(&"n".repeat(201)));
}

fn texts_have_lengths(database: &Database) {
    let mut conn = database.connect();
    let statements = [
        ("component_name_check", "INSERT INTO component (name) VALUES ('a?')"),
        (
            "label_value_check",
            "INSERT INTO label (name, value) VALUES ('a', 'a?')",
        ),
        ("calendar_name_check", "INSERT INTO calendar (name) VALUES ('a?')"),
        (
            "sla_window_name_check",
            "INSERT INTO sla_window (name, timezone) VALUES ('a?', 'UTC')",
        ),
    ];
    for (constraint, statement) in statements {
        for filler in ["x", "ü", "時"] {
            accepted(&mut conn, &statement.replace('?', &filler.repeat(199)));
            refused(&mut conn, constraint, &statement.replace('?', &filler.repeat(200)));
        }
        refused(&mut conn, constraint, &statement.replace("a?", ""));
    }
    accepted(&mut conn, "INSERT INTO component (name) VALUES ('時9')");
    refused(
        &mut conn,
        "component_name_check",
        "INSERT INTO component (name) VALUES ('時計')",
    );
    refused(
        &mut conn,
        "sla_window_timezone_check",
        "INSERT INTO sla_window (name, timezone) VALUES ('a', '')",
    );
    refused(
        &mut conn,
        "calendar_timezone_check",
        "INSERT INTO calendar (name, timezone) VALUES ('a', '')",
    );
    refused(&mut conn, "null", "INSERT INTO sla_window (name) VALUES ('a')");
    refused(&mut conn, "null", "INSERT INTO component (name) VALUES (NULL)");
    refused(
        &mut conn,
        "null",
        "INSERT INTO component (name, enabled) VALUES ('a', NULL)",
    );
}

fn shares_are_percentages(database: &Database) {
    check(
        database,
        &[
            "UPDATE component SET slo_millipercent = 0",
            "UPDATE component SET slo_millipercent = 100000",
            "UPDATE component SET slo_millipercent = NULL",
        ],
        &[
            ("component_slo_check", "UPDATE component SET slo_millipercent = -1"),
            ("component_slo_check", "UPDATE component SET slo_millipercent = 100001"),
        ],
    );
}

fn a_window_ends_after_it_begins(database: &Database) {
    check(
        database,
        &[
            "UPDATE sla_window SET valid_from = '2026-02-28', valid_until = '2026-02-28'",
            "UPDATE sla_window SET valid_from = '2026-02-28'",
            "UPDATE sla_window SET valid_until = '2028-02-29'",
        ],
        &[(
            "sla_window_validity_check",
            "UPDATE sla_window SET valid_from = '2026-03-01', valid_until = '2026-02-28'",
        )],
    );
}

fn a_rule_has_the_columns_of_its_kind(database: &Database) {
    /// The columns of a rule of each kind, without one that it could do without.
    const KINDS: [(&str, &[(&str, &str)]); 4] = [
        (
            "weekly",
            &[("weekdays", "127"), ("start_time", "'08:00'"), ("duration_s", "1")],
        ),
        (
            "rrule",
            &[
                ("rrule", "'FREQ=DAILY'"),
                ("start_time", "'08:00'"),
                ("duration_s", "2678400"),
            ],
        ),
        (
            "dates",
            &[("dates", "'[]'"), ("start_time", "'08:00'"), ("duration_s", "60")],
        ),
        (
            "once",
            &[
                ("start_local", "'2026-01-01T00:00'"),
                ("end_local", "'2026-01-02T00:00'"),
            ],
        ),
    ];
    let insert = |kind: &str, columns: &[(&str, &str)]| {
        let names: String = columns.iter().map(|(name, _)| format!(", {name}")).collect();
        let values: String = columns.iter().map(|(_, value)| format!(", {value}")).collect();
        format!(
            "INSERT INTO rule (window_id, position, effect, kind{names}) VALUES (1, 9, 'include', '{kind}'{values})"
        )
    };
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    for (kind, columns) in KINDS {
        accepted(&mut conn, &insert(kind, columns));
        for missing in 0..columns.len() {
            let rest = [&columns[..missing], &columns[missing + 1..]].concat();
            refused(&mut conn, "rule_columns_check", &insert(kind, &rest));
        }
        let foreign = KINDS.iter().flat_map(|(_, columns)| *columns);
        for column in foreign.filter(|(name, _)| columns.iter().all(|(own, _)| own != name)) {
            refused(
                &mut conn,
                "rule_columns_check",
                &insert(kind, &[columns, &[*column]].concat()),
            );
        }
        let anchored = [columns, &[("anchor_date", "'2026-01-01'")]].concat();
        match kind {
            "rrule" => accepted(&mut conn, &insert(kind, &anchored)),
            _ => refused(&mut conn, "rule_columns_check", &insert(kind, &anchored)),
        }
    }
}

fn a_rule_has_values_of_its_columns(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    for (because, sql) in [
        ("_check", "UPDATE rule SET kind = 'monthly' WHERE id = 1"),
        ("rule_weekdays_check", "UPDATE rule SET weekdays = 0 WHERE id = 1"),
        ("rule_weekdays_check", "UPDATE rule SET weekdays = 128 WHERE id = 1"),
        ("rule_duration_check", "UPDATE rule SET duration_s = 0 WHERE id = 1"),
        (
            "rule_duration_check",
            "UPDATE rule SET duration_s = 2678401 WHERE id = 1",
        ),
        (
            "rule_duration_mode_check",
            "UPDATE rule SET duration_mode = 'solar' WHERE id = 1",
        ),
        ("rule_dates_check", "UPDATE rule SET dates = '{}' WHERE id = 2"),
        (
            "rule_dates_check",
            "UPDATE rule SET dates = '\"2026-01-01\"' WHERE id = 2",
        ),
    ] {
        refused(&mut conn, because, sql);
    }
    // PostgreSQL calls text that is no JSON an error of another kind.
    for text in ["", "2026-01-01", "[\"2026-01-01\",]", "['2026-01-01']"] {
        super::refusal(
            &mut conn,
            &format!("UPDATE rule SET dates = '{}' WHERE id = 2", text.replace('\'', "''")),
        );
    }
}

fn a_rule_has_one_owner_and_those_of_calendars_exclude(database: &Database) {
    check(
        database,
        &[
            "UPDATE rule SET effect = 'exclude' WHERE id = 1",
            "UPDATE rule SET window_id = 2 WHERE id = 1",
            "UPDATE rule SET window_id = 2, calendar_id = NULL WHERE id = 2",
        ],
        &[
            ("rule_owner_check", "UPDATE rule SET window_id = NULL WHERE id = 1"),
            (
                "rule_owner_check",
                "UPDATE rule SET calendar_id = 1, effect = 'exclude' WHERE id = 1",
            ),
            ("rule_effect_check", "UPDATE rule SET effect = 'include' WHERE id = 2"),
            ("rule_effect_check", "UPDATE rule SET effect = 'cut' WHERE id = 1"),
        ],
    );
}

fn a_component_has_one_value_of_a_label_name(database: &Database) {
    check(
        database,
        &["INSERT INTO component_label VALUES (3, 2, 'team'), (3, 3, 'env')"],
        &[
            ("unique", "INSERT INTO component_label VALUES (1, 2, 'team')"),
            ("unique", "INSERT INTO component_label VALUES (1, 1, 'team')"),
            // The name beside the key cannot be made up to get around it.
            ("foreign key", "INSERT INTO component_label VALUES (1, 2, 'squad')"),
            ("unique", "UPDATE label SET name = 'team' WHERE id = 3"),
            ("unique", "INSERT INTO label (name, value) VALUES ('team', 'red')"),
        ],
    );
}

fn what_is_used_is_not_deleted(database: &Database) {
    check(
        database,
        &[
            "DELETE FROM label WHERE id = 4",
            "DELETE FROM sla_window WHERE id = 3",
            "DELETE FROM calendar WHERE id = 3",
            "DELETE FROM component_window; DELETE FROM sla_window WHERE id = 1",
        ],
        &[
            ("foreign key", "DELETE FROM label WHERE id = 1"),
            ("foreign key", "DELETE FROM sla_window WHERE id = 1"),
            ("foreign key", "DELETE FROM calendar WHERE id = 1"),
            ("foreign key", "DELETE FROM calendar WHERE id = 2"),
        ],
    );
}

fn names_are_unique_whatever_the_case_of_ascii_letters(database: &Database) {
    check(
        database,
        &[
            "INSERT INTO component (name) VALUES ('ä1'), ('Ä1')",
            "INSERT INTO component (name) VALUES ('ı1'), ('i1')",
            "INSERT INTO calendar (name) VALUES ('é'), ('É')",
            "INSERT INTO sla_window (name, timezone) VALUES ('ß', 'UTC'), ('ẞ', 'UTC'), ('SS', 'UTC')",
            "INSERT INTO label (name, value) VALUES ('team', 'Red')",
        ],
        &[
            ("unique", "INSERT INTO component (name) VALUES ('API')"),
            ("unique", "UPDATE component SET name = 'Shop' WHERE id = 1"),
            ("unique", "INSERT INTO calendar (name) VALUES ('hOLIDAYS')"),
            (
                "unique",
                "INSERT INTO sla_window (name, timezone) VALUES ('OFFICE', 'UTC')",
            ),
        ],
    );
}

fn links_go_with_their_component(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    let left = "SELECT component_id AS value FROM component_label UNION ALL SELECT component_id FROM component_window \
                UNION ALL SELECT component_id FROM component_calendar";
    let owners = tried(&mut conn, "DELETE FROM component WHERE id = 1", |conn| {
        texts(conn, left)
    });
    assert_eq!(owners, ["2", "2"]);
    let left = "SELECT id AS value FROM rule UNION ALL SELECT window_id FROM window_calendar";
    let sql = "DELETE FROM component_window; DELETE FROM sla_window WHERE id = 1";
    assert_eq!(tried(&mut conn, sql, |conn| texts(conn, left)), ["2"]);
}

fn a_renamed_label_keeps_its_components(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    let pairs =
        "SELECT component_id || label_name AS value FROM component_label WHERE label_id = 1 ORDER BY component_id";
    let renamed = tried(&mut conn, "UPDATE label SET name = 'squad' WHERE id = 1", |conn| {
        texts(conn, pairs)
    });
    assert_eq!(renamed, ["1squad", "2squad"]);
}

fn what_is_linked_exists(database: &Database) {
    check(
        database,
        &[],
        &[
            ("foreign key", "INSERT INTO component_label VALUES (99, 2, 'team')"),
            ("foreign key", "INSERT INTO component_label VALUES (3, 99, 'team')"),
            ("foreign key", "INSERT INTO component_window VALUES (99, 1)"),
            ("foreign key", "INSERT INTO component_window VALUES (1, 99)"),
            ("foreign key", "INSERT INTO component_calendar VALUES (99, 1)"),
            ("foreign key", "INSERT INTO component_calendar VALUES (1, 99)"),
            ("foreign key", "INSERT INTO window_calendar VALUES (99, 1)"),
            ("foreign key", "INSERT INTO window_calendar VALUES (1, 99)"),
            ("foreign key", "UPDATE rule SET window_id = 99 WHERE id = 1"),
            ("foreign key", "UPDATE rule SET calendar_id = 99 WHERE id = 2"),
            ("unique", "INSERT INTO component_window VALUES (1, 1)"),
            ("unique", "INSERT INTO window_calendar VALUES (1, 1)"),
        ],
    );
}

fn there_is_one_data_version(database: &Database) {
    check(
        database,
        &[],
        &[
            (
                "data_version_id_check",
                "INSERT INTO data_version (id, version) VALUES (2, 1)",
            ),
            ("unique", "INSERT INTO data_version (id, version) VALUES (1, 1)"),
            (
                "tombstone_model_check",
                "INSERT INTO tombstone (model, object_id, version) VALUES ('label', 1, 1)",
            ),
        ],
    );
}

fn log_entries_have_the_states_of_their_action(database: &Database) {
    let insert = |action: &str, before: &str, after: &str| {
        format!(
            "INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, \
             before, after) VALUES ('2026-01-01 00:00:00', 'a', '{action}', 'sla.component', 1, 'api', 1, {before}, {after})"
        )
    };
    let mut conn = database.connect();
    for (action, before, after) in [
        ("add", "NULL", "'{}'"),
        ("change", "'{}'", "'{}'"),
        ("delete", "'{}'", "NULL"),
    ] {
        accepted(&mut conn, &insert(action, before, after));
    }
    refused(&mut conn, "log_entry_action_check", &insert("look", "'{}'", "'{}'"));
    for (action, before, after) in [
        ("add", "'{}'", "'{}'"),
        ("add", "NULL", "NULL"),
        ("change", "NULL", "'{}'"),
        ("change", "'{}'", "NULL"),
        ("delete", "'{}'", "'{}'"),
        ("delete", "NULL", "NULL"),
    ] {
        refused(&mut conn, "log_entry_states_check", &insert(action, before, after));
    }
}
