//! What a list's query string asks for. Only declared names act; anything else is refused, so that no column can be probed.

use super::date_hierarchy::period;
use super::model::ListQuery;
use super::parameters::{check_nul, with_own_names};
use super::query::Query;
use super::ranges::{self, End, RangeBounds};
use super::spec::{Choices, RangeKind, Sort, Spec};
use crate::zones::Zone;

/// Rows of a page.
pub const PAGE_SIZE: i64 = 100;

/// Returns the number of the last page of `count` rows with `size` on a page; an empty list has one page.
#[must_use]
pub const fn last_page(count: i64, size: i64) -> i64 {
    if count > size { (count - 1) / size + 1 } else { 1 }
}
/// The most rows that are shown at once when all are asked for.
pub const SHOW_ALL_MAX: i64 = 200;
/// The most characters of a search.
const SEARCH_LENGTH_MAX: usize = 200;
/// The most words of a search.
const TERMS_MAX: usize = 20;
/// The most values of one filter.
const FILTER_VALUES_MAX: usize = 100;
/// The parameter that asks for all rows on one page. Its value does not matter, as in Django's admin.
pub const ALL: &str = "all";
/// The parameter that names the columns to show.
pub const COLUMNS: &str = "_columns";
/// The parameter that stands for no saved view: with it an address is never bare, and never leads to the default view.
pub const VIEW: &str = "_view";
/// What the parameters begin with that look for offers of a filter; its key follows.
pub const FIND: &str = "_find__";

/// What a list shows.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Rows and their order.
    pub wanted: ListQuery,
    /// The page, from 1; it may lie beyond the last, which is shown then.
    pub page: i64,
    /// Whether all rows are asked for.
    pub all: bool,
    /// Whether filters count their choices.
    pub facets: bool,
    /// The search as typed.
    pub search: String,
    /// Year, month and day of the date hierarchy, as far as given.
    pub date: (Option<i32>, Option<u32>, Option<u32>),
    /// Ranges as asked for.
    pub ranges: Vec<RangeBounds>,
    /// Columns to show, by their places in the declaration; nothing for all of them.
    pub columns: Vec<usize>,
    /// What to look for among the offers of filters.
    pub finds: Vec<(&'static str, String)>,
}

