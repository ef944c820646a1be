//! The whole of it as values: what `export` writes, what `apply` compares a file with, and the states that the audit trail keeps.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use serde_json::{Map, Value, json};

use crate::apps::sla::grouped::grouped;
use crate::apps::sla::rule::{Effect, RuleDefinition, RuleRow};
use crate::apps::sla::{calendar, component, label, window};
use crate::db::{Conn, Result};
use crate::zones::{self, Zone};

/// A label.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelState {
    /// The label's name, as in Prometheus.
    pub name: String,
    /// Its value.
    pub value: String,
    /// For people.
    pub description: String,
}

/// A calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarState {
    /// Unique name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The zone of its rules; none: each user's own.
    pub timezone: Option<Zone>,
    /// Whether it excludes anything.
    pub enabled: bool,
    /// What it excludes.
    pub rules: Vec<RuleDefinition>,
}

/// An SLA window.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowState {
    /// Unique name.
    pub name: String,
    /// For people.
    pub description: String,
    /// The zone of its rules.
    pub timezone: Zone,
    /// First start date.
    pub valid_from: Option<NaiveDate>,
    /// Last start date.
    pub valid_until: Option<NaiveDate>,
    /// Whether it grants anything.
    pub enabled: bool,
    /// Names of the calendars that exclude time from it, sorted.
    pub calendars: Vec<String>,
    /// What it includes.
    pub rules: Vec<RuleDefinition>,
    /// What it excludes.
    pub excludes: Vec<RuleDefinition>,
}

/// A component.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentState {
    /// Unique name; the value of the label `component`.
    pub name: String,
    /// For people.
    pub display_name: String,
    /// For people.
    pub description: String,
    /// Whether there are metrics of it.
    pub enabled: bool,
    /// Promised share in thousandths of a percent.
    pub slo_millipercent: Option<i32>,
    /// Label values by name.
    pub labels: BTreeMap<String, String>,
    /// Names of its windows, sorted.
    pub windows: Vec<String>,
    /// Names of the calendars that exclude time from all its windows, sorted.
    pub calendars: Vec<String>,
}

/// A state as the database has it.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    /// The row's key.
    pub id: i64,
    /// The object's version.
    pub version: i64,
    /// What could be read.
    pub state: T,
    /// Why something could not be read, as after an edit by hand; that part is missing in `state`.
    pub unreadable: Option<String>,
}

/// Everything in the database.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Labels, by name and value.
    pub labels: Vec<Stored<LabelState>>,
    /// Calendars, in order of age.
    pub calendars: Vec<Stored<CalendarState>>,
    /// Windows, in order of age.
    pub windows: Vec<Stored<WindowState>>,
    /// Components, in order of age.
    pub components: Vec<Stored<ComponentState>>,
}

/// A kind of object that files describe: its state as an object of the file form, and how people call it.
pub trait State: Clone + PartialEq {
    /// The model, for messages: `component`.
    const MODEL: &'static str;
    /// Returns how people call this object.
    fn title(&self) -> String;
    /// Returns the state as files write it, every property included.
    fn to_json(&self) -> Map<String, Value>;
}

impl State for LabelState {
    const MODEL: &'static str = "label";

    fn title(&self) -> String {
        format!("{}={}", self.name, self.value)
    }

    fn to_json(&self) -> Map<String, Value> {
        object([
            ("name", json!(self.name)),
            ("value", json!(self.value)),
            ("description", json!(self.description)),
        ])
    }
}

impl State for CalendarState {
    const MODEL: &'static str = "calendar";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn to_json(&self) -> Map<String, Value> {
        object([
            ("name", json!(self.name)),
            ("description", json!(self.description)),
            ("timezone", json!(self.timezone.map(Zone::name))),
            ("enabled", json!(self.enabled)),
            ("rules", rules_json(&self.rules)),
        ])
    }
}

impl State for WindowState {
    const MODEL: &'static str = "window";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn to_json(&self) -> Map<String, Value> {
        object([
            ("name", json!(self.name)),
            ("description", json!(self.description)),
            ("timezone", json!(self.timezone.name())),
            ("valid_from", json!(self.valid_from.map(|date| date.to_string()))),
            ("valid_until", json!(self.valid_until.map(|date| date.to_string()))),
            ("enabled", json!(self.enabled)),
            ("calendars", json!(self.calendars)),
            ("rules", rules_json(&self.rules)),
            ("excludes", rules_json(&self.excludes)),
        ])
    }
}

