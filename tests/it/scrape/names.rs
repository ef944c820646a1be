//! Names and labels on their way from the database into the page.

use std::collections::BTreeSet;

use crate::support::client::request;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::program::apply;
use crate::support::server::Server;

use super::{assert_line, component_lines, scrape, scrape_by_labels};

/// Names that give one prefix, start with a digit, or hold what must be escaped.
const DOCUMENT: &str = r#"{"components": [
    {"name": "a-b"}, {"name": "a_b", "labels": {"zone": "z", "env": "e", "Env": "E"}}, {"name": "a.b:c"},
    {"name": "2nd"}, {"name": "c_2nd"}, {"name": "_x"}, {"name": "éx"}, {"name": "Größe 1"},
    {"name": "say \"hi\" \\o/"},
    {"name": "escapes", "labels": {"quote": "a\"b", "slash": "a\\b", "both": "\\\"", "utf8": "日本 ✓ {x=\"y\"} 1"}}
]}"#;

fn names_become_metric_names_and_values_are_escaped(database: &Database) {
    apply(database, DOCUMENT);
    // Only by hand: the form and the file refuse a line feed.
    database.execute("UPDATE label SET value = 'two' || '\n' || 'lines' WHERE name = 'quote'");
    let server = Server::start(database, &[]);
    for page in [scrape(&server), open_metrics(&server)] {
        for line in [
            r#"a_b_service_window_in_window{component="a-b"} 0"#,
            r#"a_b_service_window_in_window{component="a_b",Env="E",env="e",zone="z"} 0"#,
            r#"a_b_c_service_window_in_window{component="a.b:c"} 0"#,
            r#"c_2nd_service_window_in_window{component="2nd"} 0"#,
            r#"c_2nd_service_window_in_window{component="c_2nd"} 0"#,
            r#"c__x_service_window_in_window{component="_x"} 0"#,
            r#"c__x_service_window_in_window{component="éx"} 0"#,
            r#"Gr__e_1_service_window_in_window{component="Größe 1"} 0"#,
            r#"say__hi___o__service_window_in_window{component="say \"hi\" \\o/"} 0"#,
            r#"escapes_service_window_in_window{component="escapes",both="\\\"",quote="two\nlines",slash="a\\b",utf8="日本 ✓ {x=\"y\"} 1"} 0"#,
        ] {
            assert_line(&page, line);
        }
        for family in ["a_b_service_window_in_window", "c_2nd_service_window_in_window"] {
            for head in [format!("# HELP {family} "), format!("# TYPE {family} ")] {
                assert_eq!(
                    page.matches(&head).count(),
                    1,
                    "{head} stands once for both of its series"
                );
            }
        }
        let series: Vec<&str> = component_lines(&page)
            .into_iter()
            .filter(|line| !line.starts_with('#'))
            .collect();
        assert_eq!(series.len(), 10, "one fact for each of ten components");
        assert_eq!(series.iter().collect::<BTreeSet<_>>().len(), 10);
        let family = "name[]=c__x_service_window_in_window";
        let selected = super::ok(request("GET", &format!("{}/metrics?{family}", server.url), &[]));
        let selected = component_lines(&selected)
            .into_iter()
            .filter(|line| !line.starts_with('#'));
        assert_eq!(selected.count(), 2, "a selection by name finds what the page shows");
    }
    assert_line(
        &scrape_by_labels(&server),
        r#"service_window_in_window{component="escapes",both="\\\"",quote="two\nlines",slash="a\\b",utf8="日本 ✓ {x=\"y\"} 1"} 0"#,
    );
}

fn open_metrics(server: &Server) -> String {
    let url = format!("{}/metrics", server.url);
    super::ok(request(
        "GET",
        &url,
        &[("accept", "application/openmetrics-text;version=1.0.0")],
    ))
}

fn two_scrapes_spell_every_series_alike(database: &Database) {
    apply(database, DOCUMENT);
    let first = {
        let server = Server::start(database, &[]);
        let first = scrape(&server);
        database.execute("UPDATE component SET description = 'x'");
        assert_eq!(component_lines(&scrape(&server)), component_lines(&first));
        first
    };
    let again = Server::start(database, &[]);
    assert_eq!(
        component_lines(&scrape(&again)),
        component_lines(&first),
        "after a restart too"
    );
}

on_both_databases!(
    names_become_metric_names_and_values_are_escaped,
    two_scrapes_spell_every_series_alike,
);
