//! A ruleset of the administrator, run for strangers.
//!
//! In: a ruleset and a recipient. Out: what it says of him: `$#OK` lets him through before anything else is
//! asked, `$#error` refuses, all else leaves the decision to the stock rules.
//!
//! What the files do not show (maps, stock rulesets, most macros) makes the workspace doubtful; from there on a
//! rule that lets through may or may not be reached, and the answer is [`Opinion::Unknown`].
//!
//! Limits: [`MOST_STEPS`] for one recipient.
//!
//! References: Sendmail Installation and Operation Guide, section 5.1.

use super::super::decide::Opinion;
use super::super::domains::STRANGE_ADDRESSES;
use super::super::spot::Spot;
use super::policy::Policy;
use std::cell::Cell;
use std::ops::Range;

/// Steps of matching, and words of rewriting.
const MOST_STEPS: u32 = 50_000;

/// Rewritings by one rule that goes on.
const MOST_TURNS: u32 = 100;

/// Rulesets that call one another.
const DEEPEST: u32 = 8;

/// Gives what a ruleset says of everybody, and the rule that says it.
pub(super) fn opinion(policy: &Policy, ruleset: &str) -> (Opinion, Option<Spot>) {
    let mut rule = None;
    let mut unknown = false;
    let mut permits = true;
    for address in STRANGE_ADDRESSES {
        let run = Run {
            policy,
            steps: Cell::new(0),
        };
        let (opinion, by) = run.whole(ruleset, &format!("<{address}>"));
        permits &= opinion == Opinion::Permit;
        unknown |= opinion == Opinion::Unknown;
        rule = rule.or(by.filter(|_| matches!(opinion, Opinion::Permit | Opinion::Unknown)));
    }
    match (permits, unknown) {
        (true, _) => (Opinion::Permit, rule),
        (false, true) => (Opinion::Unknown, rule),
        (false, false) => (Opinion::None, None),
    }
}

struct Run<'p> {
    policy: &'p Policy,
    steps: Cell<u32>,
}

/// What a ruleset ends with.
enum End {
    /// `$#` and a mailer.
    Mailer(String),
    /// A workspace.
    Workspace(Vec<String>),
}

/// What is known while a ruleset runs.
#[derive(Default)]
struct State {
    /// Whether the workspace is a guess.
    doubtful: bool,
    /// A rule that would let through and was met in doubt.
    perhaps: Option<Spot>,
    /// The rule that ended it.
    last: Option<Spot>,
}

