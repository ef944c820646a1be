//! Lines of the log as JSON objects: the fields of the event, then those of the request that it belongs to, all on one level.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

/// The prefix of fields by which records of the crate `log` carry their own origin.
const OF_LOG: &str = "log.";

/// Writes an event as one JSON object. Spans must keep their fields as JSON.
pub(super) struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut line = beginning(
            metadata.level().as_str(),
            fields.target.as_deref().unwrap_or(metadata.target()),
        );
        line.append(&mut fields.values);
        let spans = context.event_scope().into_iter().flatten();
        for span in spans {
            let extensions = span.extensions();
            let kept = extensions.get::<FormattedFields<N>>();
            let kept = kept.and_then(|kept| serde_json::from_str::<Map<String, Value>>(&kept.fields).ok());
            for (name, value) in kept.into_iter().flatten() {
                line.entry(name).or_insert(value);
            }
        }
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Returns a line that no subscriber writes.
pub(super) fn line(level: &str, message: &str) -> String {
    let mut line = beginning(level, "sla_monitor");
    line.insert("message".to_owned(), message.into());
    Value::Object(line).to_string()
}

fn beginning(level: &str, target: &str) -> Map<String, Value> {
    let mut time = String::new();
    // Only the formatting of a number could fail, and a line without its time is better than none.
    let _ = tracing_subscriber::fmt::time().format_time(&mut Writer::new(&mut time));
    let parts = [("timestamp", time.as_str()), ("level", level), ("target", target)];
    parts
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
        .collect()
}

/// The fields of an event.
#[derive(Default)]
struct Fields {
    values: Map<String, Value>,
    /// Where a record of the crate `log` comes from.
    target: Option<String>,
}

impl Fields {
    fn put(&mut self, field: &Field, value: Value) {
        match field.name().strip_prefix(OF_LOG) {
            Some("target") => self.target = value.as_str().map(str::to_owned),
            Some(_) => {}
            None => drop(self.values.insert(field.name().to_owned(), value)),
        }
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value.into());
    }
}
