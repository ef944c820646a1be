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
        impact.unchanged.clear();
    }
    let link = |id: Option<i64>| {
        let of_stored = id.and_then(|id| hidden::link_to(context, Some((impact.model, id))));
        of_stored.unwrap_or_default()
    };
    let links = impact.rows.iter().map(|row| link(row.id)).collect();
    let unchanged_links = impact.unchanged.iter().map(|object| link(object.id)).collect();
    ShownImpact {
        links,
        unchanged_links,
        impact,
        are_hidden,
    }
}
