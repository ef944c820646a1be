//! Debian's Chromium, driven over WebDriver (<https://www.w3.org/TR/webdriver2/>), which is JSON over HTTP.
//!
//! Nothing here sleeps or tries again: [`Chromium::see`] lets the driver wait for the page that a click or a key leads to, and
//! [`Chromium::wait`] waits inside the page. When a browser is dropped, its test fails if the console had anything to complain about, a breach of the content security
//! policy among it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::browser::Browser;
use super::server::Server;

/// Browsers at once: each takes a processor and 300 MiB.
const BROWSERS_MAX: usize = 2;
/// How long anything in a page may take, milliseconds.
const TIMEOUT_MS: u64 = 20_000;
/// How WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Keys that type no character, as WebDriver writes them.
pub mod keys {
    /// Tab.
    pub const TAB: &str = "\u{e004}";
    /// Enter.
    pub const ENTER: &str = "\u{e007}";
    /// Escape.
    pub const ESCAPE: &str = "\u{e00c}";
    /// Shift, held.
    pub const SHIFT: &str = "\u{e008}";
    /// Control, held.
    pub const CONTROL: &str = "\u{e009}";
    /// The end of a row.
    pub const END: &str = "\u{e010}";
    /// Its beginning.
    pub const HOME: &str = "\u{e011}";
    /// Arrow to the left.
    pub const LEFT: &str = "\u{e012}";
    /// Arrow up.
    pub const UP: &str = "\u{e013}";
    /// Arrow to the right.
    pub const RIGHT: &str = "\u{e014}";
    /// Arrow down.
    pub const DOWN: &str = "\u{e015}";
    /// The space bar.
    pub const SPACE: &str = " ";
}

/// A running chromedriver; ended with the last of its browsers.
struct Driver {
    child: Child,
    host: String,
}

/// The place of a browser among those that may run at once.
struct Place;

/// A browser with a profile of its own, at a server.
pub struct Chromium {
    /// Where the server listens.
    pub origin: String,
    driver: Arc<Driver>,
    session: String,
    /// Whether the console may name answers of the server that refuse something.
    refusals: bool,
    /// Whether the console may name files that were kept from loading.
    blocked: bool,
    _profile: TempDir,
    _place: Place,
}

/// An element of a page.
#[derive(Clone, Debug)]
pub struct Element(String);

static DRIVER: Mutex<Weak<Driver>> = Mutex::new(Weak::new());
static RUNNING: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

