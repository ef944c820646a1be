//! What an account may do.

use std::collections::BTreeSet;

use sla_monitor::apps::accounts::user::model::UserState;
use sla_monitor::apps::{self, MODELS, sla};
use sla_monitor::auth::{Account, Action};

use super::{act, actor, add_group, add_user, with_permissions};
use crate::support::database::Database;
use crate::support::on_both_databases;

on_both_databases!(permissions_are_ones_own_and_those_of_the_groups);

#[test]
fn there_is_a_list_of_all_permissions() {
    let texts: Vec<String> = apps::permissions().map(|permission| permission.to_string()).collect();
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), texts.len());
    // Logs and tokens have two permissions each, closed reports three.
    assert_eq!(texts.len(), 5 * (MODELS.len() - 4) + 3 * 2 + 3);
    for text in [
        "sla.change_slawindow",
        "sla.view_component",
        "auth.add_user",
        "audit.view_logentry",
        "audit.export_logentry",
        "audit.view_event",
        "audit.export_event",
        "auth.view_token",
        "auth.change_token",
        "sla.export_component",
    ] {
        let permission = apps::permission(text).expect("the permission exists");
        assert_eq!(permission.to_string(), text);
    }
    for text in [
        "audit.delete_logentry",
        "audit.add_event",
        "auth.add_token",
        "auth.delete_token",
        "auth.export_token",
        "sla.fly_component",
        "change_component",
        "",
        "sla.change_window",
    ] {
        assert_eq!(apps::permission(text), None, "{text}");
    }
    assert_eq!(
        sla::COMPONENT.permission(Action::Change).label(),
        "sla | component | Can change component"
    );
    assert_eq!(
        sla::WINDOW.permission(Action::View).label(),
        "sla | SLA window | Can view SLA window"
    );
    assert_eq!(
        sla::COMPONENT.permission(Action::Export).label(),
        "sla | component | Can export component"
    );
}

fn account(is_active: bool, is_superuser: bool, permissions: &[&str]) -> Account {
    Account {
        id: 1,
        username: "ada".to_owned(),
        first_name: String::new(),
        last_name: String::new(),
        email: String::new(),
        is_active,
        is_staff: true,
        is_superuser,
        timezone: None,
        must_change: false,
        permissions: permissions.iter().map(|text| (*text).to_owned()).collect(),
        scopes: None,
    }
}

#[test]
fn superusers_may_everything_and_the_inactive_nothing() {
    let check = |account: Account, text: &str, expected: bool| {
        let permission = apps::permission(text).expect("the permission exists");
        assert_eq!(account.may(permission), expected, "{account:?} {text}");
    };
    check(account(true, true, &[]), "sla.delete_label", true);
    check(account(false, true, &[]), "sla.delete_label", false);
    check(account(false, false, &["sla.delete_label"]), "sla.delete_label", false);
    check(account(true, false, &["sla.delete_label"]), "sla.delete_label", true);
    check(
        account(true, false, &["sla.delete_label"]),
        "sla.delete_component",
        false,
    );
    check(account(true, false, &["sla.change_label"]), "sla.view_label", true);
    check(account(true, false, &["sla.view_label"]), "sla.change_label", false);
    check(account(true, false, &["sla.delete_label"]), "sla.view_label", false);
}

fn permissions_are_ones_own_and_those_of_the_groups(database: &Database) {
    let conn = &mut database.connect();
    let editors = add_group(conn, "editors", &["sla.change_component", "sla.view_label"]);
    add_group(conn, "others", &["auth.delete_user"]);
    let state = UserState {
        groups: BTreeSet::from([editors]),
        timezone: Some(crate::support::zone("Europe/Berlin")),
        ..with_permissions("ada", &["sla.view_label", "audit.view_logentry"])
    };
    let id = add_user(conn, &state);
    let account = Account::load(conn, id).expect("the account is there");
    let expected = ["audit.view_logentry", "sla.change_component", "sla.view_label"];
    assert_eq!(account.permissions.iter().collect::<Vec<_>>(), expected);
    assert_eq!(account.timezone, Some(crate::support::zone("Europe/Berlin")));
    let actor = actor(conn, id);
    let acting = act(conn, &actor, |tx| {
        let acting = tx.actor();
        let permitted = ["sla.change_component", "sla.view_label", "auth.delete_user"].map(|text| {
            acting
                .permit(apps::permission(text).expect("the permission exists"))
                .is_ok()
        });
        Ok((acting.name(), acting.user_id(), acting.is_superuser(), permitted))
    });
    assert_eq!(
        acting.expect("the user may act"),
        ("ada".to_owned(), Some(id), false, [true, true, false])
    );
    database.execute("UPDATE user_account SET timezone = 'Mars/Olympus'");
    assert_eq!(
        Account::load(conn, id)
            .expect("a wrong zone is no reason to fail")
            .timezone,
        None
    );
    assert!(Account::load(conn, 99).is_err());
}
