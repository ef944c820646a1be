//! The bars of the timeline by keyboard and pointer.

use crate::chromium::some;
use crate::support::database::Database;
use crate::support::webdriver::{Chromium, keys};

/// A week without a holiday, in the zone of the office hours.
const WEEK: &str = "/admin/sla/timeline/?scale=week&at=2026-12-01&zone=Europe/Berlin&q=api";
const PICTURES: &str = "#timeline td.hours svg";
const STRIP: &str = ".timeline-strip";

/// The start of the bar that is marked.
fn marked(chromium: &Chromium) -> String {
    let marked = "return document.querySelector('#timeline rect.current')?.dataset.start ?? '';";
    let start = chromium.run(marked, &[]);
    start.as_str().expect("a text").to_owned()
}

#[test]
fn keys_move_over_bars_and_open_one() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go(WEEK);
    assert_eq!(chromium.texts("#timeline th a"), ["api", "api-gateway"]);
    chromium.tab_to(PICTURES);
    assert_eq!(chromium.text(STRIP), "api: Mon 30 Nov 09:00–17:00 CET");
    for (key, strip) in [
        (keys::LEFT, "api: Mon 30 Nov 09:00–17:00 CET"),
        (keys::RIGHT, "api: Tue 1 Dec 09:00–17:00 CET"),
        (keys::END, "api: Fri 4 Dec 09:00–17:00 CET"),
        (keys::RIGHT, "api: Fri 4 Dec 09:00–17:00 CET"),
        (keys::HOME, "api: Mon 30 Nov 09:00–17:00 CET"),
        (keys::DOWN, "api-gateway: Mon 30 Nov 00:00–Mon 7 Dec 00:00 CET"),
        (keys::DOWN, "api-gateway: Mon 30 Nov 00:00–Mon 7 Dec 00:00 CET"),
        (keys::UP, "api: Mon 30 Nov 09:00–17:00 CET"),
        (keys::RIGHT, "api: Tue 1 Dec 09:00–17:00 CET"),
    ] {
        chromium.press(&[key]);
        assert_eq!(chromium.text(STRIP), strip);
    }
    // Tuesday, 09:00 in Berlin.
    assert_eq!(marked(&chromium), "1796112000");
    chromium.press(&[keys::ENTER]);
    chromium.see(".explain");
    assert!(
        chromium.path().contains("/explain/?zone=Europe%2FBerlin&at=1796112000"),
        "{}",
        chromium.path()
    );

    // Away from the bars nothing is marked, and nothing said.
    chromium.go(WEEK);
    chromium.tab_to(PICTURES);
    chromium.press(&[keys::SHIFT, keys::TAB]);
    assert!(!chromium.has("#timeline rect.current"));
    assert!(!chromium.has(&format!("{STRIP}:not([hidden])")));
}

#[test]
fn a_bar_says_when_it_is_and_leads_to_its_explanation() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    chromium.go(WEEK);
    let wednesday = "#timeline rect.span[data-start='1796198400']";
    let over =
        "document.querySelector(arguments[0]).dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));";
    chromium.run(over, &[wednesday.into()]);
    assert_eq!(chromium.text(STRIP), "api: Wed 2 Dec 09:00–17:00 CET");
    assert_eq!(marked(&chromium), "1796198400");
    chromium.click(wednesday);
    chromium.see(".explain");
    assert!(
        chromium.path().contains("/explain/?zone=Europe%2FBerlin&at=1796198400"),
        "{}",
        chromium.path()
    );

    // Windows have no explanation: their bars lead nowhere.
    chromium.go("/admin/sla/timeline/?of=windows&scale=week&at=2026-12-01&zone=Europe/Berlin");
    chromium.click("#timeline rect.span");
    assert!(
        chromium.path().starts_with("/admin/sla/timeline/"),
        "{}",
        chromium.path()
    );
}

#[test]
fn rows_are_grouped_as_soon_as_one_of_many_labels_is_chosen() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for page in ["timeline", "report"] {
        chromium.go(&format!("/admin/sla/{page}/?at=2026-12-01"));
        chromium.choose("select[name=group]", "team");
        chromium.see("select[name=group] option[selected]:not([value=''])");
        assert!(chromium.path().contains("group=team"), "{}", chromium.path());
    }
    // What is searched for may be a label.
    for page in ["timeline", "component"] {
        chromium.go(&format!("/admin/sla/{page}/"));
        assert!(chromium.has("#searchbar[placeholder*='team=payments']"), "{page}");
    }
}

#[test]
fn links_to_another_scale_or_time_take_along_what_is_typed() {
    const DATE: &str = ".timeline-form [name=at]";
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for (page, other, date) in [
        ("timeline", "scale=2weeks", "2026-12-24"),
        ("report", "period=quarter", "2026-10-01"),
    ] {
        chromium.go(&format!("/admin/sla/{page}/?p=1"));
        chromium.fill("#searchbar", "gateway");
        chromium.fill(DATE, "12242026");
        chromium.click(&format!(".segments a[href*='{other}']"));
        chromium.see(&format!(".segments a[href*='{other}'][aria-current]"));
        assert_eq!(chromium.value("#searchbar"), "gateway", "{page}");
        assert_eq!(chromium.value(DATE), date, "{page}");
        assert!(!chromium.path().contains("p=1"), "{}", chromium.path());

        // The date of a step is its own.
        chromium.fill("#searchbar", "billing");
        chromium.fill(DATE, "06012020");
        chromium.click(".steps a[aria-label='After']");
        chromium.see("#searchbar[value='billing']");
        assert!(chromium.path().contains(other), "{}", chromium.path());
        let after = chromium.value(DATE);
        assert!(after.starts_with("2027-01-"), "{page}: {after}");
    }
}

#[test]
fn heads_of_a_quarter_fit_and_months_are_marked() {
    let database = Database::sqlite();
    let (_server, chromium) = some(&database);
    for (at, width) in [
        ("2026-10-01", 1280),
        ("2027-01-01", 1280),
        ("2026-07-01", 1400),
        ("2026-10-01", 360),
    ] {
        chromium.resize(width, 900);
        chromium.go(&format!("/admin/sla/timeline/?scale=quarter&at={at}&zone=UTC"));
        assert_eq!(chromium.texts("#timeline .axis text.month").len(), 3, "{at}");
        let script = "const picture = document.querySelector('#timeline .axis svg').getBoundingClientRect();
            const heads = [...document.querySelectorAll('#timeline .axis text')].map((head) => head.getBoundingClientRect());
            const seen = heads.filter((head) => head.width > 0).sort((one, other) => one.left - other.left);
            return seen.filter((head, place) => head.right > (seen[place + 1]?.left ?? picture.right)).length;";
        assert_eq!(chromium.run(script, &[]), 0, "{at} at {width}");
    }
    assert_eq!(chromium.texts("#timeline .axis text.month"), ["Oct", "Nov", "Dec"]);
}
