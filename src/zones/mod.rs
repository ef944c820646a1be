//! Time zones: the data of the IANA database, and the one policy that turns wall-clock time into an instant.
//!
//! [`Zone`] is one zone with its data, [`Zones`] a set of them: what the program has built in, or what was read from a folder.
//! The set in use is chosen at the start ([`install`]) and may be replaced while the program runs; a [`Zone`] keeps the data
//! that it was taken with. Absent on purpose: files (their bytes are an argument), the clock, and any opinion on windows.

mod changes;
mod current;
mod name;
mod release;
mod set;
mod windows;
mod zone;

pub use changes::ClockChange;
pub use current::{current, install, parse};
pub use name::UnknownZone;
pub use release::Release;
pub use set::{ZoneDataOrigin, ZoneFault, Zones, is_built_in};
pub use zone::{Local, OFFSET_MAX, Resolution, Zone, from_seconds};
