//! `Except on…` in a browser: from the page to read, with a preview, in one save.

use crate::chromium::some;
use crate::support::database::Database;

#[test]
fn an_exception_is_made_from_the_page_to_read() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.resize(1600, 900);
    chromium.go("/admin/sla/slawindow/1/view/");
    chromium.click(".object-tools a[href$='/except/']");
    chromium.see("#except_form");
    chromium.run("document.querySelector('#id_date').value = '2990-12-01';", &[]);
    chromium.fill("#id_start", "14:00");
    chromium.fill("#id_note", "Party");
    // Beside the form as one types, or by the button.
    chromium.wait("document.querySelector('#preview-impact, #preview-notes li')");
    chromium.click("button[name=_preview]");
    chromium.see("section#preview");
    assert_eq!(chromium.value("#id_start"), "14:00");
    chromium.click("button[name=_save]");
    chromium.see("ul.messagelist > li.success");
    let said = chromium.text("ul.messagelist > li.success");
    assert!(
        said.ends_with("” is closed on Wed 1 Dec 2990 from 14:00 to 24:00."),
        "{said}"
    );
    assert_eq!(chromium.path(), "/admin/sla/slawindow/1/view/");
}
