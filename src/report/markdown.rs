//! Markdown for a comment on a pull request or a job summary: `--format markdown`.
//!
//! In: a finished report. Out: a heading that says how it ended, tables of what relays or was not decided, of
//! configurations and of logs, of findings with the worst first, and what to do about them.
//!
//! It has at most [`MOST_BYTES`]: a comment on GitHub takes 65,536 characters. What is left out is counted, in its table;
//! the least severe goes first.
//!
//! What others chose must not become a link, a picture, HTML, or call people: words with anything in them that Markdown
//! or GitHub gives a meaning to (`@`, `#`, `<`, `://`, a dot inside, ...) stand in code spans, whose fence is longer than
//! any run of backticks inside and that never meets another backtick. A bar is written out: with a backslash before it, as GFM
//! wants it in a table, it would part cells all the same where the text has a backslash there already.
//!
//! References: GitHub Flavored Markdown, sections 4.10 (tables), 6.1 (code spans), 6.9 (autolinks).

use super::Reporter;
use super::brief::summary;
use super::fit;
use super::subject::{Subject, each};
use crate::model::{Conclusion, Finding, Outcome, Reason, Report, Severity, Verdict};
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Bytes of the whole.
pub const MOST_BYTES: usize = 60_000;

/// Bytes of each part; together with the headings they are less than the whole.
const OF_SUBJECTS: usize = 15_000;
const OF_FINDINGS: usize = 25_000;
const OF_REMEDIES: usize = 15_000;

/// Characters of a name and of a message.
const OF_A_NAME: usize = 120;
const OF_A_TEXT: usize = 300;

/// The reporter. Keeps nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Markdown;

/// Rows as far as there is room.
#[derive(Debug, Default)]
struct Rows {
    text: String,
    left_out: u64,
}

impl Rows {
    /// Takes a row, if it fits.
    fn add(&mut self, row: &str, most: usize) {
        match self.text.len() + row.len() < most {
            true => self.text.push_str(row),
            false => self.left_out += 1,
        }
    }
}

impl Reporter for Markdown {
    fn finish(
        &mut self,
        report: &Report,
        outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut servers = Rows::default();
        let mut files = Rows::default();
        // By severity, the worst first: whoever has no room is the least.
        let mut found: [Rows; 5] = Default::default();
        let mut remedies = Rows::default();
        let mut told: BTreeSet<(&'static str, String)> = BTreeSet::new();
        each(report, outcomes, |subject| {
            match subject {
                Subject::Wire(outcome) => {
                    if let Some(row) = server(report, outcome) {
                        servers.add(&row, OF_SUBJECTS);
                    }
                }
                Subject::Conf(audit) => {
                    let relay = audit.relay.as_str();
                    let relay = if audit.relay.accepts() {
                        format!("**{relay}**")
                    } else {
                        relay.to_owned()
                    };
                    let row = format!(
                        "| {} | {} | {relay} |\n",
                        code(&cut(&Subject::Conf(audit).name())),
                        audit.dialect
                    );
                    files.add(&row, OF_SUBJECTS);
                }
                Subject::Log(audit) => {
                    let row = format!(
                        "| {} | {} | {} | {} | {} |\n",
                        code(&cut(&subject.name())),
                        audit.lines,
                        audit.totals.messages,
                        audit.totals.relayed_recipients,
                        audit.totals.relay_denied,
                    );
                    files.add(&row, OF_SUBJECTS);
                }
            }
            for finding in subject.findings() {
                let rank = Severity::ALL
                    .iter()
                    .rev()
                    .position(|s| *s == finding.severity);
                let rows = &mut found[rank.unwrap_or_default()];
                rows.add(&row(subject, finding), OF_FINDINGS);
                let remedy = fit::line(&finding.remedy, fit::MOST);
                if remedies.text.len() < OF_REMEDIES && told.insert((finding.rule.id, remedy)) {
                    let text = prose(&fit::line(&finding.remedy, fit::MOST));
                    remedies.add(&format!("- **{}** {text}\n", finding.rule.id), OF_REMEDIES);
                }
            }
            Ok(())
        })?;
        let mut page = format!(
            "## relaycheck: {}\n\n{}\n",
            heading(report),
            sentence(report)
        );
        table(
            &mut page,
            "Servers",
            "| server | verdict | why | coverage |\n| --- | --- | --- | --- |\n",
            &servers,
        );
        let logs = "| log | lines | messages | relayed for outsiders | relaying refused |\n| --- | --- | --- | --- | --- |\n";
        let (title, head) = match report.totals.logs {
            0 => (
                "Configurations",
                "| path | server | outcome |\n| --- | --- | --- |\n",
            ),
            _ => ("Logs", logs),
        };
        table(&mut page, title, head, &files);
        undecided(&mut page, report);
        let mut findings = Rows::default();
        for rows in &found {
            // A row at a time: the last ones that fit are of the worst that do not all fit.
            for row in rows.text.split_inclusive('\n') {
                findings.add(row, OF_FINDINGS);
            }
            findings.left_out += rows.left_out;
        }
        table(
            &mut page,
            "Findings",
            "| severity | rule | where | what |\n| --- | --- | --- | --- |\n",
            &findings,
        );
        if report.totals.suppressed > 0 {
            page.push_str(&format!(
                "\nPut aside: {}.\n",
                fit::count(report.totals.suppressed, "finding")
            ));
        }
        if !remedies.text.is_empty() {
            page.push_str("\n<details><summary>What to do</summary>\n\n");
            page.push_str(&remedies.text);
            if remedies.left_out > 0 {
                page.push_str(&format!(
                    "\nand {} more; `relaycheck explain RULE` tells each.\n",
                    remedies.left_out
                ));
            }
            page.push_str("\n</details>\n");
        }
        out.write_all(page.as_bytes())?;
        out.flush()
    }
}

/// Says in a word or two how it ended.
pub(super) fn heading(report: &Report) -> &'static str {
    match report.conclusion {
        Conclusion::Clean => "passed",
        Conclusion::Found => "failed",
        Conclusion::Undecided => "not decided",
    }
}

