//! Teams, to which foreign keys point.

use std::convert::Infallible;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};
use sla_monitor::admin::input::FormInput;
use sla_monitor::admin::model::{
    About, AboutState, Deletion, FormValues, ListCell, ListRow, ModelAdmin, ModelList, NamedObject, Object, Refusal,
    Saved, TakenKeys,
};
use sla_monitor::admin::spec::{Field, Fieldset, ListColumn, Sort, Spec, Widget};
use sla_monitor::apps::list_key::{ListKey, NoKey};
use sla_monitor::apps::listed::{self, ListLine, MemoryList, SortKey};
use sla_monitor::audit::Tx;
use sla_monitor::db::{self, Conn};

use super::store::{self, SERVICE, TEAM, Team};

pub struct TeamAdmin;

/// What the list can be sorted by.
#[derive(Clone, Copy, PartialEq)]
pub enum TeamOrder {
    Name,
}

impl ListKey for TeamOrder {
    const ALL: &'static [Self] = &[Self::Name];

    fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
        }
    }
}

impl ListLine for Team {
    type Order = TeamOrder;
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

    fn sort_key(&self, order: TeamOrder) -> SortKey {
        match order {
            TeamOrder::Name => SortKey::text(&self.name),
        }
    }
}

impl MemoryList for TeamAdmin {
    type Line = Team;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<Team>> {
        store::teams(conn)
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<Team>) -> db::Result<Vec<ListRow>> {
        let row = |team: Team| ListRow {
            id: team.id,
            version: team.version,
            title: team.name.clone(),
            cells: vec![ListCell::Text(team.name)],
        };
        Ok(lines.into_iter().map(row).collect())
    }
}

fn values(name: &str) -> FormValues {
    FormValues::from([("name".to_owned(), vec![name.to_owned()])])
}

fn found(conn: &mut Conn, id: i64) -> db::Result<Option<Team>> {
    Ok(store::teams(conn)?.into_iter().find(|team| team.id == id))
}

impl ModelAdmin for TeamAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: TEAM,
            singular: "team",
            plural: "teams",
            purpose: "A team runs services.",
            columns: vec![ListColumn::new("name", "Name").sorts().links()],
            default_sort: &[Sort {
                key: "name",
                descending: false,
            }],
            search: Some("name"),
            filters: Vec::new(),
            ranges: Vec::new(),
            date_hierarchy: None,
            fieldsets: vec![Fieldset {
                title: "",
                fields: vec![Field::new("name", "Name", Widget::Text).required()],
            }],
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

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let object = |team: Team| Object {
            id,
            version: team.version,
            values: values(&team.name),
            title: team.name,
            ..Object::default()
        };
        Ok(found(conn, id)?.map(object))
    }

    fn choices(&self, conn: &mut Conn, _name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        let teams = store::teams(conn)?.into_iter();
        Ok(listed::choices(
            teams.map(|team| (team.id, team.name)).collect(),
            term,
            limit,
        ))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let name = input.take_required("name", |text| Ok::<_, Infallible>(text.to_owned()));
        let name = name.ok_or(Refusal::Input)?;
        let before = match id {
            Some(id) => found(tx.reader(), id)?,
            None => None,
        };
        let changed = before.as_ref().is_none_or(|before| before.name != name);
        let id = match before {
            Some(before) if !changed => before.id,
            before => store::save_team(tx, before.as_ref(), &name)?,
        };
        Ok(Saved {
            id,
            title: name,
            changed,
            outcome: None,
            warnings: Vec::new(),
        })
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let teams = store::teams(conn)?;
        let mut protected = Vec::new();
        for service in store::services(conn)? {
            let columns = service.columns;
            let links = [(Some(columns.owner_id), "owner"), (columns.backup_id, "backup")];
            for (team, field) in links {
                if let Some(team) = team.filter(|team| ids.contains(team)) {
                    let words = format!(
                        "service {}, whose {field} is {}",
                        columns.name,
                        store::name_of(&teams, team)
                    );
                    protected.push(NamedObject::object(SERVICE, service.id, words));
                }
            }
        }
        let names = teams.into_iter().filter(|team| ids.contains(&team.id));
        let names = names.map(|team| (NamedObject::object(TEAM, team.id, team.name), Vec::new()));
        let tree: Vec<_> = names.collect();
        Ok(Deletion {
            counts: vec![("teams".to_owned(), tree.len() as u64)],
            tree,
            about: Vec::new(),
            notes: Vec::new(),
            protected,
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        for id in ids {
            if let Some(team) = found(tx.reader(), *id)? {
                store::delete_team(tx, &team)?;
            }
        }
        Ok(())
    }

    fn restored(&self, _conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let name = state.get("name").and_then(Value::as_str);
        Ok(name.map(|name| Object {
            values: values(name),
            ..Object::default()
        }))
    }
}
