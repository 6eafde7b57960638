//! Reads what Postfix logs.
//!
//! In: entries of its daemons; the daemon is the last part of the program's name. Out: events. A message is named by
//! its queue id; what a session said is in each line, so that nothing needs to be kept from line to line.
//!
//! - A queue id given in `client=` is no proof of a message: the line is an arrival, `nrcpt=` the acceptance.
//! - A message that a content filter gave back names its first client in `orig_client=`; it is the one that counts.
//! - A delivery to loopback that was `queued as` something went to a filter, and leads to that message.
//! - The expiry that the queue manager tells has no recipient: it is of all that were still waiting.
//!
//! Limits: before Postfix 3.5 addresses were logged as they are stored, so that one that holds `>, ` ends there. A
//! filter behind another host than loopback is another host.
//!
//! References: the manuals of the daemons; smtpd(8) DIAGNOSTICS; src/global/log_adhoc.c and src/smtpd/smtpd.c of
//! Postfix 3.7.

use crate::mtalog::event::{Agent, Client, Entry, Event, Link, Read, Status};
use crate::mtalog::read::LogReader;
use crate::mtalog::text::{address, begins, bracketed, client, cut, cut_at, holds, number, word};
use memchr::memmem;
use refusal::{content, refused};

mod refusal;

/// The reader of Postfix.
#[derive(Debug, Clone, Copy, Default)]
pub struct Postfix;

/// The programs of Postfix that log.
const DAEMONS: &[&[u8]] = &[
    b"smtpd",
    b"cleanup",
    b"qmgr",
    b"smtp",
    b"lmtp",
    b"local",
    b"virtual",
    b"pipe",
    b"error",
    b"retry",
    b"discard",
    b"bounce",
    b"defer",
    b"trace",
    b"pickup",
    b"postscreen",
    b"qmqpd",
    b"anvil",
    b"scache",
    b"tlsproxy",
    b"tlsmgr",
    b"verify",
    b"dnsblog",
    b"proxymap",
    b"proxywrite",
    b"trivial-rewrite",
    b"master",
    b"postfix-script",
    b"script",
    b"postsuper",
    b"showq",
    b"sendmail",
    b"postdrop",
    b"postqueue",
    b"postalias",
    b"postmap",
    b"postlog",
    b"postlogd",
    b"spawn",
    b"flush",
    b"oqmgr",
    b"nqmgr",
    b"relay",
    b"smtps",
    b"submission",
    b"submissions",
    b"postcat",
    b"postkick",
    b"postlock",
    b"postmulti",
    b"postconf",
];

/// Says whether a program is one of Postfix': a name, a slash, and a daemon's name.
pub(in crate::mtalog) fn is_postfix(program: &[u8]) -> bool {
    if program.starts_with(b"postfix/") {
        return true;
    }
    let Some(slash) = memchr::memrchr(b'/', program) else {
        return false;
    };
    let daemon = &program[slash + 1..];
    program.starts_with(b"postfix") || DAEMONS.contains(&daemon)
}

impl LogReader for Postfix {
    fn read<'a>(&mut self, entry: &Entry<'a>, give: &mut Vec<Event<'a>>) -> Read {
        let daemon = memchr::memrchr(b'/', entry.program)
            .map_or(entry.program, |slash| &entry.program[slash + 1..]);
        let (id, text) = match queue_id(entry.text) {
            Some(found) => found,
            None => return outside(daemon, entry.text, give),
        };
        match text {
            [b't', b'o', b'=', b'<', rest @ ..] => delivery(daemon, id, rest, give),
            [b'f', b'r', b'o', b'm', b'=', b'<', rest @ ..] => accepted(id, rest, give),
            b"removed" | b"canceled" => {
                give.push(Event::Ended { id });
                Read::Known
            }
            [b'c', b'l', b'i', b'e', b'n', b't', b'=', rest @ ..] => arrived(id, rest, give),
            [
                b'm',
                b'e',
                b's',
                b's',
                b'a',
                b'g',
                b'e',
                b'-',
                b'i',
                b'd',
                b'=',
                ..,
            ] => Read::Known,
            [b'u', b'i', b'd', b'=', ..] if daemon == b"pickup" => {
                give.push(Event::Arrived {
                    id,
                    client: None,
                    helo: b"",
                    account: b"",
                    before: b"",
                });
                Read::Known
            }
            _ => other(daemon, id, text, give),
        }
    }
}

/// Reads a queue id and the colon behind it; `NOQUEUE` is an empty one.
fn queue_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = id_length(text);
    let [b':', b' ', rest @ ..] = &text[end..] else {
        return None;
    };
    let id = &text[..end];
    if id == b"NOQUEUE" {
        return Some((b"", rest));
    }
    is_queue_id(id).then_some((id, rest))
}

