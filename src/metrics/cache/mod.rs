//! What is kept between scrapes.

pub mod page;
pub mod pages;
pub mod preparer;
pub mod shared;