/// A parameter that cannot be understood: its name and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadParameter {
    /// The parameter.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Listing {
    /// Reads a query string in the viewer's zone. A declared parameter with an empty value counts as absent.
    ///
    /// # Errors
    /// The first parameter that is not declared, or whose value is malformed.
    pub fn read(spec: &Spec, query: &Query, zone: Zone) -> Result<Self, BadParameter> {
        let mut listing = Self {
            wanted: ListQuery {
                sort: spec.default_sort.to_vec(),
                zone: Some(zone),
                ..ListQuery::default()
            },
            page: 1,
            all: false,
            facets: false,
            search: String::new(),
            date: (None, None, None),
            ranges: Vec::new(),
            columns: Vec::new(),
            finds: Vec::new(),
        };
        for (name, value) in query.pairs() {
            listing.take(spec, name, value, zone).map_err(|reason| BadParameter {
                name: name.chars().take(100).collect(),
                reason,
            })?;
        }
        if spec.date_hierarchy.is_some() {
            let deepest = match listing.date {
                (_, _, Some(_)) => "day",
                (_, Some(_), _) => "month",
                _ => "year",
            };
            listing.wanted.between = period(listing.date, zone).map_err(|reason| BadParameter {
                name: format!("{}__{deepest}", spec.date_hierarchy.unwrap_or("")),
                reason,
            })?;
        }
        listing.narrow_by_ranges(spec);
        Ok(listing)
    }

    /// Returns the columns to show, by their places in the declaration. One that leads to the object is always among them.
    #[must_use]
    pub fn shown_columns(&self, spec: &Spec) -> Vec<usize> {
        if self.columns.is_empty() {
            return spec.default_columns();
        }
        let mut shown = self.columns.clone();
        if !shown.iter().any(|place| spec.columns[*place].links) {
            let first = spec.columns.iter().position(|column| column.links);
            shown.splice(0..0, first);
        }
        shown
    }

    /// Returns the same query without what says nothing, as forms send it: empty values, all columns one by one; and without
    /// what was looked for among offers, which narrows no rows.
    #[must_use]
    pub fn canonical(&self, spec: &Spec, query: &Query) -> Query {
        let says_nothing = |name: &str, value: &str| {
            name == COLUMNS || name.starts_with(FIND) || (value.trim().is_empty() && !matches!(name, ALL | VIEW))
        };
        let query = with_own_names(spec, query);
        let pairs = query.pairs().filter(|(name, value)| !says_nothing(name, value));
        let query = Query::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        let shown = self.shown_columns(spec);
        if shown == spec.default_columns() {
            return query;
        }
        let keys: Vec<&str> = shown.iter().map(|place| spec.columns[*place].key).collect();
        query.with(COLUMNS, &keys.join(","))
    }

    /// Narrows by ranges. A range of the date hierarchy's column narrows the same instants as the hierarchy does; any other stands beside it.
    fn narrow_by_ranges(&mut self, spec: &Spec) {
        for asked in &self.ranges {
            let kind = spec
                .ranges
                .iter()
                .find(|range| range.key == asked.key)
                .map(|range| range.kind);
            match kind {
                Some(RangeKind::Date) if spec.date_hierarchy == Some(asked.key) => {
                    let (from, to) = asked.instants();
                    let (first, last) = self.wanted.between.unwrap_or((from, to));
                    self.wanted.between = Some((from.max(first), to.min(last)));
                }
                Some(RangeKind::Date) => {
                    let (from, to) = asked.instants();
                    self.wanted.instants.push((asked.key, from, to));
                }
                Some(RangeKind::Number { .. }) => {
                    let (from, to) = asked.numbers();
                    self.wanted.numbers.push((asked.key, from, to));
                }
                None => {}
            }
        }
    }

    fn take_range(&mut self, spec: &Spec, name: &str, value: &str, zone: Zone) -> Option<Result<(), String>> {
        let (range, end) = ranges::find(spec, name)?;
        let value = value.trim();
        if value.is_empty() {
            return Some(Ok(()));
        }
        let bound = match ranges::read(range.kind, value, zone) {
            Ok(bound) => Some((value.to_owned(), bound)),
            Err(reason) => return Some(Err(reason)),
        };
        let place = self.ranges.iter().position(|asked| asked.key == range.key);
        let place = place.unwrap_or_else(|| {
            self.ranges.push(RangeBounds {
                key: range.key,
                first: None,
                last: None,
            });
            self.ranges.len() - 1
        });
        match end {
            End::First => self.ranges[place].first = bound,
            End::Last => self.ranges[place].last = bound,
        }
        Some(Ok(()))
    }

    fn take_columns(&mut self, spec: &Spec, value: &str) {
        for key in value.split(',') {
            let place = spec.columns.iter().position(|column| column.key == key);
            if let Some(place) = place.filter(|place| !self.columns.contains(place)) {
                self.columns.push(place);
            }
        }
    }

    fn take_find(&mut self, spec: &Spec, key: &str, value: &str) -> Result<(), String> {
        let filter = spec.filters.iter().find(|filter| filter.key == key);
        let Some(filter) = filter.filter(|filter| filter.choices != Choices::Flag) else {
            return Err("this list has no such parameter".to_owned());
        };
        if value.chars().count() > SEARCH_LENGTH_MAX {
            return Err(format!("a search has at most {SEARCH_LENGTH_MAX} characters"));
        }
        self.finds.retain(|(other, _)| *other != filter.key);
        if !value.trim().is_empty() {
            self.finds.push((filter.key, value.trim().to_owned()));
        }
        Ok(())
    }

    fn take(&mut self, spec: &Spec, name: &str, value: &str, zone: Zone) -> Result<(), String> {
        check_nul(name, value)?;
        match name {
            "q" if spec.search.is_some() => {
                if value.chars().count() > SEARCH_LENGTH_MAX {
                    return Err(format!("a search has at most {SEARCH_LENGTH_MAX} characters"));
                }
                if value.trim().is_empty() {
                    return Ok(());
                }
                value.trim().clone_into(&mut self.search);
                self.wanted.terms = terms(value);
                if self.wanted.terms.len() > TERMS_MAX {
                    return Err(format!("a search has at most {TERMS_MAX} words"));
                }
            }
            "o" => {
                let asked = sorts(spec, value);
                if !asked.is_empty() {
                    self.wanted.sort = asked;
                }
            }
            "p" if value.trim().is_empty() => {}
            "p" => self.page = page(value)?,
            ALL => self.all = true,
            "_facets" => self.facets |= !value.trim().is_empty(),
            COLUMNS => self.take_columns(spec, value),
            VIEW => {}
            name => {
                if let Some(key) = name.strip_prefix(FIND) {
                    return self.take_find(spec, key, value);
                }
                let taken = self.take_range(spec, name, value, zone);
                return taken.unwrap_or_else(|| self.take_filter(spec, name, value));
            }
        }
        Ok(())
    }

    fn take_filter(&mut self, spec: &Spec, name: &str, value: &str) -> Result<(), String> {
        let number = || value.parse::<u32>().map_err(|_| format!("`{value}` is no number"));
        if let Some(part) = spec.date_hierarchy.and_then(|column| name.strip_prefix(column)) {
            match part {
                "__year" | "__month" | "__day" if value.trim().is_empty() => {}
                "__year" => self.date.0 = Some(number()?.try_into().map_err(|_| format!("`{value}` is no year"))?),
                "__month" => self.date.1 = Some(number()?),
                "__day" => self.date.2 = Some(number()?),
                _ => return Err("this list has no such parameter".to_owned()),
            }
            return Ok(());
        }
        let Some(filter) = spec.filters.iter().find(|filter| filter.key == name) else {
            let mut inputs = spec.filters.iter().flat_map(|filter| filter.inputs);
            let input = inputs.find(|input| input.key == name || input.alias == name);
            let input = input.ok_or_else(|| "this list has no such parameter".to_owned())?;
            if value.chars().count() > SEARCH_LENGTH_MAX {
                return Err(format!("a value has at most {SEARCH_LENGTH_MAX} characters"));
            }
            self.wanted.inputs.retain(|(key, _)| *key != input.key);
            if !value.trim().is_empty() {
                self.wanted.inputs.push((input.key, value.trim().to_owned()));
            }
            return Ok(());
        };
        if value.trim().is_empty() {
            return Ok(());
        }
        let value = match filter.choices {
            Choices::Flag if !matches!(value, "0" | "1") => return Err(format!("`{value}` is neither 1 nor 0")),
            Choices::Related(_) => {
                let key = value.parse::<i64>().map_err(|_| format!("`{value}` is no key"))?;
                key.to_string()
            }
            Choices::Flag | Choices::Listed => value.to_owned(),
        };
        let filters = &mut self.wanted.filters;
        match filters.iter_mut().find(|(key, _)| *key == filter.key) {
            Some((_, values)) if values.len() >= FILTER_VALUES_MAX => {
                return Err(format!("{FILTER_VALUES_MAX} values are the most"));
            }
            Some((_, values)) => values.push(value),
            None => filters.push((filter.key, vec![value])),
        }
        Ok(())
    }
}