impl Driver {
    /// Returns the one that runs, or a new one.
    fn shared() -> Arc<Self> {
        let mut driver = DRIVER.lock().unwrap_or_else(PoisonError::into_inner);
        driver.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *driver = Arc::downgrade(&started);
            started
        })
    }

    fn start() -> Self {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            // Pages that suggest the browser's zone are the same on every machine.
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed (Debian's chromium-driver); scripts/test installs it");
        let mut lines = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        let port = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split_once("successfully on port ")
                    .map(|(_, port)| port.to_owned())
            })
            .expect("chromedriver says its port");
        // What it says later is of no use, but must not fill the pipe.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let host = format!("127.0.0.1:{}", port.trim_end_matches('.'));
        Self { child, host }
    }

    /// Sends one command; the error is WebDriver's.
    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let body = if method == "POST" {
            body.to_string()
        } else {
            String::new()
        };
        let mut stream = TcpStream::connect(&self.host).expect("chromedriver listens");
        let timeout = Duration::from_millis(TIMEOUT_MS * 3);
        stream.set_read_timeout(Some(timeout)).expect("a timeout can be set");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("chromedriver reads");
        stream.write_all(body.as_bytes()).expect("chromedriver reads");
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).expect("chromedriver answers");
        let is_done = line.split(' ').nth(1) == Some("200");
        let mut length = 0;
        // It keeps the connection open: the body ends where the head says.
        loop {
            line.clear();
            reader.read_line(&mut line).expect("the head ends");
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().expect("a length is a number");
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).expect("the body has its length");
        let answer: Value = serde_json::from_slice(&answer).expect("chromedriver answers with JSON");
        if is_done {
            Ok(answer["value"].clone())
        } else {
            Err(answer["value"].clone())
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Place {
    /// Waits for a place.
    fn take() -> Self {
        let (running, freed) = &RUNNING;
        let mut count = running.lock().unwrap_or_else(PoisonError::into_inner);
        while *count >= BROWSERS_MAX {
            count = freed.wait(count).unwrap_or_else(PoisonError::into_inner);
        }
        *count += 1;
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *RUNNING.0.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        RUNNING.1.notify_one();
    }
}

impl Chromium {
    /// Opens a window of 1280 by 900.
    pub fn open(server: &Server) -> Self {
        Self::open_at(&server.url)
    }

    /// Opens a window of 1280 by 900 at the server that listens at `url`.
    pub fn open_at(url: &str) -> Self {
        Self::start(url, true)
    }

    /// Opens a window with scripts switched off in its settings.
    pub fn without_scripts(server: &Server) -> Self {
        Self::start(&server.url, false)
    }

    fn start(url: &str, scripts: bool) -> Self {
        let place = Place::take();
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let driver = Driver::shared();
        let mut arguments: Vec<String> = [
            "--headless=new",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
            "--lang=en-US",
        ]
        .map(str::to_owned)
        .into();
        arguments.push(format!("--user-data-dir={}", profile.path().display()));
        if rustix::process::getuid().is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        let options = json!({
            "args": arguments,
            "prefs": {"profile.default_content_setting_values.javascript": if scripts { 1 } else { 2 }},
        });
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
            "timeouts": {"script": TIMEOUT_MS, "pageLoad": TIMEOUT_MS, "implicit": TIMEOUT_MS},
            "unhandledPromptBehavior": {"default": "ignore"},
        }}});
        let begun = driver.send("POST", "/session", &wanted);
        let begun = begun.unwrap_or_else(|error| panic!("Chromium does not start: {error}"));
        Self {
            origin: url.to_owned(),
            session: begun["sessionId"].as_str().expect("a session has a name").to_owned(),
            driver,
            refusals: false,
            blocked: false,
            _profile: profile,
            _place: place,
        }
    }

    #[track_caller]
    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let path = format!("/session/{}{path}", self.session);
        match self.driver.send(method, &path, body) {
            Ok(value) => value,
            Err(error) => panic!("{method} {path}: {}: {}", error["error"], error["message"]),
        }
    }

    /// Sends a command of the developer tools.
    #[track_caller]
    pub fn tool(&self, name: &str, parameters: &Value) {
        self.command("POST", "/goog/cdp/execute", &json!({"cmd": name, "params": parameters}));
    }

    /// Allows messages of the console that the server refused a request.
    pub fn expecting_refusals(mut self) -> Self {
        self.refusals = true;
        self
    }

    /// Signs in: takes the cookies of a browser that is.
    #[track_caller]
    pub fn signed_in_as(self, browser: &Browser) -> Self {
        self.go("/-/healthy");
        let token = browser.cookie("sessionid").expect("the browser is signed in");
        self.set_session(token);
        self
    }

    /// Goes on with another session, or with an empty token without one.
    #[track_caller]
    pub fn set_session(&self, token: &str) {
        let cookie = json!({"name": "sessionid", "value": token, "path": "/", "httpOnly": true, "sameSite": "Lax"});
        self.command("POST", "/cookie", &json!({"cookie": cookie}));
    }

    /// Sets how wide and high the page is shown; a phone below 500.
    #[track_caller]
    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.tool("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Sets what the reader's system prefers, light or dark.
    #[track_caller]
    pub fn prefer(&self, scheme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.tool("Emulation.setEmulatedMedia", &features);
    }

    /// Keeps scripts of the server from loading, or no longer.
    #[track_caller]
    pub fn block_scripts(&mut self, block: bool) {
        self.blocked |= block;
        self.tool("Network.enable", &json!({}));
        let patterns: &[&str] = if block { &["*.js"] } else { &[] };
        self.tool("Network.setBlockedURLs", &json!({"urls": patterns}));
    }

    /// Goes to a path of the server.
    #[track_caller]
    pub fn go(&self, path: &str) {
        self.command("POST", "/url", &json!({"url": format!("{}{path}", self.origin)}));
    }

    /// Returns the path and query of the page.
    #[track_caller]
    pub fn path(&self) -> String {
        let url = self.command("GET", "/url", &Value::Null);
        let url = url.as_str().expect("an address is text");
        url.strip_prefix(&self.origin).unwrap_or(url).to_owned()
    }

    /// Prints the page on A4 and returns the document. The page may prefer paper across.
    #[track_caller]
    pub fn print(&self) -> Vec<u8> {
        let paper = json!({"page": {"width": 21.0, "height": 29.7}, "background": true});
        let printed = self.command("POST", "/print", &paper);
        let printed = printed.as_str().and_then(|printed| STANDARD.decode(printed).ok());
        printed.expect("a printed page is a document in base64")
    }

    /// Runs a script in the page and returns what it returns.
    #[track_caller]
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        self.command("POST", "/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Runs a script that calls its last argument with what to return.
    #[track_caller]
    pub fn run_until_done(&self, script: &str, arguments: &[Value]) -> Value {
        self.command("POST", "/execute/async", &json!({"script": script, "args": arguments}))
    }

    /// Waits until an expression is true. It is asked again whenever the page changes.
    #[track_caller]
    pub fn wait(&self, expression: &str) {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const holds = () => {{ try {{ return Boolean({expression}); }} catch (error) {{ return false; }} }};
             let observer;
             const events = ['input', 'change', 'close', 'toggle', 'focusin', 'transitionend', 'load', 'scrollend'];
             const finish = (value) => {{
               observer.disconnect();
               clearTimeout(timer);
               for (const name of events) document.removeEventListener(name, look, true);
               done(value);
             }};
             const look = () => {{ if (holds()) finish(true); }};
             observer = new MutationObserver(look);
             const timer = setTimeout(() => finish(holds()), {});
             observer.observe(document, {{ subtree: true, childList: true, attributes: true, characterData: true }});
             for (const name of events) document.addEventListener(name, look, true);
             look();",
            TIMEOUT_MS / 2
        );
        let met = self.run_until_done(&script, &[]);
        assert_eq!(met, Value::Bool(true), "{} never came to: {expression}", self.path());
    }

    /// Returns the first element that matches; the driver waits for it, also across pages.
    #[track_caller]
    pub fn find(&self, selector: &str) -> Element {
        let query = json!({"using": "css selector", "value": selector});
        let path = format!("/session/{}/element", self.session);
        match self.driver.send("POST", &path, &query) {
            Ok(found) => Element(found[ELEMENT].as_str().expect("an element has a name").to_owned()),
            Err(_) => panic!("{selector} is not in {}: {}", self.path(), self.text("body")),
        }
    }

    /// Waits until something matches: after a click or a key, something that only the next page has.
    #[track_caller]
    pub fn see(&self, selector: &str) {
        self.find(selector);
    }

    /// Clicks, as a user would: scrolled into sight, it must be seen and not be covered.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let Element(id) = self.find(selector);
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' });";
        self.run(script, &[json!({ELEMENT: id})]);
        self.command("POST", &format!("/element/{id}/click"), &json!({}));
    }

    /// Puts a text in the place of what a field holds, key by key.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        let Element(id) = self.find(selector);
        self.command("POST", &format!("/element/{id}/clear"), &json!({}));
        self.command("POST", &format!("/element/{id}/value"), &json!({"text": text}));
    }

    /// Chooses the option of a select that reads so, or has this value.
    #[track_caller]
    pub fn choose(&self, selector: &str, option: &str) {
        let found = self.run(
            "return [...document.querySelector(arguments[0]).options].findIndex((option) => [option.text.trim(), option.value].includes(arguments[1]));",
            &[json!(selector), json!(option)],
        );
        let index = found.as_i64().filter(|index| *index >= 0);
        let index = index.unwrap_or_else(|| panic!("{selector} offers no {option}")) + 1;
        self.click(&format!("{selector} option:nth-of-type({index})"));
    }

    /// Presses keys one after the other, on whatever has the focus. Shift and Control are held for the key behind them.
    #[track_caller]
    pub fn press(&self, keys: &[&str]) {
        let mut actions = Vec::new();
        let mut held = Vec::new();
        for key in keys {
            actions.push(json!({"type": "keyDown", "value": key}));
            if [keys::SHIFT, keys::CONTROL].contains(key) {
                held.push(*key);
                continue;
            }
            actions.push(json!({"type": "keyUp", "value": key}));
            actions.extend(held.drain(..).map(|key| json!({"type": "keyUp", "value": key})));
        }
        let keyboard = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.command("POST", "/actions", &keyboard);
    }

    /// Types a text on whatever has the focus.
    #[track_caller]
    pub fn type_text(&self, text: &str) {
        let characters: Vec<String> = text.chars().map(String::from).collect();
        self.press(&characters.iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// Goes on with Tab until what has the focus matches, at most a round of the page.
    #[track_caller]
    pub fn tab_to(&self, selector: &str) {
        for _ in 0..200 {
            self.press(&[keys::TAB]);
            if self.has_focus(selector) {
                return;
            }
        }
        panic!("Tab never leads to {selector} in {}", self.path());
    }

    /// Returns whether what has the focus matches.
    #[track_caller]
    pub fn has_focus(&self, selector: &str) -> bool {
        let script = "return document.activeElement?.matches(arguments[0]) ?? false;";
        self.run(script, &[json!(selector)]) == Value::Bool(true)
    }

    /// Returns the texts of all elements that match, blanks collapsed.
    #[track_caller]
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent.trim().replace(/\\s+/g, ' '));";
        let texts = self.run(script, &[json!(selector)]);
        let texts = texts.as_array().expect("the script returns a list").iter();
        texts.map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Returns the text of the first element that matches; empty if there is none.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        self.texts(selector).into_iter().next().unwrap_or_default()
    }

    /// Returns whether anything matches.
    #[track_caller]
    pub fn has(&self, selector: &str) -> bool {
        let script = "return document.querySelector(arguments[0]) !== null;";
        self.run(script, &[json!(selector)]) == Value::Bool(true)
    }

    /// Returns the value of a field as it is now.
    #[track_caller]
    pub fn value(&self, selector: &str) -> String {
        let script = "return document.querySelector(arguments[0]).value;";
        let value = self.run(script, &[json!(selector)]);
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Returns the messages of the console that are not expected.
    fn complaints(&self) -> Vec<String> {
        let entries = self.driver.send(
            "POST",
            &format!("/session/{}/se/log", self.session),
            &json!({"type": "browser"}),
        );
        let entries = entries.unwrap_or_default();
        let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        entries
            .iter()
            .filter(|entry| text(entry, "level") == "SEVERE" || text(entry, "source") == "security")
            .map(|entry| text(entry, "message"))
            // Where a page is plain text, Chromium guesses that there is an icon.
            .filter(|message| !message.contains("/favicon.ico"))
            .filter(|message| !(self.blocked && message.contains("net::ERR_BLOCKED_BY_CLIENT")))
            .filter(|message| {
                let refused = message.contains("/admin/") && message.contains("responded with a status of 4");
                !(self.refusals && refused)
            })
            .collect()
    }

    /// Keeps a picture of the window in `target/screenshots`.
    fn keep_picture(&self) {
        let picture = self
            .driver
            .send("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
        let picture = picture.ok().and_then(|picture| STANDARD.decode(picture.as_str()?).ok());
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
        let name = std::thread::current().name().unwrap_or("test").replace("::", "-");
        if let Some(picture) = picture
            && std::fs::create_dir_all(&folder).is_ok()
        {
            let path = folder.join(format!("{name}.png"));
            // The test has failed already, and says why.
            drop(std::fs::write(&path, picture));
            eprintln!("the window as it was: {}", path.display());
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let complaints = self.complaints();
        if failed || !complaints.is_empty() {
            self.keep_picture();
        }
        // It may be gone already, which is what a failing test is about.
        drop(
            self.driver
                .send("DELETE", &format!("/session/{}", self.session), &Value::Null),
        );
        if failed {
            complaints
                .iter()
                .for_each(|complaint| eprintln!("console: {complaint}"));
        } else {
            assert!(complaints.is_empty(), "the console says: {complaints:#?}");
        }
    }
}
