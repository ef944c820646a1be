//! Drafts: what a file says about each object. A property that the file leaves out is `None` and stays as it is.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;

use super::node::{At, Node, ReadError};
use super::rule::rules;
use super::{json, section, yaml};
use crate::apps::sla::declarative::inventory::{CalendarState, WindowState};
use crate::apps::sla::rule::RuleDefinition;
use crate::calculus::civil;
use crate::metrics::format::names::check_label_name;
use crate::zones::{self, Zone};

/// The longest text of any description or display name, in characters.
pub const TEXT_LENGTH_MAX: usize = 10_000;
/// The longest name of a window or calendar, in characters.
pub const NAME_LENGTH_MAX: usize = 200;
/// The most labels on a component.
pub const LABELS_MAX: usize = 30;
/// The most windows of a component, and the most calendars of a component or window.
pub const LINKS_MAX: usize = 50;

/// The keys of a label.
pub const LABEL_KEYS: [&str; 3] = ["name", "value", "description"];
/// The keys of a calendar.
pub const CALENDAR_KEYS: [&str; 5] = ["name", "description", "timezone", "enabled", "rules"];
/// The keys of a window.
pub const WINDOW_KEYS: [&str; 9] = [
    "name",
    "description",
    "timezone",
    "valid_from",
    "valid_until",
    "enabled",
    "calendars",
    "rules",
    "excludes",
];
/// The keys of a component.
pub const COMPONENT_KEYS: [&str; 8] = [
    "name",
    "display_name",
    "description",
    "enabled",
    "slo",
    "labels",
    "windows",
    "calendars",
];

/// Where a draft stands in its file, to tell it later.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The path.
    pub path: String,
}

impl Place {
    /// Returns an error at this place.
    #[must_use]
    pub fn error(&self, message: String) -> ReadError {
        ReadError {
            line: self.line,
            path: self.path.clone(),
            message,
        }
    }

    /// Returns an error at a property of the object at this place.
    #[must_use]
    pub fn error_at(&self, property: &str, line: usize, message: String) -> ReadError {
        let path = if self.path.is_empty() {
            property.to_owned()
        } else {
            format!("{}.{property}", self.path)
        };
        ReadError { line, path, message }
    }
}

/// A text of one line as the file has it, and where. What it becomes depends on what is stored: [`crate::text::settle_line`].
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The text.
    pub text: String,
    /// The line of the file.
    pub line: usize,
}

/// A reference by name, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name.
    pub name: String,
    /// Where.
    pub place: Place,
}

/// A label of the `labels` list.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct LabelDraft {
    pub place: Place,
    pub name: String,
    pub value: Written,
    pub description: Option<String>,
}

/// A calendar.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct CalendarDraft {
    pub place: Place,
    pub name: Written,
    pub description: Option<String>,
    pub timezone: Option<Option<Zone>>,
    pub enabled: Option<bool>,
    pub rules: Option<Vec<RuleDefinition>>,
}

/// A window.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct WindowDraft {
    pub place: Place,
    pub name: Written,
    pub description: Option<String>,
    pub timezone: Option<Zone>,
    pub valid_from: Option<Option<NaiveDate>>,
    pub valid_until: Option<Option<NaiveDate>>,
    pub enabled: Option<bool>,
    pub calendars: Option<Vec<Reference>>,
    pub rules: Option<Vec<RuleDefinition>>,
    pub excludes: Option<Vec<RuleDefinition>>,
}

/// A component.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct ComponentDraft {
    pub place: Place,
    pub name: Written,
    pub display_name: Option<Written>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
    pub slo_millipercent: Option<Option<i32>>,
    pub labels: Option<BTreeMap<String, Written>>,
    pub windows: Option<Vec<Reference>>,
    pub calendars: Option<Vec<Reference>>,
}

/// A whole file.
#[derive(Clone, Debug, Default)]
#[expect(missing_docs, reason = "the fields are the keys of the file form")]
pub struct Document {
    pub labels: Vec<LabelDraft>,
    pub calendars: Vec<CalendarDraft>,
    pub windows: Vec<WindowDraft>,
    pub components: Vec<ComponentDraft>,
    /// Whether the file is a list of objects of one kind, which does not speak of the others.
    pub is_list: bool,
}

/// Reads a file's text, as JSON if it starts with a brace or a bracket and as YAML otherwise. A list of objects of one kind, as the
/// admin exports them, is read as the section of its kind.
///
/// # Errors
/// The first thing that is refused, with its line and path.
pub fn document(text: &str) -> Result<Document, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = if text.trim_start().starts_with(['{', '[']) {
        json_or_flow(text)?
    } else {
        yaml::parse(text)?
    };
    let (node, is_list) = section::wrapped(node)?;
    Ok(Document {
        is_list,
        ..read(&node)?
    })
}

/// YAML's flow form starts with these as well; what JSON refuses and YAML takes is YAML.
fn json_or_flow(text: &str) -> Result<Node, ReadError> {
    json::parse(text).or_else(|error| yaml::parse(text).map_err(|_| error))
}

