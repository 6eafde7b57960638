//! What becomes of the outsider's recipient at each service.
//!
//! In: a configuration. Out: its [`Survey`]s: for each service, with and without TLS, what is known of every
//! statement of the ACL for RCPT; and the outcome they give.
//!
//! The ACLs for the connection, HELO and MAIL come first: what they refuse is not taken. percent_hack_domains opens
//! no way: Exim rewrites `user%foreign@local` before the ACL for RCPT looks at it.
//!
//! References: Exim specification, chapter 44.2 "Specifying when ACLs are used".

use super::acl::{Acl, Verb};
use super::config::Config;
use super::eval::{Client, Hit, Judge, Walk, Weighed, walk};
use super::expand::{self, DOMAIN};
use super::list::{Kind, What};
use super::services::{Service, offers_tls};
use super::truth::{Needs, Ways};
use crate::model::Relay;
use crate::mtaconf::Scene;
use crate::mtaconf::decide::{self, Assume, Fate};

/// The ACL for RCPT.
pub(super) enum Rcpt<'a> {
    /// It is not set: everything is refused.
    Unset,
    /// The name is of no ACL: everything is put off.
    NoSuch(String),
    /// It cannot be told which one it is.
    Unknown(String),
    /// An expansion that is made to fail: everything is accepted.
    Everything,
    /// Its statements.
    Known(&'a Acl, Vec<Weighed<'a>>),
}

/// One kind of client at one service.
pub(super) struct Survey<'a> {
    /// Which of the services.
    pub(super) service: usize,
    /// The ACLs before RCPT.
    early: Vec<Vec<Weighed<'a>>>,
    /// The ACL for RCPT.
    pub(super) rcpt: Rcpt<'a>,
    /// Whether the foreign domain counts as local.
    pub(super) swallowed: bool,
    /// Evaluates further.
    pub(super) judge: Judge<'a>,
}

/// Why an outcome is what it is.
pub(super) struct Reason {
    /// Which of the surveys.
    pub(super) survey: usize,
    /// The deciding statement, where it is one of the ACL for RCPT.
    pub(super) hit: Option<Hit>,
    /// What it takes.
    pub(super) needs: Needs,
}

impl<'a> Survey<'a> {
    fn new(
        config: &'a Config,
        scene: &'a Scene<'a>,
        fake: &'a [String],
        service: (usize, &Service),
        tls: bool,
    ) -> Self {
        let client = Client::outsider(tls, Some(service.1.port));
        let mut judge = Judge::new(config, scene, client, fake);
        let early = ["acl_smtp_connect", "acl_smtp_helo", "acl_smtp_mail"];
        let early = early
            .into_iter()
            .filter_map(|option| match find(config, &mut judge, option) {
                Rcpt::Known(_, weighed) => Some(weighed),
                _ => None,
            })
            .collect();
        let rcpt = find(config, &mut judge, "acl_smtp_rcpt");
        let local = local_lists(config);
        let domain = DOMAIN.to_string();
        let swallowed = local
            .iter()
            .any(|name| judge.in_named(Kind::Domain, &domain, name).is == Some(true));
        Self {
            service: service.0,
            early,
            rcpt,
            swallowed,
            judge,
        }
    }

    /// Gives what it takes to come as far as RCPT; nothing where that cannot be done.
    pub(super) fn arrives(&self, allowed: Ways) -> Option<Needs> {
        self.early.iter().try_fold(Needs::default(), |needs, acl| {
            let walk = walk(acl, allowed);
            walk.hits.first().map(|hit| needs.and(&hit.all))
        })
    }

    /// Goes through the ACL for RCPT with certain means.
    pub(super) fn walk(&self, allowed: Ways) -> Walk {
        match &self.rcpt {
            Rcpt::Known(_, weighed) if self.arrives(allowed).is_some() => walk(weighed, allowed),
            _ => Walk::default(),
        }
    }

    fn fate(&self, assume: Assume) -> Taken {
        let allowed = Ways::under(assume);
        let Some(needs) = self.arrives(allowed) else {
            return Taken::default();
        };
        let fate = match self.swallowed {
            true => Fate::Swallowed,
            false => Fate::Relayed,
        };
        let taken = |needs| Taken {
            fate,
            needs,
            hit: None,
        };
        match &self.rcpt {
            Rcpt::Unset | Rcpt::NoSuch(_) => Taken::default(),
            Rcpt::Everything => taken(needs),
            Rcpt::Unknown(_) if assume != Assume::UnknownPermits => Taken::default(),
            Rcpt::Unknown(why) => taken(Needs {
                unknown: Some(why.clone()),
                ..needs
            }),
            Rcpt::Known(_, weighed) => {
                let Some(hit) = walk(weighed, allowed).hits.into_iter().next() else {
                    return Taken::default();
                };
                let discards = weighed[hit.index].statement.verb == Verb::Discard;
                Taken {
                    fate: if discards { Fate::Swallowed } else { fate },
                    needs: needs.and(&hit.all),
                    hit: Some(hit),
                }
            }
        }
    }
}

