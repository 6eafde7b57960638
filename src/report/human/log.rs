//! Text about logs: was mail relayed, since when, by whom, how much; who tried; whose account looks stolen; the rest.
//!
//! In: an audit. Out: a block on a page. The answer stands first and in words. Then the findings, topic by topic
//! ([`TOPICS`]), each with its span and some of its lines; then the totals, the most active, and what a reader has to
//! know.
//!
//! Times are those of the report: UTC.
//!
//! Limits: findings of one rule, lines of a finding; what is cut is said.

use super::snippet;
use super::text::{ALARM, BOLD, DOUBT, FAINT, GOOD, Ink, PLAIN, Page, cut};
use crate::model::bytes::escape;
use crate::model::{
    Evidence, Finding, LogAudit, LogLines, LogTotals, Place, Severity, TopKind, TopTable,
};
use crate::report::{Options, Verbosity};
use std::collections::HashMap;
use std::sync::Arc;

/// Findings of one rule that are shown with their lines, unless more is asked for; the others get a line each.
const MOST_SHOWN: usize = 3;

/// Findings of one rule that get a line each.
const MOST_TOLD: usize = 10;

/// Lines shown of one finding: the report of a program has all samples.
const MOST_LINES: usize = 3;

/// Characters shown of one line.
const LONGEST: usize = 300;

/// What findings are about, in the order a person wants to know. Rules that are named nowhere are about the rest.
pub(in crate::report) const TOPICS: &[(&str, &[&str])] = &[
    (
        "mail that was relayed",
        &[
            "LG001", "LG002", "LG003", "LG012", "LG050", "LG053", "LG054", "LG056",
        ],
    ),
    ("who tried to relay", &["LG010", "LG011", "LG051"]),
    (
        "accounts that look stolen, or are attacked",
        &["LG021", "LG022", "LG023", "LG024", "LG025", "LG026"],
    ),
];

/// Rules by which mail of outsiders was taken for outsiders.
pub(in crate::report) const RELAYED: &[&str] = &["LG001", "LG002"];

/// What files are called beside lines: by their last part, where that is enough to tell them apart.
struct Names<'a>(HashMap<&'a str, String>);

impl<'a> Names<'a> {
    fn of(audit: &'a LogAudit) -> Self {
        let last = |path: &'a str| path.rsplit(['/', '\\']).next().unwrap_or(path);
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for path in &audit.paths {
            *counts.entry(last(path)).or_default() += 1;
        }
        let name = |path: &'a Arc<str>| match counts.get(last(path)) {
            Some(1) => (&**path, escape(last(path))),
            _ => (&**path, escape(path)),
        };
        Self(audit.paths.iter().map(name).collect())
    }

    fn place(&self, place: &Place) -> String {
        match self.0.get(&*place.file) {
            Some(name) => format!("{name}:{}", place.line),
            None => format!("{}:{}", escape(&place.file), place.line),
        }
    }
}

/// Writes everything about one audit.
pub(super) fn audit(page: &mut Page, audit: &LogAudit, options: &Options) {
    let names = Names::of(audit);
    headline(page, audit);
    for why in &audit.undecided {
        page.words(2, ("not decided: ", DOUBT), 2, (why, PLAIN));
    }
    let mut told = Vec::new();
    for (heading, ids) in TOPICS {
        let of_topic = |finding: &&Finding| ids.contains(&finding.rule.id);
        let findings: Vec<&Finding> = audit.findings.iter().filter(of_topic).collect();
        topic(page, heading, &findings, &names, options);
        told.extend_from_slice(ids);
    }
    let of_none = |finding: &&Finding| !told.contains(&finding.rule.id);
    let findings: Vec<&Finding> = audit.findings.iter().filter(of_none).collect();
    topic(page, "besides", &findings, &names, options);
    suppressed(page, audit, options.verbosity);
    if options.verbosity == Verbosity::Quiet || audit.lines == 0 {
        return;
    }
    totals(page, audit);
    for table in &audit.tops {
        top(page, table);
    }
    for note in &audit.notes {
        page.blank();
        page.words(0, ("note: ", DOUBT), 2, (note, PLAIN));
    }
}

