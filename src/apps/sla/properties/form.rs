//! States as forms, and forms as states.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::json;
use super::table::{LABELS_MAX, LINKS_MAX, LinkTarget, ObjectState, Property, PropertyKind};
use super::text::{TEXT_LENGTH_MAX, decimal, instant, instant_text, millipercent, whole_number};
use crate::admin::input::FormInput;
use crate::admin::model::{FormValues, NotRestored, Object};
use crate::auth::Model;
use crate::calculus::civil;
use crate::db::{self, Conn};
use crate::text;
use crate::zones::{self, Zone};

/// What forms or states name of what objects of a model can be linked to: read once for one, or for ten thousand.
pub struct LinkOptions(Vec<(Model, NamesAndKeys)>);

/// The names and keys of objects of a model.
#[derive(Default)]
struct NamesAndKeys {
    names: HashMap<i64, String>,
    keys: HashMap<String, i64>,
}

/// Returns what the form of a new object says: its boxes that are ticked, its choices and numbers.
#[must_use]
pub fn blank<S: ObjectState>() -> Object {
    let blank = S::blank();
    let flags = S::PROPERTIES.iter().filter_map(|property| match &property.kind {
        PropertyKind::Flag(lens) => Some((property.name.to_owned(), ticked(*lens.of(&blank)))),
        PropertyKind::Choice(lens) => Some((property.name.to_owned(), vec![(lens.get)(&blank).to_owned()])),
        PropertyKind::Number(lens, _) => Some((property.name.to_owned(), vec![lens.of(&blank).to_string()])),
        _ => None,
    });
    Object {
        values: flags.collect(),
        ..Object::default()
    }
}

/// Returns the form of a state that the audit log kept, and what of it cannot be had again; nothing if it cannot be read.
///
/// # Errors
/// Those of [`db`].
pub fn restored<S: ObjectState>(conn: &mut Conn, kept: &Map<String, Value>) -> db::Result<Option<Object>> {
    let Ok(state) = json::read::<S>(kept) else {
        return Ok(None);
    };
    let options = LinkOptions::of(conn, &[&state])?;
    Ok(Some(Object {
        missing: options.missing(&state),
        ..options.object(&state)
    }))
}

