//! What a scrape costs, as ratios: to the `prometheus` crate's own way and to a plain copy of the same bytes, in the same run.
//!
//! `scripts/bench` runs it; `cargo bench --bench scrape -- 1000` only measures that many components. Figures are medians.
//! Machines differ and are shared: compare ratios, not times.

use std::collections::HashMap;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{Encoder, Registry, TextEncoder};
use sla_monitor::apps::sla::snapshot::load::DatabaseSource;
use sla_monitor::calculus::civil::{DurationMode, OccurrenceLength, WeekdaySet, parse_time};
use sla_monitor::calculus::coverage::{Coverage, CoveragePart};
use sla_monitor::calculus::recurrence::Recurrence;
use sla_monitor::calculus::rule::{Rule, Schedule};
use sla_monitor::calculus::window::{CompiledWindow, Exclusion, WindowDefinition};
use sla_monitor::clock::FixedClock;
use sla_monitor::db::pool::{LivePool, Pool};
use sla_monitor::metrics::answer::exposition::{ComponentPage, Exposition, OwnFamilies};
use sla_monitor::metrics::answer::selected::SelectedPage;
use sla_monitor::metrics::answer::selection::Selection;
use sla_monitor::metrics::cache::ExpositionCache;
use sla_monitor::metrics::cache::page::PageKey;
use sla_monitor::metrics::format::encoder::Dialect;
use sla_monitor::metrics::format::families::families;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::{Refresh, SnapshotSource};
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::current::CurrentState;
use sla_monitor::zones;

/// The instant of every page: a Friday in January 2027.
const NOW: i64 = 1_800_000_000;

/// How long a load may take.
const LOAD_LIMIT: Duration = Duration::from_secs(600);

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    evaluate();
    for components in if asked.is_empty() {
        vec![1_000, 10_000, 100_000]
    } else {
        asked
    } {
        pages(components);
    }
}

/// The median of the times of `runs` calls; each prepares something that is not measured.
fn median<T>(runs: usize, mut prepare: impl FnMut() -> T, mut work: impl FnMut(T)) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let prepared = prepare();
            let started = Instant::now();
            work(prepared);
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}

/// One coverage at many instants.
fn evaluate() {
    const INSTANTS: i64 = 2_000;
    println!("\n### One window\n\n| Window | ns |\n|---|---:|");
    for (name, coverage) in coverages() {
        let all = median(
            15,
            || (),
            |()| {
                for step in 0..INSTANTS {
                    black_box(coverage.values(black_box(NOW + step * 3_607)));
                }
            },
        );
        println!("| {name} | {} |", all.as_nanos() / u128::from(INSTANTS.unsigned_abs()));
    }
}

fn coverages() -> Vec<(&'static str, Coverage)> {
    let schedule = |start: &str, seconds| Schedule {
        start: parse_time(start).expect("it is a time"),
        length: OccurrenceLength::new(seconds, DurationMode::Wall).expect("it is a length"),
    };
    let weekly = |days: &str, start, seconds| Rule::Weekly {
        days: WeekdaySet::parse(days.split(' ')).expect("they are weekdays"),
        schedule: schedule(start, seconds),
    };
    let recurring = |text| Rule::Recurring {
        recurrence: Recurrence::parse(text, None).expect("it is a recurrence"),
        schedule: schedule("00:00", 86_400),
    };
    let zone = zones::parse("Europe/Berlin").expect("it is a zone");
    let coverage = |rules: Vec<Rule>, holidays: Vec<Rule>| {
        let window = CompiledWindow::compile(WindowDefinition {
            timezone: zone,
            valid_from: None,
            valid_until: None,
            rules,
            excludes: Vec::new(),
        });
        let exclusions = match holidays.is_empty() {
            true => Vec::new(),
            false => vec![Arc::new(Exclusion::compile(zone, holidays))],
        };
        Coverage::new(vec![CoveragePart {
            window: Arc::new(window),
            exclusions,
        }])
    };
    let workdays = || weekly("MO TU WE TH FR", "08:00", 36_000);
    let holidays = [
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
        "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25,26",
    ];
    vec![
        ("weekly, five days", coverage(vec![workdays()], Vec::new())),
        (
            "around the clock",
            coverage(vec![weekly("MO TU WE TH FR SA SU", "00:00", 86_400)], Vec::new()),
        ),
        (
            "weekly with yearly holidays",
            coverage(vec![workdays()], holidays.map(recurring).to_vec()),
        ),
        (
            "never fires",
            coverage(vec![recurring("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")], Vec::new()),
        ),
    ]
}

