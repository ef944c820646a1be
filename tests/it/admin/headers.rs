//! What every answer of the admin tells browsers and caches.

use scraper::{Html, Selector};

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

const DOCUMENT: &str = "
labels: [{name: team, value: '</script><script>alert(1)</script>', description: '\"onload=\"x'}]
windows: [{name: W, timezone: UTC, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]
components: [{name: '<img src=x onerror=alert(1)>a', labels: {team: '</script><script>alert(1)</script>'}, windows: [W]}]
";

#[track_caller]
fn check(page: &Page) {
    let answer = &page.answer;
    let expected = [
        (
            "cache-control",
            "max-age=0, no-cache, no-store, must-revalidate, private",
        ),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("vary", "Accept-Encoding, Cookie"),
    ];
    for (name, value) in expected {
        assert_eq!(
            answer.header(name),
            value,
            "{name} of {} ({})",
            page.path,
            answer.status
        );
    }
    let policy = answer.header("content-security-policy");
    for directive in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    if answer.header("content-type").starts_with("text/html") {
        has_nothing_inline(page);
    }
}

/// Nothing that the policy would keep a browser from running or showing, and no name that became an element.
#[track_caller]
fn has_nothing_inline(page: &Page) {
    let document = Html::parse_document(&page.html());
    let inline = Selector::parse(
        "script:not([src]), style, [style], base, iframe, object, embed, img:not([src^='/static/']), a[href^='javascript:']",
    );
    let found: Vec<String> = document
        .select(&inline.expect("the selector is valid"))
        .map(|element| element.html())
        .collect();
    assert_eq!(found, Vec::<String>::new(), "{}", page.path);
    for element in document.root_element().descendent_elements() {
        let handler = element.value().attrs().find(|(name, _)| name.starts_with("on"));
        assert_eq!(handler, None, "{}: {}", page.path, element.html());
    }
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn every_answer_is_guarded_and_never_kept() {
    let database = Database::sqlite();
    apply(&database, DOCUMENT);
    let server = Server::start(&database, &[]);
    let mut anonymous = Browser::new(&server);
    check(&anonymous.get("/admin/").expect(302));
    check(&anonymous.get("/admin/login/?next=%3Cscript%3E").expect(200));
    check(
        &anonymous
            .post("/admin/login/", &[("username", "<b>"), ("password", "x")])
            .expect(422),
    );
    check(&anonymous.post_exactly("/admin/login/", "").expect(403));

    let mut root = superuser(&database, &server);
    let (label, component, window) = (
        database.number("SELECT id AS value FROM label"),
        database.number("SELECT id AS value FROM component"),
        database.number("SELECT id AS value FROM sla_window"),
    );
    let user = database.number("SELECT id AS value FROM user_account");
    let entry = database.number("SELECT min(id) AS value FROM log_entry");
    let objects = [
        ("sla/label", label),
        ("sla/component", component),
        ("sla/slawindow", window),
        ("auth/user", user),
        ("audit/logentry", entry),
    ];
    let mut paths = vec![
        ("/admin/".to_owned(), 200),
        ("/admin".to_owned(), 301),
        ("/admin/sla/".to_owned(), 200),
        ("/admin/password_change/".to_owned(), 200),
        ("/admin/sessions/".to_owned(), 200),
        ("/admin/logout/".to_owned(), 405),
        ("/admin/nowhere/".to_owned(), 404),
        ("/admin/autocomplete/".to_owned(), 403),
        (
            "/admin/autocomplete/?app_label=sla&model_name=component&field_name=labels&term=".to_owned(),
            200,
        ),
        ("/admin/sla/label/?nonsense=%3Cscript%3E".to_owned(), 400),
        ("/admin/sla/label/add/".to_owned(), 200),
        ("/admin/sla/label".to_owned(), 301),
        (format!("/admin/auth/user/{user}/password/"), 200),
        ("/admin/sla/label/999999/change/".to_owned(), 302),
    ];
    for (model, key) in objects {
        paths.push((format!("/admin/{model}/"), 200));
        paths.push((format!("/admin/{model}/{key}/change/"), 200));
        paths.push((format!("/admin/{model}/{key}/history/"), 200));
        if model != "audit/logentry" {
            paths.push((format!("/admin/{model}/{key}/delete/"), 200));
        }
    }
    for (path, status) in &paths {
        check(&root.get(path).expect(*status));
    }
    check(&root.post("/admin/sla/label/add/", &[("name", "<script>")]).expect(422));
    check(&root.post(&format!("/admin/sla/label/{label}/delete/"), &[]).expect(409));
    check(&root.post_exactly("/admin/sla/label/add/", "").expect(403));
    check(&root.send("PUT", "/admin/", None).expect(405));
    check(&root.post("/admin/logout/", &[]).expect(200));
    check(&root.get("/admin/").expect(302));
}
