//! What was promised in the past, and what is measured of it.

mod answers;
mod at_size;
mod booking;
mod commands;
mod computed;
mod faults;
mod group_figures;
mod measured_time;
mod month_metrics;
mod months;
mod overlapping_months;
mod packed;
mod parts;
mod promised_then;
mod random_edits;
mod rows;
mod sums;

use chrono::{DateTime, NaiveDateTime};
use sla_monitor::apps::sla::declarative::apply::execute;
use sla_monitor::apps::sla::declarative::document::read;
use sla_monitor::apps::sla::declarative::inventory::Inventory;
use sla_monitor::apps::sla::declarative::plan;
use sla_monitor::apps::sla::promised_then::promised::{Definitions, PromisedComponent, PromisedTime};
use sla_monitor::audit;
use sla_monitor::auth::Actor;
use sla_monitor::calculus::span::{Span, merge};

use crate::support::database::Database;

/// An instant as the database has it.
fn instant(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(seconds, 0)
        .expect("the instant is in range")
        .naive_utc()
}

/// Seconds of an instant in RFC 3339.
fn at(text: &str) -> i64 {
    DateTime::parse_from_rfc3339(text)
        .expect("the test gives an instant")
        .timestamp()
}

/// Makes a database say what a document says, and nothing else, at an instant.
pub(crate) fn apply_at(database: &Database, seconds: i64, document: &str) {
    let drafts = read::document(document).unwrap_or_else(|error| panic!("{error}\n{document}"));
    let applied = audit::transaction(
        &mut database.connect(),
        &Actor::Command("apply"),
        instant(seconds),
        |tx| -> Result<(), audit::Error> {
            let inventory = Inventory::load(tx.reader())?;
            let plan = plan::plan(&inventory, &drafts, true).unwrap_or_else(|error| panic!("{error}\n{document}"));
            execute(tx, inventory.keys(), &plan, &mut |_| {})?;
            Ok(())
        },
    );
    applied.expect("the document is applied");
}

/// What was promised in a range.
fn promised(database: &Database, range: (i64, i64), definitions: Definitions) -> PromisedTime {
    PromisedTime::read(&mut database.connect(), range, definitions, None).expect("the database answers")
}

/// The hours of a component in a range, as maximal spans.
fn hours(component: &PromisedComponent, from: i64, to: i64) -> Vec<Span> {
    let mut spans = Vec::new();
    for piece in component.pieces.iter() {
        if let Some(coverage) = &piece.coverage {
            let coverage = coverage.as_ref().expect("the definition can be read");
            spans.extend(coverage.spans(piece.from.max(from), piece.to.min(to)));
        }
    }
    merge(spans)
}

/// The component of a name; the newest, if several had it.
fn named<'a>(time: &'a PromisedTime, name: &str) -> &'a PromisedComponent {
    let found = time.components.iter().filter(|component| component.name == name);
    found
        .max_by_key(|component| component.id)
        .expect("the component is there")
}
