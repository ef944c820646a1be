//! The report: what was attained of what was promised in a period, of components and of groups of them. The page, the command and its files
//! show one value.
//!
//! | Module | Content |
//! |---|---|
//! | [`period`] | which period is meant |
//! | [`computed`] | the value: promised, measured and corrected time of each component become figures |
//! | [`read`] | its parts from the database |
//! | [`corrections`] | corrections, and what unknown time counts as |
//! | `cache`, `store` | reports that were made, and follow what is measured |
//! | [`gaps`] | what is not known, in words |
//! | [`figures`] | figures in whole seconds, as they are shown |
//! | [`output`] | JSON and CSV |
//! | [`closings`] | what closed reports say about it |
//! | [`month_figures`] | the figures of the current month, for the metrics |
//! | `asked`, `view` | what is asked for, and the page and its files as answers |
//! | `drawn`, `closed_drawn`, `figures_drawn`, `totals_drawn` | the page |
//! | `refused` | the page for selectors that cannot be read |
//! | `closing` | closes a report |
//! | `component`, `days` | the report of one component, day by day |

mod asked;
mod cache;
mod closed_drawn;
mod closing;
pub mod closings;
mod component;
pub mod computed;
pub mod corrections;
mod days;
mod drawn;
pub mod figures;
mod figures_drawn;
pub mod gaps;
pub mod month_figures;
pub mod output;
pub mod period;
pub mod read;
mod refused;
mod store;
mod totals_drawn;
mod view;

pub use self::asked::NAME;
pub use self::view::ReportPage;
