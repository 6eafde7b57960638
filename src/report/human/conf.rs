//! Text about a configuration: its outcome, its services, what is wrong, what was not read.
//!
//! In: an audit. Out: a block on a page. The outcome stands first and in words, then what listens, on demand the
//! policy row by row, then each finding with its place. Findings of severity info get a line each unless more is
//! asked for.
//!
//! Limits: services, unread files and rows of the policy are cut to what a person reads; what is cut is said.

use super::snippet::{self, render};
use super::text::{ALARM, BOLD, DOUBT, FAINT, GOOD, Ink, OURS, PLAIN, Page, wrap};
use crate::model::bytes::escape;
use crate::model::conf::{CONDITION_RULES, UNREAD_RULE};
use crate::model::{ConfAudit, Finding, Grant, Place, Relay, Severity};
use crate::report::{Options, Verbosity, again};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a table that are shown unless more is asked for.
const MOST_ROWS: usize = 24;

/// Findings of one rule that get a line each where they are told in a line.
const MOST_SAME: usize = 5;

/// Writes everything about one audit.
pub(super) fn audit(page: &mut Page, audit: &ConfAudit, options: &Options) {
    headline(page, audit);
    page.words(2, ("", PLAIN), 0, (audit.relay.text(), PLAIN));
    for note in &audit.notes {
        page.words(2, ("note: ", DOUBT), 2, (note, PLAIN));
    }
    services(page, audit, options.verbosity);
    if options.policy || options.verbosity == Verbosity::Verbose {
        policy(page, audit, options);
    }
    findings(page, audit, options);
    unread(page, audit, options.verbosity);
    suppressed(page, audit, options.verbosity);
}

/// Chooses the ink of an outcome.
pub(super) fn ink(relay: Relay) -> Ink {
    match relay {
        Relay::Open | Relay::OpenIfForged => ALARM,
        Relay::AcceptsForeign | Relay::Broken | Relay::Conditional => DOUBT,
        Relay::Closed => GOOD,
        Relay::Unreachable => FAINT,
    }
}

/// Writes an outcome as a person scans for it.
fn word(relay: Relay) -> String {
    match relay {
        Relay::Open | Relay::OpenIfForged => relay.as_str().to_uppercase(),
        _ => relay.as_str().to_owned(),
    }
}

fn headline(page: &mut Page, audit: &ConfAudit) {
    let label = format!("{:<15}  ", word(audit.relay));
    let mut facts = match &audit.version {
        Some(version) => vec![format!("{} {}", audit.dialect, escape(version))],
        None => vec![audit.dialect.to_owned()],
    };
    if audit.instances.len() > 1 {
        facts.push(format!("{} instances", audit.instances.len()));
    }
    let since = match audit.baseline {
        None => String::new(),
        Some(before) => match before.relay {
            None => "  (new)".to_owned(),
            Some(was) if was == audit.relay => "  (same)".to_owned(),
            Some(was) => format!("  (was {})", was.as_str()),
        },
    };
    let rest = match audit.relay.accepts() {
        true => BOLD,
        false => PLAIN,
    };
    let text = format!("{}{since}  [{}]", escape(&audit.path), facts.join(", "));
    page.words(0, (&label, ink(audit.relay)), label.len(), (&text, rest));
}

/// Writes what listens where, and what happens there: of very many the worst.
fn services(page: &mut Page, audit: &ConfAudit, verbosity: Verbosity) {
    let mut rows: Vec<(Relay, Vec<String>)> = Vec::new();
    let several = audit.instances.len() > 1;
    for instance in &audit.instances {
        let name = match several {
            true => instance.name.clone(),
            false => String::new(),
        };
        if instance.services.is_empty() && several {
            let row = vec![name, String::new(), String::new(), word(instance.relay)];
            rows.push((instance.relay, row));
            continue;
        }
        for service in &instance.services {
            let listen = service.listen.clone().unwrap_or_default();
            let row = vec![
                name.clone(),
                service.name.clone(),
                listen,
                word(service.relay),
            ];
            rows.push((service.relay, row));
        }
    }
    if rows.is_empty() {
        return;
    }
    page.blank();
    page.words(2, ("services:", BOLD), 0, ("", PLAIN));
    let cut = verbosity != Verbosity::Verbose && rows.len() > MOST_ROWS;
    if cut {
        // The order in which they were found matters less than which they are.
        rows.sort_by_key(|(relay, _)| *relay);
    }
    let left = rows.len().saturating_sub(MOST_ROWS);
    if cut {
        rows.truncate(MOST_ROWS);
    }
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(relay, row)| (ink(relay), row))
        .collect();
    page.table(4, &rows);
    if cut {
        more(page, left);
    }
}

