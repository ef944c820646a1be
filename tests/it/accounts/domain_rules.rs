//! What accounts may do to each other, beyond permissions.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use sla_monitor::apps::accounts::group::{self, model::GroupState};
use sla_monitor::apps::accounts::user::{self, model::UserState};
use sla_monitor::apps::accounts::{self, AccountChange, NewPassword, Refusal};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::auth::password::PasswordHash;
use sla_monitor::db::Conn;

use super::{act, actor, add_group, add_user, apply, superuser, with_permissions};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    superusers_are_for_superusers_to_touch,
    no_user_gives_more_than_they_have,
    the_last_active_superuser_stays,
    two_superusers_cannot_delete_each_other_at_once,
    no_user_deletes_themselves,
    people_set_their_own_password_without_a_permission,
    permissions_are_asked_for,
    changes_are_in_the_audit_log_without_secrets,
);

/// What a manager of accounts may do; superuser they are not.
const MANAGER: &[&str] = &[
    "auth.add_user",
    "auth.change_user",
    "auth.delete_user",
    "auth.add_group",
    "auth.change_group",
    "auth.delete_group",
    "sla.change_label",
];

/// An outcome in a word: `ok`, `forbidden`, `denied`, or the fields that are wrong.
pub(super) fn word<T>(outcome: Result<T, Refusal>) -> String {
    match outcome {
        Ok(_) => "ok".to_owned(),
        Err(Refusal::Rule(_)) => "forbidden".to_owned(),
        Err(Refusal::Audit(audit::Error::Denied(_))) => "denied".to_owned(),
        Err(Refusal::Audit(audit::Error::SignedOut(_))) => "signed out".to_owned(),
        Err(Refusal::Fields(errors)) => {
            let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
            fields.join(" ")
        }
        Err(error @ (Refusal::Audit(_) | Refusal::Input)) => panic!("{error}"),
    }
}

pub(super) fn change(conn: &mut Conn, actor: &Actor, id: i64, how: impl FnOnce(&mut UserState)) -> String {
    word(act(conn, actor, |tx| {
        let before = user::store::get(tx.reader(), id)?;
        let mut after = before.state.clone();
        how(&mut after);
        accounts::apply(tx, &AccountChange::ChangeUser { before, after })
    }))
}

fn delete(conn: &mut Conn, actor: &Actor, id: i64) -> String {
    word(act(conn, actor, |tx| {
        let user = user::store::get(tx.reader(), id)?;
        accounts::apply(tx, &AccountChange::DeleteUser(user))
    }))
}

fn set_password(conn: &mut Conn, actor: &Actor, id: i64) -> String {
    word(act(conn, actor, |tx| {
        let change = AccountChange::SetPassword {
            user: user::store::get(tx.reader(), id)?,
            password: NewPassword::to_keep(PasswordHash::stored("another".to_owned())),
        };
        accounts::apply(tx, &change)
    }))
}

pub(super) fn add(conn: &mut Conn, actor: &Actor, state: &UserState) -> String {
    let change = AccountChange::AddUser {
        state: state.clone(),
        password: NewPassword::to_keep(PasswordHash::unusable()),
    };
    word(apply(conn, actor, &change))
}

fn texts(permissions: &[&str]) -> BTreeSet<String> {
    permissions.iter().map(|text| (*text).to_owned()).collect()
}

