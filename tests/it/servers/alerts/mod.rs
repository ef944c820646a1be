//! The documented alerts fire. Scrape configurations and rules are taken from README.md and docs/ as they stand; only intervals and
//! addresses are replaced. A rule whose alert has no line in [`expected`] fails, and so does one that never fires.

mod exporter;
mod proxy;
mod rules;
mod service_time;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::prometheus::Prometheus;
use super::run;
use crate::support::database::Database;
use crate::support::program::{apply, command};
use crate::support::server::Server;
use exporter::Exporter;
use proxy::Proxy;
use rules::{Configuration, Layout, RuleFile, Takes, configurations, rule_files};

/// How long the alerts may take to be as expected.
const WAIT_MAX: Duration = Duration::from_secs(90);

/// Components in their window whose probes fail: so many that every share of the components has some.
const DOWN: usize = 24;

/// Windows whose state no test can outlive, and components for each case of the rules.
const WORLD: &str = r#"
windows:
  - name: Closed
    timezone: UTC
    rules: [{type: once, start_local: "2020-01-01T00:00", end_local: "2020-01-03T00:00"}]
  - name: Closed later
    timezone: UTC
    rules: [{type: once, start_local: "2022-01-01T00:00", end_local: "2022-01-03T00:00"}]
  - name: Open
    timezone: UTC
    rules: [{type: once, start_local: "2023-01-01T00:00", end_local: "2090-01-01T00:00"}]
  - name: Always
    timezone: UTC
    rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: "00:00", duration_s: 86400}]
  - name: Damaged
    timezone: UTC
    rules: [{type: once, start_local: "2001-01-01T00:00", end_local: "2001-01-03T00:00"}]
components:
  - {name: works, windows: [Open]}
  - {name: closed, windows: [Closed]}
  - {name: ran-inside, windows: [Closed]}
  - {name: ran-after, windows: [Closed]}
  - {name: resumed, windows: [Closed, Open]}
  - {name: always, windows: [Always]}
  - {name: without-windows}
  - {name: damaged, windows: [Damaged]}
  - {name: moved, windows: [Open]}
  - {name: reopened, windows: [Closed]}
  - {name: restated, windows: [Closed, Closed later]}
"#;

/// What changes while one replica is without its database. Its old hours would cause alerts for `moved` and `restated`.
const CHANGES: &str = "
components:
  - {name: moved, windows: [Closed]}
  - {name: reopened, windows: [Open]}
  - {name: restated, windows: [Closed]}
  - {name: without-windows, windows: [Closed]}
";

/// Component, whether its probe succeeds, and the day of 2019 to 2021 on which its job last succeeded.
const MEASURED: [(&str, u8, &str); 11] = [
    ("works", 1, "2021-06-01"),
    ("closed", 0, "2019-12-31"),
    ("ran-inside", 1, "2020-01-02"),
    ("ran-after", 1, "2020-01-04"),
    ("resumed", 1, "2019-12-31"),
    ("always", 1, "2019-12-31"),
    ("without-windows", 0, "2021-06-01"),
    ("damaged", 0, "2019-12-31"),
    ("moved", 0, "2021-06-01"),
    ("reopened", 0, "2021-06-01"),
    ("restated", 1, "2021-06-01"),
];

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Only what the alerts about components are for.
    Healthy,
    /// The second replica has lost its database, and hours have changed since.
    OneBlind,
    /// Every replica has lost its database.
    AllBlind,
}

/// What an alert is about: components, replicas, or an empty text if it has no such label.
type Subjects = Vec<String>;

/// What fires in a phase where these replicas are scraped, numbered from 1.
fn expected(alert: &str, phase: Phase, replicas: &[usize]) -> Subjects {
    let is_blind = |replica: &usize| match phase {
        Phase::Healthy => false,
        Phase::OneBlind => *replica == 2,
        Phase::AllBlind => true,
    };
    let (blind, current): (Vec<usize>, Vec<usize>) = replicas.iter().copied().partition(is_blind);
    let once = |holds: bool| if holds { vec![String::new()] } else { Vec::new() };
    let numbered = |replicas: &[usize]| replicas.iter().map(|number| format!("replica {number}")).collect();
    let hours = |names: &[&str]| match current.is_empty() {
        true => Vec::new(),
        false => names.iter().map(|name| (*name).to_owned()).collect::<Subjects>(),
    };
    let is_healthy = phase == Phase::Healthy;
    let mut subjects: Subjects = match alert {
        "ServiceDown" => {
            let down: Vec<String> = (0..DOWN).map(|number| format!("down-{number}")).collect();
            let mut names: Vec<&str> = down.iter().map(String::as_str).collect();
            names.push(if is_healthy { "moved" } else { "reopened" });
            hours(&names)
        }
        "BackupMissed" if is_healthy => hours(&["closed", "ran-inside", "resumed", "restated"]),
        "BackupMissed" => hours(&["closed", "ran-inside", "resumed"]),
        "BackupWindowMissed" if is_healthy => hours(&["closed", "restated"]),
        "BackupWindowMissed" => hours(&["closed"]),
        "NoHoursDefined" => once(is_healthy),
        "WindowsCannotBeRead" if is_healthy => numbered(&current),
        "WindowsCannotBeRead" => Vec::new(),
        "SlaMonitorBlind" => numbered(&blind),
        "HoursUnknown" => once(current.is_empty()),
        "ReplicasDisagree" if is_healthy || replicas.len() < 2 => Vec::new(),
        "ReplicasDisagree" => numbered(&[2]),
        other => panic!("the documentation has an alert {other}: say here when it fires"),
    };
    subjects.sort();
    subjects
}

