//! The path below which a proxy offers the program.

use std::fmt;
use std::str::FromStr;

/// The longest root path, in bytes.
const LENGTH_MAX: usize = 200;

/// The first segments of the program's own addresses. A root path that began with one could not be distinguished from them.
const OWN_SEGMENTS: [&str; 5] = ["admin", "api", "metrics", "static", "-"];

/// The path that stands before every address of the program, such as `/sla`; empty for none. What it holds needs no escaping in a header,
/// a page or a cookie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RootPath(String);

impl RootPath {
    /// Returns the path; empty for none.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `path` without the root path, if it stands below it. The root path itself becomes `/`.
    #[must_use]
    pub fn strip<'a>(&self, path: &'a str) -> Option<&'a str> {
        match path.strip_prefix(&self.0)? {
            "" if self.0.is_empty() => None,
            "" => Some("/"),
            rest if rest.starts_with('/') => Some(rest),
            _ => None,
        }
    }
}

impl FromStr for RootPath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refused = || "give a path such as /sla: it begins with a slash, ends without one, and has letters, digits, `-`, `_`, `.` and `~`";
        let segments = text.strip_prefix('/').ok_or_else(refused)?;
        let is_plain = |segment: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
            !["", ".", ".."].contains(&segment) && segment.bytes().all(is_plain)
        };
        if text.len() > LENGTH_MAX || !segments.split('/').all(is_plain) {
            return Err(refused().to_owned());
        }
        match OWN_SEGMENTS
            .into_iter()
            .find(|own| segments.split('/').next() == Some(own))
        {
            Some(own) => Err(format!(
                "/{own} is an address of the program itself; give another path, such as /sla"
            )),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for RootPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_taken_and_nothing_else() {
        for path in [
            "/sla",
            "/a/b",
            "/sla-monitor_2.0~x",
            "/administration",
            "/apis",
            "/a/admin",
        ] {
            assert_eq!(
                path.parse::<RootPath>().map(|path| path.to_string()),
                Ok(path.to_owned())
            );
        }
        let long = format!("/{}", "a".repeat(LENGTH_MAX));
        let refused = [
            "",
            "/",
            "sla",
            "/sla/",
            "//sla",
            "/sla//x",
            "/.",
            "/..",
            "/a/../b",
            "/s la",
            "/sla\"",
            "/<sla>",
            "/sla?x",
            "/sla#x",
            "/sla;x",
            "/sla\\x",
            "/sla%2f",
            "/ßla",
            "/sla\r\n",
            "https://evil.example",
            "//evil.example",
            "/admin",
            "/admin/sla",
            "/api",
            "/api/v1",
            "/metrics",
            "/static/x",
            "/-",
            &long,
        ];
        for path in refused {
            assert!(path.parse::<RootPath>().is_err(), "{path:?}");
        }
    }

    #[test]
    fn a_path_below_the_root_loses_it() {
        let root: RootPath = "/sla".parse().expect("it is a root path");
        let cases = [
            ("/sla", Some("/")),
            ("/sla/", Some("/")),
            ("/sla/admin/", Some("/admin/")),
            ("/sla//evil", Some("//evil")),
            ("/slab/admin/", None),
            ("/admin/", None),
            ("", None),
        ];
        for (path, expected) in cases {
            assert_eq!(root.strip(path), expected, "{path}");
        }
        assert_eq!(RootPath::default().strip("/admin/"), Some("/admin/"));
        assert_eq!(RootPath::default().strip(""), None);
    }
}
