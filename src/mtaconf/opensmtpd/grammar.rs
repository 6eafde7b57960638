//! The statements of smtpd.conf and the rules from 6.4 on; what they rest on stands in `declare`, the rules of
//! the older grammar in `old`.
//!
//! In: statements. Out: a [`Conf`]. What is no statement here is missed with the reader; where it is a rule, the
//! rule is kept as broken, for it may fit anything.
//!
//! Deliberately does not check what has no bearing on who may relay: queue, filter chains, certificates.
//!
//! References: smtpd.conf(5), table(5).

use super::super::source::{Reader, Text, short};
use super::conf::{Condition, Conf, Deed, Rule, Set, What};
use super::declare::Words;
use super::lex::{Kind, Statement, Statements, read};
use super::old;
use super::table::{Entry, Table};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Reads a configuration.
pub(super) fn conf(reader: &Reader<'_>, text: &Arc<Text>) -> Conf {
    let Statements { list, lost } = read(reader, text);
    let mut builder = Builder {
        reader,
        tables: HashMap::new(),
        files: HashMap::new(),
        actions: HashMap::new(),
        conf: Conf {
            lost,
            ..Conf::default()
        },
    };
    for statement in &list {
        builder.statement(statement);
    }
    builder.conf
}

/// Fills a configuration.
pub(super) struct Builder<'a, 'f> {
    /// Reads files, and remembers what was not read.
    pub(super) reader: &'a Reader<'f>,
    /// The tables, by name.
    pub(super) tables: HashMap<String, Rc<Table>>,
    /// Tables in files, by the name of the file, and whether all of each was read.
    pub(super) files: HashMap<Arc<str>, (Rc<[Entry]>, bool)>,
    /// What the actions do, by name.
    pub(super) actions: HashMap<String, Deed>,
    /// What is filled.
    pub(super) conf: Conf,
}

impl Builder<'_, '_> {
    fn statement(&mut self, statement: &Statement) {
        let Some(first) = statement.tokens.first() else {
            return;
        };
        let done = match first.word.as_str() {
            _ if first.kind != Kind::Bare => None,
            "listen" => {
                let done = self.listen(statement);
                self.conf.listens_elsewhere |= done.is_none() || statement.broken;
                done
            }
            "table" => self.table(statement),
            "action" => self.action(statement),
            "match" => self.rule(statement),
            "accept" | "reject" => {
                let rule = old::rule(self, statement);
                self.conf.old.get_or_insert(first.spot.clone());
                self.conf.rules.push(rule);
                Some(())
            }
            // Left by the reader where it could not read on: rules that are not known.
            "include" => {
                self.conf.rules.push(Rule {
                    conditions: Vec::new(),
                    deed: Deed::Unknown,
                    broken: true,
                    head: first.spot.clone(),
                    chain: Vec::new(),
                });
                Some(())
            }
            "filter" => {
                self.conf.filters.push(first.spot.clone());
                Some(())
            }
            "admd"
            | "bounce"
            | "bounce-warn"
            | "ca"
            | "expire"
            | "limit"
            | "max-message-size"
            | "mda"
            | "mta"
            | "pki"
            | "proc"
            | "queue"
            | "session"
            | "smtp"
            | "srs"
            | "ciphers"
            | "compression"
            | "encryption"
            | "subaddressing-delimiter" => Some(()),
            _ => None,
        };
        if done.is_none() {
            self.miss(statement, "the statement is not understood");
        }
    }

    /// Remembers that a statement was not understood.
    pub(super) fn miss(&self, statement: &Statement, why: &str) {
        if let Some(first) = statement.tokens.first() {
            let words = statement.tokens.iter().take(8);
            let words: Vec<&str> = words.map(|token| token.word.as_str()).collect();
            let what = format!("{} at {}", short(&words.join(" ")), first.spot.shown());
            self.reader.miss(&what, why);
        }
    }

    fn rule(&mut self, statement: &Statement) -> Option<()> {
        let head = statement.tokens.first()?.spot.clone();
        let mut words = Words::behind_first(statement)?;
        let mut rule = Rule {
            conditions: Vec::new(),
            deed: Deed::Unknown,
            broken: statement.broken,
            head,
            chain: statement.chain.clone(),
        };
        while words.peek().is_some() {
            if self.option(&mut words, &mut rule).is_none() {
                self.miss(statement, "the rule is not understood");
                rule.broken = true;
                break;
            }
        }
        finish(&mut rule);
        self.conf.rules.push(rule);
        Some(())
    }