/// Gives how many letters and digits a text begins with, as far as an id may have them.
fn id_length(text: &[u8]) -> usize {
    let front = &text[..text.len().min(24)];
    let end = front.iter().position(|byte| CLASS[usize::from(*byte)] == 0);
    end.unwrap_or(front.len())
}

/// The bytes that ids are made of: 1 in short ones, 2 in long ones, 4 for a z, 8 for other letters and digits.
static CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let at = byte as u8;
        if at.is_ascii_alphanumeric() {
            class[byte] = 8;
            if at.is_ascii_digit() || matches!(at, b'A'..=b'F') {
                class[byte] |= 1;
            }
            if !matches!(at.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u') {
                class[byte] |= 2;
            }
            if at == b'z' {
                class[byte] |= 4;
            }
        }
        byte += 1;
    }
    class
};

/// Says whether a word is a queue id of Postfix, short or long.
pub(in crate::mtalog) fn is_queue_id(id: &[u8]) -> bool {
    if id.len() < 6 || id.len() > 20 {
        return false;
    }
    let (mut all, mut any) = (0xff, 0);
    for byte in id {
        let class = CLASS[usize::from(*byte)];
        all &= class;
        any |= class;
    }
    all & 1 != 0 || id.len() >= 10 && all & 2 != 0 && any & 4 != 0
}

/// Reads `<r>, orig_to=<o>, relay=R, ..., status=S (text)` from behind the first bracket.
fn delivery<'a>(daemon: &[u8], id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let Some((to, mut rest)) = bracketed(text) else {
        return Read::Unknown(true);
    };
    let mut original: &[u8] = b"";
    let mut hop: &[u8] = b"";
    let (status, reply) = loop {
        let [b',', b' ', field @ ..] = rest else {
            return Read::Unknown(true);
        };
        if let [
            b'o',
            b'r',
            b'i',
            b'g',
            b'_',
            b't',
            b'o',
            b'=',
            b'<',
            value @ ..,
        ] = field
        {
            match bracketed(value) {
                Some((address, behind)) => (original, rest) = (address, behind),
                None => return Read::Unknown(true),
            }
            continue;
        }
        if let [b's', b't', b'a', b't', b'u', b's', b'=', value @ ..] = field {
            let (status, reply) = word(value);
            let reply = reply.strip_prefix(b"(").unwrap_or(reply);
            break (status, reply.strip_suffix(b")").unwrap_or(reply));
        }
        let end = memchr::memchr(b',', field).unwrap_or(field.len());
        if let [b'r', b'e', b'l', b'a', b'y', b'=', value @ ..] = &field[..end] {
            hop = value;
        }
        rest = &field[end..];
    };
    let status = match status {
        b"sent" => Status::Sent,
        b"deferred" | b"SOFTBOUNCE" => Status::Deferred,
        b"bounced" => Status::Bounced,
        b"expired" | b"force-expired" => Status::Expired,
        b"deliverable" | b"undeliverable" => Status::Probed,
        _ => return Read::Unknown(true),
    };
    let mut agent = match daemon {
        b"local" | b"virtual" | b"lmtp" | b"pipe" | b"spawn" => Agent::Local,
        b"error" | b"retry" | b"discard" | b"qmgr" | b"oqmgr" | b"nqmgr" | b"bounce" => {
            Agent::Nobody
        }
        _ => Agent::Remote,
    };
    let mut linked = None;
    if status == Status::Sent {
        if daemon == b"local"
            && let Some(child) = reply.strip_prefix(b"forwarded as ")
        {
            linked = Some((word(child).0, Link::Forwarded));
        } else if matches!(agent, Agent::Remote | Agent::Local)
            && loops_back(hop)
            && let Some(child) = queued_as(reply)
        {
            agent = Agent::Filter;
            linked = Some((child, Link::Requeued));
        }
    }
    give.push(Event::Delivery {
        id,
        to,
        original,
        expanded: false,
        agent,
        hop,
        status,
        reply,
    });
    if let Some((child, link)) = linked {
        give.push(Event::Linked { id, child, link });
    }
    Read::Known
}

/// Says whether a next hop is on this host: `localhost[127.0.0.1]:10024`, `filter[private/scan]`.
fn loops_back(hop: &[u8]) -> bool {
    let Some((_, inside)) = cut(hop, b'[') else {
        return false;
    };
    let Some((inside, _)) = cut(inside, b']') else {
        return false;
    };
    match address(inside) {
        Some(address) => address.is_loopback(),
        None => memchr::memchr(b'/', inside).is_some(),
    }
}

