//! The start page.

use askama::Template;

use crate::admin::context::{App, Instant, PageFrame};

/// The start page of the admin, or of one app.
#[derive(Template)]
#[template(path = "admin/index.html", whitespace = "minimize")]
pub struct IndexPage {
    /// Around it.
    pub frame: PageFrame,
    /// Apps and models.
    pub apps: Vec<App>,
    /// Numbers at a glance.
    pub glances: Vec<ShownGlance>,
    /// What apps add, as HTML.
    pub parts: Vec<String>,
    /// What the user did last.
    pub recent: Vec<ShownAct>,
    /// The way to the first results; empty once it was gone.
    pub guide: Vec<ShownStep>,
}

/// A number at a glance.
pub struct ShownGlance {
    /// The number, in words.
    pub count: String,
    /// What it counts.
    pub words: &'static str,
    /// How it is drawn: `good`, `quiet`, `warn` or `bad`.
    pub tone: &'static str,
    /// Those that it counts.
    pub link: Option<String>,
}

/// Something that the user did.
pub struct ShownAct {
    /// `addlink`, `changelink` or `deletelink`.
    pub class: &'static str,
    /// What was done: `Added`.
    pub verb: &'static str,
    /// The object.
    pub title: String,
    /// What kind of object it is.
    pub kind: String,
    /// Where it is now.
    pub link: Option<String>,
    /// When.
    pub at: Instant,
}

/// A step on the way to the first results.
pub struct ShownStep {
    /// What to do.
    pub title: &'static str,
    /// Where.
    pub url: String,
    /// What for.
    pub why: &'static str,
    /// Whether it was done.
    pub done: bool,
}
