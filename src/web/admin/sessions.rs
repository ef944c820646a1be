//! The user's own sessions, and the end of any of them.

use askama::Template;

use super::answer::AdminAnswer;
use super::request::AdminRequest;
use super::user_agent;
use crate::admin::address::Address;
use crate::admin::context::{Context, Instant};
use crate::admin::pages::sessions::{SessionsPage, ShownSession};
use crate::admin::reply::{Level, Message, html, redirect};
use crate::admin::views::ViewError;
use crate::auth::session::{self, Session};
use crate::web::request::security_log::{EventDetails, SecurityEvent};

/// Ends one of the user's sessions, this one too.
fn end(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    current: &Session,
    ended: &str,
) -> Result<AdminAnswer, ViewError> {
    // Keys are hexadecimal; nothing else is one, and PostgreSQL would not even look for some of it.
    let is_key = ended.bytes().all(|byte| byte.is_ascii_hexdigit());
    let was_there = is_key && session::end_own(context.conn, &context.actor(), ended, context.now)?;
    if was_there {
        asked.event(SecurityEvent::SessionEnded, EventDetails::default());
    }
    let done = if was_there {
        Message::new(Level::Success, "The session has ended.")
    } else {
        Message::new(Level::Warning, "This session had ended before.")
    };
    Ok(AdminAnswer {
        end: was_there && ended == current.id_hash,
        ..redirect(Address::Sessions, done).into()
    })
}

/// Lists the sessions, or ends one.
pub(super) fn sessions(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    current: &Session,
) -> Result<AdminAnswer, ViewError> {
    let id = context.account.id;
    if let Some(ended) = asked.posted.as_ref().and_then(|posted| posted.get("session")) {
        return end(context, asked, current, ended);
    }
    let (zone, now) = (context.zone(), context.now);
    let listed = session::list_of(context.conn, id, context.now)?
        .into_iter()
        .map(|listed| ShownSession {
            current: listed.id_hash == current.id_hash,
            id: listed.id_hash,
            created: Instant::natural(listed.created_at, zone, now),
            seen: Instant::natural(listed.last_seen_at, zone, now),
            address: listed.address,
            browser: user_agent::words(&listed.user_agent),
            user_agent: listed.user_agent,
        });
    let sessions = listed.collect();
    let crumbs = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Sessions".to_owned(), None),
    ];
    let page = SessionsPage {
        sessions,
        frame: context.frame("Your sessions", crumbs, "sessions"),
    };
    Ok(html(page.render()?).into())
}
