//! Every page, with few components and with many.

use std::time::{Duration, Instant};

use crate::Pair;
use crate::client::{Client, Reply};
use crate::form::listed;
use crate::report::{PageFigures, Report};
use crate::site::{LIST, Site};
use crate::support::Kind;

/// How often a page is asked for at most and at least, on each server.
const RUNS_MAX: usize = 31;
const RUNS_MIN: usize = 3;
/// After how long a page is asked for no more, if it was often enough.
const TIME: Duration = Duration::from_millis(1200);
/// A page that takes longer is asked for once.
const SLOW: Duration = Duration::from_secs(3);
/// How much more than from SQLite a page may take from PostgreSQL, in milliseconds.
const POSTGRES_MORE: f64 = 3.0;
/// The most bytes of a list of 100 components, and compressed.
const LIST_BYTES: (usize, usize) = (100 * 1024, 12 * 1024);

/// The most milliseconds that kinds of pages may take from SQLite.
const START: Option<f64> = Some(5.0);
const SHOWN: Option<f64> = Some(3.0);
const SORTED: Option<f64> = Some(5.0);
const SEARCHED: Option<f64> = Some(5.0);
const FACETS: Option<f64> = Some(15.0);
const CHANGE: Option<f64> = Some(2.0);

/// Lists whose first object is measured.
const WINDOW: &str = "/admin/sla/slawindow/?q=Hours+0000";
const TEAM: &str = "/admin/sla/label/?q=team-007";

/// A page that is measured.
struct Page {
    name: &'static str,
    path: String,
    limit: Option<f64>,
    /// Whether it shows as much with few components as with many.
    is_same: bool,
    /// Whether only its first byte is waited for.
    is_stream: bool,
}

impl Page {
    fn new(name: &'static str, path: impl Into<String>, limit: Option<f64>) -> Self {
        Self {
            name,
            path: path.into(),
            limit,
            is_same: true,
            is_stream: false,
        }
    }

    /// Takes the limit of growth away: there is more to show with many components.
    fn shows_more(mut self) -> Self {
        self.is_same = false;
        self
    }

    fn get(&self, client: &mut Client) -> Reply {
        match self.is_stream {
            true => client.get_first_byte(&self.path),
            false => client.get(&self.path),
        }
    }
}

/// Measures those whose names have `only` in them.
pub(crate) fn measure(pair: &Pair, report: &mut Report, only: &str) {
    let kind = pair.many.kind;
    report.pages(
        &format!("Pages, one request at a time, {kind}"),
        pair.few.components,
        pair.many.components,
    );
    let (few, many) = (of(&pair.few), of(&pair.many));
    let mut clients = (pair.few.client(), pair.many.client());
    for (few, many) in few.iter().zip(&many).filter(|(page, _)| page.name.contains(only)) {
        let figures = compare(&mut clients, few, many, kind, report);
        report.page(&figures);
    }
}

fn compare(clients: &mut (Client, Client), few: &Page, many: &Page, kind: Kind, report: &mut Report) -> PageFigures {
    let mut figures = PageFigures {
        name: few.name.to_owned(),
        few: Vec::new(),
        many: Vec::new(),
        is_same: few.is_same,
        limit: few.limit.map(|limit| match kind {
            Kind::Sqlite => limit,
            Kind::Postgres => limit + POSTGRES_MORE,
        }),
        bytes: None,
        bytes_limit: (few.name == "list").then_some(LIST_BYTES),
    };
    // What a first request finds out is kept: statements, pages of the database.
    let warmed = Instant::now();
    few.get(&mut clients.0);
    let reply = many.get(&mut clients.1);
    if reply.status != 200 {
        report.refused(many.name, reply.status);
    }
    if warmed.elapsed() > SLOW {
        figures.many.push(match few.is_stream {
            true => reply.first,
            false => reply.time,
        });
    }
    let started = Instant::now();
    for run in 0..RUNS_MAX {
        if started.elapsed() > TIME && run >= RUNS_MIN || started.elapsed() > SLOW {
            break;
        }
        for (page, client, times) in [
            (few, &mut clients.0, &mut figures.few),
            (many, &mut clients.1, &mut figures.many),
        ] {
            let reply = page.get(client);
            times.push(if page.is_stream { reply.first } else { reply.time });
        }
    }
    if !few.is_stream {
        let plain = clients.1.get_plain(&many.path).body.len();
        figures.bytes = Some((plain, reply.is_compressed.then_some(reply.body.len())));
    }
    figures
}

/// The pages of a server.
fn of(site: &Site) -> Vec<Page> {
    let mut pages = lists(site);
    pages.extend(filtered_lists(site));
    pages.extend(others(site));
    pages
}

/// The key of the first object that a list shows.
fn first(site: &Site, path: &str) -> String {
    listed(&mut site.client(), path).remove(0)
}

fn list(query: &str) -> String {
    format!("{LIST}?{query}")
}

