//! Access control lists as they are written: verbs with their conditions.
//!
//! In: logical lines. Out: [`Statement`]s, or why Exim does not take them.
//!
//! Limits: what a statement does is the matter of `eval`.
//!
//! References: Exim specification, chapter 44 "Access control lists".

use super::lines::Stop;
use super::traced::Traced;

/// What a statement does when its conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Takes the recipient.
    Accept,
    /// Refuses for now.
    Defer,
    /// Refuses.
    Deny,
    /// Takes the recipient and drops it.
    Discard,
    /// Refuses and hangs up.
    Drop,
    /// Refuses when they do not hold.
    Require,
    /// Decides nothing.
    Warn,
    /// Nobody knows: a file with statements is missing here.
    Hole,
}

/// A condition or modifier.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it is written with `!`.
    pub(super) negated: bool,
    /// What stands behind the equals sign.
    pub(super) value: Traced,
    /// All of it.
    pub(super) whole: Traced,
}

/// A verb with its conditions.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// The verb.
    pub(super) verb: Verb,
    /// The word.
    pub(super) at: Traced,
    /// Conditions and modifiers, in order.
    pub(super) conditions: Vec<Condition>,
}

/// An access control list.
#[derive(Debug, Clone)]
pub(super) struct Acl {
    /// Its name.
    pub(super) name: String,
    /// Its statements.
    pub(super) statements: Vec<Statement>,
}

static VERBS: &[(&str, Verb)] = &[
    ("accept", Verb::Accept),
    ("defer", Verb::Defer),
    ("deny", Verb::Deny),
    ("discard", Verb::Discard),
    ("drop", Verb::Drop),
    ("require", Verb::Require),
    ("warn", Verb::Warn),
];

/// Conditions, and modifiers that decide nothing.
static CONDITIONS: &[&str] = &[
    "acl",
    "authenticated",
    "bmi_optin",
    "condition",
    "dcc",
    "decode",
    "demime",
    "dkim_signers",
    "dkim_status",
    "dmarc_status",
    "dnslists",
    "domains",
    "encrypted",
    "endpass",
    "hosts",
    "local_parts",
    "malware",
    "mime_regex",
    "ratelimit",
    "recipients",
    "regex",
    "seen",
    "sender_domains",
    "senders",
    "spam",
    "spf",
    "spf_guess",
    "verify",
    "atrn_domains",
    "add_header",
    "continue",
    "control",
    "delay",
    "log_message",
    "log_reject_target",
    "logwrite",
    "message",
    "queue",
    "remove_header",
    "set",
    "udpsend",
];

/// Conditions that ask somebody else, or how much there was of late: they say nothing of who may relay.
pub(super) static SILENT: &[&str] = &[
    "bmi_optin",
    "dcc",
    "decode",
    "demime",
    "dkim_signers",
    "dkim_status",
    "dmarc_status",
    "dnslists",
    "malware",
    "mime_regex",
    "ratelimit",
    "regex",
    "seen",
    "spam",
    "spf",
    "spf_guess",
];

/// What a line of an ACL section begins.
pub(super) enum Begun<'a> {
    /// A new list of that name.
    List(&'a str),
    /// Something of the list that is being read.
    Part,
}

/// Tells whether a line begins a list.
pub(super) fn begun(line: &str) -> Begun<'_> {
    let (name, rest) = word(line);
    match rest.strip_prefix(':') {
        Some(_) if !name.is_empty() => Begun::List(name),
        _ => Begun::Part,
    }
}

/// Tells whether the value of an option begins with a verb.
pub(super) fn is_inline(value: &str) -> bool {
    let first = word(value).0;
    VERBS.iter().any(|(verb, _)| *verb == first)
}

/// Splits the name at the beginning off; white space behind it is dropped.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let (name, rest) = text.split_at(end.unwrap_or(text.len()));
    (name, rest.trim_start())
}

