//! Users and groups by forms: what no permission lifts.

use super::login::{PASSWORD, logged_in, try_login};
use crate::support::browser::{Browser, Form, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_group, add_user, at_admin, staff, staff_state, superuser, superuser_state};
use crate::support::server::Server;

on_both_databases!(
    a_user_is_added_in_two_steps,
    no_user_takes_over_another_with_more_rights,
    superusers_are_looked_after_by_superusers,
    no_user_gives_a_permission_that_they_lack,
    one_superuser_can_always_log_in,
);

/// Everything that a manager of users may do who is no superuser.
const MANAGER: [&str; 9] = [
    "auth.view_user",
    "auth.add_user",
    "auth.change_user",
    "auth.delete_user",
    "auth.view_group",
    "auth.add_group",
    "auth.change_group",
    "auth.delete_group",
    "sla.view_label",
];

fn user_url(id: i64, verb: &str) -> String {
    format!("/admin/auth/user/{id}/{verb}/")
}

fn id_of(database: &Database, username: &str) -> i64 {
    database.number(&format!(
        "SELECT id AS value FROM user_account WHERE username = '{username}'"
    ))
}

/// Changes a user by the form as it stands.
#[track_caller]
fn change(browser: &mut Browser, id: i64, change: impl FnOnce(Form) -> Form) -> Page {
    let form = browser.get(&user_url(id, "change")).expect(200).form("#user_form");
    browser.submit(&change(form), ("_save", "Save"))
}

/// What stands beside a field.
fn beside(page: &Page, field: &str) -> String {
    page.texts(&format!(".field-{field} ul.errorlist")).join(" ")
}

