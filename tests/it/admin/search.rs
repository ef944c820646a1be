//! What a search finds, the same on both databases.

use crate::support::browser::{Browser, percent};
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;

#[track_caller]
fn check(browser: &mut Browser, search: &str, expected: &[&str]) {
    let page = browser
        .get(&format!("/admin/sla/component/?q={}", percent(search)))
        .expect(200);
    assert_eq!(page.texts("#result_list td.field-name"), expected, "{search}");
    let shown = page.texts("#changelist-search .quiet");
    match search.trim() {
        "" => assert!(shown.is_empty(), "{shown:?}"),
        _ => assert!(shown[0].starts_with(&format!("{} result", expected.len())), "{shown:?}"),
    }
    assert_eq!(page.attributes("#searchbar", "value"), [search.trim()]);
}

#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn searches_find_words_and_phrases(database: &Database) {
    apply(
        database,
        r#"
components:
  - {name: a, display_name: Ärzte & Söhne, description: "front desk of the clinic"}
  - {name: b, display_name: ärzte, description: "desk front"}
  - {name: c, display_name: "100% sure", description: "it's under_score [x] *star* back\\slash"}
  - {name: d-Payments, description: "said \"hello world\" ^caret$ (paren) a.b"}
"#,
    );
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    check(browser, "", &["a", "b", "c", "d-Payments"]);
    check(browser, "ärzte", &["a", "b"]);
    check(browser, "ÄRZTE", &["a", "b"]);
    check(browser, "sÖHNE", &["a"]);
    check(browser, "PAYMENTS", &["d-Payments"]);
    // Every word must be found, in whichever field.
    check(browser, "front desk", &["a", "b"]);
    check(browser, "clinic ärzte", &["a"]);
    check(browser, "clinic payments", &[]);
    check(browser, "\"front desk\"", &["a"]);
    check(browser, "'desk front'", &["b"]);
    check(browser, r#""said \"hello""#, &["d-Payments"]);
    // Characters that patterns use stand for themselves.
    check(browser, "%", &["c"]);
    check(browser, "100%", &["c"]);
    check(browser, "under_score", &["c"]);
    check(browser, "underXscore", &[]);
    check(browser, "[x]", &["c"]);
    check(browser, "*star*", &["c"]);
    check(browser, "st?r", &[]);
    check(browser, r"back\slash", &["c"]);
    check(browser, "^caret$", &["d-Payments"]);
    check(browser, "(paren)", &["d-Payments"]);
    check(browser, "a.b", &["d-Payments"]);
    check(browser, "]", &["c"]);
    check(browser, "-", &["d-Payments"]);
    // A quote that none closes is a character.
    check(browser, "it's", &["c"]);
    check(browser, "'hello", &[]);
    check(browser, "\"hello", &["d-Payments"]);

    let page = browser.get("/admin/sla/component/?q=a%00b").expect(400);
    assert!(page.html().contains("“q”"), "the parameter is named");
    assert_eq!(page.attributes("#content a, main a", "href").len(), 1);
    browser
        .get(&format!("/admin/sla/component/?q={}", "x".repeat(201)))
        .expect(400);
    browser
        .get(&format!("/admin/sla/component/?q={}", "x+".repeat(21)))
        .expect(400);

    // The search keeps what else was chosen, but for the page.
    let page = browser
        .get("/admin/sla/component/?q=desk&o=-name&enabled__exact=1&p=1&_facets=True")
        .expect(200);
    let form = page.form("#changelist-search");
    assert_eq!(form.values("o"), ["-name"]);
    assert_eq!(form.values("enabled__exact"), ["1"]);
    assert_eq!(form.values("_facets"), ["True"]);
    assert_eq!(form.values("q"), ["desk"]);
    assert!(form.values("p").is_empty());
    assert_eq!(page.texts("#result_list td.field-name"), ["b", "a"]);

    // Lists that are kept in memory, and the audit log, search alike.
    let page = browser.get("/admin/audit/logentry/?q=D-payMENTS").expect(200);
    assert_eq!(page.texts("#result_list td.field-object").len(), 1);
    let page = browser.get("/admin/auth/user/?q=ROO").expect(200);
    assert_eq!(page.texts("#result_list td.field-username"), ["root"]);
    browser.get("/admin/auth/user/?q=%25").expect(200);
}

/// Capitals and accents make no difference, in whichever list, and neither does which of the two the program asks: the database or itself.
fn accents_make_no_difference(database: &Database) {
    apply(
        database,
        r#"
labels:
  - {name: city, value: Düsseldorf}
components:
  - {name: a, display_name: "Crème Brûlée"}
  - {name: b, display_name: "Große Straße", labels: {city: Düsseldorf}}
  - {name: c, display_name: "Ｗｉｄｅ ﬁle Σίσυφος"}
  - {name: d, display_name: "Żółć m̂x"}
  - {name: e, display_name: "مُحَمَّد हिंदी"}
  - {name: "Straßenamt ${x} 50％"}
"#,
    );
    let server = Server::start(database, &[]);
    let browser = &mut superuser(database, &server);
    let street = "Straßenamt ${x} 50％";
    check(browser, "creme BRULEE", &["a"]);
    check(browser, "crémé", &["a"]);
    check(browser, "strasse", &["b", street]);
    check(browser, "GROSSE straße", &["b"]);
    check(browser, "wide FILE", &["c"]);
    check(browser, "σισυφοσ", &["c"]);
    check(browser, "zoł", &["d"]);
    check(browser, "zol", &[]);
    check(browser, "mx", &["d"]);
    check(browser, "m̂x", &["d"]);
    check(browser, "محمد", &["e"]);
    check(browser, "हिंदी", &["e"]);
    check(browser, "हदी", &[]);
    check(browser, "50%", &[street]);
    let check_list = |browser: &mut Browser, address: &str, rows: usize| {
        let page = browser.get(address).expect(200);
        assert_eq!(page.texts("#result_list tbody tr").len(), rows, "{address}");
    };
    check_list(browser, "/admin/audit/logentry/?q=strassenamt", 1);
    check_list(browser, "/admin/audit/logentry/?q=STRASSENAMT+%24%7BX%7D+50%25", 1);
    check_list(browser, "/admin/sla/label/?q=dusseldorf", 1);
    check_list(browser, "/admin/sla/label/?q=city%3DDUSS", 1);
    let found = browser.get("/admin/autocomplete/?app_label=sla&model_name=component&field_name=labels&term=dusse");
    assert!(found.expect(200).html().contains("city=Düsseldorf"));
}

on_both_databases!(searches_find_words_and_phrases, accents_make_no_difference);
