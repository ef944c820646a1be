//! What a file would change: the difference between an inventory and a document, checked as a whole before anything is written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::{self, Write};

use super::document::node::ReadError;
use super::document::read::{
    CalendarDraft, ComponentDraft, Document, LabelDraft, NAME_LENGTH_MAX, Place, Reference, TEXT_LENGTH_MAX,
    WindowDraft, Written,
};
use super::inventory::{CalendarState, ComponentState, Inventory, LabelState, State, Stored, WindowState};
use crate::apps::sla::names::ByName;
use crate::apps::sla::rule::{self, RuleDefinition};
use crate::metrics::format::names::{check_component_name, check_label_value};
use crate::text;

/// A change of one object.
#[derive(Clone, Debug)]
pub enum Change<T> {
    /// Make it.
    Add(T),
    /// Turn `before` into `after`.
    Update {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: T,
        /// What is to be.
        after: T,
    },
    /// Delete it.
    Delete {
        /// The row's key.
        id: i64,
        /// The version of `before`.
        version: i64,
        /// What is.
        before: T,
    },
}

/// All changes, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Of labels.
    pub labels: Vec<Change<LabelState>>,
    /// Of calendars.
    pub calendars: Vec<Change<CalendarState>>,
    /// Of windows.
    pub windows: Vec<Change<WindowState>>,
    /// Of components.
    pub components: Vec<Change<ComponentState>>,
}

/// Compares `document` with `inventory`. With `prune`, what the document does not name is deleted.
///
/// # Errors
/// A name that nothing has, a window without a zone, a validity that ends before it starts, or a pruned object that is still used.
pub fn plan(inventory: &Inventory, document: &Document, prune: bool) -> Result<Plan, ReadError> {
    let labels = LabelValues::new(inventory.labels.iter().map(|stored| {
        let LabelState { name, value, .. } = &stored.state;
        (name.as_str(), value.as_str())
    }));
    let calendars = meant(&inventory.calendars, &document.calendars, |draft| {
        (&draft.name, &draft.place)
    })?;
    let windows = meant(&inventory.windows, &document.windows, |draft| {
        (&draft.name, &draft.place)
    })?;
    let components = meant(&inventory.components, &document.components, |draft| {
        (&draft.name, &draft.place)
    })?;

    let wanted_calendars = collect(&document.calendars, calendars, |draft, stored| calendar(draft, stored))?;
    let drafted = document.windows.iter().map(|draft| draft.name.text.as_str());
    let all_windows = drafted.chain(inventory.windows.iter().map(|stored| stored.state.name.as_str()));
    let calendar_names = Names::new(&inventory.calendars, &wanted_calendars, prune).beside::<WindowState>(all_windows);
    let wanted_windows = collect(&document.windows, windows, |draft, stored| {
        window(draft, stored, &calendar_names)
    })?;
    let drafted = document.calendars.iter().map(|draft| draft.name.text.as_str());
    let all_calendars = drafted.chain(inventory.calendars.iter().map(|stored| stored.state.name.as_str()));
    let window_names = Names::new(&inventory.windows, &wanted_windows, prune).beside::<CalendarState>(all_calendars);
    let wanted_components = collect(&document.components, components, |draft, stored| {
        component(draft, stored, &window_names, &calendar_names, &labels)
    })?;

    Ok(Plan {
        labels: label_changes(inventory, document, &labels, &wanted_components, prune)?,
        calendars: changes(&inventory.calendars, wanted_calendars, prune),
        windows: changes(&inventory.windows, wanted_windows, prune),
        components: changes(&inventory.components, wanted_components, prune),
    })
}

impl Plan {
    /// Returns whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns how many objects would change.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() + self.calendars.len() + self.windows.len() + self.components.len()
    }

    /// Added, changed and deleted objects.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let mut counts = (0, 0, 0);
        count(&self.labels, &mut counts);
        count(&self.calendars, &mut counts);
        count(&self.windows, &mut counts);
        count(&self.components, &mut counts);
        counts
    }
}

impl fmt::Display for Plan {
    /// Returns a line for each object, and one below it for each property that changes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(&self.labels, f)?;
        show(&self.calendars, f)?;
        show(&self.windows, f)?;
        show(&self.components, f)
    }
}

fn count<T>(changes: &[Change<T>], (added, changed, deleted): &mut (usize, usize, usize)) {
    for change in changes {
        match change {
            Change::Add(_) => *added += 1,
            Change::Update { .. } => *changed += 1,
            Change::Delete { .. } => *deleted += 1,
        }
    }
}

