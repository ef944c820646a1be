//! Texts of any kind: which characters they may hold, the one form in which they are stored, and the key under which names are
//! compared.
//!
//! Everything that people write comes in by one of two forms: [`line()`] for a field of one line, [`area()`] for one of several. What is
//! stored in another form, because an older program or SQL stored it, stays as it is until it is changed: see [`updated_line`].

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// The most characters of a value that a message repeats.
const SHORT_MAX: usize = 200;

/// Separates, in a stored key, the key of a name from the suffix that makes it unique beside an older name. No name may hold it.
pub const TWIN_SEPARATOR: char = '\u{1f}';

/// Returns whether a character shows nothing of its own, or turns around what stands beside it: names that hold one look like others. These
/// are Unicode's default ignorable code points (section 5.21), line and paragraph separators, interlinear annotations and the empty Braille
/// pattern.
pub fn is_unseen(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns whether a character has no place in a name: an unseen one or one that controls.
pub fn is_unprintable(character: char) -> bool {
    character.is_control() || is_unseen(character)
}

/// Returns whether a character has no place in a field of one line: one that breaks lines or controls.
pub fn is_beyond_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Returns the text in Unicode's normalization form C.
fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// Returns a text of one line as it is stored: without white space at its ends, in NFC.
#[must_use]
pub fn line(text: &str) -> String {
    composed(text.trim())
}

/// Returns a text of several lines as it is stored: with line feeds alone, without white space at its ends, in NFC.
#[must_use]
pub fn area(text: &str) -> String {
    composed(&text.trim().replace("\r\n", "\n").replace('\r', "\n"))
}

/// Returns what a browser sends back of a text that it shows in a field of one line: line breaks are lost.
#[must_use]
pub fn shown_in_line(text: &str) -> String {
    line(&text.replace(['\r', '\n'], ""))
}

/// Returns the key of a name. Two names with equal keys count as one name, because people cannot distinguish them: Unicode's canonical
/// caseless match (section 3.13, D145), in NFC, without white space at the ends.
#[must_use]
pub fn key(name: &str) -> String {
    let name = name.trim();
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let decomposed = DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    composed(&CaseMapper::new().fold_string(&decomposed))
}

/// Returns a text as searches and orders in memory compare it: letter case, accents and kinds of the same character (wide letters, ligatures)
/// make no difference. That is Unicode's compatibility caseless match without the characters that combine with the one before them.
#[must_use]
pub fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    let decomposing = DecomposingNormalizerBorrowed::new_nfkd();
    let combining = CanonicalCombiningClassMapBorrowed::new();
    let folded = CaseMapper::new().fold_string(&decomposing.normalize(text)).into_owned();
    let characters = decomposing.normalize(&folded);
    Cow::Owned(
        characters
            .chars()
            .filter(|character| combining.get_u8(*character) == 0)
            .collect(),
    )
}

/// Returns a user name as it is stored: without white space at its ends, in NFKC, as Django does it.
#[must_use]
pub fn user_name(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc()
        .normalize(text.trim())
        .into_owned()
}

/// Returns the key of a user name: that of the name as it is stored by [`user_name`].
#[must_use]
pub fn user_key(name: &str) -> String {
    key(&user_name(name))
}

