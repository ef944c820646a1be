//! The first table of ARCHITECTURE.md leads to what is there, and tables of modules have all of them.

/// Returns each name in the table with the file that should declare it: a name in backticks, "in", and a file in backticks.
fn declared_names() -> Vec<(String, String)> {
    let section = super::section("ARCHITECTURE.md", "Where to look");
    let mut names = Vec::new();
    for line in section.lines().filter(|line| line.starts_with("| ")) {
        let parts: Vec<&str> = line.split('`').collect();
        for window in parts.windows(3).skip(1).step_by(2) {
            if let [name, " in ", file] = window
                && file.ends_with(".rs")
            {
                names.push(((*name).to_owned(), (*file).to_owned()));
            }
        }
    }
    names
}

#[test]
fn what_the_guide_names_is_declared_where_it_says() {
    let names = declared_names();
    assert!(names.len() > 20, "{names:?}");
    let mut faults = Vec::new();
    for (name, file) in names {
        let text = super::read(&file);
        let has = |declared: &str| {
            ["fn", "struct", "enum", "trait"].iter().any(|keyword| {
                let declaration = format!("{keyword} {declared}");
                let mut rests = text.split(&declaration).skip(1);
                rests.any(|rest| !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_'))
            })
        };
        let (owner, function) = name.rsplit_once("::").unwrap_or(("", &name));
        let has_owner =
            owner.is_empty() || text.contains(&format!("impl {owner}")) || text.contains(&format!("> {owner}"));
        if !has(function) || !has_owner {
            faults.push(format!("{name} in {file}"));
        }
    }
    super::assert_none(&faults, "ARCHITECTURE.md names what is not there");
}

/// Returns the module that a line declares, if its text is in a file of its own.
fn declared_module(line: &str) -> Option<&str> {
    let (before, name) = line.strip_suffix(';')?.rsplit_once(' ')?;
    (before == "mod" || before.starts_with("pub") && before.ends_with(" mod")).then_some(name)
}

#[test]
fn tables_of_modules_have_all_of_them() {
    let mut tables = 0;
    let mut faults = Vec::new();
    for file in super::files_below("src").iter().filter(|file| file.ends_with(".rs")) {
        let text = super::read(file);
        if !text.contains("\n//! | Module") {
            continue;
        }
        tables += 1;
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("//! |")?.split('|').next());
        let named: Vec<String> = rows.flat_map(super::quoted).collect();
        let missing = text.lines().filter_map(declared_module);
        let missing = missing.filter(|module| !named.iter().any(|name| name == module));
        faults.extend(missing.map(|module| format!("{file}: {module}")));
    }
    assert!(tables >= 6, "{tables} tables");
    super::assert_none(&faults, "A table of modules says of each of them what it is for");
}
