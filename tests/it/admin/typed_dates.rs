//! Dates as people of different countries type them.

use super::typed::{errors_beside, rules};
use crate::support::browser::Browser;
use crate::support::database::Database;
use crate::support::people::superuser;
use crate::support::server::Server;

/// Posts a calendar with these lines of dates: the words of its rule, or what is wrong.
fn post(root: &mut Browser, database: &Database, lines: &str) -> Result<String, Vec<String>> {
    let name = format!("C{}", database.number("SELECT count(*) AS value FROM calendar"));
    let mut fields = rules("1");
    fields.extend([
        ("name", name.as_str()),
        ("enabled", "on"),
        ("rules-0-kind", "dates"),
        ("rules-0-dates", lines),
        ("rules-0-start_time", "00:00"),
        ("rules-0-end_time", "24:00"),
    ]);
    let page = root.post("/admin/sla/calendar/add/", &fields);
    if page.status() == 302 {
        return Ok(database
            .texts(&format!(
                "SELECT dates AS value FROM rule WHERE calendar_id = (SELECT id FROM calendar WHERE name = '{name}')"
            ))
            .concat()
            .replace(' ', ""));
    }
    Err(errors_beside(&page.expect(422), "rules-0-dates"))
}

#[test]
fn dates_are_read_where_they_can_mean_one_day_only() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let mut root = superuser(&database, &server);
    for typed in [
        "24.12.2027",
        "24/12/2027",
        "12/24/2027",
        "2027/12/24",
        "2027.12.24",
        "24 December 2027",
        "24. Dec 2027",
        "Dec. 24, 2027",
        "december 24 2027",
        "2027-12-24",
    ] {
        assert_eq!(
            post(&mut root, &database, typed),
            Ok(r#"["2027-12-24"]"#.to_owned()),
            "{typed}"
        );
    }
    let range = post(
        &mut root,
        &database,
        "24.12.2027 – 26.12.2027 Christmas\n5/5/2027 – 7 May 2027",
    )
    .expect("it is read");
    assert!(
        range.contains(r#""from":"2027-12-24""#) && range.contains(r#""to":"2027-12-26""#),
        "{range}"
    );
    assert!(range.contains("Christmas") && range.contains("2027-05-07"), "{range}");
    for (typed, error) in [
        ("03/04/2027", "could be 2027-04-03 or 2027-03-04"),
        ("31.02.2027", "not a day of the calendar"),
        ("24.12.27", ""),
        ("24 Decembers 2027", ""),
        ("1.2.3", ""),
        ("Ma 3 2027", ""),
        ("99999.1.2027", ""),
    ] {
        let errors = post(&mut root, &database, typed).expect_err(typed);
        assert!(errors[0].contains(error), "{typed}: {errors:?}");
    }
}
