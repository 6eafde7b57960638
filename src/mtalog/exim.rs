//! Reads what Exim logs: its main log and its reject log, as files of their own or in syslog.
//!
//! In: entries. Out: events; every line tells all there is to know of it.
//!
//! - Of a host only the last bracket can be trusted: `H=name (helo) [address]`. The name is verified, what stands in
//!   parentheses is not.
//! - The original recipient stands in angle brackets behind the final one; parentheses hold those between.
//! - A refusal may have the site's own text, so that one without a known word is [`Refusal::Unclear`].
//!
//! Limits: a HELO with blanks, which Exim refuses unless told otherwise, may hide the fields behind it.
//!
//! References: The Exim Specification, chapters "Log files" and "Access control lists".

use crate::mtalog::event::{Agent, Client, Entry, Event, Link, Read, Refusal, Stage, Status};
use crate::mtalog::read::LogReader;
use crate::mtalog::text::{
    address, begins, bracketed, cut, cut_at, holds, number, quoted, skip_blanks, whole_number, word,
};
use crate::mtalog::wording::meaning;
use memchr::memmem;

/// The reader of Exim.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exim;

impl LogReader for Exim {
    fn read<'a>(&mut self, entry: &Entry<'a>, give: &mut Vec<Event<'a>>) -> Read {
        let text = inner(entry.text);
        let (id, rest) = word(text);
        if !is_exim_id(id) {
            return outside(b"", text, give);
        }
        let (sign, fields) = word(rest);
        match sign {
            b"<=" => arrival(id, fields, give),
            b"=>" | b"->" | b">>" => delivery(id, fields, Status::Sent, give),
            b"**" => delivery(id, fields, Status::Bounced, give),
            b"==" => delivery(id, fields, Status::Deferred, give),
            b"*>" => Read::Known,
            b"Completed" => {
                give.push(Event::Ended { id });
                Read::Known
            }
            _ => outside(id, rest, give),
        }
    }
}

/// Says whether a word is the id of a message: 6-6-2 letters and digits, or 6-11-4.
pub(in crate::mtalog) fn is_exim_id(id: &[u8]) -> bool {
    let dashes = match id.len() {
        16 => [6, 13],
        23 => [6, 18],
        _ => return false,
    };
    id.iter().enumerate().all(|(at, byte)| {
        if dashes.contains(&at) {
            *byte == b'-'
        } else {
            byte.is_ascii_alphanumeric()
        }
    })
}

/// Takes what Exim puts before its text in syslog: the number of a part, its own stamp, the process.
fn inner(text: &[u8]) -> &[u8] {
    let mut text = text;
    if let [b'[', digit, ..] = text
        && digit.is_ascii_digit()
        && let Some((part, rest)) = cut(text, b']')
        && memchr::memchr2(b'/', b'\\', part).is_some()
    {
        text = skip_blanks(rest);
    }
    if text.len() > 20 && text[4] == b'-' && text[7] == b'-' && text[10] == b' ' && text[13] == b':'
    {
        let (_, rest) = word(&text[11..]);
        text = rest;
        if let [b'+' | b'-', a, b, c, d, b' ', rest @ ..] = text
            && [a, b, c, d].iter().all(|digit| digit.is_ascii_digit())
        {
            text = rest;
        }
    }
    if let [b'[', digit, ..] = text
        && digit.is_ascii_digit()
        && let Some((pid, [b' ', rest @ ..])) = cut(&text[1..], b']')
        && whole_number(pid).is_some()
    {
        text = rest;
    }
    text
}

/// A host as Exim writes it.
#[derive(Debug, Clone, Copy)]
struct Host<'a> {
    client: Client<'a>,
    helo: &'a [u8],
    /// As it stands there.
    whole: &'a [u8],
}

