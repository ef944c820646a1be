//! Three ways to one page: the bytes that scrapes get, the registry's own encoder, and everything made anew. They give the same
//! after any sequence of edits and at any time, also when the clock goes back.

use chrono::NaiveDateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use prometheus::proto::MetricFamily;
use prometheus::{Encoder, TextEncoder};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use sla_monitor::apps::sla::calendar::model::CalendarRow;
use sla_monitor::apps::sla::component::model::ComponentRow;
use sla_monitor::apps::sla::rule::RuleRow;
use sla_monitor::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use sla_monitor::apps::sla::window::model::WindowRow;
use sla_monitor::clock::{Clock, FixedClock};
use sla_monitor::metrics::answer::exposition::{ComponentPage, Exposition, OwnFamilies};
use sla_monitor::metrics::answer::selected::SelectedPage;
use sla_monitor::metrics::answer::selection::Selection;
use sla_monitor::metrics::cache::ExpositionCache;
use sla_monitor::metrics::cache::page::{CachedPage, PageKey};
use sla_monitor::metrics::format::encoder::Dialect;
use sla_monitor::metrics::format::families::families;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::source::Refresh;
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::current::CurrentState;
use sla_monitor::metrics::state::shard::Shard;

/// Names of which several give one prefix, and some need escaping.
const NAMES: [&str; 12] = [
    "a-b",
    "a_b",
    "a.b",
    "2nd",
    "c_2nd",
    "web",
    "Web 2",
    "größe",
    "q\"uote",
    "back\\slash",
    "z",
    "zz",
];
pub(super) const LABELS: [(&str, &str); 6] = [
    ("env", "prod"),
    ("env", "a\"b\\c\nd"),
    ("Env", "x"),
    ("team", "ünï"),
    ("zone", "{a=\"b\"}"),
    ("_x", "1"),
];
const ZONES: [&str; 5] = [
    "UTC",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/New_York",
    "Nowhere/Land",
];

/// 2026-03-27 00:00 UTC, two days before the clocks change in Berlin.
pub(super) const START: i64 = 1_774_569_600;

/// A component; its name is a number of [`name`], its labels are numbers of [`LABELS`].
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub(super) name: usize,
    pub(super) enabled: bool,
    pub(super) slo: Option<i32>,
    pub(super) labels: Vec<usize>,
    pub(super) windows: BTreeSet<i64>,
    pub(super) calendars: BTreeSet<i64>,
}

/// A window or a calendar.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    enabled: bool,
    zone: usize,
    /// Kinds of rules, see [`rule`].
    rules: Vec<u8>,
    calendars: BTreeSet<i64>,
}

/// Names by number: first [`NAMES`], then as many as one likes, sorted by number; now and then a few share a prefix.
fn name(number: usize) -> String {
    let Some(number) = number.checked_sub(NAMES.len()) else {
        return NAMES[number].to_owned();
    };
    let (base, sign) = (number / 4, ["-", "_", ".", " "][number % 4]);
    if base.is_multiple_of(8) {
        format!("s{sign}{base:05}")
    } else {
        format!("s-{base:05}-{}", number % 4)
    }
}

/// The name to try when one is taken.
fn next_name(number: usize) -> usize {
    let next = number + 1;
    if next == NAMES.len() { 0 } else { next }
}

/// One change.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    Component(i64, Component),
    RemoveComponent(i64),
    SwapNames(i64, i64),
    Window(i64, Rules),
    RemoveWindow(i64),
    Calendar(i64, Rules),
    RemoveCalendar(i64),
    Nothing,
}

/// Everything that is stored.
#[derive(Default)]
pub(super) struct World {
    version: i64,
    pub(super) components: BTreeMap<i64, Component>,
    windows: BTreeMap<i64, Rules>,
    calendars: BTreeMap<i64, Rules>,
}

/// Keys of what an edit touched.
#[derive(Default)]
struct Touched {
    components: BTreeSet<i64>,
    windows: BTreeSet<i64>,
    calendars: BTreeSet<i64>,
}

