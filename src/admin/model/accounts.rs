//! Objects that log in.

use super::refusal::Refusal;
use crate::admin::input::FormInput;
use crate::audit::Tx;
use crate::auth::password::PasswordHash;
use crate::db::{self, Conn};

/// A model whose objects are users: they have passwords and a time zone.
pub trait Accounts {
    /// Hashes the password of a posted form before its transaction begins, because hashing takes long.
    fn hash_password(&self, id: Option<i64>, input: &mut FormInput<'_>);

    /// Returns what is wrong with a password for this user.
    fn password_complaints(&self, conn: &mut Conn, id: i64, password: &str) -> db::Result<Vec<String>>;

    /// Sets the password of a user; with `must_change` the next login leads to the form for another one. The hash is made before: it takes
    /// long, and a transaction that writes holds up all others.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn set_password(&self, tx: &mut Tx<'_>, id: i64, password: &PasswordHash, must_change: bool)
    -> Result<(), Refusal>;

    /// Sets the time zone of a user, the field `timezone` of `input`; an empty one is none. Returns whether anything changed.
    ///
    /// # Errors
    /// [`Refusal`]; the transaction is then rolled back.
    fn set_timezone(&self, tx: &mut Tx<'_>, id: i64, input: &mut FormInput<'_>) -> Result<bool, Refusal>;
}
