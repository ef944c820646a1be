//! Users, groups and tokens. A change of any is an [`AccountChange`], and [`apply()`] alone carries it out: for pages and commands alike it asks
//! for the permissions, checks the rules that no permission lifts, writes the rows and leaves an entry in the audit log.

pub mod apply;
pub mod change;
pub mod group;
pub mod rules;
pub mod token;
pub mod user;

pub use self::apply::apply;
pub use self::change::{AccountChange, NewPassword};
pub use crate::admin::model::{FieldError, Refusal};

use crate::auth::Model;

/// Users.
pub const USER: Model = Model {
    app: "auth",
    name: "user",
    title: "user",
};
/// Groups.
pub const GROUP: Model = Model {
    app: "auth",
    name: "group",
    title: "group",
};
