//! A part of the page over HTTP, among some hundred components: each selection gives the lines of the whole page that it wants,
//! in their order, in every form of the answer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::answers::unpacked;
use super::{WORLD, component_lines, ok, scrape, value};
use crate::support::client::{Answer, get, request};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    a_selection_is_the_wanted_lines_of_the_whole_page,
    shards_part_the_page,
    shards_go_with_names_and_components,
    what_is_not_there_leaves_the_rest,
    what_cannot_be_read_is_refused_by_name,
    the_programs_own_families_follow_the_selection,
    a_change_is_in_the_next_selection,
);

/// Components that are one of a number, beside those of [`WORLD`].
const NUMBERED: usize = 240;

/// Names that share a prefix, and such as have to be escaped.
const SPECIAL: [&str; 8] = [
    "twin-a.x",
    "twin_a-x",
    "twin a_x",
    "2nd",
    r#"say "hi""#,
    r"back\slash",
    "größe 1",
    "Zeta",
];

/// A value that the text formats, queries and selectors all spell differently.
const AWKWARD: &str = r#"a "b" \c, {d="e"} + ü=100%&f"#;

/// One sample of a page.
struct Sample<'a> {
    family: &'a str,
    labels: BTreeMap<String, String>,
}

impl<'a> Sample<'a> {
    fn read(line: &'a str) -> Self {
        let (family, rest) = line.split_once('{').expect("samples of components have labels");
        let mut labels = BTreeMap::new();
        let mut characters = rest.chars();
        loop {
            let name: String = characters.by_ref().take_while(|character| *character != '=').collect();
            assert_eq!(characters.next(), Some('"'), "{line}");
            let mut text = String::new();
            loop {
                match characters.next().expect("a value ends") {
                    '"' => break,
                    '\\' => match characters.next().expect("an escape has two characters") {
                        'n' => text.push('\n'),
                        other => text.push(other),
                    },
                    other => text.push(other),
                }
            }
            labels.insert(name, text);
            if characters.next() == Some('}') {
                return Self { family, labels };
            }
        }
    }

    /// The value of a label; empty where there is none.
    fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// The lines of the page that a filter leaves: samples, and before the first of a family its head.
fn filtered<'a>(page: &[&'a str], wants: impl Fn(&Sample<'_>) -> bool) -> Vec<&'a str> {
    let mut left = Vec::new();
    let mut head = Vec::new();
    for line in page {
        if line.starts_with("# HELP ") {
            head.clear();
        }
        if line.starts_with('#') {
            head.push(*line);
        } else if wants(&Sample::read(line)) {
            left.append(&mut head);
            left.push(line);
        }
    }
    left
}

fn document() -> String {
    let mut text = WORLD.to_owned();
    for number in 0..NUMBERED {
        let team = ["blue", "red", "green"][number % 3];
        let env = if number % 8 == 7 { "test" } else { "prod" };
        let window = ["Past", "Ahead", "Always"][number / 3 % 3];
        let owner = match number % 60 {
            0 => format!(", owner: o{}", number / 60),
            _ => String::new(),
        };
        let slo = if number % 5 == 0 { ", slo: 99.5" } else { "" };
        writeln!(
            text,
            "  - {{name: service-{number:03}, labels: {{team: {team}, env: {env}{owner}}}, windows: [{window}]{slo}}}"
        )
        .expect("writing to a String cannot fail");
    }
    for (number, name) in SPECIAL.iter().enumerate() {
        let name = serde_json::to_string(name).expect("texts are JSON");
        let note = serde_json::to_string(AWKWARD).expect("texts are JSON");
        let note = if number % 2 == 0 { note } else { "plain".to_owned() };
        writeln!(
            text,
            "  - {{name: {name}, labels: {{note: {note}}}, windows: [Past, Always]}}"
        )
        .expect("writing to a String cannot fail");
    }
    text
}

fn world(database: &Database) -> Server {
    apply(database, &document());
    let server = Server::start(database, &[]);
    scrape(&server);
    server
}

/// `key=value` as part of a query.
fn pair(key: &str, value: &str) -> String {
    let mut text = format!("&{key}=");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() {
            text.push(byte.into());
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String cannot fail");
        }
    }
    text
}

