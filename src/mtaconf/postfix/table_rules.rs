//! Tables of rules in order: cidr, pcre and regexp, with `if`, `endif` and `!`.
//!
//! In: the logical lines of such a table. Out: [`Rules`], asked for one key, first match wins. Lines that
//! Postfix skips with a warning are skipped here; patterns that cannot be compiled here, though Postfix may
//! well, are unknown: what would be decided behind them is not known.
//!
//! Limits: [`Budget`] patterns over all tables of a configuration, [`LONGEST`] characters a pattern.
//!
//! References: cidr_table(5), pcre_table(5), regexp_table(5).

use super::tables::{Answer, Entry};
use crate::model::Place;
use crate::mtaconf::nets::Net;
use crate::mtaconf::pattern::Pattern;
use crate::mtaconf::source::short;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The longest pattern that is compiled. Long alternations of names have a few thousand characters.
const LONGEST: usize = 8_000;

/// The most rules of a table of networks: feeds of whole countries have tens of thousands.
const MOST_RULES: usize = 500_000;

/// How deep `if` may be nested.
const DEEPEST: usize = 50;

/// How many patterns may still be compiled.
#[derive(Debug)]
pub(super) struct Budget {
    patterns: usize,
    /// Those with counted repetitions, which take far more memory.
    counted: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            patterns: 5_000,
            counted: 500,
        }
    }
}

impl Budget {
    fn take(&mut self, pattern: &str) -> bool {
        let left = match pattern.contains('{') {
            true => &mut self.counted,
            false => &mut self.patterns,
        };
        let enough = *left > 0 && pattern.len() <= LONGEST;
        *left = left.saturating_sub(1);
        enough
    }
}

/// How the lines of a table are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Networks.
    Cidr,
    /// Perl's regular expressions.
    Pcre,
    /// Those of POSIX.
    Posix,
}

/// What is held against a key.
#[derive(Debug)]
enum Test {
    Net(Net),
    Pattern(Pattern),
    /// A pattern that is not understood here.
    Unknown,
}

/// One rule.
#[derive(Debug)]
struct Rule {
    test: Test,
    negated: bool,
    then: Then,
}

#[derive(Debug)]
enum Then {
    /// The answer.
    Answer(Entry),
    /// Goes on with the next; where the test fails, with the rule of this number.
    Block(usize),
}

/// The rules of a table, complete.
#[derive(Debug)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    syntax: Syntax,
}

impl Rules {
    /// Begins a table.
    #[allow(
        clippy::new_ret_no_self,
        reason = "the table is what the builder ends with"
    )]
    pub(super) fn new(syntax: Syntax, budget: &mut Budget) -> Builder<'_> {
        Builder {
            rules: Vec::new(),
            open: Vec::new(),
            trouble: Vec::new(),
            syntax,
            budget,
        }
    }

    /// Asks for one key.
    pub(super) fn get(&self, key: &str) -> Answer {
        let address: Option<IpAddr> = key.parse().ok();
        if self.syntax == Syntax::Cidr && address.is_none() {
            return Answer::Nothing;
        }
        let mut unknown = false;
        let mut at = 0;
        while let Some(rule) = self.rules.get(at) {
            at += 1;
            let fits = match &rule.test {
                // A network of the other family fits neither way.
                Test::Net(net) => address
                    .filter(|address| address.is_ipv6() == net.is_v6())
                    .map(|address| net.has(address) != rule.negated)
                    .or(Some(false)),
                Test::Pattern(pattern) => pattern.matches(key).map(|fits| fits != rule.negated),
                Test::Unknown => None,
            };
            match (fits, &rule.then) {
                (Some(true), Then::Answer(_)) if unknown => return Answer::Unknown,
                (Some(true), Then::Answer(entry)) => {
                    return Answer::Found(entry.value.clone(), entry.clone());
                }
                (Some(true), Then::Block(_)) | (Some(false), Then::Answer(_)) => {}
                (Some(false), Then::Block(end)) => at = *end,
                // Going on into the block shows what could be answered.
                (None, _) => unknown = true,
            }
        }
        match unknown {
            true => Answer::Unknown,
            false => Answer::Nothing,
        }
    }

    /// Gives the entries in order.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.rules.iter().filter_map(|rule| match &rule.then {
            Then::Answer(entry) => Some(entry),
            Then::Block(_) => None,
        })
    }

    /// Tells whether it is a table of networks.
    pub(super) fn are_networks(&self) -> bool {
        self.syntax == Syntax::Cidr
    }

    /// Gives what each rule of a table of networks would answer for, in order, were there no rule before it;
    /// nothing for tables of patterns.
    pub(super) fn networks(&self) -> Option<Vec<(Vec<Net>, &Entry)>> {
        if !self.are_networks() {
            return None;
        }
        let mut within: Vec<(usize, Vec<Net>)> = Vec::new();
        let mut all = Vec::new();
        for (at, rule) in self.rules.iter().enumerate() {
            within.retain(|(end, _)| at < *end);
            let Test::Net(net) = rule.test else {
                continue;
            };
            let mut parts = match rule.negated {
                true => others(net),
                false => vec![net],
            };
            if let Some((_, scope)) = within.last() {
                parts = common(&parts, scope);
            }
            match &rule.then {
                Then::Answer(entry) => all.push((parts, entry)),
                Then::Block(end) => within.push((*end, parts)),
            }
        }
        Some(all)
    }
}

