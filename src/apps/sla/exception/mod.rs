//! `Except on…`: one day, or a part of it, that is not as the rules say. For a window and all that use it, or for one component alone. What
//! is stored are ordinary objects: a rule for one time of the window, or a calendar or window that the component alone has.

mod asked;
mod drawn;
mod offered;
mod planned;
mod previewed;
mod sides;
mod stored;

use std::sync::Arc;

use self::asked::{AskedException, asked};
use self::drawn::{ExceptionState, page};
use self::offered::offers;
use self::planned::planned;
use self::previewed::previewed;
use self::sides::ExceptionSides;
use self::stored::{ExceptedObject, load};
use crate::admin::added_page::ObjectPage;
use crate::admin::address::ModelPage;
use crate::admin::context::Context;
use crate::admin::input::FormInput;
use crate::admin::model::Refusal;
use crate::admin::pages::form::ShownPreview;
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply};
use crate::admin::site::SiteEntry;
use crate::admin::views::form::draw::PREVIEW;
use crate::admin::views::form::preview::answer_while_typing;
use crate::admin::views::{ViewError, forbidden, impact};
use crate::apps::sla::declarative::form::carry_out;
use crate::apps::sla::hours::effect::effect;
use crate::apps::sla::hours::stored::StoredHours;
use crate::apps::sla::read_model::newest::ReadModels;
use crate::apps::sla::visible_names::VisibleNames;
use crate::apps::sla::{COMPONENT, EXCEPT, READ, WINDOW};
use crate::audit;
use crate::auth::{Action, Model};

/// The page of a model's objects.
pub struct ExceptionPage {
    model: Model,
    read_models: Arc<ReadModels>,
}

impl ExceptionPage {
    /// Returns the pages of windows and of components.
    #[must_use]
    pub fn all(read_models: &Arc<ReadModels>) -> [Box<dyn ObjectPage>; 2] {
        let page = |model| {
            let read_models = Arc::clone(read_models);
            Box::new(Self { model, read_models }) as Box<dyn ObjectPage>
        };
        [WINDOW, COMPONENT].map(page)
    }
}

/// Why nothing was saved.
enum ExceptionStopped {
    /// The object was changed since the page was made.
    Conflict,
    /// It was deleted.
    Deleted,
    Refused(Refusal),
}