/// Everything that decides on rights.
fn rights(database: &Database) -> Vec<String> {
    [
        "SELECT username || is_active || is_staff || is_superuser || password AS value FROM user_account ORDER BY id",
        "SELECT user_id || permission AS value FROM user_permission ORDER BY user_id, permission",
        "SELECT user_id || '-' || group_id AS value FROM user_group_member ORDER BY user_id, group_id",
        "SELECT group_id || permission AS value FROM user_group_permission ORDER BY group_id, permission",
    ]
    .iter()
    .flat_map(|sql| database.texts(sql))
    .collect()
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn a_user_is_added_in_two_steps(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let url = "/admin/auth/user/add/";
    let form = |root: &mut Browser, username: &str, first: &str, second: &str| {
        let form = root.get(url).expect(200).form("#user_form");
        form.set("username", username)
            .set("password1", first)
            .set("password2", second)
    };
    let cases = [
        ("", PASSWORD, PASSWORD, "username", "required"),
        ("b b", PASSWORD, PASSWORD, "username", "valid username"),
        ("ROOT", PASSWORD, PASSWORD, "username", "already exists"),
        (&"u".repeat(151), PASSWORD, PASSWORD, "username", "at most 150"),
        ("ada", PASSWORD, "other", "password2", "didn’t match"),
        ("ada", "", "", "password1", "required"),
        ("ada", "12345", "12345", "password2", "too short"),
        ("ada", "12345", "12345", "password2", "entirely numeric"),
        (
            "adalovelace",
            "adalovelace1",
            "adalovelace1",
            "password2",
            "too similar",
        ),
    ];
    for (username, first, second, field, complaint) in cases {
        let form = form(&mut root, username, first, second);
        let page = root.submit(&form, ("_save", "Save")).expect(422);
        assert!(beside(&page, field).contains(complaint), "{username}: {}", page.html());
        assert!(page.has("p.errornote") && page.text("title").starts_with("Error:"));
        let shown = page.form("#user_form");
        assert_eq!(shown.values("username"), [username]);
        assert_eq!(
            (shown.values("password1"), shown.values("password2")),
            (vec![""], vec![""])
        );
    }
    let both = form(&mut root, "ROOT", "1", "1");
    let page = root.submit(&both, ("_save", "Save")).expect(422);
    assert!(!beside(&page, "username").is_empty() && !beside(&page, "password2").is_empty());
    assert_eq!(database.number("SELECT count(*) AS value FROM user_account"), 1);

    for (name, button) in [("ada", "_save"), ("bert", "_continue"), ("Ünal", "_save")] {
        let form = form(&mut root, name, PASSWORD, PASSWORD);
        let page = root.submit(&form, (button, "1")).expect(302);
        assert_eq!(page.location(), user_url(id_of(database, name), "change"), "{button}");
    }
    let another = form(&mut root, "carl", PASSWORD, PASSWORD);
    let page = root.submit(&another, ("_addanother", "1")).expect(302);
    assert_eq!(page.location(), url);
    let folded = form(&mut root, "ünal", PASSWORD, PASSWORD);
    let page = root.submit(&folded, ("_save", "1")).expect(422);
    assert!(beside(&page, "username").contains("already exists"));

    // What the first step does not ask for is not given by it.
    root.post(
        url,
        &[
            ("username", "forged"),
            ("password1", PASSWORD),
            ("password2", PASSWORD),
            ("is_superuser", "on"),
            ("is_staff", "on"),
            ("user_permissions", "sla.view_label"),
        ],
    )
    .expect(302);
    let flags = "SELECT username AS value FROM user_account WHERE is_staff OR is_superuser";
    assert_eq!(database.texts(flags), ["root"]);
    try_login(&mut Browser::new(&server), "ada", PASSWORD).expect(422);
    let ada = id_of(database, "ada");
    change(&mut root, ada, |form| {
        form.set("is_staff", "on").set("timezone", "Europe/Berlin")
    })
    .expect(302);
    logged_in(&server, "ada", PASSWORD);
    for (field, value) in [
        ("timezone", "Mars/Base"),
        ("email", "nowhere"),
        ("username", "bert"),
        ("first_name", &"x".repeat(151)),
        ("groups", "999999"),
        ("user_permissions", "sla.fly_component"),
    ] {
        let page = change(&mut root, ada, |form| form.set(field, value)).expect(422);
        assert!(!beside(&page, field).is_empty(), "{field}: {}", page.html());
    }

    // Adding goes on with changing, so it takes both rights.
    let mut adder = staff(database, &server, "adder", &["auth.add_user", "auth.view_user"]);
    adder.get(url).expect(403);
    let fields = [("username", "x"), ("password1", PASSWORD), ("password2", PASSWORD)];
    adder.post(url, &fields).expect(403);
    assert!(
        !adder
            .get("/admin/auth/user/")
            .expect(200)
            .has("a[href='/admin/auth/user/add/']")
    );
    let mut both = staff(database, &server, "both", &["auth.add_user", "auth.change_user"]);
    both.post(url, &fields).expect(302);
}

fn no_user_takes_over_another_with_more_rights(database: &Database) {
    let server = Server::start(database, &[]);
    let boss = add_user(database, &staff_state("boss", &["sla.delete_component"]), None);
    let plain = add_user(database, &staff_state("plain", &["auth.change_user"]), None);
    let manager_id = add_user(database, &staff_state("manager", &MANAGER), None);
    let mut manager = at_admin(database, &server, manager_id);
    let typed = [("password1", "a quiet Horse 7"), ("password2", "a quiet Horse 7")];
    let page = manager.post(&user_url(boss, "password"), &typed).expect(422);
    assert!(page.html().contains("you lack sla.delete_component"), "{}", page.html());
    manager.post(&user_url(plain, "password"), &typed).expect(302);
    let changed = "SELECT username AS value FROM user_account WHERE password NOT LIKE 'a hash of%' ORDER BY id";
    assert_eq!(database.texts(changed), ["plain"]);
}

fn superusers_are_looked_after_by_superusers(database: &Database) {
    let server = Server::start(database, &[]);
    add_user(database, &superuser_state("root"), None);
    let chief = add_user(database, &superuser_state("chief"), None);
    let plain = add_user(database, &staff_state("plain", &[]), None);
    let manager_id = add_user(database, &staff_state("manager", &MANAGER), None);
    let mut manager = at_admin(database, &server, manager_id);
    let before = rights(database);
    for id in [plain, manager_id] {
        let page = change(&mut manager, id, |form| form.set("is_superuser", "on")).expect(422);
        assert!(
            beside(&page, "is_superuser").contains("Only a superuser"),
            "{}",
            page.html()
        );
    }
    let version = database.number(&format!("SELECT version AS value FROM user_account WHERE id = {chief}"));
    let version = version.to_string();
    for forged in [
        vec![("username", "chief"), ("is_staff", "on"), ("is_superuser", "on")],
        vec![("username", "chief"), ("is_active", "on"), ("is_staff", "on")],
        vec![
            ("username", "renamed"),
            ("is_active", "on"),
            ("is_staff", "on"),
            ("is_superuser", "on"),
        ],
    ] {
        let fields = [&forged[..], &[("_version", &version)]].concat();
        manager.post(&user_url(chief, "change"), &fields).expect(403);
    }
    let page = manager.get(&user_url(chief, "change")).expect(200);
    assert_eq!(page.text("h1"), "View user");
    assert!(!page.has("button[name=_save]") && !page.has("a.deletelink"));
    manager.get(&user_url(chief, "delete")).expect(403);
    manager.post(&user_url(chief, "delete"), &[("post", "yes")]).expect(403);
    let (one, two) = (chief.to_string(), plain.to_string());
    let bulk = [
        ("action", "delete_selected"),
        ("_selected_action", one.as_str()),
        ("_selected_action", two.as_str()),
        ("post", "yes"),
    ];
    manager.post("/admin/auth/user/", &bulk).expect(403);
    assert_eq!(rights(database), before, "all of them or none");
    change(&mut manager, plain, |form| form.set("email", "plain@example.org")).expect(302);

    let mut root = at_admin(database, &server, id_of(database, "root"));
    change(&mut root, plain, |form| form.set("is_superuser", "on")).expect(302);
    change(&mut root, plain, |form| form.clear("is_superuser")).expect(302);
    root.post(&user_url(chief, "delete"), &[("post", "yes")]).expect(302);
    manager.post(&user_url(plain, "delete"), &[("post", "yes")]).expect(302);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn no_user_gives_a_permission_that_they_lack(database: &Database) {
    let server = Server::start(database, &[]);
    let within = add_group(database, "within", &["sla.view_label", "auth.add_user"]);
    let beyond = add_group(database, "beyond", &["sla.view_label", "sla.delete_label"]);
    let own = add_group(database, "own", &["auth.view_user"]);
    let mut state = staff_state("manager", &MANAGER);
    state.groups = [own].into();
    let manager_id = add_user(database, &state, None);
    let plain = add_user(database, &staff_state("plain", &[]), None);
    let mut manager = at_admin(database, &server, manager_id);
    let (within, beyond) = (within.to_string(), beyond.to_string());
    let before = rights(database);
    for id in [plain, manager_id] {
        let page = change(&mut manager, id, |form| {
            form.add("user_permissions", "sla.delete_label")
        })
        .expect(422);
        assert!(
            beside(&page, "user_permissions").contains("sla.delete_label"),
            "{}",
            page.html()
        );
        assert!(
            page.form("#user_form")
                .values("user_permissions")
                .contains(&"sla.delete_label")
        );
        let page = change(&mut manager, id, |form| form.add("groups", &beyond)).expect(422);
        assert!(beside(&page, "groups").contains("beyond"), "{}", page.html());
    }
    let group = |manager: &mut Browser, id: &str, permission: &str| {
        let url = format!("/admin/auth/group/{id}/change/");
        let form = manager.get(&url).expect(200).form("#group_form");
        manager.submit(&form.add("permissions", permission), ("_save", "Save"))
    };
    for id in [&own.to_string(), &within] {
        let page = group(&mut manager, id, "sla.delete_label").expect(422);
        assert!(
            beside(&page, "permissions").contains("sla.delete_label"),
            "{}",
            page.html()
        );
    }
    let new = [
        ("name", "made"),
        ("permissions", "sla.view_label"),
        ("permissions", "sla.delete_label"),
    ];
    manager.post("/admin/auth/group/add/", &new).expect(422);
    // A copy is a new group.
    let url = format!("/admin/auth/group/{beyond}/change/");
    let form = manager.get(&url).expect(200).form("#group_form").set("name", "copy");
    manager.submit(&form, ("_saveasnew", "1")).expect(422);
    assert_eq!(rights(database), before);

    change(&mut manager, plain, |form| {
        form.add("groups", &within).add("user_permissions", "sla.view_label")
    })
    .expect(302);
    group(&mut manager, &own.to_string(), "sla.view_label").expect(302);
    manager.post("/admin/auth/group/add/", &new[..2]).expect(302);
    let page = manager
        .post("/admin/auth/group/add/", &[("name", "WITHIN")])
        .expect(422);
    assert!(beside(&page, "name").contains("already exists"));
    // What others gave stays where it is left alone, and may be taken.
    database.execute(&format!(
        "INSERT INTO user_group_member (user_id, group_id) VALUES ({plain}, {beyond})"
    ));
    change(&mut manager, plain, |form| form.set("email", "plain@example.org")).expect(302);
    change(&mut manager, plain, |form| form.clear("groups")).expect(302);
    let page = change(&mut manager, plain, |form| form.add("groups", &beyond)).expect(422);
    assert!(!beside(&page, "groups").is_empty());
}

fn one_superuser_can_always_log_in(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let id = id_of(database, "root");
    let before = rights(database);
    for flag in ["is_superuser", "is_active", "is_staff"] {
        let page = change(&mut root, id, |form| form.clear(flag)).expect(422);
        assert!(
            beside(&page, flag).contains("last active superuser"),
            "{flag}: {}",
            page.html()
        );
    }
    let key = id.to_string();
    let bulk = [
        ("action", "delete_selected"),
        ("_selected_action", key.as_str()),
        ("post", "yes"),
    ];
    let across = [&bulk[..], &[("select_across", "1"), ("expected_count", "1")]].concat();
    root.post(&user_url(id, "delete"), &[("post", "yes")]).expect(409);
    root.post("/admin/auth/user/", &bulk).expect(409);
    root.post("/admin/auth/user/", &across).expect(409);
    assert_eq!(rights(database), before);

    // Another one who is not active, or may not use the admin, is no other one.
    let mut state = superuser_state("sleeping");
    state.is_active = false;
    let sleeping = add_user(database, &state, None);
    change(&mut root, id, |form| form.clear("is_superuser")).expect(422);
    change(&mut root, sleeping, |form| {
        form.set("is_active", "on").clear("is_staff")
    })
    .expect(302);
    change(&mut root, id, |form| form.clear("is_active")).expect(422);
    change(&mut root, sleeping, |form| form.set("is_staff", "on")).expect(302);
    // No user deletes themselves, however many others there are; nor are all deleted at once.
    let page = root.post(&user_url(id, "delete"), &[("post", "yes")]).expect(409);
    assert!(page.html().contains("your own account"), "{}", page.html());
    let other = sleeping.to_string();
    let both = [&bulk[..], &[("_selected_action", other.as_str())]].concat();
    root.post("/admin/auth/user/", &both).expect(409);
    assert_eq!(database.number("SELECT count(*) AS value FROM user_account"), 2);
    let mut manager = staff(database, &server, "manager", &MANAGER);
    manager
        .post(&user_url(id_of(database, "manager"), "delete"), &[("post", "yes")])
        .expect(409);
    root.post(&user_url(sleeping, "delete"), &[("post", "yes")]).expect(302);
    assert_eq!(
        database.texts("SELECT username AS value FROM user_account ORDER BY id"),
        ["root", "manager"]
    );
}
