//! Ten questions, each answered in at most three clicks from the start page; what is typed is no click.

use std::cell::Cell;

use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::program::apply;
use crate::support::server::Server;
use crate::support::webdriver::{Chromium, keys};

/// Components of two teams; a calendar whose dates have run out; hours in the night of clock changes; hours that are long over.
const HOURS: &str = "
calendars:
- {name: Holidays DE, rules: [{type: dates, dates: ['2992-12-25'], start: '00:00', duration_s: 86400, note: Christmas}]}
- {name: Old holidays, rules: [{type: dates, dates: ['2020-12-25'], start: '00:00', duration_s: 86400}]}
windows:
- name: Business hours
  timezone: Europe/Berlin
  calendars: [Holidays DE]
  rules:
  - {type: weekly, days: [MO, TU, WE, TH], start: '08:00', duration_s: 36000}
  - {type: weekly, days: [FR], start: '08:00', duration_s: 36000}
- {name: Around the clock, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR, SA, SU], start: '00:00', duration_s: 86400}]}
- {name: Night run, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '01:00', duration_s: 3600}]}
- {name: Launch, timezone: UTC, rules: [{type: once, start_local: '2020-01-01T00:00', end_local: '2020-01-02T00:00'}]}
components:
- {name: payments-api, labels: {team: payments}, windows: [Business hours]}
- {name: payments-ledger, labels: {team: payments}, windows: [Business hours], calendars: [Old holidays]}
- {name: payments-night, labels: {team: payments}, windows: [Night run]}
- {name: shop, labels: {team: shop}, windows: [Around the clock]}
- {name: launch, labels: {team: shop}, windows: [Launch]}
";

/// A window with one rule for several days.
const OFFICE: &str = "
windows: [{name: Office hours, timezone: UTC, rules: [{type: weekly, days: [MO, TU, WE, TH, FR], start: '08:00', duration_s: 36000}]}]
components: [{name: office-door, windows: [Office hours]}]
";

/// The value of the filter by the hours of a day that finds components without service.
const NOT_AT_ALL: &str = "#filter-form [data-filter-title='Hours of a day'] li:last-child button";

/// A user who starts at the start page, and how often they clicked.
struct Walk {
    chromium: Chromium,
    clicks: Cell<usize>,
    _server: Server,
}

impl Walk {
    fn start(database: &Database) -> Self {
        apply(database, HOURS);
        let server = Server::start(database, &[]);
        let browser = superuser(database, &server);
        let chromium = Chromium::open(&server).signed_in_as(&browser);
        chromium.go("/admin/");
        Self {
            chromium,
            clicks: Cell::new(0),
            _server: server,
        }
    }

    /// Clicks, and waits for what the click leads to.
    #[track_caller]
    fn click(&self, selector: &str, then: &str) {
        self.clicks.set(self.clicks.get() + 1);
        assert!(
            self.clicks.get() <= 3,
            "three clicks are enough, and {selector} is one more"
        );
        self.chromium.click(selector);
        self.chromium.see(then);
    }

    /// Goes to a page that the start page names.
    #[track_caller]
    fn navigate(&self, page: &str, then: &str) {
        self.click(&format!("#content-main a[href$='/sla/{page}/']"), then);
    }

    /// Types into the palette, and waits for what it finds.
    #[track_caller]
    fn look_for(&self, text: &str) {
        self.chromium.press(&[keys::CONTROL, "k"]);
        self.chromium
            .wait("document.querySelector('#palette')?.open && document.querySelector('#palette [role=option]')");
        self.chromium.type_text(text);
        let is_found = format!("document.querySelector('#palette-results').dataset.query === '{text}'");
        self.chromium.wait(&is_found);
    }

    /// Types a name into the search of the page.
    #[track_caller]
    fn search(&self, name: &str) {
        self.chromium.fill("#searchbar", name);
        self.chromium.press(&[keys::ENTER]);
        self.chromium.see(&format!("#searchbar[value='{name}']"));
    }
}

