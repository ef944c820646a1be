//! The gate of the API.

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, test, web};
use chrono::NaiveDateTime;
use serde_json::Value;
use sla_monitor::admin::site::Site;
use sla_monitor::auth::Actor;
use sla_monitor::auth::token::{TokenScope, TokenSecret};
use sla_monitor::clock::{Clock, FixedClock};
use sla_monitor::config::MetricsAccess;
use sla_monitor::web::api::gate;
use sla_monitor::web::request;
use sla_monitor::web::state::AppState;

use super::{add_token, revoke};
use crate::support::database::Database;
use crate::support::inside::{self, Nothing, Parts};
use crate::support::on_both_databases;
use crate::support::people::{add_user, staff_state};

on_both_databases!(
    a_valid_token_opens_the_gate,
    anything_else_gets_problem_details,
    wrong_tokens_are_slowed_down_by_address,
);

const NOON: i64 = 1_800_000_000;

/// Answers with the name of the caller to those with the scope `read`.
async fn named(request: HttpRequest, shared: web::Data<AppState>) -> HttpResponse {
    match gate::admit(&request, &shared, TokenScope::Read).await {
        Ok(caller) => HttpResponse::Ok().body(caller.title()),
        Err(response) => response,
    }
}

/// An answer of the gate.
struct GateAnswer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl GateAnswer {
    fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Returns the kind of the problem, after a look at its form.
    #[track_caller]
    fn problem(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem: Value = serde_json::from_str(&self.body).expect("problem details are JSON");
        assert_eq!(problem["status"], self.status.as_u16());
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_owned();
        assert!(!text("title").is_empty() && text("detail").ends_with('.'), "{problem}");
        let kind = text("type");
        kind.strip_prefix("urn:sla-monitor:problem:")
            .expect("kinds are URNs")
            .to_owned()
    }
}

/// Runs `work` with a way to ask behind the gate: by the client's address and headers.
macro_rules! with_gate {
    ($database:expr, $clock:expr, |$ask:ident| $work:block) => {
        actix_web::rt::System::new().block_on(async {
            let parts = Parts {
                source: Nothing,
                clock: $clock,
                access: MetricsAccess::default(),
                max_stale: None,
                site: Site::new(Vec::new()),
            };
            let app = App::new()
                .app_data(web::Data::new(inside::state($database, parts)))
                .wrap(from_fn(request::wrap))
                .route("/api/v1/named", web::get().to(named));
            let app = test::init_service(app).await;
            let $ask = async |from: &str, headers: &[(&str, &str)]| {
                let from: SocketAddr = from.parse().expect("tests give valid addresses");
                let mut request = test::TestRequest::get().uri("/api/v1/named").peer_addr(from);
                for header in headers {
                    request = request.insert_header(*header);
                }
                let answer = test::call_service(&app, request.to_request()).await;
                let (status, headers) = (answer.status(), answer.headers().clone());
                let body = test::read_body(answer).await;
                let body = String::from_utf8(body.to_vec()).expect("answers are UTF-8");
                GateAnswer { status, headers, body }
            };
            $work
        })
    };
}

fn bearer(secret: &TokenSecret) -> String {
    format!("Bearer {}", secret.as_str())
}

/// Adds a token of ada.
fn token(database: &Database, name: &str, scopes: &[TokenScope], days: i64, now: NaiveDateTime) -> (i64, TokenSecret) {
    let conn = &mut database.connect();
    let ada = sla_monitor::apps::accounts::user::store::id_of(conn, "ada").expect("the database answers");
    add_token(conn, ada.expect("ada is there"), (name, scopes), (now, days)).expect("it can be made")
}

