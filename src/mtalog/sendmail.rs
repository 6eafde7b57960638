//! Reads what sendmail logs.
//!
//! In: entries of its daemon, whatever name `-L` gave it. Out: events. A message is named by its queue id.
//!
//! - `nrcpts=0`: nothing was taken, and there is no message.
//! - A recipient in angle brackets was named by the client; one without came out of an alias or a forward file.
//! - A login stands in a line of its own before the message; the protocol of the message ends in A.
//! - A recipient that is refused as unknown has its client told later, in the `from=` line of the same id.
//!
//! Limits: the sender of a recipient that a rule set refused stands there, too, and is not waited for.
//!
//! References: Sendmail Installation and Operation Guide, section "Log file format"; sendmail/envelope.c, srvrsmtp.c
//! and deliver.c of sendmail 8.17.

use crate::mtalog::event::{
    Agent, Client, Entry, Event, Link, Read, Refusal, Session, Stage, Status, Step,
};
use crate::mtalog::read::LogReader;
use crate::mtalog::text::{
    address, begins, bracketed, cut, cut_at, holds, number, quoted, skip_blanks, unbracket, word,
};
use crate::mtalog::wording::meaning;
use memchr::memmem;

/// The reader of sendmail.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sendmail;

/// Says whether a text looks like sendmail's, for programs whose name says nothing.
pub(in crate::mtalog) fn is_sendmail(text: &[u8]) -> bool {
    queue_id(text).is_some_and(|(_, rest)| {
        rest.starts_with(b"from=") || rest.starts_with(b"to=") || rest.starts_with(b"ruleset=")
    })
}

/// Reads an id of 14 letters and digits, the first three of which tell a date, and the colon behind it.
fn queue_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (id, rest) = text.split_at_checked(14)?;
    let [b':', b' ', rest @ ..] = rest else {
        return text.strip_prefix(b"NOQUEUE: ").map(|rest| (&b""[..], rest));
    };
    id.iter()
        .all(u8::is_ascii_alphanumeric)
        .then_some((id, rest))
}

impl LogReader for Sendmail {
    fn read<'a>(&mut self, entry: &Entry<'a>, give: &mut Vec<Event<'a>>) -> Read {
        let (id, text) = queue_id(entry.text).unwrap_or((b"", entry.text));
        if let Some(rest) = text.strip_prefix(b"from=")
            && !id.is_empty()
        {
            return arrival(id, rest, give);
        }
        if let Some(rest) = text.strip_prefix(b"to=")
            && !id.is_empty()
        {
            return delivery(id, rest, give);
        }
        if let Some(rest) = text.strip_prefix(b"ruleset=") {
            return ruleset(id, rest, give);
        }
        if text.starts_with(b"AUTH") {
            return login(text, give);
        }
        if let Some((child, rest)) = queue_id(text)
            && !id.is_empty()
            && !child.is_empty()
        {
            return notice(id, child, rest, give);
        }
        if let [b'<', inside @ ..] = text
            && let Some((recipient, rest)) = bracketed(inside)
            && let Some(reply) = rest.strip_prefix(b"... ")
            && !id.is_empty()
        {
            // Its client is told in the line of the same id that has the sender.
            give.push(Event::Step {
                session: dialogue(id),
                client: None,
                step: Step::Refused {
                    recipient: Some(recipient),
                    stage: Stage::Rcpt,
                    refusal: meaning(reply),
                    reply,
                },
            });
            return Read::Known;
        }
        if holds(text, b"readcf") || holds(text, b"no local mailer defined") {
            give.push(Event::Fault { text });
        }
        Read::Known
    }
}

/// Gives the value of a field, up to the next comma and blank, of the last place it stands at: what clients choose
/// stands before.
fn last<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    let at = memmem::rfind(text, key)? + key.len();
    let value = &text[at..];
    Some(memmem::find(value, b", ").map_or(value, |end| &value[..end]))
}

/// Reads `NAME [A]`, `[A]`, `NAME [A] (may be forged)`; nothing for `root@localhost`, which is the host itself.
fn relay(text: &[u8]) -> Option<Client<'_>> {
    let open = memchr::memrchr(b'[', text)?;
    let (inside, behind) = cut(&text[open + 1..], b']')?;
    let address = address(inside)?;
    let name = text[..open].trim_ascii_end();
    let name = memchr::memrchr(b'@', name).map_or(name, |at| &name[at + 1..]);
    let name = name.strip_suffix(b".").unwrap_or(name);
    // The name does not lead back to the address.
    let forged = holds(behind, b"forged");
    Some(Client {
        address: Some(address),
        name: if forged { b"" } else { name },
    })
}

