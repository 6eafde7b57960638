//! Everything that belongs to one qmail: the control directory, rules, scripts and alias files.
//!
//! In: the files of the input. Out: a [`Site`]. Where an input holds one control directory, all rules and
//! scripts belong to it; where it holds several, those below its parent do.
//!
//! Limits: scripts are looked for by their usual names and by their content.

use super::control::Control;
use super::scripts::{self, Script, Word};
use super::tcprules::{self, Rule, Who};
use crate::model::Place;
use crate::mtaconf::Scene;
use crate::mtaconf::lists::too_wide;
use crate::mtaconf::nets::{Breadth, Net};
use crate::mtaconf::source::{Text, base_name, join, parent};
use std::sync::Arc;

/// A source of tcprules.
#[derive(Debug)]
pub(super) struct Rules {
    /// The file.
    pub(super) text: Arc<Text>,
    /// Its rules.
    pub(super) rules: Vec<Rule>,
}

/// One qmail.
#[derive(Debug, Default)]
pub(super) struct Site {
    /// The control directory, where it was handed in.
    pub(super) control: Option<Control>,
    /// The sources of tcprules for SMTP.
    pub(super) rules: Vec<Rules>,
    /// Whether a source that a script names was not handed in.
    pub(super) rules_unread: bool,
    /// The scripts that start qmail-smtpd.
    pub(super) scripts: Vec<(Arc<Text>, Script)>,
    /// Files of env directories that set RELAYCLIENT, with the script that uses them.
    pub(super) env_files: Vec<(Arc<Text>, Place)>,
    /// The `.qmail` files that take whole domains.
    pub(super) defaults: Vec<Arc<Text>>,
}

impl Site {
    /// Reads one installation.
    pub(super) fn read(scene: &Scene<'_>) -> Self {
        let mut site = Self::default();
        let reader = scene.reader;
        let file = &scene.root.file;
        let is_rules = base_name(file).starts_with("tcp.");
        if is_rules {
            reader.miss("control/rcpthosts", "not found");
        } else {
            site.control = Some(Control::read(reader, parent(file)));
        }
        let alone = scene.roots.len() < 2;
        let below = scene.root.directory.as_str();
        let names: Vec<&str> = reader
            .files
            .names()
            .filter(|name| alone || below.is_empty() || name.starts_with(&join(below, "")))
            .collect();
        for name in names.iter().copied().filter(|name| is_script(name)) {
            let Some(text) = reader.own(name) else {
                continue;
            };
            if let Some(script) = scripts::read(&text) {
                site.scripts.push((text, script));
            }
        }
        site.read_rules(scene, &names);
        site.read_env(scene);
        for name in names.iter().copied().filter(|name| is_default(name)) {
            site.defaults.extend(reader.own(name));
        }
        site
    }

    fn read_rules(&mut self, scene: &Scene<'_>, names: &[&str]) {
        let reader = scene.reader;
        let usual = |name: &&&str| {
            matches!(
                base_name(name),
                "tcp.smtp" | "tcp.smtpd" | "tcp.submission" | "tcp.smtps"
            ) || (reader.files.is_single() && **name == scene.root.file)
        };
        let mut texts: Vec<Arc<Text>> = names
            .iter()
            .filter(usual)
            .filter_map(|name| reader.own(name))
            .collect();
        for (script, read) in &self.scripts {
            for rules in read.rules.iter().filter(|word| !word.text.contains('$')) {
                match reader.named(&rules.text, &script.name) {
                    Ok(text) if texts.iter().all(|known| known.name != text.name) => {
                        texts.push(text)
                    }
                    Ok(_) => {}
                    Err(_) => self.rules_unread = true,
                }
            }
        }
        let rules = |text: Arc<Text>| Rules {
            rules: tcprules::read(reader, &text),
            text,
        };
        self.rules = texts.into_iter().map(rules).collect();
        if self.rules.is_empty() && self.scripts.is_empty() {
            reader.miss("tcp.smtp", "no rules of tcpserver were found");
            self.rules_unread = true;
        }
    }

    fn read_env(&mut self, scene: &Scene<'_>) {
        let mut found = Vec::new();
        for (script, read) in &self.scripts {
            for directory in &read.envdirs {
                let file = join(&directory.text, "RELAYCLIENT");
                let text = scene.reader.optional(&file, &script.name);
                // An empty file takes a variable away; one with an empty line sets it to nothing.
                if let Some(text) = text.filter(|text| !text.bytes.is_empty()) {
                    found.push((text, script.find_on(directory.line, &directory.text)));
                }
            }
        }
        self.env_files = found;
    }

    /// Gives the starts of qmail-smtpd.
    pub(super) fn starts(&self) -> impl Iterator<Item = (&Arc<Text>, &[Word])> {
        self.scripts.iter().flat_map(|(text, script)| {
            script
                .starts
                .iter()
                .map(move |start| (text, start.as_slice()))
        })
    }

