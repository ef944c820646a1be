//! The page to read of an SLA window, and windows as sentences.

use std::sync::Arc;

use askama::Template;

use super::hours_now::HoursNow;
use super::parts::{NamedPage, QUERY_LIMIT, ReadingLinks, UserCount, component_users, rendered};
use super::zones::zone_words;
use crate::admin::context::{Context, PageFrame, capitalised};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::{StoredHours, WindowHours};
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::rule::Effect;
use crate::apps::sla::rule::describe::words_with_effect;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{CALENDAR, WINDOW};
use crate::db::dialect;

/// A window in words.
pub(super) struct WindowWords {
    pub(super) page: NamedPage,
    /// Its form, for users with the permission to change it.
    pub(super) edit_url: Option<String>,
    /// What it includes and what it excludes.
    pub(super) rules: Vec<RuleSentence>,
    /// The calendars that cut it.
    pub(super) calendars: Vec<NamedPage>,
    pub(super) hidden_calendars: usize,
    /// `Europe/Berlin`, `valid from 2026-01-01`, `used by 4 components`, `disabled`.
    pub(super) facts: Vec<String>,
    /// Why it cannot be read.
    pub(super) unreadable: Option<String>,
}

/// A rule in words.
pub(super) struct RuleSentence {
    pub(super) words: String,
    /// Its row in the form of the window, for users with the permission to change it.
    pub(super) edit_url: Option<String>,
}

impl WindowWords {
    /// Describes a window; `users` is how many components have it, `edit_url` its form if the reader may change it.
    pub(super) fn new(
        window: &WindowHours,
        calendars: &[Stored<CalendarState>],
        names: VisibleNames,
        users: Option<u64>,
        edit_url: Option<String>,
    ) -> Self {
        let state = &window.stored.state;
        let includes = state
            .rules
            .iter()
            .map(|rule| words_with_effect(rule, Some(Effect::Include)));
        let excludes = state
            .excludes
            .iter()
            .map(|rule| words_with_effect(rule, Some(Effect::Exclude)));
        // Where a rule cannot be read, the rows of the form may be others.
        let form = edit_url.as_ref().filter(|_| window.stored.unreadable.is_none());
        let rule = |(index, words): (usize, String)| RuleSentence {
            words: capitalised(&words),
            edit_url: form.map(|url| format!("{url}#id_rules-{index}-kind")),
        };
        let rules = includes.chain(excludes).enumerate().map(rule).collect();
        let mut facts = vec![state.timezone.name().to_owned()];
        facts.extend(state.valid_from.map(|from| format!("valid from {from}")));
        facts.extend(state.valid_until.map(|until| format!("valid until {until}")));
        facts.extend(users.map(|users| match users {
            1 => "used by 1 component".to_owned(),
            _ => format!("used by {users} components"),
        }));
        facts.extend((!state.enabled).then(|| "disabled".to_owned()));
        let cutting = calendars
            .iter()
            .filter(|calendar| window.calendars.contains(&calendar.id));
        Self {
            page: NamedPage::new(WINDOW, window.stored.id, &state.name),
            rules,
            edit_url,
            calendars: cutting
                .filter(|_| names.calendars)
                .map(|calendar| NamedPage::new(CALENDAR, calendar.id, &calendar.state.name))
                .collect(),
            hidden_calendars: if names.calendars { 0 } else { window.calendars.len() },
            facts,
            unreadable: window.stored.unreadable.clone(),
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "sla/window.html", whitespace = "minimize")]
struct WindowReading {
    frame: PageFrame,
    links: ReadingLinks,
    description: String,
    hours: HoursNow,
    /// In which zone its hours are, and in which the page has its times.
    zones: String,
    window: WindowWords,
    users: UserCount,
}

/// Returns the page, if there is such a window.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: i64,
    read_models: &Arc<ReadModels>,
) -> Result<Option<Reply>, ViewError> {
    let stored = dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| StoredHours::of_windows(conn, &[id]))?;
    let Some(window) = stored.windows.iter().find(|window| window.stored.id == id) else {
        return Ok(None);
    };
    let names = VisibleNames::of(&context.account);
    let state = &window.stored.state;
    let key = (vec![id], Vec::new());
    let mut book = HoursBook::new(&as_enabled(stored.clone()));
    let clock = [state.timezone];
    let hours = HoursNow::new(context, &mut book, &key, state.enabled).beside(&clock);
    let count = read_models.current(context.conn)?.users(Link::Window, id);
    let filter = Query::default().with("windows__id__exact", &id.to_string()).link();
    let (frame, links) = ReadingLinks::framed(context, entry, (id, &state.name))?;
    let page = WindowReading {
        description: state.description.clone(),
        zones: zone_words(context, &clock, &hours),
        hours,
        window: WindowWords::new(window, &stored.calendars, names, None, links.edit_url.clone()),
        users: component_users(context, count, Some(filter)),
        frame,
        links,
    };
    rendered(&page)
}

/// Returns windows as if all were enabled: a page says what a disabled one would promise.
fn as_enabled(mut stored: StoredHours) -> StoredHours {
    for window in &mut stored.windows {
        window.stored.state.enabled = true;
    }
    stored
}