impl Run<'_> {
    fn whole(&self, ruleset: &str, input: &str) -> (Opinion, Option<Spot>) {
        let mut state = State::default();
        let end = self.ruleset(ruleset, tokens(input), &mut state, 0);
        let exhausted = self.steps.get() >= MOST_STEPS;
        match end {
            End::Mailer(name) if !refuses(&name) => match state.doubtful || exhausted {
                false => (Opinion::Permit, state.last),
                true => (Opinion::Unknown, state.last),
            },
            End::Mailer(_) if state.perhaps.is_none() => (Opinion::Refuse, state.last),
            _ if exhausted => (Opinion::Unknown, state.last),
            _ => match state.perhaps {
                Some(rule) => (Opinion::Unknown, Some(rule)),
                None => (Opinion::None, None),
            },
        }
    }

    fn ruleset(&self, name: &str, mut space: Vec<String>, state: &mut State, depth: u32) -> End {
        let Some(ruleset) = self.policy.rulesets.get(name) else {
            state.doubtful = true;
            return End::Workspace(space);
        };
        for rule in &ruleset.rules {
            let Some((left, right)) = sides(&rule.text) else {
                continue;
            };
            let pattern = tokens(left);
            let lets = right
                .strip_prefix("$#")
                .is_some_and(|mailer| !refuses(&mailer_of(mailer)));
            if state.doubtful && lets && state.perhaps.is_none() {
                state.perhaps = Some(rule.spot.clone());
            }
            for _ in 0..MOST_TURNS {
                let mut stretches = Vec::new();
                if !self.fits(&pattern, &space, 0, &mut stretches) {
                    break;
                }
                let taken = stretches.into_iter().map(|stretch| space[stretch].to_vec());
                let taken: Vec<Vec<String>> = taken.collect();
                state.last = Some(rule.spot.clone());
                let (once, ends, right) = match right {
                    r if r.starts_with("$:") => (true, false, &r[2..]),
                    r if r.starts_with("$@") => (true, true, &r[2..]),
                    r => (false, false, r),
                };
                if let Some(mailer) = right.trim_start().strip_prefix("$#") {
                    return End::Mailer(self.mailer(mailer, &taken));
                }
                match self.right(right, &taken, state, depth) {
                    End::Workspace(made) => space = made,
                    mailer @ End::Mailer(_) => return mailer,
                }
                if ends {
                    return End::Workspace(space);
                }
                if once {
                    break;
                }
            }
        }
        match space.split_first() {
            Some((first, rest)) if first == "$#" => {
                End::Mailer(rest.first().cloned().unwrap_or_default())
            }
            _ => End::Workspace(space),
        }
    }

    /// Names the mailer; `$#$2` takes it from what matched.
    fn mailer(&self, text: &str, taken: &[Vec<String>]) -> String {
        match text
            .strip_prefix('$')
            .and_then(|t| t.chars().next()?.to_digit(10))
        {
            Some(digit) => taken
                .get((digit as usize).wrapping_sub(1))
                .and_then(|words| words.first().cloned())
                .unwrap_or_default(),
            None => mailer_of(text),
        }
    }

    /// Matches a left side, the shortest stretch first.
    fn fits(
        &self,
        pattern: &[String],
        space: &[String],
        at: usize,
        taken: &mut Vec<Range<usize>>,
    ) -> bool {
        let steps = self.steps.get().saturating_add(1);
        self.steps.set(steps);
        if steps >= MOST_STEPS {
            return false;
        }
        let Some((first, rest)) = pattern.split_first() else {
            return at == space.len();
        };
        let left = space.len() - at;
        let (least, most) = match first.as_str() {
            "$*" => (0, left),
            "$+" => (1, left),
            "$-" => (1, 1),
            "$@" => (0, 0),
            // A stranger is in no class.
            text if text.starts_with("$=") => return false,
            text if text.starts_with("$~") => (1, 1),
            text => {
                let word = space.get(at);
                let same = word.is_some_and(|word| word.eq_ignore_ascii_case(text));
                return same && self.fits(rest, space, at + 1, taken);
            }
        };
        for length in least..=most.min(left) {
            // "$@" stands for nothing and is not counted.
            let counted = first != "$@";
            if counted {
                taken.push(at..at + length);
            }
            if self.fits(rest, space, at + length, taken) {
                return true;
            }
            if counted {
                taken.pop();
            }
        }
        false
    }

    /// Makes a right side.
    fn right(&self, text: &str, taken: &[Vec<String>], state: &mut State, depth: u32) -> End {
        let words = tokens(text);
        let mut made: Vec<String> = Vec::new();
        let mut at = 0;
        while let Some(word) = words.get(at) {
            at += 1;
            if made.len() > 1000 {
                state.doubtful = true;
                break;
            }
            let digit = word
                .strip_prefix('$')
                .and_then(|rest| rest.parse::<usize>().ok());
            if let Some(digit) = digit {
                made.extend(
                    taken
                        .get(digit.wrapping_sub(1))
                        .into_iter()
                        .flatten()
                        .cloned(),
                );
            } else if let Some(name) = word.strip_prefix("$&") {
                match stranger(name) {
                    Some(value) => made.extend(tokens(value)),
                    None => state.doubtful = true,
                }
            } else if word == "$>" {
                let name = words
                    .get(at)
                    .map_or("", |name| name.trim_matches(['"', '{', '}']));
                let rest = self.right_words(&words[(at + 1).min(words.len())..], taken, state);
                if depth >= DEEPEST || self.steps.get() >= MOST_STEPS {
                    state.doubtful = true;
                    made.extend(rest);
                } else {
                    match self.ruleset(name, rest, state, depth + 1) {
                        End::Workspace(space) => made.extend(space),
                        // A call gives the mailer back as words.
                        End::Mailer(mailer) => made.extend(["$#".to_owned(), mailer]),
                    }
                }
                break;
            } else if matches!(word.as_str(), "$(" | "$[") {
                let close = if word == "$(" { "$)" } else { "$]" };
                let end = words[at..].iter().position(|w| w == close);
                let inside = &words[at..end.map_or(words.len(), |end| at + end)];
                state.doubtful = true;
                // What the map gives where it does not know the key.
                let default = inside.iter().position(|w| w == "$:");
                let kept = match default {
                    Some(default) => &inside[default + 1..],
                    None => inside.get(1..).unwrap_or(&[]),
                };
                made.extend(self.right_words(kept, taken, state));
                at += inside.len() + 1;
            } else if word.starts_with('$') && word != "$|" && word != "$#" {
                state.doubtful = true;
            } else {
                made.push(word.clone());
            }
        }
        self.spend(&made);
        End::Workspace(made)
    }

    fn spend(&self, words: &[String]) {
        let words = u32::try_from(words.len()).unwrap_or(MOST_STEPS);
        self.steps.set(self.steps.get().saturating_add(words));
    }

    fn right_words(
        &self,
        words: &[String],
        taken: &[Vec<String>],
        state: &mut State,
    ) -> Vec<String> {
        let mut made = Vec::new();
        for word in words.iter().take(1000) {
            let digit = word
                .strip_prefix('$')
                .and_then(|rest| rest.parse::<usize>().ok());
            if let Some(digit) = digit {
                made.extend(
                    taken
                        .get(digit.wrapping_sub(1))
                        .into_iter()
                        .flatten()
                        .cloned(),
                );
            } else if let Some(name) = word.strip_prefix("$&") {
                match stranger(name) {
                    Some(value) => made.extend(tokens(value)),
                    None => state.doubtful = true,
                }
            } else if word.starts_with('$') && word != "$|" {
                state.doubtful = true;
            } else {
                made.push(word.clone());
            }
        }
        made
    }
}

