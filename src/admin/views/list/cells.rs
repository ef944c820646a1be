//! The rows and cells of a list, as its page shows them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use chrono::NaiveDateTime;

use crate::admin::address::{ModelPage, ObjectKey};
use crate::admin::context::{Context, Instant};
use crate::admin::links::KeyedLinks;
use crate::admin::model::{ListCell, ListRow, NOT_SHOWN, NamedObject};
use crate::admin::pages::delete::ShownNamed;
use crate::admin::pages::list::{MoreChips, ShownCell, ShownContent, ShownRow};
use crate::admin::site::SiteEntry;
use crate::admin::spec::ListColumn;
use crate::admin::views::hidden;
use crate::auth::{Action, Model};
use crate::text;

/// The characters of chips that fit on the line of a cell in a wide window; what does not fit is counted behind them.
const CHIPS_WIDTH: usize = 27;
/// What a chip takes beside its text.
const CHIP_WIDTH: usize = 3;
/// The characters that fit where the table has less room, in wider letters; the style has the widths.
const NARROW_CHIPS_WIDTH: usize = 18;
/// The same in a wide column.
const WIDE_CHIPS_WIDTH: usize = 26;
/// What a chip takes there beside its text.
const NARROW_CHIP_WIDTH: usize = 2;
/// What the count of the others takes.
const COUNT_WIDTH: usize = 4;
/// The most chips that are shown there.
const NARROW_CHIPS_MAX: usize = 3;
/// The most characters of the names that a count of chips shows as its title.
const TITLE_LENGTH_MAX: usize = 80;
/// A text of more characters may need a second line, where it ends.
const SHORT_LENGTH_MAX: usize = 24;

/// What an attempt to save rows left behind, to be shown again.
#[derive(Default)]
pub(super) struct EditedCells {
    /// The status code.
    pub status: u16,
    /// What was wrong.
    pub errors: Vec<String>,
    /// Ticks by key of the row and column.
    pub ticks: Vec<(i64, &'static str, bool)>,
}

impl EditedCells {
    /// Returns a list to which nothing was posted.
    pub(super) fn none() -> Self {
        Self {
            status: 200,
            ..Self::default()
        }
    }
}

/// What all rows of a list have in common. A page has a hundred rows and some hundred links: what differs in a key alone is made once.
pub(super) struct Drawing<'a> {
    /// The model.
    pub entry: &'a SiteEntry,
    /// The columns that are shown, by their places in the declaration.
    pub columns: Vec<usize>,
    /// Whether cells can be edited.
    pub editable: bool,
    /// The zone of instants.
    zone: crate::zones::Zone,
    /// The instant of the request.
    now: NaiveDateTime,
    /// What leads back to the list, behind each link.
    pub back: String,
    /// Links to the objects of the rows.
    objects: KeyedLinks,
    /// Links to what explains their states.
    explanations: Option<KeyedLinks>,
    /// Links to the objects of each model that the user may view.
    visible: Vec<(Model, KeyedLinks)>,
    /// Whether the user may view the objects of every model.
    sees_all: bool,
    /// Instants that were written: many rows have the same.
    instants: RefCell<HashMap<NaiveDateTime, Rc<Instant>>>,
}

impl<'a> Drawing<'a> {
    /// Returns what draws these columns of a model's list; `back` leads back to it.
    pub(super) fn of(context: &Context<'_>, entry: &'a SiteEntry, columns: Vec<usize>, back: String) -> Self {
        let is_editable = |place: &usize| entry.spec.columns[*place].editable;
        let here = entry.url();
        let links = |address: String| KeyedLinks::new(&here, &address);
        let visible = context.site.entries().iter();
        let visible = visible.filter(|entry| entry.may(&context.account, Action::View));
        // These lead to where those of `object_url` do: a page with some hundred links is some kilobytes smaller by it.
        let brief = |entry: &SiteEntry| entry.address(ModelPage::Object(ObjectKey::placeholder())).into();
        let visible: Vec<(Model, KeyedLinks)> = visible.map(|entry| (entry.spec.model, links(brief(entry)))).collect();
        Self {
            entry,
            editable: entry.may(&context.account, Action::Change) && columns.iter().any(is_editable),
            zone: context.zone(),
            now: context.now,
            back,
            columns,
            objects: links(entry.object_url(&context.account, ObjectKey::placeholder())),
            explanations: entry.explanation_url(ObjectKey::placeholder()).map(links),
            sees_all: visible.len() == context.site.entries().len(),
            visible,
            instants: RefCell::default(),
        }
    }

