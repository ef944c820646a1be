//! What is known of texts whatever they say.

/// The most characters of a value that a message repeats.
const SHORT_MAX: usize = 200;

/// Whether a character shows nothing of its own, or turns around what stands beside it: names that hold one look like others.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether a character has no place in a name: an unseen one or one that controls.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control() || is_unseen(character)
}

/// The beginning of a text that may be long.
#[must_use]
pub fn short(text: &str) -> String {
    match text.char_indices().nth(SHORT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A sentence that may repeat long values: its beginning and its end, where it says what is wrong.
#[must_use]
pub fn short_within(text: &str) -> String {
    let length = text.chars().count();
    if length <= 2 * SHORT_MAX {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - SHORT_MAX).collect();
    format!("{} {end}", short(text))
}
