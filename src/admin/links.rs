//! Links of a list: each changes one thing of the query string and keeps the rest.

use super::address::ObjectKey;
use super::listing::Listing;
use super::query::Query;
use super::spec::{Filter, FilterInput, ListColumn, Sort};

/// A column's head.
#[derive(Clone, Debug)]
pub struct ColumnHead {
    /// The column's key.
    pub key: &'static str,
    /// Its label.
    pub label: &'static str,
    /// Classes beside the column's own.
    pub class: String,
    /// The direction for `aria-sort`; empty when the list is not sorted by it.
    pub aria: &'static str,
    /// Sorts by this column first, turning its direction; nothing if it does not sort.
    pub sort: Option<String>,
    /// Takes it out of the order, if it is in.
    pub remove: Option<String>,
    /// Turns its direction without moving it, if it is in the order.
    pub toggle: Option<String>,
    /// Its place in the order, if there are several.
    pub priority: Option<usize>,
}

/// One offer of a filter.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What it posts; nothing for the offer that stands for no filter.
    pub value: Option<String>,
    /// In words.
    pub label: String,
    /// Where it leads: to the list narrowed by it alone, or without it if it stands alone already.
    pub link: String,
    /// Whether it is chosen.
    pub selected: bool,
    /// How many rows it would show.
    pub count: Option<i64>,
}

/// A filter and its offers.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The filter's title.
    pub title: String,
    /// The filter's parameter.
    pub key: String,
    /// Its offers, the first one for no filter.
    pub offers: Vec<Offer>,
    /// What is looked for among its offers; nothing if all of them are shown.
    pub find: Option<String>,
    /// How many more it has, in words; empty if none.
    pub more: String,
    /// Parameters beside it: what they are, and their values.
    pub inputs: Vec<(FilterInput, String)>,
    /// Whether it is folded away while no rare one is used.
    pub is_rare: bool,
}

impl Panel {
    /// Returns whether it has anything to choose from.
    #[must_use]
    pub fn has_offers(&self) -> bool {
        self.offers.len() > 1 || self.find.is_some()
    }

    /// Returns whether a date beside its offers is asked for, which is then the first thing to answer.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        self.inputs.iter().any(|(input, _)| input.kind == "date")
    }

    /// Returns whether something is chosen in it, given beside it, or looked for among its offers.
    #[must_use]
    pub fn is_used(&self) -> bool {
        let is_chosen = self.offers.iter().any(|offer| offer.selected && offer.value.is_some());
        let is_given = self.inputs.iter().any(|(_, value)| !value.is_empty());
        is_chosen || is_given || self.find.as_ref().is_some_and(|find| !find.is_empty())
    }
}

/// The years, months or days by which a list can be narrowed.
#[derive(Clone, Debug)]
pub struct ShownDates {
    /// Words and link of each, and whether it leads back up.
    pub links: Vec<(String, String, bool)>,
    /// Whether the list is narrowed by one.
    pub is_used: bool,
    /// Whether they are folded away while no rare filter is used.
    pub is_rare: bool,
}

/// A range and its bounds.
#[derive(Clone, Debug)]
pub struct ShownRange {
    /// Its title.
    pub title: &'static str,
    /// The parameter of its beginning, and the value.
    pub first: (String, String),
    /// The parameter of its end, and the value.
    pub last: (String, String),
    /// The kind of input: `date`, `datetime-local` or `text`.
    pub input: &'static str,
    /// Whether it is folded away while no rare one is used.
    pub is_rare: bool,
}

impl ShownRange {
    /// Returns whether it has a bound.
    #[must_use]
    pub fn is_used(&self) -> bool {
        !self.first.1.is_empty() || !self.last.1.is_empty()
    }

    /// Returns whether its bounds are dates.
    #[must_use]
    pub fn is_of_dates(&self) -> bool {
        self.input != "text"
    }
}

/// Returns the address `to` as the page at `from`, a folder, can write it: from the folder that both are in.
#[must_use]
pub fn relative(from: &str, to: &str) -> String {
    let same = from.bytes().zip(to.bytes()).take_while(|(one, other)| one == other);
    let folder = from.get(..same.count()).and_then(|same| same.rfind('/'));
    let (up, down) = match folder {
        Some(slash) => (from[slash + 1..].matches('/').count(), &to[slash + 1..]),
        None => (0, to),
    };
    "../".repeat(up) + down
}

/// Links that differ in the key of an object alone.
#[derive(Clone, Debug)]
pub struct KeyedLinks {
    before: String,
    after: String,
}

