//! Sessions: how they begin, what ends them, and what they carry to the next page.

use std::sync::Barrier;
use std::thread;

use sla_monitor::apps::accounts::user;
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::accounts::{AccountChange, NewPassword};
use sla_monitor::auth::Actor;
use sla_monitor::auth::password::PasswordHash;
use sla_monitor::auth::session::{self, Level, Message, SessionClient, Token};
use sla_monitor::db::Conn;

use super::{add_user, apply, at, superuser};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(
    a_session_lasts_two_weeks,
    a_session_ends_without_visits,
    only_the_hash_of_a_token_is_stored,
    a_changed_password_ends_sessions,
    a_disabled_user_is_out_and_stays_out,
    sessions_end_one_by_one_or_together,
    visits_are_noted_once_a_minute,
    messages_are_shown_once,
    messages_of_parallel_requests_are_all_kept,
);

const DAY: i64 = 86_400;

fn start(conn: &mut Conn, user_id: i64, seconds: i64) -> Token {
    let client = SessionClient {
        address: "192.0.2.1".to_owned(),
        user_agent: "Browser".repeat(100),
        secure: false,
    };
    session::create(conn, user_id, &client, at(seconds)).expect("a session can be started")
}

fn is_valid(conn: &mut Conn, token: &Token, seconds: i64) -> bool {
    let found = session::find(conn, token.as_str(), at(seconds)).expect("the database answers");
    found.is_some()
}

fn a_session_lasts_two_weeks(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let token = start(conn, id, 0);
    let found = session::find(conn, token.as_str(), at(5)).expect("the database answers");
    let found = found.expect("the session is valid");
    assert_eq!((found.account.id, found.account.username.as_str()), (id, "ada"));
    assert_eq!((found.created_at, found.expires_at), (at(0), at(14 * DAY)));
    // The user sends a request every six hours.
    for seconds in (0..56).map(|visit| visit * DAY / 4).chain([14 * DAY - 1]) {
        assert!(is_valid(conn, &token, seconds), "after {seconds} s");
    }
    for seconds in [14 * DAY, 15 * DAY] {
        assert!(!is_valid(conn, &token, seconds), "after {seconds} s");
    }
    let mut clear = |seconds: i64| session::clear_expired(conn, at(seconds), None, 10).expect("the database answers");
    assert_eq!((clear(14 * DAY - 1), clear(14 * DAY)), (0, 1));
    assert!(!is_valid(conn, &token, 1));
}

fn a_session_ends_without_visits(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let token = start(conn, id, 0);
    let half = DAY / 2;
    assert!(is_valid(conn, &token, half - 1));
    assert!(is_valid(conn, &token, 2 * half - 2), "each visit counts from itself");
    assert!(!is_valid(conn, &token, 3 * half));
    let idle = Some(chrono::TimeDelta::hours(12));
    let mut clear = |seconds: i64, idle| session::clear_expired(conn, at(seconds), idle, 10).expect("it answers");
    assert_eq!(
        (clear(3 * half, None), clear(3 * half - 2, idle), clear(3 * half, idle)),
        (0, 0, 1)
    );
    let secure = SessionClient {
        secure: true,
        ..SessionClient::default()
    };
    let token = session::create(conn, id, &secure, at(0)).expect("a session can be started");
    assert!(Token::is_for(token.as_str(), true) && !Token::is_for(token.as_str(), false));
    assert!(is_valid(conn, &token, 1));
}

fn only_the_hash_of_a_token_is_stored(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let (one, two) = (start(conn, id, 0), start(conn, id, 0));
    assert_ne!(one, two);
    assert_eq!(one.as_str().len(), 64);
    assert!(!format!("{one:?}").contains(one.as_str()));
    let hashes = database.texts("SELECT id_hash AS value FROM login_session");
    assert_eq!(hashes.len(), 2);
    for hash in &hashes {
        assert!(![one.as_str(), two.as_str()].contains(&hash.as_str()));
        let found = session::find(conn, hash, at(0)).expect("the database answers");
        assert!(found.is_none(), "what is stored opens nothing");
    }
    for token in ["", "x", "\0", &"é".repeat(100_000)] {
        assert!(
            session::find(conn, token, at(0))
                .expect("the database answers")
                .is_none()
        );
    }
}

