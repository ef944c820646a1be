//! Users, groups and sessions: what the schema refuses, what goes with what, and that none of it moves the data version.

use super::data_version::version;
use super::{FIXTURE, accepted, execute, refused, texts, tried};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    accounts_have_names_of_their_own,
    what_belongs_to_a_user_or_a_group_goes_with_them,
    accounts_move_no_data_version,
);

fn accounts_have_names_of_their_own(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    let long = |length: usize| "ü".repeat(length);
    accepted(
        &mut conn,
        &format!("INSERT INTO user_account (username) VALUES ('{}')", long(150)),
    );
    accepted(&mut conn, "INSERT INTO user_account (username) VALUES ('ädä'), ('Ädä')");
    for (because, sql) in [
        (
            "unique",
            "INSERT INTO user_account (username) VALUES ('ADA')".to_owned(),
        ),
        (
            "unique",
            "UPDATE user_account SET username = 'bERT' WHERE id = 1".to_owned(),
        ),
        ("unique", "INSERT INTO user_group (name) VALUES ('Editors')".to_owned()),
        (
            "user_account_username_check",
            "INSERT INTO user_account (username) VALUES ('')".to_owned(),
        ),
        (
            "user_account_username_check",
            format!("INSERT INTO user_account (username) VALUES ('{}')", long(151)),
        ),
        (
            "user_account_lengths_check",
            format!("UPDATE user_account SET first_name = '{}'", long(151)),
        ),
        (
            "user_account_lengths_check",
            format!("UPDATE user_account SET email = '{}'", long(255)),
        ),
        (
            "user_account_password_check",
            "UPDATE user_account SET password = ''".to_owned(),
        ),
        (
            "user_group_name_check",
            format!("INSERT INTO user_group (name) VALUES ('{}')", long(151)),
        ),
        ("null", "UPDATE user_account SET password = NULL".to_owned()),
        (
            "unique",
            "INSERT INTO user_permission VALUES (1, 'sla.view_label')".to_owned(),
        ),
        ("foreign key", "INSERT INTO user_group_member VALUES (1, 99)".to_owned()),
        ("foreign key", "UPDATE login_session SET user_id = 99".to_owned()),
    ] {
        refused(&mut conn, because, &sql);
    }
}

fn what_belongs_to_a_user_or_a_group_goes_with_them(database: &Database) {
    let mut conn = database.connect();
    execute(&mut conn, FIXTURE);
    let left = "SELECT 'member' AS value FROM user_group_member UNION ALL SELECT permission FROM user_permission \
                UNION ALL SELECT permission FROM user_group_permission UNION ALL SELECT id_hash FROM login_session \
                UNION ALL SELECT query FROM saved_view WHERE is_default";
    let without = |sql: &str, conn: &mut sla_monitor::db::Conn| tried(conn, sql, |conn| texts(conn, left));
    assert_eq!(
        without("DELETE FROM user_account WHERE id = 1", &mut conn),
        ["sla.change_label"]
    );
    assert_eq!(
        without("DELETE FROM user_group", &mut conn),
        ["sla.view_label", "h", "o=name"]
    );
}

fn accounts_move_no_data_version(database: &Database) {
    let mut conn = database.connect();
    let before = version(&mut conn);
    execute(
        &mut conn,
        "INSERT INTO user_account (username) VALUES ('ada'); INSERT INTO user_group (name) VALUES ('g')",
    );
    execute(
        &mut conn,
        "INSERT INTO user_group_member VALUES (1, 1); UPDATE user_account SET email = 'a@b.c'",
    );
    execute(&mut conn, "DELETE FROM user_group; DELETE FROM user_account");
    assert_eq!(version(&mut conn), before);
}