/// Whether an alert takes families of components, which the layouts name in different ways.
fn is_about_components(alert: &str) -> bool {
    ["ServiceDown", "BackupMissed", "BackupWindowMissed"].contains(&alert)
}

/// The page of the exporter.
fn measured() -> String {
    let down = (0..DOWN).map(|number| (format!("down-{number}"), 0, "2021-06-01"));
    let others = MEASURED
        .iter()
        .map(|(name, probe, day)| ((*name).to_owned(), *probe, *day));
    down.chain(others)
        .map(|(name, probe, day)| {
            let at = chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").expect("days are dates");
            let at = at.and_time(chrono::NaiveTime::MIN).and_utc().timestamp();
            format!(
                "probe_success{{component=\"{name}\"}} {probe}\n\
                 backup_last_success_timestamp_seconds{{component=\"{name}\"}} {at}\n"
            )
        })
        .collect()
}

/// A Prometheus that runs one of the documented configurations and the rules of one document.
struct Running {
    /// Where the rules stand.
    document: String,
    configuration: Configuration,
    prometheus: Prometheus,
    /// The replicas that it scrapes, from 1.
    replicas: Vec<usize>,
    addresses: Vec<String>,
}

impl Running {
    /// What fires now: for each rule file by its number and each alert, what it is about.
    fn firing(&self) -> BTreeMap<(usize, String), Subjects> {
        let data = self.prometheus.api("/api/v1/rules");
        let groups = data["groups"].as_array().expect("there are groups of rules");
        let mut firing = BTreeMap::new();
        for group in groups {
            let file = group["file"].as_str().expect("a group has a file");
            let number = file
                .rsplit_once('-')
                .and_then(|(_, end)| end.strip_suffix(".yml")?.parse().ok())
                .expect("files of rules are numbered");
            for rule in group["rules"].as_array().expect("a group has rules") {
                assert_ne!(rule["health"], "err", "{}: {rule}", self.configuration.block.place());
                let alerts = rule["alerts"].as_array().expect("a rule has alerts");
                let mut subjects: Subjects = alerts
                    .iter()
                    .filter(|alert| alert["state"] == "firing")
                    .map(|alert| self.subject(&alert["labels"]))
                    .collect();
                subjects.sort();
                let alert = rule["name"].as_str().expect("an alert has a name");
                firing.insert((number, alert.to_owned()), subjects);
            }
        }
        firing
    }

    /// What an alert with these labels is about.
    fn subject(&self, labels: &Value) -> String {
        if let Some(component) = labels["component"].as_str() {
            return component.to_owned();
        }
        let instance = labels["instance"].as_str();
        let replica = self
            .addresses
            .iter()
            .position(|address| Some(address.as_str()) == instance);
        match replica {
            Some(index) => format!("replica {}", index + 1),
            None => instance.unwrap_or_default().to_owned(),
        }
    }

    /// What is not as expected yet.
    fn differences(&self, files: &[RuleFile], phase: Phase) -> Vec<String> {
        let firing = self.firing();
        let wanted = of_document(files, &self.document)
            .flat_map(|(number, file)| file.rules().into_iter().map(move |rule| (number, rule)));
        let difference = |(number, rule): (usize, rules::Rule)| {
            let Some(mut subjects) = firing.get(&(number, rule.alert.clone())).cloned() else {
                return Some(format!("{}: {} is not known yet", rule.place, rule.alert));
            };
            let other_layout = is_about_components(&rule.alert) && rule.layout != self.configuration.layout;
            let wanted = match other_layout {
                true => Vec::new(),
                false => expected(&rule.alert, phase, &self.replicas),
            };
            let complete = match self.configuration.takes {
                Takes::Whole => true,
                Takes::Shares => phase == Phase::Healthy,
                Takes::Part => false,
            };
            let fits = if complete {
                subjects == wanted
            } else {
                subjects.dedup();
                let known = subjects.iter().all(|subject| wanted.contains(subject));
                match rule.alert.as_str() {
                    "SlaMonitorBlind" | "HoursUnknown" => subjects == wanted,
                    "ServiceDown" => known && subjects.is_empty() == wanted.is_empty(),
                    _ => known,
                }
            };
            let place = self.configuration.block.place();
            (!fits).then(|| {
                format!(
                    "{phase:?}: {place} with {}: {}: {subjects:?} fires, expected is {wanted:?}",
                    rule.place, rule.alert
                )
            })
        };
        wanted.filter_map(difference).collect()
    }
}

