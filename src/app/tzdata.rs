//! Zone data out of folders: which set of zones the program uses.
//!
//! A folder is read once, as a whole: data that changes under a running program would contradict what was computed from it.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::zones::{self, Release, ZoneDataOrigin, ZoneFault, Zones};

/// Where operating systems keep compiled zones, if the variable `TZDIR` names no other folder.
const SYSTEM_FOLDERS: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/usr/lib/zoneinfo",
    "/usr/share/lib/zoneinfo",
    "/etc/zoneinfo",
];
/// Parts of a folder that hold the same zones once more, or with times that count leap seconds.
const OTHER_FORMS: [&str; 2] = ["posix", "right"];
/// Files that are copies of a zone under the name of what they are for.
const NO_ZONES: [&str; 3] = ["localtime", "posixrules", "Factory"];
/// How many folders deep a name of a zone goes at most: `America/Argentina/Ushuaia` has two.
const DEPTH_MAX: usize = 4;
/// The most files and folders below a folder of zones, all forms of the data included.
const ENTRIES_MAX: usize = 20_000;
/// The most bytes of a file; the largest zone has some 4 KB.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// The most bytes of what a folder says of its release.
const RELEASE_BYTES_MAX: u64 = 200;

/// What a file of compiled zone data begins with (RFC 9636 section 3.1).
const MAGIC: &[u8] = b"TZif";

/// Reads the zone data of `directory`, or without one of whichever of the system's and the built-in data is newer, and makes it
/// the set in use. To be called at the start, and again to take over what has changed in the folder: the next scrape then
/// evaluates every coverage anew.
///
/// # Errors
/// Says why a given `directory` cannot be used; the set in use stays as it is.
pub fn install(directory: Option<&Path>) -> Result<(), String> {
    let zones = match directory {
        Some(directory) => read(directory, ZoneDataOrigin::Directory)?,
        None => newest(),
    };
    zones::install(Arc::new(zones));
    Ok(())
}

/// Returns the system's zones, if it has a folder of them.
///
/// # Errors
/// Says why its folder cannot be read.
pub fn system() -> Option<Result<Zones, String>> {
    system_folder().map(|folder| read(&folder, ZoneDataOrigin::System))
}

/// Returns the system's zones if they are newer than the built-in ones, otherwise these. A folder that does not say its release
/// is never newer.
fn newest() -> Zones {
    let built_in = Zones::built_in();
    let Some(folder) = system_folder() else {
        return built_in;
    };
    let is_newer = release(&folder).is_some_and(|release| built_in.release() < Some(&release));
    if !is_newer {
        return built_in;
    }
    read(&folder, ZoneDataOrigin::System).unwrap_or_else(|error| {
        tracing::warn!(%error, "the system's newer time zone data cannot be used; the built-in data is");
        built_in
    })
}

fn system_folder() -> Option<PathBuf> {
    match std::env::var_os("TZDIR").filter(|folder| !folder.is_empty()) {
        Some(folder) => Some(PathBuf::from(folder)),
        None => SYSTEM_FOLDERS
            .map(PathBuf::from)
            .into_iter()
            .find(|folder| folder.is_dir()),
    }
}

/// Returns what the folder says of its release: the first line of `tzdata.zi` (`# version 2026f`), else the file `+VERSION`.
fn release(folder: &Path) -> Option<Release> {
    let text = |name: &str| {
        let mut text = Vec::new();
        let file = regular(&folder.join(name)).ok()?;
        file.take(RELEASE_BYTES_MAX).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    let of_source = text("tzdata.zi").and_then(|text| Release::parse(text.lines().next()?.strip_prefix("# version ")?));
    of_source.or_else(|| text("+VERSION").and_then(|text| Release::parse(&text)))
}

/// Reads all zones of a folder.
fn read(folder: &Path, origin: ZoneDataOrigin) -> Result<Zones, String> {
    let refused =
        |error: std::io::Error| format!("the folder of time zones {} cannot be read: {error}", folder.display());
    if !folder.metadata().map_err(refused)?.is_dir() {
        return Err(format!(
            "{} is no folder; --tzdata names one of compiled time zones",
            folder.display()
        ));
    }
    let mut found = Found::default();
    found.collect(folder, "", 0).map_err(refused)?;
    let zones = Zones::from_files(origin, release(folder), found.files);
    if zones.read_count() == 0 {
        let unreadable = zones.faults().find_map(|(zone, fault)| match fault {
            ZoneFault::Missing => None,
            ZoneFault::Unreadable(reason) => Some(format!("{zone}: {reason}")),
        });
        let hint = unreadable.unwrap_or_else(|| "--tzdata names a folder such as /usr/share/zoneinfo".to_owned());
        return Err(format!(
            "{} has no compiled time zone (TZif file) that can be read; {hint}",
            folder.display()
        ));
    }
    Ok(zones)
}

/// What was found below a folder.
#[derive(Default)]
struct Found {
    /// Names of zones, and the content of the file or why it cannot be read.
    files: Vec<(String, Result<Vec<u8>, String>)>,
    /// How many entries were looked at.
    entries: usize,
}

impl Found {
    /// Does what [`Found::collect`] does for a folder within; where it cannot be read, the zones that should be there cannot.
    fn collect_below(&mut self, folder: &Path, prefix: &str, depth: usize) -> std::io::Result<()> {
        let Err(error) = fs::read_dir(folder) else {
            return self.collect(folder, prefix, depth);
        };
        let reason = format!("{}: {error}", folder.display());
        let names = Zones::built_in()
            .names()
            .into_iter()
            .filter(|name| name.starts_with(prefix));
        self.files
            .extend(names.map(|name| (name.to_owned(), Err(reason.clone()))));
        Ok(())
    }

    /// Adds the files below a folder that hold zones, or should: by their content, or by the name of a zone that is built in.
    fn collect(&mut self, folder: &Path, prefix: &str, depth: usize) -> std::io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            self.entries += 1;
            if self.entries > ENTRIES_MAX {
                return Err(std::io::Error::other(format!("it holds more than {ENTRIES_MAX} files")));
            }
            let (path, Ok(file_name)) = (entry.path(), entry.file_name().into_string()) else {
                continue;
            };
            let is_other = prefix.is_empty() && OTHER_FORMS.contains(&file_name.as_str());
            if is_other || NO_ZONES.contains(&file_name.as_str()) {
                continue;
            }
            let name = format!("{prefix}{file_name}");
            // Links to folders are not followed: they may lead in a circle, or out of the folder.
            if entry.file_type()?.is_dir() {
                if depth < DEPTH_MAX {
                    self.collect_below(&path, &format!("{name}/"), depth + 1)?;
                }
                continue;
            }
            match content(&path) {
                Ok(content) if content.starts_with(MAGIC) => self.files.push((name, Ok(content))),
                _ if !zones::is_built_in(&name) => {}
                Ok(_) => self.files.push((name, Err("no TZif file".to_owned()))),
                Err(error) => self.files.push((name, Err(error.to_string()))),
            }
        }
        Ok(())
    }
}

fn content(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    regular(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut content)?;
    if content.len() as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other("the file is too large for a time zone"));
    }
    Ok(content)
}

/// Opens a regular file with content: reading a pipe would block until something is written into it, and so do files of `/proc`, which
/// say that they are empty.
fn regular(path: &Path) -> std::io::Result<File> {
    let metadata = path.metadata()?;
    if !metadata.is_file() || metadata.len() == 0 {
        return Err(std::io::Error::other("no regular file with content"));
    }
    File::open(path)
}
