//! The rows and cells of a list, as its page shows them.

use crate::admin::context::{Context, Instant};
use crate::admin::links::relative;
use crate::admin::model::{ListCell, ListRow, NamedObject};
use crate::admin::pages::delete::ShownNamed;
use crate::admin::pages::list::{MoreChips, ShownCell, ShownContent, ShownRow};
use crate::admin::site::SiteEntry;
use crate::admin::spec::ListColumn;
use crate::admin::views::hidden;
use crate::admin::views::hidden::brief_link_to;
use crate::auth::{Action, Model};
use crate::text;

/// The characters of chips that fit on the line of a cell; what does not fit is counted behind them.
const CHIPS_WIDTH: usize = 27;
/// What a chip takes beside its text.
const CHIP_WIDTH: usize = 3;
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

/// What all rows of a list have in common.
pub(super) struct Drawing<'a> {
    /// The model.
    pub entry: &'a SiteEntry,
    /// The columns that are shown, by their places in the declaration.
    pub columns: Vec<usize>,
    /// Whether cells can be edited.
    pub editable: bool,
    /// The zone of instants.
    pub zone: crate::zones::Zone,
    /// The instant of the request.
    pub now: chrono::NaiveDateTime,
    /// What leads back to the list, behind each link.
    pub back: String,
}

impl<'a> Drawing<'a> {
    /// Returns what draws these columns of a model's list; `back` leads back to it.
    pub(super) fn of(context: &Context<'_>, entry: &'a SiteEntry, columns: Vec<usize>, back: String) -> Self {
        let is_editable = |place: &usize| entry.spec.columns[*place].editable;
        Self {
            entry,
            editable: entry.may(&context.account, Action::Change) && columns.iter().any(is_editable),
            zone: context.zone(),
            now: context.now,
            back,
            columns,
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
        let object = self.here(&self.entry.object_url(&context.account, id));
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
        let dash = |text: String| if text.trim().is_empty() { "-".to_owned() } else { text };
        match cell {
            ListCell::Flag(flag) if self.editable && column.editable => {
                ShownContent::Edit(tick.map_or(flag, |(.., ticked)| *ticked), flag)
            }
            ListCell::Flag(flag) => ShownContent::Flag(flag),
            ListCell::Text(text) => words(dash(text)),
            ListCell::Number(number) => ShownContent::Number(text::thousands(number)),
            ListCell::Instant(None) => words("-".to_owned()),
            ListCell::Instant(Some(at)) => ShownContent::Instant(Instant::natural(at, self.zone, self.now)),
            ListCell::Of(models, text) => match models.iter().find_map(|model| hidden::of_model(context, *model)) {
                Some(_) if !text.trim().is_empty() => words(hidden::NOT_SHOWN.to_owned()),
                _ => words(dash(text)),
            },
            ListCell::Many(items) if items.is_empty() => words("-".to_owned()),
            ListCell::Many(items) => {
                let (first, rest) = one_line(hidden::visible(context, items));
                let chips = first.into_iter().map(|named| ShownNamed {
                    // A link in a link is none: a cell that leads to its row leads nowhere else.
                    link: brief_link_to(context, named.object)
                        .filter(|_| !column.links)
                        .map(|link| self.here(&link)),
                    words: named.words,
                });
                let more = (!rest.is_empty()).then(|| MoreChips {
                    count: rest.len(),
                    title: title(&rest),
                    link: (!column.links).then(|| object.to_owned()),
                });
                ShownContent::Many(chips.collect(), more)
            }
            ListCell::State(inside, words) => {
                let why = self.entry.explanation_url(id).filter(|_| !column.links);
                ShownContent::State(inside, words, why.map(|why| self.here(&why)))
            }
            ListCell::StateThen(state) => {
                let is_hidden = |model: &Model| hidden::of_model(context, *model).is_some();
                let why = state.why.filter(|(models, _)| !models.iter().any(is_hidden));
                let words = match why {
                    Some((_, why)) => format!("{}: {why}", state.words),
                    None => state.words,
                };
                let link = self.entry.explanation_url(id).filter(|_| !column.links);
                let link = link.map(|link| format!("{}{}", self.here(&link), state.query));
                ShownContent::State(state.is_inside, words, link)
            }
        }
    }

    /// Returns an address as the list writes it.
    fn here(&self, address: &str) -> String {
        relative(&self.entry.url(), address)
    }
}

fn words(text: String) -> ShownContent {
    match text.chars().nth(SHORT_LENGTH_MAX) {
        None => ShownContent::Text(text),
        Some(_) => ShownContent::Long(text),
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