/// Writes who may send to whom because of what.
fn policy(page: &mut Page, audit: &ConfAudit, options: &Options) {
    page.blank();
    if audit.grants.is_empty() {
        let said = "nobody may send anything, as far as it was read";
        page.words(2, ("policy: ", BOLD), 2, (said, PLAIN));
        return;
    }
    page.words(2, ("policy:", BOLD), 0, ("", PLAIN));
    let most = match options.verbosity {
        Verbosity::Verbose => usize::MAX,
        // It was asked for: the limit is there for inputs of thousands of files.
        Verbosity::Quiet | Verbosity::Normal => 40 * MOST_ROWS,
    };
    let with_service = audit.grants.iter().any(|grant| !grant.service.is_empty());
    let cells = |grant: &Grant| {
        let because = match &grant.because {
            Some(place) => position(place),
            None => "default".to_owned(),
        };
        let service = grant.service.clone();
        vec![
            service,
            grant.clients.clone(),
            grant.domains.clone(),
            because,
        ]
    };
    let heads = ["service", "these clients", "to these domains", "because of"];
    let mut heads: Vec<String> = heads.map(str::to_owned).to_vec();
    if !with_service {
        heads[0].clear();
    }
    let mut rows = vec![(FAINT, heads)];
    for grant in audit.grants.iter().take(most) {
        rows.extend(folded(&cells(grant), page.widest()).map(|row| (PLAIN, row)));
    }
    page.table(4, &rows);
    if audit.grants.len() > most {
        more(page, audit.grants.len() - most);
    }
}

/// Breaks a row with long cells into several, so that nothing of it is cut.
fn folded(cells: &[String], room: usize) -> impl Iterator<Item = Vec<String>> {
    let cells: Vec<Vec<String>> = cells
        .iter()
        .map(|cell| wrap(&escape(cell), room, room))
        .collect();
    let rows = cells.iter().map(Vec::len).max().unwrap_or(0);
    (0..rows).map(move |row| {
        let cell = |cell: &Vec<String>| cell.get(row).cloned().unwrap_or_default();
        cells.iter().map(cell).collect()
    })
}

/// Tells whether a finding is shown with its lines: also what a conditional outcome depends on, unless it is that
/// something was not read, which has its own list.
fn in_full(finding: &Finding, audit: &ConfAudit, verbosity: Verbosity) -> bool {
    let id = finding.rule.id;
    let decides = audit.relay == Relay::Conditional && CONDITION_RULES.contains(&id);
    match verbosity {
        Verbosity::Verbose => true,
        Verbosity::Normal => finding.severity >= Severity::Low || (decides && id != UNREAD_RULE),
        Verbosity::Quiet => finding.severity >= Severity::High,
    }
}

/// Writes the findings: the worst first, those of one severity as they were found.
fn findings(page: &mut Page, audit: &ConfAudit, options: &Options) {
    let mut all: Vec<&Finding> = audit.findings.iter().collect();
    all.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let (full, brief): (Vec<&Finding>, Vec<&Finding>) = all
        .into_iter()
        .partition(|finding| in_full(finding, audit, options.verbosity));
    for finding in &full {
        page.blank();
        let again = |envelope| again::of_envelope(envelope, audit.host.as_deref());
        let command = finding.envelope.as_ref().and_then(again);
        page.rendered(&render(finding, command.as_deref(), options));
    }
    if options.verbosity == Verbosity::Quiet || brief.is_empty() {
        return;
    }
    page.blank();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &brief {
        *counts.entry(finding.rule.id).or_default() += 1;
    }
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for finding in &brief {
        let id = finding.rule.id;
        let count = counts.get(id).copied().unwrap_or(0);
        if !told.insert(id) && count > MOST_SAME {
            continue;
        }
        let label = format!("{}[{id}]: ", finding.severity.as_str());
        let place = finding.place().map(position).unwrap_or_default();
        let text = match count > MOST_SAME {
            true => format!("{}  {count} times, first in {place}", finding.rule.title),
            false => format!("{}  {place}", snippet::title(finding)),
        };
        page.words(0, (&label, OURS), 2, (text.trim_end(), PLAIN));
    }
}

