//! The rules that say what the evaluation found: PF001 to PF004.
//!
//! In: the services of an installation with their verdicts. Out: one finding a rule, whose first piece of evidence is
//! the statement that decides, and the envelope that gets through.
//!
//! References: SMTPD_ACCESS_README, SMTPD_POLICY_README.

use super::court::{Court, Heard};
use super::verdict::{Broken, By, Class, Forged, ListName, Verdict};
use crate::model::{Confidence, Envelope, Evidence, Finding, Place, Relay, Rule};
use crate::mtaconf::decide::Assume;
use crate::mtaconf::domains::OUTSIDE_RECIPIENT;
use crate::mtaconf::raise;
use crate::mtaconf::rules::postfix::{PF001, PF002, PF003, PF004};
use crate::mtaconf::source::short;

/// Services told in one finding.
const MOST_TOLD: usize = 20;

/// Judges.
pub(super) fn judge(court: &mut Court<'_, '_>) {
    for (relay, rule) in [
        (Relay::Open, &PF001),
        (Relay::OpenIfForged, &PF002),
        (Relay::Conditional, &PF003),
    ] {
        if let Some(finding) = accepting(court, relay, rule) {
            court.raise("", finding);
        }
    }
    no_refusal(court);
}

/// What decides that a service accepts.
struct Decision {
    place: Place,
    says: String,
    chain: Vec<String>,
    /// What stands elsewhere and made it so.
    causes: Vec<Evidence>,
    forged: Option<Forged>,
    /// What the files do not show, in words.
    unknown: Option<String>,
}

/// Raises a rule about the services of one outcome.
fn accepting(court: &Court<'_, '_>, relay: Relay, rule: &'static Rule) -> Option<Finding> {
    let mut services = court.smtp().filter(|(heard, _)| heard.relay == relay);
    let (first, verdict) = services.next()?;
    let assume = verdict.accepting()?;
    let decision = decide(court, verdict, assume);
    let envelope = envelope(court, first, decision.forged.as_ref());
    let name = short(court.name(first));
    let message = match relay {
        Relay::Open => format!(
            "Service \"{name}\" takes mail for any destination from everybody: {}.",
            decision.says
        ),
        Relay::OpenIfForged => format!(
            "Service \"{name}\" takes mail for any destination from whoever {}: {}.",
            chosen(&envelope),
            decision.says
        ),
        _ => format!(
            "Whether service \"{name}\" relays depends on {}, which the files do not show.",
            decision.unknown.as_deref().unwrap_or("something")
        ),
    };
    let reader = court.config.reader;
    let first = raise::proof(reader, decision.place, decision.says, decision.chain);
    let mut finding = raise::resting_on(first, rule, &court.subject, "", message);
    for cause in decision.causes {
        finding = finding.with_evidence(cause);
    }
    for (heard, verdict) in services.take(MOST_TOLD) {
        let other = decide(court, verdict, assume);
        let says = format!("service \"{}\": {}", short(court.name(heard)), other.says);
        let proof = raise::proof(court.config.reader, other.place, says, other.chain);
        finding = finding.with_evidence(proof);
    }
    if relay == Relay::Conditional {
        finding = finding.with_confidence(Confidence::Weak);
    }
    Some(finding.with_envelope(envelope))
}

/// Finds what decides: the permit of a policy list, the class of the domain, or that a list runs out.
fn decide(court: &Court<'_, '_>, verdict: &Verdict, assume: Assume) -> Decision {
    let walks = verdict.walks(assume);
    let policy = |name| {
        let (number, list) = verdict.list(name)?;
        Some((list, walks.get(number)?))
    };
    let both: Vec<_> = [ListName::Relay, ListName::Recipient]
        .into_iter()
        .filter_map(policy)
        .filter(|(list, _)| !list.statements.is_empty())
        .collect();
    let reader = court.config.reader;
    let mut found: Vec<Decision> = Vec::new();
    for (list, walk) in &both {
        if let Some(by) = walk.permit() {
            found.push(of_permit(court, list.name, by));
        }
    }
    let of_class = match &verdict.class {
        Class::None => None,
        Class::Local(because) | Class::Relay(because) | Class::Unknown(because) => Some(because),
    };
    if let Some(because) = of_class.filter(|_| found.is_empty()) {
        let unknown = matches!(verdict.class, Class::Unknown(_))
            .then(|| format!("\"{}\" in {}", because.text, because.value.name));
        found.push(Decision {
            place: because.blame(),
            says: format!(
                "\"{}\" in {} holds every domain",
                because.text, because.value.name
            ),
            chain: because.chain.clone(),
            causes: Vec::new(),
            forged: None,
            unknown,
        });
    }
    if found.is_empty() {
        let ended = both.first();
        let (place, chain, name) = match ended {
            Some((list, _)) => (
                list.value.place.clone(),
                list.value.chain(),
                list.name.parameter(),
            ),
            None => (court.config.whole(), Vec::new(), "smtpd_relay_restrictions"),
        };
        found.push(Decision {
            place,
            says: format!("{name} ends without a refusal"),
            chain,
            causes: Vec::new(),
            forged: None,
            unknown: None,
        });
    }
    // The one that says what has to be known or chosen comes first.
    let first = found
        .iter()
        .position(|one| one.forged.is_some() || one.unknown.is_some())
        .unwrap_or(0);
    let mut decision = found.swap_remove(first);
    for other in found {
        let proof = raise::proof(reader, other.place, other.says, other.chain);
        decision.causes.push(proof);
        decision.causes.extend(other.causes);
    }
    decision
}

