//! Accessibility: axe-core finds nothing on any page, in light and in dark, wide and narrow, with scripts and without.

use serde_json::{Value, json};

use crate::chromium::SOME;
use crate::support::database::Database;
use crate::support::people::{add_user, at_admin, staff_state, superuser};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

/// axe-core, version 4.14.1.
const AXE: &str = include_str!("../../vendor/axe-core-4.14.1/axe.min.js");

/// Looks at the page and names each element that breaks a rule, and the rule.
const LOOK: &str = r"
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const values = arguments[0];
    const asked = values.length ? { type: 'rule', values } : { type: 'tag', values: tags };
    const rules = values.length ? {} : { 'target-size': { enabled: true } };
    axe.run(document, { runOnly: asked, rules, resultTypes: ['violations'] }).then(
      (found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`))),
      (error) => done([`axe: ${error}`]));
";
/// Rules about colours; the others hold in the dark if they hold in the light.
const COLOURS: &[&str] = &["color-contrast", "link-in-text-block"];
/// Rules about colours and sizes; the others hold for a narrow window if they hold for a wide one.
const SIZES: &[&str] = &[
    "color-contrast",
    "link-in-text-block",
    "target-size",
    "scrollable-region-focusable",
    "meta-viewport",
];

/// How a page is looked at: the size of the window, the colours, and the rules; all rules if there are none.
type Look = ((u32, u32), &'static str, &'static [&'static str]);

/// With scripts, the colours of both schemes in a wide window, and the dark ones in a narrow one.
const WITH_SCRIPTS: &[Look] = &[
    ((1280, 900), "light", &[]),
    ((1280, 900), "dark", COLOURS),
    ((360, 740), "dark", SIZES),
];
/// Without scripts, what the looks above leave out.
const WITHOUT_SCRIPTS: &[Look] = &[((1280, 900), "dark", &[]), ((360, 740), "light", SIZES)];

/// A page, and how to get there.
struct Stop {
    name: String,
    reach: Box<dyn Fn(&Chromium)>,
}

fn at(path: &str) -> Stop {
    let path = path.to_owned();
    Stop {
        name: path.clone(),
        reach: Box::new(move |chromium| chromium.go(&path)),
    }
}

fn by(name: &str, reach: impl Fn(&Chromium) + 'static) -> Stop {
    Stop {
        name: name.to_owned(),
        reach: Box::new(reach),
    }
}

/// What axe has to say about the page as it stands, and whether it scrolls sideways.
fn complaints(chromium: &Chromium, name: &str, looks: &[Look]) -> Vec<String> {
    let mut all = Vec::new();
    chromium.run(AXE, &[]);
    for &((width, height), scheme, rules) in looks {
        chromium.resize(width, height);
        chromium.prefer(scheme);
        // As tall as the page: what a sticky bar covers at one position of the page is in sight at another.
        let page = chromium.run("return document.documentElement.scrollHeight;", &[]);
        let page = page
            .as_u64()
            .and_then(|page| u32::try_from(page).ok())
            .expect("a height");
        chromium.resize(width, height.max(page));
        let found = chromium.run_until_done(LOOK, &[json!(rules)]);
        let found = found.as_array().cloned().unwrap_or_else(|| vec![found]);
        all.extend(found.iter().map(|text| format!("{name} at {width}, {scheme}: {text}")));
        let overflow = chromium.run(SIDEWAYS, &[json!(width)]);
        if overflow != Value::Null {
            all.push(format!("{name} scrolls sideways at {width}: {overflow}"));
        }
    }
    chromium.resize(1280, 900);
    all
}

/// The elements that stand out of a page that is too wide.
pub const SIDEWAYS: &str = r"
    const width = arguments[0];
    if (document.documentElement.scrollWidth <= width) return null;
    const inBox = (one) => { for (let box = one.parentElement; box; box = box.parentElement) if (getComputedStyle(box).overflowX !== 'visible') return true; return false; };
    const out = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > width + 1 && !inBox(one));
    return `${document.documentElement.scrollWidth}: ${out.slice(0, 5).map((one) => one.outerHTML.slice(0, 120)).join(' | ')}`;
";

fn walk(chromium: &Chromium, stops: &[Stop], looks: &[Look]) -> Vec<String> {
    let mut all = Vec::new();
    for stop in stops {
        (stop.reach)(chromium);
        all.extend(complaints(chromium, &stop.name, looks));
    }
    all
}

/// Pages that are reached by their address alone.
const PATHS: [&str; 79] = [
    "/admin/",
    "/admin/sla/upcoming/",
    "/admin/sla/component/?day=2026-12-25&covered=none&zone=Europe/Berlin",
    "/admin/sla/",
    "/admin/sla/report/",
    "/admin/sla/report/?period=quarter&at=2026-10-01&group=team&definitions=now&sort=-down",
    "/admin/sla/report/?component=api&definitions=now",
    "/admin/sla/report/?match=team",
    "/admin/sla/component/",
    "/admin/sla/component/?enabled__exact=1&_facets=True&q=api&o=-name.enabled",
    "/admin/sla/component/?q=nothing-is-called-so",
    "/admin/sla/component/add/",
    "/admin/sla/component/1/change/",
    "/admin/sla/component/1/view/",
    "/admin/sla/component/1/except/",
    "/admin/sla/component/5/view/",
    "/admin/sla/component/3/explain/?at=2990-12-25T10:00:00Z",
    "/admin/sla/component/1/explain/?date=2026-10-25&time=02:30&zone=Europe/Berlin",
    "/admin/sla/component/1/history/",
    "/admin/sla/component/1/delete/",
    "/admin/sla/component/import/",
    "/admin/sla/component/export/",
    "/admin/sla/component/views/",
    "/admin/sla/component/?_columns=name,slo,state&created_at__gte=2020-01-01&labels__id__exact=1",
    "/admin/sla/label/",
    "/admin/sla/label/add/",
    "/admin/sla/label/1/change/",
    "/admin/sla/label/1/delete/",
    "/admin/sla/slawindow/",
    "/admin/sla/slawindow/add/",
    "/admin/sla/slawindow/1/change/",
    "/admin/sla/slawindow/1/view/",
    "/admin/sla/slawindow/1/except/",
    "/admin/sla/slawindow/1/history/",
    "/admin/sla/slawindow/1/delete/",
    "/admin/sla/calendar/",
    "/admin/sla/calendar/add/",
    "/admin/sla/calendar/1/change/",
    "/admin/sla/calendar/1/view/",
    "/admin/sla/calendar/1/view/?year=2990",
    "/admin/sla/indicator/",
    "/admin/sla/indicator/add/",
    "/admin/sla/indicator/1/change/",
    "/admin/sla/indicator/1/try/",
    "/admin/sla/indicator/1/try/?component=nothing-is-called-so",
    "/admin/sla/closedreport/",
    "/admin/sla/correction/",
    "/admin/sla/correction/add/",
    "/admin/sla/timeline/",
    "/admin/sla/timeline/?at=2990-12-24&scale=2weeks&group=team&zone=Europe/Berlin",
    "/admin/sla/timeline/?of=windows&scale=quarter",
    "/admin/sla/timeline/?scale=day&q=nothing-is-called-so",
    "/admin/auth/user/",
    "/admin/auth/user/add/",
    "/admin/auth/user/1/change/",
    "/admin/auth/user/1/password/",
    "/admin/auth/user/1/history/",
    "/admin/auth/user/2/delete/",
    "/admin/auth/group/",
    "/admin/auth/group/?q=none",
    "/admin/auth/group/add/",
    "/admin/auth/user/?is_staff__exact=1",
    "/admin/audit/logentry/",
    "/admin/audit/logentry/export/",
    "/admin/audit/logentry/?action_time__gte=2020-01-01",
    "/admin/audit/logentry/1/change/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    "/admin/sessions/",
    "/admin/tokens/",
    "/admin/auth/token/",
    "/admin/auth/token/1/change/",
    "/admin/timezone/",
    "/admin/search/",
    "/admin/search/?q=api",
    "/admin/search/?q=nothing-is-called-so",
    "/admin/nothing/",
    "/admin/sla/component/?nonsense=1",
    "/admin/sla/component/999/history/",
];

/// Returns pages that a superuser reaches by an action.
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn done_stops(database: &Database, server: &Server) -> Vec<Stop> {
    let url = database.url.clone();
    let mut stops = vec![
        by("a form with errors", |chromium| {
            chromium.go("/admin/sla/slawindow/add/");
            chromium.run("document.querySelector('#id_rules-0-start_time').value = 'noon';", &[]);
            chromium.click("button[name=_save]");
            chromium.see(".errornote");
        }),
        by("a form that another user has saved meanwhile", move |chromium| {
            chromium.go("/admin/sla/label/1/change/");
            chromium.fill("#id_description", "mine");
            let version = chromium.run(
                "const v = document.querySelector('[name=_version]'); return v.value = String(v.value - 1);",
                &[],
            );
            assert_ne!(version, Value::Null, "{url}");
            chromium.click("button[name=_save]");
            chromium.see("#conflict");
        }),
        by("several to be deleted", |chromium| {
            chromium.go("/admin/sla/component/");
            chromium.click("#result_list tbody tr:nth-child(1) .action-select");
            chromium.choose("select[name=action]", "Delete selected components");
            chromium.click(".actions button[name=index]");
            chromium.see("#delete-form");
        }),
        by("several to be changed", |chromium| {
            chromium.go("/admin/sla/component/");
            chromium.click("#result_list tbody tr:nth-child(1) .action-select");
            chromium.click("#result_list tbody tr:nth-child(2) .action-select");
            chromium.choose("select[name=action]", "Change selected components");
            chromium.click(".actions button[name=index]");
            chromium.see("#bulk-form");
        }),
        by("what would change in several", |chromium| {
            chromium.choose("#id__do_description", "Set to");
            chromium.fill("#id_description", "the same for both");
            chromium.click("#bulk-form button[name=_preview]");
            chromium.see("#bulk-preview");
        }),
        by("filters that are open", |chromium| {
            chromium.go("/admin/sla/component/");
            chromium.click("#filters-toggle summary");
            chromium.run("document.querySelector('#more-filters').open = true;", &[]);
        }),
        by("views of a list", |chromium| {
            chromium.go("/admin/sla/component/?enabled__exact=1");
            chromium.click("#views-menu summary");
            chromium.fill("#id_view_name", "Switched on");
            chromium.click("#save-view-form button");
            chromium.see("nav.views [aria-current=page]");
        }),
        at("/admin/sla/component/views/"),
        by("an import with errors", |chromium| {
            chromium.go("/admin/sla/label/import/");
            chromium.fill("#id_text", "name,value\ntier,gold\n,silver");
            chromium.click("#import-form button[type=submit]");
            chromium.see("#import-preview");
        }),
        by("a message", |chromium| {
            chromium.go("/admin/sla/component/999/change/");
            chromium.see(".messagelist");
        }),
    ];
    let url = database.url.clone();
    stops.push(by("a zone that is none", |chromium| {
        chromium.go("/admin/timezone/");
        chromium.fill("#id_timezone", "Mars/Olympus");
        chromium.click("#timezone-form button[name=_save]");
        chromium.see(".errornote");
    }));
    stops.push(by("a form of an earlier login", move |chromium| {
        chromium.go("/admin/sla/label/add/");
        let script = "const token = document.querySelector('main [name=csrfmiddlewaretoken]'); return token.value = 'a'.repeat(64);";
        assert_ne!(chromium.run(script, &[]), Value::Null, "{url}");
        chromium.click("#label_form button[name=_save]");
        chromium.see(".errornote");
    }));
    stops.push(by("an action of an earlier login", |chromium| {
        chromium.go("/admin/sessions/");
        let script = "const form = document.querySelector('main').appendChild(document.createElement('form'));
            form.method = 'post';
            form.innerHTML = `<input type=hidden name=csrfmiddlewaretoken value=${'a'.repeat(64)}><input type=hidden name=session value=x>`;
            HTMLFormElement.prototype.submit.call(form);";
        chromium.run(script, &[]);
        chromium.see("#resend-form");
    }));
    let powerless = add_user(database, &staff_state("powerless", &[]), None);
    let powerless = at_admin(database, server, powerless);
    let token = powerless.cookie("sessionid").expect("the user is logged in").to_owned();
    stops.push(by("no permission", move |chromium| {
        chromium.set_session(&token);
        chromium.go("/admin/sla/component/");
        assert_eq!(chromium.text("h1"), "No permission");
    }));
    stops.push(by("a start page with nothing on it", |chromium| chromium.go("/admin/")));
    stops.push(by("the login", |chromium| {
        chromium.set_session("");
        chromium.go("/admin/login/");
    }));
    stops.push(by("a login that failed", |chromium| {
        chromium.fill("#id_username", "powerless");
        chromium.fill("#id_password", "wrong");
        chromium.click("#login-form button");
        chromium.see(".errornote");
    }));
    stops.push(by("a form that came without a session", |chromium| {
        let script = "const form = document.body.appendChild(document.createElement('form'));
            form.method = 'post';
            form.action = '/admin/sla/label/add/';
            const token = document.querySelector('[name=csrfmiddlewaretoken]').value;
            form.innerHTML = `<input type=hidden name=csrfmiddlewaretoken value=${token}><input type=hidden name=name value=${'x'.repeat(arguments[0])}>`;
            HTMLFormElement.prototype.submit.call(form);";
        chromium.go("/admin/login/");
        chromium.run(script, &[json!(10)]);
        chromium.see("#login-kept");
    }));
    stops.push(by("a form that is too large to be kept", |chromium| {
        let script = "const form = document.body.appendChild(document.createElement('form'));
            form.method = 'post';
            form.action = '/admin/sla/label/add/';
            form.innerHTML = `<input type=hidden name=name value=${'x'.repeat(20000)}>`;
            HTMLFormElement.prototype.submit.call(form);";
        chromium.go("/admin/login/");
        chromium.run(script, &[]);
        chromium.see(".not-kept");
    }));
    let too_many = format!("/admin/?{}", "&".repeat(300));
    stops.push(at(&too_many));
    stops
}

fn check(scripts: bool) {
    let looks = if scripts { WITH_SCRIPTS } else { WITHOUT_SCRIPTS };
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let browser = superuser(&database, &server);
    let mut chromium = Chromium::open(&server).signed_in_as(&browser).expecting_refusals();
    let empty = [
        at("/admin/"),
        at("/admin/sla/component/"),
        at("/admin/sla/component/add/"),
    ];
    let mut found = walk(&chromium, &empty, looks);
    apply(&database, SOME);
    run_on(
        &database,
        &["createtoken", "root", "--name", "ci", "--scope", "read,apply"],
    )
    .ok();
    // The start page lists what has ended.
    apply(
        &database,
        "windows: [{name: a-window-with-a-name-that-is-so-long-that-no-line-of-any-page-was-ever-made-for-it, timezone: UTC, \
         valid_until: 2020-01-01, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}, \
         {name: שעות, timezone: UTC, valid_until: 2020-01-01, rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]\n\
         indicators: [{name: probe, source: main, expression: up, selector: '{}'}]",
    );
    chromium.block_scripts(!scripts);
    let mut stops: Vec<Stop> = PATHS.iter().map(|path| at(path)).collect();
    stops.extend(done_stops(&database, &server));
    if scripts {
        let open = |name: &str, keys: &'static [&'static str], there: &'static str| {
            by(name, move |chromium| {
                chromium.go("/admin/sla/component/");
                chromium.press(keys);
                chromium.wait(there);
            })
        };
        let help = open("the keys", &["?"], "document.querySelector('#keyboard-help').open");
        let palette = open(
            "the palette",
            &[keys::CONTROL, "k", "a"],
            "document.querySelector('#palette-results').dataset.query === 'a'",
        );
        let row = open(
            "a row by keyboard",
            &["j", "j", "x"],
            "document.querySelector('#result_list tr :focus')",
        );
        let dialog = by("a label in a dialog", |chromium| {
            chromium.go("/admin/sla/component/add/");
            chromium.click("#add_id_labels");
            chromium.wait("document.querySelector('dialog.related-dialog').open");
        });
        stops.splice(0..0, [help, palette, row, dialog]);
    }
    found.extend(walk(&chromium, &stops, looks));
    assert!(found.is_empty(), "{} things:\n{}", found.len(), found.join("\n"));
}

#[test]
fn pages_with_scripts_break_no_rule() {
    check(true);
}

#[test]
fn pages_without_scripts_break_no_rule() {
    check(false);
}
