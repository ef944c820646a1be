//! The admin in Debian's Chromium: what only a real browser can tell. Each test fails on any error in the console too.

mod axe;
mod data;
mod exceptions;
mod forms;
mod kept;
mod keyboard;
mod lists;
mod login;
mod newcomer;
mod palette;
mod phone;
mod previews;
mod print;
mod questions;
mod recurrence;
mod reports;
mod root_path;
mod start;
mod theme;
mod timeline;
mod unscripted;
mod zone;

use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::Chromium;

/// Objects of every kind, with names that are long, from right to left, or would be markup.
const SOME: &str = r#"
calendars:
  - {name: Holidays DE, rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 86400, note: Christmas}]}
windows:
  - name: Office
    timezone: Europe/Berlin
    calendars: [Holidays DE]
    rules:
      - {type: weekly, days: [MO, TU, WE, TH, FR], start: '09:00', duration_s: 28800}
      - {type: rrule, rrule: 'FREQ=MONTHLY;BYDAY=-1FR', start: '22:00', duration_s: 14400}
  - {name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
components:
  - {name: api, display_name: Public API, labels: {team: shop, env: prod}, windows: [Office], slo: 99.9}
  - {name: api-gateway, labels: {team: shop}, windows: [Always]}
  - {name: billing, display_name: '<b>Billing & "friends"</b>', labels: {team: pay}, windows: [Office, Always], calendars: [Holidays DE]}
  - {name: hebrew, display_name: 'שירות תשלומים', enabled: false}
  - {name: a-component-with-a-name-that-is-so-long-that-no-column-of-any-list-was-ever-made-for-it-and-then-some, display_name: 'DonaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftVorstandsvorsitzender'}
  - {name: search, labels: {l01: a, l02: a, l03: a, l04: a, l05: a, l06: a, l07: a, l08: a, l09: a, l10: a, l11: a, l12: a, l13: a, l14: a, l15: a}}
"#;

/// A server with [`SOME`] objects, and a superuser at it.
fn some(database: &Database) -> (Server, Chromium) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let browser = superuser(database, &server);
    let chromium = Chromium::open(&server).signed_in_as(&browser);
    (server, chromium)
}
