//! Applying and reverting migrations, and [`MigrationsDone`], the proof that none is pending.
//!
//! Nothing here knows of metrics or of a registry: migrating cannot register a collector.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::conn::Conn;
use super::dialect::{self, migrations};
use super::error::{Error, Result};
use super::name_keys;
use super::schema::additive_migration;
use tables::schema_migrations;

const TABLE: &str = "__diesel_schema_migrations";

mod tables {
    diesel::table! {
        #[sql_name = "__diesel_schema_migrations"]
        schema_migrations (version) {
            version -> Text,
        }
    }
}

/// The proof that the schema is the one that this program knows. Only this module makes one.
#[derive(Clone, Debug)]
pub struct MigrationsDone {
    applied: usize,
}

impl MigrationsDone {
    /// Returns how many migrations the database has.
    pub fn applied(&self) -> usize {
        self.applied
    }
}

/// A migration that this program knows, and whether the database has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Digits of the stamp, the order of application.
    pub version: String,
    /// Stamp and name, as the folder is called.
    pub name: String,
    /// Whether the database has it.
    pub applied: bool,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationStep {
    /// Apply the migration of this name.
    Apply(String),
    /// Revert the migration of this name.
    Revert(String),
}

/// How far to migrate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MigrationTarget {
    /// Apply all that are pending.
    Latest,
    /// Apply or revert until this version, name or unambiguous part of a name is the last one applied; `zero` reverts all.
    To(String),
}

/// Returns the migrations that this program knows, oldest first. Migrations of a newer version are no reason to refuse the database if all
/// of them are marked as additive: what they added is nothing that this program asks for or has to fill.
///
/// # Errors
/// [`Error::Schema`] when the database has other migrations that this program does not know.
pub fn status(conn: &mut Conn) -> Result<Vec<MigrationStatus>> {
    Ok(both(conn)?.0)
}

/// Returns the versions of additive migrations that the database has and this program does not know, oldest first.
pub fn newer(conn: &mut Conn) -> Result<Vec<String>> {
    Ok(both(conn)?.1)
}

/// Returns the migrations that this program knows, and the versions that it does not know.
fn both(conn: &mut Conn) -> Result<(Vec<MigrationStatus>, Vec<String>)> {
    let applied = applied_versions(conn)?;
    let known = migrations::known();
    let is_unknown = |version: &&String| known.iter().all(|(known, _)| known != *version);
    let unknown: Vec<String> = applied.iter().filter(is_unknown).cloned().collect();
    let additive = additive_versions(conn)?;
    let others: Vec<&str> = unknown
        .iter()
        .filter(|version| !additive.contains(*version))
        .map(String::as_str)
        .collect();
    if !others.is_empty() {
        return Err(Error::Schema(format!(
            "the database comes from a newer version of sla-monitor: it has the migrations {}, which this one does not know; \
             run the newer program, or let it go back with `migrate --to {}`",
            others.join(", "),
            known.last().map_or("zero", |(version, _)| version.as_str()),
        )));
    }
    let status = known.into_iter().map(|(version, name)| MigrationStatus {
        applied: applied.contains(&version),
        version,
        name,
    });
    Ok((status.collect(), unknown))
}

/// Returns the proof that nothing is pending.
///
/// # Errors
/// [`Error::Schema`] when something is, or when the database is from a newer version.
pub fn ensure_current(conn: &mut Conn) -> Result<MigrationsDone> {
    let status = status(conn)?;
    let pending: Vec<&str> = status
        .iter()
        .filter(|status| !status.applied)
        .map(|status| status.name.as_str())
        .collect();
    if pending.is_empty() {
        return Ok(MigrationsDone { applied: status.len() });
    }
    Err(Error::Schema(format!(
        "{} of {} migrations are pending ({}); run `sla-monitor migrate`, or `sla-monitor serve --migrate`",
        pending.len(),
        status.len(),
        pending.join(", "),
    )))
}

/// Returns what [`migrate`] would do.
pub fn plan(conn: &mut Conn, target: &MigrationTarget) -> Result<Vec<MigrationStep>> {
    let (status, newer) = both(conn)?;
    let steps = steps(&status, target)?;
    if !newer.is_empty() && steps.iter().any(|step| matches!(step, MigrationStep::Revert(_))) {
        return Err(Error::Schema(format!(
            "the database has the migrations {} of a newer version of sla-monitor, which has to take them back first; \
             run the newer program's `migrate --to`",
            newer.join(", "),
        )));
    }
    Ok(steps)
}

