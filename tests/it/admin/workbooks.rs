//! Workbooks of spreadsheets that come in and go out.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::exporting::dechunked;
use super::importing::{contents, tallies};
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

on_both_databases!(
    what_went_out_as_a_sheet_comes_in_again,
    cells_are_read_as_they_are_shown,
    the_sheet_of_the_model_is_read,
    cells_without_a_value_are_named,
    what_is_no_workbook_is_refused,
    what_unpacks_to_too_much_is_refused,
    broken_workbooks_are_refused,
    what_does_not_fit_into_a_sheet_is_not_exported,
);

const SOME: &str = r#"
labels: [{name: team, value: "a; b", description: "=1+1"}, {name: env, value: '=prod'}]
calendars: [{name: "Holidays; DE", rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 60, note: 'a "b", c'}]}]
windows:
  - {name: office, timezone: Europe/Berlin, valid_from: 2026-01-31, calendars: ["Holidays; DE"], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}
  - {name: old, timezone: UTC, valid_from: 1900-01-01, valid_until: 9999-12-31, enabled: false}
components:
  - {name: "=shop", display_name: "+cmd|' /C calc'!A0", description: "one\n  two, \"three\"; \t_x000D_ <&>", labels: {team: "a; b", env: '=prod'}, windows: [office], slo: 99.95}
  - {name: web, display_name: "'=quoted", description: "''@y شبكة 🚀", enabled: false, slo: 100}
  - {name: "007", display_name: "  1.0  ", description: "true"}
"#;

const MODELS: [&str; 4] = ["sla/label", "sla/calendar", "sla/slawindow", "sla/component"];

fn dry(browser: &mut Browser, model: &str, bytes: &[u8]) -> Page {
    let path = format!("/admin/{model}/import/");
    browser.upload(&path, &[("format", "")], Some(("file.xlsx", bytes)))
}

fn export(browser: &mut Browser, model: &str) -> Vec<u8> {
    let page = browser.get(&format!("/admin/{model}/export/?_format=xlsx")).expect(200);
    dechunked(&page.answer.body)
}

fn note(page: &Page) -> String {
    page.texts(".errornote").join(" ")
}

/// A workbook with one sheet, which `fill` fills.
fn workbook(fill: impl Fn(&mut Worksheet)) -> Vec<u8> {
    let mut workbook = Workbook::new();
    fill(workbook.add_worksheet());
    workbook.save_to_buffer().expect("it can be written")
}

/// A part of a workbook.
fn part(bytes: &[u8], path: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
    let mut text = String::new();
    let mut file = archive.by_name(path).expect("the part is there");
    file.read_to_string(&mut text).expect("it is text");
    text
}

/// The same workbook with some of its parts replaced, or added.
fn with_parts(bytes: &[u8], parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).expect("the part is there");
        let name = file.name().expect("it has a name").into_owned();
        if !parts.iter().any(|(path, _)| *path == name) {
            writer.raw_copy_file(file).expect("it can be copied");
        }
    }
    for (path, text) in parts {
        writer.start_file(*path, options).expect("it can be added");
        writer.write_all(text.as_bytes()).expect("it can be written");
    }
    writer.finish().expect("it can be ended").into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A workbook whose only sheet has these rows, in XML.
fn handmade(rows: &str) -> Vec<u8> {
    let empty = workbook(|sheet| drop(sheet.set_name("Any")));
    let xml = format!("<worksheet xmlns=\"x\"><sheetData>{rows}</sheetData></worksheet>");
    with_parts(&empty, &[(SHEET, &xml)])
}

