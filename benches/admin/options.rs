//! The command line.

/// What is measured and how.
pub(crate) struct Options {
    /// How many components the small and the large database have.
    pub(crate) few: usize,
    pub(crate) many: usize,
    /// The program, if not the one of this build.
    pub(crate) program: String,
    /// An empty PostgreSQL database whose user may create others.
    pub(crate) postgres: Option<String>,
    /// Whether SQLite is left out.
    pub(crate) only_postgres: bool,
    /// Only the pages whose names have this text, and nothing else; all if it is empty.
    pub(crate) only: String,
    /// Whether a missed limit is a failure.
    pub(crate) strict: bool,
}

impl Options {
    /// Reads arguments: one or two numbers of components, `--only TEXT`, `--postgres`, `--strict`, `--program PATH`.
    pub(crate) fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            few: 1_000,
            many: 100_000,
            program: env!("CARGO_BIN_EXE_sla-monitor").to_owned(),
            postgres: std::env::var("SLA_MONITOR_BENCH_POSTGRES_URL").ok(),
            only_postgres: false,
            only: String::new(),
            strict: false,
        };
        let mut sizes = Vec::new();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--bench" => {} // cargo passes it to every benchmark
                "--strict" => options.strict = true,
                "--postgres" => options.only_postgres = true,
                "--only" => options.only = arguments.next().ok_or("--only needs a part of a name")?,
                "--program" => options.program = arguments.next().ok_or("--program needs a path")?,
                text => match text.parse::<usize>() {
                    Ok(size) => sizes.push(size),
                    Err(_) => return Err(format!("“{text}” is neither an option nor a number of components")),
                },
            }
        }
        match sizes[..] {
            [] => {}
            [many] => options.many = many,
            [few, many] => (options.few, options.many) = (few, many),
            _ => return Err("more than two numbers of components".to_owned()),
        }
        if options.few < 1_000 || options.many < options.few {
            return Err(
                "the smaller number of components is at least 1000: each of the 1,000 windows is used".to_owned(),
            );
        }
        Ok(options)
    }
}
