//! The main log of a busy Exim that is an open relay to some: three days of mail.
//!
//! Strangers relay through it, users log in, the office and a web server send without a login; mail for its own
//! domains goes to mailboxes, over LMTP, to an inner host, through a scanner, and out again by aliases.

use super::{Chance, Lines, clock};

const DAYS: u64 = 3;

struct Site {
    chance: Chance,
    lines: Lines,
    made: u64,
}

/// Gives the lines of the log, of `messages` messages and what comes with them.
pub(crate) fn log(seed: u64, messages: u64) -> String {
    let mut site = Site {
        chance: Chance::new(seed),
        lines: Lines::default(),
        made: 0,
    };
    let apart = DAYS * 86_400 / messages;
    for number in 0..messages {
        let at = number * apart + site.chance.below(apart.max(1));
        site.message(at);
    }
    let mut log = String::new();
    for (at, line) in site.lines.sorted() {
        let (day, hour, minute, second) = clock(at);
        log.push_str(&format!(
            "2026-03-{day:02} {hour:02}:{minute:02}:{second:02} {line}\n"
        ));
    }
    log
}

const LOCAL: &str = "R=local_user T=local_delivery";

impl Site {
    fn say(&mut self, at: u64, line: String) {
        self.lines.add(at, line);
    }

    fn id(&mut self) -> String {
        self.made += 1;
        format!("1w{:04}-{:06}-Ab", self.made / 1000, self.made)
    }

    /// Gives who a stranger is.
    fn stranger(&mut self) -> String {
        let host = 1 + self.chance.below(40);
        match host % 4 {
            0 => format!("H=(ylmf-pc) [203.0.113.{host}]"),
            1 => format!("H=[203.0.113.{host}]"),
            2 => format!("H=mail{host}.example.net [203.0.113.{host}]:4{host:03}"),
            _ => format!("H=Mail{host}.example.net (helo.example.org) [2001:db8:5::{host}]"),
        }
    }

    fn outside(&mut self) -> String {
        let domain = self
            .chance
            .pick(&["example.net", "Example.ORG", "sub.example.net"]);
        format!("user{}@{domain}", self.chance.below(60))
    }

    /// Gives how an address leaves by SMTP.
    fn next(&mut self) -> &'static str {
        self.chance.pick(&[
            "R=dnslookup T=remote_smtp H=mx.example.net [198.51.100.25] X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C=\"250 2.0.0 Ok: queued as 45744101DF\"",
            "R=dnslookup T=remote_smtp H=mx2.example.org [198.51.100.26]:25 C=\"250 OK\"",
        ])
    }

    fn arrives(&mut self, at: u64, id: &str, from: &str, host: &str) {
        let size = 900 + self.chance.below(50_000);
        self.say(
            at,
            format!("{id} <= {from} {host} S={size} id={size}.{id}@made.example"),
        );
    }

    /// Logs a delivery: to the first address with `=>`, to more of them over the same connection with `->`.
    fn out(&mut self, at: u64, id: &str, recipients: u64) {
        let next = self.next();
        for number in 0..recipients {
            let to = self.outside();
            if number == 0 && self.chance.percent(15) {
                self.say(at, format!("{id} == {to} R=dnslookup T=remote_smtp defer (-53): retry time not reached for any host"));
            }
            let sign = if number == 0 { "=>" } else { "->" };
            let to = format!("u{number}{to}");
            self.say(at, format!("{id} {sign} {to} {next}"));
        }
    }

    fn message(&mut self, at: u64) {
        let id = self.id();
        let from = self.outside();
        let stranger = self.stranger();
        let esmtp = format!("{stranger} P=esmtp");
        match self.chance.below(20) {
            0..=5 => {
                self.arrives(at, &id, &from, &esmtp);
                let recipients = 1 + self.chance.below(3);
                self.out(at + 1, &id, recipients);
                if self.chance.percent(20) {
                    let gone = self.outside();
                    self.say(at + 2, format!("{id} ** {gone} R=dnslookup T=remote_smtp H=mx.example.net [198.51.100.25]: SMTP error from remote mail server after RCPT TO:<{gone}>: 550 no such user"));
                    let child = self.id();
                    self.say(
                        at + 2,
                        format!("{child} <= <> R={id} U=Debian-exim P=local S=1900"),
                    );
                    self.out(at + 3, &child, 1);
                    self.say(at + 3, format!("{child} Completed"));
                }
            }
            6..=8 => {
                let host = "H=home.example.org ([192.168.1.17]) [198.51.100.207] P=esmtpsa A=plain_server:alice";
                self.arrives(at, &id, "alice@example.com", host);
                self.out(at + 1, &id, 2);
            }
            9 => {
                let host = "H=pc33.example.com (pc33) [192.0.2.33] P=esmtps";
                self.arrives(at, &id, "dave@example.com", host);
                self.out(at + 1, &id, 1);
            }
            10 => {
                self.arrives(
                    at,
                    &id,
                    "www@example.com",
                    "H=localhost (web) [127.0.0.1] P=esmtp",
                );
                self.out(at + 1, &id, 1);
            }
            11 => {
                self.arrives(at, &id, "www@example.com", "U=www-data P=local");
                self.out(at + 1, &id, 1);
            }
            12 => {
                self.arrives(at, &id, &from, &esmtp);
                self.say(at + 1, format!("{id} => bob <bob@example.com> {LOCAL}"));
                self.say(at + 1, format!("{id} => bob@sub.example.com R=inner T=remote_smtp H=inner.example.com [192.0.2.5] C=\"250 OK\""));
            }
            13 => {
                self.arrives(at, &id, &from, &esmtp);
                let to = self
                    .chance
                    .pick(&["carol@example.com", "carol@hosted.example"]);
                self.say(at + 1, format!("{id} => {to} R=boxes T=dovecot_lmtp H=boxes.example.com [192.0.2.6] C=\"250 2.0.0 Saved\""));
            }
            14 => {
                self.arrives(at, &id, &from, &esmtp);
                let next = self.next();
                let between = self.chance.pick(&["", "(staff@example.com) "]);
                let to = self.outside();
                self.say(
                    at + 1,
                    format!("{id} => {to} {between}<all@example.com> {next}"),
                );
            }
            15 => {
                self.arrives(at, &id, &from, &esmtp);
                let next = self.next();
                let victim = self.chance.below(50);
                self.say(
                    at + 1,
                    format!(
                        "{id} => v{victim}@example.net <v{victim}%example.net@example.com> {next}"
                    ),
                );
            }
            16 => {
                let next = self.next();
                let to = self.outside();
                self.say(at, format!("{id} >> {to} {next}"));
                self.arrives(at, &id, &from, &esmtp);
            }
            17 => {
                // Through a scanner and back.
                let to = self.outside();
                let child = self.id();
                self.arrives(at, &id, &from, &esmtp);
                self.arrives(
                    at + 1,
                    &child,
                    &from,
                    "H=localhost (scan) [127.0.0.1] P=esmtp",
                );
                self.say(at + 1, format!("{id} => {to} R=scan T=scan_smtp H=localhost [127.0.0.1] C=\"250 OK id={child}\""));
                let next = self.next();
                self.say(at + 2, format!("{child} => {to} {next}"));
                self.say(at + 2, format!("{child} Completed"));
            }
            18 => {
                // It came before this log begins.
                self.out(at + 1, &id, 1);
            }
            _ => {
                let to = self.outside();
                return self.say(
                    at,
                    format!("{stranger} F=<{from}> rejected RCPT <{to}>: relay not permitted"),
                );
            }
        }
        self.say(at + 3, format!("{id} Completed"));
    }
}
