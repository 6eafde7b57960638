//! Restriction lists: the statements a word stands for, in order.
//!
//! In: the value of a list, or the value of an access table where that is a list. Out: [`Statement`]s, each with
//! its kind, its argument, whether `warn_if_reject` stands ahead of it, and where it is written. Restriction
//! classes are statements of their own; the evaluator opens them.
//!
//! Deliberately decides nothing; `evaluate` does.
//!
//! References: postconf(5) smtpd_*_restrictions; access(5); RESTRICTION_CLASS_README.

use super::lines::{self, Separators};
use super::params::{Value, Word};
use crate::model::Place;
use std::rc::Rc;

/// Statements taken of one list; no list of a server is a thousandth as long.
const MOST_STATEMENTS: usize = 500;

/// What an access table is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Asks {
    /// Name and address of the client.
    Client,
    /// The name the client greets with.
    Helo,
    /// The sender.
    Sender,
    /// The recipient.
    Recipient,
    /// Names that strangers' DNS gives: the reverse name, and hosts behind a domain. OK is an error there.
    Forbidden,
    /// What an outsider does not have: a login, a certificate; and what no recipient depends on.
    Other,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `permit`.
    Permit,
    /// `reject`, `defer`.
    Refuse,
    /// `reject_unauth_destination`, `defer_unauth_destination`.
    RefuseForeign,
    /// `permit_auth_destination`.
    PermitOwn,
    /// `check_relay_domains`: permits what is in the classes, refuses the rest.
    RelayDomains,
    /// `defer_if_permit`.
    DeferIfPermit,
    /// `permit_mynetworks`.
    Networks,
    /// `permit_sasl_authenticated`.
    Login,
    /// `permit_tls_clientcerts`.
    Certificates,
    /// `permit_tls_all_clientcerts`.
    AllCertificates,
    /// `permit_mx_backup`.
    MxBackup,
    /// `permit_naked_ip_address`.
    NakedAddress,
    /// `check_policy_service`.
    Policy,
    /// An access table.
    Table(Asks),
    /// A restriction class.
    Class,
    /// A known restriction that says nothing about the outsider.
    NoOpinion,
    /// What stands behind the most that is read of a list.
    Unread,
    /// No restriction: everybody who gets there is answered 451.
    Unknown,
}

/// Where a statement is written.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// In a list.
    Word(Rc<Value>, Word),
    /// In a table.
    Entry(Place),
}

/// A statement of a list.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    /// The restriction as written.
    pub(super) name: String,
    /// What it does.
    pub(super) kind: Kind,
    /// What stands behind it: a table, a domain, a service.
    pub(super) argument: Option<String>,
    /// Whether `warn_if_reject` stands ahead of it.
    pub(super) warned: bool,
    /// Where it is written.
    pub(super) source: Source,
    /// Where its argument is written.
    argument_source: Option<Source>,
}

impl Statement {
    /// Gives the place for a finding about it.
    pub(super) fn blame(&self) -> Place {
        match &self.source {
            Source::Word(value, word) => value.blame(word),
            Source::Entry(place) => place.clone(),
        }
    }

    /// Gives the place where it is written.
    pub(super) fn place(&self) -> Place {
        place(&self.source)
    }

    /// Gives the place where its argument is written.
    pub(super) fn argument_place(&self) -> Place {
        place(self.argument_source.as_ref().unwrap_or(&self.source))
    }

    /// Gives the overrides and names it came through.
    pub(super) fn chain(&self) -> Vec<String> {
        match &self.source {
            Source::Word(value, word) => value.chain_of(word),
            Source::Entry(_) => Vec::new(),
        }
    }

    /// Tells whether somebody wrote it, or the product's default did.
    pub(super) fn is_written(&self) -> bool {
        match &self.source {
            Source::Word(value, _) => value.explicit,
            Source::Entry(_) => true,
        }
    }

    /// Writes it as the list does.
    pub(super) fn shown(&self) -> String {
        match &self.argument {
            Some(argument) => format!("{} {argument}", self.name),
            None => self.name.clone(),
        }
    }

    /// Tells whether it refuses a foreign destination without a condition that the outsider can help.
    pub(super) fn refuses(&self) -> bool {
        !self.warned
            && matches!(
                self.kind,
                Kind::Refuse | Kind::RefuseForeign | Kind::RelayDomains | Kind::DeferIfPermit
            )
    }
}

fn place(source: &Source) -> Place {
    match source {
        Source::Word(value, word) => value.place_of(word),
        Source::Entry(place) => place.clone(),
    }
}

