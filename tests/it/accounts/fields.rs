//! What may be typed into the fields of users and groups.

use std::collections::BTreeSet;

use sla_monitor::apps::accounts::group::{self, model::GroupState};
use sla_monitor::apps::accounts::user::{self, model::UserState};
use sla_monitor::apps::accounts::{AccountChange, rules};
use sla_monitor::auth::Actor;

use super::domain_rules::{add, change, word};
use super::{add_group, add_user, apply};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(what_is_typed_is_checked, groups_are_checked_too);

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_is_typed_is_checked(database: &Database) {
    let conn = &mut database.connect();
    add_user(conn, &UserState::new("Ada"));
    add_user(conn, &UserState::new("Ünal"));
    let command = Actor::Command("test");
    let long = |length: usize| "x".repeat(length);
    let names = [
        ("ada2", "ok"),
        ("ADA", "username"),
        ("üNAL", "username"),
        ("a.b@c+d-e_f", "ok"),
        ("時計9", "ok"),
        (&long(150), "ok"),
        (&long(151), "username"),
        ("", "username"),
        ("a b", "username"),
        (" ada", "username"),
        ("a/b", "username"),
        ("a\0", "username"),
        ("<b>", "username"),
    ];
    for (name, expected) in names {
        assert_eq!(add(conn, &command, &UserState::new(name)), expected, "{name:?}");
    }
    let emails = [
        ("", "ok"),
        ("ada@example.org", "ok"),
        ("a.b+c@sub.exämple.org", "ok"),
        ("root@localhost", "ok"),
        ("ada", "email"),
        ("ada@", "email"),
        ("@example.org", "email"),
        ("ada@example", "email"),
        ("ada@-example.org", "email"),
        ("ada@example..org", "email"),
        ("a..b@example.org", "email"),
        ("a b@example.org", "email"),
        ("a@b@example.org", "email"),
        ("ada@example.org\n", "email"),
        (&format!("{}@example.org", long(250)), "email"),
    ];
    let id = user::store::id_of(conn, "aDA")
        .expect("it answers")
        .expect("the user is there");
    for (email, expected) in emails {
        assert_eq!(
            change(conn, &command, id, |user| user.email = email.to_owned()),
            expected,
            "{email:?}"
        );
    }
    assert_eq!(
        change(conn, &command, id, |user| user.first_name = long(151)),
        "first_name"
    );
    assert_eq!(
        change(conn, &command, id, |user| user.last_name = "a\u{7}".to_owned()),
        "last_name"
    );
    assert_eq!(
        change(conn, &command, id, |user| user.username = "aDa".to_owned()),
        "ok",
        "one's own name in other letters"
    );
    assert_eq!(rules::timezone(" "), Ok(None));
    assert_eq!(
        rules::timezone("Europe/Berlin"),
        Ok(Some(crate::support::zone("Europe/Berlin")))
    );
    assert!(rules::timezone("Mars/Olympus").is_err_and(|message| message.contains("unknown")));
}

fn groups_are_checked_too(database: &Database) {
    let conn = &mut database.connect();
    let editors = add_group(conn, "Editors", &[]);
    let mut name = |name: &str| {
        let state = GroupState {
            name: name.to_owned(),
            ..GroupState::default()
        };
        word(apply(conn, &Actor::Command("test"), &AccountChange::AddGroup(state)))
    };
    for (text, expected) in [
        ("eDITORS", "name"),
        ("", "name"),
        (" ", "name"),
        ("Readers & co", "ok"),
        ("a\nb", "name"),
    ] {
        assert_eq!(name(text), expected, "{text:?}");
    }
    assert_eq!(name(&"x".repeat(151)), "name");
    let member = UserState {
        groups: BTreeSet::from([editors]),
        ..UserState::new("ada")
    };
    let member = add_user(conn, &member);
    let group = group::store::get(conn, editors).expect("the group is there");
    let deleted = apply(conn, &Actor::Command("test"), &AccountChange::DeleteGroup(group));
    assert_eq!(word(deleted), "ok");
    let member = user::store::get(conn, member).expect("the user is there");
    assert!(member.state.groups.is_empty());
}
