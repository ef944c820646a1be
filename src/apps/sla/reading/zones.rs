//! In which zones hours are, beside the zone in which a page has its times.

use chrono::DateTime;

use super::hours_now::HoursNow;
use crate::admin::context::{Context, Instant};
use crate::zones::Zone;

/// So many zones of windows are named.
const ZONES_SHOWN: usize = 3;

/// Says in which zones hours are, and in which a page has its times; nothing where no zone of hours is known. Of one other zone it says what its
/// clocks show at the instant that the page has beside the state.
pub(super) fn zone_words(context: &Context<'_>, zones: &[Zone], hours: &HoursNow) -> String {
    let page = context.zone();
    let mut names: Vec<String> = zones.iter().take(ZONES_SHOWN).map(Zone::to_string).collect();
    let more = zones.len().saturating_sub(ZONES_SHOWN);
    names.extend((more > 0).then(|| format!("{more} more zone{}", if more == 1 { "" } else { "s" })));
    match names.split_last() {
        None => String::new(),
        Some((only, [])) if only == page.name() => {
            format!("Its hours are in {page}, and so are the times of this page.")
        }
        Some((only, [])) => {
            let until = until_there(context, zones, hours).unwrap_or_default();
            format!("Its hours are in {only}{until}. The times of this page are in {page}.")
        }
        Some((last, others)) => {
            let others = others.join(", ");
            format!("Its hours are in {others} and {last}. The times of this page are in {page}.")
        }
    }
}

/// Returns `: until tomorrow 18:00 CET there`; nothing where the clocks of the page show the same.
fn until_there(context: &Context<'_>, zones: &[Zone], hours: &HoursNow) -> Option<String> {
    let [zone] = zones else { return None };
    let at = hours.values?.next_transition()?;
    if zone.local_at(at) == context.zone().local_at(at) {
        return None;
    }
    let instant = DateTime::from_timestamp(at, 0)?;
    let there = Instant::by_day(instant.naive_utc(), *zone, context.now);
    Some(format!(": until {} there", there.shown))
}
