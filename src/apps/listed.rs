//! Lists of models that have few rows: searched, filtered and sorted in memory, after one query for all.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use crate::admin::model::{ListQuery, ListRow, ModelList, NamedObject, TakenKeys};
use crate::apps::list_key::{ListKey, taken};
use crate::auth::Model;
use crate::db::search_text::holds;
use crate::db::{self, Conn};

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
    /// Returns what the search looks at.
    fn texts(&self) -> Vec<&str>;
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
    type Line: ListLine;

    /// Reads all lines.
    ///
    /// # Errors
    /// Those of [`db`].
    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<Self::Line>>;

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
        let lines = found(self, conn, query)?;
        Ok(LineQuery::of(query).sorted(lines))
    }
}

/// The list of a model with few objects, opened.
struct OpenedList<'a, M: MemoryList>(&'a M);

/// Opens the list of a model with few objects.
pub fn open<M: MemoryList>(model: &M) -> Box<dyn ModelList + '_> {
    Box::new(OpenedList(model))
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
        let count = found(self.0, conn, query)?.len();
        Ok(i64::try_from(count).unwrap_or(limit).min(limit))
    }

    fn rows(&self, conn: &mut Conn, query: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let number = |value: i64| usize::try_from(value).unwrap_or(0);
        let lines = self.0.lines(conn, query)?.into_iter();
        self.0
            .draw(conn, lines.skip(number(offset)).take(number(limit)).collect())
    }

    fn keys(&self, conn: &mut Conn, query: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        let lines = self.0.lines(conn, query)?;
        let keys = lines.iter().map(ListLine::id);
        Ok(keys.take(usize::try_from(limit).unwrap_or(usize::MAX)).collect())
    }

    fn facets(&self, conn: &mut Conn, filter: &str, query: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        let filter = <M::Line as ListLine>::Filter::declared(filter);
        let mut counts: HashMap<String, i64> = HashMap::new();
        for line in found(self.0, conn, query)? {
            for value in line.values(filter) {
                *counts.entry(value).or_default() += 1;
            }
        }
        Ok(counts.into_iter().collect())
    }
}

/// Returns the lines that a list asks for, in no order: what only counts them need not sort them.
fn found<M: MemoryList + ?Sized>(list: &M, conn: &mut Conn, query: &ListQuery) -> db::Result<Vec<M::Line>> {
    let query = LineQuery::<M::Line>::of(query);
    let mut lines = list.read_lines(conn)?;
    lines.retain(|line| query.finds(line));
    Ok(lines)
}

/// What a list asks for, read once for all lines.
struct LineQuery<'a, L: ListLine> {
    terms: &'a [String],
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
            terms: &query.terms,
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
        let has_term = |term: &String| line.texts().iter().any(|text| holds(text, term));
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
    fn sorted(&self, lines: Vec<L>) -> Vec<L> {
        let directed = |order: Ordering, descends: bool| if descends { order.reverse() } else { order };
        let keys = |line: &L| -> Vec<SortKey> { self.orders.iter().map(|(order, _)| line.sort_key(*order)).collect() };
        let mut keyed: Vec<(Vec<SortKey>, L)> = lines.into_iter().map(|line| (keys(&line), line)).collect();
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

/// Choices that contain every word of a term, as autocomplete and filters offer them: first what begins with the term, then what has a
/// part that begins with its first word, each in the order of `all`.
#[must_use]
pub fn choices(all: Vec<(i64, String)>, term: &str, limit: i64) -> Vec<(String, String)> {
    let terms: Vec<&str> = term.split_whitespace().collect();
    let rank = |text: &str| {
        let (text, term) = (text.to_lowercase(), term.trim().to_lowercase());
        let first = terms.first().map(|first| first.to_lowercase()).unwrap_or_default();
        let mut parts = text.split(|character: char| !character.is_alphanumeric());
        match text.starts_with(&term) {
            true => 0,
            false if parts.any(|part| part.starts_with(&first)) => 1,
            false => 2,
        }
    };
    let found = all
        .into_iter()
        .filter(|(_, words)| terms.iter().all(|term| holds(words, term)));
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

/// ObjectParts of objects, by the key of the object that each goes along with.
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
