//! Reads what OpenSMTPD logs.
//!
//! In: entries of smtpd. Out: events; what is said of a session is a step of it, since only its first line names the
//! client. A message is named by the first eight digits of its envelopes' ids.
//!
//! - The sender of a refused recipient is not logged.
//! - `rcpt=<->` means that the recipient is the one that was named.
//! - There is no word for relaying: a foreign recipient is refused as invalid.
//!
//! Limits: the form with `event=` of before 6.0 is read where its fields are the same.
//!
//! References: smtpd(8); usr.sbin/smtpd/smtp_session.c, mta.c and mda.c of OpenSMTPD 6.8.

use crate::mtalog::event::{Agent, Client, Entry, Event, Link, Read, Session, Stage, Status, Step};
use crate::mtalog::read::LogReader;
use crate::mtalog::sessions::path;
use crate::mtalog::text::{address, begins, bracketed, cut, cut_at, quoted, word};
use crate::mtalog::wording::meaning;

/// The reader of OpenSMTPD.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenSmtpd;

impl LogReader for OpenSmtpd {
    fn read<'a>(&mut self, entry: &Entry<'a>, give: &mut Vec<Event<'a>>) -> Read {
        let (id, text) = word(entry.text);
        if id.len() != 16 || !id.iter().all(u8::is_ascii_hexdigit) {
            return service(entry.text, give);
        }
        let (part, rest) = word(text);
        match part {
            b"smtp" => session(id, rest, give),
            b"mta" | b"mda" => match rest.strip_prefix(b"delivery ") {
                Some(fields) => delivery(part == b"mta", fields, give),
                None => Read::Known,
            },
            _ => service(text, give),
        }
    }
}

/// Reads a line outside sessions.
fn service<'a>(text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    if begins(text, b"fatal: ") || begins(text, b"config error") {
        give.push(Event::Fault { text });
    }
    for known in [
        &b"info: "[..],
        b"warn: ",
        b"fatal: ",
        b"smtp-in: ",
        b"smtp-out: ",
        b"debug: ",
        b"mta ",
        b"mda ",
        b"smtp ",
        b"bounce",
        b"queue",
        b"scheduler",
        b"control",
        b"config error",
        b"event=",
        b"fatal",
        b"lookup",
    ] {
        if begins(text, known) {
            return Read::Known;
        }
    }
    Read::Unknown(cut_at(text, b"result=").is_some())
}

/// Reads a line of a session with a client.
fn session<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let (verb, text) = word(text);
    let fields = Fields(text);
    let step = match verb {
        b"connected" | b"event=connected" => Step::Opened,
        b"authentication" | b"event=authentication" => {
            let Some(account) = fields.get(b"user") else {
                return Read::Unknown(false);
            };
            match fields.get(b"result") {
                Some(b"ok") => Step::Login {
                    account,
                    success: true,
                },
                Some(b"permfail") => Step::Login {
                    account,
                    success: false,
                },
                _ => return Read::Known,
            }
        }
        b"message" | b"event=message" => match fields.get(b"msgid") {
            Some(id) => Step::Message { id },
            None => return Read::Unknown(true),
        },
        b"envelope" => return envelope(fields, give),
        b"failed-command" | b"event=failed-command" => {
            let (Some(command), Some(reply)) = (fields.get(b"command"), fields.get(b"result"))
            else {
                return Read::Unknown(true);
            };
            refused(command, reply)
        }
        b"disconnected" | b"event=closed" | b"event=disconnected" => Step::Closed,
        _ => return Read::Known,
    };
    let client = match fields.get(b"address") {
        Some(b"local") => Some(Client {
            address: None,
            name: b"",
        }),
        Some(at) => Some(Client {
            address: address(at),
            // What stands in place of a name that was not found.
            name: match fields.get(b"host") {
                Some(b"<unknown>" | b"unknown") | None => b"",
                Some(name) if address(name.strip_prefix(b"[").unwrap_or(name)).is_some() => b"",
                Some(name) => name,
            },
        }),
        None => None,
    };
    give.push(Event::Step {
        session: Session {
            name: id,
            part: b"",
        },
        client,
        step,
    });
    Read::Known
}

/// Reads `evpid=E from=<s> to=<r>`.
fn envelope<'a>(fields: Fields<'a>, give: &mut Vec<Event<'a>>) -> Read {
    let (Some(id), Some(sender), Some(address)) =
        (message(fields), fields.get(b"from"), fields.get(b"to"))
    else {
        return Read::Unknown(true);
    };
    give.push(Event::Accepted {
        id,
        sender,
        recipients: None,
        size: None,
    });
    give.push(Event::Recipient { id, address });
    Read::Known
}

