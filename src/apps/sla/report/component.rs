//! The report of one component: its figures, a calendar of days, and what was down or unknown with what it cost.

use askama::Template;

use super::asked::AskedReport;
use super::closed_drawn::DrawnClosings;
use super::closings::{ClosedCache, Closings};
use super::computed::ReportRow;
use super::corrections::ComponentCorrection;
use super::days::{DrawnMonth, months};
use super::drawn::{kept, read_url, way};
use super::figures::Figures;
use super::figures_drawn::DrawnFigures;
use super::period::title;
use super::read::{self, PromisedReport, TimedComponent};
use super::view::QUERY_LIMIT;
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame};
use crate::admin::query::Query;
use crate::admin::reply::{Reply, html};
use crate::admin::site::SiteEntry;
use crate::admin::views::{ViewError, not_found};
use crate::apps::sla::closed_report::figures;
use crate::apps::sla::drawing::bars;
use crate::apps::sla::hours::words;
use crate::apps::sla::properties::text::instant_text;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{COMPONENT, CORRECTION};
use crate::auth::Action;
use crate::calculus::attainment::attained::{Attainment, percent_text};
use crate::calculus::attainment::correction::CorrectionEffect;
use crate::calculus::attainment::outage::{ServiceOutage, outages};
use crate::calculus::period::Period;
use crate::calculus::span::Span;
use crate::db::{self, Conn, dialect};
use crate::zones::Zone;

/// The most outages that a page lists: those that cost most.
const OUTAGES_MAX: usize = 200;

