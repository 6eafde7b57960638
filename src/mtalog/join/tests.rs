//! The journal against lines made by hand.

use super::*;
use crate::mtalog::event::{Agent, Client, Status};
use crate::mtalog::formats::{Frame, Lines};
use crate::mtalog::stamp::{Basis, Zone};
use proptest::prelude::*;

/// Takes lines of Postfix; the stamp is the time since 06:00, the host the one before the colon.
fn read(know: Know, lines: &str) -> LogAudit {
    let mut journal = Journal::new(know, Settings::default());
    take(&mut journal, lines);
    journal.finish(Input {
        paths: vec!["mail.log".into()],
        ..Input::default()
    })
}

fn take(journal: &mut Journal, lines: &str) {
    let zone = Zone::Fixed(0);
    let mut reader = Lines::new(Frame::Syslog, zone, Basis::Given(2026));
    for (number, line) in (1..).zip(lines.lines()) {
        let mut words = line.trim().splitn(4, ' ');
        let mut word = || words.next().expect("four words");
        let (minute, host, daemon, text) = (word(), word(), word(), word());
        let (days, minute) = match minute.split_once('d') {
            Some((days, minute)) => (days.parse().expect("days"), minute),
            None => (0, minute),
        };
        let minute: u32 = minute.parse().expect("minutes");
        let line = format!(
            "2026-03-{:02}T{:02}:{:02}:00Z {host} postfix/{daemon}[1]: {text}",
            2 + days,
            6 + minute / 60,
            minute % 60
        );
        let place = LineAt {
            file: 0,
            line: number,
        };
        let mut events = Vec::new();
        match reader.read(place, line.as_bytes(), &mut events) {
            crate::mtalog::formats::Line::Entry(entry, read) => {
                journal.take(&entry, read, &events);
            }
            _ => panic!("no entry: {line}"),
        }
    }
}

fn know() -> Know {
    Know::new()
        .with_domains(["example.com"])
        .with_trusted([crate::mtaconf::nets::Net::parse("192.0.2.0/24").expect("a net")])
}

/// Gives rule, subject and count of what is above info.
fn found(audit: &LogAudit) -> Vec<String> {
    let above = |finding: &&crate::model::Finding| finding.severity > crate::model::Severity::Info;
    let findings = audit.findings.iter().filter(above);
    findings
        .map(|f| format!("{} {} {}", f.rule.id, f.subject, f.count.unwrap_or(0)))
        .collect()
}

const RELAYED: &str = "0 m1 smtpd A00001: client=x[203.0.113.1]
     0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
     1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, dsn=2.0.0, status=sent (250 ok)
     1 m1 qmgr A00001: removed";

#[test]
fn a_message_of_an_outsider_is_told_with_its_journey() {
    let audit = read(know(), RELAYED);
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    let finding = &audit.findings[0];
    let crate::model::Evidence::Log(lines) = &finding.evidence()[0] else {
        panic!("no lines");
    };
    assert_eq!((lines.first.line, &*lines.first.file), (3, "mail.log"));
    assert_eq!(
        lines.samples[0].text.printable(),
        "A00001 client=x[203.0.113.1] from=s@example.org to=r@example.net \
         relay=h[198.51.100.1]:25 status=sent reply=250 ok"
    );
    assert_eq!(finding.confidence, crate::model::Confidence::Proven);
    assert_eq!(audit.first.as_deref(), Some("2026-03-02T06:00:00Z"));
    assert_eq!((audit.totals.received, audit.totals.delivered), (1, 1));
}

#[test]
fn a_delivery_before_the_arrival_is_shown_whole() {
    let audit = read(
        know(),
        "0 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, dsn=2.0.0, status=sent (250 ok)
         0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 qmgr A00001: removed",
    );
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    let crate::model::Evidence::Log(lines) = &audit.findings[0].evidence()[0] else {
        panic!("no lines");
    };
    assert_eq!(
        lines.samples[0].text.printable(),
        "A00001 client=x[203.0.113.1] from=s@example.org to=r@example.net \
         relay=h[198.51.100.1]:25 status=sent reply=250 ok"
    );
}

