//! The commands that only read do so on a hot standby.

use super::READING_COMMANDS;
use crate::support::postgres::Postgres;
use crate::support::program::{run, run_with};

#[test]
fn commands_that_only_read_run_on_a_hot_standby() {
    let primary = Postgres::start();
    primary.execute(&["CREATE DATABASE sla"]);
    let url = primary.url("sla");
    run(&["migrate", "--database-url", &url]).ok();
    run_with(
        &["apply", "-", "--database-url", &url],
        "components: [{name: api}]",
        &[],
    )
    .ok();
    let standby = primary.standby();
    let url = standby.url("sla");
    for arguments in READING_COMMANDS {
        let ran = run(&[arguments, &["--database-url", &url]].concat());
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
    }
    let written = run_with(
        &["apply", "-", "--database-url", &url],
        "components: [{name: web}]",
        &[],
    );
    assert_eq!(written.code, 1, "{written:?}");
}
