//! What is not known of the time of components, in words.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::computed::ReportRow;
use crate::apps::sla::hours::words;
use crate::apps::sla::measuring::run::CATCH_UP;

/// How many components a note names.
const NAMED: usize = 3;

/// Why time is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum GapKind {
    /// Hours cannot be read, for this reason.
    Unreadable(Arc<str>),
    /// It should have been measured, and was not.
    Unmeasured,
    /// The same, and servers still measure it.
    StillMeasured,
    /// Only sums of months of this zone are kept.
    Cut(String),
    /// Sums of months have time in common.
    Overlapping,
    /// The same, and the period has a part alone of those of which more is known, whose months are of these zones.
    KnownElsewhere(Vec<String>),
}

/// What the sentences for sums of months that overlap begin with.
const OVERLAPPING: &str =
    "sums of months overlap, as an older build stored them after a window was moved to another zone";
/// How they are counted.
const COUNTED_ONCE: &str = "what two of them have counts once, by the one of which more is known";

impl GapKind {
    /// Returns the sentence for so many milliseconds.
    fn words(&self, milliseconds: i64) -> String {
        let length = || words::length(milliseconds.div_euclid(1_000));
        match self {
            Self::Unreadable(reason) => reason.to_string(),
            Self::Unmeasured => format!("{} of service were not measured", length()),
            Self::StillMeasured => format!("{} of service are still to be measured", length()),
            Self::Cut(zone) => format!(
                "{} of service are in months of which only sums are kept, and are unknown here; whole months of {zone} have them",
                length()
            ),
            Self::Overlapping if milliseconds < 1_000 => format!("{OVERLAPPING}: {COUNTED_ONCE}"),
            Self::Overlapping => format!("{OVERLAPPING}: {COUNTED_ONCE}; {} of the rest are not known", length()),
            Self::KnownElsewhere(zones) => format!(
                "{OVERLAPPING}: up to {} of service are unknown here and may be known in whole months of {}",
                length(),
                zones.join(" and ")
            ),
        }
    }
}

/// Returns what is not known of the time of a component, with how many milliseconds that are, beside what was not measured.
fn of(row: &ReportRow) -> Vec<(GapKind, i64)> {
    let unreadable = row
        .unreadable
        .iter()
        .map(|reason| (GapKind::Unreadable(Arc::clone(reason)), 0));
    let mut gaps: Vec<(GapKind, i64)> = unreadable.collect();
    let cut = row
        .cut
        .iter()
        .map(|(milliseconds, zone)| (GapKind::Cut(zone.clone()), *milliseconds));
    gaps.extend(cut);
    gaps.extend(
        row.overlap_unknown
            .map(|milliseconds| (GapKind::Overlapping, milliseconds)),
    );
    let elsewhere = row.known_elsewhere.as_deref();
    gaps.extend(elsewhere.map(|(milliseconds, zones)| (GapKind::KnownElsewhere(zones.clone()), *milliseconds)));
    gaps
}

impl ReportRow {
    /// Returns why its figures are less than they could be, in words, beside what was not measured.
    #[must_use]
    pub fn gaps(&self) -> Vec<String> {
        let gaps = of(self).into_iter();
        gaps.map(|(kind, milliseconds)| kind.words(milliseconds)).collect()
    }

    /// Returns whether servers still measure all that was not measured: it was promised not long ago.
    #[must_use]
    pub fn is_still_measured(&self, now: i64) -> bool {
        let since = self.unmeasured_since.map(|since| since.div_euclid(1_000));
        since.is_some_and(|since| now < since.saturating_add(CATCH_UP))
    }

    /// Returns how many milliseconds were not measured, if that is a second at least.
    fn unmeasured_gap(&self, now: i64) -> Option<(GapKind, i64)> {
        let kind = match self.is_still_measured(now) {
            true => GapKind::StillMeasured,
            false => GapKind::Unmeasured,
        };
        (self.unmeasured >= 1_000).then_some((kind, self.unmeasured))
    }
}

/// Returns what is not known of the time of components, each in one sentence with the first names.
#[must_use]
pub fn notes(rows: &[&ReportRow], now: i64) -> Vec<String> {
    let mut gaps: BTreeMap<GapKind, (i64, Vec<&str>)> = BTreeMap::new();
    for row in rows {
        for (kind, milliseconds) in of(row).into_iter().chain(row.unmeasured_gap(now)) {
            let (total, names) = gaps.entry(kind).or_default();
            *total += milliseconds;
            names.push(&row.name);
        }
    }
    let note = |(kind, (milliseconds, names)): (&GapKind, &(i64, Vec<&str>))| {
        let first: Vec<String> = names.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
        let first = first.join(", ");
        let subject = match names.len() {
            1 => first,
            count if count <= NAMED => format!("{count} components ({first})"),
            count => format!("{count} components ({first}, …)"),
        };
        format!("{subject}: {}", kind.words(*milliseconds))
    };
    gaps.iter().map(note).collect()
}
