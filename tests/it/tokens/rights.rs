//! What tokens may do, and when they end.

use chrono::{DateTime, NaiveDateTime};
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::accounts::{AccountChange, NewPassword, Refusal, user};
use sla_monitor::apps::{self, accounts};
use sla_monitor::audit;
use sla_monitor::auth::actor::Request;
use sla_monitor::auth::password::PasswordHash;
use sla_monitor::auth::session::{self, SessionClient};
use sla_monitor::auth::token::{self, TokenFault, TokenScope, TokenSecret};
use sla_monitor::auth::{Account, Actor};
use sla_monitor::db::Conn;

use super::{add_token, apply, revoke};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, staff_state, superuser_state};

on_both_databases!(
    a_token_has_its_users_rights_within_its_scopes,
    rights_are_read_in_the_transaction_of_the_write,
    a_token_ends_with_time_revocation_and_its_user,
    tokens_end_when_others_set_the_password,
    what_a_token_may_be_is_checked,
    tokens_are_revoked_by_their_users_and_with_a_permission,
    making_and_revoking_is_in_the_audit_log_without_the_secret,
);

/// An instant, in days after one that all tests share.
fn day(days: i64) -> NaiveDateTime {
    let seconds = 1_800_000_000 + days * 86_400;
    DateTime::from_timestamp(seconds, 0)
        .expect("the tests stay in the calendar")
        .naive_utc()
}

const ALL: &[TokenScope] = &TokenScope::ALL;

/// Why a secret opens nothing; nothing if it does.
fn fault(conn: &mut Conn, secret: &TokenSecret, now: NaiveDateTime) -> Option<TokenFault> {
    let found = token::find(conn, secret, now).expect("the database answers");
    found.err().map(|refused| refused.fault)
}

fn actor(user: i64, token: i64) -> Actor {
    Actor::Token {
        user,
        token,
        request: Request::default(),
    }
}

/// Which of these permissions an actor has in a transaction, and its name there.
fn held(conn: &mut Conn, actor: &Actor, permissions: &[&str]) -> (String, Vec<String>) {
    let held = audit::preview::<_, audit::Error>(conn, actor, day(1), |tx| {
        let has = |text: &&&str| tx.actor().may(apps::permission(text).expect("the permission exists"));
        let held = permissions.iter().filter(has).map(|text| (*text).to_owned()).collect();
        Ok((tx.actor().name(), held))
    });
    held.expect("the token is valid")
}

const ASKED: [&str; 7] = [
    "sla.view_component",
    "sla.export_component",
    "sla.add_component",
    "sla.delete_label",
    "auth.view_user",
    "auth.change_token",
    "audit.view_logentry",
];

fn a_token_has_its_users_rights_within_its_scopes(database: &Database) {
    let conn = &mut database.connect();
    let root = add_user(database, &superuser_state("root"), None);
    let ada = add_user(
        database,
        &staff_state("ada", &["sla.change_component", "sla.delete_label", "auth.view_user"]),
        None,
    );
    let mut check = |user, scopes: &[TokenScope], expected: &[&str]| {
        let name = format!("{scopes:?}");
        let (id, secret) = add_token(conn, user, (&name, scopes), (day(0), 30)).expect("it can be made");
        let (title, held) = held(conn, &actor(user, id), &ASKED);
        assert_eq!(held, expected, "{title}");
        let caller = token::find(conn, &secret, day(1)).expect("the database answers");
        let caller = caller.expect("the token is valid");
        assert_eq!(caller.title(), title);
        let by_reading = ASKED.iter().filter(|text| {
            let permission = apps::permission(text).expect("the permission exists");
            caller.account.may(permission)
        });
        assert_eq!(by_reading.copied().collect::<Vec<_>>(), expected, "{title}");
        for scope in ALL {
            assert_eq!(caller.has(*scope), scopes.contains(scope));
        }
        title
    };
    assert_eq!(check(root, &[TokenScope::Read], &ASKED[..2]), "token [Read] of root");
    check(root, &[TokenScope::Apply], &ASKED[..4]);
    check(root, &[TokenScope::Metrics], &[]);
    check(root, ALL, &ASKED[..4]);
    check(ada, &[TokenScope::Read], &["sla.view_component"]);
    check(ada, &[TokenScope::Apply], &["sla.view_component", "sla.delete_label"]);
    // Whatever the scopes, a token is no superuser and changes no account.
    let (id, _) = add_token(conn, root, ("accounts", ALL), (day(0), 30)).expect("it can be made");
    for change in [
        AccountChange::AddGroup(accounts::group::model::GroupState {
            name: "mine".to_owned(),
            ..Default::default()
        }),
        AccountChange::SetPassword {
            user: user::store::get(conn, root).expect("the user is there"),
            password: NewPassword::to_keep(PasswordHash::stored("another".to_owned())),
        },
        AccountChange::RevokeToken(accounts::token::store::get(conn, id).expect("the token is there")),
    ] {
        let refused = apply(conn, &actor(root, id), day(1), |_| change.clone());
        assert!(
            matches!(refused, Err(Refusal::Audit(audit::Error::Denied(_)))),
            "{change:?}: {refused:?}"
        );
    }
    database.execute("UPDATE user_account SET must_change = TRUE WHERE username = 'root'");
    assert_eq!(held(conn, &actor(root, id), &ASKED).1, [""; 0]);
}

