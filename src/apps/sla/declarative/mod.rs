//! What there is against what is wanted: a file, a form or an import becomes a plan of changes, and one place carries plans out.

pub mod apply;
pub mod applying;
pub mod change;
pub mod change_plan;
pub mod document;
pub mod form;
pub mod import;
pub mod inventory;
pub mod keys;
pub mod kinds;
pub mod link_names;
pub mod merge;
pub mod plan;
pub mod rule_form;
pub mod write;
