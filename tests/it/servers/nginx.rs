//! A real nginx in front: what it says of its clients decides who reads the metrics.

use std::path::Path;

use super::proxy::Proxy;
use crate::support::browser::Browser;
use crate::support::client::{get, request};
use crate::support::database::Database;
use crate::support::documents::blocks;
use crate::support::people::{add_user, superuser_state};
use crate::support::server::Server;

/// nginx with one server.
struct Nginx(Proxy);

impl Nginx {
    /// Starts nginx with `locations` within its server.
    fn start(locations: &str) -> Self {
        let configuration = |port: u16, folder: &Path| {
            let path = folder.display();
            format!(
                "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n\
                 client_body_temp_path {path}/body;\nproxy_temp_path {path}/proxy;\nfastcgi_temp_path {path}/fastcgi;\n\
                 uwsgi_temp_path {path}/uwsgi;\nscgi_temp_path {path}/scgi;\n\
                 server {{\nlisten 127.0.0.1:{port};\n{locations}\n}}\n}}\n"
            )
        };
        Self(Proxy::start("nginx", &["-e", "stderr", "-c"], configuration))
    }

    fn status(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        request("GET", &format!("{}{path}", self.0.url), headers).status
    }
}

/// A location that hands everything to a server, with these lines beside.
fn location(server: &Server, lines: &str) -> String {
    format!("location / {{\nproxy_pass {};\n{lines}\n}}", server.url)
}

/// The headers that proxies add, each alone.
const HEADERS: [&str; 6] = [
    "proxy_set_header X-Forwarded-For $remote_addr;",
    "proxy_set_header X-Forwarded-Proto $scheme;",
    "proxy_set_header X-Forwarded-Host $host;",
    "proxy_set_header X-Real-IP $remote_addr;",
    "proxy_set_header Forwarded for=$remote_addr;",
    "proxy_set_header Via nginx;",
];

#[test]
fn a_proxy_that_is_not_trusted_is_not_loopback() {
    let database = Database::sqlite();
    let server = Server::start(&database, &[]);
    let bare = Nginx::start(&location(&server, ""));
    assert_eq!(bare.status("/metrics", &[]), 200, "it looks like a client of this host");
    assert_eq!(
        bare.status("/metrics", &[("X-Forwarded-For", "203.0.113.9")]),
        403,
        "a client's own header passes"
    );
    for header in HEADERS {
        let nginx = Nginx::start(&location(&server, header));
        assert_eq!(nginx.status("/metrics", &[]), 403, "{header}");
        assert_eq!(nginx.status("/-/healthy", &[]), 200, "{header}");
        assert_eq!(nginx.status("/admin/login/", &[]), 200, "{header}");
    }
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 200, "past the proxy");
}

#[test]
fn the_client_of_a_trusted_proxy_counts() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--trusted-proxy", "127.0.0.1"]);
    let added = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
    let nginx = Nginx::start(&location(&server, added));
    assert_eq!(nginx.status("/metrics", &[]), 200, "a client of this host");
    assert_eq!(nginx.status("/metrics", &[("X-Forwarded-For", "203.0.113.9")]), 403);
    let real = Nginx::start(&location(&server, "proxy_set_header X-Real-IP $remote_addr;"));
    assert_eq!(
        real.status("/metrics", &[]),
        403,
        "a client that the proxy does not name as it should"
    );
    assert_eq!(get(&format!("{}/metrics", server.url)).status, 200, "past the proxy");
}

#[test]
fn the_host_counts_for_metrics_without_credentials() {
    let database = Database::sqlite();
    let server = Server::start(&database, &["--allowed-hosts", "sla.example.org"]);
    let nginx = Nginx::start(&location(&server, ""));
    assert_eq!(
        nginx.status("/metrics", &[]),
        400,
        "nginx sends the server's address as the host"
    );
    assert_eq!(nginx.status("/-/ready", &[]), 200);
    let named = Nginx::start(&location(&server, "proxy_set_header Host sla.example.org;"));
    assert_eq!(named.status("/metrics", &[]), 200);
}