/// The page.
#[derive(Template)]
#[template(path = "sla/report_component.html", whitespace = "minimize")]
struct ComponentReport {
    frame: PageFrame,
    name: String,
    component_url: String,
    report_url: String,
    range_title: String,
    zone: String,
    /// The first day of the period.
    at: String,
    /// What the form of the page has no fields for.
    kept: Vec<(String, String)>,
    span: Span,
    before: Option<String>,
    after: Option<String>,
    figures: DrawnFigures,
    facts: Vec<(&'static str, String)>,
    notes: Vec<String>,
    closed: DrawnClosings,
    months: Vec<DrawnMonth>,
    outages: Vec<DrawnOutage>,
    more_outages: usize,
    corrections: Vec<DrawnCorrection>,
    /// Where to add one, for users with the permission.
    add_url: Option<String>,
}

/// A correction.
struct DrawnCorrection {
    when: String,
    effect: &'static str,
    /// Empty if the user may not view the correction, as the link.
    reason: String,
    url: String,
}

/// An outage.
struct DrawnOutage {
    start: i64,
    end: i64,
    when: String,
    kind: &'static str,
    /// `down`, `partly down (25 %)`, `unknown`.
    words: String,
    length: String,
    down_s: i64,
    cost: String,
    /// Where to add a correction of its time, for users with the permission.
    correct_url: Option<String>,
}

/// What the page is of, from one state of the database.
struct ReadComponent {
    notes: Vec<String>,
    timed: TimedComponent,
    closings: Closings,
}

impl ReadComponent {
    /// Reads it; nothing if there was no such component in the span.
    fn read(
        conn: &mut Conn,
        asked: &AskedReport,
        (id, span, now): (i64, Span, i64),
        cache: &ClosedCache,
    ) -> db::Result<Option<Self>> {
        dialect::read_snapshot(conn, QUERY_LIMIT, |conn| {
            let promised = PromisedReport::read(conn, &asked.query, span)?;
            let Some(component) = promised.components.iter().find(|(component, _)| component.id == id) else {
                return Ok(None);
            };
            let timed = read::timed_component(conn, asked.query.definitions, component, (span, now))?;
            let Some(timed) = timed else { return Ok(None) };
            let closings = Closings::read(conn, cache, &asked.query, asked.scope().as_ref(), &[&timed.row])?;
            Ok(Some(Self {
                notes: promised.notes,
                timed,
                closings,
            }))
        })
    }
}

/// Formats the page of a component that is there.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    asked: &AskedReport,
    (id, span, now): (i64, Span, i64),
    cache: &ClosedCache,
) -> Result<Reply, ViewError> {
    let Some(read) = ReadComponent::read(context.conn, asked, (id, span, now), cache)? else {
        return not_found(context);
    };
    let ReadComponent {
        mut notes,
        timed,
        closings,
    } = read;
    let closings = closings.visible(VisibleNames::of(&context.account));
    let zone = asked.query.zone;
    let corrected = timed.time.corrected();
    let row = &timed.row;
    let rows = [row];
    let closed = DrawnClosings::new(context, asked, &closings, (&rows, span, now), || {
        figures::digest(&rows, span)
    });
    let mut found_outages = outages(&corrected.spans, &corrected.runs);
    let facts = facts(row, &found_outages, (span, now));
    let count = found_outages.len();
    found_outages.sort_by_key(|outage| (std::cmp::Reverse(outage.down), outage.span));
    found_outages.truncate(OUTAGES_MAX);
    found_outages.sort_by_key(|outage| outage.span);
    notes.extend(row.gaps());
    if !timed.time.measured.months.is_empty() {
        notes.push("Of some months only sums are kept: days and outages do not show them.".to_owned());
    }
    let may_correct = context.account.may(CORRECTION.permission(Action::Add));
    let query = context.query.without(&["format", "p"]);
    let to = |period: Option<Period>| period.map(|period| query.set("at", &period.first().to_string()).link());
    let period = asked.query.period;
    let list = query.without(&["component"]);
    let report_url = if list.is_empty() { "./".to_owned() } else { list.link() };
    let drawing = ComponentReport {
        name: row.name.clone(),
        component_url: read_url(entry, id),
        report_url,
        range_title: title(&period),
        zone: zone.name().to_owned(),
        at: period.first().to_string(),
        kept: kept(&query, &["at", "zone"]),
        span,
        before: to(period.previous()),
        after: to(period.next()),
        figures: DrawnFigures::new(Figures::of_row(row)),
        facts,
        notes,
        closed,
        months: months(&timed, &corrected, zone, span),
        more_outages: count.saturating_sub(found_outages.len()),
        outages: found_outages
            .iter()
            .map(|outage| drawn(outage, &row.attainment, zone, may_correct.then_some(id)))
            .collect(),
        corrections: corrections(context, &timed, zone),
        add_url: may_correct.then(|| correction_url(id, span)),
        frame: context
            .frame(&format!("Report of {}", row.name), way_to(&row.name), "app-sla report")
            .in_zone(zone),
    };
    Ok(html(drawing.render()?))
}

/// Returns where the page of a component is.
fn way_to(name: &str) -> Vec<(String, Option<String>)> {
    let mut way = way();
    if let Some((_, url)) = way.get_mut(1) {
        *url = Some(Address::AppPage(COMPONENT.app, super::NAME).into());
    }
    way.push((name.to_owned(), None));
    way
}

/// Returns figures beside those of the table. What may still come is no question once the period is over.
fn facts(row: &ReportRow, found: &[ServiceOutage], (span, now): (Span, i64)) -> Vec<(&'static str, String)> {
    let attainment = &row.attainment;
    let percent = |value: Option<i64>| value.map_or_else(|| "–".to_owned(), percent_text);
    let down = found.iter().filter(|outage| !outage.is_unknown);
    let lengths: Vec<i64> = down.map(|outage| outage.promised.div_euclid(1_000)).collect();
    let count = i64::try_from(lengths.len()).unwrap_or(i64::MAX);
    let mut facts = vec![
        ("Attained, if all that is unknown was down", percent(attainment.worst())),
        ("Attained, if all that is unknown was up", percent(attainment.best())),
        ("Measured", percent(attainment.measured())),
    ];
    if now < span.end && attainment.remaining() > 0 {
        let words = "At the end of the period, if nothing more goes down";
        facts.push((words, percent(attainment.forecast())));
    }
    facts.extend([
        (
            "Budget",
            attainment
                .budget()
                .map_or_else(|| "–".to_owned(), |budget| words::length(budget.div_euclid(1_000))),
        ),
        ("Outages", count.to_string()),
    ]);
    if let Some(longest) = lengths.iter().max() {
        facts.push(("Longest outage", words::length(*longest)));
        facts.push((
            "Mean time to restore",
            words::length(lengths.iter().sum::<i64>() / count),
        ));
    }
    if row.unmeasured > 0 {
        let label = match row.is_still_measured(now) {
            true => "Still to be measured",
            false => "Not measured",
        };
        facts.push((label, words::length(row.unmeasured.div_euclid(1_000))));
    }
    facts
}

