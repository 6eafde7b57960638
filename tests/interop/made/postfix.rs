//! The log of a busy Postfix: three days of mail in and out.
//!
//! Mail from outside goes through postscreen and a content filter to mailboxes, users log in on submission, printers
//! and a web server send without a login, some next hops greylist, are down or refuse. And there is what is seen
//! less often, because counters of lines part there: ids that are used again, a proxy filter, lines that were
//! repeated, services of other names, soft bounces, milters.

use super::{Chance, Lines, clock};

/// How long it lasts.
const DAYS: u64 = 3;

/// What an attempt to deliver came to.
#[derive(Clone, Copy)]
enum Attempt {
    Sent,
    Deferred,
    Bounced,
}

struct Site {
    chance: Chance,
    lines: Lines,
    made: u64,
    /// Ids that have left the queue, with the second in which they did.
    free: Vec<(u64, String)>,
}

const OUTSIDE: [&str; 6] = [
    "example.net",
    "example.org",
    "sub.example.net",
    "lists.example.org",
    "mail.example.net",
    "shop.example.org",
];
const USERS: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
];

/// Gives the lines of the log, of `messages` messages and what comes with them.
pub(crate) fn log(seed: u64, messages: u64) -> String {
    let mut site = Site {
        chance: Chance::new(seed),
        lines: Lines::default(),
        made: 0,
        free: Vec::new(),
    };
    let apart = DAYS * 86_400 / messages;
    for number in 0..messages {
        let at = number * apart + site.chance.below(apart.max(1));
        match site.chance.below(100) {
            0..=44 => site.incoming(at),
            45..=69 => site.submitted(at),
            70..=79 => site.trusted(at),
            80..=84 => site.made_here(at),
            85..=94 => site.refused(at),
            _ => site.seldom(at),
        }
        if site.chance.percent(20) {
            site.noise(at);
        }
    }
    let mut log = String::new();
    for (at, line) in site.lines.sorted() {
        let (day, hour, minute, second) = clock(at);
        log.push_str(&format!(
            "Mar {day:>2} {hour:02}:{minute:02}:{second:02} mx {line}\n"
        ));
    }
    log
}

impl Site {
    fn say(&mut self, at: u64, program: &str, text: &str) {
        let pid = 1000 + program.len() as u64 * 37 + at / 600 % 50;
        self.lines.add(at, format!("{program}[{pid}]: {text}"));
    }

    /// Gives a queue id: a new one, or one that left the queue an hour ago.
    fn id(&mut self, at: u64) -> String {
        let old = self.free.first().is_some_and(|(free, _)| free + 3600 < at);
        if old && self.chance.percent(30) {
            return self.free.remove(0).1;
        }
        self.made += 1;
        let long = self.made.is_multiple_of(50);
        match long {
            true => format!("4bN{:07}zLW", self.made),
            false => format!("{:04X}{:06X}", self.chance.below(65_536), self.made),
        }
    }

    fn outside(&mut self) -> String {
        let domain = self.chance.pick(&OUTSIDE);
        format!("user{}@{domain}", self.chance.below(400))
    }

    fn own(&mut self) -> String {
        format!("{}@example.com", self.chance.pick(&USERS))
    }

    fn client(&mut self) -> String {
        let host = self.chance.below(250) + 1;
        match self.chance.below(3) {
            0 => format!("unknown[203.0.113.{host}]"),
            1 => format!("unknown[2001:db8:5::{host:x}]"),
            _ => format!("mail{host}.example.net[198.51.100.{host}]"),
        }
    }

    /// Puts a message into the queue.
    fn queue(&mut self, at: u64, id: &str, from: &str, recipients: usize) {
        let size = 900 + self.chance.below(60_000);
        let number = self.chance.below(1 << 40);
        self.say(
            at,
            "postfix/cleanup",
            &format!("{id}: message-id=<{number}.{id}@made.example>"),
        );
        self.active(at, id, from, size, recipients);
    }

