//! Passwords as they are stored: Argon2id in PHC form, `$argon2id$v=19$m=19456,t=2,p=1$…`.
//!
//! The text of a password is never kept, logged or shown. A hash costs some 20 MB for its time, so only a few are made at once.

pub mod rules;

use std::hint::black_box;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use super::secret;

/// The longest password, in characters.
pub const LENGTH_MAX: usize = 4096;

/// Memory in KiB, passes and lanes of a hash.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many hashes are made at once: a flood of attempts waits instead of taking all memory and every processor.
const AT_ONCE_MAX: usize = 4;

/// What no password hashes to.
const UNUSABLE: &str = "!";

/// A password's hash, or the mark that no password opens the account. Does not show in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_usable() {
            "PasswordHash(…)"
        } else {
            "PasswordHash(!)"
        })
    }
}

impl PasswordHash {
    /// Returns the mark that no password opens the account.
    #[must_use]
    pub fn unusable() -> Self {
        Self(UNUSABLE.to_owned())
    }

    /// Returns what the database has.
    #[must_use]
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// Returns what the database is to keep.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether there is a password that opens the account.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        !self.0.starts_with(UNUSABLE)
    }

    /// Returns what a session keeps to notice that the password was changed: a hash of the hash.
    #[must_use]
    pub fn stamp(&self) -> String {
        secret::digest(&self.0)
    }
}

/// Returns the hash of a password, with a salt of its own. Takes some 50 milliseconds, so never inside a transaction.
///
/// # Panics
/// When there is no memory for it.
#[must_use]
pub fn hash(password: &str) -> PasswordHash {
    let _turn = HashingPermit::take();
    let salt = secret::bytes::<16>();
    let hash: phc::PasswordHash = argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("the parameters and the salt have lengths that Argon2 takes");
    PasswordHash(hash.to_string())
}

/// Returns whether `password` is the one that was hashed. Takes as long for an account that no password opens.
#[must_use]
pub fn verify(password: &str, hash: &PasswordHash) -> bool {
    let parsed = phc::PasswordHash::new(&hash.0)
        .ok()
        .filter(|_| password.chars().count() <= LENGTH_MAX);
    // What cannot be read, `!` above all, matches nothing.
    let Some(parsed) = parsed else {
        verify_none(password);
        return false;
    };
    let _turn = HashingPermit::take();
    argon2().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// Spends the time of [`verify`], so that the duration does not reveal which user names exist.
pub fn verify_none(password: &str) {
    let _turn = HashingPermit::take();
    // Only the time counts, so a failure is as good as a hash.
    let hashed: Result<phc::PasswordHash, _> = argon2().hash_password_with_salt(password.as_bytes(), &[0; 16]);
    black_box(hashed.is_ok());
}

/// Returns whether a hash was made with other parameters than those that a new one gets.
#[must_use]
pub fn needs_rehash(hash: &PasswordHash) -> bool {
    let Ok(parsed) = phc::PasswordHash::new(&hash.0) else {
        return false;
    };
    let is_current = parsed.algorithm == Algorithm::Argon2id.ident()
        && parsed.version == Some(Version::V0x13.into())
        && Params::try_from(&parsed)
            .is_ok_and(|params| (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES));
    !is_current
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are within Argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The right to make a hash now; given back when it is dropped.
struct HashingPermit;

static TAKEN: Mutex<usize> = Mutex::new(0);
static GIVEN_BACK: Condvar = Condvar::new();

impl HashingPermit {
    fn take() -> Self {
        let taken = taken();
        let mut taken = GIVEN_BACK
            .wait_while(taken, |taken| *taken >= AT_ONCE_MAX)
            .unwrap_or_else(PoisonError::into_inner);
        *taken += 1;
        Self
    }
}

impl Drop for HashingPermit {
    fn drop(&mut self) {
        *taken() -= 1;
        GIVEN_BACK.notify_one();
    }
}

/// Returns the count, which stays right when a thread panics: each turn is given back as the stack unwinds.
fn taken() -> MutexGuard<'static, usize> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}
