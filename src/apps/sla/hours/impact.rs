//! What a change does to the hours of all components that it affects: computed once for each distinct pair of coverages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::book::HoursBook;
use super::changed::{AffectedComponent, AffectedRow, ChangedHours, ChangedKeys, updated_or_deleted};
use super::stored::StoredHours;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::calculus::difference::{CoverageDifference, of_ordinary_week};
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;
use crate::db::{Conn, Result};
use crate::zones::Zone;

/// What becomes of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImpactKind {
    /// Its hours change.
    Changed,
    /// It is added; before are no hours.
    Added,
    /// It is deleted; after are no hours.
    Deleted,
    /// It is enabled; before are no hours.
    Enabled,
    /// It is disabled; after are no hours.
    Disabled,
    /// Its hours could not be read before, and count as none.
    WasUnreadable,
    /// Its hours cannot be read afterwards, and count as none.
    BecomesUnreadable,
}

/// What a change does to a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComponentImpact {
    /// The row's key; none of a component that is added.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub kind: ImpactKind,
    /// Its seconds before and after in the range, and the first instant that differs.
    pub difference: CoverageDifference,
    /// What changes in an ordinary week, in seconds, in the zone of its first window; none in a range without a whole week.
    pub week: Option<i64>,
    /// The zone of its first window, after the change or else before.
    pub zone: Zone,
}

/// A component that a change concerns, and whose hours stay the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnchangedComponent {
    /// The row's key; none of a component that is added.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Whether it is disabled, before and afterwards.
    pub is_disabled: bool,
}

/// What a change does in a range of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// The components whose hours change, the largest difference first, then by name.
    pub components: Vec<ComponentImpact>,
    /// How many components have something that changes, or change themselves.
    pub affected: usize,
    /// How many of them were evaluated: all, unless the caller ended the work.
    pub evaluated: usize,
    /// The components whose hours cannot be read, neither before nor after, with the reason.
    pub unreadable: Vec<(String, String)>,
    /// The first components by name whose hours stay the same.
    pub unchanged: Vec<UnchangedComponent>,
}

impl Impact {
    /// Returns the seconds that all components together have more, or less if negative.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        self.components
            .iter()
            .map(|component| component.difference.seconds())
            .sum()
    }

    /// Returns the first instant at which the hours of any component differ.
    #[must_use]
    pub fn first(&self) -> Option<i64> {
        self.components
            .iter()
            .filter_map(|component| component.difference.first)
            .min()
    }

    /// Returns whether every component that may be affected was evaluated.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.evaluated == self.affected
    }
}

impl StoredHours {
    /// Reads what [`impact`] needs for a plan: all windows and calendars, and of the components those that have what the plan changes.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub fn affected_by(conn: &mut Conn, plan: &ChangePlan) -> Result<Self> {
        let mut hours = Self::schedules(conn)?;
        let keys = ChangedKeys::of(&hours, plan);
        let windows: Vec<i64> = keys.windows.into_iter().collect();
        let calendars: Vec<i64> = keys.calendars.into_iter().collect();
        let own: Vec<i64> = updated_or_deleted(&plan.components).collect();
        hours.put_users(conn, &windows, &calendars, &own)?;
        Ok(hours)
    }
}

/// The most components that are named of those whose hours stay the same.
const UNCHANGED_MAX: usize = 5;

/// The affected components of a pair of keys.
type PairUsers<'a> = Vec<&'a AffectedComponent>;

/// Returns what `plan` does to the hours in `[from, to)` of all components of `hours`. Pairs of coverages that most components have come
/// first; before each, `goes_on` is asked with the number of those that are done, and may end the work.
#[must_use]
pub fn impact(
    hours: &StoredHours,
    plan: &ChangePlan,
    (from, to): (i64, i64),
    goes_on: &mut dyn FnMut(usize) -> bool,
) -> Impact {
    let changed = ChangedHours::new(hours, plan);
    let mut pairs: BTreeMap<(&Option<ScheduleKey>, &Option<ScheduleKey>), PairUsers<'_>> = BTreeMap::new();
    for component in &changed.affected {
        pairs
            .entry((&component.before, &component.after))
            .or_default()
            .push(component);
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|(_, users)| Reverse(users.len()));

    let mut sides = ImpactSides {
        before: HoursBook::new(hours),
        after: HoursBook::of(changed.windows, changed.calendars),
        range: (from, to),
        weeks: HashMap::new(),
    };
    let mut impact = Impact {
        affected: changed.affected.len(),
        ..Impact::default()
    };
    let mut unchanged: Vec<&AffectedComponent> = Vec::new();
    for (done, ((before, after), users)) in pairs.into_iter().enumerate() {
        if !goes_on(done) {
            break;
        }
        impact.evaluated += users.len();
        match sides.compare(before.as_ref(), after.as_ref()) {
            Err(reason) => {
                let named = users.iter().map(|user| (user.name.clone(), reason.clone()));
                impact.unreadable.extend(named);
            }
            Ok(pair) if pair.difference.is_none() => unchanged.extend(users),
            Ok(pair) => impact.components.extend(users.into_iter().map(|user| pair.of(user))),
        }
    }
    impact.unchanged = first_by_name(unchanged);
    impact.unreadable.sort_unstable();
    impact
        .components
        .sort_by(|one, other| order_of(one).cmp(&order_of(other)));
    impact
}