    fn active(&mut self, at: u64, id: &str, from: &str, size: u64, recipients: usize) {
        let text = format!("{id}: from=<{from}>, size={size}, nrcpt={recipients} (queue active)");
        self.say(at, "postfix/qmgr", &text);
    }

    fn removed(&mut self, at: u64, id: &str) {
        self.say(at, "postfix/qmgr", &format!("{id}: removed"));
        if id.len() == 10 {
            self.free.push((at, id.to_owned()));
        }
    }

    /// Logs one attempt to deliver.
    fn attempt(&mut self, at: u64, program: &str, id: &str, to: &str, relay: &str, what: Attempt) {
        let said = match what {
            Attempt::Sent => self.chance.pick(&[
                "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4F2A91C03)",
                "dsn=2.0.0, status=sent (250 2.0.0 OK  1770000000 a1-20020a05600c0a0100 - gsmtp)",
                "dsn=2.6.0, status=sent (250 2.6.0 <x@example.net> Queued mail for delivery)",
            ]),
            Attempt::Deferred => self.chance.pick(&[
                "dsn=4.2.0, status=deferred (host mx.example.net[203.0.113.25] said: 450 4.2.0 <x>: Recipient address rejected: Greylisted, see http://postgrey.example/ (in reply to RCPT TO command))",
                "dsn=4.4.1, status=deferred (connect to mx.example.net[203.0.113.25]:25: Connection timed out)",
                "dsn=4.7.1, status=deferred (host mx.example.org[198.51.100.25] refused to talk to me: 421 4.7.1 try again, later)",
            ]),
            Attempt::Bounced => self.chance.pick(&[
                "dsn=5.1.1, status=bounced (host mx.example.net[203.0.113.25] said: 550 5.1.1 <x>: Recipient address rejected: User unknown (in reply to RCPT TO command))",
                "dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=gone.example type=A: Host not found)",
            ]),
        };
        let reused = match self.chance.percent(10) {
            true => ", conn_use=2",
            false => "",
        };
        let text = format!(
            "{id}: to=<{to}>, relay={relay}{reused}, delay=1.4, delays=0.2/0.01/0.5/0.69, {said}"
        );
        self.say(at, program, &text);
    }

    /// Delivers outside, with what can go wrong, until the message leaves the queue.
    fn deliver(&mut self, at: u64, id: &str, from: &str, recipients: &[String]) {
        let mut waiting = Vec::new();
        let mut dead = false;
        for to in recipients {
            match self.chance.below(100) {
                0..=79 => self.out(at + 2, id, to, Attempt::Sent),
                80..=92 => {
                    self.out(at + 2, id, to, Attempt::Deferred);
                    waiting.push(to.clone());
                }
                _ => {
                    self.out(at + 2, id, to, Attempt::Bounced);
                    dead = true;
                }
            }
        }
        let mut at = at + 2;
        let mut pause = 300;
        while !waiting.is_empty() {
            at += pause + self.chance.below(60);
            pause = (pause * 2).min(4000);
            self.active(at, id, from, 4000, recipients.len());
            if pause == 4000 && self.chance.percent(20) {
                let text = format!("{id}: from=<{from}>, status=expired, returned to sender");
                self.say(at, "postfix/qmgr", &text);
                dead = true;
                break;
            }
            let mut still = Vec::new();
            for to in waiting {
                match self.chance.below(10) {
                    0..=3 => {
                        self.out(at + 1, id, &to, Attempt::Deferred);
                        still.push(to);
                    }
                    4 => {
                        self.out(at + 1, id, &to, Attempt::Bounced);
                        dead = true;
                    }
                    _ => self.out(at + 1, id, &to, Attempt::Sent),
                }
            }
            waiting = still;
            at += 1;
        }
        if dead && !from.is_empty() {
            self.notify(at, id, from);
        }
        self.removed(at + 1, id);
    }

