//! The page of an explanation.

use askama::Template;

use super::asked::ExplainQuery;
use super::nights::{ClockNight, nights};
use super::reasons::{self, RuleReason, WindowReason};
use super::scraped::Scraped;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame, capitalised};
use crate::admin::dates;
use crate::admin::query::Query;
use crate::admin::site::SiteEntry;
use crate::apps::sla::component::state::ComponentState;
use crate::apps::sla::drawing::picture::Picture;
use crate::apps::sla::hours::explanation::{ExplainedState, Explanation};
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::metric_lines::MetricLines;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{EXPLAIN, READ};
use crate::calculus::civil::format_time;
use crate::calculus::coverage::CoverageValues;
use crate::metrics::format::render::Layout;
use crate::zones::Zone;

/// What the page says.
pub(super) struct Explained<'a> {
    pub(super) id: i64,
    pub(super) state: &'a ComponentState,
    pub(super) hours: &'a StoredHours,
    pub(super) explanation: &'a Explanation,
    pub(super) names: VisibleNames,
    pub(super) layout: Layout,
    pub(super) picture: Option<Picture>,
    /// The last transition before the instant.
    pub(super) before: Option<i64>,
    pub(super) scraped: Scraped,
}

/// The page.
#[derive(Template)]
#[template(path = "sla/explain.html", whitespace = "minimize")]
pub(super) struct ExplainDrawing {
    frame: PageFrame,
    /// `inside`, `outside` or `unknown`.
    class: &'static str,
    answer: String,
    /// The instant in each zone: the zone, and what its clock shows.
    instants: Vec<(String, String)>,
    notes: Vec<String>,
    /// Which of two equal local times it is, and the explanation of the other.
    twin: Option<(String, String)>,
    windows: Vec<WindowReason>,
    cuts: Vec<RuleReason>,
    values: ValueTable,
    enabled: bool,
    /// The samples of a scrape; a disabled component has none.
    lines: Vec<String>,
    lines_title: &'static str,
    picture: Option<Picture>,
    picture_title: String,
    /// The explanations at the transitions before and after: words and link.
    steps: Vec<(String, String)>,
    nights: Vec<ClockNight>,
    date: String,
    time: String,
    zone: String,
    object_url: String,
}

/// The five values in several zones.
struct ValueTable {
    zones: Vec<String>,
    rows: Vec<ValueRow>,
}

/// One of the five values.
struct ValueRow {
    label: &'static str,
    /// Unix seconds, or 0 and 1.
    value: Option<i64>,
    /// What the clock of each zone shows.
    shown: Vec<String>,
}

/// Formats the page.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    explained: Explained<'_>,
    asked: &ExplainQuery,
) -> ExplainDrawing {
    let Explained {
        id,
        state,
        hours,
        explanation,
        names,
        layout,
        picture,
        before,
        scraped,
    } = explained;
    let zones = zones(asked.zone, names.windows.then(|| explanation.zone()));
    let is_past = asked.at < context.now.and_utc().timestamp();
    let (class, answer) = answer(explanation, names, is_past);
    let here = entry.address(ModelPage::Added(id.into(), EXPLAIN)).to_string();
    let link = |at: i64| {
        let query = Query::default().with("at", &at.to_string());
        format!("{here}{}", query.with("zone", asked.zone.name()).link())
    };
    let next = explanation.values.and_then(|values| values.next_transition());
    let local = asked.zone.local_at(asked.at);
    let object_url = String::from(entry.address(ModelPage::Added(id.into(), READ)));
    let title = title(&state.name, class, (explanation.enabled, is_past));
    let (mut windows, mut cuts) = (
        reasons::windows(explanation, names),
        reasons::cuts(explanation, hours, names),
    );
    reasons::say_once(&mut windows, &mut cuts);
    let lines = MetricLines::new(&names.in_component(state), layout);
    ExplainDrawing {
        class,
        answer,
        instants: zones
            .iter()
            .map(|zone| (zone.name().to_owned(), shown(asked.at, *zone)))
            .collect(),
        notes: notes(explanation, names, (asked, is_past), scraped.note),
        twin: twin(asked, link),
        windows,
        cuts,
        values: table(explanation.values, &zones),
        enabled: explanation.enabled,
        lines: lines.lines(explanation.values.filter(|_| explanation.enabled)),
        lines_title: scraped.title,
        picture,
        picture_title: dates::day_title(local.date()),
        steps: steps(before, next, link),
        nights: nights(&clocks(explanation, names, asked.zone), asked.at, &here),
        date: local.date().to_string(),
        time: format_time(local.time()),
        zone: asked.zone.name().to_owned(),
        frame: context
            .frame(&title, way(entry, &state.name, &object_url), "app-sla explain")
            .in_zone(asked.zone),
        object_url,
    }
}

/// Returns the question that the page answers: of a disabled component, why it would be in its state.
fn title(name: &str, class: &str, (enabled, is_past): (bool, bool)) -> String {
    match (class, enabled, is_past) {
        ("unknown", _, _) => format!("Why are the hours of {name} unknown?"),
        (_, true, true) => format!("Why was {name} {class}?"),
        (_, true, false) => format!("Why is {name} {class}?"),
        (_, false, true) => format!("Why would {name} have been {class}?"),
        (_, false, false) => format!("Why would {name} be {class}?"),
    }
}

/// Returns the way to the page.
fn way(entry: &SiteEntry, name: &str, url: &str) -> Vec<(String, Option<String>)> {
    vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        (capitalised(entry.spec.plural), Some(entry.url())),
        (name.to_owned(), Some(url.to_owned())),
        ("Explanation".to_owned(), None),
    ]
}

