//! The list of components, opened: the read model finds, counts and sorts; the rows of a page are read by their keys.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use chrono::NaiveDateTime;

use super::compiled::NewestSchedules;
use super::list::{ComponentFilter, ComponentLine, ComponentNumber, ComponentOrder, ComponentPeriod, WITH, WITHOUT};
use super::model::ListedComponent;
use super::standing::Standing;
use super::{store, then};
use crate::admin::model::{KnownTargets, ListQuery, ListRow, ModelList, NamedObject};
use crate::apps::list_key::ListKey;
use crate::apps::sla::read_model::InstantColumn;
use crate::apps::sla::read_model::found::FoundComponents;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::read_model::order::Order;
use crate::apps::sla::selecting::{flags, in_portions, keys};
use crate::apps::sla::{LABEL, WINDOW};
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::metrics::state::current::CurrentState;

/// The most labels that are looked at to find out which tell components apart.
const LABELS_MAX: usize = 10_000;

/// The list of components at one data version.
pub(super) struct ComponentList<'a> {
    pub(super) model: Arc<ReadModel>,
    pub(super) metrics: &'a CurrentState,
    /// Where the hours of schedules come from.
    pub(super) schedules: &'a NewestSchedules,
    /// What searches and filters found: a page asks for the same rows some ten times.
    known: RefCell<HashMap<KnownPart, Rc<FoundComponents>>>,
}

/// A part of what narrows a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum KnownPart {
    /// The terms of a search.
    Search(Vec<String>),
    /// A filter's values.
    Filter(&'static str, Vec<String>),
    /// Values of a filter by hours, and the parameters beside it.
    Hours(&'static str, Vec<String>, Vec<(&'static str, String)>),
}