fn superusers_are_for_superusers_to_touch(database: &Database) {
    let conn = &mut database.connect();
    let root = add_user(conn, &superuser("root"));
    let other = add_user(conn, &superuser("other"));
    let manager = add_user(conn, &with_permissions("manager", MANAGER));
    let plain = add_user(conn, &UserState::new("plain"));
    let manager = actor(conn, manager);
    assert_eq!(
        change(conn, &manager, root, |user| user.email = "a@b.example".to_owned()),
        "forbidden"
    );
    assert_eq!(change(conn, &manager, root, |user| user.is_active = false), "forbidden");
    assert_eq!(
        change(conn, &manager, root, |user| user.is_superuser = false),
        "forbidden"
    );
    assert_eq!(change(conn, &manager, root, |_| ()), "forbidden");
    assert_eq!(set_password(conn, &manager, root), "forbidden");
    assert_eq!(delete(conn, &manager, root), "forbidden");
    assert_eq!(
        change(conn, &manager, plain, |user| user.is_superuser = true),
        "is_superuser"
    );
    assert_eq!(add(conn, &manager, &superuser("made")), "is_superuser");
    assert_eq!(
        change(conn, &manager, plain, |user| user.email = "a@b.example".to_owned()),
        "ok"
    );
    assert_eq!(set_password(conn, &manager, plain), "ok");
    assert_eq!(add(conn, &manager, &UserState::new("made")), "ok");
    assert_eq!(delete(conn, &manager, plain), "ok");
    // A superuser who was disabled is one still.
    let root = actor(conn, root);
    assert_eq!(change(conn, &root, other, |user| user.is_active = false), "ok");
    assert_eq!(set_password(conn, &manager, other), "forbidden");
    assert_eq!(change(conn, &root, other, |user| user.is_active = true), "ok");
    assert_eq!(change(conn, &root, other, |user| user.is_superuser = false), "ok");
    assert_eq!(set_password(conn, &manager, other), "ok");
    assert_eq!(change(conn, &root, other, |user| user.is_superuser = true), "ok");
    assert_eq!(delete(conn, &root, other), "ok");
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn no_user_gives_more_than_they_have(database: &Database) {
    let conn = &mut database.connect();
    add_user(conn, &superuser("root"));
    let within = add_group(conn, "within", &["sla.view_label", "auth.add_user"]);
    let beyond = add_group(conn, "beyond", &["sla.change_label", "sla.delete_label"]);
    let manager_id = add_user(conn, &with_permissions("manager", MANAGER));
    let rich = UserState {
        groups: BTreeSet::from([beyond]),
        ..with_permissions("rich", &["sla.add_component"])
    };
    let rich = add_user(conn, &rich);
    let plain = add_user(conn, &UserState::new("plain"));
    let manager = actor(conn, manager_id);
    let mut give = |id, permissions: &[&str], groups: &[i64]| {
        change(conn, &manager, id, |user| {
            user.permissions = texts(permissions);
            user.groups = groups.iter().copied().collect();
        })
    };
    assert_eq!(give(plain, &["sla.change_label", "sla.view_label"], &[within]), "ok");
    assert_eq!(
        give(plain, &["sla.change_label", "sla.delete_label"], &[]),
        "user_permissions"
    );
    assert_eq!(give(plain, &["sla.fly_label"], &[]), "user_permissions");
    assert_eq!(give(plain, &[], &[beyond]), "groups");
    assert_eq!(
        give(plain, &["sla.add_component"], &[beyond, 99]),
        "groups user_permissions groups"
    );
    assert_eq!(
        give(manager_id, &["sla.delete_label"], &[]),
        "user_permissions",
        "nor to oneself"
    );
    // What others gave may stay, and may be taken.
    assert_eq!(give(rich, &["sla.add_component", "sla.view_label"], &[beyond]), "ok");
    assert_eq!(give(rich, &["sla.view_label"], &[]), "ok");
    assert_eq!(
        give(rich, &["sla.view_label"], &[beyond]),
        "groups",
        "it is not given back"
    );
    assert_eq!(
        add(conn, &manager, &with_permissions("made", &["sla.add_window"])),
        "user_permissions"
    );

    let change_group = |conn: &mut Conn, actor: &Actor, id, permissions: &[&str]| {
        word(act(conn, actor, |tx| {
            let before = group::store::get(tx.reader(), id)?;
            let after = GroupState {
                permissions: texts(permissions),
                ..before.state.clone()
            };
            accounts::apply(tx, &AccountChange::ChangeGroup { before, after })
        }))
    };
    assert_eq!(
        change_group(conn, &manager, within, &["sla.view_label", "sla.delete_label"]),
        "permissions"
    );
    assert_eq!(
        change_group(conn, &manager, within, &["sla.view_label", "sla.change_label"]),
        "ok"
    );
    assert_eq!(change_group(conn, &manager, beyond, &["sla.delete_label"]), "ok");
    assert_eq!(
        change_group(conn, &Actor::Command("test"), beyond, &["sla.fly_label"]),
        "permissions"
    );
    // A permission that the program does not know any more permits nothing and does not keep the form from being saved.
    database.execute("UPDATE user_group_permission SET permission = 'old.text' WHERE permission = 'sla.delete_label'");
    assert_eq!(
        change_group(conn, &manager, beyond, &["old.text", "sla.view_label"]),
        "ok"
    );
    assert_eq!(
        change(conn, &manager, plain, |user| user.groups = BTreeSet::from([beyond])),
        "ok"
    );
}

fn the_last_active_superuser_stays(database: &Database) {
    let conn = &mut database.connect();
    let root = add_user(conn, &superuser("root"));
    let disabled = UserState {
        is_active: false,
        ..superuser("disabled")
    };
    let disabled = add_user(conn, &disabled);
    let command = Actor::Command("test");
    for actor in [&actor(conn, root), &command] {
        assert_eq!(
            change(conn, actor, root, |user| user.is_superuser = false),
            "is_superuser"
        );
        assert_eq!(change(conn, actor, root, |user| user.is_active = false), "is_active");
        assert_eq!(delete(conn, actor, root), "forbidden");
        assert_eq!(change(conn, actor, root, |user| user.is_staff = false), "is_staff");
        assert_eq!(
            change(conn, actor, root, |user| user.email = "a@b.example".to_owned()),
            "ok"
        );
    }
    assert_eq!(change(conn, &command, disabled, |user| user.is_superuser = false), "ok");
    assert_eq!(change(conn, &command, disabled, |user| user.is_superuser = true), "ok");
    assert_eq!(change(conn, &command, disabled, |user| user.is_active = true), "ok");
    assert_eq!(change(conn, &command, root, |user| user.is_superuser = false), "ok");
    assert_eq!(
        change(conn, &command, disabled, |user| user.is_active = false),
        "is_active"
    );
    assert_eq!(delete(conn, &command, root), "ok");
    assert_eq!(delete(conn, &command, disabled), "forbidden");
}

fn two_superusers_cannot_delete_each_other_at_once(database: &Database) {
    let conn = &mut database.connect();
    let (ada, bert) = (add_user(conn, &superuser("ada")), add_user(conn, &superuser("bert")));
    let actors = [(actor(conn, ada), bert), (actor(conn, bert), ada)];
    let barrier = Barrier::new(2);
    let mut words = thread::scope(|scope| {
        let threads = actors.map(|(actor, other)| {
            let barrier = &barrier;
            scope.spawn(move || {
                let mut conn = database.connect();
                barrier.wait();
                delete(&mut conn, &actor, other)
            })
        });
        threads.map(|thread| thread.join().expect("both come to an end"))
    });
    words.sort();
    assert_eq!(words, ["ok", "signed out"]);
}

fn no_user_deletes_themselves(database: &Database) {
    let conn = &mut database.connect();
    let root = add_user(conn, &superuser("root"));
    add_user(conn, &superuser("other"));
    let manager = add_user(conn, &with_permissions("manager", MANAGER));
    for id in [root, manager] {
        let actor = actor(conn, id);
        assert_eq!(delete(conn, &actor, id), "forbidden");
    }
    let root = actor(conn, root);
    assert_eq!(delete(conn, &root, manager), "ok");
}

fn people_set_their_own_password_without_a_permission(database: &Database) {
    let conn = &mut database.connect();
    let ada = add_user(conn, &with_permissions("ada", &[]));
    let bert = add_user(conn, &with_permissions("bert", &[]));
    let root = add_user(conn, &superuser("root"));
    for (who, whose, expected) in [
        (ada, ada, "ok"),
        (ada, bert, "denied"),
        (ada, root, "denied"),
        (root, root, "ok"),
    ] {
        let actor = actor(conn, who);
        assert_eq!(set_password(conn, &actor, whose), expected, "{who} {whose}");
    }
    let gone = actor(conn, ada);
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'ada'");
    assert_eq!(set_password(conn, &gone, ada), "signed out");
}

fn permissions_are_asked_for(database: &Database) {
    let conn = &mut database.connect();
    add_user(conn, &superuser("root"));
    let plain = add_user(conn, &UserState::new("plain"));
    let viewer = add_user(
        conn,
        &with_permissions("viewer", &["auth.view_user", "auth.view_group", "auth.add_user"]),
    );
    let viewer = actor(conn, viewer);
    assert_eq!(change(conn, &viewer, plain, |user| user.is_staff = true), "denied");
    assert_eq!(delete(conn, &viewer, plain), "denied");
    assert_eq!(
        add(conn, &viewer, &UserState::new("made")),
        "denied",
        "adding takes changing as well"
    );
    let group = AccountChange::AddGroup(GroupState::default());
    assert_eq!(word(apply(conn, &viewer, &group)), "denied");
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL"),
        0
    );
}

