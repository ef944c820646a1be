//! What a page looks like before anything of it is known: its theme, the label of its environment, and whether the models stand
//! beside it. Decided on the server, so that no script has to hurry and nothing flashes.

/// Light, dark, or as the reader's system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// Returns the theme that is called so; any other word is `auto`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }

    /// Returns the name in cookies, forms and `data-theme`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the one that the button leads to.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    /// Returns the value of the meta tag `color-scheme`, which browsers read before the stylesheet.
    #[must_use]
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::Auto => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// How a page looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Its theme.
    pub theme: Theme,
    /// The label of the environment; empty for none.
    pub environment: String,
    /// The colour of that label: `red`, `amber`, `green` or `blue`.
    pub colour: &'static str,
    /// Whether the reader closed the list of models beside the page.
    pub sidebar_closed: bool,
}
