//! How pages look, read off a request: cookies that hold no secret, and the label of the installation.

use crate::admin::look::{Look, Theme};
use crate::config::Environment;

/// The cookie of the theme. Scripts write it too, so that the server draws the next page right from the start.
pub const THEME_COOKIE: &str = "theme";
/// The cookie that says whether the list of models stands beside pages.
const SIDEBAR_COOKIE: &str = "navSidebarIsOpen";

/// Returns how pages look to a browser with these cookies.
#[must_use]
pub fn read(cookie: impl Fn(&str) -> Option<String>, environment: Option<&Environment>) -> Look {
    Look {
        theme: Theme::read(cookie(THEME_COOKIE).unwrap_or_default().as_str()),
        environment: environment.map(|label| label.name.clone()).unwrap_or_default(),
        colour: environment.map_or("", |label| label.colour),
        sidebar_closed: cookie(SIDEBAR_COOKIE).as_deref() == Some("false"),
    }
}