    fn out(&mut self, at: u64, id: &str, to: &str, what: Attempt) {
        let relay = match what {
            Attempt::Bounced => "none",
            _ => "mx.example.net[203.0.113.25]:25",
        };
        let program = self
            .chance
            .pick(&["postfix/smtp", "postfix/smtp", "postfix/relay/smtp"]);
        self.attempt(at, program, id, to, relay, what);
    }

    /// Tells the sender that a message was not delivered.
    fn notify(&mut self, at: u64, id: &str, to: &str) {
        let child = self.id(at);
        self.queue(at, &child, "", 1);
        let text = format!("{id}: sender non-delivery notification: {child}");
        self.say(at, "postfix/bounce", &text);
        if to.ends_with("@example.com") {
            self.mailbox(at + 1, &child, to);
            self.removed(at + 1, &child);
        } else {
            self.deliver(at + 1, &child, "", &[to.to_owned()]);
        }
    }

    fn mailbox(&mut self, at: u64, id: &str, to: &str) {
        let text = format!(
            "{id}: to=<{to}>, relay=mx[private/dovecot-lmtp], delay=0.3, delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 <{to}> aBcDeF Saved)"
        );
        self.say(at, "postfix/lmtp", &text);
    }

    /// Takes mail from outside, through the filter.
    fn incoming(&mut self, at: u64) {
        let client = self.client();
        let from = self.outside();
        let recipients: Vec<String> = (0..1 + self.chance.below(3)).map(|_| self.own()).collect();
        let id = self.id(at);
        self.say(at, "postfix/smtpd", &format!("connect from {client}"));
        if self.chance.percent(10) {
            self.unknown_user(at, &client, &id);
        }
        self.say(at, "postfix/smtpd", &format!("{id}: client={client}"));
        self.queue(at, &id, &from, recipients.len());
        let text =
            format!("disconnect from {client} ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5");
        self.say(at, "postfix/smtpd", &text);
        if self.chance.percent(40) {
            for to in &recipients {
                self.mailbox(at + 1, &id, to);
            }
            return self.removed(at + 1, &id);
        }
        let second = self.id(at);
        let service = self
            .chance
            .pick(&["postfix/smtpd", "postfix/reinject/smtpd"]);
        self.say(
            at + 3,
            service,
            &format!("{second}: client=localhost[127.0.0.1]"),
        );
        self.queue(at + 3, &second, &from, recipients.len());
        for to in &recipients {
            let text = format!(
                "{id}: to=<{to}>, relay=127.0.0.1[127.0.0.1]:10024, delay=3, delays=0.1/0/0.1/2.8, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as {second})"
            );
            let scanner = self.chance.pick(&["postfix/smtp", "postfix/amavis/smtp"]);
            self.say(at + 3, scanner, &text);
        }
        self.removed(at + 3, &id);
        let text = "(01234-05) Passed CLEAN {RelayedInbound}, [203.0.113.9] <a@example.net> -> <alice@example.com>";
        self.say(at + 3, "amavis", text);
        for to in &recipients {
            self.mailbox(at + 4, &second, to);
        }
        self.removed(at + 4, &second);
    }

    /// Takes mail of a user.
    fn submitted(&mut self, at: u64) {
        let user = self.chance.pick(&USERS);
        let service = self.chance.pick(&[
            "postfix/submission/smtpd",
            "postfix/submission/smtpd",
            "postfix/smtps/smtpd",
            "postfix/submissions/smtpd",
        ]);
        let client = format!("home.example.org[198.51.100.{}]", 1 + self.chance.below(99));
        let from = format!("{user}@example.com");
        let recipients: Vec<String> = match self.chance.percent(6) {
            true => (0..20).map(|_| self.outside()).collect(),
            false => (0..1 + self.chance.below(4))
                .map(|_| self.outside())
                .collect(),
        };
        let id = self.id(at);
        self.say(at, service, &format!("connect from {client}"));
        if self.chance.percent(5) {
            let text = format!(
                "NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{from}>: Sender address rejected: not owned by user {user}; from=<{from}> to=<x@example.net> proto=ESMTP helo=<[192.168.1.2]>"
            );
            self.say(at, service, &text);
        }
        let text = format!("{id}: client={client}, sasl_method=PLAIN, sasl_username={user}");
        self.say(at, service, &text);
        self.queue(at, &id, &from, recipients.len());
        self.deliver(at, &id, &from, &recipients);
    }

