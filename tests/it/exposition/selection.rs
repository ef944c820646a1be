//! What a query selects, and that the way to the components that it wants leaves none of them out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proptest::prelude::*;
use sla_monitor::metrics::answer::selection::{CandidateKey, Candidates, ComponentLabels, Selection, SelectionError};
use sla_monitor::metrics::format::names::{Fact, LabelsFact, metric_prefix};
use sla_monitor::metrics::format::render::Layout;

type Pairs = Vec<(String, String)>;

/// The labels of a component.
pub(super) struct Carried<'a>(pub(super) &'a [(String, String)]);

impl ComponentLabels for Carried<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let pair = self.0.iter().find(|(label, _)| label == name);
        pair.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }
}

/// The pairs of a query that is written without escapes, so that selectors can be read: `key=value` parted by `&`.
fn pairs(query: &str) -> Pairs {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key.to_owned(), value.to_owned())
        })
        .collect()
}

fn read(query: &str) -> Result<(Selection, Option<Layout>), SelectionError> {
    Selection::from_query(pairs(query))
}

fn select(query: &str) -> Selection {
    read(query).expect(query).0
}

struct Component {
    name: &'static str,
    labels: &'static [(&'static str, &'static str)],
}

impl Component {
    fn labels(&self) -> Pairs {
        let labels = self.labels.iter();
        labels
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }
}

const COMPONENTS: [Component; 4] = [
    Component {
        name: "api",
        labels: &[("env", "prod"), ("team", "blue")],
    },
    Component {
        name: "web",
        labels: &[("env", "prod"), ("team", "red")],
    },
    Component {
        name: "a-b",
        labels: &[("env", "test")],
    },
    Component {
        name: "a_b",
        labels: &[],
    },
];

/// Facts as `in_window` and the like, and `slo`.
fn short(fact: Fact) -> &'static str {
    fact.suffix().trim_start_matches("_service_window_")
}