fn url(server: &Server, layout: &str, query: &str) -> String {
    format!("{}/metrics?layout={layout}{query}", server.url)
}

fn page(server: &Server, layout: &str, query: &str) -> String {
    ok(get(&url(server, layout, query)))
}

/// By how many bytes the program's own families may move from one answer to the next; the components of a share take far more.
const MOVING_MAX: usize = 1_000;

/// All forms of an answer have these lines about components, and HEAD tells the length that GET has. If the answer is not
/// `moving`, there is nothing else in it; otherwise the program's own families are, whose values have other lengths each time.
#[track_caller]
fn check_forms(url: &str, expected: &[&str], moving: bool) {
    for accept in ["text/plain;version=0.0.4", "application/openmetrics-text;version=1.0.0"] {
        let ask = |method: &str, coding: &str| request(method, url, &[("accept", accept), ("accept-encoding", coding)]);
        let (plain, packed) = (ask("GET", "identity"), ask("GET", "gzip"));
        assert_eq!((plain.status, packed.status), (200, 200), "{url}: {}", plain.text());
        let is_open = accept.starts_with("application");
        for text in [plain.text(), unpacked(&packed)] {
            assert_eq!(component_lines(&text), expected, "{url}");
            assert_eq!(text.ends_with("# EOF\n"), is_open, "{url}");
            assert_eq!(text.matches("# EOF").count(), usize::from(is_open), "{url}");
        }
        let is_alone = plain.text().lines().count() == expected.len() + usize::from(is_open);
        assert_eq!(is_alone, !moving, "{url}: {}", plain.text());
        let difference_max = if moving { MOVING_MAX } else { 0 };
        for (get, coding) in [(&plain, "identity"), (&packed, "gzip")] {
            let length = |answer: &Answer| -> usize { answer.header("content-length").parse().expect("a length") };
            assert_eq!(length(get), get.body.len(), "{url} {coding}");
            let head = ask("HEAD", coding);
            assert_eq!((head.status, head.body.len()), (200, 0), "{url} {coding}");
            let difference = length(&head).abs_diff(length(get));
            assert!(difference <= difference_max, "{url} {coding}: {difference} bytes apart");
        }
    }
}

type Filter<'a> = Box<dyn Fn(&Sample<'_>) -> bool + 'a>;