/// Gives the value that a macro has for a stranger.
fn stranger(name: &str) -> Option<&'static str> {
    match name.trim_matches(['{', '}']) {
        "client_addr" => Some("203.0.113.77"),
        "client_name" => Some("host.relaycheck-stranger"),
        "client_resolve" => Some("OK"),
        "auth_type" | "auth_authen" | "auth_author" => Some(""),
        "verify" => Some("NONE"),
        "f" => Some("<someone@relaycheck-stranger>"),
        _ => None,
    }
}

fn refuses(mailer: &str) -> bool {
    mailer.eq_ignore_ascii_case("error") || mailer.eq_ignore_ascii_case("discard")
}

fn mailer_of(text: &str) -> String {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'));
    text[..end.unwrap_or(text.len())].to_owned()
}

/// Splits a rule at its tabs; nothing where there is none.
fn sides(text: &str) -> Option<(&str, &str)> {
    let (left, rest) = text.split_once('\t')?;
    let rest = rest.trim_start_matches('\t');
    Some((left.trim(), rest.split('\t').next().unwrap_or("").trim()))
}

/// Splits text into words as sendmail does: at its operators, with what begins with a dollar kept together.
fn tokens(text: &str) -> Vec<String> {
    const OPERATORS: &str = ".:%@!^/[]+()<>,;\"";
    let mut words: Vec<String> = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if words.len() > 2000 {
            break;
        }
        if c.is_whitespace() {
            continue;
        }
        if c == '$' {
            let mut word = String::from(c);
            if let Some(kind) = chars.next() {
                word.push(kind);
                let named = matches!(kind, '=' | '~' | '&');
                if named && let Some(name) = chars.next() {
                    word.push(name);
                }
                if word.ends_with('{') {
                    for c in chars.by_ref() {
                        word.push(c);
                        if c == '}' {
                            break;
                        }
                    }
                }
            }
            words.push(word);
            continue;
        }
        if OPERATORS.contains(c) {
            // A quoted name of a ruleset is one word.
            if c == '"' && words.last().is_some_and(|word| word == "$>") {
                words.push(chars.by_ref().take_while(|c| *c != '"').collect());
            } else {
                words.push(c.to_string());
            }
            continue;
        }
        let mut word = String::from(c);
        while let Some(c) = chars.peek() {
            if c.is_whitespace() || *c == '$' || OPERATORS.contains(*c) {
                break;
            }
            word.push(*c);
            chars.next();
        }
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::super::policy::Word;
    use super::*;
    use crate::mtaconf::source::Text;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn ask(rules: &[&str]) -> Opinion {
        let text = Arc::new(Text::new("x", Vec::new()));
        let mut policy = Policy::default();
        let ruleset = policy.rulesets.entry("Local_check_rcpt".to_owned());
        ruleset.or_default().rules = rules
            .iter()
            .map(|rule| Word {
                text: (*rule).to_owned(),
                spot: Spot::new(&text, 0, 0),
            })
            .collect();
        opinion(&policy, "Local_check_rcpt").0
    }

    #[test]
    fn a_rule_that_fits_everybody_lets_everybody_through() {
        for (rules, expected) in [
            (&["$*\t$#OK"][..], Opinion::Permit),
            (&["$+\t\t$#ok\tcomment"], Opinion::Permit),
            (&["< $* @ $* >\t$#OK"], Opinion::Permit),
            (&["$*\t$: $1", "$*\t$#OK"], Opinion::Permit),
            (&["$*\t$@ OK"], Opinion::None),
            (&["$* $#OK"], Opinion::None),
            (
                &["$*\t$#error $@ 5.7.1 $: \"550 no\"", "$*\t$#OK"],
                Opinion::None,
            ),
            (&["< $* @ example . com >\t$#OK"], Opinion::None),
            (&["$* @ $=w $*\t$#OK"], Opinion::None),
            (
                &["$*\t$: $&{client_addr}", "192.0.2.$-\t$#OK"],
                Opinion::None,
            ),
            (&["$*\t$: $&{client_addr}", "203.$*\t$#OK"], Opinion::Permit),
            (
                &["$*\t$: $(mymap $1 $: NO $)", "YES\t$#OK"],
                Opinion::Unknown,
            ),
            (&["$*\t$: $>Stock $1", "$*\t$#OK"], Opinion::Unknown),
            (&["$*\t$: $&{auth_type}", "$@\t$#OK"], Opinion::Permit),
            (&["$*\t$: $&{auth_type}", "$+\t$#OK"], Opinion::None),
            (&[], Opinion::None),
        ] {
            assert_eq!(ask(rules), expected, "{rules:?}");
        }
    }

    #[test]
    fn what_never_ends_is_unknown() {
        assert_eq!(ask(&["$*\t$1 x"]), Opinion::None);
        assert_eq!(ask(&["$*\t$: $>Local_check_rcpt $1"]), Opinion::None);
        let stars = "$*".repeat(40) + "nothing\t$#OK";
        assert_eq!(ask(&[&stars, "$*\t$: $1"]), Opinion::Unknown);
    }

    proptest! {
        #[test]
        fn no_input_panics(words in proptest::collection::vec("\\$[*+@:#>=&()1-9]|x|OK|\t| |<|>|@|\"|\\{|é", 0..40)) {
            ask(&[&words.concat(), "$*\t$1"]);
        }
    }
}
