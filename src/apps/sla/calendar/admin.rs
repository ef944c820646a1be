//! Calendars in the admin.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::list::{self, CalendarColumn, CalendarOrder};
use super::running_out::{FILTER, RunOut};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, ChangeWords, Deletion, FormPreview, InlinePreview, ModelAdmin, ModelList, NamedObject, Object,
    ObjectLines, OutcomeWords, Refusal, RowWords, Saved, SidePanel, TakenKeys,
};
use crate::admin::spec::{Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::columns;
use crate::apps::listed::{self};
use crate::apps::sla::calendar::state::{CalendarState, calendars};
use crate::apps::sla::component::users::{count, users};
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::declarative::rule_form::{load, posted};
use crate::apps::sla::hours::effect::effect;
use crate::apps::sla::lint::{self, Finding, expiry};
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::properties::{self, fieldsets, search_words};
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::rule::form::RuleFormOwner;
use crate::apps::sla::rule::plain;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{CALENDAR, COMPONENT, WINDOW, component, outcome, rule, selecting, window};
use crate::audit::Tx;
use crate::auth::{Action, Model};
use crate::db::{self, Conn};
use crate::metrics::state::current::CurrentState;
use crate::text::counted;

/// The warning about a window whose name the user may not view.
const HIDDEN_WINDOW: &str =
    "A SLA window that you may not view promises no service within two years: this leaves nothing of it.";

/// The most users of a calendar that are named.
const USERS_MAX: i64 = 20;

/// Calendars.
pub struct CalendarAdmin {
    pub(super) metrics: Arc<CurrentState>,
    pub(super) read_models: Arc<ReadModels>,
}

impl CalendarAdmin {
    /// Creates the model with the clock from which rules that never fire are looked for, and what knows the components that use each.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>, read_models: Arc<ReadModels>) -> Self {
        Self { metrics, read_models }
    }

    /// Describes what uses a calendar.
    fn users(&self, conn: &mut Conn, id: i64) -> db::Result<Vec<ObjectLines>> {
        let windows = window::store::names_with_calendar(conn, id, USERS_MAX)?;
        let by_windows = window::store::count_by_calendar(conn, id)?;
        let (components, by_components) = users(conn, &self.read_models, Link::Calendar, id, USERS_MAX)?;
        let words = |kind: &str, names: Vec<String>| names.into_iter().map(|name| format!("{kind} {name}")).collect();
        let users = |model, kind: &str, names, count| ObjectLines {
            model,
            lines: form::users(words(kind, names), count),
            count,
        };
        Ok(vec![
            users(WINDOW, "SLA window", windows, by_windows),
            users(COMPONENT, "component", components, by_components),
        ])
    }
}

/// Returns what is allowed and most likely a mistake: rules that exclude nothing, and windows of which they leave nothing.
pub(super) fn warnings(
    conn: &mut Conn,
    id: Option<i64>,
    after: &CalendarState,
    now: i64,
    may_view: bool,
) -> db::Result<Vec<String>> {
    let findings = lint::schedule::calendar(after, now);
    let mut warnings: Vec<String> = findings.iter().map(Finding::sentence).collect();
    let Some(id) = id.filter(|_| after.enabled) else {
        return Ok(warnings);
    };
    let users = window::store::names_with_calendar(conn, id, USERS_MAX)?;
    if users.is_empty() {
        return Ok(warnings);
    }
    let ids = window::store::keys_by_names(conn, &users)?.into_iter();
    let ids: Vec<i64> = ids.map(|(id, _)| id).collect();
    let windows: Vec<WindowState> = windows(conn, Some(&ids))?
        .into_iter()
        .map(|stored| stored.state)
        .collect();
    let mut calendars = window::coverage::calendars_by_name(conn, windows.iter())?;
    for (_, old_name) in store::names_by_keys(conn, &[id])? {
        calendars.insert(&old_name, after.clone());
    }
    for state in windows.into_iter().filter(|state| state.enabled) {
        if let Some(finding) = lint::schedule::swallowed(&state, &calendars, now) {
            warnings.push(match may_view {
                true => finding.sentence(),
                false => HIDDEN_WINDOW.to_owned(),
            });
        }
    }
    Ok(warnings)
}

