//! Security events in the admin.

use chrono::NaiveDateTime;

use super::exchange::EventExchange;
use super::list::{self, EventColumn, EventFilter, EventOrder, EventPeriod};
use super::store::{self, EventQuery, StoredEvent};
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, Deletion, ListQuery, ListRow, ModelAdmin, ModelList, Object, Refusal, Saved, TakenKeys,
};
use crate::admin::spec::{Field, Fieldset, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::{ListKey, NoKey, columns, taken};
use crate::audit::Tx;
use crate::auth::event::{EVENT, SecurityEvent};
use crate::db::{self, Conn};

/// The model of security events.
pub struct EventAdmin;

fn query(wanted: &ListQuery) -> EventQuery {
    let filters = wanted.filters.iter();
    let order = wanted.order();
    EventQuery {
        terms: wanted.terms.clone(),
        filters: filters
            .map(|(key, values)| (EventFilter::declared(key), values.clone()))
            .collect(),
        between: wanted.between,
        order: order
            .map(|(key, descends)| (EventOrder::declared(key), descends))
            .collect(),
        key_descends: wanted.key_descends(),
        keys: wanted.keys.clone(),
    }
}

fn title(event: &StoredEvent) -> String {
    match event.username.as_str() {
        "" => event.kind.clone(),
        username => format!("{} {username}", event.kind),
    }
}

fn fieldset() -> Fieldset {
    let shown = |name, label| Field::new(name, label, Widget::Text).read_only();
    Fieldset {
        title: "",
        fields: vec![
            Field::new("event_time", "Time", Widget::Instant).read_only(),
            shown("kind", "Kind"),
            shown("meaning", "Meaning"),
            shown("user", "User"),
            shown("address", "Address"),
            shown("occurrences", "Count"),
            shown("request_id", "Request"),
            shown("detail", "Detail"),
        ],
    }
}

impl ModelList for EventAdmin {
    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64> {
        Ok(store::count(conn, &query(wanted))?.min(limit))
    }

    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let row = |event: StoredEvent| ListRow {
            id: event.id,
            version: 0,
            title: title(&event),
            cells: EventColumn::ALL.iter().map(|column| column.cell(&event)).collect(),
        };
        let events = store::select(conn, &query(wanted), offset, limit)?;
        Ok(events.into_iter().map(row).collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        store::keys(conn, &query(wanted), limit)
    }

    fn date(&self, conn: &mut Conn, wanted: &ListQuery, last: bool) -> db::Result<Option<NaiveDateTime>> {
        store::time(conn, &query(wanted), last)
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        match EventFilter::declared(filter) {
            EventFilter::Kind => store::count_by_kind(conn, &query(wanted)),
            EventFilter::User => {
                let counts = store::count_by_user(conn, &query(wanted))?.into_iter();
                Ok(counts
                    .filter_map(|(user, count)| Some((user?.to_string(), count)))
                    .collect())
            }
        }
    }
}

impl ModelAdmin for EventAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: EVENT,
            singular: "security event",
            plural: "security events",
            purpose: "Logins, refusals and what else concerns access leave an event.",
            columns: columns::<EventColumn, EventOrder>(EventColumn::column),
            default_sort: &[Sort {
                key: "event_time",
                descending: true,
            }],
            search: Some("user, address, detail and request"),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: Some("event_time"),
            fieldsets: vec![fieldset()],
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: true,
        }
    }

    fn taken(&self) -> TakenKeys {
        taken::<EventOrder, EventFilter, EventPeriod, NoKey>()
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(Box::new(self))
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        match EventFilter::declared(filter) {
            EventFilter::Kind => SecurityEvent::ALL.iter().any(|kind| kind.name() == value),
            EventFilter::User => true,
        }
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&EventExchange)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(event) = store::find(conn, id)? else {
            return Ok(None);
        };
        let title = title(&event);
        let StoredEvent {
            id,
            event_time,
            kind,
            username,
            address,
            request_id,
            detail,
            occurrences,
        } = event;
        let known = SecurityEvent::ALL.iter().find(|known| known.name() == kind);
        let meaning = known.map_or("", |known| known.message()).to_owned();
        let values = [
            ("event_time", event_time.format("%Y-%m-%dT%H:%M:%S").to_string()),
            ("kind", kind),
            ("meaning", meaning),
            ("user", username),
            ("address", address),
            ("occurrences", occurrences.to_string()),
            ("request_id", request_id),
            ("detail", detail),
        ];
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), vec![value]));
        Ok(Some(Object {
            id,
            title,
            values: values.collect(),
            ..Object::default()
        }))
    }

    fn choices(&self, _conn: &mut Conn, name: &str, _term: &str, _limit: i64) -> db::Result<Vec<(String, String)>> {
        let choice = |kind: SecurityEvent| (kind.name().to_owned(), kind.name().replace('_', " "));
        Ok(match EventFilter::parse(name) {
            Some(EventFilter::Kind) => SecurityEvent::ALL.map(choice).to_vec(),
            Some(EventFilter::User) | None => Vec::new(),
        })
    }

    fn save(&self, _tx: &mut Tx<'_>, _id: Option<i64>, _input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        Err(Refusal::Rule("The security log cannot be changed.".to_owned()))
    }

    fn deletion(&self, _conn: &mut Conn, _ids: &[i64]) -> db::Result<Deletion> {
        Ok(Deletion::default())
    }

    fn delete(&self, _tx: &mut Tx<'_>, _ids: &[i64]) -> Result<(), Refusal> {
        Err(Refusal::Rule("The security log cannot be changed.".to_owned()))
    }
}
