//! The common sample: outcomes that every format is tested with, one of each kind.
//!
//! Test code only. A new format is run over [`report`] and over [`hostile`].

use super::{Delivery, Format, Options};
use crate::model::{
    Caveat, Conclusion, ConfAudit, ConfLine, Confidence, Coverage, Direction, Driven, Endpoint,
    Envelope, Evidence, Finding, FormOutcome, FormResult, Grant, Host, Instance, LogAudit, Named,
    Origin, Outcome, Place, Policy, Reason, Relay, Remedy, ReplySeen, Report, Role, Rule, RunInfo,
    ServerFacts, Service, Severity, Target, TlsFacts, TlsStack, TlsState, TlsUse, Totals, Unread,
    Untrusted, Verdict, WireLine,
};
use std::net::IpAddr;
use std::time::Duration;

/// A rule as the wire audit has them.
pub(super) static OPEN: Rule = Rule {
    id: "RC901",
    title: "Mail for anyone is relayed for anyone",
    title_zh: "为任何人向任何人中继邮件",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Open relays are abused for spam within hours.",
    why_zh: "开放中继数小时内就会被用来发垃圾邮件。",
    seen: None,
    seen_zh: None,
    remedy: "Accept mail for outside recipients only from clients that logged in.",
    remedy_zh: "只接受已登录用户发往外部域的邮件。",
    remedies: &[Remedy {
        software: "Postfix",
        text: "Set in main.cf, then run postfix reload:\n\
               smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, \
               reject_unauth_destination",
        text_zh: "在 main.cf 中设置，然后执行 postfix reload：\n\
                  smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, \
                  reject_unauth_destination",
    }],
    references: &["RFC 2505 section 2.1", "CVE-1999-0512"],
};

/// A rule that is about something else than forms.
pub(super) static INJECTED: Rule = Rule {
    id: "RC902",
    title: "Bytes behind the answer to STARTTLS",
    title_zh: "STARTTLS 应答之后还有字节",
    severity: Severity::Low,
    other_severities: &[],
    why: "A man in the middle can put commands there.",
    why_zh: "中间人可以在那里塞入命令。",
    seen: None,
    seen_zh: None,
    remedy: "Update the server.",
    remedy_zh: "升级服务器。",
    remedies: &[],
    references: &[],
};

/// Bytes that would drive a terminal, reorder a line, end a string, start a formula.
pub(super) const HOSTILE: &[u8] =
    b"=\x1b[2J\x1b]0;pwned\x07\r\nRELAY ACCEPTING fake\x00\xe2\x80\xae\
      gpj.exe\xc2\x9b31m<script>\"'`|*_\\x41\x7f";

/// "欢迎" in GBK, behind a host name.
pub(super) const GBK: &[u8] = b"mx.example.cn \xbb\xb6\xd3\xad";

/// A run with its outcomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) run: RunInfo,
    pub(super) totals: Totals,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) audits: Vec<ConfAudit>,
    pub(super) logs: Vec<LogAudit>,
}

impl Sample {
    /// Says what it comes to under the usual policy.
    fn conclusion(&self) -> Conclusion {
        let policy = Policy::default();
        let found = self.outcomes.iter().any(|o| policy.fails(o))
            || self.audits.iter().any(|a| policy.fails_audit(a))
            || self.logs.iter().any(|a| policy.fails_log(a));
        let undecided = self.outcomes.iter().any(|o| policy.undecided(o))
            || self.audits.iter().any(|a| policy.audit_undecided(a))
            || self.logs.iter().any(|a| !a.undecided.is_empty());
        match (found, undecided) {
            (true, _) => Conclusion::Found,
            (false, true) => Conclusion::Undecided,
            (false, false) => Conclusion::Clean,
        }
    }

    /// Gives the run without its outcomes.
    pub(super) fn report(&self) -> Report {
        Report {
            run: self.run.clone(),
            policy: Policy::default(),
            conclusion: self.conclusion(),
            rules: vec![&OPEN, &INJECTED, &WIDE, &UNREAD],
            totals: self.totals.clone(),
            audits: self.audits.clone(),
            logs: self.logs.clone(),
        }
    }
}

