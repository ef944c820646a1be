//! Searching and sorting texts so that both databases give the same answer. Their own ways of leaving letter case and accents out of
//! account differ: SQLite knows ASCII only, PostgreSQL what its locale knows.
//!
//! A search compares texts as [`text::folded`] makes them. SQLite asks a function of the program. PostgreSQL gets a regular expression
//! that spells each letter in all its cases and with all its accents, and leaves room for marks behind it; what folds to several letters
//! (ß, ligatures) stands beside them. It misses one thing: a term that covers such a character partly, within its other letters.
//!
//! An order lowers ASCII letters and compares bytes, which indexes serve.

use std::collections::HashMap;
use std::sync::LazyLock;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::db::Backend;
use crate::db::connection::holds_text;
use crate::text;

diesel::infix_operator!(Regex, " ~ ");

/// A condition on the rows of `T`.
pub type Condition<T> = Box<dyn BoxableExpression<T, Backend, SqlType = Bool>>;

/// How a database compares texts; `dialect::spelling` returns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// As SQLite does.
    Sqlite,
    /// As PostgreSQL does.
    Postgres,
}

impl Spelling {
    /// Returns whether any of `columns`, written `table.column`, holds `term`, in capitals or not, with accents or without.
    pub fn holds<T: 'static>(self, columns: &[impl AsRef<str>], term: &str) -> Condition<T> {
        let pattern = match self {
            Self::Sqlite => text::folded(term).into_owned(),
            Self::Postgres => regex(term),
        };
        let nowhere: Condition<T> = Box::new(sql::<Bool>("1 = 0"));
        columns.iter().fold(nowhere, |condition, column| {
            let (column, pattern) = (sql::<Text>(column.as_ref()), pattern.clone().into_sql::<Text>());
            match self {
                Self::Sqlite => Box::new(condition.or(holds_text(column, pattern))),
                Self::Postgres => Box::new(condition.or(Regex::new(column, pattern))),
            }
        })
    }

    /// Returns a column, written `table.column`, to sort by: ASCII letters lowered, the rest by code point.
    pub fn folded(self, column: &str) -> SqlLiteral<Text> {
        match self {
            Self::Sqlite => sql(&format!("lower({column})")),
            Self::Postgres => sql(&format!("lower({column} COLLATE \"C\")")),
        }
    }

    /// Returns a column, written `table.column`, to filter by without its index. PostgreSQL chooses by what it knows of the rows; SQLite
    /// takes the index of a filter for quicker than that of the order, also when nearly all rows pass.
    pub fn unindexed<S: diesel::sql_types::SqlType + diesel::expression::TypedExpressionType>(
        self,
        column: &str,
    ) -> SqlLiteral<S> {
        match self {
            Self::Sqlite => sql(&format!("+{column}")),
            Self::Postgres => sql(column),
        }
    }

    /// Returns a column, written `table.column`, to sort by code point.
    pub fn plain(self, column: &str) -> SqlLiteral<Text> {
        match self {
            Self::Sqlite => sql(column),
            Self::Postgres => sql(&format!("{column} COLLATE \"C\"")),
        }
    }
}

/// The most characters of a term that may be one in a text: `ffi` is a ligature.
const JOINED_MAX: usize = 3;

/// Characters by what they fold to, for all that do not fold to themselves: letters of every script in the Basic Multilingual Plane but
/// Hangul, whose syllables are spelled by their parts. The empty text has the marks.
static FOLDED_FROM: LazyLock<HashMap<String, Vec<char>>> = LazyLock::new(|| {
    let mut from: HashMap<String, Vec<char>> = HashMap::new();
    let ranges = ['A'..='\u{33ff}', '\u{a000}'..='\u{abff}', '\u{f900}'..='\u{ffff}'];
    for character in ranges.into_iter().flatten() {
        let alone = character.to_string();
        let folded = text::folded(&alone);
        if !folded.chars().eq([character]) {
            from.entry(folded.into_owned()).or_default().push(character);
        }
    }
    from
});

/// A pattern for any number of marks.
static MARKS: LazyLock<String> = LazyLock::new(|| {
    let marks = FOLDED_FROM.get("").map_or(&[][..], Vec::as_slice);
    format!("{}*", class(marks.iter().copied().filter(|mark| text::combines(*mark))))
});

/// Returns a class of characters, those that follow each other as a range. A backslash takes the meaning from punctuation.
fn class(characters: impl IntoIterator<Item = char>) -> String {
    let mut characters: Vec<char> = characters.into_iter().collect();
    characters.sort_unstable();
    characters.dedup();
    let follows = |one: &char, next: &char| u32::from(*one) + 1 == u32::from(*next);
    let mut class = String::from("[");
    for run in characters.chunk_by(follows) {
        match run {
            [first, .., last] => class.push_str(&format!("{}-{}", literal(*first), literal(*last))),
            one => class.extend(one.iter().copied().map(literal)),
        }
    }
    class.push(']');
    class
}

fn literal(character: char) -> String {
    let escape = if character.is_ascii_punctuation() { "\\" } else { "" };
    format!("{escape}{character}")
}

/// Returns a pattern for one character that folds to itself: it, all that fold to it, and the marks behind.
fn letter(character: char) -> String {
    let from = FOLDED_FROM.get(character.encode_utf8(&mut [0; 4]) as &str);
    let pattern = from.map_or_else(
        || literal(character),
        |from| class(from.iter().copied().chain([character])),
    );
    pattern + &MARKS
}

/// Returns a pattern for `~`, which looks for it anywhere.
fn regex(term: &str) -> String {
    let mut pattern = String::new();
    let characters: Vec<char> = term.chars().collect();
    let mut rest = characters.as_slice();
    while !rest.is_empty() {
        let length = (2..=JOINED_MAX.min(rest.len())).rev().find(|length| {
            let part: String = rest[..*length].iter().collect();
            FOLDED_FROM.contains_key(&*text::folded(&part))
        });
        let (part, after) = rest.split_at(length.unwrap_or(1));
        rest = after;
        let part: String = part.iter().collect();
        let folded = text::folded(&part);
        let spelled: String = folded.chars().map(letter).collect();
        if folded.chars().nth(1).is_none() {
            pattern.push_str(&spelled);
            continue;
        }
        // What is one character in the term may be several in the text, and the other way round.
        let joined = FOLDED_FROM.get(&*folded).into_iter().flatten().copied();
        let own = part.chars().filter(|_| length.is_none());
        pattern.push_str(&format!("(?:{spelled}|{}{})", class(joined.chain(own)), *MARKS));
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::regex;

    #[test]
    fn patterns_take_terms_literally() {
        for (term, begin) in [("a1", "[A"), ("*?[]^", "[\\*"), ("%_\\", "[\\%"), ("", "")] {
            assert!(regex(term).starts_with(begin), "{term}: {}", regex(term));
        }
        assert_eq!(regex(""), "");
    }
}
