//! Debian's way to a configuration: answers in update-exim4.conf.conf, and a template in one file or many.
//!
//! In: the files of a directory such as /etc/exim4. Out: the lines that update-exim4.conf would make of them.
//!
//! The answers become macros, unless the template defines them before; they stand behind the line that begins with
//! [`MARKER`]. Where only the answers are handed in, the part of the stock configuration that decides who may relay
//! is taken as given.
//!
//! References: update-exim4.conf(8), README.Debian of the package exim4.

use super::lines::Lines;
use super::traced::Traced;
use crate::mtaconf::Scene;
use crate::mtaconf::source::{Text, join};
use std::sync::Arc;

/// The name of the file of answers.
pub(super) const ANSWERS: &str = "update-exim4.conf.conf";

/// The name of the template in one file.
pub(super) const TEMPLATE: &str = "exim4.conf.template";

/// The line behind which the answers go.
const MARKER: &str = "UPEX4CmacrosUPEX4C";

/// The sections of a template in many files, in order.
const SECTIONS: &[&str] = &[
    "main",
    "acl",
    "router",
    "transport",
    "retry",
    "rewrite",
    "auth",
];

/// What the stock configuration says of relaying.
const STOCK: &str = "\
domainlist local_domains = MAIN_LOCAL_DOMAINS
domainlist relay_to_domains = MAIN_RELAY_TO_DOMAINS
hostlist relay_from_hosts = MAIN_RELAY_NETS
.ifdef MAIN_LOCAL_INTERFACES
local_interfaces = MAIN_LOCAL_INTERFACES
.endif
acl_smtp_rcpt = acl_check_rcpt
begin acl
acl_check_rcpt:
  accept hosts = :
  accept local_parts = postmaster
    domains = +local_domains : +relay_to_domains
  accept hosts = +relay_from_hosts
  accept authenticated = *
  require domains = +local_domains : +relay_to_domains
  require verify = recipient
  accept
begin routers
dnslookup:
  driver = dnslookup
  domains = ! +local_domains
";

/// What was read.
pub(super) struct Gathered<'a> {
    /// The lines.
    pub(super) lines: Lines<'a>,
    /// Whether the stock configuration stands in for one that was not handed in.
    pub(super) stock: bool,
    /// The version of the package, where a line tells it.
    pub(super) version: Option<String>,
}

/// Reads an installation from the file it begins with.
pub(super) fn gather<'a>(scene: &Scene<'a>) -> Gathered<'a> {
    let reader = scene.reader;
    let directory = &scene.root.directory;
    let mut lines = Lines::new(reader);
    let first = scene.root.file.as_str();
    let answers = reader
        .own(first)
        .filter(|_| first.ends_with(ANSWERS))
        .map(Answers::read);
    let split = match &answers {
        Some(answers) => answers.is("dc_use_split_config", "true"),
        None => first.contains("conf.d/main/"),
    };
    let mut stock = false;
    if answers.is_none() && !split {
        if let Some(file) = reader.own(first) {
            if first.ends_with(TEMPLATE) {
                local_macros(scene, &mut lines);
            }
            lines.read(&file, "", &mut |_| {});
        }
    } else {
        let mut insert = |lines: &mut Lines<'a>| {
            if let Some(answers) = &answers {
                answers.define(lines);
            }
        };
        let parts = match split {
            true => parts(scene, directory),
            false => Vec::new(),
        };
        let template = match split {
            true => None,
            false => reader.optional(TEMPLATE, first),
        };
        if !parts.is_empty() {
            for part in parts {
                lines.read(&part, MARKER, &mut insert);
            }
        } else if let Some(template) = template {
            local_macros(scene, &mut lines);
            lines.read(&template, MARKER, &mut insert);
        } else {
            stock = true;
            local_macros(scene, &mut lines);
            insert(&mut lines);
            lines.read_made(STOCK, first);
        }
    }
    let version = lines
        .value("MAIN_PACKAGE_VERSION")
        .map(|text| text.as_str().to_owned());
    Gathered {
        lines,
        stock,
        version,
    }
}