/// Reads `name (helo) [address]:port` or less of it; gives what is behind.
fn host(text: &[u8]) -> Option<(Host<'_>, &[u8])> {
    let mut name: &[u8] = b"";
    let mut helo: &[u8] = b"";
    let mut rest = text;
    if !matches!(rest.first(), Some(b'(' | b'[')) {
        (name, rest) = cut(rest, b' ')?;
    }
    if let [b'(', inside @ ..] = rest {
        let end = memmem::find(inside, b") [")?;
        helo = &inside[..end];
        rest = &inside[end + 2..];
    }
    let [b'[', inside @ ..] = rest else {
        return None;
    };
    let (at, mut behind) = cut(inside, b']')?;
    let whole = &text[..text.len() - behind.len()];
    if let [b':', digits @ ..] = behind
        && let Some((_, rest)) = number(digits)
    {
        behind = rest;
    }
    let client = Client {
        address: address(at),
        name,
    };
    client.address.map(|_| {
        (
            Host {
                client,
                helo,
                whole,
            },
            behind,
        )
    })
}

/// Gives the next field `KEY=value`, whose value may be in quotes or in angle brackets, and what is behind it.
fn field(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = skip_blanks(text);
    let end = text
        .iter()
        .take(8)
        .position(|byte| !byte.is_ascii_alphanumeric())?;
    let [b'=', value @ ..] = &text[end..] else {
        return None;
    };
    let key = &text[..end];
    let (value, rest) = match value {
        [b'"', inside @ ..] => match quoted(value) {
            Some(end) => (&inside[..end - 2], &value[end..]),
            None => (inside, &b""[..]),
        },
        [b'<', inside @ ..] => bracketed(inside)?,
        _ => word(value),
    };
    (!key.is_empty()).then_some((key, value, rest))
}

/// Reads `sender H=... P=proto A=auth:id S=n id=.. for r1 r2`.
fn arrival<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let Some((sender, mut rest)) = sent_to(text) else {
        return Read::Unknown(true);
    };
    let mut from: Option<Host<'a>> = None;
    let mut account: &[u8] = b"";
    let mut bounced: &[u8] = b"";
    let mut size = None;
    loop {
        rest = skip_blanks(rest);
        if let Some(behind) = rest.strip_prefix(b"H=") {
            match host(behind) {
                Some((found, behind)) => (from, rest) = (Some(found), behind),
                None => rest = word(behind).1,
            }
            continue;
        }
        let Some((key, value, behind)) = field(rest) else {
            match word(rest) {
                (b"from" | b"for", _) | (b"", _) => break,
                // A flag, such as L. or K.
                (_, behind) => rest = behind,
            }
            continue;
        };
        match key {
            b"A" => account = cut(value, b':').map_or(value, |(_, account)| account),
            b"R" if sender.is_empty() => bounced = value,
            b"S" => size = whole_number(value),
            _ => {}
        }
        rest = behind;
    }
    give.push(Event::Arrived {
        id,
        client: from.map(|from| from.client),
        helo: from.map_or(b"", |from| from.helo),
        account,
        before: b"",
    });
    if is_exim_id(bounced) {
        give.push(Event::Linked {
            id: bounced,
            child: id,
            link: Link::Notified,
        });
    }
    give.push(Event::Accepted {
        id,
        sender,
        recipients: None,
        size,
    });
    if let Some(at) = memmem::rfind(rest, b" for ")
        .map(|at| at + 5)
        .or(rest.starts_with(b"for ").then_some(4))
    {
        let mut list = &rest[at..];
        while !list.is_empty() {
            let Some((address, behind)) = sent_to(list) else {
                break;
            };
            if !address.is_empty() {
                give.push(Event::Recipient { id, address });
            }
            list = skip_blanks(behind);
        }
    }
    Read::Known
}

/// Reads an address without brackets, whose local part may be quoted; `<>` is an empty one.
fn sent_to(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    if let [b'<', b'>', rest @ ..] = text {
        return Some((b"", rest));
    }
    let from = if text[0] == b'"' {
        quoted(text).unwrap_or(0)
    } else {
        0
    };
    let end = memchr::memchr(b' ', &text[from..]).map_or(text.len(), |end| from + end);
    Some(text.split_at(end))
}

