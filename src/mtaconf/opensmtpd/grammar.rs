//! The statements of smtpd.conf, in the grammar from 6.4 on; the rules of the older one stand in `old`.
//!
//! In: statements. Out: a [`Conf`]. What is no statement here is missed with the reader; where it is a rule, the
//! rule is kept as broken, for it may fit anything.
//!
//! Deliberately does not check what has no bearing on who may relay: queue, filter chains, certificates.
//!
//! References: smtpd.conf(5), table(5).

use super::super::source::{Reader, Text, short};
use super::super::spot::Spot;
use super::conf::{Auth, Condition, Conf, Deed, Listener, Rule, Set, Tls, What};
use super::lex::{Kind, Statement, Statements, Token, read};
use super::old;
use super::table::{Entry, Table, read_file};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Reads a configuration.
pub(super) fn conf(reader: &Reader<'_>, text: &Arc<Text>) -> Conf {
    let Statements { list, lost } = read(reader, text);
    let mut builder = Builder {
        reader,
        tables: HashMap::new(),
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
    reader: &'a Reader<'f>,
    tables: HashMap<String, Rc<Table>>,
    actions: HashMap<String, Deed>,
    /// What is filled.
    pub(super) conf: Conf,
}

/// Goes through the words of a statement.
pub(super) struct Words<'t> {
    left: &'t [Token],
    last: Spot,
}

impl<'t> Words<'t> {
    /// Begins behind the first word.
    pub(super) fn behind_first(statement: &'t Statement) -> Option<Self> {
        let (first, left) = statement.tokens.split_first()?;
        let last = first.spot.clone();
        Some(Self { left, last })
    }

