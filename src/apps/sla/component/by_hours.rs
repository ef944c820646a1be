//! Filters and orders of the list of components by their hours: what they are at an instant, how much of a day they cover, and when that
//! changes next. Their order moves with time, without a change of the data.

use std::sync::Arc;

use super::asked_time::{day, instant, zone};
use super::compiled::{Covered, HoursState, ScheduleHours};
use super::list::{
    CLOSING, ComponentFilter, ComponentOrder, DISABLED, FULL, INSIDE, NO_HOURS, NONE, OPENING, OUTSIDE, PARTLY,
};
use super::opened::{ComponentList, divided};
use super::then::next_after;
use crate::admin::model::ListQuery;
use crate::apps::list_key::ListKey;
use crate::apps::sla::read_model::found::FoundComponents;
use crate::calculus::period::{Period, PeriodKind};
use crate::db::{self, Conn};

impl ComponentFilter {
    /// Returns whether the filter needs the hours of components.
    pub(super) fn is_by_hours(self) -> bool {
        matches!(self, Self::State | Self::Covered)
    }
}

impl ComponentList<'_> {
    /// Returns the components that any value of a filter by hours finds. Those whose hours are unknown are found by none.
    pub(super) fn by_hours(
        &self,
        conn: &mut Conn,
        filter: ComponentFilter,
        values: &[String],
        wanted: &ListQuery,
    ) -> db::Result<FoundComponents> {
        let mut found = self.model.of_ids(&[]);
        for value in values {
            found.add(&self.with_hours(conn, filter, value, wanted)?);
        }
        Ok(found)
    }

    /// Returns how many of the components each value of a filter by hours finds.
    pub(super) fn facets_by_hours(
        &self,
        conn: &mut Conn,
        filter: &str,
        wanted: &ListQuery,
        found: &FoundComponents,
    ) -> db::Result<Vec<(String, i64)>> {
        let filter = ComponentFilter::declared(filter);
        let mut enabled = found.clone();
        enabled.keep(&self.model.enabled());
        let users = self.model.users_by_schedule(&enabled);
        let mut counts = Vec::new();
        for (value, _) in filter.offers().unwrap_or_default() {
            let count = match value {
                DISABLED => (found.count() - enabled.count()) as u64,
                _ => {
                    let marks = self.marks(conn, filter, value, wanted)?;
                    let meant = marks.iter().zip(&users).filter(|(is_meant, _)| **is_meant);
                    meant.map(|(_, users)| users).sum()
                }
            };
            counts.push((value.to_owned(), i64::try_from(count).unwrap_or(i64::MAX)));
        }
        Ok(counts)
    }

    fn schedule_hours(&self, conn: &mut Conn) -> db::Result<Arc<ScheduleHours>> {
        let compile = |conn: &mut Conn| ScheduleHours::compile(conn, &self.model);
        self.schedules.of(conn, &self.model, compile)
    }

    fn with_hours(
        &self,
        conn: &mut Conn,
        filter: ComponentFilter,
        value: &str,
        wanted: &ListQuery,
    ) -> db::Result<FoundComponents> {
        let model = &self.model;
        if value == DISABLED {
            return Ok(divided(model, model.enabled(), false, true));
        }
        let mut found = model.of_schedules(&self.marks(conn, filter, value, wanted)?);
        found.keep(&model.enabled());
        Ok(found)
    }

    /// Returns of each schedule whether a value of a filter by hours means its components.
    fn marks(
        &self,
        conn: &mut Conn,
        filter: ComponentFilter,
        value: &str,
        wanted: &ListQuery,
    ) -> db::Result<Vec<bool>> {
        let now = self.metrics.now_seconds();
        let schedules = self.schedule_hours(conn)?;
        if filter == ComponentFilter::Covered {
            let meant = match value {
                FULL => Covered::Full,
                PARTLY => Covered::Partly,
                NONE => Covered::None,
                _ => return Ok(Vec::new()),
            };
            let day = Period::containing(PeriodKind::Day, day(wanted, now));
            // A day that the clock skips has no second.
            let Some(range) = day.span(zone(wanted)) else {
                return Ok(Vec::new());
            };
            let covered = schedules.covered(range)?;
            return Ok(covered.iter().map(|covered| *covered == meant).collect());
        }
        if let OPENING | CLOSING = value {
            let turns = schedules.turns(instant(wanted, now))?;
            return Ok(turns.iter().map(|turn| *turn == Some(value == OPENING)).collect());
        }
        let meant = match value {
            INSIDE => HoursState::Inside,
            OUTSIDE => HoursState::Outside,
            NO_HOURS => HoursState::NoHours,
            _ => return Ok(Vec::new()),
        };
        let states = schedules.states(instant(wanted, now))?;
        Ok(states.iter().map(|state| *state == meant).collect())
    }

    /// Returns what each component is sorted by at the time that the list is asked about: disabled ones behind all others.
    pub(super) fn ranks(&self, conn: &mut Conn, order: ComponentOrder, wanted: &ListQuery) -> db::Result<Vec<u32>> {
        let now = self.metrics.now_seconds();
        let schedules = self.schedule_hours(conn)?;
        let by_schedule: Vec<u32> = if order == ComponentOrder::State {
            let states = schedules.states(instant(wanted, now))?.into_iter();
            states.map(|state| state as u32).collect()
        } else {
            let next = schedules.next_transitions(next_after(wanted, now))?;
            let mut instants: Vec<i64> = next.to_vec();
            instants.sort_unstable();
            instants.dedup();
            let place = |at: &i64| instants.binary_search(at).unwrap_or(instants.len());
            next.iter()
                .map(|at| u32::try_from(place(at)).unwrap_or(u32::MAX))
                .collect()
        };
        let rank = |schedule: u32, is_enabled: bool| match is_enabled {
            true => by_schedule.get(schedule as usize).copied().unwrap_or(u32::MAX - 1),
            false => u32::MAX,
        };
        Ok(self.model.ranks(rank))
    }
}
