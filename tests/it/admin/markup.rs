//! Ids, classes and structure that scripts, style and people who do not see the page rely on.

use scraper::{Html, Selector};

use crate::support::browser::{Browser, Page};
use crate::support::database::Database;
use crate::support::people::{add_user, staff, staff_state, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

const INVENTORY: &str = "
labels:
  - {name: team, value: payments}
calendars:
  - {name: Holidays, rules: [{type: dates, dates: [\"2990-12-25\"], start: \"00:00\", duration_s: 86400}]}
windows:
  - name: Office
    timezone: Europe/Berlin
    calendars: [Holidays]
    rules:
      - {type: weekly, days: [MO, FR], start: \"08:00\", duration_s: 36000}
components:
  - {name: payments-api, labels: {team: payments}, windows: [Office]}
  - {name: ledger, windows: [Office], enabled: false}
";

fn database() -> Database {
    let database = Database::sqlite();
    apply(&database, INVENTORY);
    database
}

/// Each selector is on the page.
#[track_caller]
fn has(page: &Page, selectors: &[&str]) {
    for selector in selectors {
        assert!(
            page.has(selector),
            "{selector} is not in {}:\n{}",
            page.path,
            page.html()
        );
    }
}

/// None of the selectors is on the page.
#[track_caller]
fn lacks(page: &Page, selectors: &[&str]) {
    for selector in selectors {
        assert!(!page.has(selector), "{selector} is in {}:\n{}", page.path, page.html());
    }
}

/// The address of the only object that a search finds.
#[track_caller]
fn find(browser: &mut Browser, list: &str, name: &str) -> String {
    let page = browser.get(&format!("{list}?q={name}")).expect(200);
    let links = page.attributes("#result_list td.field-name a", "href");
    assert_eq!(links.len(), 1, "{links:?}");
    links[0].split_once('?').expect("the list is kept").0.to_owned()
}

/// What every page has: one id once, labels that lead somewhere, a name for every control, nothing inline.
#[track_caller]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn is_sound(page: &Page) {
    let document = Html::parse_document(&page.html());
    let select = |selector: &str| {
        let selector = Selector::parse(selector).expect("the selector is one");
        document
            .select(&selector)
            .map(|element| element.value().clone())
            .collect::<Vec<_>>()
    };
    let ids: Vec<String> = select("[id]")
        .iter()
        .filter_map(|element| element.attr("id").map(str::to_owned))
        .collect();
    let mut distinct = ids.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(
        distinct.len(),
        ids.len(),
        "an id is there twice in {}: {ids:?}",
        page.path
    );
    for name in ["for", "aria-describedby", "aria-labelledby", "list"] {
        for element in select(&format!("[{name}]")) {
            for id in element.attr(name).unwrap_or_default().split(' ') {
                assert!(
                    distinct.iter().any(|known| known == id),
                    "{name}={id} leads nowhere in {}",
                    page.path
                );
            }
        }
    }
    let labelled: Vec<String> = select("label[for]")
        .iter()
        .filter_map(|label| label.attr("for").map(str::to_owned))
        .collect();
    for control in select("input:not([type=hidden]), select, textarea") {
        let id = control.attr("id").unwrap_or_default();
        let name = control.attr("name").unwrap_or_default();
        let wrapped = !select(&format!("label [name='{name}']")).is_empty();
        assert!(
            wrapped
                || control.attr("aria-label").is_some()
                || control.attr("aria-labelledby").is_some()
                || labelled.iter().any(|label| label == id),
            "{name} has no name for people in {}",
            page.path
        );
    }
    lacks(
        page,
        &["[style]", "style", "script:not([src])", "[onclick]", "[onchange]"],
    );
    assert_eq!(page.texts("h1").len(), 1, "{} has one heading", page.path);
    assert_eq!(page.texts("main").len(), 1, "{} has one main part", page.path);
    assert!(page.text("title").ends_with("SLA Monitor"), "{}", page.text("title"));
    has(
        page,
        &[
            "html[lang=en]",
            "a.skip-to-content-link[href='#content-start']",
            "#content-start",
            "#header #branding #site-name",
        ],
    );
}

#[test]
fn start_pages_list_apps_and_models() {
    let database = database();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);

    let page = browser.get("/admin/").expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "div.app-sla.module tr.model-component th#sla-component a[href='/admin/sla/component/']",
            "div.app-sla tr.model-slawindow a.addlink[href='/admin/sla/slawindow/add/']",
            "div.app-sla tr.model-label a.changelink",
            "div.app-auth.module tr.model-user",
            "div.app-audit tr.model-logentry a.viewlink",
            "#recent-actions-module",
            "#user-tools form#logout-form[method=post] input[name=csrfmiddlewaretoken]",
            "#user-tools a[href='/admin/password_change/']",
            "#user-tools a[href='/metrics']",
        ],
    );
    lacks(
        &page,
        &[
            "ol.breadcrumbs",
            "#nav-sidebar",
            "#guide",
            "tr.model-logentry a.addlink",
        ],
    );
    assert_eq!(page.text("h1"), "Site administration");
    assert_eq!(page.texts("caption"), ["Service levels", "Accounts", "Audit log"]);
    assert_eq!(
        page.texts(".app-sla th"),
        [
            "Calendars",
            "Closed reports",
            "Components",
            "Corrections",
            "Indicators",
            "Labels",
            "SLA windows"
        ]
    );
    assert_eq!(page.text("#recent-actions-module p"), "None available");

    let page = browser.get("/admin/sla/").expect(200);
    is_sound(&page);
    assert_eq!(page.text("h1"), "Service levels administration");
    assert_eq!(page.text("ol.breadcrumbs li[aria-current=page]"), "Service levels");
    assert_eq!(page.texts("caption"), ["Service levels"]);
    has(
        &page,
        &["nav#nav-sidebar", "nav[aria-label=Breadcrumbs] ol.breadcrumbs"],
    );

    let mut powerless = staff(&database, &server, "powerless", &[]);
    let page = powerless.get("/admin/").expect(200);
    is_sound(&page);
    assert!(page.text("p.notice").contains("permission"));
    lacks(&page, &["div.module table", "#guide"]);
}

#[test]
fn an_empty_installation_says_what_to_do_first() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let page = browser.get("/admin/").expect(200);
    is_sound(&page);
    assert_eq!(
        page.attributes("#guide li a", "href"),
        [
            "/admin/sla/label/add/",
            "/admin/sla/calendar/add/",
            "/admin/sla/slawindow/add/",
            "/admin/sla/component/add/",
            "/metrics"
        ]
    );
    lacks(&page, &["#guide li.done"]);
    // A user with the permission to add only some of it gets no link to a refusal.
    let mut viewer = staff(&database, &server, "viewer", &["sla.view_component", "sla.add_label"]);
    lacks(&viewer.get("/admin/").expect(200), &["#guide"]);

    let page = browser.get("/admin/sla/component/add/").expect(200);
    is_sound(&page);
    for (field, model) in [("windows", "slawindow"), ("labels", "label"), ("calendars", "calendar")] {
        let link = format!(".field-{field} .nothing a#add_id_{field}.add-related[href='/admin/sla/{model}/add/']");
        has(&page, &[link.as_str(), format!("select#id_{field}[multiple]").as_str()]);
    }
    let page = browser.get("/admin/sla/label/").expect(200);
    is_sound(&page);
    assert_eq!(
        page.text("p.notice"),
        "There are no labels yet. A label such as team=payments groups components, here and in Prometheus. Add the first one."
    );
    assert!(page.html().contains("in Prometheus. <a "), "a blank is before the link");
    lacks(&page, &["#result_list", ".actions", "button[name=_save]"]);

    let form = browser.get("/admin/sla/label/add/").expect(200).form("#label_form");
    let form = form.set("name", "team").set("value", "x");
    browser.submit(&form, ("_save", "Save")).expect(302);
    let page = browser.get("/admin/").expect(200);
    assert_eq!(page.texts("#guide li.done a"), ["Add a label"]);
    assert_eq!(page.texts("#recent-actions-module li.addlink a"), ["team=x"]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn lists_have_the_parts_of_django() {
    let database = database();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let page = browser
        .get("/admin/sla/component/?o=-name.enabled&enabled__exact=1&enabled__exact=0")
        .expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "body.app-sla.model-component.change-list",
            "form#changelist-form[method=post][novalidate]",
            "#changelist-form input[name=csrfmiddlewaretoken]",
            "#changelist-form table#result_list",
            "#result_list th.column-name.sortable.sorted.descending[aria-sort=descending]",
            "#result_list th.column-enabled.sorted.ascending .sortpriority",
            "#result_list th.column-enabled a.sortremove",
            "#result_list th.column-state.sortable:not(.sorted)",
            "#result_list th.column-labels:not(.sortable)",
            "#result_list th.column-updated_at.sortable:not(.sorted)",
            "#result_list td.field-name a",
            "#result_list td.field-labels > p > a:not([id])",
            "#result_list td.field-state.inside, #result_list td.field-state.outside",
            "#result_list td.field-next_transition time[datetime$=Z]",
            "#result_list td.field-updated_at time[datetime$=Z]",
            "#result_list td.field-enabled input[type=checkbox][name=form-0-enabled]",
            "input[name=form-0-id]",
            "input[name=form-0-_version]",
            "input[name=form-TOTAL_FORMS][value='2']",
            "input.action-select[name=_selected_action]",
            "input#action-toggle",
            "div.actions select[name=action] option[value=delete_selected]",
            "div.actions button[name=index][value='0']",
            "div.actions input.select-across[name=select_across]",
            "span.action-counter[data-actions-icnt='2'][aria-live=polite]",
            "nav.paginator",
            "button[name=_save]",
            "form#changelist-search[role=search] input#searchbar[name=q]",
            "#changelist-search input[type=hidden][name=o][value='-name.enabled']",
            "#changelist-search input[type=hidden][name=enabled__exact]",
            "search#changelist-filter details[open][data-filter-title=Enabled]",
            "#changelist-filter li.selected",
            "ul.chips li.clear",
            "nav.toplinks a",
            "ul.object-tools a.addlink",
            "#nav-sidebar li.current-model a[aria-current=page]",
        ],
    );
    assert_eq!(page.text("h1"), "Components");
    assert_eq!(
        page.texts("ol.breadcrumbs li"),
        ["Home", "Service levels", "Components"]
    );
    assert_eq!(page.text("nav.paginator span"), "2 components");
    assert_eq!(page.texts("#result_list td.field-name"), ["payments-api", "ledger"]);
    // Filters come before the table for those who go through the page one control after the other.
    let html = page.html();
    assert!(html.find("id=\"changelist-filter\"") < html.find("id=\"result_list\""));

    let page = browser.get("/admin/sla/component/?q=nothing-like-it").expect(200);
    is_sound(&page);
    assert_eq!(page.text("p.notice"), "No components match. Show all components.");
    lacks(&page, &["#result_list", ".actions", "button[name=_save]"]);

    let mut viewer = staff(&database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get("/admin/sla/component/").expect(200);
    is_sound(&page);
    assert_eq!(page.text("h1"), "Components");
    lacks(
        &page,
        &[
            ".actions",
            "input.action-select",
            "button[name=_save]",
            "a.addlink",
            "td.field-enabled input",
        ],
    );
    assert_eq!(page.texts("td.field-enabled .yes"), ["Yes"]);
    assert_eq!(page.texts("td.field-enabled .no"), ["No"]);
}

#[test]
fn long_lists_have_pages() {
    let database = Database::sqlite();
    let labels: String = (0..1_150)
        .map(|number| format!("  - {{name: n, value: v{number:04}}}\n"))
        .collect();
    apply(&database, &format!("labels:\n{labels}"));
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let page = browser.get("/admin/sla/label/?p=5").expect(200);
    is_sound(&page);
    assert_eq!(page.texts("nav.paginator a[aria-current=page][href='']"), ["5"]);
    assert_eq!(
        page.texts("nav.paginator li"),
        ["1", "2", "3", "4", "5", "6", "7", "8", "…", "11", "12"]
    );
    has(&page, &["label.across input[type=checkbox].select-across[value='1']"]);
    lacks(&page, &["a.showall"]);
    let page = browser.get("/admin/sla/label/?q=v01").expect(200);
    assert_eq!(page.texts("#result_list tbody tr").len(), 100);
    let page = browser.get("/admin/sla/label/?q=v00&q=v0").expect(200);
    assert!(page.has("#result_list"));
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn forms_have_the_parts_of_django() {
    let database = database();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let url = find(&mut browser, "/admin/sla/component/", "payments-api");
    let page = browser.get(&url).expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "body.app-sla.model-component.change-form",
            "form#component_form[method=post][novalidate] input[name=csrfmiddlewaretoken]",
            "input[type=hidden][name=_version]",
            "fieldset.module div.form-row.field-name label.required[for=id_name]",
            "input#id_name[name=name][aria-describedby=id_name_helptext]",
            "#id_name_helptext.help",
            "select#id_windows[multiple][name=windows] option[selected]",
            "select#id_labels[multiple][name=labels] option[selected]",
            ".submit-row button[name=_save]",
            ".submit-row button[name=_continue]",
            ".submit-row button[name=_addanother]",
            ".submit-row button[name=_saveasnew]",
            ".submit-row a.deletelink",
            ".submit-row a.closelink",
            "ul.object-tools a.historylink",
        ],
    );
    assert_eq!(page.text("h1"), "Change component");
    assert_eq!(page.text("h2.object"), "payments-api");
    assert_eq!(page.text("title"), "payments-api | Change component | SLA Monitor");
    assert_eq!(
        page.texts("ol.breadcrumbs li"),
        ["Home", "Service levels", "Components", "payments-api"]
    );
    assert!(page.html().contains("payments_api_service_window_next_start"));

    let form = page.form("#component_form").set("name", "").set("slo", "200");
    let page = browser.submit(&form, ("_save", "Save")).expect(422);
    is_sound(&page);
    assert!(page.text("title").starts_with("Error: "), "{}", page.text("title"));
    assert_eq!(page.text("h1"), "Change component");
    assert_eq!(page.text("p.errornote"), "Please correct the errors below.");
    has(
        &page,
        &[
            ".form-row.field-name.errors ul.errorlist#id_name_error li",
            "#id_name[aria-invalid=true][aria-describedby='id_name_helptext id_name_error']",
            "ul.errorlist#id_slo_error",
            "#id_slo[value='200']",
        ],
    );
    let form = page.form("#component_form").set("name", "payments-api");
    let page = browser.submit(&form, ("_save", "Save")).expect(422);
    assert_eq!(page.text("p.errornote"), "Please correct the error below.");

    let mut viewer = staff(
        &database,
        &server,
        "viewer",
        &["sla.view_component", "sla.view_slawindow"],
    );
    let page = viewer.get(&url).expect(200);
    is_sound(&page);
    assert_eq!(page.text("h1"), "View component");
    assert_eq!(page.text(".form-row.field-name div.readonly"), "payments-api");
    assert_eq!(page.text(".form-row.field-windows div.readonly"), "Office");
    assert_eq!(page.text(".submit-row a.closelink"), "Back");
    lacks(
        &page,
        &[
            ".submit-row button",
            "a.deletelink",
            ".form-row input",
            ".form-row select",
        ],
    );

    let page = browser.get("/admin/auth/user/add/").expect(200);
    is_sound(&page);
    has(
        &page,
        &["form#user_form", "#id_password1[type=password]", "#id_password2"],
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn rules_are_rows_of_the_form() {
    let database = database();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let url = find(&mut browser, "/admin/sla/slawindow/", "Office");
    let page = browser.get(&url).expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "#rules-group.js-inline-admin-formset[data-inline-type=stacked]",
            "input[name=rules-TOTAL_FORMS]#id_rules-TOTAL_FORMS",
            "input[name=rules-INITIAL_FORMS][value='1']",
            "input[name=rules-MIN_NUM_FORMS][value='0']",
            "input[name=rules-MAX_NUM_FORMS]",
            "#rules-0.inline-related input[type=hidden][name=rules-0-id]",
            "#rules-0 input[type=checkbox][name=rules-0-DELETE]",
            "#rules-0 select[name=rules-0-kind] option[value=weekly][selected]",
            "#rules-0 select[name=rules-0-effect] option[value=exclude]",
            "#rules-0 [data-kinds=weekly] .field-weekdays #id_rules-0-weekdays[role=group]",
            "#rules-0 [data-kinds='weekly rrule dates'] input[name=rules-0-start_time]",
            "#rules-0 [data-kinds=once] input[name=rules-0-start_local]",
            "#rules-1.inline-related",
            "#rules-empty.empty-form[hidden] select[name=rules-__prefix__-kind][disabled]",
            "button.add-row[type=button][hidden]",
            "input#id_timezone[list=timezones]",
            "datalist#timezones option[value='Europe/Berlin']",
            "datalist#timezones option[value='UTC']",
        ],
    );
    lacks(
        &page,
        &[
            "#rules-empty input:not([disabled])",
            "#rules-empty select:not([disabled])",
            "#rules-empty textarea:not([disabled])",
            "#rules-1 [name=rules-1-DELETE]",
        ],
    );
    let formset: serde_json::Value =
        serde_json::from_str(&page.attributes("#rules-group", "data-inline-formset")[0]).expect("it is JSON");
    assert_eq!(formset["options"]["prefix"], "rules");
    assert_eq!(page.attributes("[name=rules-0-weekdays]", "value").len(), 7);
    let form = page.form("#slawindow_form");
    assert_eq!(form.values("rules-0-weekdays"), ["MO", "FR"]);
    assert_eq!(
        form.values("rules-__prefix__-kind"),
        Vec::<&str>::new(),
        "the template row is not sent"
    );

    // Blank rows do not pile up when a form comes back.
    let rows = page.texts(".inline-related:not(.empty-form)").len();
    let form = form
        .set("name", "")
        .set("rules-0-start_time", "25:00")
        .set("valid_from", "2026-02-30");
    let page = browser.submit(&form, ("_save", "Save")).expect(422);
    is_sound(&page);
    assert_eq!(page.texts(".inline-related:not(.empty-form)").len(), rows);
    has(
        &page,
        &[
            "#rules-0 .form-row.field-start_time.errors ul.errorlist#id_rules-0-start_time_error",
            "#id_rules-0-start_time[value='25:00'][aria-invalid=true]",
            "#id_valid_from[type=text][value='2026-02-30']",
        ],
    );

    let mut viewer = staff(&database, &server, "viewer", &["sla.view_slawindow"]);
    let page = viewer.get(&url).expect(200);
    is_sound(&page);
    has(&page, &["#rules-group #rules-0 .field-weekdays div.readonly"]);
    lacks(
        &page,
        &["#rules-empty", "[name=rules-TOTAL_FORMS]", "#rules-1", "#timezones"],
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn deleting_history_and_conflicts_have_their_parts() {
    let database = database();
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let url = find(&mut browser, "/admin/sla/component/", "payments-api");
    let (delete, history) = (
        url.replace("/change/", "/delete/"),
        url.replace("/change/", "/history/"),
    );

    let page = browser.get(&delete).expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "body.delete-confirmation",
            "ul#deleted-objects li",
            "ul.counts li",
            "form input[name=post][value=yes]",
            "form button[type=submit]",
            "a.closelink",
        ],
    );
    let window = find(&mut browser, "/admin/sla/slawindow/", "Office").replace("/change/", "/delete/");
    let page = browser.get(&window).expect(200);
    is_sound(&page);
    assert!(page.text("h1").starts_with("Cannot delete"), "{}", page.text("h1"));
    has(&page, &["#deleted-objects.protected li", "p.errornote"]);
    lacks(&page, &["input[name=post]", "button.danger"]);

    let stale = browser
        .get(&url)
        .expect(200)
        .form("#component_form")
        .set("description", "mine");
    let fresh = browser
        .get(&url)
        .expect(200)
        .form("#component_form")
        .set("description", "theirs");
    browser.submit(&fresh, ("_save", "Save")).expect(302);
    let page = browser.get("/admin/sla/component/").expect(200);
    is_sound(&page);
    has(&page, &["ul.messagelist > li.success a[href$='/change/']"]);
    lacks(&browser.get("/admin/sla/component/").expect(200), &["ul.messagelist"]);
    let page = browser.submit(&stale, ("_save", "Save")).expect(409);
    is_sound(&page);
    assert_eq!(page.texts("#conflict tbody th"), ["Description"]);
    assert_eq!(page.texts("#conflict tbody td"), ["-", "theirs", "mine"]);
    has(&page, &["#conflict p.errornote", "button[name=_save]"]);

    let page = browser.get(&history).expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "body.change-history",
            "#change-history table tbody tr th time[datetime$=Z]",
            "#change-history del",
            "#change-history ins",
        ],
    );
    assert_eq!(
        page.texts("ol.breadcrumbs li").last().map(String::as_str),
        Some("History")
    );
}