fn rights_are_read_in_the_transaction_of_the_write(database: &Database) {
    let conn = &mut database.connect();
    let ada = add_user(database, &staff_state("ada", &["sla.change_component"]), None);
    let bert = add_user(database, &staff_state("bert", &[]), None);
    let (id, _) = add_token(conn, ada, ("ci", ALL), (day(0), 30)).expect("it can be made");
    let ended = |conn: &mut Conn, actor: &Actor| {
        let ran = audit::transaction::<(), audit::Error>(conn, actor, day(1), |_| Ok(()));
        match ran {
            Ok(()) => false,
            Err(audit::Error::TokenEnded(_)) => true,
            Err(error) => panic!("{error}"),
        }
    };
    assert!(!ended(conn, &actor(ada, id)));
    assert!(ended(conn, &actor(bert, id)), "the token of another user");
    assert!(ended(conn, &actor(ada, id + 1)), "no token");
    database.execute("DELETE FROM user_permission");
    assert_eq!(held(conn, &actor(ada, id), &ASKED).1, [""; 0]);
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'ada'");
    assert!(ended(conn, &actor(ada, id)));
    database.execute("UPDATE user_account SET is_active = TRUE WHERE username = 'ada'");
    assert!(!ended(conn, &actor(ada, id)));
    revoke(conn, &Actor::Command("test"), id, day(1)).expect("it can be revoked");
    assert!(ended(conn, &actor(ada, id)));
}

