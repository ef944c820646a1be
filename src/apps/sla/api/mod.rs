//! What the API does with components, windows and calendars. Files are applied and hours explained by what the commands use.

mod rights;
mod schema;

use std::time::Duration;

use serde_json::{Map, Value};

use self::rights::{check_every_kind, check_models, check_plan};
use super::declarative::applying;
use super::declarative::document::evaluation::{Evaluation, Question, passed_through};
use super::declarative::document::read;
use super::declarative::document::write::{self, DocumentFormat};
use super::declarative::inventory::Inventory;
use super::hours::book::HoursBook;
use super::hours::explaining::{ExplainError, ExplainQuestion, unreadable_words};
use super::hours::stored::StoredHours;
use super::hours::typed_instant;
use super::object_names::{NoSuchObject, ObjectNames};
use super::{CALENDAR, COMPONENT, WINDOW, component};
use crate::api::answers::{CoveredSpan, SpansAnswer};
use crate::api::operation::ApiOperation;
use crate::api::refusal::{ApiRefusal, BodyFault};
use crate::api::replay::ReplayKey;
use crate::api::requests::{
    ApiCall, ApiOperations, ApplyOutcome, ApplyWish, ExplainOutcome, ExplainRequest, FileText, SpansRequest,
};
use crate::auth::Action;
use crate::auth::token::ApiCaller;
use crate::db::{self, dialect};
use crate::zones::{self, Zone};

/// How long one query may last that reads everything.
const WHOLE_LIMIT: Duration = Duration::from_secs(30);
/// How long one query for the hours of a component may last.
const HOURS_LIMIT: Duration = Duration::from_secs(10);
/// The longest range of time that is looked at, in seconds: ten years.
const RANGE_MAX: i64 = applying::IMPACT_DAYS_MAX * 86_400;
/// The most days of a range times the rules that are evaluated on each of them.
const RULE_DAYS_MAX: usize = 100_000;
/// The most spans of an answer.
const SPANS_MAX: usize = 100_000;

/// The id of the finding of `check` about what is stored and cannot be read.
const UNREADABLE: &str = "sla.E001";

/// The operations of the API.
#[derive(Clone, Copy, Debug, Default)]
pub struct SlaOperations;

