//! Splits a row of a form: one of the values of a field goes into a new row, which is the same otherwise. Nothing is saved.

use super::state::FormState;
use crate::admin::context::Context;
use crate::admin::model::FormValues;
use crate::admin::site::SiteEntry;
use crate::admin::spec::Inline;
use crate::admin::views::ViewError;

/// The button beside a row; its value is the number of the row and what is to go: `0-FR`.
pub(super) const SPLIT: &str = "_split";

/// The most values whose words are looked up.
const VALUES_MAX: i64 = 100;

/// Returns the values of a row that can each go into a row of their own: none where there are not several, or the row is of a kind that
/// does not show them.
pub(super) fn separable<'r>(inline: &Inline, row: &'r FormValues) -> &'r [String] {
    let Some(split) = &inline.split else { return &[] };
    let mut fields = inline.fields.iter().filter(|field| field.name == split.field);
    let mut kinds = row.get("kind").into_iter().flatten();
    let is_shown = fields.any(|field| field.kinds.is_empty() || kinds.any(|kind| field.kinds.contains(&kind.as_str())));
    let values = row.get(split.field).map_or(&[][..], Vec::as_slice);
    if is_shown && values.len() > 1 { values } else { &[] }
}

/// Splits one of the posted rows, and says how the form is drawn. The rows that are ticked to go, `deleted`, keep their ticks.
pub(super) fn split(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    rows: &mut Vec<FormValues>,
    (asked, mut deleted): (&str, Vec<usize>),
) -> Result<FormState, ViewError> {
    let mut shown = FormState::status(200);
    let inline = entry.spec.inline.as_ref();
    let choices = match inline.and_then(|inline| inline.split) {
        Some(split) => entry.admin.choices(context.conn, split.field, "", VALUES_MAX)?,
        None => Vec::new(),
    };
    let done = inline.map(|inline| (inline, separate(inline, rows, &choices, asked)));
    match done {
        Some((inline, Ok((row, words)))) => {
            deleted
                .iter_mut()
                .filter(|index| **index > row)
                .for_each(|index| *index += 1);
            let next = inline.split.map_or("", |split| split.next);
            shown.note = format!(
                "Nothing was saved yet: {words} has a {} of its own. Change it below, then save.",
                inline.singular
            );
            shown.focus = format!("{}-{}-{next}", inline.prefix, row + 1);
        }
        Some((_, Err(reason))) => shown.note = format!("Nothing was changed: {reason}."),
        None => "Nothing was changed: this form has no rows.".clone_into(&mut shown.note),
    }
    shown.deleted_rows = deleted;
    Ok(shown)
}

/// Takes one of the `choices`, values with their words, out of its row and adds a row for it behind that. Returns the place of the first one, and
/// the words.
///
/// # Errors
/// Why that cannot be, for people.
fn separate(
    inline: &Inline,
    rows: &mut Vec<FormValues>,
    choices: &[(String, String)],
    asked: &str,
) -> Result<(usize, String), String> {
    let (row, value) = asked.split_once('-').unwrap_or((asked, ""));
    let place = row.parse::<usize>().ok();
    let found = place.and_then(|place| Some((place, rows.get(place)?)));
    let found = found.filter(|(_, row)| separable(inline, row).iter().any(|one| one == value));
    let choice = choices.iter().find(|(choice, _)| choice == value);
    let (Some((place, row)), Some((_, words)), Some(split)) = (found, choice, &inline.split) else {
        return Err(format!("there is no {} that can be split in this way", inline.singular));
    };
    if rows.len() >= inline.rows_max {
        return Err(format!("{} {} are the most", inline.rows_max, inline.title));
    }
    let (mut first, mut second) = (row.clone(), row.clone());
    if let Some(values) = first.get_mut(split.field) {
        values.retain(|one| one != value);
    }
    second.insert(split.field.to_owned(), vec![value.to_owned()]);
    second.insert("id".to_owned(), Vec::new());
    rows[place] = first;
    rows.insert(place + 1, second);
    Ok((place, words.clone()))
}