/// Writes the answer.
fn headline(page: &mut Page, audit: &LogAudit) {
    let relayed = |id: &'static str| audit.findings.iter().filter(move |f| f.rule.id == id);
    let count = |id| relayed(id).filter_map(|finding| finding.count).sum::<u64>();
    let sent = count("LG001");
    let taken = count("LG002");
    let (word, ink, rest) = match (sent, taken) {
        (0, 0) if audit.undecided.is_empty() && audit.lines == 0 => ("no lines", FAINT, PLAIN),
        (0, 0) if audit.undecided.is_empty() => ("not relayed", GOOD, PLAIN),
        (0, 0) => ("undecided", DOUBT, PLAIN),
        (0, _) => ("TAKEN", ALARM, BOLD),
        (_, _) => ("RELAYED", ALARM, BOLD),
    };
    let mut facts: Vec<String> = match audit.formats.is_empty() {
        true => vec!["format not known".to_owned()],
        false => audit
            .formats
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
    };
    facts.push(lines(audit.lines));
    let paths: Vec<String> = audit
        .paths
        .iter()
        .take(3)
        .map(|path| escape(path))
        .collect();
    let more = match audit.paths.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let label = format!("{word:<15}  ");
    let text = format!("{}{more}  [{}]", paths.join(", "), facts.join(", "));
    page.words(0, (&label, ink), label.len(), (&text, rest));
    let spans: Vec<&LogLines> = RELAYED
        .iter()
        .flat_map(|id| relayed(id))
        .flat_map(logged)
        .collect();
    let since = spans.iter().map(|lines| &lines.from).min();
    let until = spans.iter().map(|lines| &lines.until).max();
    let said = match (since, until, sent) {
        (Some(since), Some(until), 0) => format!(
            "Mail of outsiders was taken for outsiders, and no delivery of it is logged: {}, from {}, \
             since {}, last {}.",
            recipients(taken),
            clients(audit),
            time(since),
            time(until)
        ),
        (Some(since), Some(until), _) => {
            let besides = match taken {
                0 => String::new(),
                taken => format!(
                    " ({} more were taken and are not delivered)",
                    recipients(taken)
                ),
            };
            format!(
                "Mail of outsiders went through this server to outsiders: {}{besides}, from {}, since \
                 {}, last {}.",
                recipients(sent),
                clients(audit),
                time(since),
                time(until)
            )
        }
        _ if audit.undecided.is_empty() && audit.lines == 0 => "Nothing was logged.".to_owned(),
        _ if audit.undecided.is_empty() => {
            "No mail of an outsider was taken for an outsider.".to_owned()
        }
        _ => "Nothing relayed was seen, in what was understood.".to_owned(),
    };
    page.words(2, ("", PLAIN), 0, (&said, PLAIN));
    if let (Some(first), Some(last)) = (&audit.first, &audit.last) {
        let said = format!("{} to {}", time(first), time(last));
        page.words(2, ("logged: ", PLAIN), 2, (&said, PLAIN));
    }
}

/// Names the clients that relayed, the busiest first.
fn clients(audit: &LogAudit) -> String {
    let of_relaying = |f: &&Finding| RELAYED.contains(&f.rule.id);
    let all: Vec<&Finding> = audit.findings.iter().filter(of_relaying).collect();
    let named: Vec<String> = all.iter().take(3).map(|f| escape(&f.subject)).collect();
    match all.len().saturating_sub(3) {
        0 => named.join(", "),
        more => format!("{} and {more} other clients", named.join(", ")),
    }
}

fn recipients(count: u64) -> String {
    match count {
        1 => "1 recipient".to_owned(),
        many => format!("{} recipients", grouped(many)),
    }
}

fn lines(count: u64) -> String {
    match count {
        1 => "1 line".to_owned(),
        many => format!("{} lines", grouped(many)),
    }
}

/// Writes a number with its thousands apart.
pub(in crate::report) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a time of the report shorter: without T and fractions of a second.
pub(in crate::report) fn time(text: &str) -> String {
    let text = escape(text);
    match text.get(..19) {
        Some(day) if text.as_bytes().get(10) == Some(&b'T') => {
            format!("{} UTC", day.replacen('T', " ", 1))
        }
        _ => text,
    }
}

pub(in crate::report) fn logged(finding: &Finding) -> impl Iterator<Item = &LogLines> {
    finding.evidence().iter().filter_map(|one| match one {
        Evidence::Log(lines) => Some(lines),
        Evidence::Wire(_) | Evidence::Conf(_) => None,
    })
}

/// Tells whether a finding is told at all.
fn is_told(finding: &Finding, verbosity: Verbosity) -> bool {
    match verbosity {
        Verbosity::Quiet => finding.severity >= Severity::High,
        Verbosity::Normal | Verbosity::Verbose => true,
    }
}

