//! Thousands of requests that no page of ours would make, from fixed seeds: each gets an answer, and none says that it is our fault.

use std::fmt::Write;

use crate::support::browser::percent;
use crate::support::client::get;
use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{add_user, at_admin, staff_state, superuser_state};
use crate::support::program::{apply, run_on};
use crate::support::server::Server;

const SOME: &str = "
calendars: [{name: Holidays, rules: [{type: dates, dates: ['2990-12-25'], start: '00:00', duration_s: 60}]}]
windows: [{name: Office, timezone: Europe/Berlin, calendars: [Holidays], rules: [{type: weekly, days: [MO], start: '09:00', duration_s: 3600}]}]
components: [{name: shop-api, labels: {team: shop}, windows: [Office]}, {name: shop-web, labels: {team: shop}}]
";

/// Requests of each seed.
const REQUESTS: usize = 600;
/// One browser each.
const SEEDS: [u64; 4] = [1, 22, 333, 4_444];

/// SplitMix64: the same numbers for the same seed, on every machine.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % (limit as u64)).expect("it is below a usize")
    }

    fn one_of<'a>(&mut self, items: &[&'a str]) -> &'a str {
        items[self.below(items.len())]
    }
}

const MODELS: [&str; 10] = [
    "sla/component",
    "sla/label",
    "sla/slawindow",
    "sla/calendar",
    "sla/indicator",
    "sla/correction",
    "sla/closedreport",
    "auth/user",
    "auth/group",
    "audit/logentry",
];

const NAMES: [&str; 54] = [
    "q",
    "o",
    "p",
    "all",
    "_facets",
    "enabled__exact",
    "labels__id__exact",
    "windows__id__exact",
    "groups__id__exact",
    "is_staff__exact",
    "user__id__exact",
    "action_flag__exact",
    "content_type",
    "timezone",
    "name",
    "created_at__year",
    "created_at__month",
    "created_at__day",
    "action_time__year",
    "action_time__month",
    "_changelist_filters",
    "restore",
    "term",
    "app_label",
    "model_name",
    "field_name",
    "page",
    "_to_field",
    "_popup",
    "e",
    "next",
    "display_name",
    "description",
    "enabled",
    "slo",
    "labels",
    "windows",
    "calendars",
    "value",
    "valid_from",
    "valid_until",
    "username",
    "first_name",
    "email",
    "is_active",
    "is_staff",
    "groups",
    "user_permissions",
    "permissions",
    "_version",
    "id",
    "password__startswith",
    "owner__password",
    "created_at",
];

const ROW: [&str; 16] = [
    "id",
    "DELETE",
    "effect",
    "kind",
    "weekdays",
    "start_time",
    "end_time",
    "end_day_offset",
    "duration_mode",
    "rrule",
    "anchor_date",
    "dates",
    "start_local",
    "end_local",
    "note",
    "_version",
];

const VALUES: [&str; 76] = [
    "",
    " ",
    "0",
    "1",
    "2",
    "3",
    "-1",
    "+1",
    "1.5",
    "1e9",
    "NaN",
    "99999",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "340282366920938463463374607431768211456",
    "on",
    "true",
    "False",
    "null",
    "\0",
    "a\0b",
    "\u{1}\u{7f}\u{85}",
    "\u{202e}lefthgir",
    "\u{feff}",
    "\u{fffd}",
    "💩👩‍👩‍👧",
    "Ä",
    "ß",
    "İ",
    "%",
    "_",
    "\\",
    "'",
    "\"",
    "<script>alert(1)</script>",
    "</textarea>",
    "'; DROP TABLE component; --",
    "{{ 7 }}",
    "../../etc/passwd",
    "\r\nset-cookie: x=y",
    "name",
    "-name",
    "name.-enabled",
    "1.-2",
    "sla",
    "component",
    "slawindow",
    "windows",
    "sla.component",
    "sla.view_label",
    "shop-api",
    "shop-web",
    "Office",
    "Holidays",
    "team",
    "weekly",
    "rrule",
    "dates",
    "once",
    "include",
    "exclude",
    "wall",
    "elapsed",
    "MO",
    "09:00",
    "24:00",
    "2026-02-30",
    "2026-12-24",
    "9999-12-31",
    "2990-01-01T00:00",
    "FREQ=DAILY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
    "Europe/Berlin",
    "99.9",
];

