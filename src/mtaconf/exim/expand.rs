//! String expansion, as far as it decides who may relay: variables, `${if ...}` and its common conditions.
//!
//! In: a string, and a [`World`] that knows the client. Out: a [`Value`]: text in which marks stand for what the
//! client says, for the client itself and for what the files do not show.
//!
//! Deliberately runs nothing and looks nothing up: `${lookup}`, `${perl}`, `${run}` and the like are
//! [`UNKNOWN`].
//!
//! Limits: [`DEEPEST`] nested braces.
//!
//! References: Exim specification, chapter 11 "String expansions".

use super::compare;
use super::truth::Truth;
use std::ops::Range;

/// Nested braces; what lies deeper is unknown.
const DEEPEST: usize = 20;

/// Stands for what the files do not show.
pub(super) const UNKNOWN: char = '\u{f8d0}';
/// Stands for the sender, or a part of it.
pub(super) const SENDER: char = '\u{f8d1}';
/// Stands for the HELO name.
pub(super) const HELO: char = '\u{f8d2}';
/// Stands for other text of the client.
pub(super) const TEXT: char = '\u{f8d3}';
/// Stands for the local part of the recipient.
pub(super) const LOCAL_PART: char = '\u{f8d4}';
/// Stands for the foreign domain.
pub(super) const DOMAIN: char = '\u{f8d5}';
/// Stands for the address of the client, or whatever says that it is a known one.
pub(super) const ADDRESS: char = '\u{f8d6}';
/// Stands for the name of the client's host.
pub(super) const HOST_NAME: char = '\u{f8d7}';
/// Stands for the name of the user who logged in.
pub(super) const LOGIN: char = '\u{f8d8}';
/// Stands for the subject of the client's certificate.
pub(super) const CERTIFICATE: char = '\u{f8d9}';
/// Stands for an expansion that is made to fail.
pub(super) const FAIL: char = '\u{f8da}';

/// Tells whether a letter is one of the marks.
pub(super) fn is_mark(letter: char) -> bool {
    (UNKNOWN..=FAIL).contains(&letter)
}

/// What a string expands to.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Text, perhaps with marks.
    Text(String),
    /// One of two texts.
    Choice(Truth, String, String),
}

impl Value {
    /// Makes a value of a mark.
    pub(super) fn mark(mark: char) -> Self {
        Self::Text(mark.to_string())
    }

    /// Gives the text it is for the outsider.
    pub(super) fn plain(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Choice(truth, yes, no) => match truth.is {
                Some(true) => yes.clone(),
                Some(false) => no.clone(),
                None if yes == no => yes.clone(),
                None => UNKNOWN.to_string(),
            },
        }
    }

    fn then(self, more: Self) -> Self {
        match (self, more) {
            (Self::Text(a), Self::Text(b)) => Self::Text(a + &b),
            (Self::Text(a), Self::Choice(truth, yes, no)) => {
                Self::Choice(truth, format!("{a}{yes}"), a + &no)
            }
            (Self::Choice(truth, yes, no), more) => {
                let more = more.plain();
                Self::Choice(truth, yes + &more, no + &more)
            }
        }
    }

    /// Tells whether a condition made of each of its texts holds.
    pub(super) fn test(&self, test: &mut dyn FnMut(&str) -> Truth) -> Truth {
        match self {
            Self::Text(text) => test(text),
            Self::Choice(truth, yes, no) => Truth::choose(truth.clone(), test(yes), test(no)),
        }
    }
}

/// What an expansion asks of the world.
pub(super) trait World {
    /// Gives a variable.
    fn variable(&mut self, name: &str) -> Value;
    /// Tells whether a file exists.
    fn exists(&mut self, path: &str) -> Truth;
    /// Tells whether something is in a list.
    fn listed(&mut self, kind: super::list::Kind, subject: &str, list: &str) -> Truth;
    /// Tells whether an ACL accepts.
    fn acl(&mut self, name: &str) -> Truth;
}

