//! Users in the admin.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::exchange::UserExchange;
use super::list::{self, UserColumn};
use super::model::{RestoredUser, StoredUser, UserState};
use super::{form, store};
use crate::admin::address::{Address, ModelPage};
use crate::admin::input::FormInput;
use crate::admin::model::{
    About, AboutState, Accounts, ChangeWords, Deletion, ListQuery, ModelAdmin, ModelList, NamedObject, NotRestored,
    Object, Refusal, Saved, TakenKeys,
};
use crate::admin::saved_views;
use crate::admin::spec::{Sort, Spec};
use crate::admin::transfer::Exchange;
use crate::apps::accounts::{AccountChange, GROUP, NewPassword, USER, apply, group, rules, token};
use crate::apps::list_key::columns;
use crate::apps::listed::{self, MemoryList};
use crate::apps::permissions::{missing_permissions, permission_change};
use crate::audit::Tx;
use crate::auth::password::PasswordHash;
use crate::auth::{Account, Action, session};
use crate::db::{self, Conn};

/// The model of users.
pub struct UserAdmin;

fn load(conn: &mut Conn, id: i64) -> db::Result<Option<StoredUser>> {
    match store::get(conn, id) {
        Ok(user) => Ok(Some(user)),
        Err(db::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

impl ModelAdmin for UserAdmin {
    fn spec(&self) -> Spec {
        Spec {
            model: USER,
            singular: "user",
            plural: "users",
            purpose: "Users log in here. Their permissions say what they may view and change.",
            columns: columns::<UserColumn, UserColumn>(UserColumn::column),
            default_sort: &[Sort {
                key: "username",
                descending: false,
            }],
            search: Some("username, names and email"),
            filters: list::filters(),
            ranges: list::ranges(),
            date_hierarchy: None,
            fieldsets: form::fieldsets(),
            add_fieldsets: Some(form::add_fieldsets()),
            inline: None,
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn taken(&self) -> TakenKeys {
        listed::taken_by(self)
    }

    fn list(&self, _: &mut Conn) -> db::Result<Box<dyn ModelList + '_>> {
        Ok(listed::open(self))
    }

    fn change_words(&self) -> ChangeWords {
        permission_change
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&UserExchange)
    }

    fn accounts(&self) -> Option<&dyn Accounts> {
        Some(self)
    }

    fn about(&self) -> AboutState {
        About::NOTHING
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(user) = load(conn, id)? else { return Ok(None) };
        Ok(Some(Object {
            id,
            version: user.version,
            values: form::values(&user.state),
            title: user.state.username,
            ..Object::default()
        }))
    }

    fn blank(&self) -> Object {
        Object {
            values: form::blank(),
            ..Object::default()
        }
    }

    fn choices(&self, conn: &mut Conn, name: &str, term: &str, limit: i64) -> db::Result<Vec<(String, String)>> {
        if name == "user_permissions" {
            return Ok(crate::apps::permission_choices());
        }
        let users = store::all(conn)?
            .into_iter()
            .map(|user| (user.id, user.state.username))
            .collect();
        Ok(listed::choices(users, term, limit))
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
        match id {
            None => add(tx, input),
            Some(id) => change(tx, id, input),
        }
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let wanted = ListQuery {
            keys: Some(ids.to_vec()),
            ..ListQuery::default()
        };
        let users: Vec<StoredUser> = self.lines(conn, &wanted)?.into_iter().map(|line| line.0).collect();
        let count = users.len() as u64;
        let found: Vec<i64> = users.iter().map(|user| user.id).collect();
        let sessions = session::count_by_user(conn, &found)?;
        let views = saved_views::count_by_user(conn, &found)?;
        let tokens = token::store::count_by_user(conn, &found)?;
        let sum = |counts: &[(i64, i64)]| counts.iter().filter_map(|(_, count)| u64::try_from(*count).ok()).sum();
        let counts = [
            ("users", count),
            ("sessions", sum(&sessions)),
            ("saved views", sum(&views)),
            ("tokens", sum(&tokens)),
            (
                "memberships of groups",
                users.iter().map(|user| user.state.groups.len() as u64).sum(),
            ),
        ];
        let groups = group::store::names(conn)?;
        let counted: [(&str, HashMap<i64, i64>); 3] = [
            ("session", sessions.into_iter().collect()),
            ("saved view", views.into_iter().collect()),
            ("token", tokens.into_iter().collect()),
        ];
        let parts = |user: &StoredUser| {
            let kept = counted.iter().filter_map(|(what, counts)| match counts.get(&user.id) {
                Some(1) => Some(NamedObject::from(format!("1 {what}"))),
                Some(count) => Some(NamedObject::from(format!("{count} {what}s"))),
                None => None,
            });
            let groups = user.state.groups.iter().filter_map(|id| {
                let words = format!("membership of the group {}", groups.get(id)?);
                Some(NamedObject::object(GROUP, *id, words))
            });
            let permissions = user.state.permissions.iter();
            let permissions = permissions.map(|permission| NamedObject::from(format!("permission {permission}")));
            (user.id, kept.chain(groups).chain(permissions).collect())
        };
        let parts = users.iter().map(parts).collect();
        let names = users.iter().map(|user| (user.id, user.state.username.clone()));
        Ok(Deletion {
            counts: counts
                .into_iter()
                .map(|(kind, count)| (kind.to_owned(), count))
                .collect(),
            tree: listed::tree(USER, names, count, parts),
            about: Vec::new(),
            notes: Vec::new(),
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        for id in ids {
            if let Some(user) = load(tx.reader(), *id)? {
                apply(tx, &AccountChange::DeleteUser(user))?;
            }
        }
        Ok(())
    }

    fn may(&self, conn: &mut Conn, account: &Account, action: Action, id: i64) -> db::Result<bool> {
        if account.is_superuser || action == Action::View {
            return Ok(true);
        }
        Ok(load(conn, id)?.is_none_or(|user| !user.state.is_superuser))
    }

    fn tools(&self, object: &Object) -> Vec<(&'static str, String)> {
        let address = Address::Model(USER, ModelPage::Password(object.id.into()));
        vec![("Change password", address.into())]
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let groups = group::store::names(conn)?;
        let Some(restored) = UserState::from_json(state, &groups) else {
            return Ok(None);
        };
        let RestoredUser {
            state,
            missing_zone,
            missing_groups,
        } = restored;
        let zone = missing_zone.map(|title| NotRestored {
            kind: "time zone",
            title,
            model: None,
        });
        let groups = missing_groups.into_iter().map(|name| NotRestored::object(GROUP, name));
        let missing = zone
            .into_iter()
            .chain(groups)
            .chain(missing_permissions(&state.permissions));
        let mut values = form::values(&state);
        values.extend(form::blank());
        Ok(Some(Object {
            values,
            missing: missing.collect(),
            ..Object::default()
        }))
    }
}

impl Accounts for UserAdmin {
    fn hash_password(&self, id: Option<i64>, input: &mut FormInput<'_>) {
        if id.is_none() {
            form::read_password(input);
        }
    }

    fn password_complaints(&self, conn: &mut Conn, id: i64, password: &str) -> db::Result<Vec<String>> {
        Ok(rules::password(password, &store::get(conn, id)?.state))
    }

    fn set_password(
        &self,
        tx: &mut Tx<'_>,
        id: i64,
        password: &PasswordHash,
        must_change: bool,
    ) -> Result<(), Refusal> {
        let change = AccountChange::SetPassword {
            user: store::get(tx.reader(), id)?,
            password: NewPassword {
                hash: password.clone(),
                must_change,
            },
        };
        apply(tx, &change).map(drop)
    }

    fn set_timezone(&self, tx: &mut Tx<'_>, id: i64, input: &mut FormInput<'_>) -> Result<bool, Refusal> {
        let user = store::get(tx.reader(), id)?;
        let Some(timezone) = input.take("timezone", rules::timezone) else {
            return Err(Refusal::Input);
        };
        let changed = user.state.timezone != timezone;
        apply(tx, &AccountChange::SetTimezone { user, timezone })?;
        Ok(changed)
    }
}

fn add(tx: &mut Tx<'_>, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
    let state = UserState::new(input.text("username"));
    let names = store::names_but(tx.reader(), None)?;
    for error in rules::user_fields(None, &state, &names) {
        input.refuse(error.field, error.message);
    }
    let Some(hash) = input.take_password().filter(|_| input.is_valid()) else {
        return Err(Refusal::Input);
    };
    let title = state.username.clone();
    let password = NewPassword {
        hash,
        must_change: input.flag(form::MUST_CHANGE),
    };
    Ok(Saved {
        id: apply(tx, &AccountChange::AddUser { state, password })?,
        title,
        changed: true,
        outcome: None,
        warnings: vec!["Now enter who this is and what they may do: a new user may not use the admin yet.".to_owned()],
    })
}

fn change(tx: &mut Tx<'_>, id: i64, input: &mut FormInput<'_>) -> Result<Saved, Refusal> {
    let before = store::get(tx.reader(), id)?;
    let groups = group::store::names(tx.reader())?;
    let after = form::read(input, &before.state, &groups);
    if !input.is_valid() {
        return Err(Refusal::Input);
    }
    let (title, changed) = (after.username.clone(), before.state != after);
    apply(tx, &AccountChange::ChangeUser { before, after })?;
    Ok(Saved {
        id,
        title,
        changed,
        outcome: None,
        warnings: Vec::new(),
    })
}
