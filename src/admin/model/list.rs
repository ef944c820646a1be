//! What a list asks of a model, and the rows that it gives.

use chrono::NaiveDateTime;

use super::object::NamedObject;
use crate::admin::spec::Sort;
use crate::auth;
use crate::db::{self, Conn};
use crate::zones::Zone;

/// Pages count the rows of most lists no further.
pub const COUNT_MAX: i64 = 1_000_000;

/// What a list shows, decided by the engine from the query string.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// Each must be found in some searched column.
    pub terms: Vec<String>,
    /// Values of filters, checked: any of one filter's, all of the filters.
    pub filters: Vec<(&'static str, Vec<String>)>,
    /// Parameters beside filters, checked.
    pub inputs: Vec<(&'static str, String)>,
    /// The viewer's zone.
    pub zone: Option<Zone>,
    /// Instants of the date hierarchy's column, half-open.
    pub between: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Columns and the instants that they may have, half-open.
    pub instants: Vec<(&'static str, NaiveDateTime, NaiveDateTime)>,
    /// Columns and the numbers that they may have, both ends included.
    pub numbers: Vec<(&'static str, i64, i64)>,
    /// The order; the key breaks ties, in the direction of the first.
    pub sort: Vec<Sort>,
    /// Whether the order is turned round as a whole: the last page is then the first, and as quick.
    pub backwards: bool,
    /// Only rows of these keys.
    pub keys: Option<Vec<i64>>,
    /// The models whose objects the user may not view: rows are not found by their names.
    pub hidden: Vec<auth::Model>,
    /// Whether so many rows pass that walking them in their order finds a page sooner than looking up all that pass.
    pub many: bool,
}

impl ListQuery {
    /// Returns the values of one filter.
    #[must_use]
    pub fn filter(&self, key: &str) -> Option<&[String]> {
        self.filters
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, values)| values.as_slice())
    }

    /// Returns the value of a parameter beside a filter.
    #[must_use]
    pub fn input(&self, key: &str) -> Option<&str> {
        let mut inputs = self.inputs.iter();
        inputs.find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// Returns the order, turned round if wanted: column and whether it descends. The key follows the first of them.
    pub fn order(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.sort
            .iter()
            .map(|sort| (sort.key, sort.descending != self.backwards))
    }

    /// Returns whether the key, which breaks ties, descends.
    #[must_use]
    pub fn key_descends(&self) -> bool {
        self.sort.first().is_some_and(|sort| sort.descending) != self.backwards
    }

    /// Returns whether every row is wanted.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.filters.is_empty()
            && self.terms.is_empty()
            && self.between.is_none()
            && self.instants.is_empty()
            && self.numbers.is_empty()
            && self.keys.is_none()
    }
}

/// A row of a list.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// The object's key.
    pub id: i64,
    /// The object's version.
    pub version: i64,
    /// How people call it.
    pub title: String,
    /// One for each column.
    pub cells: Vec<ListCell>,
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum ListCell {
    /// A text; shown as a dash when blank.
    Text(String),
    /// A text that speaks of objects of these models, for users with the permission to view all of them.
    Of(Vec<auth::Model>, String),
    /// A yes or no.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// An instant, UTC, shown in the viewer's zone.
    Instant(Option<NaiveDateTime>),
    /// Several objects in few words, or short texts.
    Many(Vec<NamedObject>),
    /// A yes or no with its words: inside or outside.
    State(bool, String),
    /// The same at another time than now.
    StateThen(StateThen),
}

/// How an object stands at the time that its list is asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct StateThen {
    /// Whether it is inside, or at any time of a day; none of what never is.
    pub is_inside: Option<bool>,
    /// In words.
    pub words: String,
    /// Why, in words of these models, for users with the permission to view all of them.
    pub why: Option<(Vec<auth::Model>, String)>,
    /// What leads to that time on the page that explains it.
    pub query: String,
}

/// What the queries of a list take, by the keys that its model declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenKeys {
    /// The columns by which rows are sorted.
    pub orders: Vec<&'static str>,
    /// The filters.
    pub filters: Vec<&'static str>,
    /// The ranges.
    pub ranges: Vec<&'static str>,
}

/// What a list knows of the objects that a filter leads to, without asking the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownTargets {
    /// How many it knows.
    pub count: usize,
    /// Whether there are no others.
    pub are_all: bool,
}

/// The list of a model, opened for one page: what it knows without the database is of one instant.
pub trait ModelList {
    /// Returns how many rows there are, counted no further than `limit`.
    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64>;

    /// Returns how far a page counts the rows of a query; if there are so many, it says “or more”, and has no page behind them.
    fn count_max(&self, _wanted: &ListQuery) -> i64 {
        COUNT_MAX
    }

    /// Returns what the head of a column says instead of its label, if the query asks about another time than now.
    fn head(&self, _wanted: &ListQuery, _column: &str) -> Option<&'static str> {
        None
    }

    /// Returns some rows.
    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>>;

    /// Returns key and title of the first rows, at most `limit`: without what else a page shows of them.
    fn titles(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<(i64, String)>> {
        let rows = self.rows(conn, wanted, 0, limit)?.into_iter();
        Ok(rows.map(|row| (row.id, row.title)).collect())
    }

    /// Returns the keys of all rows, at most `limit`.
    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>>;

    /// Returns the keys of some rows, in the order of the list.
    fn keys_in_order(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
        let keys = self.keys(conn, wanted, offset.saturating_add(limit))?;
        let skipped = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(keys.into_iter().skip(skipped).collect())
    }

    /// Returns the first or the last instant that the date hierarchy's column has among the rows.
    fn date(&self, _conn: &mut Conn, _wanted: &ListQuery, _last: bool) -> db::Result<Option<NaiveDateTime>> {
        Ok(None)
    }

    /// Returns how many of the rows each value of a filter has; a value that none has may be missing.
    fn facets(&self, _conn: &mut Conn, _filter: &str, _wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        Ok(Vec::new())
    }

    /// Returns the values of a filter that most of the rows have, those of the most rows first, then by name; nothing where counting
    /// them takes long.
    fn most_used(
        &self,
        _conn: &mut Conn,
        _filter: &str,
        _wanted: &ListQuery,
        _limit: usize,
    ) -> db::Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// Returns what is known of the objects that a filter leads to.
    fn targets(&self, _filter: &str) -> KnownTargets {
        KnownTargets::default()
    }

    /// Returns the title of an object that a filter leads to, if it is known.
    fn target_title(&self, _filter: &str, _id: i64) -> Option<String> {
        None
    }
}

impl<L: ModelList + ?Sized> ModelList for &L {
    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64> {
        (**self).count(conn, wanted, limit)
    }

    fn count_max(&self, wanted: &ListQuery) -> i64 {
        (**self).count_max(wanted)
    }

    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        (**self).rows(conn, wanted, offset, limit)
    }

    fn titles(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<(i64, String)>> {
        (**self).titles(conn, wanted, limit)
    }

    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        (**self).keys(conn, wanted, limit)
    }

    fn keys_in_order(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
        (**self).keys_in_order(conn, wanted, offset, limit)
    }

    fn date(&self, conn: &mut Conn, wanted: &ListQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
        (**self).date(conn, wanted, last)
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        (**self).facets(conn, filter, wanted)
    }

    fn most_used(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery, limit: usize) -> db::Result<Vec<String>> {
        (**self).most_used(conn, filter, wanted, limit)
    }
}