impl KeyedLinks {
    /// Returns the links that the page at `from` writes; `to` is the address of one, with [`ObjectKey::PLACEHOLDER`] as its key.
    #[must_use]
    pub fn new(from: &str, to: &str) -> Self {
        let link = relative(from, to);
        let (before, after) = link.split_once(ObjectKey::PLACEHOLDER).unwrap_or((&link, ""));
        Self {
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }

    /// Returns the link to the object of a key.
    #[must_use]
    pub fn to(&self, id: i64) -> String {
        format!("{}{id}{}", self.before, self.after)
    }
}

/// Returns the heads of a list.
#[must_use]
pub fn heads<'a>(columns: impl Iterator<Item = &'a ListColumn>, listing: &Listing, query: &Query) -> Vec<ColumnHead> {
    columns
        .map(|column| head(column, &listing.wanted.sort, query))
        .collect()
}

fn head(column: &ListColumn, sort: &[Sort], query: &Query) -> ColumnHead {
    let place = sort.iter().position(|sort| sort.key == column.key);
    let descending = place.is_some_and(|place| sort[place].descending);
    let others = || sort.iter().copied().filter(|sort| sort.key != column.key);
    let link = |order: Vec<Sort>| {
        let text: Vec<String> = order
            .iter()
            .map(|sort| format!("{}{}", if sort.descending { "-" } else { "" }, sort.key))
            .collect();
        query.without(&["p", "o"]).with("o", &text.join(".")).link()
    };
    let first = Sort {
        key: column.key,
        descending: place.is_some() && !descending,
    };
    let turned = sort.iter().map(|sort| Sort {
        key: sort.key,
        descending: sort.descending != (sort.key == column.key),
    });
    // The order that the list has by itself cannot be taken away.
    let is_asked_for = query.get("o").is_some() || sort.len() > 1;
    ColumnHead {
        key: column.key,
        label: column.label,
        class: match (column.sorts, place) {
            (false, _) => String::new(),
            (true, None) => "sortable".to_owned(),
            (true, Some(_)) => format!(
                "sortable sorted {}",
                if descending { "descending" } else { "ascending" }
            ),
        },
        aria: match place {
            None => "",
            Some(_) if descending => "descending",
            Some(_) => "ascending",
        },
        sort: column
            .sorts
            .then(|| link(std::iter::once(first).chain(others()).collect())),
        remove: place.filter(|_| is_asked_for).map(|_| {
            if sort.len() == 1 {
                query.without(&["p", "o"]).link()
            } else {
                link(others().collect())
            }
        }),
        toggle: place.map(|_| link(turned.collect())),
        priority: place.filter(|_| sort.len() > 1).map(|place| place + 1),
    }
}

/// Returns a filter's panel. The link of an offer narrows by it alone, and takes it away when it stands alone; several are ticked.
#[must_use]
pub fn panel(filter: &Filter, choices: &[(String, String)], listing: &Listing, query: &Query) -> Panel {
    let chosen: &[String] = listing.wanted.filter(filter.key).unwrap_or(&[]);
    let base = query.without(&["p"]);
    let mut offers = vec![Offer {
        value: None,
        label: "All".to_owned(),
        link: base.without(&[filter.key]).link(),
        selected: chosen.is_empty(),
        count: None,
    }];
    for (value, label) in choices {
        let selected = chosen.contains(value);
        let link = if selected && chosen.len() == 1 {
            base.without(&[filter.key])
        } else {
            base.set(filter.key, value)
        };
        offers.push(Offer {
            value: Some(value.clone()),
            label: label.clone(),
            link: link.link(),
            selected,
            count: None,
        });
    }
    Panel {
        title: filter.title.to_owned(),
        key: filter.key.to_owned(),
        offers,
        find: None,
        more: String::new(),
        inputs: Vec::new(),
        is_rare: filter.rare,
    }
}

/// Returns the pages to offer around `page` of `last`: three on each side, two at both ends, nothing where more than one is left out.
#[must_use]
pub fn pages(page: i64, last: i64) -> Vec<Option<i64>> {
    let is_near = |number: i64| last <= 10 || number <= 2 || number > last - 2 || (number - page).abs() <= 3;
    let mut shown = Vec::new();
    let mut before = 0;
    for number in (1..=last).filter(|number| is_near(*number)) {
        match number - before {
            1 => {}
            2 => shown.push(Some(number - 1)),
            _ => shown.push(None),
        }
        shown.push(Some(number));
        before = number;
    }
    shown
}

/// Returns words and links of the pages to offer: the current one has no link, a gap no words; nothing if there is one page alone.
#[must_use]
pub fn page_links(page: i64, last: i64, query: &Query) -> Vec<(String, Option<String>)> {
    if last == 1 {
        return Vec::new();
    }
    let link = |number: i64| {
        (
            number.to_string(),
            (number != page).then(|| query.set("p", &number.to_string()).link()),
        )
    };
    pages(page, last)
        .into_iter()
        .map(|number| number.map_or((String::new(), None), link))
        .collect()
}
