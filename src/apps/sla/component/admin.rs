//! Components in the admin.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::list::{self, ComponentColumn, ComponentFilter, ComponentNumber, ComponentOrder, ComponentPeriod};
use super::opened::ComponentList;
use super::{glance, many, past, standing, store};
use crate::admin::input::FormInput;
use crate::admin::model::{
    ChangeWords, Dashboard, DashboardCount, Deletion, LinkedPast, ListQuery, ModelAdmin, ModelList, NamedObject,
    Object, Refusal, Saved, TakenKeys,
};
use crate::admin::spec::{ListAction, Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::grouped::grouped;
use crate::apps::list_key::{ListKey, columns, taken};
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::lint::{self, Finding};
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::properties::{self, fieldsets, search_words};
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::selecting::{ObjectParts, in_portions, sampled, tree};
use crate::apps::sla::stored::{Stored, all_names};
use crate::apps::sla::{CALENDAR, COMPONENT, LABEL, WINDOW, window};
use crate::audit::Tx;
use crate::calculus::coverage::Coverage;
use crate::calculus::span::Span;
use crate::db::{self, Conn};
use crate::metrics::format::names::metric_prefix;
use crate::metrics::state::current::CurrentState;

/// How far ahead windows that merge are looked for, seconds: four weeks.
const MERGING_HORIZON: i64 = 28 * 86_400;

/// The order of a list that asks for none.
const BY_NAME: [Sort; 1] = [Sort {
    key: "name",
    descending: false,
}];

/// Components.
pub struct ComponentAdmin {
    metrics: Arc<CurrentState>,
    read_models: Arc<ReadModels>,
}

impl ComponentAdmin {
    /// Creates the model with the state that the metrics show, so that a page and a scrape never disagree, and with the read model that
    /// answers its lists.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>, read_models: Arc<ReadModels>) -> Self {
        Self { metrics, read_models }
    }

    fn opened(&self, conn: &mut Conn) -> db::Result<ComponentList<'_>> {
        Ok(ComponentList::new(self.read_models.current(conn)?, &self.metrics))
    }
}

