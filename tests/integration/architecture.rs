//! The walls between the layers, which one package cannot have from the compiler.
//!
//! Reads the source: every `crate::` path of a module must be one its row allows, every module must
//! have a row, the rows must hold no cycle, every file must begin with its header, and the pure modules
//! must not name what does I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may name whom. The twin of this table stands in `.github/CONTRIBUTING.md`.
const EDGES: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("smtp", &[]),
    ("target", &["model"]),
    ("probe", &["model", "smtp"]),
    ("mtaconf", &["model"]),
    ("mtalog", &["model", "smtp", "mtaconf"]),
    ("rules", &["model", "probe", "mtaconf", "mtalog"]),
    ("report", &["model"]),
    ("net", &["model", "smtp", "probe"]),
    ("server", &["model", "smtp"]),
    ("engine", &["model", "target", "probe", "net"]),
    (
        "cli",
        &[
            "model", "smtp", "target", "probe", "mtaconf", "mtalog", "rules", "report", "net",
            "server", "engine",
        ],
    ),
];

/// Modules that decide and must not act.
const PURE: &[&str] = &[
    "model", "smtp", "target", "probe", "mtaconf", "mtalog", "rules", "report",
];

/// What a pure module has no use for.
const IMPURE: &[&str] = &[
    "tokio::",
    "rustls::",
    "hickory_resolver::",
    "clap::",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::fs",
    "std::env",
    "Instant::now",
    "SystemTime::now",
    "getrandom::",
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Gives every source file with the module it belongs to and its text without the tests.
fn files() -> Vec<(String, PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let inside = path.strip_prefix(source()).expect("inside the source");
                let first = inside.components().next().expect("a part");
                let module = first.as_os_str().to_string_lossy();
                let module = module.trim_end_matches(".rs").to_owned();
                let text = std::fs::read_to_string(&path).expect("a text");
                found.push((module, path, text));
            }
        }
    }
    found
}

/// Cuts a file off where its tests begin, which house style puts at the end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests").next().unwrap_or(text)
}

#[test]
fn modules_name_only_what_their_row_allows() {
    let rows: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    for (module, path, text) in files() {
        if module == "lib" || module == "main" {
            continue;
        }
        let allowed = rows
            .get(module.as_str())
            .unwrap_or_else(|| panic!("module {module} has no row in EDGES"));
        for part in without_tests(&text).split("crate::").skip(1) {
            for named in named(part) {
                let fits = named.is_empty() || named == module || allowed.contains(&named);
                assert!(fits, "{} names {named}", path.display());
            }
        }
    }
}

/// Gives the modules named behind `crate::`: one, or the heads of a list whose entries may hold lists
/// themselves.
fn named(behind: &str) -> Vec<&str> {
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        end.unwrap_or(text.len())
    };
    let Some(list) = behind.strip_prefix('{') else {
        return vec![&behind[..word(behind)]];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut from = 0;
    for (at, byte) in list.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth > 0 => depth -= 1,
            b',' | b'}' if depth == 0 => {
                let entry = list[from..at].trim();
                names.push(&entry[..word(entry)]);
                from = at + 1;
                if byte == b'}' {
                    return names;
                }
            }
            _ => {}
        }
    }
    panic!("a list that is not closed: {list}");
}

#[test]
fn lists_within_lists_are_read_to_their_end() {
    for (behind, names) in [
        ("model::bytes;", &["model"][..]),
        ("smtp::{limits, Reply};", &["smtp"]),
        ("{model, smtp::Reply};", &["model", "smtp"]),
        (
            "{a::{b, c::{d}}, e::f,\n    g_h};\nuse {x};",
            &["a", "e", "g_h"],
        ),
        ("{a::{b}, c,};", &["a", "c", ""]),
    ] {
        assert_eq!(named(behind), names, "{behind}");
    }
}

#[test]
fn the_table_has_no_cycle_and_no_stranger() {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (module, allowed) in EDGES {
        for other in *allowed {
            assert!(
                known.contains(other),
                "{module} may name {other}, which stands below it"
            );
        }
        known.insert(module);
    }
    let there: BTreeSet<String> = files().into_iter().map(|(module, ..)| module).collect();
    for module in known {
        assert!(there.contains(module), "{module} has a row and no source");
    }
}

#[test]
fn pure_modules_do_not_act() {
    for (module, path, text) in files() {
        if !PURE.contains(&module.as_str()) {
            continue;
        }
        let code: String = without_tests(&text)
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        for word in IMPURE {
            assert!(!code.contains(word), "{} names {word}", path.display());
        }
    }
}

#[test]
fn every_file_begins_with_its_header() {
    for (_, path, text) in files() {
        assert!(text.starts_with("//! "), "{} has no header", path.display());
    }
}

#[test]
fn the_contributors_guide_shows_the_same_table() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/CONTRIBUTING.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    for (module, allowed) in EDGES {
        let names = match *module {
            "cli" => "all".to_owned(),
            _ if allowed.is_empty() => "-".to_owned(),
            _ => allowed.join(", "),
        };
        let row = format!("| {module} | {names} |");
        assert!(guide.contains(&row), "the guide lacks the row {row}");
    }
}
