//! What pages to read have in common: links, names that lead on, counts of users.

use std::time::Duration;

use askama::Template;

use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame, capitalised};
use crate::admin::model::Object;
use crate::admin::pages::history::ShownEntry;
use crate::admin::reply::{Reply, html};
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::admin::views::history;
use crate::admin::views::object_tools::object_tools;
use crate::apps::sla::{COMPONENT, READ, timeline};
use crate::auth::{Action, Model};
use crate::text::counted;

/// How long a query for hours may last.
pub(super) const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// The most entries of the history that a page has.
const ENTRIES_MAX: usize = 5;

/// What all of these pages lead to.
pub(super) struct ReadingLinks {
    /// The form, for users with the permission to change the object.
    pub(super) edit_url: Option<String>,
    pub(super) history_url: String,
    /// What else can be opened of it: words and address.
    pub(super) tools: Vec<(&'static str, String)>,
    /// The newest entries of the history.
    pub(super) changes: Vec<ShownEntry>,
}

impl ReadingLinks {
    /// Returns them for an object, and the frame of its page.
    pub(super) fn framed(
        context: &mut Context<'_>,
        entry: &SiteEntry,
        (id, name): (i64, &str),
    ) -> Result<(PageFrame, Self), ViewError> {
        let changes = history::newest(context, entry, id, ENTRIES_MAX)?;
        let object = Object {
            id,
            title: name.to_owned(),
            ..Object::default()
        };
        let tools = object_tools(context, entry, &object)?;
        let may_change = entry.may_do(context.conn, &context.account, Action::Change, id)?;
        let way = vec![
            ("Home".to_owned(), Some(Address::Index.into())),
            (capitalised(entry.spec.plural), Some(entry.url())),
            (name.to_owned(), None),
        ];
        let class = format!("app-{} model-{} reading", entry.spec.model.app, entry.spec.model.name);
        let links = Self {
            edit_url: may_change.then(|| entry.change_url(id)),
            history_url: entry.history_url(id),
            tools,
            changes,
        };
        Ok((context.frame(name, way, &class), links))
    }
}

/// A name, with the page to read about what has it.
pub(super) struct NamedPage {
    pub(super) name: String,
    pub(super) url: String,
}

impl NamedPage {
    pub(super) fn new(model: Model, id: i64, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            url: Address::Model(model, ModelPage::Added(id.into(), READ)).into(),
        }
    }
}

/// How many objects use something, with the list of them.
pub(super) struct UserCount {
    pub(super) words: String,
    /// The list; none if the reader may not view them, or there are none.
    pub(super) list_url: Option<String>,
    pub(super) timeline_url: Option<String>,
}

/// Returns how many components use something, and the list and the timeline of those that `filter` finds.
pub(super) fn component_users(context: &Context<'_>, count: u64, filter: Option<String>) -> UserCount {
    let may_view = context.account.may(COMPONENT.permission(Action::View));
    let words = match (count, may_view) {
        (0, _) => "No component".to_owned(),
        (_, true) => counted(count, "component"),
        (_, false) => format!("{} that you may not view", counted(count, "component")),
    };
    let filter = filter.filter(|_| count > 0 && may_view);
    UserCount {
        words,
        list_url: filter
            .as_ref()
            .map(|filter| format!("{}{filter}", Address::Model(COMPONENT, ModelPage::List))),
        timeline_url: filter.map(|filter| format!("{}{filter}", Address::AppPage(COMPONENT.app, timeline::NAME))),
    }
}

/// Renders a page.
pub(super) fn rendered(page: &impl Template) -> Result<Option<Reply>, ViewError> {
    Ok(Some(html(page.render()?)))
}