impl World {
    /// Does what `edits` say, as far as the schema would let it, and says which rows a reader of changes would see.
    pub(super) fn apply<'a>(&mut self, edits: impl IntoIterator<Item = &'a Edit>) -> SnapshotRows {
        let mut touched = Touched::default();
        self.version += 1;
        for edit in edits {
            self.apply_one(edit, &mut touched);
        }
        self.rows(&touched)
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one scenario: each step needs the state that the steps before it left"
    )]
    fn apply_one(&mut self, edit: &Edit, touched: &mut Touched) {
        match edit {
            Edit::Component(id, component) => {
                let mut component = component.clone();
                while self
                    .components
                    .iter()
                    .any(|(other, taken)| other != id && taken.name == component.name)
                {
                    component.name = next_name(component.name);
                }
                // One value of a label name.
                let mut names = BTreeSet::new();
                component.labels.retain(|label| names.insert(LABELS[*label].0));
                component.windows.retain(|id| self.windows.contains_key(id));
                component.calendars.retain(|id| self.calendars.contains_key(id));
                self.components.insert(*id, component);
                touched.components.insert(*id);
            }
            Edit::RemoveComponent(id) => {
                self.components.remove(id);
                touched.components.insert(*id);
            }
            Edit::SwapNames(a, b) => {
                let name = |id| self.components.get(id).map(|component| component.name);
                if let (Some(of_a), Some(of_b)) = (name(a), name(b)) {
                    for (id, name) in [(a, of_b), (b, of_a)] {
                        self.components.entry(*id).and_modify(|component| component.name = name);
                        touched.components.insert(*id);
                    }
                }
            }
            Edit::Window(id, rules) => {
                let mut rules = rules.clone();
                rules.calendars.retain(|id| self.calendars.contains_key(id));
                self.windows.insert(*id, rules);
                touched.windows.insert(*id);
            }
            Edit::RemoveWindow(id) => {
                for (key, component) in &mut self.components {
                    if component.windows.remove(id) {
                        touched.components.insert(*key);
                    }
                }
                self.windows.remove(id);
                touched.windows.insert(*id);
            }
            Edit::Calendar(id, rules) => {
                self.calendars.insert(*id, rules.clone());
                touched.calendars.insert(*id);
            }
            Edit::RemoveCalendar(id) => {
                for (key, component) in &mut self.components {
                    if component.calendars.remove(id) {
                        touched.components.insert(*key);
                    }
                }
                for (key, window) in &mut self.windows {
                    if window.calendars.remove(id) {
                        touched.windows.insert(*key);
                    }
                }
                self.calendars.remove(id);
                touched.calendars.insert(*id);
            }
            Edit::Nothing => {}
        }
    }

    pub(super) fn everything(&self) -> SnapshotRows {
        self.rows(&Touched {
            components: self.components.keys().copied().collect(),
            windows: self.windows.keys().copied().collect(),
            calendars: self.calendars.keys().copied().collect(),
        })
    }

    /// The rows of what was touched and is there, and the keys of what is not.
    #[expect(
        clippy::too_many_lines,
        reason = "one scenario: each step needs the state that the steps before it left"
    )]
    fn rows(&self, touched: &Touched) -> SnapshotRows {
        let mut rows = SnapshotRows {
            version: self.version,
            ..SnapshotRows::default()
        };
        let mut gone = |model: &str, id: i64| rows.tombstones.push((model.to_owned(), id));
        for id in &touched.calendars {
            let Some(calendar) = self.calendars.get(id) else {
                gone("calendar", *id);
                continue;
            };
            rows.calendars.push(CalendarRow {
                id: *id,
                name: format!("calendar {id}"),
                description: String::new(),
                // The first zone floats.
                timezone: (calendar.zone > 0).then(|| ZONES[calendar.zone].to_owned()),
                enabled: calendar.enabled,
                version: 1,
            });
            let rules = calendar.rules.iter().zip(0..);
            rows.calendar_rules
                .extend(rules.map(|(kind, position)| rule(None, Some(*id), position, *kind)));
        }
        for id in &touched.windows {
            let Some(window) = self.windows.get(id) else {
                gone("sla_window", *id);
                continue;
            };
            rows.windows.push(WindowRow {
                id: *id,
                name: format!("window {id}"),
                description: String::new(),
                timezone: ZONES[window.zone].to_owned(),
                valid_from: None,
                valid_until: None,
                enabled: window.enabled,
                version: 1,
            });
            let rules = window.rules.iter().zip(0..);
            rows.window_rules
                .extend(rules.map(|(kind, position)| rule(Some(*id), None, position, *kind)));
            rows.window_calendars
                .extend(window.calendars.iter().map(|calendar| (*id, *calendar)));
        }
        for id in &touched.components {
            let Some(component) = self.components.get(id) else {
                gone("component", *id);
                continue;
            };
            rows.components.push(ComponentRow {
                id: *id,
                name: name(component.name),
                display_name: String::new(),
                description: String::new(),
                enabled: component.enabled,
                slo_millipercent: component.slo,
                indicator_id: None,
                version: 1,
                created_at: NaiveDateTime::default(),
                updated_at: NaiveDateTime::default(),
            });
            let labels = component.labels.iter().map(|label| LABELS[*label]);
            rows.component_labels
                .extend(labels.map(|(name, value)| (*id, 0, name.to_owned(), value.to_owned())));
            rows.component_windows
                .extend(component.windows.iter().map(|window| (*id, *window)));
            rows.component_calendars
                .extend(component.calendars.iter().map(|calendar| (*id, *calendar)));
        }
        rows
    }
}

