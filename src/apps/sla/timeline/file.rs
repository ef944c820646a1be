//! What the timeline draws, as data: the same spans as the page.

use serde_json::json;

use super::asked::TimelineQuery;
use super::row_hours::{RowHours, SPANS_MAX};
use crate::admin::listing::BadParameter;
use crate::admin::reply::Reply;
use crate::admin::transfer::format::cell::guarded;
use crate::apps::sla::WINDOW;

/// Returns the name of the column and key that names an object.
fn object(asked: &TimelineQuery) -> &'static str {
    match asked.of == WINDOW {
        true => "window",
        false => "component",
    }
}

/// Refuses rows whose spans are not kept one by one.
///
/// # Errors
/// The parameter `scale`, with the way out.
pub(super) fn check(rows: &[RowHours]) -> Result<(), BadParameter> {
    match rows.iter().find(|row| row.hours.is_merged) {
        None => Ok(()),
        Some(row) => Err(BadParameter {
            name: "scale".to_owned(),
            reason: format!(
                "“{}” has {} spans in this time, and more than {SPANS_MAX} with those that are cut; choose a smaller scale, or use the command spans",
                row.name, row.hours.count
            ),
        }),
    }
}

/// Returns an array with an object for each span, each on a line of its own.
pub(super) fn json(asked: &TimelineQuery, rows: &[RowHours]) -> Reply {
    let key = object(asked);
    let spans = rows
        .iter()
        .flat_map(|row| row.hours.hours.spans.iter().map(move |span| (row, span)));
    let lines = spans.map(|(row, span)| json!({key: row.name, "start": span.start, "end": span.end}).to_string());
    let lines: Vec<String> = lines.collect();
    Reply::Json(format!("[{}]\n", lines.join(",\n")))
}

/// Returns a line for each span: object, start and end.
pub(super) fn csv(asked: &TimelineQuery, rows: &[RowHours]) -> Reply {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing to memory does not fail.
    drop(writer.write_record([object(asked), "start", "end"]));
    for row in rows {
        for span in &row.hours.hours.spans {
            drop(writer.write_record([
                &guarded(row.name.clone()),
                &span.start.to_string(),
                &span.end.to_string(),
            ]));
        }
    }
    Reply::File {
        name: format!("timeline-{}.csv", asked.at),
        media_type: "text/csv; charset=utf-8",
        body: writer.into_inner().unwrap_or_default(),
    }
}