/// Gives the id that the next hop gave the message, if it is one of Postfix'. A proxy that has handed it on puts its
/// own words first, so that the last id counts.
fn queued_as(reply: &[u8]) -> Option<&[u8]> {
    // A searcher for so few bytes costs more to make than it finds.
    let id =
        memchr::memrchr_iter(b'q', reply).find_map(|at| reply[at..].strip_prefix(b"queued as "))?;
    let id = &id[..id_length(id)];
    is_queue_id(id).then_some(id)
}

/// Reads `<s>, size=N, nrcpt=N (queue active)` and `<s>, status=expired, returned to sender`.
fn accepted<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let Some((sender, rest)) = bracketed(text) else {
        return Read::Unknown(true);
    };
    if let Some(rest) = rest.strip_prefix(b", size=") {
        let size = number(rest);
        let recipients = size
            .and_then(|(_, rest)| rest.strip_prefix(b", nrcpt="))
            .and_then(number);
        give.push(Event::Accepted {
            id,
            sender,
            recipients: recipients.and_then(|(count, _)| u32::try_from(count).ok()),
            size: size.map(|(size, _)| size),
        });
        return Read::Known;
    }
    if let Some(reply) = rest.strip_prefix(b", status=") {
        if begins(reply, b"expired") || begins(reply, b"force-expired") {
            give.push(Event::Delivery {
                id,
                to: b"",
                original: b"",
                expanded: false,
                agent: Agent::Nobody,
                hop: b"",
                status: Status::Expired,
                reply,
            });
        }
        return Read::Known;
    }
    Read::Unknown(false)
}

/// Reads `NAME[ADDR][, sasl_method=M][, sasl_username=U][, orig_queue_id=Q][, orig_client=NAME[ADDR]]`.
fn arrived<'a>(id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    let Some((mut client, mut rest)) = client(text) else {
        return Read::Unknown(false);
    };
    let mut account: &[u8] = b"";
    let mut before: &[u8] = b"";
    while let [b',', b' ', field @ ..] = rest {
        // An account may hold anything but what begins the next field.
        let end = memmem::find_iter(field, b", ")
            .find(|end| begins(&field[end + 2..], b"sasl_") || begins(&field[end + 2..], b"orig_"));
        let (field, behind) = field.split_at(end.unwrap_or(field.len()));
        rest = behind;
        if let Some(value) = field.strip_prefix(b"sasl_username=") {
            account = value;
        } else if let Some(value) = field.strip_prefix(b"orig_queue_id=") {
            before = value;
        } else if let Some(value) = field.strip_prefix(b"orig_client=")
            && let Some((original, _)) = self::client(value)
            && original.address.is_some()
        {
            client = original;
        }
    }
    // Before a proxy filter there is no message yet.
    if !id.is_empty() {
        give.push(Event::Arrived {
            id,
            client: Some(client),
            helo: b"",
            account,
            before,
        });
    }
    Read::Known
}

/// What may follow an id or `NOQUEUE` and is no refusal.
const HARMLESS: &[&[u8]] = &[
    b"resent-message-id=",
    b"filter: ",
    b"hold: ",
    b"redirect: ",
    b"discard: ",
    b"permit: ",
    b"warn: ",
    b"warning: ",
    b"info: ",
    b"prepend: ",
    b"replace: ",
    b"strip: ",
    b"bcc: ",
    b"delay: ",
    b"pass: ",
    b"proxy-accept: ",
    b"milter-",
    b"passing <",
    b"host ",
    b"lost connection",
    b"conversation with ",
    b"enabling pix",
    b"tls is required",
    b"skipped, ",
    b"uid=",
    b"connect to ",
    b"breaking line",
    b"requeued",
    b"released from hold",
    b"placed on hold",
    b"expired",
    b"sender ",
    b"smtputf8",
    b"cannot ",
    b"server ",
    b"untrusted ",
    b"trusted ",
    b"verified ",
    b"anonymous ",
    b"re-queueing",
    b"quota",
    b"flush ",
    b"sasl ",
    b"dsn ",
    b"removed ",
];

/// Reads what is not a delivery, an arrival or an end.
fn other<'a>(daemon: &[u8], id: &'a [u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    for (verb, warned) in [
        (&b"reject: "[..], false),
        (b"reject_warning: ", true),
        (b"milter-reject: ", false),
        (b"proxy-reject: ", false),
    ] {
        if let Some(rest) = text.strip_prefix(verb) {
            return if daemon == b"cleanup" && verb == b"reject: " {
                content(id, rest, give)
            } else {
                refused(id, rest, warned, give)
            };
        }
    }
    if let Some((kind, child)) = cut_at(text, b"notification: ")
        && kind.len() < 40
        && !child.is_empty()
    {
        give.push(Event::Linked {
            id,
            child: word(child).0,
            link: Link::Notified,
        });
        return Read::Known;
    }
    if HARMLESS.iter().any(|known| begins(text, known)) {
        return Read::Known;
    }
    Read::Unknown(holds(text, b"reject:") || holds(text, b"status="))
}

