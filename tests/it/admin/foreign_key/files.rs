//! Files: the name goes out, and comes in again.

use super::{Desk, SERVICES, STORED};
use crate::admin::exporting::dechunked;
use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(names_go_out_and_come_in, names_that_lead_nowhere_are_refused);

fn import(browser: &mut Browser, text: &str) -> Page {
    let file = Some(("file.csv", text.as_bytes()));
    browser.upload(&format!("{SERVICES}import/"), &[("format", "")], file)
}

fn names_go_out_and_come_in(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let page = root.get(&format!("{SERVICES}export/?_format=csv&o=name")).expect(200);
    let csv = String::from_utf8(dechunked(&page.answer.body)).expect("the file is UTF-8");
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines,
        [
            r#""name","owner","backup","critical""#,
            r#""api","Billing","Payments","true""#,
            r#""batch","Billing","","false""#,
            r#""cron","Payments","","false""#,
        ]
    );
    let page = import(&mut root, &csv).expect(200);
    assert_eq!(page.texts(".tallies dd"), ["0", "0", "3", "0"]);

    // A cell that is empty takes the choice back, a column that is missing leaves it.
    let page = import(&mut root, "name,backup\napi,\nbatch,Payments\n").expect(200);
    assert_eq!(page.texts(".tallies dd"), ["0", "2", "0", "0"]);
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    assert_eq!(
        desk.stored(),
        ["api: Billing", "batch: Billing / Payments", "cron: Payments"]
    );
    let page = import(&mut root, "name,owner\nweb,Payments\n").expect(200);
    root.submit(&page.form("#import-confirm"), ("_confirm", "1"))
        .expect(302);
    assert_eq!(desk.stored()[3], "web: Payments");
}

fn names_that_lead_nowhere_are_refused(database: &Database) {
    let desk = Desk::open(database);
    let mut root = desk.root();
    let page = import(
        &mut root,
        "name,owner,backup\napi,Nobodies,Billing\nbatch,Billing,Others\nnew,,\n",
    )
    .expect(422);
    for message in ["There is no team “Nobodies”.", "There is no team “Others”."] {
        assert!(page.html().contains(message), "{message}");
    }
    assert_eq!(page.texts(".tallies dd"), ["0", "0", "0", "3"]);
    assert!(!page.has("[name=_confirm]"));

    let mut editor = desk.staff("editor", &["change_service"]);
    let page = import(&mut editor, "name,owner\napi,Payments\n").expect(422);
    assert!(page.html().contains("You may not view teams"));
    let page = import(&mut editor, "name,critical\napi,false\n").expect(200);
    assert!(!page.html().contains("Payments") && !page.html().contains("Billing"));
    assert_eq!(desk.stored(), STORED);
}