fn a_changed_password_ends_sessions(database: &Database) {
    let conn = &mut database.connect();
    let (ada, bert) = (add_user(conn, &superuser("ada")), add_user(conn, &superuser("bert")));
    let (of_ada, of_bert) = (start(conn, ada, 0), start(conn, bert, 0));
    let stored = user::store::get(conn, ada).expect("the user is there");
    let change = AccountChange::SetPassword {
        user: stored,
        password: NewPassword::to_keep(PasswordHash::stored("another hash".to_owned())),
    };
    apply(conn, &Actor::Command("test"), &change).expect("it can be changed");
    assert!(!is_valid(conn, &of_ada, 1));
    assert!(is_valid(conn, &of_bert, 1));
    let of_ada = start(conn, ada, 2);
    assert!(is_valid(conn, &of_ada, 3));
    // Also when the change deleted no session.
    database.execute("UPDATE user_account SET password = 'by hand'");
    assert!(!is_valid(conn, &of_ada, 3));
    assert!(!is_valid(conn, &of_bert, 3));
    assert_eq!(session::list_of(conn, ada, at(3)).expect("the database answers"), []);
}

fn a_disabled_user_is_out_and_stays_out(database: &Database) {
    let conn = &mut database.connect();
    add_user(conn, &superuser("root"));
    let id = add_user(conn, &superuser("ada"));
    let token = start(conn, id, 0);
    database.execute("UPDATE user_account SET is_active = FALSE WHERE username = 'ada'");
    assert!(!is_valid(conn, &token, 1));
    database.execute("UPDATE user_account SET is_active = TRUE WHERE username = 'ada'");
    assert!(is_valid(conn, &token, 1));
    for is_active in [false, true] {
        let before = user::store::get(conn, id).expect("the user is there");
        let after = UserState {
            is_active,
            ..before.state.clone()
        };
        let change = AccountChange::ChangeUser { before, after };
        apply(conn, &Actor::Command("test"), &change).expect("it can be changed");
        assert!(!is_valid(conn, &token, 1), "active: {is_active}");
    }
    let token = start(conn, id, 2);
    let stored = user::store::get(conn, id).expect("the user is there");
    let change = AccountChange::DeleteUser(stored);
    apply(conn, &Actor::Command("test"), &change).expect("it can be deleted");
    assert!(!is_valid(conn, &token, 3));
    assert!(session::create(conn, id, &SessionClient::default(), at(4)).is_err());
}

fn sessions_end_one_by_one_or_together(database: &Database) {
    let conn = &mut database.connect();
    let (ada, bert) = (add_user(conn, &superuser("ada")), add_user(conn, &superuser("bert")));
    let tokens: Vec<Token> = (0..4).map(|seconds| start(conn, ada, seconds)).collect();
    let of_bert = start(conn, bert, 0);
    let listed = session::list_of(conn, ada, at(5)).expect("the database answers");
    let seen: Vec<_> = listed.iter().map(|listed| listed.last_seen_at).collect();
    assert_eq!(seen, [at(3), at(2), at(1), at(0)]);
    assert_eq!(listed[0].address, "192.0.2.1");
    assert_eq!(listed[0].user_agent.len(), 200);
    let valid = |conn: &mut Conn| -> Vec<bool> { tokens.iter().map(|token| is_valid(conn, token, 6)).collect() };

    assert!(
        !session::end(conn, bert, &listed[0].id_hash).expect("the database answers"),
        "not his"
    );
    assert!(session::end(conn, ada, &listed[0].id_hash).expect("the database answers"));
    assert_eq!(valid(conn), [true, true, true, false]);
    session::end_token(conn, tokens[2].as_str()).expect("the database answers");
    assert_eq!(valid(conn), [true, true, false, false]);
    assert_eq!(session::end_all_of(conn, ada).expect("the database answers"), 2);
    assert_eq!(valid(conn), [false; 4]);
    assert!(is_valid(conn, &of_bert, 6));
}