/// The stored form of a rule: by the last digit its kind, by the rest its time of day; kind 7 cannot be read.
fn rule(window_id: Option<i64>, calendar_id: Option<i64>, position: i32, code: u8) -> RuleRow {
    let hour = code / 8 * 3 % 24;
    let mut row = RuleRow {
        id: 0,
        window_id,
        calendar_id,
        position,
        effect: if window_id.is_none() || code % 5 == 4 {
            "exclude"
        } else {
            "include"
        }
        .to_owned(),
        kind: "weekly".to_owned(),
        weekdays: None,
        rrule: None,
        anchor_date: None,
        dates: None,
        start_time: Some(format!("{hour:02}:00")),
        duration_s: Some(i32::from(code % 3 + 1) * 18_000),
        duration_mode: "wall".to_owned(),
        start_local: None,
        end_local: None,
        note: String::new(),
    };
    let mut unrecurring = |start: &str, end: &str| {
        row.kind = "once".to_owned();
        (row.start_time, row.duration_s) = (None, None);
        (row.start_local, row.end_local) = (Some(start.to_owned()), Some(end.to_owned()));
    };
    match code % 8 {
        0 => row.weekdays = Some(0b001_1111),
        1 => row.weekdays = Some(0b110_0000),
        2 => (row.weekdays, row.duration_s) = (Some(0b111_1111), Some(86_400)),
        3 => unrecurring("2026-03-28T12:00", "2026-03-29T02:30"),
        4 => unrecurring("2026-03-29T02:30", "2031-01-01T00:00"),
        5 => {
            row.kind = "rrule".to_owned();
            row.rrule = Some("FREQ=MONTHLY;BYDAY=-1SU".to_owned());
        }
        6 => {
            row.kind = "dates".to_owned();
            row.dates = Some(r#"["2026-03-27", {"date": "2026-03-30", "name": "x"}]"#.to_owned());
        }
        _ => unrecurring("yesterday", "tomorrow"),
    }
    row
}

fn component() -> impl Strategy<Value = Component> {
    (
        0..NAMES.len(),
        prop::bool::weighted(0.85),
        prop::option::of(0..=100_000),
        prop::collection::vec(0..LABELS.len(), 0..4),
        prop::collection::btree_set(1i64..5, 0..3),
        prop::collection::btree_set(1i64..3, 0..2),
    )
        .prop_map(|(name, enabled, slo, labels, windows, calendars)| Component {
            name,
            enabled,
            slo,
            labels,
            windows,
            calendars,
        })
}

pub(super) fn rules() -> impl Strategy<Value = Rules> {
    (
        prop::bool::weighted(0.85),
        prop_oneof![12 => 0..ZONES.len() - 1, 1 => Just(ZONES.len() - 1)],
        prop::collection::vec(
            prop_oneof![12 => (0u8..56).prop_map(|code| code / 7 * 8 + code % 7), 1 => Just(7)],
            0..3,
        ),
        prop::collection::btree_set(1i64..3, 0..2),
    )
        .prop_map(|(enabled, zone, rules, calendars)| Rules {
            enabled,
            zone,
            rules,
            calendars,
        })
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        8 => (1i64..9, component()).prop_map(|(id, component)| Edit::Component(id, component)),
        2 => (1i64..9).prop_map(Edit::RemoveComponent),
        2 => (1i64..9, 1i64..9).prop_map(|(a, b)| Edit::SwapNames(a, b)),
        4 => (1i64..5, rules()).prop_map(|(id, rules)| Edit::Window(id, rules)),
        1 => (1i64..5).prop_map(Edit::RemoveWindow),
        2 => (1i64..3, rules()).prop_map(|(id, rules)| Edit::Calendar(id, rules)),
        1 => (1i64..3).prop_map(Edit::RemoveCalendar),
        1 => Just(Edit::Nothing),
    ]
}