#[test]
fn when_is_a_component_covered_next_week_day_by_day() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("timeline", "#timeline");
    walk.search("payments-api");
    walk.click(
        ".timeline-time .steps a[aria-label=After]",
        "#timeline:not(:has(line.now))",
    );
    walk.click("#timeline .as-list summary", "#timeline .as-list[open] li");
    let days = walk.chromium.texts("#timeline .as-list li[data-start]");
    let weekdays: Vec<&str> = days.iter().map(|day| &day[..3]).collect();
    assert_eq!(weekdays, ["Mon", "Tue", "Wed", "Thu", "Fri"], "{days:?}");
}

#[test]
fn the_palette_leads_to_the_hours_of_two_weeks_day_by_day() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.look_for("payments-api");
    walk.chromium.press(&[keys::ENTER]);
    walk.chromium.see(".by-days[open] li");
    let days = walk.chromium.texts(".by-days li");
    assert_eq!(days.len(), 14, "{days:?}");
    let next_week: Vec<&str> = days[7..].iter().map(|day| &day[..3]).collect();
    assert_eq!(next_week, ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
}

#[test]
fn what_does_another_end_of_friday_change_for_whom_and_by_how_much() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("slawindow", "#result_list");
    walk.search("Business hours");
    walk.click("#result_list .field-name a", "#slawindow_form");
    walk.click("#rules-1 .row-fold", "#rules-1:not(.folded)");
    an_hour_less_on_friday(&walk);
}

#[test]
fn a_day_of_a_rule_for_several_days_gets_an_end_of_its_own() {
    let database = Database::sqlite();
    apply(&database, OFFICE);
    let walk = Walk::start(&database);
    walk.navigate("slawindow", "#result_list");
    walk.search("Office hours");
    walk.click("#result_list .field-name a", "#slawindow_form");
    walk.click(
        "#rules-0 .row-split button[value=FR]",
        "#rules-0 + #rules-2 #id_rules-2-start_time:focus",
    );
    walk.chromium.fill("#id_rules-2-end_time", "17:00");
    walk.chromium
        .wait("document.querySelectorAll('#preview-impact tr[data-component]').length === 1");
    let changed = walk.chromium.text("#preview-impact tr[data-component]");
    assert!(changed.starts_with("office-door") && changed.contains('−'), "{changed}");
    // Both rules say what they are for now, and the day can no longer be taken out of the first one.
    for (row, words) in [("#rules-0", "Mon–Thu 08:00–18:00"), ("#rules-2", "Fri 08:00–17:00")] {
        let said = format!("document.querySelector('{row} .row-words').textContent.includes('{words}')");
        walk.chromium.wait(&said);
    }
    let days = walk.chromium.texts("#rules-0 .row-split button");
    assert_eq!(days, ["Monday", "Tuesday", "Wednesday", "Thursday"]);
    assert!(walk.chromium.has("#rules-0.folded") && !walk.chromium.has("#rules-2 .row-split button"));
    walk.chromium.click(".submit-row button[name=_save]");
    walk.chromium.see(".messagelist .success");
    let rules =
        "SELECT count(*) AS value FROM rule r JOIN sla_window w ON w.id = r.window_id WHERE w.name = 'Office hours'";
    assert_eq!(database.number(rules), 2);
}

#[test]
fn a_component_in_the_timeline_leads_to_the_rule_that_is_to_be_changed() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("timeline", "#timeline");
    walk.search("payments-api");
    walk.click("#timeline th[scope=row] a", "body.reading");
    walk.click(".window-rules p:nth-of-type(2) .edit", "#id_rules-1-kind:focus");
    assert!(walk.chromium.has("#rules-0.folded"), "the others stay as they are");
    an_hour_less_on_friday(&walk);
}

#[test]
fn a_window_in_the_list_of_components_leads_to_its_rules() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.search("payments-api");
    walk.click("#result_list .field-windows a", "#slawindow_form");
    walk.click("#rules-1 .row-fold", "#rules-1:not(.folded)");
    an_hour_less_on_friday(&walk);
}

#[test]
fn the_palette_leads_to_a_component_and_so_to_the_rule_that_is_to_be_changed() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.look_for("payments-api");
    walk.chromium.press(&[keys::ENTER]);
    walk.chromium.see("body.reading");
    walk.click(".window-rules p:nth-of-type(2) .edit", "#id_rules-1-kind:focus");
    an_hour_less_on_friday(&walk);
}

