//! Rule files and scrape configurations out of README.md and docs/, ready to be run.

use sla_monitor::apps::sla::declarative::document::node::{Content, Node};
use sla_monitor::apps::sla::declarative::document::yaml;

use crate::support::documents::{Block, blocks};

/// The layouts of the metrics, as a block of the documentation means them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Layout {
    Names,
    Labels,
}

/// A block with rules.
pub(super) struct RuleFile {
    pub(super) block: Block,
    pub(super) layout: Layout,
}

/// An alert of a rule file.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) place: String,
    pub(super) layout: Layout,
    pub(super) alert: String,
    pub(super) expression: String,
    /// What stands behind `for`.
    pub(super) wait: String,
}

/// All rule files.
pub(super) fn rule_files() -> Vec<RuleFile> {
    let found: Vec<RuleFile> = blocks("yaml")
        .into_iter()
        // Those about the program itself take no hours, and are tested by tests/it/watch/alerts.rs; those about budgets by `service_time`.
        .filter(|block| block.has_key("groups"))
        .filter(|block| {
            !["operations.md", "service-time.md"]
                .iter()
                .any(|file| block.file.ends_with(file))
        })
        .map(|block| RuleFile {
            layout: if block.text.contains("__name__") {
                Layout::Names
            } else {
                Layout::Labels
            },
            block,
        })
        .collect();
    assert!(found.len() >= 4, "the rule files were found");
    found
}

impl RuleFile {
    /// The alerts of this file.
    pub(super) fn rules(&self) -> Vec<Rule> {
        let place = self.block.place();
        let root = yaml::parse(&self.block.text).unwrap_or_else(|error| panic!("{place}: {error}"));
        let rule = |rule: &Node| Rule {
            place: place.clone(),
            layout: self.layout,
            alert: text(rule, "alert"),
            expression: text(rule, "expr").split_whitespace().collect::<Vec<_>>().join(" "),
            wait: text(rule, "for"),
        };
        let groups = list(&root, "groups");
        groups
            .iter()
            .flat_map(|group| list(group, "rules").iter().map(rule))
            .collect()
    }

    /// The file as it stands, but that every alert is pending for a second at most.
    pub(super) fn shortened(&self) -> String {
        let line = |line: &str| match line.split_once("for: ") {
            Some((indent, _)) if indent.trim().is_empty() => format!("{indent}for: 1s\n"),
            _ => format!("{line}\n"),
        };
        self.block.text.lines().map(line).collect()
    }
}

/// What of the components a scrape configuration takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// All of them.
    Whole,
    /// All of them, a share from each replica.
    Shares,
    /// Some of them.
    Part,
}

/// A block with a scrape configuration.
#[derive(Clone, Debug)]
pub(super) struct Configuration {
    pub(super) block: Block,
    pub(super) layout: Layout,
    pub(super) takes: Takes,
    /// The addresses that it scrapes, each once.
    pub(super) targets: Vec<String>,
}

/// All scrape configurations.
pub(super) fn configurations() -> Vec<Configuration> {
    let found: Vec<Configuration> = blocks("yaml")
        .into_iter()
        .filter(|block| block.has_key("scrape_configs"))
        .map(Configuration::of)
        .collect();
    assert!(found.len() >= 6, "the scrape configurations were found");
    found
}

impl Configuration {
    fn of(block: Block) -> Self {
        let text = &block.text;
        let mut targets: Vec<String> = Vec::new();
        for list in text.split("targets: [").skip(1) {
            let (list, _) = list.split_once(']').expect("a list of targets ends");
            for target in list.split(',').map(|target| target.trim().trim_matches('"').to_owned()) {
                if !targets.contains(&target) {
                    targets.push(target);
                }
            }
        }
        assert!(!targets.is_empty(), "{}: it scrapes something", block.place());
        Self {
            layout: if text.contains("layout: [labels]") {
                Layout::Labels
            } else {
                Layout::Names
            },
            takes: if text.contains("__param_shard") {
                Takes::Shares
            } else if ["name[]", "match[]", "component[]", "shard:"]
                .iter()
                .any(|part| text.contains(part))
            {
                Takes::Part
            } else {
                Takes::Whole
            },
            targets,
            block,
        }
    }

    /// The configuration as it stands, but for the addresses and intervals, with rules and the exporter that they are about.
    pub(super) fn running(&self, replicas: &[String], rule_files: &[String], exporter: &str) -> String {
        assert!(
            self.targets.len() <= replicas.len(),
            "{}: as many replicas as the test has",
            self.block.place()
        );
        let text = self
            .targets
            .iter()
            .zip(replicas)
            .fold(self.block.text.clone(), |text, (target, replica)| {
                text.replace(target, replica)
            });
        format!(
            "global: {{scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 1s}}\n\
             rule_files: [{}]\n{text}  - job_name: measured\n    static_configs: [{{targets: [\"{exporter}\"]}}]\n",
            rule_files.join(", ")
        )
    }
}

fn value<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Content::Map(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
        other => panic!("a mapping with `{key}` is expected: {other:?}"),
    }
}

/// A list; one that is not there is empty.
pub(super) fn list<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    match value(node, key).map(|node| &node.value) {
        Some(Content::List(entries)) => entries,
        None => &[],
        Some(other) => panic!("`{key}` is a list: {other:?}"),
    }
}

/// A text; one that is not there is empty.
pub(super) fn text(node: &Node, key: &str) -> String {
    match value(node, key).map(|node| &node.value) {
        Some(Content::Text(text)) => text.clone(),
        None => String::new(),
        Some(other) => panic!("`{key}` is a text: {other:?}"),
    }
}
