//! One name, one type: a reader of `ListQuery` need not look which of three it is.

use std::collections::{BTreeMap, BTreeSet};

use super::source::SOURCES;

/// Names that several modules declare, each with the reason.
const SHARED_NAMES: [(&str, &str); 1] = [(
    "Error",
    "the error of a layer, as `std::io::Error` and its like; used with the module's name in front",
)];

#[test]
fn a_type_name_is_declared_in_one_module() {
    let mut homes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for source in SOURCES.iter() {
        for name in &source.types {
            homes.entry(name).or_default().insert(&source.file);
        }
    }
    homes.retain(|_, files| files.len() > 1);
    let mut faults: Vec<String> = SHARED_NAMES
        .iter()
        .filter(|(name, _)| homes.remove(name).is_none())
        .map(|(name, _)| format!("{name} has one home: remove it from the list"))
        .collect();
    let shared = homes
        .into_iter()
        .map(|(name, files)| format!("{name}: {}", files.into_iter().collect::<Vec<_>>().join(", ")));
    faults.extend(shared);
    super::assert_none(&faults, "A type's name has one meaning; put the module's noun in front");
}
