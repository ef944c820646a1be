//! The page of the timeline.

use askama::Template;

use super::asked::{NAME, Scale, TimelineQuery};
use super::row_hours::{RowHours, SPANS_MAX, ShownHours};
use super::rows::{PAGE_SIZE, RowGroup, RowPage};
use super::spoken::{LINES_MAX, SpokenCut, SpokenSpan, spoken, spoken_cuts, weeks};
use crate::admin::added_page::chips;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame};
use crate::admin::links;
use crate::admin::listing::Listing;
use crate::admin::parameters::with_own_names;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::drawing::axis::{Axis, ClockMark};
use crate::apps::sla::drawing::bars::Bars;
use crate::apps::sla::hours::words;
use crate::apps::sla::label::grouping::GroupNames;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{COMPONENT, READ, WINDOW, report};
use crate::auth::Action;
use crate::calculus::span::Span;
use crate::db::limit;
use crate::text::{capitalised, thousands};
use crate::zones::Zone;

/// The timeline.
#[derive(Template)]
#[template(path = "sla/timeline.html", whitespace = "minimize")]
pub(super) struct TimelineDrawing {
    frame: PageFrame,
    /// The range in words.
    range_title: String,
    range: Span,
    axis: Axis,
    rows: Vec<TimelineRow>,
    /// `component` or `window`.
    object: &'static str,
    plural: &'static str,
    is_of_windows: bool,
    /// Links to the time before, today, and the time after.
    before: Option<String>,
    today: String,
    after: Option<String>,
    /// Words, link, and whether it is the scale that is shown.
    scales: Vec<(&'static str, String, bool)>,
    /// What is chosen in the form: parameter and value of what it keeps.
    kept: Vec<(String, String)>,
    groups: GroupNames,
    at: String,
    zone: String,
    search: String,
    /// Whether it is of one component, among which nothing is searched.
    is_of_one: bool,
    /// The same rows as components or as windows: words, link, whether it is shown.
    kinds: Vec<(&'static str, String, bool)>,
    list_url: String,
    /// What was attained in the same time, for users with the permission to view components.
    report_url: Option<String>,
    csv_url: String,
    json_url: String,
    /// The same at the next smaller scale; none of a day.
    smaller: Option<String>,
    pages: Vec<(String, Option<String>)>,
    /// The page behind, on which a group goes on.
    next_page: String,
    total: String,
    /// Which of all rows stand on the page.
    on_paper: String,
    /// Active filters: words, and the link that removes each.
    chips: Vec<(String, String)>,
    /// Why there are no rows: whether some are hidden by filters, what the objects are for, and where to add one.
    is_narrowed: bool,
    purpose: &'static str,
    add_url: Option<String>,
    /// Whether a part of the range is past: it is drawn by the rules of now.
    has_past: bool,
    /// What is said below the picture: changes of the clock.
    notes: Vec<String>,
}

/// A row.
struct TimelineRow {
    group: Option<RowGroup>,
    /// What is promised in the whole group that begins with the row; empty if some of it is on another page.
    group_sum: String,
    /// The group to which it belongs.
    of_group: String,
    id: i64,
    name: String,
    url: String,
    /// The explanation in the zone of the page, to which an instant is added; empty if the object has none.
    explain_url: String,
    /// The same as a short link, of which a page has many; empty where a line is of several weeks.
    explain_link: String,
    /// `inside` or `outside`; empty if neither is known.
    state: &'static str,
    note: String,
    bars: Bars,
    promised: String,
    seconds: i64,
    lines: Vec<SpokenSpan>,
    /// What cuts it, and when.
    cuts: Vec<SpokenCut>,
    /// What there is no line for; empty if each has one.
    more: String,
}

/// Formats the page.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    (asked, listing): (&TimelineQuery, &Listing),
    range: Span,
    rows: &RowPage,
    found: &[RowHours],
) -> Result<TimelineDrawing, ViewError> {
    let now = context.now.and_utc().timestamp();
    let query = context.query.without(&["format"]);
    let axis = Axis::new(range, asked.zone, now);
    let to = |date: chrono::NaiveDate| query.set("at", &date.to_string()).link();
    let (before, after) = asked.neighbours();
    let groups = match asked.of == WINDOW {
        true => GroupNames::default(),
        false => GroupNames::read(context, &query, asked.group.as_ref())?,
    };
    let mut chips = chips(context, entry, listing, &query)?;
    let component = asked.component.as_ref();
    chips.extend(component.map(|name| (format!("Component: {name}"), query.without(&["component"]).link())));
    let frame = context.frame("Timeline", way(), "app-sla timeline").in_zone(asked.zone);
    Ok(TimelineDrawing {
        range_title: asked.title(),
        range,
        rows: drawn_rows(context, entry, asked, range, &rows.rows, found)?,
        smaller: asked
            .scale
            .smaller()
            .map(|scale| query.set("scale", scale.as_str()).link()),
        object: entry.spec.singular,
        plural: entry.spec.plural,
        is_of_windows: asked.of == WINDOW,
        before: before.map(to),
        today: query.without(&["at"]).link(),
        after: after.map(to),
        scales: scales(&query, asked),
        kept: kept(&query),
        groups,
        at: asked.at.to_string(),
        zone: asked.zone.name().to_owned(),
        search: asked.of_list.get("q").unwrap_or_default().to_owned(),
        is_of_one: asked.component.is_some(),
        kinds: kinds(context, asked),
        list_url: list_url(entry, asked),
        report_url: report_url(context, asked),
        csv_url: query.set("format", "csv").link(),
        json_url: query.set("format", "json").link(),
        pages: links::page_links(rows.page, rows.last, &query),
        next_page: query.set("p", &(rows.page + 1).to_string()).link(),
        total: entry.amount(rows.count),
        on_paper: on_paper(rows, entry),
        chips,
        is_narrowed: asked.is_narrowed(),
        purpose: entry.spec.purpose,
        add_url: entry
            .may(&context.account, Action::Add)
            .then(|| entry.address(ModelPage::Add).into()),
        notes: notes(&axis, asked.zone, now),
        has_past: range.start < now,
        axis,
        frame,
    })
}

/// Returns links to all scales.
fn scales(query: &Query, asked: &TimelineQuery) -> Vec<(&'static str, String, bool)> {
    let link = |scale: Scale| {
        (
            scale.title(),
            query.set("scale", scale.as_str()).link(),
            scale == asked.scale,
        )
    };
    Scale::ALL.into_iter().map(link).collect()
}

/// Says when the clock is changed, and of the past that it was.
fn notes(axis: &Axis, zone: Zone, now: i64) -> Vec<String> {
    let note = |mark: &ClockMark| {
        let is_past = mark.change.at <= now;
        let words = words::clock_change_in_tense(&mark.change, zone, is_past);
        format!("{}.", capitalised(&words))
    };
    axis.changes.iter().map(note).collect()
}

/// Returns which of all rows are on the page: `Rows 51 to 57 of 57 components`.
fn on_paper(rows: &RowPage, entry: &SiteEntry) -> String {
    let first = (rows.page - 1) * PAGE_SIZE + 1;
    let last = (rows.page * PAGE_SIZE).min(rows.count);
    format!(
        "Rows {} to {} of {}",
        thousands(first),
        thousands(last),
        entry.amount(rows.count)
    )
}

/// Returns the report of the period and of the components of the page, for users with the permission to view them.
fn report_url(context: &Context<'_>, asked: &TimelineQuery) -> Option<String> {
    let period = match asked.scale {
        Scale::Day => "day",
        Scale::Week | Scale::TwoWeeks => "week",
        Scale::Month => "month",
        Scale::Quarter => "quarter",
    };
    let query = asked
        .of_list
        .set("period", period)
        .with("at", &asked.at.to_string())
        .with("zone", asked.zone.name());
    let of = [("component", &asked.component), ("group", &asked.group)].into_iter();
    let query = of
        .filter_map(|(name, value)| Some((name, value.as_ref()?)))
        .fold(query, |query, (name, value)| query.with(name, value));
    let may = asked.of == COMPONENT && context.account.may(COMPONENT.permission(Action::View));
    may.then(|| format!("{}{}", Address::AppPage(COMPONENT.app, report::NAME), query.link()))
}

fn way() -> Vec<(String, Option<String>)> {
    vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Timeline".to_owned(), None),
    ]
}