fn show<T: State>(changes: &[Change<T>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for change in changes {
        match change {
            Change::Add(state) => writeln!(f, "+ {} {}", T::MODEL, state.title())?,
            Change::Delete { before, .. } => writeln!(f, "- {} {}", T::MODEL, before.title())?,
            Change::Update { before, after, .. } => {
                writeln!(f, "~ {} {}", T::MODEL, before.title())?;
                let (before, after) = (before.to_json(), after.to_json());
                let mut differences = String::new();
                for (key, value) in after.iter().filter(|(key, value)| before.get(*key) != Some(value)) {
                    let old = before.get(key).unwrap_or(&serde_json::Value::Null);
                    writeln!(differences, "    {key}: {old} -> {value}")?;
                }
                f.write_str(if differences.is_empty() {
                    "    was unreadable\n"
                } else {
                    &differences
                })?;
            }
        }
    }
    Ok(())
}

/// What an object is to be, and what it is now, if it exists.
struct Wanted<'a, T> {
    stored: Option<&'a Stored<T>>,
    state: T,
}

/// Returns the stored object that each draft means. Two drafts may not mean one object, nor may two new objects have one key.
fn meant<'a, D, T: State>(
    stored: &'a [Stored<T>],
    drafts: &[D],
    parts: impl Fn(&D) -> (&Written, &Place),
) -> Result<Vec<Option<&'a Stored<T>>>, ReadError> {
    let titles: Vec<String> = stored.iter().map(|stored| stored.state.title()).collect();
    let known: ByName<&Stored<T>> = titles.iter().map(String::as_str).zip(stored).collect();
    let (mut lines, mut new_lines) = (HashMap::new(), HashMap::new());
    let one = |draft| {
        let (name, place): (&Written, &Place) = parts(draft);
        let found = known.get(&name.text).copied();
        let first = match found {
            Some(found) => lines.insert(found.id, place.line),
            None => new_lines.insert(text::key(&name.text), place.line),
        };
        match first {
            None => Ok(found),
            Some(first) => Err(place.error(format!(
                "the {} `{}` stands in line {first} already (letters' case and normalization do not tell names apart)",
                T::MODEL,
                name.text
            ))),
        }
    };
    drafts.iter().map(one).collect()
}

fn collect<'a, D, T>(
    drafts: &[D],
    stored: Vec<Option<&'a Stored<T>>>,
    read: impl Fn(&D, Option<&'a Stored<T>>) -> Result<T, ReadError>,
) -> Result<Vec<Wanted<'a, T>>, ReadError> {
    let pairs = drafts.iter().zip(stored);
    pairs
        .map(|(draft, stored)| {
            Ok(Wanted {
                state: read(draft, stored)?,
                stored,
            })
        })
        .collect()
}

/// Names of one model that will exist, under the names by which they may be called.
pub(in crate::apps::sla) struct Names {
    model: &'static str,
    pruned: bool,
    names: ByName<String>,
    /// Keys of the names of the other kind that components are linked to, and that kind.
    others: HashSet<String>,
    other_model: &'static str,
}

impl Names {
    fn new<T: State>(stored: &[Stored<T>], wanted: &[Wanted<'_, T>], pruned: bool) -> Self {
        let renamed: HashMap<i64, String> = wanted
            .iter()
            .filter_map(|wanted| Some((wanted.stored?.id, wanted.state.title())))
            .collect();
        let mut names = ByName::default();
        for stored in stored {
            let title = stored.state.title();
            match renamed.get(&stored.id) {
                Some(after) => {
                    names.insert(&title, after.clone());
                    names.insert(after, after.clone());
                }
                None if pruned => {}
                None => names.insert(&title, title.clone()),
            }
        }
        for wanted in wanted.iter().filter(|wanted| wanted.stored.is_none()) {
            names.insert(&wanted.state.title(), wanted.state.title());
        }
        Self {
            model: T::MODEL,
            pruned,
            names,
            others: HashSet::new(),
            other_model: "",
        }
    }

    /// Returns names that exist already, by the ids of their objects.
    pub(in crate::apps::sla) fn existing<T: State>(names: &HashMap<i64, String>) -> Self {
        let mut rows: Vec<(&i64, &String)> = names.iter().collect();
        rows.sort_unstable();
        Self {
            model: T::MODEL,
            pruned: false,
            names: rows
                .into_iter()
                .map(|(_, name)| (name.as_str(), name.clone()))
                .collect(),
            others: HashSet::new(),
            other_model: "",
        }
    }

    /// Adds the names of the other kind that components are linked to: calendars for windows, windows for calendars. A reference to one of
    /// them stands under the wrong key.
    pub(in crate::apps::sla) fn beside<'a, T: State>(mut self, others: impl Iterator<Item = &'a str>) -> Self {
        self.others = others.map(text::key).collect();
        self.other_model = T::MODEL;
        self
    }

