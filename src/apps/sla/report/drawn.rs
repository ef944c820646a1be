//! The page of the report.

use askama::Template;

use super::asked::{AskedReport, NAME, ReportOrder, kinds};
use super::closed_drawn::DrawnClosings;
use super::computed::{Report, ReportGroup, ReportRow, group_key};
use super::figures::Figures;
use super::figures_drawn::{COLUMNS, DrawnFigures, FigureColumn};
use super::period::title;
use super::totals_drawn::DrawnTotals;
use crate::admin::added_page::chips;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame};
use crate::admin::links;
use crate::admin::listing::{Listing, last_page};
use crate::admin::parameters::with_own_names;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::label::grouping::GroupNames;
use crate::apps::sla::promised_then::promised::Definitions;
use crate::apps::sla::{COMPONENT, READ};
use crate::calculus::attainment::attained::PromiseVerdict;
use crate::calculus::period::{Period, PeriodKind};
use crate::calculus::span::Span;

/// What the form of the page has fields for, and the page of rows, which it begins anew.
const FIELDS: [&str; 7] = ["at", "zone", "group", "match", "q", "p", "verdict"];

/// Rows of a page.
const PAGE_SIZE: i64 = 100;

/// What a page shows.
pub(super) struct Shown<'a> {
    pub(super) report: &'a Report,
    pub(super) listing: &'a Listing,
    /// The line above the table.
    pub(super) totals: DrawnTotals,
    pub(super) rows: &'a [&'a ReportRow],
    pub(super) groups: Option<&'a [ReportGroup]>,
    pub(super) total: &'a ReportGroup,
    pub(super) closed: DrawnClosings,
}

/// The report.
#[derive(Template)]
#[template(path = "sla/report.html", whitespace = "minimize")]
pub(super) struct ReportDrawing {
    frame: PageFrame,
    range_title: String,
    span: Span,
    before: Option<String>,
    now_url: String,
    after: Option<String>,
    /// Words, link, and whether it is the kind that is shown.
    kinds: Vec<(&'static str, String, bool)>,
    kept: Vec<(String, String)>,
    groups: GroupNames,
    at: String,
    zone: String,
    search: String,
    selector: String,
    /// What narrows the report: words, and the link that removes each.
    chips: Vec<(String, String)>,
    definitions: &'static str,
    /// The verdicts to choose from: values, words, and whether each is chosen.
    verdicts: Vec<(&'static str, &'static str, bool)>,
    heads: Vec<ReportHead>,
    totals: DrawnTotals,
    sections: Vec<DrawnSection>,
    total: DrawnLine,
    csv_url: String,
    json_url: String,
    /// The list of the same components; nothing for those of a selector, by which no list is narrowed.
    list_url: Option<String>,
    pages: Vec<(String, Option<String>)>,
    /// The page behind, on which a group goes on.
    next_page: String,
    amount: String,
    notes: Vec<String>,
    closed: DrawnClosings,
}

/// The head of a column.
struct ReportHead {
    label: &'static str,
    key: &'static str,
    link: Option<String>,
    aria: &'static str,
}

/// Components, and the group whose members they are; without groups all components.
struct DrawnSection {
    group: Option<DrawnLine>,
    /// Whether some of them are on a page before.
    is_continued: bool,
    /// Whether some of them are on a page behind.
    goes_on: bool,
    rows: Vec<DrawnLine>,
}

/// A component or a group.
struct DrawnLine {
    name: String,
    /// Empty for what has no page.
    url: String,
    figures: DrawnFigures,
    note: String,
    /// The member that gives the verdict of several components, if anything of them was measured.
    worst: Option<WorstMember>,
}

/// The member that gives the verdict of a group. Its name may be written from right to left, and stands alone.
struct WorstMember {
    name: String,
    /// What its budget has to do with it: `−10 min left`.
    because: String,
}

/// Formats the page.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    asked: &AskedReport,
    shown: Shown<'_>,
) -> Result<ReportDrawing, ViewError> {
    let query = context.query.without(&["format"]);
    let count = i64::try_from(shown.rows.len()).unwrap_or(i64::MAX);
    let last = last_page(count, PAGE_SIZE);
    let page = asked.page.clamp(1, last);
    let first = usize::try_from((page - 1) * PAGE_SIZE).unwrap_or(0);
    let size = usize::try_from(PAGE_SIZE).unwrap_or(0);
    let period = asked.query.period;
    let to = |period: Option<Period>| {
        period.map(|period| query.without(&["p"]).set("at", &period.first().to_string()).link())
    };
    let chips = narrowed_by(context, entry, asked, (shown.listing, &shown.totals))?;
    let frame = context
        .frame("Report", way(), "app-sla report")
        .in_zone(asked.query.zone);
    Ok(ReportDrawing {
        range_title: title(&period),
        span: shown.report.span,
        before: to(period.previous()),
        now_url: query.without(&["at", "p"]).link(),
        after: to(period.next()),
        kinds: kind_links(&query, period.kind()),
        kept: kept(&query, &FIELDS),
        groups: GroupNames::read(context, &query, asked.group.as_ref())?,
        at: period.first().to_string(),
        zone: asked.query.zone.name().to_owned(),
        search: asked.of_list.get("q").unwrap_or_default().to_owned(),
        selector: selectors(asked),
        chips,
        definitions: match asked.query.definitions {
            Definitions::Then => "Promised as defined at each instant",
            Definitions::Now => "Promised as defined now",
        },
        verdicts: verdicts(asked, &shown.totals),
        heads: heads(&query, asked),
        sections: sections(&query, asked, &shown, (first, size)),
        total: line_of_all(shown.total),
        csv_url: query.set("format", "csv").link(),
        json_url: query.set("format", "json").link(),
        list_url: list_url(entry, asked),
        pages: links::page_links(page, last, &query),
        next_page: query.set("p", &(page + 1).to_string()).link(),
        amount: entry.amount(count),
        notes: shown.report.notes.clone(),
        totals: shown.totals,
        closed: shown.closed,
        frame,
    })
}

