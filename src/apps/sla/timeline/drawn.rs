//! The page of the timeline.

use askama::Template;

use super::asked::{NAME, Scale, TimelineQuery};
use super::row_hours::RowHours;
use super::rows::{RowGroup, RowPage};
use super::spoken::{SpokenSpan, spoken, spoken_cuts};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame};
use crate::admin::links;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::drawing::axis::Axis;
use crate::apps::sla::drawing::bars::Bars;
use crate::apps::sla::hours::words;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{COMPONENT, LABEL, READ, WINDOW, label};
use crate::auth::Action;
use crate::calculus::span::Span;

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
    /// Links to the time before, today, and the time after.
    before: Option<String>,
    today: String,
    after: Option<String>,
    /// Words, link, and whether it is the scale that is shown.
    scales: Vec<(&'static str, String, bool)>,
    /// What is chosen in the form: parameter and value of what it keeps.
    kept: Vec<(String, String)>,
    /// The names of labels to group by: name and whether it is chosen.
    groups: Vec<(String, bool)>,
    at: String,
    zone: String,
    search: String,
    /// The same rows as components or as windows: words, link, whether it is shown.
    kinds: Vec<(&'static str, String, bool)>,
    list_url: String,
    csv_url: String,
    json_url: String,
    pages: Vec<(String, Option<String>)>,
    total: String,
    /// What is said below the picture: changes of the clock.
    notes: Vec<String>,
}

/// A row.
struct TimelineRow {
    group: Option<RowGroup>,
    id: i64,
    name: String,
    url: String,
    /// The explanation, to which an instant is added; empty if the object has none.
    explain_url: String,
    /// `inside` or `outside`; empty if neither is known.
    state: &'static str,
    note: String,
    bars: Bars,
    promised: String,
    lines: Vec<SpokenSpan>,
    /// What cuts it, and when.
    cuts: Vec<(String, String)>,
}

/// Formats the page.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    asked: &TimelineQuery,
    range: Span,
    rows: RowPage,
    found: &[RowHours],
) -> Result<TimelineDrawing, ViewError> {
    let now = context.now.and_utc().timestamp();
    let query = context.query.without(&["format"]);
    let axis = Axis::new(range, asked.zone, now);
    let to = |date: chrono::NaiveDate| query.set("at", &date.to_string()).link();
    let (before, after) = asked.neighbours();
    let notes = axis.changes.iter().map(|change| {
        let at = asked.zone.at(change.at);
        format!(
            "The clock of {} is changed by {} on {}.",
            asked.zone,
            change.words,
            at.time.format("%a %-d %b %Y, %H:%M")
        )
    });
    let groups = match asked.of == WINDOW || !context.account.may(LABEL.permission(Action::View)) {
        true => Vec::new(),
        false => label::store::names(context.conn)?,
    };
    let chosen = |name: &String| asked.group.as_ref() == Some(name);
    let frame = context.frame("Timeline", way(), "app-sla timeline");
    Ok(TimelineDrawing {
        range_title: asked.title(),
        range,
        rows: drawn_rows(context, entry, asked, range, rows.rows, found),
        object: entry.spec.singular,
        before: before.map(to),
        today: query.without(&["at"]).link(),
        after: after.map(to),
        scales: Scale::ALL
            .iter()
            .map(|scale| {
                (
                    scale.title(),
                    query.set("scale", scale.as_str()).link(),
                    *scale == asked.scale,
                )
            })
            .collect(),
        kept: kept(&query),
        groups: groups.into_iter().map(|name| (name.clone(), chosen(&name))).collect(),
        at: asked.at.to_string(),
        zone: asked.zone.name().to_owned(),
        search: asked.of_list.get("q").unwrap_or_default().to_owned(),
        kinds: kinds(context, asked),
        list_url: format!("{}{}", entry.url(), linked(&asked.of_list)),
        csv_url: query.set("format", "csv").link(),
        json_url: query.set("format", "json").link(),
        pages: links::page_links(rows.page, rows.last, &query),
        total: entry.amount(rows.count),
        notes: notes.collect(),
        axis,
        frame,
    })
}

fn way() -> Vec<(String, Option<String>)> {
    vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Timeline".to_owned(), None),
    ]
}

fn linked(query: &Query) -> String {
    match query.is_empty() {
        true => String::new(),
        false => query.link(),
    }
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
    rows: Vec<(i64, Option<RowGroup>)>,
    found: &[RowHours],
) -> Vec<TimelineRow> {
    let names = VisibleNames::of(&context.account);
    let mut drawn = Vec::with_capacity(found.len());
    for (id, group) in rows {
        let Some(row) = found.iter().find(|row| row.id == id) else {
            continue;
        };
        let visible = names.in_hours(&row.hours);
        let promised = row.hours.spans.iter().map(Span::seconds).sum();
        drawn.push(TimelineRow {
            group,
            id,
            name: row.name.clone(),
            url: entry.address(ModelPage::Added(id.into(), READ)).into(),
            explain_url: entry.explanation_url(id).unwrap_or_default(),
            state: match row.is_inside {
                Some(true) => "inside",
                Some(false) => "outside",
                None => "",
            },
            note: row.note.clone(),
            cuts: spoken_cuts(&visible.cuts, asked.zone, asked.scale == Scale::Quarter),
            bars: Bars::of(&visible, range),
            promised: words::length(promised),
            lines: spoken(&row.hours.spans, asked.zone, asked.scale == Scale::Quarter),
        });
    }
    drawn
}

impl TimelineDrawing {
    /// Returns the address of the page.
    fn url(&self) -> String {
        self.frame.url(Address::AppPage(WINDOW.app, NAME))
    }
}
