//! Components as forms, one or ten thousand: what they may be linked to is read once for all of them.

use std::collections::{BTreeMap, HashMap};

use super::{admin, store};
use crate::admin::input::FormInput;
use crate::admin::model::{FormValues, NotRestored, Object, Refusal, Saved};
use crate::apps::sla::component::file::slo_millipercent;
use crate::apps::sla::component::state::{ComponentState, components};
use crate::apps::sla::declarative::change::Plan;
use crate::apps::sla::declarative::form;
use crate::apps::sla::selecting::in_portions;
use crate::apps::sla::stored::{Stored, all_names};
use crate::apps::sla::{CALENDAR, LABEL, WINDOW, label, window};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::metrics::format::names::check_component_name;
use crate::text;

/// The most windows and calendars of a component, and the most labels.
const LINKS_MAX: usize = 50;
const LABELS_MAX: usize = 30;
/// The most sets of windows that are looked at for windows that merge.
const SETS_MAX: usize = 20;

/// Everything that a component can be linked to.
pub(super) struct Known {
    windows: HashMap<i64, String>,
    calendars: HashMap<i64, String>,
    labels: HashMap<i64, (String, String)>,
    window_keys: HashMap<String, i64>,
    calendar_keys: HashMap<String, i64>,
    label_keys: HashMap<(String, String), i64>,
}

impl Known {
    pub(super) fn load(conn: &mut Conn) -> db::Result<Self> {
        let (windows, calendars) = all_names(conn)?;
        let labels = label::store::all(conn)?.into_iter();
        let labels: HashMap<i64, (String, String)> = labels.map(|row| (row.id, (row.name, row.value))).collect();
        let turned = |names: &HashMap<i64, String>| names.iter().map(|(id, name)| (name.clone(), *id)).collect();
        Ok(Self {
            window_keys: turned(&windows),
            calendar_keys: turned(&calendars),
            label_keys: labels.iter().map(|(id, label)| (label.clone(), *id)).collect(),
            windows,
            calendars,
            labels,
        })
    }

