//! SLA windows in the admin.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::list::{self, WindowColumn, WindowFilter, WindowLine, WindowOrder};
use super::{coverage, store};
use crate::admin::address::{Address, ModelPage};
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, ChangeWords, Deletion, FormPreview, InlinePreview, ModelAdmin, ModelList, NamedObject, Object,
    ObjectLines, OutcomeWords, Refusal, RowWords, Saved, SidePanel, TakenKeys,
};
use crate::admin::query::Query;
use crate::admin::spec::{Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::{ListKey, columns};
use crate::apps::listed::{self};
use crate::apps::sla::component::users::users;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::declarative::rule_form::{load, posted};
use crate::apps::sla::hours::effect::effect;
use crate::apps::sla::lint::{self, Finding, expiry};
use crate::apps::sla::names::ByName;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::properties::{self, fieldsets, search_words};
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::read_model::per_state::PerState;
use crate::apps::sla::rule::Effect;
use crate::apps::sla::rule::form::RuleFormOwner;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::window::state::{WindowState, windows};
use crate::apps::sla::{CALENDAR, COMPONENT, EXCEPT, WINDOW, calendar, component, outcome, rule, selecting};
use crate::audit::Tx;
use crate::auth::Action;
use crate::calculus::coverage::Coverage;
use crate::db::{self, Conn};
use crate::metrics::state::current::CurrentState;
use crate::text::counted;

/// The most users of a window that are named.
const USERS_MAX: i64 = 20;

/// SLA windows.
pub struct WindowAdmin {
    metrics: Arc<CurrentState>,
    pub(super) read_models: Arc<ReadModels>,
    /// What its list is made of.
    pub(super) lines: PerState<Vec<WindowLine>>,
}

impl WindowAdmin {
    /// Creates the model with the clock that says whether a window is open now, and what knows the components that use each.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>, read_models: Arc<ReadModels>) -> Self {
        Self {
            metrics,
            read_models,
            lines: PerState::default(),
        }
    }

    /// Returns the time of the metrics.
    pub(super) fn now_seconds(&self) -> i64 {
        self.metrics.now_seconds()
    }

    /// Returns the state of a window now and its next hours, its calendars included.
    fn forecast(&self, conn: &mut Conn, state: &WindowState) -> db::Result<Vec<String>> {
        if !state.enabled {
            return Ok(vec!["Outside: it is disabled and promises nothing".to_owned()]);
        }
        let coverage = Coverage::new(vec![coverage::part(
            state,
            &coverage::calendars_by_name(conn, std::iter::once(state))?,
        )]);
        let now = self.metrics.now_seconds();
        Ok(rule::preview::forecast(
            &coverage,
            state.timezone,
            now,
            ("Inside", "Outside"),
        ))
    }
}