impl State for ComponentState {
    const MODEL: &'static str = "component";

    fn title(&self) -> String {
        self.name.clone()
    }

    fn to_json(&self) -> Map<String, Value> {
        object([
            ("name", json!(self.name)),
            ("display_name", json!(self.display_name)),
            ("description", json!(self.description)),
            ("enabled", json!(self.enabled)),
            ("slo", json!(self.slo_millipercent.map(|slo| f64::from(slo) / 1000.0))),
            ("labels", json!(self.labels)),
            ("windows", json!(self.windows)),
            ("calendars", json!(self.calendars)),
        ])
    }
}

fn object<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn rules_json(rules: &[RuleDefinition]) -> Value {
    rules.iter().map(RuleDefinition::to_json).collect()
}

impl Inventory {
    /// Reads everything. Call it in one transaction.
    ///
    /// # Errors
    /// Those of the database; a row that cannot be understood is told in [`Stored::unreadable`].
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let labels = label::store::all(conn)?.into_iter().map(stored_label).collect();
        let calendars = calendars(conn, None)?;
        let calendar_names: HashMap<i64, String> = calendars
            .iter()
            .map(|calendar| (calendar.id, calendar.state.name.clone()))
            .collect();
        let windows = windows(conn, None, &calendar_names)?;
        let window_names: HashMap<i64, String> = windows
            .iter()
            .map(|window| (window.id, window.state.name.clone()))
            .collect();
        let components = components(conn, None, &window_names, &calendar_names)?;
        Ok(Self {
            labels,
            calendars,
            windows,
            components,
        })
    }

    /// Returns the first thing that could not be read, in words for people.
    #[must_use]
    pub fn unreadable(&self) -> Option<String> {
        let calendars = self
            .calendars
            .iter()
            .filter_map(|calendar| told("calendar", &calendar.state.name, calendar.unreadable.as_ref()));
        let windows = self
            .windows
            .iter()
            .filter_map(|window| told("window", &window.state.name, window.unreadable.as_ref()));
        calendars.chain(windows).next()
    }

    /// Returns how many objects there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() + self.calendars.len() + self.windows.len() + self.components.len()
    }

    /// Returns whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn told(model: &str, name: &str, unreadable: Option<&String>) -> Option<String> {
    unreadable.map(|reason| format!("{model} `{name}` in the database cannot be read: {reason}"))
}

fn stored_label(row: label::model::LabelRow) -> Stored<LabelState> {
    let state = LabelState {
        name: row.name,
        value: row.value,
        description: row.description,
    };
    Stored {
        id: row.id,
        version: row.version,
        state,
        unreadable: None,
    }
}

