//! What can be opened of a component: its hours side by side with those of other days, why it is inside or outside, an exception, its report.

use crate::admin::address::{Address, ModelPage};
use crate::admin::model::Object;
use crate::admin::query::Query;
use crate::apps::sla::report::NAME as REPORT;
use crate::apps::sla::timeline::NAME as TIMELINE;
use crate::apps::sla::{COMPONENT, EXCEPT, EXPLAIN};

/// Returns words and address of each.
pub(super) fn tools(component: &Object) -> Vec<(&'static str, String)> {
    let of_app = |page, query: &Query| format!("{}{}", Address::AppPage(COMPONENT.app, page), query.link());
    let of_object = |page| String::from(Address::Model(COMPONENT, ModelPage::Added(component.id.into(), page)));
    let named = Query::default().with("component", &component.title);
    vec![
        ("Hours", of_app(TIMELINE, &named.set("scale", "2weeks"))),
        ("Why now?", of_object(EXPLAIN)),
        ("Except on…", of_object(EXCEPT)),
        ("Report", of_app(REPORT, &named)),
    ]
}