/// What a query wants of [`COMPONENTS`], as `api:in_window,next_end web:all`.
fn wanted(query: &str) -> String {
    let (selection, layout) = read(query).expect(query);
    let layout = layout.unwrap_or_default();
    let parts = COMPONENTS.iter().filter_map(|component| {
        let labels = component.labels();
        let wanted = selection.of_component(
            layout,
            &metric_prefix(component.name),
            component.name,
            &Carried(&labels),
        );
        let mut facts: Vec<&str> = Fact::ALL
            .into_iter()
            .filter(|fact| wanted.has(*fact))
            .map(short)
            .collect();
        let by_labels = LabelsFact::ALL.into_iter().zip([
            "slo",
            "completed",
            "accounting_start",
            "month_attained",
            "month_budget",
            "month_left",
            "month_unmeasured",
        ]);
        facts.extend(
            by_labels
                .filter(|(fact, _)| wanted.has_labels_fact(*fact))
                .map(|(_, short)| short),
        );
        let all = if layout == Layout::Labels { 12 } else { 5 };
        assert_eq!(wanted.is_empty(), facts.is_empty());
        match facts.len() {
            0 => None,
            count if count == all => Some(format!("{}:all", component.name)),
            _ => Some(format!("{}:{}", component.name, facts.join(","))),
        }
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[test]
fn values_of_one_parameter_are_alternatives_and_parameters_hold_together() {
    let all = "api:all web:all a-b:all a_b:all";
    for (query, expected) in [
        ("", all),
        ("other=1&name=x&match=y&component=z&names[]=q", all),
        ("layout=labels", all),
        ("name[]=api_service_window_in_window", "api:in_window"),
        (
            "name[]=api_service_window_in_window&name[]=web_service_window_next_end&name[]=api_service_window_last_end",
            "api:last_end,in_window web:next_end",
        ),
        ("name[]=a_b_service_window_in_window", "a-b:in_window a_b:in_window"),
        ("name[]=a_b_service_window_in_window&component[]=a-b", "a-b:in_window"),
        ("name[]=service_window_in_window", ""),
        ("name[]=", ""),
        ("component[]=api", "api:all"),
        ("component[]=api&component[]=web&component[]=gone", "api:all web:all"),
        ("component[]=", ""),
        ("component[]=API", ""),
        (r#"match[]={team="blue"}"#, "api:all"),
        (r#"match[]={team="blue"}&match[]={team="red"}"#, "api:all web:all"),
        (r#"match[]={env="prod",team="red"}"#, "web:all"),
        (r#"match[]={env="prod",team=""}"#, ""),
        (r#"match[]={env="test",team=""}"#, "a-b:all"),
        (r#"match[]={component="a_b"}"#, "a_b:all"),
        (r#"match[]={team="blue"}&component[]=web"#, ""),
        (r#"match[]={env="prod"}&component[]=web"#, "web:all"),
        (r#"match[]=a_b_service_window_in_window{env=""}"#, "a_b:in_window"),
        (
            r#"match[]=api_service_window_in_window&match[]={team="red"}"#,
            "api:in_window web:all",
        ),
        (
            r#"match[]={env="prod"}&name[]=web_service_window_last_end"#,
            "web:last_end",
        ),
        (
            r#"match[]=web_service_window_last_start&match[]={team="red"}&name[]=web_service_window_last_end"#,
            "web:last_end",
        ),
        ("match[]=http_requests_total", ""),
        (
            "layout=labels&name[]=service_window_in_window&component[]=api",
            "api:in_window",
        ),
        (
            "layout=labels&name[]=service_window_slo_ratio&name[]=service_window_in_window",
            "api:in_window,slo web:in_window,slo a-b:in_window,slo a_b:in_window,slo",
        ),
        (
            r#"layout=labels&match[]=service_window_slo_ratio{team="blue"}"#,
            "api:slo",
        ),
        ("layout=labels&name[]=api_service_window_in_window", ""),
        ("shard=0/1", all),
        ("shard=0/2", "web:all"),
        ("shard=1/2", "api:all a-b:all a_b:all"),
        ("shard=0/2&component[]=api", ""),
    ] {
        assert_eq!(wanted(query), expected, "{query}");
    }
}

#[test]
fn families_that_are_not_about_components() {
    let histogram = "http_request_duration_seconds";
    for (query, families) in [
        ("", vec!["sla_monitor_build_info", histogram]),
        ("shard=1/2", vec!["sla_monitor_build_info", histogram]),
        ("name[]=sla_monitor_build_info", vec!["sla_monitor_build_info"]),
        (
            "name[]=sla_monitor_build_info&shard=1/2",
            vec!["sla_monitor_build_info"],
        ),
        ("name[]=http_request_duration_seconds", vec![histogram]),
        ("name[]=http_request_duration_seconds_bucket", vec![histogram]),
        ("match[]=http_request_duration_seconds_count", vec![histogram]),
        ("name[]=http_request_duration_seconds_buckets", vec![]),
        ("name[]=api_service_window_in_window", vec![]),
        ("component[]=api", vec![]),
        ("component[]=api&name[]=sla_monitor_build_info", vec![]),
        ("match[]=sla_monitor_build_info", vec!["sla_monitor_build_info"]),
        (
            r#"match[]={__name__="sla_monitor_build_info"}"#,
            vec!["sla_monitor_build_info"],
        ),
        (r#"match[]={team="blue"}"#, vec![]),
        (r#"match[]={component="api"}"#, vec![]),
        (r#"match[]=sla_monitor_build_info{component="api"}"#, vec![]),
        (
            r#"match[]={team="blue"}&match[]=sla_monitor_build_info"#,
            vec!["sla_monitor_build_info"],
        ),
        (
            "match[]=sla_monitor_build_info&name[]=http_request_duration_seconds",
            vec![],
        ),
        ("match[]=sla_monitor_build_info&component[]=api", vec![]),
    ] {
        let selection = select(query);
        let mut own = vec!["sla_monitor_build_info", histogram];
        own.retain(|family| selection.own_family(family));
        assert_eq!(own, families, "{query}");
        assert!(families.is_empty() || selection.takes_own_families(), "{query}");
    }
    for nothing in ["component[]=api", r#"match[]={team="blue"}"#] {
        assert!(!select(nothing).takes_own_families(), "{nothing}");
    }
}

#[test]
fn what_narrows() {
    for (query, whole_shard) in [
        ("", true),
        ("layout=labels&other=1", true),
        ("shard=0/1", true),
        ("shard=0/4", true),
        ("name[]=x", false),
        ("component[]=x", false),
        ("match[]=x", false),
        ("match[]=x&shard=0/4", false),
    ] {
        assert_eq!(select(query).is_whole_shard(), whole_shard, "{query}");
    }
    assert_eq!(read("").map(|(_, layout)| layout), Ok(None));
    assert_eq!(
        read("layout=names&layout=labels").map(|(_, layout)| layout),
        Ok(Some(Layout::Labels))
    );
}

#[track_caller]
fn check_error(query: &str, message: &str) {
    assert_eq!(read(query).map_err(|error| error.to_string()), Err(message.to_owned()));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_parameter() {
    check_error("layout=rubbish", "layout: `rubbish` is no layout; use names or labels");
    check_error("layout=labels&layout=", "layout: `` is no layout; use names or labels");
    check_error(
        "shard=4/4",
        "shard: there is no shard 4 of 4; they are counted from 0, so the last one is 3/4",
    );
    check_error(
        "shard",
        "shard: `` is no shard; write its number, counted from 0, and how many there are: 0/4",
    );
    check_error(
        "shard=0/4&shard=1/4",
        "shard: 0/4 and 1/4 do not stand on one page; scrape each on its own",
    );
    assert_eq!(select("shard=1/4&shard=1/4"), select("shard=1/4"));
    check_error(
        r#"match[]={team="blue"}&match[]={team=blue}"#,
        "match[] `{team=blue}`: character 7: a value stands in quotes, as in {team=\"blue\"}",
    );
    check_error(
        "match[]",
        "match[] ``: character 1: the end was found where the name of a family or `{` is expected",
    );
    check_error(
        &format!("match[]={{\n\u{1}{}", "x".repeat(1000)),
        &format!(
            r"match[] `{{\n\u{{1}}{}…`: character 3: `\u{{1}}` was found where the name of a label or `}}` is expected",
            "x".repeat(57)
        ),
    );
}

#[test]
fn there_are_limits_and_what_is_said_twice_counts_once() {
    let many = |key: &str, count: usize, value: &dyn Fn(usize) -> String| {
        Selection::from_query((0..count).map(|number| (key.to_owned(), value(number)))).map(drop)
    };
    let numbered = |number: usize| format!("x{number}");
    for (key, max) in [("name[]", 10_000), ("component[]", 10_000), ("match[]", 100)] {
        assert_eq!(many(key, max, &numbered), Ok(()));
        assert_eq!(many(key, max + 1, &|_| "x".to_owned()), Ok(()));
        let error = many(key, max + 1, &numbered).expect_err("one more").to_string();
        assert_eq!(
            error,
            format!(
                "{key}: more than {max} different values are too many; split the scrape, or leave {key} out to get all"
            )
        );
    }
}

#[test]
fn the_shortest_way_to_the_components() {
    let keys = |keys: Vec<CandidateKey<'static>>| Candidates::Keys(keys.into_iter().collect());
    let blue = CandidateKey::Labels(vec![("team", "blue")]);
    for (query, expected) in [
        ("", Candidates::All),
        ("shard=0/4", Candidates::All),
        ("layout=labels&name[]=service_window_in_window", Candidates::All),
        ("layout=labels&match[]=service_window_slo_ratio", Candidates::All),
        (
            r#"layout=labels&match[]=service_window_slo_ratio{team=""}"#,
            Candidates::All,
        ),
        (
            "component[]=a&component[]=b",
            keys(vec![CandidateKey::Component("a"), CandidateKey::Component("b")]),
        ),
        (
            "name[]=a_service_window_in_window&name[]=a_service_window_next_end&name[]=up",
            keys(vec![CandidateKey::Prefix("a")]),
        ),
        (r#"match[]={team="blue",env=""}"#, keys(vec![blue.clone()])),
        (
            r#"match[]={team="blue"}&match[]={component="a",team="red"}&match[]=b_service_window_in_window"#,
            keys(vec![
                CandidateKey::Component("a"),
                CandidateKey::Prefix("b"),
                blue.clone(),
            ]),
        ),
        (
            r#"match[]={team="blue"}&component[]=a&component[]=b"#,
            keys(vec![CandidateKey::Component("a"), CandidateKey::Component("b")]),
        ),
        (
            "name[]=a_service_window_in_window&component[]=b&component[]=c",
            keys(vec![CandidateKey::Prefix("a")]),
        ),
        (
            r#"layout=labels&match[]=service_window_in_window{team="blue"}"#,
            keys(vec![blue]),
        ),
        (
            r#"match[]=a_service_window_in_window{env=""}"#,
            keys(vec![CandidateKey::Prefix("a")]),
        ),
        // Nothing can match, so no component is compared.
        ("name[]=http_requests_total", keys(vec![])),
        ("match[]=http_requests_total", keys(vec![])),
        ("layout=labels&name[]=a_service_window_in_window", keys(vec![])),
        (r#"match[]={team="blue",team="red"}"#, keys(vec![])),
        (r#"match[]={component="",team="red"}"#, keys(vec![])),
        (r#"component[]=a&match[]=http_requests_total"#, keys(vec![])),
    ] {
        let (selection, layout) = read(query).expect(query);
        assert_eq!(selection.candidates(layout.unwrap_or_default()), expected, "{query}");
    }
}

/// Whether the way leads to the component.
fn leads_to(candidates: &Candidates<'_>, name: &str, labels: &Pairs) -> bool {
    let carries = |(wanted, text): &(&str, &str)| labels.iter().any(|(label, value)| label == wanted && value == text);
    match candidates {
        Candidates::All => true,
        Candidates::Keys(keys) => keys.iter().any(|key| match key {
            CandidateKey::Component(component) => *component == name,
            CandidateKey::Prefix(prefix) => *prefix == metric_prefix(name),
            CandidateKey::Labels(pairs) => {
                assert!(!pairs.is_empty() && pairs.iter().all(|(_, value)| !value.is_empty()));
                pairs.iter().all(carries)
            }
        }),
    }
}

/// Whether the query wants the sample, straight from the words: alternatives within a parameter, all parameters at once, and a
/// selector as a set of conditions on the labels of the sample, its name among them.
fn is_wanted(query: &[Vec<Plan>; 3], family: &str, name: &str, labels: &Pairs) -> bool {
    let mut sample: BTreeMap<&str, &str> = labels
        .iter()
        .map(|(label, value)| (label.as_str(), value.as_str()))
        .collect();
    sample.extend([("component", name), ("__name__", family)]);
    let holds = |(label, value): &(String, String)| sample.get(label.as_str()).copied().unwrap_or_default() == value;
    query
        .iter()
        .all(|alternatives| alternatives.is_empty() || alternatives.iter().any(|plan| plan.iter().all(holds)))
}

/// What a value of a parameter asks of a sample, as labels.
type Plan = Pairs;

fn names() -> impl Strategy<Value = String> {
    proptest::sample::select(vec!["a-b", "a_b", "api", "1x"]).prop_map(str::to_owned)
}

fn families() -> impl Strategy<Value = String> {
    let facts = proptest::sample::select(Fact::ALL.to_vec());
    prop_oneof![
        6 => (names(), facts.clone()).prop_map(|(name, fact)| format!("{}{}", metric_prefix(&name), fact.suffix())),
        2 => facts.prop_map(|fact| fact.family().to_owned()),
        1 => proptest::sample::select(LabelsFact::ALL.to_vec()).prop_map(|fact| fact.family().to_owned()),
        1 => Just("http_requests_total".to_owned()),
    ]
}

fn labels() -> impl Strategy<Value = Pairs> {
    let value = || proptest::option::of(proptest::sample::select(vec!["x", "y\"\\"]));
    (value(), value()).prop_map(|(env, team)| {
        let pairs = [("env", env), ("team", team)];
        pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
            .collect()
    })
}

/// The matchers of a selector; never too few to be one.
fn plans() -> impl Strategy<Value = Plan> {
    let text = |texts: &[&'static str]| proptest::sample::select(texts.to_vec()).prop_map(str::to_owned);
    let label = (text(&["env", "team", "region"]), text(&["x", "y\"\\", ""]));
    let component = names().prop_map(|name| ("component".to_owned(), name));
    let matchers = proptest::collection::vec(prop_oneof![4 => label, 1 => component], 0..3);
    (proptest::option::of(families()), matchers).prop_map(|(family, mut plan)| {
        let is_empty = plan.iter().all(|(_, value)| value.is_empty());
        let family = family.or(is_empty.then(|| "api_service_window_in_window".to_owned()));
        plan.extend(family.map(|family| ("__name__".to_owned(), family)));
        plan
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn every_wanted_sample_is_found_and_no_other(
        families in proptest::collection::vec(families(), 0..3),
        components in proptest::collection::vec(names(), 0..3),
        selectors in proptest::collection::vec(plans(), 0..3),
        population in proptest::collection::vec((names(), labels()), 1..4),
    ) {
        let plan = |label: &str, values: &[String]| -> Vec<Plan> {
            values.iter().map(|value| vec![(label.to_owned(), value.clone())]).collect()
        };
        let query = [plan("__name__", &families), plan("component", &components), selectors.clone()];
        let quoted = |plan: &Plan| -> String {
            let matchers: Vec<String> = plan
                .iter()
                .map(|(label, value)| format!("{label}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            format!("{{{}}}", matchers.join(","))
        };
        let pairs = families.iter().map(|family| ("name[]".to_owned(), family.clone()))
            .chain(components.iter().map(|name| ("component[]".to_owned(), name.clone())))
            .chain(selectors.iter().map(|plan| ("match[]".to_owned(), quoted(plan))));
        let (selection, _) = Selection::from_query(pairs).expect("the query makes sense");
        for layout in [Layout::Names, Layout::Labels] {
            let candidates = selection.candidates(layout);
            for (name, labels) in &population {
                let prefix = metric_prefix(name);
                let wanted = selection.of_component(layout, &prefix, name, &Carried(labels));
                let mut samples: Vec<(String, bool)> = Fact::ALL
                    .into_iter()
                    .map(|fact| match layout {
                        Layout::Names => (format!("{prefix}{}", fact.suffix()), wanted.has(fact)),
                        Layout::Labels => (fact.family().to_owned(), wanted.has(fact)),
                    })
                    .collect();
                match layout {
                    Layout::Names => prop_assert!(!LabelsFact::ALL.iter().any(|fact| wanted.has_labels_fact(*fact))),
                    Layout::Labels => {
                        let facts = LabelsFact::ALL.into_iter();
                        samples.extend(facts.map(|fact| (fact.family().to_owned(), wanted.has_labels_fact(fact))));
                    }
                }
                for (family, is_found) in samples {
                    let expected = is_wanted(&query, &family, name, labels);
                    prop_assert_eq!(is_found, expected, "{} of {} by {:?}", family, name, selection);
                    if expected {
                        prop_assert!(leads_to(&candidates, name, labels), "{:?} by {:?}", candidates, selection);
                    }
                }
            }
        }
    }

    #[test]
    fn shards_part_what_is_wanted(total in 1..8_u32, names in proptest::collection::vec(any::<String>(), 1..6)) {
        for name in names {
            let query = |ordinal: u32| vec![("shard".to_owned(), format!("{ordinal}/{total}"))];
            let holders = (0..total).filter(|ordinal| {
                let (selection, _) = Selection::from_query(query(*ordinal)).expect("the query makes sense");
                let wanted = selection.of_component(Layout::Names, &metric_prefix(&name), &name, &Carried(&[]));
                !wanted.is_empty()
            });
            prop_assert_eq!(holders.count(), 1);
        }
    }

    #[test]
    fn no_query_is_too_strange(
        pairs in proptest::collection::vec((
            proptest::sample::select(vec!["name[]", "component[]", "match[]", "shard", "layout", ""]).prop_map(str::to_owned),
            any::<String>(),
        ), 0..4),
    ) {
        if let Err(error) = Selection::from_query(pairs) {
            let message = error.to_string();
            prop_assert!(!message.chars().any(char::is_control), "{}", message);
        }
    }
}
