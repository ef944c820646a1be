//! The list of log entries, opened: searches are answered from the entries in memory, everything else by the database.

use std::cell::RefCell;
use std::rc::Rc;

use chrono::NaiveDateTime;

use super::admin::{FLAGS, LogEntryAdmin, action_words, in_lines, kind_words};
use super::found::FoundEntries;
use super::list::{EntryCells, EntryFilter, EntryOrder};
use super::store::{self, EntryQuery};
use crate::admin::history;
use crate::admin::model::{COUNT_MAX, ListCell, ListQuery, ListRow, ModelList};
use crate::apps::list_key::ListKey;
use crate::audit::store::LogEntry;
use crate::auth::Model;
use crate::db::{self, Conn, limit};

/// So many of the entries that a search or a filter finds are counted: databases count by looking at each.
const FOUND_MAX: i64 = 2_000;

/// What a search found, and its terms; nothing where the database has to be asked.
type KnownSearch = (Vec<String>, Option<Rc<FoundEntries>>);

/// Entries of models that are hidden in part, and whose titles are shown: the terms that these hold, what is hidden, and their keys.
type ShownTitles = (Vec<String>, Vec<Model>, Vec<i64>);

/// The list of log entries for one page.
pub(super) struct OpenedLog<'a> {
    admin: &'a LogEntryAdmin,
    /// The last search: a page asks for the same entries some ten times.
    known: RefCell<Option<KnownSearch>>,
    /// Of the last search, what is found of models that are hidden in part.
    shown: RefCell<Option<ShownTitles>>,
}

impl<'a> OpenedLog<'a> {
    pub(super) fn new(admin: &'a LogEntryAdmin) -> Self {
        Self {
            admin,
            known: RefCell::default(),
            shown: RefCell::default(),
        }
    }

    /// Returns what a list wants of the log. A search looks at the titles that its reader is shown, and at no others.
    fn chosen(&self, conn: &mut Conn, wanted: &ListQuery) -> db::Result<EntryQuery> {
        let mut chosen = chosen(wanted);
        if !wanted.terms.is_empty() {
            let models = self.admin.models().partly_shown(&wanted.hidden);
            chosen.hidden_kinds.extend(models.iter().map(ToString::to_string));
            chosen.shown_keys = self.shown_keys(conn, &models, wanted)?;
        }
        Ok(chosen)
    }

    /// Returns the keys of the entries about objects of these models that a search finds by titles which its reader is shown, in ascending order.
    fn shown_keys(&self, conn: &mut Conn, models: &[Model], wanted: &ListQuery) -> db::Result<Vec<i64>> {
        let ListQuery { terms, hidden, .. } = wanted;
        if let Some((of_terms, of_hidden, keys)) = &*self.shown.borrow()
            && of_terms == terms
            && of_hidden == hidden
        {
            return Ok(keys.clone());
        }
        let mut keys = Vec::new();
        for model in models {
            let mut entries = store::titled(conn, model.to_string(), terms, i64::MIN)?;
            while let Some(last) = entries.last().map(|entry| entry.id) {
                limit::check()?;
                let shown = entries
                    .iter()
                    .filter(|entry| self.admin.models().is_title_shown(entry, hidden));
                keys.extend(shown.map(|entry| entry.id));
                entries = store::titled(conn, model.to_string(), terms, last)?;
            }
        }
        keys.sort_unstable();
        *self.shown.borrow_mut() = Some((terms.clone(), hidden.clone(), keys.clone()));
        Ok(keys)
    }

    /// Returns what a search finds among the entries in memory; nothing where the database has to be asked.
    fn found(&self, conn: &mut Conn, chosen: &EntryQuery) -> db::Result<Option<Rc<FoundEntries>>> {
        if chosen.terms.is_empty() || chosen.keys.is_some() {
            return Ok(None);
        }
        if let Some((terms, found)) = &*self.known.borrow()
            && *terms == chosen.terms
        {
            return Ok(found.clone());
        }
        let texts = self.admin.entries.current(conn)?;
        let found = texts.map(|texts| FoundEntries::search(texts, &chosen.terms));
        let found = found.transpose()?.map(Rc::new);
        *self.known.borrow_mut() = Some((chosen.terms.clone(), found.clone()));
        Ok(found)
    }

    /// Returns the keys of some entries that a search finds, in their order; nothing where the database has to be asked.
    fn found_in_order(
        &self,
        conn: &mut Conn,
        chosen: &EntryQuery,
        (offset, limit): (i64, i64),
    ) -> db::Result<Option<Vec<i64>>> {
        let found = self.found(conn, chosen)?;
        Ok(found.and_then(|found| found.keys_in_order(chosen, (places(offset), places(limit)))))
    }