fn value(numbers: &mut Numbers) -> String {
    match numbers.below(80) {
        0 => "x".repeat(10_000),
        1 => "é\n".repeat(3_000),
        2 => "2030-01-01 x\n".repeat(1_200),
        3 => char::from_u32(u32::try_from(numbers.below(0x11_0000)).unwrap_or(0))
            .map(String::from)
            .unwrap_or_default(),
        4 => format!("{}{}", numbers.one_of(&VALUES), numbers.one_of(&VALUES)),
        5 => numbers.next().to_string(),
        _ => numbers.one_of(&VALUES).to_owned(),
    }
}

fn put(body: &mut String, name: &str, value: &str) {
    let between = if body.is_empty() { "" } else { "&" };
    write!(body, "{between}{}={}", percent(name), percent(value)).expect("a text takes all");
}

fn query(numbers: &mut Numbers) -> String {
    let mut query = String::new();
    for _ in 0..numbers.below(5) {
        match numbers.below(12) {
            0 => query
                .push_str(numbers.one_of(&["&", "=", "%", "%zz", "%00", "&&q", "%f0%28", "?", "q=+", "[]=1", "+=+"])),
            1 => put(&mut query, &value(numbers), &value(numbers)),
            _ => put(&mut query, numbers.one_of(&NAMES), &value(numbers)),
        }
    }
    query
}

/// A path and its query.
fn address(numbers: &mut Numbers) -> String {
    let id = match numbers.below(4) {
        0 => percent(&value(numbers)),
        1 => "2".to_owned(),
        _ => "1".to_owned(),
    };
    let id = id.chars().take(300).collect::<String>();
    let model = numbers.one_of(&MODELS);
    let path = match numbers.below(12) {
        0 => String::new(),
        1 => "autocomplete/".to_owned(),
        2 => format!("{model}/{}/", ["add", "export", "import"][numbers.below(3)]),
        3..=5 => format!("{model}/{id}/change/"),
        6 => format!("{model}/{id}/history/"),
        7 => format!("{model}/{id}/delete/"),
        8 => format!("{id}/"),
        _ => format!("{model}/"),
    };
    let mut query = query(numbers);
    if path.starts_with("autocomplete") && numbers.below(2) == 0 {
        put(&mut query, "app_label", "sla");
        put(&mut query, "model_name", numbers.one_of(&["component", "slawindow"]));
        put(
            &mut query,
            "field_name",
            numbers.one_of(&["windows", "calendars", "labels"]),
        );
    }
    // No client sends a longer line.
    query.truncate(query.char_indices().nth(30_000).map_or(query.len(), |(place, _)| place));
    format!("/admin/{path}{}{query}", if query.is_empty() { "" } else { "?" })
}

