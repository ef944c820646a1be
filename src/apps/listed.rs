//! Lists of models that have few rows: searched, filtered and sorted in memory, after one query for all.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDateTime;

use crate::admin::model::{ListQuery, ListRow, ModelList, NamedObject, TakenKeys};
use crate::apps::list_key::{ListKey, taken};
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::text::{folded, holds_folded};

/// The most objects that a page names one by one; beyond, it counts.
pub const SAMPLE: i64 = 100;

/// The most parts of one object that a page names one by one; beyond, it counts.
const PARTS_MAX: usize = 20;

/// What a line is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// A number, or a yes or no.
    Number(i64),
    /// A text; the letters' case does not matter.
    Text(String),
}

impl SortKey {
    /// Returns a text's key.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_lowercase())
    }
}

/// A line of the list of a model with few objects.
pub trait ListLine {
    /// What the list can be sorted by.
    type Order: ListKey;
    /// Its filters.
    type Filter: ListKey;
    /// Instants by which it can be narrowed.
    type Period: ListKey;
    /// Numbers by which it can be narrowed.
    type Number: ListKey;

    /// Returns the object's key, the last thing that lines are sorted by.
    fn id(&self) -> i64;
    /// Returns how people call it.
    fn title(&self) -> &str;
    /// Returns what the search looks at.
    fn texts(&self) -> Vec<&str>;
    /// Returns how it is called to users without the permission to view objects of the `hidden` models.
    fn title_for(&self, _hidden: &[Model]) -> String {
        self.title().to_owned()
    }
    /// Returns what their search looks at.
    fn texts_for(&self, _hidden: &[Model]) -> Vec<&str> {
        self.texts()
    }
    /// Returns the values of a filter that find it.
    fn values(&self, filter: Self::Filter) -> Vec<String>;
    /// Returns the instant that a range looks at; a line without one is in no range.
    fn instant(&self, period: Self::Period) -> Option<NaiveDateTime>;
    /// Returns the number that a range looks at.
    fn number(&self, number: Self::Number) -> i64;
    /// Returns what it is sorted by.
    fn sort_key(&self, order: Self::Order) -> SortKey;
}

/// The list of a model with few objects: all of them are read with one query, and searched, filtered, sorted and counted in memory.
pub trait MemoryList {
    /// What is known of each object.
    type Line: ListLine + Clone;

    /// Reads all lines.
    ///
    /// # Errors
    /// Those of [`db`].
    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<Self::Line>>;

    /// Returns all lines; a model may keep them as long as its rows do not change, if something says that of each change.
    ///
    /// # Errors
    /// Those of [`db`].
    fn all_lines(&self, conn: &mut Conn) -> db::Result<Arc<Vec<Self::Line>>> {
        self.read_lines(conn).map(Arc::new)
    }

    /// Returns how many lines there are; a database counts many without reading them.
    ///
    /// # Errors
    /// Those of [`db`].
    fn count_lines(&self, conn: &mut Conn) -> db::Result<i64> {
        Ok(i64::try_from(self.read_lines(conn)?.len()).unwrap_or(i64::MAX))
    }

    /// Returns what a page shows of its lines.
    ///
    /// # Errors
    /// Those of [`db`].
    fn draw(&self, conn: &mut Conn, lines: Vec<Self::Line>) -> db::Result<Vec<ListRow>>;

    /// Returns the lines that a list asks for, in its order.
    ///
    /// # Errors
    /// Those of [`db`].
    fn lines(&self, conn: &mut Conn, query: &ListQuery) -> db::Result<Vec<Self::Line>> {
        let query = LineQuery::<Self::Line>::of(query);
        let lines = self.all_lines(conn)?;
        let found = lines.iter().filter(|line| query.finds(line)).collect();
        Ok(query.sorted(found).into_iter().cloned().collect())
    }
}

/// The list of a model with few objects, opened: its lines are read once, whatever a page asks of them.
struct OpenedList<'a, M: MemoryList> {
    model: &'a M,
    lines: OnceCell<Arc<Vec<M::Line>>>,
}

/// Opens the list of a model with few objects.
pub fn open<M: MemoryList>(model: &M) -> Box<dyn ModelList + '_> {
    Box::new(OpenedList {
        model,
        lines: OnceCell::new(),
    })
}

impl<M: MemoryList> OpenedList<'_, M> {
    /// Returns the lines that a query finds, in no order.
    fn found(&self, conn: &mut Conn, query: &LineQuery<'_, M::Line>) -> db::Result<Vec<&M::Line>> {
        if self.lines.get().is_none() {
            let lines = self.model.all_lines(conn)?;
            self.lines.get_or_init(|| lines);
        }
        let lines = self.lines.get().into_iter().flat_map(|lines| lines.iter());
        Ok(lines.filter(|line| query.finds(line)).collect())
    }

    /// Returns the lines that a list asks for, in its order.
    fn in_order(&self, conn: &mut Conn, query: &ListQuery) -> db::Result<Vec<&M::Line>> {
        let query = LineQuery::of(query);
        let found = self.found(conn, &query)?;
        Ok(query.sorted(found))
    }
}