/// Reads a line into a list of statements.
pub(super) fn read(line: &Traced, into: &mut Vec<Statement>) -> Result<(), Stop> {
    let stop = |why: String| {
        Err(Stop {
            why,
            at: line.trim(),
        })
    };
    let text = line.as_str();
    let tail = |rest: &str| line.slice(line.len() - rest.len()..line.len());
    let (mut negated, mut rest) = negation(text);
    let start = rest;
    let (mut name, after) = word(rest);
    rest = after;
    let verb = VERBS.iter().find(|(verb, _)| *verb == name);
    let mut whole = tail(start);
    if let Some((_, verb)) = verb {
        if negated {
            return stop("a verb cannot be negated".to_owned());
        }
        let begin = line.len() - start.len();
        into.push(Statement {
            verb: *verb,
            at: line.slice(begin..begin + name.len()),
            conditions: Vec::new(),
        });
        if rest.is_empty() {
            return Ok(());
        }
        whole = tail(rest);
        (negated, rest) = negation(rest);
        (name, rest) = word(rest);
    }
    let Some(statement) = into.last_mut() else {
        return stop(format!("{name:?} is no verb of an ACL"));
    };
    let Some(name) = CONDITIONS.iter().find(|known| **known == name) else {
        return stop(format!("{name:?} is no condition of an ACL"));
    };
    let value = match (*name, rest.strip_prefix('=')) {
        ("endpass", _) => tail(""),
        // Its value is `name = value`.
        ("set", _) => tail(rest),
        (_, Some(value)) => tail(value.trim_start()),
        (_, None) => return stop(format!("there is no = after {name}")),
    };
    statement.conditions.push(Condition {
        name,
        negated,
        value,
        whole,
    });
    Ok(())
}

fn negation(text: &str) -> (bool, &str) {
    let text = text.trim_start();
    match text.strip_prefix('!') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text),
    }
}

/// Reads a list that stands in the value of an option, its lines parted by line ends.
pub(super) fn inline(value: &Traced) -> Result<Vec<Statement>, Stop> {
    let mut statements = Vec::new();
    let mut at = 0;
    for line in value.as_str().split('\n') {
        let part = value.slice(at..at + line.len()).trim();
        at += line.len() + 1;
        if part.len() > 0 {
            read(&part, &mut statements)?;
        }
    }
    Ok(statements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::source::Text;
    use std::sync::Arc;

    fn shown(text: &str) -> Result<Vec<String>, String> {
        let file = Arc::new(Text::new("x", text.into()));
        let value = Traced::of_file(&file, 0..text.len(), 1);
        let statements = inline(&value).map_err(|stop| stop.why)?;
        Ok(statements
            .iter()
            .map(|one| {
                let conditions: Vec<String> = one
                    .conditions
                    .iter()
                    .map(|c| {
                        format!(
                            "{}{}={}",
                            if c.negated { "!" } else { "" },
                            c.name,
                            c.value.as_str()
                        )
                    })
                    .collect();
                format!("{:?}({})", one.verb, conditions.join("; "))
            })
            .collect())
    }

    #[test]
    fn reads_statements() {
        for (text, expected) in [
            ("accept", &["Accept()"][..]),
            (
                "accept hosts = : \n deny\n !acl = x\ndomains=+a",
                &["Accept(hosts=:)", "Deny(!acl=x; domains=+a)"],
            ),
            (
                "accept  domains = a\n endpass\n verify = recipient",
                &["Accept(domains=a; endpass=; verify=recipient)"],
            ),
            ("require ! verify = sender", &["Require(!verify=sender)"]),
            ("warn set acl_m_x = 1", &["Warn(set=acl_m_x = 1)"]),
        ] {
            let found = shown(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn says_what_exim_does_not_take() {
        for (text, expected) in [
            ("permit hosts = *", "\"permit\" is no verb of an ACL"),
            ("accept host = *", "\"host\" is no condition of an ACL"),
            ("accept hosts *", "there is no = after hosts"),
            ("! accept", "a verb cannot be negated"),
        ] {
            assert_eq!(shown(text), Err(expected.to_owned()));
        }
    }
}
