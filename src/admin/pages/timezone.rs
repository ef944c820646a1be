//! The user's own time zone.

use askama::Template;

use super::field::zones;
use crate::admin::context::{PageFrame, capitalised};

/// The form for the user's own time zone.
#[derive(Template)]
#[template(path = "admin/timezone.html", whitespace = "minimize")]
pub struct TimezonePage {
    /// Around it.
    pub frame: PageFrame,
    /// What the field holds.
    pub value: String,
    /// What is wrong with it.
    pub errors: Vec<String>,
    /// Where saving and cancelling lead.
    pub next: String,
}
