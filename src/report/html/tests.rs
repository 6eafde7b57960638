//! Facts of the page, read by a parser of HTML as browsers have it.

use super::page::{SCRIPT, SCRIPT_DIGEST, STYLE, STYLE_DIGEST, escape};
use super::*;
use crate::model::{
    Baseline, Change, Endpoint, Finding, Host, Named, Origin, Place, Reason, Target, TlsUse,
};
use crate::report::{sample, sample_logs};
use base64::Engine;
use scraper::{ElementRef, Html as Parsed, Selector};
use sha2::{Digest, Sha256};
use std::sync::Arc;

fn parse(text: &str) -> Parsed {
    let parsed = Parsed::parse_document(text);
    assert_eq!(parsed.errors, [""; 0], "{text}");
    parsed
}

fn all<'a>(page: &'a Parsed, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).collect()
}

/// Gives the texts of elements, blanks folded.
fn texts(page: &Parsed, selector: &str) -> Vec<String> {
    all(page, selector).into_iter().map(text).collect()
}

fn text(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn attributes(page: &Parsed, selector: &str, name: &str) -> Vec<String> {
    let all = all(page, selector);
    let of = |element: ElementRef<'_>| element.value().attr(name).expect("it").to_owned();
    all.into_iter().map(of).collect()
}

#[test]
fn the_policy_lets_the_style_and_the_script_through_and_nothing_else() {
    let digest = |text: &str| {
        let digest = Sha256::digest(text.as_bytes());
        base64::engine::general_purpose::STANDARD.encode(digest)
    };
    assert_eq!(STYLE_DIGEST, digest(STYLE), "put it into page.rs");
    assert_eq!(SCRIPT_DIGEST, digest(SCRIPT), "put it into page.rs");
    let page = parse(&sample::write("html", &sample::report()));
    let policy = attributes(&page, "meta[http-equiv]", "content").join("");
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; \
             script-src 'sha256-{SCRIPT_DIGEST}'; base-uri 'none'; form-action 'none'"
        )
    );
    // As browsers see them, byte by byte.
    let inside = |name: &str| -> Vec<String> {
        let all = all(&page, name);
        all.into_iter().map(|one| one.text().collect()).collect()
    };
    assert_eq!(inside("style"), [STYLE]);
    assert_eq!(inside("script"), [SCRIPT]);
    // Nothing that a browser would fetch, run or send.
    let reaching =
        "[src], [style], link, iframe, object, embed, form, base, img, a:not([href^='#'])";
    assert!(all(&page, reaching).is_empty());
    for element in all(&page, "*") {
        let names = element.value().attrs().map(|(name, _)| name);
        assert!(!names.into_iter().any(|name| name.starts_with("on")));
    }
}

#[test]
fn servers_stand_in_the_order_of_their_need() {
    let page = parse(&sample::write("html", &sample::report()));
    assert_eq!(
        attributes(&page, "tbody.host", "data-verdict"),
        [
            "relay-accepting",
            "relay-accepting",
            "auth-required",
            "inconclusive",
            "inconclusive",
            "rejecting",
            "unreachable",
        ]
    );
    assert_eq!(
        texts(&page, "tbody.host:first-of-type > tr:first-child > td"),
        [
            "mail.example.com:25192.0.2.1",
            "relay-accepting",
            "2 forms got through",
            "Postfix",
            "3 of 5"
        ]
    );
    assert_eq!(texts(&page, "h1"), ["2 of 7 servers relay failed"]);
    assert_eq!(
        texts(&page, ".controls button"),
        [
            "All 7",
            "relay-accepting 2",
            "rejecting 1",
            "auth-required 1",
            "inconclusive 2",
            "unreachable 1",
        ]
    );
    // Without the script the filter would do nothing.
    assert_eq!(all(&page, ".controls[hidden]").len(), 1);
    // The silent address of a network has nothing to unfold.
    assert_eq!(all(&page, "tbody.host").len(), 7);
    assert_eq!(all(&page, "tbody.host > tr.more > td > details").len(), 6);
    assert!(all(&page, "details[open]").is_empty());
}

