//! Releases of the IANA database, such as `2026f`: their order and their age.

use std::fmt;

use chrono::{Months, NaiveDate};

/// After so many months a release is old: several come in a year, and each tells of clocks that will be changed.
const FRESH_MONTHS: u32 = 9;

/// When releases came out, the latest first (`NEWS` of the IANA database).
const RELEASED: [(&str, (i32, u32, u32)); 22] = [
    ("2026f", (2026, 10, 27)),
    ("2026e", (2026, 9, 29)),
    ("2026d", (2026, 9, 11)),
    ("2026c", (2026, 7, 8)),
    ("2026b", (2026, 4, 22)),
    ("2026a", (2026, 3, 1)),
    ("2025c", (2025, 12, 10)),
    ("2025b", (2025, 3, 22)),
    ("2025a", (2025, 1, 15)),
    ("2024b", (2024, 9, 4)),
    ("2024a", (2024, 2, 1)),
    ("2023d", (2023, 12, 21)),
    ("2023c", (2023, 3, 28)),
    ("2023b", (2023, 3, 23)),
    ("2023a", (2023, 3, 22)),
    ("2022g", (2022, 11, 29)),
    ("2022f", (2022, 10, 28)),
    ("2022e", (2022, 10, 11)),
    ("2022d", (2022, 9, 23)),
    ("2022c", (2022, 8, 15)),
    ("2022b", (2022, 8, 10)),
    ("2022a", (2022, 3, 15)),
];

/// A release: a year and letters, `a` to `z`, then `za` and so on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release(String);

impl Release {
    /// Reads a release at the beginning of a text, as distributions write it (`2026b-dirty`, `2026f-0+deb12u1`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start();
        let letters = text.get(4..)?.bytes().take_while(u8::is_ascii_lowercase).count();
        let is_year = text.bytes().take(4).all(|byte| byte.is_ascii_digit());
        (is_year && (1..=3).contains(&letters)).then(|| Self(text[..4 + letters].to_owned()))
    }

    /// Returns the text, such as `2026f`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the day on which the release came out, if this program knows it.
    #[must_use]
    pub fn released_on(&self) -> Option<NaiveDate> {
        let (_, day) = RELEASED.iter().find(|(name, _)| *name == self.0)?;
        date(*day)
    }

    /// Returns whether the release came out nine months or more before `today`. One that this program does not know is fresh.
    #[must_use]
    pub fn is_old(&self, today: NaiveDate) -> bool {
        let old_from = |day: NaiveDate| day.checked_add_months(Months::new(FRESH_MONTHS));
        // Of a release before all that are known it is enough to know that.
        let oldest = || {
            let (_, day) = RELEASED.last().filter(|(name, _)| self.key() < key(name))?;
            date(*day)
        };
        let released = self.released_on().or_else(oldest);
        released.and_then(old_from).is_some_and(|day| day <= today)
    }

    fn key(&self) -> (&str, usize, &str) {
        key(&self.0)
    }
}

fn date((year, month, day): (i32, u32, u32)) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

/// Returns the year, then how many letters, then which.
fn key(release: &str) -> (&str, usize, &str) {
    let (year, letters) = release.split_at(4);
    (year, letters.len(), letters)
}

impl PartialOrd for Release {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Release {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{RELEASED, Release};

    fn release(text: &str) -> Release {
        Release::parse(text).expect("a release")
    }

    #[test]
    fn releases_are_read_and_compared() {
        assert_eq!(release("2026b-dirty").as_str(), "2026b");
        assert_eq!(release("2026f-0+deb12u1").as_str(), "2026f");
        for refused in ["", "26f", "2026", "version 2026f", "2026F", "2026\u{e9}"] {
            assert_eq!(Release::parse(refused), None, "{refused}");
        }
        assert!(release("2025c") < release("2026a"));
        assert!(release("2026z") < release("2026za"));
        let known: Vec<Release> = RELEASED.iter().map(|(name, _)| release(name)).collect();
        assert!(known.is_sorted_by(|later, earlier| later > earlier));
    }

    #[test]
    fn a_release_is_old_after_nine_months() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert!(!release("2025b").is_old(day("2025-12-21")));
        assert!(release("2025b").is_old(day("2025-12-22")));
        assert!(
            release("2019a").is_old(day("2026-11-28")),
            "older than all that are known"
        );
        assert!(!release("2030a").is_old(day("2031-11-28")), "newer than this program");
    }
}