/// Expands a string.
pub(super) fn expand(text: &str, world: &mut dyn World) -> Value {
    let pieces = pieces(text, world);
    let values = pieces.into_iter().map(|(_, value)| value);
    values.fold(Value::Text(String::new()), Value::then)
}

/// Expands a string piece by piece; gives for each the stretch it comes from.
pub(super) fn pieces(text: &str, world: &mut dyn World) -> Vec<(Range<usize>, Value)> {
    let mut parser = Parser {
        text,
        at: 0,
        depth: 0,
        world,
    };
    parser.pieces(false)
}

struct Parser<'t, 'w> {
    text: &'t str,
    at: usize,
    depth: usize,
    world: &'w mut dyn World,
}

impl<'t> Parser<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn skip_white(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    fn word(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Reads until the end, or, inside braces, until the closing one, which is left.
    fn pieces(&mut self, inside: bool) -> Vec<(Range<usize>, Value)> {
        let mut pieces = Vec::new();
        while let Some(letter) = self.rest().chars().next() {
            let start = self.at;
            let value = match letter {
                '}' if inside => break,
                '$' => self.dollar(),
                '\\' => Value::Text(self.escape()),
                _ => {
                    let rest = self.rest();
                    let stop = |c: char| c == '$' || c == '\\' || (inside && c == '}');
                    let end = rest.find(stop).unwrap_or(rest.len());
                    self.at += end;
                    Value::Text(rest[..end].to_owned())
                }
            };
            pieces.push((start..self.at, value));
        }
        pieces
    }

    fn escape(&mut self) -> String {
        self.at += 1;
        let rest = self.rest();
        let Some(letter) = rest.chars().next() else {
            return "\\".to_owned();
        };
        if letter == 'N' {
            let inner = &rest[1..];
            let end = inner.find("\\N");
            self.at += 1 + end.map_or(inner.len(), |end| end + 2);
            return inner[..end.unwrap_or(inner.len())].to_owned();
        }
        self.at += letter.len_utf8();
        match letter {
            'n' => "\n".to_owned(),
            't' => "\t".to_owned(),
            'r' => "\r".to_owned(),
            other => other.to_string(),
        }
    }

    fn dollar(&mut self) -> Value {
        self.at += 1;
        let name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if self.eat("{") {
            if self.depth >= DEEPEST {
                return self.give_up();
            }
            self.depth += 1;
            let value = self.braced();
            self.depth -= 1;
            return value;
        }
        if self.eat("$") {
            return Value::Text("$".to_owned());
        }
        let name = self.word(name);
        match header(name) {
            true => {
                self.word(|c| !c.is_whitespace() && !":{}$".contains(c));
                self.eat(":");
                Value::mark(TEXT)
            }
            false => self.world.variable(name),
        }
    }

    /// Goes to behind the brace that closes the one that was just passed.
    fn give_up(&mut self) -> Value {
        let mut open = 1;
        while open > 0 {
            let rest = self.rest();
            let Some(at) = rest.find(['{', '}', '\\']) else {
                self.at = self.text.len();
                break;
            };
            self.at += at;
            match rest.as_bytes()[at] {
                b'{' => open += 1,
                b'}' => open -= 1,
                _ => {
                    self.escape();
                    continue;
                }
            }
            self.at += 1;
        }
        Value::mark(UNKNOWN)
    }

    /// Reads what follows `${`, with the closing brace.
    fn braced(&mut self) -> Value {
        self.skip_white();
        let word = self.word(|c| c.is_ascii_alphanumeric() || c == '_');
        if word == "if" {
            let truth = self.condition();
            return match truth {
                Some(truth) => self.branches(truth),
                None => self.give_up(),
            };
        }
        if header(word) {
            self.give_up();
            return Value::mark(TEXT);
        }
        if self.eat("}") {
            return self.world.variable(word);
        }
        let keeps = matches!(
            word,
            "lc" | "uc" | "expand" | "local_part" | "domain" | "address" | "quote"
        );
        if keeps && self.eat(":") {
            let value = self.argument_rest();
            return match value {
                Some(value) => operated(word, value),
                None => Value::mark(UNKNOWN),
            };
        }
        self.give_up()
    }

    /// Reads up to the closing brace and passes it.
    fn argument_rest(&mut self) -> Option<Value> {
        let pieces = self.pieces(true);
        let values = pieces.into_iter().map(|(_, value)| value);
        let value = values.fold(Value::Text(String::new()), Value::then);
        self.eat("}").then_some(value)
    }

    /// Reads `{...}`.
    fn argument(&mut self) -> Option<Value> {
        self.skip_white();
        if self.depth >= DEEPEST || !self.eat("{") {
            return None;
        }
        self.depth += 1;
        let value = self.argument_rest();
        self.depth -= 1;
        value
    }

    /// Reads `{...}` without expanding it.
    fn raw(&mut self) -> Option<&'t str> {
        self.skip_white();
        if !self.eat("{") {
            return None;
        }
        let start = self.at;
        self.give_up();
        self.text.get(start..self.at.checked_sub(1)?)
    }

    fn branches(&mut self, truth: Truth) -> Value {
        self.skip_white();
        if self.eat("}") {
            return Value::Choice(truth, "true".to_owned(), String::new());
        }
        let branch = |parser: &mut Self| -> Option<String> {
            parser.skip_white();
            match parser.eat("fail") {
                true => Some(FAIL.to_string()),
                false => parser.argument().map(|value| value.plain()),
            }
        };
        let Some(yes) = branch(self) else {
            return self.give_up();
        };
        self.skip_white();
        if self.eat("}") {
            return Value::Choice(truth, yes, String::new());
        }
        let no = branch(self);
        self.skip_white();
        match no {
            Some(no) if self.eat("}") => Value::Choice(truth, yes, no),
            _ => self.give_up(),
        }
    }

    /// Reads a condition; nothing where it cannot be read.
    fn condition(&mut self) -> Option<Truth> {
        if self.depth >= DEEPEST {
            return None;
        }
        self.depth += 1;
        let truth = self.condition_inside();
        self.depth -= 1;
        truth
    }

    fn condition_inside(&mut self) -> Option<Truth> {
        self.skip_white();
        if self.eat("!") {
            return self.condition().map(Truth::not);
        }
        let start = self.at;
        let mut word = self.word(|c| c.is_ascii_alphanumeric() || c == '_');
        if word.is_empty() {
            word = self.word(|c| "<>=".contains(c));
        }
        match word {
            "def" => {
                self.eat(":");
                let name = self.word(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                self.eat(":");
                if header(name) {
                    return Some(Truth::unknown("a header"));
                }
                let value = self.world.variable(name);
                Some(value.test(&mut compare::is_defined))
            }
            "and" | "or" => self.several(word == "and"),
            "first_delivery" => Some(Truth::known(true)),
            "queue_running" => Some(Truth::known(false)),
            "exists" => {
                let path = self.argument()?.plain();
                Some(self.world.exists(&path))
            }
            "bool" | "bool_lax" => {
                let value = self.argument()?;
                Some(value.test(&mut |text| compare::boolean(text, word == "bool_lax")))
            }
            "isip" | "isip4" | "isip6" => {
                let value = self.argument()?.plain();
                Some(compare::is_address(&value, word))
            }
            "match_domain" | "match_address" | "match_ip" | "match_local_part" => {
                let subject = self.argument()?.plain();
                let list = self.raw()?;
                let kind = match word {
                    "match_domain" => super::list::Kind::Domain,
                    "match_address" => super::list::Kind::Address,
                    "match_ip" => super::list::Kind::Host,
                    _ => super::list::Kind::LocalPart,
                };
                Some(self.world.listed(kind, &subject, list))
            }
            "acl" => {
                let names = self.raw()?;
                let name = names
                    .trim()
                    .strip_prefix('{')
                    .and_then(|n| n.split_once('}'));
                Some(match name {
                    Some((name, _)) if !name.contains('$') => self.world.acl(name),
                    _ => Truth::unknown("an ACL whose name is expanded"),
                })
            }
            _ if compare::is_operator(word) => {
                let a = self.argument()?;
                let b = self.argument()?;
                Some(a.test(&mut |a| b.test(&mut |b| compare::compare(word, a, b))))
            }
            _ => self.other(start),
        }
    }

    fn several(&mut self, all: bool) -> Option<Truth> {
        self.skip_white();
        if !self.eat("{") {
            return None;
        }
        let mut truth = Truth::known(all);
        loop {
            self.skip_white();
            if self.eat("}") {
                return Some(truth);
            }
            if !self.eat("{") {
                return None;
            }
            let one = self.condition()?;
            self.skip_white();
            if !self.eat("}") {
                return None;
            }
            truth = match all {
                true => truth.and(one),
                false => truth.or(one),
            };
        }
    }

    /// Passes a condition that is not evaluated, with the arguments it seems to have. They are told from the
    /// branches by what is known of the condition's name.
    fn other(&mut self, start: usize) -> Option<Truth> {
        let word = &self.text[start..self.at];
        let arguments = match word {
            "crypteq" | "forall" | "forany" | "forall_json" | "forany_json" | "inbound_srs" => 2,
            "pam" | "ldapauth" | "radius" | "pwcheck" | "saslauthd" | "inlisti_file" => 1,
            _ => return None,
        };
        for _ in 0..arguments {
            self.raw()?;
        }
        Some(Truth::unknown(&format!("the condition {word}")))
    }
}

