//! Which components calendars cut, by themselves or through windows.

use std::collections::{BTreeSet, HashMap};

use super::found::FoundComponents;
use super::links::Link;
use super::model::ReadModel;
use crate::apps::sla::snapshot::compile::ScheduleKey;

impl ReadModel {
    /// Returns the components that a calendar cuts, by itself or through their windows.
    #[must_use]
    pub fn cut_by(&self, calendar: i64) -> FoundComponents {
        let mut found = self.linked(Link::Calendar, &[calendar]);
        found.add(&self.linked(Link::Window, &self.windows_cut_by(calendar)));
        found
    }

    /// Returns the keys of the windows that a calendar cuts.
    #[must_use]
    pub fn windows_cut_by(&self, calendar: i64) -> Vec<i64> {
        let windows = self.windows().iter();
        let windows = windows.filter(|(_, window)| window.calendars.contains(&calendar));
        windows.map(|(id, _)| *id).collect()
    }

    /// Returns how many components each calendar cuts, by itself or through their windows: those of one schedule are counted once.
    #[must_use]
    pub fn cut_counts(&self) -> HashMap<i64, u64> {
        self.cut_in(self.schedules().map(|(_, key, users)| (key, users)))
    }

    /// Returns how many of these components each calendar cuts; calendars that cut none of them are left out.
    #[must_use]
    pub fn cut_facet(&self, found: &FoundComponents) -> HashMap<i64, u64> {
        let users = self.users_by_schedule(found);
        let used = |place: u32| users.get(place as usize).copied().filter(|users| *users > 0);
        let schedules = self.schedules();
        self.cut_in(schedules.filter_map(|(place, key, _)| Some((key, used(place)?))))
    }

    /// Returns how many users of schedules each calendar cuts.
    fn cut_in<'a>(&'a self, schedules: impl Iterator<Item = (&'a ScheduleKey, u64)>) -> HashMap<i64, u64> {
        let mut counts: HashMap<i64, u64> = HashMap::new();
        for ((windows, own), users) in schedules {
            let windows = windows.iter().filter_map(|id| self.windows().get(id));
            let of_windows = windows.flat_map(|window| window.calendars.iter());
            let calendars: BTreeSet<i64> = own.iter().chain(of_windows).copied().collect();
            for calendar in calendars {
                *counts.entry(calendar).or_default() += users;
            }
        }
        counts
    }
}
