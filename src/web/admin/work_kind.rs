//! What a request asks of the database: from its address and its form follow its permits, its limits and its threads.

use std::time::Duration;

use super::redraw;
use super::request::AdminRequest;
use super::routes::Route;
use crate::admin::address::{Address, ModelPage};
use crate::admin::listing::FIND;
use crate::admin::query::Query;
use crate::admin::transfer::export;
use crate::admin::views::form::draw::PREVIEW;
use crate::db::limit::Limit;
use crate::web::connection::presence::Presence;
use crate::web::request::work_threads::{LowPriorityThreads, WorkThreads};

/// How long a transaction waits for a lock that another one holds.
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How long one statement of a search may take. A page has several; together they stay below the limit of a request.
const SEARCH_STATEMENT_LIMIT: Duration = Duration::from_secs(4);
/// After how long a search begins no other statement.
const SEARCH_LIMIT: Duration = Duration::from_secs(8);
/// How long one statement of an export or of the plan of an import may take.
const TRANSFER_STATEMENT_LIMIT: Duration = Duration::from_secs(30);

/// What a request asks of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum WorkKind {
    /// Little: a page.
    Page,
    /// A change, which may have to wait for others.
    Write,
    /// Much: a search, facets.
    Search,
    /// Much, and as long as it takes: an export.
    Transfer,
    /// As much: the plan of an import. Changes wait for it, since few files are read at once.
    Plan,
}

impl WorkKind {
    /// Returns what a request asks for, by its address and its form.
    pub(super) fn of(asked: &AdminRequest) -> Self {
        let Route::Page(address) = &asked.route else {
            return if asked.posted.is_some() {
                Self::Write
            } else {
                Self::Page
            };
        };
        match &asked.posted {
            Some(_) if redraw::RedrawReason::of(asked).is_some() => Self::Page,
            Some(posted) => Self::of_form(address, posted),
            None => Self::of_page(address, &asked.query),
        }
    }

    fn of_form(address: &Address, posted: &Query) -> Self {
        match address {
            Address::Login | Address::Logout => Self::Page,
            Address::Model(_, page) => match page {
                ModelPage::ReadRow => Self::Page,
                ModelPage::Import if posted.get("_confirm").is_none() => Self::Plan,
                ModelPage::List if posted.get("action") == Some(export::ACTION) => Self::Transfer,
                // It changes nothing, reads much, and is of no interest once its client has disconnected.
                ModelPage::Add | ModelPage::Change(_) if posted.get(PREVIEW).is_some() => Self::Search,
                ModelPage::List
                | ModelPage::Add
                | ModelPage::Export
                | ModelPage::Import
                | ModelPage::Views
                | ModelPage::Object(_)
                | ModelPage::Change(_)
                | ModelPage::Delete(_)
                | ModelPage::History(_)
                | ModelPage::Password(_)
                | ModelPage::Added(..) => Self::Write,
            },
            Address::Root
            | Address::Metrics
            | Address::Healthy
            | Address::Ready
            | Address::Static(_)
            | Address::Index
            | Address::PasswordChange
            | Address::PasswordChanged
            | Address::Sessions
            | Address::Tokens
            | Address::Theme
            | Address::Timezone
            | Address::Autocomplete
            | Address::Palette
            | Address::Search
            | Address::App(_)
            | Address::AppPage(..) => Self::Write,
        }
    }

    fn of_page(address: &Address, query: &Query) -> Self {
        let has = |name: &str| query.get(name).is_some_and(|value| !value.trim().is_empty());
        let finds = || query.pairs().any(|(name, _)| name.starts_with(FIND));
        let searches = match address {
            Address::Search | Address::Palette => has("q"),
            // It evaluates the hours of many objects.
            Address::AppPage(..) => true,
            Address::Autocomplete => has("term"),
            Address::Model(_, page) => match page {
                ModelPage::Export => return Self::Transfer,
                ModelPage::List => has("q") || has("_facets") || finds(),
                ModelPage::Add
                | ModelPage::ReadRow
                | ModelPage::Import
                | ModelPage::Views
                | ModelPage::Object(_)
                | ModelPage::Change(_)
                | ModelPage::Delete(_)
                | ModelPage::History(_)
                | ModelPage::Password(_)
                | ModelPage::Added(..) => false,
            },
            Address::Root
            | Address::Metrics
            | Address::Healthy
            | Address::Ready
            | Address::Static(_)
            | Address::Index
            | Address::Login
            | Address::Logout
            | Address::PasswordChange
            | Address::PasswordChanged
            | Address::Sessions
            | Address::Tokens
            | Address::Theme
            | Address::Timezone
            | Address::App(_) => false,
        };
        if searches { Self::Search } else { Self::Page }
    }

    /// Returns where it is done: what takes long leaves the processors to the rest, unless others wait for a lock or a permit that it has.
    pub(in crate::web) fn threads(self, low_priority: &LowPriorityThreads) -> WorkThreads {
        match self {
            Self::Page | Self::Write | Self::Plan => WorkThreads::Usual,
            Self::Search | Self::Transfer => low_priority.threads(),
        }
    }

    /// Returns how far it may go. What only its client wants stops when the client disconnects; a change is carried out.
    pub(in crate::web) fn limit(self, client: &Presence) -> Limit {
        let limit = Limit::default().waiting_for_locks(LOCK_WAIT);
        match self {
            Self::Page | Self::Write => limit,
            Self::Search => limit
                .until(client.disconnected_flag())
                .for_statements(SEARCH_STATEMENT_LIMIT)
                .ending_in(SEARCH_LIMIT),
            Self::Transfer | Self::Plan => limit
                .until(client.disconnected_flag())
                .for_statements(TRANSFER_STATEMENT_LIMIT),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wait_for_has_the_usual_priority() {
        let low_priority = LowPriorityThreads::new().expect("a runtime can be made");
        let is_low = |work: WorkKind| matches!(work.threads(&low_priority), WorkThreads::LowPriority(_));
        // The plan of an import writes what waits to be confirmed, and has permits that changes need.
        assert!(
            ![WorkKind::Page, WorkKind::Write, WorkKind::Plan]
                .into_iter()
                .any(is_low)
        );
        assert!([WorkKind::Search, WorkKind::Transfer].into_iter().all(is_low));
    }
}
