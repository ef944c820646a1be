//! What a file would change: the difference between an inventory and a document, checked as a whole before anything is written.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt::{self, Write};

use super::document::node::ReadError;
use super::document::read::{CalendarDraft, ComponentDraft, Document, Place, Reference, WindowDraft};
use super::fold;
use super::inventory::{CalendarState, ComponentState, Inventory, LabelState, State, Stored, WindowState};

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
    let calendars = Known::new(&inventory.calendars, |state| &state.name);
    let windows = Known::new(&inventory.windows, |state| &state.name);
    let components = Known::new(&inventory.components, |state| &state.name);

    let wanted_calendars: Vec<_> = document
        .calendars
        .iter()
        .map(|draft| calendar(draft, calendars.get(&draft.name)))
        .collect();
    let drafted = document.windows.iter().map(|draft| draft.name.as_str());
    let all_windows = drafted.chain(inventory.windows.iter().map(|stored| stored.state.name.as_str()));
    let calendar_names = Names::new(&inventory.calendars, &wanted_calendars, prune, |state| &state.name)
        .beside::<WindowState>(all_windows);
    let wanted_windows = collect(&document.windows, |draft| {
        window(draft, windows.get(&draft.name), &calendar_names)
    })?;
    let drafted = document.calendars.iter().map(|draft| draft.name.as_str());
    let all_calendars = drafted.chain(inventory.calendars.iter().map(|stored| stored.state.name.as_str()));
    let window_names = Names::new(&inventory.windows, &wanted_windows, prune, |state| &state.name)
        .beside::<CalendarState>(all_calendars);
    let wanted_components = collect(&document.components, |draft| {
        component(draft, components.get(&draft.name), &window_names, &calendar_names)
    })?;

    Ok(Plan {
        labels: label_changes(inventory, document, &wanted_components, prune),
        calendars: changes(&inventory.calendars, &calendars, wanted_calendars, prune),
        windows: changes(&inventory.windows, &windows, wanted_windows, prune),
        components: changes(&inventory.components, &components, wanted_components, prune),
    })
}

impl Plan {
    /// Whether nothing would change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many objects would change.
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
    /// A line for each object, and one below it for each property that changes.
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

/// Stored objects by folded name.
struct Known<'a, T>(HashMap<String, &'a Stored<T>>);

impl<'a, T> Known<'a, T> {
    fn new(stored: &'a [Stored<T>], name: impl Fn(&T) -> &String) -> Self {
        Self(
            stored
                .iter()
                .map(|stored| (fold(name(&stored.state)), stored))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&'a Stored<T>> {
        self.0.get(&fold(name)).copied()
    }
}

fn collect<'a, D, T>(drafts: &'a [D], read: impl Fn(&'a D) -> Result<T, ReadError>) -> Result<Vec<T>, ReadError> {
    drafts.iter().map(read).collect()
}

/// Names of one model that will exist, by their folded form.
pub(super) struct Names {
    model: &'static str,
    pruned: bool,
    by_fold: HashMap<String, String>,
    /// Names of the other kind that components are linked to, folded, and that kind.
    others: HashSet<String>,
    other_model: &'static str,
}

impl Names {
    fn new<T: State>(stored: &[Stored<T>], wanted: &[T], pruned: bool, name: impl Fn(&T) -> &String) -> Self {
        let kept = stored.iter().filter(|_| !pruned).map(|stored| &stored.state);
        let by_fold = kept
            .chain(wanted.iter())
            .map(|state| (fold(name(state)), name(state).clone()))
            .collect();
        Self {
            model: T::MODEL,
            pruned,
            by_fold,
            others: HashSet::new(),
            other_model: "",
        }
    }

    /// Names that exist already.
    pub(super) fn existing<T: State>(names: impl Iterator<Item = String>) -> Self {
        Self {
            model: T::MODEL,
            pruned: false,
            by_fold: names.map(|name| (fold(&name), name)).collect(),
            others: HashSet::new(),
            other_model: "",
        }
    }

    /// Adds the names of the other kind that components are linked to: calendars for windows, windows for calendars. A reference to one of
    /// them stands under the wrong key.
    pub(super) fn beside<'a, T: State>(mut self, others: impl Iterator<Item = &'a str>) -> Self {
        self.others = others.map(fold).collect();
        self.other_model = T::MODEL;
        self
    }

    /// Where a name belongs that only an object of the other kind has.
    pub(super) fn misplaced(&self, name: &str) -> Option<String> {
        let is_other = !self.has(name) && self.others.contains(&fold(name));
        let owner = if self.other_model == WindowState::MODEL {
            " of a component"
        } else {
            ""
        };
        is_other.then(|| format!("`{name}` is a {0}; put it under {0}s:{owner}", self.other_model))
    }

