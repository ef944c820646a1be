//! Random edits at random instants: what was promised between two of them is what was stored then.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use sla_monitor::apps::sla::hours::book::HoursBook;
use sla_monitor::apps::sla::hours::stored::StoredHours;
use sla_monitor::apps::sla::promised_then::promised::Definitions;
use sla_monitor::calculus::coverage::Coverage;
use sla_monitor::calculus::span::merge;

use super::{apply_at, hours, instant, promised};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(what_was_promised_is_what_was_stored_then);

const DAY: i64 = 86_400;

/// A change of one thing, by numbers that are read modulo what there is.
#[derive(Clone, Copy, Debug)]
struct Edit {
    /// Seconds after the edit before.
    after: i64,
    what: u8,
    which: usize,
    how: u32,
}

#[derive(Clone, Debug, Default)]
struct CalendarModel {
    name: String,
    enabled: bool,
    day: u32,
}

#[derive(Clone, Debug, Default)]
struct WindowModel {
    name: String,
    enabled: bool,
    zone: &'static str,
    days: u32,
    start: u32,
    hours: u32,
    calendars: u32,
}

#[derive(Clone, Debug, Default)]
struct ComponentModel {
    name: String,
    enabled: bool,
    windows: u32,
    calendars: u32,
}

/// What is defined; numbers of links are bits.
#[derive(Clone, Debug)]
struct Model {
    calendars: Vec<CalendarModel>,
    windows: Vec<WindowModel>,
    components: Vec<Option<ComponentModel>>,
}

const ZONES: [&str; 3] = ["Europe/Berlin", "UTC", "America/New_York"];

impl Model {
    fn new() -> Self {
        let calendar = |index: u32| CalendarModel {
            name: format!("C{index}"),
            enabled: true,
            day: index,
        };
        let window = |index: u32| WindowModel {
            name: format!("W{index}"),
            enabled: true,
            zone: ZONES[0],
            days: 127,
            start: 6 + index,
            hours: 20,
            calendars: index,
        };
        let component = |index: u32| {
            Some(ComponentModel {
                name: format!("c{index}"),
                enabled: true,
                windows: index,
                calendars: 0,
            })
        };
        Self {
            calendars: (0..2).map(calendar).collect(),
            windows: (0..3).map(window).collect(),
            components: (0..3).map(component).collect(),
        }
    }

    /// Returns the old and the new name of a window or calendar that is only renamed, with its table and kind.
    fn edit(&mut self, edit: Edit) -> Option<(&'static str, &'static str, String, String)> {
        let Edit { what, which, how, .. } = edit;
        let (calendars, windows, components) = (self.calendars.len(), self.windows.len(), self.components.len());
        match what % 9 {
            0 => self.calendars[which % calendars].day = how % 28,
            1 => self.calendars[which % calendars].enabled ^= true,
            2 => {
                let window = &mut self.windows[which % windows];
                (window.start, window.hours, window.days) = (how % 24, 1 + how % 30, 1 + how % 127);
            }
            3 => self.windows[which % windows].zone = ZONES[how as usize % 3],
            4 => self.windows[which % windows].calendars = how % 4,
            5 => {
                if let Some(component) = &mut self.components[which % components] {
                    (component.windows, component.calendars) = (how % 8, how / 8 % 4);
                }
            }
            6 => match &mut self.components[which % components] {
                Some(component) if how % 2 == 0 => component.enabled ^= true,
                Some(_) => self.components[which % components] = None,
                None => {
                    self.components[which % components] = Some(ComponentModel {
                        name: format!("c{}", which % components),
                        enabled: true,
                        windows: how % 8,
                        calendars: 0,
                    });
                }
            },
            7 => {
                let window = &mut self.windows[which % windows];
                let old = std::mem::replace(&mut window.name, format!("W{}", 10 + how));
                return (old != window.name).then(|| ("sla_window", "sla.slawindow", old, window.name.clone()));
            }
            _ => {
                let calendar = &mut self.calendars[which % calendars];
                let old = std::mem::replace(&mut calendar.name, format!("C{}", 10 + how));
                return (old != calendar.name).then(|| ("calendar", "sla.calendar", old, calendar.name.clone()));
            }
        }
        None
    }

    fn document(&self, month: &str) -> String {
        let mut text = "calendars:\n".to_owned();
        for CalendarModel { name, enabled, day } in &self.calendars {
            let (date, next) = (day + 1, day % 27 + 2);
            writeln!(
                text,
                "  - {{name: {name}, timezone: null, enabled: {enabled}, rules: [{{type: dates, dates: [\"{month}-{date:02}\", \"{month}-{next:02}\"], \
                 start: \"00:00\", duration_s: 86400}}]}}"
            )
            .expect("a text can be written to");
        }
        text.push_str("windows:\n");
        for window in &self.windows {
            let names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
            let days: Vec<&str> = (0..7)
                .filter(|day| window.days >> day & 1 == 1)
                .map(|day| names[day])
                .collect();
            writeln!(
                text,
                "  - {{name: {}, timezone: {}, enabled: {}, calendars: [{}], rules: [{{type: weekly, days: [{}], start: \"{:02}:00\", duration_s: {}}}]}}",
                window.name,
                window.zone,
                window.enabled,
                self.names(window.calendars, true),
                days.join(", "),
                window.start,
                window.hours * 3600
            )
            .expect("a text can be written to");
        }
        text.push_str("components:\n");
        for component in self.components.iter().flatten() {
            writeln!(
                text,
                "  - {{name: {}, enabled: {}, windows: [{}], calendars: [{}]}}",
                component.name,
                component.enabled,
                self.names(component.windows, false),
                self.names(component.calendars, true)
            )
            .expect("a text can be written to");
        }
        if self.components.iter().all(Option::is_none) {
            text = text.replace("components:\n", "components: []\n");
        }
        text
    }

