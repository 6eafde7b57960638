//! Text for people: `--format human`.
//!
//! In: outcomes as they are reached. Out: one line for each target, and below it what a person has to
//! know: for a relay the forms that got through with their exact dialogue, the findings, and the
//! command that tests just these again; for the others what weakens or is missing. The summary
//! follows at the end.
//!
//! The verdict stands first and in words, so that the text says the same without colour. Notes,
//! caveats and coverage are never left out to save lines, unless [`Verbosity::Quiet`] was asked for,
//! which leaves out whole targets.
//!
//! Silent addresses of a network or range are counted in the summary; a line each would bury the rest.
//! What a caveat means is told once.
//!
//! Deliberately has no state but how the last target was printed and which caveats were told.
//! Everything goes onto a page (`text.rs`), which escapes it.
//!
//! A configuration is told in `conf.rs`, each finding with the line that it points at (`snippet.rs`); logs in `log.rs`.
//!
//! Limits: dialogues of one target, lines of a dialogue and characters of a line are bounded; what is
//! cut is said.

mod conf;
pub(super) mod log;
pub(super) mod parts;
mod snippet;
pub(super) mod summary;
pub(super) mod text;

use super::{Options, Reporter, Verbosity, again};
use crate::model::advice::ADVICE;
use crate::model::bytes::escape;
use crate::model::{
    Caveat, Change, ConfAudit, Host, LogAudit, Named, Outcome, Report, TlsState, Verdict,
};
use std::io::{self, Write};
use text::{ALARM, BOLD, DOUBT, FAINT, GOOD, OURS, PLAIN, Page};

/// Dialogues shown of one target unless more is asked for: an open relay accepts nearly every form,
/// and one dialogue looks like the other. The other forms get a line each.
const MOST_DIALOGUES: usize = 3;

/// Lines shown of one dialogue: its beginning and its end, where the proof is.
const MOST_LINES: usize = 60;

/// The reporter.
#[derive(Debug)]
pub struct Human {
    options: Options,
    last: Shape,
    told: Vec<Caveat>,
    /// Which pieces of general advice fit what was found, in the order of their table.
    advice: Vec<bool>,
}

/// How a target was printed. Blocks are set off by an empty line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Nothing,
    Lines,
    Block,
}

impl Human {
    /// Makes a reporter for one reader.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            last: Shape::Nothing,
            told: Vec::new(),
            advice: vec![false; ADVICE.len()],
        }
    }

    fn page(&self) -> Page {
        Page::new(self.options.style, self.options.width)
    }
}

impl Reporter for Human {
    fn outcome(&mut self, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
        let relay = outcome.verdict == Verdict::RelayAccepting;
        let silent =
            outcome.verdict == Verdict::Unreachable && outcome.target.named == Named::ByRange;
        match self.options.verbosity {
            Verbosity::Quiet if !relay => return Ok(()),
            Verbosity::Normal if silent => return Ok(()),
            _ => {}
        }
        let verbosity = self.options.verbosity;
        let mut findings = outcome.findings.iter();
        let block = relay
            || findings.any(|finding| parts::in_full(outcome, finding, verbosity))
            || outcome.transcript.is_some()
            || verbosity == Verbosity::Verbose;
        let shape = if block { Shape::Block } else { Shape::Lines };
        let mut page = self.page();
        if self.last == Shape::Block || (self.last == Shape::Lines && block) {
            page.blank();
        }
        self.last = shape;
        target(&mut page, outcome, self.options.verbosity, &mut self.told);
        out.write_all(page.into_text().as_bytes())
    }

    fn audit(&mut self, audit: &ConfAudit, out: &mut dyn Write) -> io::Result<()> {
        for (fits, advice) in self.advice.iter_mut().zip(ADVICE) {
            *fits |= advice.fits(audit);
        }
        if self.options.verbosity == Verbosity::Quiet && !audit.relay.accepts() {
            return Ok(());
        }
        let mut page = self.page();
        if self.last != Shape::Nothing {
            page.blank();
        }
        self.last = Shape::Block;
        conf::audit(&mut page, audit, &self.options);
        out.write_all(page.into_text().as_bytes())
    }

    fn log(&mut self, audit: &LogAudit, out: &mut dyn Write) -> io::Result<()> {
        let mut page = self.page();
        if self.last != Shape::Nothing {
            page.blank();
        }
        self.last = Shape::Block;
        log::audit(&mut page, audit, &self.options);
        out.write_all(page.into_text().as_bytes())
    }

