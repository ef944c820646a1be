//! Whether a statement met a schema that is not the program's, because the database was migrated meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};

use super::error::Error;

/// Whether a table or column was missing since the schema was last checked.
static SUSPECTED: AtomicBool = AtomicBool::new(false);

/// Returns whether the message of a database says that a table or column is missing.
pub(super) fn is_meant(message: &str) -> bool {
    let sqlite = message.starts_with("no such table: ")
        || message.starts_with("no such column: ")
        || (message.starts_with("table ") && message.contains(" has no column named "));
    let is_object = message.starts_with("relation ") || message.starts_with("column ");
    let postgres =
        (is_object && message.ends_with(" does not exist")) || message.starts_with("could not open relation with OID ");
    sqlite || postgres
}

/// Notes that a table or column is missing, and returns the error.
pub(super) fn found(message: &str) -> Error {
    SUSPECTED.store(true, Ordering::Release);
    Error::Schema(format!(
        "{message}; the database was migrated, or parts of it were deleted. `sla-monitor migrate` applies migrations that are pending"
    ))
}

/// Returns whether a table or column was missing and the schema has not been checked since.
pub(super) fn is_suspected() -> bool {
    SUSPECTED.load(Ordering::Acquire)
}

/// Ends the suspicion, because the schema is checked now. Returns whether there was one.
pub(super) fn take() -> bool {
    SUSPECTED.swap(false, Ordering::AcqRel)
}

#[cfg(test)]
mod tests {
    use super::is_meant;

    #[test]
    fn missing_tables_and_columns_differ_from_other_faults() {
        for message in [
            "no such table: main.log_entry",
            "no such column: log_entry.request_id",
            "table log_entry has no column named request_id",
            "relation \"component\" does not exist",
            "column component.slo does not exist",
            "column \"request_id\" of relation \"log_entry\" does not exist",
            "could not open relation with OID 16390",
        ] {
            assert!(is_meant(message), "{message}");
        }
        for message in [
            "invalid input syntax for type integer: \"no such table: x\"",
            "column reference \"id\" is ambiguous",
            "database \"sla\" does not exist",
            "role \"sla\" does not exist",
        ] {
            assert!(!is_meant(message), "{message}");
        }
    }
}
