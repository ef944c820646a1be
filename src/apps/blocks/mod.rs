//! Rows in memory in blocks of about a thousand, as lists and searches need them: of components, and of entries of the audit log.

pub(super) mod bits;
