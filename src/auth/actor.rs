//! The one on whose behalf something happens.

use super::permission::{Denied, Permission, Permit};

/// Who makes a change. The audit trail keeps the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A command run by somebody with access to the database itself; may do everything.
    Command(&'static str),
}

impl Actor {
    /// The name that the audit trail keeps.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Command(command) => format!("command {command}"),
        }
    }

    /// The proof that this actor may do `permission`.
    ///
    /// # Errors
    /// [`Denied`] when they may not.
    pub fn permit(&self, permission: Permission) -> Result<Permit, Denied> {
        match self {
            Self::Command(_) => Ok(Permit::new(permission)),
        }
    }
}