/// Returns the calendars of these keys; all without keys.
pub fn calendars(conn: &mut Conn, ids: Option<&[i64]>) -> Result<Vec<Stored<CalendarState>>> {
    let (rows, rules) = match ids {
        Some(ids) => (
            calendar::store::by_ids(conn, ids)?,
            calendar::store::rules_of(conn, ids)?,
        ),
        None => (calendar::store::all(conn)?, calendar::store::all_rules(conn)?),
    };
    let mut rules = grouped(rules.into_iter().map(|rule| (rule.calendar_id, rule)));
    let read = |row: calendar::model::CalendarRow| {
        let mut unreadable = None;
        let (_, rules) = read_rules(&rules.remove(&Some(row.id)).unwrap_or_default(), &mut unreadable);
        let timezone = row
            .timezone
            .as_deref()
            .and_then(|name| noted(zones::parse(name).map_err(|error| error.to_string()), &mut unreadable));
        let state = CalendarState {
            name: row.name,
            description: row.description,
            timezone,
            enabled: row.enabled,
            rules,
        };
        Stored {
            id: row.id,
            version: row.version,
            state,
            unreadable,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Returns the windows of these keys; all without keys.
pub fn windows(
    conn: &mut Conn,
    ids: Option<&[i64]>,
    calendar_names: &HashMap<i64, String>,
) -> Result<Vec<Stored<WindowState>>> {
    let (rows, rules, links) = match ids {
        Some(ids) => (
            window::store::by_ids(conn, ids)?,
            window::store::rules_of(conn, ids)?,
            window::store::calendars_of(conn, ids)?,
        ),
        None => (
            window::store::all(conn)?,
            window::store::all_rules(conn)?,
            window::store::all_calendars(conn)?,
        ),
    };
    let mut rules = grouped(rules.into_iter().map(|rule| (rule.window_id, rule)));
    let mut calendars = grouped(links.into_iter());
    let read = |row: window::model::WindowRow| {
        let mut unreadable = None;
        let (rules, excludes) = read_rules(&rules.remove(&Some(row.id)).unwrap_or_default(), &mut unreadable);
        let timezone = noted(
            zones::parse(&row.timezone).map_err(|error| error.to_string()),
            &mut unreadable,
        )
        .unwrap_or_else(Zone::utc);
        let state = WindowState {
            name: row.name,
            description: row.description,
            timezone,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            enabled: row.enabled,
            calendars: names(calendars.remove(&row.id), calendar_names),
            rules,
            excludes,
        };
        Stored {
            id: row.id,
            version: row.version,
            state,
            unreadable,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Returns the components of these keys; all without keys.
pub fn components(
    conn: &mut Conn,
    ids: Option<&[i64]>,
    window_names: &HashMap<i64, String>,
    calendar_names: &HashMap<i64, String>,
) -> Result<Vec<Stored<ComponentState>>> {
    use component::store;
    let (rows, labels, windows, calendars) = match ids {
        Some(ids) => (
            store::by_ids(conn, ids)?,
            store::labels_of(conn, ids)?,
            store::windows_of(conn, ids)?,
            store::calendars_of(conn, ids)?,
        ),
        None => (
            store::after(conn, i64::MIN, i64::MAX)?,
            store::labels_between(conn, i64::MIN, i64::MAX)?,
            store::windows_between(conn, i64::MIN, i64::MAX)?,
            store::calendars_between(conn, i64::MIN, i64::MAX)?,
        ),
    };
    let mut labels = grouped(labels.into_iter().map(|(id, name, value)| (id, (name, value))));
    let mut windows = grouped(windows.into_iter());
    let mut calendars = grouped(calendars.into_iter());
    let read = |row: component::model::ComponentRow| {
        let state = ComponentState {
            name: row.name,
            display_name: row.display_name,
            description: row.description,
            enabled: row.enabled,
            slo_millipercent: row.slo_millipercent,
            labels: labels.remove(&row.id).unwrap_or_default().into_iter().collect(),
            windows: names(windows.remove(&row.id), window_names),
            calendars: names(calendars.remove(&row.id), calendar_names),
        };
        Stored {
            id: row.id,
            version: row.version,
            state,
            unreadable: None,
        }
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Returns names by key of all windows and of all calendars.
pub fn all_names(conn: &mut Conn) -> Result<(HashMap<i64, String>, HashMap<i64, String>)> {
    Ok((
        window::store::names(conn)?.into_iter().collect(),
        calendar::store::names(conn)?.into_iter().collect(),
    ))
}

/// Returns the names behind keys, sorted; a key without a row (foreign keys were off when it was deleted) is passed over.
fn names(ids: Option<Vec<i64>>, by_id: &HashMap<i64, String>) -> Vec<String> {
    let mut names: Vec<String> = ids
        .unwrap_or_default()
        .iter()
        .filter_map(|id| by_id.get(id).cloned())
        .collect();
    names.sort();
    names
}

/// Includes and excludes among `rows`; the first that cannot be read is noted.
fn read_rules(rows: &[RuleRow], unreadable: &mut Option<String>) -> (Vec<RuleDefinition>, Vec<RuleDefinition>) {
    let (mut includes, mut excludes) = (Vec::new(), Vec::new());
    for row in rows {
        let read = row
            .read()
            .map_err(|error| format!("rule {}: {error}", row.position + 1));
        if let Some(definition) = noted(read, unreadable) {
            match row.effect() {
                Effect::Include => includes.push(definition),
                Effect::Exclude => excludes.push(definition),
            }
        }
    }
    (includes, excludes)
}

fn noted<T>(read: std::result::Result<T, String>, unreadable: &mut Option<String>) -> Option<T> {
    read.map_err(|reason| unreadable.get_or_insert(reason)).ok()
}
