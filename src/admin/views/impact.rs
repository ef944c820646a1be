//! What a change does to others, as far as the user may see it.

use std::time::Duration;

use super::hidden;
use crate::admin::context::Context;
use crate::admin::model::PreviewImpact;
use crate::admin::pages::impact::ShownImpact;

/// How long a query of a preview may last.
pub const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Returns what is shown: of objects that the user may not view nothing but how many there are.
pub fn shown(context: &Context<'_>, mut impact: PreviewImpact) -> ShownImpact {
    let are_hidden = hidden::of_model(context, impact.model).is_some();
    if are_hidden {
        impact.rows.clear();
        impact.rest = None;
        impact.first = None;
    }
    let link = |id: Option<i64>| hidden::link_to(context, Some((impact.model, id?)));
    let links = impact.rows.iter().map(|row| link(row.id).unwrap_or_default()).collect();
    ShownImpact {
        links,
        impact,
        are_hidden,
    }
}
