//! What a number in a cell means: by its format a day, a time, a share, or a number. The text is the one that a person would have
//! typed into a CSV file.

use chrono::{NaiveDate, TimeDelta};

/// The most digits that a format fills up with zeros.
const PADDED_MAX: usize = 30;
/// Seconds of a day.
const DAY_SECONDS: f64 = 86_400.0;
/// The last day that a serial number stands for, 9999-12-31, and one more.
const SERIAL_END: f64 = 2_958_466.0;

/// The kinds of number formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberFormat {
    /// A number.
    Number,
    /// A whole number with at least so many digits, as `0000` shows it.
    Padded(usize),
    /// A number of hundredths.
    Percent,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A day and a time.
    DateTime,
    /// Hours, minutes and seconds that may be more than a day.
    Duration,
}

impl NumberFormat {
    /// Returns the format that every program knows by this number.
    pub(super) fn built_in(id: u32) -> Self {
        match id {
            9 | 10 => Self::Percent,
            14..=17 | 27..=31 | 36 | 50..=54 | 57 | 58 => Self::Date,
            18..=21 | 32..=35 | 45 | 47 | 55 | 56 => Self::Time,
            22 => Self::DateTime,
            46 => Self::Duration,
            _ => Self::Number,
        }
    }

    /// Returns the kind of a format that a workbook spells out, as `yyyy\-mm\-dd;@`.
    pub(super) fn of(code: &str) -> Self {
        if code.len() > 1 && code.len() <= PADDED_MAX && code.bytes().all(|byte| byte == b'0') {
            return Self::Padded(code.len());
        }
        // It has letters of its own.
        if code.trim_start().to_ascii_lowercase().starts_with("general") {
            return Self::Number;
        }
        let (mut has_date, mut has_time, mut has_month) = (false, false, false);
        let mut characters = code.chars();
        while let Some(character) = characters.next() {
            match character.to_ascii_lowercase() {
                // Only the first part is for numbers that are not negative.
                ';' => break,
                '\\' | '_' | '*' => {
                    characters.next();
                }
                '"' => {
                    characters.find(|character| *character == '"');
                }
                '[' => {
                    let within: String = characters.by_ref().take_while(|character| *character != ']').collect();
                    if matches!(
                        within.to_ascii_lowercase().as_str(),
                        "h" | "hh" | "m" | "mm" | "s" | "ss"
                    ) {
                        return Self::Duration;
                    }
                }
                '%' => return Self::Percent,
                'y' | 'd' | 'e' if !matches!(character, 'E') => has_date = true,
                'h' | 's' => has_time = true,
                'm' => has_month = true,
                _ => {}
            }
        }
        match (has_date, has_time) {
            (true, true) => Self::DateTime,
            (true, false) => Self::Date,
            (false, true) => Self::Time,
            (false, false) if has_month => Self::Date,
            (false, false) => Self::Number,
        }
    }
}

/// Returns the text of a number in a format. `is_1904` says that days are counted from 1904, as on old Macs.
pub(super) fn text(value: f64, format: NumberFormat, is_1904: bool) -> String {
    match format {
        NumberFormat::Number => plain(value),
        NumberFormat::Padded(digits) if value >= 0.0 && value.fract() == 0.0 => format!("{:0>digits$}", plain(value)),
        NumberFormat::Padded(_) => plain(value),
        NumberFormat::Percent => format!("{}%", plain(value * 100.0)),
        NumberFormat::Duration if (0.0..SERIAL_END).contains(&value) => {
            let seconds = (value * DAY_SECONDS).round();
            let (hours, rest) = ((seconds / 3_600.0).floor(), seconds % 3_600.0);
            format!("{hours:02}:{:02}:{:02}", (rest / 60.0).floor(), rest % 60.0)
        }
        NumberFormat::Date | NumberFormat::Time | NumberFormat::DateTime => {
            instant(value, format, is_1904).unwrap_or_else(|| plain(value))
        }
        NumberFormat::Duration => plain(value),
    }
}