    /// Returns the rows of a page.
    pub(super) fn rows(&self, context: &Context<'_>, rows: Vec<ListRow>, edited: &EditedCells) -> Vec<ShownRow> {
        let mut shown = Vec::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            // A cell too few or too many would show its neighbour's value under each later head.
            debug_assert_eq!(
                row.cells.len(),
                self.entry.spec.columns.len(),
                "{}",
                self.entry.spec.model
            );
            shown.push(self.row(context, row, index, edited));
        }
        shown
    }

    fn row(&self, context: &Context<'_>, row: ListRow, index: usize, edited: &EditedCells) -> ShownRow {
        let title = hidden::title_of_row(context, self.entry, &row);
        let ListRow { id, version, cells, .. } = row;
        let object = self.objects.to(id);
        let link = format!("{object}{}", self.back);
        let mut cells: Vec<Option<ListCell>> = cells.into_iter().map(Some).collect();
        let shown = self.columns.iter().enumerate().filter_map(|(head, place)| {
            let column = self.entry.spec.columns.get(*place)?;
            let cell = cells.get_mut(*place)?.take()?;
            let tick = edited
                .ticks
                .iter()
                .find(|(row, key, _)| *row == id && *key == column.key);
            Some(ShownCell {
                key: column.key,
                head,
                link: column.links.then(|| link.clone()),
                content: self.content(context, column, cell, (id, &object), tick),
            })
        });
        ShownRow {
            cells: shown.collect(),
            index,
            id,
            version,
            title,
        }
    }

    fn content(
        &self,
        context: &Context<'_>,
        column: &ListColumn,
        cell: ListCell,
        (id, object): (i64, &str),
        tick: Option<&(i64, &'static str, bool)>,
    ) -> ShownContent {
        match cell {
            ListCell::Flag(flag) if self.editable && column.editable => {
                ShownContent::Edit(tick.map_or(flag, |(.., ticked)| *ticked), flag)
            }
            ListCell::Flag(flag) => ShownContent::Flag(flag),
            ListCell::Text(text) => words(text),
            ListCell::Number(number) => ShownContent::Number(text::thousands(number)),
            ListCell::Instant(None) => ShownContent::Nothing,
            ListCell::Instant(Some(at)) => ShownContent::Instant(self.instant(at)),
            ListCell::Of(models, text) => match models.iter().find_map(|model| hidden::of_model(context, *model)) {
                Some(_) if !text.trim().is_empty() => words(NOT_SHOWN.to_owned()),
                _ => words(text),
            },
            ListCell::Many(items) if items.is_empty() => ShownContent::Nothing,
            ListCell::Many(items) => {
                let items = if self.sees_all {
                    items
                } else {
                    hidden::visible(context, items)
                };
                let narrow = narrow_line(&items, column);
                let narrow_count = items.len() - narrow;
                let (first, rest) = one_line(items);
                let chips = first.into_iter().map(|named| ShownNamed {
                    // A link in a link is none: a cell that leads to its row leads nowhere else.
                    link: named
                        .object
                        .filter(|_| !column.links)
                        .and_then(|object| self.link_to(object)),
                    words: named.words,
                });
                let more = (!rest.is_empty()).then(|| MoreChips {
                    count: rest.len(),
                    narrow_count,
                    title: title(&rest),
                    link: (!column.links).then(|| object.to_owned()),
                });
                ShownContent::Many(chips.collect(), narrow, more)
            }
            ListCell::State(inside, words) => ShownContent::State(Some(inside), words, self.explanation(column, id)),
            ListCell::StateThen(state) => {
                let is_hidden = |model: &Model| hidden::of_model(context, *model).is_some();
                let why = state.why.filter(|(models, _)| !models.iter().any(is_hidden));
                let words = match why {
                    Some((_, why)) => format!("{}: {why}", state.words),
                    None => state.words,
                };
                let link = self.explanation(column, id).map(|link| link + &state.query);
                ShownContent::State(state.is_inside, words, link)
            }
        }
    }

    /// Returns an instant in the zone of the list.
    fn instant(&self, at: NaiveDateTime) -> Rc<Instant> {
        let mut instants = self.instants.borrow_mut();
        let written = || Rc::new(Instant::natural(at, self.zone, self.now));
        Rc::clone(instants.entry(at).or_insert_with(written))
    }

    /// Returns the page of an object, for users with the permission to view its model.
    fn link_to(&self, (model, id): (Model, i64)) -> Option<String> {
        let links = self.visible.iter().find(|(visible, _)| *visible == model);
        links.map(|(_, links)| links.to(id))
    }

    /// Returns where the state of a row is explained, if there is such a page.
    fn explanation(&self, column: &ListColumn, id: i64) -> Option<String> {
        let explanations = self.explanations.as_ref().filter(|_| !column.links);
        explanations.map(|links| links.to(id))
    }
}