fn local_macros(scene: &Scene<'_>, lines: &mut Lines<'_>) {
    if let Some(macros) = scene
        .reader
        .optional("exim4.conf.localmacros", &scene.root.file)
    {
        lines.read(&macros, "", &mut |_| {});
    }
}

/// Gives the files of a template in many files, in the order they are joined.
fn parts(scene: &Scene<'_>, directory: &str) -> Vec<Arc<Text>> {
    let mut parts = Vec::new();
    for section in SECTIONS {
        let folder = join(directory, &format!("conf.d/{section}"));
        for name in scene.reader.files.inside(&folder) {
            let base = crate::mtaconf::source::base_name(name);
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            if !base.is_empty() && base.chars().all(plain) {
                // A local replacement goes before the file it replaces.
                let replaced = scene.reader.own(&format!("{name}.rul"));
                parts.extend(replaced.or_else(|| scene.reader.own(name)));
            }
        }
    }
    parts
}

/// The answers.
struct Answers {
    file: Arc<Text>,
    /// Name, and where the value begins and ends in the file, with its line.
    values: Vec<(String, Traced)>,
}

impl Answers {
    /// Reads `name='value'`, as the shell would.
    fn read(file: Arc<Text>) -> Self {
        let mut values = Vec::new();
        for number in 1..=file.count() {
            let line = Traced::of_line(&file, number).trim();
            let Some((name, value)) = line.as_str().split_once('=') else {
                continue;
            };
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            if name.is_empty() || !name.chars().all(word) {
                continue;
            }
            let start = name.len() + 1;
            let range = match value.chars().next() {
                Some(quote @ ('\'' | '"')) => {
                    let end = value[1..].find(quote).unwrap_or(value.len() - 1);
                    start + 1..start + 1 + end
                }
                _ => {
                    let end = value
                        .find(|c: char| c.is_whitespace() || c == ';')
                        .unwrap_or(value.len());
                    start..start + end
                }
            };
            values.push((name.to_owned(), line.slice(range)));
        }
        Self { file, values }
    }

    /// Gives an answer; the last one counts.
    fn get(&self, name: &str) -> Option<&Traced> {
        let mut values = self.values.iter().rev();
        values
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        let answer = self.get(name);
        answer.is_some_and(|answer| answer.as_str().eq_ignore_ascii_case(value))
    }

    /// Defines the macros that update-exim4.conf makes of the answers.
    fn define(&self, lines: &mut Lines<'_>) {
        let kind = self
            .get("dc_eximconfig_configtype")
            .map_or("", Traced::as_str)
            .to_lowercase();
        if !matches!(
            kind.as_str(),
            "internet" | "smarthost" | "satellite" | "local"
        ) {
            // "none": the answers are not used.
            return;
        }
        let made = |text: &str| Traced::made(text, &self.file);
        let empty = made("");
        let answer = |name: &str| lowered(self.get(name).unwrap_or(&empty));
        let mut local = made("@:localhost:");
        let mut others = answer("dc_other_hostnames");
        if others.as_str().contains(';') {
            others = replaced(&others, ';', ':');
        }
        let end = others.as_str().trim_end_matches([';', ':', ' ']).len();
        if end > 0 {
            local.append(&others.slice(0..end), None);
        }
        lines.define("MAIN_LOCAL_DOMAINS", local);
        let list = |name: &str| {
            let value = answer(name);
            match value.as_str().contains(';') && !value.as_str().starts_with('<') {
                true => {
                    let mut list = made("<; ");
                    list.append(&value, None);
                    list
                }
                false => value,
            }
        };
        lines.define("MAIN_RELAY_TO_DOMAINS", list("dc_relay_domains"));
        let mut nets = list("dc_relay_nets");
        let more = match nets.as_str().starts_with("<;") {
            true => " ; 127.0.0.1 ; ::1",
            false => " : 127.0.0.1 : ::::1",
        };
        nets.append(&made(more), None);
        lines.define("MAIN_RELAY_NETS", nets);
        let interfaces = list("dc_local_interfaces");
        if interfaces.len() > 0 {
            lines.define("MAIN_LOCAL_INTERFACES", interfaces);
        }
        if self.is("dc_minimaldns", "true") {
            lines.define("DC_minimaldns", made("1"));
        }
        lines.define("DCreadhost", answer("dc_readhost"));
        lines.define("DCsmarthost", answer("dc_smarthost"));
        lines.define("LOCAL_DELIVERY", answer("dc_localdelivery"));
        lines.define("ETC_MAILNAME", made("mailname.invalid"));
        lines.define("DC_eximconfig_configtype", made(&kind));
        lines.define(&format!("DCconfig_{kind}"), made("1"));
        for (name, value) in &self.values {
            if name.starts_with(|c: char| c.is_ascii_uppercase()) && name != "CFILEMODE" {
                lines.define(name, lowered(value));
            }
        }
    }
}

