//! Searching in texts, the same on both databases.

use diesel::sql_types::Text;

diesel::define_sql_function! {
    /// ASCII letters lowered on SQLite, all letters on PostgreSQL.
    fn lower(text: Text) -> Text;
}

/// A LIKE pattern that finds `term` anywhere, its own wildcards escaped by a backslash; to be compared with lowered text.
#[must_use]
pub fn pattern(term: &str) -> String {
    let mut pattern = String::with_capacity(term.len() + 2);
    pattern.push('%');
    for character in term.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
