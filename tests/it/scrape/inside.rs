//! An application in this process, with a clock, a source and an address of the test's own: what no server can be asked to do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{App, test, web};
use sla_monitor::admin::site::Site;
use sla_monitor::clock::FixedClock;
use sla_monitor::config::MetricsAccess;
use sla_monitor::metrics::source::{Refresh, SnapshotSource, SourceError};
use sla_monitor::metrics::state::snapshot::{Component, Snapshot, SnapshotCounts};
use sla_monitor::web::state::AppState;
use sla_monitor::web::{request, routes};

use crate::support::database::Database;
use crate::support::inside::{self, Parts};

use super::{assert_line, assert_nothing, component_lines};

const NOON: i64 = 1_600_000_000;

/// What the source does when it is asked.
#[derive(Clone, Copy)]
enum Mood {
    Answers = 0,
    Fails = 1,
    Panics = 2,
}

/// A source that a test controls.
#[derive(Clone, Default)]
struct Moody(Arc<AtomicU8>);

impl Moody {
    fn turn(&self, mood: Mood) {
        self.0.store(mood as u8, Ordering::SeqCst);
    }
}

impl SnapshotSource for Moody {
    fn refresh(&mut self, _limit: Duration) -> Result<(Arc<Snapshot>, Refresh), SourceError> {
        match self.0.load(Ordering::SeqCst) {
            0 => Ok((Arc::new(one_component()), Refresh::Full)),
            1 => Err(SourceError("the disk is on fire".to_owned())),
            _ => panic!("a fault of the program"),
        }
    }
}

fn one_component() -> Snapshot {
    Snapshot {
        version: 1,
        components: [Arc::new(Component::new("only", &[], 0, None))].into_iter().collect(),
        coverages: vec![Some(Arc::default())],
        counts: SnapshotCounts {
            enabled: 1,
            ..SnapshotCounts::default()
        },
        ..Snapshot::default()
    }
}

/// What handlers share, around a source and a clock.
fn shared(source: Moody, clock: Arc<FixedClock>, access: MetricsAccess, max_stale: Option<Duration>) -> AppState {
    let parts = Parts {
        source,
        clock,
        access,
        max_stale,
        site: Site::new(Vec::new()),
    };
    inside::state(&Database::sqlite(), parts)
}

/// Runs `work` with a way to ask the application for its metrics: by the client's address and headers.
macro_rules! with_application {
    ($shared:expr, |$ask:ident| $work:block) => {
        actix_web::rt::System::new().block_on(async {
            let app = App::new()
                .app_data(web::Data::new($shared))
                .wrap(from_fn(request::wrap))
                .configure(routes::configure);
            let app = test::init_service(app).await;
            let $ask = async |from: &str, headers: &[(&str, &str)]| {
                let mut request = test::TestRequest::get().uri("/metrics").peer_addr(address(from));
                for header in headers {
                    request = request.insert_header(*header);
                }
                let answer = test::call_service(&app, request.to_request()).await;
                let status = answer.status();
                let body = test::read_body(answer).await;
                (status, String::from_utf8(body.to_vec()).expect("pages are UTF-8"))
            };
            $work
        })
    };
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("tests give valid addresses")
}

