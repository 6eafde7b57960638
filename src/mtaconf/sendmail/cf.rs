//! The lines of a .cf, and those that a .mc puts into one.
//!
//! In: lines with their places. Out: what they say, put into a [`Policy`]. Only what has a bearing on relaying is
//! kept: classes R and w, daemons, options for logging in, some macros and maps, the rulesets whose names
//! begin with `check`, `Local_`, `Basic_`, `Rcpt_` or `Relay_`, the comments by which features name themselves.
//!
//! Deliberately does not run the stock rulesets: they are judged by what they refuse.
//!
//! Limits: [`MOST_WORDS`] of a class.
//!
//! References: Sendmail Installation and Operation Guide, section 5; m4/proto.m4 of sendmail 8.17.

use super::super::context::Version;
use super::super::source::{Reader, Text, short};
use super::super::spot::{Spot, lines};
use super::m4::Line;
use super::policy::{Daemon, Feature, Map, Policy, Word};
use std::collections::HashSet;
use std::sync::Arc;

/// The most words of a class that are kept.
const MOST_WORDS: usize = 200_000;

/// The largest .cf that is read; they have some sixty thousand bytes.
const MOST_BYTES: usize = 8 << 20;

/// Reads a whole .cf.
pub(super) fn whole(reader: &Reader<'_>, text: &Arc<Text>) -> Policy {
    let mut policy = Policy::default();
    if text.as_str().len() > MOST_BYTES {
        reader.miss(&text.name, "too large for a sendmail.cf");
        policy.refuses = true;
        policy.doubt("the whole file", &Spot::new(text, 0, 0));
        return policy;
    }
    let input = lines(text).filter(|(_, line)| !line.is_empty());
    let input: Vec<Line> = input
        .map(|(start, line)| Line {
            text: line.to_owned(),
            spot: Spot::new(text, start, start + line.len()),
        })
        .collect();
    read(&mut policy, &input, reader);
    conclude(&mut policy);
    if policy.daemons.is_empty() {
        policy.daemons.push(Daemon::read("Name=MTA", None));
    }
    policy
}

/// Reads lines into a policy. A line that begins with a space goes on with the one before.
pub(super) fn read(policy: &mut Policy, input: &[Line], reader: &Reader<'_>) {
    let mut state = State {
        policy,
        reader,
        ruleset: None,
    };
    let mut at = 0;
    while let Some(line) = input.get(at) {
        at += 1;
        let mut text = line.text.clone();
        while let Some(more) = input
            .get(at)
            .filter(|more| more.text.starts_with([' ', '\t']))
        {
            // Far more than sendmail reads of one line.
            if text.len() < 100_000 {
                text.push('\n');
                text.push_str(&more.text);
            }
            at += 1;
        }
        state.line(&text, &line.spot);
    }
}

struct State<'p, 'r> {
    policy: &'p mut Policy,
    reader: &'p Reader<'r>,
    ruleset: Option<String>,
}

impl State<'_, '_> {
    fn line(&mut self, text: &str, spot: &Spot) {
        let mut chars = text.chars();
        let rest = match chars.next() {
            Some(_) => chars.as_str(),
            None => return,
        };
        match text.as_bytes()[0] {
            b'#' => self.comment(rest, spot),
            b'C' => self.class(rest, spot),
            b'F' => self.file(rest, spot),
            b'D' => self.define(rest, spot),
            b'O' => self.option(rest, spot),
            b'K' => self.map(rest, spot),
            b'S' => {
                let mut words = rest
                    .trim_start()
                    .split(|c: char| c == '=' || c.is_whitespace());
                let name = words.next().unwrap_or("");
                let ruleset = self.policy.rulesets.entry(name.to_owned()).or_default();
                ruleset.spot.get_or_insert_with(|| spot.clone());
                self.ruleset = Some(name.to_owned());
            }
            b'R' if !rest.contains('\t') => {
                let what = format!("R{} at {}", short(rest), spot.shown());
                self.reader.miss(&what, "no tab; sendmail does not take it");
            }
            b'R' => {
                if let Some(name) = &self.ruleset {
                    let ruleset = self.policy.rulesets.entry(name.clone()).or_default();
                    ruleset.rules.push(Word {
                        text: rest.to_owned(),
                        spot: spot.clone(),
                    });
                }
            }
            _ => {}
        }
    }