/// A replica that reaches its database through a proxy.
fn replica(url: &str) -> Server {
    let mut command = command();
    command.args(["serve", "--bind", "127.0.0.1:0", "--database-url", url]);
    Server::spawn(command)
}

fn address(server: &Server) -> String {
    server.url.trim_start_matches("http://").to_owned()
}

#[test]
fn every_documented_alert_fires_when_it_should_and_only_then() {
    let database = Database::postgres();
    let down: String = (0..DOWN)
        .map(|number| format!("  - {{name: down-{number}, windows: [Open], labels: {{team: blue}}}}\n"))
        .collect();
    apply(&database, &format!("{WORLD}{down}"));
    database.execute("UPDATE rule SET start_local = 'yesterday' WHERE start_local = '2001-01-01T00:00'");
    let proxies = [Proxy::of(&database.url), Proxy::of(&database.url)];
    let servers: Vec<Server> = proxies.iter().map(|(_, url)| replica(url)).collect();
    let exporter = Exporter::start(measured());
    let files = rule_files();
    let running: Vec<Running> = pairs(&files)
        .into_iter()
        .map(|pair| start(pair, &files, &servers, &exporter))
        .collect();
    let mut fired: BTreeSet<(usize, String)> = BTreeSet::new();

    reaches(&running, &files, Phase::Healthy, &exporter, &mut fired);

    proxies[1].0.cut();
    database.execute("UPDATE rule SET start_local = '2001-01-01T00:00' WHERE start_local = 'yesterday'");
    apply(&database, CHANGES);
    reaches(&running, &files, Phase::OneBlind, &exporter, &mut fired);
    old_hours_are_still_exposed(&running);

    proxies[0].0.cut();
    reaches(&running, &files, Phase::AllBlind, &exporter, &mut fired);

    for (number, file) in files.iter().enumerate() {
        for rule in file.rules() {
            assert!(
                fired.contains(&(number, rule.alert.clone())),
                "{}: {} never fires",
                rule.place,
                rule.alert
            );
        }
    }
}

/// The rule files of a document, with their numbers among all of them. Only these run together, because Prometheus refuses to store the state
/// of an alert that several files define.
fn of_document<'a>(files: &'a [RuleFile], document: &str) -> impl Iterator<Item = (usize, &'a RuleFile)> {
    files
        .iter()
        .enumerate()
        .filter(move |(_, file)| file.block.file == document)
}

/// Which rules run with which configuration: those of the same document, and the rules of every document where two replicas are scraped.
fn pairs(files: &[RuleFile]) -> Vec<(Configuration, String)> {
    let documents: BTreeSet<&str> = files.iter().map(|file| file.block.file.as_str()).collect();
    let mut pairs = Vec::new();
    for configuration in configurations() {
        for document in &documents {
            let own = configuration.block.file == *document;
            if own || (configuration.targets.len() == 2 && configuration.takes == Takes::Whole) {
                pairs.push((configuration.clone(), (*document).to_owned()));
            }
        }
    }
    pairs
}

/// Starts a Prometheus with a documented configuration and the rules of a document.
fn start(
    (configuration, document): (Configuration, String),
    files: &[RuleFile],
    servers: &[Server],
    exporter: &Exporter,
) -> Running {
    let addresses: Vec<String> = servers.iter().map(address).collect();
    let texts: Vec<(String, String)> = of_document(files, &document)
        .map(|(number, file)| (format!("rules-{number}.yml"), file.shortened()))
        .collect();
    let names: Vec<String> = texts.iter().map(|(name, _)| name.clone()).collect();
    let config = configuration.running(&addresses, &names, &exporter.address.to_string());
    Running {
        document,
        prometheus: Prometheus::configured(&config, &texts),
        replicas: (1..=configuration.targets.len()).collect(),
        configuration,
        addresses,
    }
}

