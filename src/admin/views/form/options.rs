//! What selects of a form offer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use crate::admin::context::Context;
use crate::admin::input::is_ticked;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::spec::{Choices, Field, Widget};
use crate::admin::views::{ViewError, hidden};
use crate::auth::Action;

/// The most options of a select whose objects cannot be looked for.
const OPTIONS_MAX: usize = 2_000;
/// So many options are all written into a page, and so many of those that a search has found.
const WHOLE_MAX: usize = 50;
/// If there are more, so many are, beside those that are chosen; the others are looked for.
const FIRST_MAX: usize = 20;
/// The most chosen objects whose words are looked up.
const CHOSEN_MAX: usize = 10_000;
/// What the fields begin with in which users without scripts look for options; the name of the field with the options follows.
pub(in crate::admin::views) const FIND: &str = "_find__";
/// The button beside such a field.
const FIND_BUTTON: &str = "_find";
/// The most characters that options are looked for by.
const TERM_MAX: usize = 200;

/// What users without scripts look for among options: the name of a field, and the term.
pub(in crate::admin::views) type Finds = Vec<(String, String)>;

/// Returns what a posted form looks for among the options of its fields; nothing if it is posted to be saved. A term that stands in the form
/// counts whichever button was pressed: browsers take the first one for Enter.
pub(in crate::admin::views) fn finds(posted: &Query) -> Option<Finds> {
    let asked = posted.pairs().filter_map(|(name, term)| {
        let term: String = term
            .trim()
            .chars()
            .filter(|character| *character != '\0')
            .take(TERM_MAX)
            .collect();
        Some((name.strip_prefix(FIND)?.to_owned(), term))
    });
    let finds: Finds = asked.filter(|(_, term)| !term.is_empty()).collect();
    (!finds.is_empty() || posted.get(FIND_BUTTON).is_some()).then_some(finds)
}

/// What selects offer, each asked for once a page, however many rows show it.
#[derive(Default)]
pub(in crate::admin::views) struct FieldOptions {
    known: HashMap<(&'static str, &'static str), Choosable>,
    finds: Finds,
}

/// What a field offers.
#[derive(Default)]
struct Offered {
    /// Values and their words.
    choices: Vec<(String, String)>,
    /// Whether there are more than the page has.
    has_more: bool,
}

type Choosable = Rc<Offered>;

impl FieldOptions {
    /// Offers of which some fields offer what was looked for.
    pub(in crate::admin::views) fn finding(finds: Finds) -> Self {
        Self {
            finds,
            ..Self::default()
        }
    }

    /// Returns what is looked for among the options of the field with this name in the form.
    pub(super) fn term(&self, name: &str) -> &str {
        let find = self.finds.iter().find(|(field, _)| field == name);
        find.map_or("", |(_, term)| term)
    }

    /// Returns what a field offers that has this name in the form.
    fn of(
        &mut self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        (field, name): (&Field, &str),
    ) -> Result<Choosable, ViewError> {
        let key = match field.widget {
            Widget::Select(Choices::Related(model)) | Widget::Many(Choices::Related(model)) => (model.app, model.name),
            Widget::Select(_) | Widget::Many(_) | Widget::Checks(_) => ("", field.name),
            _ => return Ok(Rc::default()),
        };
        let term = self.term(name).to_owned();
        if let Some(offers) = self.known.get(&key).filter(|_| term.is_empty()) {
            return Ok(Rc::clone(offers));
        }
        if hidden::of_field(context, field).is_some() {
            return Ok(Rc::default());
        }
        let asked = |most: usize| i64::try_from(most + 1).unwrap_or(i64::MAX);
        let (mut choices, most, shown) = match field.widget.related() {
            Some(model) => match context.site.get(model) {
                Some(related) => {
                    let is_searched = related.spec.search.is_some();
                    let (most, shown) = match is_searched {
                        true if term.is_empty() => (WHOLE_MAX, FIRST_MAX),
                        true => (WHOLE_MAX, WHOLE_MAX),
                        false => (OPTIONS_MAX, OPTIONS_MAX),
                    };
                    (
                        related.admin.choices(context.conn, "", &term, asked(most))?,
                        most,
                        shown,
                    )
                }
                None => (Vec::new(), 0, 0),
            },
            None => {
                let choices = entry.admin.choices(context.conn, field.name, "", asked(OPTIONS_MAX))?;
                (choices, OPTIONS_MAX, OPTIONS_MAX)
            }
        };
        let has_more = choices.len() > most;
        if has_more {
            choices.truncate(shown);
        }
        let offers = Rc::new(Offered { choices, has_more });
        if term.is_empty() {
            self.known.insert(key, Rc::clone(&offers));
        }
        Ok(offers)
    }

    /// Returns what a field offers, and what is chosen in it although it is not offered: a save must not lose it.
    pub(super) fn with_chosen(
        &mut self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        (field, name): (&Field, &str),
        chosen: &[String],
    ) -> Result<Vec<(String, String)>, ViewError> {
        let offers = self.of(context, entry, (field, name))?;
        let mut all = offers.choices.clone();
        let Some(related) = field.widget.related().and_then(|model| context.site.get(model)) else {
            return Ok(all);
        };
        let offered: HashSet<&str> = offers.choices.iter().map(|(value, _)| value.as_str()).collect();
        let missing: BTreeSet<i64> = chosen
            .iter()
            .filter(|value| !offered.contains(value.as_str()))
            .filter_map(|value| value.parse().ok())
            .collect();
        let missing: Vec<i64> = missing.into_iter().take(CHOSEN_MAX).collect();
        if missing.is_empty() {
            return Ok(all);
        }
        if related.may(&context.account, Action::View) {
            let titles = related.admin.titles(context.conn, &missing)?;
            all.extend(titles.into_iter().map(|(id, title)| (id.to_string(), title)));
        } else {
            // Whether there is one stays hidden as well.
            all.extend(
                missing
                    .into_iter()
                    .map(|id| (id.to_string(), hidden::words(related, 1))),
            );
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
        let offers = self.with_chosen(context, entry, (field, ""), values)?;
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
        field: (&Field, &str),
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
            Widget::Password | Widget::Hidden => Ok(String::new()),
            Widget::Instant => Ok(context.shown_instant(values.last().map_or("", String::as_str))),
            Widget::Select(_) | Widget::Many(_) | Widget::Checks(_) => {
                if let Some(hidden) = hidden::of_field(context, field) {
                    return Ok(match values.len() {
                        0 => String::new(),
                        count => hidden::words(hidden, count),
                    });
                }
                let offers = self.with_chosen(context, entry, (field, ""), values)?;
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