/// Writes what was not read.
fn unread(page: &mut Page, audit: &ConfAudit, verbosity: Verbosity) {
    if audit.unread.is_empty() || verbosity == Verbosity::Quiet {
        return;
    }
    page.blank();
    page.words(2, ("not read, and so not judged:", DOUBT), 0, ("", PLAIN));
    let most = match verbosity {
        Verbosity::Verbose => usize::MAX,
        Verbosity::Quiet | Verbosity::Normal => MOST_ROWS,
    };
    for unread in audit.unread.iter().take(most) {
        let text = format!("{}: {}", unread.what, unread.why);
        page.words(4, ("", PLAIN), 2, (&text, PLAIN));
    }
    if audit.unread.len() > most {
        more(page, audit.unread.len() - most);
    }
}

/// Writes what was put aside: never silently gone.
fn suppressed(page: &mut Page, audit: &ConfAudit, verbosity: Verbosity) {
    if audit.suppressed.is_empty() {
        return;
    }
    page.blank();
    let count = match audit.suppressed.len() {
        1 => "1 finding is put aside:".to_owned(),
        many => format!("{many} findings are put aside:"),
    };
    page.words(2, (&count, BOLD), 0, ("", PLAIN));
    let most = match verbosity {
        Verbosity::Verbose => usize::MAX,
        Verbosity::Quiet | Verbosity::Normal => MOST_ROWS,
    };
    for (finding, reason) in audit.suppressed.iter().take(most) {
        let label = format!("{}[{}] ", finding.severity.as_str(), finding.rule.id);
        let place = finding.place().map(position).unwrap_or_default();
        page.words(
            4,
            (&label, FAINT),
            2,
            (&format!("{place}: {reason}"), PLAIN),
        );
    }
    if audit.suppressed.len() > most {
        more(page, audit.suppressed.len() - most);
    }
}

fn more(page: &mut Page, count: usize) {
    let said = format!("{count} more, with --verbose");
    page.words(4, ("", PLAIN), 0, (&said, FAINT));
}

/// Writes a place as `file:line:column`, as far as it goes.
fn position(place: &Place) -> String {
    let file = escape(&place.file);
    match (place.line, place.column) {
        (0, _) => file,
        (line, 0) => format!("{file}:{line}"),
        (line, column) => format!("{file}:{line}:{column}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Evidence, Rule};
    use crate::report::sample;

    #[test]
    fn a_row_of_the_policy_is_not_cut() {
        let long = "senders that texthash:/etc/postfix/senders knows and nobody else at all";
        let cells = [long.to_owned(), String::new(), "main.cf:1".to_owned()];
        let rows: Vec<Vec<String>> = folded(&cells, 33).collect();
        assert_eq!(rows.len(), 3);
        let first: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
        assert_eq!(first.join(" "), long);
        assert_eq!(
            (rows[0][2].as_str(), rows[1][2].as_str()),
            ("main.cf:1", "")
        );
    }

    #[test]
    fn what_a_conditional_outcome_depends_on_is_shown_with_its_line() {
        static DEPENDS: Rule = Rule {
            id: "PF003",
            severity: Severity::Info,
            ..sample::WIDE
        };
        let mut audit = sample::closed_configuration();
        let line = sample::conf_line("main.cf", (7, 1, 5), b"check", "");
        let depends = Finding::new(&DEPENDS, "", "", "m".to_owned(), Evidence::Conf(line));
        audit.findings = vec![depends];
        for (relay, shown) in [(Relay::Conditional, true), (Relay::Closed, false)] {
            audit.relay = relay;
            let text = sample::write("human", &sample::of_audits(vec![audit.clone()]));
            assert_eq!(text.contains("7 | check"), shown, "{text}");
        }
    }

    #[test]
    fn many_notes_of_one_rule_take_one_line() {
        let told = |count: usize| {
            let mut audit = sample::closed_configuration();
            audit.findings = (0..count)
                .map(|n| {
                    let line = sample::conf_line(&format!("{n}/main.cf"), (0, 0, 0), b"", "");
                    Finding::new(
                        &sample::UNREAD,
                        "",
                        "",
                        "m".to_owned(),
                        Evidence::Conf(line),
                    )
                })
                .collect();
            let text = sample::write("human", &sample::of_audits(vec![audit]));
            let lines = text.lines().filter(|line| line.contains("info[GN002]"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(told(5).len(), 5);
        let title = sample::UNREAD.title;
        let line = format!("info[GN002]: {title}  2000 times, first in 0/main.cf");
        assert_eq!(told(2000), [line]);
    }
}
