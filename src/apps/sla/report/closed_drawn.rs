//! What the pages of the report show of closed reports, and the button that closes one.

use super::asked::{AskedReport, NAME};
use super::closing::hindrance;
use super::closings::{Closings, FiguresChange, ReportClosing};
use super::computed::ReportRow;
use super::figures_drawn::DrawnFigures;
use crate::admin::address::Address;
use crate::admin::context::{Context, Instant};
use crate::admin::query::Query;
use crate::apps::sla::closed_report::figures::written;
use crate::apps::sla::closed_report::model::ClosedReport;
use crate::apps::sla::{CLOSED_REPORT, COMPONENT};
use crate::auth::Action;
use crate::calculus::span::Span;

/// The most components whose figures are shown beside those of then.
const CHANGES_MAX: usize = 100;

/// The most closed reports of some of the components that are named.
const PARTS_MAX: usize = 20;

/// What a page shows of closed reports.
pub(super) struct DrawnClosings {
    pub(super) included: Vec<DrawnClosing>,
    /// Words and link of those of some of the components.
    pub(super) parts: Vec<(String, String)>,
    pub(super) offer: Option<ClosingOffer>,
}

/// A closed report.
pub(super) struct DrawnClosing {
    pub(super) words: String,
    pub(super) digest: String,
    /// What is to be said about its figures.
    pub(super) said: String,
    pub(super) is_same: bool,
    pub(super) changes: Vec<DrawnChange>,
    pub(super) more: usize,
}

/// A component whose figures are others now.
pub(super) struct DrawnChange {
    pub(super) name: String,
    pub(super) words: String,
    pub(super) then: Option<DrawnFigures>,
    pub(super) now: Option<DrawnFigures>,
}

/// The button.
pub(super) struct ClosingOffer {
    /// Where its form goes.
    pub(super) action: String,
    /// The digest of the figures that are shown.
    pub(super) digest: String,
    /// What is closed.
    pub(super) words: String,
}

impl DrawnClosings {
    /// Returns what the page of a report with these rows shows.
    pub(super) fn new(
        context: &Context<'_>,
        asked: &AskedReport,
        closings: &Closings,
        (rows, span, now): (&[&ReportRow], Span, i64),
    ) -> Self {
        let parts = closings.parts.iter().take(PARTS_MAX);
        Self {
            included: closings
                .included
                .iter()
                .map(|closing| drawn(context, closing))
                .collect(),
            parts: parts.map(|closed| part(context, closed)).collect(),
            offer: offer(context, asked, closings, (rows, span, now)),
        }
    }
}

fn closed_words(context: &Context<'_>, closed: &ClosedReport) -> String {
    let at = Instant::new(closed.closed_at, context.zone()).exact;
    format!("Closed at {at} by {}", closed.closed_by)
}

fn drawn(context: &Context<'_>, closing: &ReportClosing) -> DrawnClosing {
    let closed = &closing.closed;
    let of = match closing.is_same {
        true => String::new(),
        false => format!(", with the report of {}", closed.scope_words()),
    };
    let said = match (&closing.fault, closing.changes.len()) {
        (Some(reason), _) => format!("The figures of then cannot be read: {reason}"),
        (None, 0) => "The figures are those of then.".to_owned(),
        (None, 1) => "The figures of 1 component are others now.".to_owned(),
        (None, count) => format!("The figures of {count} components are others now."),
    };
    let change = |change: &FiguresChange| DrawnChange {
        name: change.name.clone(),
        words: change.words(),
        then: change.then.clone().map(DrawnFigures::new),
        now: change.now.clone().map(DrawnFigures::new),
    };
    DrawnClosing {
        words: format!("{}{of}", closed_words(context, closed)),
        digest: closed.digest.clone(),
        said,
        is_same: closing.is_same,
        changes: closing.changes.iter().take(CHANGES_MAX).map(change).collect(),
        more: closing.changes.len().saturating_sub(CHANGES_MAX),
    }
}

fn part(context: &Context<'_>, closed: &ClosedReport) -> (String, String) {
    let page = String::from(Address::AppPage(COMPONENT.app, NAME));
    let words = format!("{}: {}", closed.scope_words(), closed_words(context, closed));
    (words, format!("{page}{}", Query::new(closed.parameters()).link()))
}

fn offer(
    context: &Context<'_>,
    asked: &AskedReport,
    closings: &Closings,
    (rows, span, now): (&[&ReportRow], Span, i64),
) -> Option<ClosingOffer> {
    let may = context.account.may(CLOSED_REPORT.permission(Action::Add));
    if !may || closings.same().is_some() || hindrance(asked, (rows, span, now)).is_some() {
        return None;
    }
    let components = match rows.len() {
        1 => "1 component".to_owned(),
        count => format!("{count} components"),
    };
    Some(ClosingOffer {
        action: asked.whole_url(),
        digest: written(rows, span).digest,
        words: components,
    })
}