#[test]
fn a_relay_is_told_with_its_dialogue_and_its_remedy() {
    let page = parse(&sample::write("html", &sample::of(vec![sample::relay()])));
    // One target is unfolded.
    assert_eq!(all(&page, "tr.more > td > details[open]").len(), 1);
    let dialogues = texts(&page, "tr.more pre");
    assert!(
        dialogues[0].starts_with("> EHLO probe.example.org < 250"),
        "{dialogues:?}"
    );
    assert!(dialogues[0].ends_with("> RCPT TO:<probe@example.com> < 250 2.1.5 Ok"));
    assert_eq!(
        dialogues.last().map(|last| &**last),
        Some("relaycheck --forms plain,percent-hack mail.example.com:25")
    );
    // The dialogue of the finding is that of the form, and told once.
    assert!(texts(&page, ".finding pre").is_empty());
    let remedy = sample::OPEN.remedy_for(Some("Postfix"));
    let remedy = remedy.replace('\n', "");
    assert_eq!(texts(&page, ".finding .fix"), [format!("Fix: {remedy}")]);
    assert_eq!(all(&page, ".finding .fix br").len(), 1);
    let notes = texts(&page, "tr.more .plain li");
    assert_eq!(notes[0], "The recipient was accepted; no message was sent.");
    assert!(notes[1].starts_with("trusted-vantage: "), "{notes:?}");
    assert_eq!(
        notes[2],
        "coverage: 3 of 5 forms decided; 1 unclear (deferred: 1); 1 not answered"
    );
    let facts = texts(&page, "tr.more dl.facts dd");
    assert_eq!(facts[0], "mail.example.com ESMTP Postfix (Debian/GNU)");
    assert!(facts.contains(&"198.51.100.7".to_owned()), "{facts:?}");
    let forms = texts(&page, "details details tbody tr");
    assert_eq!(forms.len(), 5);
    assert_eq!(
        forms[1],
        "null-senderrejectedrelay-denied554 5.7.1 Relay access denied"
    );
    // The rule, with a link to the row.
    assert_eq!(
        texts(&page, "#findings h2:not(:first-child)"),
        [sample::OPEN.title]
    );
    let links = attributes(&page, "#findings a", "href");
    assert_eq!(links, ["#t0"]);
    assert_eq!(all(&page, "tbody#t0").len(), 1);
}

#[test]
fn charts_say_in_words_what_they_draw() {
    let page = parse(&sample::write("html", &sample::report()));
    let ring = "svg.ring[role=img][aria-labelledby='verdicts-t verdicts-d']";
    assert_eq!(all(&page, ring).len(), 1);
    assert_eq!(
        texts(&page, "#verdicts-d"),
        ["relay-accepting 2, rejecting 1, auth-required 1, inconclusive 2, unreachable 1"]
    );
    assert_eq!(
        texts(&page, ".legend li"),
        [
            "relay-accepting2",
            "rejecting1",
            "auth-required1",
            "inconclusive2",
            "unreachable1"
        ]
    );
    let shares = attributes(&page, ".ring circle:not(.track)", "stroke-dasharray");
    assert_eq!(
        shares,
        ["285 1000", "142 1000", "142 1000", "285 1000", "142 1000"]
    );
    let begins = attributes(&page, ".ring circle:not(.track)", "stroke-dashoffset");
    assert_eq!(begins, ["0", "-285", "-427", "-569", "-854"]);
    // Every bar has a row with its number.
    for chart in ["reasons", "severities"] {
        let bars = all(&page, &format!(".{chart} rect:not(.track)")).len();
        assert_eq!(all(&page, &format!(".{chart} td.n")).len(), bars);
        assert_eq!(
            all(&page, &format!(".{chart} td[rowspan='{bars}']")).len(),
            1
        );
    }
    // The drawing, with what it says, stands in the first row.
    assert_eq!(
        texts(&page, ".severities tr"),
        [
            "criticalFindingscritical 1, low 11",
            "high0",
            "medium0",
            "low1",
            "info0"
        ]
    );
}

#[test]
fn what_was_not_judged_is_told_with_the_reason() {
    let page = parse(&sample::write("html", &sample::report()));
    assert_eq!(
        texts(&page, "#open dt"),
        ["client-blocked 1", "accept-all 1", "refused 1"]
    );
    assert_eq!(texts(&page, "#open dd")[2], Reason::Refused.text());
    let mut unfinished = sample::of(vec![sample::rejecting()]);
    unfinished.run.complete = false;
    unfinished.run.shard = "2/8".to_owned();
    let page = parse(&sample::write("html", &unfinished));
    assert!(all(&page, "#open").is_empty());
    let meta = texts(&page, ".meta").join("");
    assert!(meta.contains("not complete: "), "{meta}");
    assert!(meta.contains("Part 2/8"), "{meta}");
    assert!(meta.contains("Began 2026-11-24 08:00:00 UTC"), "{meta}");
    let page = parse(&sample::write("html", &sample::of(Vec::new())));
    assert!(texts(&page, "h1")[0].starts_with("Nothing was audited"));
}

#[test]
fn news_are_told() {
    let mut relay = sample::relay();
    relay.baseline = Some(Baseline {
        status: Change::New,
        was: Some(Verdict::Rejecting),
        was_undecided: false,
    });
    let page = parse(&sample::write("html", &sample::of(vec![relay])));
    assert_eq!(
        texts(&page, "tbody.host td:nth-child(2) .also"),
        ["new, was rejecting"]
    );
    let meta = texts(&page, ".meta").join("");
    assert!(
        meta.contains("Since the baseline 1 new, 0 same, 0 fixed, 0 changed"),
        "{meta}"
    );
}