/// Says what there is as a sentence.
pub(super) fn sentence(report: &Report) -> String {
    format!("{}.", capital(&summary(report)))
}

/// Begins a text with a capital.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Writes a table, if it has rows, and how many it lacks.
fn table(page: &mut String, title: &str, head: &str, rows: &Rows) {
    if rows.text.is_empty() && rows.left_out == 0 {
        return;
    }
    page.push_str(&format!("\n### {title}\n\n{head}{}", rows.text));
    if rows.left_out > 0 {
        page.push_str(&format!(
            "\nand {} more that are left out here.\n",
            rows.left_out
        ));
    }
}

/// Lists what an audit of files did not decide.
fn undecided(page: &mut String, report: &Report) {
    let mut rows = Rows::default();
    for audit in &report.audits {
        for unread in &audit.unread {
            let (what, why) = (code(&cut(&unread.what)), prose(&cut(&unread.why)));
            rows.add(&format!("- not read: {what}: {why}\n"), OF_SUBJECTS / 5);
        }
    }
    for why in report.logs.iter().flat_map(|log| &log.undecided) {
        rows.add(
            &format!("- not decided: {}\n", prose(&fit::line(why, OF_A_TEXT))),
            OF_SUBJECTS / 5,
        );
    }
    if !rows.text.is_empty() {
        page.push('\n');
        page.push_str(&rows.text);
    }
    if rows.left_out > 0 {
        page.push_str(&format!("- and {} more\n", rows.left_out));
    }
}

/// Writes the row of a server that relays or was not decided.
fn server(report: &Report, outcome: &Outcome) -> Option<String> {
    let relays = outcome.verdict == Verdict::RelayAccepting;
    if !relays && !report.policy.undecided(outcome) {
        return None;
    }
    let why = match relays {
        true => {
            let through = outcome
                .forms
                .iter()
                .filter(|form| outcome.got_through(form));
            format!("{} got through", fit::count(through.count() as u64, "form"))
        }
        false => outcome.reason.map_or("", Reason::phrase).to_owned(),
    };
    let verdict = outcome.verdict.as_str();
    let coverage = outcome.coverage;
    Some(format!(
        "| {} | {} | {why} | {} of {} |\n",
        code(&cut(&Subject::Wire(outcome).name())),
        if relays {
            format!("**{verdict}**")
        } else {
            verdict.to_owned()
        },
        coverage.tested,
        coverage.planned,
    ))
}