fn words(text: String) -> ShownContent {
    if text.trim().is_empty() {
        return ShownContent::Nothing;
    }
    match text.chars().nth(SHORT_LENGTH_MAX).is_some() || text::has_right_to_left(&text) {
        true => ShownContent::Isolated(text),
        false => ShownContent::Text(text),
    }
}

/// Returns the names of what a count stands for, as far as a title shows them.
fn title(rest: &[NamedObject]) -> String {
    let mut title = String::new();
    for named in rest {
        if title.len() + named.words.len() > TITLE_LENGTH_MAX {
            title.push('…');
            break;
        }
        let separator = if title.is_empty() { "" } else { ", " };
        title.extend([separator, &named.words]);
    }
    title
}

/// Returns the chips that fit on the line of a cell, at least one, and the others. A single one takes the place of its count.
fn one_line(mut items: Vec<NamedObject>) -> (Vec<NamedObject>, Vec<NamedObject>) {
    let widths = items.iter().scan(0, |width, item| {
        *width += item.words.chars().count() + CHIP_WIDTH;
        Some(*width)
    });
    let first = widths.take_while(|width| *width <= CHIPS_WIDTH).count().max(1);
    let rest = items.split_off(first);
    match rest.as_slice() {
        [one] if one.words.chars().count() <= CHIPS_WIDTH / 2 => {
            items.extend(rest);
            (items, Vec::new())
        }
        _ => (items, rest),
    }
}

/// Returns how many chips fit in a column where the table has less room, at least one.
fn narrow_line(items: &[NamedObject], column: &ListColumn) -> usize {
    let room = if column.wide {
        WIDE_CHIPS_WIDTH
    } else {
        NARROW_CHIPS_WIDTH
    };
    let widths = items.iter().scan(0, |width, item| {
        *width += item.words.chars().count() + NARROW_CHIP_WIDTH;
        Some(*width)
    });
    let widths: Vec<usize> = widths.take(NARROW_CHIPS_MAX + 1).collect();
    let fit = |room: usize| widths.iter().take_while(|width| **width <= room).count();
    let all = fit(room);
    match all == items.len() && all <= NARROW_CHIPS_MAX {
        true => all,
        false => fit(room - COUNT_WIDTH).clamp(1, NARROW_CHIPS_MAX),
    }
}