#[test]
fn ids_that_are_used_again_are_other_messages() {
    // After `removed`, without it, and by a sender that is another one.
    for between in ["2 m1 qmgr A00001: removed\n", ""] {
        let audit = read(
            know(),
            &format!(
                "0 m1 smtpd A00001: client=x[192.0.2.1]
                 0 m1 qmgr A00001: from=<s@example.com>, size=1, nrcpt=1 (queue active)
                 1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
                 {between}2 m1 smtpd A00001: client=x[203.0.113.1]
                 2 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
                 3 m1 lmtp A00001: to=<r@example.com>, relay=h[private/l], status=sent (250 ok)
                 3 m1 qmgr A00001: removed"
            ),
        );
        assert!(found(&audit).is_empty(), "{:?}", found(&audit));
        assert_eq!(audit.totals.messages, 2);
    }
    let audit = read(
        know(),
        "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 lmtp A00001: to=<r@example.com>, relay=h[private/l], status=deferred (451 later)
         9 m1 qmgr A00001: from=<other@example.com>, size=1, nrcpt=1 (queue active)
         9 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)",
    );
    assert!(found(&audit).is_empty(), "{:?}", found(&audit));
    assert_eq!((audit.totals.headless, audit.totals.unfinished), (1, 2));
}

#[test]
fn hosts_that_use_the_same_ids_are_apart() {
    let audit = read(
        know(),
        "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m2 smtpd A00001: client=x[192.0.2.1]
         0 m2 qmgr A00001: from=<s@example.com>, size=1, nrcpt=1 (queue active)
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m2 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         1 m1 lmtp A00001: to=<r@example.com>, relay=h[private/l], status=sent (250 ok)",
    );
    assert!(found(&audit).is_empty(), "{:?}", found(&audit));
}

#[test]
fn the_last_status_counts_and_what_is_unfinished_is_accepted_only() {
    let head = "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=2 (queue active)
         1 m1 smtp A00001: to=<a@example.net>, relay=none, status=deferred (timeout)
         1 m1 smtp A00001: to=<b@example.net>, relay=none, status=deferred (timeout)\n";
    let sent =
        "61 m1 smtp A00001: to=<a@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)";
    assert_eq!(found(&read(know(), head)), ["LG002 203.0.113.1 2"]);
    let audit = read(know(), &format!("{head}{sent}"));
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    assert_eq!((audit.totals.deferred, audit.totals.deferrals), (1, 2));
    // A queue id alone is no message.
    let audit = read(know(), "0 m1 smtpd A00001: client=x[203.0.113.1]");
    assert!(found(&audit).is_empty());
    assert_eq!(audit.totals.messages, 0);
}

/// The two passes of a message through a scanner, whose second has no first client in its own lines.
fn scanned(first_client: &str, login: &str, to: &str, orig: &str) -> String {
    format!(
        "0 m1 smtpd A00001: client={first_client}{login}
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtpd B00001: client=localhost[127.0.0.1]
         1 m1 qmgr B00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtp B00001: to=<{to}>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         1 m1 qmgr B00001: removed
         1 m1 smtp A00001: to=<{to}>{orig}, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 ok: queued as B00001)
         1 m1 qmgr A00001: removed"
    )
}

#[test]
fn both_passes_through_a_scanner_are_one_message() {
    let outside = "x[203.0.113.1]";
    for (lines, expected) in [
        (
            scanned(outside, "", "r@example.net", ""),
            &["LG001 203.0.113.1 1"][..],
        ),
        (scanned("x[192.0.2.1]", "", "r@example.net", ""), &[]),
        (
            scanned(
                outside,
                ", sasl_method=PLAIN, sasl_username=u",
                "r@example.net",
                "",
            ),
            &[],
        ),
        // The alias was expanded before the scanner.
        (
            scanned(outside, "", "r@example.net", ", orig_to=<a@example.com>"),
            &[],
        ),
    ] {
        let audit = read(know(), &lines);
        assert_eq!(found(&audit), expected, "{lines}");
        assert_eq!(audit.totals.messages, 1);
        assert_eq!(audit.totals.received, 2);
    }
    // The first client may be told in the second pass, of a first that is not in the log.
    let audit = read(
        know(),
        "1 m1 smtpd B00001: client=localhost[127.0.0.1], orig_queue_id=A00001, orig_client=x[203.0.113.1]
         1 m1 qmgr B00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtp B00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)",
    );
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
}

#[test]
fn the_line_about_the_first_pass_may_come_before_the_second() {
    let audit = read(
        know(),
        "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtp A00001: to=<r@example.net>, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 ok: queued as B00001)
         1 m1 qmgr A00001: removed
         1 m1 smtpd B00001: client=localhost[127.0.0.1]
         1 m1 qmgr B00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         2 m1 smtp B00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         2 m1 qmgr B00001: removed",
    );
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    assert_eq!(audit.totals.messages, 1);
}

