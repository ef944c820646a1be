//! Tokens in the admin: those of all users for users with the permission, to be viewed and revoked, and one's own.

use std::sync::Arc;

use chrono::NaiveDateTime;

use super::list::{self, TokenColumn, TokenFilter};
use super::model::{NewToken, StoredToken};
use super::store;
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, Deletion, ModelAdmin, ModelList, Object, OwnToken, Refusal, Saved, TakenKeys, TokenWish, Tokens,
};
use crate::admin::spec::{Field, Fieldset, ListAction, Sort, Spec, Widget};
use crate::apps::accounts::{AccountChange, apply, user};
use crate::apps::list_key::{ListKey, columns};
use crate::apps::listed;
use crate::audit::Tx;
use crate::auth::token::{TOKEN, TokenState};
use crate::db::{self, Conn};
use crate::metrics::state::current::CurrentState;
use crate::text;

/// The action that revokes chosen tokens.
const REVOKE: &str = "revoke_selected";

/// The model of tokens.
pub struct TokenAdmin {
    /// What knows the time.
    pub(super) metrics: Arc<CurrentState>,
}

impl TokenAdmin {
    /// Returns the model, by the clock of the metrics.
    #[must_use]
    pub fn new(metrics: Arc<CurrentState>) -> Self {
        Self { metrics }
    }
}

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<StoredToken>> {
    match store::get(conn, id) {
        Ok(token) => Ok(Some(token)),
        Err(db::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn fieldset() -> Fieldset {
    let shown = |name, label| Field::new(name, label, Widget::Text).read_only();
    let instant = |name, label| Field::new(name, label, Widget::Instant).read_only();
    Fieldset {
        title: "",
        fields: vec![
            shown("name", "Name"),
            shown("user", "User"),
            shown("scopes", "Scopes"),
            shown("state", "State"),
            instant("created_at", "Made"),
            instant("expires_at", "Expires"),
            instant("revoked_at", "Revoked"),
            instant("last_used_at", "Last used"),
            shown("last_used_address", "Address"),
        ],
    }
}

fn object(token: StoredToken, now: NaiveDateTime) -> Object {
    let (title, state) = (token.title(), token.state(now));
    let StoredToken {
        id,
        user_id: _,
        username,
        name,
        scopes,
        created_at,
        expires_at,
        revoked_at,
        last_used_at,
        last_used_address,
        version,
    } = token;
    let at = |at: Option<NaiveDateTime>| match at {
        Some(at) => at.format("%Y-%m-%dT%H:%M:%S").to_string(),
        None => String::new(),
    };
    let values = [
        ("name", name),
        ("user", username),
        ("scopes", scopes.names().collect::<Vec<_>>().join(", ")),
        ("state", state.name().to_owned()),
        ("created_at", at(Some(created_at))),
        ("expires_at", at(Some(expires_at))),
        ("revoked_at", at(revoked_at)),
        ("last_used_at", at(last_used_at)),
        ("last_used_address", last_used_address),
    ];
    let values = values.into_iter().map(|(name, value)| (name.to_owned(), vec![value]));
    Object {
        id,
        version,
        title,
        values: values.collect(),
        ..Object::default()
    }
}

impl ModelAdmin for TokenAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: TOKEN,
            singular: "token",
            plural: "tokens",
            purpose: "A program acts for a user by a token. Users make their own: Tokens, in the menu of their account.",
            columns: columns::<TokenColumn, TokenColumn>(TokenColumn::column),
            default_sort: &[Sort {
                key: "created_at",
                descending: true,
            }],
            search: Some("name, user and address"),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: None,
            fieldsets: vec![fieldset()],
            add_fieldsets: None,
            inline: None,
            actions: vec![ListAction {
                name: REVOKE,
                label: "Revoke selected tokens",
                of_one: Some("Revoke"),
            }],
            read_only: true,
        }
    }

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn tokens(&self) -> Option<&dyn Tokens> {
        Some(self)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        Ok(load(conn, id)?.map(|token| object(token, self.now())))
    }

    fn is_filter_value(&self, filter: &str, value: &str) -> bool {
        match TokenFilter::declared(filter) {
            TokenFilter::State => TokenState::ALL.iter().any(|state| state.name() == value),
            TokenFilter::User => true,
        }
    }

    fn choices(&self, _conn: &mut Conn, name: &str, _term: &str, _limit: i64) -> db::Result<Vec<(String, String)>> {
        Ok(match TokenFilter::parse(name) {
            Some(TokenFilter::State) => list::states(),
            Some(TokenFilter::User) | None => Vec::new(),
        })
    }

    fn save(&self, _tx: &mut Tx<'_>, _id: Option<i64>, _input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        Err(Refusal::Rule("A token cannot be changed, only revoked.".to_owned()))
    }

    fn deletion(&self, _conn: &mut Conn, _ids: &[i64]) -> db::Result<Deletion> {
        Ok(Deletion::default())
    }

    fn delete(&self, _tx: &mut Tx<'_>, _ids: &[i64]) -> Result<(), Refusal> {
        Err(Refusal::Rule("A token cannot be deleted, only revoked.".to_owned()))
    }

    fn act(&self, tx: &mut Tx<'_>, action: &str, ids: &[i64]) -> Result<usize, Refusal> {
        if action != REVOKE {
            return Err(Refusal::unknown_action(action));
        }
        let mut count = 0;
        for id in ids {
            if let Some(token) = load(tx.reader(), *id)?.filter(|token| token.revoked_at.is_none()) {
                apply(tx, &AccountChange::RevokeToken(token))?;
                count += 1;
            }
        }
        Ok(count)
    }
}

impl Tokens for TokenAdmin {
    fn of_user(&self, conn: &mut Conn, user: i64, now: NaiveDateTime) -> db::Result<Vec<OwnToken>> {
        let own = |token: StoredToken| OwnToken {
            id: token.id,
            state: token.state(now),
            name: token.name,
            scopes: token.scopes,
            created_at: token.created_at,
            expires_at: token.expires_at,
            last_used_at: token.last_used_at,
            last_used_address: token.last_used_address,
        };
        Ok(store::of_user(conn, user)?.into_iter().map(own).collect())
    }

    fn add(&self, tx: &mut Tx<'_>, user: i64, wish: &TokenWish) -> Result<String, Refusal> {
        let user = user::store::get(tx.reader(), user)?;
        let TokenWish {
            name,
            scopes,
            expires_at,
            hash,
        } = wish.clone();
        let name = text::line(&name);
        let token = NewToken {
            name: name.clone(),
            scopes,
            expires_at,
            hash,
        };
        apply(tx, &AccountChange::AddToken { user, token })?;
        Ok(name)
    }

    fn revoke(&self, tx: &mut Tx<'_>, user: i64, id: i64) -> Result<Option<String>, Refusal> {
        let token = load(tx.reader(), id)?;
        let Some(token) = token.filter(|token| token.user_id == user && token.revoked_at.is_none()) else {
            return Ok(None);
        };
        let name = token.name.clone();
        apply(tx, &AccountChange::RevokeToken(token))?;
        Ok(Some(name))
    }
}
