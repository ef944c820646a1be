//! What a change does to others, as far as the user may see it.

use std::time::Duration;

use super::hidden;
use crate::admin::context::Context;
use crate::admin::model::PreviewImpact;
use crate::admin::pages::impact::ShownImpact;

/// How long a query of a preview may last.
pub const QUERY_LIMIT: Duration = Duration::from_secs(10);

/// Returns what is shown: objects that the user may not view are counted and not named.
pub fn shown(context: &Context<'_>, mut impact: PreviewImpact) -> ShownImpact {
    if hidden::of_model(context, impact.model).is_some() {
        impact.rows.clear();
        impact.rest = (impact.sum.count > 0).then(|| impact.sum.clone());
    }
    let link = |id: Option<i64>| hidden::link_to(context, Some((impact.model, id?)));
    let links = impact.rows.iter().map(|row| link(row.id).unwrap_or_default()).collect();
    ShownImpact { links, impact }
}