fn visits_are_noted_once_a_minute(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let token = start(conn, id, 0);
    for (seconds, seen) in [(59, 0), (60, 60), (119, 60), (400, 400)] {
        assert!(is_valid(conn, &token, seconds));
        let listed = session::list_of(conn, id, at(seconds)).expect("the database answers");
        assert_eq!(listed[0].last_seen_at, at(seen), "after {seconds} s");
    }
    if !database.is_postgres() {
        // A long write of another session holds up no page.
        let other = &mut database.connect();
        diesel::connection::SimpleConnection::batch_execute(other, "BEGIN IMMEDIATE").expect("the lock is free");
        let began = std::time::Instant::now();
        assert!(is_valid(conn, &token, 600));
        assert!(
            began.elapsed() < std::time::Duration::from_secs(5),
            "it did not wait for the lock"
        );
        diesel::connection::SimpleConnection::batch_execute(other, "ROLLBACK").expect("it can be given back");
        assert!(is_valid(conn, &token, 601));
        let listed = session::list_of(conn, id, at(601)).expect("the database answers");
        assert_eq!(listed[0].last_seen_at, at(601));
    }
}

fn messages_are_shown_once(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let token = start(conn, id, 0);
    let find = |conn: &mut Conn| {
        let found = session::find(conn, token.as_str(), at(1)).expect("the database answers");
        found.expect("the session is valid")
    };
    let session = find(conn);
    assert_eq!(session.messages, []);
    let push = |conn: &mut Conn, level, text: &str| {
        session::push_messages(conn, &session.id_hash, &[Message::new(level, text)]).expect("the database answers");
    };
    push(conn, Level::Success, "The label “a=\"b\"” was added.\0");
    push(conn, Level::Warning, "Look at it.");
    let waiting = find(conn).messages;
    let texts: Vec<_> = waiting
        .iter()
        .map(|message| (message.level.as_str(), message.text.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("success", "The label “a=\"b\"” was added.\0"),
            ("warning", "Look at it.")
        ]
    );
    assert_eq!(
        session::take_messages(conn, &session.id_hash).expect("the database answers"),
        waiting
    );
    assert_eq!(
        session::take_messages(conn, &session.id_hash).expect("the database answers"),
        []
    );
    assert_eq!(find(conn).messages, []);
    (0..30).for_each(|number| push(conn, Level::Info, &number.to_string()));
    let kept = session::take_messages(conn, &session.id_hash).expect("the database answers");
    assert_eq!((kept.len(), kept[0].text.as_str()), (20, "10"));
    database.execute("UPDATE login_session SET messages = 'nonsense'");
    assert_eq!(find(conn).messages, []);
    push(conn, Level::Error, "still");
    assert_eq!(find(conn).messages.len(), 1);
    session::push_messages(conn, "no such session", &[Message::new(Level::Info, "x")])
        .expect("no session has the message, and nothing fails");
}

fn messages_of_parallel_requests_are_all_kept(database: &Database) {
    let conn = &mut database.connect();
    let id = add_user(conn, &superuser("ada"));
    let token = start(conn, id, 0);
    let found = session::find(conn, token.as_str(), at(1)).expect("the database answers");
    let id_hash = found.expect("the session is valid").id_hash;
    let barrier = Barrier::new(4);
    thread::scope(|scope| {
        for number in 0..4 {
            let (barrier, id_hash) = (&barrier, &id_hash);
            scope.spawn(move || {
                let mut conn = database.connect();
                barrier.wait();
                let text = number.to_string();
                session::push_messages(&mut conn, id_hash, &[Message::new(Level::Info, &text)])
                    .expect("the database answers");
            });
        }
    });
    let mut texts: Vec<String> = session::take_messages(conn, &id_hash)
        .expect("the database answers")
        .into_iter()
        .map(|message| message.text)
        .collect();
    texts.sort();
    assert_eq!(texts, ["0", "1", "2", "3"]);
}
