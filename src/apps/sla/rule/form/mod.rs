//! Rules as rows of a form.

mod dates;
mod fields;
mod read;
mod repeat;
mod rows;
mod typed_date;

pub use self::fields::values;
pub use self::read::{PostedRules, read, read_one};
pub use self::rows::{RuleFormOwner, StoredRule, choices, inline, rows, stored};