/// Returns the first of components by name. They may be many, and only few of them are sorted.
fn first_by_name(mut components: Vec<&AffectedComponent>) -> Vec<UnchangedComponent> {
    if components.len() > UNCHANGED_MAX {
        components.select_nth_unstable_by(UNCHANGED_MAX, |one, other| one.name.cmp(&other.name));
        components.truncate(UNCHANGED_MAX);
    }
    components.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    let named = components.into_iter().map(|component| UnchangedComponent {
        id: component.id,
        name: component.name.clone(),
        is_disabled: component.before.is_none() && component.after.is_none(),
    });
    named.collect()
}

fn order_of(impact: &ComponentImpact) -> (Reverse<i64>, &str) {
    (Reverse(impact.difference.seconds().abs()), &impact.name)
}

/// Both sides of a change.
struct ImpactSides {
    before: HoursBook,
    after: HoursBook,
    range: (i64, i64),
    /// The whole weeks of the range, by zone.
    weeks: HashMap<Zone, Vec<Span>>,
}

/// What a pair of coverages comes to.
struct PairImpact {
    difference: CoverageDifference,
    week: Option<i64>,
    zone: Zone,
    /// What is to be said instead of what the component's own change says.
    kind: Option<ImpactKind>,
}

/// One side of a pair: its spans and the zone of its first window.
type PairSide = std::result::Result<(Vec<Span>, Option<Zone>), String>;

impl ImpactSides {
    /// Compares what two keys cover.
    ///
    /// # Errors
    /// Why neither can be read.
    fn compare(
        &mut self,
        before: Option<&ScheduleKey>,
        after: Option<&ScheduleKey>,
    ) -> std::result::Result<PairImpact, String> {
        let before = side(&mut self.before, before, self.range);
        let after = side(&mut self.after, after, self.range);
        let kind = match (&before, &after) {
            (Err(reason), Err(_)) => return Err(reason.clone()),
            (Err(_), Ok(_)) => Some(ImpactKind::WasUnreadable),
            (Ok(_), Err(_)) => Some(ImpactKind::BecomesUnreadable),
            (Ok(_), Ok(_)) => None,
        };
        let (before, zone_before) = before.unwrap_or_default();
        let (after, zone_after) = after.unwrap_or_default();
        let zone = zone_after.or(zone_before).unwrap_or_else(Zone::utc);
        let range = self.range;
        let weeks = self.weeks.entry(zone).or_insert_with(|| whole_weeks(zone, range));
        Ok(PairImpact {
            difference: CoverageDifference::between(&before, &after),
            week: of_ordinary_week(&before, &after, weeks),
            zone,
            kind,
        })
    }
}

impl PairImpact {
    fn of(&self, component: &AffectedComponent) -> ComponentImpact {
        let own = match component.row {
            AffectedRow::Added => ImpactKind::Added,
            AffectedRow::Deleted => ImpactKind::Deleted,
            AffectedRow::Kept if component.before.is_none() => ImpactKind::Enabled,
            AffectedRow::Kept if component.after.is_none() => ImpactKind::Disabled,
            AffectedRow::Kept => ImpactKind::Changed,
        };
        ComponentImpact {
            id: component.id,
            name: component.name.clone(),
            kind: self.kind.unwrap_or(own),
            difference: self.difference,
            week: self.week,
            zone: self.zone,
        }
    }
}

fn side(book: &mut HoursBook, key: Option<&ScheduleKey>, (from, to): (i64, i64)) -> PairSide {
    let Some(key) = key else {
        return Ok((Vec::new(), None));
    };
    let coverage = book.coverage(key)?;
    let zone = coverage.parts().first().map(|part| part.window.timezone());
    Ok((coverage.spans(from, to), zone))
}

/// Returns the weeks of a zone that lie in a range as a whole.
pub fn whole_weeks(zone: Zone, (from, to): (i64, i64)) -> Vec<Span> {
    let weeks = Period::between(PeriodKind::Week, zone, from, to).map(|(_, span)| span);
    weeks.filter(|span| from <= span.start && span.end <= to).collect()
}
