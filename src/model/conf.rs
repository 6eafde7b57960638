//! What an audit of configuration files learns: who may relay, decided by which line.
//!
//! Its outcome is another question than the verdict on a server that was talked to: files show what is
//! meant to happen, not what happens. The words are those of the report format, version 1.

use super::bytes::Untrusted;
use super::finding::Finding;
use super::rule::Severity;
use super::verdict::named;
use std::sync::Arc;

named! {
    /// What happens to an outsider's mail for an outside recipient. Ordered from worst to best.
    Relay {
        /// Accepted as it stands, or with a form of the recipient address that anyone can write.
        Open = "open",
        /// Accepted once the outsider picks a certain sender, HELO name or made-up credentials.
        OpenIfForged = "open-if-forged",
        /// Accepted, but because every domain counts as local: swallowed or bounced, not relayed.
        AcceptsForeign = "accepts-foreign",
        /// The service does not start.
        Broken = "broken",
        /// Depends on something the files do not show.
        Conditional = "conditional",
        /// Refused.
        Closed = "closed",
        /// No SMTP service listens beyond loopback.
        Unreachable = "unreachable",
    }
}

impl Relay {
    /// Tells whether an outsider's mail is taken.
    pub fn accepts(self) -> bool {
        matches!(self, Self::Open | Self::OpenIfForged | Self::AcceptsForeign)
    }

    /// Gives the worst of several; nothing that listens is unreachable.
    pub fn worst(all: impl IntoIterator<Item = Self>) -> Self {
        all.into_iter().min().unwrap_or(Self::Unreachable)
    }
}

/// Where something stands in a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file: relative to the path that was given where it lies inside, else as it was found.
    pub file: Arc<str>,
    /// The line, counted from one; 0 where the file as a whole is meant, such as for a parameter that
    /// nobody wrote and that belongs there.
    pub line: u32,
    /// The column in that line, in characters, counted from one; 0 where the whole line is meant.
    pub column: u32,
    /// How many characters are meant; 0 with the whole line.
    pub width: u32,
}

/// A line of a configuration as proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfLine {
    /// Where it stands.
    pub place: Place,
    /// The physical line; empty where no line is meant.
    pub text: Untrusted,
    /// What is to be seen there, in a few words.
    pub says: String,
    /// How it came into force: includes, overrides, expansions; outermost first.
    pub chain: Vec<String>,
}

/// The envelope that would pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    /// The client address that has to be had; absent where any does.
    pub client: Option<String>,
    /// The name for EHLO; absent where any does.
    pub helo: Option<String>,
    /// The sender; absent where any does.
    pub sender: Option<String>,
    /// The recipient; absent where any outside address does.
    pub recipient: Option<String>,
    /// The port of the service; absent where it is 25 or unknown.
    pub port: Option<u16>,
    /// Whether TLS has to be spoken from the first byte.
    pub implicit_tls: bool,
    /// What cannot be put into an envelope: a login, a certificate, a PROXY line.
    pub besides: Option<String>,
}

/// One service that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its name as the configuration has it.
    pub name: String,
    /// Where it listens, as `address:port`; absent where the files do not say.
    pub listen: Option<String>,
    /// What happens there.
    pub relay: Relay,
}

/// One installation with a policy of its own: a Postfix instance, an IIS virtual server, a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// The worst of its services.
    pub relay: Relay,
    /// Its services.
    pub services: Vec<Service>,
}

/// Who may send to whom, because of what: a row of the policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The instance and service it holds for.
    pub service: String,
    /// The clients, in words.
    pub clients: String,
    /// The recipients' domains, in words.
    pub domains: String,
    /// The line that says so; absent for a default of the product.
    pub because: Option<Place>,
}

/// Something that was not read, and what it leaves open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unread {
    /// The file, table or section.
    pub what: String,
    /// Why it was not read.
    pub why: String,
}