#[test]
fn login_own_pages_and_errors_share_the_frame() {
    let database = database();
    let server = Server::start(&database, &[]);
    add_user(&database, &staff_state("clerk", &[]), Some("correct horse battery"));
    let mut anonymous = Browser::new(&server);
    let page = anonymous.get("/admin/login/").expect(200);
    is_sound(&page);
    has(
        &page,
        &[
            "body.login",
            "form#login-form[method=post] input#id_username[name=username][required]",
            "#login-form input#id_password[name=password][type=password]",
            "#login-form input[type=hidden][name=next]",
        ],
    );
    lacks(&page, &["#user-tools", "#nav-sidebar", "ol.breadcrumbs", "#footer"]);
    let form = page
        .form("#login-form")
        .set("username", "clerk")
        .set("password", "wrong");
    let page = anonymous.submit(&form, ("", "")).expect(422);
    is_sound(&page);
    assert_eq!(page.text("title"), "Error: Log in | SLA Monitor");
    assert_eq!(page.text("h1"), "Log in");
    has(
        &page,
        &["p.errornote", "#id_username[value=clerk]", "#id_password:not([value])"],
    );

    let mut browser = superuser(&database, &server);
    for path in ["/admin/sessions/", "/admin/password_change/"] {
        is_sound(&browser.get(path).expect(200));
    }
    assert_eq!(browser.get("/admin/sessions/").texts("#sessions time").len(), 2);
    let page = browser.get("/admin/sla/component/?unheard_of=1").expect(400);
    is_sound(&page);
    has(&page, &["p.notice", "a.closelink[href='/admin/sla/component/']"]);
    is_sound(&browser.get("/admin/nothing/here/").expect(404));
    let mut viewer = staff(&database, &server, "viewer", &["sla.view_component"]);
    is_sound(&viewer.get("/admin/sla/label/").expect(403));
    // Outside of the admin no user is known, and the look is the same.
    let page = viewer.get("/nothing/").expect(404);
    is_sound(&page);
    let inside = viewer.get("/admin/").expect(200);
    assert_eq!(
        page.attributes("link[rel=stylesheet]", "href"),
        inside.attributes("link[rel=stylesheet]", "href")
    );
    // The last thing said is that one is out.
    let out = browser.get("/admin/").form("#logout-form");
    let page = browser.submit(&out, ("", "")).expect(200);
    is_sound(&page);
    lacks(&page, &["#user-tools"]);
}

#[test]
fn whatever_a_name_holds_stays_text() {
    let database = Database::sqlite();
    let name = "x\"><script>alert(1)</script>'&amp; عربي";
    apply(
        &database,
        &format!(
            "components:\n  - {{name: evil, display_name: {}}}\n",
            serde_json::json!(name)
        ),
    );
    let server = Server::start(&database, &[]);
    let mut browser = superuser(&database, &server);
    let list = browser.get("/admin/sla/component/").expect(200);
    is_sound(&list);
    assert_eq!(list.texts("td.field-display_name"), [name]);
    let url = find(&mut browser, "/admin/sla/component/", "evil");
    let page = browser.get(&url).expect(200);
    is_sound(&page);
    assert_eq!(page.attributes("#id_display_name", "value"), [name]);
    assert_eq!(page.attributes("#id_display_name", "dir"), ["auto"]);
}
