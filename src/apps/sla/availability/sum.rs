//! Sums old rows while the program serves: one component in a transaction.

use chrono::NaiveDateTime;

use super::row::RowKind;
use super::summing::{self, SummedRows};
use super::{store, sum_store};
use crate::apps::sla::promised_then::promised::Definitions;
use crate::audit;
use crate::db::pool::Pool;
use crate::db::{Conn, Result};
use crate::zones::{self, Zone};

/// Sums spans that ended at or before `until` to days, and returns how many rows were replaced. `goes_on` is asked before each component.
///
/// # Errors
/// Those of [`crate::db`]; what was summed before stays.
pub fn sum(pool: &Pool, until: i64, now: NaiveDateTime, goes_on: &mut dyn FnMut() -> bool) -> Result<usize> {
    let mut count = 0;
    let found = sum_store::components_before(&mut *pool.get()?, until)?;
    for component in found {
        if !goes_on() {
            break;
        }
        count += audit::record(&mut *pool.get()?, store::KEY, now, |writer| {
            let SummedRows { added, replaced } = summed(writer.conn(), component, until, now)?;
            store::append(writer, &added)?;
            sum_store::delete(writer, &replaced)?;
            Ok(replaced.len())
        })?;
    }
    Ok(count)
}

fn summed(
    conn: &mut Conn,
    (component, definitions): (i64, Definitions),
    until: i64,
    now: NaiveDateTime,
) -> Result<SummedRows> {
    let Some(start) = sum_store::first_start(conn, component, definitions)? else {
        return Ok(SummedRows::default());
    };
    let rows = store::between(conn, definitions, (start, until), Some(&[component]))?;
    let Some(newest) = rows.iter().rfind(|row| row.kind == RowKind::Span) else {
        return Ok(SummedRows::default());
    };
    // Zone data may have lost the name since.
    let zone = zones::parse(&newest.timezone).unwrap_or_else(|_| Zone::utc());
    Ok(summing::days(&rows, zone, until, now))
}
