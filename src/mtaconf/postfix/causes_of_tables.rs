//! The rules about access tables that permit ahead of the refusal: PF014 to PF018.
//!
//! In: one service with its verdict. Out: findings about tables, with the entry that permits as further evidence.
//!
//! Limits: [`MOST_ENTRIES`] entries of one table are told.
//!
//! References: access(5); SMTPD_ACCESS_README, "Dangerous use of smtpd_recipient_restrictions".

use super::access::{Access, Meaning, NULL_SENDER, meaning};
use super::causes::Case;
use super::court::{self, Ahead};
use super::restrictions::{Asks, Kind, Statement};
use super::tables::{Body, Entry, Table};
use super::verdict::{Class, Forged, ListName};
use crate::model::{Confidence, Finding, Place, Rule, Severity};
use crate::mtaconf::nets::{Breadth, Net, breadth};
use crate::mtaconf::rules::postfix::{PF014, PF015, PF016, PF017, PF018};
use crate::mtaconf::source::short;
use crate::mtaconf::{domains, raise};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Entries of one table that are told of as evidence.
const MOST_ENTRIES: usize = 5;

/// Entries of one table that are held against the classes of domains.
const MOST_LOOKED_UP: usize = 5_000;

/// A statement that was judged: its list, itself, its place, and whether another list masks it.
pub(super) type Seen = (&'static str, String, Place, bool);

/// Judges. Services that share a statement share what there is to say of it.
pub(super) fn judge(case: &mut Case<'_, '_, '_>, seen: &mut HashSet<Seen>) {
    for ahead in case.court.ahead(case.of, case.verdict) {
        let table = matches!(ahead.statement.kind, Kind::Table(_));
        let key = (
            ahead.list.name.parameter(),
            ahead.statement.shown(),
            ahead.statement.place(),
            court::masked(case.verdict, &ahead),
        );
        if !table || !seen.insert(key) {
            continue;
        }
        match ahead.statement.kind {
            Kind::Table(Asks::Client) => clients(case, &ahead),
            Kind::Table(Asks::Helo | Asks::Sender) => forgeable(case, &ahead),
            Kind::Table(Asks::Recipient) => recipients(case, &ahead),
            _ => {}
        }
    }
    forbidden(case, seen);
}

impl Case<'_, '_, '_> {
    /// Opens the table of a statement.
    fn table(&self, statement: &Statement) -> Rc<Table> {
        let written = statement.argument.as_deref().unwrap_or_default();
        let tables = self.court.evaluator.tables;
        tables.open(written, &statement.argument_place())
    }

    fn parents(&self) -> bool {
        self.court.evaluator.parents(self.of, "smtpd_access_maps")
    }

    /// Says what a list as the value of an entry means to the outsider.
    fn lists(&self, statement: &Statement) -> impl FnMut(&str) -> Meaning + use<'_> {
        let place = statement.argument_place();
        let mut known: HashMap<String, Meaning> = HashMap::new();
        move |text| match known.get(text) {
            Some(meaning) => *meaning,
            None => {
                let meaning = self.court.evaluator.permits(self.of, text, &place);
                known.insert(text.to_owned(), meaning);
                meaning
            }
        }
    }

    /// Adds an entry as evidence.
    fn with_entry(&self, finding: Finding, entry: &Entry) -> Finding {
        let says = format!(
            "\"{}\" is answered with \"{}\"",
            short(&entry.key),
            short(&entry.value)
        );
        let reader = self.court.config.reader;
        finding.with_evidence(raise::proof(reader, entry.place.clone(), says, Vec::new()))
    }

    /// Raises a rule about a table and some of its entries.
    fn about_table(
        &self,
        rule: &'static Rule,
        ahead: &Ahead<'_>,
        severity: Severity,
        message: String,
        entries: &[Entry],
    ) -> Finding {
        let mut finding = self
            .about(rule, &ahead.statement, message)
            .with_severity(severity);
        for entry in entries.iter().take(MOST_ENTRIES) {
            finding = self.with_entry(finding, entry);
        }
        finding
    }
}