/// Returns the list of the objects of the page; of one component, those that its name finds.
fn list_url(entry: &SiteEntry, asked: &TimelineQuery) -> String {
    let query = with_own_names(&entry.spec, &asked.of_list);
    let query = match &asked.component {
        Some(name) => query.set("q", name),
        None => query,
    };
    let query = if query.is_empty() { String::new() } else { query.link() };
    format!("{}{query}", entry.url())
}

/// Returns what the form of the page has no fields for.
fn kept(query: &Query) -> Vec<(String, String)> {
    let kept = query.without(&["at", "zone", "group", "q", "p"]);
    let kept = kept.pairs().map(|(name, value)| (name.to_owned(), value.to_owned()));
    kept.collect()
}

/// Returns links to the same time of components and of windows, as far as the user may view them.
fn kinds(context: &Context<'_>, asked: &TimelineQuery) -> Vec<(&'static str, String, bool)> {
    let times = Query::default()
        .with("scale", asked.scale.as_str())
        .with("at", &asked.at.to_string())
        .with("zone", asked.zone.name());
    let kinds = [
        ("Components", "components", COMPONENT),
        ("SLA windows", "windows", WINDOW),
    ];
    let viewed = kinds
        .into_iter()
        .filter(|(_, _, model)| context.account.may(model.permission(Action::View)));
    viewed
        .map(|(words, of, model)| (words, times.clone().with("of", of).link(), model == asked.of))
        .collect()
}