    /// Takes mail of a trusted host.
    fn trusted(&mut self, at: u64) {
        let client = format!("printer.example.com[192.0.2.{}]", 1 + self.chance.below(40));
        let id = self.id(at);
        let to = self.outside();
        self.say(at, "postfix/smtpd", &format!("{id}: client={client}"));
        self.queue(at, &id, "printer@example.com", 1);
        self.deliver(at, &id, "printer@example.com", &[to]);
    }

    /// Takes mail of a program of the host; some of it goes to an alias that forwards.
    fn made_here(&mut self, at: u64) {
        let id = self.id(at);
        self.say(
            at,
            "postfix/pickup",
            &format!("{id}: uid=33 from=<www-data>"),
        );
        self.queue(at, &id, "www-data@example.com", 1);
        if self.chance.percent(50) {
            let to = self.outside();
            return self.deliver(at, &id, "www-data@example.com", &[to]);
        }
        let child = self.id(at);
        let to = self.outside();
        let text = format!(
            "{id}: to=<root@example.com>, orig_to=<root>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent (forwarded as {child})"
        );
        self.say(at + 1, "postfix/local", &text);
        self.removed(at + 1, &id);
        self.queue(at + 1, &child, "www-data@example.com", 1);
        self.deliver(at + 1, &child, "www-data@example.com", &[to]);
    }

    fn unknown_user(&mut self, at: u64, client: &str, id: &str) {
        let from = self.outside();
        let id = match self.chance.percent(50) {
            true => id,
            false => "NOQUEUE",
        };
        let text = format!(
            "{id}: reject: RCPT from {client}: 550 5.1.1 <sales@example.com>: Recipient address rejected: User unknown in virtual mailbox table; from=<{from}> to=<sales@example.com> proto=ESMTP helo=<mail.example.net>"
        );
        self.say(at, "postfix/smtpd", &text);
    }

