//! Indicators in the admin.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::about;
use super::judged::faults;
use super::list::{self, IndicatorColumn, IndicatorFilter, IndicatorOrder};
use super::state::{IndicatorKind, IndicatorState, UnknownPolicy, indicators};
use super::store;
use crate::admin::address::{Address, ModelPage};
use crate::admin::input::FormInput;
use crate::admin::model::{
    AboutState, ChangeWords, Deletion, ModelAdmin, ModelList, NamedObject, Object, ObjectLines, Refusal, Saved,
    SidePanel, TakenKeys,
};
use crate::admin::spec::{Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::{ListKey, columns};
use crate::apps::listed;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::measuring::glance;
use crate::apps::sla::properties::form::LinkOptions;
use crate::apps::sla::properties::{self, fieldsets, search_words};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{COMPONENT, INDICATOR, TRY, label_texts, selecting};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::text::counted;

/// The most users of an indicator that are named.
const USERS_MAX: usize = 20;

/// Indicators.
pub struct IndicatorAdmin;

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<IndicatorState>>> {
    Ok(indicators(conn, Some(&[id]))?.pop())
}

impl ModelAdmin for IndicatorAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: INDICATOR,
            singular: "indicator",
            plural: "indicators",
            purpose: "An indicator is a query to Prometheus that says how well a component did, so that what was promised can be compared with what was kept.",
            columns: columns::<IndicatorColumn, IndicatorOrder>(IndicatorColumn::column),
            default_sort: &[Sort {
                key: "name",
                descending: false,
            }],
            search: search_words::<IndicatorState>(),
            filters: list::filters(),
            ranges: Vec::new(),
            date_hierarchy: None,
            fieldsets: fieldsets::<IndicatorState>(),
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn change_words(&self) -> ChangeWords {
        properties::past::change_words::<IndicatorState>
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(exchange::<IndicatorState>())
    }

    fn about(&self) -> AboutState {
        about::of_state
    }

    fn is_called_after_others(&self) -> bool {
        false
    }

    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        store::version(conn, id)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        let mut object = LinkOptions::of(conn, &[&stored.state])?.object(&stored.state);
        (object.id, object.version) = (stored.id, stored.version);
        object.about = about::of(&stored.state.selector);
        let (users, count) = store::users(conn, &[id])?;
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let names = users.into_iter().take(USERS_MAX).map(|(_, _, name)| name).collect();
        let users = ObjectLines {
            model: COMPONENT,
            lines: form::users(names, count),
            count,
        };
        let is_selecting = !stored.state.selector.is_empty();
        let title = match (counted(count, "component"), is_selecting) {
            _ if count == 0 => "Named by no component".to_owned(),
            (named, true) => format!("Named by {named}, beside those that its selector finds"),
            (named, false) => format!("Named by {named}"),
        };
        let mut measured = SidePanel::naming(title, vec![users]);
        if is_selecting && count == 0 {
            measured.lines.push("It measures what its selector finds.".to_owned());
        }
        object.side_panels.push(measured);
        object.side_panels.push(glance::panel(conn, id, &stored.state.source)?);
        object.side_panels.extend(stored.unreadable.map(|reason| {
            let title = "This indicator cannot be read, and measures nothing";
            (title.to_owned(), vec![reason]).into()
        }));
        Ok(Some(object))
    }

    fn blank(&self) -> Object {
        properties::form::blank::<IndicatorState>()
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        match IndicatorFilter::parse(filter) {
            Some(IndicatorFilter::Kind) => IndicatorKind::parse(value).is_some(),
            Some(IndicatorFilter::Source) | None => true,
        }
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        let owned = |(word, shown): &(&str, &str)| ((*word).to_owned(), (*shown).to_owned());
        match name {
            "unknown" => Ok(UnknownPolicy::CHOICES.iter().map(owned).collect()),
            name => match IndicatorFilter::parse(name) {
                // A field of the form, too.
                Some(IndicatorFilter::Kind) => Ok(IndicatorKind::CHOICES.iter().map(owned).collect()),
                Some(filter) => list::offers(conn, filter),
                None => Ok(listed::choices(store::names(conn)?, term, limit)),
            },
        }
    }

    fn titles(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
        store::names_by_keys(conn, ids)
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let stored = match id {
            Some(id) => load(tx.reader(), id)?,
            None => None,
        };
        let now = stored.as_ref().map(|stored| &stored.state);
        let about = now.and_then(|now| about::of(&now.selector));
        let kept = label_texts::take_out(about.as_ref(), input, |permission| tx.actor().may(permission));
        let mut after = LinkOptions::posted::<IndicatorState>(tx.reader(), &[&*input])?.read(input, now);
        if let Some(now) = now {
            label_texts::put_back(&kept, now, &mut after);
        }
        for (property, message) in faults(&after) {
            input.refuse(property, message);
        }
        if now.is_none_or(|now| now.name != after.name)
            && let Some(twin) = store::twin(tx.reader(), &after.name, id)?
        {
            form::refuse_twin(input, "Indicator", &after.name, &twin);
        }
        if !input.is_valid() {
            return Err(Refusal::Input);
        }
        form::store(tx, stored, after, Vec::new())
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let names = store::names_by_keys(conn, ids)?;
        let titles: HashMap<i64, &str> = names.iter().map(|(id, name)| (*id, name.as_str())).collect();
        let (users, count) = store::users(conn, ids)?;
        let words = |(id, key, user): selecting::Usage| {
            let title = titles.get(&id).copied().unwrap_or_default();
            NamedObject::object(COMPONENT, key, format!("component {user} names {title}"))
        };
        let protected = listed::sample(users.into_iter().map(words), count);
        let amount = names.len() as u64;
        Ok(Deletion {
            counts: vec![("indicators".to_owned(), amount)],
            tree: listed::tree(INDICATOR, names.into_iter(), amount, listed::ObjectParts::new()),
            about: Vec::new(),
            notes: Vec::new(),
            protected,
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let stored = indicators(tx.reader(), Some(ids))?;
        form::delete(tx, stored)
    }

    fn tools(&self, object: &Object) -> Vec<(&'static str, String)> {
        let address = Address::Model(INDICATOR, ModelPage::Added(object.id.into(), TRY));
        vec![("Try", address.into())]
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let restored = properties::form::restored::<IndicatorState>(conn, state)?;
        let about = about::of_state(Some(state));
        Ok(restored.map(|restored| Object { about, ..restored }))
    }
}