/// Writes a report in a format as the command does.
pub(super) fn write(format: &str, report: &Sample) -> String {
    write_with(format, report, &Options::default())
}

/// Writes a report in a format with options.
pub(super) fn write_with(format: &str, report: &Sample, options: &Options) -> String {
    let format = Format::find(format).expect("a row");
    let mut reporter = format.reporter(options);
    reporter.begin(&report.run);
    let mut out = Vec::new();
    for outcome in &report.outcomes {
        reporter.outcome(outcome, &mut out).expect("room");
    }
    for audit in &report.audits {
        reporter.audit(audit, &mut out).expect("room");
    }
    for audit in &report.logs {
        reporter.log(audit, &mut out).expect("room");
    }
    let mut all = report.outcomes.iter().cloned().map(Ok);
    let mut none = std::iter::empty();
    let outcomes: &mut dyn Iterator<Item = std::io::Result<Outcome>> = match format.delivery {
        Delivery::Document => &mut all,
        Delivery::Streaming => &mut none,
    };
    let finished = reporter.finish(&report.report(), outcomes, &mut out);
    finished.expect("room");
    String::from_utf8(out).expect("UTF-8")
}

/// Compares with the stored text of that name in tests/snapshots.
pub(super) fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../tests/snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A run over one outcome of each kind.
pub(super) fn report() -> Sample {
    of(vec![
        relay(),
        rejecting(),
        auth_required(),
        blocked(),
        accept_all(),
        unreachable(),
        hostile(HOSTILE),
    ])
}

/// A run over outcomes.
pub(super) fn of(mut outcomes: Vec<Outcome>) -> Sample {
    for (item, outcome) in (0..).zip(&mut outcomes) {
        outcome.place = (item, 0);
    }
    let mut totals = Totals::default();
    outcomes.iter().for_each(|outcome| totals.add(outcome));
    Sample {
        run: RunInfo {
            version: "0.1.0",
            id: "5e0fa11ca7c0ffee5e0fa11ca7c0ffee".to_owned(),
            targets: "0123456789abcdef0123456789abcdef".to_owned(),
            started: "2026-11-24T08:00:00Z".to_owned(),
            elapsed: Duration::from_millis(12_345),
            seed: 7,
            shard: "1/1".to_owned(),
            complete: true,
        },
        totals,
        outcomes,
        audits: Vec::new(),
        logs: Vec::new(),
    }
}

/// A run over configurations.
pub(super) fn of_audits(audits: Vec<ConfAudit>) -> Sample {
    let mut sample = of(Vec::new());
    audits
        .iter()
        .for_each(|audit| sample.totals.add_audit(audit));
    Sample { audits, ..sample }
}

/// A run over one configuration of each kind.
pub(super) fn configurations() -> Sample {
    of_audits(vec![
        open_configuration(),
        closed_configuration(),
        hostile_configuration(HOSTILE),
    ])
}

/// A rule of the configuration audit.
pub(super) static WIDE: Rule = Rule {
    id: "PF901",
    title: "mynetworks covers everybody",
    title_zh: "mynetworks 覆盖所有人",
    severity: Severity::Critical,
    other_severities: &[Severity::High],
    why: "A list of trusted addresses holds all of them.",
    why_zh: "受信任地址的列表包含了所有地址。",
    seen: Some("RCPT for a foreign domain is answered 250."),
    seen_zh: Some("发往外部域的 RCPT 得到 250。"),
    remedy: "Set mynetworks = 127.0.0.0/8 [::1]/128, and let people log in.",
    remedy_zh: "将 mynetworks 限制为本机。",
    remedies: &[],
    references: &["postconf(5) mynetworks"],
};

/// A rule worth knowing only.
pub(super) static UNREAD: Rule = Rule {
    id: "GN002",
    title: "Part of the configuration was not read",
    severity: Severity::Info,
    ..WIDE
};

/// A line of a configuration.
pub(super) fn conf_line(
    file: &str,
    (line, column, width): (u32, u32, u32),
    text: &[u8],
    says: &str,
) -> ConfLine {
    ConfLine {
        place: Place {
            file: file.into(),
            line,
            column,
            width,
        },
        text: text.into(),
        says: says.to_owned(),
        chain: Vec::new(),
    }
}

