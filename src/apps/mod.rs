//! What the product is about. Each model has a folder of its own; everything above is handed values and traits.

pub mod accounts;
pub mod audit_log;
mod blocks;
mod grouped;
pub mod list_key;
pub mod listed;
pub mod permissions;
pub mod security_log;
pub mod sla;

use std::sync::Arc;

use crate::admin::added_page::{AddedPages, ObjectPage};
use crate::admin::address::{Address, ModelPage};
use crate::admin::model::ModelAdmin;
use crate::admin::site::{FoundPlace, GuideStep, Site};
use crate::apps::sla::read_model::newest::ReadModels;
use crate::audit;
use crate::metrics::format::render::Layout;
use crate::metrics::state::current::CurrentState;
use crate::prometheus_api::source::Sources;

pub use permissions::{MODELS, permission, permission_choices, permissions};

/// Returns the models of the admin, which show what the metrics show and list what `read_models` find. A new one is added here.
#[must_use]
pub fn site(metrics: &Arc<CurrentState>, read_models: &Arc<ReadModels>) -> Site {
    let mut models: Vec<Box<dyn ModelAdmin>> = vec![
        Box::new(sla::component::admin::ComponentAdmin::new(
            Arc::clone(metrics),
            Arc::clone(read_models),
        )),
        Box::new(sla::label::admin::LabelAdmin::new(Arc::clone(read_models))),
        Box::new(sla::window::admin::WindowAdmin::new(
            Arc::clone(metrics),
            Arc::clone(read_models),
        )),
        Box::new(sla::calendar::admin::CalendarAdmin::new(
            Arc::clone(metrics),
            Arc::clone(read_models),
        )),
        Box::new(sla::indicator::admin::IndicatorAdmin),
        Box::new(sla::correction::admin::CorrectionAdmin),
        Box::new(sla::closed_report::admin::ClosedReportAdmin),
        Box::new(accounts::user::admin::UserAdmin),
        Box::new(accounts::group::admin::GroupAdmin),
        Box::new(accounts::token::admin::TokenAdmin::new(Arc::clone(metrics))),
    ];
    let log = audit_log::admin::LogEntryAdmin::new(&models);
    models.push(Box::new(log));
    models.push(Box::new(security_log::admin::EventAdmin));
    Site::new(models)
        .titled(&[
            (sla::COMPONENT.app, "Service levels"),
            (accounts::USER.app, "Accounts"),
            (audit::LOG_ENTRY.app, "Audit log"),
        ])
        .guided(guide())
        .finding(places())
}

/// Returns the pages that apps and models add to those of the engine, with metrics in this layout and queries to these sources. A new one is
/// added here.
#[must_use]
pub fn pages(
    metrics: &Arc<CurrentState>,
    read_models: &Arc<ReadModels>,
    layout: Layout,
    sources: &Sources,
) -> AddedPages {
    AddedPages {
        on_start: vec![Box::new(sla::start::StartPage::new(
            Arc::clone(metrics),
            Arc::clone(read_models),
        ))],
        of_apps: vec![
            Box::new(sla::timeline::TimelinePage::new(Arc::clone(read_models))),
            Box::new(sla::report::ReportPage::default()),
            Box::new(sla::start::NextDayPage::new(
                Arc::clone(metrics),
                Arc::clone(read_models),
            )),
        ],
        of_objects: sla::reading::ReadingPage::all(read_models, layout)
            .into_iter()
            .chain([Box::new(sla::explain::ExplainPage::new(layout)) as Box<dyn ObjectPage>])
            .chain(sla::exception::ExceptionPage::all(read_models))
            .chain([Box::new(sla::trying::TryPage::new(sources.clone())) as Box<dyn ObjectPage>])
            .collect(),
    }
}

/// Returns what searches find beside the pages: parts of the start page, and lists that answer common questions.
fn places() -> Vec<FoundPlace> {
    let list = |model| Address::Model(model, ModelPage::List);
    let place = |title, search_words, model, address, rest| FoundPlace {
        title,
        search_words,
        model,
        address,
        rest,
    };
    vec![
        place(
            "What changes next",
            "opens closes upcoming",
            sla::COMPONENT,
            Address::Index,
            "#upcoming",
        ),
        place(
            "Inside now",
            "service hours",
            sla::COMPONENT,
            list(sla::COMPONENT),
            "?state=inside",
        ),
        place(
            "Outside now",
            "service hours",
            sla::COMPONENT,
            list(sla::COMPONENT),
            "?state=outside",
        ),
        place(
            "Calendars that run out",
            "run out of dates holidays expire end",
            sla::CALENDAR,
            list(sla::CALENDAR),
            "?runs_out=past&runs_out=90&o=last_date",
        ),
        place(
            "Log of changes",
            "audit history log",
            audit::LOG_ENTRY,
            list(audit::LOG_ENTRY),
            "",
        ),
    ]
}

/// Returns the steps from an empty installation to metrics.
fn guide() -> Vec<GuideStep> {
    let add = |model| Address::Model(model, ModelPage::Add);
    let step = |model, address, title, why| GuideStep {
        model,
        address,
        title,
        why,
    };
    vec![
        step(
            Some(sla::LABEL),
            add(sla::LABEL),
            "Add a label",
            "Such as team=payments: it distinguishes components in Prometheus.",
        ),
        step(
            Some(sla::CALENDAR),
            add(sla::CALENDAR),
            "Add a calendar",
            "Holidays and maintenance, when no service is promised.",
        ),
        step(
            Some(sla::WINDOW),
            add(sla::WINDOW),
            "Add an SLA window",
            "The hours of service in one time zone, with the calendars that cut into them.",
        ),
        step(
            Some(sla::COMPONENT),
            add(sla::COMPONENT),
            "Add a component",
            "What you run, with its windows and labels.",
        ),
        step(
            None,
            Address::Metrics,
            "See the metrics",
            "Of each component: whether it is in service, since when and until when.",
        ),
    ]
}
