//! The form of filters: ranges, offers that are looked for, and columns that are chosen.

use crate::support::browser::Page;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, superuser, superuser_state};
use crate::support::program::apply;
use crate::support::server::Server;

const LIST: &str = "/admin/sla/component/";

fn names(page: &Page) -> Vec<String> {
    page.texts("#result_list td.field-name")
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn ranges_narrow(database: &Database) {
    apply(
        database,
        "components: [{name: a, slo: 99.5, labels: {env: prod}}, {name: b, slo: 99.9, labels: {env: prod}}, {name: c, labels: {env: test}}]",
    );
    database.execute(
        "UPDATE component SET created_at = '2026-12-31 22:59:59' WHERE name = 'a'; \
         UPDATE component SET created_at = '2026-12-31 23:00:00' WHERE name = 'b'; \
         UPDATE component SET created_at = '2027-06-01 00:00:00', updated_at = '2027-06-02 12:00:00' WHERE name = 'c'",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut berlin_state = superuser_state("berlin");
    berlin_state.timezone = Some(crate::support::zone("Europe/Berlin"));
    let berlin = add_user(database, &berlin_state, None);
    let mut berlin = at_admin(database, &server, berlin);
    for (query, expected) in [
        ("slo__gte=99.5", vec!["a", "b"]),
        ("slo__gte=99.501", vec!["b"]),
        ("slo__gte=99.5&slo__lte=99.8", vec!["a"]),
        ("slo__lte=-1", vec![]),
        ("slo__gte=999999999999", vec![]),
        (
            "slo__gte=&slo__lte=&created_at__gte=&created_at__lt=",
            vec!["a", "b", "c"],
        ),
        ("created_at__gte=2027-01-01", vec!["b", "c"]),
        ("created_at__gte=2027-01-01&created_at__lt=2027-06-01", vec!["b"]),
        ("created_at__lt=2027-01-01T00:00", vec!["a"]),
        ("created_at__lt=2027-01-01&created_at__year=2027", vec![]),
        ("created_at__gte=2027-02-01&created_at__year=2027", vec!["c"]),
        (
            "updated_at__gte=2027-06-02&updated_at__lt=2027-06-03&o=-updated_at",
            vec!["c"],
        ),
        ("updated_at__gte=2027-06-02&_facets=True&q=c", vec!["c"]),
    ] {
        let page = berlin.get(&format!("{LIST}?{query}")).expect(200);
        assert_eq!(names(&page), expected, "{query}");
    }
    // The same day begins an hour later in UTC.
    assert_eq!(
        names(&root.get(&format!("{LIST}?created_at__gte=2027-01-01")).expect(200)),
        ["c"]
    );

    let page = root
        .get(&format!("{LIST}?slo__gte=99.5&created_at__lt=2027-01-01&o=-name&p=1"))
        .expect(200);
    assert_eq!(
        page.texts("ul.chips li:not(.clear)"),
        ["Created: before 2027-01-01 ×", "SLO, percent: at least 99.5 ×"]
    );
    assert_eq!(page.attributes("ul.chips .clear a", "href"), ["?o=-name"]);
    assert_eq!(page.text("nav.paginator > span"), "2 components (3 components in all)");
    // The form holds what narrows the list, and keeps the rest.
    let form = page.form("#filter-form");
    assert_eq!(form.values("slo__gte"), ["99.5"]);
    assert_eq!(form.values("o"), ["-name"]);
    let page = root.get(&format!("{LIST}?enabled__exact=1&slo__gte=99.9")).expect(200);
    let form = page.form("#filter-form").set("created_at__gte", "2026-01-01");
    assert_eq!(form.values("enabled__exact"), ["1"]);
    assert!(page.has("#changelist-filter details.range[open][data-filter-title='SLO, percent']"));

    for (list, query, expected) in [
        ("sla/label", "components__gte=2", 1),
        ("sla/label", "components__gte=1&components__lte=1", 1),
        ("sla/slawindow", "components__gte=1", 0),
        ("auth/user", "last_login__gte=2020-01-01", 0),
        (
            "audit/logentry",
            "action_time__gte=2020-01-01&action_time__lt=2021-01-01",
            0,
        ),
        (
            "audit/logentry",
            "action_time__gte=2020-01-01&content_type=sla.label",
            2,
        ),
    ] {
        let page = root.get(&format!("/admin/{list}/?{query}")).expect(200);
        assert_eq!(page.texts("#result_list tbody tr").len(), expected, "{list}?{query}");
    }
}

fn offers_are_found(database: &Database) {
    let components: String = (0..30)
        .map(|number| format!("  - {{name: c-{number}, labels: {{team: t-{number:02}}}}}\n"))
        .collect();
    apply(database, &format!("components:\n{components}"));
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let panel = "#changelist-filter details[data-filter-title=Label]";
    let page = root.get(LIST).expect(200);
    assert_eq!(page.texts(&format!("{panel} li")).len(), 6, "all, and the first five");
    assert_eq!(page.text(&format!("{panel} .more-offers")), "and 25 others");
    let page = root.get(&format!("{LIST}?_find__labels__id__exact=t-2")).expect(200);
    assert_eq!(names(&page).len(), 30, "looking for offers narrows no rows");
    let offers = page.texts(&format!("{panel} li a"));
    assert_eq!(offers.len(), 11);
    assert_eq!(offers[1], "team=t-20");
    // A choice stays in sight whatever is looked for, and its link narrows by it alone.
    let key = |page: &Page, place: usize| page.attributes(&format!("{panel} li input"), "value")[place].clone();
    let (first, second) = (key(&page, 0), key(&page, 1));
    let query = format!("?labels__id__exact={first}&labels__id__exact={second}&_find__labels__id__exact=t-0");
    let page = root.get(&format!("{LIST}{query}")).expect(200);
    assert_eq!(names(&page), ["c-20", "c-21"]);
    assert_eq!(page.texts(&format!("{panel} li.selected")), ["team=t-20", "team=t-21"]);
    assert_eq!(
        page.attributes(&format!("{panel} li.selected a"), "href")[0],
        format!("?labels__id__exact={first}")
    );
    assert_eq!(page.form("#filter-form").values("labels__id__exact"), [&first, &second]);
    let page = root
        .get(&format!("{LIST}?_find__labels__id__exact=nothing"))
        .expect(200);
    assert_eq!(
        page.texts(&format!("{panel} li")),
        ["All"],
        "the group has nothing else to offer, and another search can be typed"
    );
    assert_eq!(
        page.form("#filter-form").values("_find__labels__id__exact"),
        ["nothing"]
    );
    // A second filter by the same many labels shows what is looked for or chosen.
    let panel = "#changelist-filter details[data-filter-title='Without label']";
    for counts in ["", "?_facets=True"] {
        let page = root.get(&format!("{LIST}{counts}")).expect(200);
        assert_eq!(page.texts(&format!("{panel} li")), ["All"]);
        assert_eq!(page.text(&format!("{panel} .more-offers")), "30 to be found");
    }
    let page = root.get(&format!("{LIST}?_find__labels__id__not=t-2")).expect(200);
    assert_eq!(page.texts(&format!("{panel} li a")).len(), 11);
    let page = root.get(&format!("{LIST}?labels__id__not={first}")).expect(200);
    assert_eq!(names(&page).len(), 29);
    assert_eq!(page.texts(&format!("{panel} li")), ["All", "team=t-20"]);
    assert_eq!(page.text(&format!("{panel} .more-offers")), "and 29 others");
    root.get("/admin/sla/label/?_find__name=t&name=team").expect(200);
}

fn columns_are_chosen(database: &Database) {
    apply(database, "components: [{name: a}, {name: b, enabled: false}]");
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let mut heads = |query: &str| {
        let page = root.get(&format!("{LIST}{query}")).expect(200);
        (page.texts("#result_list thead th:not(.action-checkbox-column)"), page)
    };
    assert_eq!(heads("?_columns=name,state").0.len(), 2);
    let (shown, page) = heads("?_columns=state&_columns=enabled&_columns=nothing&o=enabled");
    assert_eq!(
        page.attributes("#result_list thead th:not(.action-checkbox-column)", "class")
            .len(),
        3
    );
    assert!(
        shown[0].starts_with("Name"),
        "a column that leads to the object is always there: {shown:?}"
    );
    assert!(
        shown[1].starts_with("State"),
        "columns stand in the order of the address: {shown:?}"
    );
    assert!(page.has("input[name=form-0-enabled]"));
    let link = &page.attributes("td.field-name a", "href")[0];
    assert!(link.contains("_columns%3Dname%252Cstate%252Cenabled"), "{link}");
    assert_eq!(page.form("#columns-form").values("o"), ["enabled"]);
    assert_eq!(
        page.form("#columns-form").values("_columns"),
        ["name", "state", "enabled"]
    );
    assert_eq!(heads("?_columns=").0.len(), 8);
    assert_eq!(heads("?_columns=%00").0.len(), 8);

    // Without the column there is nothing to save, and nothing is unticked.
    let (_, page) = heads("?_columns=name");
    assert!(!page.has("button[name=_save]"));
    let fields = [
        ("_save", "Save"),
        ("form-TOTAL_FORMS", "1"),
        ("form-0-id", "1"),
        ("form-0-_version", "1"),
    ];
    root.post(&format!("{LIST}?_columns=name"), &fields).expect(403);
    assert_eq!(
        database.number("SELECT count(*) AS value FROM log_entry WHERE user_id IS NOT NULL"),
        0
    );
}

/// Of many values those that most rows have stand first, equals by name; what is chosen is always there.
fn most_used_offers_come_first(database: &Database) {
    let labels = |number: usize| match number % 10 {
        0..=2 => 5,
        3 | 4 => 29,
        _ => number % 30,
    };
    let component = |number: usize| {
        let team = labels(number);
        let windows = if number < 10 { ", windows: [W 24]" } else { "" };
        format!("  - {{name: c-{number:02}, labels: {{team: t-{team:02}}}{windows}}}\n")
    };
    let components: String = (0..30).map(component).collect();
    let window = |number: usize| format!("  - {{name: W {number:02}, timezone: UTC, rules: []}}\n");
    let windows: String = (0..25).map(window).collect();
    let calendars: String = (0..6).map(|number| format!("- {{name: C {number}}}\n")).collect();
    apply(
        database,
        &format!("calendars:\n{calendars}windows:\n{windows}components:\n{components}"),
    );
    // Twenty labels that nothing uses, before the others in the alphabet.
    let unused: Vec<String> = (0..20).map(|number| format!("('a', '{number:02}')")).collect();
    database.execute(&format!("INSERT INTO label (name, value) VALUES {}", unused.join(", ")));
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let offers = |page: &Page, title: &str| -> Vec<String> {
        let panel = format!("#changelist-filter details[data-filter-title='{title}']");
        page.texts(&format!("{panel} li a")).split_off(1)
    };
    let page = root.get(LIST).expect(200);
    let shown = offers(&page, "Label");
    assert_eq!(shown.len(), 5);
    assert_eq!(shown[..4], ["team=t-05", "team=t-29", "team=t-06", "team=t-07"]);
    let windows = offers(&page, "Window");
    assert_eq!(windows.len(), 5);
    assert_eq!(windows[..2], ["W 24", "W 00"], "what nothing uses fills the rest");
    let more = "#changelist-filter details[data-filter-title=Window] .more-offers";
    assert_eq!(page.text(more), "and 20 others");
    assert_eq!(offers(&page, "Calendar").len(), 6);
    // A rarely used filter repeats nothing.
    assert!(offers(&page, "Cut by calendar").is_empty());

    // With counts, those come first that most of the counted rows have.
    let page = root.get(&format!("{LIST}?q=c-19&_facets=True")).expect(200);
    assert!(offers(&page, "Label")[0].starts_with("team=t-19"));
    let key = database.number("SELECT id AS value FROM label WHERE value = '19' AND name = 'a'");
    let page = root.get(&format!("{LIST}?labels__id__exact={key}")).expect(200);
    let shown = offers(&page, "Label");
    assert_eq!(shown.len(), 6);
    assert_eq!(shown[5], "a=19");

    // Lists in memory as well.
    let zones: Vec<String> = (0..25)
        .map(|number| format!("('Z {number}', 'Etc/GMT-{}')", number % 12 + 1))
        .collect();
    let more: Vec<String> = (0..12)
        .map(|number| format!("('Y {number}', 'Etc/GMT+{}')", number + 1))
        .collect();
    database.execute(&format!(
        "INSERT INTO sla_window (name, timezone) VALUES {}, {}",
        zones.join(", "),
        more.join(", ")
    ));
    let page = root.get("/admin/sla/slawindow/").expect(200);
    let shown = offers(&page, "Time zone");
    assert_eq!(shown.len(), 5);
    assert_eq!(shown[..2], ["UTC", "Etc/GMT-1"]);
}

fn rare_filters_are_folded_while_none_is_used(database: &Database) {
    apply(
        database,
        "windows: [{name: W, timezone: UTC}, {name: X, timezone: UTC}]\ncalendars: [{name: A}, {name: B}]\n\
         components: [{name: a, slo: 99.5, labels: {env: prod}}, {name: b, labels: {env: test}}]",
    );
    let server = Server::start(database, &[]);
    let mut root = superuser(database, &server);
    let page = root.get(LIST).expect(200);
    let titles = |group: &str| page.attributes(&format!("{group} > .filter-panels > details"), "data-filter-title");
    let common = titles("#filter-form");
    assert_eq!(common, ["State", "Hours of a day", "Label", "Window", "Enabled"]);
    let rare = titles("#more-filters");
    assert_eq!(rare[..3], ["Without label", "Has labels", "Has windows"]);
    assert_eq!(rare[rare.len() - 3..], ["Created", "Updated", "SLO, percent"]);
    assert_eq!(rare.len(), 10, "{rare:?}");
    assert!(
        page.has("#more-filters nav.toplinks"),
        "dates stand where their range does"
    );
    for query in [
        "",
        "?enabled__exact=1&state=inside&q=a",
        "?_facets=True",
        "?_find__labels__id__exact=x",
    ] {
        let page = root.get(&format!("{LIST}{query}")).expect(200);
        assert!(page.has("#more-filters:not([open])"), "{query}");
    }
    for query in [
        "labels__isnull=True",
        "slo__gte=99",
        "updated_at__lt=2030-01-01",
        "created_at__year=2020",
        "_find__labels__id__not=env",
    ] {
        let page = root.get(&format!("{LIST}?{query}")).expect(200);
        assert!(page.has("#more-filters[open]"), "{query}");
    }
    // Counts are those of all filters, folded or not.
    let page = root.get(&format!("{LIST}?_facets=True")).expect(200);
    let offers = page.texts("#more-filters [data-filter-title='Has an SLO'] li");
    assert_eq!(offers, ["All", "without an SLO (1)", "with an SLO (1)"]);
    let page = root.get("/admin/audit/logentry/").expect(200);
    assert!(page.has("#filter-form > .filter-panels > nav.toplinks") && !page.has("#more-filters"));
}

on_both_databases!(
    ranges_narrow,
    offers_are_found,
    most_used_offers_come_first,
    rare_filters_are_folded_while_none_is_used,
    columns_are_chosen
);