/// Says what a permit rests on.
fn of_permit(court: &Court<'_, '_>, list: ListName, by: &By) -> Decision {
    let reader = court.config.reader;
    let statement = &by.statement;
    let shown = statement.shown();
    let mut says = format!("\"{}\" in {} permits", short(&shown), list.parameter());
    let mut causes = Vec::new();
    let mut place = statement.blame();
    let mut chain = statement.chain();
    if place.file != statement.place().file || place.line != statement.place().line {
        let word = format!("\"{}\" stands here", short(&shown));
        causes.push(raise::proof(reader, statement.place(), word, Vec::new()));
    }
    if let Some(because) = &by.because {
        let text = &because.text;
        let what = format!("\"{text}\" in {}", because.value.name);
        says = format!("{says}, for {what} fits everybody");
        let proof = |place| raise::proof(reader, place, what.clone(), because.chain.clone());
        match statement.is_written() {
            true => causes.push(proof(because.blame())),
            // Nobody wrote the list; the line to change is the other one.
            false => {
                place = because.blame();
                chain.clone_from(&because.chain);
            }
        }
        if because.place != because.blame() {
            causes.push(proof(because.place.clone()));
        }
    }
    let entry = by.entry.as_ref().or_else(|| {
        by.because
            .as_ref()
            .and_then(|because| because.entry.as_ref())
    });
    if let Some(entry) = entry {
        let what = format!(
            "\"{}\" is answered with \"{}\"",
            short(&entry.key),
            short(&entry.value)
        );
        causes.push(raise::proof(reader, entry.place.clone(), what, Vec::new()));
    }
    let unknown = by.unknown.then(|| match &by.because {
        Some(because) => format!("\"{}\" in {}", because.text, because.value.name),
        None => format!("\"{}\"", short(&shown)),
    });
    Decision {
        place,
        says,
        chain,
        causes,
        forged: by.forged.clone(),
        unknown,
    }
}

/// Makes the envelope that gets through.
pub(super) fn envelope(
    court: &Court<'_, '_>,
    heard: &Heard<'_>,
    forged: Option<&Forged>,
) -> Envelope {
    let (mut helo, mut sender, mut besides) = (None, None, None);
    match forged {
        Some(Forged::Helo(Some(name))) => helo = Some(name.clone()),
        Some(Forged::Sender(Some(mailbox))) => sender = Some(mailbox.clone()),
        Some(Forged::Address) => helo = Some("192.0.2.1".to_owned()),
        Some(Forged::Helo(None)) => besides = Some("a HELO name that meets the pattern".to_owned()),
        Some(Forged::Sender(None)) => besides = Some("a sender that meets the pattern".to_owned()),
        None => {}
    }
    Envelope {
        client: None,
        helo,
        sender,
        recipient: Some(OUTSIDE_RECIPIENT.to_owned()),
        port: court
            .config
            .listens(heard.listener)
            .port()
            .filter(|port| *port != 25),
        implicit_tls: court.config.is_yes(heard.of, "smtpd_tls_wrappermode"),
        besides,
    }
}

fn chosen(envelope: &Envelope) -> String {
    match (&envelope.helo, &envelope.sender, &envelope.besides) {
        (Some(helo), _, _) => format!("greets with \"{}\"", short(helo)),
        (_, Some(sender), _) => format!("sends from <{}>", short(sender)),
        (_, _, Some(besides)) => format!("picks {besides}"),
        _ => "picks the right sender or HELO name".to_owned(),
    }
}

/// Raises that a service does not start for want of a refusal.
fn no_refusal(court: &mut Court<'_, '_>) {
    let mut found = Vec::new();
    for (heard, verdict) in court.smtp() {
        if !matches!(verdict.broken, Some(Broken::NoRefusal)) {
            continue;
        }
        let list = verdict
            .list(ListName::Relay)
            .filter(|(_, list)| list.value.explicit)
            .or_else(|| verdict.list(ListName::Recipient));
        let Some((_, list)) = list else {
            continue;
        };
        let message = format!(
            "Service \"{}\" will not start: neither smtpd_relay_restrictions nor \
             smtpd_recipient_restrictions holds a refusal that works.",
            short(court.name(heard))
        );
        let mut finding = court.finding(&PF004, "", list.value.place.clone(), message);
        for other in verdict.lists.iter().filter(|one| one.name.is_policy()) {
            let says = match other.statements.is_empty() {
                true => format!("{} is empty", other.name.parameter()),
                false => format!("{} holds no refusal", other.name.parameter()),
            };
            let place = other.value.place.clone();
            let proof = raise::proof(court.config.reader, place, says, other.value.chain());
            finding = finding.with_evidence(proof);
        }
        found.push(finding);
    }
    for finding in found {
        court.raise("", finding);
    }
}
