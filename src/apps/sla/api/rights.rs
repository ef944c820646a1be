//! What a token's user must be permitted for an operation as a whole. What a file changes is also checked where it is written.

use std::convert::Infallible;

use crate::api::operation::ApiOperation;
use crate::api::refusal::ApiRefusal;
use crate::api::requests::ApiCall;
use crate::apps::sla::declarative::change::ObjectChange;
use crate::apps::sla::declarative::change_plan::ChangePlan;
use crate::apps::sla::declarative::kinds::{FileKind, KindVisitor, walk};
use crate::auth::permission::Denied;
use crate::auth::{Account, Action, Model, Permission};

/// Says which permissions an operation needs.
pub(super) fn in_words(operation: ApiOperation) -> String {
    match operation {
        ApiOperation::Apply => format!(
            "The user needs the permission to view {}, with which the file is compared, and to add, change and delete what it adds, changes and \
             deletes.",
            every_kind()
        ),
        ApiOperation::Export => format!("The user needs the permission to export {}.", every_kind()),
        ApiOperation::Explain => "The user needs the permission to view components, windows and calendars.".to_owned(),
        ApiOperation::Spans => "The user needs the permission to view components.".to_owned(),
        ApiOperation::Evaluate | ApiOperation::Description => "The user needs no permission.".to_owned(),
    }
}

/// Names the kinds that [`check_every_kind`] is about.
fn every_kind() -> String {
    let mut names = KindNames(Vec::new());
    let Ok(()) = walk(&mut names);
    let KindNames(mut names) = names;
    let last = names.pop().unwrap_or_default();
    format!("{} and {last}", names.join(", "))
}

struct KindNames(Vec<&'static str>);

impl KindVisitor for KindNames {
    type Error = Infallible;

    fn visit<S: FileKind>(&mut self) -> Result<(), Infallible> {
        self.0.push(S::SECTION);
        Ok(())
    }
}

/// Refuses an account that lacks `action` on any kind of object that files have: a file is compared with all of them, and its refusals name them.
pub(super) fn check_every_kind(account: &Account, title: &str, action: Action) -> Result<(), ApiRefusal> {
    walk(&mut KindCheck { account, title, action })
}

/// Refuses a caller who lacks `action` on one of the models.
pub(super) fn check_models(call: &ApiCall<'_>, action: Action, models: &[Model]) -> Result<(), ApiRefusal> {
    let title = call.caller.title();
    models
        .iter()
        .try_for_each(|model| check(&call.caller.account, &title, model.permission(action)))
}

/// Refuses an account that may not do what a plan does.
pub(super) fn check_plan(account: &Account, title: &str, plan: &ChangePlan) -> Result<(), ApiRefusal> {
    walk(&mut PlanCheck { account, title, plan })
}

fn check(account: &Account, title: &str, permission: Permission) -> Result<(), ApiRefusal> {
    if account.may(permission) {
        return Ok(());
    }
    let denied = Denied {
        actor: title.to_owned(),
        permission,
    };
    Err(ApiRefusal::Denied(denied.to_string()))
}

struct KindCheck<'a> {
    account: &'a Account,
    title: &'a str,
    action: Action,
}

impl KindVisitor for KindCheck<'_> {
    type Error = ApiRefusal;

    fn visit<S: FileKind>(&mut self) -> Result<(), ApiRefusal> {
        check(self.account, self.title, S::MODEL.permission(self.action))
    }
}

struct PlanCheck<'a> {
    account: &'a Account,
    title: &'a str,
    plan: &'a ChangePlan,
}

impl KindVisitor for PlanCheck<'_> {
    type Error = ApiRefusal;

    fn visit<S: FileKind>(&mut self) -> Result<(), ApiRefusal> {
        for action in [Action::Add, Action::Change, Action::Delete] {
            let mut changes = S::of(self.plan).iter();
            if changes.any(|change| of_change(change) == action) {
                check(self.account, self.title, S::MODEL.permission(action))?;
            }
        }
        Ok(())
    }
}

fn of_change<S>(change: &ObjectChange<S>) -> Action {
    match change {
        ObjectChange::Add(_) => Action::Add,
        ObjectChange::Update { .. } => Action::Change,
        ObjectChange::Delete { .. } => Action::Delete,
    }
}