    /// Whether something will have this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_fold.contains_key(&fold(name))
    }

    fn find(&self, name: &str) -> Option<String> {
        self.by_fold.get(&fold(name)).cloned()
    }

    /// What is said of a name in the file that nothing will have.
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

/// What a calendar is to be.
pub(super) fn calendar(draft: &CalendarDraft, stored: Option<&Stored<CalendarState>>) -> CalendarState {
    let stored = stored.map(|stored| &stored.state);

    CalendarState {
        name: draft.name.clone(),
        description: draft
            .description
            .clone()
            .or(stored.map(|s| s.description.clone()))
            .unwrap_or_default(),
        timezone: draft.timezone.or(stored.map(|s| s.timezone)).flatten(),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        rules: draft
            .rules
            .clone()
            .or(stored.map(|s| s.rules.clone()))
            .unwrap_or_default(),
    }
}

/// What a window is to be.
pub(super) fn window(
    draft: &WindowDraft,
    stored: Option<&Stored<WindowState>>,
    calendar_names: &Names,
) -> Result<WindowState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let Some(timezone) = draft.timezone.or(stored.map(|s| s.timezone)) else {
        let message = if calendar_names.has(&draft.name) {
            format!(
                "`{0}` is a calendar; put it under calendars: (a window `{0}` does not exist yet and would need a `timezone`)",
                draft.name
            )
        } else {
            format!(
                "the window `{}` does not exist yet and needs a `timezone`, e.g. Europe/Berlin",
                draft.name
            )
        };
        return Err(draft.place.error(message));
    };
    let state = WindowState {
        name: draft.name.clone(),
        description: draft
            .description
            .clone()
            .or(stored.map(|s| s.description.clone()))
            .unwrap_or_default(),
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
        rules: draft
            .rules
            .clone()
            .or(stored.map(|s| s.rules.clone()))
            .unwrap_or_default(),
        excludes: draft
            .excludes
            .clone()
            .or(stored.map(|s| s.excludes.clone()))
            .unwrap_or_default(),
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

/// What a component is to be.
pub(super) fn component(
    draft: &ComponentDraft,
    stored: Option<&Stored<ComponentState>>,
    window_names: &Names,
    calendar_names: &Names,
) -> Result<ComponentState, ReadError> {
    let stored = stored.map(|stored| &stored.state);
    let state = ComponentState {
        name: draft.name.clone(),
        display_name: draft
            .display_name
            .clone()
            .or(stored.map(|s| s.display_name.clone()))
            .unwrap_or_default(),
        description: draft
            .description
            .clone()
            .or(stored.map(|s| s.description.clone()))
            .unwrap_or_default(),
        enabled: draft.enabled.or(stored.map(|s| s.enabled)).unwrap_or(true),
        slo_millipercent: draft.slo_millipercent.or(stored.map(|s| s.slo_millipercent)).flatten(),
        labels: draft
            .labels
            .clone()
            .or(stored.map(|s| s.labels.clone()))
            .unwrap_or_default(),
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

/// The names that an object will be linked to, sorted: those of the file, otherwise those it has; all of them will exist.
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
    // The same links under names that are spelt anew are no change of this object.
    Ok(match stored {
        Some(stored) if folded(stored) == folded(&names) => stored.clone(),
        _ => names,
    })
}

fn folded(names: &[String]) -> BTreeSet<String> {
    names.iter().map(|name| fold(name)).collect()
}

fn changes<T: State>(stored: &[Stored<T>], known: &Known<'_, T>, wanted: Vec<T>, prune: bool) -> Vec<Change<T>> {
    let mut named = HashSet::new();
    let mut changes = Vec::new();
    for state in wanted {
        let Some(existing) = known.get(&state.title()) else {
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
    components: &[ComponentState],
    prune: bool,
) -> Vec<Change<LabelState>> {
    let mut wanted: BTreeMap<(&str, &str), Option<&String>> = BTreeMap::new();
    for component in components {
        wanted.extend(
            component
                .labels
                .iter()
                .map(|(name, value)| ((name.as_str(), value.as_str()), None)),
        );
    }
    wanted.extend(
        document
            .labels
            .iter()
            .map(|label| ((label.name.as_str(), label.value.as_str()), label.description.as_ref())),
    );
    let mut changes = Vec::new();
    for stored in &inventory.labels {
        let state = &stored.state;
        let (id, version, before) = (stored.id, stored.version, state.clone());
        match wanted.remove(&(state.name.as_str(), state.value.as_str())) {
            None if prune => changes.push(Change::Delete { id, version, before }),
            Some(Some(description)) if *description != state.description => {
                let after = LabelState {
                    description: description.clone(),
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
            description: description.cloned().unwrap_or_default(),
        })
    }));
    changes
}