/// Returns what is said beside the answer: how the instant was read, that there are no metrics, and changes of clocks.
fn notes(
    explanation: &Explanation,
    names: VisibleNames,
    (asked, is_past): (&ExplainQuery, bool),
    scraped: String,
) -> Vec<String> {
    let mut notes = Vec::new();
    if !scraped.is_empty() {
        notes.push(scraped);
    }
    // Of two equal times it is said which one it is, however it was named.
    notes.extend(asked.note.iter().filter(|_| asked.twin.is_none()).cloned());
    if !explanation.enabled {
        notes.push("The component is disabled: it has no metrics. This is what they would say.".to_owned());
    }
    notes.extend(reasons::clock_changes(explanation, names, asked.zone, is_past));
    notes
}

/// Says which of two equal local times it is, with the explanation of the other.
fn twin(asked: &ExplainQuery, link: impl Fn(i64) -> String) -> Option<(String, String)> {
    let other = asked.twin?;
    let local = asked.zone.local_at(asked.at);
    let place = if asked.at < other { "first" } else { "second" };
    let words = format!(
        "The clock of {} shows {} twice on {}: this is the {place} time.",
        asked.zone,
        format_time(local.time()),
        local.date()
    );
    Some((words, link(other)))
}

/// Returns the zones in which instants are shown, each once: that of the page, that of the windows, UTC.
fn zones(page: Zone, windows: Option<Zone>) -> Vec<Zone> {
    let mut zones = vec![page];
    for zone in windows.into_iter().chain([Zone::utc()]) {
        if zones.iter().all(|other| other.name() != zone.name()) {
            zones.push(zone);
        }
    }
    zones
}

/// Returns the zones whose clocks the explanation is about: that of the page, and those of the windows.
fn clocks(explanation: &Explanation, names: VisibleNames, page: Zone) -> Vec<Zone> {
    let windows = explanation.windows.iter().filter(|_| names.windows);
    let mut clocks = vec![page];
    for zone in windows.map(|window| window.zone) {
        if !clocks.contains(&zone) {
            clocks.push(zone);
        }
    }
    clocks
}

/// Returns the class of the answer, and the answer: of a disabled component, what it would be.
fn answer(explanation: &Explanation, names: VisibleNames, is_past: bool) -> (&'static str, String) {
    let (class, words) = match &explanation.state {
        ExplainedState::Inside => ("inside", "inside its service hours"),
        ExplainedState::Outside => ("outside", "outside its service hours"),
        ExplainedState::NoHours => ("outside", "outside: it has no hours, because it has no enabled window"),
        ExplainedState::Unreadable(reason) => {
            let reason = names.reason(reason);
            let reason = reason.unwrap_or("a window or calendar of it cannot be read");
            return ("unknown", format!("Unknown: {reason}"));
        }
    };
    let answer = match (explanation.enabled, is_past) {
        (true, _) => capitalised(words),
        (false, true) => format!("Disabled; it would have been {words}"),
        (false, false) => format!("Disabled; it would be {words}"),
    };
    (class, answer)
}

/// Returns what the clock of a zone shows, with its offset: `Sun 25 Oct 2026 02:30:00 CEST (UTC+02:00)`.
fn shown(at: i64, zone: Zone) -> String {
    let local = zone.at(at);
    let time = format!("{} {}", dates::day(local.time.date()), local.time.format("%H:%M:%S"));
    if zone.is_utc() {
        return format!("{time} UTC");
    }
    let offset = offset(zone.offset_at(at));
    match local.abbreviation.starts_with(['+', '-']) {
        true => format!("{time} {offset}"),
        false => format!("{time} {} ({offset})", local.abbreviation),
    }
}

/// Returns an offset from UTC: `UTC+05:45`.
fn offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '−' } else { '+' };
    let seconds = seconds.abs();
    format!("UTC{sign}{:02}:{:02}", seconds / 3_600, seconds / 60 % 60)
}

fn table(values: Option<CoverageValues>, zones: &[Zone]) -> ValueTable {
    let rows = values.map_or_else(Vec::new, |values| {
        let instants = [
            ("Last start", values.last_start),
            ("Last end", values.last_end),
            ("Next start", values.next_start),
            ("Next end", values.next_end),
        ];
        let in_window = ValueRow {
            label: "In window",
            value: Some(i64::from(values.in_window)),
            shown: zones
                .iter()
                .map(|_| if values.in_window { "yes" } else { "no" }.to_owned())
                .collect(),
        };
        let row = |(label, at): (&'static str, Option<i64>)| ValueRow {
            label,
            value: at,
            shown: zones
                .iter()
                .map(|zone| at.map_or_else(|| "none within 50 years".to_owned(), |at| shown(at, *zone)))
                .collect(),
        };
        [in_window].into_iter().chain(instants.into_iter().map(row)).collect()
    });
    ValueTable {
        zones: zones.iter().map(|zone| zone.name().to_owned()).collect(),
        rows,
    }
}

/// Returns links to the transition before the instant, and to the one after it.
fn steps(before: Option<i64>, after: Option<i64>, link: impl Fn(i64) -> String) -> Vec<(String, String)> {
    let before = before.map(|at| ("‹ The change before".to_owned(), link(at)));
    let after = after.map(|at| ("The next change ›".to_owned(), link(at)));
    before.into_iter().chain(after).collect()
}