fn refused<'a>(command: &'a [u8], reply: &'a [u8]) -> Step<'a> {
    let (stage, recipient) = if begins(command, b"rcpt to") {
        (Stage::Rcpt, Some(path(&command[5..])))
    } else if begins(command, b"mail from") {
        (Stage::Mail, None)
    } else if begins(command, b"data") || command.is_empty() {
        (Stage::Data, None)
    } else {
        (Stage::Helo, None)
    };
    Step::Refused {
        recipient,
        stage,
        refusal: meaning(reply),
        reply,
    }
}

/// Gives the id of the message of an envelope.
fn message<'a>(fields: Fields<'a>) -> Option<&'a [u8]> {
    fields.get(b"evpid")?.get(..8)
}

/// Reads the fields of a delivery.
fn delivery<'a>(outward: bool, text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let fields = Fields(text);
    let (Some(id), Some(to), Some(result)) =
        (message(fields), fields.get(b"to"), fields.get(b"result"))
    else {
        return Read::Unknown(true);
    };
    let status = match result {
        b"Ok" => Status::Sent,
        b"TempFail" => Status::Deferred,
        b"PermFail" => Status::Bounced,
        b"Expired" | b"Expire" => Status::Expired,
        // A loop: for good, too.
        b"Loop" => Status::Bounced,
        _ => return Read::Unknown(true),
    };
    let original = match fields.get(b"rcpt") {
        None | Some(b"-") => b"",
        Some(other) => other,
    };
    let hop = fields
        .get(if outward { &b"relay"[..] } else { b"user" })
        .unwrap_or(b"");
    let reply = fields.get(b"stat").unwrap_or(b"");
    let here = outward && address(word(hop).0).is_some_and(|address| address.is_loopback());
    let child = reply
        .split(|byte| !byte.is_ascii_hexdigit())
        .find(|word| word.len() == 8 && here && status == Status::Sent);
    give.push(Event::Delivery {
        id,
        to,
        original,
        expanded: false,
        agent: match (outward, child) {
            (true, Some(_)) => Agent::Filter,
            (true, None) => Agent::Remote,
            (false, _) => Agent::Local,
        },
        hop,
        status,
        reply,
    });
    if let Some(child) = child {
        give.push(Event::Linked {
            id,
            child,
            link: Link::Requeued,
        });
    }
    Read::Known
}

