//! Timelines and reports on paper: a page of A4 has all of them.

use serde_json::{Value, json};

use crate::chromium::SOME;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::Chromium;

/// What of the page is cut off, or stands out of paper that is so wide.
const CUT: &str = r"
    const width = arguments[0];
    const parts = [...document.querySelectorAll(':is(#timeline, #report), :is(#timeline, #report) :is(th, td, a, summary), .legend, .range, h1')];
    const seen = parts.filter((one) => one.checkVisibility() && !one.matches('.visually-hidden'));
    const cut = seen.filter((one) => {
      const box = one.getBoundingClientRect();
      return box.right > width + 1 || box.left < -1 || one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
    });
    return cut.map((one) => one.outerHTML.slice(0, 150));
";

/// What of the figures of a report takes more than a line.
const BROKEN: &str = "
    const lines = (cell) => {
      const words = document.createRange();
      words.selectNodeContents(cell);
      return new Set([...words.getClientRects()].map((box) => Math.round(box.top))).size;
    };
    const cells = [...document.querySelectorAll('#report tbody :is(.slo_millipercent, .verdict, .promised, .unknown)')];
    return cells.filter((cell) => lines(cell) > 1).map((cell) => cell.outerHTML);
";

#[test]
fn timelines_and_reports_are_printed_whole() {
    let database = Database::sqlite();
    apply(&database, SOME);
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::open(&server).signed_in_as(&browser);
    for path in [
        "/admin/sla/timeline/?scale=2weeks&group=team",
        "/admin/sla/timeline/?of=windows&scale=quarter&at=2026-12-24&zone=Europe/Berlin",
        "/admin/sla/report/?at=2026-10&definitions=now&group=team",
        "/admin/sla/report/?at=2026-10&definitions=now&component=api",
    ] {
        chromium.go(path);
        let printed = chromium.print();
        let pages = String::from_utf8_lossy(&printed);
        let sizes: Vec<&str> = pages
            .split("/MediaBox [")
            .skip(1)
            .filter_map(|rest| rest.split(']').next())
            .collect();
        assert!(!sizes.is_empty(), "{path} has pages");
        for size in sizes {
            let sides: Vec<f64> = size.split_whitespace().filter_map(|side| side.parse().ok()).collect();
            assert!(
                sides.len() == 4 && sides[2] > sides[3],
                "{path} is printed across: {size}"
            );
        }
        chromium.tool("Emulation.setEmulatedMedia", &json!({"media": "print"}));
        // A4 without its margins, across and upright.
        for width in [1047, 718] {
            chromium.resize(width, 700);
            assert_eq!(
                chromium.run(CUT, &[json!(width)]),
                Value::Array(Vec::new()),
                "{path} at {width}"
            );
        }
        chromium.resize(1047, 700);
        assert_eq!(chromium.run(BROKEN, &[]), Value::Array(Vec::new()), "{path}");
        for hidden in [
            ".timeline-form",
            ".steps",
            ".segments",
            "#nav-sidebar",
            ".object-tools",
            ".close-report",
            ".add-correction",
        ] {
            let script = "return document.querySelector(arguments[0])?.checkVisibility() ?? false;";
            assert_eq!(chromium.run(script, &[json!(hidden)]), Value::Bool(false), "{hidden}");
        }
        chromium.tool("Emulation.setEmulatedMedia", &json!({"media": ""}));
    }
}

#[test]
fn a_printed_report_of_a_component_has_a_figure_for_each_day() {
    let database = Database::sqlite();
    apply(&database, SOME);
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::open(&server).signed_in_as(&browser);
    chromium.go("/admin/sla/report/?at=2026-10&definitions=now&component=api");
    chromium.tool("Emulation.setEmulatedMedia", &json!({"media": "print"}));
    // Paper has the width of upright pages when it is asked for its width.
    chromium.resize(718, 700);
    let script = "const figure = document.createElement('small');
        document.querySelector('.report-days td[data-date]').append(figure);
        return figure.checkVisibility();";
    assert_eq!(chromium.run(script, &[]), Value::Bool(true));
}

/// Whether a thing is seen.
const SEEN: &str = "return document.querySelector(arguments[0])?.checkVisibility() ?? false;";

#[test]
fn paper_is_light_and_has_no_controls() {
    let database = Database::sqlite();
    apply(&database, SOME);
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let chromium = Chromium::open(&server).signed_in_as(&browser);
    let paths = [
        "/admin/sla/timeline/?scale=2weeks&group=team",
        "/admin/sla/component/",
        "/admin/sla/calendar/",
    ];
    for theme in ["auto", "dark"] {
        for path in paths {
            chromium.go(path);
            chromium.run("document.documentElement.dataset.theme = arguments[0]", &[json!(theme)]);
            let dark = json!([{"name": "prefers-color-scheme", "value": "dark"}]);
            chromium.tool(
                "Emulation.setEmulatedMedia",
                &json!({"media": "print", "features": dark}),
            );
            let ink = chromium.run(
                "return getComputedStyle(document.querySelector('h1')).color.match(/[0-9]+/g).map(Number);",
                &[],
            );
            let ink: Vec<u64> = ink.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
            assert!(
                ink.len() >= 3 && ink.iter().take(3).all(|part| *part < 100),
                "{path}, {theme}: {ink:?}"
            );
            for hidden in [
                "#zone-link",
                "#keyboard-button",
                ".list-tools",
                "#changelist-filter",
                ".action-select",
                ".paginator ul",
            ] {
                assert_eq!(
                    chromium.run(SEEN, &[json!(hidden)]),
                    Value::Bool(false),
                    "{path}: {hidden}"
                );
            }
            assert!(chromium.text(".on-paper").starts_with("Rows 1 to "), "{path}");
            chromium.tool("Emulation.setEmulatedMedia", &json!({"media": "screen"}));
            assert_eq!(chromium.run(SEEN, &[json!(".on-paper")]), Value::Bool(false), "{path}");
            chromium.tool("Emulation.setEmulatedMedia", &json!({"media": ""}));
        }
    }
}