/// Returns a key that equals for more names than [`key`]: characters that cannot be seen and kinds of the same character (wide letters,
/// blanks) make no difference. For warnings alone.
#[must_use]
pub fn loose_key(name: &str) -> String {
    let seen: String = name.chars().filter(|character| !is_unprintable(*character)).collect();
    let key = user_key(&seen);
    key.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns whether a character is a mark on the one before it, which searches leave out of account.
#[must_use]
pub fn combines(character: char) -> bool {
    CanonicalCombiningClassMapBorrowed::new().get_u8(character) != 0
}

/// Returns whether a text holds a term that is [`folded`], capitals and accents left out of account.
#[must_use]
pub fn holds_folded(text: &str, term: &str) -> bool {
    if !text.is_ascii() {
        return folded(text).contains(term);
    }
    let (text, term) = (text.as_bytes(), term.as_bytes());
    let Some(first) = term.first() else { return true };
    let begins = |part: &[u8]| part[0].eq_ignore_ascii_case(first) && part.eq_ignore_ascii_case(term);
    text.windows(term.len()).any(begins)
}

/// Returns what a field of one line becomes: the stored text if `given` differs from it by normalization alone, else `given`,
/// normalized.
///
/// # Errors
/// The error of `check`, which is called only if the text differs from the stored one.
pub fn updated_line<E>(
    stored: Option<&str>,
    given: &str,
    check: impl FnOnce(&str) -> Result<(), E>,
) -> Result<String, E> {
    let normal = line(given);
    match stored {
        Some(stored) if stored == given || shown_in_line(stored) == normal => Ok(stored.to_owned()),
        _ => check(&normal).map(|()| normal),
    }
}

/// Returns what a user name becomes, as [`updated_line`] does for other names.
#[must_use]
pub fn updated_user_name(stored: Option<&str>, given: &str) -> String {
    let normal = user_name(given);
    match stored {
        Some(stored) if stored == given || user_name(stored) == normal => stored.to_owned(),
        _ => normal,
    }
}

/// Returns what a field of several lines becomes: the stored text if `given` differs from it by normalization alone, else `given`,
/// normalized.
#[must_use]
pub fn updated_area(stored: Option<&str>, given: &str) -> String {
    let normal = area(given);
    match stored {
        Some(stored) if stored == given || area(stored) == normal => stored.to_owned(),
        _ => normal,
    }
}

/// Checks a text of one line that may be empty.
///
/// # Errors
/// A sentence that names the first character which has no place in it, or its length.
pub fn check_line(text: &str, length_max: usize) -> Result<(), String> {
    refuse_characters(text, is_beyond_line, "is a line break or a control character")?;
    check_length(text, length_max)
}

/// Checks the name of something that people call by it.
///
/// # Errors
/// A sentence: it is empty, too long, or holds a character that has no place in it.
pub fn check_name(name: &str, length_max: usize) -> Result<(), String> {
    if name.is_empty() {
        return Err("Enter a name: it must not be empty.".to_owned());
    }
    refuse_characters(name, is_beyond_line, "is a line break or a control character")?;
    refuse_characters(
        name,
        is_unseen,
        "cannot be seen or changes the direction of what stands beside it",
    )?;
    check_length(name, length_max)
}

fn refuse_characters(text: &str, is_refused: fn(char) -> bool, what: &str) -> Result<(), String> {
    match text.chars().enumerate().find(|(_, character)| is_refused(*character)) {
        Some((index, character)) => Err(format!(
            "Remove the character U+{:04X} (number {}), which {what}.",
            u32::from(character),
            index + 1
        )),
        None => Ok(()),
    }
}

fn check_length(text: &str, length_max: usize) -> Result<(), String> {
    match text.chars().count() {
        length if length > length_max => Err(format!("This text has at most {length_max} characters, not {length}.")),
        _ => Ok(()),
    }
}

/// Returns the first letter as a capital.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

/// Returns whether a text has letters that are written from right to left, and so needs an element that isolates it from what stands
/// beside it.
#[must_use]
pub fn has_right_to_left(text: &str) -> bool {
    let is_right_to_left = |character| {
        matches!(character,
            '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    text.chars().any(is_right_to_left)
}

/// Returns the beginning of a text that may be long.
#[must_use]
pub fn short(text: &str) -> String {
    match text.char_indices().nth(SHORT_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns a sentence that may repeat long values: its beginning and its end, where it says what is wrong.
#[must_use]
pub fn short_within(text: &str) -> String {
    let length = text.chars().count();
    if length <= 2 * SHORT_MAX {
        return text.to_owned();
    }
    let end: String = text.chars().skip(length - SHORT_MAX).collect();
    format!("{} {end}", short(text))
}

/// Returns a number with a comma before every three digits.
#[must_use]
pub fn thousands(number: impl TryInto<i64>) -> String {
    let number = number.try_into().unwrap_or(i64::MAX);
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(&number.unsigned_abs().to_string()))
}

/// Returns `1 component`, `1,200 components`.
#[must_use]
pub fn counted(count: impl TryInto<i64>, one: &str) -> String {
    let count: i64 = count.try_into().unwrap_or(i64::MAX);
    format!("{} {one}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// Returns digits with a comma before every three of them.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_comma_before_every_three_digits() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (-12_345, "-12,345"),
            (i64::MIN, "-9,223,372,036,854,775,808"),
        ] {
            assert_eq!(thousands(number), shown);
        }
    }
}
