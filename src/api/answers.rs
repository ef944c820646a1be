//! What operations answer, for `web` to write, for commands to read, and for the description of the API.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file changed, or would change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApplyReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Objects that were added, or would be.
    pub added: usize,
    /// Objects that were changed, or would be.
    pub changed: usize,
    /// Objects that were deleted, or would be.
    pub deleted: usize,
    /// Each object that would change; of a dry run alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub changes: Option<Vec<PlannedChange>>,
    /// Whose hours would change; if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub impact: Option<ImpactReport>,
}

/// An object that would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlannedChange {
    /// What would be done to it.
    pub action: PlannedAction,
    /// What it is: `component`, `window`.
    pub kind: String,
    /// What it is called.
    pub name: String,
    /// A line for each property that would change.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<String>,
}

/// What would be done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlannedAction {
    /// Add it.
    Add,
    /// Change it.
    Change,
    /// Delete it.
    Delete,
}

/// Whose hours would change, and by how much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImpactReport {
    /// The days from now on that were looked at.
    pub days: i64,
    /// The components whose hours change, the largest difference first.
    pub components: Vec<ImpactLine>,
    /// The components whose hours cannot be evaluated.
    pub unreadable: Vec<UnreadableComponent>,
}

/// What becomes of the hours of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImpactLine {
    /// Its name.
    pub component: String,
    /// Its seconds before.
    pub before: i64,
    /// Its seconds after.
    pub after: i64,
    /// How many more; fewer if negative.
    pub difference: i64,
    /// The first instant that differs, in Unix seconds.
    pub first: Option<i64>,
    /// What becomes of it, if its hours are not all: `added`, `disabled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub change: Option<String>,
    /// What changes in an ordinary week, in seconds; nothing if no whole week was looked at.
    pub week: Option<i64>,
    /// The zone of its first window.
    pub zone: String,
}

/// A component whose hours cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnreadableComponent {
    /// Its name.
    pub component: String,
    /// Why.
    pub reason: String,
}

/// Why a component is inside or outside at an instant. All instants are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExplanationAnswer {
    /// Its name.
    pub component: String,
    /// Whether it is enabled. A disabled one has no metrics; this is what they would say.
    pub enabled: bool,
    /// The instant.
    pub at: i64,
    /// 1 inside, 0 outside, null if it cannot be evaluated.
    pub in_window: Option<i64>,
    /// The rules that include the instant, of the windows that cover it.
    pub because: Vec<IncludingRule>,
    /// The rules that take the instant away from a window.
    pub cut_by: Vec<CuttingRule>,
    /// Every window that does not cover the instant.
    pub not: Vec<UncoveringWindow>,
    /// The latest start at or before the instant.
    pub last_start: Option<i64>,
    /// The latest end at or before the instant.
    pub last_end: Option<i64>,
    /// The first start after the instant.
    pub next_start: Option<i64>,
    /// The first end after the instant.
    pub next_end: Option<i64>,
    /// Why it cannot be evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// How a local time was read that the clock skips or shows twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// A rule that includes an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncludingRule {
    /// Its window.
    pub window: String,
    /// Its position among the rules of the window, from 1 on.
    pub rule: usize,
    /// The rule in words.
    pub words: String,
    /// When the occurrence starts that contains the instant.
    pub start: i64,
    /// When it ends.
    pub end: i64,
}

/// A rule that takes an instant away from a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CuttingRule {
    /// The calendar that has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub calendar: Option<String>,
    /// The window that has it among its exclude rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub window: Option<String>,
    /// Its position among the rules of its owner, from 1 on.
    pub rule: usize,
    /// The rule in words.
    pub words: String,
    /// When the occurrence starts that contains the instant.
    pub start: i64,
    /// When it ends.
    pub end: i64,
    /// The window that it takes the instant away from.
    pub cuts: String,
}

/// A window that does not cover an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UncoveringWindow {
    /// Its name.
    pub window: String,
    /// Why.
    pub reason: String,
}

/// The hours of a component in a range of time. All instants are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpansAnswer {
    /// Its name.
    pub component: String,
    /// Whether it is enabled. A disabled one has no metrics; these are the hours that they would show.
    pub enabled: bool,
    /// The first instant of the range.
    pub from: i64,
    /// The first instant after the range.
    pub to: i64,
    /// The sum of the spans.
    pub seconds: i64,
    /// The maximal spans, clipped to the range, by start.
    pub spans: Vec<CoveredSpan>,
}

/// A span of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CoveredSpan {
    /// Its first second.
    pub start: i64,
    /// The first second after it.
    pub end: i64,
}

/// Problem details (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemAnswer {
    /// A URN of the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is in a few words, the same each time.
    pub title: String,
    /// The status of the response.
    pub status: u16,
    /// This occurrence, and the way out.
    pub detail: String,
    /// What is wrong, and where.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemPlace>,
}

/// What is wrong, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemPlace {
    /// The line of the body, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub line: Option<usize>,
    /// Where in the body: `components[3].slo`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub path: Option<String>,
    /// The parameter of the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
    /// The id of the finding that `check` reports of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// What is wrong, and the way out.
    pub detail: String,
}
