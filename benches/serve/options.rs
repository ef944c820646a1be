//! The command line.

/// A group of figures that is measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// A scrape of which nothing changed, beside nginx sending the same bytes.
    Nginx,
    /// A scrape after one component changed.
    Change,
    /// A scrape after a window changed that all components use.
    Everyone,
    /// Scrapes around instants at which many windows open or close.
    Instants,
    /// From the start of the program to its first page, and its memory.
    Start,
    /// Many scrapers at once while an editor saves.
    Editor,
}

const SECTIONS: [(&str, Section); 6] = [
    ("nginx", Section::Nginx),
    ("change", Section::Change),
    ("everyone", Section::Everyone),
    ("instants", Section::Instants),
    ("start", Section::Start),
    ("editor", Section::Editor),
];

/// What is measured and how.
pub(crate) struct Options {
    /// Which sections, in the order in which they were named.
    pub(crate) sections: Vec<Section>,
    /// How many components the databases have.
    pub(crate) components: usize,
    /// The program, if not the one of this build.
    pub(crate) program: String,
    /// An empty PostgreSQL database whose user may create others.
    pub(crate) postgres: Option<String>,
    /// Whether a missed limit is a failure.
    pub(crate) strict: bool,
}

impl Options {
    /// Reads arguments: names of sections, a number of components, `--strict`, `--program PATH`.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            sections: Vec::new(),
            components: 100_000,
            program: env!("CARGO_BIN_EXE_sla-monitor").to_owned(),
            postgres: std::env::var("SLA_MONITOR_BENCH_POSTGRES_URL").ok(),
            strict: false,
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => {} // cargo says it to every benchmark
                "--strict" => options.strict = true,
                "--program" => options.program = arguments.next().ok_or("--program needs a path")?,
                text => match (text.parse(), SECTIONS.iter().find(|(name, _)| *name == text)) {
                    (Ok(components), _) => options.components = components,
                    (_, Some((_, section))) => options.sections.push(*section),
                    _ => return Err(format!("“{text}” is no section; there are {}", names().join(", "))),
                },
            }
        }
        if options.components < 100 {
            return Err("fewer than 100 components tell nothing".to_owned());
        }
        if options.sections.is_empty() {
            options.sections = SECTIONS.iter().map(|(_, section)| *section).collect();
        }
        Ok(options)
    }
}

fn names() -> Vec<&'static str> {
    SECTIONS.iter().map(|(name, _)| *name).collect()
}