/// Everybody may relay through one of two services.
pub(super) fn open_configuration() -> ConfAudit {
    let cause = conf_line(
        "main.cf",
        (12, 27, 9),
        b"mynetworks = 127.0.0.0/8, 0.0.0.0/0",
        "",
    );
    let by = ConfLine {
        chain: vec!["master.cf:9 (-o mynetworks=$all)".to_owned()],
        ..conf_line(
            "master.cf",
            (9, 0, 0),
            b"smtp inet n - y - - smtpd",
            "uses it",
        )
    };
    let finding = Finding::new(
        &WIDE,
        "smtp",
        "main.cf\n0.0.0.0/0",
        "mynetworks holds 0.0.0.0/0: every client is trusted.".to_owned(),
        Evidence::Conf(cause.clone()),
    )
    .with_evidence(Evidence::Conf(by))
    .with_envelope(Envelope {
        recipient: Some("relaycheck@example.com".to_owned()),
        ..Envelope::default()
    });
    let put_aside = Finding::new(
        &UNREAD,
        "",
        "main.cf",
        "Not read: /etc/aliases (not found).".to_owned(),
        Evidence::Conf(conf_line("main.cf", (0, 0, 0), b"", "")),
    );
    let service = |name: &str, port: u16, relay| Service {
        name: name.to_owned(),
        listen: Some(format!("0.0.0.0:{port}")),
        relay,
    };
    let grant = |clients: &str, domains: &str, because| Grant {
        service: "smtp".to_owned(),
        clients: clients.to_owned(),
        domains: domains.to_owned(),
        because,
    };
    ConfAudit {
        path: "etc/postfix".to_owned(),
        host: Some("mail.example.com".to_owned()),
        dialect: "postfix",
        version: Some("3.7.11".to_owned()),
        relay: Relay::Open,
        instances: vec![Instance {
            name: "postfix".to_owned(),
            relay: Relay::Open,
            services: vec![
                service("smtp", 25, Relay::Open),
                service("submission", 587, Relay::Closed),
            ],
        }],
        grants: vec![
            grant("everybody", "every domain", Some(cause.place)),
            grant("people who log in", "every domain", None),
        ],
        unread: vec![Unread {
            what: "/etc/aliases".to_owned(),
            why: "not found".to_owned(),
        }],
        notes: vec!["compatibility_level is 3.6.".to_owned()],
        findings: vec![finding],
        suppressed: vec![(put_aside, "aliases lie elsewhere".to_owned())],
        baseline: None,
    }
}

/// Nothing is wrong.
pub(super) fn closed_configuration() -> ConfAudit {
    ConfAudit {
        path: "etc/mail/smtpd.conf".to_owned(),
        host: None,
        dialect: "opensmtpd",
        version: None,
        relay: Relay::Closed,
        instances: vec![Instance {
            name: "smtpd".to_owned(),
            relay: Relay::Closed,
            services: Vec::new(),
        }],
        grants: Vec::new(),
        unread: Vec::new(),
        notes: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        baseline: None,
    }
}

/// The same bytes wherever a file or its name can put some.
pub(super) fn hostile_configuration(bytes: &[u8]) -> ConfAudit {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    let line = || ConfLine {
        says: text(),
        chain: vec![text()],
        ..conf_line(&text(), (7, 2, 3), bytes, "")
    };
    let finding = Finding::new(&WIDE, &text(), &text(), text(), Evidence::Conf(line()))
        .with_evidence(Evidence::Conf(ConfLine {
            place: Place {
                line: 0,
                ..line().place
            },
            ..line()
        }))
        .with_envelope(Envelope {
            client: Some(text()),
            helo: Some(text()),
            sender: Some(text()),
            recipient: Some(text()),
            port: Some(2525),
            implicit_tls: true,
            besides: Some(text()),
        });
    let low = finding.clone().with_severity(Severity::Info);
    ConfAudit {
        path: text(),
        host: Some(text()),
        dialect: "exim",
        version: Some(text()),
        relay: Relay::Conditional,
        instances: vec![
            Instance {
                name: text(),
                relay: Relay::Conditional,
                services: vec![Service {
                    name: text(),
                    listen: Some(text()),
                    relay: Relay::Broken,
                }],
            };
            2
        ],
        grants: vec![Grant {
            service: text(),
            clients: text(),
            domains: text(),
            because: Some(line().place),
        }],
        unread: vec![Unread {
            what: text(),
            why: text(),
        }],
        notes: vec![text()],
        findings: vec![finding.clone(), low],
        suppressed: vec![(finding, text())],
        baseline: None,
    }
}

