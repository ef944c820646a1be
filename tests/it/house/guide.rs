//! The first table of ARCHITECTURE.md leads to what is there.

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
