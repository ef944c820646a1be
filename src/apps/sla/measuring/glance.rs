//! How measuring by an indicator goes, for its page.

use super::store;
use crate::admin::model::{ObjectLines, SidePanel};
use crate::apps::sla::COMPONENT;
use crate::apps::sla::availability::odd_store;
use crate::db::{Conn, Result};
use crate::zones::Zone;

/// How many warnings are shown.
const WARNINGS_SHOWN: i64 = 5;

/// Returns how far the source of an indicator is measured, or why it is not, and what was odd last about components.
///
/// # Errors
/// Those of [`crate::db`].
pub fn panel(conn: &mut Conn, indicator: i64, source: &str) -> Result<SidePanel> {
    let line = match store::progress(conn)?.remove(source) {
        None => format!("No server has measured anything by source `{source}` yet."),
        Some(progress) => {
            let until = utc(progress.measured_until);
            match progress.failure.as_str() {
                "" => format!("Measured is what ended by {until}."),
                failure => format!("Measured is what ended by {until}, and nothing behind that: {failure}"),
            }
        }
    };
    let odd = odd_store::with_warnings(conn, indicator, WARNINGS_SHOWN)?;
    let lines: Vec<String> = odd
        .iter()
        .map(|odd| {
            let (start, end) = (utc(odd.span.start), utc(odd.span.end));
            let warnings = odd.warnings.join("; ");
            format!("{}, {start} to {end}: {warnings}", odd.component)
        })
        .collect();
    let components = ObjectLines {
        model: COMPONENT,
        count: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        lines,
    };
    Ok(SidePanel {
        title: "Measuring".to_owned(),
        lines: vec![line],
        users: vec![components],
        list: None,
    })
}

/// Returns an instant, in seconds: `2026-11-30 08:00 UTC`.
pub fn utc(at: i64) -> String {
    Zone::utc().local_at(at).format("%Y-%m-%d %H:%M UTC").to_string()
}
