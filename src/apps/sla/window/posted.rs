//! What the form of a window has of its own: rules that include or exclude, and the dates between which it is valid.

use super::state::WindowState;
use super::store;
use crate::admin::input::FormInput;
use crate::apps::sla::declarative::rule_form::RuledObject;
use crate::apps::sla::rule::RuleRow;
use crate::apps::sla::rule::form::{PostedRules, RuleFormOwner};
use crate::db::{self, Conn};

impl RuledObject for WindowState {
    const SINGULAR: &'static str = "SLA window";
    const OWNER: RuleFormOwner = RuleFormOwner::Window;

    fn rules_of(conn: &mut Conn, ids: &[i64]) -> db::Result<Vec<RuleRow>> {
        store::rules_of(conn, ids)
    }

    fn owner_of(rule: &RuleRow) -> Option<i64> {
        rule.window_id
    }

    fn twin(conn: &mut Conn, name: &str, id: Option<i64>) -> db::Result<Option<String>> {
        store::twin(conn, name, id)
    }

    fn set_rules(&mut self, posted: PostedRules) {
        (self.rules, self.excludes) = (posted.includes, posted.excludes);
    }

    fn refuse_fields(&self, input: &mut FormInput<'_>) {
        if let (Some(from), Some(until)) = (self.valid_from, self.valid_until)
            && from > until
        {
            input.refuse("valid_until", "The last date is before the first.");
        }
    }
}