impl ModelAdmin for ComponentAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: COMPONENT,
            singular: "component",
            plural: "components",
            purpose: "A component is something that you run and promise hours for. Its SLA windows say when service is promised, its labels become labels in Prometheus.",
            columns: columns::<ComponentColumn, ComponentOrder>(ComponentColumn::column),
            default_sort: &BY_NAME,
            search: search_words::<ComponentState>(),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: Some(ComponentPeriod::CreatedAt.key()),
            fieldsets: fieldsets::<ComponentState>(),
            add_fieldsets: None,
            inline: None,
            actions: vec![
                ListAction {
                    name: "enable_selected",
                    label: "Enable selected components",
                },
                ListAction {
                    name: "disable_selected",
                    label: "Disable selected components",
                },
            ],
            read_only: false,
        }
    }

    fn taken(&self) -> TakenKeys {
        taken::<ComponentOrder, ComponentFilter, ComponentPeriod, ComponentNumber>()
    }

    fn list(&self, conn: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(Box::new(self.opened(conn)?))
    }

    fn linked_past(&self, conn: &mut Conn, id: i64) -> db::Result<Vec<LinkedPast>> {
        past::linked(conn, id)
    }

    fn change_words(&self) -> ChangeWords {
        properties::past::change_words::<ComponentState>
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(exchange::<ComponentState>())
    }

    fn dashboard(&self) -> Option<&dyn Dashboard> {
        Some(self)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        let mut object = LinkOptions::load::<ComponentState>(conn)?.object(&stored.state);
        (object.id, object.version) = (stored.id, stored.version);
        object.side_panels = standing::side_panels(conn, &stored, self.metrics.state_now().as_deref())?;
        Ok(Some(object))
    }

    fn blank(&self) -> Object {
        properties::form::blank::<ComponentState>()
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        let offers = ComponentFilter::declared(filter).offers();
        offers.is_none_or(|offers| offers.iter().any(|(offered, _)| *offered == value))
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        if let Some(filter) = ComponentFilter::parse(name) {
            let offer = |(value, words): (&str, &str)| (value.to_owned(), words.to_owned());
            return Ok(filter
                .offers()
                .map_or_else(Vec::new, |offers| offers.map(offer).to_vec()));
        }
        let wanted = ListQuery {
            terms: (!term.is_empty()).then(|| term.to_owned()).into_iter().collect(),
            sort: BY_NAME.to_vec(),
            ..ListQuery::default()
        };
        let ids = self.opened(conn)?.ids(&wanted, 0, limit)?;
        let rows = in_portions(&ids, |portion| store::by_ids(conn, &portion))?;
        let mut names: HashMap<i64, String> = rows.into_iter().map(|row| (row.id, row.name)).collect();
        let named = ids.iter().filter_map(|id| Some((id.to_string(), names.remove(id)?)));
        Ok(named.collect())
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let stored = match id {
            Some(id) => load(tx.reader(), id)?,
            None => None,
        };
        let after =
            LinkOptions::load::<ComponentState>(tx.reader())?.read(input, stored.as_ref().map(|stored| &stored.state));
        if stored.as_ref().is_none_or(|stored| stored.state.name != after.name)
            && let Some(twin) = store::twin(tx.reader(), &after.name, id)?
        {
            form::refuse_twin(input, "Component", &after.name, &twin);
        }
        if !input.is_valid() {
            return Err(Refusal::Input);
        }
        let mut warnings = warnings(tx.reader(), id, &after)?;
        if stored
            .as_ref()
            .is_none_or(|stored| stored.state.windows != after.windows)
        {
            warnings.extend(merging(tx.reader(), &after, self.metrics.now_seconds())?);
        }
        form::store(tx, stored, after, warnings)
    }

    fn objects(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Object>> {
        many::objects(conn, ids)
    }

    fn save_many(
        &self,
        tx: &mut Tx<'_>,
        forms: &mut [(i64, FormInput<'_>)],
    ) -> Result<Vec<Result<Saved, Refusal>>, Refusal> {
        many::save(tx, forms, self.metrics.now_seconds())
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let links = store::count_links(conn, ids)?;
        let first = sampled(ids);
        let names = store::by_ids(conn, first)?.into_iter().map(|row| (row.id, row.name));
        let tree = tree(COMPONENT, names, ids.len() as u64, parts(conn, first)?);
        let counts = [
            ("components", ids.len() as u64),
            ("links to labels, windows and calendars", links),
        ];
        Ok(Deletion {
            counts: counts
                .into_iter()
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
            tree,
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let stored = load_all(tx.reader(), ids)?;
        form::delete(tx, stored)
    }

    fn act(&self, tx: &mut Tx<'_>, action: &str, ids: &[i64]) -> Result<usize, Refusal> {
        let enabled = match action {
            "enable_selected" => true,
            "disable_selected" => false,
            other => return Err(Refusal::unknown_action(other)),
        };
        let mut changes = Vec::new();
        for stored in load_all(tx.reader(), ids)? {
            let mut after = stored.state.clone();
            after.enabled = enabled;
            changes.extend(ObjectChange::between(Some(stored), after));
        }
        let count = changes.len();
        form::carry_out(tx, &ChangePlan::of(changes))?;
        Ok(count)
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        properties::form::restored::<ComponentState>(conn, state)
    }
}

impl Dashboard for ComponentAdmin {
    fn counts(&self) -> Vec<DashboardCount> {
        self.metrics
            .state_now()
            .map_or_else(Vec::new, |state| glance::glances(&state))
    }
}

/// Returns what is deleted with each of these components: its links, not what they lead to.
fn parts(conn: &mut Conn, ids: &[i64]) -> db::Result<ObjectParts> {
    let of_kinds = [
        (LABEL, store::label_links_of(conn, ids)?),
        (WINDOW, store::window_links_of(conn, ids)?),
        (CALENDAR, store::calendar_links_of(conn, ids)?),
    ];
    let links = of_kinds.into_iter().flat_map(|(model, links)| {
        links.into_iter().map(move |(component, id, name)| {
            let words = format!("link to the {} {name}", model.title);
            (component, NamedObject::object(model, id, words))
        })
    });
    Ok(grouped(links))
}

fn load_all(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Stored<ComponentState>>> {
    let options = LinkOptions::load::<ComponentState>(conn)?;
    many::stored(conn, &options, ids)
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<ComponentState>>> {
    Ok(load_all(conn, &[id])?.pop())
}

/// Windows of the component that overlap or touch within four weeks, as far as there is one pair: their starts and ends in between are
/// none of the component's.
pub(super) fn merging(conn: &mut Conn, state: &ComponentState, now: i64) -> db::Result<Option<String>> {
    let (window_names, calendar_names) = all_names(conn)?;
    let used = window_names.iter().filter(|(_, name)| state.windows.contains(name));
    let ids: Vec<i64> = used.map(|(id, _)| *id).collect();
    if ids.len() < 2 {
        return Ok(None);
    }
    let windows = window::state::windows(conn, Some(&ids), &calendar_names)?;
    let calendars = window::coverage::calendars_by_name(conn)?;
    let enabled = windows
        .into_iter()
        .map(|stored| stored.state)
        .filter(|window| window.enabled);
    let spans: Vec<(String, Vec<Span>)> = enabled
        .map(|window| {
            let coverage = Coverage::new(vec![window::coverage::part(&window, &calendars)]);
            (window.name, coverage.spans(now, now + MERGING_HORIZON))
        })
        .collect();
    let meet = |a: &Span, b: &Span| a.start <= b.end && b.start <= a.end;
    let pairs = spans
        .iter()
        .enumerate()
        .flat_map(|(index, a)| spans[index + 1..].iter().map(move |b| (a, b)));
    let pair = pairs
        .into_iter()
        .find(|(a, b)| a.1.iter().any(|a| b.1.iter().any(|b| meet(a, b))));
    Ok(pair.map(|(a, b)| {
        format!(
            "The windows “{}” and “{}” of “{}” overlap or touch within four weeks: they count as one there.",
            a.0, b.0, state.name
        )
    }))
}

/// Returns what is allowed and yet worth a second look.
fn warnings(conn: &mut Conn, id: Option<i64>, state: &ComponentState) -> db::Result<Vec<String>> {
    let enabled: HashSet<String> = window::store::enabled_names(conn)?.into_iter().collect();
    let mut findings = Vec::new();
    findings.extend(lint::component::without_window(state, &enabled));
    let prefix = metric_prefix(&state.name);
    let mut names = vec![state.name.clone()];
    for (other, name) in store::names_like_prefix(conn, &prefix)? {
        if Some(other) != id && metric_prefix(&name) == prefix {
            names.push(name);
        }
    }
    findings.extend(lint::component::shared_metrics(&names));
    Ok(findings.iter().map(Finding::sentence).collect())
}