/// Gives the addresses of a family outside a network.
fn others(net: Net) -> Vec<Net> {
    let zero: IpAddr = match net.is_v6() {
        true => Ipv6Addr::UNSPECIFIED.into(),
        false => Ipv4Addr::UNSPECIFIED.into(),
    };
    let Some(all) = Net::of(zero, 0) else {
        return Vec::new();
    };
    let below = step(net.start(), false).and_then(|end| Net::range(all.start(), end));
    let above = step(net.end(), true).and_then(|start| Net::range(start, all.end()));
    below.into_iter().chain(above).collect()
}

/// Gives the next address, or the one before.
fn step(address: IpAddr, up: bool) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => {
            let at = u32::from(address);
            let next = if up {
                at.checked_add(1)
            } else {
                at.checked_sub(1)
            };
            next.map(|at| Ipv4Addr::from(at).into())
        }
        IpAddr::V6(address) => {
            let at = u128::from(address);
            let next = if up {
                at.checked_add(1)
            } else {
                at.checked_sub(1)
            };
            next.map(|at| Ipv6Addr::from(at).into())
        }
    }
}

/// Gives what two lists of ranges have in common.
fn common(a: &[Net], b: &[Net]) -> Vec<Net> {
    let mut both = Vec::new();
    for one in a {
        for other in b {
            let start = one.start().max(other.start());
            let end = one.end().min(other.end());
            if one.is_v6() == other.is_v6() {
                both.extend(Net::range(start, end));
            }
        }
    }
    both
}

/// Builds a table line by line.
pub(super) struct Builder<'b> {
    rules: Vec<Rule>,
    /// The numbers of the blocks that are not ended.
    open: Vec<usize>,
    trouble: Vec<String>,
    syntax: Syntax,
    budget: &'b mut Budget,
}

