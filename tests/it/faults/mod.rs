//! What becomes of changes when the database fails: the answer never says what is not so, and nothing hangs.

mod generations;
mod hanging;
mod outcome;
mod restarts;
mod waiting;

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;

const ADD: &str = "/admin/sla/label/add/";

/// Saves a label.
fn save(browser: &mut Browser, value: &str) -> Page {
    browser.post(ADD, &[("name", "fault"), ("value", value), ("_save", "")])
}

/// How many labels have this value.
fn count(database: &Database, value: &str) -> i64 {
    database.number(&format!("SELECT count(*) AS value FROM label WHERE value = '{value}'"))
}

/// What an answer says of a save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Saved,
    Nothing,
    Unknown,
}

/// Reads it from an answer.
#[track_caller]
fn said(page: &Page) -> Said {
    let html = page.html();
    match (
        page.status(),
        html.contains("Nothing was changed"),
        html.contains("It is not known whether this was saved"),
    ) {
        (302, false, false) => Said::Saved,
        (503, true, false) => Said::Nothing,
        (503, false, true) => Said::Unknown,
        (status, nothing, unknown) => panic!("{status} {nothing} {unknown}: {html}"),
    }
}