/// Returns the selectors of the report as one text.
fn selectors(asked: &AskedReport) -> String {
    let selectors: Vec<String> = asked.matches.iter().map(ToString::to_string).collect();
    selectors.join(" or ")
}

/// Returns a chip for each thing that narrows the report: on paper nothing else says it.
fn narrowed_by(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    asked: &AskedReport,
    (listing, totals): (&Listing, &DrawnTotals),
) -> Result<Vec<(String, String)>, ViewError> {
    let query = context.query.without(&["format", "p"]);
    let own = [
        ("Components", "match", Some(selectors(asked))),
        ("Search", "q", asked.of_list.get("q").map(str::to_owned)),
        (
            "Verdict",
            "verdict",
            asked.verdict.map(|verdict| totals.called(verdict).to_owned()),
        ),
    ];
    let own = own.into_iter().filter_map(|(words, name, value)| {
        let value = value.filter(|value| !value.trim().is_empty())?;
        Some((format!("{words}: {value}"), query.without(&[name]).link()))
    });
    let own: Vec<(String, String)> = own.collect();
    let of_list = chips(context, entry, listing, &query)?;
    Ok(own.into_iter().chain(of_list).collect())
}

/// Returns the list with the search and the filters of the report.
fn list_url(entry: &SiteEntry, asked: &AskedReport) -> Option<String> {
    let query = with_own_names(&entry.spec, &asked.of_list);
    let query = if query.is_empty() { String::new() } else { query.link() };
    asked.matches.is_empty().then(|| format!("{}{query}", entry.url()))
}

/// Returns words and link of each kind of period, and whether it is the one that is shown.
fn kind_links(query: &Query, shown: PeriodKind) -> Vec<(&'static str, String, bool)> {
    let query = query.without(&["p"]);
    kinds()
        .map(|(kind, name, words)| (words, query.set("period", name).link(), kind == shown))
        .collect()
}

/// Returns the verdicts to choose from: values, words, and whether each is chosen.
fn verdicts(asked: &AskedReport, totals: &DrawnTotals) -> Vec<(&'static str, &'static str, bool)> {
    let verdicts: [PromiseVerdict; PromiseVerdict::ALL.len()] = [
        PromiseVerdict::Missed,
        PromiseVerdict::AtRisk,
        PromiseVerdict::NotProven,
        PromiseVerdict::Met,
        PromiseVerdict::NotMeasured,
        PromiseVerdict::NoObjective,
        PromiseVerdict::NoService,
    ];
    let is_chosen = |verdict| asked.verdict == Some(verdict);
    let choice = |verdict: PromiseVerdict| (verdict.as_str(), totals.called(verdict), is_chosen(verdict));
    verdicts.map(choice).to_vec()
}

/// Returns where the page is.
pub(super) fn way() -> Vec<(String, Option<String>)> {
    vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Report".to_owned(), None),
    ]
}

