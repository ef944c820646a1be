//! The list of services, made in memory.

use chrono::NaiveDateTime;
use sla_monitor::admin::model::{ListCell, ListRow, NamedObject};
use sla_monitor::apps::list_key::{ListKey, NoKey};
use sla_monitor::apps::listed::{ListLine, MemoryList, SortKey};
use sla_monitor::db::{self, Conn};

use super::service::ServiceAdmin;
use super::store::{self, Service, TEAM, name_of};

/// What the list can be sorted by.
#[derive(Clone, Copy, PartialEq)]
pub enum ServiceOrder {
    Name,
    Owner,
}

impl ListKey for ServiceOrder {
    const ALL: &'static [Self] = &[Self::Name, Self::Owner];

    fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Owner => "owner",
        }
    }
}

/// A filter of the list.
#[derive(Clone, Copy, PartialEq)]
pub enum ServiceFilter {
    Owner,
    Backup,
}

impl ListKey for ServiceFilter {
    const ALL: &'static [Self] = &[Self::Owner, Self::Backup];

    fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner__id__exact",
            Self::Backup => "backup__id__exact",
        }
    }
}

/// A service with the names of its teams.
#[derive(Clone)]
pub struct ServiceLine {
    service: Service,
    owner: String,
    backup: Option<String>,
}

impl ListLine for ServiceLine {
    type Order = ServiceOrder;
    type Filter = ServiceFilter;
    type Period = NoKey;
    type Number = NoKey;

    fn id(&self) -> i64 {
        self.service.id
    }

    fn title(&self) -> &str {
        &self.service.columns.name
    }

    fn texts(&self) -> Vec<&str> {
        vec![&self.service.columns.name]
    }

    fn values(&self, filter: ServiceFilter) -> Vec<String> {
        let columns = &self.service.columns;
        let team = match filter {
            ServiceFilter::Owner => Some(columns.owner_id),
            ServiceFilter::Backup => columns.backup_id,
        };
        team.iter().map(i64::to_string).collect()
    }

    fn instant(&self, period: NoKey) -> Option<NaiveDateTime> {
        match period {}
    }

    fn number(&self, number: NoKey) -> i64 {
        match number {}
    }

    fn sort_key(&self, order: ServiceOrder) -> SortKey {
        match order {
            ServiceOrder::Name => SortKey::text(&self.service.columns.name),
            ServiceOrder::Owner => SortKey::text(&self.owner),
        }
    }
}

impl MemoryList for ServiceAdmin {
    type Line = ServiceLine;

    fn read_lines(&self, conn: &mut Conn) -> db::Result<Vec<ServiceLine>> {
        let teams = store::teams(conn)?;
        let line = |service: Service| ServiceLine {
            owner: name_of(&teams, service.columns.owner_id),
            backup: service.columns.backup_id.map(|id| name_of(&teams, id)),
            service,
        };
        Ok(store::services(conn)?.into_iter().map(line).collect())
    }

    fn draw(&self, _conn: &mut Conn, lines: Vec<ServiceLine>) -> db::Result<Vec<ListRow>> {
        let row = |line: ServiceLine| {
            let columns = line.service.columns;
            let owner = NamedObject::object(TEAM, columns.owner_id, line.owner);
            let backup = columns.backup_id.zip(line.backup);
            let backup = backup.map(|(id, name)| NamedObject::object(TEAM, id, name));
            ListRow {
                id: line.service.id,
                version: line.service.version,
                title: columns.name.clone(),
                cells: vec![
                    ListCell::Text(columns.name),
                    ListCell::Many(vec![owner]),
                    ListCell::Many(backup.into_iter().collect()),
                    ListCell::Flag(columns.critical),
                ],
            }
        };
        Ok(lines.into_iter().map(row).collect())
    }
}
