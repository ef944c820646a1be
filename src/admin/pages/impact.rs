//! What a change does to the objects that it affects, on pages that show it before it is made.

use crate::admin::model::PreviewImpact;

/// What a change does to the objects that it affects.
pub struct ShownImpact {
    /// What is said.
    pub impact: PreviewImpact,
    /// The pages of the objects that it names, in their order; empty without the permission to view them.
    pub links: Vec<String>,
    /// The same of the objects that stay as they are.
    pub unchanged_links: Vec<String>,
    /// Whether the user may not view the objects: they are only counted.
    pub are_hidden: bool,
}