/// Reads the statements of a list. `bare` is what a bare `type:table` asks for there; `is_class` knows restriction
/// classes.
pub(super) fn of_value(
    value: &Rc<Value>,
    bare: Asks,
    is_class: &dyn Fn(&str) -> bool,
) -> Vec<Statement> {
    let words = value.words.iter();
    let tokens = words.map(|word| {
        let source = Source::Word(Rc::clone(value), word.clone());
        (word.text.clone(), source)
    });
    statements(tokens, Some(bare), is_class)
}

/// Reads the statements of a list that is the value of a table.
pub(super) fn of_entry(
    text: &str,
    place: &Place,
    is_class: &dyn Fn(&str) -> bool,
) -> Vec<Statement> {
    let words = lines::words(text, Separators::BlanksAndCommas);
    let tokens = words
        .into_iter()
        .map(|(a, b)| (text[a..b].to_owned(), Source::Entry(place.clone())));
    statements(tokens, None, is_class)
}

fn statements(
    mut tokens: impl Iterator<Item = (String, Source)>,
    bare: Option<Asks>,
    is_class: &dyn Fn(&str) -> bool,
) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut warned = false;
    while let Some((name, source)) = tokens.next() {
        if found.len() == MOST_STATEMENTS {
            found.push(Statement {
                name: "the rest of the list".to_owned(),
                kind: Kind::Unread,
                argument: None,
                warned: false,
                source,
                argument_source: None,
            });
            break;
        }
        let lower = name.to_ascii_lowercase();
        if lower == "warn_if_reject" {
            warned = true;
            continue;
        }
        let argument = match takes_argument(&lower) {
            true => tokens.next(),
            false => None,
        };
        found.push(statement(name, source, argument, warned, bare, is_class));
        warned = false;
    }
    found
}

fn statement(
    name: String,
    source: Source,
    argument: Option<(String, Source)>,
    warned: bool,
    bare: Option<Asks>,
    is_class: &dyn Fn(&str) -> bool,
) -> Statement {
    let lower = name.to_ascii_lowercase();
    let (argument, argument_source) = match argument {
        Some((text, source)) => (Some(text), Some(source)),
        None => (None, None),
    };
    // A table may not stand in a list that a table gave, nor in braces of its own.
    let table = |asks: Asks| match (bare, &argument) {
        (Some(_), Some(argument)) if !argument.starts_with('{') => Kind::Table(asks),
        _ => Kind::Unknown,
    };
    let mut kind = match lower.as_str() {
        "permit" => Kind::Permit,
        "reject" | "defer" => Kind::Refuse,
        "reject_unauth_destination" | "defer_unauth_destination" => Kind::RefuseForeign,
        "permit_auth_destination" => Kind::PermitOwn,
        "check_relay_domains" => Kind::RelayDomains,
        "defer_if_permit" => Kind::DeferIfPermit,
        "permit_mynetworks" => Kind::Networks,
        "permit_sasl_authenticated" => Kind::Login,
        "permit_tls_clientcerts" => Kind::Certificates,
        "permit_tls_all_clientcerts" => Kind::AllCertificates,
        "permit_mx_backup" => Kind::MxBackup,
        "permit_naked_ip_address" => Kind::NakedAddress,
        "check_policy_service" => Kind::Policy,
        "check_client_access" => table(Asks::Client),
        "check_helo_access" => table(Asks::Helo),
        "check_sender_access" => table(Asks::Sender),
        "check_recipient_access" => table(Asks::Recipient),
        "check_reverse_client_hostname_access" => table(Asks::Forbidden),
        "check_ccert_access" | "check_sasl_access" | "check_etrn_access" => table(Asks::Other),
        name if is_behind_dns(name) => table(Asks::Forbidden),
        name if KNOWN.contains(&name) || WITH_DOMAIN.contains(&name) => Kind::NoOpinion,
        _ if is_class(&name) => Kind::Class,
        _ => Kind::Unknown,
    };
    let mut argument = argument;
    if kind == Kind::Unknown
        && name.contains(':')
        && let Some(asks) = bare
    {
        kind = Kind::Table(asks);
        argument = Some(name.clone());
    }
    Statement {
        name,
        kind,
        argument,
        warned,
        source,
        argument_source,
    }
}

fn takes_argument(lower: &str) -> bool {
    lower.starts_with("check_") && lower != "check_relay_domains" || WITH_DOMAIN.contains(&lower)
}

/// Tells whether a restriction looks at hosts behind the domain of something: `check_sender_mx_access`.
fn is_behind_dns(lower: &str) -> bool {
    let middle = lower
        .strip_prefix("check_")
        .and_then(|rest| rest.strip_suffix("_access"));
    let what = middle.and_then(|middle| middle.rsplit_once('_'));
    what.is_some_and(|(of, kind)| {
        matches!(kind, "ns" | "mx" | "a")
            && matches!(
                of,
                "client" | "reverse_client_hostname" | "helo" | "sender" | "recipient" | "etrn"
            )
    })
}

