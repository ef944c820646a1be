//! The embedded migrations of each database.

use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationConnection, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::conn::{AnyConnection, Conn};
use crate::db::error::{Error, Result};
use crate::db::migrate::MigrationStep;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Returns version and name of every migration, oldest first. Both databases have the same ones; a test compares them.
pub(in crate::db) fn known() -> Vec<(String, String)> {
    let migrations: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = SQLITE
        .migrations()
        .expect("the embedded folder was read by the compiler, so its names are well formed");
    let mut known: Vec<_> = migrations
        .iter()
        .map(|migration| (migration.name().version().to_string(), migration.name().to_string()))
        .collect();
    known.sort();
    known
}

/// Creates the table of the migrations that are applied, if there is none.
pub(in crate::db) fn set_up(conn: &mut Conn) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => conn.setup()?,
        AnyConnection::Postgres(conn) => conn.setup()?,
    };
    Ok(())
}

/// Runs one step.
pub(in crate::db) fn run(conn: &mut Conn, step: &MigrationStep) -> Result<()> {
    match conn.database_mut() {
        AnyConnection::Sqlite(conn) => run_on(conn, &SQLITE, step),
        AnyConnection::Postgres(conn) => run_on(conn, &POSTGRES, step),
    }
}

fn run_on<C: MigrationHarness<DB>, DB: Backend>(
    conn: &mut C,
    source: &impl MigrationSource<DB>,
    step: &MigrationStep,
) -> Result<()> {
    let name = match step {
        MigrationStep::Apply(name) | MigrationStep::Revert(name) => name,
    };
    let migrations = source.migrations().map_err(|error| Error::Other(error.to_string()))?;
    let migration: &dyn Migration<DB> = migrations
        .iter()
        .find(|migration| migration.name().to_string() == *name)
        .ok_or_else(|| Error::Other(format!("migration {name} is not embedded for this database")))?;
    let done = match step {
        MigrationStep::Apply(_) => conn.run_migration(migration),
        MigrationStep::Revert(_) => conn.revert_migration(migration),
    };
    done.map(drop)
        .map_err(|error| Error::Other(format!("migration {name} failed: {error}")))
}