    /// Takes one option of a rule.
    fn option(&self, words: &mut Words<'_>, rule: &mut Rule) -> Option<()> {
        let start = words.peek()?.spot.clone();
        if words.eat("reject") {
            rule.deed = Deed::Reject;
            return Some(());
        }
        if words.eat("action") {
            let name = words.name()?;
            let known = self.actions.get(&name.word);
            rule.deed = known?.clone();
            return Some(());
        }
        let negated = words.eat("!");
        let mut push = |words: &Words<'_>, what, negated| {
            let spot = start.to(words.last());
            rule.conditions.push(Condition {
                what,
                negated,
                spot,
            });
        };
        match words.name()?.word.as_str() {
            "from" => match words.name()?.word.as_str() {
                "any" => push(words, What::FromAny, negated),
                "local" => push(words, What::FromLocal, negated),
                "socket" => push(words, What::FromSocket, negated),
                "src" => {
                    let set = self.matched(words)?;
                    push(words, What::FromSource(set), negated);
                }
                "rdns" => {
                    let set = self.optional(words)?;
                    push(words, What::FromName(set), negated);
                }
                "auth" => {
                    self.optional(words)?;
                    push(words, What::FromLogin, negated);
                }
                "mail-from" => {
                    let set = self.matched(words)?;
                    push(words, What::FromAny, false);
                    push(words, What::Sender(set), negated);
                }
                _ => return None,
            },
            "for" => match words.name()?.word.as_str() {
                "any" => push(words, What::ForAny, negated),
                "local" => push(words, What::ForLocal, negated),
                "domain" => {
                    let set = self.matched(words)?;
                    push(words, What::ForDomain(set), negated);
                }
                "rcpt-to" => {
                    let set = self.matched(words)?;
                    push(words, What::ForAny, false);
                    push(words, What::Recipient(set), negated);
                }
                _ => return None,
            },
            "auth" => {
                self.optional(words)?;
                push(words, What::Auth, negated);
            }
            "helo" => {
                let set = self.matched(words)?;
                push(words, What::Helo(set), negated);
            }
            "mail-from" => {
                let set = self.matched(words)?;
                push(words, What::Sender(set), negated);
            }
            "rcpt-to" => {
                let set = self.matched(words)?;
                push(words, What::Recipient(set), negated);
            }
            "tag" => {
                let set = self.matched(words)?;
                push(words, What::Tag(set), negated);
            }
            "tls" => push(words, What::Tls, negated),
            _ => return None,
        }
        Some(())
    }

    /// Takes words to match with, after the keyword `regex` or without.
    fn matched(&self, words: &mut Words<'_>) -> Option<Set> {
        let regex = words.eat("regex");
        self.set(words, regex)
    }

    /// Takes words to match with where some stand there; the inner nothing says that none do.
    #[allow(clippy::option_option, reason = "an error, and what need not be there")]
    fn optional(&self, words: &mut Words<'_>) -> Option<Option<Set>> {
        const KEYWORDS: &[&str] = &[
            "from",
            "for",
            "auth",
            "helo",
            "mail-from",
            "rcpt-to",
            "tag",
            "tls",
            "action",
            "reject",
            "!",
        ];
        match words.peek() {
            None => Some(None),
            Some(word) if KEYWORDS.iter().any(|keyword| word.is(keyword)) => Some(None),
            Some(_) => self.matched(words).map(Some),
        }
    }
}

/// Writes out what a rule leaves out: from here, for here. What a broken one says is not known.
pub(super) fn finish(rule: &mut Rule) {
    use What::{ForAny, ForDomain, ForLocal, FromLocal};
    if rule.broken {
        return;
    }
    let has = |wanted: fn(&What) -> bool| rule.conditions.iter().any(|c| wanted(&c.what));
    let from = has(What::is_source);
    let to = has(|what| matches!(what, ForAny | ForLocal | ForDomain(_)));
    let mut add = |what| {
        rule.conditions.push(Condition {
            what,
            negated: false,
            spot: rule.head.clone(),
        });
    };
    if !from {
        add(FromLocal);
    }
    if !to {
        add(ForLocal);
    }
}
