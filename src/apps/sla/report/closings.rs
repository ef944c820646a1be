//! What closed reports say about a report: when it was closed, by whom, and which figures differ now.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::computed::ReportRow;
use super::figures::Figures;
use super::output::{ClosedBeside, ReportLine};
use super::read::ReportQuery;
use crate::apps::sla::closed_report::figures::ClosedFigures;
use crate::apps::sla::closed_report::model::{ClosedPeriod, ClosedReport, ReportScope};
use crate::apps::sla::closed_report::store;
use crate::apps::sla::visible_names::VisibleNames;
use crate::calculus::attainment::attained::PromiseVerdict;
use crate::db::{Conn, Result};

/// How many closed reports are kept with their figures: those that were asked for last.
const KEPT: usize = 8;

/// The figures of closed reports that were read. They never change, and are known by key and digest.
#[derive(Default)]
pub struct ClosedCache(Mutex<VecDeque<(i64, String, Arc<ClosedFigures>)>>);

/// Figures, or why they cannot be read.
type ReadFigures = std::result::Result<Arc<ClosedFigures>, String>;

/// What closed reports say about a report.
#[derive(Default)]
pub struct Closings {
    /// Those that have its components: first those of the same components, then those of more.
    pub included: Vec<ReportClosing>,
    /// Those of some of its components.
    pub parts: Vec<ClosedReport>,
    /// Those of the same components and days, by the midnights of other zones or of other definitions.
    pub elsewhere: Vec<ClosedReport>,
}

/// A closed report, compared with what is known now.
pub struct ReportClosing {
    /// What was closed.
    pub closed: ClosedReport,
    /// Whether it is of the same components, not of more.
    pub is_same: bool,
    /// Whose figures differ now, by name.
    pub changes: Vec<FiguresChange>,
    /// Why its figures cannot be compared, if so.
    pub fault: Option<String>,
    figures: Arc<ClosedFigures>,
}

/// Figures of a component that differ now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiguresChange {
    /// The component.
    pub id: i64,
    /// Its name now, or the last one.
    pub name: String,
    /// When the report was closed; nothing if it was not part of it.
    pub then: Option<Figures>,
    /// Now; nothing if it is not part of the report any more.
    pub now: Option<Figures>,
}

impl ClosedCache {
    fn figures(&self, conn: &mut Conn, closed: &ClosedReport) -> Result<ReadFigures> {
        if let Some(figures) = self.keep(closed, None) {
            return Ok(Ok(figures));
        }
        let (components, lines) = store::figures(conn, closed.id)?.unwrap_or_default();
        // What cannot be read may be restored.
        Ok(ClosedFigures::read(&components, &lines, &closed.digest).map(|figures| {
            let figures = Arc::new(figures);
            self.keep(closed, Some(Arc::clone(&figures))).unwrap_or(figures)
        }))
    }

    /// Returns the figures of a closed report that are kept, or these, which are kept from now on: in front of those that were asked for before.
    fn keep(&self, closed: &ClosedReport, read: Option<Arc<ClosedFigures>>) -> Option<Arc<ClosedFigures>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept
            .iter()
            .position(|(id, digest, _)| *id == closed.id && *digest == closed.digest);
        let found = place.and_then(|place| kept.remove(place)).map(|(.., figures)| figures);
        let figures = found.or(read)?;
        kept.push_front((closed.id, closed.digest.clone(), Arc::clone(&figures)));
        kept.truncate(KEPT);
        Some(figures)
    }
}