    /// Looks at the next word.
    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.left.first()
    }

    /// Takes the next word.
    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        self.last = first.spot.clone();
        Some(first)
    }

    /// Takes the next word if it is this one.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let is = self.peek().is_some_and(|token| token.is(word));
        if is {
            self.next();
        }
        is
    }

    /// Takes the next word if it is a name.
    pub(super) fn name(&mut self) -> Option<&'t Token> {
        self.peek()
            .is_some_and(Token::is_word)
            .then(|| self.next())
            .flatten()
    }

    /// Gives the last word that was taken.
    pub(super) fn last(&self) -> &Spot {
        &self.last
    }
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

    fn listen(&mut self, statement: &Statement) -> Option<()> {
        let mut words = Words::behind_first(statement)?;
        if !words.eat("on") {
            return None;
        }
        let on = words.name()?;
        let address: Option<std::net::IpAddr> = on.word.parse().ok();
        let mut listener = Listener {
            on: on.word.clone(),
            ports: Vec::new(),
            v6_only: address.map(|address| address.is_ipv6()),
            tag: None,
            auth: Auth::No,
            tls: Tls::No,
            implicit_tls: false,
            proxy: None,
            filtered: false,
            spot: statement.tokens.first()?.spot.to(&on.spot),
        };
        while let Some(word) = words.next() {
            match word.word.as_str() {
                "port" => listener.ports.push(words.name()?.word.clone()),
                "inet4" => listener.v6_only = Some(false),
                "inet6" => listener.v6_only = Some(true),
                "tag" => listener.tag = Some(words.name()?.word.clone()),
                "auth" => listener.auth = Auth::Required,
                "auth-optional" => listener.auth = Auth::Offered,
                "tls" => listener.tls = Tls::Offered,
                "smtps" => {
                    listener.tls = Tls::Required;
                    listener.implicit_tls = true;
                }
                // Of old: STARTTLS on 25 and TLS on 465.
                "secure" => listener.tls = Tls::Offered,
                "tls-require" => listener.tls = Tls::Required,
                "verify" => listener.tls = Tls::Verified,
                "proxy-v2" => listener.proxy = Some(word.spot.clone()),
                "filter" => listener.filtered = true,
                _ => {}
            }
        }
        if listener.ports.is_empty() {
            let ports: &[&str] = match (listener.implicit_tls, listener.tls) {
                (true, _) => &["465"],
                (false, _) => &["25"],
            };
            listener.ports = ports.iter().map(ToString::to_string).collect();
        }
        self.conf.listeners.push(listener);
        Some(())
    }

    fn table(&mut self, statement: &Statement) -> Option<()> {
        let mut words = Words::behind_first(statement)?;
        let name = words.name()?;
        let mut table = Table {
            name: name.word.clone(),
            spot: name.spot.clone(),
            entries: Vec::new(),
            known: true,
        };
        if words.eat("{") {
            table.entries = braces(&mut words)?;
        } else {
            let path = words.name()?;
            let (kind, path) = match path.word.split_once(':') {
                Some((kind, path)) => (kind, path),
                None => ("file", path.word.as_str()),
            };
            table.known = false;
            if kind != "file" {
                let what = format!("the table \"{}\" of type {kind}", table.name);
                self.conf.elsewhere.push((table.spot.clone(), what));
            } else if let Ok(text) = self.reader.named(path, &table.spot.text().name) {
                (table.entries, table.known) = read_file(&text);
                if !table.known {
                    self.reader.miss(path, "has more entries than are read");
                }
            } else {
                let what = format!("the table \"{}\" in {}", table.name, short(path));
                self.conf.elsewhere.push((table.spot.clone(), what));
            }
        }
        self.tables.insert(table.name.clone(), Rc::new(table));
        Some(())
    }

    fn action(&mut self, statement: &Statement) -> Option<()> {
        let mut words = Words::behind_first(statement)?;
        let name = words.name()?.word.clone();
        let method = words.name()?;
        let deed = match method.word.as_str() {
            "relay" => Deed::Relay,
            "mbox" | "maildir" | "mda" | "lmtp" | "expand-only" | "forward-only" => {
                let mut users = None;
                while let Some(word) = words.next() {
                    if word.is("virtual") {
                        users = Some(self.set(&mut words, false)?.table);
                    }
                }
                Deed::Deliver(users)
            }
            _ => Deed::Unknown,
        };
        self.actions.insert(name, deed);
        Some(())
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

    /// Takes a table by name, a list in braces or one word.
    pub(super) fn set(&self, words: &mut Words<'_>, regex: bool) -> Option<Set> {
        let start = words.peek()?.spot.clone();
        let table = if words.eat("<") {
            let name = words.name()?;
            if !words.eat(">") {
                return None;
            }
            self.named(&name.word, &name.spot)
        } else {
            let entries = match words.eat("{") {
                true => braces(words)?,
                false => {
                    let word = words.name()?;
                    vec![Entry {
                        key: word.word.clone(),
                        value: None,
                        spot: word.spot.clone(),
                    }]
                }
            };
            Rc::new(Table {
                name: String::new(),
                spot: start.to(words.last()),
                entries,
                known: true,
            })
        };
        Some(Set { table, regex })
    }

    fn named(&self, name: &str, spot: &Spot) -> Rc<Table> {
        self.tables.get(name).cloned().unwrap_or_else(|| {
            let what = format!("the table <{}> at {}", short(name), spot.shown());
            self.reader
                .miss(&what, "it is not declared before it is used");
            Rc::new(Table {
                name: name.to_owned(),
                spot: spot.clone(),
                entries: Vec::new(),
                known: false,
            })
        })
    }
}

/// Writes out what a rule leaves out: from here, for here.
pub(super) fn finish(rule: &mut Rule) {
    use What::{ForAny, ForDomain, ForLocal, FromLocal};
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

/// Takes the inside of braces and the closing one.
fn braces(words: &mut Words<'_>) -> Option<Vec<Entry>> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let word = words.next()?;
        if word.is("}") {
            return Some(entries);
        }
        if word.is(",") {
            continue;
        }
        if word.is("=") {
            let value = words.name()?.word.clone();
            entries.last_mut()?.value = Some(value);
            continue;
        }
        if !word.is_word() {
            return None;
        }
        entries.push(Entry {
            key: word.word.clone(),
            value: None,
            spot: word.spot.clone(),
        });
    }
}
