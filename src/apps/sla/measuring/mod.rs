//! Measuring: asks Prometheus how well components did in spans of promised time that have ended, and books the answers.
//!
//! | Module | Content |
//! |---|---|
//! | [`question`] | an indicator as queries for many components at once |
//! | [`reading`] | what the samples of one component say about a span |
//! | [`measure`] | queries about one span, halved where a server refuses them |
//! | [`assigned`] | which indicator measures a component |
//! | [`due`] | which spans are to be measured, of which components |
//! | [`book`] | the booking: spans that were measured become rows, none twice |
//! | [`run`] | a run over a range of time, as the job and `measure` do it |
//! | [`glance`] | how measuring goes, for the page of an indicator |
//! | [`store`] | how far each source was measured, and which process does it |

pub mod assigned;
pub mod book;
pub mod due;
pub mod glance;
pub mod measure;
pub mod question;
pub mod reading;
pub mod run;
pub mod store;
