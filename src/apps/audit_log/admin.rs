//! Log entries in the admin.

use super::exchange::LogEntryExchange;
use super::length_store::LogLength;
use super::list::{self, EntryColumn, EntryFilter, EntryOrder, EntryPeriod};
use super::named::{LoggedModels, model_of};
use super::opened::OpenedLog;
use super::texts_store::KeptEntries;
use crate::admin::address::{Address, ModelPage};
use crate::admin::history;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, ChangePart, Deletion, FormValues, ModelAdmin, ModelList, Object, PropertyChange, Refusal, Saved,
    SidePanel, StoredState, TakenKeys,
};
use crate::admin::spec::{Field, Fieldset, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::MODELS;
use crate::apps::list_key::{ListKey, NoKey, columns, taken};
use crate::audit::store::{LogEntry, find};
use crate::audit::{LOG_ENTRY, Tx};
use crate::db::{self, Conn};
use crate::text::capitalised;

/// The model of log entries.
pub struct LogEntryAdmin {
    exchange: LogEntryExchange,
    pub(super) length: LogLength,
    pub(super) entries: KeptEntries,
}

/// The flags of Django's admin, by which scripts filter, and the words of the audit log.
pub(super) const FLAGS: [(&str, &str, &str); 3] = [
    ("1", "add", "Addition"),
    ("2", "change", "Change"),
    ("3", "delete", "Deletion"),
];

/// Returns the kinds of object that entries speak of.
fn content_types() -> impl Iterator<Item = String> {
    let models = MODELS.into_iter().filter(|model| model.app != LOG_ENTRY.app);
    models.map(|model| model.to_string())
}

/// Returns what was done, in the filter's words.
pub(super) fn action_words(action: &str) -> String {
    let words = FLAGS
        .iter()
        .find(|(_, word, _)| *word == action)
        .map(|(.., words)| *words);
    words.unwrap_or(action).to_owned()
}

/// Returns what people call a kind of object: `SLA window`.
pub(super) fn kind_words(content_type: &str) -> &str {
    model_of(content_type).map_or(content_type, |model| model.title)
}

impl LogEntryAdmin {
    /// Returns the model; it speaks of the objects of these.
    #[must_use]
    pub fn new(admins: &[Box<dyn ModelAdmin>]) -> Self {
        Self {
            exchange: LogEntryExchange {
                models: LoggedModels::of(admins),
            },
            length: LogLength::default(),
            entries: KeptEntries::default(),
        }
    }

    /// Returns the models whose objects it speaks of.
    pub(super) const fn models(&self) -> &LoggedModels {
        &self.exchange.models
    }

    /// Returns what an entry changed; nothing for one that added or deleted its object.
    pub(super) fn changes(&self, entry: &LogEntry) -> Vec<PropertyChange> {
        if entry.action == "change" {
            history::changes(entry, &self.models().words(&entry.content_type))
        } else {
            Vec::new()
        }
    }

    /// Returns what an entry did to hours, if that is known.
    fn outcome(&self, entry: &LogEntry) -> Option<String> {
        let [Some(before), Some(after)] = history::before_and_after(entry) else {
            return None;
        };
        let at = entry.action_time.and_utc().timestamp();
        self.models().words(&entry.content_type).outcome(&before, &after, at)
    }

    /// Returns what a state says, property by property, without those that say nothing.
    fn state_panel(&self, entry: &LogEntry, title: &str, state: Option<&String>) -> Option<SidePanel> {
        let Some(state) = history::read_state(state?) else {
            let words = "The state that was recorded cannot be read.";
            return Some((title.to_owned(), vec![words.to_owned()]).into());
        };
        let words = self.models().words(&entry.content_type);
        let properties = history::differences(&StoredState::new(), &state, &words, &|_, _| None);
        let lines = properties.into_iter().map(|PropertyChange { label, parts, .. }| {
            let values: Vec<&str> = parts.iter().filter_map(ChangePart::after).collect();
            format!("{label}: {}", values.join("; "))
        });
        Some((title.to_owned(), lines.collect::<Vec<_>>()).into())
    }
}

/// Returns changes as text, `between` each two of them.
pub(super) fn in_lines(changes: &[PropertyChange], between: &str) -> String {
    changes
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(between)
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
        Ok(Box::new(OpenedLog::new(self)))
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        match EntryFilter::declared(filter) {
            EntryFilter::User => true,
            EntryFilter::Action => FLAGS.iter().any(|(flag, ..)| *flag == value),
            EntryFilter::ContentType => content_types().any(|content_type| content_type == value),
        }
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&self.exchange)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
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
        let outcome = self.outcome(&entry);
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
            models: self
                .models()
                .of_entry(&entry.content_type, &history::before_and_after(&entry)),
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