/// Returns how people call a label.
#[must_use]
pub fn label_title(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

fn ticked(flag: bool) -> Vec<String> {
    if flag { vec!["on".to_owned()] } else { Vec::new() }
}

impl LinkOptions {
    /// Reads what forms name by its key.
    ///
    /// # Errors
    /// Those of [`db`].
    pub fn posted<'i, 'v: 'i, S: ObjectState>(conn: &mut Conn, forms: &[&'i FormInput<'v>]) -> db::Result<Self> {
        Self::found(S::PROPERTIES, |property, target| {
            let values = forms.iter().flat_map(|form| form.many(property.name));
            let keys: BTreeSet<i64> = values.filter_map(|value| value.trim().parse().ok()).collect();
            let keys: Vec<i64> = keys.into_iter().collect();
            (target.by_keys)(conn, &keys)
        })
    }

    /// Reads what states are linked to.
    ///
    /// # Errors
    /// Those of [`db`].
    pub fn of<S: ObjectState>(conn: &mut Conn, states: &[&S]) -> db::Result<Self> {
        Self::found(S::PROPERTIES, |property, target| {
            let names: BTreeSet<String> = states.iter().flat_map(|state| property.linked(state)).collect();
            let names: Vec<String> = names.into_iter().collect();
            (target.by_names)(conn, &names)
        })
    }

    /// Collects what `find` finds for each property that has links.
    fn found<S: ObjectState>(
        properties: &'static [Property<S>],
        mut find: impl FnMut(&'static Property<S>, &'static LinkTarget) -> db::Result<Vec<(i64, String)>>,
    ) -> db::Result<Self> {
        let mut options: Vec<(Model, NamesAndKeys)> = Vec::new();
        for property in properties {
            let Some(target) = property.target() else { continue };
            let found = find(property, target)?;
            let place = options.iter().position(|(model, _)| *model == target.model);
            let place = place.unwrap_or_else(|| {
                options.push((target.model, NamesAndKeys::default()));
                options.len() - 1
            });
            for (id, name) in found {
                let (_, known) = &mut options[place];
                known.keys.insert(name.clone(), id);
                known.names.insert(id, name);
            }
        }
        Ok(Self(options))
    }

    fn of_target(&self, target: &LinkTarget) -> &NamesAndKeys {
        static NOTHING: std::sync::LazyLock<NamesAndKeys> = std::sync::LazyLock::new(NamesAndKeys::default);
        let found = self.0.iter().find(|(model, _)| *model == target.model);
        found.map_or(&NOTHING, |(_, options)| options)
    }

    /// Returns the names that were read of a model.
    #[must_use]
    pub fn names(&self, target: &LinkTarget) -> Vec<String> {
        self.of_target(target).names.values().cloned().collect()
    }

    /// Returns the form of a state, rules aside; links that no longer exist are left out.
    #[must_use]
    pub fn object<S: ObjectState>(&self, state: &S) -> Object {
        let value = |property: &Property<S>| Some((property.name.to_owned(), self.value(property, state)?));
        Object {
            title: state.title(),
            values: S::PROPERTIES.iter().filter_map(value).collect::<FormValues>(),
            ..Object::default()
        }
    }

    fn value<S>(&self, property: &Property<S>, state: &S) -> Option<Vec<String>> {
        Some(match &property.kind {
            PropertyKind::Name(lens, _)
            | PropertyKind::Line(lens)
            | PropertyKind::Checked(lens, _)
            | PropertyKind::Text(lens) => {
                vec![lens.of(state).clone()]
            }
            PropertyKind::Choice(lens) => vec![(lens.get)(state).to_owned()],
            PropertyKind::Number(lens, _) => vec![lens.of(state).to_string()],
            PropertyKind::Decimal(lens) => vec![lens.of(state).map(|number| number.to_string()).unwrap_or_default()],
            PropertyKind::Instant(lens) => vec![instant_text(*lens.of(state))],
            PropertyKind::Flag(lens) => ticked(*lens.of(state)),
            PropertyKind::Percent(lens) => {
                let share = lens.of(state).map(|share| (f64::from(share) / 1000.0).to_string());
                vec![share.unwrap_or_default()]
            }
            PropertyKind::Zone(lens) => vec![lens.of(state).name().to_owned()],
            PropertyKind::OptionalZone(lens) => vec![lens.of(state).map_or("", |zone| zone.name()).to_owned()],
            PropertyKind::Date(lens) => lens.of(state).map(|date| date.to_string()).into_iter().collect(),
            PropertyKind::Link(_, target) | PropertyKind::Links(_, target) | PropertyKind::Labels(_, target) => {
                self.keys(target, property.linked(state).iter())
            }
            PropertyKind::Rules(_) => return None,
        })
    }

    /// Returns the keys of linked objects, in their order, as a select posts them.
    fn keys<'a>(&self, target: &LinkTarget, names: impl Iterator<Item = &'a String>) -> Vec<String> {
        let keys = &self.of_target(target).keys;
        let mut keys: Vec<i64> = names.filter_map(|name| keys.get(name).copied()).collect();
        keys.sort_unstable();
        keys.iter().map(ToString::to_string).collect()
    }

    /// Returns what a state is linked to and what is not there any more under its name.
    #[must_use]
    pub fn missing<S: ObjectState>(&self, state: &S) -> Vec<NotRestored> {
        let mut missing = Vec::new();
        for property in S::PROPERTIES {
            let Some(target) = property.target() else { continue };
            let keys = &self.of_target(target).keys;
            let absent = property
                .linked(state)
                .into_iter()
                .filter(|name| !keys.contains_key(name));
            missing.extend(absent.map(|name| NotRestored::object(target.model, name)));
        }
        missing
    }

    /// Returns what a form says of what is `stored`, rules aside; what it must not say is noted in it.
    pub fn read<S: ObjectState>(&self, input: &mut FormInput<'_>, stored: Option<&S>) -> S {
        let mut state = S::blank();
        for property in S::PROPERTIES {
            self.read_property(property, input, stored, &mut state);
        }
        state
    }

    fn read_property<S: ObjectState>(
        &self,
        property: &Property<S>,
        input: &mut FormInput<'_>,
        stored: Option<&S>,
        state: &mut S,
    ) {
        let name = property.name;
        match &property.kind {
            PropertyKind::Name(lens, rule) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                let text = input.take_required(name, |text| text::updated_line(stored, text, rule.when_new));
                lens.set(state, text.unwrap_or_default());
            }
            PropertyKind::Line(lens) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                let check = |text: &str| text::check_line(text, TEXT_LENGTH_MAX);
                let text = input.take(name, |text| text::updated_line(stored, text, check));
                lens.set(state, text.unwrap_or_default());
            }
            PropertyKind::Text(lens) => {
                let stored = stored.map(|stored| lens.of(stored).as_str());
                lens.set(state, area(input, name, stored).unwrap_or_default());
            }
            PropertyKind::Flag(lens) => lens.set(state, input.flag(name)),
            PropertyKind::Percent(lens) => lens.set(state, input.take_optional(name, millipercent).flatten()),
            PropertyKind::Zone(lens) => {
                let zone = input.take(name, |zone| match zone {
                    "" => Err("This field is required: an IANA name, e.g. Europe/Berlin.".to_owned()),
                    zone => zones::parse(zone).map_err(|error| error.to_string()),
                });
                lens.set(state, zone.unwrap_or_else(Zone::utc));
            }
            PropertyKind::OptionalZone(lens) => lens.set(state, input.take_optional(name, zones::parse).flatten()),
            PropertyKind::Date(lens) => lens.set(state, input.take_optional(name, civil::parse_date).flatten()),
            PropertyKind::Link(lens, target) => {
                let names = &self.of_target(target).names;
                let linked = input.take_optional(name, |key| {
                    let linked = key.parse::<i64>().ok().and_then(|id| names.get(&id));
                    linked.cloned().ok_or_else(|| no_choice(key))
                });
                lens.set(state, linked.flatten());
            }
            PropertyKind::Links(lens, target) => {
                let names = self.links(input, name, target);
                refuse_too_many(input, name, names.len(), LINKS_MAX);
                lens.set(state, names);
            }
            PropertyKind::Labels(lens, target) => {
                let labels = self.labels(input, name, target);
                refuse_too_many(input, name, labels.len(), LABELS_MAX);
                lens.set(state, labels);
            }
            PropertyKind::Checked(..)
            | PropertyKind::Choice(_)
            | PropertyKind::Number(..)
            | PropertyKind::Decimal(_)
            | PropertyKind::Instant(_) => read_value(property, input, stored, state),
            PropertyKind::Rules(_) => {}
        }
    }

    /// Returns the names behind the keys that a multiple select posted; an unknown key is an error.
    fn chosen(&self, input: &mut FormInput<'_>, field: &str, target: &LinkTarget) -> Vec<String> {
        let names = &self.of_target(target).names;
        let mut chosen = Vec::new();
        for value in input.many(field) {
            match value.parse::<i64>().ok().and_then(|id| names.get(&id)) {
                Some(name) => chosen.push(name.clone()),
                None => input.refuse(field, no_choice(value)),
            }
        }
        chosen
    }

    fn links(&self, input: &mut FormInput<'_>, field: &str, target: &LinkTarget) -> Vec<String> {
        let mut names = self.chosen(input, field, target);
        names.sort();
        names.dedup();
        names
    }

    /// Returns the labels of a form, one value of each name.
    fn labels(&self, input: &mut FormInput<'_>, field: &str, target: &LinkTarget) -> BTreeMap<String, String> {
        let mut labels: BTreeMap<String, String> = BTreeMap::new();
        for title in self.chosen(input, field, target) {
            // No name of a label holds the sign that separates it from its value.
            let (name, value) = title.split_once('=').unwrap_or((&title, ""));
            let other = labels.insert(name.to_owned(), value.to_owned());
            if let Some(other) = other.filter(|other| other != value) {
                input.refuse(
                    field,
                    format!("A component has one value of the label {name}, not {other} and {value}."),
                );
            }
        }
        labels
    }
}

