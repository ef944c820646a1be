//! Rows in memory in blocks of about a thousand, as lists and searches need them: of components, and of entries of the audit log.

pub(super) mod bits;
pub(super) mod texts;

/// Returns a position in a column of a block. A thousand rows have less than four gigabytes.
pub(super) fn position(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
