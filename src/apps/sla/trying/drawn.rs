//! The page of a trial.

use askama::Template;

use super::TryQuery;
use super::answered::{AnswerNow, Trial, TriedDay, WHOLE};
use crate::admin::address::{Address, ModelPage};
use crate::admin::context::{Context, PageFrame, capitalised};
use crate::admin::query::encode;
use crate::admin::site::SiteEntry;
use crate::apps::sla::drawing::Percent;
use crate::apps::sla::drawing::axis::Axis;
use crate::apps::sla::drawing::bars;
use crate::apps::sla::hours::words;
use crate::apps::sla::indicator::state::IndicatorState;
use crate::calculus::span::Span;
use crate::prometheus_api::error::ExpressionPlace;
use crate::zones::Zone;

/// The height of the picture.
const HEIGHT: i64 = 36;
/// The most runs that are named one by one.
const NAMED_MAX: usize = 50;

/// What the page says before anything is asked.
pub(super) struct TryHead {
    frame: PageFrame,
    object_url: String,
    indicator: IndicatorState,
    component: String,
    /// Whether no component has the name that was typed.
    is_unknown: bool,
    may_choose: bool,
    /// What measures the component, if it is not this indicator.
    pub(super) measured_by: Option<String>,
    /// Names of components, and the query that tries each.
    offered: Vec<(String, String)>,
    zone: Zone,
    now: i64,
}

/// The page.
#[derive(Template)]
#[template(path = "sla/try.html", whitespace = "minimize")]
pub(super) struct TryDrawing {
    frame: PageFrame,
    head: TryHead,
    trial: Option<Trial>,
    picture: Option<TryPicture>,
    /// The query, a line with a mark below the one where the server stumbled.
    marked: String,
}

/// The last day as a picture.
struct TryPicture {
    range: Span,
    axis: Axis,
    rects: Vec<TryRect>,
    summary: String,
    /// What was not wholly up.
    lines: Vec<String>,
    more: usize,
}

/// A part of the picture.
struct TryRect {
    class: &'static str,
    x: Percent,
    width: Percent,
    y: i64,
    height: i64,
}

impl TryHead {
    /// Returns what the page says before anything is asked.
    pub(super) fn new(
        context: &mut Context<'_>,
        entry: &SiteEntry,
        (id, indicator): (i64, &IndicatorState),
        asked: &TryQuery,
        may_choose: bool,
        offered: Vec<String>,
    ) -> Self {
        let object_url = entry.object_url(&context.account, id);
        let list = Address::Model(entry.spec.model, ModelPage::List);
        let breadcrumbs = vec![
            (capitalised(entry.spec.plural), Some(list.into())),
            (indicator.name.clone(), Some(object_url.clone())),
            ("Try".to_owned(), None),
        ];
        let title = format!("Try {}", indicator.name);
        Self {
            frame: context.frame(&title, breadcrumbs, "try"),
            object_url,
            indicator: indicator.clone(),
            component: match asked {
                TryQuery::Nothing => String::new(),
                TryQuery::Of(state) => state.name.clone(),
                TryQuery::Unknown(name) => name.clone(),
            },
            is_unknown: matches!(asked, TryQuery::Unknown(_)),
            may_choose,
            measured_by: None,
            offered: offered
                .into_iter()
                .map(|name| (name.clone(), query_of(&name)))
                .collect(),
            zone: context.zone(),
            now: context.now.and_utc().timestamp(),
        }
    }
}

impl TryDrawing {
    /// Formats the page.
    pub(super) fn new(head: TryHead, trial: Option<Trial>) -> Self {
        let picture = match &trial {
            Some(Trial::Answered { day: Ok(day), .. }) => Some(TryPicture::new(day, head.zone, head.now)),
            _ => None,
        };
        let marked = match &trial {
            Some(trial @ Trial::Refused { query, .. }) => marked(query, trial.place()),
            _ => String::new(),
        };
        Self {
            frame: head.frame.clone(),
            head,
            trial,
            picture,
            marked,
        }
    }

    /// Says what a value means.
    fn meaning(&self, share: &Option<i64>) -> String {
        match *share {
            Some(WHOLE) => "up".to_owned(),
            Some(0) => "down".to_owned(),
            Some(share) => format!("{} up", percent(share)),
            None => "no share from 0 to 1, so it counts as unknown; a threshold makes any number one".to_owned(),
        }
    }
}

impl TryPicture {
    fn new(day: &TriedDay, zone: Zone, now: i64) -> Self {
        let mut rects = Vec::new();
        let (mut up, mut known) = (0, 0);
        let mut faults: Vec<String> = Vec::new();
        for (span, value) in &day.runs {
            rects.extend(rects_of(*span, *value, day.range));
            if let Some(value) = value {
                known += span.seconds();
                up += span.seconds() * value;
            }
            let words = bars::words(*span, zone);
            match value {
                None => faults.push(format!("Without samples: {words}")),
                Some(WHOLE) => {}
                Some(value) => faults.push(format!("{} up: {words}", percent(*value))),
            }
        }
        let unknown = day.range.seconds() - known;
        let summary = match known {
            0 => "There are no samples of the last 24 hours.".to_owned(),
            known => format!(
                "{} up of {} with samples; {} without, at steps of {}.",
                percent(up / known),
                words::length(known),
                words::length(unknown),
                words::length(day.step)
            ),
        };
        let more = faults.len().saturating_sub(NAMED_MAX);
        faults.truncate(NAMED_MAX);
        Self {
            range: day.range,
            axis: Axis::new(day.range, zone, now),
            rects,
            summary,
            lines: faults,
            more,
        }
    }
}

/// Returns the query that tries a component.
fn query_of(component: &str) -> String {
    format!("?component={}", encode(component))
}

/// Returns a run as it is drawn: what is down above what is up.
fn rects_of(span: Span, value: Option<i64>, range: Span) -> Vec<TryRect> {
    let x = Percent::of(span.start, range);
    let width = x.width_to(Percent::of(span.end, range), Percent::of(range.start, range));
    let rect = |class, y, height| TryRect {
        class,
        x,
        width,
        y,
        height,
    };
    let Some(value) = value else {
        return vec![rect("unmeasured", 0, HEIGHT)];
    };
    let up = value * HEIGHT / WHOLE;
    let parts = [rect("up", HEIGHT - up, up), rect("down", 0, HEIGHT - up)];
    parts.into_iter().filter(|rect| rect.height > 0).collect()
}

/// Returns parts per million as per cent, never rounded up.
fn percent(share: i64) -> String {
    format!("{}.{:03} %", share / 10_000, share % 10_000 / 10)
}

/// Returns a query with a mark below the place where the server stumbled.
fn marked(query: &str, place: Option<ExpressionPlace>) -> String {
    let mut text = String::new();
    for (number, line) in (1..).zip(query.lines()) {
        text.push_str(line);
        text.push('\n');
        if let Some(place) = place.filter(|place| place.line == number) {
            let column = usize::try_from(place.column)
                .unwrap_or(1)
                .clamp(1, line.chars().count() + 1);
            text.extend(std::iter::repeat_n(' ', column - 1));
            text.push_str("^\n");
        }
    }
    text
}
