//! Tokens of forms and the origins of requests.

use sla_monitor::auth::csrf::{self, OriginRefusal};

#[test]
fn a_token_belongs_to_its_secret_and_is_another_text_every_time() {
    let (secret, other) = (csrf::new_secret(), csrf::new_secret());
    assert_ne!(secret, other);
    assert!(csrf::is_secret(&secret));
    let (one, two) = (csrf::token(&secret), csrf::token(&secret));
    assert_eq!((one.len(), two.len()), (64, 64));
    assert_ne!(one, two);
    assert!(!one.contains(&secret));
    for token in [&one, &two, &secret] {
        assert!(csrf::matches(&secret, token), "{token}");
        assert!(!csrf::matches(&other, token), "{token}");
    }
}

#[test]
fn anything_else_matches_nothing() {
    let secret = csrf::new_secret();
    let token = csrf::token(&secret);
    let changed = format!("{}{}", if token.starts_with('a') { 'b' } else { 'a' }, &token[1..]);
    let broken = [
        "",
        "x",
        &token[1..],
        &changed,
        &"-".repeat(64),
        &"-".repeat(32),
        &"ä".repeat(32),
        &format!("{token}x"),
    ];
    for token in broken {
        assert!(!csrf::matches(&secret, token), "{token:?}");
    }
    for secret in ["", "short", &"-".repeat(32), &"ä".repeat(16)] {
        assert!(!csrf::is_secret(secret), "{secret:?}");
        for token in ["", secret, &csrf::token(secret)] {
            assert!(!csrf::matches(secret, token), "{secret:?} {token:?}");
        }
    }
}

#[test]
fn requests_come_from_pages_of_ours() {
    let (http, https) = (("http", "sla.example:8000"), ("https", "sla.example"));
    let cases = [
        (http, Some("http://sla.example:8000"), None, Ok(())),
        (http, Some("HTTP://SLA.example:8000"), None, Ok(())),
        (http, None, None, Ok(())),
        (http, None, Some("http://evil.example/"), Ok(())),
        (http, Some("http://sla.example"), None, Err(OriginRefusal::Origin)),
        (http, Some("https://sla.example:8000"), None, Err(OriginRefusal::Origin)),
        (http, Some("http://evil.example:8000"), None, Err(OriginRefusal::Origin)),
        (http, Some("null"), None, Err(OriginRefusal::Origin)),
        (http, Some(""), None, Err(OriginRefusal::Origin)),
        (https, Some("https://sla.example"), None, Ok(())),
        (https, Some("https://sla.example:443"), None, Ok(())),
        (
            https,
            Some("https://sla.example.evil.example"),
            None,
            Err(OriginRefusal::Origin),
        ),
        (
            https,
            Some("https://evil.example"),
            Some("https://sla.example/"),
            Err(OriginRefusal::Origin),
        ),
        (https, None, Some("https://sla.example/admin/?next=/"), Ok(())),
        (https, None, Some("https://sla.example"), Ok(())),
        (
            https,
            None,
            Some("https://sla.example@evil.example/"),
            Err(OriginRefusal::Referer),
        ),
        (
            https,
            None,
            Some("https://evil.example/https://sla.example/"),
            Err(OriginRefusal::Referer),
        ),
        (https, None, Some("http://sla.example/"), Err(OriginRefusal::Referer)),
        (https, None, Some(""), Err(OriginRefusal::Referer)),
        (https, None, None, Err(OriginRefusal::NoReferer)),
    ];
    for ((scheme, host), origin, referer, expected) in cases {
        let checked = csrf::check_origin(scheme, host, origin, referer);
        assert_eq!(checked, expected, "{scheme} {host} {origin:?} {referer:?}");
    }
    assert_eq!(
        csrf::check_origin("https", "sla.example:443", Some("https://sla.example"), None),
        Ok(())
    );
}