/// Waits until exactly the alerts of a phase fire in every Prometheus, and sees them stay.
fn reaches(
    running: &[Running],
    files: &[RuleFile],
    phase: Phase,
    exporter: &Exporter,
    fired: &mut BTreeSet<(usize, String)>,
) {
    let deadline = Instant::now() + WAIT_MAX;
    for one in running {
        loop {
            let differences = one.differences(files, phase);
            if differences.is_empty() {
                break;
            }
            assert!(Instant::now() < deadline, "{}", differences.join("\n"));
            exporter.wait(1);
        }
        let firing = one.firing().into_iter().filter(|(_, subjects)| !subjects.is_empty());
        fired.extend(firing.map(|(rule, _)| rule));
    }
    // Each Prometheus scrapes and evaluates again.
    exporter.wait(2 * running.len());
    for one in running {
        for ((_, alert), subjects) in one.firing().iter().filter(|((_, alert), _)| is_about_components(alert)) {
            let wanted = expected(alert, phase, &one.replicas);
            assert!(
                subjects.iter().all(|subject| wanted.contains(subject)),
                "{phase:?}: {}: {alert}: {subjects:?} fires, expected is {wanted:?}",
                one.configuration.block.place()
            );
        }
    }
}

/// The blind replica exposes what would cause alerts if the rules did not leave it out.
fn old_hours_are_still_exposed(running: &[Running]) {
    let two = running.iter().filter(|one| {
        let configuration = &one.configuration;
        one.replicas.len() == 2 && configuration.takes == Takes::Whole && configuration.layout == Layout::Labels
    });
    let mut seen = 0;
    for one in two {
        let value = |query: &str| one.prometheus.value(query);
        assert_eq!(value("max(service_window_in_window{component='moved'})"), Some(1.0));
        assert_eq!(value("min(service_window_in_window{component='moved'})"), Some(0.0));
        let ends = "service_window_last_end_timestamp_seconds{component='restated'}";
        assert_eq!(value(&format!("max({ends}) - min({ends}) > bool 0")), Some(1.0));
        seen += 1;
    }
    assert!(seen > 0, "a configuration scrapes two replicas");
}

#[test]
fn an_alert_is_worded_in_one_way() {
    let rules: Vec<rules::Rule> = rule_files().iter().flat_map(RuleFile::rules).collect();
    let mut known: BTreeMap<(Layout, &str), &rules::Rule> = BTreeMap::new();
    for rule in &rules {
        let first = known.entry((rule.layout, &rule.alert)).or_insert(rule);
        assert_eq!(
            (&first.expression, &first.wait),
            (&rule.expression, &rule.wait),
            "{} in {} and {}",
            rule.alert,
            first.place,
            rule.place
        );
    }
    for rule in rules.iter().filter(|rule| rule.layout == Layout::Names) {
        let mut expression = known[&(Layout::Labels, rule.alert.as_str())].expression.clone();
        for (fact, unit) in [
            ("in_window", ""),
            ("last_start", "_timestamp_seconds"),
            ("last_end", "_timestamp_seconds"),
        ] {
            let by_names = format!("{{__name__=~\".+_service_window_{fact}\"}}");
            expression = expression.replace(&format!("service_window_{fact}{unit}"), &by_names);
        }
        assert_eq!(rule.expression, expression, "{}: {}", rule.place, rule.alert);
    }
}

/// Checks that rules and metrics of one page fit each other, because readers copy both.
#[test]
fn rules_stand_behind_a_configuration_of_their_layout() {
    let configurations = configurations();
    for file in rule_files() {
        let before = configurations
            .iter()
            .filter(|one| one.block.file == file.block.file && one.block.line < file.block.line)
            .max_by_key(|one| one.block.line);
        let before = before.unwrap_or_else(|| panic!("{}: no configuration stands before it", file.block.place()));
        assert_eq!(
            before.layout,
            file.layout,
            "{} and {}",
            before.block.place(),
            file.block.place()
        );
    }
}

#[test]
fn hours_are_always_taken_from_replicas_that_reach_their_database() {
    let condition = "and on (instance) (sla_monitor_collector_up == 1))";
    for (file, text) in crate::support::documents::documents() {
        for (index, line) in text.lines().enumerate() {
            let measured = line.matches("max by (component) (backup_last_success").count();
            let taken = line.matches("max by (component) (").count() - measured;
            assert!(line.matches(condition).count() >= taken, "{file}:{}: {line}", index + 1);
        }
    }
}

#[test]
fn promtool_accepts_every_documented_file() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let rules = rule_files().into_iter().map(|file| ("rules", file.block));
    let configurations = configurations().into_iter().map(|one| ("config", one.block));
    for (kind, block) in rules.chain(configurations) {
        let path = folder.path().join("documented.yml");
        std::fs::write(&path, &block.text).expect("the file can be written");
        let path = path.to_str().expect("temporary paths are UTF-8");
        let output = run("promtool", &["check", kind, path], b"");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{}: {said}", block.place());
        assert!(!said.contains("WARNING"), "{}: {said}", block.place());
    }
}
