//! The page to read of an indicator: what it asks for, of which components, and how far it was measured.

use askama::Template;

use super::parts::{NamedPage, QUERY_LIMIT, ReadingLinks, UserCount, component_users, rendered};
use crate::admin::address::Address;
use crate::admin::context::{Context, Instant, PageFrame};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::hours::words;
use crate::apps::sla::indicator::about;
use crate::apps::sla::indicator::state::{IndicatorKind, IndicatorState, UnknownPolicy, indicators};
use crate::apps::sla::indicator::store;
use crate::apps::sla::measuring::store::{SourceProgress, progress};
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{COMPONENT, report};
use crate::auth::Action;
use crate::db::dialect;

/// The most components that are named.
const NAMED_MAX: usize = 20;

/// The page.
#[derive(Template)]
#[template(path = "sla/indicator.html", whitespace = "minimize")]
struct IndicatorReading {
    frame: PageFrame,
    links: ReadingLinks,
    expression: String,
    unreadable: Option<String>,
    /// What it is, in words.
    facts: Vec<(&'static str, String)>,
    /// The selector by which it finds components; empty if it finds none.
    selector: String,
    /// Whether that names labels, which the reader may not view.
    is_selector_hidden: bool,
    /// The report of these, for users with the permission to view components.
    report_url: Option<String>,
    /// How many components name it, and those of them that are named here.
    users: UserCount,
    named: Vec<NamedPage>,
    more: u64,
}

/// Returns the page, if there is such an indicator.
pub(super) fn page(context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Reply>, ViewError> {
    let read = dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| -> crate::db::Result<_> {
        let Some(stored) = indicators(conn, Some(&[id]))?.pop() else {
            return Ok(None);
        };
        Ok(Some((stored, progress(conn)?, store::users(conn, &[id])?)))
    })?;
    let Some((stored, progress, (users, count))) = read else {
        return Ok(None);
    };
    let may_view = context.account.may(COMPONENT.permission(Action::View));
    let state = &stored.state;
    let is_selector_hidden = about::of(&state.selector).is_some() && !VisibleNames::of(&context.account).labels;
    let facts = facts(context, state, progress.get(&state.source));
    let users = users.into_iter().filter(|_| may_view).take(NAMED_MAX);
    let named: Vec<NamedPage> = users
        .map(|(_, key, name)| NamedPage::new(COMPONENT, key, &name))
        .collect();
    let (frame, links) = ReadingLinks::framed(context, entry, (id, &state.name))?;
    let drawing = IndicatorReading {
        expression: state.expression.clone(),
        unreadable: stored.unreadable.clone(),
        facts,
        report_url: report_url(&state.selector).filter(|_| may_view && !is_selector_hidden),
        selector: state.selector.clone(),
        is_selector_hidden,
        more: match may_view {
            true => count.saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX)),
            false => 0,
        },
        users: component_users(context, count, None),
        named,
        frame,
        links,
    };
    rendered(&drawing)
}

/// Returns the report of the components that a selector finds: all of them for `{}`, nothing without a selector.
fn report_url(selector: &str) -> Option<String> {
    let page = String::from(Address::AppPage(COMPONENT.app, report::NAME));
    match selector.trim_matches(['{', '}', ' ']).is_empty() {
        true => (!selector.is_empty()).then_some(page),
        false => Some(format!("{page}{}", Query::default().with("match", selector).link())),
    }
}

fn facts(
    context: &Context<'_>,
    state: &IndicatorState,
    progress: Option<&SourceProgress>,
) -> Vec<(&'static str, String)> {
    let kind = match state.kind {
        IndicatorKind::Mean => "mean: the average of the samples of a step is the part that was up",
        IndicatorKind::State => "state: the value at the beginning of a step holds until the next",
    };
    let unknown = match state.unknown {
        UnknownPolicy::Separate => "neither up nor down",
        UnknownPolicy::Down => "down",
        UnknownPolicy::Up => "up",
    };
    let mut facts = vec![
        ("Source", state.source.clone()),
        ("Kind", kind.to_owned()),
        ("Step", words::length(state.step_s)),
    ];
    facts.extend(state.threshold.map(|threshold| ("Up from", threshold.to_string())));
    facts.push(("Time without samples counts as", unknown.to_owned()));
    let at = progress.and_then(|progress| chrono::DateTime::from_timestamp(progress.measured_until, 0));
    let measured = at.map_or_else(
        || "nothing yet".to_owned(),
        |at| format!("what ended by {}", Instant::new(at.naive_utc(), context.zone()).exact),
    );
    facts.push(("Its source was measured", measured));
    let failure = progress
        .map(|progress| progress.failure.clone())
        .filter(|failure| !failure.is_empty());
    facts.extend(failure.map(|failure| ("It goes no further", failure)));
    facts
}
