//! What `check` finds about tokens.

use chrono::{NaiveDateTime, TimeDelta};

use crate::apps::accounts::token;
use crate::apps::sla::lint::Finding;
use crate::auth::token::title;
use crate::db::{Conn, Result};

/// How long before its end a token is reported.
const NOTICE: TimeDelta = TimeDelta::days(14);

/// Returns a finding for each token that ends soon.
pub(super) fn findings(conn: &mut Conn, now: NaiveDateTime) -> Result<Vec<Finding>> {
    let ending = token::store::ending_between(conn, now, now + NOTICE)?;
    let finding = |(name, username, expires_at): (String, String, NaiveDateTime)| Finding {
        id: "tokens.W001",
        message: format!(
            "the {} expires on {}; make another one (`sla-monitor createtoken`, or the admin) and revoke this one",
            title(&name, &username),
            expires_at.format("%Y-%m-%d")
        ),
    };
    Ok(ending.into_iter().map(finding).collect())
}
