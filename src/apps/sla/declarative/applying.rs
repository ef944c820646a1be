//! A file from its text to what it changed: the same for the command and for the API.

use std::time::Duration;

use chrono::NaiveDateTime;

use super::change_plan::ChangePlan;
use super::document::node::{Content, ReadError};
use super::document::read::{self, FileDocument};
use super::inventory::Inventory;
use super::{apply, plan};
use crate::api::answers::ApplyReport;
use crate::api::refusal::{ApiRefusal, BodyFault};
use crate::api::replay::ReplayKey;
use crate::api::requests::{ApplyOutcome, ApplyWish, FileText};
use crate::apps::sla::declarative::change::ChangeCounts;
use crate::apps::sla::hours::impact::impact;
use crate::apps::sla::hours::json;
use crate::apps::sla::hours::stored::StoredHours;
use crate::audit::{self, Tx};
use crate::auth::Actor;
use crate::calculus::civil::DAY;
use crate::db::{Conn, dialect};

/// The longest range of time for which an impact is computed, in days: ten years.
pub const IMPACT_DAYS_MAX: i64 = 3_660;

/// Checks a plan before anything is written.
pub type CheckPlan<'a> = &'a dyn Fn(&ChangePlan) -> Result<(), ApiRefusal>;

impl From<ReadError> for BodyFault {
    fn from(error: ReadError) -> Self {
        let ReadError { line, path, message } = error;
        Self {
            line: Some(line),
            path,
            message,
        }
    }
}

/// Reads a file that is to be applied.
///
/// # Errors
/// [`ApiRefusal::Malformed`] for what is neither JSON nor YAML, else [`ApiRefusal::File`].
pub fn document(file: FileText<'_>, prune: bool) -> Result<FileDocument, ApiRefusal> {
    let node = match file.is_json {
        true => read::json_node(file.text),
        false => read::node(file.text),
    };
    let node = node.map_err(|error| ApiRefusal::Malformed(error.into()))?;
    // What made the file may have failed; its silence must not delete everything. Comments, `---` and `null` are silence, too.
    if prune && node.value == Content::Null {
        return Err(ApiRefusal::File(BodyFault::whole(
            "the file is empty, and --prune would delete everything; write `{}` into it if that is meant",
        )));
    }
    let document = read::of_node(node).map_err(|error| ApiRefusal::File(error.into()))?;
    if prune && document.is_list {
        return Err(ApiRefusal::File(BodyFault::whole(
            "the file is a list of objects of one kind, and --prune would delete all of the others; leave --prune out, or write a file with all \
             kinds, as `export` does",
        )));
    }
    Ok(document)
}

/// Returns what a file would change, and nothing is changed. `limit` is that of one query, `check` judges the plan, and the impact is that of the
/// time from `now` on, in Unix seconds.
///
/// # Errors
/// [`ApiRefusal`]
pub fn dry_run(
    conn: &mut Conn,
    document: &FileDocument,
    wish: &ApplyWish,
    (now, limit): (i64, Duration),
    check: CheckPlan<'_>,
) -> Result<ApplyReport, ApiRefusal> {
    let inventory = dialect::read_snapshot(conn, limit, Inventory::load)?;
    let plan = planned(&inventory, document, wish.prune)?;
    check(&plan)?;
    let hours = wish.impact.map(|days| (days, StoredHours::from(&inventory)));
    drop(inventory);
    let impact = hours.map(|(days, hours)| {
        let range = (now, now.saturating_add(days.saturating_mul(DAY)));
        json::impact(impact(&hours, &plan, range, &mut |_| true), days)
    });
    Ok(ApplyReport {
        dry_run: true,
        changes: Some(plan.planned()),
        impact,
        ..counted(&plan)
    })
}

/// What an application reports while it works: how many objects are done, of how many.
pub type ReportProgress<'a> = &'a mut dyn FnMut(usize, usize);

/// Compares and writes in one transaction of `actor`, so that nothing can come in between; once for all requests with the same `key`. `check`
/// judges the actor before anything is compared.
///
/// # Errors
/// [`ApiRefusal`]; nothing is written then.
pub fn write(
    conn: &mut Conn,
    (actor, now): (&Actor, NaiveDateTime),
    (document, prune): (&FileDocument, bool),
    key: Option<&ReplayKey>,
    check: &dyn Fn(&Tx<'_>) -> Result<(), ApiRefusal>,
    progress: ReportProgress<'_>,
) -> Result<ApplyOutcome, ApiRefusal> {
    audit::transaction(conn, actor, now, |tx| {
        check(tx)?;
        if let Some(key) = key
            && let Some(report) = key.earlier(tx.reader(), now)?
        {
            let is_replayed = true;
            return Ok(ApplyOutcome { report, is_replayed });
        }
        let inventory = Inventory::load(tx.reader())?;
        let plan = planned(&inventory, document, prune)?;
        let count = plan.len();
        apply::execute(tx, inventory.keys(), &plan, &mut |done| progress(done, count))?;
        let report = counted(&plan);
        if let Some(key) = key {
            key.keep(tx.unaudited_writer(), &report, now)?;
        }
        let is_replayed = false;
        Ok(ApplyOutcome { report, is_replayed })
    })
}

/// Reads the number of days for which an impact is asked: `90d`, `12w`, `90`.
///
/// # Errors
/// A message for people.
pub fn days(text: &str) -> Result<i64, String> {
    let refused =
        || format!("`{text}` is no number of days between 1 and {IMPACT_DAYS_MAX}; write 90d, or 12w for weeks");
    let (number, unit) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    let number: u16 = number.parse().map_err(|_| refused())?;
    let days = i64::from(number) * unit;
    (1..=IMPACT_DAYS_MAX)
        .contains(&days)
        .then_some(days)
        .ok_or_else(refused)
}

fn planned(inventory: &Inventory, document: &FileDocument, prune: bool) -> Result<ChangePlan, ApiRefusal> {
    plan::plan(inventory, document, prune).map_err(|error| ApiRefusal::File(error.into()))
}

fn counted(plan: &ChangePlan) -> ApplyReport {
    let ChangeCounts {
        added,
        changed,
        deleted,
    } = plan.counts();
    ApplyReport {
        added,
        changed,
        deleted,
        ..ApplyReport::default()
    }
}
