//! The policy of sessions and passwords, out of options.

use chrono::TimeDelta;

use super::AppError;
use crate::auth::policy::{self, Policy};
use crate::config::{PasswordOptions, SessionOptions};

/// Puts in force what the options say; without those of sessions they stay as they are. The file of denied passwords is read anew.
///
/// # Errors
/// A file that cannot be read: then everything stays as it is.
pub fn install(passwords: &PasswordOptions, sessions: Option<&SessionOptions>) -> Result<(), AppError> {
    let denied_passwords = passwords.denied().map_err(AppError::Options)?;
    let mut policy = Policy {
        denied_passwords,
        ..(*policy::current()).clone()
    };
    if let Some(length_min) = passwords.password_length_min {
        policy.password_length_min = usize::from(length_min);
    }
    if let Some(sessions) = sessions {
        let length = |duration: std::time::Duration| {
            TimeDelta::from_std(duration).expect("options are ten years at most, which a length of time holds")
        };
        policy.session_idle = length(sessions.session_idle);
        policy.session_max = length(sessions.session_max);
        policy.events_kept = match sessions.event_days {
            0 => None,
            days => Some(TimeDelta::days(days.into())),
        };
    }
    policy::replace(policy);
    Ok(())
}
