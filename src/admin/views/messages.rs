//! Sentences about how many objects were changed.

use crate::admin::reply::{Level, Message};
use crate::admin::site::SiteEntry;

/// Returns `1 component was`, `2 components were`.
pub(in crate::admin) fn counted(entry: &SiteEntry, count: usize) -> String {
    let verb = if count == 1 { "was" } else { "were" };
    format!("{} {verb}", entry.amount(count))
}

/// Says how many rows were changed, and how many `unchanged` ones needed no change. Where none was changed, nothing succeeded.
pub(in crate::admin::views) fn changed(entry: &SiteEntry, changed: usize, unchanged: usize) -> Message {
    let rest = match unchanged {
        0 => String::new(),
        unchanged => format!("; {unchanged} needed no change"),
    };
    match (changed, unchanged) {
        (0, 0 | 1) => Message::new(Level::Info, format!("The {} needed no change.", entry.spec.singular)),
        (0, unchanged) => {
            let text = format!("Nothing was changed: all {} needed no change.", entry.amount(unchanged));
            Message::new(Level::Info, text)
        }
        (changed, _) => {
            let text = format!("{} changed successfully{rest}.", counted(entry, changed));
            Message::new(Level::Success, text)
        }
    }
}