/// The start page, and the list of components by pages, orders and searches.
fn lists(site: &Site) -> Vec<Page> {
    let half = site.components * 6 / 1000 + 1;
    vec![
        Page::new("start", "/admin/", START),
        Page::new("list", LIST, SHOWN),
        Page::new("list, second half", list(&format!("p={half}")), SHOWN),
        Page::new("list, last page", list("p=999999"), SHOWN),
        Page::new("sort by name, descending", list("o=-name"), SORTED),
        Page::new("sort by display name", list("o=display_name"), SORTED),
        Page::new("sort by display name, descending", list("o=-display_name"), SORTED),
        Page::new("sort by enabled", list("o=enabled"), SORTED),
        Page::new(
            "sort by enabled, second half",
            list(&format!("o=enabled&p={half}")),
            SORTED,
        ),
        Page::new("sort by time of change", list("o=updated_at"), SORTED),
        Page::new("sort by time of change, descending", list("o=-updated_at"), SORTED),
        Page::new("sort by two columns", list("o=enabled.-name"), SORTED),
        Page::new("search, all match", list("q=service"), SEARCHED),
        Page::new(
            "search, all match, second half",
            list(&format!("q=service&p={half}")),
            SEARCHED,
        ),
        Page::new("search, ten match", list("q=service-00001"), SEARCHED),
        Page::new("search, none match", list("q=nothing-has-this-name"), SEARCHED),
        Page::new("search of three words", list("q=service+000+1"), SEARCHED),
        Page::new("search, sorted", list("q=service&o=-updated_at"), SEARCHED),
    ]
}

/// The list of components by filters, and with counts beside them.
fn filtered_lists(site: &Site) -> Vec<Page> {
    let window = first(site, WINDOW);
    let environment = first(site, "/admin/sla/label/?q=prod");
    let region = first(site, "/admin/sla/label/?q=latam");
    let team = first(site, TEAM);
    vec![
        Page::new("filter: enabled", list("enabled__exact=1"), SHOWN),
        Page::new("filter: disabled, none", list("enabled__exact=0"), SHOWN),
        Page::new(
            "filter: a label of 3 in 4",
            list(&format!("labels__id__exact={environment}")),
            SHOWN,
        ),
        Page::new(
            "filter: a label of few",
            list(&format!("labels__id__exact={team}")),
            SHOWN,
        )
        .shows_more(),
        Page::new("filter: a window", list(&format!("windows__id__exact={window}")), SHOWN).shows_more(),
        Page::new("filter: without windows", list("windows__isnull=True"), SHOWN),
        Page::new(
            "filter: not a label of 3 in 4",
            list(&format!("labels__id__not={environment}")),
            SHOWN,
        ),
        Page::new("filter: without labels", list("labels__isnull=True"), SHOWN),
        Page::new("filter: without calendars", list("calendars__isnull=True"), SHOWN),
        Page::new("filter: without SLO", list("slo__isnull=True"), SHOWN),
        Page::new("search for a label", list("q=env%3Dprod"), SEARCHED),
        Page::new("filter: SLO", list("slo__gte=99"), SHOWN),
        Page::new(
            "several filters",
            list(&format!(
                "enabled__exact=1&labels__id__exact={environment}&labels__id__exact={region}&windows__isnull=False"
            )),
            SHOWN,
        ),
        Page::new("facets", list("_facets=True"), FACETS),
        Page::new("facets, with search", list("_facets=True&q=service-00"), FACETS),
        Page::new(
            "facets, with filters",
            list(&format!(
                "_facets=True&enabled__exact=1&labels__id__exact={environment}"
            )),
            FACETS,
        ),
    ]
}

/// The pages of other models, and those of one object.
fn others(site: &Site) -> Vec<Page> {
    let component = first(site, LIST);
    let window = first(site, WINDOW);
    let calendar = first(site, "/admin/sla/calendar/?q=Holidays+00");
    let team = first(site, TEAM);
    let change = |model: &str, key: &str| format!("/admin/sla/{model}/{key}/change/");
    let choices = |field: &str, term: &str| {
        format!("/admin/autocomplete/?app_label=sla&model_name=component&field_name={field}&term={term}")
    };
    vec![
        Page::new("windows", "/admin/sla/slawindow/", SHOWN),
        Page::new("windows, search", "/admin/sla/slawindow/?q=Hours+00", SEARCHED),
        Page::new("labels", "/admin/sla/label/", SHOWN),
        Page::new(
            "labels, by number of components",
            "/admin/sla/label/?o=-components",
            SORTED,
        ),
        Page::new("labels, search", "/admin/sla/label/?q=team", SEARCHED),
        Page::new("calendars", "/admin/sla/calendar/", SHOWN),
        Page::new("form of a component", change("component", &component), CHANGE),
        Page::new("form of a window", change("slawindow", &window), CHANGE).shows_more(),
        Page::new("form of a label", change("label", &team), CHANGE).shows_more(),
        Page::new("form of a calendar", change("calendar", &calendar), CHANGE),
        Page::new("form for a new component", format!("{LIST}add/"), CHANGE),
        Page::new("history", format!("/admin/sla/component/{component}/history/"), SHOWN),
        Page::new("log", "/admin/audit/logentry/", SHOWN),
        Page::new("log, last page", "/admin/audit/logentry/?p=999999", SHOWN),
        Page::new("log, search", "/admin/audit/logentry/?q=service-00001", SEARCHED),
        Page::new(
            "log, one kind of object",
            "/admin/audit/logentry/?content_type=sla.component",
            SHOWN,
        ),
        Page::new("palette, components", "/admin/palette/?q=service-0000", SEARCHED),
        Page::new("palette, nothing", "/admin/palette/?q=nothing-has-this-name", SEARCHED),
        Page::new("search of all models", "/admin/search/?q=service-0000", SEARCHED),
        Page::new("choices of labels", choices("labels", "team"), SEARCHED),
        Page::new("choices of windows", choices("windows", "hours+00"), SEARCHED),
        Page {
            is_stream: true,
            ..Page::new("export, first byte", format!("{LIST}export/?_format=csv"), None)
        },
    ]
}