/// A page of each layout, and how it comes about.
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn pages(components: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let url = folder
        .path()
        .join("bench.sqlite3")
        .to_str()
        .expect("temporary paths are UTF-8")
        .to_owned();
    fill(&url, components);
    let pool = Pool::connect(&url.parse().expect("a path is a URL"), 2).expect("the database is there");
    let runs = if components >= 100_000 { 7 } else { 15 };

    let load = median(
        runs,
        || DatabaseSource::new(pool.pool().clone()),
        |mut source| drop(black_box(refresh(&mut source))),
    );
    for layout in [Layout::Names, Layout::Labels] {
        let cache = loaded(&pool).1;
        let state = cache.current().state_now().expect("a snapshot is there");
        let body: Vec<u8> = rendered(&state, layout).into_chunks().flatten().collect();
        let (reference, length) = gather_and_encode(&state, layout, runs);
        assert_eq!(body.len(), length, "both ways give the same bytes, in another order");
        let copy = median(runs, || (), |()| drop(black_box(black_box(&body).clone())));

        println!(
            "\n### {components} components, layout {layout:?}: {:.1} MB, gzip {:.1} MB\n\n\
             | | ms | to `gather` + `TextEncoder` | to a copy |\n|---|---:|---:|---:|",
            megabytes(body.len()),
            megabytes(
                exposition(&cache, layout)
                    .gzip()
                    .into_chunks()
                    .map(|chunk| chunk.len())
                    .sum()
            ),
        );
        let row = |name: &str, time: Duration| {
            let (time, reference, copy) = (time.as_secs_f64(), reference.as_secs_f64(), copy.as_secs_f64());
            println!(
                "| {name} | {:.2} | {:.3} | {:.1} |",
                time * 1000.0,
                time / reference,
                time / copy
            );
        };
        row("copy of the bytes in memory", copy);
        row("`Registry::gather` + `TextEncoder`", reference);
        row("load all from SQLite", load);
        let first = median(runs, || loaded(&pool).1, |cache| send(exposition(&cache, layout)));
        row("first page: evaluate all, render", first);
        row(
            "page, nothing changed",
            median(runs, || (), |()| send(exposition(&cache, layout))),
        );
        row(
            "page in gzip, nothing changed",
            median(
                runs,
                || (),
                |()| {
                    black_box(exposition(&cache, layout).gzip());
                },
            ),
        );
        row("page after one component changed", after_a_change(&pool, layout, runs));
    }
}

/// A database with so many components.
fn fill(url: &str, components: usize) {
    let program = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sla-monitor"));
        command
            .args(arguments)
            .args(["--database-url", url])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/generate-components");
    let mut generator = Command::new(script)
        .arg(components.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let file = generator.stdout.take().expect("standard output is piped");
    assert!(
        program(&["migrate"]).status().expect("the program starts").success(),
        "the migrations apply"
    );
    let applied = program(&["apply", "-"])
        .stdin(file)
        .status()
        .expect("the program starts");
    assert!(applied.success(), "the components are accepted");
    assert!(
        generator.wait().expect("the script ends").success(),
        "the script wrote everything"
    );
}

fn refresh(source: &mut DatabaseSource) -> (Arc<sla_monitor::metrics::state::snapshot::Snapshot>, Refresh) {
    source.refresh(LOAD_LIMIT).expect("the database answers")
}

fn loaded(pool: &LivePool) -> (DatabaseSource, ExpositionCache) {
    let current = Arc::new(CurrentState::new(Arc::new(FixedClock::at(NOW))));
    let mut source = DatabaseSource::new(pool.pool().clone());
    let (snapshot, kind) = refresh(&mut source);
    current.publish(snapshot, kind);
    (source, ExpositionCache::new(current))
}

/// What a scrape gets now.
fn exposition(cache: &ExpositionCache, layout: Layout) -> Exposition {
    let page = cache
        .page(PageKey { layout, shard: None })
        .expect("a snapshot is there");
    Exposition::new(OwnFamilies::new(Dialect::Text), ComponentPage::Cached(page))
}

/// The same without anything kept.
fn rendered(state: &Arc<ExposedState>, layout: Layout) -> Exposition {
    let page = SelectedPage::new(Arc::clone(state), layout, &Selection::default());
    Exposition::new(OwnFamilies::new(Dialect::Text), ComponentPage::Selected(page))
}

/// What the server does with a page: asks for its length, then for chunk after chunk.
fn send(exposition: Exposition) {
    black_box(exposition.length());
    exposition.into_chunks().for_each(|chunk| drop(black_box(chunk)));
}

fn after_a_change(pool: &LivePool, layout: Layout, runs: usize) -> Duration {
    let (mut source, cache) = loaded(pool);
    black_box(exposition(&cache, layout));
    let mut conn = pool.pool().get().expect("the database answers");
    let mut share = 0;
    median(
        runs,
        || {
            share += 1;
            conn.batch_execute(&format!(
                "UPDATE component SET slo_millipercent = {share} WHERE id = 500"
            ))
            .expect("the change is accepted");
        },
        |()| {
            let (snapshot, kind) = refresh(&mut source);
            assert_eq!(kind, Refresh::Delta, "only the change is read");
            cache.current().publish(snapshot, kind);
            send(exposition(&cache, layout));
        },
    )
}

/// The `prometheus` crate's own way over the same state: how long it takes and how many bytes it gives.
fn gather_and_encode(state: &Arc<ExposedState>, layout: Layout, runs: usize) -> (Duration, usize) {
    struct Reference(Arc<ExposedState>, Layout, Desc);
    impl Collector for Reference {
        fn desc(&self) -> Vec<&Desc> {
            vec![&self.2]
        }
        fn collect(&self) -> Vec<MetricFamily> {
            families(&self.0, self.1)
        }
    }
    let marker = Desc::new(
        "reference".to_owned(),
        "A name of its own.".to_owned(),
        Vec::new(),
        HashMap::new(),
    );
    let registry = Registry::new();
    let collector = Reference(Arc::clone(state), layout, marker.expect("it is a name"));
    registry
        .register(Box::new(collector))
        .expect("it is the only collector");
    let mut length = 0;
    let time = median(
        runs.min(5),
        || (),
        |()| {
            let mut bytes = Vec::new();
            TextEncoder::new()
                .encode(&registry.gather(), &mut bytes)
                .expect("a vector takes every write");
            length = black_box(bytes).len();
        },
    );
    (time, length)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
