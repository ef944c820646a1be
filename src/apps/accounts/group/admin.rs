//! Groups in the admin.

use std::convert::Infallible;

use serde_json::{Map, Value};

use super::exchange::GroupExchange;
use super::model::{GroupState, StoredGroup};
use super::store;
use crate::admin::input::Input;
use crate::admin::model::{Cell, Deletion, ModelAdmin, Named, Object, Refusal, Row, Saved, Values, Wanted};
use crate::admin::spec::{Choices, Column, Field, Fieldset, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::accounts::{GROUP, USER, missing_permissions, refusal};
use crate::apps::listed::{self, Key, Listed, Parts, listed};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::text;

/// Groups.
pub struct GroupAdmin;

struct Line {
    id: i64,
    name: String,
}

impl Listed for Line {
    fn id(&self) -> i64 {
        self.id
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name]
    }

    fn values(&self, _filter: &str) -> Vec<String> {
        Vec::new()
    }

    fn key(&self, _column: &str) -> Key {
        Key::text(&self.name)
    }
}

fn lines(conn: &mut Conn, wanted: &Wanted) -> db::Result<Vec<Line>> {
    Ok(listed(
        store::names(conn)?
            .into_iter()
            .map(|(id, name)| Line { id, name })
            .collect(),
        wanted,
    ))
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<StoredGroup>> {
    match store::get(conn, id) {
        Ok(group) => Ok(Some(group)),
        Err(db::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

impl ModelAdmin for GroupAdmin {
    fn spec(&self) -> Spec {
        let fields = vec![
            Field::new("name", "Name", Widget::Text).required(),
            Field::new("permissions", "Permissions", Widget::Many(Choices::Listed))
                .help("Everybody in the group has them."),
        ];
        Spec {
            model: GROUP,
            singular: "group",
            plural: "groups",
            columns: vec![Column::new("name", "Name").sorts().links()],
            default_sort: &[Sort {
                key: "name",
                descending: false,
            }],
            search: Some("name"),
            filters: Vec::new(),
            ranges: Vec::new(),
            date_hierarchy: None,
            fieldsets: vec![Fieldset { title: "", fields }],
            add_fieldsets: None,
            inline: None,
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn count(&self, conn: &mut Conn, wanted: &Wanted, limit: i64) -> db::Result<i64> {
        Ok(listed::count(&lines(conn, wanted)?, limit))
    }

    fn rows(&self, conn: &mut Conn, wanted: &Wanted, offset: i64, limit: i64) -> db::Result<Vec<Row>> {
        let row = |line: Line| Row {
            id: line.id,
            version: 0,
            title: line.name.clone(),
            cells: vec![Cell::Text(line.name)],
        };
        Ok(listed::slice(lines(conn, wanted)?, offset, limit)
            .into_iter()
            .map(row)
            .collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &Wanted, limit: i64) -> db::Result<Vec<i64>> {
        Ok(listed::keys(&lines(conn, wanted)?, limit))
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&GroupExchange)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(group) = load(conn, id)? else { return Ok(None) };
        let mut values = Values::new();
        values.insert("name".to_owned(), vec![group.state.name.clone()]);
        values.insert(
            "permissions".to_owned(),
            group.state.permissions.iter().cloned().collect(),
        );
        Ok(Some(Object {
            id,
            version: group.version,
            title: group.state.name,
            values,
            ..Object::default()
        }))
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        if name == "permissions" {
            return Ok(crate::apps::permission_choices());
        }
        Ok(listed::choices(store::names(conn)?.into_iter().collect(), term, limit))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut Input<'_>) -> Result<Saved, Refusal> {
        let before = match id {
            Some(id) => Some(store::get(tx.reader(), id)?),
            None => None,
        };
        let now = before.as_ref().map(|before| before.state.name.as_str());
        let Ok(name) = text::settle_line(now, input.text("name"), |_| Ok::<_, Infallible>(()));
        let after = GroupState {
            name,
            permissions: input.many("permissions").into_iter().map(str::to_owned).collect(),
        };
        let (id, changed) = match before {
            None => (
                super::add(tx, &after).map_err(|refused| refusal(refused, Some(input)))?,
                true,
            ),
            Some(before) => {
                super::change(tx, &before, &after).map_err(|refused| refusal(refused, Some(input)))?;
                (before.id, before.state != after)
            }
        };
        Ok(Saved {
            id,
            title: after.name,
            changed,
            warnings: Vec::new(),
        })
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let names = store::names(conn)?;
        let found: Vec<(i64, String)> = ids
            .iter()
            .filter_map(|id| Some((*id, names.get(id)?.clone())))
            .collect();
        let count = found.len() as u64;
        let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
        let members = store::members_of(conn, &ids)?;
        let counts = [("groups", count), ("memberships", members.len() as u64)];
        let mut parts = Parts::new();
        for (group, user, name) in members {
            let words = format!("membership of the user {name}");
            parts.entry(group).or_default().push(Named::object(USER, user, words));
        }
        for (group, permission) in store::permissions_of(conn, &ids)? {
            let words = format!("permission {permission} of its members");
            parts.entry(group).or_default().push(Named::from(words));
        }
        Ok(Deletion {
            counts: counts
                .into_iter()
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
            tree: listed::tree(GROUP, found.into_iter(), count, parts),
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        for id in ids {
            if let Some(group) = load(tx.reader(), *id)? {
                super::delete(tx, &group).map_err(|refused| refusal(refused, None))?;
            }
        }
        Ok(())
    }

    fn restored(&self, _conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let permissions = state.get("permissions").and_then(Value::as_array).into_iter().flatten();
        let permissions: Vec<String> = permissions
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect();
        let missing = missing_permissions(&permissions);
        let name = state.get("name").and_then(Value::as_str).unwrap_or("").to_owned();
        let values = [("name".to_owned(), vec![name]), ("permissions".to_owned(), permissions)];
        Ok(Some(Object {
            values: values.into_iter().collect(),
            missing,
            ..Object::default()
        }))
    }
}
