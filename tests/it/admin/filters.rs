//! Filters: any value of one, all of several; counts, chips, and what may not be asked.

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";

const DOCUMENT: &str = r#"
windows:
  - {name: Days, timezone: Europe/Berlin, rules: [{type: weekly, days: [MO], start: "08:00", duration_s: 3600}]}
  - {name: Nights, timezone: UTC, rules: [{type: weekly, days: [MO], start: "20:00", duration_s: 3600}]}
components:
  - {name: a, labels: {team: x, env: prod}, windows: [Days, Nights]}
  - {name: b, labels: {team: x, env: test}, windows: [Days], enabled: false}
  - {name: c, labels: {team: y, env: prod}}
"#;

fn names(page: &Page) -> Vec<String> {
    page.texts("#result_list td.field-name")
}

/// The key of a label or window, by the link that chooses it.
fn key(page: &Page, words: &str) -> String {
    let texts = page.texts("#changelist-filter li a");
    let links = page.attributes("#changelist-filter li a", "href");
    let place = texts.iter().position(|text| text == words).expect("the offer is there");
    let (_, value) = links[place].rsplit_once('=').expect("a link has a value");
    value.to_owned()
}

#[track_caller]
fn check(browser: &mut Browser, query: &str, expected: &[&str]) -> Page {
    let page = browser.get(&format!("{LIST}{query}")).expect(200);
    assert_eq!(names(&page), expected, "{query}");
    let count = format!("{} component", expected.len());
    assert!(page.text("nav.paginator > span").starts_with(&count), "{query}");
    page
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn filters_narrow_and_count(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let plain = root.get(LIST).expect(200);
    let [x, y, prod, test] = ["team=x", "team=y", "env=prod", "env=test"].map(|words| key(&plain, words));
    let [days, nights] = ["Days", "Nights"].map(|words| key(&plain, words));
    let label = |id: &str| format!("labels__id__exact={id}");
    let window = |id: &str| format!("windows__id__exact={id}");
    assert!(!plain.has("ul.chips"), "nothing is chosen yet");
    assert_eq!(
        plain.texts("#changelist-filter li.selected"),
        ["All"; 10],
        "all but the calendars, of which there are none"
    );

    check(&mut root, "?enabled__exact=1", &["a", "c"]);
    check(&mut root, "?enabled__exact=0", &["b"]);
    check(&mut root, "?enabled__exact=0&enabled__exact=1", &["a", "b", "c"]);
    check(&mut root, &format!("?{}", label(&x)), &["a", "b"]);
    check(&mut root, &format!("?{}&{}", label(&y), label(&test)), &["b", "c"]);
    // A component with two chosen values is there once.
    check(&mut root, &format!("?{}&{}", label(&x), label(&prod)), &["a", "b", "c"]);
    check(
        &mut root,
        &format!("?{}&{}", window(&days), window(&nights)),
        &["a", "b"],
    );
    check(
        &mut root,
        &format!("?{}&{}&enabled__exact=1", label(&x), window(&days)),
        &["a"],
    );
    check(&mut root, &format!("?{}", label("999999")), &[]);

    let page = check(
        &mut root,
        &format!("?q=a&o=-name&{}&{}&{}&p=1", label(&x), label(&y), window(&nights)),
        &["a"],
    );
    let chips = page.texts("ul.chips li:not(.clear)");
    assert_eq!(chips, ["Label: team=x ×", "or team=y ×", "Window: Nights ×"]);
    let links = page.attributes("ul.chips li:not(.clear) a", "href");
    assert_eq!(links[0], format!("?q=a&o=-name&{}&{}", label(&y), window(&nights)));
    assert_eq!(page.attributes("ul.chips .clear a", "href"), ["?q=a&o=-name"]);
    assert_eq!(
        page.texts("#changelist-filter li.selected"),
        [&["All", "All", "team=x", "team=y", "Nights"][..], &["All"; 6]].concat()
    );

    // Windows that are disabled are none.
    check(&mut root, &format!("?labels__id__not={x}"), &["c"]);
    check(
        &mut root,
        &format!("?labels__id__not={prod}&labels__id__not={test}"),
        &[],
    );
    check(&mut root, "?labels__isnull=True", &[]);
    check(&mut root, "?calendars__isnull=True&slo__isnull=True", &["a", "b", "c"]);
    check(&mut root, "?slo__isnull=False", &[]);
    check(&mut root, "?windows__isnull=True", &["c"]);
    check(&mut root, "?windows__isnull=False", &["a", "b"]);
    check(
        &mut root,
        "?windows__isnull=False&windows__isnull=True",
        &["a", "b", "c"],
    );
    check(&mut root, &format!("?windows__isnull=True&{}", window(&days)), &[]);
    database.execute("UPDATE sla_window SET enabled = FALSE WHERE name = 'Days'");
    let page = check(&mut root, "?windows__isnull=True&_facets=True&o=-name", &["c", "b"]);
    let offers = page.texts("#changelist-filter li");
    for offer in ["without enabled windows (2)", "with enabled windows (1)", "Days (1)"] {
        assert!(offers.iter().any(|text| text == offer), "{offer} is among {offers:?}");
    }
    database.execute("UPDATE sla_window SET enabled = TRUE WHERE name = 'Days'");

    // A value that is no offer any more can still be taken away.
    let page = check(&mut root, &format!("?{}", label("999999")), &[]);
    assert_eq!(page.attributes("ul.chips li a", "href"), ["?", "?"]);

    // A filter's own choice does not reduce its counts; those of the others do.
    let page = check(
        &mut root,
        &format!("?_facets=True&{}&enabled__exact=1", label(&x)),
        &["a"],
    );
    let offers = page.texts("#changelist-filter li");
    for offer in [
        "Yes (1)",
        "No (1)",
        "team=x (1)",
        "team=y (1)",
        "env=prod (2)",
        "env=test (0)",
        "Days (1)",
        "Nights (1)",
    ] {
        assert!(offers.iter().any(|text| text == offer), "{offer} is among {offers:?}");
    }
    let page = check(&mut root, "?_facets=True", &["a", "b", "c"]);
    let offers = page.texts("#changelist-filter li");
    for offer in [
        "Yes (2)",
        "No (1)",
        "env=prod (2)",
        "env=test (1)",
        "Days (2)",
        "Nights (1)",
    ] {
        assert!(offers.iter().any(|text| text == offer), "{offer} is among {offers:?}");
    }
    let page = check(&mut root, "?_facets=True&q=b", &["b"]);
    assert!(page.texts("#changelist-filter li").contains(&"team=x (1)".to_owned()));
    assert!(page.texts("#changelist-filter li").contains(&"team=y (0)".to_owned()));

    for (list, query, expected) in [
        ("sla/slawindow", "?timezone=UTC", 1),
        ("sla/slawindow", "?timezone=UTC&timezone=Europe/Berlin&_facets=1", 2),
        ("sla/slawindow", "?timezone=UTC&enabled__exact=0", 0),
        ("sla/label", "?name=team", 2),
        ("sla/label", "?name=team&name=env&_facets=1", 4),
        ("auth/user", "?is_superuser__exact=1&_facets=1", 1),
        ("auth/user", "?is_staff__exact=0", 0),
        (
            "audit/logentry",
            "?content_type=sla.label&content_type=auth.user&_facets=1",
            5,
        ),
        ("audit/logentry", "?action_flag__exact=1&content_type=sla.component", 3),
        ("audit/logentry", "?action_flag__exact=2", 0),
        ("audit/logentry", "?user__id__exact=1", 0),
    ] {
        let page = root.get(&format!("/admin/{list}/{query}")).expect(200);
        assert_eq!(page.texts("#result_list tbody tr").len(), expected, "{list}{query}");
    }
}

#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn only_declared_parameters_are_taken(database: &Database) {
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut viewer = staff(database, &server, "viewer", &["auth.view_user", "audit.view_logentry"]);
    for (list, query) in [
        ("sla/component", "owner__password__startswith=a"),
        ("sla/component", "name=a"),
        ("sla/component", "name__startswith=a"),
        ("sla/component", "enabled=1"),
        ("sla/component", "enabled__exact=2"),
        ("sla/component", "windows__isnull=1"),
        ("sla/component", "labels__id__exact=x"),
        ("sla/component", "labels__id__exact=99999999999999999999"),
        ("sla/component", "labels__name=team"),
        ("sla/component", "created_at__gte=x"),
        ("sla/component", "created_at__lte=2026-01-01"),
        ("sla/component", "created_at__lt=2026-02-30"),
        ("sla/component", "created_at__gte=0999-01-01"),
        ("sla/component", "updated_at__gte=2026-1"),
        ("sla/component", "slo__gte=99.9999"),
        ("sla/component", "slo__lte=%00"),
        ("sla/component", "_find__name=x"),
        ("sla/component", "_find__enabled__exact=x"),
        ("sla/label", "components__gte=1.5"),
        ("sla/component", "created_at__month=1"),
        ("sla/component", "created_at__year=abc"),
        ("sla/component", "created_at__year=0"),
        ("sla/component", "created_at__year=2147483647"),
        ("sla/component", "created_at__year=2026&created_at__month=13"),
        (
            "sla/component",
            "created_at__year=2026&created_at__month=2&created_at__day=30",
        ),
        ("sla/component", "created_at__year=2026&created_at__day=3"),
        ("sla/component", "p=abc"),
        ("sla/component", "e=1"),
        ("sla/component", "e="),
        ("sla/component", "_to_field=password"),
        ("auth/user", "password__startswith=%24"),
        ("auth/user", "email__icontains=x"),
        ("auth/user", "groups__name=x"),
        ("audit/logentry", "action_flag__exact=9"),
        ("audit/logentry", "action_flag__exact=add"),
        ("audit/logentry", "content_type=sla.nothing"),
        ("audit/logentry", "user__id__exact=root"),
        ("audit/logentry", "before__contains=x"),
    ] {
        let page = root.get(&format!("/admin/{list}/?{query}")).expect(400);
        let (name, _) = query
            .rsplit('&')
            .next()
            .expect("a query has a parameter")
            .split_once('=')
            .expect("and a value");
        assert!(page.html().contains(name), "{query}: the parameter is named");
        assert!(
            page.attributes("a", "href").contains(&format!("/admin/{list}/")),
            "{query}: there is a way back"
        );
    }
    viewer.get("/admin/auth/user/?password__startswith=%24").expect(400);
    // A user without the permission does not learn which parameters the list takes.
    viewer.get("/admin/sla/component/?name=a").expect(403);
    viewer.get("/admin/sla/component/?enabled__exact=1").expect(403);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn empty_parameters_ask_for_nothing(database: &Database) {
    apply(database, DOCUMENT);
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let all = ["a", "b", "c"];
    for query in [
        "p=",
        "p=+",
        "q=",
        "q=++",
        "o=",
        "enabled__exact=",
        "labels__id__exact=",
        "windows__id__exact=",
        "windows__isnull=",
        "created_at__year=",
        "created_at__year=&created_at__month=&created_at__day=",
        "created_at__gte=&created_at__lt=&slo__gte=&slo__lte=",
        "_facets=",
        "_columns=",
        "_find__labels__id__exact=",
    ] {
        let page = check(&mut root, &format!("?{query}"), &all);
        assert!(!page.has("ul.chips"), "{query}: nothing is chosen");
        assert!(!page.html().contains("in all)"), "{query}: nothing is hidden");
        assert_eq!(
            page.attributes("#changelist-form", "action"),
            [LIST],
            "{query}: links do not keep it"
        );
        let export = root.get(&format!("{LIST}export/?{query}")).expect(200);
        assert!(export.html().contains("3 components"), "{query}");
        root.get(&format!("{LIST}export/?_format=csv&{query}")).expect(200);
    }
    // Beside a value an empty one adds nothing.
    check(&mut root, "?enabled__exact=&enabled__exact=0", &["b"]);
    check(&mut root, "?enabled__exact=0&enabled__exact=", &["b"]);
    check(&mut root, "?q=a&q=&p=", &["a"]);
    for list in [
        "sla/label/?name=",
        "sla/slawindow/?timezone=&components__gte=",
        "sla/calendar/?enabled__exact=",
        "auth/user/?groups__id__exact=&is_staff__exact=&last_login__gte=",
        "auth/group/?q=",
        "audit/logentry/?user__id__exact=&action_flag__exact=&content_type=&action_time__year=",
    ] {
        let whole = list.split_once('?').map_or(list, |(list, _)| list);
        let whole = root.get(&format!("/admin/{whole}")).expect(200);
        let page = root.get(&format!("/admin/{list}")).expect(200);
        assert_eq!(
            page.text("nav.paginator > span"),
            whole.text("nav.paginator > span"),
            "{list}"
        );
    }
    let export = root.get(&format!("{LIST}export/?_format=")).expect(200);
    assert!(export.has("#export-form"), "the choice of a form");
    let choices = "/admin/autocomplete/?app_label=sla&model_name=component&field_name=labels&term=&page=";
    assert!(root.get(choices).expect(200).html().contains("team=x"));
    let id = database.number("SELECT min(id) AS value FROM component");
    root.get(&format!("{LIST}{id}/history/?p=")).expect(200);
    // A view that asks for nothing leads to the default one, as the bare list does.
    let fields = [
        ("do", "save"),
        ("name", "On"),
        ("query", "enabled__exact=1&q="),
        ("default", "on"),
    ];
    root.post(&format!("{LIST}views/"), &fields).expect(302);
    for bare in ["", "?", "?p=", "?q=&enabled__exact="] {
        let to = root.get(&format!("{LIST}{bare}")).expect(302).location();
        assert_eq!(to, format!("{LIST}?enabled__exact=1"), "{bare}");
    }
    check(&mut root, "?_view=&q=", &all);
}

on_both_databases!(
    filters_narrow_and_count,
    only_declared_parameters_are_taken,
    empty_parameters_ask_for_nothing
);