/// Lets the second rule of the window end at 17:00 in place of 18:00, and reads whose hours that changes.
#[track_caller]
fn an_hour_less_on_friday(walk: &Walk) {
    walk.chromium.fill("#id_rules-1-end_time", "17:00");
    let affected = "document.querySelectorAll('#preview-impact tr[data-component]').length === 2";
    walk.chromium.wait(affected);
    let changed = walk.chromium.texts("#preview-impact tr[data-component]");
    for (row, name) in changed.iter().zip(["payments-api", "payments-ledger"]) {
        assert!(row.starts_with(name) && row.contains('−'), "{row}");
    }
}

#[test]
fn which_components_have_no_service_on_christmas_and_why() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("timeline", "#timeline");
    walk.click(
        ".segments a[href*='scale=day']",
        ".segments a[href*='scale=day'][aria-current]",
    );
    walk.chromium.fill(".timeline-form [name=at]", "12252992");
    walk.chromium.press(&[keys::ENTER]);
    walk.chromium.see(".timeline-form [name=at][value='2992-12-25']");
    let rows = walk.chromium.texts("#timeline tr[data-object]");
    let without: Vec<&String> = rows.iter().filter(|row| row.contains(" 0 h")).collect();
    assert_eq!(without.len(), 4, "{rows:?}");
    for row in without
        .iter()
        .filter(|row| row.contains("payments-api") || row.contains("ledger"))
    {
        assert!(row.contains("Cut by Holidays DE"), "{row}");
    }
}

#[test]
fn a_list_says_which_components_have_no_service_on_christmas_and_why() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.click("#filters-toggle summary", "#filters-toggle[open]");
    // It leads to the day, which applies itself.
    walk.click(NOT_AT_ALL, "#filter-form [name=day]:focus");
    assert!(walk.chromium.has("#day-applies:not(:empty)"));
    walk.chromium.fill("#filter-form [name=day]", "12252992");
    walk.chromium.see("#filter-form [name=day][value='2992-12-25']");
    // Keys go on where they were, or at what folds it.
    walk.chromium.see("#filters-toggle:not([open]) summary:focus");
    let rows = walk.chromium.texts("#result_list tbody tr");
    assert_eq!(rows.len(), 4, "{rows:?}");
    for name in ["payments-api", "payments-ledger"] {
        let row = rows.iter().find(|row| row.starts_with(name)).expect("a row");
        assert!(row.contains("none: Holidays DE, Christmas"), "{row}");
    }
    // The timeline of such a list shows that day.
    let timeline = walk.chromium.run(
        "return document.querySelector('.object-tools a').getAttribute('href');",
        &[],
    );
    walk.chromium.go(timeline.as_str().unwrap_or_default());
    walk.chromium.see(".timeline-form [name=at][value='2992-12-25']");
    assert_eq!(walk.chromium.texts("#timeline tr[data-object]").len(), 4);
}

#[test]
fn a_value_of_a_filter_applies_with_the_day_that_is_typed() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.click("#filters-toggle summary", "#filters-toggle[open]");
    walk.chromium.fill("#filter-form [name=day]", "12252992");
    // Without a value nothing applies by itself, and nothing says so.
    assert!(walk.chromium.has("#day-applies:empty"));
    walk.click(NOT_AT_ALL, "#filter-form [name=day][value='2992-12-25']");
    assert!(walk.chromium.has("#filter-form [name=covered][value=none]:checked"));
    assert_eq!(walk.chromium.texts("#result_list tbody tr").len(), 4);
}

#[test]
fn why_was_a_component_outside_in_the_night_of_a_clock_change() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.search("payments-night");
    walk.click("#result_list .field-state a", "#answer");
    walk.chromium.fill(".instant-form [name=date]", "03292026");
    walk.chromium.fill(".instant-form [name=time]", "030000AM");
    walk.chromium.fill(".instant-form [name=zone]", "Europe/Berlin");
    walk.chromium.press(&[keys::ENTER]);
    walk.chromium.see(".instant-form [name=date][value='2026-03-29']");
    assert!(walk.chromium.value(".instant-form [name=time]").starts_with("03:00"));
    assert!(walk.chromium.has("#answer.outside"));
    let because = walk.chromium.text("#because li");
    assert!(because.contains("Night run"), "{because}");
    let notes = walk.chromium.texts(".answer .note").join(" ");
    assert!(
        notes.contains("the clocks in Europe/Berlin went forward 1 h"),
        "{notes}"
    );
}