/// Returns what the queries of the list of a model with few objects take.
pub fn taken_by<M: MemoryList>(_model: &M) -> TakenKeys {
    taken::<
        <M::Line as ListLine>::Order,
        <M::Line as ListLine>::Filter,
        <M::Line as ListLine>::Period,
        <M::Line as ListLine>::Number,
    >()
}

impl<M: MemoryList> ModelList for OpenedList<'_, M> {
    fn count(&self, conn: &mut Conn, query: &ListQuery, limit: i64) -> db::Result<i64> {
        if query.is_everything() && self.lines.get().is_none() {
            return Ok(self.model.count_lines(conn)?.min(limit));
        }
        let count = self.found(conn, &LineQuery::of(query))?.len();
        Ok(i64::try_from(count).unwrap_or(limit).min(limit))
    }

    fn rows(&self, conn: &mut Conn, query: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let number = |value: i64| usize::try_from(value).unwrap_or(0);
        let lines = self.in_order(conn, query)?.into_iter();
        let page = lines.skip(number(offset)).take(number(limit));
        self.model.draw(conn, page.cloned().collect())
    }

    fn titles(&self, conn: &mut Conn, query: &ListQuery, limit: i64) -> db::Result<Vec<(i64, String)>> {
        let lines = self.in_order(conn, query)?.into_iter();
        let titles = lines.map(|line| (line.id(), line.title_for(&query.hidden)));
        Ok(titles.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }

    fn keys(&self, conn: &mut Conn, query: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        let lines = self.in_order(conn, query)?.into_iter();
        let keys = lines.map(ListLine::id);
        Ok(keys.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }

    fn facets(&self, conn: &mut Conn, filter: &str, query: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        let filter = <M::Line as ListLine>::Filter::declared(filter);
        let mut counts: HashMap<String, i64> = HashMap::new();
        for line in self.found(conn, &LineQuery::of(query))? {
            for value in line.values(filter) {
                *counts.entry(value).or_default() += 1;
            }
        }
        Ok(counts.into_iter().collect())
    }

    fn most_used(&self, conn: &mut Conn, filter: &str, query: &ListQuery, limit: usize) -> db::Result<Vec<String>> {
        let mut counts = self.facets(conn, filter, query)?;
        counts.sort_unstable_by(|(one, one_count), (other, other_count)| {
            other_count.cmp(one_count).then_with(|| one.cmp(other))
        });
        Ok(counts.into_iter().take(limit).map(|(value, _)| value).collect())
    }
}

/// What a list asks for, read once for all lines.
struct LineQuery<'a, L: ListLine> {
    /// The terms, folded.
    terms: Vec<String>,
    /// The models whose objects the user may not view.
    hidden: &'a [Model],
    keys: Option<HashSet<i64>>,
    filters: Vec<(L::Filter, &'a [String])>,
    periods: Vec<(L::Period, NaiveDateTime, NaiveDateTime)>,
    numbers: Vec<(L::Number, i64, i64)>,
    /// By what the lines are sorted, and whether from the last to the first.
    orders: Vec<(L::Order, bool)>,
    key_descends: bool,
}

impl<'a, L: ListLine> LineQuery<'a, L> {
    fn of(query: &'a ListQuery) -> Self {
        let filters = query.filters.iter();
        let periods = query.instants.iter();
        let numbers = query.numbers.iter();
        let orders = query.order();
        Self {
            terms: query.terms.iter().map(|term| folded(term).into_owned()).collect(),
            hidden: &query.hidden,
            keys: query.keys.as_ref().map(|keys| keys.iter().copied().collect()),
            filters: filters
                .map(|(key, values)| (L::Filter::declared(key), values.as_slice()))
                .collect(),
            periods: periods
                .map(|(key, from, to)| (L::Period::declared(key), *from, *to))
                .collect(),
            numbers: numbers
                .map(|(key, from, to)| (L::Number::declared(key), *from, *to))
                .collect(),
            orders: orders
                .map(|(key, descends)| (L::Order::declared(key), descends))
                .collect(),
            key_descends: query.key_descends(),
        }
    }

    fn finds(&self, line: &L) -> bool {
        let has_term = |term: &String| line.texts_for(self.hidden).iter().any(|text| holds_folded(text, term));
        let is_chosen = |(filter, chosen): &(L::Filter, &[String])| {
            let values = line.values(*filter);
            values.iter().any(|value| chosen.contains(value))
        };
        let is_in_period = |(period, from, to): &(L::Period, NaiveDateTime, NaiveDateTime)| {
            line.instant(*period).is_some_and(|at| *from <= at && at < *to)
        };
        let is_in_range = |(number, from, to): &(L::Number, i64, i64)| (*from..=*to).contains(&line.number(*number));
        self.keys.as_ref().is_none_or(|keys| keys.contains(&line.id()))
            && self.terms.iter().all(has_term)
            && self.filters.iter().all(is_chosen)
            && self.periods.iter().all(is_in_period)
            && self.numbers.iter().all(is_in_range)
    }

    /// Returns lines in the order of the list. What each is sorted by is made once.
    fn sorted<'l>(&self, lines: Vec<&'l L>) -> Vec<&'l L> {
        let directed = |order: Ordering, descends: bool| if descends { order.reverse() } else { order };
        let keys = |line: &L| -> Vec<SortKey> { self.orders.iter().map(|(order, _)| line.sort_key(*order)).collect() };
        let mut keyed: Vec<(Vec<SortKey>, &L)> = lines.into_iter().map(|line| (keys(line), line)).collect();
        keyed.sort_by(|(one_keys, one), (other_keys, other)| {
            for ((one, other), (_, descends)) in one_keys.iter().zip(other_keys).zip(&self.orders) {
                if one != other {
                    return directed(one.cmp(other), *descends);
                }
            }
            directed(one.id().cmp(&other.id()), self.key_descends)
        });
        keyed.into_iter().map(|(_, line)| line).collect()
    }
}