/// Id of the rule that tells of what was not read: while it stands, an outcome that takes nothing is not decided.
pub const UNREAD_RULE: &str = "GN002";

/// Ids of the rules that name what a conditional outcome depends on. Where they fired and all of them were put
/// aside, somebody has settled the question.
pub const CONDITION_RULES: &[&str] = &[UNREAD_RULE, "PF003", "EX003", "OS003", "XC009"];

/// What an older report says of the same input in the same dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConfBefore {
    /// The outcome then; absent if the older report does not have it.
    pub relay: Option<Relay>,
    /// Whether something was left open then.
    pub undecided: bool,
}

/// Everything learnt about one input in one dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfAudit {
    /// The path as it was given.
    pub path: String,
    /// The name of the host the files belong to, where the user gave it.
    pub host: Option<String>,
    /// Name of the dialect.
    pub dialect: &'static str,
    /// The product's version, where it is known.
    pub version: Option<String>,
    /// The worst of its instances.
    pub relay: Relay,
    /// The instances, in the order they were found.
    pub instances: Vec<Instance>,
    /// Who may send to whom.
    pub grants: Vec<Grant>,
    /// What was not read.
    pub unread: Vec<Unread>,
    /// What a reader of the report has to know, such as an assumed version.
    pub notes: Vec<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Findings that the user has put aside, by rule, with the reason given.
    pub suppressed: Vec<(Finding, String)>,
    /// What an older report says, if one was given.
    pub baseline: Option<ConfBefore>,
}

impl ConfAudit {
    /// Names the file of a place as one would from where the audit ran: behind the path that was given, unless
    /// that path is the file itself.
    pub fn path_of(&self, place: &Place) -> String {
        let given = self.path.trim_end_matches('/');
        let file = &*place.file;
        let single = given == file || given.ends_with(&format!("/{file}"));
        let whole = match (single, given) {
            (true, _) => given.to_owned(),
            _ if file.starts_with('/') => file.to_owned(),
            (_, ".") => file.to_owned(),
            _ => format!("{given}/{file}"),
        };
        match whole.strip_prefix("./") {
            Some(inside) if !inside.is_empty() => inside.to_owned(),
            _ => whole,
        }
    }

    /// Tells whether an outsider's mail is taken, and the user has not put that aside: an outcome counts as put
    /// aside where a finding of severity high or above was, and none of that weight is left.
    pub fn takes_mail(&self) -> bool {
        let grave = |finding: &Finding| finding.severity >= Severity::High;
        let put_aside = self.suppressed.iter().any(|(finding, _)| grave(finding));
        self.relay.accepts() && (!put_aside || self.findings.iter().any(grave))
    }

    /// Tells whether the question is left open: the outcome depends on what the files do not show, or nothing is
    /// taken as far as the files were read, and they were not all read. What was put aside leaves nothing open.
    pub fn is_undecided(&self) -> bool {
        let condition = |finding: &Finding| CONDITION_RULES.contains(&finding.rule.id);
        match self.relay {
            Relay::Open | Relay::OpenIfForged | Relay::AcceptsForeign => false,
            Relay::Conditional => {
                let mut aside = self.suppressed.iter();
                let settled = aside.any(|(finding, _)| condition(finding));
                !settled || self.findings.iter().any(condition)
            }
            Relay::Broken | Relay::Closed | Relay::Unreachable => {
                self.findings.iter().any(|f| f.rule.id == UNREAD_RULE)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Relay;

    #[test]
    fn the_worst_outcome_wins() {
        assert_eq!(Relay::worst([]), Relay::Unreachable);
        assert_eq!(
            Relay::worst([Relay::Closed, Relay::Unreachable]),
            Relay::Closed
        );
        assert_eq!(
            Relay::worst([Relay::Closed, Relay::Conditional, Relay::Broken]),
            Relay::Broken
        );
        assert_eq!(
            Relay::worst([Relay::AcceptsForeign, Relay::OpenIfForged]),
            Relay::OpenIfForged
        );
    }
}