const HEAD: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c><c r="B1" t="inlineStr"><is><t>slo</t></is></c></row>"#;

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn what_went_out_as_a_sheet_comes_in_again(database: &Database) {
    apply(database, SOME);
    let before = run_on(database, &["export"]).out;
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let files: Vec<(&str, Vec<u8>)> = MODELS.map(|model| (model, export(&mut root, model))).into();
    for (model, file) in &files {
        let page = dry(&mut root, model, file).expect(200);
        let counts = tallies(&page);
        assert_eq!((counts[0], counts[1], counts[3]), (0, 0, 0), "{model}: {}", page.html());
        assert!(page.html().contains("Nothing would change"));
        assert!(counts[2] > 0 && !page.has("#import-confirm"), "{model}");
    }
    let sheet = part(&files[3].1, SHEET);
    assert!(!sheet.contains("<f>"), "no text is a formula: {sheet}");
    assert!(
        sheet.contains("=shop</t>") && sheet.contains("<v>99.95</v>") && sheet.contains("t=\"b\""),
        "{sheet}"
    );
    assert!(
        sheet.contains("ySplit=\"1\"") && sheet.contains("state=\"frozen\""),
        "{sheet}"
    );
    let sheet = part(&files[2].1, SHEET);
    assert!(
        sheet.contains("<v>46053</v>") && sheet.contains("1900-01-01</t>"),
        "{sheet}"
    );
    assert!(part(&files[2].1, "xl/workbook.xml").contains("name=\"SLA windows\""));

    let other = if database.is_postgres() {
        Database::postgres()
    } else {
        Database::sqlite()
    };
    let server = Server::start(&other, &[]);
    let mut root = superuser(&other, &server);
    for (model, file) in &files {
        let page = dry(&mut root, model, file).expect(200);
        root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
            .expect(302);
    }
    let sorted = |text: &str| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&run_on(&other, &["export"]).out), sorted(&before));

    for (model, name) in [
        ("auth/user", "users"),
        ("auth/group", "groups"),
        ("audit/logentry", "log-entries"),
    ] {
        let page = root.get(&format!("/admin/{model}/export/?_format=xlsx")).expect(200);
        let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!(page.answer.header("content-type"), kind);
        let disposition = page.answer.header("content-disposition");
        assert!(disposition.contains(&format!("filename=\"{name}-2")) && disposition.ends_with(".xlsx\""));
        assert!(part(&dechunked(&page.answer.body), SHEET).contains("</row>"), "{model}");
    }
    let key = other
        .number("SELECT id AS value FROM component WHERE name = 'web'")
        .to_string();
    let chosen = [
        ("action", "export_selected"),
        ("_selected_action", key.as_str()),
        ("_format", "xlsx"),
    ];
    let page = root.post("/admin/sla/component/", &chosen).expect(200);
    let sheet = part(&dechunked(&page.answer.body), SHEET);
    assert!(sheet.contains("web</t>") && !sheet.contains("=shop"), "{sheet}");
    let form = root.get("/admin/sla/component/export/").expect(200);
    assert!(form.html().contains("value=\"xlsx\""));
    let mut viewer = staff(&other, &server, "viewer", &["sla.view_component"]);
    viewer.get("/admin/sla/component/export/?_format=xlsx").expect(403);
    assert!(![200, 422].contains(&dry(&mut viewer, "sla/component", &files[3].1).status()));
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn cells_are_read_as_they_are_shown(database: &Database) {
    apply(database, "windows: [{name: office, timezone: Europe/Berlin}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let percent = Format::new().set_num_format("0.00%");
    let file = workbook(|sheet| {
        let write = |sheet: &mut Worksheet| -> Result<(), rust_xlsxwriter::XlsxError> {
            for (column, head) in [
                (1, "Name"),
                (2, "SLO"),
                (3, "enabled"),
                (4, "Display name"),
                (5, "SLA windows"),
            ] {
                sheet.write_string(2, column, head)?;
            }
            sheet
                .write_string(3, 1, "a")?
                .write_number(3, 2, 99.9_f64.next_up())?
                .write_boolean(3, 3, false)?;
            sheet.write_number(3, 4, 1.0)?;
            sheet
                .write_string(5, 1, "b")?
                .write_number_with_format(5, 2, 0.999, &percent)?;
            sheet
                .write_formula(5, 4, Formula::new("=B4&\"!\"").set_result("shown"))?
                .write_string(5, 3, "WAHR")?;
            sheet
                .write_string(6, 1, "c")?
                .write_string(6, 2, "99,9")?
                .write_boolean(6, 3, true)?;
            sheet
                .write_string(7, 1, "d")?
                .write_number(7, 2, 1e-3)?
                .write_number(7, 3, 1)?;
            sheet.set_row_hidden(7)?;
            sheet.merge_range(5, 5, 7, 5, "office", &Format::new())?;
            sheet.write_blank(9, 9, &percent)?;
            Ok(())
        };
        write(sheet).expect("it can be written");
    });
    let page = dry(&mut root, "sla/component", &file);
    assert_eq!(
        page.status(),
        200,
        "{} {:?}",
        note(&page),
        page.texts("#import-rows li")
    );
    assert_eq!(
        page.texts("#import-rows td.field-row"),
        ["4", "6", "7", "8"],
        "rows are those of the sheet"
    );
    assert!(page.html().contains("Read from the sheet “Sheet1”."), "{}", page.html());
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    let rows = database.texts(
        "SELECT name || '|' || display_name || '|' || CASE WHEN enabled THEN 'on' ELSE 'off' END || '|' || slo_millipercent || '|' || \
         (SELECT count(*) FROM component_window WHERE component_id = component.id) AS value FROM component ORDER BY name",
    );
    assert_eq!(
        rows,
        ["a|1|off|99900|0", "b|shown|on|99900|1", "c||on|99900|1", "d||on|1|1"]
    );

    let day = Format::new().set_num_format("d. mmmm yyyy");
    let file = workbook(|sheet| {
        let write = |sheet: &mut Worksheet| -> Result<(), rust_xlsxwriter::XlsxError> {
            for (column, head) in [(0, "name"), (1, "timezone"), (2, "valid_from"), (3, "description")] {
                sheet.write_string(0, column, head)?;
            }
            sheet.write_string(1, 0, "days")?.write_string(1, 1, "UTC")?;
            sheet.write_datetime_with_format(1, 2, &ExcelDateTime::from_ymd(2026, 1, 31)?, &day)?;
            let at = ExcelDateTime::from_ymd(2026, 1, 31)?.and_hms(9, 30, 0)?;
            sheet.write_datetime_with_format(1, 3, &at, &day)?;
            Ok(())
        };
        write(sheet).expect("it can be written");
    });
    for is_1904 in [false, true] {
        let file = if is_1904 {
            let book = part(&file, "xl/workbook.xml").replace("<workbookPr", "<workbookPr date1904=\"1\"");
            let sheet = part(&file, SHEET).replace("<v>46053", "<v>44591");
            with_parts(&file, &[("xl/workbook.xml", &book), (SHEET, &sheet)])
        } else {
            file.clone()
        };
        let page = dry(&mut root, "sla/slawindow", &file).expect(200);
        root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
            .expect(302);
        let rows =
            database.texts("SELECT valid_from || '|' || description AS value FROM sla_window WHERE name = 'days'");
        assert_eq!(rows, ["2026-01-31|2026-01-31T09:30:00"], "{is_1904}");
        database.execute("DELETE FROM sla_window WHERE name = 'days'");
    }
}

fn the_sheet_of_the_model_is_read(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let sheets = |names: &[&str]| {
        let mut workbook = Workbook::new();
        for name in names {
            let sheet = workbook.add_worksheet();
            let written = sheet.set_name(*name).and_then(|sheet| sheet.write_string(0, 0, "name"));
            let written = written.and_then(|sheet| sheet.write_string(1, 0, format!("from {name}")));
            written.expect("it can be written");
        }
        workbook
    };
    let mut hidden = sheets(&["Secret", "Shown"]);
    hidden.worksheet_from_index(1).expect("it is there").set_active(true);
    hidden.worksheet_from_index(0).expect("it is there").set_hidden(true);
    for (mut workbook, read, count) in [
        (sheets(&["Notes", "COMPONENTS", "Labels"]), "COMPONENTS", 3),
        (sheets(&["Notes", "component"]), "component", 2),
        (sheets(&["Notes", "Labels"]), "Notes", 2),
        (hidden, "Shown", 2),
    ] {
        let file = workbook.save_to_buffer().expect("it can be written");
        let page = dry(&mut root, "sla/component", &file).expect(200);
        assert_eq!(page.texts("#import-rows td.field-object"), [format!("from {read}")]);
        let said = format!("Read from the sheet “{read}”, one of {count}.");
        assert!(page.html().contains(&said), "{said}: {}", page.html());
    }
    let mut workbook = sheets(&["Labels"]);
    let file = workbook.save_to_buffer().expect("it can be written");
    let page = dry(&mut root, "sla/label", &file).expect(422);
    assert!(page.html().contains("Read from the sheet “Labels”."));
    let file = workbook_of_heads(&["name", "colour"]);
    let page = dry(&mut root, "sla/label", &file).expect(422);
    assert!(
        note(&page).contains("Sheet “Sheet1”: There is no column “colour”."),
        "{}",
        note(&page)
    );
}

fn workbook_of_heads(heads: &[&str]) -> Vec<u8> {
    workbook(|sheet| {
        for (column, head) in (0..).zip(heads) {
            sheet.write_string(0, column, *head).expect("it can be written");
        }
    })
}

fn cells_without_a_value_are_named(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    for (row, message) in [
        (
            r#"<c r="A2"><f>B2&amp;"x"</f></c>"#,
            "cell A2 has a formula, and its value is not stored",
        ),
        (
            r#"<c r="B2"><f>1+1</f><v></v></c>"#,
            "cell B2 has a formula, and its value is not stored",
        ),
        (
            r#"<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>"#,
            "cell B2 holds the error #DIV/0!",
        ),
        (r#"<c r="AA2" t="e"><v>#REF!</v></c>"#, "cell AA2 holds the error #REF!"),
        (r#"<c r="CW2"><v>1</v></c>"#, "Cell CW2 lies beyond the 100 columns"),
        (r#"<c r="XFE2"><v>1</v></c>"#, "Cell XFE2 lies beyond"),
        (r#"<c r="A2" t="s"><v>99</v></c>"#, "refers to a text that is missing"),
        (r#"<c r="2A"><v>1</v></c>"#, "its address cannot be read"),
        (r#"<c r="A2"><v>&unknown;</v></c>"#, "is unknown"),
    ] {
        let page = dry(
            &mut root,
            "sla/component",
            &handmade(&format!("{HEAD}<row r=\"2\">{row}</row>")),
        )
        .expect(422);
        assert!(
            note(&page).contains("Sheet “Any”: ") && note(&page).contains(message),
            "{row}: {}",
            note(&page)
        );
        assert!(!page.has("#import-preview"));
    }
    let many: Vec<String> = (2..100)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><f>1</f></c></row>"))
        .collect();
    let page = dry(
        &mut root,
        "sla/component",
        &handmade(&format!("{HEAD}{}", many.concat())),
    )
    .expect(422);
    assert!(
        note(&page).contains("cell A21 has") && note(&page).contains("; and 78 more."),
        "{}",
        note(&page)
    );
    // Without addresses cells follow each other; rich and shared texts, sections and references are read.
    let rows = r#"<row><c t="inlineStr"><is><t>name</t></is></c><c t="str"><v>display_name</v></c><c t="str"><v>description</v></c></row>
        <row><c t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r><rPh><t>no</t></rPh></is></c><c t="str"><v><![CDATA[x & ]]>y &#228; &lt; _x0041__x005F_x0042_ _xD83D__xDE80_</v></c><c t="str"><f>""</f><v></v></c></row>"#;
    let page = dry(&mut root, "sla/component", &handmade(rows)).expect(200);
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    let rows = database.texts("SELECT name || '|' || display_name AS value FROM component");
    assert_eq!(rows, ["a b|x & y ä < A_x0042_ 🚀"]);
}

/// An archive of these files.
fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (path, bytes) in files {
        writer.start_file(*path, options).expect("it can be added");
        writer.write_all(bytes).expect("it can be written");
    }
    writer.finish().expect("it can be ended").into_inner()
}

const RELATION: &str = "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"";

fn what_is_no_workbook_is_refused(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let before = contents(database);
    let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    let encrypted: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let relation = |target: &str| format!("{RELATION}{target}\"/></Relationships>");
    for (bytes, message) in [
        ([&ole[..], &[0; 600]].concat(), "older format of Excel (.xls)"),
        (
            [&ole[..], &[0; 600], &encrypted, &[0; 9]].concat(),
            "protected by a password",
        ),
        (b"PK\x03\x04....".to_vec(), "no workbook, or it is damaged"),
        (archive(&[]), "no Excel workbook (.xlsx)"),
        (archive(&[("a.txt", b"hello")]), "no Excel workbook (.xlsx)"),
        (
            archive(&[("mimetype", b"application/vnd.oasis.opendocument.spreadsheet")]),
            "application/vnd.oasis.opendocument.spreadsheet. Save it as .xlsx",
        ),
        (
            archive(&[("_rels/.rels", relation("xl/workbook.bin").as_bytes())]),
            "binary workbook (.xlsb)",
        ),
        (
            archive(&[("_rels/.rels", relation("nowhere.xml").as_bytes())]),
            "no Excel workbook",
        ),
        (
            archive(&[
                ("_rels/.rels", relation("/word/document.xml").as_bytes()),
                ("word/document.xml", b"<w/>"),
            ]),
            "The workbook has no sheet with cells.",
        ),
        (
            with_parts(&handmade(HEAD), &[("xl/workbook.xml", "<workbook><sheets></sheet")]),
            "The workbook is damaged: xl/workbook.xml",
        ),
        (handmade(""), "Sheet “Any”: There is nothing in it."),
        (handmade(HEAD), "Sheet “Any”: There is no row in it."),
    ] {
        let page = dry(&mut root, "sla/component", &bytes).expect(422);
        assert!(note(&page).contains(message), "{message}: {}", note(&page));
    }
    for (fields, file, message) in [
        (
            vec![("format", "xlsx")],
            Some(("x.xlsx", &b"name\na\n"[..])),
            "no workbook",
        ),
        (vec![("format", "xlsx"), ("text", "name\na\n")], None, "no workbook"),
    ] {
        let page = root.upload("/admin/sla/component/import/", &fields, file).expect(422);
        assert!(note(&page).contains(message), "{}", note(&page));
    }
    assert_eq!(contents(database), before);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn what_unpacks_to_too_much_is_refused(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let spaces = " ".repeat(140 * 1024 * 1024);
    let bomb = handmade(&format!("{HEAD}{spaces}"));
    assert!(bomb.len() < 1024 * 1024, "it is small: {}", bomb.len());
    let page = dry(&mut root, "sla/component", &bomb).expect(422);
    assert!(note(&page).contains("unpacks to more than is read"), "{}", note(&page));
    // It declares to be small.
    let declared = u32::try_from(spaces.len() + HEAD.len() + 65).expect("it fits");
    let length = part_length(&bomb);
    assert!(length > declared - 200 && length < declared + 200);
    let mut lying = bomb.clone();
    let (from, to) = (length.to_le_bytes(), 1_000_u32.to_le_bytes());
    let places: Vec<usize> = (0..lying.len() - 4).filter(|at| lying[*at..at + 4] == from).collect();
    assert!(!places.is_empty());
    for at in places {
        lying[at..at + 4].copy_from_slice(&to);
    }
    let page = dry(&mut root, "sla/component", &lying).expect(422);
    assert!(
        note(&page).contains("unpacks to more than is read") || note(&page).contains("damaged"),
        "{}",
        note(&page)
    );
    drop((spaces, bomb, lying));

    let shared = |strings: &str| {
        let book = workbook(|sheet| drop(sheet.write_string(0, 0, "name")));
        with_parts(&book, &[("xl/sharedStrings.xml", strings)])
    };
    let cell = |row: usize, value: &str| format!("<row r=\"{row}\"><c r=\"A{row}\" t=\"s\"><v>{value}</v></c></row>");
    let long = "y".repeat(1024 * 1024);
    let rows: Vec<String> = (2..40).map(|row| cell(row, "1")).collect();
    let repeated = with_parts(
        &shared(&format!("<sst><si><t>name</t></si><si><t>{long}</t></si></sst>")),
        &[(
            SHEET,
            &format!(
                "<worksheet><sheetData>{}{}</sheetData></worksheet>",
                cell(1, "0"),
                rows.concat()
            ),
        )],
    );
    let wide: Vec<String> = (1..=100_002)
        .map(|row| format!("<row r=\"{row}\"><c><v>1</v></c></row>"))
        .collect();
    let merged = "<mergeCell ref=\"A1:A2\"/>".repeat(10_001);
    let merged = format!("{HEAD}</sheetData><mergeCells>{merged}</mergeCells><sheetData>");
    let filled: Vec<String> = (2..2_000)
        .map(|row| format!("<row r=\"{row}\"><c r=\"B{row}\"><v>1</v></c></row>"))
        .collect();
    let filled = format!(
        "{}{}</sheetData><mergeCells><mergeCell ref=\"A1:A1048576\"/></mergeCells><sheetData>",
        HEAD.replace("name", &"n".repeat(30_000)),
        filled.concat()
    );
    // Merged cells that are filled already take no more room, and time all the same.
    let rows: Vec<String> = (2..2_000)
        .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>"))
        .collect();
    let spanned = "<mergeCell ref=\"A1:A1999\"/>".repeat(9_999);
    let spanned = format!(
        "{HEAD}{}</sheetData><mergeCells>{spanned}</mergeCells><sheetData>",
        rows.concat()
    );
    let nul = format!("{HEAD}<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>a_x0000_b</t></is></c></row>");
    let far = format!(
        "{HEAD}<row r=\"2\"><c r=\"GKGWBYLWRXTLPO2\"/>{}</row>",
        "<c><v>1</v></c>".repeat(2_000)
    );
    for (bytes, message) in [
        (
            shared(&format!("<sst>{}</sst>", "<si/>".repeat(1_500_001))),
            "The workbook has too many texts.",
        ),
        (repeated, "There is too much in the sheet."),
        (handmade(&" ".repeat(18 * 1024 * 1024)), "unpacks to more than is read"),
        (handmade(&wide.concat()), "More than 100000 rows are too many"),
        (handmade(&merged), "More than 10000 merged cells"),
        (handmade(&filled), "There is too much in the merged cells"),
        (handmade(&spanned), "There is too much in the merged cells"),
        (handmade(&nul), "holds a NUL character"),
        (handmade(&far), "its address cannot be read"),
        (handmade("<row r=\"1048577\"/>"), "its rows are in disorder"),
        (handmade("<row r=\"7\"/><row r=\"7\"/>"), "its rows are in disorder"),
        (handmade("<row r=\"-1\"/>"), "its rows are in disorder"),
    ] {
        let page = dry(&mut root, "sla/component", &bytes).expect(422);
        assert!(note(&page).contains(message), "{message}: {}", note(&page));
    }
    let many: Vec<String> = (0..2_001).map(|number| format!("f{number}")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let page = dry(&mut root, "sla/component", &archive(&many)).expect(422);
    assert!(note(&page).contains("an archive of 2001 files"), "{}", note(&page));
    // What a workbook says of its sizes is not believed, and nothing is kept for it.
    let counts = "<sst count=\"99999999999999\" uniqueCount=\"99999999999999\"><si><t>name</t></si></sst>";
    let page = dry(&mut root, "sla/component", &shared(counts)).expect(422);
    assert!(note(&page).contains("There is no row in it."), "{}", note(&page));
    let attributes: Vec<String> = (0..200_000).map(|number| format!("a{number}=\"\"")).collect();
    let page = dry(
        &mut root,
        "sla/component",
        &handmade(&format!("<row {}/>", attributes.join(" "))),
    )
    .expect(422);
    assert!(note(&page).contains("There is nothing in it."), "{}", note(&page));
}

/// How long a sheet is unpacked, as its archive declares it.
fn part_length(bytes: &[u8]) -> u32 {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).expect("it is an archive");
    let file = archive.by_name(SHEET).expect("the part is there");
    u32::try_from(file.size()).expect("it fits")
}

fn broken_workbooks_are_refused(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let before = contents(database);
    let whole = export(&mut root, "sla/component");
    let mut state = 7_u64;
    let mut next = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("it fits") % limit
    };
    for round in 0..120 {
        let mut bytes = whole.clone();
        match next(3) {
            0 => bytes.truncate(next(whole.len())),
            1 => (0..=next(8)).for_each(|_| {
                let at = next(whole.len());
                bytes[at] = u8::try_from(next(256)).expect("it fits");
            }),
            _ => {
                let (from, length) = (next(whole.len()), next(200));
                bytes.drain(from..(from + length).min(whole.len()));
            }
        }
        let page = dry(&mut root, "sla/component", &bytes);
        assert!([200, 422].contains(&page.status()), "{round}: {}", page.status());
    }
    // The same within the XML, where no checksum notices it.
    let parts = [
        SHEET,
        "xl/workbook.xml",
        "xl/styles.xml",
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
    ];
    for round in 0..120 {
        let path = parts[next(parts.len())];
        let mut text = part(&whole, path).into_bytes();
        let length = text.len();
        match next(3) {
            0 => text.truncate(next(length)),
            1 => (0..=next(4)).for_each(|_| text[next(length)] = b"<>\"=/&;09AZ"[next(11)]),
            _ => drop(text.drain(next(length / 2)..length / 2 + next(length / 2))),
        }
        let bytes = with_parts(&whole, &[(path, &String::from_utf8_lossy(&text))]);
        let page = dry(&mut root, "sla/component", &bytes);
        assert!([200, 422].contains(&page.status()), "{round}: {}", page.status());
    }
    assert_eq!(contents(database), before);
    assert!(!server.log().contains("panicked"));
}

fn what_does_not_fit_into_a_sheet_is_not_exported(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let dates: Vec<String> = (0..900)
        .map(|day| format!("'{}-{:02}-{:02}'", 2000 + day / 336, day / 28 % 12 + 1, day % 28 + 1))
        .collect();
    let rule = format!(
        "{{type: dates, dates: [{}], start: '00:00', duration_s: 60}}",
        dates.join(", ")
    );
    apply(
        database,
        &format!(
            "calendars: [{{name: long, rules: [{}]}}]",
            [rule.as_str(); 4].join(", ")
        ),
    );
    let page = root.get("/admin/sla/calendar/export/?_format=xlsx").expect(409);
    assert!(page.answer.header("content-disposition").is_empty());
    assert!(
        page.html()
            .contains("The property “rules” of row 3 has more than 32767 characters"),
        "{}",
        page.html()
    );
    root.get("/admin/sla/calendar/export/?_format=csv").expect(200);
    let lines: Vec<String> = (0..1_200).map(|number| format!("- {{name: c{number:04}}}")).collect();
    apply(database, &format!("components:\n{}", lines.join("\n")));
    let sheet = part(&export(&mut root, "sla/component"), SHEET);
    assert_eq!(sheet.matches("<row ").count(), 1_204, "portions follow each other");
    let query = "/admin/sla/component/export/?_format=xlsx&q=nothing-is-called-so";
    let page = root.get(query).expect(200);
    assert_eq!(part(&dechunked(&page.answer.body), SHEET).matches("<row ").count(), 1);
    assert!(server.log().contains("rows are exported"));
}
