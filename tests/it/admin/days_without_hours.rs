//! Why components in the list of a day have no hours, where nothing cuts them.

use crate::support::database::Database;
use crate::support::on_both_databases;
use crate::support::people::{staff, superuser};
use crate::support::program::apply;
use crate::support::server::Server;

on_both_databases!(a_list_of_a_day_says_what_keeps_components_without_hours,);

const HOURS: &str = "
windows:
- {name: Bare, timezone: UTC, rules: []}
- {name: Ended, timezone: UTC, valid_until: 2025-01-01, rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 3600}]}
- {name: Later, timezone: UTC, valid_from: 2027-03-01, rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 3600}]}
- {name: Off, enabled: false, timezone: UTC, rules: [{type: weekly, days: [FR], start: '08:00', duration_s: 3600}]}
- {name: Once, timezone: UTC, rules: [{type: dates, dates: [2001-01-01], start: '08:00', duration_s: 3600}]}
- {name: Sundays, timezone: UTC, rules: [{type: weekly, days: [SU], start: '08:00', duration_s: 3600}]}
components:
- {name: bare, windows: [Bare]}
- {name: both, windows: [Off, Ended]}
- {name: ended, windows: [Ended]}
- {name: later, windows: [Later]}
- {name: none, windows: []}
- {name: off, windows: [Off]}
- {name: once, windows: [Once]}
- {name: sundays, windows: [Sundays, Ended]}
";

fn a_list_of_a_day_says_what_keeps_components_without_hours(database: &Database) {
    apply(database, HOURS);
    let server = Server::start(database, &[]);
    let mut browser = superuser(database, &server);
    let list = "/admin/sla/component/?day=2026-12-25&covered=none&zone=UTC";
    let page = browser.get(list).expect(200);
    assert_eq!(
        page.texts("td.field-state"),
        [
            "none: Bare has no rules",
            "none: Ended is valid only until Wed 1 Jan 2025; Off is disabled",
            "none: Ended is valid only until Wed 1 Jan 2025",
            "none: Later is valid only from Mon 1 Mar 2027 on",
            "no hours: it has no window",
            "no hours: Off is disabled",
            "none: its hours ended on Mon 1 Jan 2001",
            "none: no rule on that day",
        ]
    );
    let chips = page.texts("ul.chips li:not(.clear)").join(" ");
    assert!(chips.contains("Time zone: UTC"), "{chips}");
    // What never has hours is neither inside nor outside, and is explained as the others are.
    assert_eq!(page.texts("td.field-state.outside").len(), 6);
    let links = page.attributes("td.field-state a", "href");
    let explained = browser.get(&links[5]).expect(200);
    assert!(explained.text("#answer").contains("it has no hours"));
    let page = browser
        .get("/admin/sla/component/?state=no_hours&at=2026-12-25T10:00:00Z")
        .expect(200);
    assert_eq!(
        page.texts("td.field-state"),
        ["no hours: it has no window", "no hours: Off is disabled"]
    );
    let mut viewer = staff(database, &server, "viewer", &["sla.view_component"]);
    let page = viewer.get(list).expect(200);
    let shown = ["none", "none", "none", "none", "no hours", "no hours"];
    assert_eq!(page.texts("td.field-state")[..6], shown);
    for hidden in ["Ended is", "valid only"] {
        assert!(!page.html().contains(hidden), "{hidden}");
    }
}