/// Returns the text of a number as it is: with 15 digits, as spreadsheets show them, so that `99.9` does not become `99.90000000000001`.
fn plain(value: f64) -> String {
    let rounded = format!("{value:.14e}").parse().unwrap_or(value);
    // Negative zero is zero.
    let rounded = if rounded == 0.0 { 0.0 } else { rounded };
    format!("{rounded}")
}

/// Returns a day, a time, or both, as ISO 8601 writes them; nothing for a number that is none.
fn instant(value: f64, format: NumberFormat, is_1904: bool) -> Option<String> {
    if !(0.0..SERIAL_END).contains(&value) {
        return None;
    }
    let seconds = (value * DAY_SECONDS).round();
    let (day, second) = ((seconds / DAY_SECONDS).floor(), seconds % DAY_SECONDS);
    let time = format!(
        "{:02}:{:02}:{:02}",
        (second / 3_600.0).floor(),
        (second / 60.0).floor() % 60.0,
        second % 60.0
    );
    if format == NumberFormat::Time && day == 0.0 {
        return Some(time);
    }
    let (epoch, day) = match day {
        day if is_1904 => ((1904, 1, 1), day),
        // Excel counts a day that was not, 1900-02-29.
        60.0 => return Some("1900-02-29".to_owned()),
        day if day < 60.0 => ((1899, 12, 31), day),
        day => ((1899, 12, 30), day),
    };
    let epoch = NaiveDate::from_ymd_opt(epoch.0, epoch.1, epoch.2)?;
    let date = epoch.checked_add_signed(TimeDelta::try_days(day as i64)?)?;
    let date = date.format("%Y-%m-%d");
    let is_day = second == 0.0 && format != NumberFormat::Time;
    Some(if is_day {
        date.to_string()
    } else {
        format!("{date}T{time}")
    })
}

#[cfg(test)]
mod tests {
    use super::{NumberFormat, text};

    #[test]
    fn formats_say_what_numbers_mean() {
        for (code, value, expected) in [
            ("General", 1.0, "1"),
            ("0.00", 99.9_f64.next_up(), "99.9"),
            ("0.00", 0.1 + 0.2, "0.3"),
            ("#,##0", -0.0, "0"),
            ("0", 1e20, "100000000000000000000"),
            ("0.00E+00", 1.5, "1.5"),
            ("0.00%", 0.999, "99.9%"),
            ("yyyy\\-mm\\-dd;@", 46_053.0, "2026-01-31"),
            ("dd/mm/yy", 46_053.5, "2026-01-31T12:00:00"),
            ("mmm", 46_053.0, "2026-01-31"),
            ("[$-407]d. mmmm yyyy", 46_053.0, "2026-01-31"),
            ("yyyy-mm-dd hh:mm:ss", 46_053.999_999, "2026-02-01"),
            ("hh:mm", 0.375, "09:00:00"),
            ("h:mm AM/PM", 0.75, "18:00:00"),
            ("hh:mm", 46_053.375, "2026-01-31T09:00:00"),
            ("[h]:mm", 1.5, "36:00:00"),
            ("yyyy-mm-dd", 1.0, "1900-01-01"),
            ("yyyy-mm-dd", 59.0, "1900-02-28"),
            ("yyyy-mm-dd", 60.0, "1900-02-29"),
            ("yyyy-mm-dd", 61.0, "1900-03-01"),
            ("yyyy-mm-dd", 2_958_465.0, "9999-12-31"),
            ("yyyy-mm-dd", 2_958_466.0, "2958466"),
            ("yyyy-mm-dd", -1.0, "-1"),
            ("\"d\"0", 7.0, "7"),
            ("0_d", 7.0, "7"),
            ("0;yyyy", 7.0, "7"),
        ] {
            assert_eq!(text(value, NumberFormat::of(code), false), expected, "{code} {value}");
        }
        assert_eq!(text(0.0, NumberFormat::Date, true), "1904-01-01");
        assert_eq!(text(44_591.0, NumberFormat::Date, true), "2026-01-31");
        assert_eq!(text(f64::NAN, NumberFormat::Date, false), "NaN");
        assert_eq!(NumberFormat::built_in(14), NumberFormat::Date);
    }
}