/// Puts a text in small letters, with the places it had.
fn lowered(text: &Traced) -> Traced {
    text.mapped(|c| c.to_ascii_lowercase())
}

fn replaced(text: &Traced, from: char, to: char) -> Traced {
    text.mapped(|c| if c == from { to } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::exim::lines::Line;
    use crate::mtaconf::source::{Files, Memory, Reader};
    use crate::mtaconf::{Context, Root};

    fn lines(files: &[(&str, &str)], first: &str) -> Vec<String> {
        let store = Memory::new(files.iter().map(|(name, text)| (*name, *text)));
        let files = Files::new(&store, "", None).expect("a directory");
        let reader = Reader::new(&files);
        let root = Root {
            directory: String::new(),
            file: first.to_owned(),
        };
        let scene = Scene {
            reader: &reader,
            root: &root,
            roots: std::slice::from_ref(&root),
            context: &Context::default(),
        };
        let gathered = gather(&scene);
        assert!(
            gathered.lines.stops.is_empty(),
            "{:?}",
            gathered.lines.stops
        );
        let shown = gathered.lines.lines.iter().map(|line| match line {
            Line::Text(text) => text.as_str().to_owned(),
            Line::Hole(_) => "HOLE".to_owned(),
        });
        shown.collect()
    }

    const HEAD: &str = "UPEX4CmacrosUPEX4C = 1\nd = MAIN_LOCAL_DOMAINS\nn = MAIN_RELAY_NETS\n";

    #[test]
    fn answers_become_macros() {
        for (answers, expected) in [
            (
                "dc_eximconfig_configtype='internet'\ndc_other_hostnames='A.example;b.example;'\ndc_relay_nets='192.0.2.0/24'",
                [
                    "d = @:localhost:a.example:b.example",
                    "n = 192.0.2.0/24 : 127.0.0.1 : ::::1",
                ],
            ),
            (
                "dc_eximconfig_configtype=internet\ndc_relay_nets='192.0.2.0/24;2001:db8::/48'",
                [
                    "d = @:localhost:",
                    "n = <; 192.0.2.0/24;2001:db8::/48 ; 127.0.0.1 ; ::1",
                ],
            ),
            (
                "dc_eximconfig_configtype='none'\ndc_relay_nets='*'",
                ["d = MAIN_LOCAL_DOMAINS", "n = MAIN_RELAY_NETS"],
            ),
            (
                "dc_eximconfig_configtype='internet'\nMAIN_RELAY_NETS='198.51.100.1'\ndc_relay_nets=''",
                ["d = @:localhost:", "n =  : 127.0.0.1 : ::::1"],
            ),
        ] {
            let found = lines(&[(ANSWERS, answers), (TEMPLATE, HEAD)], ANSWERS);
            assert_eq!(found, expected, "{answers}");
        }
    }

    #[test]
    fn joins_the_parts_by_name() {
        let answers = "dc_eximconfig_configtype='internet'\ndc_use_split_config='true'\n";
        let found = lines(
            &[
                (ANSWERS, answers),
                (TEMPLATE, "never = read\n"),
                ("conf.d/main/02_b", "b = 1\n"),
                ("conf.d/main/01_a", "a = 1\n"),
                ("conf.d/main/01_a.dpkg-old", "old = 1\n"),
                ("conf.d/acl/10_x", "begin acl\n"),
                ("conf.d/acl/20_y", "y = 1\n"),
                ("conf.d/acl/20_y.rul", "y = 2\n"),
            ],
            ANSWERS,
        );
        assert_eq!(found, ["a = 1", "b = 1", "begin acl", "y = 2"]);
    }
}