/// Reads `addr (between) <original> R=router T=transport H=host [a] C="reply"`, or `...: what went wrong`.
fn delivery<'a>(id: &'a [u8], text: &'a [u8], status: Status, give: &mut Vec<Event<'a>>) -> Read {
    let mut to: &[u8];
    let mut rest: &[u8];
    if let [b'|' | b'/' | b':', ..] = text {
        // A command, a file or :blackhole:, blanks and all.
        let end = [&b" <"[..], b" R=", b" T=", b" P="]
            .iter()
            .filter_map(|end| memmem::find(text, end))
            .min();
        (to, rest) = text.split_at(end.unwrap_or(text.len()));
    } else {
        match sent_to(text) {
            Some(found) => (to, rest) = found,
            None => return Read::Unknown(true),
        }
    }
    // The text may follow at once: "a@b: Unrouteable address".
    if let Some(bare) = to.strip_suffix(b":") {
        rest = &text[bare.len()..];
        to = bare;
    }
    let mut original: &[u8] = b"";
    let mut next: Option<Host<'a>> = None;
    let mut transport: &[u8] = b"";
    let mut reply: &[u8] = b"";
    loop {
        if let [b':', b' ', said @ ..] = rest {
            reply = said;
            break;
        }
        rest = skip_blanks(rest);
        match rest {
            [] => break,
            [b'<', inside @ ..] => match bracketed(inside) {
                Some((address, behind)) => {
                    if original.is_empty() {
                        original = address;
                    }
                    rest = behind;
                }
                None => break,
            },
            [b'(', inside @ ..] => rest = cut(inside, b')').map_or(b"", |(_, behind)| behind),
            [b'H', b'=', behind @ ..] => match host(behind) {
                Some((found, behind)) => (next, rest) = (Some(found), behind),
                None => rest = word(behind).1,
            },
            _ => match field(rest) {
                Some((key, value, behind)) => {
                    // "R=router: text" has its colon behind the value.
                    let (value, colon) = match value.strip_suffix(b":") {
                        Some(value) if !matches!(key, b"C" | b"X") => (value, true),
                        _ => (value, false),
                    };
                    match key {
                        b"T" => transport = value,
                        b"C" => reply = value,
                        _ => {}
                    }
                    rest = behind;
                    if colon {
                        reply = skip_blanks(behind);
                        break;
                    }
                }
                None => {
                    let (flag, behind) = word(rest);
                    rest = behind;
                    if flag.ends_with(b":") {
                        reply = behind;
                        break;
                    }
                }
            },
        }
    }
    let lmtp = holds(transport, b"lmtp");
    let here = next.is_some_and(|next| next.client.address.is_some_and(|at| at.is_loopback()));
    let agent = match next {
        Some(_) if lmtp => Agent::Local,
        Some(_) if here => Agent::Filter,
        Some(_) => Agent::Remote,
        None if holds(transport, b"smtp") => Agent::Remote,
        None if transport.is_empty() && status != Status::Sent => Agent::Nobody,
        None if to == b":blackhole:" => Agent::Nobody,
        None => Agent::Local,
    };
    let status = if status == Status::Bounced && holds(reply, b"retry timeout exceeded") {
        Status::Expired
    } else {
        status
    };
    give.push(Event::Delivery {
        id,
        to,
        original: if original == to { b"" } else { original },
        expanded: false,
        agent,
        hop: next.map_or(transport, |next| next.whole),
        status,
        reply,
    });
    if here
        && status == Status::Sent
        && let Some((_, child)) = cut_at(reply, b"id=")
        && is_exim_id(word(child).0)
    {
        give.push(Event::Linked {
            id,
            child: word(child).0,
            link: Link::Requeued,
        });
    }
    Read::Known
}

