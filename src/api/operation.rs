//! The operations of the API: where each is, what it takes, and what a token needs for it.

use super::parameters::{ApiParameter, ParameterForm};
use crate::auth::token::TokenScope;

/// The path below which the API is.
pub const PREFIX: &str = "/api/v1";

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiOperation {
    /// Makes the database say what a file says.
    Apply,
    /// Returns everything as a file.
    Export,
    /// Says why a component is inside or outside at an instant.
    Explain,
    /// Returns the hours of a component in a range of time.
    Spans,
    /// Evaluates windows that are sent along.
    Evaluate,
    /// Returns the description of the API.
    Description,
}

/// The forms of a file.
pub const FILE_FORMATS: [&str; 2] = ["json", "yaml"];

const DRY_RUN: ApiParameter = ApiParameter {
    name: "dry_run",
    is_required: false,
    form: ParameterForm::Switch,
    about: "1: report what would change, and change nothing.",
};
const PRUNE: ApiParameter = ApiParameter {
    name: "prune",
    is_required: false,
    form: ParameterForm::Switch,
    about: "1: also delete what the file does not name.",
};
const IMPACT: ApiParameter = ApiParameter {
    name: "impact",
    is_required: false,
    form: ParameterForm::Days,
    about: "With dry_run: also report whose hours would change from now on within this many days, such as 90d, at most ten years.",
};
const FORMAT: ApiParameter = ApiParameter {
    name: "format",
    is_required: false,
    form: ParameterForm::Word(&FILE_FORMATS),
    about: "The form of the file; json unless Accept prefers application/yaml.",
};
const AT: ApiParameter = ApiParameter {
    name: "at",
    is_required: false,
    form: ParameterForm::Time,
    about: "The instant: RFC 3339, a Unix timestamp, a local time such as 2026-12-25T09:00, or a date. Now without it.",
};
const FROM: ApiParameter = ApiParameter {
    name: "from",
    is_required: true,
    form: ParameterForm::Time,
    about: "The first instant: RFC 3339, a Unix timestamp, a local time or a date.",
};
const TO: ApiParameter = ApiParameter {
    name: "to",
    is_required: true,
    form: ParameterForm::Time,
    about: "The first instant after the range, at most ten years later.",
};
const ZONE: ApiParameter = ApiParameter {
    name: "zone",
    is_required: false,
    form: ParameterForm::Zone,
    about: "The zone of a local time or a date, such as Europe/Berlin. Without it UTC for a range, and for an instant the zone of the \
            component's windows if they have only one.",
};

impl ApiOperation {
    /// All of them, in the order of the description.
    pub const ALL: [Self; 6] = [
        Self::Apply,
        Self::Export,
        Self::Explain,
        Self::Spans,
        Self::Evaluate,
        Self::Description,
    ];

    /// Returns the path, in which `{name}` stands for the name of a component.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Apply => "/api/v1/apply",
            Self::Export => "/api/v1/export",
            Self::Explain => "/api/v1/components/{name}/explain",
            Self::Spans => "/api/v1/components/{name}/spans",
            Self::Evaluate => "/api/v1/evaluate",
            Self::Description => "/api/v1/openapi.json",
        }
    }

    /// Returns the name of the operation in programs that are made from the description.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Export => "export",
            Self::Explain => "explain",
            Self::Spans => "spans",
            Self::Evaluate => "evaluate",
            Self::Description => "description",
        }
    }

    /// Returns what it does, in a line.
    #[must_use]
    pub fn summary(self) -> &'static str {
        match self {
            Self::Apply => "Make the database say what a file says",
            Self::Export => "Everything as a file that apply reads",
            Self::Explain => "Why a component is inside or outside of its windows at an instant",
            Self::Spans => "The hours of a component in a range of time",
            Self::Evaluate => "Evaluate windows that are sent along",
            Self::Description => "This description",
        }
    }

    /// Returns whether it takes a body, and is asked for by POST; others by GET.
    #[must_use]
    pub fn takes_body(self) -> bool {
        matches!(self, Self::Apply | Self::Evaluate)
    }

    /// Returns the scope that a token needs for it; nothing if no token is needed.
    #[must_use]
    pub fn scope(self) -> Option<TokenScope> {
        match self {
            Self::Apply => Some(TokenScope::Apply),
            Self::Export | Self::Explain | Self::Spans | Self::Evaluate => Some(TokenScope::Read),
            Self::Description => None,
        }
    }

    /// Returns the parameters of its query.
    #[must_use]
    pub fn parameters(self) -> &'static [ApiParameter] {
        match self {
            Self::Apply => &[DRY_RUN, PRUNE, IMPACT],
            Self::Export => &[FORMAT],
            Self::Explain => &[AT, ZONE],
            Self::Spans => &[FROM, TO, ZONE],
            Self::Evaluate | Self::Description => &[],
        }
    }

    /// Returns whether it is about one component, whose name is in its path.
    #[must_use]
    pub fn names_component(self) -> bool {
        self.path().contains("{name}")
    }
}
