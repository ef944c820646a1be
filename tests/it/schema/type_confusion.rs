//! SQLite stores any kind of value in any column; its schema has to refuse what PostgreSQL's types refuse.

use super::{FIXTURE, accepted, execute, refusal, refused};
use crate::support::database::Database;

/// Columns by what they hold, each with the constraint that watches over it.
const BOOLEANS: [(&str, &str, &str); 6] = [
    ("component", "enabled", "component_enabled_check"),
    ("sla_window", "enabled", "sla_window_enabled_check"),
    ("calendar", "enabled", "calendar_enabled_check"),
    ("user_account", "is_active", "user_account_is_active_check"),
    ("user_account", "is_staff", "user_account_is_staff_check"),
    ("user_account", "is_superuser", "user_account_is_superuser_check"),
];
const INTEGERS: [(&str, &str, &str); 24] = [
    ("component", "slo_millipercent", "component_slo_check"),
    ("component", "version", "component_version_check"),
    ("component", "row_version", "component_row_version_check"),
    ("label", "version", "label_version_check"),
    ("calendar", "version", "calendar_version_check"),
    ("calendar", "row_version", "calendar_row_version_check"),
    ("sla_window", "version", "sla_window_version_check"),
    ("sla_window", "row_version", "sla_window_row_version_check"),
    ("rule", "position", "rule_position_check"),
    ("rule", "weekdays", "rule_weekdays_check"),
    ("rule", "duration_s", "rule_duration_check"),
    ("data_version", "version", "data_version_version_check"),
    ("data_version", "tombstone_floor", "data_version_tombstone_floor_check"),
    ("user_account", "version", "user_account_version_check"),
    ("user_group", "version", "user_group_version_check"),
    ("security_event", "occurrences", "security_event_occurrences_check"),
    ("security_event", "user_id", "security_event_user_id_check"),
    ("indicator", "step_s", "indicator_step_check"),
    ("indicator", "version", "indicator_version_check"),
    ("component", "indicator_id", "component_indicator_id_check"),
    ("correction", "starts_at", "correction_starts_at_check"),
    ("correction", "ends_at", "correction_ends_at_check"),
    ("correction", "version", "correction_version_check"),
    ("api_token", "version", "api_token_version_check"),
];
const DATES: [(&str, &str, &str); 3] = [
    ("sla_window", "valid_from", "sla_window_valid_from_check"),
    ("sla_window", "valid_until", "sla_window_valid_until_check"),
    ("rule", "anchor_date", "rule_anchor_check"),
];
const TIMESTAMPS: [(&str, &str, &str); 24] = [
    ("component", "created_at", "component_created_at_check"),
    ("component", "updated_at", "component_updated_at_check"),
    ("label", "created_at", "label_created_at_check"),
    ("label", "updated_at", "label_updated_at_check"),
    ("calendar", "created_at", "calendar_created_at_check"),
    ("calendar", "updated_at", "calendar_updated_at_check"),
    ("sla_window", "created_at", "sla_window_created_at_check"),
    ("sla_window", "updated_at", "sla_window_updated_at_check"),
    ("user_account", "last_login", "user_account_last_login_check"),
    ("user_account", "created_at", "user_account_created_at_check"),
    ("user_account", "updated_at", "user_account_updated_at_check"),
    ("user_group", "created_at", "user_group_created_at_check"),
    ("user_group", "updated_at", "user_group_updated_at_check"),
    ("security_event", "event_time", "security_event_event_time_check"),
    ("security_event", "minute", "security_event_minute_check"),
    ("indicator", "created_at", "indicator_created_at_check"),
    ("indicator", "updated_at", "indicator_updated_at_check"),
    ("correction", "created_at", "correction_created_at_check"),
    ("correction", "updated_at", "correction_updated_at_check"),
    ("api_token", "created_at", "api_token_created_at_check"),
    ("api_token", "expires_at", "api_token_expires_at_check"),
    ("api_token", "revoked_at", "api_token_revoked_at_check"),
    ("api_token", "last_used_at", "api_token_last_used_at_check"),
    ("api_answer", "created_at", "api_answer_created_at_check"),
];
const TEXTS: [(&str, &str, &str); 49] = [
    ("component", "name", "component_texts_check"),
    ("component", "display_name", "component_texts_check"),
    ("component", "description", "component_texts_check"),
    ("label", "name", "label_texts_check"),
    ("label", "value", "label_texts_check"),
    ("label", "description", "label_texts_check"),
    ("calendar", "name", "calendar_texts_check"),
    ("calendar", "description", "calendar_texts_check"),
    ("calendar", "timezone", "calendar_texts_check"),
    ("sla_window", "name", "sla_window_texts_check"),
    ("sla_window", "description", "sla_window_texts_check"),
    ("sla_window", "timezone", "sla_window_texts_check"),
    ("rule", "effect", "rule_effect_check"),
    ("rule", "kind", "rule_kind_check"),
    ("rule", "duration_mode", "rule_duration_mode_check"),
    ("rule", "rrule", "rule_texts_check"),
    ("rule", "dates", "rule_texts_check"),
    ("rule", "start_time", "rule_texts_check"),
    ("rule", "start_local", "rule_texts_check"),
    ("rule", "end_local", "rule_texts_check"),
    ("rule", "note", "rule_texts_check"),
    ("user_account", "username", "user_account_texts_check"),
    ("user_account", "first_name", "user_account_texts_check"),
    ("user_account", "last_name", "user_account_texts_check"),
    ("user_account", "email", "user_account_texts_check"),
    ("user_account", "password", "user_account_texts_check"),
    ("user_account", "timezone", "user_account_texts_check"),
    ("user_group", "name", "user_group_texts_check"),
    ("security_event", "kind", "security_event_texts_check"),
    ("security_event", "username", "security_event_texts_check"),
    ("security_event", "address", "security_event_texts_check"),
    ("security_event", "request_id", "security_event_texts_check"),
    ("security_event", "detail", "security_event_texts_check"),
    ("indicator", "name", "indicator_texts_check"),
    ("indicator", "source", "indicator_texts_check"),
    ("indicator", "expression", "indicator_texts_check"),
    ("indicator", "selector", "indicator_texts_check"),
    ("indicator", "kind", "indicator_kind_check"),
    ("indicator", "unknown_policy", "indicator_unknown_policy_check"),
    ("correction", "selector", "correction_texts_check"),
    ("correction", "reason", "correction_texts_check"),
    ("correction", "effect", "correction_effect_check"),
    ("api_token", "name", "api_token_texts_check"),
    ("api_token", "hash", "api_token_texts_check"),
    ("api_token", "scopes", "api_token_texts_check"),
    ("api_token", "last_used_address", "api_token_texts_check"),
    ("api_answer", "key_hash", "api_answer_texts_check"),
    ("api_answer", "fingerprint", "api_answer_texts_check"),
    ("api_answer", "answer", "api_answer_texts_check"),
];

