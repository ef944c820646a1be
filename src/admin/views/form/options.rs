//! What selects of a form offer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use crate::admin::context::Context;
use crate::admin::input::is_ticked;
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Field, Widget};
use crate::admin::views::{ViewError, hidden};
use crate::auth::Action;

/// The most options of a select that are written into a page, beside those that are chosen.
const OPTIONS_MAX: i64 = 2_000;
/// The same where scripts can look for more.
const SEARCHED_MAX: i64 = 200;
/// The most chosen objects beyond those that are looked up by their keys.
const CHOSEN_MAX: usize = 200;
/// The parameter that asks for as many options as there is room for.
pub(super) const ALL: &str = "_choices";

/// Returns the most options of a field.
fn limit(context: &Context<'_>, field: &Field, offers_all: bool) -> i64 {
    let related = match field.widget {
        Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) => context.site.get(model),
        _ => None,
    };
    let is_searched = related.is_some_and(|related| related.spec.search.is_some());
    if is_searched && !offers_all && context.query.get(ALL) != Some("all") {
        SEARCHED_MAX
    } else {
        OPTIONS_MAX
    }
}

/// What selects offer, each asked for once a page, however many rows show it.
#[derive(Default)]
pub(in crate::admin::views) struct FieldOptions {
    known: HashMap<(&'static str, &'static str), Choosable>,
    /// Whether they are as many as a page has room for, also where scripts can look for more.
    offers_all: bool,
}

/// What a field offers.
#[derive(Default)]
struct Offered {
    /// Values and their words.
    choices: Vec<(String, String)>,
    /// Whether there are more than a page has room for.
    has_more: bool,
}

type Choosable = Rc<Offered>;

impl FieldOptions {
    /// Offers of which there are as many as a page has room for.
    pub(in crate::admin::views) fn all() -> Self {
        Self {
            offers_all: true,
            ..Self::default()
        }
    }

    /// Returns what a field offers.
    fn of(&mut self, context: &mut Context<'_>, entry: &SiteEntry, field: &Field) -> Result<Choosable, ViewError> {
        let key = match field.widget {
            Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) => (model.app, model.name),
            Widget::Select(_) | Widget::Many(_) | Widget::Checks(_) => ("", field.name),
            _ => return Ok(Rc::default()),
        };
        if let Some(offers) = self.known.get(&key) {
            return Ok(Rc::clone(offers));
        }
        if hidden::of_field(context, field).is_some() {
            return Ok(Rc::default());
        }
        let limit = limit(context, field, self.offers_all);
        let mut choices = match field.widget {
            Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) => {
                match context.site.get(model) {
                    Some(related) => related.admin.choices(context.conn, "", "", limit + 1)?,
                    None => Vec::new(),
                }
            }
            _ => entry.admin.choices(context.conn, field.name, "", limit + 1)?,
        };
        let room = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = choices.len() > room;
        choices.truncate(room);
        let offers = Rc::new(Offered { choices, has_more });
        self.known.insert(key, Rc::clone(&offers));
        Ok(offers)
    }

    /// Returns what a field offers, and what is chosen in it although there is no room to offer all: a save must not lose it.
    pub(super) fn with_chosen(
        &mut self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        field: &Field,
        chosen: &[String],
    ) -> Result<Vec<(String, String)>, ViewError> {
        let offers = self.of(context, entry, field)?;
        let mut all = offers.choices.clone();
        if let Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) = field.widget
            && let Some(related) = context.site.get(model)
        {
            let offered: HashSet<&str> = offers.choices.iter().map(|(value, _)| value.as_str()).collect();
            let missing: BTreeSet<i64> = chosen
                .iter()
                .filter(|value| !offered.contains(value.as_str()))
                .filter_map(|value| value.parse().ok())
                .collect();
            for id in missing.into_iter().take(CHOSEN_MAX) {
                if !related.may(&context.account, Action::View) {
                    // Whether there is one stays hidden as well.
                    all.push((id.to_string(), hidden::words(related, 1)));
                } else if let Some(object) = related.admin.object(context.conn, id)? {
                    all.push((id.to_string(), object.title));
                }
            }
        }
        Ok(all)
    }

    /// Returns the values of a field of objects, each with its words.
    pub(super) fn words_of_each(
        &mut self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        field: &Field,
        values: &[String],
    ) -> Result<Vec<(String, String)>, ViewError> {
        let offers = self.with_chosen(context, entry, field, values)?;
        let words: HashMap<&str, &str> = offers
            .iter()
            .map(|(value, words)| (value.as_str(), words.as_str()))
            .collect();
        let each = values.iter().map(|value| {
            let words = words.get(value.as_str()).copied().unwrap_or(value);
            (value.clone(), words.to_owned())
        });
        Ok(each.collect())
    }

    /// Returns whether a field has more to offer than the page shows.
    pub(super) fn has_more(
        &mut self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        field: &Field,
    ) -> Result<bool, ViewError> {
        Ok(self.of(context, entry, field)?.has_more)
    }

    /// Returns a field's value in words.
    pub(in crate::admin::views) fn words(
        &mut self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        field: &Field,
        values: &[String],
    ) -> Result<String, ViewError> {
        match field.widget {
            Widget::Flag => Ok(yes_or_no(values).to_owned()),
            Widget::Password => Ok(String::new()),
            Widget::Instant => Ok(context.shown_instant(values.last().map_or("", String::as_str))),
            Widget::Select(_) | Widget::Many(_) | Widget::Checks(_) => {
                if let Some(hidden) = hidden::of_field(context, field) {
                    return Ok(match values.len() {
                        0 => String::new(),
                        count => hidden::words(hidden, count),
                    });
                }
                let offers = self.with_chosen(context, entry, field, values)?;
                let by_value: HashMap<&str, &str> = offers
                    .iter()
                    .map(|(value, words)| (value.as_str(), words.as_str()))
                    .collect();
                let mut words: Vec<&str> = values
                    .iter()
                    .map(|value| by_value.get(value.as_str()).copied().unwrap_or(value))
                    .collect();
                if let Widget::Many(_) = field.widget {
                    words.sort_unstable();
                }
                words.dedup();
                Ok(words.join(", "))
            }
            _ => Ok(values.last().map(|text| text.replace("\r\n", "\n")).unwrap_or_default()),
        }
    }
}

fn yes_or_no(values: &[String]) -> &'static str {
    if is_ticked(values.last().map(String::as_str)) {
        "Yes"
    } else {
        "No"
    }
}
