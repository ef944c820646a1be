//! Groups in the admin.

use std::convert::Infallible;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::exchange::GroupExchange;
use super::model::{GroupState, StoredGroup};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, ChangeWords, Deletion, FormValues, ListCell, ListRow, ModelAdmin, ModelList, NamedObject,
    Object, Refusal, Saved, TakenKeys,
};
use crate::admin::spec::{Choices, Field, Fieldset, ListColumn, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::accounts::{AccountChange, GROUP, USER, apply};
use crate::apps::list_key::{ListKey, NoKey, list_keys};
use crate::apps::listed::{self, ListLine, MemoryList, ObjectParts, SortKey};
use crate::apps::permissions::{missing_permissions, permission_change};
use crate::audit::Tx;
use crate::db::{self, Conn};
use crate::text;

/// The model of groups.
pub struct GroupAdmin;

/// A group of the list.
#[derive(Clone)]
pub struct GroupLine {
    id: i64,
    name: String,
}

list_keys! {
    /// What the list can be sorted by.
    pub enum GroupOrder {
        /// By name.
        Name => "name",
    }
}

impl ListLine for GroupLine {
    type Order = GroupOrder;
    type Filter = NoKey;
    type Period = NoKey;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.id
    }

    fn title(&self) -> &str {
        &self.name
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.name]
    }

    fn values(&self, filter: NoKey) -> Vec<String> {
        match filter {}
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: GroupOrder) -> SortKey {
        match order {
            GroupOrder::Name => SortKey::text(&self.name),
        }
    }
}

impl MemoryList for GroupAdmin {
    type Line = GroupLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<GroupLine>> {
        let names = store::names(conn)?.into_iter();
        Ok(names.map(|(id, name)| GroupLine { id, name }).collect())
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<GroupLine>) -> db::Result<Vec<ListRow>> {
        let row = |line: GroupLine| ListRow {
            id: line.id,
            version: 0,
            title: line.name.clone(),
            cells: vec![ListCell::Text(line.name)],
        };
        Ok(lines.into_iter().map(row).collect())
    }
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
                .help("Every member of the group has them."),
        ];
        Spec {
            model: GROUP,
            singular: "group",
            plural: "groups",
            purpose: "A group gives its permissions to all of its users.",
            columns: vec![ListColumn::new("name", "Name").sorts().links()],
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

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn change_words(&self) -> ChangeWords {
        permission_change
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&GroupExchange)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(group) = load(conn, id)? else { return Ok(None) };
        Ok(Some(Object {
            id,
            version: group.version,
            values: values(&group.state),
            title: group.state.name,
            ..Object::default()
        }))
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        if name == "permissions" {
            return Ok(crate::apps::permission_choices());
        }
        Ok(listed::choices(store::names(conn)?.into_iter().collect(), term, limit))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let before = match id {
            Some(id) => Some(store::get(tx.reader(), id)?),
            None => None,
        };
        let after = read(input, before.as_ref().map(|before| &before.state));
        let title = after.name.clone();
        let changed = before.as_ref().is_none_or(|before| before.state != after);
        let change = match before {
            None => AccountChange::AddGroup(after),
            Some(before) => AccountChange::ChangeGroup { before, after },
        };
        Ok(Saved {
            id: apply(tx, &change)?,
            title,
            changed,
            outcome: None,
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
        let mut parts = ObjectParts::new();
        for (group, user, name) in members {
            let words = format!("membership of the user {name}");
            parts
                .entry(group)
                .or_default()
                .push(NamedObject::object(USER, user, words));
        }
        for (group, permission) in store::permissions_of(conn, &ids)? {
            let words = format!("permission {permission} of its members");
            parts.entry(group).or_default().push(NamedObject::from(words));
        }
        Ok(Deletion {
            counts: counts
                .into_iter()
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
            tree: listed::tree(GROUP, found.into_iter(), count, parts),
            about: Vec::new(),
            notes: Vec::new(),
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        for id in ids {
            if let Some(group) = load(tx.reader(), *id)? {
                apply(tx, &AccountChange::DeleteGroup(group))?;
            }
        }
        Ok(())
    }

    fn restored(&self, _conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let object = |state: GroupState| Object {
            values: values(&state),
            missing: missing_permissions(&state.permissions),
            ..Object::default()
        };
        Ok(GroupState::from_json(state).map(object))
    }
}

/// Returns the values of the form of a group.
fn values(state: &GroupState) -> FormValues {
    let GroupState { name, permissions } = state;
    FormValues::from([
        ("name".to_owned(), vec![name.clone()]),
        ("permissions".to_owned(), permissions.iter().cloned().collect()),
    ])
}

/// Reads the form of a group.
fn read(input: &FormInput<'_>, stored: Option<&GroupState>) -> GroupState {
    let stored = stored.map(|stored| stored.name.as_str());
    let Ok(name) = text::updated_line(stored, input.text("name"), |_| Ok::<_, Infallible>(()));
    GroupState {
        name,
        permissions: input.many("permissions").into_iter().map(str::to_owned).collect(),
    }
}