    fn row(&self, entry: &LogEntry) -> ListRow {
        let states = history::before_and_after(entry);
        ListRow {
            id: entry.id,
            version: 0,
            title: entry.object_repr.clone(),
            cells: EntryCells {
                time: ListCell::Instant(Some(entry.action_time)),
                user: ListCell::Text(entry.actor.clone()),
                action: ListCell::Text(action_words(&entry.action)),
                object: ListCell::Of(
                    self.admin.models().of_title(&entry.content_type, &states),
                    format!("{} ({})", entry.object_repr, kind_words(&entry.content_type)),
                ),
                changes: ListCell::Of(
                    self.admin.models().of_entry(&entry.content_type, &states),
                    in_lines(&self.admin.changes(entry), ". "),
                ),
            }
            .in_order(),
        }
    }
}

/// Returns a number of rows as one of places in memory.
fn places(rows: i64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

fn chosen(wanted: &ListQuery) -> EntryQuery {
    let mut filters = Vec::with_capacity(wanted.filters.len());
    for (key, values) in &wanted.filters {
        let filter = EntryFilter::declared(key);
        let values = match filter {
            EntryFilter::Action => values.iter().filter_map(|flag| word_of(flag)).collect(),
            EntryFilter::User | EntryFilter::ContentType => values.clone(),
        };
        filters.push((filter, values));
    }
    let order = wanted.order();
    EntryQuery {
        terms: wanted.terms.clone(),
        filters,
        between: wanted.between,
        order: order
            .map(|(key, descends)| (EntryOrder::declared(key), descends))
            .collect(),
        key_descends: wanted.key_descends(),
        keys: wanted.keys.clone(),
        // Terms are looked for in names. Without any, entries stay, and their names are covered.
        hidden_kinds: match wanted.terms.is_empty() {
            true => Vec::new(),
            false => wanted.hidden.iter().map(ToString::to_string).collect(),
        },
        shown_keys: Vec::new(),
        many: wanted.many,
    }
}

/// Returns the word of the audit log for a flag.
fn word_of(flag: &str) -> Option<String> {
    let known = FLAGS.iter().find(|(number, ..)| *number == flag);
    known.map(|(_, word, _)| (*word).to_owned())
}

impl ModelList for OpenedLog<'_> {
    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64> {
        if wanted.is_everything() {
            return Ok(self.admin.length.count(conn)?.min(limit));
        }
        let chosen = self.chosen(conn, wanted)?;
        match self.found(conn, &chosen)? {
            Some(found) => Ok(i64::try_from(found.count(&chosen, places(limit))).unwrap_or(limit)),
            None => Ok(store::count(conn, &chosen, limit)?.min(limit)),
        }
    }

    fn count_max(&self, wanted: &ListQuery) -> i64 {
        if wanted.is_everything() { COUNT_MAX } else { FOUND_MAX }
    }

    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let chosen = self.chosen(conn, wanted)?;
        let entries = match self.found_in_order(conn, &chosen, (offset, limit))? {
            Some(ids) => store::in_order(conn, &ids)?,
            None => store::select(conn, &chosen, offset, limit)?,
        };
        Ok(entries.iter().map(|entry| self.row(entry)).collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        let chosen = self.chosen(conn, wanted)?;
        match self.found(conn, &chosen)? {
            Some(found) => Ok(found.keys(&chosen, places(limit))),
            None => store::keys(conn, &chosen, limit),
        }
    }

    fn keys_in_order(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
        let chosen = self.chosen(conn, wanted)?;
        match self.found_in_order(conn, &chosen, (offset, limit))? {
            Some(ids) => Ok(ids),
            None => store::keys_in_order(conn, &chosen, offset, limit),
        }
    }

    fn date(&self, conn: &mut Conn, wanted: &ListQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
        let chosen = self.chosen(conn, wanted)?;
        match self.found(conn, &chosen)? {
            Some(found) => Ok(found.time(&chosen, last)),
            None => store::time(conn, &chosen, last),
        }
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        let chosen = self.chosen(conn, wanted)?;
        let found = self.found(conn, &chosen)?;
        match EntryFilter::declared(filter) {
            EntryFilter::User => {
                let counts = match &found {
                    Some(found) => found.count_by(&chosen, |group| group.user),
                    None => store::count_by_user(conn, &chosen)?,
                };
                Ok(counts
                    .into_iter()
                    .filter_map(|(user, count)| Some((user?.to_string(), count)))
                    .collect())
            }
            EntryFilter::Action => {
                let counts = match &found {
                    Some(found) => found.count_by(&chosen, |group| group.action.clone()),
                    None => store::count_by_action(conn, &chosen)?,
                };
                let flag = |word: &str| FLAGS.iter().find(|(_, of, _)| *of == word);
                Ok(counts
                    .into_iter()
                    .filter_map(|(word, count)| Some((flag(&word)?.0.to_owned(), count)))
                    .collect())
            }
            EntryFilter::ContentType => match &found {
                Some(found) => Ok(found.count_by(&chosen, |group| group.content_type.clone())),
                None => store::count_by_content_type(conn, &chosen),
            },
        }
    }
}
