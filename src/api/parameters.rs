//! The parameters of addresses: one table for what is accepted and for the description of the API.

use chrono::DateTime;
use serde_json::{Value, json};

/// A parameter in the query of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiParameter {
    /// Its name.
    pub name: &'static str,
    /// Whether it has to be there.
    pub is_required: bool,
    /// Which texts have its form.
    pub form: ParameterForm,
    /// What it means.
    pub about: &'static str,
}

/// Which texts a parameter takes. What has the form and means nothing, such as a date in February that there is not, is refused later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterForm {
    /// `1` or `true`, `0` or `false`.
    Switch,
    /// A number of days or weeks: `90d`, `12w`.
    Days,
    /// An instant or a local time.
    Time,
    /// The name of a time zone.
    Zone,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// The forms of local times; `0` stands for a digit.
const LOCAL_FORMS: [&str; 3] = ["0000-00-00", "0000-00-00T00:00", "0000-00-00T00:00:00"];

/// The pattern of the same forms.
const LOCAL_PATTERN: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2})?)?$";

/// The pattern of Unix timestamps.
const TIMESTAMP_PATTERN: &str = "^-?[0-9]{1,12}$";

/// The values of a switch.
const SWITCH_WORDS: [&str; 4] = ["0", "1", "false", "true"];

/// The most digits of a Unix timestamp.
const TIMESTAMP_DIGITS_MAX: usize = 12;

/// The longest name of a time zone.
const ZONE_LENGTH_MAX: usize = 64;

impl ParameterForm {
    /// Returns whether a text has this form.
    #[must_use]
    pub fn has(self, text: &str) -> bool {
        let digits =
            |text: &str, max: usize| (1..=max).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        match self {
            Self::Switch => SWITCH_WORDS.contains(&text),
            Self::Days => digits(text.strip_suffix(['d', 'w']).unwrap_or(text), 4),
            Self::Time => {
                digits(text.strip_prefix('-').unwrap_or(text), TIMESTAMP_DIGITS_MAX)
                    || LOCAL_FORMS.iter().any(|form| is_like(text, form))
                    || DateTime::parse_from_rfc3339(text).is_ok()
            }
            Self::Zone => {
                let is_taken = |byte: u8| byte.is_ascii_alphanumeric() || b"_+-/".contains(&byte);
                (1..=ZONE_LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_taken)
            }
            Self::Word(words) => words.contains(&text),
        }
    }

    /// Returns the texts of this form, if they can be listed.
    #[must_use]
    pub fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Switch => Some(&SWITCH_WORDS),
            Self::Word(words) => Some(words),
            Self::Days | Self::Time | Self::Zone => None,
        }
    }

    /// Returns the JSON schema of the form.
    #[must_use]
    pub fn schema(self) -> Value {
        match self {
            Self::Switch => json!({"type": "string", "enum": SWITCH_WORDS}),
            Self::Days => json!({"type": "string", "pattern": "^[0-9]{1,4}[dw]?$"}),
            Self::Time => json!({"type": "string", "anyOf": [
                {"format": "date-time"},
                {"pattern": LOCAL_PATTERN},
                {"pattern": TIMESTAMP_PATTERN},
            ]}),
            Self::Zone => json!({"type": "string", "pattern": format!("^[A-Za-z0-9_+/-]{{1,{ZONE_LENGTH_MAX}}}$")}),
            Self::Word(words) => json!({"type": "string", "enum": words}),
        }
    }
}

/// Returns whether a text is like a form, in which `0` stands for a digit.
fn is_like(text: &str, form: &str) -> bool {
    let is_like = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        form => byte == form,
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_like)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_take_what_they_describe() {
        let has = |form: ParameterForm, texts: &[&str]| texts.iter().all(|text| form.has(text));
        assert!(has(ParameterForm::Switch, &["1", "0", "true", "false"]));
        assert!(has(ParameterForm::Days, &["90d", "12w", "90", "0", "9999"]));
        assert!(has(
            ParameterForm::Time,
            &[
                "2026-12-25",
                "2026-02-30T10:00",
                "2026-12-25T10:00:01",
                "0",
                "-1",
                "2026-12-25T09:00:00.5+01:00"
            ]
        ));
        assert!(has(ParameterForm::Zone, &["Europe/Berlin", "Etc/GMT+1", "nowhere"]));
        for (form, text) in [
            (ParameterForm::Switch, "yes"),
            (ParameterForm::Days, "90m"),
            (ParameterForm::Days, ""),
            (ParameterForm::Days, "d"),
            (ParameterForm::Days, "10000"),
            (ParameterForm::Time, "now"),
            (ParameterForm::Time, "--1"),
            (ParameterForm::Time, "2026-12-25 10:00"),
            (ParameterForm::Time, "2026-12-2T"),
            (ParameterForm::Zone, "Europe Berlin"),
            (ParameterForm::Zone, ""),
            (ParameterForm::Word(&["yaml"]), "YAML"),
        ] {
            assert!(!form.has(text), "{text}");
        }
    }
}
