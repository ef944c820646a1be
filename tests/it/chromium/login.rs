//! Signing in and out.

use crate::support::database::Database;
use crate::support::people::{add_user, superuser_state};
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

#[test]
fn one_signs_in_by_keyboard_and_out_by_the_button() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    add_user(&database, &superuser_state("anna"), Some("a-Long-enough-1"));
    let chromium = Chromium::open(&server).expecting_refusals();

    chromium.go("/admin/sla/label/");
    assert_eq!(chromium.path(), "/admin/login/?next=%2Fadmin%2Fsla%2Flabel%2F");
    // The focus goes there with the first frame.
    chromium.wait("document.activeElement?.id === 'id_username'");
    chromium.type_text("anna");
    chromium.press(&[keys::TAB]);
    chromium.type_text("wrong");
    chromium.press(&[keys::ENTER]);
    chromium.see(".errornote, .errorlist");
    assert_eq!(chromium.value("#id_username"), "anna");

    chromium.fill("#id_password", "a-Long-enough-1");
    chromium.press(&[keys::ENTER]);
    chromium.see("body.change-list");
    assert_eq!(chromium.path(), "/admin/sla/label/");

    chromium.resize(360, 740);
    chromium.click(".user-menu summary");
    chromium.click("#logout-form button");
    chromium.see("body.logout");
    chromium.go("/admin/sla/label/");
    assert!(chromium.path().starts_with("/admin/login/"), "{}", chromium.path());
}