/// PF014 and PF017.
fn clients(case: &mut Case<'_, '_, '_>, ahead: &Ahead<'_>) {
    let table = case.table(&ahead.statement);
    let access = Access {
        table: &table,
        parents: case.parents(),
    };
    let masked = court::masked(case.verdict, ahead);
    let shown = short(ahead.statement.argument.as_deref().unwrap_or_default()).into_owned();
    let list = ahead.list.name.parameter();
    let (any, permitted, names) = {
        let mut lists = case.lists(&ahead.statement);
        (
            access.any_client(&mut lists),
            access.permitted(&mut lists),
            access.permitted_names(&mut lists),
        )
    };
    if any.meaning == Meaning::Permit {
        let severity = match (masked, ahead.list.name) {
            (false, _) => Severity::Critical,
            (true, ListName::Relay) => Severity::Low,
            (true, _) => return,
        };
        let entries: Vec<Entry> = any.entry.into_iter().collect();
        let message = format!("\"{shown}\" in {list} permits every client ahead of the refusal.");
        let finding = case.about_table(&PF014, ahead, severity, message, &entries);
        case.keep("", finding);
        return;
    }
    if masked {
        return;
    }
    let nets: Vec<Net> = permitted.iter().map(|(net, _)| *net).collect();
    let unexpected = case.court.config.context.unexpected(&nets);
    let severity = match breadth(&unexpected) {
        Breadth::Narrow | Breadth::Private => None,
        Breadth::Medium => Some(Severity::Medium),
        // All together, and yet no stranger is sure to get in: the widest of them.
        Breadth::High | Breadth::Everybody => Some(Severity::High),
    };
    if let Some(severity) = severity {
        let widest = permitted
            .iter()
            .filter(|(net, _)| unexpected.contains(net) && net.breadth() > Breadth::Private)
            .max_by_key(|(net, _)| (net.breadth(), net.size()));
        if let Some((net, entry)) = widest {
            let message = format!(
                "\"{shown}\" in {list} permits \"{}\" ahead of the refusal: clients in {net} relay.",
                short(&entry.key)
            );
            let entries = std::slice::from_ref(entry);
            let finding = case.about_table(&PF014, ahead, severity, message, entries);
            case.keep("", finding);
        }
    }
    let top: Vec<Entry> = names
        .iter()
        .filter(|entry| domains::is_top_level(&entry.key))
        .cloned()
        .collect();
    let (severity, named) = match top.is_empty() {
        true => (Severity::Low, names),
        false => (Severity::High, top),
    };
    if let Some(first) = named.first() {
        let message = format!(
            "\"{shown}\" in {list} permits clients by name, such as \"{}\": whoever owns the names \
             decides.",
            short(&first.key)
        );
        let finding = case.about_table(&PF017, ahead, severity, message, &named);
        case.keep("", finding);
    }
}

/// PF015.
fn forgeable(case: &mut Case<'_, '_, '_>, ahead: &Ahead<'_>) {
    if court::masked(case.verdict, ahead) {
        return;
    }
    let table = case.table(&ahead.statement);
    let access = Access {
        table: &table,
        parents: case.parents(),
    };
    let shown = short(ahead.statement.argument.as_deref().unwrap_or_default()).into_owned();
    let list = ahead.list.name.parameter();
    let sender = ahead.statement.kind == Kind::Table(Asks::Sender);
    let mut lists = case.lists(&ahead.statement);
    let any = match sender {
        true => access.any_mailbox(&mut lists),
        false => access.any_helo(&mut lists),
    };
    let forged = match sender {
        true => access
            .forged_sender(&mut lists)
            .map(|(sender, entry)| (Forged::Sender(sender), entry)),
        false => access
            .forged_helo(&mut lists)
            .map(|(helo, entry)| (Forged::Helo(helo), entry)),
    };
    drop(lists);
    let what = if sender { "sender" } else { "HELO name" };
    if any.meaning == Meaning::Permit {
        let entries: Vec<Entry> = any.entry.into_iter().collect();
        let message = format!("\"{shown}\" in {list} permits every {what} ahead of the refusal.");
        let finding = case.about_table(&PF015, ahead, Severity::Critical, message, &entries);
        case.keep("", finding);
        return;
    }
    let Some((forged, entry)) = forged else {
        return;
    };
    let key = match entry.key.as_str() {
        NULL_SENDER => "the null sender".to_owned(),
        key => format!("\"{}\"", short(key)),
    };
    let message = format!(
        "\"{shown}\" in {list} permits {key} ahead of the refusal; anybody can give that {what}."
    );
    let heard = case
        .court
        .smtp()
        .find(|(heard, _)| case.court.name(heard) == case.name);
    let mut finding = case.about_table(
        &PF015,
        ahead,
        Severity::High,
        message,
        std::slice::from_ref(&entry),
    );
    if let Some((heard, _)) = heard {
        let envelope = super::verdicts::envelope(case.court, heard, Some(&forged));
        finding = finding.with_envelope(envelope);
    }
    case.keep("", finding);
}

