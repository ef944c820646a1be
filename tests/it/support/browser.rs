//! A browser without scripts: keeps cookies, fills in forms as they stand in a page, and sends them as HTML says.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};

use super::client::{Answer, exchange};
use super::server::Server;

/// A browser at a server's admin.
pub struct Browser {
    host: String,
    cookies: BTreeMap<String, String>,
    /// Headers beside those of every request.
    pub headers: Vec<(String, String)>,
}

/// What a page holds.
pub struct Page {
    /// As it came over the wire.
    pub answer: Answer,
    /// The path that it was asked for at.
    pub path: String,
}

/// A form as the page shows it, to be filled in.
#[derive(Clone)]
pub struct Form {
    action: String,
    fields: Vec<(String, String)>,
}

impl Browser {
    /// Opens a browser without a session.
    pub fn new(server: &Server) -> Self {
        Self::at(&server.url)
    }

    /// Opens a browser without a session at the server that listens at `url`.
    pub fn at(url: &str) -> Self {
        Self {
            host: url.trim_start_matches("http://").to_owned(),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// Opens a browser with a session that was started already.
    pub fn with_session(server: &Server, token: &str) -> Self {
        Self::with_session_at(&server.url, token)
    }

    /// Opens a browser with a session that was started already, at the server that listens at `url`.
    pub fn with_session_at(url: &str, token: &str) -> Self {
        let mut browser = Self::at(url);
        browser.cookies.insert("sessionid".to_owned(), token.to_owned());
        // Any well-formed secret will do: a browser keeps what it was given once.
        let secret = "abcdefghijklmnopqrstuvwxyzABCDEF";
        browser.cookies.insert("csrftoken".to_owned(), secret.to_owned());
        browser
    }

    /// Opens a browser with a session that was started already, over https.
    pub fn with_secure_session(server: &Server, token: &str) -> Self {
        let mut browser = Self::new(server);
        browser.set_cookie("__Host-sessionid", token);
        browser.set_cookie("__Host-csrftoken", "abcdefghijklmnopqrstuvwxyzABCDEF");
        browser
    }

    /// Returns the token of the CSRF cookie.
    fn token(&self) -> String {
        let names = ["csrftoken", "__Host-csrftoken", "__Secure-csrftoken"];
        let cookie = names.iter().find_map(|name| self.cookie(name));
        cookie.unwrap_or("").to_owned()
    }

    /// Returns a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Puts a cookie in, or changes one.
    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Sends GET, following nothing.
    pub fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, None)
    }

    /// Sends GET, following redirects to their end.
    pub fn visit(&mut self, path: &str) -> Page {
        let mut page = self.get(path);
        for _ in 0..5 {
            if !(300..400).contains(&page.answer.status) {
                return page;
            }
            let to = page.location();
            page = self.get(&to);
        }
        panic!("{path} leads in circles");
    }

    /// Sends POST of these fields, with the token of the CSRF cookie, following nothing.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token();
        let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
        all.extend_from_slice(fields);
        self.post_exactly(path, &encode(&all))
    }

    /// Sends POST of a body as it is.
    pub fn post_exactly(&mut self, path: &str, body: &str) -> Page {
        self.send("POST", path, Some(body))
    }

    /// Sends a form with one of its buttons, following nothing.
    pub fn submit(&mut self, form: &Form, button: (&str, &str)) -> Page {
        let mut fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        if !button.0.is_empty() {
            fields.push(button);
        }
        self.post_exactly(&form.action, &encode(&fields))
    }

    /// Sends a form with a file in it, `multipart/form-data`, with the token of the CSRF cookie.
    pub fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Page {
        let token = self.token();
        let mut all = vec![("csrfmiddlewaretoken", token.as_str())];
        all.extend_from_slice(fields);
        let body = multipart(&all, file);
        self.post_as(path, &format!("multipart/form-data; boundary={BOUNDARY}"), &body)
    }

    /// Sends POST of bytes as they are, of a content type.
    pub fn post_as(&mut self, path: &str, content_type: &str, body: &[u8]) -> Page {
        self.exchange("POST", path, Some((content_type, body)))
    }

    /// Sends any request.
    pub fn send(&mut self, method: &str, path: &str, body: Option<&str>) -> Page {
        let form = body.map(|body| ("application/x-www-form-urlencoded", body.as_bytes()));
        self.exchange(method, path, form)
    }

    fn exchange(&mut self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> Page {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.host
        );
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            head.push_str(&format!("cookie: {}\r\n", cookies.join("; ")));
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some((content_type, body)) = body {
            head.push_str(&format!(
                "content-type: {content_type}\r\ncontent-length: {}\r\n",
                body.len()
            ));
        }
        head.push_str("\r\n");
        let answer = exchange(
            &self.host,
            &[head.as_bytes(), body.map_or(&[][..], |(_, body)| body)].concat(),
        );
        for cookie in &answer.cookies {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            if attributes.to_ascii_lowercase().contains("max-age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            answer,
            path: path.to_owned(),
        }
    }
}

impl Page {
    /// Returns the status code.
    pub fn status(&self) -> u16 {
        self.answer.status
    }

    /// Returns where a redirect leads.
    #[track_caller]
    pub fn location(&self) -> String {
        assert!(
            (300..400).contains(&self.answer.status),
            "{} leads nowhere: {}",
            self.path,
            self.summary()
        );
        self.answer.header("location").to_owned()
    }