/// Each column refuses each of the values.
fn check(columns: &[(&str, &str, &str)], values: &[&str]) {
    let database = Database::sqlite();
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    for (table, column, constraint) in columns {
        for value in values {
            let sql = format!("UPDATE {table} SET {column} = {value} WHERE id = 1");
            if *value == "'now'" {
                // SQLite calls a clock in a constraint an error of another kind.
                refusal(&mut conn, &sql);
            } else {
                refused(&mut conn, constraint, &sql);
            }
        }
    }
}

#[test]
fn a_boolean_is_true_or_false() {
    check(&BOOLEANS, &["'yes'", "'true'", "''", "2", "0.5", "x'31'"]);
}

#[test]
fn an_integer_is_a_whole_number() {
    check(&INTEGERS, &["'many'", "''", "1.5", "x'31'"]);
}

#[test]
fn a_date_is_a_day_of_the_calendar() {
    let values = [
        "'soon'",
        "''",
        "'now'",
        "'2026-2-1'",
        "'2026-02-30'",
        "'2026-01-01 00:00:00'",
        "20260101",
        "2461000.5",
        "x'31'",
    ];
    check(&DATES, &values);
}

#[test]
fn a_timestamp_is_a_day_and_a_time() {
    let values = [
        "'soon'",
        "''",
        "'now'",
        "'12:00:00'",
        "'2026-01-01'",
        "'2026-02-30 00:00:00'",
        "1767225600",
        "2461000.5",
        "x'31'",
    ];
    check(&TIMESTAMPS, &values);
    let database = Database::sqlite();
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    accepted(
        &mut conn,
        "UPDATE component SET created_at = '2026-01-01 00:00:00', updated_at = '2026-12-31 23:59:59.999999'",
    );
    accepted(&mut conn, "UPDATE component SET updated_at = CURRENT_TIMESTAMP");
}

#[test]
fn a_text_is_no_blob() {
    check(&TEXTS, &["x'61'", "x'ff'"]);
}