/// Writes the findings of a topic.
fn topic(
    page: &mut Page,
    heading: &str,
    findings: &[&Finding],
    names: &Names<'_>,
    options: &Options,
) {
    let verbosity = options.verbosity;
    let mut told = findings.iter().filter(|f| is_told(f, verbosity)).peekable();
    if told.peek().is_none() {
        return;
    }
    page.blank();
    page.words(0, (&format!("{heading}:"), BOLD), 0, ("", PLAIN));
    let (shown, lined) = match verbosity {
        Verbosity::Verbose => (usize::MAX, usize::MAX),
        Verbosity::Quiet | Verbosity::Normal => (MOST_SHOWN, MOST_TOLD),
    };
    let mut rule = "";
    let mut count = 0;
    let mut left: u64 = 0;
    for finding in told {
        if finding.rule.id != rule {
            more(page, rule, left);
            (rule, count, left) = (finding.rule.id, 0, 0);
        }
        count += 1;
        if count <= shown && (finding.severity > Severity::Info || verbosity == Verbosity::Verbose)
        {
            in_full(page, finding, names, options.verbosity);
            // The same for all of a rule.
            if count == 1 {
                page.words(4, ("fix: ", BOLD), 2, (&finding.remedy, PLAIN));
            }
        } else if count <= lined {
            in_a_line(page, finding);
        } else {
            left += 1;
        }
    }
    more(page, rule, left);
}

fn more(page: &mut Page, rule: &str, left: u64) {
    if left > 0 {
        let said = format!("{left} more of {rule}, with --verbose");
        page.words(2, ("", PLAIN), 0, (&said, FAINT));
    }
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Critical | Severity::High => ALARM,
        Severity::Medium => DOUBT,
        Severity::Low => BOLD,
        Severity::Info => FAINT,
    }
}

/// Names a finding, and says what it is about.
fn name(page: &mut Page, finding: &Finding, behind: &str) {
    let label = format!("{}[{}]: ", finding.severity.as_str(), finding.rule.id);
    let title = format!("{}{behind}", snippet::title(finding));
    page.words(2, (&label, ink(finding.severity)), 2, (&title, BOLD));
}

fn in_a_line(page: &mut Page, finding: &Finding) {
    let count = match finding.count {
        None | Some(1) => String::new(),
        Some(count) => format!(", {} times", grouped(count)),
    };
    let span = match logged(finding).next() {
        None => String::new(),
        Some(lines) if lines.from == lines.until => format!(", {}", time(&lines.from)),
        Some(lines) => format!(", {} to {}", time(&lines.from), time(&lines.until)),
    };
    name(page, finding, &format!("{count}{span}"));
}

fn in_full(page: &mut Page, finding: &Finding, names: &Names<'_>, verbosity: Verbosity) {
    name(page, finding, "");
    page.words(4, ("", PLAIN), 0, (&finding.message, PLAIN));
    for lines in logged(finding) {
        span(page, lines, names, verbosity);
    }
}

/// Writes from when to when, where, and some lines.
fn span(page: &mut Page, lines: &LogLines, names: &Names<'_>, verbosity: Verbosity) {
    let place = |place: &Place| names.place(place);
    let said = match lines.count {
        0 | 1 => format!("{}, {}", time(&lines.from), place(&lines.first)),
        count => format!(
            "{} to {}, {} lines, {} to {}",
            time(&lines.from),
            time(&lines.until),
            grouped(count),
            place(&lines.first),
            place(&lines.last)
        ),
    };
    page.words(4, ("seen: ", BOLD), 2, (&said, PLAIN));
    let most = match verbosity {
        Verbosity::Verbose => usize::MAX,
        Verbosity::Quiet | Verbosity::Normal => MOST_LINES,
    };
    for line in lines.samples.iter().take(most) {
        let label = format!("{}: ", place(&line.place));
        let text = cut(&line.text.shown(), LONGEST);
        page.words(6, (&label, FAINT), 2, (&text, PLAIN));
    }
}

/// Writes what was put aside: never silently gone.
fn suppressed(page: &mut Page, audit: &LogAudit, verbosity: Verbosity) {
    if audit.suppressed.is_empty() {
        return;
    }
    page.blank();
    let count = match audit.suppressed.len() {
        1 => "1 finding is put aside:".to_owned(),
        many => format!("{many} findings are put aside:"),
    };
    page.words(0, (&count, BOLD), 0, ("", PLAIN));
    let most = match verbosity {
        Verbosity::Verbose => usize::MAX,
        Verbosity::Quiet | Verbosity::Normal => MOST_TOLD,
    };
    for (finding, reason) in audit.suppressed.iter().take(most) {
        let label = format!("{}[{}] ", finding.severity.as_str(), finding.rule.id);
        let text = format!("{}: {reason}", finding.subject);
        page.words(2, (&label, FAINT), 2, (&text, PLAIN));
    }
    more(
        page,
        "these",
        audit.suppressed.len().saturating_sub(most) as u64,
    );
}