#[test]
fn a_scanner_that_gives_nothing_back_is_a_host_like_any_other() {
    let audit = read(
        know(),
        "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtp A00001: to=<r@example.net>, relay=127.0.0.1[127.0.0.1]:10024, status=sent (250 ok: queued as B00001)
         1 m1 qmgr A00001: removed",
    );
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
}

#[test]
fn what_has_no_client_is_nobodys() {
    let audit = read(
        know(),
        "0 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         2 m1 smtp A00002: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         3 m1 pickup A00003: uid=0 from=<list-bounce@example.com>
         3 m1 qmgr A00003: from=<list-bounce@example.com>, size=1, nrcpt=1 (queue active)
         3 m1 smtp A00003: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)",
    );
    assert!(found(&audit).is_empty(), "{:?}", found(&audit));
    assert_eq!((audit.totals.messages, audit.totals.headless), (0, 2));
}

#[test]
fn verifications_and_double_bounces_do_not_count() {
    let audit = read(
        know(),
        "0 m1 smtpd A00001: client=x[203.0.113.1]
         0 m1 qmgr A00001: from=<double-bounce@mail.example.com>, size=1, nrcpt=1 (queue active)
         1 m1 smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         2 m1 qmgr A00002: from=<s@example.org>, size=1, nrcpt=1 (queue active)
         2 m1 smtp A00002: to=<r@example.net>, relay=h[198.51.100.1]:25, status=deliverable (250 ok)",
    );
    assert!(found(&audit).is_empty(), "{:?}", found(&audit));
    assert_eq!(audit.totals.delivered, 1);
}

#[test]
fn a_login_in_between_ends_the_chain_from_refusal_to_relaying() {
    let refused = "0 m1 smtpd NOQUEUE: reject: RCPT from x[203.0.113.1]: 554 5.7.1 <r@example.net>: Relay access denied; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<h>\n";
    let login = "1 m1 smtpd C00001: client=x[203.0.113.1], sasl_method=PLAIN, sasl_username=u\n";
    let both = read(
        know(),
        &[refused, &RELAYED.replace("0 m1", "2 m1")].concat(),
    );
    assert_eq!(found(&both), ["LG001 203.0.113.1 1", "LG012 203.0.113.1 1"]);
    assert_eq!(both.findings[1].evidence().len(), 2);
    let audit = read(
        know(),
        &[refused, login, &RELAYED.replace("0 m1", "2 m1")].concat(),
    );
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    let late = RELAYED
        .replace("0 m1", "1d1 m1")
        .replace("1 m1 ", "1d1 m1 ");
    let late = late.replace("1d1d1", "1d1");
    let audit = read(know(), &[refused, &late].concat());
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
}

#[test]
fn own_domains_are_inferred_and_said() {
    let lines = "0 mail.example.com smtpd A00001: client=x[203.0.113.1]
         0 mail.example.com qmgr A00001: from=<s@example.org>, size=1, nrcpt=3 (queue active)
         1 mail.example.com smtp A00001: to=<r@example.net>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         1 mail.example.com smtp A00001: to=<r@later.example>, relay=h[198.51.100.1]:25, status=sent (250 ok)
         1 mail.example.com lmtp A00001: to=<u@example.com>, relay=h[private/l], status=sent (250 ok)
         1 mail.example.com qmgr A00001: removed
         9 mail.example.com lmtp A00002: to=<u@later.example>, relay=h[private/l], status=sent (250 ok)";
    let audit = read(Know::new(), lines);
    assert_eq!(found(&audit), ["LG001 203.0.113.1 1"]);
    assert_eq!(audit.totals.relayed_recipients, 1);
    assert_eq!(audit.findings[0].confidence, crate::model::Confidence::Firm);
    assert!(
        audit.notes[0].contains("example.com, later.example. What"),
        "{:?}",
        audit.notes
    );
    assert!(read(know(), lines).notes.is_empty());
}

#[test]
fn a_line_that_came_again_counts_again() {
    let refused = "NOQUEUE: reject: RCPT from x[203.0.113.1]: 554 5.7.1 <r@example.net>: Relay access denied; from=<s@example.org> to=<r@example.net> proto=ESMTP helo=<h>";
    let mut journal = Journal::new(know(), Settings::default());
    take(&mut journal, &format!("0 m1 smtpd {refused}"));
    let entry = Entry {
        at: journal.now,
        place: LineAt { file: 0, line: 2 },
        host: b"m1",
        program: b"",
        pid: None,
        text: b"last message repeated 9 times",
    };
    journal.take(&entry, Read::Known, &[Event::Repeated { times: 8 }]);
    journal.take(&entry, Read::Known, &[Event::Repeated { times: 1 }]);
    // A line that cannot come again is in between.
    take(&mut journal, "0 m1 qmgr A00001: removed");
    journal.take(&entry, Read::Known, &[Event::Repeated { times: 5 }]);
    let audit = journal.finish(Input::default());
    assert_eq!(audit.totals.relay_denied, 10);
    assert_eq!(found(&audit), ["LG010 203.0.113.1 10"]);
}