impl Closings {
    /// Reads what closed reports say about the rows of a report, all those of its scope; nothing is the scope of a report that cannot be
    /// closed, such as one of two selectors.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn read(
        conn: &mut Conn,
        cache: &ClosedCache,
        query: &ReportQuery,
        scope: Option<&ReportScope>,
        rows: &[&ReportRow],
    ) -> Result<Self> {
        let mut closings = Self::default();
        let of = ClosedPeriod::of(query);
        for closed in store::of_days(conn, &of)? {
            let is_same = scope.is_some_and(|scope| scope.is_of(&closed));
            if !of.is_of(&closed) {
                closings.elsewhere.extend(Some(closed).filter(|_| is_same));
                continue;
            }
            let component = scope.and_then(|scope| scope.component.as_ref());
            let may_have = closed.component_id == 0 && component.is_some();
            if !is_same && !closed.is_of_all() && !may_have {
                if scope.is_some_and(ReportScope::is_all) {
                    closings.parts.push(closed);
                }
                continue;
            }
            let read = cache.figures(conn, &closed)?;
            let (figures, fault) = match read {
                Ok(figures) => (figures, None),
                Err(reason) => (Arc::default(), Some(reason)),
            };
            let has = |(id, _): &(i64, String)| figures.of(*id).is_some();
            if !is_same && !closed.is_of_all() && !component.is_some_and(has) {
                continue;
            }
            let changes = match fault {
                Some(_) => Vec::new(),
                None => changes(&figures, rows, is_same),
            };
            closings.included.push(ReportClosing {
                closed,
                is_same,
                changes,
                fault,
                figures,
            });
        }
        closings.included.sort_by_key(|closing| !closing.is_same);
        Ok(closings)
    }

    /// Returns those that a reader may view: one of a selector says which components had which labels.
    #[must_use]
    pub fn visible(mut self, names: VisibleNames) -> Self {
        if !names.labels {
            self.included.retain(|closing| closing.closed.selector.is_empty());
            self.parts.retain(|closed| closed.selector.is_empty());
        }
        self
    }

    /// Returns the closed report of the same components, if there is one.
    #[must_use]
    pub fn same(&self) -> Option<&ReportClosing> {
        self.included.first().filter(|closing| closing.is_same)
    }

    /// Says in lines what their figures were when the report was closed. `rows` are all of the report, and `is_whole` whether lines stand for
    /// all of them: then components that are not part of it any more get lines.
    pub fn mark(&self, lines: &mut Vec<ReportLine>, rows: &[&ReportRow], is_whole: bool) {
        let Some(closing) = self.included.first() else { return };
        for line in lines.iter_mut().filter(|line| line.kind == "component") {
            line.closed = Some(closing.beside(line.id));
        }
        if !is_whole || !closing.is_same {
            return;
        }
        let there: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
        let removed = closing.changes.iter().filter(|change| !there.contains(&change.id));
        let removed = removed.map(|change| ReportLine {
            kind: "component",
            id: change.id,
            name: Some(change.name.clone()),
            is_deleted: closing.figures.of(change.id).is_some_and(|line| line.is_deleted),
            figures: Figures::nothing(),
            closed: Some(closing.beside(change.id)),
        });
        lines.extend(removed);
    }
}

impl ReportClosing {
    /// Returns the figures as they were closed; none if they cannot be read.
    #[must_use]
    pub fn figures(&self) -> &ClosedFigures {
        &self.figures
    }

    fn beside(&self, id: i64) -> ClosedBeside {
        ClosedBeside {
            at: self.closed.instant_text(),
            by: self.closed.closed_by.clone(),
            changed: self.changes.iter().any(|change| change.id == id),
            figures: self.figures.of(id).map(|line| line.figures.clone()),
        }
    }
}

impl FiguresChange {
    /// Returns what changed in words: `down was 5 min and is 10 min`.
    #[must_use]
    pub fn words(&self) -> String {
        let (then, now) = match (&self.then, &self.now) {
            (Some(then), Some(now)) => (then, now),
            (None, _) => return "was not part of it".to_owned(),
            (_, None) => return "is not part of the report any more".to_owned(),
        };
        let changed = then.differences(now).into_iter();
        let changed = changed.map(|(name, then, now)| format!("{name} was {then} and is {now}"));
        changed.collect::<Vec<_>>().join(", ")
    }
}

/// Returns whose figures differ now; of components that are no rows any more only if the report is of the same ones.
fn changes(figures: &ClosedFigures, rows: &[&ReportRow], is_same: bool) -> Vec<FiguresChange> {
    // What had no service need not have been there.
    let is_nothing =
        |figures: &Figures| matches!(figures.verdict, None | Some(PromiseVerdict::NoService)) && figures.promised == 0;
    let now = rows.iter().filter_map(|row| {
        let now = Figures::of_row(row);
        let then = figures.of(row.id).map(|line| line.figures.clone());
        let is_other = match &then {
            Some(then) => !then.differences(&now).is_empty(),
            None => !is_nothing(&now),
        };
        is_other.then(|| FiguresChange {
            id: row.id,
            name: row.name.clone(),
            then,
            now: Some(now),
        })
    });
    let mut changes: Vec<FiguresChange> = now.collect();
    if is_same {
        let there: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
        let removed = figures
            .lines
            .iter()
            .filter(|(id, line)| !there.contains(id) && !is_nothing(&line.figures));
        changes.extend(removed.map(|(id, line)| FiguresChange {
            id: *id,
            name: line.name.clone(),
            then: Some(line.figures.clone()),
            now: None,
        }));
        changes.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
    }
    changes
}