/// Gives an address in angle brackets without them, or one without any, and what is behind.
fn one(text: &[u8]) -> (&[u8], &[u8], bool) {
    if let [b'<', inside @ ..] = text
        && let Some((address, rest)) = bracketed(inside)
    {
        return (address, rest, true);
    }
    let from = match text.first() {
        Some(b'"') => quoted(text).unwrap_or(0),
        _ => 0,
    };
    let end = memchr::memchr(b',', &text[from..]).map_or(text.len(), |end| from + end);
    let (address, rest) = text.split_at(end);
    (address, rest, false)
}

/// Reads `<s>, size=N, class=N, nrcpts=N, msgid=<..>, proto=ESMTP, daemon=NAME, relay=NAME [A]`.
fn arrival<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let (sender, rest, _) = one(text);
    let told = |key: &[u8]| {
        cut_at(rest, key)
            .and_then(|(_, value)| number(value))
            .map(|(value, _)| value)
    };
    let recipients = told(b", nrcpts=");
    let proto = last(rest, b", proto=").unwrap_or(b"");
    let relay_text = last(rest, b", relay=").unwrap_or(b"");
    let client = relay(relay_text);
    if client.is_some() {
        for step in [Step::Mail { sender }, Step::Closed] {
            give.push(Event::Step {
                session: dialogue(id),
                client,
                step,
            });
        }
    }
    if recipients == Some(0) {
        return Read::Known;
    }
    if let Some(client) = client
        && proto.ends_with(b"A")
    {
        let session = session(relay_text);
        let step = |step| Event::Step {
            session,
            client: Some(client),
            step,
        };
        // The login may have been before the log begins.
        give.push(step(Step::Authenticated));
        give.push(step(Step::Message { id }));
    } else {
        give.push(Event::Arrived {
            id,
            client,
            helo: b"",
            account: b"",
            before: b"",
        });
    }
    give.push(Event::Accepted {
        id,
        sender,
        recipients: recipients.and_then(|count| u32::try_from(count).ok()),
        size: told(b", size="),
    });
    Read::Known
}

/// What is said of a message before its client is told.
fn dialogue(id: &[u8]) -> Session<'_> {
    Session {
        name: id,
        part: b"id",
    }
}

/// A client that logs in.
fn session(relay: &[u8]) -> Session<'_> {
    Session {
        name: relay,
        part: b"sendmail",
    }
}

/// Reads `LIST, [ctladdr=..,] delay=.., mailer=M, [relay=HOST. [A],] dsn=x.y.z, stat=S`.
fn delivery<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    // The end of the list is not known before it has been gone through.
    let mut rest = text;
    loop {
        rest = one(rest).1;
        match rest {
            [b',', b' ', ..] | [] => break,
            [b',', behind @ ..] => rest = behind,
            _ => return Read::Unknown(true),
        }
    }
    let fields = rest;
    let Some((before, stat)) = cut_at(fields, b", stat=") else {
        return Read::Unknown(true);
    };
    let value = |key: &[u8]| last(before, key).unwrap_or(b"");
    let (mailer, hop) = (value(b", mailer="), value(b", relay="));
    let status = status(stat, value(b", dsn="));
    let mut agent = match mailer {
        b"local" | b"prog" | b"*file*" | b"*include*" | b"procmail" | b"maildrop" | b"usenet" => {
            Agent::Local
        }
        b"error" | b"discard" | b"*discard*" => Agent::Nobody,
        b"esmtp" | b"smtp" | b"smtp8" | b"dsmtp" | b"relay" | b"esmtps" | b"smtps" => Agent::Remote,
        other if begins(other, b"cyrus") || holds(other, b"lmtp") || holds(other, b"dovecot") => {
            Agent::Local
        }
        _ if hop.is_empty() || hop == b"local" => Agent::Local,
        _ => Agent::Remote,
    };
    let here = relay(hop).is_some_and(|next| next.address.is_some_and(|at| at.is_loopback()));
    let child = cut(stat, b'(')
        .filter(|_| status == Status::Sent && here && agent == Agent::Remote)
        .and_then(|(_, said)| handed(said));
    if child.is_some() {
        agent = Agent::Filter;
    }
    let ctladdr = cut_at(before, b"ctladdr=").map_or(&b""[..], |(_, value)| {
        let (address, ..) = one(value);
        unbracket(word(address).0)
    });
    let mut rest = text;
    loop {
        let (to, behind, named) = one(rest);
        give.push(Event::Delivery {
            id,
            to,
            original: if named || !ctladdr.contains(&b'@') {
                b""
            } else {
                ctladdr
            },
            expanded: !named,
            agent,
            hop,
            status,
            reply: stat,
        });
        match behind {
            [b',', b' ', ..] | [] => break,
            [b',', behind @ ..] => rest = behind,
            _ => break,
        }
    }
    if let Some(child) = child {
        give.push(Event::Linked {
            id,
            child,
            link: Link::Requeued,
        });
    }
    Read::Known
}

