//! What a scrape at the instant of an explanation has to do with today's rules: before they were changed it had other values, and before the
//! component was added none.

use chrono::DateTime;

use crate::admin::context::Context;
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewError, history};
use crate::apps::sla::component::store;
use crate::apps::sla::rule::preview::instant;
use crate::zones::Zone;

/// What the page says of the metrics.
pub(super) struct Scraped {
    /// The title above their lines.
    pub(super) title: &'static str,
    /// Why a scrape did not have them; empty if it did.
    pub(super) note: String,
}

impl Scraped {
    /// Returns it for an instant; times are in `zone`.
    pub(super) fn at(
        context: &mut Context<'_>,
        entry: &SiteEntry,
        id: i64,
        at: i64,
        zone: Zone,
    ) -> Result<Self, ViewError> {
        let now = context.now.and_utc().timestamp();
        if at >= now {
            let title = match at == now {
                true => "As a scrape has them",
                false => "As a scrape will have them, by today’s rules",
            };
            let note = String::new();
            return Ok(Self { title, note });
        }
        let Some(asked) = DateTime::from_timestamp(at, 0).map(|asked| asked.naive_utc()) else {
            return Ok(Self::before(String::new()));
        };
        let shown = |time: chrono::NaiveDateTime| instant(zone, time.and_utc().timestamp());
        let added = store::by_ids(context.conn, &[id])?.pop().map(|row| row.created_at);
        if let Some(added) = added.filter(|added| *added > asked) {
            return Ok(Self::before(format!(
                "The component was added on {}; no scrape had it then.",
                shown(added)
            )));
        }
        let changed = history::last_change(context, entry, id)?;
        Ok(match changed.filter(|changed| *changed > asked) {
            Some(changed) => Self::before(format!(
                "The component, or a window or calendar of it, was changed since, last on {}: a scrape then had the values of the rules \
                 before.",
                shown(changed)
            )),
            None => Self {
                title: "As a scrape had them",
                note: String::new(),
            },
        })
    }

    fn before(note: String) -> Self {
        Self {
            title: "By today’s rules",
            note,
        }
    }
}
