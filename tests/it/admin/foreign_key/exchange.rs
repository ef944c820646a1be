//! Services as files, with the names of their teams.

use serde_json::Value;
use sla_monitor::admin::model::{Refusal, not_to_choose};
use sla_monitor::admin::transfer::{
    Batch, ColumnKind, Exchange, Fate, FileColumn, FileRecord, ImportPlan, Incoming, PlannedRow,
};
use sla_monitor::audit::Tx;
use sla_monitor::auth::{Account, Action};
use sla_monitor::db::{self, Conn};

use super::store::{self, Service, ServiceColumns, TEAM, Team, service_state};

pub struct ServiceExchange;

const COLUMNS: [FileColumn; 4] = [
    FileColumn::new("name", ColumnKind::Line),
    FileColumn::new("owner", ColumnKind::Line),
    FileColumn::new("backup", ColumnKind::Optional),
    FileColumn::new("critical", ColumnKind::Flag),
];

/// A row of a file, and what it makes of which service.
struct Step {
    row: PlannedRow,
    before: Option<Service>,
    after: Option<ServiceColumns>,
}

struct ServicePlan {
    teams: Vec<Team>,
    steps: Vec<Step>,
    rows: Vec<PlannedRow>,
}

impl Exchange for ServiceExchange {
    fn columns(&self) -> &'static [FileColumn] {
        &COLUMNS
    }

    fn records(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<(i64, FileRecord)>> {
        let teams = store::teams(conn)?;
        let services = store::services(conn)?;
        let found = ids
            .iter()
            .filter_map(|id| services.iter().find(|service| service.id == *id));
        Ok(found
            .map(|service| (service.id, service_state(&service.columns, &teams)))
            .collect())
    }

    fn takes(&self) -> bool {
        true
    }

    fn plan(&self, conn: &mut Conn, account: &Account, batch: Batch) -> db::Result<Option<Box<dyn ImportPlan>>> {
        let teams = store::teams(conn)?;
        let services = store::services(conn)?;
        let rows = batch.rows.into_iter();
        let steps: Vec<Step> = rows.map(|row| step(&teams, &services, account, row)).collect();
        let rows = steps.iter().map(|step| step.row.clone()).collect();
        Ok(Some(Box::new(ServicePlan { teams, steps, rows })))
    }
}

fn step(teams: &[Team], services: &[Service], account: &Account, row: Incoming) -> Step {
    let mut faults = row.errors;
    let text = |name: &str| row.record.get(name).and_then(Value::as_str);
    let name = text("name").unwrap_or_default().to_owned();
    let before = services.iter().find(|service| service.columns.name == name).cloned();
    let stored = before.as_ref().map(|before| &before.columns);
    let mut team = |field: &str, name: &str| {
        if !account.may(TEAM.permission(Action::View)) {
            faults.push((field.to_owned(), not_to_choose(TEAM)));
            return None;
        }
        let team = teams.iter().find(|team| team.name == name);
        if team.is_none() {
            faults.push((field.to_owned(), format!("There is no team “{name}”.")));
        }
        team.map(|team| team.id)
    };
    // A property that a row leaves out stays as it is.
    let owner_id = match text("owner") {
        Some(name) => team("owner", name),
        None => stored.map(|stored| stored.owner_id),
    };
    let backup_id = match row.record.get("backup") {
        Some(Value::String(name)) => team("backup", name),
        Some(_) => None,
        None => stored.and_then(|stored| stored.backup_id),
    };
    let critical = row.record.get("critical").and_then(Value::as_bool);
    if owner_id.is_none() && faults.is_empty() {
        faults.push(("owner".to_owned(), "This field is required.".to_owned()));
    }
    let after = owner_id.filter(|_| faults.is_empty()).map(|owner_id| ServiceColumns {
        name: name.clone(),
        owner_id,
        backup_id,
        critical: critical.unwrap_or_else(|| stored.is_some_and(|stored| stored.critical)),
    });
    let fate = match (&before, &after) {
        (_, None) => Fate::Refused(faults),
        (None, Some(_)) => Fate::New,
        (Some(before), Some(after)) if before.columns == *after => Fate::Unchanged(before.id),
        (Some(before), Some(_)) => Fate::Changed(before.id),
    };
    Step {
        row: PlannedRow {
            number: row.number,
            title: name,
            fate,
        },
        before,
        after,
    }
}

impl ImportPlan for ServicePlan {
    fn rows(&self) -> &[PlannedRow] {
        &self.rows
    }

    fn states(&self, index: usize) -> (Option<FileRecord>, Option<FileRecord>) {
        let Step { before, after, .. } = &self.steps[index];
        let before = before.as_ref().map(|before| &before.columns);
        let state = |columns: &ServiceColumns| service_state(columns, &self.teams);
        (before.map(state), after.as_ref().map(state))
    }

    fn carry_out(&self, tx: &mut Tx<'_>) -> Result<(), Refusal> {
        for Step { row, before, after } in &self.steps {
            if let (Fate::New | Fate::Changed(_), Some(after)) = (&row.fate, after) {
                store::save_service(tx, before.as_ref(), after)?;
            }
        }
        Ok(())
    }
}
