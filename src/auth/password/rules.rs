//! What a password must not be, under the policy in force. The rules, limits and words are those of Django's validators.

use std::collections::HashMap;

use super::LENGTH_MAX;
use crate::auth::policy;
use crate::text;

/// From which likeness on a password counts as one of the owner's own names.
const SIMILARITY_MAX: f64 = 0.7;

/// One a line, in lower case, sorted; shorter ones than may be taken are left out.
const COMMON: &str = include_str!("common_passwords.txt");

/// The names of the user of a password; what is not known is empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct PasswordOwner<'a> {
    /// The user name.
    pub username: &'a str,
    /// The first name.
    pub first_name: &'a str,
    /// The last name.
    pub last_name: &'a str,
    /// The email address.
    pub email: &'a str,
}

/// Returns everything that is wrong with `password`, a sentence each; nothing if it may be taken.
#[must_use]
pub fn complaints(password: &str, owner: &PasswordOwner<'_>) -> Vec<String> {
    let mut complaints = Vec::new();
    if password.chars().count() > LENGTH_MAX {
        // The other rules would take their time over it.
        return vec![format!(
            "This password is too long. It must contain at most {LENGTH_MAX} characters."
        )];
    }
    let lowered = password.to_lowercase();
    if let Some(name) = similar_to(&lowered, owner) {
        complaints.push(format!("The password is too similar to the {name}."));
    }
    complaints.extend(too_weak(password));
    if is_common(lowered.trim()) {
        complaints.push("This password is too common.".to_owned());
    }
    if !password.is_empty() && password.chars().all(char::is_numeric) {
        complaints.push("This password is entirely numeric.".to_owned());
    }
    complaints
}

/// Returns what the options forbid of any user's password: its length, and those of the list of denied ones.
#[must_use]
pub fn too_weak(password: &str) -> Vec<String> {
    let policy = policy::current();
    let mut complaints = Vec::new();
    if password.chars().count() < policy.password_length_min {
        complaints.push(format!(
            "This password is too short. It must contain at least {} characters.",
            policy.password_length_min
        ));
    }
    if policy.denied_passwords.contains(&text::user_key(password)) {
        complaints.push("This password is on the list of forbidden passwords.".to_owned());
    }
    complaints
}

fn is_common(lowered: &str) -> bool {
    COMMON.lines().any(|common| common == lowered)
}

/// Returns the first of the owner's properties that the password resembles, whole or in one of its words.
fn similar_to(password: &str, owner: &PasswordOwner<'_>) -> Option<&'static str> {
    let properties = [
        ("username", owner.username),
        ("first name", owner.first_name),
        ("last name", owner.last_name),
        ("email address", owner.email),
    ];
    let similar = |value: &str| {
        let value = value.to_lowercase();
        let words = value.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words
            .chain([value.as_str()])
            .filter(|word| !word.is_empty() && !is_dwarfed(password, word))
            .any(|word| likeness(password, word) >= SIMILARITY_MAX)
    };
    let found = properties.into_iter().find(|(_, value)| similar(value));
    found.map(|(name, _)| name)
}

/// Returns whether a word is so short beside the password that their likeness need not be counted.
fn is_dwarfed(password: &str, word: &str) -> bool {
    let (password, word) = (password.chars().count(), word.chars().count());
    password >= 10 * word && (word as f64) < SIMILARITY_MAX / 2.0 * password as f64
}

/// Returns twice the characters that both have, in any order, over all characters: the `quick_ratio` of Python's difflib.
fn likeness(left: &str, right: &str) -> f64 {
    let mut left_over: HashMap<char, usize> = HashMap::new();
    left.chars()
        .for_each(|letter| *left_over.entry(letter).or_default() += 1);
    let shared = right.chars().filter(|letter| match left_over.get_mut(letter) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    });
    let shared = shared.count();
    2.0 * shared as f64 / (left.chars().count() + right.chars().count()) as f64
}