/// Selections, and what each wants.
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn selections() -> Vec<(String, Filter<'static>)> {
    let matches = |selector: &str| pair("match[]", selector);
    let mut all: Vec<(String, Filter<'static>)> = vec![
        (
            pair("component[]", "service-007"),
            Box::new(|sample| sample.label("component") == "service-007"),
        ),
        (
            pair("component[]", "Zeta") + &pair("component[]", "twin_a-x") + &pair("component[]", "unknown"),
            Box::new(|sample| ["Zeta", "twin_a-x"].contains(&sample.label("component"))),
        ),
        (
            matches(r#"{team="blue"}"#),
            Box::new(|sample| sample.label("team") == "blue"),
        ),
        (
            matches(r#"{team="blue",env="test"}"#),
            Box::new(|sample| (sample.label("team"), sample.label("env")) == ("blue", "test")),
        ),
        (
            matches(r#"{owner="o2"}"#),
            Box::new(|sample| sample.label("owner") == "o2"),
        ),
        (
            matches(r#"{env="prod",owner=""}"#),
            Box::new(|sample| sample.label("env") == "prod" && sample.label("owner").is_empty()),
        ),
        (
            matches(r#"{team="",note="plain"}"#),
            Box::new(|sample| sample.label("note") == "plain"),
        ),
        (
            matches(r#"{owner="o1"}"#) + &matches(r#"{owner="o3"}"#) + &matches(r#"{component="batch"}"#),
            Box::new(|sample| ["o1", "o3"].contains(&sample.label("owner")) || sample.label("component") == "batch"),
        ),
        (
            matches(r#"{team="blue"}"#) + &pair("component[]", "service-003") + &pair("component[]", "service-004"),
            Box::new(|sample| sample.label("component") == "service-003"),
        ),
        (
            matches(r#"service_window_in_window{team="red"}"#) + &matches("service_010_service_window_in_window"),
            Box::new(|sample| match sample.family {
                "service_window_in_window" => sample.label("team") == "red",
                family => family == "service_010_service_window_in_window",
            }),
        ),
        (
            pair("name[]", "service_window_slo_ratio")
                + &pair("name[]", "service_012_service_window_last_end")
                + &pair("name[]", "twin_a_x_service_window_in_window")
                + &matches(r#"{team="blue"}"#)
                + &matches(r#"{note="plain"}"#),
            Box::new(|sample| {
                let is_named = [
                    "service_window_slo_ratio",
                    "service_012_service_window_last_end",
                    "twin_a_x_service_window_in_window",
                ]
                .contains(&sample.family);
                is_named && (sample.label("team") == "blue" || sample.label("note") == "plain")
            }),
        ),
        (
            pair("name[]", "service_window_last_start_timestamp_seconds") + &matches(r#"{env="test"}"#),
            Box::new(|sample| {
                sample.family == "service_window_last_start_timestamp_seconds" && sample.label("env") == "test"
            }),
        ),
    ];
    for name in SPECIAL {
        let quoted = serde_json::to_string(name).expect("texts are JSON");
        let is_it = move |sample: &Sample<'_>| sample.label("component") == name;
        all.push((pair("component[]", name), Box::new(is_it)));
        all.push((matches(&format!("{{component={quoted}}}")), Box::new(is_it)));
    }
    let quoted = serde_json::to_string(AWKWARD).expect("texts are JSON");
    for literal in [quoted, format!("`{AWKWARD}`")] {
        all.push((
            matches(&format!("{{note={literal}}}")),
            Box::new(|sample| sample.label("note") == AWKWARD),
        ));
    }
    all
}

fn a_selection_is_the_wanted_lines_of_the_whole_page(database: &Database) {
    let server = world(database);
    let mut answered: BTreeSet<usize> = BTreeSet::new();
    let selections = selections();
    for layout in ["names", "labels"] {
        let whole = page(&server, layout, "");
        let whole = component_lines(&whole);
        for (number, (query, wants)) in selections.iter().enumerate() {
            let expected = filtered(&whole, wants);
            check_forms(&url(&server, layout, query), &expected, false);
            assert!(expected.len() < whole.len());
            if !expected.is_empty() {
                answered.insert(number);
            }
        }
    }
    assert_eq!(
        answered.len(),
        selections.len(),
        "each selection wants something in a layout"
    );
}

fn shards_part_the_page(database: &Database) {
    let server = world(database);
    for layout in ["names", "labels"] {
        let whole = page(&server, layout, "");
        let whole = component_lines(&whole);
        for total in [1, 2, 7] {
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            let mut samples = 0;
            for ordinal in 0..total {
                let query = pair("shard", &format!("{ordinal}/{total}"));
                let own = page(&server, layout, &query);
                let own_lines = component_lines(&own);
                let names: BTreeSet<String> = own_lines
                    .iter()
                    .filter(|line| !line.starts_with('#'))
                    .map(|line| Sample::read(line).label("component").to_owned())
                    .collect();
                let expected = filtered(&whole, |sample| names.contains(sample.label("component")));
                check_forms(&url(&server, layout, &query), &expected, true);
                samples += own_lines.iter().filter(|line| !line.starts_with('#')).count();
                for name in names {
                    assert_eq!(seen.insert(name.clone(), ordinal), None, "{name} is in one share");
                }
                assert_eq!(
                    value(&own, "sla_monitor_shard_ordinal"),
                    f64::from(u32::try_from(ordinal).expect("small"))
                );
                assert_eq!(
                    value(&own, "sla_monitor_shard_total"),
                    f64::from(u32::try_from(total).expect("small"))
                );
                assert_eq!(value(&own, "sla_monitor_collector_up"), 1.0);
            }
            assert_eq!(samples, whole.iter().filter(|line| !line.starts_with('#')).count());
            // Five of WORLD are enabled.
            assert_eq!(seen.len(), NUMBERED + SPECIAL.len() + 5);
        }
        assert!(!page(&server, layout, "").contains("sla_monitor_shard_"));
    }
}

fn shards_go_with_names_and_components(database: &Database) {
    let server = world(database);
    let components = [
        "service-001",
        "service-002",
        "service-003",
        "service-004",
        "core",
        r#"say "hi""#,
    ];
    let components: String = components.iter().map(|name| pair("component[]", name)).collect();
    let queries = [
        components.clone(),
        pair("name[]", "service_window_in_window") + &pair("name[]", "service_002_service_window_in_window"),
        pair("match[]", r#"{env="test"}"#),
        pair("name[]", "service_window_in_window") + &pair("match[]", r#"{team="blue"}"#) + &components,
    ];
    for layout in ["names", "labels"] {
        let of_shard = |ordinal: u32| page(&server, layout, &pair("shard", &format!("{ordinal}/3")));
        let shards: Vec<String> = (0..3).map(of_shard).collect();
        for query in &queries {
            let all = page(&server, layout, query);
            let wanted: BTreeSet<&str> = component_lines(&all).into_iter().collect();
            let mut samples = 0;
            for (ordinal, shard) in shards.iter().enumerate() {
                // A line of the page that is in both of its parts.
                let shard: BTreeSet<&str> = component_lines(shard).into_iter().collect();
                let is_wanted = |sample: &&&str| shard.contains(**sample) && wanted.contains(**sample);
                let lines = component_lines(&all);
                let expected: BTreeSet<&str> = lines
                    .iter()
                    .filter(|line| !line.starts_with('#'))
                    .filter(is_wanted)
                    .copied()
                    .collect();
                let both = query.clone() + &pair("shard", &format!("{ordinal}/3"));
                let expected = filtered_lines(&lines, &expected);
                check_forms(&url(&server, layout, &both), &expected, false);
                samples += expected.iter().filter(|line| !line.starts_with('#')).count();
            }
            assert_eq!(
                samples,
                wanted.iter().filter(|line| !line.starts_with('#')).count(),
                "{query}"
            );
        }
    }
}

/// These samples of the page with the heads that they need.
fn filtered_lines<'a>(page: &[&'a str], samples: &BTreeSet<&str>) -> Vec<&'a str> {
    let families: BTreeSet<&str> = samples.iter().map(|line| Sample::read(line).family).collect();
    let is_left = |line: &&&str| match line.strip_prefix("# ").and_then(|head| head.split(' ').nth(1)) {
        Some(family) => families.contains(family),
        None => samples.contains(**line),
    };
    page.iter().filter(is_left).copied().collect()
}

fn what_is_not_there_leaves_the_rest(database: &Database) {
    let server = world(database);
    for layout in ["names", "labels"] {
        for query in [
            pair("component[]", "unknown"),
            pair("component[]", ""),
            pair("component[]", "gone"),
            pair("component[]", "service_007"),
            pair("name[]", "nothing"),
            pair("match[]", "nothing"),
            pair("match[]", r#"{team="violet"}"#),
            pair("match[]", r#"{component="idle",team="blue"}"#),
            pair("match[]", r#"{team="blue",team="red"}"#),
            pair("match[]", r#"{component="",env="prod"}"#),
            pair("match[]", r#"{__name__="",env="prod"}"#),
            pair("component[]", "api") + &pair("match[]", r#"{env="prod"}"#),
            pair("component[]", "unknown") + &pair("shard", "0/2") + &pair("name[]", "service_window_in_window"),
        ] {
            let url = url(&server, layout, &query);
            check_forms(&url, &[], false);
            assert_eq!(ok(get(&url)), "", "{query}");
        }
    }
    // Other parameters are passed over.
    let other = page(&server, "names", "&component=api&match=x&shards=9/1&name=x");
    assert_eq!(component_lines(&other), component_lines(&scrape(&server)));
}

fn what_cannot_be_read_is_refused_by_name(database: &Database) {
    let server = world(database);
    let many: String = (0..101)
        .map(|number| pair("match[]", &format!("{{a=\"{number}\"}}")))
        .collect();
    for (query, start, hint) in [
        (pair("match[]", "{"), "match[] `{`: character 2: ", "label"),
        (pair("match[]", "{}"), "match[] `{}`: ", ""),
        (pair("match[]", ""), "match[] ``: ", "name"),
        (pair("match[]", r#"{team=~"b.*"}"#), "match[] `{team=~", "="),
        (pair("match[]", r#"{team!="blue"}"#), "match[] `{team!=", "="),
        (pair("match[]", "up[5m]"), "match[] `up[5m]`: character 3: ", "["),
        (many, "match[]: more than 100 ", "split"),
        (pair("shard", "x"), "shard: `x` is no shard", "0/4"),
        (pair("shard", "4/4"), "shard: there is no shard 4 of 4", "3/4"),
        (pair("shard", "0/0"), "shard: there cannot be 0 shards", "1024"),
        (pair("shard", "0/1025"), "shard: there cannot be 1025 shards", "1024"),
        (
            pair("shard", "0/99999999999999999999"),
            "shard: there cannot be ",
            "1024",
        ),
        (
            pair("shard", "0/2") + &pair("shard", "1/2"),
            "shard: 0/2 and 1/2 ",
            "each",
        ),
        (
            pair("layout", "tables"),
            "layout: `tables` is no layout",
            "names or labels",
        ),
        // A good parameter does not make up for a bad one.
        (pair("component[]", "unknown") + &pair("shard", "2/2"), "shard: ", "1/2"),
    ] {
        let url = url(&server, "names", &query);
        for coding in ["identity", "gzip"] {
            let answer = request("GET", &url, &[("accept-encoding", coding)]);
            let text = answer.text();
            assert_eq!(answer.status, 400, "{query}: {text}");
            assert!(text.starts_with(start) && text.contains(hint), "{query}: {text}");
            assert_eq!(text.trim_end().lines().count(), 1, "{text}");
            assert!(answer.header("content-type").starts_with("text/plain"), "{answer:?}");
        }
        let head = request("HEAD", &url, &[]);
        assert_eq!((head.status, head.body.len()), (400, 0), "{query}");
    }
}

fn the_programs_own_families_follow_the_selection(database: &Database) {
    let server = world(database);
    let is_own = |line: &&str| !line.starts_with('#') && !line.contains("service_window_");
    for layout in ["names", "labels"] {
        let own = |query: &str| -> Vec<String> {
            let page = page(&server, layout, query);
            page.lines().filter(is_own).map(str::to_owned).collect()
        };
        let family = |line: &String| line.split(['{', ' ']).next().unwrap_or_default().to_owned();
        let all: BTreeSet<String> = own("").iter().map(family).collect();
        assert!(
            all.contains("sla_monitor_build_info") && all.contains("process_start_time_seconds"),
            "{all:?}"
        );

        // Labels of components are on none of them.
        for query in [
            pair("component[]", "api"),
            pair("match[]", r#"{team="blue"}"#),
            pair("match[]", r#"sla_monitor_build_info{team="blue"}"#),
            pair("component[]", "api") + &pair("match[]", "sla_monitor_build_info"),
            pair("component[]", "api") + &pair("name[]", "sla_monitor_build_info"),
            pair("component[]", "api") + &pair("shard", "0/2"),
        ] {
            assert_eq!(own(&query), Vec::<String>::new(), "{query}");
        }
        // By name, in every way to say it.
        let info = own(&pair("name[]", "sla_monitor_build_info"));
        assert_eq!(info.len(), 1);
        for query in [
            pair("match[]", "sla_monitor_build_info"),
            pair("match[]", r#"{__name__="sla_monitor_build_info"}"#),
            pair("match[]", r#"{team="blue"}"#) + &pair("match[]", "sla_monitor_build_info"),
            pair("name[]", "sla_monitor_build_info") + &pair("shard", "1/2"),
        ] {
            assert_eq!(own(&query), info, "{query}");
        }
        let buckets = own(&pair("name[]", "sla_monitor_database_query_duration_seconds_bucket"));
        assert!(buckets.len() > 3, "{buckets:?}");

        // Each share is a target of its own.
        let of_shard: BTreeSet<String> = own(&pair("shard", "1/2")).iter().map(family).collect();
        let only = BTreeSet::from(["sla_monitor_shard_ordinal", "sla_monitor_shard_total"].map(str::to_owned));
        assert_eq!(of_shard.difference(&all).cloned().collect::<BTreeSet<_>>(), only);
        assert!(all.is_subset(&of_shard));
        for (query, expected) in [
            (pair("name[]", "sla_monitor_shard_ordinal"), vec![]),
            (
                pair("name[]", "sla_monitor_shard_ordinal") + &pair("shard", "1/3"),
                vec!["sla_monitor_shard_ordinal 1"],
            ),
            (
                pair("match[]", "sla_monitor_shard_total") + &pair("shard", "1/3"),
                vec!["sla_monitor_shard_total 3"],
            ),
        ] {
            assert_eq!(own(&query), expected, "{query}");
        }
    }
}

fn a_change_is_in_the_next_selection(database: &Database) {
    let server = world(database);
    let with = |selector: &str| -> BTreeSet<String> {
        let page = page(&server, "labels", &pair("match[]", selector));
        let lines = component_lines(&page);
        let samples = lines.iter().filter(|line| !line.starts_with('#'));
        samples
            .map(|line| Sample::read(line).label("component").to_owned())
            .collect()
    };
    let shard_of = |name: &str| -> Vec<u32> {
        let is_there = |ordinal: &u32| {
            let page = page(&server, "names", &pair("shard", &format!("{ordinal}/3")));
            page.contains(&format!("component=\"{name}\""))
        };
        (0..3).filter(is_there).collect()
    };
    // All that a selection reads is warm before each change.
    let red = with(r#"{team="red"}"#);
    assert!(red.contains("service-001") && with(r#"{team="violet"}"#).is_empty());
    let home = shard_of("service-001");
    assert_eq!(home.len(), 1);

    apply(
        database,
        "components: [{name: service-001, labels: {team: violet, env: prod}}]",
    );
    assert_eq!(with(r#"{team="violet"}"#), BTreeSet::from(["service-001".to_owned()]));
    let mut left = red;
    left.remove("service-001");
    assert_eq!(with(r#"{team="red"}"#), left);
    assert_eq!(
        shard_of("service-001"),
        home,
        "labels do not move a component to another share"
    );

    apply(database, "components: [{name: service-001, labels: {env: prod}}]");
    assert!(with(r#"{team="violet"}"#).is_empty());
    assert!(with(r#"{env="prod",team=""}"#).contains("service-001"));

    apply(
        database,
        "components: [{name: service-001, enabled: false}, {name: twin.a x, labels: {team: red}}]",
    );
    assert!(shard_of("service-001").is_empty());
    left.insert("twin.a x".to_owned());
    assert_eq!(with(r#"{team="red"}"#), left);
    let twins = page(&server, "names", &pair("name[]", "twin_a_x_service_window_in_window"));
    assert_eq!(twins.lines().count(), 2 + 4, "{twins}");
}
