//! Log entries in the admin.

use chrono::NaiveDateTime;

use super::exchange::LogEntryExchange;
use super::length_store::LogLength;
use super::list::{self, EntryCells, EntryColumn, EntryFilter, EntryOrder, EntryPeriod};
use super::named::{model_of, models_of, title_models, with_called_after};
use super::store::{self, EntryQuery};
use crate::admin::address::{Address, ModelPage};
use crate::admin::history;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, COUNT_MAX, ChangePart, Deletion, FormValues, ListCell, ListQuery, ListRow, ModelAdmin, ModelList, Object,
    PropertyChange, Refusal, Saved, SidePanel, StateWords, StoredState, TakenKeys,
};
use crate::admin::spec::{Field, Fieldset, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::MODELS;
use crate::apps::list_key::{ListKey, NoKey, columns, taken};
use crate::audit::store::{LogEntry, find};
use crate::audit::{LOG_ENTRY, Tx};
use crate::auth::Model;
use crate::db::{self, Conn};
use crate::text::capitalised;

/// So many of the entries that a search or a filter finds are counted: databases count by looking at each.
const FOUND_MAX: i64 = 2_000;

/// The model of log entries.
pub struct LogEntryAdmin {
    /// How each model says what changed in its objects.
    words: Vec<(Model, StateWords)>,
    length: LogLength,
}

/// The flags of Django's admin, by which scripts filter, and the words of the audit log.
const FLAGS: [(&str, &str, &str); 3] = [
    ("1", "add", "Addition"),
    ("2", "change", "Change"),
    ("3", "delete", "Deletion"),
];

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
        hidden: match wanted.terms.is_empty() {
            true => Vec::new(),
            false => with_called_after(&wanted.hidden)
                .iter()
                .map(ToString::to_string)
                .collect(),
        },
        many: wanted.many,
    }
}

/// Returns the word of the audit log for a flag.
fn word_of(flag: &str) -> Option<String> {
    let known = FLAGS.iter().find(|(number, ..)| *number == flag);
    known.map(|(_, word, _)| (*word).to_owned())
}

/// Returns the kinds of object that entries speak of.
fn content_types() -> impl Iterator<Item = String> {
    let models = MODELS.into_iter().filter(|model| model.app != LOG_ENTRY.app);
    models.map(|model| model.to_string())
}

/// Returns what was done, in the filter's words.
fn action_words(action: &str) -> String {
    let words = FLAGS
        .iter()
        .find(|(_, word, _)| *word == action)
        .map(|(.., words)| *words);
    words.unwrap_or(action).to_owned()
}

/// Returns what people call a kind of object: `SLA window`.
fn kind_words(content_type: &str) -> &str {
    model_of(content_type).map_or(content_type, |model| model.title)
}

impl LogEntryAdmin {
    /// Returns the model; `words` are those of every model whose objects it speaks of.
    #[must_use]
    pub fn new(words: Vec<(Model, StateWords)>) -> Self {
        Self {
            words,
            length: LogLength::default(),
        }
    }

    fn words_of(&self, content_type: &str) -> StateWords {
        let known = self.words.iter().find(|(model, _)| model.to_string() == content_type);
        known.map(|(_, words)| words.clone()).unwrap_or_default()
    }

    /// Returns what an entry changed; nothing for one that added or deleted its object.
    fn changes(&self, entry: &LogEntry) -> Vec<PropertyChange> {
        if entry.action == "change" {
            history::changes(entry, &self.words_of(&entry.content_type))
        } else {
            Vec::new()
        }
    }

    /// Returns what a state says, property by property, without those that say nothing.
    fn state_panel(&self, entry: &LogEntry, title: &str, state: Option<&String>) -> Option<SidePanel> {
        let state = history::state(state?)?;
        let words = self.words_of(&entry.content_type);
        let properties = history::differences(&StoredState::new(), &state, &words, &|_, _| None);
        let lines = properties.into_iter().map(|PropertyChange { label, parts, .. }| {
            let values: Vec<&str> = parts.iter().filter_map(ChangePart::after).collect();
            format!("{label}: {}", values.join("; "))
        });
        Some((title.to_owned(), lines.collect::<Vec<_>>()).into())
    }
}

/// Returns changes as text, `between` each two of them.
fn in_lines(changes: &[PropertyChange], between: &str) -> String {
    changes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(between)
}

impl ModelList for LogEntryAdmin {
    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64> {
        let count = match wanted.is_everything() {
            true => self.length.count(conn)?,
            false => store::count(conn, &chosen(wanted), limit)?,
        };
        Ok(count.min(limit))
    }

    fn count_max(&self, wanted: &ListQuery) -> i64 {
        if wanted.is_everything() { COUNT_MAX } else { FOUND_MAX }
    }

    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let row = |entry: LogEntry| ListRow {
            id: entry.id,
            version: 0,
            title: entry.object_repr.clone(),
            cells: EntryCells {
                time: ListCell::Instant(Some(entry.action_time)),
                user: ListCell::Text(entry.actor.clone()),
                action: ListCell::Text(action_words(&entry.action)),
                object: ListCell::Of(
                    title_models(&entry.content_type, &history::states(&entry)),
                    format!("{} ({})", entry.object_repr, kind_words(&entry.content_type)),
                ),
                changes: ListCell::Of(
                    models_of(&entry.content_type, &history::states(&entry)),
                    in_lines(&self.changes(&entry), ". "),
                ),
            }
            .in_order(),
        };
        Ok(store::select(conn, &chosen(wanted), offset, limit)?
            .into_iter()
            .map(row)
            .collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        store::keys(conn, &chosen(wanted), limit)
    }