fn a_token_ends_with_time_revocation_and_its_user(database: &Database) {
    let conn = &mut database.connect();
    add_user(database, &superuser_state("root"), None);
    let ada = add_user(database, &staff_state("ada", &[]), None);
    let (_, secret) = add_token(conn, ada, ("ci", ALL), (day(0), 30)).expect("it can be made");
    let (revoked, of_revoked) = add_token(conn, ada, ("old", ALL), (day(0), 30)).expect("it can be made");
    assert_eq!(fault(conn, &secret, day(0)), None);
    assert_eq!(fault(conn, &secret, day(29)), None);
    assert_eq!(fault(conn, &secret, day(30)), Some(TokenFault::Expired));
    assert_eq!(fault(conn, &TokenSecret::random(), day(0)), Some(TokenFault::Unknown));
    let hash = database.texts("SELECT hash AS value FROM api_token").remove(0);
    assert_eq!(TokenSecret::read(&hash), None, "what is stored is no secret");
    revoke(conn, &Actor::Command("test"), revoked, day(1)).expect("it can be revoked");
    assert_eq!(fault(conn, &of_revoked, day(1)), Some(TokenFault::Revoked));
    assert_eq!(fault(conn, &of_revoked, day(31)), Some(TokenFault::Revoked));

    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'ada'");
    assert_eq!(fault(conn, &secret, day(1)), Some(TokenFault::UserInactive));
    database.execute("UPDATE user_account SET is_active = TRUE WHERE username = 'ada'");
    assert_eq!(fault(conn, &secret, day(1)), None);
    let mut change = |how: &dyn Fn(&mut UserState)| {
        apply(conn, &Actor::Command("test"), day(1), |conn| {
            let before = user::store::get(conn, ada).expect("the user is there");
            let mut after = before.state.clone();
            how(&mut after);
            AccountChange::ChangeUser { before, after }
        })
        .expect("it can be changed")
    };
    change(&|user| user.email = "ada@example.org".to_owned());
    let conn = &mut database.connect();
    assert_eq!(fault(conn, &secret, day(1)), None);
    for (lost, given_again) in [
        (
            &(|user: &mut UserState| user.is_staff = false) as &dyn Fn(&mut UserState),
            &(|user: &mut UserState| user.is_staff = true) as &dyn Fn(&mut UserState),
        ),
        (&|user| user.is_active = false, &|user| user.is_active = true),
    ] {
        let (_, secret) = add_token(conn, ada, ("next", ALL), (day(0), 30)).expect("it can be made");
        change(lost);
        change(given_again);
        assert_eq!(
            fault(conn, &secret, day(1)),
            Some(TokenFault::Revoked),
            "it stays revoked"
        );
    }
    let entries = "SELECT actor || ': ' || object_repr AS value FROM log_entry WHERE content_type = 'auth.token' AND action = 'change' ORDER BY id";
    let expected = ["old", "ci", "next", "next"].map(|name| format!("command test: {name} of ada"));
    let mut found = database.texts(entries);
    found[1..3].sort();
    assert_eq!(found, expected);
    apply(conn, &Actor::Command("test"), day(1), |conn| {
        AccountChange::DeleteUser(user::store::get(conn, ada).expect("the user is there"))
    })
    .expect("it can be deleted");
    assert_eq!(fault(conn, &secret, day(1)), Some(TokenFault::Unknown));
    assert_eq!(database.number("SELECT count(*) AS value FROM api_token"), 0);
}

/// Returns a user in a session.
fn in_person(conn: &mut Conn, id: i64) -> Actor {
    let token = session::create(conn, id, &SessionClient::default(), day(0)).expect("a session can be started");
    let session = session::find(conn, token.as_str(), day(0)).expect("the database answers");
    Actor::of(&session.expect("the user is active"), Request::default())
}

fn tokens_end_when_others_set_the_password(database: &Database) {
    let conn = &mut database.connect();
    let root = add_user(database, &superuser_state("root"), None);
    let ada = add_user(database, &staff_state("ada", &[]), None);
    let (_, of_root) = add_token(conn, root, ("ci", ALL), (day(0), 30)).expect("it can be made");
    let set_password = |conn: &mut Conn, actor: &Actor| {
        let change = |conn: &mut Conn| AccountChange::SetPassword {
            user: user::store::get(conn, ada).expect("the user is there"),
            password: NewPassword::to_keep(PasswordHash::stored("another".to_owned())),
        };
        apply(conn, actor, day(0), change).expect("it can be set");
    };
    for (actor, ends) in [
        (in_person(conn, ada), false),
        (in_person(conn, root), true),
        (Actor::Command("changepassword"), true),
    ] {
        let (id, secret) = add_token(conn, ada, ("ci", ALL), (day(0), 30)).expect("it can be made");
        set_password(conn, &actor);
        let expected = ends.then_some(TokenFault::Revoked);
        assert_eq!(fault(conn, &secret, day(0)), expected, "{actor:?}");
        revoke(conn, &Actor::Command("test"), id, day(0)).expect("it can be revoked, once more too");
    }
    assert_eq!(fault(conn, &of_root, day(0)), None);
}

fn what_a_token_may_be_is_checked(database: &Database) {
    let conn = &mut database.connect();
    let ada = add_user(database, &staff_state("ada", &[]), None);
    let bert = add_user(database, &staff_state("bert", &[]), None);
    let mut fields = |user, what: (&str, &[TokenScope]), days| match add_token(conn, user, what, (day(0), days)) {
        Ok(_) => String::new(),
        Err(Refusal::Fields(errors)) => errors.iter().map(|error| error.field).collect::<Vec<_>>().join(" "),
        Err(refusal) => refusal.to_string(),
    };
    assert_eq!(fields(ada, ("", &[]), 0), "name scopes expires");
    assert_eq!(fields(ada, (&"é".repeat(101), ALL), 367), "name expires");
    assert_eq!(fields(ada, ("two\nlines", ALL), 366), "name");
    assert_eq!(fields(ada, (&"é".repeat(100), ALL), 366), "");
    assert_eq!(fields(ada, ("CI", ALL), 1), "");
    assert_eq!(fields(ada, ("ci", ALL), 1), "name", "the name of an active one");
    assert_eq!(fields(bert, ("ci", ALL), 1), "");
    database.execute("UPDATE api_token SET expires_at = '2026-01-01 00:00:00' WHERE name = 'CI'");
    assert_eq!(fields(ada, ("ci", ALL), 1), "", "the other one has expired");
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'bert'");
    let refused = fields(bert, ("more", ALL), 1);
    assert!(refused.contains("not active"), "{refused}");
}

