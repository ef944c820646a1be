//! Many at one object at the same moment.

use std::sync::Barrier;

use super::typed::{count, key};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

/// How many save at once.
const SAVERS: usize = 20;

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn of_twenty_savers_one_wins(database: &Database) {
    apply(
        database,
        "windows: [{name: Office, timezone: UTC, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]\n\
         components: [{name: shop-api}]",
    );
    let server = Server::start(database, &[]);
    let user = add_user(database, &superuser_state("root"), None);
    let cases = [
        ("component", "shop-api", "#component_form", "display_name"),
        ("slawindow", "Office", "#slawindow_form", "rules-0-note"),
    ];
    for (model, name, form, field) in cases {
        let table = if model == "component" {
            "component"
        } else {
            "sla_window"
        };
        let path = format!("/admin/sla/{model}/{}/change/", key(database, table, name));
        let before = count(database, "log_entry");
        let barrier = Barrier::new(SAVERS);
        let save = |number: usize| {
            let mut browser = at_admin(database, &server, user);
            let typed = browser
                .get(&path)
                .expect(200)
                .form(form)
                .set(field, &format!("saver {number}"));
            barrier.wait();
            browser.submit(&typed, ("_save", "")).status()
        };
        let mut answers: Vec<u16> = std::thread::scope(|scope| {
            let savers: Vec<_> = (0..SAVERS)
                .map(|number| {
                    scope.spawn({
                        let save = &save;
                        move || save(number)
                    })
                })
                .collect();
            savers
                .into_iter()
                .map(|saver| saver.join().expect("a saver is answered"))
                .collect()
        });
        answers.sort_unstable();
        assert_eq!(
            (answers[0], answers[1], answers[SAVERS - 1]),
            (302, 409, 409),
            "{model}: {answers:?}"
        );
        assert_eq!(count(database, "log_entry"), before + 1, "{model}: one save, one entry");
    }
    // Twenty that add the same name: one is added, the others get an error.
    let barrier = Barrier::new(SAVERS);
    let add = || {
        let mut browser = at_admin(database, &server, user);
        barrier.wait();
        browser
            .post("/admin/sla/label/add/", &[("name", "team"), ("value", "shop")])
            .status()
    };
    let mut answers: Vec<u16> = std::thread::scope(|scope| {
        let adders: Vec<_> = (0..SAVERS).map(|_| scope.spawn(add)).collect();
        adders
            .into_iter()
            .map(|adder| adder.join().expect("an adder is answered"))
            .collect()
    });
    answers.sort_unstable();
    assert_eq!(
        (answers[0], answers[1], answers[SAVERS - 1]),
        (302, 422, 422),
        "{answers:?}"
    );
}

on_both_databases!(of_twenty_savers_one_wins);