/// PF016.
fn recipients(case: &mut Case<'_, '_, '_>, ahead: &Ahead<'_>) {
    if court::masked(case.verdict, ahead) {
        return;
    }
    let table = case.table(&ahead.statement);
    let access = Access {
        table: &table,
        parents: case.parents(),
    };
    let shown = short(ahead.statement.argument.as_deref().unwrap_or_default()).into_owned();
    let list = ahead.list.name.parameter();
    let mut lists = case.lists(&ahead.statement);
    let any = access.any_mailbox(&mut lists);
    if any.meaning == Meaning::Permit {
        drop(lists);
        let entries: Vec<Entry> = any.entry.into_iter().collect();
        let message = format!(
            "\"{shown}\" in {list} permits every recipient ahead of the refusal: everybody relays \
             to everywhere."
        );
        let finding = case.about_table(&PF016, ahead, Severity::Critical, message, &entries);
        case.keep("", finding);
        return;
    }
    let Body::Keys(_) = &table.body else {
        return;
    };
    let permitting: Vec<Entry> = table
        .entries()
        .filter(|entry| entry.key != NULL_SENDER && !entry.key.ends_with('@'))
        .filter(|entry| meaning(&entry.value, &mut lists) == Meaning::Permit)
        .cloned()
        .collect();
    drop(lists);
    let domain = |entry: &Entry| -> String {
        let key = entry.key.rsplit('@').next().unwrap_or(&entry.key);
        key.trim_start_matches('.').to_owned()
    };
    let top: Vec<Entry> = permitting
        .iter()
        .filter(|entry| !entry.key.contains('@') && domains::is_top_level(&entry.key))
        .cloned()
        .collect();
    if let Some(first) = top.first() {
        let message = format!(
            "\"{shown}\" in {list} permits recipients in \"{}\", a top-level domain, ahead of the \
             refusal.",
            short(&first.key)
        );
        let finding = case.about_table(&PF016, ahead, Severity::Critical, message, &top);
        case.keep("", finding);
        return;
    }
    let mut unsure = false;
    let foreign: Vec<Entry> = permitting
        .iter()
        .take(MOST_LOOKED_UP)
        .filter(|entry| {
            let domain = domain(entry);
            let relayed = &case.court.config.context.relay_domains;
            if domains::is_within(&domain, relayed) {
                return false;
            }
            let class = case.court.evaluator.class(case.of, Some(&domain));
            unsure |= matches!(class, Class::Unknown(_));
            matches!(class, Class::None | Class::Unknown(_))
        })
        .cloned()
        .collect();
    if let Some(first) = foreign.first() {
        let message = format!(
            "\"{shown}\" in {list} permits recipients in \"{}\" ahead of the refusal, a domain that \
             is neither local nor relayed.",
            short(&domain(first))
        );
        let mut finding = case.about_table(&PF016, ahead, Severity::Medium, message, &foreign);
        if unsure {
            finding = finding.with_confidence(Confidence::Weak);
        }
        case.keep("", finding);
    }
}

/// PF018: in any list, wherever it stands.
fn forbidden(case: &mut Case<'_, '_, '_>, seen: &mut HashSet<Seen>) {
    for list in &case.verdict.lists {
        for statement in list.statements.iter() {
            if statement.kind != Kind::Table(Asks::Forbidden) {
                continue;
            }
            let name = list.name.parameter();
            if !seen.insert((name, statement.shown(), statement.place(), false)) {
                continue;
            }
            let table = case.table(statement);
            let mut lists = case.lists(statement);
            let mut entries = table.entries();
            let permits =
                entries.find(|entry| meaning(&entry.value, &mut lists) == Meaning::Permit);
            drop(lists);
            let Some(entry) = permits.cloned() else {
                continue;
            };
            let message = format!(
                "{} may not permit, yet \"{}\" is answered with \"{}\": such clients get 451.",
                short(&statement.shown()),
                short(&entry.key),
                short(&entry.value)
            );
            let finding = case.about(&PF018, statement, message);
            let finding = case.with_entry(finding, &entry);
            case.keep(&statement.shown(), finding);
        }
    }
}
