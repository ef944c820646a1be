//! What the pages of the report show of closed reports, and the button that closes one.

use super::asked::AskedReport;
use super::closing::refusal;
use super::closings::{Closings, FiguresChange, ReportClosing};
use super::computed::ReportRow;
use super::figures::Figures;
use super::figures_drawn::{DrawnFigures, column_of};
use crate::admin::context::{Context, Instant};
use crate::apps::sla::CLOSED_REPORT;
use crate::apps::sla::closed_report::model::ClosedReport;
use crate::auth::Action;
use crate::calculus::span::Span;
use crate::zones::Zone;

/// The most components whose figures are shown beside those of then.
const CHANGES_MAX: usize = 100;

/// The most closed reports of some of the components that are named.
const PARTS_MAX: usize = 20;

/// What a page shows of closed reports.
pub(super) struct DrawnClosings {
    pub(super) included: Vec<DrawnClosing>,
    /// Words and link of those of some of the components; a component that was deleted has no report.
    pub(super) parts: Vec<(String, Option<String>)>,
    /// Words and link of those of the same days in other zones, or of other definitions.
    pub(super) elsewhere: Vec<(String, Option<String>)>,
    pub(super) offer: Option<ClosingOffer>,
    /// Why none is offered, with the address of a report that may be closed; nothing for users without the permission.
    pub(super) refusal: Option<(String, Option<String>)>,
}

/// A closed report.
pub(super) struct DrawnClosing {
    pub(super) words: String,
    pub(super) digest: String,
    /// How its figures compare with those of now.
    pub(super) comparison: String,
    pub(super) is_same: bool,
    pub(super) changes: Vec<DrawnChange>,
    pub(super) more: usize,
    /// All components together, as closed and now, if it is of the same ones and figures differ.
    pub(super) total: Option<(DrawnFigures, DrawnFigures)>,
}

/// A component whose figures differ now.
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
    /// Returns what the page of a report with these rows shows; `digest` returns that of their figures.
    pub(super) fn new(
        context: &Context<'_>,
        asked: &AskedReport,
        closings: &Closings,
        (rows, span, now): (&[&ReportRow], Span, i64),
        digest: impl FnOnce() -> String,
    ) -> Self {
        let zone = asked.query.zone;
        let parts = closings.parts.iter().take(PARTS_MAX);
        let elsewhere = closings.elsewhere.iter().take(PARTS_MAX);
        let (offer, refusal) = match offer(context, asked, closings, (rows, span, now), digest) {
            ClosingOffered::Closing(offer) => (Some(offer), None),
            ClosingOffered::Refused(refusal) => (None, Some(refusal)),
            ClosingOffered::Nothing => (None, None),
        };
        Self {
            included: closings
                .included
                .iter()
                .map(|closing| drawn(zone, closing, rows))
                .collect(),
            parts: parts
                .map(|closed| {
                    let words = format!("{}: {}", closed.scope_words(), closed_words(zone, closed));
                    (words, url(closed, rows))
                })
                .collect(),
            elsewhere: elsewhere
                .map(|closed| (elsewhere_words(asked, closed), url(closed, rows)))
                .collect(),
            offer,
            refusal,
        }
    }
}

/// Says when and by whom a report was closed, in the zone of the page.
fn closed_words(zone: Zone, closed: &ClosedReport) -> String {
    let at = Instant::new(closed.closed_at, zone).exact;
    format!("Closed at {at} by {}", closed.closed_by)
}

/// Says of a closed report of the same days what makes it another one: `The same days in UTC: Closed at …`.
fn elsewhere_words(asked: &AskedReport, closed: &ClosedReport) -> String {
    let zone = match closed.timezone == asked.query.zone.name() {
        true => String::new(),
        false => format!(" in {}", closed.timezone),
    };
    let promised = match closed.definitions.as_str() {
        same if same == asked.query.definitions.as_str() => "",
        "now" => ", promised as defined when it was closed",
        _ => ", promised as defined at each instant",
    };
    let closed = closed_words(asked.query.zone, closed);
    format!("The same days{zone}{promised}: {closed}")
}

