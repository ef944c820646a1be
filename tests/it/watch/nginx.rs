//! The configuration of nginx in docs/operations.md, on a real nginx with a certificate of its own.

use std::fs::File;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sla_monitor::auth::token::TokenScope;
use sla_monitor::clock::{Clock, SystemClock};

use super::{block_with, line};
use crate::support::database::Database;
use crate::support::free_port;
use crate::support::people::{add_user, superuser_state};
use crate::support::server::Server;
use crate::tokens::add_token;

/// How long nginx may take to listen.
const START_MAX: Duration = Duration::from_secs(30);

/// The most bytes of a file for the API.
const FILE_MAX: u64 = 64 << 20;

const NAME: &str = "sla.example.org";

struct Nginx(Child);

impl Drop for Nginx {
    fn drop(&mut self) {
        // Ends its workers, too; they would outlive a kill.
        let ended = Command::new("kill").args(["-QUIT", &self.0.id().to_string()]).status();
        assert!(ended.is_ok(), "kill runs");
        drop(self.0.wait());
    }
}

/// nginx, where Debian has it.
fn nginx() -> Command {
    let program = ["/usr/sbin/nginx", "nginx"]
        .into_iter()
        .find(|program| Path::new(program).exists());
    Command::new(program.unwrap_or("nginx"))
}

fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}; scripts/test installs it"));
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    said
}

/// Starts nginx in a folder with the documented servers on these ports.
fn start(folder: &Path, backend: &str, [tls, plain]: [u16; 2]) -> Nginx {
    let place = folder.display().to_string();
    run(Command::new("openssl").current_dir(folder).args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "cert.pem",
        "-days",
        "2",
        "-subj",
        &format!("/CN={NAME}"),
        "-addext",
        &format!("subjectAltName=DNS:{NAME}"),
    ]));
    let servers = block_with("nginx", "listen 443")
        .replace("/etc/ssl/sla.example.org.pem", &format!("{place}/cert.pem"))
        .replace("/etc/ssl/private/sla.example.org.key", &format!("{place}/key.pem"))
        .replace("listen 443", &format!("listen 127.0.0.1:{tls}"))
        .replace("listen 80", &format!("listen 127.0.0.1:{plain}"))
        .replace("http://127.0.0.1:8000", &format!("http://{backend}"));
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {place}/{kind};\n"))
        .collect();
    let whole = format!(
        "daemon off;\nworker_processes 1;\npid {place}/pid;\nerror_log {place}/error.log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{servers}}}\n"
    );
    std::fs::write(folder.join("nginx.conf"), whole).expect("it can be written");
    let arguments = ["-p", &place, "-c", &format!("{place}/nginx.conf")];
    run(nginx().args(arguments).arg("-t"));
    let child = nginx()
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let nginx = Nginx(child.expect("nginx starts"));
    let deadline = Instant::now() + START_MAX;
    while TcpStream::connect(("127.0.0.1", tls)).is_err() {
        assert!(Instant::now() < deadline, "nginx does not listen");
        std::thread::yield_now();
    }
    nginx
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one scenario: each step needs the state that the steps before it left"
)]
fn the_documented_proxy_serves_the_admin_and_the_api_and_nothing_else() {
    let database = Database::sqlite();
    let ada = add_user(&database, &superuser_state("ada"), Some("correct-battery-9"));
    let arguments = [
        "--log-format",
        "json",
        "--trusted-proxy",
        "127.0.0.1",
        "--allowed-hosts",
        NAME,
    ];
    let server = Server::start(&database, &arguments);
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let [tls, plain] = [free_port(), free_port()];
    let _nginx = start(folder.path(), server.url.trim_start_matches("http://"), [tls, plain]);
    let curl = |arguments: &[&str], address: &str| {
        let mut command = Command::new("curl");
        command
            .current_dir(folder.path())
            .args(["-s", "-i", "--http1.1", "--max-time", "20", "--cacert", "cert.pem"]);
        for port in [tls, plain] {
            command.args(["--resolve", &format!("{NAME}:{port}:127.0.0.1")]);
        }
        run(command.args(arguments).arg(address))
    };
    let https = |path: &str| format!("https://{NAME}:{tls}{path}");

    let forged = [
        "-H",
        "X-Forwarded-For: 203.0.113.9",
        "-H",
        "X-Forwarded-Host: evil.example",
        "-H",
        "X-Request-ID: mine",
    ];
    let page = curl(&[&forged[..], &["-c", "jar"]].concat(), &https("/admin/login/"));
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let cookie = page
        .lines()
        .find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
    assert!(
        cookie.is_some_and(|cookie| cookie.contains("Secure")),
        "the program knows of https: {page}"
    );
    let token = page
        .split("csrfmiddlewaretoken\" value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let form = format!(
        "csrfmiddlewaretoken={}&username=ada&password=correct-battery-9",
        token.expect("there is a form")
    );
    let origin = format!("Origin: https://{NAME}");
    let referer = https("/admin/login/");
    let login = curl(
        &["-b", "jar", "-H", &origin, "-e", &referer, "-d", &form],
        &https("/admin/login/"),
    );
    assert!(login.starts_with("HTTP/1.1 302"), "{login}");
    let logged = line(&server, "event", "login");
    assert_eq!(logged["client"], "127.0.0.1", "what the client made up does not count");
    assert!(!server.log().contains("203.0.113.9") && !server.log().contains("\"mine\""));

    // The largest file reaches the API, which looks into it.
    let file = File::create(folder.path().join("file")).expect("a file can be written");
    file.set_len(FILE_MAX).expect("it can be that long");
    let scopes = [TokenScope::Apply];
    let secret = add_token(&mut database.connect(), ada, ("ci", &scopes), (SystemClock.now(), 30));
    let (_, secret) = secret.expect("the token can be made");
    let token = format!("Authorization: Bearer {}", secret.as_str());
    let json = [
        "-H",
        "Content-Type: application/json",
        "-H",
        "Expect:",
        "--data-binary",
        "@file",
    ];
    let answer = curl(&[&["-H", token.as_str()], &json[..]].concat(), &https("/api/v1/apply"));
    assert!(answer.contains("file-malformed"), "{answer}");

    for path in ["/metrics", "/-/ready", "/-/healthy"] {
        let answer = curl(&forged, &https(path));
        assert!(
            answer.starts_with("HTTP/1.1 404") && !answer.contains("sla_monitor"),
            "{path}: {answer}"
        );
    }
    let moved = curl(&[], &format!("http://{NAME}:{plain}/admin/?q=a"));
    assert!(
        moved.starts_with("HTTP/1.1 301") && moved.contains(&format!("https://{NAME}/admin/?q=a")),
        "{moved}"
    );
}
