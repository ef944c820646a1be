//! What changed in a list of rules, in words: a rule with another end is one change, not one rule removed and another added.

use serde_json::Value;

use super::RuleDefinition;
use super::describe::{days_in_words, words_with_note};
use super::fields::RuleFields;
use super::file;
use super::kind::RuleKind;
use super::listed_days::ListedDays;
use crate::admin::history::{removed_and_added, shown, unequal};
use crate::admin::model::ChangePart;
use crate::apps::sla::declarative::document::node::{At, Node};
use crate::calculus::civil::DurationMode;

/// The least likeness, in percent, of two rules of which one is the changed other.
const LIKE: usize = 50;

/// A stored rule.
#[derive(Clone, Debug, PartialEq)]
enum StoredItem {
    /// One that can be read.
    Rule(Box<RuleDefinition>),
    /// Any other, as an earlier version may have written it, in words.
    Other(String),
}

/// Says what changed from one list of stored rules to another; nothing if they are no lists. Only rules that differ are named, each changed
/// rule beside what it was: of all pairs the most alike first.
#[must_use]
pub fn in_words(old: &Value, new: &Value) -> Option<Vec<ChangePart>> {
    let (olds, news) = (items(old)?, items(new)?);
    let (removed, added) = unequal(&olds, &news);
    if removed.is_empty() && added.is_empty() {
        let is_moved = olds != news;
        return Some(if is_moved {
            vec![ChangePart::Noted("in another order")]
        } else {
            Vec::new()
        });
    }
    let partners = partners(&removed, &added);
    let mut parts = Vec::new();
    for (old, partner) in removed.iter().zip(&partners) {
        match partner {
            Some(new) => parts.extend(changed(old, &added[*new])),
            None => parts.push(ChangePart::Removed(old.words())),
        }
    }
    let is_new = |index: &usize| !partners.contains(&Some(*index));
    parts.extend(
        (0..added.len())
            .filter(is_new)
            .map(|index| ChangePart::Added(added[index].words())),
    );
    Some(parts)
}

/// Reads a stored list.
fn items(value: &Value) -> Option<Vec<StoredItem>> {
    let items = match value {
        Value::Null => &[][..],
        Value::Array(items) => items,
        _ => return None,
    };
    let read = |item: &Value| {
        let node = Node::from_json(item, 1);
        match file::rule(&At::root(&node), &[]) {
            Ok(definition) => StoredItem::Rule(Box::new(definition)),
            Err(_) => StoredItem::Other(shown(item)),
        }
    };
    Some(items.iter().map(read).collect())
}

/// Returns for each of `removed` what it became among `added`.
fn partners(removed: &[StoredItem], added: &[StoredItem]) -> Vec<Option<usize>> {
    let traits = |items: &[StoredItem]| items.iter().map(StoredItem::traits).collect::<Vec<_>>();
    let (olds, news) = (traits(removed), traits(added));
    let mut pairs = Vec::new();
    for (old, left) in olds.iter().enumerate() {
        for (new, right) in news.iter().enumerate() {
            let shared = left.iter().filter(|one| right.contains(one)).count();
            let likeness = 200 * shared / (left.len() + right.len()).max(1);
            if likeness >= LIKE {
                pairs.push((likeness, old, new));
            }
        }
    }
    pairs.sort_by(|(one, ..), (other, ..)| other.cmp(one));
    let mut partners = vec![None; removed.len()];
    for (_, old, new) in pairs {
        if partners[old].is_none() && !partners.contains(&Some(new)) {
            partners[old] = Some(new);
        }
    }
    partners
}

/// Says what changed from one rule to another that is like it.
fn changed(old: &StoredItem, new: &StoredItem) -> Vec<ChangePart> {
    if let (StoredItem::Rule(old), StoredItem::Rule(new)) = (old, new)
        && let Some(parts) = changed_days(old, new)
    {
        return parts;
    }
    let (old_words, new_words) = (old.words(), new.words());
    if old_words != new_words {
        return vec![ChangePart::Replaced(old_words, new_words)];
    }
    // The same dates and times, written in another way.
    vec![ChangePart::Replaced(
        format!("{old_words}, {}", old.notation()),
        format!("{new_words}, {}", new.notation()),
    )]
}

/// Says which days were removed from the dates of a rule and which were added, if nothing else changed.
fn changed_days(old: &RuleDefinition, new: &RuleDefinition) -> Option<Vec<ChangePart>> {
    let (mut one, mut other) = (RuleFields::of(old), RuleFields::of(new));
    let (olds, news) = (one.dates.take()?, other.dates.take()?);
    if one != other {
        return None;
    }
    let (removed, added) = unequal(&olds, &news);
    let note = if new.note.is_empty() {
        String::new()
    } else {
        format!(" ({})", new.note)
    };
    let words = |days: &[ListedDays]| (!days.is_empty()).then(|| format!("{}{note}", days_in_words(new, days)));
    let parts = removed_and_added(words(&removed), words(&added));
    (!parts.is_empty()).then_some(parts)
}

impl StoredItem {
    fn words(&self) -> String {
        match self {
            Self::Rule(definition) => words_with_note(definition),
            Self::Other(words) => words.clone(),
        }
    }

    /// Returns how a rule is written, where that is all that changed.
    fn notation(&self) -> String {
        let Self::Rule(definition) = self else {
            return String::new();
        };
        let fields = RuleFields::of(definition);
        let rule = match (fields.kind, fields.recurrence) {
            (RuleKind::Rrule, Some(text)) => format!("by {text}"),
            (kind, _) => format!("as {}", kind.title().to_lowercase()),
        };
        let anchor = fields.anchor.map(|date| format!(" from {date}")).unwrap_or_default();
        format!("{rule}{anchor}")
    }

    /// Returns what makes a rule like another: each of its fields, of lists each item.
    fn traits(&self) -> Vec<String> {
        let definition = match self {
            Self::Rule(definition) => definition,
            Self::Other(words) => return words.split("; ").map(str::to_owned).collect(),
        };
        let RuleFields {
            kind,
            note,
            weekdays,
            recurrence,
            anchor,
            dates,
            start,
            end,
            end_day,
            length_s: _,
            mode,
            start_local,
            end_local,
        } = RuleFields::of(definition);
        let parts = recurrence
            .iter()
            .flat_map(|text| text.split(';').map(str::to_owned).collect::<Vec<_>>());
        let days = dates
            .iter()
            .flatten()
            .map(|days| format!("{} – {}", days.first, days.last));
        let mut traits = vec![format!("kind {}", kind.as_str())];
        traits.extend(weekdays.into_iter().flatten().map(|code| format!("day {code}")));
        traits.extend(parts);
        traits.extend(days);
        // A common length alone is no likeness.
        let mode = mode.filter(|mode| mode != DurationMode::default().as_str());
        for (name, value) in [
            ("note", Some(note).filter(|note| !note.is_empty())),
            ("anchor", anchor),
            ("start", start),
            ("end", end),
            ("end day", end_day),
            ("mode", mode),
            ("from", start_local),
            ("to", end_local),
        ] {
            traits.extend(value.map(|value| format!("{name} {value}")));
        }
        traits
    }
}