impl ModelAdmin for WindowAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: WINDOW,
            singular: "SLA window",
            plural: "SLA windows",
            purpose: "An SLA window says in which hours service is promised, in one time zone. Components share it.",
            columns: columns::<WindowColumn, WindowOrder>(WindowColumn::column),
            default_sort: &[Sort {
                key: "name",
                descending: false,
            }],
            search: search_words::<WindowState>(),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: None,
            fieldsets: fieldsets::<WindowState>(),
            add_fieldsets: None,
            inline: Some(rule::form::inline(RuleFormOwner::Window)),
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
        properties::past::change_words::<WindowState>
    }

    fn outcome_words(&self) -> OutcomeWords {
        outcome::of_window
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(exchange::<WindowState>())
    }

    fn inline_preview(&self) -> Option<&dyn InlinePreview> {
        Some(self)
    }

    fn form_object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let stored = load::<WindowState>(conn, id)?;
        stored.map(|stored| of_stored(conn, &stored)).transpose()
    }

    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        store::version(conn, id)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load::<WindowState>(conn, id)? else {
            return Ok(None);
        };
        let mut object = of_stored(conn, &stored)?;
        let title = format!("What the stored rules come to, in {}", stored.state.timezone);
        let forecast = self.forecast(conn, &stored.state)?;
        object.side_panels.push((title, forecast).into());
        if stored.unreadable.is_none()
            && let Some(expiry) = expiry::of_window(&stored.state, self.metrics.now_seconds())
        {
            let line = format!("It {}", expiry.words());
            object.side_panels.push((expiry.title("window"), vec![line]).into());
        }
        let (users, count) = users(conn, &self.read_models, Link::Window, id, USERS_MAX)?;
        let title = format!(
            "Used by {}{}",
            counted(count, "component"),
            if count > 0 {
                "; saving may change the hours of all of them"
            } else {
                ""
            }
        );
        let users = ObjectLines {
            model: COMPONENT,
            lines: form::users(users, count),
            count,
        };
        let mut used = SidePanel::naming(title, vec![users]);
        if count > 0 {
            used = used.leading_to(COMPONENT, format!("?windows__id__exact={id}"));
        }
        object.side_panels.push(used);
        object.side_panels.extend(stored.unreadable.map(|reason| {
            let title = "This window cannot be read, and its components have no metrics";
            SidePanel::from((title.to_owned(), vec![reason]))
        }));
        Ok(Some(object))
    }

    fn blank(&self) -> Object {
        properties::form::blank::<WindowState>()
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        match WindowFilter::parse(name) {
            Some(WindowFilter::TimeZone) => {
                let mut zones = store::zones(conn)?;
                zones.sort();
                return Ok(zones.into_iter().map(|zone| (zone.clone(), zone)).collect());
            }
            Some(WindowFilter::Enabled) => return Ok(Vec::new()),
            None => {}
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
        let (stored, after) = posted::<WindowState>(tx.reader(), id, input)?;
        let calendars = coverage::calendars_by_name(tx.reader(), std::iter::once(&after))?;
        let may = tx.actor().may(COMPONENT.permission(Action::View));
        let warnings = warnings(tx.reader(), (id, &after), &calendars, self.now_seconds(), may)?;
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
        let (users, count) = component::usage_store::users_of_windows(conn, ids)?;
        let words = |(id, key, user): selecting::Usage| {
            NamedObject::object(COMPONENT, key, format!("component {user} uses {}", titles[&id]))
        };
        let names = rows.iter().map(|row| (row.id, row.name.clone()));
        let found: Vec<i64> = rows.iter().map(|row| row.id).collect();
        let parts = parts(conn, listed::sampled(&found))?;
        let links = selecting::in_portions(ids, |ids| store::calendars_of(conn, &ids))?.len();
        Ok(Deletion {
            counts: vec![
                ("SLA windows".to_owned(), rows.len() as u64),
                ("rules".to_owned(), rules),
                ("links to calendars".to_owned(), links as u64),
            ],
            tree: listed::tree(WINDOW, names, rows.len() as u64, parts),
            about: Vec::new(),
            notes: Vec::new(),
            protected: listed::sample(users.into_iter().map(words), count),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let stored = selecting::in_portions(ids, |ids| windows(tx.reader(), Some(&ids)))?;
        form::delete(tx, stored)
    }

    fn tools(&self, object: &Object) -> Vec<(&'static str, String)> {
        let users = Query::default().with("windows__id__exact", &object.id.to_string());
        let components = format!("{}{}", Address::Model(COMPONENT, ModelPage::List), users.link());
        let except = Address::Model(WINDOW, ModelPage::Added(object.id.into(), EXCEPT));
        vec![("Components", components), ("Except on…", except.into())]
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let Ok(state) = properties::json::read::<WindowState>(state) else {
            return Ok(None);
        };
        let options = LinkOptions::of(conn, &[&state])?;
        Ok(Some(Object {
            missing: options.missing(&state),
            ..object(&options, &state)
        }))
    }
}

impl InlinePreview for WindowAdmin {
    fn describe_row(&self, input: &mut FormInput<'_>, row: &str) -> RowWords {
        rule::preview::read_row(input, row, RuleFormOwner::Window, self.metrics.now_seconds())
    }
}

/// Returns what is deleted with each of these windows: its rules, and its links to calendars, not the calendars.
fn parts(conn: &mut Conn, ids: &[i64]) -> db::Result<listed::ObjectParts> {
    let mut parts = form::rules_in_words(&store::rules_of(conn, ids)?, true, |rule| rule.window_id);
    let names: HashMap<i64, String> = calendar::store::names(conn)?.into_iter().collect();
    for (window, id) in store::calendars_of(conn, ids)? {
        if let Some(name) = names.get(&id) {
            let words = format!("link to the calendar {name}");
            parts
                .entry(window)
                .or_default()
                .push(NamedObject::object(CALENDAR, id, words));
        }
    }
    Ok(parts)
}

/// Returns the form of what is stored.
fn of_stored(conn: &mut Conn, stored: &Stored<WindowState>) -> db::Result<Object> {
    let options = LinkOptions::of(conn, &[&stored.state])?;
    let rules = rule::form::stored(&store::rules_of(conn, &[stored.id])?);
    Ok(Object {
        id: stored.id,
        version: stored.version,
        rows: rule::form::rows(&rules, RuleFormOwner::Window),
        ..options.object(&stored.state)
    })
}

/// Returns the form of a state, its rules all new.
fn object(options: &LinkOptions, state: &WindowState) -> Object {
    let includes = state.rules.iter().map(|rule| (rule, Effect::Include));
    let excludes = state.excludes.iter().map(|rule| (rule, Effect::Exclude));
    let rows = includes.chain(excludes);
    Object {
        rows: rows
            .map(|(rule, effect)| rule::form::values(rule, Some(effect), None))
            .collect(),
        ..options.object(state)
    }
}

/// Returns what is allowed and worth a second look: what is odd about the rules of a window, and components that it leaves without hours.
pub(super) fn warnings(
    conn: &mut Conn,
    (id, after): (Option<i64>, &WindowState),
    calendars: &ByName<calendar::state::CalendarState>,
    now: i64,
    may_view: bool,
) -> db::Result<Vec<String>> {
    let findings = lint::schedule::window(after, calendars, now);
    let mut warnings: Vec<String> = findings.iter().map(Finding::sentence).collect();
    if let Some(id) = id {
        warnings.extend(left_without_hours(conn, id, after, now, may_view)?);
    }
    Ok(warnings)
}

/// Returns the components that a window leaves without hours because it is disabled, or valid no longer.
fn left_without_hours(
    conn: &mut Conn,
    id: i64,
    window: &WindowState,
    now: i64,
    may_view: bool,
) -> db::Result<Option<String>> {
    let today = window.timezone.local_at(now).date();
    let ended = window.valid_until.filter(|until| *until < today);
    let why = match ended {
        _ if !window.enabled => "is disabled".to_owned(),
        Some(until) => format!("is not valid after {until}"),
        None => return Ok(None),
    };
    let names = component::usage_store::names_depending_on(conn, id, USERS_MAX + 1)?;
    let shown = usize::try_from(USERS_MAX).unwrap_or(usize::MAX);
    let more = if names.len() > shown { " and others" } else { "" };
    if !may_view {
        let words = "and components that you may not view have no other enabled window.";
        return Ok((!names.is_empty()).then(|| format!("“{}” {why}, {words}", window.name)));
    }
    let list = names
        .iter()
        .take(shown)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    Ok((!names.is_empty()).then(|| {
        format!(
            "“{}” {why}, and these components have no other enabled window: {list}{more}.",
            window.name
        )
    }))
}