/// A form of rubbish for one of the pages that take one.
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn form(numbers: &mut Numbers) -> (String, String) {
    let (model, prefix, fields): (&str, &str, &[&str]) = match numbers.below(9) {
        0 | 1 => (
            "sla/component",
            "",
            &[
                "name",
                "display_name",
                "description",
                "enabled",
                "slo",
                "labels",
                "windows",
                "calendars",
            ],
        ),
        2 => ("sla/label", "", &["name", "value", "description"]),
        3 | 4 => (
            "sla/slawindow",
            "rules",
            &[
                "name",
                "description",
                "timezone",
                "valid_from",
                "valid_until",
                "enabled",
                "calendars",
            ],
        ),
        5 => ("sla/calendar", "rules", &["name", "description", "timezone", "enabled"]),
        6 => (
            "auth/user",
            "",
            &[
                "username",
                "first_name",
                "last_name",
                "email",
                "is_active",
                "is_staff",
                "groups",
                "user_permissions",
                "timezone",
                "password1",
            ],
        ),
        7 => ("auth/group", "", &["name", "permissions"]),
        _ => (
            "sla/component",
            "form",
            &["action", "_selected_action", "select_across", "index", "post"],
        ),
    };
    // Only the second user, so that the first one stays who they are.
    let id = if model == "auth/user" {
        "2"
    } else {
        numbers.one_of(&["1", "1", "2", "999"])
    };
    let path = match (prefix, numbers.below(3)) {
        ("form", _) => format!("/admin/{model}/"),
        (_, 0) => format!("/admin/{model}/add/"),
        _ => format!("/admin/{model}/{id}/change/"),
    };
    let mut body = String::new();
    for field in fields {
        for _ in 0..numbers.one_of(&["0", "1", "1", "1", "1", "2"]).parse().unwrap_or(1) {
            put(&mut body, field, &value(numbers));
        }
    }
    put(
        &mut body,
        "_version",
        numbers.one_of(&["1", "1", "1", "2", "3", "", "x"]),
    );
    if prefix == "form" && numbers.below(2) == 0 {
        put(
            &mut body,
            "action",
            numbers.one_of(&["disable_selected", "enable_selected", "delete_selected", "x"]),
        );
    }
    if !prefix.is_empty() {
        let total = numbers.below(5);
        for name in ["TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"] {
            let said = match numbers.below(8) {
                0 => value(numbers),
                1 => numbers
                    .one_of(&["-1", "1000", "1001", "4294967296", "18446744073709551615"])
                    .to_owned(),
                _ => total.to_string(),
            };
            put(&mut body, &format!("{prefix}-{name}"), &said);
        }
        for row in 0..total {
            for field in ROW {
                if numbers.below(3) > 0 {
                    put(&mut body, &format!("{prefix}-{row}-{field}"), &value(numbers));
                }
            }
            if numbers.below(2) == 0 {
                put(
                    &mut body,
                    &format!("{prefix}-{row}-kind"),
                    numbers.one_of(&["weekly", "rrule", "dates", "once"]),
                );
                put(&mut body, &format!("{prefix}-{row}-id"), "");
            }
        }
        put(&mut body, &format!("{prefix}-99999999999999999999-note"), "x");
    }
    let button = numbers.one_of(&["_save", "_continue", "_addanother", "_saveasnew", "_preview", "x"]);
    put(&mut body, button, "");
    for _ in 0..numbers.below(3) {
        put(&mut body, numbers.one_of(&NAMES), &value(numbers));
    }
    (path, body)
}

fn rubbish_is_answered(database: &Database) {
    apply(database, SOME);
    let server = Server::start(database, &[]);
    let root = add_user(database, &superuser_state("root"), None);
    add_user(database, &staff_state("bob", &["sla.view_label"]), None);
    let ask = |seed: u64| {
        let mut numbers = Numbers(seed);
        let mut browser = at_admin(database, &server, root);
        let mut seen = [0_usize; 6];
        for number in 0..REQUESTS {
            let (path, body) = if number % 2 == 0 {
                (address(&mut numbers), None)
            } else {
                let (path, mut body) = form(&mut numbers);
                let token = browser.cookie("csrftoken").expect("there is a token").to_owned();
                put(&mut body, "csrfmiddlewaretoken", &token);
                (path, Some(body))
            };
            let method = if body.is_some() { "POST" } else { "GET" };
            let page = browser.send(method, &path, body.as_deref());
            let shown: String = body.unwrap_or_default().chars().take(4_000).collect();
            assert!(
                page.status() < 500,
                "seed {seed}, {number}: {method} {path} {shown} gave {}",
                page.status()
            );
            seen[usize::from(page.status() / 100)] += 1;
        }
        seen
    };
    let seen: Vec<[usize; 6]> = std::thread::scope(|scope| {
        let ask = &ask;
        let asking: Vec<_> = SEEDS.map(|seed| scope.spawn(move || ask(seed))).into_iter().collect();
        asking
            .into_iter()
            .map(|asking| asking.join().expect("every request is answered"))
            .collect()
    });
    for (seed, seen) in SEEDS.iter().zip(seen) {
        assert!(
            seen[2] > 50 && seen[3] > 50 && seen[4] > 50,
            "seed {seed} meets all kinds of answers: {seen:?}"
        );
    }
    // And nothing that was stored on the way is more than the rest of the program can read.
    run_on(database, &["export"]).ok();
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 200);
}

on_both_databases!(rubbish_is_answered);
