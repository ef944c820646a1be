//! The page to read of a component.

use std::sync::Arc;

use askama::Template;

use super::hours_now::HoursNow;
use super::parts::{NamedPage, QUERY_LIMIT, ReadingLinks, rendered};
use super::window::WindowWords;
use super::zones::zone_words;
use crate::admin::address::ModelPage;
use crate::admin::context::{Context, PageFrame};
use crate::admin::query::Query;
use crate::admin::reply::Reply;
use crate::admin::site::SiteEntry;
use crate::admin::views::ViewError;
use crate::apps::sla::calendar::state::CalendarState;
use crate::apps::sla::component::state::{ComponentState, components};
use crate::apps::sla::component::store;
use crate::apps::sla::explain::nights::{ClockNight, nights};
use crate::apps::sla::hours::book::HoursBook;
use crate::apps::sla::hours::stored::{ComponentHours, StoredHours};
use crate::apps::sla::hours::words;
use crate::apps::sla::metric_lines::MetricLines;
use crate::apps::sla::read_model::links::Link;
use crate::apps::sla::read_model::model::ReadModel;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::rule::are_one_offs;
use crate::apps::sla::rule::describe::words_with_note;
use crate::apps::sla::stored::Stored;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{CALENDAR, EXPLAIN, WINDOW};
use crate::auth::Action;
use crate::db::{self, dialect};
use crate::metrics::format::names::Fact;
use crate::metrics::format::render::Layout;
use crate::zones::Zone;

/// So many of a calendar's times are said.
const TIMES_SHOWN: usize = 5;

/// The page.
#[derive(Template)]
#[template(path = "sla/component.html", whitespace = "minimize")]
struct ComponentReading {
    frame: PageFrame,
    links: ReadingLinks,
    display_name: String,
    description: String,
    hours: HoursNow,
    /// In which zones its hours are, and in which the page has its times.
    zones: String,
    explain_url: String,
    nights: Vec<ClockNight>,
    windows: Vec<WindowWords>,
    hidden_windows: String,
    calendars: Vec<OwnCalendar>,
    hidden_calendars: String,
    /// Words and the list of components with the same one.
    labels: Vec<(String, String)>,
    hidden_labels: String,
    /// `99.9 %`, and what that allows.
    objective: Option<(String, String)>,
    enabled: bool,
    lines: Vec<String>,
    query: String,
    alert: Vec<String>,
}

/// A calendar that the component itself has.
struct OwnCalendar {
    page: NamedPage,
    /// The times of one of exceptions, in words; empty for any other.
    times: String,
}

impl OwnCalendar {
    fn new(calendar: &Stored<CalendarState>) -> Self {
        let rules = &calendar.state.rules;
        let mut times: Vec<String> = Vec::new();
        if are_one_offs(rules) {
            let newest = rules.iter().rev().take(TIMES_SHOWN);
            times.extend(newest.map(words_with_note));
            let more = rules.len().saturating_sub(TIMES_SHOWN);
            times.extend((more > 0).then(|| format!("and {more} more")));
        }
        Self {
            page: NamedPage::new(CALENDAR, calendar.id, &calendar.state.name),
            times: times.join("; "),
        }
    }
}

/// Returns the page, if there is such a component.
pub(super) fn page(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: i64,
    read_models: &Arc<ReadModels>,
    layout: Layout,
) -> Result<Option<Reply>, ViewError> {
    let (stored, state) = dialect::read_snapshot(context.conn, QUERY_LIMIT, |conn| {
        let stored = StoredHours::of_components(conn, &[id])?;
        Ok::<_, db::Error>((stored, components(conn, Some(&[id]))?.pop()))
    })?;
    let (Some(component), Some(state)) = (stored.component(id), state.map(|stored| stored.state)) else {
        return Ok(None);
    };
    let names = VisibleNames::of(&context.account);
    let mut clocks = zones(&stored, component, names);
    let hours = HoursNow::new(context, &mut HoursBook::new(&stored), &component.key, state.enabled).beside(&clocks);
    let model = read_models.current(context.conn)?;
    let windows = windows(context, &stored, component, &model);
    let own = stored
        .calendars
        .iter()
        .filter(|calendar| component.key.1.contains(&calendar.id));
    let own = own.filter(|_| names.calendars);
    let labels = labels(context, entry, id, names)?;
    let explain_url = String::from(entry.address(ModelPage::Added(id.into(), EXPLAIN)));
    let zone_words = zone_words(context, &clocks, &hours);
    clocks.push(context.zone());
    let metrics = MetricLines::new(&names.in_component(&state), layout);
    let (frame, links) = ReadingLinks::framed(context, entry, (id, &state.name))?;
    let page = ComponentReading {
        nights: match hours.promised.is_empty() {
            true => Vec::new(),
            false => nights(&clocks, context.now.and_utc().timestamp(), &explain_url),
        },
        zones: zone_words,
        explain_url,
        hidden_windows: hidden(names.windows, component.key.0.len(), "SLA window", "SLA windows"),
        windows,
        calendars: own.map(OwnCalendar::new).collect(),
        hidden_calendars: hidden(names.calendars, component.key.1.len(), "calendar", "calendars"),
        labels,
        hidden_labels: hidden(names.labels, state.labels.len(), "label", "labels"),
        objective: objective(&state, &hours),
        lines: metrics.lines(hours.values),
        query: format!("{} == 1", metrics.selector(Fact::InWindow)),
        alert: alert(&metrics),
        enabled: state.enabled,
        display_name: state.display_name.clone(),
        description: state.description.clone(),
        hours,
        frame,
        links,
    };
    rendered(&page)
}

