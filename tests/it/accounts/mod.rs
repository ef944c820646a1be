//! Users, groups, passwords and sessions, below the pages that show them.

mod commands;
mod csrf;
mod domain_rules;
mod fields;
mod login;
mod passwords;
mod permissions;
mod sessions;
mod throttle;

use chrono::{DateTime, NaiveDateTime};
use sla_monitor::apps::accounts::group::model::GroupState;
use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::accounts::{self, AccountChange, NewPassword, Refusal};
use sla_monitor::audit::{self, Tx};
use sla_monitor::auth::Actor;
use sla_monitor::auth::actor::Request;
use sla_monitor::auth::password::PasswordHash;
use sla_monitor::auth::session::{self, SessionClient};
use sla_monitor::db::Conn;

/// An instant, in seconds after one that all tests share.
fn at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0)
        .expect("the tests stay in the calendar")
        .naive_utc()
}

/// Does something as `actor`.
fn act<T>(conn: &mut Conn, actor: &Actor, work: impl FnOnce(&mut Tx<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
    audit::transaction(conn, actor, at(0), work)
}

/// Carries out a change as `actor`.
fn apply(conn: &mut Conn, actor: &Actor, change: &AccountChange) -> Result<i64, Refusal> {
    act(conn, actor, |tx| accounts::apply(tx, change))
}

/// A user with a password that needs no time to hash, and opens nothing.
#[track_caller]
fn add_user(conn: &mut Conn, state: &UserState) -> i64 {
    let password = PasswordHash::stored(format!("a hash of {}", state.username));
    let change = AccountChange::AddUser {
        state: state.clone(),
        password: NewPassword::to_keep(password),
    };
    apply(conn, &Actor::Command("test"), &change).expect("the user can be added")
}

/// A group of these permissions.
#[track_caller]
fn add_group(conn: &mut Conn, name: &str, permissions: &[&str]) -> i64 {
    let state = GroupState {
        name: name.to_owned(),
        permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
    };
    apply(conn, &Actor::Command("test"), &AccountChange::AddGroup(state)).expect("the group can be added")
}

/// Returns a user as the actor of a change.
#[track_caller]
fn actor(conn: &mut Conn, id: i64) -> Actor {
    let token = session::create(conn, id, &SessionClient::default(), at(0)).expect("a session can be started");
    let session = session::find(conn, token.as_str(), at(0)).expect("the database answers");
    Actor::of(&session.expect("the user is active"), Request::default())
}

/// An active user with permissions of their own.
fn with_permissions(username: &str, permissions: &[&str]) -> UserState {
    UserState {
        is_staff: true,
        permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
        ..UserState::new(username)
    }
}

/// An active superuser.
fn superuser(username: &str) -> UserState {
    UserState {
        is_staff: true,
        is_superuser: true,
        ..UserState::new(username)
    }
}