    /// Tells whether every script listens on loopback only.
    pub(super) fn is_loopback(&self) -> bool {
        !self.scripts.is_empty() && self.scripts.iter().all(|(_, script)| script.loopback)
    }

    /// Tells whether tcpserver refuses everybody who is not listed.
    pub(super) fn refuses_others(&self) -> bool {
        let denies = |rules: &Rules| {
            let others = rules.rules.iter().find(|rule| rule.who == Who::Others);
            others.is_some_and(|rule| rule.deny)
        };
        !self.rules.is_empty() && self.rules.iter().all(denies)
    }

    /// Gives the rule that lets everybody relay: that for all others, or networks that cover everybody.
    pub(super) fn relays_for_all(&self, scene: &Scene<'_>) -> Option<(&Rules, &Rule)> {
        for rules in &self.rules {
            // Of two rules for one address the first is found.
            let others = rules.rules.iter().find(|rule| rule.who == Who::Others);
            if let Some(rule) = others.filter(|rule| rule.relays && !rule.deny) {
                return Some((rules, rule));
            }
            let wide = rules.wide(scene);
            if let Some((rule, _)) = wide.iter().find(|(_, b)| *b == Breadth::Everybody) {
                return Some((rules, rule));
            }
        }
        None
    }

    /// Gives the place that sets RELAYCLIENT for every connection, and how it comes into force.
    pub(super) fn environment(&self) -> Option<(Place, Option<Place>)> {
        let in_script = self.scripts.iter().find_map(|(text, script)| {
            let word = script.relays.as_ref()?;
            Some((text.find_on(word.line, "RELAYCLIENT"), None))
        });
        in_script.or_else(|| {
            let (file, used) = self.env_files.first()?;
            Some((file.at_line(1), Some(used.clone())))
        })
    }

    /// Gives the password checkers that let everybody in.
    pub(super) fn open_checkers(&self) -> impl Iterator<Item = Checker<'_>> {
        self.starts().filter_map(|(text, start)| {
            let arguments = arguments(start);
            let (first, second) = (arguments.first()?, arguments.get(1)?);
            // The variable may hold either.
            let displaced = first.text.starts_with(['/', '$']);
            let fires = is_true(&second.text) || first.text.starts_with('/');
            fires.then_some(Checker {
                text,
                word: if displaced { first } else { second },
                displaced,
            })
        })
    }
}

/// A password checker that lets everybody in.
#[derive(Debug)]
pub(super) struct Checker<'s> {
    /// The script.
    pub(super) text: &'s Arc<Text>,
    /// The word to change.
    pub(super) word: &'s Word,
    /// Whether it stands, or may stand, in the place of the host name, which some patches do not have.
    pub(super) displaced: bool,
}

impl Rules {
    /// Gives the rules that let too many relay.
    pub(super) fn wide(&self, scene: &Scene<'_>) -> Vec<(&Rule, Breadth)> {
        let listed: Vec<(&Rule, Net)> = self
            .rules
            .iter()
            .filter(|rule| rule.relays && !rule.deny)
            .filter_map(|rule| match rule.who {
                Who::Net(net) => Some((rule, net)),
                Who::Others | Who::Host(_) => None,
            })
            .collect();
        let nets: Vec<Net> = listed.iter().map(|(_, net)| *net).collect();
        let wide = too_wide(scene.context, &nets).into_iter();
        wide.filter_map(|(index, breadth)| Some((listed.get(index)?.0, breadth)))
            .collect()
    }
}

/// Gives the arguments of a start of qmail-smtpd, without what the shell takes for itself.
pub(super) fn arguments(start: &[Word]) -> &[Word] {
    let all = start.get(1..).unwrap_or(&[]);
    let end = all.iter().position(|word| word.text.contains(['>', '<']));
    all.get(..end.unwrap_or(all.len())).unwrap_or(all)
}

/// Tells whether a program succeeds whatever it is asked.
fn is_true(program: &str) -> bool {
    matches!(base_name(program), "true" | "echo" | ":" | "cat")
}

/// Tells whether a file may be a script that starts qmail-smtpd.
fn is_script(name: &str) -> bool {
    let base = base_name(name);
    let ends = [".sh", ".rc", ".init", ".service", ".conf"];
    matches!(
        base,
        "run" | "rc" | "smtp" | "smtpd" | "smtps" | "submission" | "svscan"
    ) || base.starts_with("qmail")
        || ends.iter().any(|end| base.ends_with(end))
}

/// Tells whether a file takes mail for whole domains.
fn is_default(name: &str) -> bool {
    let base = base_name(name);
    base_name(parent(name)) == "alias" && base.starts_with(".qmail") && base.ends_with("-default")
}
