//! What the form of a calendar has of its own: rules, all of which exclude.

use super::state::CalendarState;
use super::store;
use crate::apps::sla::declarative::rule_form::RuledObject;
use crate::apps::sla::rule::RuleRow;
use crate::apps::sla::rule::form::{PostedRules, RuleFormOwner};
use crate::db::{self, Conn};

impl RuledObject for CalendarState {
    const SINGULAR: &'static str = "Calendar";
    const OWNER: RuleFormOwner = RuleFormOwner::Calendar;

    fn rules_of(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<RuleRow>> {
        store::rules_of(conn, ids)
    }

    fn owner_of(rule: &RuleRow) -> Option<i64> {
        rule.calendar_id
    }

    fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> db::Result<Option<String>> {
        store::twin(conn, name, id)
    }

    fn set_rules(&mut self, posted: PostedRules) {
        self.rules = posted.excludes;
    }
}