/// What lines without an id begin with, of any daemon.
const SERVICE: &[&[u8]] = &[
    b"lost connection",
    b"timeout after ",
    b"too many errors",
    b"improper command pipelining",
    b"statistics: ",
    b"warning: ",
    b"error: ",
    b"info: ",
    b"fatal: ",
    b"panic: ",
    b"connect to ",
    b"setting up tls",
    b"untrusted tls",
    b"trusted tls",
    b"anonymous tls",
    b"verified tls",
    b"ssl_",
    b"tls ",
    b"daemon started",
    b"reload ",
    b"refreshing ",
    b"starting the ",
    b"stopping the ",
    b"terminating on signal",
    b"concurrency limit",
    b"name_mask",
    b"pass ",
    b"dnsbl rank ",
    b"hangup after ",
    b"pregreet ",
    b"bare newline ",
    b"command ",
    b"noqueue",
    b"allowlisted ",
    b"whitelisted ",
    b"denylisted ",
    b"blacklisted ",
    b"cache ",
    b"close database ",
    b"table ",
    b"non-smtp command",
    b"data without ",
    b"discarding ehlo",
    b"to disable backwards",
    b"see http",
    b"deleted: ",
    b"released ",
    b"requeued: ",
    b"placed on hold: ",
    b"server certificate",
    b"certificate verification",
    b"subject_cn",
    b"watchdog",
    b"the postfix ",
    b"initializing ",
    b"host ",
    b"sacl",
    b"mapping ",
    b"using backwards-compatible",
    b"postfix/",
    b"re-using session",
    b"reusing ",
    b"client=",
];

/// Reads a line without a queue id.
fn outside<'a>(daemon: &[u8], text: &'a [u8], give: &mut Vec<Event<'a>>) -> Read {
    if let Some(rest) = text.strip_prefix(b"connect from ") {
        if let Some((client, _)) = client(rest) {
            give.push(Event::Connected {
                session: b"",
                client,
            });
            return Read::Known;
        }
        return Read::Unknown(false);
    }
    if text.starts_with(b"disconnect from ") {
        return Read::Known;
    }
    if daemon == b"postscreen"
        && let Some(rest) = text.strip_prefix(b"CONNECT from ")
    {
        if let Some((client, _)) = client(rest) {
            give.push(Event::Connected {
                session: b"",
                client,
            });
        }
        return Read::Known;
    }
    if let Some(rest) = text.strip_prefix(b"warning: ") {
        if let Some((client, behind)) = failed_login(rest) {
            let name = memmem::rfind(behind, b", sasl_username=");
            give.push(Event::Login {
                client,
                account: name.map_or(b"", |at| &behind[at + 16..]),
                success: false,
            });
            return Read::Known;
        }
        if is_fault(rest) {
            give.push(Event::Fault { text });
        }
        return Read::Known;
    }
    if text.starts_with(b"using backwards-compatible default setting") {
        if let Some(event) = old_default(text) {
            give.push(event);
        }
        return Read::Known;
    }
    if (begins(text, b"fatal: ") || begins(text, b"error: ")) && is_fault(text) {
        give.push(Event::Fault { text });
    }
    if SERVICE.iter().any(|known| begins(text, known)) {
        return Read::Known;
    }
    Read::Unknown(holds(text, b"reject:") || holds(text, b"status="))
}

/// Reads `NAME[ADDR]: SASL M authentication failed: ...`; gives what is behind.
fn failed_login(text: &[u8]) -> Option<(Client<'_>, &[u8])> {
    let (client, rest) = client(text)?;
    let rest = rest.strip_prefix(b": SASL ")?;
    let (_, rest) = cut_at(rest, b" authentication failed")?;
    // Nobody guessed wrong where the server of accounts was away.
    (!holds(rest, b"connection lost to authentication server")).then_some((client, rest))
}

/// Reads `... "smtpd_relay_restrictions = (empty)" to avoid "Relay access denied" error for recipient "r" from client
/// "NAME[ADDR]"`.
fn old_default(text: &[u8]) -> Option<Event<'_>> {
    let (_, rest) = cut_at(text, b"Relay access denied")?;
    let (_, rest) = cut_at(rest, b"for recipient \"")?;
    let at = memmem::rfind(rest, b"\" from client \"")?;
    let (client, _) = client(&rest[at + 15..])?;
    Some(Event::OldDefault {
        client,
        recipient: &rest[..at],
    })
}

