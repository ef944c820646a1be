//! Services, each with a team that owns it and perhaps one that stands in.

use std::convert::Infallible;

use serde_json::{Map, Value};
use sla_monitor::admin::input::FormInput;
use sla_monitor::admin::model::{
    About, AboutState, Deletion, FormValues, ModelAdmin, ModelList, NamedObject, NotRestored, Object, Refusal, Saved,
    TakenKeys,
};
use sla_monitor::admin::spec::{Choices, Field, Fieldset, Filter, ListColumn, Sort, Spec, Widget};
use sla_monitor::admin::transfer::Exchange;
use sla_monitor::apps::listed::{self};
use sla_monitor::audit::Tx;
use sla_monitor::db::{self, Conn};

use super::exchange::ServiceExchange;
use super::store::{self, SERVICE, Service, ServiceColumns, TEAM, Team};

pub struct ServiceAdmin;

fn found(conn: &mut Conn, id: i64) -> db::Result<Option<Service>> {
    Ok(store::services(conn)?.into_iter().find(|service| service.id == id))
}

fn values(name: &str, owner: Option<i64>, backup: Option<i64>, critical: bool) -> FormValues {
    let key = |id: Option<i64>| id.iter().map(i64::to_string).collect();
    FormValues::from([
        ("name".to_owned(), vec![name.to_owned()]),
        ("owner".to_owned(), key(owner)),
        ("backup".to_owned(), key(backup)),
        (
            "critical".to_owned(),
            critical.then(|| "on".to_owned()).into_iter().collect(),
        ),
    ])
}

/// Reads the key of a team.
fn team_of_key(teams: &[Team], text: &str) -> Result<i64, String> {
    let id = text.parse().ok();
    let team = teams.iter().find(|team| Some(team.id) == id);
    team.map(|team| team.id)
        .ok_or_else(|| format!("There is no team with ID “{text}”."))
}

/// Returns the key of a team that a state of the audit log names; what is missing is noted.
fn team_of_state(
    teams: &[Team],
    state: &Map<String, Value>,
    field: &str,
    missing: &mut Vec<NotRestored>,
) -> Option<i64> {
    let name = state.get(field)?.as_str()?;
    let team = teams.iter().find(|team| team.name == name);
    if team.is_none() {
        missing.push(NotRestored::object(TEAM, name));
    }
    team.map(|team| team.id)
}

impl ModelAdmin for ServiceAdmin {
    fn spec(&self) -> Spec {
        let team = Widget::Select(Choices::Related(TEAM));
        let filter = |key, title| Filter {
            inputs: &[],
            rare: false,
            key,
            title,
            choices: Choices::Related(TEAM),
        };
        Spec {
            model: SERVICE,
            singular: "service",
            plural: "services",
            purpose: "A service is run by a team.",
            columns: vec![
                ListColumn::new("name", "Name").sorts().links(),
                ListColumn::new("owner", "Owner").sorts(),
                ListColumn::new("backup", "Backup"),
                ListColumn::new("critical", "Critical").editable(),
            ],
            default_sort: &[Sort {
                key: "name",
                descending: false,
            }],
            search: Some("name"),
            filters: vec![
                filter("owner__id__exact", "Owner"),
                filter("backup__id__exact", "Backup"),
            ],
            ranges: Vec::new(),
            date_hierarchy: None,
            fieldsets: vec![Fieldset {
                title: "",
                fields: vec![
                    Field::new("name", "Name", Widget::Text).required(),
                    Field::new("owner", "Owner", team).required().bulk(),
                    Field::new("backup", "Backup", team).bulk(),
                    Field::new("critical", "Critical", Widget::Flag),
                ],
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

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&ServiceExchange)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(service) = found(conn, id)? else {
            return Ok(None);
        };
        let ServiceColumns {
            name,
            owner_id,
            backup_id,
            critical,
        } = service.columns;
        Ok(Some(Object {
            id,
            version: service.version,
            values: values(&name, Some(owner_id), backup_id, critical),
            title: name,
            ..Object::default()
        }))
    }

    fn choices(&self, conn: &mut Conn, _name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        let services = store::services(conn)?.into_iter();
        let names = services.map(|service| (service.id, service.columns.name));
        Ok(listed::choices(names.collect(), term, limit))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        let teams = store::teams(tx.reader())?;
        let name = input.take_required("name", |text| Ok::<_, Infallible>(text.to_owned()));
        let owner = input.take_required("owner", |text| team_of_key(&teams, text));
        let backup = input.take_optional("backup", |text| team_of_key(&teams, text));
        let (Some(name), Some(owner_id), Some(backup_id)) = (name, owner, backup) else {
            return Err(Refusal::Input);
        };
        let after = ServiceColumns {
            name,
            owner_id,
            backup_id,
            critical: input.flag("critical"),
        };
        let before = match id {
            Some(id) => found(tx.reader(), id)?,
            None => None,
        };
        let changed = before.as_ref().is_none_or(|before| before.columns != after);
        let id = match before {
            Some(before) if !changed => before.id,
            before => store::save_service(tx, before.as_ref(), &after)?,
        };
        Ok(Saved {
            id,
            title: after.name,
            changed,
            outcome: None,
            warnings: Vec::new(),
        })
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let services = store::services(conn)?.into_iter();
        let services = services.filter(|service| ids.contains(&service.id));
        let named = |service: Service| NamedObject::object(SERVICE, service.id, service.columns.name);
        let tree: Vec<_> = services.map(|service| (named(service), Vec::new())).collect();
        Ok(Deletion {
            counts: vec![("services".to_owned(), tree.len() as u64)],
            tree,
            about: Vec::new(),
            notes: Vec::new(),
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        for id in ids {
            if let Some(service) = found(tx.reader(), *id)? {
                store::delete_service(tx, &service)?;
            }
        }
        Ok(())
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let teams = store::teams(conn)?;
        let mut missing = Vec::new();
        let owner = team_of_state(&teams, state, "owner", &mut missing);
        let backup = team_of_state(&teams, state, "backup", &mut missing);
        let name = state.get("name").and_then(Value::as_str).unwrap_or_default();
        let critical = state.get("critical") == Some(&Value::Bool(true));
        Ok(Some(Object {
            values: values(name, owner, backup, critical),
            missing,
            ..Object::default()
        }))
    }
}
