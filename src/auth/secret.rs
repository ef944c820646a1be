//! Secrets: made from the operating system's randomness, kept as hashes, compared in constant time.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Letters and digits, of which people can type and copy passwords without surprises.
const ALPHANUMERIC: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Returns random bytes.
///
/// # Panics
/// When the operating system has no randomness to give: nothing secret can be made then.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Returns `length` random letters and digits, all equally likely.
#[must_use]
pub fn alphanumeric(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // The largest multiple of 62 that a byte holds; what lies beyond would favour the first letters.
        let fair = bytes::<32>().into_iter().filter(|byte| *byte < 248);
        let letters = fair.map(|byte| char::from(ALPHANUMERIC[usize::from(byte) % ALPHANUMERIC.len()]));
        text.extend(letters.take(length - text.len()));
    }
    text
}

/// Returns bytes in lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a random id: 128 bits in hexadecimal digits.
#[must_use]
pub fn random_id() -> String {
    hex(&bytes::<16>())
}

/// Returns the SHA-256 of a text in hexadecimal digits; for secrets that are long and random themselves, not for passwords.
#[must_use]
pub fn digest(text: &str) -> String {
    digest_bytes(text.as_bytes())
}

/// Returns the SHA-256 of bytes in hexadecimal digits.
#[must_use]
pub fn digest_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Returns the SHA-256 of a text that comes in parts, in hexadecimal digits.
#[must_use]
pub fn digest_of_parts(parts: impl Iterator<Item = String>) -> String {
    let digest = parts.fold(Sha256::new(), |digest, part| digest.chain_update(part));
    hex(&digest.finalize())
}

/// Returns whether two texts are equal, in a time that tells nothing but their lengths.
#[must_use]
pub fn equal(left: &str, right: &str) -> bool {
    left.as_bytes().ct_eq(right.as_bytes()).into()
}
