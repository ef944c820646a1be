//! Components in the admin.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::compiled::NewestSchedules;
use super::list::{self, ComponentColumn, ComponentFilter, ComponentNumber, ComponentOrder, ComponentPeriod};
use super::opened::ComponentList;
use super::warnings::warnings;
use super::{asked_time, glance, many, past, standing, store, tools};
use crate::admin::dates;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, ChangeWords, Dashboard, DashboardCount, Deletion, FormPreview, LinkedPast, ListQuery,
    ModelAdmin, ModelList, NamedObject, Object, Refusal, Saved, TakenKeys,
};
use crate::admin::spec::{ListAction, Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::grouped::grouped;
use crate::apps::list_key::{ListKey, columns, taken};
use crate::apps::listed::{ObjectParts, sample, sampled, tree};
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::hours::effect::effect;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::properties::{self, ObjectState, fieldsets};
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::selecting::in_portions;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{CALENDAR, COMPONENT, CORRECTION, LABEL, WINDOW, availability, correction};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::metrics::state::current::CurrentState;
use crate::zones::Zone;

/// The order of a list that asks for none.
const BY_NAME: [Sort; 1] = [Sort {
    key: "name",
    descending: false,
}];

/// Components.
pub struct ComponentAdmin {
    pub(super) metrics: Arc<CurrentState>,
    read_models: Arc<ReadModels>,
    schedules: NewestSchedules,
}

impl ComponentAdmin {
    /// Creates the model with the state that the metrics show, so that a page and a scrape never disagree, and with the read model that
    /// answers its lists.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>, read_models: Arc<ReadModels>) -> Self {
        Self {
            metrics,
            read_models,
            schedules: NewestSchedules::default(),
        }
    }

    fn opened(&self, conn: &mut Conn) -> db::Result<ComponentList<'_>> {
        Ok(ComponentList::new(
            self.read_models.current(conn)?,
            &self.metrics,
            &self.schedules,
        ))
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
            search: Some("names, or team=payments"),
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
                    of_one: None,
                },
                ListAction {
                    name: "disable_selected",
                    label: "Disable selected components",
                    of_one: None,
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

    fn linked_past(&self, conn: &mut Conn, id: i64, entries_max: i64) -> db::Result<Vec<LinkedPast>> {
        past::linked(conn, id, entries_max)
    }

    fn form_preview(&self) -> Option<&dyn FormPreview> {
        Some(self)
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

    fn form_object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        Ok(many::objects(conn, &[id])?.pop())
    }

    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        store::version(conn, id)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        let mut object = LinkOptions::of(conn, &[&stored.state])?.object(&stored.state);
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

    fn filter_input_fault(&self, key: &str, value: &str) -> Option<String> {
        asked_time::input_fault(key, value)
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        if let Some(filter) = ComponentFilter::parse(name) {
            let offer = |(value, words): (&str, &str)| (value.to_owned(), words.to_owned());
            return Ok(filter
                .offers()
                .map_or_else(Vec::new, |offers| offers.into_iter().map(offer).collect()));
        }
        let wanted = ListQuery {
            terms: (!term.is_empty()).then(|| term.to_owned()).into_iter().collect(),
            sort: BY_NAME.to_vec(),
            // A user who chooses a component may have no right to view labels.
            hidden: vec![LABEL],
            ..ListQuery::default()
        };
        let ids = self.opened(conn)?.ids(conn, &wanted, 0, limit)?;
        let rows = in_portions(&ids, |portion| store::by_ids(conn, &portion))?;
        let mut names: HashMap<i64, String> = rows.into_iter().map(|row| (row.id, row.name)).collect();
        let named = ids.iter().filter_map(|id| Some((id.to_string(), names.remove(id)?)));
        Ok(named.collect())
    }

    fn titles(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
        let rows = store::by_ids(conn, ids)?.into_iter();
        Ok(rows.map(|row| (row.id, row.name)).collect())
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let (stored, after) = posted(tx.reader(), id, input)?;
        let before = stored.as_ref().map(|stored| &stored.state);
        let warnings = warnings(tx.reader(), before, &after, &self.metrics)?;
        form::store_saying(tx, stored, after, warnings, |tx, plan| {
            effect(tx.reader(), &self.read_models, plan, self.metrics.now_seconds())
        })
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
            about: Vec::new(),
            notes: measured_notes(conn, ids)?,
            protected: corrections_of(conn, ids)?,
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

    fn tools(&self, object: &Object) -> Vec<(&'static str, String)> {
        tools::tools(object)
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

/// Says what deleting means for what was measured of these components.
fn measured_notes(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<String>> {
    let measured = in_portions(ids, |ids| availability::store::measured_ranges(conn, &ids))?;
    let ranges = || measured.iter().map(|(_, range)| *range);
    let (Some(from), Some(to)) = (ranges().map(|range| range.0).min(), ranges().map(|range| range.1).max()) else {
        return Ok(Vec::new());
    };
    let day = |at| dates::date(Zone::utc().local_at(at).date());
    Ok(vec![format!(
        "What was measured from {} to {} stays in reports, as that of a deleted component. A component that is added again, also by \
         restoring a state, is a new one: its hours and measurements begin then.",
        day(from),
        day(to - 1)
    )])
}

/// Returns the corrections of these components: reports of the past need them.
fn corrections_of(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<NamedObject>> {
    let (rows, count) = correction::store::of_components(conn, ids)?;
    let stored = correction::state::stored_corrections(conn, rows)?.into_iter();
    let named = stored.map(|stored| {
        let words = format!("correction of {}", stored.state.title());
        NamedObject::object(CORRECTION, stored.id, words)
    });
    Ok(sample(named, count))
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

/// Returns what is stored of a component, and what its form says.
///
/// # Errors
/// [`Refusal::Input`] for what it must not say, which is noted in it.
pub(super) fn posted(
    conn: &mut Conn,
    id: Option<i64>,
    input: &mut FormInput<'_>,
) -> Result<(Option<Stored<ComponentState>>, ComponentState), Refusal> {
    let stored = match id {
        Some(id) => load(conn, id)?,
        None => None,
    };
    let options = LinkOptions::posted::<ComponentState>(conn, &[&*input])?;
    let after = options.read(input, stored.as_ref().map(|stored| &stored.state));
    if stored.as_ref().is_none_or(|stored| stored.state.name != after.name)
        && let Some(twin) = store::twin(conn, &after.name, id)?
    {
        form::refuse_twin(input, "Component", &after.name, &twin);
    }
    match input.is_valid() {
        true => Ok((stored, after)),
        false => Err(Refusal::Input),
    }
}

fn load_all(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<Stored<ComponentState>>> {
    many::stored(conn, ids)
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<ComponentState>>> {
    Ok(load_all(conn, &[id])?.pop())
}