impl Builder<'_> {
    /// Takes a logical line, without blanks around it.
    pub(super) fn line(&mut self, line: &str, place: Place) {
        if self.rules.len() >= MOST_RULES {
            self.miss(format!("more than {MOST_RULES} rules"));
            return;
        }
        if let Some(condition) = keyword(line, "if") {
            self.block(condition);
        } else if keyword(line, "endif").is_some() {
            self.end();
        } else if let Some((test, negated, value, key)) = self.test(line)
            && (self.syntax != Syntax::Cidr || !value.is_empty())
        {
            let entry = Entry {
                key: key.to_owned(),
                value: value.to_owned(),
                place,
            };
            self.rules.push(Rule {
                test,
                negated,
                then: Then::Answer(entry),
            });
        }
    }

    /// Ends the table; the second part says what was not understood.
    pub(super) fn finish(mut self) -> (Rules, Vec<String>) {
        // A block that is never ended reaches to the end of the table.
        while !self.open.is_empty() {
            self.end();
        }
        let rules = Rules {
            rules: self.rules,
            syntax: self.syntax,
        };
        (rules, self.trouble)
    }

    fn block(&mut self, condition: &str) {
        if self.open.len() >= DEEPEST {
            self.miss(format!("more than {DEEPEST} nested conditions"));
            return;
        }
        let Some((test, negated, _, _)) = self.test(condition) else {
            return;
        };
        self.open.push(self.rules.len());
        self.rules.push(Rule {
            test,
            negated,
            then: Then::Block(usize::MAX),
        });
    }

    fn end(&mut self) {
        let end = self.rules.len();
        let begun = self.open.pop().and_then(|at| self.rules.get_mut(at));
        if let Some(rule) = begun {
            rule.then = Then::Block(end);
        }
    }

    fn miss(&mut self, why: String) {
        if self.trouble.len() < 20 && !self.trouble.contains(&why) {
            self.trouble.push(why);
        }
    }

    /// Reads the test a line begins with: the test, whether it is negated, what follows, and the test as it is
    /// written. Nothing for a line that Postfix skips.
    fn test<'l>(&mut self, line: &'l str) -> Option<(Test, bool, &'l str, &'l str)> {
        let bare = line.trim_start_matches(|c: char| c == '!' || c.is_ascii_whitespace());
        let negated = line[..line.len() - bare.len()].matches('!').count() % 2 == 1;
        if self.syntax == Syntax::Cidr {
            let word = bare.split_ascii_whitespace().next()?;
            let net = network(word).ok()?;
            return Some((Test::Net(net), negated, bare[word.len()..].trim(), word));
        }
        let delimiter = bare.chars().next()?;
        let inside = &bare[delimiter.len_utf8()..];
        let end = closing(inside, delimiter)?;
        let (pattern, rest) = inside.split_at(end);
        let rest = &rest[delimiter.len_utf8()..];
        let flags = rest
            .split(|c: char| c.is_ascii_whitespace() || c == '!')
            .next()?;
        let value = &rest[flags.len()..];
        let written = &bare[..bare.len() - value.len()];
        let known = match self.syntax {
            Syntax::Pcre => "imsxAEUX",
            Syntax::Posix | Syntax::Cidr => "imx",
        };
        if flags.chars().any(|flag| !known.contains(flag)) {
            return None;
        }
        let test = match value.starts_with('!') {
            // A second pattern, which nobody writes any more.
            true => {
                self.miss(format!("{}: a second pattern", short(line)));
                Test::Unknown
            }
            false => self.compile(pattern, flags),
        };
        Some((test, negated, value.trim(), written))
    }

    fn compile(&mut self, pattern: &str, flags: &str) -> Test {
        if !self.budget.take(pattern) {
            self.miss(format!("{}: too many or too long patterns", short(pattern)));
            return Test::Unknown;
        }
        let on = |flag: char| flags.matches(flag).count() % 2 == 1;
        let mut text = match self.syntax {
            // To Perl these are the signs themselves, to others the ends of words.
            Syntax::Pcre => pattern.replace("\\<", "<").replace("\\>", ">"),
            Syntax::Posix | Syntax::Cidr => pattern.to_owned(),
        };
        if self.syntax == Syntax::Pcre && on('x') {
            text.insert_str(0, "(?x)");
            text.push('\n');
        }
        if on('A') {
            text = format!("^(?:{text})");
        }
        match Pattern::new(&text, !on('i')) {
            Ok(pattern) => Test::Pattern(pattern),
            Err(why) => {
                let why = why.lines().last().unwrap_or_default().trim().to_owned();
                self.miss(format!("pattern {}: {}", short(pattern), short(&why)));
                Test::Unknown
            }
        }
    }
}

/// Finds the delimiter that ends a pattern; one behind a backslash does not.
fn closing(inside: &str, delimiter: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == delimiter => return Some(at),
            _ => {}
        }
    }
    None
}

/// Gives what follows a keyword, if a line begins with it.
fn keyword<'l>(line: &'l str, word: &str) -> Option<&'l str> {
    let head = line.get(..word.len())?;
    let rest = &line[word.len()..];
    let ends = !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    (head.eq_ignore_ascii_case(word) && ends).then(|| rest.trim_start())
}

/// Reads an address or `address/bits` as Postfix does: IPv6 with or without brackets, bits as a number, no bits
/// set behind them. The error says in words what is wrong.
pub(super) fn network(text: &str) -> Result<Net, String> {
    let wrong = || "no address or network".to_owned();
    let (address, bits) = match text.strip_prefix('[') {
        Some(inside) => {
            let (address, rest) = inside.split_once(']').ok_or_else(wrong)?;
            match rest {
                // The length may stand inside as well.
                "" => divide(address),
                rest => (address, Some(rest.strip_prefix('/').ok_or_else(wrong)?)),
            }
        }
        None => divide(text),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let Some(bits) = bits else {
        return Ok(Net::host(address));
    };
    if bits.is_empty() || bits.len() > 3 || !bits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("the length is no number of bits".to_owned());
    }
    let net = bits.parse().ok().and_then(|bits| Net::of(address, bits));
    let net = net.ok_or_else(|| "the length is too long".to_owned())?;
    match net.start() == address {
        true => Ok(net),
        false => Err(format!(
            "bits are set behind the length; the network is {net}"
        )),
    }
}

