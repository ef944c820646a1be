//! Whatever is chosen from whatever world: a page shows the samples of the whole page that are wanted one by one, in their order,
//! and heads of those families alone that have any.

use chrono::NaiveDateTime;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::RngSeed;
use sla_monitor::apps::sla::component::model::ComponentRow;
use sla_monitor::apps::sla::snapshot::compile::{SnapshotBuilder, SnapshotRows};
use sla_monitor::metrics::answer::exposition::{ComponentPage, Exposition, OwnFamilies};
use sla_monitor::metrics::answer::selected::SelectedPage;
use sla_monitor::metrics::answer::selection::{Selection, Selector};
use sla_monitor::metrics::format::encoder::Dialect;
use sla_monitor::metrics::format::render::Layout;
use sla_monitor::metrics::state::ExposedState;
use sla_monitor::metrics::state::shard::Shard;
use sla_monitor::metrics::state::snapshot::Component;

use super::equivalence::check_lengths_and_gzip;
use super::put_once_window;

/// 2026-03-27 00:00 UTC.
const NOW: i64 = 1_774_569_600;

/// Labels of few values and of many, and values that have to be escaped.
const LABELS: [(&str, &[&str]); 4] = [
    ("env", &["prod", "prod ", "test"]),
    ("note", &["a\"b", "a\\b", "a\nb", "{a=\"b\"}", "ünï", "}"]),
    ("team", &["blue", "red"]),
    ("zone", &["1", "2", "3", "4", "5", "6", "7", "8", "9"]),
];

/// The windows that there are: one past, one ahead, one now and ever, one that cannot be read.
const ONCE: [(&str, &str); 4] = [
    ("2020-01-01T00:00", "2020-01-02T00:00"),
    ("2030-01-01T00:00", "2030-01-02T00:00"),
    ("2026-01-01T00:00", "2027-01-01T00:00"),
    ("yesterday", "tomorrow"),
];

type Pairs = Vec<(String, String)>;

/// A component as it was made.
#[derive(Clone, Debug)]
struct Made {
    name: String,
    labels: Pairs,
    windows: BTreeSet<i64>,
    slo: Option<i32>,
}

/// Names of which several share a prefix, some of them very many.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => (0u16..400).prop_map(|number| format!("service-{number}")),
        2 => (0u16..6, "[-_. ]{3}").prop_map(|(number, signs)| format!("a{signs}{number}")),
        1 => "[-_./\"\\\\]{2}x[-_./é]",
        1 => "[0-9]{1,2}",
    ]
}

fn made() -> impl Strategy<Value = Made> {
    let label = |number: usize| {
        let (name, values) = LABELS[number];
        prop::option::weighted(0.6, prop::sample::select(values))
            .prop_map(move |value| value.map(|value| (name.to_owned(), value.to_owned())))
    };
    (
        name(),
        (label(0), label(1), label(2), label(3)),
        prop_oneof![
            6 => prop::collection::btree_set(1i64..4, 0..3),
            1 => Just(BTreeSet::from([4]))
        ],
        prop::option::of(0..=100_000),
    )
        .prop_map(|(name, (a, b, c, d), windows, slo)| Made {
            name,
            labels: [a, b, c, d].into_iter().flatten().collect(),
            windows,
            slo,
        })
}

/// A label of a component, and what is asked of it.
type Condition = (Index, Index, u8);

/// What is chosen, before it is known from what.
#[derive(Clone, Debug)]
struct Choice {
    families: Vec<Index>,
    components: Vec<Index>,
    selectors: Vec<(Option<Index>, Vec<Condition>)>,
    shard: Option<(u32, u32)>,
}

/// Nothing in half of the cases, otherwise a few.
fn few<T: std::fmt::Debug + Clone + 'static>(
    element: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![Just(Vec::new()).boxed(), prop::collection::vec(element, 1..12).boxed()]
}

fn choice() -> impl Strategy<Value = Choice> {
    let condition = (any::<Index>(), any::<Index>(), 0u8..12);
    let selector = (
        prop::option::weighted(0.3, any::<Index>()),
        prop::collection::vec(condition, 1..4),
    );
    (
        few(any::<Index>()),
        few(any::<Index>()),
        few(selector),
        prop::option::weighted(0.3, (0u32..5, 1u32..5)),
    )
        .prop_map(|(families, components, selectors, shard)| Choice {
            families,
            components,
            selectors,
            shard,
        })
}

impl Choice {
    /// What it means in a world that has these families and components.
    fn selection(&self, families: &[String], world: &[Made]) -> Selection {
        let condition = |(component, label, kind): &Condition| {
            let component = component.get(world);
            let own = (!component.labels.is_empty()).then(|| label.get(&component.labels).clone());
            let absent = LABELS[usize::from(*kind) % LABELS.len()].0.to_owned();
            match (kind, own) {
                (0, _) => ("component".to_owned(), component.name.clone()),
                (1, _) => (absent, String::new()),
                (2, _) => (absent, "nothing".to_owned()),
                (3, _) => ("component".to_owned(), String::new()),
                (_, Some(pair)) => pair,
                (_, None) => (absent, String::new()),
            }
        };
        let selector = |(family, conditions): &(Option<Index>, Vec<Condition>)| {
            let labels: BTreeSet<(String, String)> = conditions.iter().map(condition).collect();
            Selector {
                name: family.map(|family| family.get(families).clone()),
                labels: labels.into_iter().collect(),
            }
        };
        Selection {
            names: self
                .families
                .iter()
                .map(|family| family.get(families).clone())
                .collect(),
            components: self
                .components
                .iter()
                .map(|component| component.get(world).name.clone())
                .collect(),
            matches: self.selectors.iter().map(selector).collect(),
            shard: self
                .shard
                .map(|(ordinal, total)| Shard::new(ordinal % total, total).expect("there is one")),
        }
    }
}