/// Returns a page number. What lies before the first page or beyond all numbers stands for the last page.
fn page(text: &str) -> Result<i64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("`{text}` is no page number"));
    }
    Ok(text.parse().ok().filter(|page| *page >= 1).unwrap_or(i64::MAX))
}

/// Returns words, and phrases in quotes with backslash escapes. A quote that none closes is a character like others.
fn terms(text: &str) -> Vec<String> {
    let mut terms = Vec::new();
    let mut term = String::new();
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => term.extend(characters.next()),
            (Some(open), character) if character == open => {
                quote = None;
                terms.push(std::mem::take(&mut term));
            }
            (None, '"' | '\'') if term.is_empty() && closes(characters.as_str(), character) => quote = Some(character),
            (None, character) if character.is_whitespace() => terms.push(std::mem::take(&mut term)),
            (_, character) => term.push(character),
        }
    }
    terms.push(term);
    terms.retain(|term| !term.trim().is_empty());
    terms
}

/// Returns whether an unescaped `quote` follows.
fn closes(rest: &str, quote: char) -> bool {
    let mut escaped = false;
    rest.chars().any(|character| {
        let closes = character == quote && !escaped;
        escaped = character == '\\' && !escaped;
        closes
    })
}

/// Returns `enabled.-name`, or 1-based numbers of columns; unknown parts are skipped, a column counts once.
fn sorts(spec: &Spec, text: &str) -> Vec<Sort> {
    let mut sorts: Vec<Sort> = Vec::new();
    for part in text.split('.') {
        let (descending, name) = part.strip_prefix('-').map_or((false, part), |name| (true, name));
        let by_number = || {
            name.parse::<usize>()
                .ok()
                .and_then(|number| spec.columns.get(number.checked_sub(1)?))
        };
        let column = spec
            .columns
            .iter()
            .find(|column| column.key == name)
            .or_else(by_number)
            .filter(|column| column.sorts);
        if let Some(column) = column
            && sorts.iter().all(|sort| sort.key != column.key)
        {
            sorts.push(Sort {
                key: column.key,
                descending,
            });
        }
    }
    sorts
}