    fn finish(
        &mut self,
        report: &Report,
        _outcomes: &mut dyn Iterator<Item = io::Result<Outcome>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let mut page = self.page();
        if report.totals.logs > 0 {
            summary::of_logs(&mut page, report);
        } else if report.totals.audits > 0 {
            let fitting = ADVICE.iter().zip(&self.advice);
            let fitting = fitting.filter(|(_, fits)| **fits).map(|(advice, _)| advice);
            summary::of_audits(&mut page, report, self.options.verbosity, fitting);
        } else if self.options.files {
            page.words(0, ("nothing was audited", BOLD), 0, ("", PLAIN));
        } else {
            summary::write(&mut page, report, self.options.verbosity);
        }
        let text = page.into_text();
        if self.last != Shape::Nothing && !text.is_empty() {
            out.write_all(b"\n")?;
        }
        out.write_all(text.as_bytes())?;
        out.flush()
    }
}

/// Writes everything about one target.
fn target(page: &mut Page, outcome: &Outcome, verbosity: Verbosity, told: &mut Vec<Caveat>) {
    headline(page, outcome);
    if outcome.verdict == Verdict::RelayAccepting {
        let how_far = outcome.evidence.map_or("", |driven| driven.text());
        let text = format!("{} {how_far}", outcome.verdict.text());
        page.words(2, ("", PLAIN), 0, (text.trim_end(), PLAIN));
    }
    if let Some(note) = &outcome.note {
        let note = text::cut(&escape(note), text::LONGEST);
        page.words(2, ("", PLAIN), 0, (&note, PLAIN));
    }
    if let Some(retried) = &outcome.retried {
        let said = format!(
            "asked again after {}: the first time it was {}",
            summary::duration(retried.after),
            retried.first.as_str()
        );
        page.words(2, ("", PLAIN), 0, (&said, PLAIN));
    }
    let known: Vec<&str> = outcome
        .caveats
        .iter()
        .filter(|caveat| told.contains(caveat))
        .map(|caveat| caveat.as_str())
        .collect();
    for caveat in &outcome.caveats {
        if !told.contains(caveat) {
            told.push(*caveat);
            let label = format!("caveat {}: ", caveat.as_str());
            page.words(2, (&label, DOUBT), 2, (caveat.text(), PLAIN));
        }
    }
    if !known.is_empty() {
        page.words(2, ("caveat: ", DOUBT), 2, (&known.join(", "), PLAIN));
    }
    parts::coverage(page, outcome);
    if verbosity == Verbosity::Verbose {
        parts::server(page, outcome);
    }
    parts::through(page, outcome, verbosity);
    parts::findings(page, outcome, verbosity);
    if let Some(command) = again::command(outcome) {
        page.blank();
        page.words(2, ("test again:", BOLD), 0, ("", PLAIN));
        page.unbroken(4, &command, OURS);
    }
    if verbosity == Verbosity::Verbose {
        parts::forms(page, outcome);
    }
    parts::transcript(page, outcome);
}

/// Writes the line a person scans for.
fn headline(page: &mut Page, outcome: &Outcome) {
    let (word, ink, rest) = match outcome.verdict {
        Verdict::RelayAccepting => ("RELAY ACCEPTING", ALARM, BOLD),
        Verdict::Rejecting | Verdict::AuthRequired => (outcome.verdict.as_str(), GOOD, PLAIN),
        Verdict::Inconclusive => (outcome.verdict.as_str(), DOUBT, PLAIN),
        Verdict::Unreachable => (outcome.verdict.as_str(), FAINT, FAINT),
    };
    let label = format!("{word:<15}  ");
    let mut text = place(outcome);
    if let Some(reason) = outcome.reason {
        text.push_str("  ");
        text.push_str(reason.phrase());
    }
    text.push_str(&since(outcome));
    if outcome.verdict != Verdict::Unreachable {
        let facts = format!("[{}]", facts(outcome));
        let columns = [&label, &text, &facts].map(|part| part.chars().count());
        let gap = if page.fits(columns.iter().sum::<usize>() + 2) {
            "  "
        } else {
            "\n"
        };
        text.push_str(gap);
        text.push_str(&facts);
    }
    page.paragraphs(0, (&label, ink), label.len(), (&text, rest));
}

