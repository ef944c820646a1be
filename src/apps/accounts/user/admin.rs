//! Users in the admin. Adding takes two steps: a name and a password first, everything else on the page that follows.

use std::collections::{BTreeSet, HashMap};
use std::convert::Infallible;

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::exchange::UserExchange;
use super::model::{StoredUser, UserState};
use super::store;
use crate::admin::address::{Address, ModelPage};
use crate::admin::input::Input;
use crate::admin::model::{Cell, Deletion, Missing, ModelAdmin, Named, Object, Refusal, Row, Saved, Values, Wanted};
use crate::admin::saved_views;
use crate::admin::spec::{Choices, Column, Field, Fieldset, Filter, Range, RangeKind, Sort, Spec, Widget};
use crate::admin::transfer::Exchange;
use crate::apps::accounts::{GROUP, Refusal as Refused, USER, group, refusal, rules};
use crate::apps::listed::{self, Key, Listed, listed};
use crate::audit::Tx;
use crate::auth::password::{self, PasswordHash};
use crate::auth::{Account, Action, session};
use crate::db::{self, Conn};
use crate::text;

/// Users.
pub struct UserAdmin;

struct Line(StoredUser);

impl Listed for Line {
    fn id(&self) -> i64 {
        self.0.id
    }

    fn texts(&self) -> Vec<&str> {
        let state = &self.0.state;
        vec![&state.username, &state.first_name, &state.last_name, &state.email]
    }

    fn values(&self, filter: &str) -> Vec<String> {
        let state = &self.0.state;
        match filter {
            "is_staff__exact" => listed::flag(state.is_staff),
            "is_superuser__exact" => listed::flag(state.is_superuser),
            "is_active__exact" => listed::flag(state.is_active),
            _ => state.groups.iter().map(ToString::to_string).collect(),
        }
    }

    fn instant(&self, _range: &str) -> Option<NaiveDateTime> {
        self.0.last_login
    }

    fn key(&self, column: &str) -> Key {
        let state = &self.0.state;
        match column {
            "email" => Key::text(&state.email),
            "is_staff" => Key::Number(i64::from(state.is_staff)),
            "is_active" => Key::Number(i64::from(state.is_active)),
            "last_login" => Key::Number(self.0.last_login.map_or(0, |at| at.and_utc().timestamp())),
            _ => Key::text(&state.username),
        }
    }
}