fn drawn(outage: &ServiceOutage, attainment: &Attainment, zone: Zone, corrected: Option<i64>) -> DrawnOutage {
    let span = in_seconds(outage.span);
    let down_s = (outage.down + 500).div_euclid(1_000);
    let budget = attainment.budget().filter(|budget| *budget > 0);
    DrawnOutage {
        start: span.start,
        end: span.end,
        when: bars::words(span, zone),
        kind: if outage.is_unknown { "unknown" } else { "down" },
        words: outage_words(outage),
        correct_url: corrected.map(|id| correction_url(id, span)),
        length: words::length(outage.promised.div_euclid(1_000)),
        down_s,
        cost: match (outage.is_unknown, budget) {
            (true, _) => String::new(),
            (false, None) => words::length(down_s),
            (false, Some(budget)) => {
                let tenths = i128::from(outage.down) * 1_000 / i128::from(budget);
                format!(
                    "{}, {}.{} % of the budget",
                    words::length(down_s),
                    tenths / 10,
                    tenths % 10
                )
            }
        },
    }
}

/// Returns the form for a correction of a component and a span of time.
fn correction_url(id: i64, span: Span) -> String {
    let query = Query::default()
        .with("component", &id.to_string())
        .with("start", &instant_text(span.start))
        .with("end", &instant_text(span.end));
    format!("{}{}", Address::Model(CORRECTION, ModelPage::Add), query.link())
}

/// Says what an outage was: how much of it was down, if not all, since that is what it costs.
fn outage_words(outage: &ServiceOutage) -> String {
    match outage.is_unknown {
        true => "unknown".to_owned(),
        false if outage.down < outage.promised => {
            let percent = (outage.down * 100 + outage.promised / 2).div_euclid(outage.promised);
            format!("partly down ({} %)", percent.clamp(1, 99))
        }
        false => "down".to_owned(),
    }
}

fn in_seconds(span: Span) -> Span {
    Span {
        start: span.start.div_euclid(1_000),
        end: (span.end + 999).div_euclid(1_000),
    }
}

/// Returns the corrections of the component that have a part in the period, as far as the user may view them; of others only the time and the
/// effect. One of a selector says which labels the component has: by its page, and by its reason, in which anything may stand.
fn corrections(context: &Context<'_>, timed: &TimedComponent, zone: Zone) -> Vec<DrawnCorrection> {
    let words = |effect: CorrectionEffect| match effect {
        CorrectionEffect::Exclude => "excluded",
        CorrectionEffect::Up => "was up",
        CorrectionEffect::Down => "was down",
        CorrectionEffect::Unknown => "is unknown",
    };
    let entry = context.site.get(CORRECTION);
    let entry = entry.filter(|entry| entry.may(&context.account, Action::View));
    let has_labels = VisibleNames::of(&context.account).labels;
    let drawn = |correction: &ComponentCorrection| {
        let entry = entry.filter(|_| has_labels || !correction.is_by_labels);
        DrawnCorrection {
            when: bars::words(in_seconds(correction.corrected.span), zone),
            effect: words(correction.corrected.effect),
            reason: entry.map_or_else(String::new, |_| correction.reason.clone()),
            url: entry.map_or_else(String::new, |entry| entry.change_url(correction.id)),
        }
    };
    timed.corrections.iter().map(drawn).collect()
}