    /// Returns where a name belongs that only an object of the other kind has.
    pub(in crate::apps::sla) fn misplaced(&self, name: &str) -> Option<String> {
        let is_other = !self.has(name) && self.others.contains(&text::key(name));
        let owner = if self.other_model == WindowState::MODEL {
            " of a component"
        } else {
            ""
        };
        is_other.then(|| format!("`{name}` is a {0}; put it under {0}s:{owner}", self.other_model))
    }

    /// Returns whether something will have this name.
    pub(in crate::apps::sla) fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some()
    }

    fn find(&self, name: &str) -> Option<String> {
        self.names.get(name).cloned()
    }

    /// Returns what is said of a name in the file that nothing will have.
    fn unknown(&self, name: &str) -> String {
        if let Some(message) = self.misplaced(name) {
            return message;
        }
        let place = if self.pruned {
            " in the file, and --prune keeps nothing else"
        } else {
            ", neither in the file nor in the database"
        };
        format!("there is no {} `{name}`{place}", self.model)
    }
}

/// The values of labels that exist, found by name and value.
#[derive(Default)]
pub(in crate::apps::sla) struct LabelValues {
    spelt: HashSet<(String, String)>,
    by_line: HashMap<(String, String), String>,
}

impl LabelValues {
    /// From names and values.
    pub(in crate::apps::sla) fn new<'a>(labels: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut values = Self::default();
        for (name, value) in labels {
            let key = (name.to_owned(), text::line(value));
            values.by_line.entry(key).or_insert_with(|| value.to_owned());
            values.spelt.insert((name.to_owned(), value.to_owned()));
        }
        values
    }

    /// Returns the value that a file means: one that exists, if only normalization makes a difference, otherwise a new one.
    pub(in crate::apps::sla) fn settle(&self, name: &str, given: &str) -> Result<String, String> {
        if self.spelt.contains(&(name.to_owned(), given.to_owned())) {
            return Ok(given.to_owned());
        }
        let key = (name.to_owned(), text::line(given));
        if let Some(stored) = self.by_line.get(&key) {
            return Ok(stored.clone());
        }
        check_label_value(&key.1)
            .map(|()| key.1)
            .map_err(|error| error.to_string())
    }
}

/// Returns the value of a label of the list `labels`.
pub(in crate::apps::sla) fn label_value(draft: &LabelDraft, values: &LabelValues) -> Result<String, ReadError> {
    values
        .settle(&draft.name, &draft.value.text)
        .map_err(|error| draft.place.error_at("value", draft.value.line, error))
}

fn settled_name(
    written: &Written,
    place: &Place,
    stored: Option<&String>,
    check: impl FnOnce(&str) -> Result<(), String>,
) -> Result<String, ReadError> {
    let stored = stored.map(String::as_str);
    text::settle_line(stored, &written.text, check).map_err(|error| place.error_at("name", written.line, error))
}

/// Returns what a text of several lines becomes; one that a file leaves out stays.
pub(in crate::apps::sla) fn settled_area(draft: Option<&String>, stored: Option<&String>) -> String {
    match draft {
        Some(given) => text::settle_area(stored.map(String::as_str), given),
        None => stored.cloned().unwrap_or_default(),
    }
}

fn settled_rules(
    property: &str,
    draft: Option<&Vec<RuleDefinition>>,
    stored: Option<&Vec<RuleDefinition>>,
    place: &Place,
) -> Result<Vec<RuleDefinition>, ReadError> {
    let Some(given) = draft else {
        return Ok(stored.cloned().unwrap_or_default());
    };
    let stored = stored.map_or(&[][..], Vec::as_slice);
    rule::settle(given, stored)
        .map_err(|(index, error)| place.error_at(&format!("{property}[{index}]"), place.line, error))
}