/// Two forms got through, one was refused, one greylisted, one not answered.
pub(super) fn relay() -> Outcome {
    let recipient = "<probe@example.com>";
    let plain = accepted("plain", "<a@probe.example.org>", recipient, 1);
    let percent = accepted(
        "percent-hack",
        "<a@probe.example.org>",
        "<probe%example.com@mail.example.com>",
        2,
    );
    let evidence = |form: &FormResult| Evidence::Wire(form.dialogue.clone());
    let findings = vec![
        Finding::new(
            &OPEN,
            "mail.example.com:25",
            "plain",
            "The server takes mail for <probe@example.com> from a stranger. There is no relay \
             control at all."
                .to_owned(),
            evidence(&plain),
        )
        .for_software(Some("Postfix")),
    ];
    Outcome {
        tls: TlsState::StartTls,
        evidence: Some(Driven::Rcpt),
        caveats: vec![Caveat::TrustedVantage],
        server: ServerFacts {
            banner: Some("mail.example.com ESMTP Postfix (Debian/GNU)".into()),
            software: Some("Postfix"),
            extensions: vec![
                "PIPELINING".into(),
                "SIZE 10240000".into(),
                "STARTTLS".into(),
            ],
            client_address_seen: Some(ip("198.51.100.7")),
            tls: Some(TlsFacts {
                stack: TlsStack::Rustls,
                version: "TLSv1.3".to_owned(),
                cipher: "TLS13_AES_256_GCM_SHA384".to_owned(),
                subject: Some("CN=mail.example.com".to_owned()),
                issuer: Some("CN=mail.example.com".to_owned()),
                names: vec!["mail.example.com".to_owned()],
                not_after: Some("2027-01-01T00:00:00Z".to_owned()),
                problems: vec!["self-signed".to_owned()],
            }),
            ..ServerFacts::default()
        },
        coverage: Coverage {
            planned: 5,
            tested: 3,
            unclear: 1,
            undecided: 0,
        },
        forms: vec![
            plain,
            refused(
                "null-sender",
                "<>",
                Reason::RelayDenied,
                554,
                "5.7.1",
                "Relay access denied",
            ),
            percent,
            FormResult {
                outcome: FormOutcome::Deferred,
                ..refused(
                    "sender-localhost",
                    "<a@localhost>",
                    Reason::Deferred,
                    450,
                    "4.2.0",
                    "Greylisted",
                )
            },
            untested("control-unknown-user", Role::Control),
        ],
        findings,
        sessions: 2,
        retried: None,
        ..outcome(
            Verdict::RelayAccepting,
            None,
            "mail.example.com",
            "192.0.2.1",
        )
    }
}

/// Everything was refused.
pub(super) fn rejecting() -> Outcome {
    Outcome {
        server: ServerFacts {
            banner: Some("mx.example.net ESMTP".into()),
            software: Some("Exim"),
            ..ServerFacts::default()
        },
        coverage: Coverage {
            planned: 1,
            tested: 1,
            unclear: 0,
            undecided: 0,
        },
        forms: vec![refused(
            "plain",
            "<a@probe.example.org>",
            Reason::RelayDenied,
            550,
            "5.7.1",
            "relay not permitted",
        )],
        sessions: 1,
        retried: None,
        ..outcome(
            Verdict::Rejecting,
            Some(Reason::RelayDenied),
            "mx.example.net",
            "192.0.2.2",
        )
    }
}