#[test]
fn what_is_forgotten_for_a_day_is_counted_and_one_wrong_clock_forgets_nothing() {
    let mut journal = Journal::new(know(), Settings::default());
    take(&mut journal, "0 m1 smtpd A00001: client=x[203.0.113.1]");
    take(&mut journal, "25d0 m1 smtpd A00002: client=x[203.0.113.1]");
    take(
        &mut journal,
        "1 m1 qmgr A00001: from=<s@example.org>, size=1, nrcpt=1 (queue active)",
    );
    assert_eq!(journal.store.len(), 2);
    take(&mut journal, "2d0 m1 smtpd A00003: client=x[203.0.113.1]");
    take(&mut journal, "2d1 m1 smtpd A00004: client=x[203.0.113.1]");
    assert_eq!(journal.totals.unfinished, 1);
    assert_eq!(journal.totals.messages, 1);
}

#[test]
fn memory_is_bounded_whatever_is_never_ended() {
    let mut journal = Journal::new(know(), Settings::default());
    for number in 0..(MOST_JOURNEYS + 5000) as u32 {
        let id = format!("{:06X}", 0x10_0000 + number);
        let entry = Entry {
            at: Stamp(i64::from(number)),
            place: LineAt {
                file: 0,
                line: u64::from(number),
            },
            host: b"m1",
            program: b"",
            pid: None,
            text: b"",
        };
        let event = Event::Recipient {
            id: id.as_bytes(),
            address: b"r@example.net",
        };
        journal.take(&entry, Read::Known, &[event]);
    }
    assert!(journal.store.len() <= MOST_JOURNEYS + 1);
    assert!(journal.totals.unfinished >= 4999);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_order_of_lines_breaks_it(order in proptest::collection::vec((0_usize..14, 0_i64..3000, 0_u8..3), 0..120)) {
        let texts: [&[u8]; 4] = [b"A1", b"A2", b"A3", b"A4"];
        let client = |n: u8| Client {
            address: [None, "127.0.0.1".parse().ok(), "203.0.113.1".parse().ok()][usize::from(n)],
            name: b"",
        };
        let mut journal = Journal::new(Know::new(), Settings::default());
        for (kind, minute, n) in order {
            let id = texts[kind % 3];
            let child = texts[(kind + usize::from(n)) % 4];
            let status = [Status::Sent, Status::Deferred, Status::Expired][usize::from(n)];
            let delivery = |agent, to| Event::Delivery {
                id, to, original: b"", expanded: false, agent, hop: b"", status, reply: b"",
            };
            let link = |link| Event::Linked { id, child, link };
            let events = match kind {
                0 | 1 => vec![Event::Arrived { id, client: Some(client(n)), helo: b"", account: b"", before: b"" }],
                2 => vec![Event::Arrived { id, client: Some(client(n)), helo: b"", account: b"u", before: child }],
                3 | 4 => vec![Event::Accepted { id, sender: texts[usize::from(n)], recipients: None, size: None }],
                5 => vec![Event::Recipient { id, address: b"r@example.net" }],
                6 => vec![delivery(Agent::Filter, b"r@example.net"), link(Link::Requeued)],
                7 => vec![delivery(Agent::Remote, b"r@example.net")],
                8 => vec![delivery(Agent::Local, b"r@example.com"), link(Link::Forwarded)],
                9 => vec![link(Link::Notified)],
                10 => vec![delivery(Agent::Nobody, b"")],
                11 => vec![Event::Ended { id }],
                12 => vec![Event::Login { client: client(n), account: b"u", success: n > 1 }],
                _ => vec![Event::Repeated { times: 3 }],
            };
            let entry = Entry {
                at: Stamp(minute * Stamp::MINUTE),
                place: LineAt::default(),
                host: b"m",
                program: b"",
                pid: None,
                text: b"text",
            };
            journal.take(&entry, Read::Known, &events);
        }
        let live = journal.store.len();
        let audit = journal.finish(Input::default());
        prop_assert!(live <= 4);
        prop_assert!(audit.totals.relayed_recipients <= audit.totals.delivered);
    }
}