/// Returns the address of the report that was closed, under the name that its component has now.
fn url(closed: &ClosedReport, rows: &[&ReportRow]) -> Option<String> {
    let component = rows.iter().find(|row| row.id == closed.component_id && row.is_there);
    closed.url(component.map(|row| row.name.as_str()))
}

fn drawn(zone: Zone, closing: &ReportClosing, rows: &[&ReportRow]) -> DrawnClosing {
    let closed = &closing.closed;
    let of = match closing.is_same {
        true => String::new(),
        false => format!(", with the report of {}", closed.scope_words()),
    };
    let comparison = match (&closing.fault, closing.changes.len()) {
        (Some(reason), _) => format!("The figures of then cannot be read: {reason}"),
        (None, 0) => "The figures are those of then.".to_owned(),
        (None, 1) => "The figures of 1 component differ now.".to_owned(),
        (None, count) => format!("The figures of {count} components differ now."),
    };
    let change = |change: &FiguresChange| {
        let (then, now) = match (change.then.clone(), change.now.clone()) {
            (Some(then), Some(now)) => {
                let (then, now) = beside(then, now);
                (Some(then), Some(now))
            }
            (then, now) => (then.map(DrawnFigures::exact), now.map(DrawnFigures::exact)),
        };
        DrawnChange {
            name: change.name.clone(),
            words: change.words(),
            then,
            now,
        }
    };
    let total = (closing.is_same && !closing.changes.is_empty()).then(|| {
        let then = closing.figures().lines.iter().map(|(_, line)| &line.figures);
        let now: Vec<Figures> = rows.iter().map(|row| Figures::of_row(row)).collect();
        beside(Figures::sum(then), Figures::sum(now.iter()))
    });
    DrawnClosing {
        words: format!("{}{of}", closed_words(zone, closed)),
        digest: closed.digest.clone(),
        comparison,
        is_same: closing.is_same,
        changes: closing.changes.iter().take(CHANGES_MAX).map(change).collect(),
        more: closing.changes.len().saturating_sub(CHANGES_MAX),
        total,
    }
}

/// Returns figures of then and of now, marked where they differ.
fn beside(then: Figures, now: Figures) -> (DrawnFigures, DrawnFigures) {
    let differences = then.differences(&now).into_iter();
    let differing: Vec<&'static str> = differences.map(|(name, ..)| column_of(name)).collect();
    let drawn = |figures: Figures| DrawnFigures {
        differing: differing.clone(),
        ..DrawnFigures::exact(figures)
    };
    (drawn(then), drawn(now))
}

/// What a page offers a user.
enum ClosingOffered {
    Closing(ClosingOffer),
    Refused((String, Option<String>)),
    Nothing,
}

fn offer(
    context: &Context<'_>,
    asked: &AskedReport,
    closings: &Closings,
    (rows, span, now): (&[&ReportRow], Span, i64),
    digest: impl FnOnce() -> String,
) -> ClosingOffered {
    let may = context.account.may(CLOSED_REPORT.permission(Action::Add));
    if !may || closings.same().is_some() || rows.is_empty() {
        return ClosingOffered::Nothing;
    }
    if let Some(refusal) = refusal(asked, (rows, span, now)) {
        let words = refusal.words();
        let whole = |is_narrowed: bool| is_narrowed.then(|| asked.whole_url());
        return words.map_or(ClosingOffered::Nothing, |(words, is_narrowed)| {
            ClosingOffered::Refused((words, whole(is_narrowed)))
        });
    }
    let components = match rows.len() {
        1 => "1 component".to_owned(),
        count => format!("{count} components"),
    };
    ClosingOffered::Closing(ClosingOffer {
        action: asked.whole_url(),
        digest: digest(),
        words: components,
    })
}