fn tokens_are_revoked_by_their_users_and_with_a_permission(database: &Database) {
    let conn = &mut database.connect();
    let ada = add_user(database, &staff_state("ada", &[]), None);
    let bert = add_user(database, &staff_state("bert", &["auth.view_token"]), None);
    let admin = add_user(database, &staff_state("admin", &["auth.change_token"]), None);
    let root = add_user(database, &superuser_state("root"), None);
    for (whose, by, is_allowed) in [
        (ada, ada, true),
        (ada, bert, false),
        (bert, ada, false),
        (ada, admin, true),
        (root, admin, false),
        (root, root, true),
        (ada, root, true),
    ] {
        let (id, secret) = add_token(conn, whose, ("ci", ALL), (day(0), 30)).expect("it can be made");
        let by = in_person(conn, by);
        let outcome = revoke(conn, &by, id, day(0));
        assert_eq!(outcome.is_ok(), is_allowed, "{outcome:?}");
        assert_eq!(fault(conn, &secret, day(0)).is_some(), is_allowed);
        revoke(conn, &Actor::Command("test"), id, day(0)).expect("it can be revoked");
    }
    // No permission makes a token of another user: it would be a way into the account.
    for (whose, by, is_allowed) in [(ada, ada, true), (ada, admin, false), (bert, root, true)] {
        let by = in_person(conn, by);
        let made = apply(conn, &by, day(0), |conn| AccountChange::AddToken {
            user: user::store::get(conn, whose).expect("the user is there"),
            token: accounts::token::model::NewToken {
                name: "own".to_owned(),
                scopes: ALL.iter().copied().collect(),
                expires_at: day(1),
                hash: TokenSecret::random().hash(),
            },
        });
        assert_eq!(made.is_ok(), is_allowed, "{made:?}");
    }
}

fn making_and_revoking_is_in_the_audit_log_without_the_secret(database: &Database) {
    let conn = &mut database.connect();
    let ada = add_user(database, &staff_state("ada", &[]), None);
    let (id, secret) =
        add_token(conn, ada, ("ci", &[TokenScope::Read, TokenScope::Apply]), (day(0), 30)).expect("it can be made");
    let by = in_person(conn, ada);
    revoke(conn, &by, id, day(1)).expect("it can be revoked");
    revoke(conn, &by, id, day(2)).expect("it is revoked");
    let entries = database.texts(
        "SELECT action || ' ' || actor || ' ' || object_repr || ' ' || object_version || ' ' || coalesce(before, '-') || ' ' || after \
         AS value FROM log_entry WHERE content_type = 'auth.token' ORDER BY id",
    );
    let state = |revoked| {
        format!(
            r#"{{"name":"ci","user":"ada","scopes":["apply","read"],"expires_at":"2027-02-14T08:00:00Z","revoked":{revoked}}}"#
        )
    };
    assert_eq!(
        entries,
        [
            format!("add command test ci of ada 1 - {}", state(false)),
            format!("change ada ci of ada 2 {} {}", state(false), state(true)),
        ]
    );
    assert!(
        secret.as_str().starts_with("slam_") && secret.as_str().len() == 48,
        "a prefix and 43 letters"
    );
    assert!(!format!("{secret:?}").contains(&secret.as_str()[5..]));
    let stored = database.texts("SELECT hash AS value FROM api_token");
    assert_eq!(stored, [secret.hash()]);
    assert!(!stored[0].contains(secret.as_str()));
    let account = Account::load(conn, ada).expect("the user is there");
    assert_eq!(account.scopes, None, "a user in person has no scopes");
}