    /// Returns the page as it is.
    pub fn html(&self) -> String {
        self.answer.text()
    }

    /// Returns the page if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.answer.status, status, "{}: {}", self.path, self.summary());
        self
    }

    /// Returns the texts of all elements that match, blanks collapsed.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html());
        document.select(&parse(selector)).map(text).collect()
    }

    /// Returns the text of the only element that matches.
    #[track_caller]
    pub fn text(&self, selector: &str) -> String {
        let mut texts = self.texts(selector);
        assert_eq!(
            texts.len(),
            1,
            "{selector} is there once in {}: {texts:?}\n{}",
            self.path,
            self.summary()
        );
        texts.remove(0)
    }

    /// Returns an attribute of all elements that match and have it. Links that are relative to the folder of the page are made whole.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let document = Html::parse_document(&self.html());
        document
            .select(&parse(selector))
            .filter_map(|element| element.attr(name))
            .map(|value| match name {
                "href" => self.whole(value),
                _ => value.to_owned(),
            })
            .collect()
    }

    /// Returns an address without what makes it relative to the folder of the page.
    fn whole(&self, link: &str) -> String {
        let is_relative = link.starts_with("../") || link.starts_with(|first: char| first.is_ascii_alphanumeric());
        if !is_relative || link.contains(':') {
            return link.to_owned();
        }
        let path = self.path.split(['?', '#']).next().unwrap_or("");
        let mut folders: Vec<&str> = path.split('/').collect();
        folders.pop();
        let mut rest = link;
        while let Some(below) = rest.strip_prefix("../") {
            folders.pop();
            rest = below;
        }
        format!("{}/{rest}", folders.join("/"))
    }

    /// Returns whether any element matches.
    pub fn has(&self, selector: &str) -> bool {
        let document = Html::parse_document(&self.html());
        document.select(&parse(selector)).next().is_some()
    }

    /// Returns the form that matches, filled in as the page shows it. Buttons are not part of it.
    #[track_caller]
    pub fn form(&self, selector: &str) -> Form {
        let document = Html::parse_document(&self.html());
        let form = document.select(&parse(selector)).next();
        let form = form.unwrap_or_else(|| panic!("{selector} is not in {}: {}", self.path, self.summary()));
        let action = form
            .attr("action")
            .filter(|action| !action.is_empty())
            .unwrap_or(&self.path)
            .to_owned();
        let fields = form
            .select(&parse("input[name], select[name], textarea[name]"))
            .flat_map(values)
            .collect();
        Form { action, fields }
    }

    /// Returns what a failing test shows of the page.
    fn summary(&self) -> String {
        let text = text_of(&self.html());
        format!("{} {}", self.answer.status, text.chars().take(600).collect::<String>())
    }
}

impl Form {
    /// Returns the values of a field.
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.fields
            .iter()
            .filter(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Puts one value in the place of what a field has.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter().position(|(field, _)| field == name) {
            Some(place) => {
                self.fields[place].1 = value.to_owned();
                let mut index = 0;
                self.fields.retain(|(field, _)| {
                    index += 1;
                    field != name || index == place + 1
                });
            }
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Adds a value: ticks a box, chooses one more.
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Empties a field: unticks a box, chooses nothing.
    pub fn clear(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }
}

/// What parts [`multipart`].
pub const BOUNDARY: &str = "----parted";

/// Returns the body of a form with a file in it.
pub fn multipart(fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    if let Some((name, bytes)) = file {
        let head =
            format!("content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: text/plain");
        body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").bytes());
    body
}

/// Returns the body of a form.
pub fn encode(fields: &[(&str, &str)]) -> String {
    let pairs = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Returns a text as a part of a query or form.
pub fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

/// Returns what a control sends (HTML, "constructing the form data set").
fn values(element: ElementRef<'_>) -> Vec<(String, String)> {
    let name = element.attr("name").unwrap_or_default().to_owned();
    let value = |element: ElementRef<'_>, default: &str| element.attr("value").unwrap_or(default).to_owned();
    if element.attr("disabled").is_some() {
        return Vec::new();
    }
    match (element.value().name(), element.attr("type").unwrap_or("text")) {
        ("input", "checkbox" | "radio") if element.attr("checked").is_none() => Vec::new(),
        ("input", "checkbox" | "radio") => vec![(name, value(element, "on"))],
        ("input", "submit" | "button" | "image" | "reset" | "file") => Vec::new(),
        ("textarea", _) => {
            // The first line feed belongs to the markup; browsers send lines with carriage returns.
            let text: String = element.text().collect();
            vec![(name, text.strip_prefix('\n').unwrap_or(&text).replace('\n', "\r\n"))]
        }
        ("select", _) => {
            let options: Vec<ElementRef<'_>> = element.select(&parse("option")).collect();
            let mut chosen: Vec<&ElementRef<'_>> = options
                .iter()
                .filter(|option| option.attr("selected").is_some())
                .collect();
            if chosen.is_empty() && element.attr("multiple").is_none() {
                chosen.extend(options.first());
            }
            chosen
                .into_iter()
                .map(|option| (name.clone(), value(*option, &text(*option))))
                .collect()
        }
        _ => vec![(name, value(element, ""))],
    }
}

fn parse(selector: &str) -> Selector {
    Selector::parse(selector).unwrap_or_else(|error| panic!("{selector}: {error}"))
}

fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text_of(html: &str) -> String {
    let document = Html::parse_document(html);
    document.select(&parse("body")).next().map(text).unwrap_or_default()
}
