//! The top of the page: how it ended, when, how much of what, what was not judged.
//!
//! In: the run and its totals, never the outcomes. Out: words and numbers of ours.

use super::chart::Chart;
use super::page::Tone;
use super::{conf, finding, tone};
use crate::model::{Change, Conclusion, LogTotals, Relay, Report, RunInfo, Severity, Verdict};
use crate::report::human::log::grouped;
use crate::report::human::summary::{duration, undecided};
use crate::report::{fit, markdown};
use serde::Serialize;

/// Reasons drawn; the rest are few.
const MOST_REASONS: usize = 10;

/// Links to configurations and logs.
const MOST_LINKS: usize = 12;

/// What stands above everything else.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    kind: &'static str,
    headline: String,
    conclusion: &'static str,
    tone: Tone,
    sentence: String,
    /// What there is to say besides the headline.
    lead: String,
    run: Run,
    links: Vec<Link>,
    rings: Vec<Chart>,
    charts: Vec<Chart>,
    filters: Vec<Filter>,
}

#[derive(Debug, Serialize)]
struct Run {
    version: &'static str,
    started: String,
    when: String,
    took: String,
    complete: bool,
    part: Option<String>,
    since: Option<String>,
    aside: Option<String>,
}

#[derive(Debug, Serialize)]
struct Link {
    id: String,
    text: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Open {
    label: &'static str,
    count: String,
    text: &'static str,
}

#[derive(Debug, Serialize)]
struct Filter {
    verdict: &'static str,
    label: &'static str,
    count: String,
}

/// Puts together the top of the page.
pub(super) fn of(report: &Report) -> Head {
    let totals = &report.totals;
    let sentence = markdown::sentence(report);
    let sentence = sentence.trim_end_matches('.').to_owned();
    let (headline, lead) = sentence.split_once(", ").unwrap_or((&sentence, ""));
    let (headline, lead) = (headline.to_owned(), markdown::capital(lead));
    let kind = match (totals.targets, totals.audits, totals.logs) {
        (0, 0, 0) => "report",
        (_, 0, 0) => "audit over the wire",
        (0, _, 0) => "configuration audit",
        (0, 0, _) => "log audit",
        _ => "audit",
    };
    Head {
        kind,
        headline,
        conclusion: markdown::heading(report),
        tone: match report.conclusion {
            Conclusion::Clean => Tone::Good,
            Conclusion::Found => Tone::Alarm,
            Conclusion::Undecided => Tone::Doubt,
        },
        sentence,
        lead,
        run: run(report),
        links: links(report),
        rings: rings(report),
        charts: charts(report),
        filters: filters(report),
    }
}

fn run(report: &Report) -> Run {
    let run = &report.run;
    let since = || {
        let changes = Change::ALL.iter();
        let counted = changes.map(|c| format!("{} {}", report.totals.change(*c), c.as_str()));
        counted.collect::<Vec<_>>().join(", ")
    };
    let aside = report.totals.suppressed;
    Run {
        version: run.version,
        started: fit::line(&run.started, 100),
        when: finding::when(&run.started),
        took: duration(run.elapsed),
        complete: run.complete,
        part: (run.shard != RunInfo::WHOLE).then(|| fit::line(&run.shard, 100)),
        since: (report.totals.compared() > 0).then(since),
        aside: (aside > 0).then(|| fit::count(aside, "finding")),
    }
}

fn links(report: &Report) -> Vec<Link> {
    let mut links = Vec::new();
    let mut add = |id: &str, text: &str| {
        links.push(Link {
            id: id.to_owned(),
            text: text.to_owned(),
        });
    };
    let found = Severity::ALL.iter().any(|s| report.totals.severity(*s) > 0);
    if report.totals.targets > 0 {
        add("targets", "Targets");
        if found {
            add("findings", "What to do");
        }
        if !undecided(report).is_empty() {
            add("open", "Not judged, and why");
        }
    }
    let several = report.audits.len() + report.logs.len() > 1;
    for (number, audit) in conf::in_order(report).into_iter().take(MOST_LINKS) {
        if several {
            add(&format!("c{number}"), &fit::name(&audit.path, 80));
        }
    }
    for (number, audit) in report.logs.iter().enumerate().take(MOST_LINKS) {
        if several && let Some(path) = audit.paths.first() {
            add(&format!("l{number}"), &fit::name(path, 80));
        }
    }
    links
}

fn rings(report: &Report) -> Vec<Chart> {
    let totals = &report.totals;
    let mut rings = Vec::new();
    if totals.targets > 0 {
        let verdicts = Verdict::ALL.iter();
        let counts = verdicts.map(|v| (v.as_str(), tone(*v), totals.verdict(*v)));
        rings.push(Chart::ring(("verdicts", "Verdicts", "targets"), counts));
    }
    if totals.audits > 0 {
        let relays = Relay::ALL.iter();
        let counts = relays.map(|r| (r.as_str(), of_relay(*r), totals.relay(*r)));
        let names = ("outcomes", "Outcomes", "audited");
        rings.push(Chart::ring(names, counts));
    }
    rings
}

/// Chooses the tone of an outcome of a configuration.
pub(super) fn of_relay(relay: Relay) -> Tone {
    match relay {
        Relay::Open | Relay::OpenIfForged => Tone::Alarm,
        Relay::AcceptsForeign | Relay::Broken | Relay::Conditional => Tone::Doubt,
        Relay::Closed => Tone::Good,
        Relay::Unreachable => Tone::Faint,
    }
}

fn charts(report: &Report) -> Vec<Chart> {
    let totals = &report.totals;
    let mut charts = Vec::new();
    let mut reasons: Vec<(&'static str, Tone, u64)> = Vec::new();
    for verdict in Verdict::ALL {
        for (reason, count) in totals.reasons(*verdict) {
            // The same reason stands behind several verdicts; the graver one gives it its colour.
            match reasons
                .iter_mut()
                .find(|(word, ..)| *word == reason.as_str())
            {
                Some((.., sum)) => *sum += count,
                None => reasons.push((reason.as_str(), tone(*verdict), count)),
            }
        }
    }
    reasons.sort_by_key(|(.., count)| std::cmp::Reverse(*count));
    if reasons.len() > MOST_REASONS {
        let rest = reasons.split_off(MOST_REASONS - 1);
        let rest = rest.iter().map(|(.., count)| count).sum();
        reasons.push(("other reasons", Tone::Faint, rest));
    }
    if !reasons.is_empty() {
        charts.push(Chart::bars("reasons", "Reasons", reasons));
    }
    let severities = Severity::ALL.iter().rev();
    let found = severities.map(|s| (s.as_str(), finding::tone(*s), totals.severity(*s)));
    charts.push(Chart::bars("severities", "Findings", found));
    if totals.logs > 0 {
        let sum = |of: fn(&LogTotals) -> u64| -> u64 {
            report.logs.iter().map(|log| of(&log.totals)).sum()
        };
        let counts = [
            ("relayed", Tone::Alarm, sum(|t| t.relayed_recipients)),
            ("relaying refused", Tone::Good, sum(|t| t.relay_denied)),
            (
                "other refusals",
                Tone::Faint,
                sum(|t| t.rejected.saturating_sub(t.relay_denied)),
            ),
            ("failed logins", Tone::Doubt, sum(|t| t.login_failures)),
        ];
        charts.push(Chart::bars("logged", "In the logs", counts));
    }
    charts
}

/// Lists the reasons that left something open, and what each means.
pub(super) fn open(report: &Report) -> Vec<Open> {
    let totals = &report.totals;
    let count = |reason| {
        let both = [Verdict::Inconclusive, Verdict::Unreachable];
        let of = both.iter().flat_map(|verdict| totals.reasons(*verdict));
        of.filter(|(r, _)| *r == reason).map(|(_, n)| n).sum()
    };
    let rows = undecided(report).into_iter().map(|reason| Open {
        label: reason.as_str(),
        count: grouped(count(reason)),
        text: reason.text(),
    });
    rows.collect()
}

fn filters(report: &Report) -> Vec<Filter> {
    let totals = &report.totals;
    if totals.targets == 0 {
        return Vec::new();
    }
    let mut filters = vec![Filter {
        verdict: "",
        label: "All",
        count: grouped(totals.targets),
    }];
    let there = Verdict::ALL.iter().filter(|v| totals.verdict(**v) > 0);
    filters.extend(there.map(|verdict| Filter {
        verdict: verdict.as_str(),
        label: verdict.as_str(),
        count: grouped(totals.verdict(*verdict)),
    }));
    filters
}
