//! Labels in the admin.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::list::{self, LabelColumn, LabelFilter, LabelOrder};
use super::model::LabelRow;
use super::state::{LabelState, labels};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, ChangeWords, Deletion, ModelAdmin, ModelList, NamedObject, Object, ObjectLines, Refusal, Saved,
    SidePanel, TakenKeys,
};
use crate::admin::spec::{Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::list_key::{ListKey, columns};
use crate::apps::listed::{self};
use crate::apps::sla::component::users::users;
use crate::apps::sla::declarative::form;
use crate::apps::sla::declarative::import::exchange;
use crate::apps::sla::properties::form::{LinkOptions, label_title};
use crate::apps::sla::properties::{self, fieldsets, search_words};
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{COMPONENT, LABEL, component, selecting};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::text;

/// The most users of a label that are named.
const USERS_MAX: i64 = 20;

/// Labels.
pub struct LabelAdmin {
    pub(super) read_models: Arc<ReadModels>,
}

impl LabelAdmin {
    /// Creates the model with what knows the components that have each label.
    #[must_use]
    pub fn new(read_models: Arc<ReadModels>) -> Self {
        Self { read_models }
    }
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<LabelState>>> {
    Ok(labels(conn, Some(&[id]))?.pop())
}

/// Returns warnings of other labels of the same name whose values look like this one.
fn twins(conn: &mut Conn, id: Option<i64>, label: &LabelState) -> db::Result<Vec<String>> {
    let key = text::loose_key(&label.value);
    let is_twin = |row: &LabelRow| {
        Some(row.id) != id && row.name == label.name && row.value != label.value && text::loose_key(&row.value) == key
    };
    let warning = |row: LabelRow| {
        format!(
            "“{}” looks like “{}={}”; for Prometheus they are two different values.",
            label_title(&row.name, &row.value),
            label.name,
            label.value
        )
    };
    let rows = store::of_name(conn, &label.name)?.into_iter();
    Ok(rows.filter(is_twin).map(warning).collect())
}

impl ModelAdmin for LabelAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: LABEL,
            singular: "label",
            plural: "labels",
            purpose: "A label such as team=payments groups components, here and in Prometheus.",
            columns: columns::<LabelColumn, LabelOrder>(LabelColumn::column),
            default_sort: &[
                Sort {
                    key: "name",
                    descending: false,
                },
                Sort {
                    key: "value",
                    descending: false,
                },
            ],
            search: search_words::<LabelState>(),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: None,
            fieldsets: fieldsets::<LabelState>(),
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
        properties::past::change_words::<LabelState>
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(exchange::<LabelState>())
    }

    fn form_object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        Ok(Some(Object {
            id,
            version: stored.version,
            ..LinkOptions::of(conn, &[&stored.state])?.object(&stored.state)
        }))
    }

    fn version(&self, conn: &mut Conn, id: i64) -> db::Result<Option<i64>> {
        store::version(conn, id)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        let (users, count) = users(conn, &self.read_models, Link::Label, id, USERS_MAX)?;
        let used = format!(
            "Used by {}{}",
            text::counted(count, "component"),
            if count > 0 {
                "; saving changes the metrics of all of them"
            } else {
                ""
            }
        );
        let users = ObjectLines {
            model: COMPONENT,
            lines: form::users(users, count),
            count,
        };
        let mut used = SidePanel::naming(used, vec![users]);
        if count > 0 {
            used = used.leading_to(COMPONENT, format!("?labels__id__exact={id}"));
        }
        Ok(Some(Object {
            id,
            version: stored.version,
            side_panels: vec![used],
            ..LinkOptions::of(conn, &[&stored.state])?.object(&stored.state)
        }))
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        match LabelFilter::parse(name) {
            Some(LabelFilter::Name) => {
                let names = store::names(conn)?.into_iter();
                Ok(names.map(|name| (name.clone(), name)).collect())
            }
            None => {
                let titles = match term.trim() {
                    "" => store::first_titles(conn, limit)?,
                    _ => store::titles(conn)?,
                };
                Ok(listed::choices(titles, term, limit))
            }
        }
    }

    fn titles(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, String)>> {
        let rows = store::by_ids(conn, ids)?.into_iter();
        Ok(rows.map(|row| (row.id, label_title(&row.name, &row.value))).collect())
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let stored = match id {
            Some(id) => load(tx.reader(), id)?,
            None => None,
        };
        let now = stored.as_ref().map(|stored| &stored.state);
        let after = LinkOptions::posted::<LabelState>(tx.reader(), &[&*input])?.read(input, now);
        if !input.is_valid() {
            return Err(Refusal::Input);
        }
        if store::id_of(tx.reader(), &after.name, &after.value)?.is_some_and(|taken| Some(taken) != id) {
            input.refuse("", "Label with this Name and Value already exists.");
            return Err(Refusal::Input);
        }
        let warnings = twins(tx.reader(), id, &after)?;
        let name = after.name.clone();
        let is_renamed = now.is_some_and(|now| now.name != name);
        form::store(tx, stored, after, warnings).map_err(|refusal| match refusal {
            // Components that have it keep one value of each label name.
            Refusal::Rule(_) if is_renamed => {
                let message = format!("A component that has this label has another value of {name} already.");
                input.refuse("name", message);
                Refusal::Input
            }
            refusal => refusal,
        })
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let rows = store::by_ids(conn, ids)?;
        let titles: HashMap<i64, String> = rows
            .iter()
            .map(|row| (row.id, label_title(&row.name, &row.value)))
            .collect();
        let (users, count) = component::usage_store::users_of_labels(conn, ids)?;
        let words = |(id, key, user): selecting::Usage| {
            NamedObject::object(COMPONENT, key, format!("component {user} has label {}", titles[&id]))
        };
        let names = rows.iter().map(|row| (row.id, label_title(&row.name, &row.value)));
        Ok(Deletion {
            counts: vec![("labels".to_owned(), rows.len() as u64)],
            tree: listed::tree(LABEL, names, rows.len() as u64, listed::ObjectParts::new()),
            about: Vec::new(),
            notes: Vec::new(),
            protected: listed::sample(users.into_iter().map(words), count),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let stored = labels(tx.reader(), Some(ids))?;
        form::delete(tx, stored)
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        properties::form::restored::<LabelState>(conn, state)
    }
}
