//! Users of the admin, each with a session that is made beside it, without hashing a password.

use chrono::NaiveDateTime;
use sla_monitor::apps::accounts::group::model::GroupState;
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::accounts::{self, AccountChange, NewPassword};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::auth::password::{self, PasswordHash};
use sla_monitor::auth::session::{self, SessionClient, Token};
use sla_monitor::clock::{Clock, SystemClock};

use super::browser::Browser;
use super::database::Database;
use super::server::Server;

fn now() -> NaiveDateTime {
    SystemClock.now()
}

/// Adds a user to the database and returns the key. `password` is none for a user who does not log in.
#[track_caller]
pub fn add_user(database: &Database, state: &UserState, password: Option<&str>) -> i64 {
    let hash = password.map_or_else(
        || PasswordHash::stored(format!("a hash of {}", state.username)),
        password::hash,
    );
    let change = AccountChange::AddUser {
        state: state.clone(),
        password: NewPassword::to_keep(hash),
    };
    apply(database, &change)
}

/// Adds a group to the database and returns the key.
#[track_caller]
pub fn add_group(database: &Database, name: &str, permissions: &[&str]) -> i64 {
    let state = GroupState {
        name: name.to_owned(),
        permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
    };
    apply(database, &AccountChange::AddGroup(state))
}

#[track_caller]
fn apply(database: &Database, change: &AccountChange) -> i64 {
    let mut conn = database.connect();
    let actor = Actor::Command("test");
    audit::transaction(&mut conn, &actor, now(), |tx| accounts::apply(tx, change)).expect("the change is allowed")
}

/// Returns an active superuser.
pub fn superuser_state(username: &str) -> UserState {
    UserState {
        is_staff: true,
        is_superuser: true,
        ..UserState::new(username)
    }
}

/// Returns an active member of the staff with permissions of their own.
pub fn staff_state(username: &str, permissions: &[&str]) -> UserState {
    UserState {
        is_staff: true,
        permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
        ..UserState::new(username)
    }
}

/// Logs in a superuser at the admin.
#[track_caller]
pub fn superuser(database: &Database, server: &Server) -> Browser {
    let id = add_user(database, &superuser_state("root"), None);
    at_admin(database, server, id)
}

/// Logs in a user with permissions at the admin.
#[track_caller]
pub fn staff(database: &Database, server: &Server, username: &str, permissions: &[&str]) -> Browser {
    let id = add_user(database, &staff_state(username, permissions), None);
    at_admin(database, server, id)
}

/// Logs in a user at the admin.
#[track_caller]
pub fn at_admin(database: &Database, server: &Server, user_id: i64) -> Browser {
    at_admin_of(database, &server.url, user_id)
}

/// Logs in a user at the admin of the server that listens at `url`.
#[track_caller]
pub fn at_admin_of(database: &Database, url: &str, user_id: i64) -> Browser {
    Browser::with_session_at(url, session_of(database, user_id, false).as_str())
}

/// Logs in a user at the admin, by https.
#[track_caller]
pub fn at_admin_by_https(database: &Database, server: &Server, user_id: i64) -> Browser {
    Browser::with_secure_session(server, session_of(database, user_id, true).as_str())
}

#[track_caller]
fn session_of(database: &Database, user_id: i64, secure: bool) -> Token {
    let client = SessionClient {
        address: "127.0.0.1".to_owned(),
        user_agent: "test".to_owned(),
        secure,
    };
    session::create(&mut database.connect(), user_id, &client, now()).expect("a session can be started")
}
