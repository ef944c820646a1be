//! A foreign key, proven by two models of the test's own: each service has a team that owns it, and perhaps one that stands in.
//!
//! Nothing but `Widget::Select(Choices::Related(…))` and the names in files and in the audit log is the models': the rest is the engine's.

mod dialog;
mod exchange;
mod files;
mod forms;
mod lists;
mod past;
mod service;
mod service_list;
mod store;
mod team;

use sla_monitor::admin::checks;
use sla_monitor::admin::site::Site;

use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::inside::InsideServer;
use crate::support::people::{add_user, at_admin_of, staff_state, superuser_state};

use self::service::ServiceAdmin;
use self::team::TeamAdmin;

const TEAMS: &str = "/admin/desk/team/";
const SERVICES: &str = "/admin/desk/service/";

/// Two teams, `Billing` and `Payments`, three services, and a server for them.
struct Desk<'a> {
    database: &'a Database,
    server: InsideServer,
}

impl<'a> Desk<'a> {
    fn open(database: &'a Database) -> Self {
        store::create(database);
        database.execute(
            "INSERT INTO desk_team (name) VALUES ('Billing'), ('Payments');
             INSERT INTO desk_service (name, owner_id, backup_id, critical, version) VALUES
                 ('api', 1, 2, TRUE, 1), ('batch', 1, NULL, FALSE, 1), ('cron', 2, NULL, FALSE, 1);",
        );
        let site = Site::new(vec![Box::new(TeamAdmin), Box::new(ServiceAdmin)]);
        assert_eq!(checks::faults(site.entries()), Vec::<String>::new());
        Self {
            database,
            server: InsideServer::start(database, site),
        }
    }

    /// Logs in a superuser.
    fn root(&self) -> Browser {
        let id = add_user(self.database, &superuser_state("root"), None);
        at_admin_of(self.database, &self.server.url, id)
    }

    /// Logs in a user with permissions on the two models, such as `change_service`, which the program itself does not know.
    fn staff(&self, name: &str, permissions: &[&str]) -> Browser {
        let id = add_user(self.database, &staff_state(name, &[]), None);
        for permission in permissions {
            let row = format!("INSERT INTO user_permission (user_id, permission) VALUES ({id}, 'desk.{permission}')");
            self.database.execute(&row);
        }
        at_admin_of(self.database, &self.server.url, id)
    }

    /// Returns each service with the names of its teams.
    fn stored(&self) -> Vec<String> {
        self.database.texts(
            "SELECT s.name || ': ' || o.name || COALESCE(' / ' || b.name, '') AS value FROM desk_service s \
             JOIN desk_team o ON o.id = s.owner_id LEFT JOIN desk_team b ON b.id = s.backup_id ORDER BY s.name",
        )
    }
}

const STORED: [&str; 3] = ["api: Billing / Payments", "batch: Billing", "cron: Payments"];
