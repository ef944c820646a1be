//! Closed reports: the figures of a period as they were when a user closed it. They are added by the page of the report, and never changed.
//!
//! | Module | Content |
//! |---|---|
//! | [`model`] | rows, and what a report is of |
//! | [`figures`] | figures as a closed report keeps them |
//! | [`store`] | the queries |
//! | [`admin`], [`list`], [`exchange`] | to be read in the admin |

pub mod admin;
pub mod exchange;
pub mod figures;
pub mod list;
pub mod model;
pub mod store;