/// Tells whether a variable is a header of the message.
fn header(name: &str) -> bool {
    [
        "h_", "rh_", "bh_", "lh_", "header_", "rheader_", "bheader_", "lheader_",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}

fn operated(operator: &str, value: Value) -> Value {
    let text = value.plain();
    if text.contains(is_mark) {
        let alone = text.chars().count() == 1;
        return match alone || matches!(operator, "lc" | "uc" | "expand") {
            true => Value::Text(text),
            false => Value::mark(UNKNOWN),
        };
    }
    Value::Text(match operator {
        "lc" => text.to_ascii_lowercase(),
        "uc" => text.to_ascii_uppercase(),
        "local_part" => text
            .rsplit_once('@')
            .map_or(text.clone(), |(local, _)| local.to_owned()),
        "domain" => text
            .rsplit_once('@')
            .map_or(String::new(), |(_, domain)| domain.to_owned()),
        _ => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::decide::Assume;
    use crate::mtaconf::exim::list::Kind;
    use crate::mtaconf::exim::truth::Ways;
    use proptest::prelude::*;

    struct Client;

    impl World for Client {
        fn variable(&mut self, name: &str) -> Value {
            match name {
                "sender_helo_name" => Value::mark(HELO),
                "sender_address" | "sender_address_domain" => Value::mark(SENDER),
                "domain" => Value::mark(DOMAIN),
                "sender_host_address" => Value::mark(ADDRESS),
                "authenticated_id" => Value::mark(LOGIN),
                "tls_in_cipher" => Value::Text(String::new()),
                "one" => Value::Text("1".to_owned()),
                _ => Value::mark(UNKNOWN),
            }
        }
        fn exists(&mut self, _: &str) -> Truth {
            Truth::known(true)
        }
        fn listed(&mut self, _: Kind, subject: &str, list: &str) -> Truth {
            Truth::known(subject == list)
        }
        fn acl(&mut self, name: &str) -> Truth {
            Truth::known(name == "yes")
        }
    }

    /// Tells whether it holds as written, and whether it does for a forger; `?` where nobody knows.
    fn truth(text: &str) -> &'static str {
        let value = expand(text, &mut Client);
        let truth = value.test(&mut |text| compare::boolean(text, false));
        let forged = Ways::under(Assume::Forged);
        match (truth.is, truth.under(true, forged, false)) {
            (None, Some(_)) => "forge?",
            (None, None) => "?",
            (Some(true), _) => "yes",
            (Some(false), Some(_)) => "forge",
            (Some(false), None) => "no",
        }
    }

    #[test]
    fn evaluates_conditions() {
        for (text, expected) in [
            ("yes", "yes"),
            ("0", "no"),
            ("", "no"),
            ("${if eq{a}{a}}", "yes"),
            ("${if eq{a}{b}{yes}{no}}", "no"),
            ("${if !eq{a}{b}{yes}{no}}", "yes"),
            ("${if eqi {A} {a} {yes}{no}}", "yes"),
            ("${if eq{$sender_helo_name}{trusted}{yes}{no}}", "forge"),
            ("${if eq{$sender_helo_name}{trusted}{no}{yes}}", "yes"),
            (
                "${if match{$sender_helo_name}{\\N^mail\\.\\N}{1}{0}}",
                "forge",
            ),
            ("${if match{$sender_helo_name}{.}}", "yes"),
            ("${if eq{$domain}{example.com}{yes}{no}}", "no"),
            ("${if match{$domain}{.}}", "yes"),
            ("${if eq{$sender_host_address}{192.0.2.1}}", "no"),
            ("${if eq{${lookup mysql{SELECT}}}{x}}", "?"),
            ("${lookup{$domain}lsearch{/etc/{x}}{yes}{no}}", "?"),
            ("${if and{{eq{a}{a}}{def:tls_in_cipher}}}", "no"),
            (
                "${if or{{eq{a}{b}} {eq{$sender_address}{x@y}}}{yes}{no}}",
                "forge",
            ),
            (
                "${if and{{eq{$sender_address}{x@y}}{eq{$unseen}{1}}}}",
                "no",
            ),
            (
                "${if or{{eq{$sender_address}{x@y}}{eq{$unseen}{1}}}}",
                "forge?",
            ),
            ("${if and{{eq{a}{b}}{eq{$unseen}{1}}}}", "no"),
            ("${if def:authenticated_id}", "no"),
            ("${if bool{${if eq{a}{a}}}}", "yes"),
            ("$one", "yes"),
            ("${one}", "yes"),
            ("${if >{12}{3}}", "yes"),
            ("${if < {$unseen}{3}}", "?"),
            ("${if acl{{yes}}}", "yes"),
            ("${if match_domain{x}{x}{yes}{no}}", "yes"),
            ("${if exists{/x}{yes}{no}}", "yes"),
            ("${if eq{a}{b}{yes}fail}", "yes"),
            ("${if pam{x:y}{yes}{no}}", "?"),
            ("${if nonsense{x}{yes}{no}}", "?"),
            ("${if eq{a}", "?"),
            ("$h_subject:", "forge"),
        ] {
            assert_eq!(truth(text), expected, "{text}");
        }
    }

    #[test]
    fn keeps_literal_text() {
        let plain = |text: &str| expand(text, &mut Client).plain();
        assert_eq!(plain("^.*/\\\\.\\\\./"), "^.*/\\.\\./");
        assert_eq!(plain("\\N^a\\.b$\\N : c"), "^a\\.b$ : c");
        assert_eq!(plain("a$$b\\"), "a$b\\");
        assert_eq!(plain("${lc:ABC}"), "abc");
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = "${if and{{".repeat(5000);
        assert_eq!(truth(&deep), "?");
        assert_eq!(truth(&"${lc:".repeat(5000)), "?");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\$\\{if |and|or|eq|match|def:|\\{|\\}|\\$|\\\\N|\\\\|!|\\$domain|\\$sender_address|é|[ -~])*") {
            truth(&text);
        }
    }
}