/// Gives the id that another sendmail of this host gave the message: `2.0.0 ID Message accepted for delivery`.
fn handed(said: &[u8]) -> Option<&[u8]> {
    let at = memmem::find(said, b" Message accepted for delivery")?;
    let (_, id) = said[..at].split_at_checked(at.checked_sub(14)?)?;
    id.iter().all(u8::is_ascii_alphanumeric).then_some(id)
}

/// Reads what became of a delivery, from the words or else from the code.
fn status(stat: &[u8], dsn: &[u8]) -> Status {
    if begins(stat, b"sent") {
        Status::Sent
    } else if begins(stat, b"deferred") || begins(stat, b"queued") {
        Status::Deferred
    } else if holds(stat, b"cannot send message") {
        Status::Expired
    } else {
        match dsn.first() {
            Some(b'2') => Status::Sent,
            Some(b'4') => Status::Deferred,
            _ => Status::Bounced,
        }
    }
}

/// Reads `check_rcpt, arg1=<r>, relay=NAME [A], reject=550 5.7.1 <r>... Relaying denied`.
fn ruleset<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let (name, rest) = cut_at(text, b", ").unwrap_or((text, b""));
    let stage = match name {
        b"check_rcpt" => Stage::Rcpt,
        b"check_mail" => Stage::Mail,
        b"check_relay" => Stage::Connect,
        b"check_vrfy" | b"check_expn" | b"check_etrn" => return Read::Known,
        b"tls_client" | b"tls_server" | b"tls_rcpt" | b"trust_auth" => Stage::Helo,
        _ => Stage::Data,
    };
    let mut argument: &[u8] = b"";
    let mut rest = rest;
    if let Some(value) = rest.strip_prefix(b"arg1=") {
        (argument, rest, _) = one(value);
    }
    let Some((before, reply)) = cut_at(rest, b", reject=").or_else(|| cut_at(rest, b"reject="))
    else {
        return Read::Known;
    };
    let Some(client) = last(before, b"relay=").and_then(relay) else {
        return Read::Known;
    };
    give.push(Event::Refused {
        id,
        client,
        helo: b"",
        account: b"",
        sender: (stage == Stage::Mail).then_some(argument),
        recipient: (stage == Stage::Rcpt).then_some(argument),
        stage,
        refusal: match meaning(reply) {
            // A list may be named by a relay's name.
            Refusal::Relay if stage == Stage::Connect => Refusal::Other,
            other => other,
        },
        warned: false,
        reply,
    });
    Read::Known
}

/// Reads `AUTH=server, relay=NAME [A], authid=U, mech=M, bits=N` and `AUTH failure (M): ..., user=U, relay=NAME [A]`.
fn login<'a>(text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let success = text.starts_with(b"AUTH=server");
    if !success && !text.starts_with(b"AUTH failure") {
        return Read::Known;
    }
    let key: &[u8] = if success { b", authid=" } else { b", user=" };
    let Some((relay_text, client)) =
        last(text, b", relay=").and_then(|text| Some((text, relay(text)?)))
    else {
        return Read::Known;
    };
    give.push(Event::Step {
        session: session(relay_text),
        client: Some(client),
        step: Step::Login {
            account: last(text, key).unwrap_or(b""),
            success,
        },
    });
    Read::Known
}

