//! Parameters of addresses, whichever page reads them: texts that none may hold, and names that a page beside a list has for the list's.

use super::listing::{BadParameter, COLUMNS};
use super::query::Query;
use super::spec::{FilterInput, Spec};

/// Refuses a NUL character, which no text holds and PostgreSQL does not take. It is no part of any column's name, so that `o` skips it as it skips
/// all that it does not know.
pub(super) fn check_nul(name: &str, value: &str) -> Result<(), String> {
    match value.contains('\0') && name != "o" && name != COLUMNS {
        true => Err("the value holds a NUL character".to_owned()),
        false => Ok(()),
    }
}

/// Refuses NUL characters in the parameters of any page.
///
/// # Errors
/// The first parameter that has one.
pub fn check_texts(query: &Query) -> Result<(), BadParameter> {
    query.pairs().try_for_each(|(name, value)| {
        check_nul(name, value).map_err(|reason| BadParameter {
            name: name.chars().take(100).collect(),
            reason,
        })
    })
}

/// Returns a query with the parameters beside filters called as the list calls them.
#[must_use]
pub fn with_own_names(spec: &Spec, query: &Query) -> Query {
    renamed(query, spec, |input| (input.alias, input.key))
}

/// Returns a query with the parameters beside filters called as pages call them that have others of these names.
#[must_use]
pub fn with_aliases(spec: &Spec, query: &Query) -> Query {
    renamed(query, spec, |input| (input.key, input.alias))
}

fn renamed(query: &Query, spec: &Spec, names: impl Fn(&FilterInput) -> (&'static str, &'static str)) -> Query {
    let inputs = spec.filters.iter().flat_map(|filter| filter.inputs);
    let names: Vec<(&str, &str)> = inputs.map(names).collect();
    let name_of = |name: &str| {
        let known = names.iter().find(|(from, _)| *from == name);
        known.map_or(name, |(_, to)| *to).to_owned()
    };
    Query::new(
        query
            .pairs()
            .map(|(name, value)| (name_of(name), value.to_owned()))
            .collect(),
    )
}