fn read(node: &Node) -> Result<Document, ReadError> {
    let root = At::root(node);
    let Some(root) = root.not_null() else {
        return Ok(Document::default());
    };
    root.expect_keys(&["labels", "calendars", "windows", "components"])?;
    Ok(Document {
        labels: list(&root, "labels", label)?,
        calendars: list(&root, "calendars", calendar)?,
        windows: list(&root, "windows", window)?,
        components: list(&root, "components", component)?,
        is_list: false,
    })
}

fn list<T>(root: &At<'_>, key: &str, read: impl Fn(&At<'_>) -> Result<T, ReadError>) -> Result<Vec<T>, ReadError> {
    match root.get(key).and_then(At::not_null) {
        Some(at) => at.items()?.map(|at| read(&at)).collect(),
        None => Ok(Vec::new()),
    }
}

fn place(at: &At<'_>) -> Place {
    Place {
        line: at.line(),
        path: at.path(),
    }
}

/// Returns what a file says about a label.
///
/// # Errors
/// The first thing that is refused.
pub fn label(at: &At<'_>) -> Result<LabelDraft, ReadError> {
    at.expect_keys(&LABEL_KEYS)?;
    Ok(LabelDraft {
        place: place(at),
        name: at
            .required("name")?
            .parsed(|name| check_label_name(name).map(|()| name.to_owned()))?,
        value: label_value(&at.required("value")?)?,
        description: area(at, "description")?,
    })
}

/// Returns what a file says about a calendar.
///
/// # Errors
/// The first thing that is refused.
pub fn calendar(at: &At<'_>) -> Result<CalendarDraft, ReadError> {
    at.expect_keys(&CALENDAR_KEYS)?;
    Ok(CalendarDraft {
        place: place(at),
        name: name(at)?,
        description: area(at, "description")?,
        timezone: nullable(at, "timezone", |at| at.parsed(zones::parse))?,
        enabled: boolean(at, "enabled")?,
        rules: at.get("rules").map(|at| rules(&at)).transpose()?,
    })
}

/// Returns what a file says about a window.
///
/// # Errors
/// The first thing that is refused.
pub fn window(at: &At<'_>) -> Result<WindowDraft, ReadError> {
    at.expect_keys(&WINDOW_KEYS)?;
    Ok(WindowDraft {
        place: place(at),
        name: name(at)?,
        description: area(at, "description")?,
        timezone: at.get("timezone").map(|at| at.parsed(zones::parse)).transpose()?,
        valid_from: nullable(at, "valid_from", |at| at.parsed(civil::parse_date))?,
        valid_until: nullable(at, "valid_until", |at| at.parsed(civil::parse_date))?,
        enabled: boolean(at, "enabled")?,
        calendars: references(at, "calendars")?,
        rules: at.get("rules").map(|at| rules(&at)).transpose()?,
        excludes: at.get("excludes").map(|at| rules(&at)).transpose()?,
    })
}

/// Returns what a file says about a component.
///
/// # Errors
/// The first thing that is refused.
pub fn component(at: &At<'_>) -> Result<ComponentDraft, ReadError> {
    at.expect_keys(&COMPONENT_KEYS)?;
    Ok(ComponentDraft {
        place: place(at),
        name: name(at)?,
        display_name: at.get("display_name").map(|at| display_name(&at)).transpose()?,
        description: area(at, "description")?,
        enabled: boolean(at, "enabled")?,
        slo_millipercent: nullable(at, "slo", |at| at.parsed(slo_millipercent))?,
        labels: at.get("labels").map(|at| labels(&at)).transpose()?,
        windows: references(at, "windows")?,
        calendars: references(at, "calendars")?,
    })
}

/// Percent with at most three decimals, 0–100, as thousandths of a percent: read digit by digit, so that nothing is rounded.
///
/// # Errors
/// A message for people.
pub fn slo_millipercent(text: &str) -> Result<i32, String> {
    let refused = || format!("`{text}` is no percentage; give 0 to 100 with at most three decimals, e.g. 99.9");
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits =
        |part: &str, length_max: usize| part.len() <= length_max && part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole, 3) || !digits(decimals.trim_end_matches('0'), 3) || text.ends_with('.') {
        return Err(refused());
    }
    let decimals = format!("{:0<3}", decimals.trim_end_matches('0'));
    let value: i32 = format!("{whole}{decimals}").parse().map_err(|_| refused())?;
    if value <= 100_000 { Ok(value) } else { Err(refused()) }
}

/// Returns the name of an object. Names that are stored may hold what a new one may not, so the rest is checked when it is known what is
/// stored.
fn name(at: &At<'_>) -> Result<Written, ReadError> {
    let at = at.required("name")?;
    let text = at.parsed(|name| match name.trim().chars().count() {
        0 => Err("Enter a name: it must not be empty.".to_owned()),
        _ => storable(name, TEXT_LENGTH_MAX),
    })?;
    Ok(Written { text, line: at.line() })
}