fn row(subject: Subject<'_>, finding: &Finding) -> String {
    format!(
        "| {} | {} | {} | {} |\n",
        finding.severity.as_str(),
        finding.rule.id,
        code(&fit::line(&subject.spot(finding), OF_A_NAME)),
        prose(&fit::line(&finding.message, OF_A_TEXT)),
    )
}

/// Cuts a name to a cell.
fn cut(text: &str) -> String {
    fit::name(text, OF_A_NAME)
}

/// Writes a code span that holds the text whatever is in it.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let text = text.replace('|', "\\x7c");
    match text.trim() {
        "" => "-".to_owned(),
        _ if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) => {
            format!("{fence} {text} {fence}")
        }
        _ => format!("{fence}{text}{fence}"),
    }
}

/// Writes a sentence: what means something besides its letters stands in code spans, as does what stands in backticks.
fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('`') {
        join(&mut out, &plain(before));
        match behind.split_once('`') {
            Some((inside, behind)) => {
                join(&mut out, &code(inside));
                rest = behind;
            }
            None => {
                // One without another must not meet one of ours.
                join(&mut out, &code("`"));
                rest = behind;
            }
        }
    }
    join(&mut out, &plain(rest));
    out
}

/// Puts a piece behind others. Two code spans that touch would become something else.
fn join(out: &mut String, piece: &str) {
    if out.ends_with('`') && piece.starts_with('`') {
        out.push(' ');
    }
    out.push_str(piece);
}