impl ModelList for ComponentList<'_> {
    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64> {
        let count = match wanted.is_everything() {
            true => self.model.count(),
            false => self.found(conn, wanted)?.count(),
        };
        Ok(i64::try_from(count).unwrap_or(limit).min(limit))
    }

    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let ids = self.ids(conn, wanted, offset, limit)?;
        let rows = in_portions(&ids, |portion| store::listed(conn, &portion))?;
        let mut rows: HashMap<i64, ListedComponent> = rows.into_iter().map(|row| (row.id, row)).collect();
        // What was deleted meanwhile is left out.
        let rows: Vec<ListedComponent> = ids.iter().filter_map(|id| rows.remove(id)).collect();
        let enabled = rows.iter().filter(|row| row.enabled);
        let enabled = enabled.map(|row| row.name.as_str());
        let standing = Standing::load(conn, self.metrics.state_now().as_deref(), enabled)?;
        let mut then = then::states(conn, wanted, &ids)?.unwrap_or_default();
        let names = self.label_names();
        let shown = |row: ListedComponent| {
            let line = ComponentLine {
                then: then.remove(&row.id),
                labels: self.labels(row.id, &names),
                windows: self.linked(Link::Window, WINDOW, row.id),
                row,
                standing: &standing,
            };
            line.shown()
        };
        Ok(rows.into_iter().map(shown).collect())
    }

    fn head(&self, wanted: &ListQuery, column: &str) -> Option<&'static str> {
        then::head(wanted, column)
    }

    fn titles(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<(i64, String)>> {
        let ids = self.ids(conn, wanted, 0, limit)?;
        let mut names: HashMap<i64, String> = store::names_by_keys(conn, &ids)?.into_iter().collect();
        Ok(ids.iter().filter_map(|id| Some((*id, names.remove(id)?))).collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        let found = self.found(conn, wanted)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.model.ids(&found, &[], false, (0, limit)))
    }

    fn keys_in_order(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
        self.ids(conn, wanted, offset, limit)
    }

    fn date(&self, conn: &mut Conn, wanted: &ListQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
        Ok(self.model.edge(&self.found(conn, wanted)?, last))
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        let model = &self.model;
        let found = self.found(conn, wanted)?;
        let all = found.count();
        let counted = |with: FoundComponents, [yes, no]: [&str; 2]| {
            let mut with = with;
            with.keep(&found);
            let with = with.count();
            vec![(yes.to_owned(), number(with)), (no.to_owned(), number(all - with))]
        };
        let by_target = |link: Link| {
            let counts = model.facet(link, &found).into_iter();
            let counts = counts.map(|(id, count)| (id.to_string(), i64::try_from(count).unwrap_or(i64::MAX)));
            counts.collect()
        };
        let without_target = |link: Link| {
            let with: HashMap<i64, u64> = model.facet(link, &found).into_iter().collect();
            let without = |id: &i64| number(all).saturating_sub_unsigned(with.get(id).copied().unwrap_or(0));
            model.used(link).map(|id| (id.to_string(), without(&id))).collect()
        };
        Ok(match ComponentFilter::declared(filter) {
            ComponentFilter::Enabled => counted(model.enabled(), ["1", "0"]),
            ComponentFilter::Label => by_target(Link::Label),
            ComponentFilter::NotLabel => without_target(Link::Label),
            ComponentFilter::Window => by_target(Link::Window),
            ComponentFilter::Calendar => by_target(Link::Calendar),
            ComponentFilter::CutBy => {
                let counts = model.cut_facet(&found).into_iter();
                counts
                    .map(|(id, count)| (id.to_string(), i64::try_from(count).unwrap_or(i64::MAX)))
                    .collect()
            }
            ComponentFilter::HavingWindows
            | ComponentFilter::HavingLabels
            | ComponentFilter::HavingCalendars
            | ComponentFilter::HavingSlo => counted(self.having(ComponentFilter::declared(filter)), [WITH, WITHOUT]),
            ComponentFilter::Indicator => self.facets_by_indicator(conn, &found)?,
            ComponentFilter::State | ComponentFilter::Covered => self.facets_by_hours(conn, filter, wanted, &found)?,
        })
    }

    fn most_used(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery, limit: usize) -> db::Result<Vec<String>> {
        let filter = ComponentFilter::declared(filter);
        if let Some(link) = filter.link() {
            let used = self.model.most_used(link, &self.found(conn, wanted)?, limit);
            return Ok(used.iter().map(ToString::to_string).collect());
        }
        if filter != ComponentFilter::Indicator {
            return Ok(Vec::new());
        }
        let found = self.found(conn, wanted)?;
        let counts = self.facets_by_indicator(conn, &found)?;
        let mut counts: Vec<(Reverse<i64>, String)> =
            counts.into_iter().map(|(id, count)| (Reverse(count), id)).collect();
        counts.sort_unstable();
        Ok(counts.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    fn targets(&self, filter: &str) -> KnownTargets {
        let link = ComponentFilter::declared(filter).link();
        link.map_or_else(KnownTargets::default, |link| {
            let (count, are_all) = self.model.targets(link);
            KnownTargets { count, are_all }
        })
    }

    fn target_title(&self, filter: &str, id: i64) -> Option<String> {
        let link = ComponentFilter::declared(filter).link()?;
        self.model.name(link, id).map(str::to_owned)
    }
}

impl<'a> ComponentList<'a> {
    /// Opens the list of a state of the read model.
    pub(super) fn new(model: Arc<ReadModel>, metrics: &'a CurrentState, schedules: &'a NewestSchedules) -> Self {
        Self {
            model,
            metrics,
            schedules,
            known: RefCell::default(),
        }
    }

    /// Returns the keys of a page in the order of the list.
    pub(super) fn ids(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
        let found = self.found(conn, wanted)?;
        let asked: Vec<(ComponentOrder, bool)> = wanted
            .order()
            .map(|(key, descends)| (ComponentOrder::declared(key), descends))
            .collect();
        let ranks = |conn: &mut Conn, order: ComponentOrder| match order.stored() {
            Some(_) => Ok(Vec::new()),
            None => self.ranks(conn, order, wanted),
        };
        let ranks: Vec<Vec<u32>> = asked
            .iter()
            .map(|(order, _)| ranks(conn, *order))
            .collect::<db::Result<_>>()?;
        let orders: Vec<(Order<'_>, bool)> = asked
            .iter()
            .zip(&ranks)
            .map(|((order, descends), ranks)| (order.stored().unwrap_or(Order::Rank(ranks)), *descends))
            .collect();
        let whole = |number: i64| usize::try_from(number).unwrap_or(0);
        let page = (whole(offset), whole(limit));
        Ok(self.model.ids(&found, &orders, wanted.key_descends(), page))
    }

    /// Returns the components that a list asks for.
    fn found(&self, conn: &mut Conn, wanted: &ListQuery) -> db::Result<FoundComponents> {
        let model = &self.model;
        let mut found = match &wanted.keys {
            Some(keys) => model.of_ids(keys),
            None => model.all(),
        };
        for (key, values) in &wanted.filters {
            let filter = ComponentFilter::declared(key);
            let known = KnownPart::Filter(key, values.clone());
            let passing = match filter {
                ComponentFilter::Indicator => self.known(known, || self.by_indicators(conn, &keys(values)))?,
                filter if filter.is_by_hours() => {
                    let part = KnownPart::Hours(key, values.clone(), wanted.inputs.clone());
                    self.known(part, || self.by_hours(conn, filter, values, wanted))?
                }
                filter => self.known(known, || Ok(self.passing(filter, values)))?,
            };
            found.keep(&passing);
        }
        let hierarchy = wanted.between.map(|(from, to)| (InstantColumn::CreatedAt, from, to));
        let asked = wanted.instants.iter().map(|(key, from, to)| {
            let column = match ComponentPeriod::declared(key) {
                ComponentPeriod::CreatedAt => InstantColumn::CreatedAt,
                ComponentPeriod::UpdatedAt => InstantColumn::UpdatedAt,
            };
            (column, *from, *to)
        });
        for (column, from, to) in hierarchy.into_iter().chain(asked) {
            found.keep(&model.between(column, from, to));
        }
        for (key, from, to) in &wanted.numbers {
            match ComponentNumber::declared(key) {
                ComponentNumber::Slo => found.keep(&model.with_slo(*from, *to)),
            }
        }
        if !wanted.terms.is_empty() {
            let holding = self.known(KnownPart::Search(wanted.terms.clone()), || {
                let mut holding = model.all();
                model.search(&wanted.terms, !wanted.hidden.contains(&LABEL), &mut holding)?;
                Ok(holding)
            })?;
            found.keep(&holding);
        }
        Ok(found)
    }

    /// Returns what `find` finds, which is looked for once.
    fn known(
        &self,
        part: KnownPart,
        find: impl FnOnce() -> db::Result<FoundComponents>,
    ) -> db::Result<Rc<FoundComponents>> {
        let known = self.known.borrow().get(&part).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = Rc::new(find()?);
        self.known.borrow_mut().insert(part, Rc::clone(&found));
        Ok(found)
    }

    /// Returns the components that any of a filter's values finds.
    fn passing(&self, filter: ComponentFilter, values: &[String]) -> FoundComponents {
        let model = &self.model;
        match filter {
            ComponentFilter::Enabled => {
                let flags = flags(values);
                divided(model, model.enabled(), flags.contains(&true), flags.contains(&false))
            }
            ComponentFilter::Label => model.linked(Link::Label, &keys(values)),
            // None of them: a component without any one of two labels is nearly every component.
            ComponentFilter::NotLabel => divided(model, model.linked(Link::Label, &keys(values)), false, true),
            ComponentFilter::Window => model.linked(Link::Window, &keys(values)),
            ComponentFilter::Calendar => model.linked(Link::Calendar, &keys(values)),
            ComponentFilter::CutBy => {
                let mut cut = model.of_ids(&[]);
                keys(values).iter().for_each(|id| cut.add(&model.cut_by(*id)));
                cut
            }
            ComponentFilter::HavingWindows
            | ComponentFilter::HavingLabels
            | ComponentFilter::HavingCalendars
            | ComponentFilter::HavingSlo => {
                let is_chosen = |choice: &str| values.iter().any(|value| value == choice);
                divided(model, self.having(filter), is_chosen(WITH), is_chosen(WITHOUT))
            }
            // They need the hours of schedules or a query, and are found by them.
            ComponentFilter::State | ComponentFilter::Covered | ComponentFilter::Indicator => model.all(),
        }
    }

    /// Returns the components that have what a filter asks about.
    fn having(&self, filter: ComponentFilter) -> FoundComponents {
        let model = &self.model;
        match filter {
            ComponentFilter::HavingLabels => model.having(Link::Label),
            ComponentFilter::HavingCalendars => model.having(Link::Calendar),
            ComponentFilter::HavingSlo => model.with_slo(i64::MIN, i64::MAX),
            ComponentFilter::HavingWindows => model.with_enabled_window(),
            ComponentFilter::Enabled
            | ComponentFilter::Label
            | ComponentFilter::NotLabel
            | ComponentFilter::Window
            | ComponentFilter::Calendar
            | ComponentFilter::CutBy
            | ComponentFilter::Indicator
            | ComponentFilter::State
            | ComponentFilter::Covered => model.all(),
        }
    }

    /// Returns the places of the names of labels. Those come first that tell components apart: with the most values, then of the most
    /// components, then by name.
    fn label_names(&self) -> HashMap<&str, usize> {
        let model = &self.model;
        let mut uses: HashMap<&str, (usize, u64)> = HashMap::new();
        for id in model.used(Link::Label).take(LABELS_MAX) {
            let name = model.name(Link::Label, id).and_then(|label| label.split_once('='));
            if let Some((name, _)) = name {
                let (values, users) = uses.entry(name).or_default();
                *values += 1;
                *users += model.users(Link::Label, id);
            }
        }
        let mut names: Vec<(Reverse<(usize, u64)>, &str)> =
            uses.into_iter().map(|(name, uses)| (Reverse(uses), name)).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).zip(0..).collect()
    }

    /// Returns the labels of a component in the order of their names' places.
    fn labels(&self, id: i64, names: &HashMap<&str, usize>) -> Vec<NamedObject> {
        let mut labels = self.linked(Link::Label, LABEL, id);
        labels.sort_by_key(|label| {
            let name = label.words.split_once('=').map_or("", |(name, _)| name);
            names.get(name).copied().unwrap_or(usize::MAX)
        });
        labels
    }

    /// Returns what a component is linked to, by name.
    fn linked(&self, link: Link, model: Model, id: i64) -> Vec<NamedObject> {
        let links = self.model.links(link, id).into_iter();
        let named = links.filter_map(|id| self.model.name(link, id).map(|name| (name, id)));
        let mut named: Vec<(&str, i64)> = named.collect();
        named.sort_unstable();
        let objects = named.into_iter();
        objects
            .map(|(name, id)| NamedObject::object(model, id, name.to_owned()))
            .collect()
    }
}

/// Returns a part of the components, the rest of them, or both.
pub(super) fn divided(model: &ReadModel, part: FoundComponents, has_part: bool, has_rest: bool) -> FoundComponents {
    match (has_part, has_rest) {
        (true, false) => part,
        (false, true) => {
            let mut rest = model.all();
            rest.remove(&part);
            rest
        }
        _ => model.all(),
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
