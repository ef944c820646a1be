//! Closes a report: its figures are stored as they were shown, once for each period, zone, definitions and scope.

use chrono::DateTime;

use super::asked::AskedReport;
use super::computed::ReportRow;
use super::period::title;
use crate::admin::context::{Context, Instant};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::views::{self, ViewError, ViewResult, message_page};
use crate::apps::sla::CLOSED_REPORT;
use crate::apps::sla::closed_report::figures::{WrittenFigures, written};
use crate::apps::sla::closed_report::model::{ClosedPeriod, ClosedReport, ClosedReportColumns, ReportScope};
use crate::apps::sla::closed_report::store;
use crate::apps::sla::hours::words;
use crate::apps::sla::measuring::run::MEASURED_AFTER;
use crate::audit::{self, AuditEntry, Tx};
use crate::auth::Action;
use crate::calculus::span::Span;
use crate::db;
use crate::zones::Zone;

/// Why a report is not closed.
#[derive(Debug)]
pub(super) enum NotClosed {
    /// It is not whole, or of components that have no name of their own.
    Narrowed,
    /// Its period is not over, or not all of it is accounted for; what has to be true, and from when on it is.
    TooEarly(String),
    /// Its figures are others than those that the user saw.
    Changed,
    /// It is closed.
    Closed(Box<ClosedReport>),
    /// The right, the session or the database.
    Audit(audit::Error),
}

impl From<audit::Error> for NotClosed {
    fn from(error: audit::Error) -> Self {
        Self::Audit(error)
    }
}

impl From<db::Error> for NotClosed {
    fn from(error: db::Error) -> Self {
        Self::Audit(error.into())
    }
}

/// What has to be true of a report that is closed.
const WHOLE: &str = "A report is closed as a whole: of all components, of one, or of those of one selector, without a search, a filter or a verdict.";
const OVER: &str = "A report can be closed ten minutes after its period, and all service in it, have ended";

impl NotClosed {
    /// Returns what the page says instead of offering to close the report, and whether the whole report could be closed.
    pub(super) fn words(&self) -> Option<(String, bool)> {
        match self {
            Self::Narrowed => Some((WHOLE.to_owned(), true)),
            Self::TooEarly(words) => Some((words.clone(), false)),
            Self::Changed | Self::Closed(_) | Self::Audit(_) => None,
        }
    }
}

/// Returns why a report of these rows, with this span, cannot be closed at `now`.
pub(super) fn refusal(asked: &AskedReport, (rows, span, now): (&[&ReportRow], Span, i64)) -> Option<NotClosed> {
    let is_due = rows.iter().all(|row| row.attainment.remaining() == 0);
    match asked.scope() {
        None => Some(NotClosed::Narrowed),
        Some(_) if !asked.is_whole() || rows.is_empty() => Some(NotClosed::Narrowed),
        Some(_) if now < span.end + MEASURED_AFTER || !is_due => Some(too_early(asked.query.zone, rows, span)),
        Some(_) => None,
    }
}

/// Returns that a report of these rows, with this span, cannot be closed yet. Service that began in it may end behind it.
fn too_early(zone: Zone, rows: &[&ReportRow], span: Span) -> NotClosed {
    let unfinished = rows.iter().filter(|row| row.attainment.remaining() > 0);
    let last = unfinished.filter_map(|row| row.due_from).max();
    let from = last.unwrap_or(span.end).max(span.end + MEASURED_AFTER);
    let from = DateTime::from_timestamp(from, 0).map(|from| Instant::new(from.naive_utc(), zone).exact);
    let from = from.map_or_else(String::new, |from| format!(": this one from {from} on"));
    NotClosed::TooEarly(format!("{OVER}{from}."))
}

/// Answers the form that closes a report of these rows, all of its scope.
pub(super) fn close(
    context: &mut Context<'_>,
    asked: &AskedReport,
    (rows, span, now): (&[&ReportRow], Span, i64),
    posted: &Query,
) -> ViewResult {
    if !context.account.may(CLOSED_REPORT.permission(Action::Add)) {
        return views::forbidden(context);
    }
    let to = asked.whole_url();
    let outcome = closed(context, asked, (rows, span, now), posted);
    let (status, heading, text) = match outcome {
        Ok(()) => {
            return Ok(Reply::Redirect {
                to,
                messages: Vec::new(),
            });
        }
        Err(NotClosed::Audit(error)) => return Err(ViewError::Audit(error)),
        Err(NotClosed::Narrowed) => (
            422,
            "Not closed",
            format!("{WHOLE} Nothing was changed."),
        ),
        Err(NotClosed::TooEarly(words)) => (
            422,
            "Not over yet",
            format!("{words} Nothing was changed."),
        ),
        Err(NotClosed::Changed) => (
            409,
            "The figures have changed",
            "The figures are others than those that you saw, and nothing was closed. Look at them, and close the report then.".to_owned(),
        ),
        Err(NotClosed::Closed(closed)) => {
            let at = Instant::new(closed.closed_at, context.zone()).exact;
            let text = format!(
                "This report was closed at {at} by {}. It stays as it is; what has changed since is shown beside its figures.",
                closed.closed_by
            );
            (409, "Closed already", text)
        }
    };
    message_page(context, status, heading, &text, ("Back to the report", &to))
}

