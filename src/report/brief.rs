//! A report in a line: for a monitoring system, and above everything else in a comment.
//!
//! In: a finished report. Out: words and numbers of ours only; nothing that somebody else chose.

use super::fit;
use crate::model::{Change, Relay, Report, Severity, Verdict};

/// Says in a few words what there is.
pub(super) fn summary(report: &Report) -> String {
    let totals = &report.totals;
    let mut parts: Vec<String> = Vec::new();
    if totals.targets > 0 {
        let relays = totals.verdict(Verdict::RelayAccepting);
        let all = fit::count(totals.targets, "server");
        parts.push(format!("{relays} of {all} relay"));
        for verdict in [Verdict::Inconclusive, Verdict::Unreachable] {
            let count = totals.verdict(verdict);
            if count > 0 {
                parts.push(format!("{count} {}", verdict.as_str()));
            }
        }
    }
    if totals.audits > 0 {
        let (accepting, all) = (
            accepting(report),
            fit::count(totals.audits, "configuration"),
        );
        let take = if accepting == 1 { "takes" } else { "take" };
        parts.push(format!("{accepting} of {all} {take} mail of outsiders"));
        let open = totals.relay(Relay::Conditional);
        if open > 0 {
            parts.push(format!("{open} conditional"));
        }
    }
    if totals.logs > 0 {
        let relayed = report.logs.iter().map(|log| log.totals.relayed_recipients);
        let relayed: u64 = relayed.sum();
        parts.push(format!(
            "{} relayed for outsiders in the logs",
            fit::count(relayed, "recipient")
        ));
    }
    if parts.is_empty() {
        parts.push("nothing was audited".to_owned());
    }
    let found: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .filter(|severity| totals.severity(**severity) > 0)
        .map(|severity| format!("{} {}", totals.severity(*severity), severity.as_str()))
        .collect();
    if !found.is_empty() {
        parts.push(format!("findings: {}", found.join(" ")));
    }
    if !report.run.complete {
        parts.push("incomplete".to_owned());
    }
    parts.join(", ")
}

/// Says in a line what a mail is about: what relays, and what became of it since the older report. Words and numbers of
/// ours only.
pub fn subject_line(report: &Report) -> String {
    let totals = &report.totals;
    let relays = totals.verdict(Verdict::RelayAccepting);
    let mut parts: Vec<String> = Vec::new();
    if totals.targets > 0 {
        parts.push(match relays {
            0 => "no open relay".to_owned(),
            count => fit::count(count, "open relay"),
        });
        let changes = [Change::New, Change::Fixed, Change::Changed].into_iter();
        let changes = changes.filter(|change| totals.change(*change) > 0);
        parts.extend(changes.map(|c| format!("{} {}", totals.change(c), c.as_str())));
        if !report.run.complete {
            parts.push("incomplete".to_owned());
        }
        return parts.join(", ");
    }
    summary(report)
}

/// Counts the configurations that take an outsider's mail.
pub(super) fn accepting(report: &Report) -> u64 {
    let all = Relay::ALL.iter().filter(|relay| relay.accepts());
    all.map(|relay| report.totals.relay(*relay)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Baseline;
    use crate::report::{sample, sample_logs};

    #[test]
    fn the_subject_of_a_mail_says_what_relays_and_what_changed() {
        let of = |report: &sample::Sample| subject_line(&report.report());
        assert_eq!(of(&sample::of(vec![sample::rejecting()])), "no open relay");
        let mut relay = sample::relay();
        relay.baseline = Some(Baseline {
            status: Change::New,
            was: None,
            was_undecided: false,
        });
        let mut sample = sample::of(vec![relay.clone(), sample::relay(), relay]);
        assert_eq!(of(&sample), "3 open relays, 2 new");
        sample.run.complete = false;
        assert_eq!(of(&sample), "3 open relays, 2 new, incomplete");
        assert_eq!(
            of(&sample_logs::of_logs(vec![sample_logs::relayed()])),
            "12 recipients relayed for outsiders in the logs, findings: 1 critical 1 high 5 medium 1 info"
        );
    }

    #[test]
    fn says_what_was_audited_and_found() {
        let of = |report: &sample::Sample| summary(&report.report());
        assert_eq!(of(&sample::of(Vec::new())), "nothing was audited");
        assert_eq!(
            of(&sample::configurations()),
            "1 of 3 configurations takes mail of outsiders, 1 conditional, findings: 2 critical 1 info"
        );
        let mut logs = sample_logs::of_logs(vec![sample_logs::relayed()]);
        logs.run.complete = false;
        assert_eq!(
            of(&logs),
            "12 recipients relayed for outsiders in the logs, findings: 1 critical 1 high 5 medium 1 info, incomplete"
        );
    }
}