/// Returns the windows of a component in words, with their forms for users with the permission to change them; none if the reader may not
/// view windows.
fn windows(
    context: &Context<'_>,
    stored: &StoredHours,
    component: &ComponentHours,
    model: &ReadModel,
) -> Vec<WindowWords> {
    let names = VisibleNames::of(&context.account);
    let entry = context.site.get(WINDOW);
    let changed = entry.filter(|entry| entry.may(&context.account, Action::Change));
    let ids = component.key.0.iter().filter(|_| names.windows);
    let windows = ids.filter_map(|id| {
        let window = stored.windows.iter().find(|window| window.stored.id == *id)?;
        let users = model.users(Link::Window, *id);
        let edit_url = changed.map(|entry| entry.change_url(*id));
        Some(WindowWords::new(
            window,
            &stored.calendars,
            names,
            Some(users),
            edit_url,
        ))
    });
    windows.collect()
}

/// Returns the zones of the component's windows, each once; none if the reader may not view windows.
fn zones(stored: &StoredHours, component: &ComponentHours, names: VisibleNames) -> Vec<Zone> {
    let windows = stored.windows.iter().filter(|_| names.windows);
    let mut zones = Vec::new();
    for window in windows.filter(|window| component.key.0.contains(&window.stored.id)) {
        let zone = window.stored.state.timezone;
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    zones
}

/// Returns the labels that the reader may view, each with the list of the components that have it.
fn labels(
    context: &mut Context<'_>,
    entry: &SiteEntry,
    id: i64,
    names: VisibleNames,
) -> Result<Vec<(String, String)>, ViewError> {
    if !names.labels {
        return Ok(Vec::new());
    }
    let labels = store::label_links_of(context.conn, &[id])?.into_iter();
    let labels = labels.map(|(_, label, words)| {
        let query = Query::default().with("labels__id__exact", &label.to_string());
        (words, format!("{}{}", entry.url(), query.link()))
    });
    Ok(labels.collect())
}

/// Returns how many objects there are that the reader may not view; nothing if there are none, or the reader may.
fn hidden(may: bool, count: usize, one: &str, many: &str) -> String {
    match count {
        0 => String::new(),
        _ if may => String::new(),
        1 => format!("1 {one} that you may not view"),
        _ => format!("{count} {many} that you may not view"),
    }
}

/// Returns the objective, and how much downtime it allows in this month.
fn objective(state: &ComponentState, hours: &HoursNow) -> Option<(String, String)> {
    let millipercent = state.slo_millipercent?;
    let (whole, part) = (millipercent / 1_000, millipercent % 1_000);
    let share = match part {
        0 => format!("{whole} %"),
        _ => format!("{whole}.{} %", format!("{part:03}").trim_end_matches('0')),
    };
    let allowed = hours.month.as_ref().map(|(promised, month)| {
        let allowed = i128::from(*promised) * i128::from(100_000 - i64::from(millipercent)) / 100_000;
        let allowed = words::length(i64::try_from(allowed).unwrap_or(i64::MAX));
        format!("allows {allowed} of downtime in {month}")
    });
    Some((share, allowed.unwrap_or_default()))
}

/// Returns an alert that fires in service hours only, as docs/metrics.md has it.
fn alert(metrics: &MetricLines) -> Vec<String> {
    let name = serde_json::Value::from(metrics.component_name());
    [
        "- alert: ServiceDown".to_owned(),
        "  expr: |".to_owned(),
        format!("    min by (component) (probe_success{{component={name}}}) == 0"),
        "    and on (component)".to_owned(),
        format!(
            "    max by (component) ({} and on (instance) (sla_monitor_collector_up == 1)) == 1",
            metrics.selector(Fact::InWindow)
        ),
    ]
    .into()
}