    /// Takes the line by which a feature names itself: `#####  $Id: name.m4,v 8.13 ...`.
    fn comment(&mut self, text: &str, spot: &Spot) {
        let Some(name) = text
            .trim_start_matches('#')
            .trim_start()
            .strip_prefix("$Id: ")
            .and_then(|rest| rest.split_once(".m4,"))
            .map(|(name, _)| name)
        else {
            return;
        };
        let feature = Feature {
            args: Vec::new(),
            spot: spot.clone(),
        };
        if name.len() < 100 {
            let known = self.policy.features.entry(name.to_owned());
            known.or_insert(feature);
        }
    }

    fn class(&mut self, text: &str, spot: &Spot) {
        let (name, rest) = class_name(text);
        let into = match name {
            "R" => &mut self.policy.relayed,
            "w" => &mut self.policy.local,
            "TrustAuthMech" => &mut self.policy.trusted,
            _ => return,
        };
        let full = into.len() >= MOST_WORDS;
        let room = MOST_WORDS.saturating_sub(into.len());
        for (word, spot) in spot.words(rest.split_whitespace().take(room)) {
            into.push(Word {
                text: word.to_owned(),
                spot,
            });
        }
        if full {
            self.reader
                .miss(&spot.shown(), "the class has more words than are read");
            self.policy.doubt("a class", spot);
        }
    }

    fn file(&mut self, text: &str, spot: &Spot) {
        let (name, rest) = class_name(text);
        if !matches!(name, "R" | "w") {
            return;
        }
        let mut words = rest.split_whitespace().peekable();
        let optional = words.next_if_eq(&"-o").is_some();
        let path = words.next().unwrap_or("");
        let is_path = path.starts_with('/') && !path.contains('@');
        if !is_path {
            let what = format!("class {name} from {} at {}", short(path), spot.shown());
            self.reader.miss(&what, "it is looked up elsewhere");
            if name == "R" {
                self.policy.doubt("class R", spot);
            }
            return;
        }
        let from = spot.text().name.to_string();
        let file = match optional {
            true => self.reader.optional(path, &from),
            false => self.reader.named(path, &from).ok(),
        };
        let Some(file) = file else {
            if name == "R" && !optional {
                self.policy.doubt("class R", spot);
            }
            return;
        };
        let into = match name {
            "R" => &mut self.policy.relayed,
            _ => &mut self.policy.local,
        };
        for (start, line) in lines(&file) {
            let trimmed = line.trim_start();
            let at = start + line.len() - trimmed.len();
            let word = trimmed.split_whitespace().next().unwrap_or("");
            if word.is_empty() || word.starts_with('#') {
                continue;
            }
            if into.len() >= MOST_WORDS {
                self.reader.miss(path, "has more entries than are read");
                self.policy.doubt("a class", spot);
                break;
            }
            into.push(Word {
                text: word.to_owned(),
                spot: Spot::new(&file, at, at + word.len()),
            });
        }
    }

    fn define(&mut self, text: &str, spot: &Spot) {
        let (name, value) = class_name(text);
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let word = Word {
            text: value.to_owned(),
            spot: spot.clone(),
        };
        match name {
            "S" | "H" | "L" | "R" => self.policy.hubs.push(word),
            "m" => {
                self.policy.domain = Some(Word {
                    text: format!(".{value}"),
                    ..word
                });
            }
            "j" if !value.contains('$') => {
                self.policy.domain.get_or_insert(word);
            }
            "Z" => {
                let version = Version::parse(value);
                self.policy.version = version.map(|version| (version, spot.clone()));
            }
            _ => {}
        }
    }

