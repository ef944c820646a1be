//! What goes with what is deleted.

use askama::Template;

use crate::admin::context::{PageFrame, capitalised};

/// Asks before deleting.
#[derive(Template)]
#[template(path = "admin/delete.html", whitespace = "minimize")]
pub struct DeletePage {
    /// Around it.
    pub frame: PageFrame,
    /// What is deleted: `the component “x”`, `these 3 components`.
    pub what: String,
    /// The same on the button: `component`, `3 components`.
    pub amount: String,
    /// Where the form is posted.
    pub action: String,
    /// How many of which kind.
    pub counts: Vec<(String, u64)>,
    /// What goes with what.
    pub tree: Vec<(ShownNamed, Vec<ShownNamed>)>,
    /// What else is to be known before.
    pub notes: Vec<String>,
    /// What forbids it.
    pub protected: Vec<ShownNamed>,
    /// Hidden fields of the form.
    pub hidden: Vec<(String, String)>,
    /// Back.
    pub cancel_url: String,
}

/// Something in words, and where it leads.
pub struct ShownNamed {
    /// What is said.
    pub words: String,
    /// The object that it speaks of, if the user may view it.
    pub link: Option<String>,
}