/// Steps of the clock: forwards by little and much, on the spot, backwards.
pub(super) fn step() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0i64),
        6 => 1i64..20_000,
        2 => 20_000i64..400_000,
        2 => -200_000i64..0,
    ]
}

/// The page as bytes; measured, it has the length that it has.
pub(super) fn rendered(
    state: &Arc<ExposedState>,
    layout: Layout,
    selection: &Selection,
) -> Result<String, TestCaseError> {
    let page = SelectedPage::new(Arc::clone(state), layout, selection);
    let mut bytes = Vec::new();
    page.render(&mut bytes);
    prop_assert_eq!(page.length(), bytes.len() as u64);
    Ok(String::from_utf8(bytes).expect("pages are UTF-8"))
}

/// A cached page, plain and in gzip, is the page of a state that was made anew, to the last byte.
fn check_cached(page: &Arc<CachedPage>, anew: &Arc<ExposedState>) -> Result<(), TestCaseError> {
    let selection = Selection {
        shard: page.key().shard,
        ..Selection::default()
    };
    check_bytes(page, &rendered(anew, page.key().layout, &selection)?)
}

/// The plain bytes of an answer: it has the length that it tells, and so has the one gzip member, which holds just these bytes.
pub(super) fn check_lengths_and_gzip(exposition: &Exposition) -> Result<Vec<u8>, TestCaseError> {
    let plain: Vec<u8> = exposition.clone().into_chunks().flatten().collect();
    prop_assert_eq!(exposition.length(), plain.len() as u64);
    let member = exposition.clone().gzip();
    let length = member.length();
    let deflated: Vec<u8> = member.into_chunks().flatten().collect();
    prop_assert_eq!(length, deflated.len() as u64);
    let mut decoder = GzDecoder::new(&deflated[..]);
    let mut inflated = Vec::new();
    decoder
        .read_to_end(&mut inflated)
        .expect("it is gzip, with the right checksum and length");
    prop_assert!(decoder.into_inner().is_empty(), "it is one member");
    prop_assert!(inflated == plain);
    Ok(plain)
}

/// What is sent of a cached page, plain and in gzip, is this page.
pub(super) fn check_bytes(cached: &Arc<CachedPage>, page: &str) -> Result<(), TestCaseError> {
    for (dialect, end) in [(Dialect::Text, ""), (Dialect::OpenMetrics, "# EOF\n")] {
        let components = ComponentPage::Cached(Arc::clone(cached));
        let exposition = Exposition::new(OwnFamilies::new(dialect), components);
        let plain = check_lengths_and_gzip(&exposition)?;
        if plain.strip_suffix(end.as_bytes()) != Some(page.as_bytes()) {
            let text = String::from_utf8_lossy(&plain);
            let first = text.lines().zip(page.lines()).find(|(own, wanted)| own != wanted);
            prop_assert!(false, "{} bytes instead of {}: {first:?}", plain.len(), page.len());
        }
    }
    Ok(())
}