/// Fields of the form `key=value`, in order: a value may be in angle brackets or in quotes.
#[derive(Debug, Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn get(self, key: &[u8]) -> Option<&'a [u8]> {
        let mut rest = self.0;
        while !rest.is_empty() {
            let (name, value) = cut(rest, b'=')?;
            let (value, behind) = match value {
                [b'<', inside @ ..] => bracketed(inside)?,
                [b'"', inside @ ..] => match quoted(value) {
                    Some(end) => (&inside[..end - 2], &value[end..]),
                    None => (inside, &b""[..]),
                },
                _ => {
                    let end = memchr::memchr(b' ', value).unwrap_or(value.len());
                    value.split_at(end)
                }
            };
            if name == key {
                return Some(value.strip_suffix(b",").unwrap_or(value));
            }
            rest = crate::mtalog::text::skip_blanks(behind.strip_prefix(b",").unwrap_or(behind));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::shown::{hold, read};

    const KNOWN: Read = Read::Known;

    #[test]
    fn sessions_and_deliveries() {
        let row = |text: &'static str, read, events: &'static [&'static str]| {
            ("smtpd", text, read, events)
        };
        hold(
            &mut OpenSmtpd,
            &[
                row(
                    "1cba9d81d4e68d12 smtp connected address=192.0.2.34 host=pc34.example.com",
                    KNOWN,
                    &["Step 1cba9d81d4e68d12 pc34.example.com[192.0.2.34] Opened"],
                ),
                row(
                    "1cba9d81d4e68d12 smtp event=connected address=2001:db8::1 host=<unknown>",
                    KNOWN,
                    &["Step 1cba9d81d4e68d12 [2001:db8::1] Opened"],
                ),
                row(
                    "1cba9d81d4e68d12 smtp connected address=local host=mail",
                    KNOWN,
                    &["Step 1cba9d81d4e68d12 [-] Opened"],
                ),
                row("1cba9d81d4e68d12 smtp tls ciphers=x", KNOWN, &[]),
                row(
                    "40c48c33f55e3586 smtp authentication user=alice result=ok",
                    KNOWN,
                    &["Step 40c48c33f55e3586 - Login alice true"],
                ),
                row(
                    "40c48c33f55e3586 smtp authentication user=alice address=192.0.2.1 host=a result=permfail",
                    KNOWN,
                    &["Step 40c48c33f55e3586 a[192.0.2.1] Login alice false"],
                ),
                row(
                    "40c48c33f55e3586 smtp authentication user=alice result=tempfail",
                    KNOWN,
                    &[],
                ),
                row(
                    "1cba9d81d4e68d12 smtp message msgid=33e9e270 size=41554 nrcpt=1 proto=ESMTP",
                    KNOWN,
                    &["Step 1cba9d81d4e68d12 - Message 33e9e270"],
                ),
                row(
                    "1cba9d81d4e68d12 smtp envelope evpid=33e9e270783c363c from=<e@example.com> to=<s@example.net>",
                    KNOWN,
                    &[
                        "Accepted 33e9e270 <e@example.com>",
                        "Recipient 33e9e270 <s@example.net>",
                    ],
                ),
                row(
                    "1cba9d81d4e68d12 smtp failed-command command=\"RCPT TO:<a@example.net> NOTIFY=NEVER\" result=\"550 Invalid recipient: <a@example.net>\"",
                    KNOWN,
                    &[
                        "Step 1cba9d81d4e68d12 - Refused to=<a@example.net> Rcpt Recipient: 550 Invalid recipient: <a@example.net>",
                    ],
                ),
                row(
                    "1cba9d81d4e68d12 smtp disconnected reason=quit",
                    KNOWN,
                    &["Step 1cba9d81d4e68d12 - Closed"],
                ),
                row(
                    "cf91e67aaf191372 mta delivery evpid=33e9e270783c363c from=<e@example.com> to=<s@example.net> rcpt=<-> source=\"192.0.2.10\" relay=\"203.0.113.25 (mx.example.net)\" delay=4s result=\"Ok\" stat=\"250 2.0.0 Ok: queued as 37A24527BB\"",
                    KNOWN,
                    &[
                        "Delivery 33e9e270 <s@example.net> Remote Sent hop=203.0.113.25 (mx.example.net) reply=250 2.0.0 Ok: queued as 37A24527BB",
                    ],
                ),
                row(
                    "cf91e67aaf191372 mta delivery evpid=33e9e270783c363c from=<e@x> to=<s@example.net> rcpt=<a@example.com> source=\"-\" relay=\"127.0.0.1 (localhost)\" delay=4s result=\"Ok\" stat=\"250 2.0.0: 5e2d3a4b Message accepted for delivery\"",
                    KNOWN,
                    &[
                        "Delivery 33e9e270 <s@example.net> Filter Sent original=a@example.com hop=127.0.0.1 (localhost) reply=250 2.0.0: 5e2d3a4b Message accepted for delivery",
                        "Linked 33e9e270 5e2d3a4b Requeued",
                    ],
                ),
                row(
                    "0000000000000000 mda delivery evpid=4c8e9782ea367564 from=<o@example.org> to=<h@example.com> rcpt=<-> user=heidi delay=3s result=Ok stat=Delivered",
                    KNOWN,
                    &["Delivery 4c8e9782 <h@example.com> Local Sent hop=heidi reply=Delivered"],
                ),
                row(
                    "cf91e67aaf191372 mta connecting address=smtp+tls://203.0.113.25:25 host=mx",
                    KNOWN,
                    &[],
                ),
                row("info: OpenSMTPD 6.8.0p2 starting", KNOWN, &[]),
                row(
                    "cf91e67aaf191372 mta delivery evpid=33 from=<> to=<a@b> result=Ok",
                    Read::Unknown(true),
                    &[],
                ),
            ],
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(front in 0usize..4, tail: Vec<u8>, words in "[a-z<>:=\" 0-9@]{0,80}") {
            let fronts = [
                "", "1cba9d81d4e68d12 smtp failed-command command=", "1cba9d81d4e68d12 mta delivery evpid=",
                "1cba9d81d4e68d12 smtp connected address=",
            ];
            for tail in [&tail[..], words.as_bytes()] {
                let _ = read(&mut OpenSmtpd, "smtpd", &[fronts[front].as_bytes(), tail].concat());
            }
        }
    }
}
