//! Which share of the components one of several scrapers reads.
//!
//! The share follows from the component's name alone, so that it is the same after a restart, on every replica and on every
//! database. One shard more takes 1/n of the components from the others and moves no other.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// The most shards that there may be.
pub const SHARDS_MAX: u32 = 1024;

/// One of so many equal shares of the components, written `0/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shard {
    ordinal: u32,
    total: NonZeroU32,
}

impl Shard {
    /// Returns share number `ordinal`, counted from 0, of `total`.
    ///
    /// # Errors
    ///
    /// There are no so many shards, or none of this number.
    pub fn new(ordinal: u32, total: u32) -> Result<Self, ShardError> {
        Self::checked(u64::from(ordinal), u64::from(total))
    }

    /// Returns its number, from 0.
    #[must_use]
    pub const fn ordinal(self) -> u32 {
        self.ordinal
    }

    /// Returns how many shards there are.
    #[must_use]
    pub const fn total(self) -> NonZeroU32 {
        self.total
    }

    /// Returns whether the component of this name belongs to it; it belongs to exactly one shard of as many.
    #[must_use]
    pub fn holds(self, component_name: &str) -> bool {
        self.total.get() == 1 || jump(fnv1a(component_name.as_bytes()), self.total) == self.ordinal
    }

    fn checked(ordinal: u64, total: u64) -> Result<Self, ShardError> {
        let count = u32::try_from(total).ok().filter(|total| *total <= SHARDS_MAX);
        let count = count.and_then(NonZeroU32::new).ok_or(ShardError::Total { total })?;
        match u32::try_from(ordinal).ok().filter(|ordinal| *ordinal < count.get()) {
            Some(ordinal) => Ok(Self { ordinal, total: count }),
            None => Err(ShardError::Ordinal { ordinal, total: count }),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.ordinal, self.total)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let numbers = text
            .split_once('/')
            .and_then(|(ordinal, total)| Some((number(ordinal)?, number(total)?)));
        match numbers {
            Some((ordinal, total)) => Self::checked(ordinal, total),
            None => Err(ShardError::Syntax {
                text: text.chars().take(20).collect(),
            }),
        }
    }
}

/// Why a text names no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardError {
    /// It is not of the form of one.
    #[error("`{}` is no shard; write its number, counted from 0, and how many there are: 0/4", .text.escape_debug())]
    Syntax {
        /// What it begins with.
        text: String,
    },
    /// There are none, or too many.
    #[error("there cannot be {total} shards; use 1 to {SHARDS_MAX}")]
    Total {
        /// How many there would be.
        total: u64,
    },
    /// None has this number.
    #[error("there is no shard {ordinal} of {total}; they are counted from 0, so the last one is {}/{total}", .total.get() - 1)]
    Ordinal {
        /// The number.
        ordinal: u64,
        /// How many there are.
        total: NonZeroU32,
    },
}

/// Returns the hash FNV-1a with 64 bits.
#[must_use]
pub fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// Returns the bucket of a key by jump consistent hashing (Lamping and Veach, 2014): from `n` buckets to `n + 1` a key stays or jumps to
/// the last one. The arithmetic of binary64 is the same everywhere, and so is the bucket.
#[must_use]
pub fn jump(key: u64, buckets: NonZeroU32) -> u32 {
    let (mut key, mut bucket, end) = (key, 0, f64::from(buckets.get()));
    loop {
        key = key.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        let next = f64::from(bucket + 1) * (f64::from(1_u32 << 31) / f64::from(top_bits(key) + 1));
        if next >= end {
            return bucket;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and below a number of 32 bits; the algorithm rounds down"
        )]
        {
            bucket = next as u32;
        }
    }
}

/// Returns the upper 31 of 64 bits.
fn top_bits(key: u64) -> u32 {
    u32::try_from(key >> 33).expect("31 bits are left")
}

/// Returns a whole number in decimal digits; one beyond 64 bits counts as the greatest.
fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}