/// Returns what the form of a page has no fields for.
pub(super) fn kept(query: &Query, fields: &[&str]) -> Vec<(String, String)> {
    query
        .without(fields)
        .pairs()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn heads(query: &Query, asked: &AskedReport) -> Vec<ReportHead> {
    let head = |FigureColumn { label, key, order }: &FigureColumn| {
        let is_sorted = *order == Some(asked.order) && query.get("sort").is_some();
        let turned = if is_sorted && !asked.is_descending { "-" } else { "" };
        let link = |order: ReportOrder| {
            query
                .without(&["p"])
                .set("sort", &format!("{turned}{}", order.as_str()))
                .link()
        };
        ReportHead {
            label,
            key,
            link: order.map(link),
            aria: match (is_sorted, asked.is_descending) {
                (false, _) => "",
                (true, false) => "ascending",
                (true, true) => "descending",
            },
        }
    };
    COLUMNS.iter().map(head).collect()
}

/// Returns by what rows are put below the groups of a label, if there is one.
fn section_key<'a>(row: &'a ReportRow, label: Option<&str>) -> Option<(bool, &'a str)> {
    label.map(|label| group_key(row, label))
}

/// Returns the rows of a page, from the row `first` on, each below its group. A group that began on a page before is named again.
fn sections(query: &Query, asked: &AskedReport, shown: &Shown<'_>, (first, size): (usize, usize)) -> Vec<DrawnSection> {
    let mut rows = shown.rows.to_vec();
    let label = asked.group.as_deref();
    rows.sort_by(|one, other| section_key(one, label).cmp(&section_key(other, label)));
    let (before, rows) = rows.split_at(first.min(rows.len()));
    let (rows, behind) = rows.split_at(size.min(rows.len()));
    let is_of = |row: Option<&&ReportRow>, rows: &[&ReportRow]| {
        let keys = row.zip(rows.first());
        keys.is_some_and(|(row, first)| section_key(row, label) == section_key(first, label))
    };
    let section = |rows: &[&ReportRow]| {
        let value = rows.first().zip(label).map(|(row, label)| row.labels.get(label));
        let mut groups = shown.groups.unwrap_or_default().iter();
        let group = value.and_then(|value| groups.find(|group| group.value.as_ref() == value));
        DrawnSection {
            group: group.map(|group| group_line(asked, group)),
            is_continued: is_of(before.last(), rows),
            goes_on: is_of(behind.first(), rows),
            rows: rows.iter().map(|row| line(query, row)).collect(),
        }
    };
    rows.chunk_by(|one, other| section_key(one, label) == section_key(other, label))
        .map(section)
        .collect()
}

fn line(query: &Query, row: &ReportRow) -> DrawnLine {
    let url = match row.is_there {
        true => query.set("component", &row.name).link(),
        false => String::new(),
    };
    DrawnLine {
        name: row.name.clone(),
        url,
        figures: DrawnFigures::new(Figures::of_row(row)),
        note: row.gaps().join("; "),
        worst: None,
    }
}

fn group_line(asked: &AskedReport, group: &ReportGroup) -> DrawnLine {
    let label = asked.group.as_deref().unwrap_or_default();
    summed_line(
        match &group.value {
            Some(value) => format!("{label}={value}"),
            None => format!("no label {label}"),
        },
        group,
    )
}

/// Returns the line of components together, with the one that gives the verdict.
fn summed_line(name: String, group: &ReportGroup) -> DrawnLine {
    // Where nothing was measured, no member is worse than another.
    let has_worst = group.total.members > 1 && group.total.attained().is_some();
    let mut figures = DrawnFigures::new(Figures::of_group(group));
    // The verdict is called as in the row of the member that gives it.
    if let Some(worst) = &group.worst {
        let worst = DrawnFigures::new(Figures::of_row(worst));
        (figures.verdict_shown, figures.class) = (worst.verdict_shown, worst.class);
    }
    let worst = group.worst.as_deref().filter(|_| has_worst);
    DrawnLine {
        name,
        url: String::new(),
        figures,
        note: String::new(),
        worst: worst.map(worst_member),
    }
}

/// Returns the line of all components, without a bar: what one has left is of no use to another.
fn line_of_all(total: &ReportGroup) -> DrawnLine {
    let mut line = summed_line("All".to_owned(), total);
    line.figures.left_percent = None;
    line
}

fn worst_member(worst: &ReportRow) -> WorstMember {
    let figures = DrawnFigures::new(Figures::of_row(worst));
    let because = match worst.attainment.verdict() {
        PromiseVerdict::Met | PromiseVerdict::AtRisk | PromiseVerdict::Missed => format!("{} left", figures.left),
        PromiseVerdict::NoObjective => figures.attained,
        PromiseVerdict::NoService | PromiseVerdict::NotMeasured | PromiseVerdict::NotProven => {
            figures.verdict_shown.to_owned()
        }
    };
    WorstMember {
        name: worst.name.clone(),
        because,
    }
}

/// Returns the page to read of a component.
pub(super) fn read_url(entry: &SiteEntry, id: i64) -> String {
    entry.address(ModelPage::Added(id.into(), READ)).into()
}

impl ReportDrawing {
    /// Returns the address of the page.
    fn url(&self) -> String {
        self.frame.url(Address::AppPage(COMPONENT.app, NAME))
    }
}
