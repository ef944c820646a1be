//! The error for a name that is no zone: it suggests the name that was probably meant.

use super::windows;

/// How many changes of letters a name may be away from the one that it was meant to be.
const TYPOS_MAX: usize = 3;
/// The most names that are suggested.
const SUGGESTIONS_MAX: usize = 3;
/// A longer text is no name of a zone, and not compared with all of them.
const LENGTH_MAX: usize = 60;

/// Why a text is not the name of a zone, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnknownZone(String);

/// Returns why `text` is not one of `names`.
pub(super) fn refusal(text: &str, names: &[&str]) -> UnknownZone {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return UnknownZone("the time zone is missing; write an IANA name such as Europe/Berlin, or UTC".to_owned());
    }
    if trimmed.eq_ignore_ascii_case("local") || trimmed.eq_ignore_ascii_case("localtime") {
        return UnknownZone(format!(
            "the time zone “{trimmed}” would depend on the server; write an IANA name such as Europe/Berlin, or UTC"
        ));
    }
    if let Some(known) = names.iter().find(|name| name.eq_ignore_ascii_case(trimmed)) {
        return UnknownZone(format!("the time zone “{text}” is spelt {known}"));
    }
    if let Some(known) = windows::iana(trimmed) {
        return UnknownZone(format!("“{trimmed}” is a name of Windows; its IANA name is {known}"));
    }
    if let Some(refusal) = offset_refusal(trimmed) {
        return refusal;
    }
    let shown: String = trimmed.chars().take(LENGTH_MAX).collect();
    UnknownZone(match suggestions(trimmed, names).as_slice() {
        [] => format!("the time zone “{shown}” is unknown; write an IANA name such as Europe/Berlin, or UTC"),
        near => format!(
            "the time zone “{shown}” is unknown; did you mean {}?",
            near.join(" or ")
        ),
    })
}

/// Returns the names nearest to `text`: those with its last part as their city, else those that few changed letters make of it.
fn suggestions<'a>(text: &str, names: &[&'a str]) -> Vec<&'a str> {
    if text.chars().count() > LENGTH_MAX {
        return Vec::new();
    }
    let folded = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let wanted = folded(text);
    let city = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let wanted_city = city(&wanted);
    let distance = |name: &str| {
        let name = folded(name);
        let whole = strsim::osa_distance(&wanted, &name);
        let of_city = strsim::osa_distance(&wanted_city, &city(&name));
        // A region alone, or a wrong one, must not hide a city that is right to the letter.
        if of_city == 0 { 0 } else { whole.min(of_city + 1) }
    };
    // Short words are near to everything.
    let most = TYPOS_MAX.min(wanted_city.chars().count() / 3);
    let near = names.iter().map(|name| (distance(name), *name));
    let mut near: Vec<_> = near.filter(|(distance, _)| *distance <= most).collect();
    near.sort_unstable();
    let best = near.first().map(|(distance, _)| *distance);
    let near = near.into_iter().take_while(|(distance, _)| Some(*distance) == best);
    near.map(|(_, name)| name).take(SUGGESTIONS_MAX).collect()
}

/// Returns the refusal of `+02:00`, `UTC+2`, `-0530` and the like; `None` if the text is not a UTC offset.
fn offset_refusal(text: &str) -> Option<UnknownZone> {
    let offset = ["UTC", "GMT"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    let (sign, digits) = if let Some(digits) = offset.strip_prefix('+') {
        ('+', digits)
    } else {
        // The minus sign of typography arrives by copy and paste.
        ('-', offset.strip_prefix(['-', '\u{2212}'])?)
    };
    let digits: String = digits.chars().filter(|letter| *letter != ':').collect();
    if digits.is_empty() || digits.len() > 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at(digits.len().min(2));
    let hours: u8 = hours.parse().ok()?;
    let whole = minutes.bytes().all(|byte| byte == b'0');
    let reason = format!(
        "the time zone “{text}” is a fixed offset, which knows no daylight saving time; write an IANA name such as Europe/Berlin"
    );
    // POSIX counts westwards, so the sign turns round: UTC+2 is Etc/GMT-2.
    let instead = match (whole, sign, hours) {
        (true, _, 0) => ", or UTC".to_owned(),
        (true, '+', 1..=14) => format!(", or Etc/GMT-{hours} if it is really meant"),
        (true, '-', 1..=12) => format!(", or Etc/GMT+{hours} if it is really meant"),
        _ => String::new(),
    };
    Some(UnknownZone(reason + &instead))
}

#[cfg(test)]
mod tests {
    use crate::zones::Zones;

    #[test]
    fn a_similar_name_is_suggested() {
        for (text, meant) in [
            ("Asia/Kolkatta", "did you mean Asia/Kolkata?"),
            ("Europe/Berln", "did you mean Europe/Berlin?"),
            ("Berlin", "did you mean Europe/Berlin?"),
            ("new york", "did you mean America/New_York?"),
            ("America/New York", "did you mean America/New_York?"),
            ("Europe/Zürich", "did you mean Europe/Zurich?"),
            ("W. Europe Standard Time", "its IANA name is Europe/Berlin"),
            ("romance standard time", "its IANA name is Europe/Paris"),
            ("europe/berlin", "is spelt Europe/Berlin"),
            ("Local", "depend on the server"),
            ("UTC+2", "Etc/GMT-2"),
            ("xyzzy", "write an IANA name such as Europe/Berlin"),
            ("Factory", "unknown"),
            ("", "missing"),
        ] {
            let refused = Zones::built_in().parse(text).expect_err(text).to_string();
            assert!(refused.contains(meant), "{text}: {refused}");
        }
        let long = "x".repeat(100_000);
        let refused = Zones::built_in().parse(&long).expect_err("no zone").to_string();
        assert!(refused.len() < 300, "{refused}");
    }
}
