//! The forms of a user: what they offer, and how they are read. Adding takes two steps: a name and a password first, everything else on the
//! page that follows.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use super::model::UserState;
use crate::admin::input::FormInput;
use crate::admin::model::FormValues;
use crate::admin::spec::{Choices, Field, Fieldset, Widget};
use crate::apps::accounts::{GROUP, rules};
use crate::auth::password;
use crate::text;

/// The box that asks a user to choose another password.
pub(super) const MUST_CHANGE: &str = "must_change";

/// Returns the form of a stored user.
pub(super) fn fieldsets() -> Vec<Fieldset> {
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
                    .help("Can log in, if staff too. Untick this instead of deleting a user.")
                    .bulk(),
                Field::new("is_staff", "Staff", Widget::Flag)
                    .help("Can use this admin; other users cannot log in.")
                    .bulk(),
                Field::new("is_superuser", "Superuser", Widget::Flag).help("Has all permissions."),
                Field::new("groups", "Groups", Widget::Many(Choices::Related(GROUP))).bulk(),
                Field::new("user_permissions", "Permissions", Widget::Many(Choices::Listed))
                    .help("Beside those of the groups."),
            ],
        },
    ]
}

/// Returns the form of a new user.
pub(super) fn add_fieldsets() -> Vec<Fieldset> {
    let fields = vec![
        Field::new("username", "Username", Widget::Text)
            .required()
            .help("At most 150 characters: letters, digits and @ . + - _"),
        Field::new("password1", "Password", Widget::Password).required(),
        Field::new("password2", "Password, again", Widget::Password).required(),
        Field::new(MUST_CHANGE, "Must choose another password", Widget::Flag)
            .help("At the next login, before anything else."),
    ];
    vec![Fieldset { title: "", fields }]
}

/// Returns the values of the form of a new user.
pub(super) fn blank() -> FormValues {
    FormValues::from([(MUST_CHANGE.to_owned(), flag(true))])
}

fn flag(is_ticked: bool) -> Vec<String> {
    match is_ticked {
        true => vec!["on".to_owned()],
        false => Vec::new(),
    }
}

/// Returns the values of the form of a user.
pub(super) fn values(state: &UserState) -> FormValues {
    let UserState {
        username,
        first_name,
        last_name,
        email,
        is_active,
        is_staff,
        is_superuser,
        timezone,
        groups,
        permissions,
    } = state;
    let zone = timezone.map_or_else(String::new, |zone| zone.name().to_owned());
    let values = [
        ("username", vec![username.clone()]),
        ("first_name", vec![first_name.clone()]),
        ("last_name", vec![last_name.clone()]),
        ("email", vec![email.clone()]),
        ("timezone", vec![zone]),
        ("is_active", flag(*is_active)),
        ("is_staff", flag(*is_staff)),
        ("is_superuser", flag(*is_superuser)),
        ("groups", groups.iter().map(ToString::to_string).collect()),
        ("user_permissions", permissions.iter().cloned().collect()),
    ];
    values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Reads the form of a stored user; `group_names` are the groups that there are.
pub(super) fn read(input: &mut FormInput<'_>, before: &UserState, group_names: &BTreeMap<i64, String>) -> UserState {
    let mut groups = BTreeSet::new();
    for value in input.many("groups") {
        match value.parse::<i64>().ok().filter(|id| group_names.contains_key(id)) {
            Some(id) => drop(groups.insert(id)),
            None => input.refuse(
                "groups",
                format!("“{value}” is not one of the choices. Perhaps it was deleted meanwhile."),
            ),
        }
    }
    UserState {
        username: text::updated_user_name(Some(&before.username), input.text("username")),
        first_name: line(input, "first_name", &before.first_name),
        last_name: line(input, "last_name", &before.last_name),
        email: input.text("email").to_owned(),
        is_active: input.flag("is_active"),
        is_staff: input.flag("is_staff"),
        is_superuser: input.flag("is_superuser"),
        timezone: input.take("timezone", rules::timezone).flatten(),
        groups,
        permissions: input.many("user_permissions").into_iter().map(str::to_owned).collect(),
    }
}

/// Returns a text of one line as it is stored; `rules` checks it with the rest.
fn line(input: &FormInput<'_>, name: &str, stored: &str) -> String {
    let Ok(line) = text::updated_line(Some(stored), input.text(name), |_| Ok::<_, Infallible>(()));
    line
}

/// Reads the password of a new user, typed twice, and keeps its hash if it may be taken.
pub(super) fn read_password(input: &mut FormInput<'_>) {
    let state = UserState::new(input.text("username"));
    let (first, second) = (input.raw("password1"), input.raw("password2"));
    if first.is_empty() {
        input.refuse("password1", "This field is required.");
        return;
    }
    let complaints = match first == second {
        true => rules::password(first, &state),
        false => vec!["The two password fields didn’t match.".to_owned()],
    };
    if complaints.is_empty() {
        input.keep_password(password::hash(first));
    }
    for complaint in complaints {
        input.refuse("password2", complaint);
    }
}
