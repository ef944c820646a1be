//! Searching and sorting texts so that both databases give the same answer. Their own ways of leaving letter case out of account
//! differ: SQLite knows ASCII only, PostgreSQL what its locale knows.
//!
//! A search spells each letter in all its cases and lets the database compare characters. An order lowers ASCII letters and compares
//! bytes, which indexes serve.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::db::Backend;

diesel::infix_operator!(Glob, " GLOB ");
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
    /// Returns whether any of `columns`, written `table.column`, holds `term`, in capitals or not.
    pub fn holds<T: 'static>(self, columns: &[impl AsRef<str>], term: &str) -> Condition<T> {
        let pattern = match self {
            Self::Sqlite => glob(term),
            Self::Postgres => regex(term),
        };
        let nowhere: Condition<T> = Box::new(sql::<Bool>("1 = 0"));
        columns.iter().fold(nowhere, |condition, column| {
            let (column, pattern) = (sql::<Text>(column.as_ref()), pattern.clone().into_sql::<Text>());
            match self {
                Self::Sqlite => Box::new(condition.or(Glob::new(column, pattern))),
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

/// Returns whether `text` holds `term`, in capitals or not: what [`Spelling::holds`] finds, for rows that are in memory already.
pub fn holds(text: &str, term: &str) -> bool {
    if text.is_ascii() && term.is_ascii() {
        let (text, term) = (text.as_bytes(), term.as_bytes());
        return term.is_empty() || text.windows(term.len()).any(|part| part.eq_ignore_ascii_case(term));
    }
    let term: Vec<Vec<char>> = term.chars().map(cases).collect();
    let text: Vec<char> = text.chars().collect();
    let begins = |place: usize| {
        text[place..].len() >= term.len()
            && term
                .iter()
                .zip(&text[place..])
                .all(|(cases, found)| cases.contains(found))
    };
    (0..=text.len()).any(begins)
}

/// Returns a letter in all its cases; anything else alone. What has no single letter as its other case (ß) stays as it is.
fn cases(character: char) -> Vec<char> {
    let mut cases = vec![character];
    let single = |mut letters: Box<dyn Iterator<Item = char>>| letters.next().filter(|_| letters.next().is_none());
    let upper = single(Box::new(character.to_uppercase()));
    let of_upper = upper.and_then(|upper| single(Box::new(upper.to_lowercase())));
    for case in [upper, of_upper, single(Box::new(character.to_lowercase()))]
        .into_iter()
        .flatten()
    {
        if !cases.contains(&case) {
            cases.push(case);
        }
    }
    cases
}

/// Returns a pattern for GLOB. Classes hold letters only, or the one wildcard that they take the meaning from.
fn glob(term: &str) -> String {
    let mut pattern = String::from("*");
    for character in term.chars() {
        match cases(character).as_slice() {
            [one] if !matches!(one, '*' | '?' | '[') => pattern.push(*one),
            cases => {
                pattern.push('[');
                pattern.extend(cases);
                pattern.push(']');
            }
        }
    }
    pattern.push('*');
    pattern
}

/// Returns a pattern for `~`, which looks for it anywhere. A backslash takes the meaning from what is no letter, digit or blank.
fn regex(term: &str) -> String {
    let mut pattern = String::new();
    for character in term.chars() {
        match cases(character).as_slice() {
            [one] if one.is_ascii_punctuation() => pattern.extend(['\\', *one]),
            [one] => pattern.push(*one),
            cases => {
                pattern.push('[');
                pattern.extend(cases);
                pattern.push(']');
            }
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::{glob, holds, regex};

    #[test]
    fn patterns_take_terms_literally_and_letters_in_all_cases() {
        let check = |term: &str, as_glob: &str, as_regex: &str| {
            assert_eq!((glob(term).as_str(), regex(term).as_str()), (as_glob, as_regex));
        };
        check("a1", "*[aA]1*", "[aA]1");
        check("Ä ß", "*[Ää] [ßẞ]*".replace("[ßẞ]", "ß").as_str(), "[Ää] ß");
        check("*?[]^", "*[*][?][[]]^*", "\\*\\?\\[\\]\\^");
        check("%_\\", "*%_\\*", "\\%\\_\\\\");
        check("", "**", "");
    }

    #[test]
    fn texts_in_memory_are_searched_alike() {
        for (text, term, expected) in [
            ("Ärzte", "ärz", true),
            ("ärzte", "ÄRZTE", true),
            ("a%b", "%", true),
            ("ab", "%", false),
            ("", "", true),
            ("ab", "abc", false),
        ] {
            assert_eq!(holds(text, term), expected, "{term} in {text}");
        }
    }
}