#[test]
fn findings_of_a_configuration_show_their_lines() {
    let page = parse(&sample::write("html", &sample::configurations()));
    assert_eq!(
        texts(&page, "h1"),
        ["1 of 3 configurations takes mail of outsiders failed"]
    );
    // The worst first.
    let ids = attributes(&page, "section[id^=c]", "id");
    assert_eq!(ids[0], "c0");
    assert_eq!(ids.last().map(|id| &**id), Some("c1"));
    let first = texts(&page, "#c0 .finding:nth-of-type(1) pre");
    assert_eq!(
        first,
        [
            "etc/postfix/main.cf:12:27 mynetworks = 127.0.0.0/8, 0.0.0.0/0",
            "etc/postfix/master.cf:9 uses it (by way of master.cf:9 (-o mynetworks=$all)) \
             smtp inet n - y - - smtpd",
            "relaycheck mail.example.com:25 --forms plain --rcpt relaycheck@example.com",
        ]
    );
    assert_eq!(texts(&page, "#c0 .hit"), ["0.0.0.0/0"]);
    let aside = texts(&page, "#c0 h4 + ul.small li");
    assert_eq!(
        aside,
        ["info GN002 etc/postfix/main.cf: aliases lie elsewhere"]
    );
    let services = texts(&page, "#c0 h4 + .scroll tbody tr");
    assert_eq!(
        services,
        [
            "postfixsmtp0.0.0.0:25open",
            "postfixsubmission0.0.0.0:587closed"
        ]
    );
    assert_eq!(texts(&page, "#c1 p.small"), ["No finding."]);
}

#[test]
fn a_line_is_marked_only_where_its_columns_are_those_shown() {
    let line = |text: &[u8], place: (u32, u32, u32)| {
        let conf = sample::conf_line("main.cf", place, text, "");
        finding::line(&conf, String::new())
    };
    let parts = |line: &finding::Line| serde_json::to_value(line).expect("JSON");
    let marked = parts(&line("ä = b c".as_bytes(), (1, 5, 1)));
    assert_eq!(
        [&marked["before"], &marked["hit"], &marked["after"]],
        ["ä = ", "b", " c"]
    );
    for (text, place) in [
        (&b"\ta = b"[..], (1, 6, 1)),
        (b"a = b", (1, 0, 0)),
        (b"a = b", (1, 5, 4)),
        (b"a = b", (1, u32::MAX, u32::MAX)),
    ] {
        assert_eq!(parts(&line(text, place))["hit"], "", "{place:?}");
    }
}

#[test]
fn logs_tell_who_relayed_and_who_tried() {
    let page = parse(&sample::write("html", &sample_logs::logs()));
    assert_eq!(
        texts(&page, "#l0 > .card:first-child tbody td"),
        [
            "203.0.113.7",
            "12",
            "2026-03-02 06:01:07",
            "2026-03-02 09:12:45",
            "LG001"
        ]
    );
    let headings = texts(&page, "#l0 > .card > h2");
    assert_eq!(
        headings,
        [
            "Mail that was relayed",
            "Who tried to relay",
            "Accounts that look stolen, or are attacked",
            "Besides"
        ]
    );
    let spots = texts(&page, "#l0 .finding .where");
    assert_eq!(spots[0], "203.0.113.7");
    assert!(spots.contains(&"jo@example.com".to_owned()), "{spots:?}");
    let samples = texts(&page, "#l0 .finding pre");
    assert_eq!(
        samples[0],
        "/var/log/mail.log:120 4bnr client=unknown[203.0.113.7] from=a@example.net \
         to=b@example.org status=sent /var/log/mail.log:957 4bnr client=unknown[203.0.113.7] \
         from=a@example.net to=b@example.org status=sent"
    );
    let totals = texts(&page, "#l0 .wide .card:first-child tr");
    assert_eq!(totals[0], "Received1,2341,200 over the network");
    assert_eq!(texts(&page, "#l1 .pill.doubt")[0], "undecided");
}