    /// Returns the components of these keys, in no order.
    pub(super) fn stored(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Stored<ComponentState>>> {
        in_portions(ids, |portion| {
            components(conn, Some(&portion), &self.windows, &self.calendars)
        })
    }

    /// Returns the form of a state; links that no longer exist are left out.
    pub(super) fn object(&self, state: &ComponentState) -> Object {
        let texts = |mut keys: Vec<i64>| {
            keys.sort_unstable();
            keys.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let keys = |names: &[String], of: &HashMap<String, i64>| {
            texts(names.iter().filter_map(|name| of.get(name).copied()).collect())
        };
        let worn = state.labels.iter().map(|(name, value)| (name.clone(), value.clone()));
        let worn = texts(worn.filter_map(|label| self.label_keys.get(&label).copied()).collect());
        let slo = state.slo_millipercent.map(|slo| (f64::from(slo) / 1000.0).to_string());
        let enabled = state.enabled.then(|| "on".to_owned());
        let values = [
            ("name", vec![state.name.clone()]),
            ("display_name", vec![state.display_name.clone()]),
            ("description", vec![state.description.clone()]),
            ("enabled", enabled.into_iter().collect()),
            ("slo", vec![slo.unwrap_or_default()]),
            ("labels", worn),
            ("windows", keys(&state.windows, &self.window_keys)),
            ("calendars", keys(&state.calendars, &self.calendar_keys)),
        ];
        Object {
            title: state.name.clone(),
            values: values
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect::<FormValues>(),
            ..Object::default()
        }
    }

    /// Returns what of a state is not there any more under its name.
    pub(super) fn missing(&self, state: &ComponentState) -> Vec<NotRestored> {
        let labels = state.labels.iter().map(|(name, value)| (name.clone(), value.clone()));
        let labels = labels.filter(|label| !self.label_keys.contains_key(label));
        let windows = state
            .windows
            .iter()
            .filter(|name| !self.window_keys.contains_key(*name));
        let calendars = state
            .calendars
            .iter()
            .filter(|name| !self.calendar_keys.contains_key(*name));
        labels
            .map(|(name, value)| NotRestored::object(LABEL, format!("{name}={value}")))
            .chain(windows.map(|name| NotRestored::object(WINDOW, name.clone())))
            .chain(calendars.map(|name| NotRestored::object(CALENDAR, name.clone())))
            .collect()
    }

    /// Returns what a form says of what is `stored`; what it must not say stands in it.
    pub(super) fn read(&self, input: &mut FormInput<'_>, stored: Option<&ComponentState>) -> ComponentState {
        let name = input.take_required("name", |name| {
            text::settle_line(stored.map(|stored| stored.name.as_str()), name, check_component_name)
        });
        let display_name = form::line(input, "display_name", stored.map(|stored| stored.display_name.as_str()));
        let description = form::area(input, "description", stored.map(|stored| stored.description.as_str()));
        let slo = input.take_optional("slo", slo_millipercent);
        let state = ComponentState {
            name: name.unwrap_or_default(),
            display_name: display_name.unwrap_or_default(),
            description: description.unwrap_or_default(),
            enabled: input.flag("enabled"),
            slo_millipercent: slo.flatten(),
            labels: self.worn(input),
            windows: form::linked(input, "windows", &self.windows),
            calendars: form::linked(input, "calendars", &self.calendars),
        };
        for (field, count, max) in [
            ("labels", state.labels.len(), LABELS_MAX),
            ("windows", state.windows.len(), LINKS_MAX),
            ("calendars", state.calendars.len(), LINKS_MAX),
        ] {
            if count > max {
                input.refuse(field, format!("{count} are too many; the limit is {max}."));
            }
        }
        state
    }

    /// Returns the labels of a form, one value of each name.
    fn worn(&self, input: &mut FormInput<'_>) -> BTreeMap<String, String> {
        let mut worn: BTreeMap<String, String> = BTreeMap::new();
        for value in input.many("labels") {
            let Some((name, label)) = value.parse::<i64>().ok().and_then(|id| self.labels.get(&id)) else {
                input.refuse(
                    "labels",
                    format!("“{value}” is not one of the choices. Perhaps it was deleted meanwhile."),
                );
                continue;
            };
            if let Some(other) = worn.insert(name.clone(), label.clone()).filter(|other| other != label) {
                input.refuse(
                    "labels",
                    format!("A component has one value of the label {name}, not {other} and {label}."),
                );
            }
        }
        worn
    }
}

/// Returns the forms of components, in the order of `ids`, without what the page of one says beside its form.
pub(super) fn objects(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Object>> {
    let known = Known::load(conn)?;
    let object = |stored: Stored<ComponentState>| Object {
        id: stored.id,
        version: stored.version,
        ..known.object(&stored.state)
    };
    let mut objects: HashMap<i64, Object> = known
        .stored(conn, ids)?
        .into_iter()
        .map(|stored| (stored.id, object(stored)))
        .collect();
    Ok(ids.iter().filter_map(|id| objects.remove(id)).collect())
}

/// Stores components in one plan.
pub(super) fn save(
    tx: &mut Tx<'_>,
    forms: &mut [(i64, FormInput<'_>)],
    now: i64,
) -> Result<Vec<Result<Saved, Refusal>>, Refusal> {
    let known = Known::load(tx.reader())?;
    let ids: Vec<i64> = forms.iter().map(|(id, _)| *id).collect();
    let stored = known.stored(tx.reader(), &ids)?.into_iter();
    let mut stored: HashMap<i64, Stored<ComponentState>> = stored.map(|stored| (stored.id, stored)).collect();
    let enabled = window::store::enabled_names(tx.reader())?;
    let (mut changes, mut outcomes, mut sets) = (Vec::new(), Vec::with_capacity(forms.len()), Vec::new());
    for (id, input) in forms {
        let Some(stored) = stored.remove(id) else {
            outcomes.push(Err(Refusal::Rule("It was deleted meanwhile.".to_owned())));
            continue;
        };
        let after = known.read(input, Some(&stored.state));
        if after.name != stored.state.name
            && let Some(twin) = store::twin(tx.reader(), &after.name, Some(*id))?
        {
            form::refuse_twin(input, "Component", &after.name, &twin);
        }
        if !input.is_valid() {
            outcomes.push(Err(Refusal::Input));
            continue;
        }
        let mut warnings = Vec::new();
        if after.enabled && !after.windows.iter().any(|window| enabled.contains(window)) {
            warnings.push(format!(
                "“{}” has no enabled window: it is never in service.",
                after.name
            ));
        }
        if stored.state.windows != after.windows && sets.len() < SETS_MAX && !sets.contains(&after.windows) {
            warnings.extend(admin::merging(tx.reader(), &after, now)?);
            sets.push(after.windows.clone());
        }
        let name = after.name.clone();
        let change = form::change(Some(stored), after);
        outcomes.push(Ok(form::saved(*id, name, change.is_some(), warnings)));
        changes.extend(change);
    }
    let plan = Plan {
        components: changes,
        ..Plan::default()
    };
    form::carry_out(tx, &plan)?;
    Ok(outcomes)
}
