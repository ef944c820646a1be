//! Files with one secret on each line, read again when they change.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The most bytes of a file.
const BYTES_MAX: u64 = 1024 * 1024;

/// How long after a change another one may leave the same times behind, in seconds.
const OLD_ENOUGH_AFTER: i64 = 2;

/// A file with one secret on each line that is neither empty nor a comment. Copies share what was read.
///
/// Whatever asks for the secrets gets those that are in the file at that moment. A file that cannot be used has none: a secret
/// that was removed must not be accepted any more, whatever else is wrong.
#[derive(Clone)]
pub(super) struct SecretFile(Arc<SecretFileShared>);

struct SecretFileShared {
    /// The option that names the file.
    option: &'static str,
    path: PathBuf,
    /// What each line is.
    form: &'static str,
    has_form: fn(&str) -> bool,
    state: Mutex<SecretFileState>,
}

struct SecretFileState {
    secrets: Arc<[String]>,
    source: SecretOrigin,
    /// Why the file cannot be used, as it was logged.
    fault: Option<String>,
}

/// Where the secrets come from.
enum SecretOrigin {
    /// What can be read once, such as a pipe.
    Once,
    /// A file, and what it was when it was read; without that it is read again at the next use.
    File(Option<FileStamp>),
}

/// What tells one content of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileStamp {
    device: u64,
    inode: u64,
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl FileStamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl std::fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} secrets", self.0.option, self.state().secrets.len())
    }
}

impl SecretFile {
    /// Reads the file that `option` names, each line of which is a `form`, as `has_form` tells.
    ///
    /// # Errors
    /// A message naming the option and the file when it cannot be read, holds nothing, or a line of it has the wrong form.
    pub(super) fn read(
        option: &'static str,
        path: &Path,
        form: &'static str,
        has_form: fn(&str) -> bool,
    ) -> Result<Self, String> {
        let file = Self(Arc::new(SecretFileShared {
            option,
            path: path.to_owned(),
            form,
            has_form,
            state: Mutex::new(SecretFileState {
                secrets: Arc::default(),
                source: SecretOrigin::Once,
                fault: None,
            }),
        }));
        let (secrets, metadata) = file.0.content()?;
        *file.state() = SecretFileState {
            secrets,
            source: if metadata.is_file() {
                SecretOrigin::File(None)
            } else {
                SecretOrigin::Once
            },
            fault: None,
        };
        Ok(file)
    }

    /// Returns secrets that no file holds.
    pub(super) fn fixed(secrets: &[&str]) -> Self {
        Self(Arc::new(SecretFileShared {
            option: "none",
            path: PathBuf::new(),
            form: "",
            has_form: |_| true,
            state: Mutex::new(SecretFileState {
                secrets: secrets.iter().map(|secret| (*secret).to_owned()).collect(),
                source: SecretOrigin::Once,
                fault: None,
            }),
        }))
    }

    /// Returns the secrets that are in the file at `now`, Unix seconds; none if it cannot be used.
    pub(super) fn secrets(&self, now: i64) -> Arc<[String]> {
        let mut state = self.state();
        if let SecretOrigin::File(stamp) = &state.source {
            let found = self.0.path.metadata().ok().as_ref().map(FileStamp::of);
            if found.is_none() || found != *stamp {
                let read = self.0.read_into(&mut state);
                // A file that has just changed may change once more without showing it.
                let is_old_enough = |stamp: &FileStamp| stamp.changed.0 + OLD_ENOUGH_AFTER <= now;
                state.source = SecretOrigin::File(read.filter(is_old_enough));
            }
        }
        Arc::clone(&state.secrets)
    }

    /// Reads the file again, whether it has changed or not.
    pub(super) fn read_again(&self) {
        let mut state = self.state();
        if let SecretOrigin::File(_) = state.source {
            self.0.read_into(&mut state);
            state.source = SecretOrigin::File(None);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, SecretFileState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretFileShared {
    /// Reads the file into `state`, logs what is new, and returns what was read.
    fn read_into(&self, state: &mut SecretFileState) -> Option<FileStamp> {
        let content = match self.path.metadata() {
            // Opening a pipe would wait for a writer.
            Ok(metadata) if !metadata.is_file() => Err(self.fault(&"no regular file")),
            _ => self.content(),
        };
        let (option, path) = (self.option, self.path.display());
        match content {
            Ok((secrets, metadata)) => {
                if state.fault.take().is_some() || state.secrets != secrets {
                    tracing::info!(option, %path, secrets = secrets.len(), "a file of secrets was read again");
                }
                state.secrets = secrets;
                Some(FileStamp::of(&metadata))
            }
            Err(error) => {
                if state.fault.as_ref() != Some(&error) {
                    tracing::error!(%error, "a file of secrets cannot be used; its secrets are refused until it can be");
                    state.fault = Some(error);
                }
                state.secrets = Arc::default();
                None
            }
        }
    }

    /// Reads lines of the file that are neither empty nor comments.
    fn content(&self) -> Result<(Arc<[String]>, Metadata), String> {
        let mut text = String::new();
        let read = || {
            let file = File::open(&self.path)?;
            let metadata = file.metadata()?;
            let length = file.take(BYTES_MAX + 1).read_to_string(&mut text)?;
            Ok::<_, std::io::Error>((metadata, length as u64))
        };
        let (metadata, length) = { read }().map_err(|error| self.fault(&error))?;
        if length > BYTES_MAX {
            return Err(self.fault(&"it is larger than 1 MiB"));
        }
        if text.starts_with('\u{feff}') {
            return Err(self.fault(
                &"it begins with a byte order mark, which would be part of the first line; save it without one",
            ));
        }
        let lines = text.lines().map(str::trim);
        let secrets: Arc<[String]> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        if secrets.is_empty() {
            return Err(format!(
                "{}: {} holds no line; put one secret on each, or leave the option out",
                self.option,
                self.path.display()
            ));
        }
        match secrets.iter().position(|line| !(self.has_form)(line)) {
            Some(index) => Err(format!("{}: entry {} is not {}", self.option, index + 1, self.form)),
            None => Ok((secrets, metadata)),
        }
    }

    fn fault(&self, error: &dyn std::fmt::Display) -> String {
        format!("{}: {}: {error}", self.option, self.path.display())
    }
}
