//! Data that comes in and goes out.

use crate::chromium::some;
use crate::support::database::Database;

#[test]
fn a_file_is_looked_at_before_anything_is_written() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    let chromium = chromium.expecting_refusals();
    let count = || database.number("SELECT count(*) AS value FROM label");
    let before = count();
    chromium.go("/admin/sla/label/import/");
    chromium.fill("#id_text", "name,value,description\ntier,gold,first\n,silver,no name");
    chromium.click("#import-form button[type=submit]");
    chromium.see("#import-preview .refused.some");
    assert_eq!(chromium.texts("#import-rows tbody tr").len(), 2);
    assert!(!chromium.has("#import-confirm"), "what has errors cannot be written");
    assert_eq!(count(), before);

    chromium.fill(
        "#id_text",
        "name,value,description\ntier,gold,first\ntier,silver,second",
    );
    chromium.click("#import-form button[type=submit]");
    chromium.see("#import-confirm");
    assert_eq!(count(), before, "to look is not to write");
    chromium.click("#import-confirm button[name=_confirm]");
    chromium.see(".messagelist .success");
    assert_eq!(count(), before + 2);
}

#[test]
fn a_narrowed_list_is_exported() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go("/admin/sla/component/?q=api");
    chromium.click(".object-tools .exportlink");
    chromium.see("#export-form");
    let fetched = chromium.run_until_done(
        "const done = arguments[0];
         const form = document.querySelector('#export-form');
         const asked = new URLSearchParams(new FormData(form, form.querySelector('button[type=submit]')));
         fetch(`${form.action.split('?')[0]}?${asked}`).then(async (answer) => done([answer.headers.get('content-disposition'), await answer.text()]));",
        &[],
    );
    let name = fetched[0].as_str().unwrap_or_default();
    assert!(name.contains("components-") && name.contains(".csv"), "{fetched}");
    let lines: Vec<&str> = fetched[1].as_str().unwrap_or_default().lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines[0].starts_with("\"name\",") && lines[1].starts_with("\"api\","),
        "{lines:?}"
    );
}
