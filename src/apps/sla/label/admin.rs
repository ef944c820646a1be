//! Labels in the admin.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::exchange::LabelExchange;
use super::model::LabelRow;
use super::state::{LabelState, labels};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    Deletion, ListCell, ListQuery, ListRow, ModelAdmin, NamedObject, Object, ObjectLines, Refusal, Saved, SidePanel,
};
use crate::admin::spec::{Choices, Filter, ListColumn, Range, RangeKind, Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::listed::{self, Key, Listed, listed};
use crate::apps::sla::declarative::form;
use crate::apps::sla::properties::form::{LinkOptions, label_title};
use crate::apps::sla::properties::{self, fieldsets, search_words};
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{COMPONENT, LABEL, component, selecting};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::text;

/// The most users of a label that are named.
const USERS_MAX: i64 = 20;

/// Labels.
pub struct LabelAdmin;

struct Line {
    row: LabelRow,
    components: i64,
}

impl Listed for Line {
    fn id(&self) -> i64 {
        self.row.id
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.row.name, &self.row.value]
    }

    fn values(&self, _filter: &str) -> Vec<String> {
        vec![self.row.name.clone()]
    }

    fn number(&self, _range: &str) -> Option<i64> {
        Some(self.components)
    }

    fn key(&self, column: &str) -> Key {
        match column {
            "components" => Key::Number(self.components),
            "value" => Key::text(&self.row.value),
            _ => Key::text(&self.row.name),
        }
    }
}

fn lines(conn: &mut Conn, wanted: &ListQuery) -> db::Result<Vec<Line>> {
    let rows = store::all(conn)?;
    let counts: HashMap<i64, i64> = component::usage_store::count_all_by_label(conn)?.into_iter().collect();
    let line = |row: LabelRow| Line {
        components: counts.get(&row.id).copied().unwrap_or(0),
        row,
    };
    Ok(listed(rows.into_iter().map(line).collect(), wanted))
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<Stored<LabelState>>> {
    Ok(labels(conn, Some(&[id]))?.pop())
}

/// Warnings of other labels of the same name whose values look like this one.
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
    Ok(store::all(conn)?.into_iter().filter(is_twin).map(warning).collect())
}

impl ModelAdmin for LabelAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: LABEL,
            singular: "label",
            plural: "labels",
            columns: vec![
                ListColumn::new("name", "Name").sorts().links(),
                ListColumn::new("value", "Value").sorts(),
                ListColumn::new("components", "Components").sorts(),
            ],
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
            filters: vec![Filter {
                key: "name",
                title: "Name",
                choices: Choices::Listed,
            }],
            ranges: vec![Range {
                key: "components",
                title: "Components",
                kind: RangeKind::Number { decimals: 0 },
            }],
            date_hierarchy: None,
            fieldsets: fieldsets::<LabelState>(),
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn count(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<i64> {
        Ok(listed::count(&lines(conn, wanted)?, limit))
    }

    fn rows(&self, conn: &mut Conn, wanted: &ListQuery, offset: i64, limit: i64) -> db::Result<Vec<ListRow>> {
        let row = |line: Line| ListRow {
            id: line.row.id,
            version: line.row.version,
            title: label_title(&line.row.name, &line.row.value),
            cells: vec![
                ListCell::Text(line.row.name),
                ListCell::Text(line.row.value),
                ListCell::Number(line.components),
            ],
        };
        Ok(listed::slice(lines(conn, wanted)?, offset, limit)
            .into_iter()
            .map(row)
            .collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &ListQuery, limit: i64) -> db::Result<Vec<i64>> {
        Ok(listed::keys(&lines(conn, wanted)?, limit))
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &ListQuery) -> db::Result<Vec<(String, i64)>> {
        Ok(listed::facets(&lines(conn, wanted)?, filter))
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&LabelExchange)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(stored) = load(conn, id)? else { return Ok(None) };
        let users = component::usage_store::names_with_label(conn, id, USERS_MAX)?;
        let counts: HashMap<i64, i64> = component::usage_store::count_all_by_label(conn)?.into_iter().collect();
        let count = counts.get(&id).copied().unwrap_or(0);
        let used = format!(
            "Used by {}{}",
            form::counted(count, "component"),
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
            remarks: vec![used],
            ..LinkOptions::load::<LabelState>(conn)?.object(&stored.state)
        }))
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        let rows = store::all(conn)?;
        if name == "name" {
            let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
            names.dedup();
            return Ok(names.into_iter().map(|name| (name.clone(), name)).collect());
        }
        Ok(listed::choices(
            rows.into_iter()
                .map(|row| (row.id, label_title(&row.name, &row.value)))
                .collect(),
            term,
            limit,
        ))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let stored = match id {
            Some(id) => load(tx.reader(), id)?,
            None => None,
        };
        let now = stored.as_ref().map(|stored| &stored.state);
        let after = LinkOptions::load::<LabelState>(tx.reader())?.read(input, now);
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
        let words = |(id, key, user): selecting::User| {
            NamedObject::object(COMPONENT, key, format!("component {user} has label {}", titles[&id]))
        };
        let names = rows.iter().map(|row| (row.id, label_title(&row.name, &row.value)));
        Ok(Deletion {
            counts: vec![("labels".to_owned(), rows.len() as u64)],
            tree: selecting::tree(LABEL, names, rows.len() as u64, selecting::Parts::new()),
            protected: selecting::sample(users.into_iter().map(words), count),
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