#[test]
fn a_network_has_its_rows_and_what_is_beyond_is_counted() {
    let silent = |number: u64| {
        let bytes = u32::try_from(number).expect("small").to_be_bytes();
        let address = [10, bytes[1], bytes[2], bytes[3]].into();
        let target = Target {
            written: Arc::from("10.0.0.0/8"),
            origin: Origin::Argument(1),
            endpoint: Endpoint {
                host: Host::Address(address),
                port: 25,
                tls: TlsUse::Opportunistic,
            },
            address: Some(address),
            named: Named::ByRange,
            local_domains: Vec::new(),
        };
        Outcome {
            place: (number, 0),
            target,
            ..sample::unreachable()
        }
    };
    let count = MOST_ROWS as u64 + 7;
    let mut whole = sample::of(vec![silent(0), sample::relay()]);
    for number in 1..count {
        whole.totals.add(&silent(number));
    }
    let relay = std::iter::once_with(sample::relay);
    let mut outcomes = (0..count).map(silent).chain(relay).map(Ok);
    let mut out = Vec::new();
    Html.finish(&whole.report(), &mut outcomes, &mut out)
        .expect("room");
    let text = String::from_utf8(out).expect("UTF-8");
    assert_eq!(text.matches("<tbody class=\"host").count(), MOST_ROWS + 1);
    // The last of all stands first: it is a relay.
    let first = text.find("<tbody class=\"host").expect("a row");
    assert!(text[first..].starts_with(&format!("<tbody class=\"host opens\" id=\"t{count}\"")));
    assert!(text.contains("and 7 more targets, none of them a relay."));
    assert!(text.contains("relay-accepting <b>1</b>"));
    assert!(text.len() < 40 << 20, "{} bytes", text.len());
}

#[test]
fn details_are_left_out_where_there_is_no_room_and_that_is_said() {
    let report = sample::of(vec![sample::relay()]);
    let row = host::of(
        &report.report(),
        &sample::relay(),
        "t0".to_owned(),
        host::Room::None,
    );
    assert!(!row.unfolds());
    let row = serde_json::to_value(&row).expect("JSON");
    assert_eq!(row["short"], "critical RC901. The other formats tell more.");
}

#[test]
fn every_value_is_only_text() {
    for (given, written) in [
        ("plain", "plain"),
        (
            "</script><b a=\"'x'\">&amp;",
            "&lt;/script&gt;&lt;b a=&quot;&#39;x&#39;&quot;&gt;&amp;amp;",
        ),
        ("]]>", "]]&gt;"),
        ("\0\x1b\r\n", "\\x00\\x1b\\x0d\\x0a"),
        ("\u{202e}\u{feff}", "\\u{202e}\\u{feff}"),
        ("\u{ffff}\u{1fffe}", "\\u{ffff}\\u{1fffe}"),
        ("{{ 7 * 7 }}{% if %}", "{{ 7 * 7 }}{% if %}"),
    ] {
        assert_eq!(escape(given), written);
    }
    let bytes =
        b"</style></script><script>x</script>{{ csp }}<svg onload=x>\" onclick='x' \xe2\x80\xae\0";
    let reports = [
        sample::of(vec![sample::hostile(bytes)]),
        sample::of_audits(vec![sample::hostile_configuration(bytes)]),
        sample_logs::of_logs(vec![sample_logs::hostile(bytes)]),
    ];
    for report in &reports {
        let text = sample::write("html", report);
        assert!(text.contains("&lt;/style&gt;&lt;/script&gt;"));
        assert!(text.contains("{{ csp }}"));
        let page = parse(&text);
        assert_eq!(
            (all(&page, "script").len(), all(&page, "style").len()),
            (1, 1)
        );
        assert!(all(&page, "[onload], [onclick]").is_empty());
    }
}

#[test]
fn a_megabyte_in_a_line_is_cut() {
    let bytes = vec![b'A'; 1 << 20];
    let mut log = sample_logs::hostile(&bytes);
    let place = Place {
        file: "A".repeat(1 << 20).into(),
        line: 1,
        column: 1,
        width: 1 << 20,
    };
    let finding = Finding::new(
        &sample::WIDE,
        &"A".repeat(1 << 20),
        "",
        "A".repeat(1 << 20),
        crate::model::Evidence::Conf(crate::model::ConfLine {
            place,
            text: bytes.clone().into(),
            says: "A".repeat(1 << 20),
            chain: vec!["A".repeat(1 << 20)],
        }),
    );
    log.findings.push(finding);
    let reports = [
        sample::of(vec![sample::hostile(&bytes)]),
        sample::of_audits(vec![sample::hostile_configuration(&bytes)]),
        sample_logs::of_logs(vec![log]),
    ];
    for report in &reports {
        let text = sample::write("html", report);
        assert!(text.contains(" more characters]"));
        let longest = text
            .split('>')
            .max_by_key(|part| part.len())
            .map(|part| &part[..40.min(part.len())]);
        assert!(text.len() < 200_000, "{} bytes, {longest:?}", text.len());
    }
}

#[test]
fn the_page_keeps_its_shape() {
    let report = sample::of(vec![sample::relay(), sample::rejecting()]);
    let text = sample::write("html", &report);
    // Their own files show style and script better.
    let text = text.replace(STYLE, "STYLE").replace(SCRIPT, "SCRIPT");
    let text = text
        .replace(STYLE_DIGEST, "STYLE")
        .replace(SCRIPT_DIGEST, "SCRIPT");
    sample::snapshot("html", &text);
}
