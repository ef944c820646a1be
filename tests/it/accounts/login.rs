//! Signing in.

use std::net::IpAddr;
use std::sync::OnceLock;

use sla_monitor::apps::accounts::user::{self, model::UserState};
use sla_monitor::apps::accounts::{AccountChange, NewPassword};
use sla_monitor::auth::login::{self, Attempt, LoginOutcome, LookedUp, Retyped};
use sla_monitor::auth::password::{self, PasswordHash};
use sla_monitor::auth::{Account, Actor, session};
use sla_monitor::db::Conn;

use super::{apply, at, superuser};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    the_right_password_lets_staff_in,
    every_refusal_is_the_same,
    failures_block_a_name_at_an_address,
    a_weak_hash_is_made_anew_and_sessions_stay,
);

const PASSWORD: &str = "correct-battery-9";

/// One hash for all tests: it takes its time.
fn hash() -> &'static PasswordHash {
    static HASH: OnceLock<PasswordHash> = OnceLock::new();
    HASH.get_or_init(|| password::hash(PASSWORD))
}

#[track_caller]
fn add(conn: &mut Conn, state: &UserState, hash: &PasswordHash) -> i64 {
    let change = AccountChange::AddUser {
        state: state.clone(),
        password: NewPassword::to_keep(hash.clone()),
    };
    apply(conn, &Actor::Command("test"), &change).expect("the user can be added")
}

fn attempt<'a>(username: &'a str, password: &'a str) -> Attempt<'a> {
    Attempt {
        username,
        password,
        address: Some(IpAddr::from([192, 0, 2, 1])),
        user_agent: "Browser",
        secure: false,
        previous_token: None,
    }
}

fn login(conn: &mut Conn, attempt: &Attempt<'_>, seconds: i64) -> LoginOutcome {
    let looked_up = login::look_up(conn, attempt, at(seconds)).expect("the database answers");
    let candidate = match looked_up {
        LookedUp::Blocked(seconds) => return LoginOutcome::Blocked(seconds),
        LookedUp::Candidate(candidate) => candidate,
    };
    let verified = candidate.verify(attempt.password);
    login::admit(conn, attempt, verified, at(seconds)).expect("the database answers")
}

#[track_caller]
fn token(outcome: LoginOutcome) -> session::Token {
    match outcome {
        LoginOutcome::In { token, .. } => token,
        outcome => panic!("not let in: {outcome:?}"),
    }
}

fn the_right_password_lets_staff_in(database: &Database) {
    let conn = &mut database.connect();
    let id = add(conn, &superuser("Ada"), hash());
    let first = token(login(conn, &attempt("Ada", PASSWORD), 1));
    assert_eq!(database.texts("SELECT last_login AS value FROM user_account").len(), 1);
    let again = Attempt {
        previous_token: Some(first.as_str()),
        ..attempt("aDA", PASSWORD)
    };
    let second = token(login(conn, &again, 2));
    assert_ne!(first, second);
    assert!(
        session::find(conn, first.as_str(), at(3))
            .expect("it answers")
            .is_none(),
        "it was replaced"
    );
    let found = session::find(conn, second.as_str(), at(3)).expect("it answers");
    assert_eq!(found.expect("the session is valid").account.username, "Ada");
    let stored = user::store::get(conn, id).expect("the user is there");
    assert_eq!((stored.last_login, stored.version), (Some(at(2)), 1));
    let account = Account::load(conn, id).expect("the account is there");
    let mut retype = |password: &str| login::retype(conn, &account, None, password, at(3)).expect("it answers");
    assert_eq!(retype(PASSWORD), Retyped::Right);
    assert_eq!([(); 5].map(|()| retype("other")), [Retyped::Wrong; 5]);
    assert_eq!(retype(PASSWORD), Retyped::Blocked(900));
}

fn every_refusal_is_the_same(database: &Database) {
    let conn = &mut database.connect();
    add(conn, &superuser("ada"), hash());
    let visitor = UserState::new("visitor");
    add(conn, &visitor, hash());
    let gone = UserState {
        is_active: false,
        ..superuser("gone")
    };
    add(conn, &gone, hash());
    add(conn, &superuser("robot"), &PasswordHash::unusable());
    let cases = [
        ("ada", "wrong"),
        ("ada", ""),
        ("unknown", PASSWORD),
        ("", ""),
        ("\0", PASSWORD),
        ("visitor", PASSWORD),
        ("gone", PASSWORD),
        ("robot", "!"),
    ];
    for (username, password) in cases {
        let outcome = login(conn, &attempt(username, password), 0);
        assert!(
            matches!(outcome, LoginOutcome::Refused),
            "{username:?} {password:?}: {outcome:?}"
        );
    }
    assert_eq!(database.number("SELECT count(*) AS value FROM login_session"), 0);
}

fn failures_block_a_name_at_an_address(database: &Database) {
    let conn = &mut database.connect();
    add(conn, &superuser("ada"), hash());
    add(conn, &superuser("bert"), hash());
    for _ in 0..5 {
        assert!(matches!(
            login(conn, &attempt("ada", "wrong"), 0),
            LoginOutcome::Refused
        ));
    }
    for password in ["wrong", PASSWORD] {
        let outcome = login(conn, &attempt("Ada", password), 1);
        assert!(matches!(outcome, LoginOutcome::Blocked(899)), "{outcome:?}");
    }
    let elsewhere = Attempt {
        address: Some(IpAddr::from([192, 0, 2, 2])),
        ..attempt("ada", PASSWORD)
    };
    token(login(conn, &elsewhere, 1));
    token(login(conn, &attempt("bert", PASSWORD), 1));
    token(login(conn, &attempt("ada", PASSWORD), 900));
    // What is left counts for the address and for the name, wherever it is tried.
    assert_eq!(database.number("SELECT count(*) AS value FROM login_failure"), 2);
}

fn a_weak_hash_is_made_anew_and_sessions_stay(database: &Database) {
    let conn = &mut database.connect();
    let weak = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    let id = add(conn, &superuser("ada"), &PasswordHash::stored(weak.to_owned()));
    let before = session::create(conn, id, &session::SessionClient::default(), at(0)).expect("it answers");
    let after = token(login(conn, &attempt("ada", "password"), 1));
    let stored = database.texts("SELECT password AS value FROM user_account");
    assert!(stored[0].contains("m=19456"), "{stored:?}");
    for session in [before, after] {
        assert!(
            session::find(conn, session.as_str(), at(2))
                .expect("it answers")
                .is_some()
        );
    }
    token(login(conn, &attempt("ada", "password"), 3));
}
