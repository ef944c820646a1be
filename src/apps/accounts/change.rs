//! Changes of users, groups and tokens as values. What is stored was read in the transaction that carries the change out.

use super::group::model::{GroupState, StoredGroup};
use super::token::model::{NewToken, StoredToken};
use super::user::model::{StoredUser, UserState};
use crate::auth::password::PasswordHash;
use crate::zones::Zone;

/// A password that a user is given. The hash is made before: it takes its time, and a transaction that writes holds up all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPassword {
    /// Its hash.
    pub hash: PasswordHash,
    /// Whether the user has to choose another one before anything else.
    pub must_change: bool,
}

impl NewPassword {
    /// Returns a password that its user keeps.
    #[must_use]
    pub fn to_keep(hash: PasswordHash) -> Self {
        Self {
            hash,
            must_change: false,
        }
    }
}

/// A change of one user, group or token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Adds a user.
    AddUser {
        /// The user.
        state: UserState,
        /// Their password.
        password: NewPassword,
    },
    /// Changes a user; one who is not active any more loses their sessions, and their tokens are revoked, as are those of a user who loses access
    /// to the admin.
    ChangeUser {
        /// The stored user.
        before: StoredUser,
        /// Their new state.
        after: UserState,
    },
    /// Sets the zone in which times are shown to a user, which users may do for themselves.
    SetTimezone {
        /// The stored user.
        user: StoredUser,
        /// The zone; none: UTC.
        timezone: Option<Zone>,
    },
    /// Gives a user another password and ends all their sessions: the page on which users change their own has to begin another one. If
    /// another user or a command does it, the user's tokens are revoked as well.
    SetPassword {
        /// The stored user.
        user: StoredUser,
        /// The password.
        password: NewPassword,
    },
    /// Deletes a user with their sessions and tokens. Their entries in the audit log remain.
    DeleteUser(StoredUser),
    /// Adds a group.
    AddGroup(GroupState),
    /// Changes a group.
    ChangeGroup {
        /// The stored group.
        before: StoredGroup,
        /// Its new state.
        after: GroupState,
    },
    /// Deletes a group; its members lose its permissions.
    DeleteGroup(StoredGroup),
    /// Adds a token, by which a program acts for a user.
    AddToken {
        /// The stored user.
        user: StoredUser,
        /// The token.
        token: NewToken,
    },
    /// Revokes a token. It stays listed.
    RevokeToken(StoredToken),
}

impl AccountChange {
    /// Returns the key of an object that stays as it is.
    pub(super) fn unchanged(&self) -> Option<i64> {
        match self {
            Self::ChangeUser { before, after } => (before.state == *after).then_some(before.id),
            Self::SetTimezone { user, timezone } => (user.state.timezone == *timezone).then_some(user.id),
            Self::ChangeGroup { before, after } => (before.state == *after).then_some(before.id),
            Self::RevokeToken(token) => token.revoked_at.map(|_| token.id),
            Self::AddUser { .. }
            | Self::SetPassword { .. }
            | Self::DeleteUser(_)
            | Self::AddGroup(_)
            | Self::DeleteGroup(_)
            | Self::AddToken { .. } => None,
        }
    }

    /// Returns the user whose tokens end with the change, if the user `actor_id` or, where there is none, a command carries it out.
    pub(super) fn ends_tokens_of(&self, actor_id: Option<i64>) -> Option<i64> {
        match self {
            Self::ChangeUser { before, after } => {
                let loses_access = !after.is_active || (before.state.is_staff && !after.is_staff);
                loses_access.then_some(before.id)
            }
            Self::SetPassword { user, .. } => (actor_id != Some(user.id)).then_some(user.id),
            // Those of a deleted user are deleted.
            Self::AddUser { .. }
            | Self::SetTimezone { .. }
            | Self::DeleteUser(_)
            | Self::AddGroup(_)
            | Self::ChangeGroup { .. }
            | Self::DeleteGroup(_)
            | Self::AddToken { .. }
            | Self::RevokeToken(_) => None,
        }
    }
}