/// What becomes of a recipient, and what it takes.
struct Taken {
    fate: Fate,
    needs: Needs,
    hit: Option<Hit>,
}

impl Default for Taken {
    fn default() -> Self {
        Self {
            fate: Fate::Refused,
            needs: Needs::default(),
            hit: None,
        }
    }
}

impl Taken {
    /// Orders by what is worse.
    fn rank(&self) -> u8 {
        match self.fate {
            Fate::Relayed => 2,
            Fate::Swallowed => 1,
            Fate::Refused => 0,
        }
    }
}

/// Makes the surveys of all services.
pub(super) fn surveys<'a>(
    config: &'a Config,
    scene: &'a Scene<'a>,
    fake: &'a [String],
    services: &[Service],
) -> Vec<Survey<'a>> {
    let mut surveys = Vec::new();
    for (index, service) in services.iter().enumerate() {
        let kinds: &[bool] = match (service.implicit_tls, offers_tls(config)) {
            (true, _) => &[true],
            (false, true) => &[false, true],
            (false, false) => &[false],
        };
        for tls in kinds {
            surveys.push(Survey::new(config, scene, fake, (index, service), *tls));
        }
    }
    surveys
}

/// Gives the outcome of a service, and why.
pub(super) fn outcome(surveys: &[Survey<'_>], service: usize) -> (Relay, Option<Reason>) {
    // The first of the worst.
    let worst = |assume: Assume| {
        let own = surveys.iter().enumerate();
        own.filter(|(_, survey)| survey.service == service)
            .map(|(index, survey)| (index, survey.fate(assume)))
            .min_by_key(|(_, taken)| std::cmp::Reverse(taken.rank()))
    };
    let relay =
        decide::outcome(|assume| worst(assume).map_or(Fate::Refused, |(_, taken)| taken.fate));
    let assume = match relay {
        Relay::Open | Relay::AcceptsForeign => Assume::AsWritten,
        Relay::OpenIfForged => Assume::Forged,
        Relay::Conditional => Assume::UnknownPermits,
        _ => return (relay, None),
    };
    let reason = worst(assume).map(|(survey, taken)| Reason {
        survey,
        hit: taken.hit,
        needs: taken.needs,
    });
    (relay, reason)
}

/// Finds the ACL an option names.
fn find<'a>(config: &'a Config, judge: &mut Judge<'a>, option: &str) -> Rcpt<'a> {
    let Some(setting) = config.get(option) else {
        return match config.holes.is_empty() {
            true => Rcpt::Unset,
            false => Rcpt::Unknown("an included file that is missing".to_owned()),
        };
    };
    if let Some(acl) = config.inline.get(option) {
        let weighed = judge.weigh(&acl.statements);
        return Rcpt::Known(acl, weighed);
    }
    let name = expand::expand(setting.value.as_str(), judge).plain();
    if name.contains(expand::FAIL) {
        return Rcpt::Everything;
    }
    if name.contains(expand::is_mark) {
        return Rcpt::Unknown(format!("the expansion that {option} is"));
    }
    match config.acl(name.trim()) {
        Some(acl) => {
            let weighed = judge.weigh(&acl.statements);
            Rcpt::Known(acl, weighed)
        }
        None if config.acl_hole || !config.holes.is_empty() => {
            let why = format!("the ACL {}, which is in none of these files", name.trim());
            Rcpt::Unknown(why)
        }
        None if name.trim().starts_with('/') => Rcpt::Unknown(format!("the file {}", name.trim())),
        None => Rcpt::NoSuch(name.trim().to_owned()),
    }
}

/// Names the lists of domains that are local: local_domains, and those for which no router sends mail on.
pub(super) fn local_lists(config: &Config) -> Vec<String> {
    let mut names = vec!["local_domains".to_owned()];
    for router in &config.routers {
        if !matches!(
            router.text("driver"),
            "dnslookup" | "manualroute" | "ipliteral"
        ) {
            continue;
        }
        let Some(domains) = router.get("domains") else {
            continue;
        };
        for item in super::list::split(&domains.value) {
            if let (true, What::Named(name)) = (
                item.negated,
                super::list::what(Kind::Domain, item.text.as_str()),
            ) {
                names.push(name.to_owned());
            }
        }
    }
    names.retain(|name| config.list(Kind::Domain, name).is_some());
    names.dedup();
    names
}