    /// Refuses, in all the ways there are.
    fn refused(&mut self, at: u64) {
        let client = self.client();
        let said = "from=<a@example.org> to=<b@example.net> proto=ESMTP helo=<ylmf-pc>";
        let (program, text) = match self.chance.below(12) {
            0 => ("postfix/smtpd", format!("NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <b@example.net>: Relay access denied; {said}")),
            1 => ("postfix/smtpd", format!("NOQUEUE: reject: RCPT from {client}: 450 4.2.0 <alice@example.com>: Recipient address rejected: Greylisted, see http://postgrey.example/; {said}")),
            2 => ("postfix/smtpd", format!("NOQUEUE: reject: RCPT from {client}: 554 5.7.1 Service unavailable; Client host [203.0.113.9] blocked using bl.example; https://bl.example/; {said}")),
            3 => ("postfix/smtpd", format!("NOQUEUE: reject: RCPT from {client}: 450 4.1.8 <a@gone.example>: Sender address rejected: Domain not found; {said}")),
            4 => ("postfix/smtpd", format!("NOQUEUE: reject: CONNECT from {client}: 554 5.7.1 <{client}>: Client host rejected: Access denied; proto=SMTP")),
            5 => ("postfix/smtpd", format!("NOQUEUE: reject: MAIL from {client}: 552 5.3.4 Message size exceeds fixed limit; from=<a@example.org> proto=ESMTP helo=<x>")),
            6 => ("postfix/smtpd", format!("NOQUEUE: reject_warning: RCPT from {client}: 554 5.7.1 <b@example.net>: Helo command rejected: Host not found; {said}")),
            7 => ("postfix/postscreen", "NOQUEUE: reject: RCPT from [203.0.113.7]:50123: 550 5.7.1 Service unavailable; client [203.0.113.7] blocked using bl.example; from=<a@example.org>, to=<alice@example.com>, proto=ESMTP, helo=<x>".to_owned()),
            8 => ("postfix/postscreen", "NOQUEUE: reject: CONNECT from [203.0.113.7]:50123: all server ports busy".to_owned()),
            9 => ("postfix/smtpd", format!("NOQUEUE: milter-reject: RCPT from {client}: 451 4.7.1 try later; {said}")),
            10 => ("postfix/smtpd", format!("proxy-reject: END-OF-MESSAGE: 554 5.7.1 spam; {said}").replace("proxy-reject: END-OF-MESSAGE", &format!("NOQUEUE: proxy-reject: END-OF-MESSAGE from {client}"))),
            _ => ("postfix/smtpd", format!("NOQUEUE: reject: VRFY from {client}: 550 5.1.1 <root>: Recipient address rejected: User unknown in local recipient table; to=<root> proto=SMTP helo=<x>")),
        };
        self.say(at, program, &text);
        match self.chance.below(12) {
            0 => self
                .lines
                .add(at, "last message repeated 2 times".to_owned()),
            1 => self.say(at, program, &format!("message repeated 3 times: [ {text}]")),
            _ => {}
        }
    }