    fn keys_in_order(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<i64>> {
        store::keys_in_order(conn, &chosen(wanted), offset, limit)
    }

    fn date(&self, conn: &mut Conn, wanted: &ListQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
        store::time(conn, &chosen(wanted), last)
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        let chosen = chosen(wanted);
        match EntryFilter::declared(filter) {
            EntryFilter::User => {
                let counts = store::count_by_user(conn, &chosen)?.into_iter();
                Ok(counts
                    .filter_map(|(user, count)| Some((user?.to_string(), count)))
                    .collect())
            }
            EntryFilter::Action => {
                let flag = |word: &str| FLAGS.iter().find(|(_, of, _)| *of == word);
                let counts = store::count_by_action(conn, &chosen)?.into_iter();
                Ok(counts
                    .filter_map(|(word, count)| Some((flag(&word)?.0.to_owned(), count)))
                    .collect())
            }
            EntryFilter::ContentType => store::count_by_content_type(conn, &chosen),
        }
    }
}

impl ModelAdmin for LogEntryAdmin {
    fn spec(&self) -> Spec {
        let shown = |name, label| Field::new(name, label, Widget::Text).read_only();
        Spec {
            model: LOG_ENTRY,
            singular: "log entry",
            plural: "log entries",
            purpose: "Every change to an object leaves an entry: who, when, from what to what.",
            columns: columns::<EntryColumn, EntryOrder>(EntryColumn::column),
            default_sort: &[Sort {
                key: "action_time",
                descending: true,
            }],
            search: Some("object"),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: Some("action_time"),
            fieldsets: vec![Fieldset {
                title: "",
                fields: vec![
                    Field::new("action_time", "Time", Widget::Instant).read_only(),
                    shown("user", "User"),
                    shown("action", "Action"),
                    shown("content_type", "Kind of object"),
                    shown("object", "Object"),
                    shown("changes", "Changes"),
                    shown("request_id", "Request"),
                    shown("client_address", "Address"),
                ],
            }],
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: true,
        }
    }

    fn taken(&self) -> TakenKeys {
        taken::<EntryOrder, EntryFilter, EntryPeriod, NoKey>()
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(Box::new(self))
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        match EntryFilter::declared(filter) {
            EntryFilter::User => true,
            EntryFilter::Action => FLAGS.iter().any(|(flag, ..)| *flag == value),
            EntryFilter::ContentType => content_types().any(|content_type| content_type == value),
        }
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&LogEntryExchange)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(entry) = find(conn, id)? else {
            return Ok(None);
        };
        let mut values = FormValues::new();
        let mut put = |name: &str, value: String| values.insert(name.to_owned(), vec![value]);
        put("action_time", entry.action_time.format("%Y-%m-%dT%H:%M:%S").to_string());
        put("user", entry.actor.clone());
        put("action", action_words(&entry.action));
        put("object_id", entry.object_id.to_string());
        put("model", entry.content_type.clone());
        put("content_type", capitalised(kind_words(&entry.content_type)));
        put("object", entry.object_repr.clone());
        let (before, after) = history::states(&entry);
        let at = entry.action_time.and_utc().timestamp();
        let outcome = self.words_of(&entry.content_type).outcome(&before, &after, at);
        let changes = Some(in_lines(&self.changes(&entry), "\n")).filter(|changes| !changes.is_empty());
        put(
            "changes",
            changes.into_iter().chain(outcome).collect::<Vec<_>>().join("\n"),
        );
        put("request_id", entry.request_id.clone().unwrap_or_default());
        put("client_address", entry.client_address.clone().unwrap_or_default());
        let side_panels = [
            self.state_panel(&entry, "Before", entry.before.as_ref()),
            self.state_panel(&entry, "After", entry.after.as_ref()),
        ]
        .into_iter()
        .flatten()
        .collect();
        let about = About {
            models: models_of(&entry.content_type, &history::states(&entry)),
            fields: &["object", "changes"],
        };
        Ok(Some(Object {
            id,
            title: entry.object_repr,
            values,
            side_panels,
            about: Some(about),
            ..Object::default()
        }))
    }

    fn choices(&self, _conn: &mut Conn, name: &str, _term: &str, _limit: i64) -> db::Result<Vec<(String, String)>> {
        let flag = |(flag, _, words): &(&str, &str, &str)| ((*flag).to_owned(), (*words).to_owned());
        let kind = |name: String| (name.clone(), capitalised(kind_words(&name)));
        Ok(match EntryFilter::parse(name) {
            Some(EntryFilter::Action) => FLAGS.iter().map(flag).collect(),
            Some(EntryFilter::ContentType) => content_types().map(kind).collect(),
            Some(EntryFilter::User) | None => Vec::new(),
        })
    }

    fn tools(&self, object: &Object) -> Vec<(&'static str, String)> {
        let value = |name: &str| object.values.get(name).and_then(|values| values.first());
        let model = value("model").and_then(|content_type| model_of(content_type));
        let id = value("object_id").and_then(|id| id.parse::<i64>().ok());
        let (Some(model), Some(id)) = (model, id) else {
            return Vec::new();
        };
        let history = Address::Model(model, ModelPage::History(id.into()));
        vec![("History of the object", history.into())]
    }

    fn save(&self, _tx: &mut Tx<'_>, _id: Option<i64>, _input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        Err(Refusal::Rule("The audit log cannot be changed.".to_owned()))
    }

    fn deletion(&self, _conn: &mut Conn, _ids: &[i64]) -> db::Result<Deletion> {
        Ok(Deletion::default())
    }

    fn delete(&self, _tx: &mut Tx<'_>, _ids: &[i64]) -> Result<(), Refusal> {
        Err(Refusal::Rule("The audit log cannot be changed.".to_owned()))
    }
}
