//! The user's own tokens for programs: listed, made and revoked. The secret of a new one is in the answer to the form that made it, and nowhere else.

use askama::Template;
use chrono::TimeDelta;

use super::answer::AdminAnswer;
use super::password::{self, OldPasswordError};
use super::request::AdminRequest;
use crate::admin::address::Address;
use crate::admin::context::{Context, ERROR_PREFIX};
use crate::admin::model::{OwnToken, Refusal, TokenWish, Tokens};
use crate::admin::pages::tokens::{ShownToken, TokenForm, TokensPage};
use crate::admin::query::Query;
use crate::admin::reply::{Level, Message, Reply, redirect};
use crate::admin::views::{self, ViewError};
use crate::audit;
use crate::auth::token::{EXPIRY_DAYS, EXPIRY_DAYS_MAX, TokenScope, TokenScopes, TokenSecret, TokenState};

/// What is said when no token was revoked.
const ENDED_BEFORE: &str = "This token was revoked before.";

/// Lists the tokens, makes one, or revokes one.
pub(super) fn own(context: &mut Context<'_>, asked: &AdminRequest) -> Result<AdminAnswer, ViewError> {
    let mut entries = context.site.entries().iter();
    let Some(tokens) = entries.find_map(|entry| entry.admin.tokens()) else {
        return views::not_found(context).map(AdminAnswer::from);
    };
    match &asked.posted {
        None => page(context, tokens, blank(), None),
        Some(posted) => match posted.get("revoke") {
            Some(id) => revoke(context, tokens, id),
            None => make(context, asked, tokens, posted),
        },
    }
}

/// Revokes a token.
fn revoke(context: &mut Context<'_>, tokens: &dyn Tokens, id: &str) -> Result<AdminAnswer, ViewError> {
    let (actor, user) = (context.actor(), context.account.id);
    let revoked = match id.parse::<i64>() {
        Ok(id) => audit::transaction(context.conn, &actor, context.now, |tx| tokens.revoke(tx, user, id)),
        Err(_) => Ok(None),
    };
    let message = match revoked {
        Ok(Some(name)) => Message::new(Level::Success, format!("The token “{name}” was revoked.")),
        Ok(None) => Message::new(Level::Warning, ENDED_BEFORE),
        Err(Refusal::Audit(error)) => return Err(error.into()),
        Err(refusal) => Message::new(Level::Error, refusal.to_string()),
    };
    Ok(redirect(Address::Tokens, message).into())
}

/// Makes a token for a user who typed their password once more.
fn make(
    context: &mut Context<'_>,
    asked: &AdminRequest,
    tokens: &dyn Tokens,
    posted: &Query,
) -> Result<AdminAnswer, ViewError> {
    let (mut form, scopes) = read(posted);
    match password::retyped(context, asked, posted.get("old_password").unwrap_or(""))? {
        Ok(()) => {}
        Err(OldPasswordError::Blocked(seconds)) => return password::blocked(context, seconds),
        Err(OldPasswordError::Wrong(_)) => {
            let error = "Your password was entered incorrectly. Please enter it again.";
            form.errors.push(("old_password", error.to_owned()));
        }
    }
    let Some(days) = days(&mut form).filter(|_| form.errors.is_empty()) else {
        return page(context, tokens, form, None);
    };
    let secret = TokenSecret::random();
    let wish = TokenWish {
        name: form.name.clone(),
        scopes,
        expires_at: context.now + TimeDelta::days(days),
        hash: secret.hash(),
    };
    let (actor, user) = (context.actor(), context.account.id);
    let made = audit::transaction(context.conn, &actor, context.now, |tx| tokens.add(tx, user, &wish));
    match made {
        Ok(name) => page(context, tokens, blank(), Some((name, secret))),
        Err(Refusal::Fields(errors)) => {
            form.errors
                .extend(errors.into_iter().map(|error| (error.field, error.message)));
            page(context, tokens, form, None)
        }
        Err(Refusal::Audit(error)) => Err(error.into()),
        Err(refusal) => {
            form.errors.push(("name", refusal.to_string()));
            page(context, tokens, form, None)
        }
    }
}

/// Returns the form for a new token.
fn blank() -> TokenForm {
    TokenForm {
        name: String::new(),
        scopes: offered(&TokenScopes::default()),
        days: EXPIRY_DAYS.to_string(),
        days_max: EXPIRY_DAYS_MAX,
        errors: Vec::new(),
    }
}

/// Returns the scopes as the form offers them, with ticks at some.
fn offered(ticked: &TokenScopes) -> Vec<(&'static str, &'static str, bool)> {
    let offer = |scope: TokenScope| (scope.name(), scope.meaning(), ticked.has(scope));
    TokenScope::ALL.map(offer).to_vec()
}

/// Reads the form, and the scopes that are ticked in it.
fn read(posted: &Query) -> (TokenForm, TokenScopes) {
    let mut errors = Vec::new();
    let mut scopes = Vec::new();
    for name in posted.all("scopes") {
        match name.parse::<TokenScope>() {
            Ok(scope) => scopes.push(scope),
            Err(error) => errors.push(("scopes", format!("{error}."))),
        }
    }
    let scopes: TokenScopes = scopes.into_iter().collect();
    let form = TokenForm {
        name: posted.get("name").unwrap_or("").to_owned(),
        scopes: offered(&scopes),
        days: posted.get("expires").unwrap_or("").to_owned(),
        days_max: EXPIRY_DAYS_MAX,
        errors,
    };
    (form, scopes)
}

/// Reads how many days the token is to be valid.
fn days(form: &mut TokenForm) -> Option<i64> {
    let days = form.days.trim().parse::<i64>().ok();
    let days = days.filter(|days| (1..=EXPIRY_DAYS_MAX).contains(days));
    if days.is_none() {
        let error = format!("Enter a whole number of days, from 1 to {EXPIRY_DAYS_MAX}.");
        form.errors.push(("expires", error));
    }
    days
}

/// Draws the page; `made` is the name and the secret of a token that was made.
fn page(
    context: &mut Context<'_>,
    tokens: &dyn Tokens,
    form: TokenForm,
    made: Option<(String, TokenSecret)>,
) -> Result<AdminAnswer, ViewError> {
    let status = if form.errors.is_empty() { 200 } else { 422 };
    let prefix = if status == 200 { "" } else { ERROR_PREFIX };
    let own = tokens.of_user(context.conn, context.account.id, context.now)?;
    let crumbs = vec![
        ("Home".to_owned(), Some(Address::Index.into())),
        ("Tokens".to_owned(), None),
    ];
    let page = TokensPage {
        tokens: own.into_iter().map(|token| shown(context, token)).collect(),
        made: made.map(|(name, secret)| (name, secret.as_str().to_owned())),
        form,
        frame: context.frame(&format!("{prefix}Your tokens"), crumbs, "tokens"),
    };
    let body = page.render()?;
    Ok(Reply::Html { status, body }.into())
}

fn shown(context: &Context<'_>, token: OwnToken) -> ShownToken {
    let OwnToken {
        id,
        name,
        scopes,
        created_at,
        expires_at,
        last_used_at,
        last_used_address,
        state,
    } = token;
    ShownToken {
        id,
        name,
        scopes: scopes.names().collect::<Vec<_>>().join(", "),
        created: context.natural(created_at),
        expires: context.natural(expires_at),
        used: last_used_at.map(|at| context.natural(at)),
        address: last_used_address,
        state: state.name(),
        is_active: state == TokenState::Active,
    }
}