    /// Does what is seldom seen.
    fn seldom(&mut self, at: u64) {
        let client = self.client();
        let id = self.id(at);
        let to = self.outside();
        let arrives = |site: &mut Self| {
            site.say(at, "postfix/smtpd", &format!("{id}: client={client}"));
            site.queue(at, &id, "a@example.org", 1);
        };
        let relay = "relay=mx.example.net[203.0.113.25]:25, delay=1, delays=0/0/0/1";
        let ends = match self.chance.below(14) {
            0 => {
                // Before a proxy filter there is no message yet.
                self.say(at, "postfix/smtpd", &format!("NOQUEUE: client={client}"));
                return;
            }
            1 => {
                self.say(at, "postfix/qmqpd", &format!("{id}: client={client}"));
                self.queue(at, &id, "a@example.org", 1);
                format!("to=<{to}>, {relay}, dsn=2.0.0, status=sent (250 ok)")
            }
            2 => {
                arrives(self);
                format!("to=<{to}>, {relay}, tls=TLSv1.3, dsn=2.0.0, status=sent (250 ok)")
            }
            3 => {
                arrives(self);
                format!("to=<\"a>b\"@example.net>, {relay}, dsn=2.0.0, status=sent (250 ok)")
            }
            4 => {
                arrives(self);
                format!("to=<{to}>, {relay}, dsn=5.1.1, status=SOFTBOUNCE (550 5.1.1 no such user)")
            }
            5 => {
                arrives(self);
                format!(
                    "to=<{to}>, {relay}, dsn=2.0.0, status=sent (250 2.0.0 Ok: forwarded as 77)"
                )
            }
            6 => {
                // An address that is verified: no mail.
                self.queue(at, &id, "double-bounce@example.com", 1);
                format!(
                    "to=<{to}>, {relay}, dsn=2.0.0, status=deliverable (delivery attempt: 250 ok)"
                )
            }
            7 => {
                self.say(at, "postfix/smtpd", &format!("{id}: client={client}"));
                let text = format!(
                    "{id}: reject: header Subject: win from {client}; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>: 5.7.1 no"
                );
                return self.say(at, "postfix/cleanup", &text);
            }
            8 => {
                self.say(at, "postfix/smtpd", &format!("{id}: client={client}"));
                let text = format!(
                    "{id}: milter-reject: END-OF-MESSAGE from {client}: 5.7.1 Spam; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>"
                );
                return self.say(at, "postfix/cleanup", &text);
            }
            9 => {
                let text = format!(
                    "{id}: reject: mime-error unsupported 8bit data in message header: x from {client}; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>: 5.6.0 no"
                );
                return self.say(at, "postfix/cleanup", &text);
            }
            10 => {
                arrives(self);
                let text = format!(
                    "{id}: warning: header Subject: look from {client}; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>"
                );
                self.say(at, "postfix/cleanup", &text);
                format!("to=<{to}>, {relay}, dsn=5.1.1, status=bounced (550 5.1.1 no such user)")
            }
            11 => {
                self.say(at, "postfix/smtpd", &format!("{id}: client={client}"));
                // What stands here is of the client's choice.
                self.say(
                    at,
                    "postfix/cleanup",
                    &format!("{id}: message-id=<x reject: header y>"),
                );
                self.active(at, &id, "a@example.org", 1000, 1);
                format!("to=<{to}>, {relay}, dsn=2.0.0, status=sent (250 ok)")
            }
            12 => {
                // Another instance of Postfix, with a name of its own.
                let program = "postfix-out/smtpd";
                self.say(at, program, &format!("{id}: client={client}"));
                let text = format!(
                    "NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{to}>: Relay access denied; from=<a@example.org> to=<{to}> proto=ESMTP helo=<x>"
                );
                self.say(at, program, &text);
                let text =
                    format!("{id}: to=<{to}>, {relay}, dsn=4.4.1, status=deferred (no route)");
                return self.say(at + 1, "postfix-out/smtp", &text);
            }
            _ => {
                self.say(at, "postfix/smtpd", &format!("NOQUEUE: hold: RCPT from {client}: <{client}>: Client host triggers HOLD action; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>"));
                self.say(at, "postfix/smtpd", &format!("NOQUEUE: discard: RCPT from {client}: <{client}>: Client host triggers DISCARD action; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>"));
                self.say(at, "postfix/smtpd", &format!("NOQUEUE: filter: RCPT from {client}: <{client}>: Client host triggers FILTER smtp:[127.0.0.1]:10026; from=<a@example.org> to=<alice@example.com> proto=ESMTP helo=<x>"));
                return;
            }
        };
        self.say(at + 1, "postfix/smtp", &format!("{id}: {ends}"));
        self.removed(at + 2, &id);
    }

    /// Says what counts for nothing.
    fn noise(&mut self, at: u64) {
        let client = self.client();
        let (program, text) = match self.chance.below(10) {
            0 => ("postfix/postscreen", "CONNECT from [203.0.113.7]:50123 to [192.0.2.25]:25".to_owned()),
            1 => ("postfix/postscreen", "PREGREET 14 after 0.07 from [203.0.113.7]:50123: EHLO ylmf-pc\\r\\n".to_owned()),
            2 => ("postfix/dnsblog", "addr 203.0.113.7 listed by domain bl.example as 127.0.0.2".to_owned()),
            3 => ("postfix/anvil", "statistics: max connection rate 2/60s for (smtp:203.0.113.7) at Mar  2 06:00:00".to_owned()),
            4 => ("postfix/smtpd", format!("warning: {client}: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=info")),
            5 => ("postfix/smtpd", format!("lost connection after AUTH from {client}")),
            6 => ("postfix/smtp", "connect to mx.example.net[203.0.113.25]:25: Connection timed out".to_owned()),
            7 => ("dovecot", "imap-login: Login: user=<alice>, method=PLAIN, rip=198.51.100.9, lip=192.0.2.25, TLS".to_owned()),
            8 => ("opendkim", "4A7F31: DKIM-Signature field added (s=mail, d=example.com)".to_owned()),
            _ => ("postfix/smtp", "Untrusted TLS connection established to mx.example.net[203.0.113.25]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)".to_owned()),
        };
        self.say(at, program, &text);
    }
}
