//! No circles of files: what can be read only as a whole is one thing in several places.

use std::collections::{BTreeMap, BTreeSet};

use super::paths::MODULES;
use super::source::{Place, SOURCES};

type Graph = BTreeMap<&'static str, BTreeSet<&'static str>>;

/// Returns which files below a folder of `src` use which others there. Modules that only hand on what others declare use nothing by that.
fn graph(folder: &str) -> Graph {
    let mut graph = Graph::new();
    for source in SOURCES.iter().filter(|source| source.file.starts_with(folder)) {
        let used = graph.entry(source.file.as_str()).or_default();
        for path in source.paths.iter().filter(|path| !path.is_in_test) {
            let file = match path.place {
                Place::Export(_) => None,
                Place::Import(_) => MODULES.file(path),
                Place::Code => MODULES.file(path).or_else(|| MODULES.file_of_export(path)),
            };
            used.extend(file.filter(|file| *file != source.file && file.starts_with(folder)));
        }
    }
    graph
}

/// Returns every file that `start` leads to.
fn reached(graph: &Graph, start: &'static str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(file) = open.pop() {
        let next = graph.get(file).into_iter().flatten();
        open.extend(next.copied().filter(|file| reached.insert(*file)));
    }
    reached
}

/// Returns the groups of more than two files of which each leads to each, with what they use of each other.
fn circles(graph: &Graph) -> Vec<String> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|file| (*file, reached(graph, file))).collect();
    let groups: BTreeSet<BTreeSet<&str>> = graph
        .keys()
        .map(|file| {
            let back = reached[file].iter().filter(|other| reached[*other].contains(file));
            back.copied().collect()
        })
        .collect();
    let circles = groups.iter().filter(|group| group.len() > 2);
    circles
        .map(|group| {
            let lines = group.iter().map(|file| {
                let used: Vec<&str> = graph[file].intersection(group).copied().collect();
                format!("\n    {file} → {}", used.join(", "))
            });
            format!("{} files:{}", group.len(), lines.collect::<String>())
        })
        .collect()
}

#[test]
fn no_more_than_two_files_use_each_other() {
    let found: Vec<String> = ["admin/", "apps/"]
        .into_iter()
        .flat_map(|folder| circles(&graph(folder)))
        .collect();
    super::assert_none(&found, "These files use each other in a circle");
}

#[test]
fn circles_are_found() {
    let graph = Graph::from([
        ("a", BTreeSet::from(["b"])),
        ("b", BTreeSet::from(["c", "d"])),
        ("c", BTreeSet::from(["a"])),
        ("d", BTreeSet::from(["e"])),
        ("e", BTreeSet::from(["d"])),
    ]);
    assert_eq!(circles(&graph), ["3 files:\n    a → b\n    b → c\n    c → a"]);
}