/// Says whether a service says that its configuration is broken.
fn is_fault(text: &[u8]) -> bool {
    const FAULTS: &[&[u8]] = &[
        b"specify at least one working instance",
        b"unknown smtpd restriction",
        b"server configuration error",
        b"bad command startup",
    ];
    FAULTS.iter().any(|fault| holds(text, fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::shown::{hold, read};

    const KNOWN: Read = Read::Known;

    #[test]
    fn programs_are_known_by_their_daemon() {
        for program in [
            "postfix/smtpd",
            "postfix-in/qmgr",
            "postfix/submission/smtpd",
            "mx/smtpd",
            "postfix/unheard",
        ] {
            assert!(is_postfix(program.as_bytes()), "{program}");
        }
        for program in ["smtpd", "postfix", "exim", "a/b", "", "/", "sm-mta"] {
            assert!(!is_postfix(program.as_bytes()), "{program}");
        }
    }

    #[test]
    fn queue_ids_are_short_or_long() {
        for id in ["6439C3ECB54", "ABCDEF", "4JfJDQYCBvzqXr", "3Pt2mN2VXxznjll"] {
            assert!(is_queue_id(id.as_bytes()), "{id}");
        }
        for id in [
            "ABCDE",
            "warning",
            "4JfJDQYCBvqXrr",
            "4JfJDzACBvqXrr",
            "abcdef",
            "4z",
            "123456789012345678901",
        ] {
            assert!(!is_queue_id(id.as_bytes()), "{id}");
        }
    }

    #[test]
    fn arrivals_and_acceptance() {
        hold(
            &mut Postfix,
            &[
                (
                    "postfix/smtpd",
                    "connect from mx.example.org[198.51.100.25]",
                    KNOWN,
                    &["Connected mx.example.org[198.51.100.25]"],
                ),
                (
                    "postfix/smtpd",
                    "connect from unknown[2001:db8::5]:4711",
                    KNOWN,
                    &["Connected [2001:db8::5]"],
                ),
                (
                    "postfix/smtpd",
                    "disconnect from a[192.0.2.1] ehlo=1 rcpt=0/1 quit=1 commands=2/3",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/smtpd",
                    "BCF38DFFFB7: client=out1.example.net[203.0.113.40]",
                    KNOWN,
                    &["Arrived BCF38DFFFB7 out1.example.net[203.0.113.40]"],
                ),
                (
                    "postfix/submission/smtpd",
                    "6439C3ECB54: client=home[198.51.100.201], sasl_method=PLAIN, sasl_username=bob, the one, sasl_sender=x@y",
                    KNOWN,
                    &["Arrived 6439C3ECB54 home[198.51.100.201] account=bob, the one"],
                ),
                (
                    "postfix/reinject/smtpd",
                    "EDA7172A001: client=localhost[127.0.0.1], orig_queue_id=AF5F6B1B5E2, orig_client=mx.example.org[198.51.100.25]",
                    KNOWN,
                    &["Arrived EDA7172A001 mx.example.org[198.51.100.25] before=AF5F6B1B5E2"],
                ),
                (
                    "postfix/reinject/smtpd",
                    "EDA7172A001: client=localhost[127.0.0.1], orig_queue_id=AF5F6B1B5E2, orig_client=unknown[unknown]",
                    KNOWN,
                    &["Arrived EDA7172A001 localhost[127.0.0.1] before=AF5F6B1B5E2"],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: client=a.example[192.0.2.1]",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/qmqpd",
                    "ABCDEF1: client=a.example[192.0.2.1]",
                    KNOWN,
                    &["Arrived ABCDEF1 a.example[192.0.2.1]"],
                ),
                (
                    "postfix/pickup",
                    "CA591C961F1: uid=1000 from=<a@example.com>",
                    KNOWN,
                    &["Arrived CA591C961F1 here"],
                ),
                (
                    "postfix/cleanup",
                    "BCF38DFFFB7: message-id=<x@y>",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/cleanup",
                    "4JfJDQYCBvzqXr: canceled",
                    KNOWN,
                    &["Ended 4JfJDQYCBvzqXr"],
                ),
                (
                    "postfix/qmgr",
                    "BCF38DFFFB7: from=<orders@example.net>, size=28899, nrcpt=2 (queue active)",
                    KNOWN,
                    &["Accepted BCF38DFFFB7 <orders@example.net> n=2 size=28899"],
                ),
                (
                    "postfix/qmgr",
                    "BCF38DFFFB7: from=<>, size=1, nrcpt=1 (queue active)",
                    KNOWN,
                    &["Accepted BCF38DFFFB7 <> n=1 size=1"],
                ),
                (
                    "postfix/qmgr",
                    "BCF38DFFFB7: from=<\"a> b, size=9\"@example.com>, size=1, nrcpt=1 (queue active)",
                    KNOWN,
                    &["Accepted BCF38DFFFB7 <\"a> b, size=9\"@example.com> n=1 size=1"],
                ),
                (
                    "postfix/qmgr",
                    "BCF38DFFFB7: removed",
                    KNOWN,
                    &["Ended BCF38DFFFB7"],
                ),
                (
                    "postfix/qmgr",
                    "BCF38DFFFB7: from=<a@b>, status=expired, returned to sender",
                    KNOWN,
                    &["Delivery BCF38DFFFB7 <> Nobody Expired reply=expired, returned to sender"],
                ),
            ],
        );
    }

    #[test]
    fn deliveries() {
        hold(
            &mut Postfix,
            &[
                (
                    "postfix/smtp",
                    "6439C3ECB54: to=<s@example.net>, relay=mx.example.net[203.0.113.25]:25, delay=3, delays=0.4/0/0.7/1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as AF5F27FF08)",
                    KNOWN,
                    &[
                        "Delivery 6439C3ECB54 <s@example.net> Remote Sent hop=mx.example.net[203.0.113.25]:25 reply=250 2.0.0 Ok: queued as AF5F27FF08",
                    ],
                ),
                (
                    "postfix/lmtp",
                    "4JfJDQYCBvzqXr: to=<e@example.com>, orig_to=<f@example.com>, relay=mail[private/dovecot-lmtp], delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 <e@example.com> 1c0 Saved)",
                    KNOWN,
                    &[
                        "Delivery 4JfJDQYCBvzqXr <e@example.com> Local Sent original=f@example.com hop=mail[private/dovecot-lmtp] reply=250 2.0.0 <e@example.com> 1c0 Saved",
                    ],
                ),
                (
                    "postfix/amavis/smtp",
                    "792B9B23FA6: to=<g@example.com>, relay=127.0.0.1[127.0.0.1]:10024, conn_use=2, delay=1.9, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as E6BC34BEE0B)",
                    KNOWN,
                    &[
                        "Delivery 792B9B23FA6 <g@example.com> Filter Sent hop=127.0.0.1[127.0.0.1]:10024 reply=250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as E6BC34BEE0B",
                        "Linked 792B9B23FA6 E6BC34BEE0B Requeued",
                    ],
                ),
                (
                    "postfix/local",
                    "AEE1758A5C9: to=<d@example.com>, relay=local, delay=3, delays=0/0/0/1, dsn=2.0.0, status=sent (forwarded as C0D68044F34)",
                    KNOWN,
                    &[
                        "Delivery AEE1758A5C9 <d@example.com> Local Sent hop=local reply=forwarded as C0D68044F34",
                        "Linked AEE1758A5C9 C0D68044F34 Forwarded",
                    ],
                ),
                (
                    "postfix/smtp",
                    "959B0F3E5FD: to=<s@example.org>, relay=none, delay=30, delays=0/0/30/0, dsn=4.4.1, status=deferred (connect to mx[203.0.113.1]:25: Connection timed out)",
                    KNOWN,
                    &[
                        "Delivery 959B0F3E5FD <s@example.org> Remote Deferred hop=none reply=connect to mx[203.0.113.1]:25: Connection timed out",
                    ],
                ),
                (
                    "postfix/smtp",
                    "959B0F3E5FD: to=<s@example.org>, relay=mx[203.0.113.1]:25, delay=1, dsn=5.1.1, status=bounced (host mx said: 550 no, status=sent (in reply to RCPT TO command))",
                    KNOWN,
                    &[
                        "Delivery 959B0F3E5FD <s@example.org> Remote Bounced hop=mx[203.0.113.1]:25 reply=host mx said: 550 no, status=sent (in reply to RCPT TO command)",
                    ],
                ),
                (
                    "postfix/smtp",
                    "959B0F3E5FD: to=<\"x>, status=sent (\"@example.org>, relay=mx[203.0.113.1]:25, delay=1, dsn=2.0.0, status=undeliverable (x)",
                    KNOWN,
                    &[
                        "Delivery 959B0F3E5FD <\"x>, status=sent (\"@example.org> Remote Probed hop=mx[203.0.113.1]:25 reply=x",
                    ],
                ),
                (
                    "postfix/error",
                    "959B0F3E5FD: to=<s@example.org>, relay=none, delay=1, dsn=4.4.1, status=deferred (delivery temporarily suspended: x)",
                    KNOWN,
                    &[
                        "Delivery 959B0F3E5FD <s@example.org> Nobody Deferred hop=none reply=delivery temporarily suspended: x",
                    ],
                ),
                (
                    "postfix/bounce",
                    "4Nm1yFGJWPzVWk: sender non-delivery notification: 4QYmP8cR5zzFDt",
                    KNOWN,
                    &["Linked 4Nm1yFGJWPzVWk 4QYmP8cR5zzFDt Notified"],
                ),
                (
                    "postfix/bounce",
                    "ABCDEF1: sender delay notification: ABCDEF2",
                    KNOWN,
                    &["Linked ABCDEF1 ABCDEF2 Notified"],
                ),
                (
                    "postfix/smtp",
                    "ABCDEF1: passing <a@b> to transport=relay",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/smtp",
                    "ABCDEF1: to=<a@b>, relay=x, status=novel (x)",
                    Read::Unknown(true),
                    &[],
                ),
                ("postfix/smtp", "ABCDEF1: to=<a@b", Read::Unknown(true), &[]),
                (
                    "postfix/smtp",
                    "ABCDEF1: to=<a@b>, relay=x, delay=1",
                    Read::Unknown(true),
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn refusals() {
        hold(
            &mut Postfix,
            &[
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: RCPT from unknown[2001:db8:500::25]: 554 5.7.1 <p@example.net>: Relay access denied; from=<s@example.org> to=<p@example.net> proto=ESMTP helo=<h>",
                    KNOWN,
                    &[
                        "Refused - [2001:db8:500::25] helo=h from=<s@example.org> to=<p@example.net> Rcpt Relay: 554 5.7.1 <p@example.net>: Relay access denied",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "ABCDEF1: reject: RCPT from a.example[192.0.2.1]:99: 450 4.1.8 <x@y>: Sender address rejected: Domain not found; from=<x@y> to=<b@c> proto=SMTP helo=<h i> sasl_method=PLAIN, sasl_username=bob",
                    KNOWN,
                    &[
                        "Refused ABCDEF1 a.example[192.0.2.1] helo=h i account=bob from=<x@y> to=<b@c> Rcpt SenderDomain: 450 4.1.8 <x@y>: Sender address rejected: Domain not found",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject_warning: RCPT from a.example[192.0.2.1]: 554 5.7.1 <p@e>: Relay access denied; from=<> to=<p@e> proto=ESMTP helo=<h>",
                    KNOWN,
                    &[
                        "Refused - a.example[192.0.2.1] helo=h from=<> to=<p@e> Rcpt Relay warned: 554 5.7.1 <p@e>: Relay access denied",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 <\"; from=<q@q> to=<w\"@example.net>: Relay access denied; from=<s@t> to=<\"; from=<q@q> to=<w\"@example.net> proto=SMTP helo=<x; from=<own@o> to=<own@o>",
                    KNOWN,
                    &[
                        "Refused - a.example[192.0.2.1] helo=x; from=<own@o> to=<own@o from=<s@t> to=<\"; from=<q@q> to=<w\"@example.net> Rcpt Relay: 554 5.7.1 <\"; from=<q@q> to=<w\"@example.net>: Relay access denied",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: RCPT from a.example[192.0.2.1]: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using relays.example; see x; from=<a@b> to=<c@d> proto=SMTP helo=<e>",
                    KNOWN,
                    &[
                        "Refused - a.example[192.0.2.1] helo=e from=<a@b> to=<c@d> Rcpt Other: 554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using relays.example; see x",
                    ],
                ),
                (
                    "postfix/postscreen",
                    "NOQUEUE: reject: RCPT from [192.0.2.1]:5000: 550 5.7.1 Service unavailable; client [192.0.2.1] blocked using x; from=<a@b>, to=<c@d>, proto=ESMTP, helo=<e>",
                    KNOWN,
                    &[
                        "Refused - [192.0.2.1] helo=e from=<a@b> to=<c@d> Rcpt Other: 550 5.7.1 Service unavailable; client [192.0.2.1] blocked using x",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: CONNECT from unknown[192.0.2.1]: 554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied; proto=SMTP",
                    KNOWN,
                    &[
                        "Refused - [192.0.2.1] Connect Other: 554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: MAIL from a[192.0.2.1]: 552 5.3.4 Message size exceeds fixed limit; from=<a@b> proto=ESMTP helo=<e>",
                    KNOWN,
                    &[
                        "Refused - a[192.0.2.1] helo=e from=<a@b> Mail Other: 552 5.3.4 Message size exceeds fixed limit",
                    ],
                ),
                (
                    "postfix/cleanup",
                    "ABCDEF1: milter-reject: END-OF-MESSAGE from a[192.0.2.1]: 5.7.1 Spam message rejected; from=<a@b> to=<c@d> proto=ESMTP helo=<e>",
                    KNOWN,
                    &[
                        "Refused ABCDEF1 a[192.0.2.1] helo=e from=<a@b> to=<c@d> Data Other: 5.7.1 Spam message rejected",
                    ],
                ),
                (
                    "postfix/cleanup",
                    "ABCDEF1: reject: header Subject: x; from=<z@z> from a[192.0.2.1]; from=<a@b> to=<c@d> proto=ESMTP helo=<e>: 5.7.1 no",
                    KNOWN,
                    &[
                        "Refused ABCDEF1 a[192.0.2.1] helo=e from=<a@b> to=<c@d> Data Other: 5.7.1 no",
                    ],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: filter: RCPT from a[192.0.2.1]: <a>: x; from=<a@b> to=<c@d>",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: gibberish",
                    Read::Unknown(true),
                    &[],
                ),
            ],
        );
    }

    #[test]
    fn service_lines() {
        hold(
            &mut Postfix,
            &[
                (
                    "postfix/smtpd",
                    "warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=bob",
                    KNOWN,
                    &["Login [203.0.113.9] account=bob false"],
                ),
                (
                    "postfix/smtpd",
                    "warning: h.example[203.0.113.9]: SASL PLAIN authentication failed: authentication failure",
                    KNOWN,
                    &["Login h.example[203.0.113.9] false"],
                ),
                (
                    "postfix/smtpd",
                    "warning: h.example[203.0.113.9]: SASL PLAIN authentication failed: Connection lost to authentication server",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/smtpd",
                    "using backwards-compatible default setting \"smtpd_relay_restrictions = (empty)\" to avoid \"Relay access denied\" error for recipient \"r@example.net\" from client \"a.example[203.0.113.9]\"",
                    KNOWN,
                    &["OldDefault a.example[203.0.113.9] <r@example.net>"],
                ),
                (
                    "postfix/smtpd",
                    "fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: reject_unauth_destination",
                    KNOWN,
                    &[
                        "Fault fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working instance of: reject_unauth_destination",
                    ],
                ),
                (
                    "postfix/master",
                    "warning: /usr/lib/postfix/smtpd: bad command startup -- throttling",
                    KNOWN,
                    &["Fault warning: /usr/lib/postfix/smtpd: bad command startup -- throttling"],
                ),
                (
                    "postfix/smtpd",
                    "NOQUEUE: reject: RCPT from a[192.0.2.1]: 451 4.3.5 Server configuration error; from=<a@b> to=<c@d> proto=SMTP helo=<e>",
                    KNOWN,
                    &[
                        "Refused - a[192.0.2.1] helo=e from=<a@b> to=<c@d> Rcpt Other: 451 4.3.5 Server configuration error",
                        "Fault 451 4.3.5 Server configuration error",
                    ],
                ),
                (
                    "postfix/postscreen",
                    "CONNECT from [192.0.2.7]:5000 to [192.0.2.1]:25",
                    KNOWN,
                    &["Connected [192.0.2.7]"],
                ),
                (
                    "postfix/anvil",
                    "statistics: max connection rate 1/60s for (smtp:192.0.2.1) at Mar  2",
                    KNOWN,
                    &[],
                ),
                (
                    "postfix/smtpd",
                    "lost connection after AUTH from unknown[192.0.2.1]",
                    KNOWN,
                    &[],
                ),
                ("postfix/smtpd", "gibberish", Read::Unknown(false), &[]),
                (
                    "postfix/smtpd",
                    "something status=sent",
                    Read::Unknown(true),
                    &[],
                ),
                ("postfix/smtpd", "", Read::Unknown(false), &[]),
            ],
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(front in 0usize..12, tail: Vec<u8>, words in "[a-zA<>\\[\\]:;=,\" ()0-9./-]{0,80}") {
            let fronts = [
                "", "ABCDEF1: ", "ABCDEF1: to=<", "ABCDEF1: to=<a@b>, ", "ABCDEF1: from=<", "ABCDEF1: client=",
                "ABCDEF1: client=a[1.2.3.4]", "NOQUEUE: reject: RCPT from ", "NOQUEUE: reject: RCPT from a[1.2.3.4]: ",
                "ABCDEF1: reject: header ", "warning: ", "using backwards-compatible default setting Relay access denied",
            ];
            for daemon in ["postfix/smtpd", "postfix/cleanup", "postfix/local"] {
                for tail in [&tail[..], words.as_bytes()] {
                    let line = [fronts[front].as_bytes(), tail].concat();
                    let _ = read(&mut Postfix, daemon, &line);
                }
            }
        }
    }
}
