//! Two tables, one of which has two foreign keys to the other, and their queries.

use diesel::prelude::*;
use serde_json::{Map, Value, json};
use sla_monitor::admin::model::Refusal;
use sla_monitor::audit::{self, AuditEntry, Tx, Writer};
use sla_monitor::auth::{Action, Model};
use sla_monitor::db::{self, Conn};

use crate::support::database::Database;

pub const TEAM: Model = Model {
    app: "desk",
    name: "team",
    title: "team",
};

pub const SERVICE: Model = Model {
    app: "desk",
    name: "service",
    title: "service",
};

diesel::table! {
    desk_team (id) {
        id -> BigInt,
        name -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    desk_service (id) {
        id -> BigInt,
        name -> Text,
        owner_id -> BigInt,
        backup_id -> Nullable<BigInt>,
        critical -> Bool,
        version -> BigInt,
    }
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = desk_team)]
pub struct Team {
    pub id: i64,
    pub name: String,
    pub version: i64,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = desk_service)]
pub struct Service {
    pub id: i64,
    pub version: i64,
    #[diesel(embed)]
    pub columns: ServiceColumns,
}

/// What a form or a file sets.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = desk_service)]
pub struct ServiceColumns {
    pub name: String,
    pub owner_id: i64,
    pub backup_id: Option<i64>,
    pub critical: bool,
}

/// Creates the tables.
pub fn create(database: &Database) {
    let key = match database.is_postgres() {
        true => "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        false => "INTEGER PRIMARY KEY AUTOINCREMENT",
    };
    database.execute(&format!(
        "CREATE TABLE desk_team (id {key}, name TEXT NOT NULL UNIQUE, version BIGINT NOT NULL DEFAULT 1);
         CREATE TABLE desk_service (
             id {key}, name TEXT NOT NULL UNIQUE,
             owner_id BIGINT NOT NULL REFERENCES desk_team (id), backup_id BIGINT REFERENCES desk_team (id),
             critical BOOLEAN NOT NULL, version BIGINT NOT NULL
         );"
    ));
}

/// Returns all teams by name.
pub fn teams(conn: &mut Conn) -> db::Result<Vec<Team>> {
    let query = desk_team::table.order(desk_team::name);
    Ok(query.select(Team::as_select()).load(conn)?)
}

/// Returns all services by name.
pub fn services(conn: &mut Conn) -> db::Result<Vec<Service>> {
    let query = desk_service::table.order(desk_service::name);
    Ok(query.select(Service::as_select()).load(conn)?)
}

/// Returns the name of the team with this key.
pub fn name_of(teams: &[Team], id: i64) -> String {
    let team = teams.iter().find(|team| team.id == id);
    team.map(|team| team.name.clone()).expect("the foreign key holds")
}

/// Returns a team as the audit log keeps it.
pub fn team_state(name: &str) -> Map<String, Value> {
    Map::from_iter([("name".to_owned(), json!(name))])
}

/// Returns a service as files and the audit log have it: with the names of its teams.
pub fn service_state(columns: &ServiceColumns, teams: &[Team]) -> Map<String, Value> {
    let ServiceColumns {
        name,
        owner_id,
        backup_id,
        critical,
    } = columns;
    Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("owner".to_owned(), json!(name_of(teams, *owner_id))),
        ("backup".to_owned(), json!(backup_id.map(|id| name_of(teams, id)))),
        ("critical".to_owned(), json!(critical)),
    ])
}

/// Writes what one permission allows.
fn write(
    tx: &mut Tx<'_>,
    (action, model): (Action, Model),
    work: impl FnOnce(&mut Writer<'_>) -> db::Result<AuditEntry>,
) -> Result<(), Refusal> {
    let permit = tx
        .actor()
        .permit(model.permission(action))
        .map_err(audit::Error::from)?;
    Ok(tx.write(&permit, |writer| Ok(vec![work(writer)?]))?)
}

fn entry(id: i64, version: i64, before: Option<Map<String, Value>>, after: Option<Map<String, Value>>) -> AuditEntry {
    let state = after.as_ref().or(before.as_ref());
    let name = state.and_then(|state| state["name"].as_str());
    AuditEntry {
        object_id: id,
        object_repr: name.unwrap_or_default().to_owned(),
        object_version: version,
        before: before.map(Value::Object),
        after: after.map(Value::Object),
    }
}

/// Stores a team, and returns its key.
pub fn save_team(tx: &mut Tx<'_>, before: Option<&Team>, name: &str) -> Result<i64, Refusal> {
    let mut id = 0;
    let action = if before.is_some() { Action::Change } else { Action::Add };
    write(tx, (action, TEAM), |writer| {
        let version = before.map_or(1, |before| before.version + 1);
        let values = (desk_team::name.eq(name.to_owned()), desk_team::version.eq(version));
        match before {
            Some(before) => {
                id = before.id;
                let row = diesel::update(desk_team::table.filter(desk_team::id.eq(id)));
                row.set(values).execute(writer.conn())?;
            }
            None => {
                let row = diesel::insert_into(desk_team::table).values(values);
                id = row.returning(desk_team::id).get_result(writer.conn())?;
            }
        }
        let before = before.map(|before| team_state(&before.name));
        Ok(entry(id, version, before, Some(team_state(name))))
    })?;
    Ok(id)
}

/// Stores a service, and returns its key.
pub fn save_service(tx: &mut Tx<'_>, before: Option<&Service>, after: &ServiceColumns) -> Result<i64, Refusal> {
    let teams = teams(tx.reader())?;
    let mut id = 0;
    let action = if before.is_some() { Action::Change } else { Action::Add };
    write(tx, (action, SERVICE), |writer| {
        let version = before.map_or(1, |before| before.version + 1);
        let values = (
            desk_service::name.eq(after.name.clone()),
            desk_service::owner_id.eq(after.owner_id),
            desk_service::backup_id.eq(after.backup_id),
            desk_service::critical.eq(after.critical),
            desk_service::version.eq(version),
        );
        match before {
            Some(before) => {
                id = before.id;
                let row = diesel::update(desk_service::table.filter(desk_service::id.eq(id)));
                row.set(values).execute(writer.conn())?;
            }
            None => {
                let row = diesel::insert_into(desk_service::table).values(values);
                id = row.returning(desk_service::id).get_result(writer.conn())?;
            }
        }
        let before = before.map(|before| service_state(&before.columns, &teams));
        Ok(entry(id, version, before, Some(service_state(after, &teams))))
    })?;
    Ok(id)
}

/// Deletes a team.
pub fn delete_team(tx: &mut Tx<'_>, team: &Team) -> Result<(), Refusal> {
    write(tx, (Action::Delete, TEAM), |writer| {
        diesel::delete(desk_team::table.filter(desk_team::id.eq(team.id))).execute(writer.conn())?;
        Ok(entry(team.id, team.version, Some(team_state(&team.name)), None))
    })
}

/// Deletes a service.
pub fn delete_service(tx: &mut Tx<'_>, service: &Service) -> Result<(), Refusal> {
    let teams = teams(tx.reader())?;
    write(tx, (Action::Delete, SERVICE), |writer| {
        diesel::delete(desk_service::table.filter(desk_service::id.eq(service.id))).execute(writer.conn())?;
        let before = service_state(&service.columns, &teams);
        Ok(entry(service.id, service.version, Some(before), None))
    })
}