fn lines(conn: &mut Conn, wanted: &Wanted) -> db::Result<Vec<Line>> {
    Ok(listed(store::all(conn)?.into_iter().map(Line).collect(), wanted))
}

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
            columns: vec![
                Column::new("username", "Username").sorts().links(),
                Column::new("email", "Email").sorts(),
                Column::new("is_staff", "Staff").sorts(),
                Column::new("is_active", "Active").sorts(),
                Column::new("last_login", "Last login").sorts(),
            ],
            default_sort: &[Sort {
                key: "username",
                descending: false,
            }],
            search: Some("username, names and email"),
            filters: vec![
                Filter {
                    key: "is_staff__exact",
                    title: "Staff",
                    choices: Choices::Flag,
                },
                Filter {
                    key: "is_superuser__exact",
                    title: "Superuser",
                    choices: Choices::Flag,
                },
                Filter {
                    key: "is_active__exact",
                    title: "Active",
                    choices: Choices::Flag,
                },
                Filter {
                    key: "groups__id__exact",
                    title: "Group",
                    choices: Choices::Related(GROUP),
                },
            ],
            ranges: vec![Range {
                key: "last_login",
                title: "Last login",
                kind: RangeKind::Date,
            }],
            date_hierarchy: None,
            fieldsets: fieldsets(),
            add_fieldsets: Some(vec![Fieldset {
                title: "",
                fields: vec![
                    Field::new("username", "Username", Widget::Text)
                        .required()
                        .help("At most 150 characters: letters, digits and @ . + - _"),
                    Field::new("password1", "Password", Widget::Password).required(),
                    Field::new("password2", "Password, again", Widget::Password).required(),
                    Field::new("must_change", "Must choose another password", Widget::Flag)
                        .help("At the next login, before anything else."),
                ],
            }]),
            inline: None,
            actions: Vec::new(),
            read_only: false,
        }
    }

    fn count(&self, conn: &mut Conn, wanted: &Wanted, limit: i64) -> db::Result<i64> {
        Ok(listed::count(&lines(conn, wanted)?, limit))
    }

    fn rows(&self, conn: &mut Conn, wanted: &Wanted, offset: i64, limit: i64) -> db::Result<Vec<Row>> {
        let row = |Line(user): Line| Row {
            id: user.id,
            version: user.version,
            title: user.state.username.clone(),
            cells: vec![
                Cell::Text(user.state.username),
                Cell::Text(user.state.email),
                Cell::Flag(user.state.is_staff),
                Cell::Flag(user.state.is_active),
                Cell::Instant(user.last_login),
            ],
        };
        Ok(listed::slice(lines(conn, wanted)?, offset, limit)
            .into_iter()
            .map(row)
            .collect())
    }

    fn keys(&self, conn: &mut Conn, wanted: &Wanted, limit: i64) -> db::Result<Vec<i64>> {
        Ok(listed::keys(&lines(conn, wanted)?, limit))
    }

    fn facets(&self, conn: &mut Conn, filter: &str, wanted: &Wanted) -> db::Result<Vec<(String, i64)>> {
        Ok(listed::facets(&lines(conn, wanted)?, filter))
    }

    fn exchange(&self) -> Option<&dyn Exchange> {
        Some(&UserExchange)
    }

    fn object(&self, conn: &mut Conn, id: i64) -> db::Result<Option<Object>> {
        let Some(user) = load(conn, id)? else { return Ok(None) };
        let state = &user.state;
        let flag = |flag: bool| if flag { vec!["on".to_owned()] } else { Vec::new() };
        let mut values = Values::new();
        let mut put = |name: &str, value: Vec<String>| values.insert(name.to_owned(), value);
        put("username", vec![state.username.clone()]);
        put("first_name", vec![state.first_name.clone()]);
        put("last_name", vec![state.last_name.clone()]);
        put("email", vec![state.email.clone()]);
        put(
            "timezone",
            vec![state.timezone.map_or_else(String::new, |zone| zone.name().to_owned())],
        );
        put("is_active", flag(state.is_active));
        put("is_staff", flag(state.is_staff));
        put("is_superuser", flag(state.is_superuser));
        put("groups", state.groups.iter().map(ToString::to_string).collect());
        put("user_permissions", state.permissions.iter().cloned().collect());
        Ok(Some(Object {
            id,
            version: user.version,
            title: state.username.clone(),
            values,
            ..Object::default()
        }))
    }

    fn blank(&self) -> Object {
        let must_change = ("must_change".to_owned(), vec!["on".to_owned()]);
        Object {
            values: Values::from([must_change]),
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

    fn prepare(&self, id: Option<i64>, input: &mut Input<'_>) {
        if id.is_none() {
            read_password(input);
        }
    }

    fn save(&self, tx: &mut Tx<'_>, id: Option<i64>, input: &mut Input<'_>) -> Result<Saved, Refusal> {
        match id {
            None => add(tx, input),
            Some(id) => change(tx, id, input),
        }
    }

    fn deletion(&self, conn: &mut Conn, ids: &[i64]) -> db::Result<Deletion> {
        let wanted = Wanted {
            keys: Some(ids.to_vec()),
            ..Wanted::default()
        };
        let users: Vec<StoredUser> = lines(conn, &wanted)?.into_iter().map(|line| line.0).collect();
        let count = users.len() as u64;
        let found: Vec<i64> = users.iter().map(|user| user.id).collect();
        let sessions = session::count_by_user(conn, &found)?;
        let views = saved_views::count_by_user(conn, &found)?;
        let sum = |counts: &[(i64, i64)]| counts.iter().filter_map(|(_, count)| u64::try_from(*count).ok()).sum();
        let counts = [
            ("users", count),
            ("sessions", sum(&sessions)),
            ("saved views", sum(&views)),
            (
                "memberships of groups",
                users.iter().map(|user| user.state.groups.len() as u64).sum(),
            ),
        ];
        let groups = group::store::names(conn)?;
        let counted: [(&str, HashMap<i64, i64>); 2] = [
            ("session", sessions.into_iter().collect()),
            ("saved view", views.into_iter().collect()),
        ];
        let parts = |user: &StoredUser| {
            let kept = counted.iter().filter_map(|(what, counts)| match counts.get(&user.id) {
                Some(1) => Some(Named::from(format!("1 {what}"))),
                Some(count) => Some(Named::from(format!("{count} {what}s"))),
                None => None,
            });
            let groups = user.state.groups.iter().filter_map(|id| {
                let words = format!("membership of the group {}", groups.get(id)?);
                Some(Named::object(GROUP, *id, words))
            });
            let permissions = user.state.permissions.iter();
            let permissions = permissions.map(|permission| Named::from(format!("permission {permission}")));
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
            protected: Vec::new(),
        })
    }

    fn delete(&self, tx: &mut Tx<'_>, ids: &[i64]) -> Result<(), Refusal> {
        for id in ids {
            if let Some(user) = load(tx.reader(), *id)? {
                super::delete(tx, &user).map_err(|refused| refusal(refused, None))?;
            }
        }
        Ok(())
    }

    fn has_password(&self) -> bool {
        true
    }

    fn may(&self, conn: &mut Conn, account: &Account, action: Action, id: i64) -> db::Result<bool> {
        if account.is_superuser || action == Action::View {
            return Ok(true);
        }
        Ok(load(conn, id)?.is_none_or(|user| !user.state.is_superuser))
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
        let user = store::get(tx.reader(), id)?;
        super::set_password_with(tx, &user, password, must_change).map_err(|refused| refusal(refused, None))
    }

    fn set_timezone(&self, tx: &mut Tx<'_>, id: i64, input: &mut Input<'_>) -> Result<bool, Refusal> {
        let user = store::get(tx.reader(), id)?;
        let timezone = input.text("timezone");
        super::set_timezone(tx, &user, timezone).map_err(|refused| refusal(refused, Some(input)))
    }

    fn tools(&self, object: &Object, can_change: bool) -> Vec<(String, String)> {
        if can_change {
            vec![(
                "Change password".to_owned(),
                Address::Model(USER, ModelPage::Password(object.id.into())).into(),
            )]
        } else {
            Vec::new()
        }
    }

    fn restored(&self, conn: &mut Conn, state: &Map<String, Value>) -> db::Result<Option<Object>> {
        let groups = group::store::names(conn)?;
        let mut values = Values::new();
        for (key, value) in state {
            let texts = match value {
                Value::String(text) => vec![text.clone()],
                Value::Bool(true) => vec!["on".to_owned()],
                Value::Array(items) => items
                    .iter()
                    .filter_map(|item| item.as_str().map(str::to_owned))
                    .collect(),
                _ => Vec::new(),
            };
            values.insert(key.clone(), texts);
        }
        let mut missing = Vec::new();
        // The trail calls groups by their names, the form by their keys.
        if let Some(names) = values.remove("groups") {
            let known = |name: &&String| groups.values().any(|known| known == *name);
            let deleted = names.iter().filter(|name| !known(name));
            missing.extend(deleted.map(|name| Missing::object(GROUP, name.clone())));
            let keys = groups.iter().filter(|(_, name)| names.contains(name));
            values.insert("groups".to_owned(), keys.map(|(id, _)| id.to_string()).collect());
        }
        let permissions = values.get("user_permissions").map(Vec::as_slice).unwrap_or_default();
        missing.extend(crate::apps::accounts::missing_permissions(permissions));
        Ok(Some(Object {
            values,
            missing,
            ..Object::default()
        }))
    }
}