/// Returns the value of a filter that finds a yes or a no.
#[must_use]
pub fn flag(flag: bool) -> Vec<String> {
    vec![if flag { "1" } else { "0" }.to_owned()]
}

/// Returns choices that contain every word of a term, as autocomplete and filters offer them: first what begins with the term, then what has a
/// part that begins with its first word, each in the order of `all`.
#[must_use]
pub fn choices(all: Vec<(i64, String)>, term: &str, limit: i64) -> Vec<(String, String)> {
    let term = folded(term.trim());
    let terms: Vec<&str> = term.split_whitespace().collect();
    let rank = |text: &str| {
        let text = folded(text);
        let mut parts = text.split(|character: char| !character.is_alphanumeric());
        match text.starts_with(&*term) {
            true => 0,
            false if parts.any(|part| terms.first().is_some_and(|first| part.starts_with(first))) => 1,
            false => 2,
        }
    };
    let found = all
        .into_iter()
        .filter(|(_, words)| terms.iter().all(|term| holds_folded(words, term)));
    let mut found: Vec<(i64, String)> = found.collect();
    if !terms.is_empty() {
        found.sort_by_cached_key(|(_, words)| rank(words));
    }
    found
        .into_iter()
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .map(|(id, words)| (id.to_string(), words))
        .collect()
}

/// Returns a sample of names and, if there are more, how many.
#[must_use]
pub fn sample(names: impl Iterator<Item = NamedObject>, count: u64) -> Vec<NamedObject> {
    sample_of(names, count, usize::try_from(SAMPLE).unwrap_or(0))
}

fn sample_of(names: impl Iterator<Item = NamedObject>, count: u64, shown: usize) -> Vec<NamedObject> {
    let mut sample: Vec<NamedObject> = names.take(shown).collect();
    let more = count.saturating_sub(sample.len() as u64);
    if more > 0 {
        sample.push(format!("… and {more} more").into());
    }
    sample
}

/// Gives the keys among `ids` that a page names one by one.
#[must_use]
pub fn sampled(ids: &[i64]) -> &[i64] {
    let shown = usize::try_from(SAMPLE).unwrap_or(0).min(ids.len());
    &ids[..shown]
}

/// The parts of objects, by the key of the object that each goes along with.
pub type ObjectParts = HashMap<i64, Vec<NamedObject>>;

/// Returns a sample of the objects of a deletion, and of the parts that go along with each.
#[must_use]
pub fn tree(
    model: Model,
    names: impl Iterator<Item = (i64, String)>,
    count: u64,
    mut parts: ObjectParts,
) -> Vec<(NamedObject, Vec<NamedObject>)> {
    let objects = sample(names.map(|(id, name)| NamedObject::object(model, id, name)), count);
    let with_parts = |object: NamedObject| {
        let parts = object.object.and_then(|(_, id)| parts.remove(&id)).unwrap_or_default();
        let count = parts.len() as u64;
        (object, sample_of(parts.into_iter(), count, PARTS_MAX))
    };
    objects.into_iter().map(with_parts).collect()
}