/// Returns what a calendar is to be.
pub(in crate::apps::sla) fn calendar(
    draft: &CalendarDraft,
    stored: Option<&Stored<CalendarState>>,
) -> Result<CalendarState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let check = |name: &str| text::check_name(name, NAME_LENGTH_MAX);
    Ok(CalendarState {
        name: settled_name(&draft.name, &draft.place, stored.map(|s| &s.name), check)?,
        description: settled_area(draft.description.as_ref(), stored.map(|s| &s.description)),
        timezone: draft.timezone.or(stored.map(|s| s.timezone)).flatten(),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        rules: settled_rules("rules", draft.rules.as_ref(), stored.map(|s| &s.rules), &draft.place)?,
    })
}

/// Returns what a window is to be.
pub(in crate::apps::sla) fn window(
    draft: &WindowDraft,
    stored: Option<&Stored<WindowState>>,
    calendar_names: &Names,
) -> Result<WindowState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let check = |name: &str| text::check_name(name, NAME_LENGTH_MAX);
    let name = settled_name(&draft.name, &draft.place, stored.map(|s| &s.name), check)?;
    let Some(timezone) = draft.timezone.or(stored.map(|s| s.timezone)) else {
        let message = if calendar_names.has(&draft.name.text) {
            format!(
                "`{0}` is a calendar; put it under calendars: (a window `{0}` does not exist yet and would need a `timezone`)",
                draft.name.text
            )
        } else {
            format!(
                "the window `{}` does not exist yet and needs a `timezone`, e.g. Europe/Berlin",
                draft.name.text
            )
        };
        return Err(draft.place.error(message));
    };
    let state = WindowState {
        name,
        description: settled_area(draft.description.as_ref(), stored.map(|s| &s.description)),
        timezone,
        valid_from: draft.valid_from.or(stored.map(|s| s.valid_from)).flatten(),
        valid_until: draft.valid_until.or(stored.map(|s| s.valid_until)).flatten(),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        calendars: linked(
            draft.calendars.as_ref(),
            stored.map(|s| &s.calendars),
            &draft.place,
            calendar_names,
        )?,
        rules: settled_rules("rules", draft.rules.as_ref(), stored.map(|s| &s.rules), &draft.place)?,
        excludes: settled_rules(
            "excludes",
            draft.excludes.as_ref(),
            stored.map(|s| &s.excludes),
            &draft.place,
        )?,
    };
    if let (Some(from), Some(until)) = (state.valid_from, state.valid_until)
        && from > until
    {
        return Err(draft
            .place
            .error(format!("valid_until {until} is before valid_from {from}")));
    }
    Ok(state)
}

/// Returns what a component is to be.
pub(in crate::apps::sla) fn component(
    draft: &ComponentDraft,
    stored: Option<&Stored<ComponentState>>,
    window_names: &Names,
    calendar_names: &Names,
    label_values: &LabelValues,
) -> Result<ComponentState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let check = |name: &str| check_component_name(name).map_err(|error| error.to_string());
    let state = ComponentState {
        name: settled_name(&draft.name, &draft.place, stored.map(|s| &s.name), check)?,
        display_name: match &draft.display_name {
            None => stored.map(|s| s.display_name.clone()).unwrap_or_default(),
            Some(given) => {
                let check = |text: &str| text::check_line(text, TEXT_LENGTH_MAX);
                text::settle_line(stored.map(|s| s.display_name.as_str()), &given.text, check)
                    .map_err(|error| draft.place.error_at("display_name", given.line, error))?
            }
        },
        description: settled_area(draft.description.as_ref(), stored.map(|s| &s.description)),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        slo_millipercent: draft.slo_millipercent.or(stored.map(|s| s.slo_millipercent)).flatten(),
        labels: match &draft.labels {
            None => stored.map(|s| s.labels.clone()).unwrap_or_default(),
            Some(labels) => labels
                .iter()
                .map(|(name, value)| {
                    let refused = |error| draft.place.error_at(&format!("labels.{name}"), value.line, error);
                    let value = label_values.settle(name, &value.text).map_err(refused)?;
                    Ok((name.clone(), value))
                })
                .collect::<Result<_, ReadError>>()?,
        },
        windows: linked(
            draft.windows.as_ref(),
            stored.map(|s| &s.windows),
            &draft.place,
            window_names,
        )?,
        calendars: linked(
            draft.calendars.as_ref(),
            stored.map(|s| &s.calendars),
            &draft.place,
            calendar_names,
        )?,
    };
    Ok(state)
}