impl ModelAdmin for CalendarAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: CALENDAR,
            singular: "calendar",
            plural: "calendars",
            purpose: "A calendar holds holidays and maintenance, when no service is promised. SLA windows and components share it.",
            columns: columns::<CalendarColumn, CalendarOrder>(CalendarColumn::column),
            default_sort: &[Sort {
                key: "name",
                descending: false,
            }],
            search: search_words::<CalendarState>(),
            filters: list::filters(),
            ranges: Vec::new(),
            date_hierarchy: None,
            fieldsets: fieldsets::<CalendarState>(),
            add_fieldsets: None,
            inline: Some(rule::form::inline(RuleFormOwner::Calendar)),
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn form_preview(&self) -> Option<&dyn FormPreview> {
        Some(self)
    }

    fn change_words(&self) -> ChangeWords {
        properties::past::change_words::<CalendarState>
    }

    fn outcome_words(&self) -> OutcomeWords {
        outcome::of_calendar
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(exchange::<CalendarState>())
    }

    fn inline_preview(&self) -> Option<&dyn InlinePreview> {
        Some(self)
    }

    fn form_object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let stored = load::<CalendarState>(conn, id)?;
        stored.map(|stored| of_stored(conn, &stored)).transpose()
    }

    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        store::version(conn, id)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load::<CalendarState>(conn, id)? else {
            return Ok(None);
        };
        let mut object = of_stored(conn, &stored)?;
        if let (Some(zone), true) = (stored.state.timezone, stored.state.enabled) {
            let lines = rule::preview::exclusions(zone, plain(&stored.state.rules), self.metrics.now_seconds());
            object
                .side_panels
                .push((format!("What the stored rules come to, in {zone}"), lines).into());
        }
        if stored.unreadable.is_none()
            && let Some(expiry) = expiry::of_calendar(&stored.state, self.metrics.now_seconds())
        {
            let line = format!("It {}", expiry.words());
            object.side_panels.push((expiry.title("calendar"), vec![line]).into());
        }
        let components = count(self.read_models.current(conn)?.cut_by(id).count() as u64);
        let users = self.users(conn, id)?;
        let title = match (components, users.iter().all(|users| users.count == 0)) {
            (_, true) => "Used by nothing".to_owned(),
            (0, false) => "Used by these, and by no component".to_owned(),
            (count, false) => format!(
                "Used by {}, by itself or through windows; saving may change the hours of all of them",
                counted(count, "component")
            ),
        };
        object.side_panels.push(SidePanel::naming(title, users));
        object.side_panels.extend(stored.unreadable.map(|reason| {
            let title = "This calendar cannot be read, and what uses it has no metrics";
            (title.to_owned(), vec![reason]).into()
        }));
        Ok(Some(object))
    }

    fn blank(&self) -> Object {
        properties::form::blank::<CalendarState>()
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        filter != FILTER || RunOut::ALL.iter().any(|when| when.as_str() == value)
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        if name == FILTER {
            let offer = |when: RunOut| (when.as_str().to_owned(), when.title().to_owned());
            return Ok(RunOut::ALL.map(offer).into());
        }
        let rule_choices = rule::form::choices(name);
        if rule_choices.is_empty() {
            let names = match term.trim() {
                "" => store::first_names(conn, limit)?,
                _ => store::names(conn)?,
            };
            Ok(listed::choices(names, term, limit))
        } else {
            Ok(rule_choices)
        }
    }

    fn titles(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
        let rows = store::by_ids(conn, ids)?.into_iter();
        Ok(rows.map(|row| (row.id, row.name)).collect())
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let (stored, after) = posted::<CalendarState>(tx.reader(), id, input)?;
        let may_view = tx.actor().may(WINDOW.permission(Action::View));
        let warnings = warnings(tx.reader(), id, &after, self.metrics.now_seconds(), may_view)?;
        form::store_saying(tx, stored, after, warnings, |tx, plan| {
            let may = tx.actor().may(COMPONENT.permission(Action::View));
            let now = self.metrics.now_seconds();
            if !may {
                return Ok(None);
            }
            effect(tx.reader(), &self.read_models, plan, now)
        })
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let rows = store::by_ids(conn, ids)?;
        let rules = store::count_rules(conn, ids)?;
        let titles: HashMap<i64, &str> = rows.iter().map(|row| (row.id, row.name.as_str())).collect();
        let (windows, window_count) = window::store::users_of_calendars(conn, ids)?;
        let (components, component_count) = component::usage_store::users_of_calendars(conn, ids)?;
        let words = |model: Model, (id, key, user): selecting::Usage| {
            NamedObject::object(model, key, format!("{} {user} uses {}", model.title, titles[&id]))
        };
        let users = windows
            .into_iter()
            .map(|user| words(WINDOW, user))
            .chain(components.into_iter().map(|user| words(COMPONENT, user)));
        let names = rows.iter().map(|row| (row.id, row.name.clone()));
        let found: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let stored = store::rules_of(conn, listed::sampled(&found))?;
        let parts = form::rules_in_words(&stored, false, |rule| rule.calendar_id);
        Ok(Deletion {
            counts: vec![("calendars".to_owned(), rows.len() as u64), ("rules".to_owned(), rules)],
            tree: listed::tree(CALENDAR, names, rows.len() as u64, parts),
            about: Vec::new(),
            notes: Vec::new(),
            protected: listed::sample(users, window_count + component_count),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let stored = selecting::in_portions(ids, |ids| calendars(tx.reader(), Some(&ids)))?;
        form::delete(tx, stored)
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let Ok(state) = properties::json::read::<CalendarState>(state) else {
            return Ok(None);
        };
        Ok(Some(object(&LinkOptions::of(conn, &[&state])?, &state)))
    }
}

impl InlinePreview for CalendarAdmin {
    fn describe_row(&self, input: &mut FormInput<'_>, row: &str) -> RowWords {
        rule::preview::read_row(input, row, RuleFormOwner::Calendar, self.metrics.now_seconds())
    }
}

/// Returns the form of what is stored.
fn of_stored(conn: &mut Conn, stored: &Stored<CalendarState>) -> db::Result<Object> {
    let options = LinkOptions::of(conn, &[&stored.state])?;
    let rules = rule::form::stored(&store::rules_of(conn, &[stored.id])?);
    Ok(Object {
        id: stored.id,
        version: stored.version,
        rows: rule::form::rows(&rules, RuleFormOwner::Calendar),
        ..options.object(&stored.state)
    })
}

/// Returns the form of a state, its rules all new.
fn object(options: &LinkOptions, state: &CalendarState) -> Object {
    let rows = state.rules.iter().map(|rule| rule::form::values(rule, None, None));
    Object {
        rows: rows.collect(),
        ..options.object(state)
    }
}
