//! The figures of groups in seconds beside those of their members.

use std::collections::BTreeMap;
use std::sync::Arc;

use sla_monitor::apps::sla::report::computed::{ReportGroup, ReportRow};
use sla_monitor::apps::sla::report::figures::Figures;
use sla_monitor::calculus::attainment::account::TimeAccount;
use sla_monitor::calculus::attainment::attained::Attainment;

/// A component that was down for so many milliseconds of this promised time.
fn row(promised: i64, down: i64) -> ReportRow {
    let account = TimeAccount::from_parts(promised - down, down, 0, promised).expect("they are its parts");
    ReportRow {
        id: 1,
        name: "c".to_owned(),
        labels: Arc::new(BTreeMap::new()),
        is_there: true,
        attainment: Attainment::new(promised, 0, account, Some(99_900)),
        due_from: None,
        unmeasured: 0,
        unmeasured_since: None,
        cut: None,
        overlap_unknown: None,
        known_elsewhere: None,
        unreadable: None,
    }
}

#[test]
fn a_group_of_one_has_the_figures_of_its_member() {
    for promised in [36_000_000, 36_001_000, 36_999_000] {
        for down in [0, 1, 499, 500, 501, 999, 1_000, 1_499, 40_500] {
            let row = row(promised, down);
            let group = Figures::of_group(&ReportGroup::of(None, &[&row]));
            assert_eq!(group, Figures::of_row(&row), "{promised} {down}");
        }
    }
}

#[test]
fn what_is_left_to_a_group_is_its_budget_without_what_was_down() {
    for down in [0, 300, 400, 499, 500, 700] {
        let rows = [row(36_001_000, down), row(36_999_000, down)];
        let group = Figures::of_group(&ReportGroup::of(None, &[&rows[0], &rows[1]]));
        assert_eq!(group.left, group.budget.map(|budget| budget - group.down), "{down}");
    }
}