#[test]
fn the_documented_proxy_leads_to_the_admin_and_keeps_the_metrics_closed() {
    let database = Database::sqlite();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let tokens = folder.path().join("tokens");
    std::fs::write(&tokens, "right\n").expect("it can be written");
    let tokens = tokens.to_str().expect("temporary paths are UTF-8");
    let options = ["--trusted-proxy", "127.0.0.1", "--allowed-hosts", "sla.example.org"];
    let server = Server::start(&database, &[&options[..], &["--metrics-token-file", tokens]].concat());
    let documented = blocks("nginx");
    let block = documented.iter().find(|block| block.file == "README.md");
    let recipe = &block.expect("README.md has a block for nginx").text;
    assert!(recipe.contains("http://127.0.0.1:8000"), "{recipe}");
    let nginx = Nginx::start(&recipe.replace("http://127.0.0.1:8000", &server.url));
    let host = ("Host", "sla.example.org");
    let forged = [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "for=127.0.0.1"),
    ];
    for headers in [vec![], forged.to_vec()] {
        let ask = |path: &str, more: &[(&str, &str)]| {
            let text = [&headers[..], more].concat();
            let lines: String = text
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            let address = nginx.0.url.trim_start_matches("http://");
            let head = format!(
                "GET {path} HTTP/1.1\r\n{}: {}\r\nconnection: close\r\n{lines}\r\n",
                host.0, host.1
            );
            crate::support::client::exchange(address, head.as_bytes())
        };
        assert_eq!(ask("/metrics", &[]).status, 401);
        assert_eq!(ask("/metrics", &[("Authorization", "Bearer right")]).status, 200);
        let login = ask("/admin/login/", &[]);
        assert_eq!(login.status, 200, "{}", login.text());
    }
    let scrape = [("authorization", "Bearer right")];
    let past = request("GET", &format!("{}/metrics", server.url), &scrape);
    assert_eq!(past.status, 200, "past the proxy, by an address");
}

#[test]
fn each_documented_proxy_lets_the_largest_file_pass() {
    for block in blocks("nginx") {
        assert!(block.text.contains("client_max_body_size 64m;"), "{}", block.place());
    }
}

const PASSWORD: &str = "correct-battery-9";

/// Logs in at `/sla/` of nginx, makes a label, and logs out, by what pages and redirects say alone.
#[track_caller]
fn work_below_a_path(nginx: &Nginx, value: &str) {
    let mut browser = Browser::at(&nginx.0.url);
    let page = browser.visit("/sla/").expect(200);
    assert_eq!(page.path, "/sla/admin/login/?next=%2Fsla%2Fadmin%2F");
    for file in page.attributes("link[href], script[src]", "href") {
        browser.get(&file).expect(200);
    }
    let form = page
        .form("#login-form")
        .set("username", "ada")
        .set("password", PASSWORD);
    let to = browser.submit(&form, ("", "")).expect(302).location();
    let start = browser.get(&to).expect(200);
    let add = start.attributes(".model-label a.addlink", "href").remove(0);
    let form = browser.get(&add).expect(200).form("#label_form");
    let form = form.set("name", "made_by").set("value", value);
    let list = browser.submit(&form, ("_save", "Save")).expect(302).location();
    let list = browser.get(&list).expect(200);
    assert!(list.text("ul.messagelist li.success").contains(value));
    let page = browser.submit(&list.form("#logout-form"), ("", "")).expect(200);
    assert!(page.has("body.logout"));
    assert_eq!(nginx.status("/sla/metrics", &[]), 200);
    assert_eq!(nginx.status("/sla/-/ready", &[]), 200);
}

#[test]
fn below_a_path_the_proxy_may_strip_it_or_leave_it() {
    let database = Database::sqlite();
    add_user(&database, &superuser_state("ada"), Some(PASSWORD));
    let headers = "proxy_set_header Host $http_host;\nproxy_set_header X-Forwarded-For $remote_addr;\n\
                   proxy_set_header X-Forwarded-Host $http_host;\n";
    let by_option = Server::start(&database, &["--root-path", "/sla", "--trusted-proxy", "127.0.0.1"]);
    let by_header = Server::start(&database, &["--trusted-proxy", "127.0.0.1"]);
    let prefix = format!("{headers}proxy_set_header X-Forwarded-Prefix /sla;\n");
    let cases = [
        ("option-stripped", &by_option, "/", headers),
        ("option-left", &by_option, "", headers),
        ("header-stripped", &by_header, "/", &prefix),
        ("header-left", &by_header, "", &prefix),
    ];
    for (name, server, path, lines) in cases {
        let location = format!("location /sla/ {{\nproxy_pass {}{path};\n{lines}}}", server.url);
        work_below_a_path(&Nginx::start(&location), name);
    }
    let documented = blocks("nginx");
    let block = documented.iter().find(|block| block.text.contains("location /sla/"));
    let recipe = &block.expect("docs/operations.md has a location below a path").text;
    let recipe = recipe
        .replace("http://127.0.0.1:8000", &by_option.url)
        .replace("$host;", "$http_host;");
    work_below_a_path(&Nginx::start(&recipe), "documented");
}
