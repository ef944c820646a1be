//! What tests drive the program with: databases of both kinds, the program itself, a server, a client.

pub mod browser;
pub mod client;
pub mod database;
pub mod documents;
pub mod inside;
pub mod people;
pub mod postgres;
pub mod program;
pub mod relay;
pub mod server;
pub mod stand_in;
pub mod statements;
pub mod terminal;
pub mod webdriver;

use sla_monitor::zones::{Zone, Zones};

/// Returns a port of loopback on which nothing listens.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it has an address").port()
}

/// Returns a built-in time zone.
pub fn zone(name: &str) -> Zone {
    Zones::built_in().get(name).expect("it is the name of a time zone")
}

/// Runs each of the named functions, which take a `&Database`, once on SQLite and once on PostgreSQL. The modules are called
/// `sqlite` and `postgres`, so that a filter can leave PostgreSQL out where there is no server.
macro_rules! on_both_databases {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $name() { super::$name(&crate::support::database::Database::sqlite()); })+
        }
        mod postgres {
            $(#[test] fn $name() { super::$name(&crate::support::database::Database::postgres()); })+
        }
    };
}
pub(crate) use on_both_databases;