/// A table that has fewer rows after migrations than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowLoss {
    /// The table.
    pub table: String,
    /// How many rows fewer.
    pub rows: i64,
}

/// Tables of the program's own bookkeeping: no user loses anything with their rows.
const BOOKKEEPING: [&str; 4] = [TABLE, "additive_migration", "data_version", "tombstone"];

/// Returns which rows [`migrate`] would lose: migrates in a transaction, counts, and rolls back.
pub fn losses(conn: &mut Conn, target: &MigrationTarget) -> Result<Vec<RowLoss>> {
    let mut found = None;
    let done: Result<()> = dialect::migration_transaction(conn, |conn| {
        let before = dialect::row_counts(conn)?;
        for step in &plan(conn, target)? {
            migrations::run(conn, step)?;
        }
        let after = dialect::row_counts(conn)?;
        let losses = before.into_iter().map(|(table, count)| RowLoss {
            rows: count - after.get(&table).copied().unwrap_or(0),
            table,
        });
        let is_loss = |loss: &RowLoss| loss.rows > 0 && !BOOKKEEPING.contains(&loss.table.as_str());
        found = Some(losses.filter(is_loss).collect());
        Err(Error::Other("rolled back, as it was only a trial".to_owned()))
    });
    match (found, done) {
        (Some(losses), _) => Ok(losses),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Ok(Vec::new()),
    }
}

/// Applies or reverts migrations until `target` holds, all or none of them, one process at a time, and fills the keys of names, which SQL
/// cannot do. Returns what was done.
///
/// # Errors
/// [`Error::Schema`] when the target is unknown, ambiguous or older than a migration that cannot go back.
pub fn migrate(conn: &mut Conn, target: &MigrationTarget) -> Result<Vec<MigrationStep>> {
    dialect::migration_transaction(conn, |conn| {
        let steps = plan(conn, target)?;
        if !steps.is_empty() {
            migrations::set_up(conn)?;
        }
        for step in &steps {
            migrations::run(conn, step)?;
        }
        let has_keys = |status: &MigrationStatus| status.applied && status.name == name_keys::MIGRATION;
        if self::status(conn)?.iter().any(has_keys) {
            name_keys::fill(conn, true)?;
        }
        Ok(steps)
    })
}

fn steps(status: &[MigrationStatus], target: &MigrationTarget) -> Result<Vec<MigrationStep>> {
    let keep = match target {
        MigrationTarget::Latest => status.len(),
        MigrationTarget::To(zero) if zero == "zero" => 0,
        MigrationTarget::To(text) => position(status, text)? + 1,
    };
    let reverts = status[keep..]
        .iter()
        .rev()
        .filter(|status| status.applied)
        .map(|status| MigrationStep::Revert(status.name.clone()));
    let applies = status[..keep]
        .iter()
        .filter(|status| !status.applied)
        .map(|status| MigrationStep::Apply(status.name.clone()));
    Ok(reverts.chain(applies).collect())
}

fn position(status: &[MigrationStatus], text: &str) -> Result<usize> {
    let exact = status
        .iter()
        .position(|status| status.version == text || status.name == text);
    let parts: Vec<usize> = (0..status.len())
        .filter(|&index| !text.is_empty() && status[index].name.contains(text))
        .collect();
    match (exact, parts.as_slice()) {
        (Some(index), _) => Ok(index),
        (None, [index]) => Ok(*index),
        (None, _) => Err(Error::Schema(format!(
            "`{text}` is {} migration; give one of zero, {}",
            if parts.is_empty() { "no" } else { "more than one" },
            status
                .iter()
                .map(|status| status.version.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        ))),
    }
}

/// Returns the versions that are applied. Creates no table, so that looking changes nothing.
fn applied_versions(conn: &mut Conn) -> Result<BTreeSet<String>> {
    if !dialect::has_table(conn, TABLE)? {
        return Ok(BTreeSet::new());
    }
    // Not by diesel's function for it, which begins with CREATE TABLE: a user with read access may not, and a standby cannot.
    let versions = schema_migrations::table.select(schema_migrations::version);
    Ok(versions.load::<String>(conn)?.into_iter().collect())
}

/// Returns the versions that are marked as additive; none before there was a table for that.
fn additive_versions(conn: &mut Conn) -> Result<BTreeSet<String>> {
    if !dialect::has_table(conn, "additive_migration")? {
        return Ok(BTreeSet::new());
    }
    let versions = additive_migration::table.select(additive_migration::version);
    Ok(versions.load::<String>(conn)?.into_iter().collect())
}