fn label_value(at: &At<'_>) -> Result<Written, ReadError> {
    let text = at.parsed(|value| match value.chars().count() {
        0 => Err("Enter a label value: it must not be empty.".to_owned()),
        _ => storable(value, TEXT_LENGTH_MAX),
    })?;
    Ok(Written { text, line: at.line() })
}

/// Returns a display name; null empties it.
fn display_name(at: &At<'_>) -> Result<Written, ReadError> {
    let text = match at.not_null() {
        Some(at) => at.parsed(|text| storable(text, TEXT_LENGTH_MAX))?,
        None => String::new(),
    };
    Ok(Written { text, line: at.line() })
}

/// Returns a text of several lines; null empties it.
fn area(at: &At<'_>, key: &str) -> Result<Option<String>, ReadError> {
    let Some(at) = at.get(key) else { return Ok(None) };
    let Some(at) = at.not_null() else {
        return Ok(Some(String::new()));
    };
    at.parsed(|text| storable(text, TEXT_LENGTH_MAX)).map(Some)
}

/// Returns what both databases can keep: PostgreSQL takes no NUL.
fn storable(text: &str, length_max: usize) -> Result<String, String> {
    match text.chars().count() {
        _ if text.contains('\0') => Err("a text holds no NUL character".to_owned()),
        length if length > length_max => Err(format!("a text has at most {length_max} characters, not {length}")),
        _ => Ok(text.to_owned()),
    }
}

fn boolean(at: &At<'_>, key: &str) -> Result<Option<bool>, ReadError> {
    at.get(key).map(|at| at.boolean()).transpose()
}

/// Returns a property that null clears.
fn nullable<T>(
    at: &At<'_>,
    key: &str,
    read: impl FnOnce(At<'_>) -> Result<T, ReadError>,
) -> Result<Option<Option<T>>, ReadError> {
    at.get(key).map(|at| at.not_null().map(read).transpose()).transpose()
}

/// Returns a list of names; null empties it. A name that stands twice counts once.
fn references(at: &At<'_>, key: &str) -> Result<Option<Vec<Reference>>, ReadError> {
    let Some(at) = at.get(key) else { return Ok(None) };
    let Some(at) = at.not_null() else {
        return Ok(Some(Vec::new()));
    };
    let mut references: Vec<Reference> = Vec::new();
    let mut seen = HashSet::new();
    for item in at.items()? {
        let name = item.text()?;
        if seen.insert(name) && seen.len() <= LINKS_MAX {
            references.push(Reference {
                name: name.to_owned(),
                place: place(&item),
            });
        }
    }
    if seen.len() > LINKS_MAX {
        return Err(at.error(format!("{} names are too many; the limit is {LINKS_MAX}", seen.len())));
    }
    Ok(Some(references))
}

fn labels(at: &At<'_>) -> Result<BTreeMap<String, Written>, ReadError> {
    let Some(at) = at.not_null() else {
        return Ok(BTreeMap::new());
    };
    let count = at.entries()?.count();
    if count > LABELS_MAX {
        return Err(at.error(format!("{count} labels are too many; the limit is {LABELS_MAX}")));
    }
    let mut labels = BTreeMap::new();
    for (name, value) in at.entries()? {
        check_label_name(name).map_err(|error| value.error(error))?;
        labels.insert(name.to_owned(), label_value(&value)?);
    }
    Ok(labels)
}

/// Returns the state of a window that the audit trail kept: the file form with every property.
///
/// # Errors
/// What cannot be read any more.
pub fn window_state(state: &serde_json::Value) -> Result<WindowState, ReadError> {
    let node = json::parse(&state.to_string())?;
    let draft = window(&At::root(&node))?;
    let timezone = draft
        .timezone
        .ok_or_else(|| draft.place.error("`timezone` is missing".to_owned()))?;
    Ok(WindowState {
        name: draft.name.text,
        description: draft.description.unwrap_or_default(),
        timezone,
        valid_from: draft.valid_from.flatten(),
        valid_until: draft.valid_until.flatten(),
        enabled: draft.enabled.unwrap_or(true),
        calendars: draft
            .calendars
            .unwrap_or_default()
            .into_iter()
            .map(|reference| reference.name)
            .collect(),
        rules: draft.rules.unwrap_or_default(),
        excludes: draft.excludes.unwrap_or_default(),
    })
}

/// Returns the state of a calendar that the audit trail kept.
///
/// # Errors
/// What cannot be read any more.
pub fn calendar_state(state: &serde_json::Value) -> Result<CalendarState, ReadError> {
    let node = json::parse(&state.to_string())?;
    let draft = calendar(&At::root(&node))?;
    Ok(CalendarState {
        name: draft.name.text,
        description: draft.description.unwrap_or_default(),
        timezone: draft.timezone.flatten(),
        enabled: draft.enabled.unwrap_or(true),
        rules: draft.rules.unwrap_or_default(),
    })
}