impl From<audit::Error> for ExceptionStopped {
    fn from(error: audit::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<crate::db::Error> for ExceptionStopped {
    fn from(error: crate::db::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl ObjectPage for ExceptionPage {
    fn model(&self) -> Model {
        self.model
    }

    fn name(&self) -> &'static str {
        EXCEPT
    }

    fn action(&self) -> Action {
        Action::Change
    }

    fn view(&self, context: &mut Context<'_>, entry: &SiteEntry, id: i64) -> Result<Option<Reply>, ViewError> {
        self.answer(context, entry, id, None)
    }

    fn post(
        &self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        id: i64,
        posted: &Query,
    ) -> Result<Option<Reply>, ViewError> {
        let answer = self.answer(context, entry, id, Some(posted))?;
        Ok(answer.map(|answer| answer_while_typing(answer, posted)))
    }
}

impl ExceptionPage {
    fn answer(
        &self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        id: i64,
        posted: Option<&Query>,
    ) -> Result<Option<Reply>, ViewError> {
        let Some(object) = load(context.conn, self.model, id, context.zone())? else {
            return Ok(None);
        };
        let offers = offers(&context.account, &object);
        let Some(posted) = posted else {
            let state = ExceptionState::new(&context.query);
            return page(context, entry, &object, offers, state).map(Some);
        };
        if offers.is_empty() {
            return forbidden(context).map(Some);
        }
        let mut input = FormInput::new(posted);
        let version = input.take("_version", |text| text.parse::<i64>().map_err(|_| MISSING_VERSION));
        let asked = asked(&mut input, &offers);
        let (Some(version), Some(asked)) = (version, asked) else {
            let state = ExceptionState::new(posted).refused(422, input.into_errors());
            return page(context, entry, &object, offers, state).map(Some);
        };
        let outcome = match posted.get(PREVIEW).is_some() {
            true => self.preview(context, &object, version, &asked).map(Err),
            false => self.save(context, entry, &object, version, &asked).map(Ok),
        };
        let (status, message) = match outcome {
            Ok(Ok(saved)) => return Ok(Some(saved)),
            Ok(Err(shown)) => {
                let state = ExceptionState::new(posted).previewed(shown);
                return page(context, entry, &object, offers, state).map(Some);
            }
            Err(ExceptionStopped::Deleted) => return Ok(None),
            Err(ExceptionStopped::Conflict) => (409, CONFLICT.to_owned()),
            Err(ExceptionStopped::Refused(Refusal::Rule(message))) => (422, message),
            Err(ExceptionStopped::Refused(Refusal::Audit(error))) => return Err(error.into()),
            Err(ExceptionStopped::Refused(refusal)) => (422, refusal.to_string()),
        };
        let mut errors = input.into_errors();
        errors.entry(String::new()).or_default().push(message);
        let Some(object) = load(context.conn, self.model, id, context.zone())? else {
            return Ok(None);
        };
        let state = ExceptionState::new(posted).refused(status, errors);
        page(context, entry, &object, offers, state).map(Some)
    }
}

const MISSING_VERSION: &str = "The field _version is missing: load the page again, so that no change is lost.";
const CONFLICT: &str = "It was changed since you opened this page, and nothing was saved. What you typed is still here: look at the preview, then \
                        save again.";

impl ExceptionPage {
    fn preview(
        &self,
        context: &mut Context<'_>,
        object: &ExceptedObject,
        version: i64,
        asked: &AskedException,
    ) -> Result<ShownPreview, ExceptionStopped> {
        if object.version() != version {
            return Err(ExceptionStopped::Conflict);
        }
        let model = self.read_models.current(context.conn)?;
        let planned = planned(context.conn, &model, object, asked).map_err(ExceptionStopped::Refused)?;
        let now = context.now.and_utc().timestamp();
        let names = VisibleNames::of(&context.account);
        let mut preview = previewed(context.conn, object, &planned.plan, asked, names, now)?;
        if let Some(impact) = &mut preview.impact {
            impact.notes.extend(planned.kept_in);
        }
        let impact = preview.impact.take().map(|impact| impact::shown(context, impact));
        Ok(ShownPreview { preview, impact })
    }

    fn save(
        &self,
        context: &mut Context<'_>,
        entry: &SiteEntry,
        object: &ExceptedObject,
        version: i64,
        asked: &AskedException,
    ) -> Result<Reply, ExceptionStopped> {
        let (id, zone, now) = (object.id(), context.zone(), context.now.and_utc().timestamp());
        let names = VisibleNames::of(&context.account);
        let actor = context.actor();
        audit::transaction(context.conn, &actor, context.now, |tx| {
            let stored = load(tx.reader(), self.model, id, zone)?.ok_or(ExceptionStopped::Deleted)?;
            if stored.version() != version {
                return Err(ExceptionStopped::Conflict);
            }
            let model = self.read_models.current(tx.reader())?;
            let planned = planned(tx.reader(), &model, &stored, asked).map_err(ExceptionStopped::Refused)?;
            let may_view = tx.actor().may(COMPONENT.permission(Action::View));
            let did = match may_view {
                true => effect(tx.reader(), &self.read_models, &planned.plan, now)?,
                false => None,
            };
            let hours = match &stored {
                ExceptedObject::Window(_) => StoredHours::of_windows(tx.reader(), &[id])?,
                ExceptedObject::Component(..) => StoredHours::of_components(tx.reader(), &[id])?,
            };
            let outcome = ExceptionSides::new(&hours, &planned.plan, &stored).outcome(asked, names, now);
            carry_out(tx, &planned.plan).map_err(ExceptionStopped::Refused)?;
            let url: String = entry.address(ModelPage::Added(id.into(), READ)).into();
            let kept_in = planned.kept_in.map(|kept| format!(" {kept}")).unwrap_or_default();
            let did = did.map(|did| format!(" {did}.")).unwrap_or_default();
            let singular = entry.spec.singular;
            let (text, after) = match outcome.changes {
                true => (
                    format!("The {singular} “"),
                    format!("” {}.{kept_in}{did}", asked.words()),
                ),
                false => (
                    format!("The exception is saved, and changes no hours of the {singular} “"),
                    format!("”.{kept_in}"),
                ),
            };
            let mut messages = vec![Message {
                level: Level::Success,
                text,
                link: Some((url.clone(), stored.name().to_owned())),
                after,
            }];
            let warnings = outcome.warnings.into_iter();
            messages.extend(warnings.map(|warning| Message::new(Level::Warning, &warning)));
            tx.leave_messages(&messages)?;
            Ok(Reply::Redirect {
                to: url,
                messages: Vec::new(),
            })
        })
    }
}
