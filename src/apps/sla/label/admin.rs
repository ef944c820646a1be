//! Labels in the admin.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::exchange::LabelExchange;
use super::model::LabelRow;
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    Deletion, FormValues, ListCell, ListQuery, ListRow, ModelAdmin, NamedObject, Object, ObjectLines, Refusal, Saved,
    SidePanel,
};
use crate::admin::spec::{Choices, Field, Fieldset, Filter, ListColumn, Range, RangeKind, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::listed::{self, Key, Listed, listed};
use crate::apps::sla::declarative::change::{Change, Plan};
use crate::apps::sla::declarative::form;
use crate::apps::sla::label::state::LabelState;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::{COMPONENT, LABEL, component, selecting};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::metrics::format::names::{check_label_name, check_label_value};
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

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<LabelRow>> {
    Ok(store::by_ids(conn, &[id])?.pop())
}

fn state(row: &LabelRow) -> LabelState {
    LabelState {
        name: row.name.clone(),
        value: row.value.clone(),
        description: row.description.clone(),
    }
}

fn title(row: &LabelRow) -> String {
    format!("{}={}", row.name, row.value)
}

fn values(state: &LabelState) -> FormValues {
    [
        ("name", &state.name),
        ("value", &state.value),
        ("description", &state.description),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), vec![value.clone()]))
    .collect()
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
            title(&row),
            label.name,
            label.value
        )
    };
    Ok(store::all(conn)?.into_iter().filter(is_twin).map(warning).collect())
}

impl ModelAdmin for LabelAdmin {
    fn spec(&self) -> Spec {
        let fields = vec![
            Field::new("name", "Name", Widget::Text)
                .required()
                .help("Letters, digits and _, not beginning with a digit or __; as in Prometheus."),
            Field::new("value", "Value", Widget::Text).required(),
            Field::new("description", "Description", Widget::Area).bulk(),
        ];
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
            search: Some("name and value"),
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
            fieldsets: vec![Fieldset { title: "", fields }],
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
            title: title(&line.row),
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
        let Some(row) = load(conn, id)? else { return Ok(None) };
        let users = component::usage_store::names_with_label(conn, id, USERS_MAX)?;
        let counts: HashMap<i64, i64> = component::usage_store::count_all_by_label(conn)?.into_iter().collect();
        let count = counts.get(&id).copied().unwrap_or(0);
        let used = format!(
            "Worn by {}{}",
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
            version: row.version,
            title: title(&row),
            values: values(&state(&row)),
            remarks: vec![used],
            ..Object::default()
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
            rows.into_iter().map(|row| (row.id, title(&row))).collect(),
            term,
            limit,
        ))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let stored = match id {
            Some(id) => load(tx.reader(), id)?,
            None => None,
        };
        let required = |check: &dyn Fn(&str) -> Result<(), String>, text: &str| {
            if text.is_empty() {
                Err("This field is required.".to_owned())
            } else {
                check(text).map(|()| text.to_owned())
            }
        };
        let name = input.take("name", |text| {
            required(&|text| check_label_name(text).map_err(|error| error.to_string()), text)
        });
        let value = input.take_required("value", |text| {
            text::settle_line(stored.as_ref().map(|row| row.value.as_str()), text, check_label_value)
        });
        let description = form::area(
            input,
            "description",
            stored.as_ref().map(|row| row.description.as_str()),
        );
        let (Some(name), Some(value), Some(description)) = (name, value, description) else {
            return Err(Refusal::Input);
        };
        let after = LabelState {
            name,
            value,
            description,
        };
        if store::id_of(tx.reader(), &after.name, &after.value)?.is_some_and(|taken| Some(taken) != id) {
            input.refuse("", "Label with this Name and Value already exists.");
            return Err(Refusal::Input);
        }
        let title = format!("{}={}", after.name, after.value);
        let warnings = twins(tx.reader(), id, &after)?;
        let renamed = stored.as_ref().is_some_and(|row| row.name != after.name);
        let stored = stored.map(|row| Stored {
            id: row.id,
            version: row.version,
            state: state(&row),
            unreadable: None,
        });
        let change = form::change(stored, after.clone());
        let changed = change.is_some();
        let plan = Plan {
            labels: change.into_iter().collect(),
            ..Plan::default()
        };
        form::carry_out(tx, &plan).map_err(|refusal| match refusal {
            // Components that wear it keep one value of each label name.
            Refusal::Rule(_) if renamed => {
                let message = format!(
                    "A component that wears this label has another value of {} already.",
                    after.name
                );
                input.refuse("name", message);
                Refusal::Input
            }
            refusal => refusal,
        })?;
        let id = store::id_of(tx.reader(), &after.name, &after.value)?.ok_or(db::Error::NotFound)?;
        Ok(form::saved(id, title, changed, warnings))
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let rows = store::by_ids(conn, ids)?;
        let titles: HashMap<i64, String> = rows.iter().map(|row| (row.id, title(row))).collect();
        let (users, count) = component::usage_store::users_of_labels(conn, ids)?;
        let words = |(id, key, user): selecting::User| {
            NamedObject::object(COMPONENT, key, format!("component {user} wears {}", titles[&id]))
        };
        let names = rows.iter().map(|row| (row.id, title(row)));
        Ok(Deletion {
            counts: vec![("labels".to_owned(), rows.len() as u64)],
            tree: selecting::tree(LABEL, names, rows.len() as u64, selecting::Parts::new()),
            protected: selecting::sample(users.into_iter().map(words), count),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        let rows = store::by_ids(tx.reader(), ids)?;
        let labels = rows.into_iter().map(|row| Change::Delete {
            id: row.id,
            version: row.version,
            before: state(&row),
        });
        form::carry_out(
            tx,
            &Plan {
                labels: labels.collect(),
                ..Plan::default()
            },
        )
    }

    fn restored(&self, _conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let text = |key: &str| state.get(key).and_then(Value::as_str).unwrap_or("").to_owned();
        let state = LabelState {
            name: text("name"),
            value: text("value"),
            description: text("description"),
        };
        Ok(Some(Object {
            values: values(&state),
            ..Object::default()
        }))
    }
}