#[test]
fn the_form_of_a_component_leads_to_the_explanation_of_any_time() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.search("payments-night");
    walk.click("#result_list .field-name a", "#component_form");
    walk.click(".object-tools a[href*='/explain/']", "#answer");
    walk.chromium.fill(".instant-form [name=zone]", "Europe/Berlin");
    walk.chromium.fill(".instant-form [name=date]", "03292026");
    walk.chromium.fill(".instant-form [name=time]", "030000AM");
    walk.chromium.see(".instant-form [name=date][value='2026-03-29']");
    assert!(walk.chromium.value(".instant-form [name=time]").starts_with("03:00"));
    assert!(walk.chromium.has("#answer.outside"));
}

#[test]
fn a_component_in_the_timeline_leads_to_the_night_of_a_clock_change() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("timeline", "#timeline");
    walk.search("payments-night");
    walk.click("#timeline th[scope=row] a", "body.reading");
    walk.click(".nights a", "#answer");
    at_a_clock_change(&walk);
}

#[test]
fn a_state_in_the_list_leads_to_the_night_of_a_clock_change() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.search("payments-night");
    walk.click("#result_list .field-state a", "#answer");
    walk.click(".nights a", "#answer");
    at_a_clock_change(&walk);
}

#[test]
fn the_palette_explains_a_component_and_so_the_night_of_a_clock_change() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.look_for("payments-night why");
    walk.chromium.press(&[keys::ENTER]);
    walk.chromium.see("#answer");
    walk.click(".nights a", "#answer");
    at_a_clock_change(&walk);
}

/// Reads that the explanation is one of an instant at which clocks are changed.
#[track_caller]
fn at_a_clock_change(walk: &Walk) {
    walk.chromium.see(".instant-form [name=zone][value='Europe/Berlin']");
    let notes = walk.chromium.texts(".answer .note").join(" ");
    assert!(notes.contains("That night the clocks in Europe/Berlin "), "{notes}");
    // The hours of that day are in sight, and what cuts them; any other time of it is typed, and applies itself.
    assert!(walk.chromium.has(".answer .as-list[open] li"));
    walk.chromium.fill(".instant-form [name=time]", "033000AM");
    walk.chromium.see(".instant-form [name=time][value^='03:30']:focus");
    assert!(walk.chromium.text("#because li").contains("Night run"));
}

#[test]
fn who_changed_these_hours_when_from_what_to_what() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    apply(
        &database,
        "windows: [{name: Night run, timezone: Europe/Berlin, rules: [{type: weekly, days: [SU], start: '01:00', duration_s: 7200}]}]",
    );
    walk.navigate("slawindow", "#result_list");
    walk.search("Night run");
    walk.click("#result_list .field-name a", "#slawindow_form");
    walk.click(".object-tools a[href*='/history/']", "#change-history");
    let history = walk.chromium.text("#change-history");
    for part in ["command apply", "Sun 01:00–02:00", "Sun 01:00–03:00"] {
        assert!(history.contains(part), "{part} is in {history}");
    }
}

#[test]
fn the_palette_leads_to_the_history_of_hours() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.look_for("payments-night history");
    walk.chromium.press(&[keys::ENTER]);
    walk.chromium.see("#change-history");
    // That of a component has what happened to its windows.
    let history = walk.chromium.text("#change-history");
    assert!(history.contains("command apply"), "{history}");
}

