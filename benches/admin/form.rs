//! Forms of pages: what a browser would send.

use scraper::{ElementRef, Html, Selector};

use crate::client::{Client, Reply};

/// A form for one object, as it was drawn.
#[derive(Clone)]
pub(crate) struct Form {
    path: String,
    fields: Vec<(String, String)>,
}

impl Form {
    /// Reads the form that is at `path` and has a field `field`.
    pub(crate) fn open(client: &mut Client, path: &str, field: &str) -> Self {
        let page = Html::parse_document(&client.text(path));
        let mark = select(&format!("[name=\"{field}\"]"));
        let mark = page.select(&mark).next();
        let form = mark.and_then(|mark| {
            let mut around = mark.ancestors().filter_map(ElementRef::wrap);
            around.find(|element| element.value().name() == "form")
        });
        let controls = select("input, select, textarea");
        let fields = form.expect("the page has the form").select(&controls).flat_map(values);
        Self {
            path: path.to_owned(),
            fields: fields.collect(),
        }
    }

    /// Sets a field to one value.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.clear(name).add(name, value)
    }

    /// Takes a field out, as a box that is not ticked.
    pub(crate) fn clear(&mut self, name: &str) -> &mut Self {
        self.fields.retain(|(kept, _)| kept != name);
        self
    }

    /// Adds a value to a field.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> &mut Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends the form with the version that the last save has made, which is the next number.
    pub(crate) fn save(&mut self, client: &mut Client, number: usize) -> Reply {
        self.set("description", &format!("save {number}"));
        let reply = self.send(client);
        if reply.status == 302 {
            let version = self.fields.iter_mut().find(|(name, _)| name == "_version");
            let (_, version) = version.expect("change forms have a version");
            let next = version.parse::<u64>().expect("versions are numbers") + 1;
            *version = next.to_string();
        }
        reply
    }

    pub(crate) fn send(&self, client: &mut Client) -> Reply {
        client.post(&self.path, &self.body())
    }

    /// Sends the form for an answer without compression.
    pub(crate) fn send_plain(&self, client: &mut Client) -> Reply {
        client.post_plain(&self.path, &self.body())
    }

    fn body(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.fields)
            .finish()
    }
}

/// The keys of the objects that a list shows, in its order.
pub(crate) fn listed(client: &mut Client, path: &str) -> Vec<String> {
    let page = Html::parse_document(&client.text(path));
    let links = select("#result_list a[href*=\"/change/\"]");
    let mut keys: Vec<String> = page
        .select(&links)
        .filter_map(|link| {
            let (before, _) = link.attr("href")?.split_once("/change/")?;
            Some(before.rsplit('/').next()?.to_owned())
        })
        .filter(|key| key.chars().all(|letter| letter.is_ascii_digit()))
        .collect();
    keys.dedup();
    keys
}

/// What a control sends.
fn values(control: ElementRef<'_>) -> Vec<(String, String)> {
    let Some(name) = control.attr("name") else {
        return Vec::new();
    };
    if control.attr("disabled").is_some() {
        return Vec::new();
    }
    let own = || control.attr("value").unwrap_or_default().to_owned();
    let sent: Vec<String> = match (control.value().name(), control.attr("type").unwrap_or("text")) {
        ("textarea", _) => vec![control.text().collect::<String>().trim_start_matches('\n').to_owned()],
        ("select", _) => chosen(control),
        (_, "checkbox" | "radio") if control.attr("checked").is_some() => {
            vec![control.attr("value").unwrap_or("on").to_owned()]
        }
        (_, "checkbox" | "radio" | "submit" | "button" | "file" | "image") => Vec::new(),
        _ => vec![own()],
    };
    sent.into_iter().map(|value| (name.to_owned(), value)).collect()
}

/// The chosen options of a select; a single select has its first one if none is marked.
fn chosen(control: ElementRef<'_>) -> Vec<String> {
    let value = |option: ElementRef<'_>| option.attr("value").unwrap_or_default().to_owned();
    let marked: Vec<String> = control.select(&select("option[selected]")).map(value).collect();
    if !marked.is_empty() || control.attr("multiple").is_some() {
        return marked;
    }
    control
        .select(&select("option"))
        .next()
        .map(value)
        .into_iter()
        .collect()
}

fn select(text: &str) -> Selector {
    Selector::parse(text).expect("the selector is well-formed")
}