fn closed(
    context: &mut Context<'_>,
    asked: &AskedReport,
    (rows, span, now): (&[&ReportRow], Span, i64),
    posted: &Query,
) -> Result<(), NotClosed> {
    let mut scope = asked.scope().ok_or(NotClosed::Narrowed)?;
    // The address may spell the name otherwise.
    if let (Some((_, name)), [row]) = (&mut scope.component, rows) {
        name.clone_from(&row.name);
    }
    let of = ClosedPeriod::of(&asked.query);
    // Before anything else: who closes it a second time learns that it is closed, whatever has changed since.
    refuse_closed(context.conn, &of, &scope)?;
    if let Some(refusal) = refusal(asked, (rows, span, now)) {
        return Err(refusal);
    }
    let figures = written(rows, span);
    if posted.get("_digest") != Some(figures.digest.as_str()) {
        return Err(NotClosed::Changed);
    }
    let unmeasured: i64 = rows.iter().map(|row| row.unmeasured.div_euclid(1_000)).sum();
    let mut messages = vec![Message::new(
        Level::Success,
        format!("The report of {} is closed.", title(&asked.query.period)),
    )];
    if unmeasured > 0 {
        let text = format!(
            "{} of service were not measured, and are unknown in it.",
            words::length(unmeasured)
        );
        messages.push(Message::new(Level::Warning, &text));
    }
    let actor = context.actor();
    audit::transaction(context.conn, &actor, context.now, |tx| {
        refuse_closed(tx.reader(), &of, &scope)?;
        store_closed(tx, (&of, &scope), span, figures)?;
        tx.leave_messages(&messages)?;
        Ok(())
    })
}

/// Refuses a report that is closed.
fn refuse_closed(conn: &mut db::Conn, of: &ClosedPeriod, scope: &ReportScope) -> Result<(), NotClosed> {
    let mut closed = store::of_days(conn, of)?.into_iter();
    match closed.find(|closed| of.is_of(closed) && scope.is_of(closed)) {
        Some(closed) => Err(NotClosed::Closed(Box::new(closed))),
        None => Ok(()),
    }
}

fn store_closed(
    tx: &mut Tx<'_>,
    (of, scope): (&ClosedPeriod, &ReportScope),
    span: Span,
    figures: WrittenFigures,
) -> Result<(), NotClosed> {
    let permission = CLOSED_REPORT.permission(Action::Add);
    let permit = tx.actor().permit(permission).map_err(audit::Error::from)?;
    let closed_by = tx.actor().name();
    let (component_id, component_name) = scope.component.clone().unwrap_or_default();
    let state = serde_json::json!({
        "period": of.period,
        "first_day": of.first_day.to_string(),
        "timezone": of.timezone,
        "definitions": of.definitions,
        "component": scope.component.as_ref().map(|(_, name)| name),
        "selector": scope.selector,
        "members": figures.members,
        "digest": figures.digest,
    });
    tx.write(&permit, |writer| {
        let columns = ClosedReportColumns {
            period: of.period,
            first_day: of.first_day,
            range_start: span.start,
            range_end: span.end,
            timezone: of.timezone.clone(),
            definitions: of.definitions,
            component_id,
            component_name,
            selector: scope.selector.clone(),
            members: figures.members,
            components: figures.components,
            figures: figures.lines,
            digest: figures.digest,
            closed_by,
            closed_at: writer.now(),
        };
        let id = store::insert(writer, &columns)?;
        let stored = store::by_ids(writer.conn(), &[id])?;
        Ok(vec![AuditEntry {
            object_id: id,
            object_repr: stored.first().map(ClosedReport::title).unwrap_or_default(),
            object_version: 1,
            before: None,
            after: Some(state),
        }])
    })?;
    Ok(())
}
