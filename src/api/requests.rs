//! What operations are asked, and the trait of what carries them out.

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::answers::{ApplyReport, ExplanationAnswer, SpansAnswer};
use super::operation::ApiOperation;
use super::refusal::ApiRefusal;
use super::replay::ReplayKey;
use crate::auth::actor::Request;
use crate::auth::token::ApiCaller;
use crate::db::Conn;
use crate::db::pool::Pool;

/// A request for an operation.
pub struct ApiCall<'a> {
    /// Where connections come from.
    pub pool: &'a Pool,
    /// The program that asks, with the rights that it had when it was let in.
    pub caller: &'a ApiCaller,
    /// The request, for the audit log.
    pub request: Request,
    /// The instant, UTC.
    pub now: NaiveDateTime,
}

impl ApiCall<'_> {
    /// Runs `work` with a connection, under the limits of the request.
    ///
    /// # Errors
    /// Those of `work`, and that no connection is to be had.
    pub fn connected<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T, ApiRefusal>) -> Result<T, ApiRefusal> {
        let mut loan = self.pool.get()?;
        work(&mut loan)
    }

    /// Returns the instant in Unix seconds.
    #[must_use]
    pub fn now_seconds(&self) -> i64 {
        self.now.and_utc().timestamp()
    }
}

/// A body that holds a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileText<'a> {
    /// The text.
    pub text: &'a str,
    /// Whether it is JSON and nothing else; otherwise its first character decides between JSON and YAML.
    pub is_json: bool,
}

/// What is to be done with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplyWish {
    /// Report what would change, and change nothing.
    pub dry_run: bool,
    /// Also delete what the file does not name.
    pub prune: bool,
    /// With a dry run: also report whose hours would change within this many days.
    pub impact: Option<i64>,
}

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyOutcome {
    /// What it changed.
    pub report: ApplyReport,
    /// Whether an earlier request with the same key did it.
    pub is_replayed: bool,
}

/// The question why a component is inside or outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExplainRequest {
    /// The component's name.
    pub component: String,
    /// The instant, as typed; now without it.
    pub at: Option<String>,
    /// The zone of a local time.
    pub zone: Option<String>,
    /// Whether the answer is for people.
    pub is_text: bool,
}

/// An explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExplainOutcome {
    /// For programs.
    Answer(Box<ExplanationAnswer>),
    /// For people.
    Text(String),
}

/// The question for the hours of a component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpansRequest {
    /// The component's name.
    pub component: String,
    /// The first instant, as typed.
    pub from: String,
    /// The first instant after the range, as typed.
    pub to: String,
    /// The zone of local times.
    pub zone: Option<String>,
}

/// What carries out operations. It is called beside the threads that serve connections.
pub trait ApiOperations: Send + Sync {
    /// Makes the database say what a file says, once for all requests with this key.
    ///
    /// # Errors
    /// [`ApiRefusal`]; nothing is written then.
    fn apply(
        &self,
        call: &ApiCall<'_>,
        wish: &ApplyWish,
        file: FileText<'_>,
        key: Option<&ReplayKey>,
    ) -> Result<ApplyOutcome, ApiRefusal>;

    /// Returns everything as a file, in JSON or in YAML.
    ///
    /// # Errors
    /// [`ApiRefusal`]
    fn export(&self, call: &ApiCall<'_>, is_json: bool) -> Result<String, ApiRefusal>;

    /// Explains why a component is inside or outside.
    ///
    /// # Errors
    /// [`ApiRefusal`]
    fn explain(&self, call: &ApiCall<'_>, asked: &ExplainRequest) -> Result<ExplainOutcome, ApiRefusal>;

    /// Returns the hours of a component.
    ///
    /// # Errors
    /// [`ApiRefusal`]
    fn spans(&self, call: &ApiCall<'_>, asked: &SpansRequest) -> Result<SpansAnswer, ApiRefusal>;

    /// Returns the days of an impact that is asked for like this: `90d`.
    ///
    /// # Errors
    /// A message for people.
    fn impact_days(&self, text: &str) -> Result<i64, String>;

    /// Evaluates windows that are sent along, written in JSON.
    ///
    /// # Errors
    /// [`ApiRefusal`]
    fn evaluate(&self, text: &str) -> Result<Map<String, Value>, ApiRefusal>;

    /// Refuses a caller to whom no file is open, before one is read.
    ///
    /// # Errors
    /// [`ApiRefusal::Denied`]
    fn check_apply(&self, caller: &ApiCaller) -> Result<(), ApiRefusal>;

    /// Says which permissions the user of a token needs for an operation, in a sentence.
    fn rights(&self, operation: ApiOperation) -> String;

    /// Returns JSON schemas by name: of `File`, of `Evaluation`, and of what these refer to.
    fn schemas(&self) -> Map<String, Value>;
}