/// Reads a property that is a value of its own; an empty choice or number is that of a blank object.
fn read_value<S: ObjectState>(property: &Property<S>, input: &mut FormInput<'_>, stored: Option<&S>, state: &mut S) {
    let name = property.name;
    match &property.kind {
        PropertyKind::Checked(lens, check) => {
            let stored = stored.map(|stored| lens.of(stored).as_str());
            let text = input.take(name, |text| text::updated_line(stored, text, check));
            lens.set(state, text.unwrap_or_default());
        }
        PropertyKind::Choice(_) | PropertyKind::Number(..) if input.text(name).is_empty() => {}
        PropertyKind::Choice(lens) => {
            input.take(name, |word| lens.put(state, word));
        }
        PropertyKind::Number(lens, bounds) => {
            if let Some(number) = input.take(name, |text| whole_number(text, bounds)) {
                lens.set(state, number);
            }
        }
        PropertyKind::Decimal(lens) => lens.set(state, input.take_optional(name, decimal).flatten()),
        PropertyKind::Instant(lens) => {
            let zone = input.zone();
            let at = input.take_required(name, |text| instant(text, zone));
            lens.set(state, at.unwrap_or_default());
        }
        _ => {}
    }
}

impl<S> Property<S> {
    /// Returns the names of what a state is linked to by this property.
    pub(in crate::apps::sla) fn linked(&self, state: &S) -> Vec<String> {
        match &self.kind {
            PropertyKind::Link(lens, _) => lens.of(state).iter().cloned().collect(),
            PropertyKind::Links(lens, _) => lens.of(state).clone(),
            PropertyKind::Labels(lens, _) => {
                let labels = lens.of(state).iter();
                labels.map(|(name, value)| label_title(name, value)).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn no_choice(value: &str) -> String {
    format!("“{value}” is not one of the choices. Perhaps it was deleted meanwhile.")
}

fn refuse_too_many(input: &mut FormInput<'_>, field: &str, count: usize, max: usize) {
    if count > max {
        input.refuse(field, format!("{count} are too many; the limit is {max}."));
    }
}

/// Reads a text of several lines; `stored` is what the object has now.
fn area(input: &mut FormInput<'_>, name: &str, stored: Option<&str>) -> Option<String> {
    input.take(name, |text| {
        let text = text::updated_area(stored, text);
        match text.chars().count() {
            _ if text.contains('\0') => Err("The text holds a NUL character.".to_owned()),
            length if length > TEXT_LENGTH_MAX && stored != Some(text.as_str()) => Err(format!(
                "The text has at most {TEXT_LENGTH_MAX} characters, not {length}."
            )),
            _ => Ok(text),
        }
    })
}