/// A login is asked for; one form stayed untested.
pub(super) fn auth_required() -> Outcome {
    let mut outcome = Outcome {
        server: ServerFacts {
            banner: Some("smtp.example.net ESMTP".into()),
            auth: vec!["PLAIN".into(), "LOGIN".into()],
            ..ServerFacts::default()
        },
        coverage: Coverage {
            planned: 2,
            tested: 1,
            unclear: 0,
            undecided: 0,
        },
        forms: vec![
            FormResult {
                outcome: FormOutcome::AuthRequired,
                ..refused(
                    "plain",
                    "<a@probe.example.org>",
                    Reason::AuthRequired,
                    530,
                    "5.7.0",
                    "Authentication required",
                )
            },
            untested("null-sender", Role::Probe),
        ],
        sessions: 1,
        retried: None,
        ..outcome(
            Verdict::AuthRequired,
            Some(Reason::AuthRequired),
            "smtp.example.net",
            "2001:db8::3",
        )
    };
    outcome.target.endpoint.port = 587;
    outcome
}

/// We were turned away before anything could be asked.
pub(super) fn blocked() -> Outcome {
    let mut outcome = Outcome {
        note: Some(
            "the server refused before its greeting: 554 listed, see https://bl.example.org/"
                .to_owned(),
        ),
        server: ServerFacts {
            banner: Some("mx.example.cn ESMTP".into()),
            ..ServerFacts::default()
        },
        coverage: Coverage {
            planned: 1,
            tested: 0,
            unclear: 0,
            undecided: 0,
        },
        forms: vec![untested("plain", Role::Probe)],
        sessions: 1,
        retried: None,
        ..outcome(
            Verdict::Inconclusive,
            Some(Reason::ClientBlocked),
            "192.0.2.4",
            "192.0.2.4",
        )
    };
    outcome.server.banner = Some(Untrusted::from(GBK));
    outcome
}

/// A trick was taken, and so was the control.
pub(super) fn accept_all() -> Outcome {
    let mut plain = accepted("plain", "<a@probe.example.org>", "<probe@example.com>", 1);
    plain.reason = Some(Reason::AcceptAll);
    plain.confidence = Confidence::Weak;
    let mut control = plain.clone();
    control.form = "control-unknown-user";
    control.role = Role::Control;
    control.reason = None;
    control.dialogue = Vec::new();
    Outcome {
        coverage: Coverage {
            planned: 2,
            tested: 2,
            unclear: 0,
            undecided: 0,
        },
        forms: vec![plain, control],
        sessions: 1,
        retried: None,
        ..outcome(
            Verdict::Inconclusive,
            Some(Reason::AcceptAll),
            "sink.example.net",
            "192.0.2.5",
        )
    }
}

/// Nothing listened; one address of a network.
pub(super) fn unreachable() -> Outcome {
    let mut outcome = outcome(
        Verdict::Unreachable,
        Some(Reason::Refused),
        "192.0.2.6",
        "192.0.2.6",
    );
    outcome.target.written = "192.0.2.0/29".into();
    outcome.target.named = Named::ByRange;
    outcome
}

/// A relay that puts the same bytes into everything it says.
pub(super) fn hostile(bytes: &[u8]) -> Outcome {
    let said = || Untrusted::from(bytes);
    let text = || Untrusted::from(bytes).printable();
    let mut form = accepted("plain", "<a@probe.example.org>", "<probe@example.com>", 1);
    form.reply = Some(ReplySeen {
        code: 250,
        enhanced: None,
        text: said(),
    });
    form.helo = Some(String::from_utf8_lossy(bytes).into_owned());
    form.rcpt_to = said();
    form.dialogue.push(line(1, Direction::Received, 40, bytes));
    let mut refused = refused("null-sender", "<>", Reason::Unrecognised, 550, "5.0.0", "");
    refused.reply = Some(ReplySeen {
        code: 550,
        enhanced: Some("5.0.0".to_owned()),
        text: said(),
    });
    let finding = Finding::new(
        &INJECTED,
        "evil.example.net:25",
        "",
        format!("The server said {}", String::from_utf8_lossy(bytes)),
        Evidence::Wire(vec![line(1, Direction::Received, 50, bytes)]),
    );
    Outcome {
        note: Some(text()),
        evidence: Some(Driven::Rcpt),
        server: ServerFacts {
            banner: Some(said()),
            extensions: vec![said()],
            auth: vec![said()],
            tls: Some(TlsFacts {
                stack: TlsStack::OpenSsl,
                version: "TLSv1".to_owned(),
                cipher: "AES128-SHA".to_owned(),
                subject: Some(String::from_utf8_lossy(bytes).into_owned()),
                issuer: None,
                names: vec![String::from_utf8_lossy(bytes).into_owned()],
                not_after: None,
                problems: Vec::new(),
            }),
            ..ServerFacts::default()
        },
        coverage: Coverage {
            planned: 2,
            tested: 2,
            unclear: 0,
            undecided: 0,
        },
        transcript: Some(form.dialogue.clone()),
        forms: vec![form, refused],
        findings: vec![finding],
        sessions: 1,
        retried: None,
        ..outcome(
            Verdict::RelayAccepting,
            None,
            "evil.example.net",
            "192.0.2.66",
        )
    }
}

