//! Components in files.

use std::collections::BTreeMap;

use crate::apps::sla::declarative::document::draft::{
    LABELS_MAX, Place, Reference, Written, area, boolean, display_name, label_value, name, nullable, place, references,
};
use crate::apps::sla::declarative::document::node::{At, ReadError};
use crate::metrics::format::names::check_label_name;

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
