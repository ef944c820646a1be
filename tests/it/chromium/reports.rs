//! Reports: what stands beside what, whatever the names and the width.

use serde_json::{Value, json};

use crate::chromium::axe::SIDEWAYS;
use crate::chromium::some;
use crate::support::database::Database;
use crate::support::program::apply;

/// A component without any service, and names that no column has room for.
const NAMES: &str = "
components:
- {name: idle, labels: {team: shop}, slo: 99.9}
- {name: 'שירות-תשלומים-a', labels: {team: 'צוות'}, windows: [Office], slo: 99.9}
- {name: 'long-SOLID-a', labels: {team: pay}, windows: [Office], slo: 99.9}
- {name: 'many words SPACED', windows: [Office]}
";

/// The cells whose text is broken into lines.
const BROKEN: &str = "
    const lines = (cell) => {
      const [range, tops] = [document.createRange(), new Set()];
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        range.selectNodeContents(texts.currentNode);
        for (const box of range.getClientRects()) if (box.width > 0) tops.add(Math.round(box.top));
      }
      return tops.size;
    };
    return [...document.querySelectorAll(arguments[0])].filter((cell) => lines(cell) > 1).map((cell) => cell.outerHTML);
";

/// The cards of a phone whose first line is not the name and the verdict, and nothing else.
const CARDS: &str = "
    const box = (cell) => cell.getBoundingClientRect();
    const seen = [...document.querySelectorAll('#report :is(tbody, tfoot) tr')].filter((row) => row.checkVisibility());
    const wrong = seen.filter((row) => {
      const [name, verdict] = [row.querySelector('th'), row.querySelector('td.verdict')];
      const others = [...row.cells].filter((cell) => cell !== name && cell !== verdict && cell.checkVisibility());
      const isBeside = Math.abs(box(name).top - box(verdict).top) <= 1 && box(name).width >= 100;
      return !isBeside || others.some((cell) => box(cell).top < box(name).bottom - 1);
    });
    return wrong.map((row) => row.innerText);
";

#[test]
fn verdicts_stand_in_one_line_beside_any_name() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let names = NAMES
        .replace("SOLID", &"x".repeat(180))
        .replace("SPACED", "many words ".repeat(16).trim());
    apply(&database, &names);
    for query in ["&group=team", "", "&component=api"] {
        for width in [360, 768, 1280] {
            chromium.resize(width, 740);
            chromium.go(&format!("/admin/sla/report/?at=2026-10&definitions=now{query}"));
            assert!(chromium.run(SIDEWAYS, &[width.into()]).is_null(), "{query} at {width}");
            let broken = chromium.run(BROKEN, &[json!("#report td.verdict")]);
            assert_eq!(broken, Value::Array(Vec::new()), "{query} at {width}");
            if width == 360 {
                assert_eq!(chromium.run(CARDS, &[]), Value::Array(Vec::new()), "{query}");
            } else {
                let broken = chromium.run(BROKEN, &[json!("#report td:not(:has(small)), #report thead th")]);
                assert_eq!(broken, Value::Array(Vec::new()), "{query} at {width}");
            }
        }
    }
}

#[test]
fn names_from_right_to_left_begin_where_the_others_do() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    apply(&database, &NAMES.replace("SOLID", "x").replace("SPACED", "x"));
    for width in [360, 1280] {
        chromium.resize(width, 740);
        chromium.go("/admin/sla/report/?at=2026-10&definitions=now");
        let script = "return [...document.querySelectorAll('#report tbody th')].filter((cell) => {
            const range = document.createRange();
            range.selectNodeContents(cell.querySelector('a'));
            const start = cell.getBoundingClientRect().left + parseFloat(getComputedStyle(cell).paddingInlineStart);
            return Math.abs(range.getBoundingClientRect().left - start) > 1;
        }).map((cell) => cell.innerText);";
        assert_eq!(chromium.run(script, &[]), Value::Array(Vec::new()), "{width}");
    }
}

