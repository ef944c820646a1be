//! Files as spreadsheets in several languages write them.

use super::exporting::dechunked;
use super::importing::{dry, tallies};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(
    quotation_marks_that_are_not_closed_are_refused,
    what_spreadsheets_add_is_read,
    one_line_fields_take_one_line,
    a_byte_order_mark_is_a_choice,
);

const SOME: &str = "components: [{name: web, display_name: Web, slo: 99.9}, {name: shop}]
windows: [{name: office, timezone: Europe/Berlin}]";

/// The errors of a file as a whole.
fn note(page: &Page) -> String {
    page.texts(".errornote").join(" ")
}

fn quotation_marks_that_are_not_closed_are_refused(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let rows = |from: usize| {
        let rows: Vec<String> = (from..from + 8).map(|number| format!("c{number},plain\n")).collect();
        rows.concat()
    };
    for (file, line) in [
        // Nothing closes it.
        (format!("name,description\n{}x,\"open\n{}", rows(0), rows(8)), 10),
        (format!("name,description\r\nx,\"open\r\n{}", rows(8)), 2),
        ("name,description\nx,\"open".to_owned(), 2),
        ("\"name,description\nx,y\n".to_owned(), 1),
        ("name;description\n\nx;  \"a \"\"b\"\"\n\nc\n".to_owned(), 3),
        // The next quoted cell closes it.
        (
            format!("name,description\nx,\"open\n{}y,\"next\"\n{}", rows(0), rows(8)),
            2,
        ),
        ("name,description\nx,\"open\n\"y\",\"next\"\n".to_owned(), 2),
        ("name,description\na,\"one\ntwo\"\nx,\"open\ny,\"next\"\n".to_owned(), 4),
        ("name,description\nx,\"a\" b\n".to_owned(), 2),
    ] {
        for file in [file.clone(), file.replace(',', "\t"), format!("\u{feff}{file}")] {
            let page = dry(&mut root, "sla/component", &file).expect(422);
            let said = note(&page);
            assert!(
                said.contains(&format!("quotation mark that opens a cell in line {line} is")),
                "{line}: {said} {file}"
            );
            assert!(!page.has("#import-preview"));
        }
    }
    // Within a cell that does not begin with one they are text, and closed ones hold lines.
    let file = "name,description\na,\"one\n\"\"two\"\", \"\"three\"\"\nfour\"\nb,5\" disk\nc,\"\"\nd,\"\"\"x\"\"\"\n";
    let page = dry(&mut root, "sla/component", file).expect(200);
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    assert_eq!(
        database.texts("SELECT description AS value FROM component ORDER BY name"),
        ["one\n\"two\", \"three\"\nfour", "5\" disk", "", "\"x\""]
    );
}

