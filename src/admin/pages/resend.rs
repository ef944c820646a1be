//! The page that offers to send a form once more that was not carried out.

use askama::Template;

use crate::admin::context::PageFrame;

/// What was sent, and a button that sends it again.
#[derive(Template)]
#[template(path = "admin/resend.html", whitespace = "minimize")]
pub struct ResendPage {
    /// Around it.
    pub frame: PageFrame,
    /// Why it was not carried out.
    pub note: String,
    /// Where to look before it is sent again: the words and the address of a link.
    pub look: Option<(&'static str, String)>,
    /// Where it is sent.
    pub action: String,
    /// All fields.
    pub fields: Vec<(String, String)>,
    /// The fields that are listed, with shortened values.
    pub shown: Vec<(String, String)>,
    /// How many fields are not listed.
    pub more: usize,
    /// Where to go without sending it.
    pub back: String,
}
