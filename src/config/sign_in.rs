//! Options of sessions and passwords.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::text;

/// Options of the commands that people log in to.
#[derive(Clone, Debug, clap::Args)]
pub struct SessionOptions {
    /// How long a session lasts without a visit: seconds, or a number with m, h or d
    #[arg(long, env = "SLA_MONITOR_SESSION_IDLE", default_value = "12h", value_name = "DURATION", value_parser = duration)]
    pub session_idle: Duration,

    /// How long after logging in a session ends: seconds, or a number with m, h or d
    #[arg(long, env = "SLA_MONITOR_SESSION_MAX", default_value = "14d", value_name = "DURATION", value_parser = duration)]
    pub session_max: Duration,

    /// For how many days the admin keeps the security log; 0: for ever
    #[arg(long, env = "SLA_MONITOR_EVENT_DAYS", default_value_t = 90, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub event_days: u16,
}

/// Options of every command that sets passwords.
#[derive(Clone, Debug, clap::Args)]
pub struct PasswordOptions {
    /// Minimum length of a new password [default: 12]
    #[arg(long, env = "SLA_MONITOR_PASSWORD_LENGTH_MIN", value_name = "N", value_parser = clap::value_parser!(u16).range(8..=256))]
    pub password_length_min: Option<u16>,

    /// File with passwords that are refused, one a line, letter case ignored
    #[arg(long, env = "SLA_MONITOR_PASSWORD_DENY_FILE", value_name = "FILE")]
    pub password_deny_file: Option<PathBuf>,
}

impl PasswordOptions {
    /// Returns whether any of them was given.
    #[must_use]
    pub fn are_given(&self) -> bool {
        self.password_length_min.is_some() || self.password_deny_file.is_some()
    }

    /// Reads the passwords that are refused, in lower case.
    ///
    /// # Errors
    /// A message naming the option and the file when it cannot be read.
    pub fn denied(&self) -> Result<HashSet<String>, String> {
        let Some(path) = &self.password_deny_file else {
            return Ok(HashSet::new());
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("--password-deny-file: {}: {error}", path.display()))?;
        Ok(text
            .lines()
            .map(text::user_key)
            .filter(|line| !line.is_empty())
            .collect())
    }
}

/// Returns a duration of at least a second and at most ten years: `3600`, `90m`, `12h`, `14d`.
///
/// # Errors
/// A message that names the text and the forms.
pub fn duration(text: &str) -> Result<Duration, String> {
    const SECONDS_MAX: u64 = 3650 * 86_400;
    let refused = || format!("`{text}` is no duration between a second and ten years; give seconds, or 30m, 12h, 14d");
    let (number, unit) = match text.char_indices().last() {
        Some((end, 's')) => (&text[..end], 1),
        Some((end, 'm')) => (&text[..end], 60),
        Some((end, 'h')) => (&text[..end], 3600),
        Some((end, 'd')) => (&text[..end], 86_400),
        _ => (text, 1),
    };
    let number: u64 = number.parse().map_err(|_| refused())?;
    let seconds = number
        .checked_mul(unit)
        .filter(|seconds| (1..=SECONDS_MAX).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(refused)
}