/// Writes words, none of which has a backtick.
fn plain(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let behind = word.trim_start_matches(['(', '"']);
        let bare = behind.trim_end_matches(['.', ',', ';', ':', ')', '"']);
        let harmless = |c: char| c.is_alphanumeric() || "-,;()'\"=+%?[]".contains(c);
        let link = ["](", "][", "]:"].iter().any(|part| word.contains(part));
        match bare.chars().all(harmless) && !link {
            true => word.to_owned(),
            false if link => code(word),
            false => {
                let before = word.len() - behind.len();
                let after = before + bare.len();
                format!("{}{}{}", &word[..before], code(bare), &word[after..])
            }
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{sample, sample_logs};
    use proptest::prelude::*;

    #[test]
    fn says_first_how_it_ended() {
        let text = sample::write("markdown", &sample::report());
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("## relaycheck: failed"));
        assert_eq!(
            lines.nth(1),
            Some(
                "2 of 7 servers relay, 2 inconclusive, 1 unreachable, findings: 1 critical 1 low."
            )
        );
        for row in [
            "| `mail.example.com:25` | **relay-accepting** | 2 forms got through | 3 of 5 |",
            "| `192.0.2.4:25` | inconclusive | this client was turned away | 0 of 1 |",
            "| critical | RC901 | `mail.example.com:25` | The server takes mail for `<probe@example.com>` from a \
             stranger. There is no relay control at all. |",
        ] {
            assert!(text.lines().any(|line| line == row), "{row}\n{text}");
        }
        // Neither what is closed nor the silent address of a network.
        assert!(
            !text.contains("mx.example.net") && !text.contains("192.0.2.6"),
            "{text}"
        );
        assert!(
            text.contains("- **RC901** Set in `main.cf`, then run postfix reload:"),
            "{text}"
        );
        let clean = sample::write("markdown", &sample::of(vec![sample::rejecting()]));
        assert_eq!(clean, "## relaycheck: passed\n\n0 of 1 server relay.\n");
    }

    #[test]
    fn configurations_and_logs_have_tables() {
        let text = sample::write("markdown", &sample::configurations());
        for row in [
            "| `etc/postfix` | postfix | **open** |",
            "| `etc/mail/smtpd.conf` | opensmtpd | closed |",
            "| critical | PF901 | `etc/postfix/main.cf:12:27` | mynetworks holds `0.0.0.0/0`: every client is trusted. |",
            "- not read: `/etc/aliases`: not found",
            "Put aside: 2 findings.",
        ] {
            assert!(text.lines().any(|line| line == row), "{row}\n{text}");
        }
        let text = sample::write("markdown", &sample_logs::logs());
        assert!(
            text.contains("| `/var/log/mail.log.1, /var/log/mail.log` | 12345 | 1200 | 12 | 290 |"),
            "{text}"
        );
        assert!(
            text.contains("- not decided: the format of notes is not known\n"),
            "{text}"
        );
    }

    #[test]
    fn fits_a_comment_and_leaves_out_the_least() {
        let mut outcomes = vec![sample::hostile(&[b'|'; 100_000]); 500];
        outcomes.push(sample::relay());
        let text = sample::write("markdown", &sample::of(outcomes));
        assert!(text.len() <= MOST_BYTES, "{}", text.len());
        // The worst finding came last, and is there.
        assert!(text.contains("| critical | RC901 |"), "{text}");
        let shown = text
            .lines()
            .filter(|line| line.starts_with("| low | RC902"))
            .count();
        let said = format!("and {} more that are left out here.", 500 - shown);
        assert!(shown < 500 && text.contains(&said), "{shown}");
        for line in text.lines().filter(|line| line.starts_with("| low")) {
            assert_eq!(line.matches('|').count(), 5, "{line}");
        }
    }

    /// Takes code spans out, as CommonMark finds them (section 6.1): a run of backticks up to the next of the same length.
    fn bare(text: &str) -> String {
        let runs: Vec<&str> = text
            .split_inclusive(|c| c != '`')
            .flat_map(|part| {
                let ticks = part.trim_end_matches(|c| c != '`').len();
                [&part[..ticks], &part[ticks..]]
            })
            .filter(|part| !part.is_empty())
            .collect();
        let (mut out, mut at) = (String::new(), 0);
        while let Some(run) = runs.get(at) {
            let behind = &runs[at + 1..];
            match run
                .starts_with('`')
                .then(|| behind.iter().position(|other| other == run))
            {
                Some(Some(end)) => at += end + 2,
                _ => {
                    out.push_str(run);
                    at += 1;
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn nothing_that_means_something_stands_outside_of_code(
            text in "[`|\\\\<>(){}@#*_:/.!a1 \"'$&~^\\[\\]-]{0,40}",
        ) {
            let means = |c: char| "<>{}@#|\\$&~!`*_^/".contains(c);
            let written = prose(&text);
            let outside = bare(&written);
            prop_assert!(!written.contains('|'), "{written}");
            prop_assert!(!outside.contains(means) && !outside.contains("]("), "{written}");
            prop_assert!(text.trim().is_empty() || bare(&code(&text)).is_empty(), "{}", code(&text));
        }
    }

    #[test]
    fn what_others_chose_is_only_text() {
        assert_eq!(bare("a `b`` c` d `` ` `` ```e"), "a  d  ```e");
        for (text, written) in [
            (
                "plain words, all of them (yes).",
                "plain words, all of them (yes).",
            ),
            ("@octocat", "`@octocat`"),
            (
                "see https://x.example/ now.",
                "see `https://x.example/` now.",
            ),
            ("www.example.com", "`www.example.com`"),
            ("<b>", "`<b>`"),
            ("![x](y)", "`![x](y)`"),
            ("[a b](c) [d] [e]: f", "[a `b](c)` [d] `[e]:` f"),
            ("a`b``c", "a`b` `` ` ``c"),
            ("`", "`` ` ``"),
            (
                "put `x y|z` (into main.cf), \"a@b\".",
                "put `x y\\x7cz` (into `main.cf`), \"`a@b`\".",
            ),
            ("x [5 more characters]", "x [5 more characters]"),
            ("a|b", "`a\\x7cb`"),
            ("#1 *x* _y_ ~z~ $m$", "`#1` `*x*` `_y_` `~z~` `$m$`"),
        ] {
            assert_eq!(prose(text), written);
        }
        assert_eq!(code(""), "-");
        assert_eq!(code("a`b``c"), "```a`b``c```");
    }
}