/// Puts figures that are as long as those of a busy team into every row.
const LONG_FIGURES: &str = "
    const figures = {
      attained_millipercent: '99.959 %<small>99.972 % measured</small>', slo_millipercent: '99.999 %',
      left: '68 h 35 min<svg class=budget></svg><small>65 h 12 min unknown</small>', verdict: 'no service promised',
      promised: '22,990 h 30 min', up: '3,460 h 29 min', down: '1 h 23 min 15 s', unknown: '19,527 h 57 min', excluded: '40 min',
    };
    for (const cell of document.querySelectorAll('#report td')) {
      const figure = figures[cell.classList[0]];
      if (figure) cell.innerHTML = figure;
    }
    document.querySelector('#report tr[data-group] th').textContent = 'team=infrastructure';
";

#[test]
fn all_columns_are_in_sight() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for width in [1280, 1400, 1920] {
        chromium.resize(width, 900);
        chromium.go("/admin/sla/report/?at=2026-10&definitions=now&group=team");
        chromium.run(LONG_FIGURES, &[]);
        let beyond = "const box = document.querySelector('.results'); return box.scrollWidth - box.clientWidth;";
        assert_eq!(chromium.run(beyond, &[]), 0, "{width}");
        let broken = chromium.run(BROKEN, &[json!("#report tr[data-group]:first-child th")]);
        assert!(
            !broken.to_string().contains("team=infrastructure"),
            "{broken} at {width}"
        );
    }
}

#[test]
fn a_long_name_has_two_lines() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let names = NAMES
        .replace("SOLID", &"x".repeat(180))
        .replace("SPACED", "many words ".repeat(16).trim());
    apply(&database, &names);
    for width in [360, 1280] {
        chromium.resize(width, 740);
        chromium.go("/admin/sla/report/?at=2026-10&definitions=now");
        let script = "const names = [...document.querySelectorAll('#report tbody th > a')];
                      return Math.max(...names.map((name) => name.clientHeight / parseFloat(getComputedStyle(name).lineHeight)));";
        let lines = chromium.run(script, &[]).as_f64().expect("a number");
        assert!((1.9..2.1).contains(&lines), "{lines} lines at {width}");
    }
    // On a phone the title of a page has three.
    chromium.resize(360, 740);
    let id = database.number("SELECT id AS value FROM component WHERE name LIKE 'long-%'");
    chromium.go(&format!("/admin/sla/component/{id}/view/"));
    let script = "const title = document.querySelector('h1 > bdi');
                  return title.clientHeight / parseFloat(getComputedStyle(title).lineHeight);";
    let lines = chromium.run(script, &[]).as_f64().expect("a number");
    assert!((2.9..3.1).contains(&lines), "{lines} lines");
}

#[test]
fn the_last_heads_are_apart() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(1280, 900);
    chromium.go("/admin/sla/report/?at=2026-10&definitions=now&group=team");
    chromium.run(LONG_FIGURES, &[]);
    let script = "
        const text = (key) => {
          const range = document.createRange();
          range.selectNodeContents(document.querySelector(`#report thead th.${key}`));
          return range.getBoundingClientRect();
        };
        return text('excluded').left - text('unknown').right >= 12;
    ";
    assert_eq!(chromium.run(script, &[]), true);
}

/// Puts a budget into three rows: of the first nothing is left, of the second a part, of the third nothing is known.
const BUDGETS: &str = "
    const rest = (percent) => `<rect class=rest width=\"${percent}%\" height=\"100%\" />`;
    const bars = [rest(0), rest(40), rest(0) + '<rect class=unknown x=\"0%\" width=\"100%\" height=\"100%\" />'];
    const cells = [...document.querySelectorAll('#report td.left')].slice(0, 3);
    cells.forEach((cell, place) => {
      cell.dataset.value = place - 1;
      cell.innerHTML = `1 h<svg class=budget><rect class=whole width=\"100%\" height=\"100%\" />${bars[place]}</svg>`;
    });
    return cells.map((cell) => cell.querySelector('svg').checkVisibility());
";

#[test]
fn no_bar_of_a_budget_is_an_empty_box_on_a_phone() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for (width, seen) in [(360, [false, true, true]), (1280, [true, true, true])] {
        chromium.resize(width, 740);
        chromium.go("/admin/sla/report/?at=2026-10&definitions=now");
        assert_eq!(chromium.run(BUDGETS, &[]), json!(seen), "{width}");
    }
}