    fn names(&self, bits: u32, is_calendar: bool) -> String {
        let names: Vec<&String> = match is_calendar {
            true => self.calendars.iter().map(|calendar| &calendar.name).collect(),
            false => self.windows.iter().map(|window| &window.name).collect(),
        };
        let linked = names
            .into_iter()
            .enumerate()
            .filter(|(index, _)| bits >> index & 1 == 1);
        linked.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// Renames a window or calendar as the admin does: its row, and an entry of its own alone.
fn rename(database: &Database, seconds: i64, (table, kind, old, new): &(&str, &str, String, String)) {
    let id = database.number(&format!("SELECT id AS value FROM {table} WHERE name = '{old}'"));
    let newest = format!(
        "SELECT after AS value FROM log_entry WHERE content_type = '{kind}' AND object_id = {id} ORDER BY id DESC LIMIT 1"
    );
    let before = database.texts(&newest).remove(0);
    let after = before.replace(&format!("\"name\":\"{old}\""), &format!("\"name\":\"{new}\""));
    assert_ne!(before, after, "the state has the name");
    database.execute(&format!(
        "UPDATE {table} SET name = '{new}', name_key = NULL, version = version + 1 WHERE id = {id};
         INSERT INTO log_entry (action_time, actor, action, content_type, object_id, object_repr, object_version, before, after)
         VALUES ('{}', 'test', 'change', '{kind}', {id}, '{new}', 99, '{before}', '{after}')",
        instant(seconds)
    ));
}

/// The coverage of each enabled component, as it is stored.
fn stored(database: &Database) -> BTreeMap<i64, Arc<Coverage>> {
    let hours = StoredHours::all(&mut database.connect()).expect("the database answers");
    let mut book = HoursBook::new(&hours);
    let enabled = hours.components.iter().filter(|component| component.enabled);
    enabled
        .map(|component| (component.id, book.coverage(&component.key).expect("it can be read")))
        .collect()
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = (1_i64..3 * DAY, 0_u8..9, 0_usize..3, 0_u32..10_000).prop_map(|(after, what, which, how)| Edit {
        // Several edits in one second now and then.
        after: if after % 7 == 0 { 0 } else { after },
        what,
        which,
        how,
    });
    vec(edit, 1..12)
}

fn what_was_promised_is_what_was_stored_then(database: &Database) {
    let config = ProptestConfig {
        cases: 16,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(17),
        max_shrink_iters: 20,
        ..ProptestConfig::default()
    };
    // Each case has a month of its own, after those of the cases before.
    let month = Cell::new(0);
    let outcome = TestRunner::new(config).run(&edits(), |edits| {
        month.set(month.get() + 1);
        check(database, month.get(), &edits)
    });
    outcome.expect("the property holds");
}

fn check(database: &Database, number: i64, edits: &[Edit]) -> Result<(), TestCaseError> {
    let begin = 1_767_225_600 + number * 40 * DAY;
    let month = instant(begin + 3 * DAY).format("%Y-%m").to_string();
    let mut model = Model::new();
    let mut now = begin;
    apply_at(database, now, &model.document(&month));
    let mut record = vec![(now, stored(database))];
    for edit in edits {
        now += edit.after;
        match model.edit(*edit) {
            Some(renamed) => {
                let taken = format!(
                    "SELECT count(*) AS value FROM {} WHERE name = '{}'",
                    renamed.0, renamed.3
                );
                if database.number(&taken) == 0 {
                    rename(database, now, &renamed);
                } else {
                    return Ok(());
                }
            }
            None => apply_at(database, now, &model.document(&month)),
        }
        record.push((now, stored(database)));
    }
    let end = now + 3 * DAY;
    let middle = begin + (end - begin) / 2;
    for (from, to) in [(begin, end), (middle, end), (begin + DAY / 2, middle)] {
        let time = promised(database, (from, to), Definitions::Then);
        prop_assert_eq!(&time.notes, &Vec::<String>::new());
        let mut expected: BTreeMap<i64, Vec<_>> = BTreeMap::new();
        for (index, (since, coverages)) in record.iter().enumerate() {
            let until = record.get(index + 1).map_or(end, |(until, _)| *until);
            for (id, coverage) in coverages {
                let spans = coverage.spans(from.max(*since), to.min(until));
                expected.entry(*id).or_default().extend(spans);
            }
        }
        let expected: BTreeMap<i64, Vec<_>> = expected.into_iter().map(|(id, spans)| (id, merge(spans))).collect();
        for (id, spans) in &expected {
            let found = time.components.iter().find(|component| component.id == *id);
            let found = found.map(|component| hours(component, from, to)).unwrap_or_default();
            prop_assert_eq!(&found, spans, "component {} in {}..{}", id, from, to);
        }
        for component in &time.components {
            if !expected.contains_key(&component.id) {
                prop_assert_eq!(
                    hours(component, from, to),
                    vec![],
                    "component {} was not there",
                    component.id
                );
            }
        }
    }
    Ok(())
}