fn fieldsets() -> Vec<Fieldset> {
    vec![
        Fieldset {
            title: "",
            fields: vec![Field::new("username", "Username", Widget::Text).required()],
        },
        Fieldset {
            title: "Personal",
            fields: vec![
                Field::new("first_name", "First name", Widget::Text),
                Field::new("last_name", "Last name", Widget::Text),
                Field::new("email", "Email", Widget::Text),
                Field::new("timezone", "Time zone", Widget::Zone)
                    .help("In which times are shown, e.g. Europe/Berlin; empty: UTC."),
            ],
        },
        Fieldset {
            title: "Permissions",
            fields: vec![
                Field::new("is_active", "Active", Widget::Flag)
                    .help("May log in, if staff as well. Untick this instead of deleting somebody.")
                    .bulk(),
                Field::new("is_staff", "Staff", Widget::Flag)
                    .help("May use this admin; nobody else can log in here.")
                    .bulk(),
                Field::new("is_superuser", "Superuser", Widget::Flag).help("Has all permissions."),
                Field::new("groups", "Groups", Widget::Many(Choices::Related(GROUP))).bulk(),
                Field::new("user_permissions", "Permissions", Widget::Many(Choices::Listed))
                    .help("Beside those of the groups."),
            ],
        },
    ]
}