fn drawn_rows(
    context: &Context<'_>,
    entry: &SiteEntry,
    asked: &TimelineQuery,
    range: Span,
    rows: &[(i64, Option<RowGroup>)],
    found: &[RowHours],
) -> Result<Vec<TimelineRow>, ViewError> {
    let names = VisibleNames::of(&context.account);
    let explain_query = Query::default().with("zone", asked.zone.name()).link();
    let in_sums = asked.scale == Scale::Quarter;
    let mut drawn: Vec<TimelineRow> = Vec::with_capacity(found.len());
    let mut of_group = String::new();
    let here = String::from(Address::AppPage(WINDOW.app, NAME));
    for (id, group) in rows.iter().cloned() {
        limit::check()?;
        let Some(row) = found.iter().find(|row| row.id == id) else {
            continue;
        };
        let shown = &row.hours;
        let visible = names.in_hours(&shown.hours);
        let lines = match (shown.is_merged, in_sums) {
            (true, _) => Vec::new(),
            (false, true) => weeks(&visible.spans, asked.zone, asked.scale.dates(asked.at)),
            (false, false) => spoken(&visible.spans, asked.zone),
        };
        if let Some(group) = &group {
            of_group.clone_from(&group.title);
        }
        let explanation = entry.explanation_url(id);
        let explain_url = explanation.map_or_else(String::new, |url| format!("{url}{explain_query}"));
        drawn.push(TimelineRow {
            group_sum: String::new(),
            of_group: of_group.clone(),
            group,
            id,
            name: row.name.clone(),
            url: entry.address(ModelPage::Added(id.into(), READ)).into(),
            explain_link: match in_sums {
                true => String::new(),
                false => links::relative(&here, &explain_url),
            },
            explain_url,
            state: match row.is_inside {
                Some(true) => "inside",
                Some(false) => "outside",
                None => "",
            },
            note: row.note.clone(),
            cuts: spoken_cuts(&visible.cuts, asked.zone, in_sums),
            bars: Bars::of(&visible, range),
            promised: words::length(shown.promised),
            seconds: shown.promised,
            lines,
            more: more(shown, in_sums),
        });
    }
    sum_up(&mut drawn);
    Ok(drawn)
}

/// Says how much of a row there is no line for.
fn more(shown: &ShownHours, in_sums: bool) -> String {
    if shown.is_merged {
        let and_cuts = if shown.count > SPANS_MAX {
            ""
        } else {
            "with what is cut "
        };
        return format!("{} spans, {and_cuts}too many to be listed", shown.count);
    }
    let unlisted = |count: usize, words: &str| {
        let count = count.saturating_sub(LINES_MAX);
        (count > 0 && !in_sums).then(|| format!("{count} more {words}"))
    };
    let spans = unlisted(shown.hours.spans.len(), "spans");
    let cuts = unlisted(shown.hours.cuts.len(), "cuts");
    let more: Vec<String> = spans.into_iter().chain(cuts).collect();
    more.join(" and ")
}

/// Says what is promised in each group whose rows are all here.
fn sum_up(rows: &mut [TimelineRow]) {
    for rows in rows.chunk_by_mut(|_, next| next.group.is_none()) {
        let sum = rows.iter().map(|row| row.seconds).sum();
        let count = rows.len();
        if let Some(first) = rows.first_mut()
            && first.group.as_ref().is_some_and(|group| group.count == count)
        {
            first.group_sum = words::length(sum);
        }
    }
}

impl TimelineDrawing {
    /// Returns the address of the page.
    fn url(&self) -> String {
        self.frame.url(Address::AppPage(WINDOW.app, NAME))
    }
}