/// The state of a world that a database could hold.
fn state(world: &[Made]) -> Arc<ExposedState> {
    let mut rows = SnapshotRows {
        version: 1,
        ..SnapshotRows::default()
    };
    for (id, (start, end)) in (1..).zip(ONCE) {
        put_once_window(&mut rows, id, start, end);
    }
    for (id, component) in (1..).zip(world) {
        rows.components.push(ComponentRow {
            id,
            name: component.name.clone(),
            display_name: String::new(),
            description: String::new(),
            enabled: true,
            slo_millipercent: component.slo,
            indicator_id: None,
            version: 1,
            created_at: NaiveDateTime::default(),
            updated_at: NaiveDateTime::default(),
        });
        let labels = component.labels.iter();
        rows.component_labels
            .extend(labels.map(|(name, value)| (id, 0, name.clone(), value.clone())));
        rows.component_windows
            .extend(component.windows.iter().map(|window| (id, *window)));
    }
    ExposedState::at(&[], &Arc::new(SnapshotBuilder::new(rows).snapshot()), NOW).0
}

fn rendered(state: &Arc<ExposedState>, layout: Layout, selection: &Selection) -> String {
    let page = SelectedPage::new(Arc::clone(state), layout, selection);
    let mut bytes = Vec::new();
    page.render(&mut bytes);
    assert_eq!(page.length(), bytes.len() as u64);
    String::from_utf8(bytes).expect("pages are UTF-8")
}

/// The family of a line and, of a sample, the text of its labels.
fn parts(line: &str) -> (&str, Option<&str>) {
    match line.strip_prefix("# ") {
        Some(head) => (head.split(' ').nth(1).expect("a head names a family"), None),
        None => {
            let (family, _) = line.split_once('{').expect("samples of components have labels");
            let (sample, _) = line.rsplit_once(' ').expect("a sample ends with its value");
            (family, Some(&sample[family.len()..]))
        }
    }
}

/// Whether a selection wants a sample, straight from the words: alternatives within a parameter, all parameters at once, and a
/// selector as a set of conditions on the labels of the sample, its name among them.
fn is_wanted(selection: &Selection, family: &str, component: &Made) -> bool {
    let labels = component.labels.iter();
    let mut sample: BTreeMap<&str, &str> = labels.map(|(label, value)| (label.as_str(), value.as_str())).collect();
    sample.extend([("component", component.name.as_str()), ("__name__", family)]);
    let holds = |label: &str, wanted: &str| sample.get(label).copied().unwrap_or_default() == wanted;
    let is_match = |selector: &Selector| {
        selector.name.iter().all(|name| holds("__name__", name))
            && selector.labels.iter().all(|(label, wanted)| holds(label, wanted))
    };
    (selection.names.is_empty() || selection.names.contains(family))
        && (selection.components.is_empty() || selection.components.contains(&component.name))
        && (selection.matches.is_empty() || selection.matches.iter().any(is_match))
        && selection.shard.is_none_or(|shard| shard.holds(&component.name))
}

/// The lines of the whole page that a selection wants, asked about each sample.
fn wanted<'a>(whole: &'a str, selection: &Selection, by_labels: &BTreeMap<String, &Made>) -> Vec<&'a str> {
    let wants = |line: &str| {
        let (family, labels) = parts(line);
        labels.is_some_and(|labels| is_wanted(selection, family, by_labels[labels]))
    };
    let families: BTreeSet<&str> = whole
        .lines()
        .filter(|line| wants(line))
        .map(|line| parts(line).0)
        .collect();
    let is_left = |line: &&str| match parts(line) {
        (family, None) => families.contains(family),
        _ => wants(line),
    };
    whole.lines().filter(is_left).collect()
}

/// What gzip sends is what is sent plain.
fn check_gzip(state: &Arc<ExposedState>, layout: Layout, selection: &Selection) -> Result<(), TestCaseError> {
    let components = ComponentPage::Selected(SelectedPage::new(Arc::clone(state), layout, selection));
    let exposition = Exposition::new(OwnFamilies::new(Dialect::OpenMetrics), components);
    check_lengths_and_gzip(&exposition)?;
    Ok(())
}

proptest! {
    // The same cases in every run.
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1_774_569_600),
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_page_has_what_is_wanted_of_the_whole(
        world in prop::collection::vec(made(), 1..300),
        choices in prop::collection::vec(choice(), 1..12),
    ) {
        let mut taken = BTreeSet::new();
        let world: Vec<Made> = world.into_iter().filter(|made| taken.insert(made.name.clone())).collect();
        let by_labels: BTreeMap<String, &Made> = world
            .iter()
            .map(|made| (Component::new(&made.name, &made.labels, 0, None).label_text().to_owned(), made))
            .collect();
        prop_assert_eq!(by_labels.len(), world.len());
        let state = state(&world);
        for layout in [Layout::Names, Layout::Labels] {
            let whole = rendered(&state, layout, &Selection::default());
            let mut families: Vec<String> = whole.lines().map(|line| parts(line).0.to_owned()).collect();
            // Names of the other layout and of nothing.
            families.extend(["service_window_in_window", "service_1_service_window_in_window", "up"].map(str::to_owned));
            for choice in &choices {
                let selection = choice.selection(&families, &world);
                let page = rendered(&state, layout, &selection);
                let lines: Vec<&str> = page.lines().collect();
                prop_assert_eq!(lines, wanted(&whole, &selection, &by_labels), "{:?}", selection);
                check_gzip(&state, layout, &selection)?;
            }
        }
    }
}