fn changes_are_in_the_audit_log_without_secrets(database: &Database) {
    let conn = &mut database.connect();
    let editors = add_group(conn, "editors", &["sla.view_label"]);
    let root = add_user(conn, &superuser("root"));
    let ada = UserState {
        groups: BTreeSet::from([editors]),
        ..UserState::new("ada")
    };
    let ada = add_user(conn, &ada);
    let root_id = root;
    let root = actor(conn, root);
    assert_eq!(
        change(conn, &root, ada, |user| user.email = "ada@example.org".to_owned()),
        "ok"
    );
    assert_eq!(change(conn, &root, ada, |_| ()), "ok");
    assert_eq!(set_password(conn, &root, ada), "ok");
    assert_eq!(delete(conn, &root, ada), "ok");
    let entries = database.texts(
        "SELECT actor || ' ' || coalesce(CAST(user_id AS TEXT), '-') || ' ' || action || ' ' || content_type || ' ' || object_repr || ' ' || object_version AS value \
         FROM log_entry ORDER BY id",
    );
    assert_eq!(
        entries,
        [
            "command test - add auth.group editors 1".to_owned(),
            "command test - add auth.user root 1".to_owned(),
            "command test - add auth.user ada 1".to_owned(),
            format!("root {root_id} change auth.user ada 2"),
            format!("root {root_id} change auth.user ada 3"),
            format!("root {root_id} delete auth.user ada 3"),
        ]
    );
    let states =
        database.texts("SELECT coalesce(before, '') || coalesce(after, '') AS value FROM log_entry ORDER BY id");
    assert!(states[2].contains("\"groups\":[\"editors\"]"), "{}", states[2]);
    assert!(states[3].contains("\"email\":\"ada@example.org\""), "{}", states[3]);
    assert!(states[4].contains("\"password\":\"changed\""), "{}", states[4]);
    let secrets = ["a hash of", "another"];
    assert!(
        !states
            .iter()
            .any(|state| secrets.iter().any(|secret| state.contains(secret))),
        "{states:?}"
    );
}