/// Reads a line that is about no message, or about one that has none of the signs.
fn outside<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    if let Some(rest) = text.strip_prefix(b"H=")
        && let Some((from, rest)) = host(rest)
    {
        return refusal(id, from, rest, give);
    }
    // Lines of a session of the host itself: U=root F=<a@b> rejected RCPT <c@d>: ...
    if begins(text, b"u=") || begins(text, b"f=<") {
        return Read::Known;
    }
    if let Some((_, rest)) = cut_at(text, b" authenticator failed for ") {
        let rest = rest.strip_prefix(b"H=").unwrap_or(rest);
        let Some((from, rest)) = host(rest) else {
            return Read::Unknown(false);
        };
        // Not when the server of accounts was away.
        if cut_at(rest, b": 435 ").is_none() {
            let account = memmem::rfind(rest, b"(set_id=").map_or(&b""[..], |at| {
                let name = &rest[at + 8..];
                memchr::memrchr(b')', name).map_or(name, |end| &name[..end])
            });
            give.push(Event::Login {
                client: from.client,
                account,
                success: false,
            });
        }
        return Read::Known;
    }
    if let Some(rest) = text.strip_prefix(b"SMTP connection from ") {
        let rest = rest.strip_prefix(b"H=").unwrap_or(rest);
        if let Some((from, behind)) = host(rest)
            && cut_at(behind, b"connection count").is_some()
        {
            give.push(Event::Connected {
                session: b"",
                client: from.client,
            });
        }
        return Read::Known;
    }
    if holds(text, b"configuration error") {
        give.push(Event::Fault { text });
        return Read::Known;
    }
    if !id.is_empty() {
        return Read::Known;
    }
    const SERVICE: &[&[u8]] = &[
        b"no host name found",
        b"no ip address found",
        b"smtp ",
        b"start queue run",
        b"end queue run",
        b"exim ",
        b"tls error",
        b"unexpected ",
        b"warning",
        b"list matching",
        b"dkim",
        b"cwd=",
        b"sighup",
        b"sender verify",
        b"failed to",
        b"ignoring ",
        b"too many",
        b"connection ",
        b"refused connection",
        b"rejected ",
        b"lost ",
        b"daemon",
        b"queue run",
        b"spam",
        b"clamd",
        b"malware",
        b"host name alias",
        b"ident ",
        b"auth",
        b"callout",
        b"dns",
        b"fixed_login",
        b"login ",
        b"plain ",
        b"dovecot",
        b"server ",
        b"bind()",
        b"socket ",
        b"pid ",
        b"remote host",
        b"h=",
        b"i=",
        b"log string overflow",
        b"2 args:",
        b"cancelled",
        b"message ",
    ];
    if SERVICE.iter().any(|known| begins(text, known)) {
        return Read::Known;
    }
    Read::Unknown(holds(text, b"rejected rcpt") || cut_at(text, b" => ").is_some())
}

/// Reads `F=<s> A=.. rejected RCPT <r>: text` from behind the host.
fn refusal<'a>(id: &'a [u8], from: Host<'a>, text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let mut rest = text;
    let mut sender = None;
    let mut account: &[u8] = b"";
    let verb = loop {
        rest = skip_blanks(rest);
        if rest.starts_with(b"rejected ") {
            break &rest[b"rejected ".len()..];
        }
        if let Some(verb) = rest.strip_prefix(b"temporarily rejected ") {
            break verb;
        }
        if let Some((key, value, behind)) = field(rest) {
            match key {
                b"F" => sender = Some(value),
                b"A" => account = cut(value, b':').map_or(value, |(_, account)| account),
                _ => {}
            }
            rest = behind;
            continue;
        }
        match word(rest) {
            (b"", _) | (b"Warning:" | b"sender" | b"incomplete", _) => return Read::Known,
            (_, behind) => rest = behind,
        }
    };
    let (stage, mut behind) = word(verb);
    let stage = match stage {
        b"RCPT" => Stage::Rcpt,
        b"MAIL" => Stage::Mail,
        b"EHLO" | b"HELO" | b"AUTH" | b"STARTTLS" => Stage::Helo,
        b"connection" | b"connection:" => Stage::Connect,
        b"VRFY" | b"ETRN" | b"EXPN" => return Read::Known,
        _ => Stage::Data,
    };
    let mut recipient = None;
    if stage == Stage::Rcpt {
        match skip_blanks(behind) {
            [b'<', inside @ ..] => {
                let Some((found, rest)) = bracketed(inside) else {
                    return Read::Unknown(true);
                };
                (recipient, behind) = (Some(found), rest);
            }
            bare => {
                let (found, rest) = sent_to(bare).unwrap_or((b"", b""));
                recipient = Some(found.strip_suffix(b":").unwrap_or(found));
                behind = rest;
            }
        }
    } else if let Some((_, rest)) = cut_at(behind, b": ") {
        behind = rest;
    }
    let reply = skip_blanks(behind.strip_prefix(b":").unwrap_or(behind));
    give.push(Event::Refused {
        id,
        client: from.client,
        helo: from.helo,
        account,
        sender,
        recipient,
        stage,
        refusal: unclear(stage, reply),
        warned: false,
        reply,
    });
    Read::Known
}