#[test]
fn components_that_are_too_old_are_left_out_and_the_rest_stays() {
    let (source, clock) = (Moody::default(), Arc::new(FixedClock::at(NOON)));
    let max_stale = Some(Duration::from_secs(60));
    let shared = shared(source.clone(), clock.clone(), MetricsAccess::default(), max_stale);
    with_application!(shared, |ask| {
        let only = r#"only_service_window_in_window{component="only"} 0"#;
        for (mood, seconds, there, up) in [
            (Mood::Answers, 0, true, 1),
            (Mood::Fails, 1, true, 0),
            (Mood::Fails, 60, true, 0),
            (Mood::Fails, 61, false, 0),
            (Mood::Panics, 3_600, false, 0),
            (Mood::Answers, 3_601, true, 1),
            (Mood::Fails, 3_661, true, 0),
            (Mood::Fails, 3_662, false, 0),
            // A clock that goes back makes nothing older than it was.
            (Mood::Fails, 3_600, true, 0),
        ] {
            source.turn(mood);
            clock.set(NOON + seconds);
            let (status, page) = ask("127.0.0.1:1", &[]).await;
            assert_eq!(status, StatusCode::OK);
            if there {
                assert_line(&page, only);
            } else {
                assert!(component_lines(&page).is_empty(), "after {seconds} s");
            }
            assert_line(&page, &format!("sla_monitor_collector_up {up}"));
            assert_line(&page, "sla_monitor_snapshot_components 1");
        }
        let (_, page) = ask("127.0.0.1:1", &[]).await;
        assert_line(&page, r#"sla_monitor_collector_errors_total{reason="panic"} 1"#);
        assert_line(&page, r#"sla_monitor_collector_errors_total{reason="database"} 7"#);
        assert_line(
            &page,
            &format!("sla_monitor_collector_last_success_timestamp_seconds {}", NOON + 3_601),
        );
    });
}

#[test]
fn a_source_that_panics_is_asked_again() {
    let (source, clock) = (Moody::default(), Arc::new(FixedClock::at(NOON)));
    source.turn(Mood::Panics);
    let shared = shared(source.clone(), clock, MetricsAccess::default(), None);
    with_application!(shared, |ask| {
        let (status, page) = ask("127.0.0.1:1", &[]).await;
        assert_eq!(status, StatusCode::OK);
        assert_line(&page, "sla_monitor_collector_up 0");
        assert_line(&page, "sla_monitor_snapshot_loaded 0");
        assert_nothing(&page, "only_");
        source.turn(Mood::Answers);
        let (_, page) = ask("127.0.0.1:1", &[]).await;
        assert_line(&page, "sla_monitor_collector_up 1");
        assert_line(&page, r#"only_service_window_in_window{component="only"} 0"#);
    });
}

/// Names and values.
type Headers<'a> = &'a [(&'a str, &'a str)];

#[test]
fn only_loopback_is_answered_unless_it_was_decided_otherwise() {
    let forwarded = [
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=127.0.0.1"),
        ("x-real-ip", "127.0.0.1"),
    ];
    let secrets = MetricsAccess::with_tokens(&["token"]);
    let public = MetricsAccess::for_all();
    let token = [("authorization", "Bearer token")];
    let cases: [(&MetricsAccess, Headers<'_>, [u16; 2]); 6] = [
        // From here, from elsewhere.
        (&MetricsAccess::default(), &[], [200, 403]),
        (&MetricsAccess::default(), &forwarded, [403, 403]),
        (&public, &[], [200, 200]),
        (&secrets, &[], [401, 401]),
        (&secrets, &forwarded, [401, 401]),
        (&secrets, &token, [200, 200]),
    ];
    for (access, headers, expected) in cases {
        let shared = shared(Moody::default(), Arc::new(FixedClock::at(NOON)), access.clone(), None);
        with_application!(shared, |ask| {
            for (addresses, status) in [
                (
                    ["127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"],
                    expected[0],
                ),
                (
                    ["192.0.2.1:1", "10.0.0.1:1", "[2001:db8::1]:1", "[::ffff:192.0.2.1]:1"],
                    expected[1],
                ),
            ] {
                for address in addresses {
                    let (answered, page) = ask(address, headers).await;
                    assert_eq!(answered.as_u16(), status, "{access:?} {headers:?} {address}");
                    assert_eq!(page.contains("only_service_window"), status == 200);
                }
            }
        });
    }
    assert_eq!(
        format!("{secrets:?}"),
        "MetricsAccess(Some(none: 1 secrets), None, public: false)"
    );
}
