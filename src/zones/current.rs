//! The set of zones in use by this process.

use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

use super::name::UnknownZone;
use super::set::Zones;
use super::zone::Zone;

static CURRENT: LazyLock<ArcSwap<Zones>> = LazyLock::new(|| ArcSwap::from_pointee(Zones::built_in()));

/// Returns the set in use: the built-in one until another is installed. What is compiled from several zones takes one set and
/// keeps to it.
#[must_use]
pub fn current() -> Arc<Zones> {
    CURRENT.load_full()
}

/// Makes `zones` the set in use. Zones that were taken from the one before keep their data.
pub fn install(zones: Arc<Zones>) {
    CURRENT.store(zones);
}

/// Reads the name of a zone of the set in use, as [`Zones::parse`] does.
///
/// # Errors
/// Those of [`Zones::parse`].
pub fn parse(name: &str) -> Result<Zone, UnknownZone> {
    CURRENT.load().parse(name)
}
