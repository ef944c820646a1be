//! What reaches the disk, and what happens when files are replaced, deleted, backed up or restored.

mod backups;
mod replaced;

mod synced;
mod versions;

use crate::support::browser::{Browser, Page};

/// Saves a label of this value.
fn save(browser: &mut Browser, value: &str) -> Page {
    browser.post(
        "/admin/sla/label/add/",
        &[("name", "saved"), ("value", value), ("_save", "Save")],
    )
}