fn a_valid_token_opens_the_gate(database: &Database) {
    let clock = Arc::new(FixedClock::at(NOON));
    add_user(database, &staff_state("ada", &[]), None);
    let (id, secret) = token(database, "ci", &[TokenScope::Read], 30, clock.now());
    with_gate!(database, clock.clone(), |ask| {
        for scheme in ["Bearer ", "bearer ", "BEARER  "] {
            let given = format!("{scheme}{}", secret.as_str());
            let answer = ask("192.0.2.1:1", &[("authorization", &given)]).await;
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (StatusCode::OK, "token ci of ada")
            );
        }
        clock.set(NOON + 30 * 86_400);
        let answer = ask("192.0.2.1:1", &[("authorization", &bearer(&secret))]).await;
        assert_eq!(answer.problem(), "unauthorized");
        assert!(answer.body.contains("token ci of ada has expired"), "{}", answer.body);
        clock.set(NOON);
        assert_eq!(
            ask("192.0.2.1:1", &[("authorization", &bearer(&secret))]).await.status,
            StatusCode::OK
        );
        revoke(&mut database.connect(), &Actor::Command("test"), id, clock.now()).expect("it can be revoked");
        let answer = ask("192.0.2.1:1", &[("authorization", &bearer(&secret))]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "unauthorized")
        );
        assert!(answer.body.contains("was revoked"), "{}", answer.body);
    });
}

fn anything_else_gets_problem_details(database: &Database) {
    let clock = Arc::new(FixedClock::at(NOON));
    add_user(database, &staff_state("ada", &[]), None);
    let (_, other) = token(database, "scraper", &[TokenScope::Metrics], 30, clock.now());
    let (_, secret) = token(database, "ci", &[TokenScope::Read], 30, clock.now());
    with_gate!(database, clock, |ask| {
        let from = "192.0.2.1:1";
        for headers in [&[][..], &[("cookie", "sessionid=abc")]] {
            let answer = ask(from, headers).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::UNAUTHORIZED, "unauthorized")
            );
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"api\"");
            assert_eq!(answer.body.contains("cookie"), !headers.is_empty());
        }
        let half = &secret.as_str()[..20];
        for wrong in [
            bearer(&TokenSecret::random()),
            format!("Bearer {half}"),
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            secret.as_str().to_owned(),
            format!("Basic {}", secret.as_str()),
            format!("Bearer {}, Bearer {}", secret.as_str(), secret.as_str()),
            String::new(),
            "Bearer slam_éééééééééééééééééééééé".to_owned(),
        ] {
            let answer = ask(from, &[("authorization", &wrong)]).await;
            assert_eq!(
                (answer.status, answer.problem().as_str()),
                (StatusCode::UNAUTHORIZED, "unauthorized"),
                "{wrong}"
            );
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, "Bearer realm=\"api\", error=\"invalid_token\"");
            assert!(!answer.body.contains(half), "{}", answer.body);
        }
        let answer = ask(from, &[("authorization", &bearer(&other))]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::FORBIDDEN, "scope-missing")
        );
        assert!(
            answer
                .header("www-authenticate")
                .ends_with("error=\"insufficient_scope\", scope=\"read\"")
        );
        database.execute("UPDATE user_account SET must_change = TRUE");
        let answer = ask(from, &[("authorization", &bearer(&secret))]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::FORBIDDEN, "password-change-required")
        );
        database.execute("UPDATE user_account SET must_change = FALSE, is_active = FALSE");
        let answer = ask(from, &[("authorization", &bearer(&secret))]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::UNAUTHORIZED, "unauthorized")
        );
    });
}

fn wrong_tokens_are_slowed_down_by_address(database: &Database) {
    let clock = Arc::new(FixedClock::at(NOON));
    add_user(database, &staff_state("ada", &[]), None);
    let (_, secret) = token(database, "ci", &[TokenScope::Read], 30, clock.now());
    with_gate!(database, clock.clone(), |ask| {
        let (guesser, scraper) = ("192.0.2.1:1", "192.0.2.2:1");
        let right = bearer(&secret);
        assert_eq!(ask(scraper, &[("authorization", &right)]).await.status, StatusCode::OK);
        for from in [guesser, scraper] {
            for _ in 0..50 {
                let wrong = bearer(&TokenSecret::random());
                assert_eq!(
                    ask(from, &[("authorization", &wrong)]).await.status,
                    StatusCode::UNAUTHORIZED
                );
            }
        }
        let wrong = bearer(&TokenSecret::random());
        let answer = ask(guesser, &[("authorization", &wrong)]).await;
        assert_eq!(
            (answer.status, answer.problem().as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "too-many-failures")
        );
        assert_eq!(answer.header("retry-after"), "900");
        for from in [guesser, scraper] {
            assert_eq!(ask(from, &[("authorization", &right)]).await.status, StatusCode::OK);
        }
        clock.set(NOON + 901);
        let answer = ask(guesser, &[("authorization", &wrong)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    });
}
