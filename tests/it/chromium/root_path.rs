//! Scripts below a path of a host: they know no address but those of the page.

use crate::chromium::SOME;
use crate::support::database::Database;
use crate::support::people::{add_user, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

const PASSWORD: &str = "correct-battery-9";

#[test]
fn the_palette_searches_and_dialogs_work_below_a_path() {
    let database = Database::sqlite();
    apply(&database, SOME);
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let server = Server::start(&database, &["--root-path", "/sla"]);
    let chromium = Chromium::open(&server);
    chromium.go("/sla/");
    chromium.fill("#id_username", "ada");
    chromium.fill("#id_password", PASSWORD);
    chromium.click("#login-form button");
    chromium.see("#user-tools");
    assert_eq!(chromium.path(), "/sla/admin/");

    chromium.click(".theme-toggle");
    chromium.wait("document.documentElement.dataset.theme === 'light'");
    chromium.press(&[keys::CONTROL, "k"]);
    chromium.wait("document.querySelector('#palette')?.open && document.querySelector('#palette [role=option]')");
    chromium.type_text("api");
    chromium.wait("document.querySelector('#palette-results').dataset.query === 'api'");
    chromium.press(&[keys::ENTER]);
    chromium.see("body.reading");
    chromium.click(".object-tools a.primary");
    chromium.see("#component_form");
    assert!(
        chromium.path().starts_with("/sla/admin/sla/component/"),
        "{}",
        chromium.path()
    );
    let theme = chromium.run("return document.documentElement.dataset.theme;", &[]);
    assert_eq!(theme, "light", "its cookie has the path");

    chromium.fill("#id_labels_search", "shop");
    chromium.wait(
        "[...document.querySelectorAll('[role=option]')].some((option) => option.textContent.includes('team=shop'))",
    );
    chromium.fill("#id_labels_search", "");
    chromium.click("#add_id_labels");
    chromium.wait("document.querySelector('dialog.related-dialog').open");
    chromium.fill("dialog.related-dialog [name=name]", "tier");
    chromium.fill("dialog.related-dialog [name=value]", "gold");
    chromium.click("dialog.related-dialog .submit-row button.default");
    chromium.wait("!document.querySelector('dialog[open]')");
    chromium.wait(
        "[...document.querySelector('#id_labels').selectedOptions].some((option) => option.text === 'tier=gold')",
    );
    chromium.click("main form.object-form > .submit-row button[name=_save]");
    chromium.see(".messagelist .success");
    assert_eq!(chromium.path(), "/sla/admin/sla/component/");
}
