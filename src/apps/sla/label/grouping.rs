//! The names of labels to group the rows of a page by.

use super::store;
use crate::admin::context::Context;
use crate::admin::query::Query;
use crate::apps::sla::LABEL;
use crate::auth::Action;
use crate::db::Result;

/// How long all names may be together, in characters, for links beside each other.
const LINKED_MAX: usize = 40;

/// The names to choose from.
#[derive(Default)]
pub struct GroupNames {
    /// All of them, in order.
    pub names: Vec<GroupName>,
    /// What rows are grouped by, which may be no name of a label.
    pub chosen: Option<String>,
    /// The page without groups.
    pub ungrouped: String,
}

/// A name to group by.
pub struct GroupName {
    /// The name.
    pub name: String,
    /// The page with these groups.
    pub link: String,
    /// Whether rows are grouped by it.
    pub is_chosen: bool,
}

impl GroupNames {
    /// Returns the names that the user may view, each with a link to the page with this query.
    pub fn read(context: &mut Context<'_>, query: &Query, chosen: Option<&String>) -> Result<Self> {
        let names = match context.account.may(LABEL.permission(Action::View)) {
            true => store::names(context.conn)?,
            false => Vec::new(),
        };
        let query = query.without(&["p"]);
        let offer = |name: String| GroupName {
            link: query.set("group", &name).link(),
            is_chosen: chosen == Some(&name),
            name,
        };
        Ok(Self {
            names: names.into_iter().map(offer).collect(),
            chosen: chosen.cloned(),
            ungrouped: query.without(&["group"]).link(),
        })
    }

    /// Returns whether each name is a link: one click groups by it. More names are a list to choose from.
    #[must_use]
    pub fn is_linked(&self) -> bool {
        let length: usize = self.names.iter().map(|choice| choice.name.chars().count()).sum();
        !self.names.is_empty() && length <= LINKED_MAX
    }
}
