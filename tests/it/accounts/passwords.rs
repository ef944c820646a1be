//! What a password must not be, and how it is kept.

use sla_monitor::auth::password::rules::{PasswordOwner, complaints};
use sla_monitor::auth::password::{self, PasswordHash};

const OWNER: PasswordOwner<'_> = PasswordOwner {
    username: "grace.hopper",
    first_name: "Grace",
    last_name: "Hopper-Murray",
    email: "admiral@navy.example",
};

/// The complaints by a word of each.
#[track_caller]
fn check(password: &str, expected: &[&str]) {
    let complaints = complaints(password, &OWNER);
    let matches = complaints.len() == expected.len()
        && complaints
            .iter()
            .zip(expected)
            .all(|(complaint, word)| complaint.contains(word));
    assert!(matches, "{password:?}: {complaints:?}, expected {expected:?}");
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    check("correct-battery-9", &[]);
    check("žluťoučký kůň", &[]);
    check("", &["too short"]);
    check("sEcr3t!", &["too short"]);
    check("ünïcödé", &["too short"]);
    check("ünïcödés-1234", &[]);
    check("1234567", &["too short", "numeric"]);
    check("12345678", &["too short", "too common", "numeric"]);
    check("471108159932", &["numeric"]);
    check("٣٤٥٦٧٨٩٠٣٤٥٦", &["numeric"]);
    check("password", &["too short", "too common"]);
    check("  PassWord1 ", &["too common"]);
    check("P@ssw0rd", &["too short", "too common"]);
    check("gracehopper", &["the username", "too short"]);
    check("rEppoh.Ecarg", &["the username"]);
    check("grace", &["the username", "too short"]);
    check("hopper-murray1", &["the last name"]);
    check("murray12", &["the last name", "too short"]);
    check("admiral@navy", &["the email address"]);
    check("admirals", &["the email address", "too short"]);
    check("grace-but-with-much-more-behind-it", &[]);
    check(&"x1".repeat(2048), &[]);
    check(&"x1".repeat(2049), &["too long"]);
}

#[test]
fn nothing_is_similar_to_what_is_not_known() {
    assert_eq!(
        complaints("gracehopper.", &PasswordOwner::default()),
        Vec::<String>::new()
    );
}

#[test]
fn a_hash_is_argon2id_with_a_salt_of_its_own() {
    let (one, two) = (password::hash("correct-battery-9"), password::hash("correct-battery-9"));
    assert!(
        one.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{}",
        one.as_str()
    );
    assert_ne!(one, two);
    assert_ne!(one.stamp(), two.stamp());
    for hash in [&one, &two] {
        assert!(password::verify("correct-battery-9", hash));
        assert!(!password::verify("correct-battery-8", hash));
        assert!(!password::verify("", hash));
        assert!(!password::needs_rehash(hash));
    }
    assert!(!format!("{one:?}").contains("argon2"), "a hash does not show");
}

#[test]
fn what_is_no_hash_matches_nothing() {
    assert!(!PasswordHash::unusable().is_usable());
    for stored in ["!", "!x", "", "plain", "$argon2id$v=19$m=19456,t=2,p=1$", "md5$a$b"] {
        let hash = PasswordHash::stored(stored.to_owned());
        for password in ["", "!", "plain", stored] {
            assert!(!password::verify(password, &hash), "{stored:?} takes {password:?}");
        }
        assert!(!password::needs_rehash(&hash), "{stored:?}");
    }
    let long = "x".repeat(5000);
    assert!(
        !password::verify(&long, &password::hash(&long)),
        "a limit holds on both ways"
    );
}

#[test]
fn hashes_with_other_parameters_are_read_and_made_anew() {
    // From the tests of the reference implementation.
    let foreign = [
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
    ];
    for stored in foreign {
        let hash = PasswordHash::stored(stored.to_owned());
        assert!(password::needs_rehash(&hash), "{stored}");
        assert!(password::verify("password", &hash), "{stored}");
        assert!(!password::verify("passwore", &hash), "{stored}");
    }
}