/// Restrictions with one word behind them, which say nothing about the outsider: a check that he may pass, or a
/// permit that Postfix does not let open a relay.
const WITH_DOMAIN: &[&str] = &[
    "permit_dnswl_client",
    "permit_rhswl_client",
    "reject_rbl_client",
    "reject_rhsbl_client",
    "reject_rhsbl_helo",
    "reject_rhsbl_recipient",
    "reject_rhsbl_reverse_client",
    "reject_rhsbl_sender",
    "sleep",
];

/// Restrictions without one, which say nothing about the outsider.
const KNOWN: &[&str] = &[
    "defer_if_reject",
    "permit_inet_interfaces",
    "reject_authenticated_sender_login_mismatch",
    "reject_invalid_helo_hostname",
    "reject_invalid_hostname",
    "reject_known_sender_login_mismatch",
    "reject_maps_rbl",
    "reject_multi_recipient_bounce",
    "reject_non_fqdn_helo_hostname",
    "reject_non_fqdn_hostname",
    "reject_non_fqdn_recipient",
    "reject_non_fqdn_sender",
    "reject_plaintext_session",
    "reject_sender_login_mismatch",
    "reject_unauth_pipelining",
    "reject_unauthenticated_sender_login_mismatch",
    "reject_unknown_address",
    "reject_unknown_client",
    "reject_unknown_client_hostname",
    "reject_unknown_forward_client_hostname",
    "reject_unknown_helo_hostname",
    "reject_unknown_hostname",
    "reject_unknown_recipient_domain",
    "reject_unknown_reverse_client_hostname",
    "reject_unknown_sender_domain",
    "reject_unlisted_recipient",
    "reject_unlisted_sender",
    "reject_unverified_recipient",
    "reject_unverified_sender",
];

#[cfg(test)]
mod tests {
    use super::super::params::tests::with;
    use super::super::params::{Config, Of};
    use super::*;
    use crate::mtaconf::Context;

    fn read(list: &str, check: impl FnOnce(Vec<Statement>)) {
        let main = format!("smtpd_relay_restrictions = {list}\n");
        with(
            &[("main.cf", &main)],
            &Context::default(),
            |config: &Config<'_>| {
                let value = Rc::new(config.value(Of::Main, "smtpd_relay_restrictions"));
                check(of_value(&value, Asks::Recipient, &|name| name == "mine"));
            },
        );
    }

    #[test]
    fn reads_lists_as_smtpd_does() {
        let list = "PERMIT_mynetworks, check_client_access hash:/etc/a, warn_if_reject\n  \
                    reject_unauth_destination sleep 1 check_sender_access inline:{a=OK,b={c d}} \
                    cdb:/x, mine, reject_rbl_client dnsbl.example check_sender_mx_access cidr:/m rejct \
                    check_helo_access {hash:/x} \
                    {permit} check_helo_access";
        read(list, |statements| {
            let got: Vec<(Kind, Option<&str>, bool)> = statements
                .iter()
                .map(|one| (one.kind, one.argument.as_deref(), one.warned))
                .collect();
            let expected = [
                (Kind::Networks, None, false),
                (Kind::Table(Asks::Client), Some("hash:/etc/a"), false),
                (Kind::RefuseForeign, None, true),
                (Kind::NoOpinion, Some("1"), false),
                (
                    Kind::Table(Asks::Sender),
                    Some("inline:{a=OK,b={c d}}"),
                    false,
                ),
                (Kind::Table(Asks::Recipient), Some("cdb:/x"), false),
                (Kind::Class, None, false),
                (Kind::NoOpinion, Some("dnsbl.example"), false),
                (Kind::Table(Asks::Forbidden), Some("cidr:/m"), false),
                (Kind::Unknown, None, false),
                (Kind::Unknown, Some("{hash:/x}"), false),
                (Kind::Unknown, None, false),
                (Kind::Unknown, None, false),
            ];
            assert_eq!(got, expected);
            assert_eq!(statements[1].argument_place().column, 67);
            assert_eq!(
                (statements[2].place().line, statements[2].blame().line),
                (2, 1)
            );
            assert!(!statements[2].refuses());
        });
    }

    #[test]
    fn a_list_of_a_table_holds_no_table() {
        let place = Place {
            file: "access".into(),
            line: 3,
            column: 0,
            width: 0,
        };
        let got = of_entry("permit_mynetworks, hash:/x reject", &place, &|_| false);
        let kinds: Vec<Kind> = got.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [Kind::Networks, Kind::Unknown, Kind::Refuse]);
        assert_eq!(got[0].blame(), place);
    }
}