/// Returns the names that an object will be linked to, sorted: those of the file, otherwise those it has; all of them will exist.
fn linked(
    draft: Option<&Vec<Reference>>,
    stored: Option<&Vec<String>>,
    place: &Place,
    existing: &Names,
) -> Result<Vec<String>, ReadError> {
    let mut names = match draft {
        Some(references) => references
            .iter()
            .map(|reference| {
                let unknown = || reference.place.error(existing.unknown(&reference.name));
                existing.find(&reference.name).ok_or_else(unknown)
            })
            .collect::<Result<Vec<_>, _>>()?,
        None => stored
            .into_iter()
            .flatten()
            .map(|name| {
                let pruned = || {
                    place.error(format!(
                        "the {} `{name}` would be pruned but is still used here; name it in the file, or give this object's links",
                        existing.model
                    ))
                };
                existing.find(name).ok_or_else(pruned)
            })
            .collect::<Result<Vec<_>, _>>()?,
    };
    names.sort();
    names.dedup();
    // The same links under names that are spelt anew are no change of this object.
    let linked_now = |stored: &Vec<String>| {
        let now: BTreeSet<String> = stored.iter().filter_map(|name| existing.find(name)).collect();
        now.len() == stored.len() && now.iter().eq(&names)
    };
    Ok(match stored {
        Some(stored) if linked_now(stored) => stored.clone(),
        _ => names,
    })
}

fn changes<'a, T: State>(stored: &[Stored<T>], wanted: Vec<Wanted<'a, T>>, prune: bool) -> Vec<Change<T>> {
    let mut named = HashSet::new();
    let mut changes = Vec::new();
    for Wanted {
        stored: existing,
        state,
    } in wanted
    {
        let Some(existing) = existing else {
            changes.push(Change::Add(state));
            continue;
        };
        named.insert(existing.id);
        if existing.unreadable.is_some() || existing.state != state {
            changes.push(Change::Update {
                id: existing.id,
                version: existing.version,
                before: existing.state.clone(),
                after: state,
            });
        }
    }
    let unnamed = stored.iter().filter(|stored| prune && !named.contains(&stored.id));
    changes.extend(unnamed.map(|stored| Change::Delete {
        id: stored.id,
        version: stored.version,
        before: stored.state.clone(),
    }));
    changes
}

/// Labels are wanted because the file lists them or because a component of the file wears them.
fn label_changes(
    inventory: &Inventory,
    document: &Document,
    values: &LabelValues,
    components: &[Wanted<'_, ComponentState>],
    prune: bool,
) -> Result<Vec<Change<LabelState>>, ReadError> {
    let mut wanted: BTreeMap<(&str, &str), Option<&String>> = BTreeMap::new();
    for component in components {
        wanted.extend(
            component
                .state
                .labels
                .iter()
                .map(|(name, value)| ((name.as_str(), value.as_str()), None)),
        );
    }
    let mut lines: HashMap<(&str, String), usize> = HashMap::new();
    let mut listed = Vec::with_capacity(document.labels.len());
    for draft in &document.labels {
        let value = label_value(draft, values)?;
        if let Some(first) = lines.insert((draft.name.as_str(), value.clone()), draft.place.line) {
            return Err(draft.place.error(format!(
                "the label `{}={value}` stands in line {first} already",
                draft.name
            )));
        }
        listed.push((draft, value));
    }
    wanted.extend(
        listed
            .iter()
            .map(|(draft, value)| ((draft.name.as_str(), value.as_str()), draft.description.as_ref())),
    );
    let mut changes = Vec::new();
    for stored in &inventory.labels {
        let state = &stored.state;
        let (id, version, before) = (stored.id, stored.version, state.clone());
        match wanted.remove(&(state.name.as_str(), state.value.as_str())) {
            None if prune => changes.push(Change::Delete { id, version, before }),
            Some(Some(description)) => {
                let description = settled_area(Some(description), Some(&state.description));
                if description == state.description {
                    continue;
                }
                let after = LabelState {
                    description,
                    ..state.clone()
                };
                changes.push(Change::Update {
                    id,
                    version,
                    before,
                    after,
                });
            }
            _ => {}
        }
    }
    changes.extend(wanted.into_iter().map(|((name, value), description)| {
        Change::Add(LabelState {
            name: name.to_owned(),
            value: value.to_owned(),
            description: settled_area(description, None),
        })
    }));
    Ok(changes)
}
