//! The end of a block.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, superuser_state};
use crate::support::program::run_on;
use crate::support::server::Server;

const PASSWORD: &str = "correct-battery-9";

#[track_caller]
fn try_login(browser: &mut Browser, password: &str) -> Page {
    let form = browser.get("/admin/login/").expect(200).form("#login-form");
    browser.submit(&form.set("username", "Ada").set("password", password), ("", ""))
}

fn unlock_ends_a_block(database: &Database) {
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("Ada"), Some(PASSWORD));
    assert!(
        run_on(database, &["unlock", "ada"])
            .ok()
            .contains("Ada has no failed logins")
    );
    let mut browser = Browser::new(&server);
    for _ in 0..5 {
        try_login(&mut browser, "wrong").expect(422);
    }
    try_login(&mut browser, PASSWORD).expect(429);
    assert!(
        run_on(database, &["unlock", "ADA"])
            .ok()
            .contains("Ada may log in again")
    );
    try_login(&mut browser, PASSWORD).expect(302);
    let unknown = run_on(database, &["unlock", "unknown"]).refused();
    assert!(unknown.contains("unknown"), "{unknown}");
}

on_both_databases!(unlock_ends_a_block);
