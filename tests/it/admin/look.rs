//! How pages look before anything of them is known: theme, environment, and the frame around every page.

use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff, superuser, superuser_state};
use crate::support::program::{apply, command};
use crate::support::server::Server;

fn theme_is_chosen_without_scripts(database: &Database) {
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let theme = |browser: &mut Browser, path: &str| browser.get(path).attributes("html", "data-theme")[0].clone();

    let mut here = "/admin/sla/component/?enabled__exact=1".to_owned();
    assert_eq!(theme(&mut browser, &here), "auto");
    for (chosen, scheme) in [("light", "light"), ("dark", "dark"), ("auto", "light dark")] {
        let page = browser.get(&here).expect(200);
        let form = page.form("#theme-form");
        let answer = browser.submit(&form, ("theme", chosen)).expect(302);
        // Back to where the button stands, its query kept.
        here = answer.location();
        assert_eq!(here, "/admin/sla/component/?enabled__exact=1");
        let page = browser.get(&here).expect(200);
        assert_eq!(page.attributes("html", "data-theme"), [chosen]);
        assert_eq!(page.attributes("meta[name=color-scheme]", "content"), [scheme]);
        let label = page.attributes("button.theme-toggle", "aria-label")[0].clone();
        assert!(label.starts_with(&format!("Theme: {chosen}. Switch to ")), "{label}");
        assert_eq!(theme(&mut browser, "/no/such/page"), chosen);
        assert_eq!(theme(&mut browser, "/admin/nowhere/"), chosen);
    }

    // Whatever is posted leads to a page of this host, and to a theme that there is.
    for (next, to) in [
        ("//elsewhere.example/", "/admin/"),
        ("https://elsewhere.example/", "/admin/"),
        ("/admin/logout/", "/admin/"),
        ("", "/admin/"),
        (&format!("/admin/?q={}", "x".repeat(2_000)), "/admin/"),
    ] {
        let form = browser.get("/admin/").expect(200).form("#theme-form").set("next", next);
        let answer = browser.submit(&form, ("theme", "\"><script>")).expect(302);
        assert_eq!(answer.location(), to, "{next}");
        assert_eq!(theme(&mut browser, "/admin/"), "auto");
    }
    let form = browser
        .get("/admin/")
        .expect(200)
        .form("#theme-form")
        .set("csrfmiddlewaretoken", "wrong");
    browser.submit(&form, ("theme", "dark")).expect(403);
    browser.get("/admin/theme/").expect(405);

    // A neighbour's cookie that cannot be read hides none of ours.
    browser.set_cookie("a", "ü%ff");
    browser.get("/admin/").expect(200);

    // The page for logging in has the button too.
    let mut anonymous = Browser::new(&server);
    let form = anonymous
        .get("/admin/login/?next=/admin/sla/")
        .expect(200)
        .form("#theme-form");
    anonymous.submit(&form, ("theme", "dark")).expect(302);
    assert_eq!(theme(&mut anonymous, "/admin/login/"), "dark");
    assert_eq!(
        anonymous.get("/admin/theme/").expect(302).location(),
        "/admin/login/?next=%2Fadmin%2Ftheme%2F"
    );
}

fn the_environment_is_named_everywhere(database: &Database) {
    let server = Server::start(database, &["--environment", "Prod EU <1>"]);
    let mut browser = superuser(database, &server);
    let mut anonymous = Browser::new(&server);
    for page in [
        browser.get("/admin/"),
        browser.get("/admin/sla/component/add/"),
        browser.get("/nowhere"),
        anonymous.get("/admin/login/"),
    ] {
        assert_eq!(page.attributes("html", "data-environment"), ["red"]);
        assert!(page.text(".environment").ends_with("Prod EU <1>"));
        assert!(
            page.text("title").starts_with("[Prod EU <1>] "),
            "{}",
            page.text("title")
        );
    }
    let form = anonymous.get("/admin/login/").form("#login-form");
    let page = anonymous
        .submit(&form.set("username", "x").set("password", "y"), ("", ""))
        .expect(422);
    assert_eq!(page.text("title"), "[Prod EU <1>] Error: Log in | SLA Monitor");
}

on_both_databases!(theme_is_chosen_without_scripts, the_environment_is_named_everywhere);