/// Reads `ID2: DSN: text`, `ID2: sender notify: ..`, `ID2: return to sender: ..`.
fn notice<'a>(id: &'a [u8], child: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    for kind in [
        &b"dsn:"[..],
        b"sender notify",
        b"postmaster notify",
        b"return to sender",
        b"return receipt",
    ] {
        if begins(skip_blanks(text), kind) {
            give.push(Event::Linked {
                id,
                child,
                link: Link::Notified,
            });
            return Read::Known;
        }
    }
    // A list with an owner is sent on under another id.
    if begins(text, b"clone") {
        give.push(Event::Linked {
            id,
            child,
            link: Link::Forwarded,
        });
    }
    Read::Known
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::shown::{hold, read};

    const KNOWN: Read = Read::Known;

    #[test]
    fn lines_of_sendmail() {
        let row =
            |text: &'static str, events: &'static [&'static str]| ("sm-mta", text, KNOWN, events);
        hold(
            &mut Sendmail,
            &[
                row(
                    "P0KA4hDx083547: from=<news@example.net>, size=52815, class=0, nrcpts=1, msgid=<5, relay=x [1.2.3.4], nrcpts=9@e>, proto=ESMTP, daemon=MTA-v4, relay=m.example.org [198.51.100.60]",
                    &[
                        "Step P0KA4hDx083547/id m.example.org[198.51.100.60] Mail <news@example.net>",
                        "Step P0KA4hDx083547/id m.example.org[198.51.100.60] Closed",
                        "Arrived P0KA4hDx083547 m.example.org[198.51.100.60]",
                        "Accepted P0KA4hDx083547 <news@example.net> n=1 size=52815",
                    ],
                ),
                row(
                    "P0KA30jm018992: from=<a@example.org>, size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA-v4, relay=[203.0.113.150]",
                    &[
                        "Step P0KA30jm018992/id [203.0.113.150] Mail <a@example.org>",
                        "Step P0KA30jm018992/id [203.0.113.150] Closed",
                    ],
                ),
                row(
                    "P0KA30jm018992: from=<>, size=1, class=0, nrcpts=1, proto=ESMTP, daemon=MTA-v6, relay=h.example [IPv6:2001:db8::1] (may be forged)",
                    &[
                        "Step P0KA30jm018992/id [2001:db8::1] Mail <>",
                        "Step P0KA30jm018992/id [2001:db8::1] Closed",
                        "Arrived P0KA30jm018992 [2001:db8::1]",
                        "Accepted P0KA30jm018992 <> n=1 size=1",
                    ],
                ),
                row(
                    "P0KA30jm018992: from=root, size=1, class=0, nrcpts=1, msgid=<x@y>, relay=root@localhost",
                    &[
                        "Arrived P0KA30jm018992 here",
                        "Accepted P0KA30jm018992 <root> n=1 size=1",
                    ],
                ),
                row(
                    "AUTH=server, relay=home.example.org [198.51.100.201], authid=bob, mech=LOGIN, bits=0",
                    &[
                        "Step home.example.org [198.51.100.201]/sendmail home.example.org[198.51.100.201] Login bob true",
                    ],
                ),
                row(
                    "P0KANjFY019349: from=<bob@example.com>, size=4, class=0, nrcpts=1, msgid=<2>, proto=ESMTPSA, daemon=MSP-v4, relay=home.example.org [198.51.100.201]",
                    &[
                        "Step P0KANjFY019349/id home.example.org[198.51.100.201] Mail <bob@example.com>",
                        "Step P0KANjFY019349/id home.example.org[198.51.100.201] Closed",
                        "Step home.example.org [198.51.100.201]/sendmail home.example.org[198.51.100.201] Authenticated",
                        "Step home.example.org [198.51.100.201]/sendmail home.example.org[198.51.100.201] Message P0KANjFY019349",
                        "Accepted P0KANjFY019349 <bob@example.com> n=1 size=4",
                    ],
                ),
                row(
                    "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=bob, relay=h.example [203.0.113.9]",
                    &[
                        "Step h.example [203.0.113.9]/sendmail h.example[203.0.113.9] Login bob false",
                    ],
                ),
                row(
                    "P0KA4hDx083547: to=<frank@example.com>, delay=00:00:04, xdelay=00:00:03, mailer=local, pri=87949, dsn=2.0.0, stat=Sent",
                    &["Delivery P0KA4hDx083547 <frank@example.com> Local Sent reply=Sent"],
                ),
                row(
                    "P0KB00cn047997: to=frank@example.org, ctladdr=<frank@example.com> (8/0), delay=00:00:02, mailer=esmtp, pri=1, relay=mx.example.org. [198.51.100.25], dsn=2.0.0, stat=Sent (2.0.0 Ok: queued as E54E)",
                    &[
                        "Delivery P0KB00cn047997 <frank@example.org> expanded Remote Sent original=frank@example.com hop=mx.example.org. [198.51.100.25] reply=Sent (2.0.0 Ok: queued as E54E)",
                    ],
                ),
                row(
                    "P0KB00cn047997: to=<a@b>,<\"c, stat=Sent\"@d>,e@f, delay=00:00:02, mailer=esmtp, pri=1, relay=mx. [198.51.100.25], dsn=4.0.0, stat=Deferred: x",
                    &[
                        "Delivery P0KB00cn047997 <a@b> Remote Deferred hop=mx. [198.51.100.25] reply=Deferred: x",
                        "Delivery P0KB00cn047997 <\"c, stat=Sent\"@d> Remote Deferred hop=mx. [198.51.100.25] reply=Deferred: x",
                        "Delivery P0KB00cn047997 <e@f> expanded Remote Deferred hop=mx. [198.51.100.25] reply=Deferred: x",
                    ],
                ),
                row(
                    "P0KB00cn047997: to=<a@b>, delay=00:00:02, mailer=relay, pri=1, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (P0KA4hDx083547 Message accepted for delivery)",
                    &[
                        "Delivery P0KB00cn047997 <a@b> Filter Sent hop=[127.0.0.1] [127.0.0.1] reply=Sent (P0KA4hDx083547 Message accepted for delivery)",
                        "Linked P0KB00cn047997 P0KA4hDx083547 Requeued",
                    ],
                ),
                row(
                    "P0KB00cn047997: to=<a@b>, delay=00:00:02, mailer=esmtp, pri=1, relay=mx. [198.51.100.25], dsn=5.1.1, stat=User unknown",
                    &[
                        "Delivery P0KB00cn047997 <a@b> Remote Bounced hop=mx. [198.51.100.25] reply=User unknown",
                    ],
                ),
                row(
                    "P0KA30jm018992: ruleset=check_rcpt, arg1=<b0@example.net>, relay=[203.0.113.150], reject=550 5.7.1 <b0@example.net>... Relaying denied",
                    &[
                        "Refused P0KA30jm018992 [203.0.113.150] to=<b0@example.net> Rcpt Relay: 550 5.7.1 <b0@example.net>... Relaying denied",
                    ],
                ),
                row(
                    "ruleset=check_relay, arg1=d.example.net, arg2=198.51.100.196, relay=d.example.net [198.51.100.196], reject=550 5.7.1 Rejected: 198.51.100.196 listed at x",
                    &[
                        "Refused - d.example.net[198.51.100.196] Connect Other: 550 5.7.1 Rejected: 198.51.100.196 listed at x",
                    ],
                ),
                row(
                    "P0KBx9xs079382: ruleset=check_mail, arg1=<a42@example.net>, relay=[198.51.100.234], reject=553 5.1.8 <a42@example.net>... Domain of sender address a42@example.net does not exist",
                    &[
                        "Refused P0KBx9xs079382 [198.51.100.234] from=<a42@example.net> Mail SenderDomain: 553 5.1.8 <a42@example.net>... Domain of sender address a42@example.net does not exist",
                    ],
                ),
                row(
                    "P0KBx9xs079382: <x@example.com>... User unknown",
                    &[
                        "Step P0KBx9xs079382/id - Refused to=<x@example.com> Rcpt Recipient: User unknown",
                    ],
                ),
                row(
                    "P0KBx9xs079382: P0KBx9xs079383: DSN: User unknown",
                    &["Linked P0KBx9xs079382 P0KBx9xs079383 Notified"],
                ),
                row(
                    "STARTTLS=server, relay=x [198.51.100.1], version=TLSv1.3",
                    &[],
                ),
                row("gibberish", &[]),
            ],
        );
        let (came_to, events) = read(
            &mut Sendmail,
            "sm-mta",
            b"P0KBx9xs079382: to=<a@b>, delay=1",
        );
        assert_eq!((came_to, events.len()), (Read::Unknown(true), 0));
    }

    #[test]
    fn other_names_are_known_by_the_text() {
        assert!(is_sendmail(b"P0KA4hDx083547: from=<a@b>, size=1"));
        assert!(!is_sendmail(b"P0KA4hDx083547: hello"));
        assert!(!is_sendmail(b"from=<a@b>"));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(front in 0usize..6, tail: Vec<u8>, words in "[a-z<>:=,\" 0-9@()\\[\\]]{0,80}") {
            let fronts = [
                "", "P0KA4hDx083547: from=", "P0KA4hDx083547: to=", "P0KA4hDx083547: to=<a@b>, stat=Sent (",
                "ruleset=check_rcpt, arg1=", "AUTH=server, relay=",
            ];
            for tail in [&tail[..], words.as_bytes()] {
                let _ = read(&mut Sendmail, "sendmail", &[fronts[front].as_bytes(), tail].concat());
            }
        }
    }
}
