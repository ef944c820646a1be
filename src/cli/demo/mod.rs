//! `demo`: a database with believable data, served at once.

mod measurements;

use std::io::Write;
use std::net::SocketAddr;

use super::apply::{self, DemoLoad};
use super::createsuperuser::{add_superuser, superuser};
use super::{CommandResult, GLOBAL_OPTIONS, GlobalOptions, database_url_in, given_database_url, print_note, serve};
use crate::app::signals::{Hangup, Signals};
use crate::app::{self, Start};
use crate::apps::accounts::user;
use crate::auth::{password, secret};
use crate::clock::{Clock, SystemClock};
use crate::config::{Environment, RootPath, ServeOptions};
use crate::db::Conn;
use crate::db::migrate::{self, MigrationTarget};
use crate::db::pool::Pool;
use crate::db::url::DatabaseUrl;
use crate::text::counted;

/// The demo's data.
const DATA: &str = include_str!("../../demo.yaml");

/// Who looks at the demo.
const USERNAME: &str = "admin";

/// Letters and digits of their password.
const PASSWORD_LENGTH: usize = 16;

/// Load a demo into ./sla-monitor-demo.sqlite3 and serve it
#[derive(clap::Args)]
#[command(
    after_help = "A database that has components already is served as it is. The label of the installation is DEMO unless --environment \
    gives another one.\n\nExample:\n  sla-monitor demo --bind 127.0.0.1:8000"
)]
pub(super) struct DemoCommand {
    // Has the identifier of the option of every command, and thereby takes its place in this help.
    /// sqlite:PATH, a path, or postgres://USER@HOST/NAME; DATABASE_URL is not read [default: sqlite:./sla-monitor-demo.sqlite3]
    #[arg(
        long,
        env = "SLA_MONITOR_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = GLOBAL_OPTIONS
    )]
    database_url: Option<String>,

    #[command(flatten)]
    options: ServeOptions,
}

impl DemoCommand {
    pub(super) fn run(&self, global: &GlobalOptions) -> CommandResult {
        let signals = Signals::install(Hangup::Stops).map_err(app::AppError::signals)?;
        let of_file = global.database_url_file.as_deref().map(database_url_in).transpose()?;
        let url = match (&self.database_url, of_file) {
            (Some(text), _) => given_database_url(text)?,
            (None, Some(url)) => url,
            (None, None) => DatabaseUrl::SqliteFile("./sla-monitor-demo.sqlite3".into()),
        };
        let pool = Pool::connect(&url, self.options.pool_size)?;
        let migrations = {
            let mut conn = pool.pool().get()?;
            migrate::migrate(&mut conn, &MigrationTarget::Latest)?;
            migrate::ensure_current(&mut conn)?
        };
        let now = SystemClock.now();
        let mut conn = pool.pool().get()?;
        // What was promised before it was made is not known: the data is as old as the measurements.
        match apply::load_if_empty(&mut conn, "demo.yaml", DATA, now - measurements::AGE)? {
            DemoLoad::Applied(components) => {
                print_note(&format!("loaded {components} components into {url}"));
                apply::load(&mut conn, "demo.yaml", &measurements::correction(now), now)?;
                let spans = measurements::make_up(&mut conn, now)?;
                print_note(&format!(
                    "made up measurements of {} of service",
                    counted(spans, "span")
                ));
            }
            DemoLoad::Kept => print_note(&format!("{url} has components already; they are served as they are")),
        }
        welcome(&mut conn)?;
        drop(conn);
        let mut options = self.options.clone();
        options.environment.get_or_insert_with(|| Environment {
            name: "DEMO".to_owned(),
            colour: "green",
        });
        let start = Start {
            signals: &signals,
            tzdata: None,
        };
        let root = options.root_path.clone().unwrap_or_default();
        app::serve(&options, &pool, &migrations, &start, |address| announce(address, &root))?;
        Ok(())
    }
}

/// Prints where the admin is, then what every server prints. A closed standard output must not stop it.
fn announce(address: SocketAddr, root: &RootPath) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "admin: http://{address}{root}/admin/") {
        tracing::warn!(%error, "the admin's address could not be printed");
    }
    serve::announce(address);
}

/// Makes the user `admin` if there is no user yet, and says how to sign in. The password is shown this once.
fn welcome(conn: &mut Conn) -> CommandResult {
    if !user::store::is_empty(conn)? {
        print_note("there are users already; `sla-monitor changepassword` helps who forgot theirs");
        return Ok(());
    }
    let password = secret::alphanumeric(PASSWORD_LENGTH);
    add_superuser(conn, "demo", superuser(USERNAME, ""), password::hash(&password))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "user: {USERNAME}, password: {password}")?;
    out.flush()?;
    Ok(())
}