#[test]
fn colours_of_environments_follow_from_their_names() {
    use sla_monitor::config::Environment;
    let colour = |text: &str| text.parse::<Environment>().map(|environment| environment.colour);
    for (text, expected) in [
        ("PROD", "red"),
        ("Production 2", "red"),
        ("staging", "amber"),
        ("QA", "amber"),
        ("dev-berlin", "green"),
        ("Demo", "green"),
        ("Frankfurt", "blue"),
        ("Frankfurt:Red", "red"),
        ("PROD: blue", "blue"),
        ("a:b:green", "green"),
        ("生産", "blue"),
    ] {
        assert_eq!(colour(text).as_deref(), Ok(expected), "{text}");
    }
    for text in [
        "",
        " ",
        ":red",
        "PROD:",
        "PROD:pink",
        "a\tb",
        "a\nb",
        "a\u{202e}b",
        "1234567890123456789012345",
    ] {
        let message = colour(text).expect_err(text);
        assert!(message.contains("red") || message.contains("printable"), "{message}");
    }
    let output = command()
        .args(["serve", "--environment", "PROD:pink"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("`pink` is no colour"), "{said}");
}

#[test]
fn the_frame_shows_what_may_be_added_and_how_components_stand() {
    let database = Database::sqlite();
    apply(
        &database,
        "windows: [{name: Always, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}, \
         {name: Never, timezone: UTC}, {name: Off, timezone: UTC, enabled: false}]\ncomponents: [{name: a, windows: [Always]}, {name: b, windows: [Never]}, {name: c}, {name: d, enabled: false}, {name: e, windows: [Off]}]",
    );
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    let page = root.get("/admin/").expect(200);
    assert_eq!(page.texts(".glance .count"), ["1", "1", "2", "1"]);
    assert_eq!(
        page.attributes(".glance a", "href"),
        [
            "/admin/sla/component/?state=inside",
            "/admin/sla/component/?state=outside",
            "/admin/sla/component/?enabled__exact=1&windows__isnull=True",
            "/admin/sla/component/?enabled__exact=0"
        ]
    );
    // The page of each says its hours in words, the metrics beneath.
    for (name, said) in [
        ("a", "Inside"),
        ("b", "Outside"),
        ("c", "No hours: it has no enabled window"),
        ("e", "No hours"),
        ("d", "None: it is disabled"),
    ] {
        let id = database.number(&format!("SELECT id AS value FROM component WHERE name = '{name}'"));
        let page = root.get(&format!("/admin/sla/component/{id}/change/")).expect(200);
        let titles = page.texts(".remark h2");
        assert_eq!(titles[0], "Hours now, in UTC");
        assert!(titles[1].starts_with("Metrics"), "{titles:?}");
        let lines = page.texts(".remark li");
        assert!(lines[0].starts_with(said), "{lines:?}");
        let has_hours = ["a", "b"].contains(&name);
        assert_eq!(lines.iter().any(|line| line.starts_with("Next start: ")), has_hours);
    }
    // A card leads to those that it counts.
    let links = page.attributes(".glance a", "href");
    let mut counted = |link: &str| root.get(link).expect(200).texts("#result_list td.field-name").join(" ");
    assert_eq!(
        links.iter().map(|link| counted(link)).collect::<Vec<_>>(),
        ["a", "b", "c e", "d"]
    );
    let page = root.get("/admin/sla/component/").expect(200);
    assert_eq!(
        page.texts("td.field-state"),
        ["inside", "outside", "no hours", "disabled", "no hours"]
    );
    assert!(page.has("#nav-sidebar .model-component.current-model > a[aria-current=page]"));
    assert_eq!(page.texts("#nav-sidebar .addlink").len(), 8);
    assert!(
        page.has("#toggle-nav-sidebar[hidden]")
            && page.has("#nav-filter[hidden]")
            && page.has("a.to-models[href='#nav-sidebar']")
    );

    let mut viewer = staff(&database, &server, "viewer", &["sla.view_label", "sla.view_component"]);
    let page = viewer.get("/admin/").expect(200);
    assert_eq!(page.texts(".glance").len(), 4);
    assert!(!viewer.get("/admin/sla/label/").expect(200).has("#nav-sidebar .addlink"));
    let mut clerk = staff(&database, &server, "clerk", &["sla.view_label"]);
    assert!(!clerk.get("/admin/").expect(200).has(".glance"));
}

#[test]
fn log_entries_have_times_in_the_zone_of_the_viewer() {
    let database = Database::sqlite();
    apply(&database, "components: [{name: a}]");
    let server = Server::start(&database, &[]);
    let mut state = superuser_state("kathmandu");
    state.timezone = Some(crate::support::zone("Asia/Kathmandu"));
    let id = add_user(&database, &state, None);
    let mut browser = at_admin(&database, &server, id);
    let entry = &database.texts("SELECT id AS value FROM log_entry WHERE content_type = 'sla.component'")[0];
    let page = browser
        .get(&format!("/admin/audit/logentry/{entry}/change/"))
        .expect(200);
    let shown = page.text(".field-action_time .readonly");
    assert!(shown.contains(" UTC+0545"), "{shown}");
    assert_eq!(page.text(".field-action_time .label"), "Time");
    let page = browser.get("/admin/audit/logentry/").expect(200);
    for time in page.attributes("td.field-action_time time", "datetime") {
        assert!(time.ends_with("+05:45"), "{time}");
    }
    assert!(page.text("#footer").contains("Asia/Kathmandu"));
}