/// Reads the meaning of a refusal; one at RCPT that says nothing known is unclear.
fn unclear(stage: Stage, reply: &[u8]) -> Refusal {
    const OTHER: &[&[u8]] = &[
        b"greylist",
        b"grey list",
        b"graylist",
        b"blacklist",
        b"black list",
        b"blocklist",
        b"block list",
        b"listed",
        b"blocked",
        b"rbl",
        b"dnsbl",
        b"spamhaus",
        b"sender verify",
        b"verify failed",
        b"callout",
        b"spf",
        b"dmarc",
        b"rate",
        b"too many",
        b"try again",
        b"try later",
        b"helo",
        b"ehlo",
        b"quota",
        b"mailbox full",
        b"reverse",
        b"ptr",
        b"spam",
        b"virus",
        b"sender domain",
        b"sync",
        b"banned",
        b"reputation",
        b"policy",
    ];
    match meaning(reply) {
        Refusal::Other if stage == Stage::Rcpt && !OTHER.iter().any(|word| holds(reply, word)) => {
            Refusal::Unclear
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::shown::{hold, read};

    const KNOWN: Read = Read::Known;

    fn rows(rows: &[(&str, Read, &[&str])]) {
        let rows: Vec<_> = rows
            .iter()
            .map(|(text, read, events)| ("exim", *text, *read, *events))
            .collect();
        hold(&mut Exim, &rows);
    }

    #[test]
    fn arrivals() {
        rows(&[
            (
                "1vpezZ-00006j-NP <= heidi@example.com H=home.example.org ([192.168.1.17]) [198.51.100.207] P=esmtpsa X=TLS1.3:ECDHE:256 A=plain_server:heidi S=19455 id=2680@example.com",
                KNOWN,
                &[
                    "Arrived 1vpezZ-00006j-NP home.example.org[198.51.100.207] helo=[192.168.1.17] account=heidi",
                    "Accepted 1vpezZ-00006j-NP <heidi@example.com> size=19455",
                ],
            ),
            (
                "1vpezZ-00000006jAb-NPab <= a@b H=(x) [2001:db8::1]:2525 I=[192.0.2.1]:25 P=esmtp L. A=cram S=1 T=\"H=evil [1.2.3.4] for x@y\" from <a@b> for c@d \"e f\"@g",
                KNOWN,
                &[
                    "Arrived 1vpezZ-00000006jAb-NPab [2001:db8::1] helo=x account=cram",
                    "Accepted 1vpezZ-00000006jAb-NPab <a@b> size=1",
                    "Recipient 1vpezZ-00000006jAb-NPab <c@d>",
                    "Recipient 1vpezZ-00000006jAb-NPab <\"e f\"@g>",
                ],
            ),
            (
                "1vpezZ-00006j-NP <= root@example.com U=root P=local S=9",
                KNOWN,
                &[
                    "Arrived 1vpezZ-00006j-NP here",
                    "Accepted 1vpezZ-00006j-NP <root@example.com> size=9",
                ],
            ),
            (
                "1vpezA-00006j-NP <= <> R=1vpezZ-00006j-NP U=exim P=local S=9",
                KNOWN,
                &[
                    "Arrived 1vpezA-00006j-NP here",
                    "Linked 1vpezZ-00006j-NP 1vpezA-00006j-NP Notified",
                    "Accepted 1vpezA-00006j-NP <> size=9",
                ],
            ),
            (
                "1vpezZ-00006j-NP Completed",
                KNOWN,
                &["Ended 1vpezZ-00006j-NP"],
            ),
            (
                "2026-02-10 05:04:49 +0100 [77] 1vpezZ-00006j-NP Completed",
                KNOWN,
                &["Ended 1vpezZ-00006j-NP"],
            ),
            (
                "[1/1] 2026-02-10 05:04:49 1vpezZ-00006j-NP Completed",
                KNOWN,
                &["Ended 1vpezZ-00006j-NP"],
            ),
        ]);
    }

    #[test]
    fn deliveries() {
        rows(&[
            (
                "1vpezZ-00006j-NP => k@example.net R=dnslookup T=remote_smtp H=mx.example.net [203.0.113.25] X=TLS1.3:E:256 CV=yes C=\"250 2.0.0 Ok: queued as 45744101DF\"",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <k@example.net> Remote Sent hop=mx.example.net [203.0.113.25] reply=250 2.0.0 Ok: queued as 45744101DF",
                ],
            ),
            (
                "1vpezZ-00006j-NP => carol <carol@example.com> R=local_user T=local_delivery",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <carol> Local Sent original=carol@example.com hop=local_delivery",
                ],
            ),
            (
                "1vpezZ-00006j-NP -> a@example.org (b@example.com) <c@example.com> R=r T=remote_smtp H=mx [203.0.113.25]:25",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <a@example.org> Remote Sent original=c@example.com hop=mx [203.0.113.25]",
                ],
            ),
            (
                "1vpezZ-00006j-NP => |/usr/bin/a b <c@example.com> R=r T=address_pipe",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <|/usr/bin/a b> Local Sent original=c@example.com hop=address_pipe",
                ],
            ),
            (
                "1vpezZ-00006j-NP == k@example.org R=dnslookup T=remote_smtp defer (-44) H=mx.example.org [198.51.100.25]: SMTP error after RCPT TO:<k@example.org>: 451 4.7.1 later",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <k@example.org> Remote Deferred hop=mx.example.org [198.51.100.25] reply=SMTP error after RCPT TO:<k@example.org>: 451 4.7.1 later",
                ],
            ),
            (
                "1vpezZ-00006j-NP ** k@example.org: Unrouteable address",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <k@example.org> Nobody Bounced reply=Unrouteable address",
                ],
            ),
            (
                "1vpezZ-00006j-NP ** k@example.org R=dnslookup T=remote_smtp: retry timeout exceeded",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <k@example.org> Remote Expired hop=remote_smtp reply=retry timeout exceeded",
                ],
            ),
            (
                "1vpezZ-00006j-NP => k@example.com R=scan T=scan_smtp H=localhost [127.0.0.1] C=\"250 OK id=1vpezA-00006j-NP\"",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <k@example.com> Filter Sent hop=localhost [127.0.0.1] reply=250 OK id=1vpezA-00006j-NP",
                    "Linked 1vpezZ-00006j-NP 1vpezA-00006j-NP Requeued",
                ],
            ),
            (
                "1vpezZ-00006j-NP => k@example.com R=d T=dovecot_lmtp H=localhost [127.0.0.1] C=\"250 Saved\"",
                KNOWN,
                &[
                    "Delivery 1vpezZ-00006j-NP <k@example.com> Local Sent hop=localhost [127.0.0.1] reply=250 Saved",
                ],
            ),
            (
                "1vpezZ-00006j-NP Frozen (delivery error message)",
                KNOWN,
                &[],
            ),
        ]);
    }

    #[test]
    fn refusals_and_logins() {
        rows(&[
            (
                "H=(ylmf-pc) [203.0.113.112] F=<test@example.com> rejected RCPT <r@example.net>: relay not permitted",
                KNOWN,
                &[
                    "Refused - [203.0.113.112] helo=ylmf-pc from=<test@example.com> to=<r@example.net> Rcpt Relay: relay not permitted",
                ],
            ),
            (
                "H=d.example.net (d) [203.0.113.2]:99 I=[192.0.2.1]:25 X=TLS1.2:E:128 F=<\"a rejected RCPT <x>: y\"@z> A=plain:bob temporarily rejected RCPT <s@example.com>: greylisted",
                KNOWN,
                &[
                    "Refused - d.example.net[203.0.113.2] helo=d account=bob from=<\"a rejected RCPT <x>: y\"@z> to=<s@example.com> Rcpt Other: greylisted",
                ],
            ),
            (
                "H=[203.0.113.2] F=<> rejected RCPT s@example.com: we do not serve strangers",
                KNOWN,
                &[
                    "Refused - [203.0.113.2] from=<> to=<s@example.com> Rcpt Unclear: we do not serve strangers",
                ],
            ),
            (
                "H=(x) [203.0.113.2] F=<a@b> rejected RCPT <s@example.com>: Unknown user",
                KNOWN,
                &[
                    "Refused - [203.0.113.2] helo=x from=<a@b> to=<s@example.com> Rcpt Recipient: Unknown user",
                ],
            ),
            (
                "1vpezZ-00006j-NP H=(x) [203.0.113.2] F=<a@b> rejected after DATA: spam",
                KNOWN,
                &["Refused 1vpezZ-00006j-NP [203.0.113.2] helo=x from=<a@b> Data Other: spam"],
            ),
            (
                "H=(x) [203.0.113.2] rejected EHLO or HELO x: no",
                KNOWN,
                &["Refused - [203.0.113.2] helo=x Helo Other: no"],
            ),
            (
                "H=(x) [203.0.113.2] sender verify fail for <a@b>: no",
                KNOWN,
                &[],
            ),
            ("H=(x) [203.0.113.2] Warning: strange", KNOWN, &[]),
            (
                "plain_server authenticator failed for d.example.net (c.example.net) [203.0.113.14]: 535 Incorrect authentication data (set_id=heidi)",
                KNOWN,
                &["Login d.example.net[203.0.113.14] account=heidi false"],
            ),
            (
                "login authenticator failed for ([10.0.0.1]) [203.0.113.14]:9: 535 Incorrect authentication data",
                KNOWN,
                &["Login [203.0.113.14] false"],
            ),
            (
                "login authenticator failed for (x) [203.0.113.14]: 435 Unable to authenticate at present",
                KNOWN,
                &[],
            ),
            (
                "SMTP connection from [203.0.113.14]:99 (TCP/IP connection count = 1)",
                KNOWN,
                &["Connected [203.0.113.14]"],
            ),
            (
                "Exim configuration error in line 3 of /etc/exim4/exim4.conf: no",
                KNOWN,
                &["Fault Exim configuration error in line 3 of /etc/exim4/exim4.conf: no"],
            ),
            ("Start queue run: pid=1", KNOWN, &[]),
            ("gibberish", Read::Unknown(false), &[]),
        ]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(front in 0usize..8, tail: Vec<u8>, words in "[a-zHFAC<>:=\" 0-9@()\\[\\]|.]{0,80}") {
            let fronts = [
                "", "1vpezZ-00006j-NP <= ", "1vpezZ-00006j-NP => ", "1vpezZ-00006j-NP ** ", "H=", "H=(x) [1.2.3.4] ",
                "2026-02-10 05:04:49 ", "x authenticator failed for ",
            ];
            for tail in [&tail[..], words.as_bytes()] {
                let _ = read(&mut Exim, "exim", &[fronts[front].as_bytes(), tail].concat());
            }
        }
    }
}