    fn option(&mut self, text: &str, spot: &Spot) {
        let (name, value) = match text.strip_prefix(' ') {
            Some(long) => match long.split_once('=') {
                Some((name, value)) => (name.trim(), value.trim()),
                None => return,
            },
            // Of old: one letter.
            None => match text.strip_prefix('p') {
                Some(value) => ("PrivacyOptions", value.trim()),
                None => return,
            },
        };
        let word = Word {
            text: value.to_owned(),
            spot: spot.clone(),
        };
        match name.to_ascii_lowercase().as_str() {
            "daemonportoptions" if self.policy.daemons.len() < 1000 => {
                let daemon = Daemon::read(value, Some(spot.clone()));
                self.policy.daemons.push(daemon);
            }
            "authmechanisms" => self.policy.mechanisms = Some(word),
            "authoptions" => self.policy.login_options = Some(word),
            "privacyoptions" => self.policy.privacy = Some(word),
            "usemsp" if value.starts_with(['T', 't', 'Y', 'y', '1']) => {
                self.policy.submits = Some(spot.clone());
            }
            _ => {}
        }
    }

    fn map(&mut self, text: &str, spot: &Spot) {
        let Some((name, how)) = text.trim().split_once(char::is_whitespace) else {
            return;
        };
        let map = Map {
            how: how.trim().to_owned(),
            spot: spot.clone(),
        };
        match name {
            "access" => self.policy.access = Some(map),
            "virtuser" => self.policy.virtual_users = Some(map),
            _ => {}
        }
    }
}

/// Splits `{name}rest` or `xrest`.
fn class_name(text: &str) -> (&str, &str) {
    if let Some(rest) = text.strip_prefix('{') {
        return rest.split_once('}').unwrap_or((rest, ""));
    }
    let first = text.chars().next().map_or(0, char::len_utf8);
    text.split_at(first)
}

/// Finds what a whole .cf leaves out: whether it refuses relaying, and the arguments of its features.
fn conclude(policy: &mut Policy) {
    let main = ["check_rcpt", "checkrcpt"];
    let start = main.iter().find_map(|name| policy.rulesets.get(*name));
    let reached = reach(policy, &main);
    let refuses = |text: &str| text.contains("$#error") && text.contains("Relaying denied");
    let mut rules = reached.iter().filter_map(|name| policy.rulesets.get(*name));
    let refused = rules.any(|ruleset| ruleset.rules.iter().any(|rule| refuses(&rule.text)));
    let promiscuous = policy.feature("promiscuous_relay").map(|f| f.spot.clone());
    let old = policy.version.as_ref().map(|(_, spot)| spot.clone());
    let begin = start.and_then(|ruleset| ruleset.spot.clone());
    let blamed = match refused {
        true => promiscuous,
        false => promiscuous.or(begin).or(old),
    };
    let all = |mark: &str| {
        let mut rules = policy.rulesets.values().flat_map(|r| &r.rules);
        rules.any(|rule| rule.text.contains(mark))
    };
    let marks = [
        ("nouucp", all("BANG_PATH")),
        ("nopercenthack", all("PERCENT_HACK")),
    ];
    let by_domain = policy.rulesets.get("Relay_ok").is_some_and(|ruleset| {
        let from = |rule: &&Word| rule.text.contains("<! From>");
        let mut rules = ruleset.rules.iter().filter(from);
        rules.any(|rule| rule.text.contains("<D:") || rule.text.contains("<E:"))
    });
    for (name, rejects) in marks {
        if let Some(feature) = policy.features.get_mut(name) {
            let arg = if rejects { "reject" } else { "nospecial" };
            feature.args = vec![arg.to_owned()];
        }
    }
    if let Some(feature) = policy.features.get_mut("relay_mail_from")
        && by_domain
    {
        feature.args = vec!["domain".to_owned()];
    }
    policy.refuses = refused;
    policy.unrefused = blamed;
}

/// Gives the names of the rulesets that some call, and those that these call.
fn reach<'p>(policy: &'p Policy, from: &[&'p str]) -> HashSet<&'p str> {
    let mut reached: HashSet<&str> = HashSet::new();
    let mut left: Vec<&str> = from.to_vec();
    while let Some(name) = left.pop() {
        if !reached.insert(name) {
            continue;
        }
        let Some(ruleset) = policy.rulesets.get(name) else {
            continue;
        };
        for rule in &ruleset.rules {
            for call in rule.text.split("$>").skip(1) {
                let call = call.trim_start_matches(['"', '{']);
                let end = call.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
                left.push(&call[..end.unwrap_or(call.len())]);
            }
        }
    }
    reached
}