fn divide(text: &str) -> (&str, Option<&str>) {
    match text.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(syntax: Syntax, lines: &[&str]) -> (Rules, Vec<String>) {
        let mut budget = Budget::default();
        let mut builder = Rules::new(syntax, &mut budget);
        for (number, line) in lines.iter().enumerate() {
            let place = Place {
                file: "t".into(),
                line: u32::try_from(number).expect("few"),
                column: 1,
                width: 1,
            };
            builder.line(line, place);
        }
        builder.finish()
    }

    fn ask(syntax: Syntax, lines: &[&str], key: &str) -> String {
        match rules(syntax, lines).0.get(key) {
            Answer::Found(value, _) => value,
            Answer::Nothing => "-".to_owned(),
            Answer::Unknown => "?".to_owned(),
        }
    }

    #[test]
    fn networks_are_asked_in_order() {
        let lines = [
            "192.0.2.1/24 skipped",
            "192.0.2.9 no",
            "192.0.2.0/24 yes",
            "if 198.51.100.0/24",
            "198.51.100.7 seven",
            "!198.51.100.128/25 low",
            "endif",
            "if ![2001:db8::]/32",
            "2001:db8::1 never",
            "2001:db9::1 other",
            "endif",
            "203.0.113.0/24",
        ];
        for (key, expected) in [
            ("192.0.2.9", "no"),
            ("192.0.2.8", "yes"),
            ("198.51.100.7", "seven"),
            ("198.51.100.8", "low"),
            ("198.51.100.200", "-"),
            ("198.51.101.7", "-"),
            ("2001:db8::1", "-"),
            ("2001:db9::1", "other"),
            ("203.0.113.1", "-"),
            ("example.com", "-"),
        ] {
            assert_eq!(ask(Syntax::Cidr, &lines, key), expected, "{key}");
        }
    }

    #[test]
    fn what_networks_answer_for_is_known_without_asking() {
        let lines = [
            "!192.0.2.0/24 a",
            "if 10.0.0.0/8",
            "10.1.0.0/16 b",
            "192.0.2.0/24 c",
            "endif",
            "0.0.0.0/0 d",
        ];
        let (rules, _) = rules(Syntax::Cidr, &lines);
        let shown: Vec<String> = rules
            .networks()
            .expect("networks")
            .iter()
            .map(|(nets, entry)| {
                let nets: Vec<String> = nets.iter().map(Net::to_string).collect();
                format!("{} {}", nets.join("+"), entry.value)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "0.0.0.0-192.0.1.255+192.0.3.0-255.255.255.255 a",
                "10.1.0.0/16 b",
                " c",
                "0.0.0.0/0 d"
            ]
        );
    }

    #[test]
    fn patterns_ignore_case_unless_told_and_know_conditions() {
        let lines = [
            "/^Case$/i exact",
            "!/@/ bare",
            "if !/^a@/",
            "/^b@/ b",
            "/x\\/y/ slash",
            "endif",
            "|^a@(.*)$|x $1",
            "/broken flag/q no",
            "/open",
            "/^z@/",
        ];
        for (key, expected) in [
            ("Case", "exact"),
            ("case", "bare"),
            ("B@c", "b"),
            ("1@x/y", "slash"),
            ("a@c", "$1"),
            ("q@c", "-"),
            ("z@c", ""),
        ] {
            for syntax in [Syntax::Pcre, Syntax::Posix] {
                assert_eq!(ask(syntax, &lines, key), expected, "{key}");
            }
        }
    }

    #[test]
    fn what_stands_behind_a_pattern_that_is_not_understood_is_unknown() {
        let lines = ["/^a/ yes", "/(?<oops/ no", "/./ maybe"];
        assert_eq!(ask(Syntax::Pcre, &lines, "a"), "yes");
        assert_eq!(ask(Syntax::Pcre, &lines, "b"), "?");
        assert_eq!(rules(Syntax::Pcre, &lines).1.len(), 1);
    }

    #[test]
    fn reads_networks_as_strictly_as_postfix() {
        for (text, expected) in [
            ("192.0.2.0/24", Ok("192.0.2.0/24")),
            ("192.0.2.7", Ok("192.0.2.7")),
            ("[2001:db8::]/32", Ok("2001:db8::/32")),
            ("2001:db8::/32", Ok("2001:db8::/32")),
            ("[::1]", Ok("::1")),
            ("0.0.0.0/0", Ok("0.0.0.0/0")),
            (
                "192.0.2.0/255.255.255.0",
                Err("the length is no number of bits"),
            ),
            ("192.0.2.0/33", Err("the length is too long")),
            (
                "192.0.2.1/24",
                Err("bits are set behind the length; the network is 192.0.2.0/24"),
            ),
            ("192.0.2", Err("no address or network")),
            ("[2001:db8::/32]", Ok("2001:db8::/32")),
            ("[2001:db8::]x", Err("no address or network")),
            ("example.com/24", Err("no address or network")),
        ] {
            let read = network(text).map(|net| net.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }

    #[test]
    fn conditions_and_patterns_are_bounded() {
        let mut lines = vec!["if /a/"; 100];
        lines.push("/a/ yes");
        let (rules, trouble) = rules(Syntax::Pcre, &lines);
        assert_eq!(trouble, ["more than 50 nested conditions"]);
        assert!(matches!(rules.get("a"), Answer::Found(..)));
    }
}
