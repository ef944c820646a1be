//! Components in memory, as lists, searches and filters need them: columns in blocks, sets of slots, and an order for each column.
//!
//! A state never changes. The next one shares with it what is the same: the change of a component makes one block and moves one slot in
//! the orders whose column changed. Rows of a page are read from the database by the keys that are found here.

mod block;
pub mod change;
mod cut;
pub mod found;
pub mod links;
pub mod model;
pub mod newest;
pub mod order;
pub mod per_state;
mod search;

pub use block::InstantColumn;