/// Reads the password of a new user, typed twice, and keeps its hash if it may be taken.
fn read_password(input: &mut Input<'_>) {
    let state = UserState::new(input.text("username"));
    let (first, second) = (input.raw("password1"), input.raw("password2"));
    if first.is_empty() {
        input.refuse("password1", "This field is required.");
        return;
    }
    let complaints = if first == second {
        rules::password(first, &state)
    } else {
        vec!["The two password fields didn’t match.".to_owned()]
    };
    if complaints.is_empty() {
        input.keep_password(password::hash(first));
    }
    complaints
        .into_iter()
        .for_each(|complaint| input.refuse("password2", complaint));
}

fn add(tx: &mut Tx<'_>, input: &mut Input<'_>) -> Result<Saved, Refusal> {
    let state = UserState::new(input.text("username"));
    let names = store::names_but(tx.reader(), None)?;
    rules::user_fields(None, &state, &names)
        .into_iter()
        .for_each(|error| input.refuse(error.field, error.message));
    let hash = input.take_password().filter(|_| input.is_valid());
    let Some(hash) = hash else {
        return Err(Refusal::Input);
    };
    let must_change = input.flag("must_change");
    let id = super::add_with(tx, &state, &hash, must_change).map_err(|refused| refusal(refused, Some(input)))?;
    Ok(Saved {
        id,
        title: state.username,
        changed: true,
        warnings: vec!["Now say who this is and what they may do: a new user may not use the admin yet.".to_owned()],
    })
}

/// Returns a text of one line as it is stored. What is wrong with it is looked at with the rest.
fn settled(given: &str, stored: &str) -> String {
    let Ok(settled) = text::settle_line(Some(stored), given, |_| Ok::<_, Infallible>(()));
    settled
}

fn change(tx: &mut Tx<'_>, id: i64, input: &mut Input<'_>) -> Result<Saved, Refusal> {
    let before = store::get(tx.reader(), id)?;
    let groups = group::store::names(tx.reader())?;
    let mut chosen = BTreeSet::new();
    for value in input.many("groups") {
        match value.parse::<i64>().ok().filter(|id| groups.contains_key(id)) {
            Some(id) => drop(chosen.insert(id)),
            None => input.refuse(
                "groups",
                format!("“{value}” is not one of the choices. Perhaps it was deleted meanwhile."),
            ),
        }
    }
    let timezone = input.take("timezone", rules::timezone).flatten();
    let after = UserState {
        username: text::settle_user_name(Some(&before.state.username), input.text("username")),
        first_name: settled(input.text("first_name"), &before.state.first_name),
        last_name: settled(input.text("last_name"), &before.state.last_name),
        email: input.text("email").to_owned(),
        is_active: input.flag("is_active"),
        is_staff: input.flag("is_staff"),
        is_superuser: input.flag("is_superuser"),
        timezone,
        groups: chosen,
        permissions: input.many("user_permissions").into_iter().map(str::to_owned).collect(),
    };
    if !input.is_valid() {
        return Err(Refusal::Input);
    }
    let changed = before.state != after;
    match super::change(tx, &before, &after) {
        Ok(_) => Ok(Saved {
            id,
            title: after.username,
            changed,
            warnings: Vec::new(),
        }),
        Err(refused @ (Refused::Invalid(_) | Refused::Forbidden(_) | Refused::Write(_))) => {
            Err(refusal(refused, Some(input)))
        }
    }
}