/// A page has the lines that the registry's own encoder makes of these families.
pub(super) fn check_lines(page: &str, families: &[MetricFamily]) -> Result<(), TestCaseError> {
    let mut encoded = Vec::new();
    TextEncoder::new()
        .encode(families, &mut encoded)
        .expect("every family has samples");
    let encoded = String::from_utf8(encoded).expect("pages are UTF-8");
    prop_assert_eq!(sorted(page), sorted(&encoded));
    Ok(())
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// The lines of the families of these names.
fn filtered<'a>(page: &'a str, names: &BTreeSet<String>) -> Vec<&'a str> {
    let family = |line: &'a str| match line.strip_prefix("# ") {
        Some(head) => head.split(' ').nth(1).expect("a head names a family"),
        None => line.split('{').next().expect("a sample starts with a name"),
    };
    page.lines().filter(|line| names.contains(family(line))).collect()
}

fn check_page(
    state: &Arc<ExposedState>,
    anew: &Arc<ExposedState>,
    picks: &[prop::sample::Index],
) -> Result<(), TestCaseError> {
    for layout in [Layout::Names, Layout::Labels] {
        let page = rendered(state, layout, &Selection::default())?;
        let families = families(state, layout);
        check_lines(&page, &families)?;
        prop_assert_eq!(&page, &rendered(anew, layout, &Selection::default())?);
        let lines: BTreeSet<&str> = page.lines().collect();
        prop_assert_eq!(lines.len(), page.lines().count(), "no line stands twice");

        let mut names: BTreeSet<String> = picks
            .iter()
            .filter(|_| !families.is_empty())
            .map(|pick| pick.get(&families).name().to_owned())
            .collect();
        names.insert("web_service_window_next_start".to_owned());
        names.insert("nothing".to_owned());
        let selection = Selection {
            names: names.clone(),
            ..Selection::default()
        };
        let selected = rendered(state, layout, &selection)?;
        prop_assert_eq!(selected.lines().collect::<Vec<_>>(), filtered(&page, &names));
    }
    Ok(())
}

proptest! {
    // The same cases in every run.
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1_774_569_600),
        max_shrink_iters: 500,
        ..ProptestConfig::default()
    })]

    #[test]
    fn pages_equal_those_of_the_registry_and_those_made_anew(
        edits in prop::collection::vec((edit(), step(), 0u8..4), 1..24),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut world = World::default();
        let mut builder = SnapshotBuilder::new(world.everything());
        let mut now = START;
        let mut last: Option<Arc<ExposedState>> = None;
        let clock = Arc::new(FixedClock::at(now));
        let current = Arc::new(CurrentState::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let cache = ExpositionCache::new(Arc::clone(&current));
        for (edit, step, chores) in &edits {
            now += step;
            builder.update(world.apply([edit]));
            let snapshot = Arc::new(builder.snapshot());
            let (state, _) = ExposedState::at(&last.iter().collect::<Vec<_>>(), &snapshot, now);
            let fresh = Arc::new(SnapshotBuilder::new(world.everything()).snapshot());
            prop_assert_eq!(snapshot.counts, fresh.counts);
            prop_assert_eq!(snapshot.version, fresh.version);
            prop_assert!(snapshot.components.iter().all(|component| component.labels().is_sorted()));
            let (anew, evaluations) = ExposedState::at(&[], &fresh, now);
            prop_assert_eq!(evaluations, fresh.coverages.iter().flatten().count());
            check_page(&state, &anew, &picks)?;

            current.publish(Arc::clone(&snapshot), Refresh::Delta);
            if chores & 1 != 0 {
                cache.prepare();
            }
            clock.set(now);
            if chores & 2 != 0 {
                cache.prepare();
            }
            let half = Shard::new(0, 2).expect("there are two");
            for (layout, shard) in [
                (Layout::Names, None),
                (Layout::Labels, None),
                (Layout::Names, Some(half)),
                (Layout::Labels, Some(half)),
            ] {
                let page = cache.page(PageKey { layout, shard }).expect("a snapshot was published");
                check_cached(&page, &anew)?;
            }
            // What was prepared is what holds then.
            if let Some(instant) = anew.valid_until().filter(|_| chores & 1 != 0) {
                cache.prepare();
                clock.set(instant);
                let page = cache.page(PageKey { layout: Layout::Names, shard: None }).expect("a snapshot was published");
                check_cached(&page, &ExposedState::at(&[], &fresh, instant).0)?;
                clock.set(now);
            }
            last = Some(state);
        }
    }
}
