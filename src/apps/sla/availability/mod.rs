//! What was measured of promised time. Rows are only added; of several about the same time the newest counts.
//!
//! | Module | Content |
//! |---|---|
//! | [`row`] | a row as a value |
//! | `row_text` | spans and runs as texts of a row |
//! | [`store`] | the queries |
//! | [`odd_store`] | those for what was odd about the newest measurements |
//! | [`measured_row`] | what a report needs of a row |
//! | [`packed`], `packed_store`, `row_line` | that of all rows of a component and month in one text |
//! | [`summing`], [`sum`], [`sum_store`] | what becomes of old rows: sums of days |
//! | [`month_sum`] | what becomes of old days: sums of months |
//! | [`measured_time`] | what the rows of a component say about promised time |

pub mod measured_row;
pub mod measured_time;
pub mod month_sum;
pub mod odd_store;
pub mod packed;
mod packed_store;
pub mod row;
mod row_line;
mod row_text;
pub mod store;
pub mod sum;
pub mod sum_store;
pub mod summing;