/// Writes the counts.
fn totals(page: &mut Page, audit: &LogAudit) {
    let LogTotals {
        messages,
        relay_denied,
        relayed_recipients,
        received,
        delivered,
        forwarded,
        deferred,
        deferrals,
        bounced,
        rejected,
        warned,
        logins,
        login_failures,
        headless,
        unfinished,
    } = audit.totals;
    page.blank();
    page.words(0, ("totals:", BOLD), 0, ("", PLAIN));
    let row = |name: &str, count: u64, about: String| {
        (
            PLAIN,
            vec![name.to_owned(), format!("{:>9}", grouped(count)), about],
        )
    };
    let and = |count: u64, what: &str| match count {
        0 => String::new(),
        count => format!("{} {what}", grouped(count)),
    };
    let rows = vec![
        row(
            "received",
            received,
            format!("{} over the network", grouped(messages)),
        ),
        row("delivered", delivered, and(forwarded, "forwarded")),
        row("deferred", deferred, and(deferrals, "attempts")),
        row("bounced", bounced, String::new()),
        row("rejected", rejected, and(warned, "only warned of")),
        row("relay attempts refused", relay_denied, String::new()),
        row(
            "recipients relayed for outsiders",
            relayed_recipients,
            String::new(),
        ),
        row("logins", logins, and(login_failures, "failed")),
        row(
            "messages without their beginning",
            headless,
            match unfinished {
                0 => String::new(),
                count => format!("{} without their end", grouped(count)),
            },
        ),
        row(
            "lines not understood",
            audit.unparsed,
            format!("of {}", grouped(audit.lines)),
        ),
    ];
    page.table(2, &rows);
}

/// Writes a table of the most active.
fn top(page: &mut Page, table: &TopTable) {
    if table.rows.is_empty() {
        return;
    }
    let (heading, counted) = match table.kind {
        TopKind::Refused => ("most refused relay attempts:", "attempts"),
        TopKind::Accounts => ("most active accounts:", "messages"),
        TopKind::Clients => ("most active clients:", "messages"),
    };
    page.blank();
    page.words(0, (heading, BOLD), 0, ("", PLAIN));
    let head = ["", "name", counted, "first", "last"];
    let mut rows = vec![(FAINT, head.map(str::to_owned).to_vec())];
    rows.extend(table.rows.iter().map(|top| {
        let row = vec![
            top.key.printable(),
            top.name.printable(),
            grouped(top.count),
            time(&top.first),
            time(&top.last),
        ];
        (PLAIN, row)
    }));
    page.table(2, &rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::report::sample_logs::{of_logs, relayed, undecided};

    fn told(audit: LogAudit) -> String {
        sample::write("human", &of_logs(vec![audit]))
    }

    #[test]
    fn topics_name_each_rule_once() {
        let mut all: Vec<&str> = TOPICS.iter().flat_map(|(_, ids)| *ids).copied().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(RELAYED.iter().all(|id| all.contains(id)));
    }

    #[test]
    fn the_answer_stands_first() {
        let mut quiet = relayed();
        quiet.findings.clear();
        let mut taken = relayed();
        taken.findings.truncate(1);
        static TAKEN: crate::model::Rule = crate::model::Rule {
            id: "LG002",
            ..crate::report::sample::WIDE
        };
        taken.findings[0].rule = &TAKEN;
        let mut empty = undecided();
        empty.undecided.clear();
        for (audit, word, said) in [
            (
                relayed(),
                "RELAYED  ",
                "went through this server to outsiders: 12 recipients",
            ),
            (
                taken,
                "TAKEN  ",
                "no delivery of it is logged: 12 recipients",
            ),
            (quiet, "not relayed  ", "No mail of an outsider was taken"),
            (
                undecided(),
                "undecided  ",
                "not decided: the format of notes",
            ),
            (empty, "no lines  ", "Nothing was logged."),
        ] {
            let text = told(audit);
            assert!(text.starts_with(word), "{text}");
            let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(joined.contains(said), "{text}");
        }
    }

    #[test]
    fn numbers_and_times_are_easy_to_read() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(time("2026-03-02T06:01:07.25Z"), "2026-03-02 06:01:07 UTC");
        assert_eq!(time("whenever\u{1b}"), "whenever\\x1b");
    }

    #[test]
    fn files_are_called_by_their_last_part_where_that_is_enough() {
        let mut audit = relayed();
        let place = |file: &str| Place {
            file: file.into(),
            line: 7,
            column: 0,
            width: 0,
        };
        assert_eq!(
            Names::of(&audit).place(&place("/var/log/mail.log")),
            "mail.log:7"
        );
        audit.paths.push("/srv/b/mail.log".into());
        let names = Names::of(&audit);
        assert_eq!(names.place(&place("/srv/b/mail.log")), "/srv/b/mail.log:7");
        assert_eq!(names.place(&place("/var/log/mail.log.1")), "mail.log.1:7");
    }
}