/// Imports a file of components; returns `name|display name|enabled|SLO` of all that there are.
fn imported(root: &mut Browser, database: &Database, file: &str) -> Vec<String> {
    let page = dry(root, "sla/component", file);
    assert_eq!(
        page.status(),
        200,
        "{file:?}: {} {:?}",
        note(&page),
        page.texts("#import-rows li")
    );
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    let rows = database.texts(
        "SELECT name || '|' || display_name || '|' || CASE WHEN enabled THEN 'on' ELSE 'off' END || '|' || coalesce(slo_millipercent, -1) AS value \
         FROM component ORDER BY name",
    );
    database.execute("DELETE FROM component");
    rows
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn what_spreadsheets_add_is_read(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let read = ["a|One|on|99900", "b|Two|off|-1"];
    for file in [
        // Empty columns and rows.
        "name,display_name,slo,enabled,,\na,One,99.9,true,,\nb,Two,,false,,\n,,,,,\n",
        "name,,display_name,slo,enabled\na,,One,99.9,true\n\n , ,\u{a0},,\t\nb, ,Two,,false\n \n",
        "\n,,,\nname,display_name,slo,enabled\na,One,99.9,true,,,\nb,Two,,false\n",
        // Blanks before quoted cells and behind them.
        "\"name\", \"display_name\", \"slo\", \"enabled\"\n\"a\" , \"One\",  \"99.9\",\t\"true\"\n\"b\", \"Two\", \"\", \"false\" \n",
        // Heads in other words.
        "NAME,Display Name,SLO,Enabled\na,One,99.9,yes\nb,Two,,No\n",
        " Name ,DISPLAY_NAME,Slo,\"ENABLED\"\na,One,99.9,1\nb,Two,,0\n",
        // Separators that the first line names, and decimal commas where the comma separates nothing.
        "sep=;\nname;display_name;slo;enabled\na;One;99,9;WAHR\nb;Two;;FALSCH\n",
        "\"sep=;\"\r\nname;display_name;slo;enabled\r\na;One;99.9;VRAI\r\nb;Two;;FAUX\r\n",
        "SEP=|\nname|display_name|slo|enabled\na|One|99,900|VERDADERO\nb|Two||FALSO\n",
        "sep=,\nname,display_name,slo,enabled\na,One,99.9,VERO\nb,Two,,falso\n",
        "name\tdisplay_name\tslo\tenabled\na\tOne\t99,9 %\tWAAR\nb\tTwo\t\tONWAAR\n",
        "name;display_name;slo;enabled\ra;One;99,9;ИСТИНА\rb;Two;;ЛОЖЬ\r",
        "name;display_name;slo;enabled\na;One;99,9;doğru\nb;Two;;YANLIŞ\n",
    ] {
        assert_eq!(imported(&mut root, database, file), read, "{file:?}");
    }
    apply(database, SOME);
    for (model, file, message) in [
        (
            "sla/component",
            "name,,slo\na,,1\nb,lost,1\n",
            "Column 2 has no name, but row 3 has “lost” in it. Known columns: name,",
        ),
        (
            "sla/component",
            "name,Name\na,b\n",
            "The column “name” stands there twice.",
        ),
        (
            "sla/component",
            "Display name,name,display_name\na,b,c\n",
            "The column “display_name” stands there twice.",
        ),
        ("sla/component", "sep=;\n", "There is nothing in it."),
        ("sla/component", ",,\n , ,\n", "There is nothing in it."),
        ("sla/component", "sep=;\nname\n;;\n", "There is no row in it."),
    ] {
        let page = dry(&mut root, model, file).expect(422);
        assert!(note(&page).contains(message), "{file:?}: {}", note(&page));
    }
    // Where commas separate, a comma in a number is no decimal mark; two are none anywhere.
    for file in [
        "name,slo\na,\"99,9\"\n",
        "name;slo\na;9,9,9\n",
        "name;slo\na;1.000,5\n",
        "name;slo\na;%\n",
    ] {
        let page = dry(&mut root, "sla/component", file).expect(422);
        assert!(page.html().contains("is no percentage"), "{file:?}");
    }
    let page = dry(&mut root, "sla/component", "sep=;\n\nname;slo\nweb;99,9\n\nbad;x\n").expect(422);
    assert_eq!(
        page.texts("#import-rows td.field-row"),
        ["5", "3"],
        "rows are counted as a spreadsheet shows them"
    );
    let page = dry(
        &mut root,
        "sla/slawindow",
        "Name;Time zone;Valid from;Rules\nother;Europe/Berlin; 2026-01-31 ;\n",
    );
    assert_eq!(tallies(&page.expect(200)), [1, 0, 0, 0]);
}

fn one_line_fields_take_one_line(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (model, file, column) in [
        ("sla/component", "name,display_name\nweb,\"one\ntwo\"\n", "display_name"),
        (
            "sla/component",
            "name,display_name\nweb,\"one\r\ntwo\"\n",
            "display_name",
        ),
        (
            "sla/component",
            "name,display_name\nweb,one\u{2028}two\n",
            "display_name",
        ),
        ("sla/component", "name,labels\nweb,\"team=one\ntwo\"\n", "labels"),
        ("sla/component", "name,windows\nweb,\"one\ntwo\"\n", "windows"),
        (
            "sla/component",
            "[{\"name\": \"web\", \"display_name\": \"one\\ntwo\"}]",
            "display_name",
        ),
        (
            "sla/component",
            "[{\"name\": \"web\", \"windows\": [\"one\\u2029two\"]}]",
            "windows",
        ),
        ("sla/component", "name\n\"one\ntwo\"\n", "name"),
        ("sla/label", "name,value\nteam,\"one\ntwo\"\n", "value"),
        (
            "sla/slawindow",
            "name,timezone,valid_from\nx,UTC,\"one\ntwo\"\n",
            "valid_from",
        ),
    ] {
        let page = dry(&mut root, model, file).expect(422);
        assert_eq!(
            page.texts("#import-rows .errorlist li")[0]
                .split_once(" : ")
                .map(|(name, fault)| (name, fault.contains("one” is a line break, and this takes one line"))),
            Some((column, true)),
            "{file:?}: {:?}",
            page.texts("#import-rows .errorlist li")
        );
    }
    let file = "name,description,windows\nweb,\"one\ntwo\",\"office;\n\"\n";
    assert_eq!(
        tallies(&dry(&mut root, "sla/component", file).expect(200)),
        [0, 1, 0, 0]
    );
}

fn a_byte_order_mark_is_a_choice(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let path = "/admin/sla/component/export/";
    let begins = |page: Page| dechunked(&page.expect(200).answer.body).starts_with(b"\xef\xbb\xbf");
    for (query, expected) in [
        ("_format=csv", false),
        ("_format=csv&bom=", false),
        ("_format=csv&bom=0", false),
        ("_format=csv&bom=1", true),
        ("q=web&bom=1&_format=csv&o=-name", true),
        ("_format=json&bom=1", false),
    ] {
        assert_eq!(begins(root.get(&format!("{path}?{query}"))), expected, "{query}");
    }
    let page = root.get(&format!("{path}?_format=csv&bom=x")).expect(400);
    assert!(page.html().contains("bom"), "{}", page.html());
    let form = root.get(&format!("{path}?q=web")).expect(200).form("#export-form");
    assert_eq!(form.values("bom"), ["1"], "the box is ticked");
    let key = database
        .number("SELECT id AS value FROM component WHERE name = 'web'")
        .to_string();
    let chosen = [("action", "export_selected"), ("_selected_action", key.as_str())];
    let form = root
        .post("/admin/sla/component/", &chosen)
        .expect(200)
        .form("#export-form");
    assert_eq!(form.values("bom"), ["1"]);
    assert!(!begins(root.submit(&form.clone().clear("bom"), ("", ""))));
    let page = root.submit(&form, ("", "")).expect(200);
    let text = String::from_utf8(dechunked(&page.answer.body)).expect("it is UTF-8");
    assert!(text.starts_with("\u{feff}\"name\","), "{text}");
    let page = dry(&mut root, "sla/component", &text).expect(200);
    assert_eq!(tallies(&page), [0, 0, 1, 0], "what went out comes in again");
}