impl ApiOperations for SlaOperations {
    fn apply(
        &self,
        call: &ApiCall<'_>,
        wish: &ApplyWish,
        file: FileText<'_>,
        key: Option<&ReplayKey>,
    ) -> Result<ApplyOutcome, ApiRefusal> {
        let document = applying::document(file, wish.prune)?;
        let title = call.caller.title();
        if wish.dry_run {
            self.check_apply(call.caller)?;
            let check = |plan: &_| check_plan(&call.caller.account, &title, plan);
            let limits = (call.now_seconds(), WHOLE_LIMIT);
            let report = call.connected(|conn| applying::dry_run(conn, &document, wish, limits, &check))?;
            let is_replayed = false;
            return Ok(ApplyOutcome { report, is_replayed });
        }
        let actor = call.caller.actor(call.request.clone());
        // Rights count as they are in the transaction.
        let check = |tx: &crate::audit::Tx<'_>| match tx.actor().account() {
            Some(account) => check_every_kind(account, &title, Action::View),
            None => Ok(()),
        };
        call.connected(|conn| {
            let by = (&actor, call.now);
            applying::write(conn, by, (&document, wish.prune), key, &check, &mut |_, _| {})
        })
    }

    fn export(&self, call: &ApiCall<'_>, is_json: bool) -> Result<String, ApiRefusal> {
        check_every_kind(&call.caller.account, &call.caller.title(), Action::Export)?;
        let inventory = call.connected(|conn| Ok(dialect::read_snapshot(conn, WHOLE_LIMIT, Inventory::load)?))?;
        if let Some(message) = inventory.unreadable() {
            return Err(ApiRefusal::Unreadable {
                id: UNREADABLE,
                message,
            });
        }
        let format = match is_json {
            true => DocumentFormat::Json,
            false => DocumentFormat::Yaml,
        };
        Ok(write::document(&inventory, format))
    }

    fn explain(&self, call: &ApiCall<'_>, asked: &ExplainRequest) -> Result<ExplainOutcome, ApiRefusal> {
        // An explanation names windows, calendars and their rules.
        check_models(call, Action::View, &[COMPONENT, WINDOW, CALENDAR])?;
        let question = ExplainQuestion {
            component: &asked.component,
            at: asked.at.as_deref().map(|text| typed("at", text)).transpose()?,
            zone: asked.zone.as_deref().map(zone).transpose()?,
        };
        let now = call.now_seconds();
        let explained =
            call.connected(|conn| dialect::read_snapshot(conn, HOURS_LIMIT, |conn| Ok(question.answer(conn, now)?)))?;
        if !asked.is_text {
            return Ok(ExplainOutcome::Answer(Box::new(explained.for_scripts())));
        }
        if let Some(message) = explained.unreadable() {
            return Err(unreadable(message));
        }
        let text = explained.for_people();
        let text = text.map_err(|error| db::Error::Other(error.to_string()))?;
        Ok(ExplainOutcome::Text(text))
    }

    fn spans(&self, call: &ApiCall<'_>, asked: &SpansRequest) -> Result<SpansAnswer, ApiRefusal> {
        check_models(call, Action::View, &[COMPONENT])?;
        let zone = asked.zone.as_deref().map_or_else(|| Ok(Zone::utc()), zone)?;
        let (from, _) = typed_instant::bound(typed("from", &asked.from)?, zone);
        let (to, _) = typed_instant::bound(typed("to", &asked.to)?, zone);
        check_range((from, to)).map_err(|reason| ApiRefusal::Parameter { name: "to", reason })?;
        let hours = call.connected(|conn| {
            dialect::read_snapshot(conn, HOURS_LIMIT, |conn| {
                let names = ObjectNames::new("component", component::store::names(conn)?);
                let id = names.find(&asked.component)?;
                Ok::<_, ApiRefusal>(StoredHours::of_components(conn, &[id])?)
            })
        })?;
        let component = hours.components.first().ok_or(db::Error::NotFound)?;
        let mut book = HoursBook::new(&hours);
        // The reason names windows and calendars.
        let names_all = [WINDOW, CALENDAR].map(|model| call.caller.account.may(model.permission(Action::View)));
        let coverage = book.coverage(&component.key).map_err(|reason| {
            let reason = if names_all == [true, true] {
                reason.as_str()
            } else {
                "a window or calendar of it"
            };
            unreadable(unreadable_words(&component.name, reason))
        })?;
        let spans: Vec<CoveredSpan> = coverage
            .each_span(from, to)
            .take(SPANS_MAX + 1)
            .map(|span| CoveredSpan {
                start: span.start,
                end: span.end,
            })
            .collect();
        if spans.len() > SPANS_MAX {
            let reason = format!("there are more than {SPANS_MAX} spans in this range; give a shorter one");
            return Err(ApiRefusal::Parameter { name: "to", reason });
        }
        Ok(SpansAnswer {
            component: component.name.clone(),
            enabled: component.enabled,
            from,
            to,
            seconds: spans.iter().map(|span| span.end - span.start).sum(),
            spans,
        })
    }

    fn impact_days(&self, text: &str) -> Result<i64, String> {
        applying::days(text)
    }

    fn evaluate(&self, text: &str) -> Result<Map<String, Value>, ApiRefusal> {
        let node = read::json_node(text).map_err(|error| ApiRefusal::Malformed(error.into()))?;
        let mut answer = passed_through(text).map_err(|message| ApiRefusal::File(BodyFault::whole(message)))?;
        let evaluation = Evaluation::of_node(&node).map_err(|error| ApiRefusal::File(error.into()))?;
        if let Question::Range { from, to } = evaluation.question
            && from < to
        {
            let checked = check_range((from, to)).and_then(|()| check_rules(evaluation.coverage.rules(), (from, to)));
            checked.map_err(|message| {
                ApiRefusal::File(BodyFault {
                    line: None,
                    path: "to".to_owned(),
                    message,
                })
            })?;
        }
        let results = evaluation.answer().into_iter();
        answer.extend(results.map(|(key, value)| (key.to_owned(), value)));
        Ok(answer)
    }

    fn check_apply(&self, caller: &ApiCaller) -> Result<(), ApiRefusal> {
        check_every_kind(&caller.account, &caller.title(), Action::View)
    }

    fn rights(&self, operation: ApiOperation) -> String {
        rights::in_words(operation)
    }

    fn schemas(&self) -> Map<String, Value> {
        schema::all()
    }
}

impl From<NoSuchObject> for ApiRefusal {
    fn from(error: NoSuchObject) -> Self {
        Self::NotFound(error.to_string())
    }
}

impl From<ExplainError> for ApiRefusal {
    fn from(error: ExplainError) -> Self {
        match error {
            ExplainError::NoSuch(error) => error.into(),
            ExplainError::Zone(reason) => Self::Parameter { name: "zone", reason },
            ExplainError::Database(error) => Self::Database(error),
        }
    }
}

fn unreadable(message: String) -> ApiRefusal {
    ApiRefusal::Unreadable {
        id: UNREADABLE,
        message,
    }
}

/// Reads an instant that has the form of one.
fn typed(name: &'static str, text: &str) -> Result<typed_instant::InstantArgument, ApiRefusal> {
    typed_instant::parse(text).map_err(|reason| ApiRefusal::Parameter { name, reason })
}

fn zone(name: &str) -> Result<Zone, ApiRefusal> {
    zones::parse(name).map_err(|error| ApiRefusal::Parameter {
        name: "zone",
        reason: error.to_string(),
    })
}

/// Refuses a range of time on whose days rules may have too many occurrences.
fn check_rules(rules: usize, (from, to): (i64, i64)) -> Result<(), String> {
    let days = usize::try_from((to - from) / 86_400 + 1).unwrap_or(usize::MAX);
    match rules.saturating_mul(days) <= RULE_DAYS_MAX {
        true => Ok(()),
        false => Err(format!(
            "{rules} rules on {days} days are more than {RULE_DAYS_MAX} days of rules; ask for the range in parts"
        )),
    }
}

/// Refuses a range of time that is empty or too long.
fn check_range((from, to): (i64, i64)) -> Result<(), String> {
    match to.checked_sub(from) {
        Some(length) if length <= 0 => Err("the range ends before it begins; give a later end".to_owned()),
        Some(length) if length <= RANGE_MAX => Ok(()),
        Some(_) | None => Err(format!(
            "the range has more than {} days; ask for it in parts",
            applying::IMPACT_DAYS_MAX
        )),
    }
}