/// Names the target, and its address where that says more than the name.
fn place(outcome: &Outcome) -> String {
    let target = &outcome.target;
    let place = escape(&target.place());
    match (&target.endpoint.host, target.address) {
        (Host::Name(_), Some(address)) => format!("{place} ({address})"),
        _ => place,
    }
}

/// Says what became of the target since the older report, if there is one.
fn since(outcome: &Outcome) -> String {
    let Some(old) = outcome.baseline else {
        return String::new();
    };
    let was = old.was.filter(|was| *was != outcome.verdict);
    match (old.status, was) {
        (status, None) => format!("  ({})", status.as_str()),
        (Change::Changed, Some(was @ Verdict::RelayAccepting)) => {
            format!("  (was {}, could not be judged again)", was.as_str())
        }
        (status, Some(was)) => format!("  ({}, was {})", status.as_str(), was.as_str()),
    }
}

/// Puts together what belongs to the verdict: software, encryption, confidence, coverage.
fn facts(outcome: &Outcome) -> String {
    let mut facts: Vec<String> = Vec::new();
    facts.extend(outcome.server.software.map(str::to_owned));
    match outcome.tls {
        TlsState::None => {}
        TlsState::StartTls => facts.push("STARTTLS".to_owned()),
        TlsState::Implicit => facts.push("TLS".to_owned()),
    }
    facts.push(outcome.confidence.as_str().to_owned());
    let coverage = outcome.coverage;
    facts.push(format!("{}/{} forms", coverage.tested, coverage.planned));
    facts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Reason;
    use crate::report::{Style, sample, sample_logs};

    fn normal(outcomes: Vec<Outcome>) -> String {
        sample::write("human", &sample::of(outcomes))
    }

    fn with(verbosity: Verbosity, outcomes: Vec<Outcome>) -> String {
        let options = Options {
            verbosity,
            ..Options::default()
        };
        sample::write_with("human", &sample::of(outcomes), &options)
    }

    #[test]
    fn logs_look_as_they_should() {
        let with = |options: Options| {
            let text = sample::write_with("human", &sample_logs::logs(), &options);
            let rows = text.lines().all(|line| line == line.trim_end());
            assert!(rows, "{text}");
            text
        };
        let plain = Options::default();
        sample::snapshot("log-human", &with(plain));
        let coloured = with(Options {
            style: Style::Coloured,
            ..plain
        });
        assert!(coloured.contains("\u{1b}["));
        let quiet = with(Options {
            verbosity: Verbosity::Quiet,
            ..plain
        });
        assert!(quiet.contains("LG001") && quiet.contains("LG022"));
        assert!(
            !quiet.contains("LG010]:") && !quiet.contains("totals:"),
            "{quiet}"
        );
        let verbose = with(Options {
            verbosity: Verbosity::Verbose,
            ..plain
        });
        assert!(verbose.contains("No line for 3 hours."));
        assert!(!verbose.contains("more of LG010"));
    }

    #[test]
    fn configurations_look_as_they_should() {
        let with = |options: Options| {
            let text = sample::write_with("human", &sample::configurations(), &options);
            let rows = text.lines().all(|line| line == line.trim_end());
            assert!(rows, "{text}");
            text
        };
        let plain = Options::default();
        sample::snapshot("conf-human", &with(plain));
        let coloured = Options {
            style: Style::Coloured,
            ..plain
        };
        let text = with(coloured);
        assert!(text.contains("\u{1b}["));
        sample::snapshot("conf-coloured", &text.replace('\x1b', "ESC"));
        let quiet = with(Options {
            verbosity: Verbosity::Quiet,
            ..plain
        });
        assert!(quiet.contains("etc/postfix") && !quiet.contains("smtpd.conf"));
        let policy = with(Options {
            policy: true,
            ..plain
        });
        let row = "smtp     everybody          every domain      main.cf:12:27";
        assert!(policy.contains(row), "{policy}");
        let row = "smtp     people who log in  every domain      default";
        assert!(policy.contains(row), "{policy}");
    }

    #[test]
    fn says_that_a_target_was_asked_twice() {
        let mut outcome = sample::rejecting();
        outcome.retried = Some(crate::model::Retried {
            after: std::time::Duration::from_secs(300),
            first: crate::model::Reason::Deferred,
        });
        let text = normal(vec![outcome]);
        assert!(text.contains("asked again after 5 min 0 s"), "{text}");
        assert!(text.contains("the first time it was deferred"), "{text}");
    }

    #[test]
    fn silence_of_a_network_is_counted_and_a_caveat_told_once() {
        let mut silent = sample::unreachable();
        silent.target.named = Named::ByRange;
        let mut trusted = sample::rejecting();
        trusted.caveats = vec![Caveat::TrustedVantage];
        let outcomes = vec![silent.clone(), trusted.clone(), trusted, silent];
        let text = normal(outcomes);
        assert_eq!(text.matches("unreachable  ").count(), 1, "{text}");
        assert!(text.contains("  unreachable      2"), "{text}");
        let meaning = &Caveat::TrustedVantage.text()[..30];
        assert_eq!(text.matches(meaning).count(), 1, "{text}");
        assert!(text.contains("  caveat: trusted-vantage\n"), "{text}");
    }

    #[test]
    fn looks_as_it_should() {
        let report = sample::report();
        sample::snapshot("human", &sample::write("human", &report));
        for (name, style, verbosity, width) in [
            ("human-verbose", Style::Plain, Verbosity::Verbose, 100),
            ("human-quiet", Style::Plain, Verbosity::Quiet, 100),
            ("human-narrow", Style::Plain, Verbosity::Normal, 50),
            ("human-coloured", Style::Coloured, Verbosity::Normal, 100),
        ] {
            let options = Options {
                style,
                verbosity,
                width,
                policy: false,
                files: false,
            };
            let text = sample::write_with("human", &report, &options);
            sample::snapshot(name, &text.replace('\x1b', "ESC"));
        }
    }

    #[test]
    fn shows_of_a_relay_what_got_through_and_how_to_test_it_again() {
        let text = normal(vec![sample::relay()]);
        let mut lines = text.lines();
        let headline = lines.next().expect("a line");
        for part in [
            "RELAY ACCEPTING",
            "mail.example.com:25 (192.0.2.1)",
            "Postfix",
            "firm",
            "3/5 forms",
        ] {
            assert!(headline.contains(part), "{part}");
        }
        for line in [
            "  2 forms got through:",
            "      > MAIL FROM:<a@probe.example.org>",
            "      > RCPT TO:<probe@example.com>",
            "      > RCPT TO:<probe%example.com@mail.example.com>",
            "      < 250 2.1.5 Ok",
            "  critical[RC901]: Mail for anyone is relayed for anyone (firm)",
            "    fix: Set in main.cf, then run postfix reload:",
            "    see: RFC 2505 section 2.1, CVE-1999-0512",
            "    relaycheck --forms plain,percent-hack mail.example.com:25",
            "  coverage: 3 of 5 forms decided; 1 unclear (deferred: 1); 1 not answered",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(text.contains("caveat trusted-vantage: "));
        // The proof of the finding is the dialogue of the form: shown once.
        assert_eq!(text.matches("RCPT TO:<probe@example.com>").count(), 1);
        // One target: no table.
        assert!(!text.contains("1 target"));
    }

    #[test]
    fn says_of_a_closed_server_all_in_one_line() {
        let text = normal(vec![sample::rejecting()]);
        assert_eq!(
            text,
            "rejecting        mx.example.net:25 (192.0.2.2)  relaying was refused  \
             [Exim, firm, 1/1 forms]\n"
        );
    }

    #[test]
    fn says_why_nothing_could_be_concluded() {
        let text = normal(vec![sample::blocked()]);
        assert!(text.starts_with("inconclusive     192.0.2.4:25  this client was turned away"));
        assert!(text.contains("554 listed, see https://bl.example.org/"));
        assert!(text.contains("coverage: 0 of 1 forms decided; 1 not answered"));
        assert!(text.contains("client-blocked: The server turns this client away"));
        // Accepted forms that mean nothing are no proof of anything.
        let text = normal(vec![sample::accept_all()]);
        assert!(!text.contains("got through") && !text.contains("test again"));
    }

    #[test]
    fn sums_up_many_targets() {
        let text = sample::write("human", &sample::report());
        let summary: Vec<&str> = text
            .lines()
            .skip_while(|line| !line.starts_with("7 targets"))
            .take(7)
            .collect();
        assert_eq!(
            summary,
            [
                "7 targets in 12.3 s",
                "  relay-accepting  2",
                "  rejecting        1",
                "  auth-required    1",
                "  inconclusive     2  client-blocked 1, accept-all 1",
                "  unreachable      1  refused 1",
                "  findings: 1 critical, 1 low",
            ]
        );
        let mut stopped = sample::report();
        stopped.run.complete = false;
        assert!(sample::write("human", &stopped).contains("The run was stopped"));
        assert!(!text.contains("The run was stopped"));
    }

    #[test]
    fn quiet_shows_relays_and_the_summary_only() {
        let text = with(Verbosity::Quiet, vec![sample::rejecting(), sample::relay()]);
        assert!(text.starts_with("RELAY ACCEPTING") && text.contains("2 targets"));
        assert!(!text.contains("mx.example.net"));
        let text = with(Verbosity::Quiet, vec![sample::blocked()]);
        assert!(text.starts_with("1 target in"), "{text}");
    }

    #[test]
    fn verbose_shows_every_answer() {
        let text = with(Verbosity::Verbose, vec![sample::relay()]);
        for form in sample::relay().forms {
            let row = text.lines().filter(|line| {
                line.trim_start().starts_with(form.form) && line.contains(form.outcome.as_str())
            });
            assert_eq!(row.count(), 1, "{}", form.form);
        }
        assert!(text.contains("554 5.7.1 Relay access denied"));
        assert!(text.contains("198.51.100.7"));
        assert!(with(Verbosity::Verbose, vec![sample::blocked()]).contains("mx.example.cn 欢迎"));
    }

    #[test]
    fn tells_small_findings_of_closed_servers_in_a_line() {
        let mut closed = sample::rejecting();
        closed.findings = sample::hostile(b"x").findings;
        let line = "  low[RC902]: Bytes behind the answer to STARTTLS (firm)";
        let text = normal(vec![closed.clone()]);
        assert_eq!(text.lines().nth(1), Some(line));
        assert_eq!(text.lines().count(), 2, "{text}");
        let text = with(Verbosity::Verbose, vec![closed.clone()]);
        assert!(text.contains("fix: Update the server."), "{text}");
        closed.findings[0].severity = crate::model::Severity::Medium;
        assert!(normal(vec![closed]).contains("fix: Update the server."));
    }

    #[test]
    fn limits_the_dialogues_and_says_so() {
        let mut relay = sample::relay();
        let form = relay.forms[0].clone();
        relay.forms = vec![form; 10];
        let text = normal(vec![relay.clone()]);
        assert!(text.contains("10 forms got through:") && text.contains("7 more, "));
        assert_eq!(text.matches("> RCPT TO:").count(), MOST_DIALOGUES);
        let text = with(Verbosity::Verbose, vec![relay.clone()]);
        assert_eq!(text.matches("> RCPT TO:").count(), 10);

        relay.forms.truncate(1);
        let line = relay.forms[0].dialogue[1].clone();
        let lines = std::iter::repeat_n(line, 100);
        relay.forms[0].dialogue.splice(1..1, lines);
        let text = normal(vec![relay]);
        assert!(text.contains("[47 lines left out]"));
        assert_eq!(text.matches("> RCPT TO:").count(), 1);
    }

    #[test]
    fn lets_no_server_write_a_headline() {
        let text = with(Verbosity::Verbose, vec![sample::hostile(sample::HOSTILE)]);
        assert!(
            !text
                .lines()
                .any(|line| line.starts_with("RELAY ACCEPTING fake"))
        );
        assert_eq!(text.lines().filter(|l| l.starts_with("RELAY")).count(), 1);
        assert!(text.contains("\\x1b[2J"));
        // Evidence that is no form's dialogue is shown with its finding.
        assert!(text.contains("      < =\\x1b[2J"));
    }

    #[test]
    fn colours_are_all_that_colour_adds() {
        let coloured = Options {
            style: Style::Coloured,
            ..Options::default()
        };
        let text = sample::write_with("human", &sample::report(), &coloured);
        let codes = regex::Regex::new("\x1b\\[[0-9;]*m").expect("a pattern");
        assert_eq!(
            codes.replace_all(&text, ""),
            sample::write("human", &sample::report())
        );
        let red = text.lines().next().expect("a line");
        assert!(red.starts_with("\x1b[1m\x1b[31mRELAY ACCEPTING"), "{red:?}");
    }

    #[test]
    fn counts_the_reason_of_each_undecided_target() {
        let mut other = sample::blocked();
        other.reason = Some(Reason::Timeout);
        let text = normal(vec![sample::blocked(), other, sample::blocked()]);
        assert!(text.contains("inconclusive     3  client-blocked 2, timeout 1"));
    }
}