fn outcome(verdict: Verdict, reason: Option<Reason>, host: &str, address: &str) -> Outcome {
    let host = match host.parse::<IpAddr>() {
        Ok(address) => Host::Address(address),
        Err(_) => Host::Name(host.into()),
    };
    Outcome {
        place: (0, 0),
        target: Target {
            written: host.to_string().into(),
            origin: Origin::Argument(1),
            endpoint: Endpoint {
                host,
                port: 25,
                tls: TlsUse::Opportunistic,
            },
            address: Some(ip(address)),
            named: Named::Explicitly,
            local_domains: Vec::new(),
        },
        tls: TlsState::None,
        verdict,
        reason,
        note: None,
        evidence: None,
        confidence: Confidence::Firm,
        caveats: Vec::new(),
        server: ServerFacts::default(),
        coverage: Coverage::default(),
        forms: Vec::new(),
        findings: Vec::new(),
        transcript: None,
        sessions: 0,
        retried: None,
        elapsed: Duration::from_millis(1_500),
        baseline: None,
    }
}

fn accepted(id: &'static str, mail_from: &str, rcpt_to: &str, session: u32) -> FormResult {
    let sent = |at, text: String| line(session, Direction::Sent, at, text.as_bytes());
    let got = |at, text: &str| line(session, Direction::Received, at, text.as_bytes());
    FormResult {
        outcome: FormOutcome::Accepted,
        reason: None,
        driven: Some(Driven::Rcpt),
        rcpt_to: rcpt_to.into(),
        session: Some(session),
        why_untested: None,
        dialogue: vec![
            sent(10, "EHLO probe.example.org".to_owned()),
            got(12, "250-mail.example.com"),
            got(12, "250 PIPELINING"),
            sent(20, format!("MAIL FROM:{mail_from}")),
            got(21, "250 2.1.0 Ok"),
            sent(30, format!("RCPT TO:{rcpt_to}")),
            got(31, "250 2.1.5 Ok"),
        ],
        ..refused(id, mail_from, Reason::Unrecognised, 250, "2.1.5", "Ok")
    }
}

fn refused(
    id: &'static str,
    mail_from: &str,
    reason: Reason,
    code: u16,
    enhanced: &str,
    text: &str,
) -> FormResult {
    FormResult {
        form: id,
        role: Role::Probe,
        mail_from: mail_from.into(),
        rcpt_to: "<probe@example.com>".into(),
        helo: None,
        encrypted: false,
        outcome: FormOutcome::Rejected,
        reason: Some(reason),
        confidence: Confidence::Firm,
        driven: None,
        reply: Some(ReplySeen {
            code,
            enhanced: Some(enhanced.to_owned()),
            text: text.into(),
        }),
        session: Some(1),
        why_untested: None,
        dialogue: Vec::new(),
    }
}

fn untested(id: &'static str, role: Role) -> FormResult {
    FormResult {
        role,
        outcome: FormOutcome::Untested,
        reason: None,
        confidence: Confidence::Weak,
        reply: None,
        session: None,
        ..refused(id, "<a@probe.example.org>", Reason::Unrecognised, 0, "", "")
    }
}

fn line(session: u32, direction: Direction, at: u64, bytes: &[u8]) -> WireLine {
    WireLine {
        session,
        direction,
        at: Duration::from_millis(at),
        encrypted: false,
        bytes: Untrusted::from(bytes),
        left_out: 0,
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}
