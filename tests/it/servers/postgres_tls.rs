//! PostgreSQL over TLS: the OpenSSL of the build leaves out what no such connection needs, and no more (`scripts/lib/openssl-perl`).

use rustix::process::Signal;

use super::run;
use crate::support::postgres::Postgres;
use crate::support::program;

const RSA: &[&str] = &["rsa:2048"];
const ECDSA: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
const EDDSA: &[&str] = &["ed25519"];

/// Kinds of keys of a server's certificate as `openssl req` names them, and whether passwords are bound to the channel: no digest belongs
/// to Ed25519, so with such a certificate they cannot be.
const KEYS: [(&[&str], &str); 3] = [(RSA, "require"), (ECDSA, "require"), (EDDSA, "disable")];

const PROTOCOLS: [&str; 2] = ["ssl_max_protocol_version=TLSv1.2", "ssl_min_protocol_version=TLSv1.3"];

const USERS: [(&str, &str); 2] = [("scram", "scram-sha-256"), ("digest", "md5")];

#[test]
fn a_server_is_verified_by_its_certificate_and_takes_each_kind_of_password() {
    let mut postgres = Postgres::start();
    for (user, method) in USERS {
        postgres.execute(&[
            &format!("SET password_encryption = '{method}'; CREATE USER {user} PASSWORD 'correct horse'"),
            &format!("GRANT CREATE ON SCHEMA public TO {user}"),
        ]);
        postgres.put_first("pg_hba.conf", &format!("hostssl all {user} 127.0.0.1/32 {method}\n"));
    }
    for (key, binding) in KEYS {
        certify(&postgres, key);
        postgres.execute(&["ALTER SYSTEM SET ssl = on"]);
        postgres.end(Signal::INT);
        postgres.run_again();
        let root = postgres.path("server.crt").display().to_string();
        let url = |user: &str, more: &str| {
            let port = postgres.port;
            format!(
                "postgres://{user}:correct%20horse@127.0.0.1:{port}/postgres?sslmode=verify-full&sslrootcert={root}&{more}"
            )
        };
        for protocol in PROTOCOLS {
            let more = format!("channel_binding={binding}&{protocol}");
            program::run(&["migrate", "--plan", "--database-url", &url("scram", &more)]).ok();
        }
        program::run(&[
            "migrate",
            "--plan",
            "--database-url",
            &url("digest", "require_auth=md5"),
        ])
        .ok();
    }
}

#[test]
fn a_server_with_a_certificate_of_another_authority_is_refused() {
    let mut postgres = Postgres::start();
    certify(&postgres, RSA);
    postgres.execute(&["ALTER SYSTEM SET ssl = on"]);
    postgres.end(Signal::INT);
    postgres.run_again();
    // The server keeps the certificate with which it was started; the file has another one then.
    std::fs::copy(postgres.path("server.crt"), postgres.path("first.crt")).expect("the certificate is there");
    certify(&postgres, ECDSA);
    let url = format!(
        "postgres://sla@127.0.0.1:{}/postgres?sslmode=verify-full&sslrootcert={}",
        postgres.port,
        postgres.path("server.crt").display()
    );
    let said = program::run(&["migrate", "--plan", "--database-url", &url]).refused();
    assert!(said.contains("certificate verify failed"), "{said}");
    let url = url.replace("server.crt", "first.crt");
    program::run(&["migrate", "--plan", "--database-url", &url]).ok();
}

/// Gives the server a key and a certificate for it that it signed itself.
fn certify(postgres: &Postgres, key: &[&str]) {
    let (secret, certificate) = (postgres.path("server.key"), postgres.path("server.crt"));
    let text = |path: &std::path::Path| path.display().to_string();
    let mut arguments = vec!["req", "-x509", "-newkey"];
    arguments.extend(key);
    let (to, out) = (text(&secret), text(&certificate));
    arguments.extend([
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=127.0.0.1",
        "-keyout",
        &to,
        "-out",
        &out,
    ]);
    arguments.extend(["-addext", "subjectAltName=IP:127.0.0.1"]);
    let output = run("openssl", &arguments, b"");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {said}");
    postgres.own(&secret);
    postgres.own(&certificate);
}
