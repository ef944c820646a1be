//! Hashes of passwords: in no page, behind no parameter, in no log.

use super::login::PASSWORD;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, staff_state, superuser};
use crate::support::server::Server;

on_both_databases!(passwords_cannot_be_asked_for);

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn passwords_cannot_be_asked_for(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let ada = add_user(database, &staff_state("ada", &[]), Some(PASSWORD));
    let url = |verb: &str| format!("/admin/auth/user/{ada}/{verb}/");
    for parameter in [
        "password",
        "password__startswith",
        "password__contains",
        "password__regex",
        "user__password__startswith",
        "groups__user__password__startswith",
        "last_login__gte",
        "id__in",
    ] {
        for list in ["auth/user", "auth/group", "audit/logentry", "sla/component"] {
            let page = root.get(&format!("/admin/{list}/?{parameter}=%24argon2id")).expect(400);
            assert!(page.html().contains(parameter), "{}", page.html());
        }
    }
    assert!(
        root.get("/admin/auth/user/?q=argon2id")
            .expect(200)
            .texts("#result_list tbody tr")
            .is_empty()
    );
    assert_eq!(
        root.get("/admin/auth/user/?o=-password")
            .expect(200)
            .texts("#result_list td.field-username")
            .len(),
        2
    );
    // A forged field is no field.
    let hash = database.texts("SELECT password AS value FROM user_account WHERE username = 'ada'");
    let form = root.get(&url("change")).expect(200).form("#user_form");
    let form = form.set("password", "x").set("email", "a@b.example");
    root.submit(&form, ("_save", "Save")).expect(302);
    assert_eq!(
        database.texts("SELECT password AS value FROM user_account WHERE username = 'ada'"),
        hash
    );
    root.post(
        &url("password"),
        &[("password1", "staple-horse-77"), ("password2", "staple-horse-77")],
    )
    .expect(302);
    let pages = [
        "/admin/".to_owned(),
        "/admin/auth/user/".to_owned(),
        url("change"),
        url("history"),
        url("delete"),
        url("password"),
        "/admin/audit/logentry/".to_owned(),
        "/admin/sessions/".to_owned(),
        "/admin/autocomplete/?app_label=audit&model_name=logentry&field_name=user&term=".to_owned(),
    ];
    for path in &pages {
        let page = root.get(path);
        assert!(
            !page.html().contains("argon2") && !page.html().contains("staple-horse"),
            "{path}"
        );
    }
    for entry in database.texts("SELECT id AS value FROM log_entry") {
        let page = root.get(&format!("/admin/audit/logentry/{entry}/change/")).expect(200);
        assert!(!page.html().contains("argon2"), "{}", page.html());
    }
    assert!(!server.log().contains("argon2") && !server.log().contains("staple-horse"));
}
