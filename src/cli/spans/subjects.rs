//! Whose hours are printed.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::super::CliError;
use crate::apps::sla::hours::stored::{ComponentHours, StoredHours, WindowHours};
use crate::apps::sla::object_names::{NoSuchObject, ObjectNames};
use crate::apps::sla::snapshot::compile::ScheduleKey;
use crate::apps::sla::{component, window};
use crate::db::Conn;
use crate::metrics::answer::selection::Selector;

/// The name of a component, and its labels.
pub(super) type NamedLabels = (String, BTreeMap<String, String>);

/// Returns the names of all enabled components, and their labels.
///
/// # Errors
/// Those of [`crate::db`].
pub(super) fn enabled_components(conn: &mut Conn) -> Result<Vec<NamedLabels>, CliError> {
    let known = RefCell::new(Vec::new());
    StoredHours::matching(conn, |name, labels| {
        let labels = labels.iter().map(|(label, value)| (label.clone(), value.clone()));
        known.borrow_mut().push((name.to_owned(), labels.collect()));
        false
    })?;
    Ok(known.into_inner())
}

/// A component or window whose hours are printed.
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) key: ScheduleKey,
    /// What is to be known about its hours.
    pub(super) note: Option<String>,
}

/// What is printed, by name, and everything that it depends on.
pub(super) struct Subjects {
    /// `component` or `window`.
    pub(super) kind: &'static str,
    pub(super) list: Vec<Subject>,
    pub(super) hours: StoredHours,
}

impl Subjects {
    /// Returns the components of these names.
    ///
    /// # Errors
    /// A name that no component has, and those of [`crate::db`].
    pub(super) fn of_components(conn: &mut Conn, names: &[String]) -> Result<Self, CliError> {
        let ids = found("component", component::store::names(conn)?, names)?;
        let hours = StoredHours::of_components(conn, &ids)?;
        Ok(Self::components(hours))
    }

    /// Returns the enabled components that any of the selectors matches.
    ///
    /// # Errors
    /// Those of [`crate::db`].
    pub(super) fn matching(conn: &mut Conn, selectors: &[Selector]) -> Result<Self, CliError> {
        let is_meant = |name: &str, labels: &_| selectors.iter().any(|selector| selector.takes_component(name, labels));
        Ok(Self::components(StoredHours::matching(conn, is_meant)?))
    }

    /// Returns the windows of these names.
    ///
    /// # Errors
    /// A name that no window has, and those of [`crate::db`].
    pub(super) fn of_windows(conn: &mut Conn, names: &[String]) -> Result<Self, CliError> {
        let ids = found("window", window::store::names(conn)?, names)?;
        let hours = StoredHours::of_windows(conn, &ids)?;
        let subject = |window: &WindowHours| {
            let state = &window.stored.state;
            Subject {
                name: state.name.clone(),
                key: (vec![window.stored.id], Vec::new()),
                note: (!state.enabled).then(|| format!("the window `{}` is disabled: it covers nothing", state.name)),
            }
        };
        let list = hours.windows.iter().map(subject).collect();
        Ok(Self::sorted("window", list, hours))
    }

    fn components(mut hours: StoredHours) -> Self {
        let subject = |component: ComponentHours| Subject {
            note: (!component.enabled).then(|| {
                let name = &component.name;
                format!("`{name}` is disabled: it has no metrics; these are the hours that they would show")
            }),
            name: component.name,
            key: component.key,
        };
        let list = std::mem::take(&mut hours.components).into_iter().map(subject).collect();
        Self::sorted("component", list, hours)
    }

    fn sorted(kind: &'static str, mut list: Vec<Subject>, hours: StoredHours) -> Self {
        let by_name = |one: &Subject, other: &Subject| -> Ordering { one.name.cmp(&other.name) };
        list.sort_unstable_by(by_name);
        Self { kind, list, hours }
    }
}

/// Returns the keys behind names.
fn found(kind: &'static str, rows: Vec<(i64, String)>, names: &[String]) -> Result<Vec<i64>, CliError> {
    let known = ObjectNames::new(kind, rows);
    let mut ids = names
        .iter()
        .map(|name| known.find(name))
        .collect::<Result<Vec<i64>, NoSuchObject>>()?;
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}