#[test]
fn a_team_side_by_side_for_two_weeks() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("timeline", "#timeline");
    walk.click(".group-by a[href*='group=team']", "#timeline tr.group");
    walk.click(
        ".segments a[href*='scale=2weeks']",
        ".segments a[href*='scale=2weeks'][aria-current]",
    );
    let groups = walk.chromium.texts("#timeline tr.group th");
    assert_eq!(groups, ["team=payments · 3", "team=shop · 2"]);
    let range =
        "const { from, to } = document.querySelector('#timeline').dataset; return Math.round((to - from) / 86400);";
    assert_eq!(walk.chromium.run(range, &[]), 14);
    // What else is asked keeps the groups, and a link takes along what is typed.
    walk.search("payments-api");
    assert_eq!(walk.chromium.texts("#timeline tr.group th"), ["team=payments · 1"]);
    walk.chromium.fill("#searchbar", "ledger");
    walk.chromium.click(".group-by li:last-child a");
    walk.chromium.see(".group-by:not(:has([aria-current]))");
    assert_eq!(
        walk.chromium.texts("#timeline tr[data-object] th a"),
        ["payments-ledger"]
    );
    assert!(!walk.chromium.has("#timeline tr.group"));
}

#[test]
fn how_many_hours_are_promised_this_month() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("timeline", "#timeline");
    walk.click(
        ".segments a[href*='scale=month']",
        ".segments a[href*='scale=month'][aria-current]",
    );
    let name = walk.chromium.texts("#timeline tr[data-object] th");
    let place = name.iter().position(|name| name.ends_with("shop")).expect("a row");
    let range =
        "const { from, to } = document.querySelector('#timeline').dataset; return Math.round((to - from) / 3600);";
    let hours = walk.chromium.run(range, &[]);
    let promised = walk.chromium.texts("#timeline td.promised summary");
    assert_eq!(promised[place], format!("{hours} h"));
}

#[test]
fn what_opens_and_closes_in_the_next_day() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    // It is on the start page; a click leads to all of them, the next first.
    assert!(walk.chromium.text("#upcoming .foot").contains("within 24 hours"));
    walk.click("#upcoming .foot a", ".upcoming-page #upcoming tbody");
    let turns = walk.chromium.texts("#upcoming tbody td");
    let count = walk.chromium.text(".lead");
    assert!(count.ends_with("within 24 hours."), "{count}");
    assert!(turns.iter().all(|turn| turn.contains("payments-")), "{turns:?}");
}

#[test]
fn which_calendars_run_out() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    let lines = walk.chromium.texts("#attention li");
    assert!(
        lines.iter().any(|line| line.starts_with("Calendar Old holidays")),
        "{lines:?}"
    );
    walk.click("#attention li a[href*='/calendar/']", "#calendar_form");
    assert_eq!(walk.chromium.value("#id_name"), "Old holidays");
}

#[test]
fn the_number_of_calendars_that_have_run_out_leads_to_them() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.click("#running-out a", "#result_list");
    assert_eq!(walk.chromium.texts("#result_list .field-name"), ["Old holidays"]);
}

#[test]
fn a_filter_of_the_list_finds_calendars_that_have_run_out() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("calendar", "#result_list");
    walk.click("#filters-toggle summary", "#filters-toggle[open]");
    walk.click(
        "#filter-form [data-filter-title='Dates run out'] li:has([value=past]) a",
        "ul[aria-label='Active filters']",
    );
    assert_eq!(walk.chromium.texts("#result_list .field-name"), ["Old holidays"]);
}

#[test]
fn which_components_are_outside_right_now() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.click(".glance.quiet a", "#result_list");
    let states = walk.chromium.texts("#result_list .field-state");
    assert!(
        !states.is_empty() && states.iter().all(|state| state == "outside"),
        "{states:?}"
    );
    let names = walk.chromium.texts("#result_list .field-name");
    assert!(names.iter().any(|name| name.starts_with("launch")), "{names:?}");
}

#[test]
fn a_filter_of_the_list_finds_components_outside() {
    let database = Database::sqlite();
    let walk = Walk::start(&database);
    walk.navigate("component", "#result_list");
    walk.click("#filters-toggle summary", "#filters-toggle[open]");
    walk.click(
        "#filter-form [data-filter-title=State] button[value=outside]",
        "#filter-form [name=state][value=outside]:checked",
    );
    let names = walk.chromium.texts("#result_list .field-name");
    assert!(names.iter().any(|name| name.starts_with("launch")), "{names:?}");
}
