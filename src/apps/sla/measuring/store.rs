//! The queries for how far each source was measured, and for which process does a job.

use std::collections::BTreeMap;

use chrono::{NaiveDateTime, TimeDelta};
use diesel::prelude::*;

use crate::audit::Writer;
use crate::db::schema::{component, job_lease, measuring_progress};
use crate::db::{Conn, Result};

/// How far a source was measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceProgress {
    /// Every span that ended by then has a row or was given up.
    pub measured_until: i64,
    /// Why it goes no further; empty if it does.
    pub failure: String,
}

/// Returns how far sources were measured, by their names.
///
/// # Errors
/// Those of [`crate::db`].
pub fn progress(conn: &mut Conn) -> Result<BTreeMap<String, SourceProgress>> {
    let columns = (
        measuring_progress::source,
        measuring_progress::measured_until,
        measuring_progress::failure,
    );
    let rows: Vec<(String, i64, String)> = measuring_progress::table.select(columns).load(conn)?;
    let rows = rows.into_iter().map(|(source, measured_until, failure)| {
        let progress = SourceProgress {
            measured_until,
            failure,
        };
        (source, progress)
    });
    Ok(rows.collect())
}

/// Stores how far a source was measured.
///
/// # Errors
/// Those of [`crate::db`].
pub fn set_progress(writer: &mut Writer<'_>, source: &str, progress: &SourceProgress) -> Result<()> {
    let values = (
        measuring_progress::measured_until.eq(progress.measured_until),
        measuring_progress::failure.eq(progress.failure.clone()),
        measuring_progress::updated_at.eq(writer.now()),
    );
    let of_source = measuring_progress::table.filter(measuring_progress::source.eq(source.to_owned()));
    let changed = diesel::update(of_source).set(values.clone()).execute(writer.conn())?;
    if changed == 0 {
        let values = (
            measuring_progress::source.eq(source.to_owned()),
            values.0,
            values.1,
            values.2,
        );
        diesel::insert_into(measuring_progress::table)
            .values(values)
            .execute(writer.conn())?;
    }
    Ok(())
}

/// Takes a job for a process, or keeps it, and returns whether it has it: another one has it until its lease expires.
///
/// # Errors
/// Those of [`crate::db`].
pub fn take_job(writer: &mut Writer<'_>, job: &str, holder: &str, lease: TimeDelta) -> Result<bool> {
    let now = writer.now();
    let expires_at = now.checked_add_signed(lease).unwrap_or(now);
    let of_job = job_lease::table.filter(job_lease::job.eq(job.to_owned()));
    let held: Option<(String, NaiveDateTime)> = of_job
        .select((job_lease::holder, job_lease::expires_at))
        .first(writer.conn())
        .optional()?;
    let values = (
        job_lease::holder.eq(holder.to_owned()),
        job_lease::expires_at.eq(expires_at),
    );
    match held {
        None => {
            diesel::insert_into(job_lease::table)
                .values((job_lease::job.eq(job.to_owned()), values.0, values.1))
                .execute(writer.conn())?;
            Ok(true)
        }
        // A lease that ends far behind its length was taken by a clock that has been put back since.
        Some((by, until)) if by == holder || until <= now || until > now + lease * 2 => {
            let of_job = job_lease::table.filter(job_lease::job.eq(job.to_owned()));
            diesel::update(of_job).set(values).execute(writer.conn())?;
            Ok(true)
        }
        Some(_) => Ok(false),
    }
}

/// Gives a job back, if the process has it.
///
/// # Errors
/// Those of [`crate::db`].
pub fn give_back_job(writer: &mut Writer<'_>, job: &str, holder: &str) -> Result<()> {
    let own = job_lease::table
        .filter(job_lease::job.eq(job.to_owned()))
        .filter(job_lease::holder.eq(holder.to_owned()));
    diesel::delete(own).execute(writer.conn())?;
    Ok(())
}

/// Returns component and indicator, of the components that name one.
///
/// # Errors
/// Those of [`crate::db`].
pub fn named_indicators(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    let query = component::table.filter(component::indicator_id.is_not_null());
    let rows: Vec<(i64, Option<i64>)> = query.select((component::id, component::indicator_id)).load(conn)?;
    Ok(rows.into_iter().filter_map(|(id, of)| Some((id, of?))).collect())
}
