//! TABLE: banner, EHLO and reply marks -> the server software.
//!
//! In: what a server said in one session. Out: the name of its software, as remedies use it.
//!
//! A greeting is a line of text that its owner may change, and many do: a name found there is a
//! guess, and so is one from the turns of speech of a reply, which patches and imitators share. No
//! verdict depends on it; it only chooses which remedy is shown.
//!
//! The rows are asked from top to bottom; the first that fits wins. Host names are masked
//! ([`super::wording`]): a host called `exim.example.com` is not Exim for that. Where a provider is
//! known by its host names alone, the row says so with `~`. The language of the patterns is that of
//! the signatures.
//!
//! Deliberately does not tell versions, nor products that hide behind a filter in front of them.

use super::memo::Memo;
use super::signatures::matcher::Matcher;
use super::wording::{Joint, Wording, is_domain, is_ip, readings};
use crate::model::bytes::shown;
use crate::smtp::{Extensions, Reply};
use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;
use std::sync::LazyLock;

/// Where a mark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Place {
    /// In the greeting.
    Banner,
    /// In the first line of the answer to EHLO.
    Hello,
    /// In the offers of the answer to EHLO.
    Offers,
    /// In a reply, its code before the text.
    Replies,
}

/// One mark.
#[derive(Debug)]
pub struct Mark {
    /// The software it speaks for.
    pub product: &'static str,
    /// Where it stands.
    pub at: Place,
    /// The patterns, any of which fits.
    pub says: &'static [&'static str],
    /// What a server really said there.
    pub sample: &'static str,
}

const fn mark(
    product: &'static str,
    at: Place,
    says: &'static [&'static str],
    sample: &'static str,
) -> Mark {
    Mark {
        product,
        at,
        says,
        sample,
    }
}

use Place::{Banner, Hello, Offers, Replies};

/// The marks, in the order in which they are asked.
#[rustfmt::skip]
pub const MARKS: &[Mark] = &[
    // ---- Greetings that name what stands in front of, or around, a better known server
    mark("Zimbra", Banner, &["esmtp zimbra"], "mail.example.com ESMTP Zimbra"),
    mark("Postfix", Banner, &["mail-in-a-box"], "mail.example.com ESMTP Hi, I'm a Mail-in-a-Box (Ubuntu/Postfix; see https://mailinabox.email/)"),
    mark("OpenBSD spamd", Banner, &["spamd ip-based spam blocker"], "mail.example.com ESMTP spamd IP-based SPAM blocker; Wed Jul 21 19:04:24 2010"),

    // ---- Microsoft: the offers tell Exchange 2000 and 2003 from the IIS service they use
    mark("Exchange Online", Banner, &["~*outlook.com + microsoft esmtp mail service", "~*office365.com + microsoft esmtp mail service"], "BN8NAM04FT013.mail.protection.outlook.com Microsoft ESMTP MAIL Service ready at Mon, 1 Jan 2024 00:00:00 +0000"),
    mark("Exchange Online", Replies, &["~*.prod.outlook.com", "~*protection.outlook.com", "tenantattribution", "tenantinboundattribution"], "550 5.4.1 Recipient address rejected: Access denied. AS(201806281) [BN8NAM04FT013.eop-NAM04.prod.protection.outlook.com]"),
    mark("Microsoft Exchange", Offers, &["xexch50", "x-link2state", "x-anonymoustls", "x-exps", "xrdst"], "XEXCH50"),
    mark("Microsoft Exchange", Banner, &["microsoft exchange", "microsoft esmtp mail service ready"], "EX01.example.com Microsoft ESMTP MAIL Service ready at Thu, 30 Nov 2017 10:33:38 +0200"),
    mark("IIS SMTP", Banner, &["microsoft esmtp mail service", "microsoft smtp mail"], "mail.example.com Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready at  Thu, 30 Nov 2017 10:33:38 +0200"),

    // ---- Greetings with a name
    mark("Postfix", Banner, &["postfix"], "mail.example.com ESMTP Postfix (Debian/GNU)"),
    mark("Exim", Banner, &["exim"], "mail.example.com ESMTP Exim 4.96.2 #2 Thu, 30 Nov 2017 10:33:38 +0200"),
    mark("OpenSMTPD", Banner, &["opensmtpd"], "mail.example.com ESMTP OpenSMTPD"),
    mark("Sendmail", Banner, &["sendmail"], "mail.example.com ESMTP Sendmail 8.15.2/8.15.2/Debian-8+deb9u1; Thu, 29 Apr 2021 06:45:02 +0200"),
    mark("qmail", Banner, &["qmail", "netqmail", "notqmail", "indimail"], "mail.example.com ESMTP netqmail"),
    mark("Courier", Banner, &["courier"], "mail.example.com ESMTP Courier"),
    mark("Haraka", Banner, &["haraka"], "mail.example.com ESMTP Haraka/3.0.3 ready"),
    mark("hMailServer", Banner, &["hmailserver"], "mail.example.com ESMTP hMailServer"),
    mark("MDaemon", Banner, &["mdaemon"], "mail.example.com ESMTP MDaemon 21.0.1; Mon, 01 Nov 2021 10:00:00 +0100"),
    mark("Kerio Connect", Banner, &["kerio"], "mail.example.com Kerio Connect 9.2.5 patch 3 ESMTP ready"),
    mark("IceWarp", Banner, &["icewarp", "merak", "visnetic"], "mail.example.com ESMTP IceWarp 11.4.6.0 RHEL7 x64; Thu, 30 Nov 2017 10:33:38 +0200"),
    mark("Lotus Domino", Banner, &["domino"], "mail.example.com ESMTP Service (Lotus Domino Versione 6.5.4) ready at Mon, 10 Sep 2007 07:24:35 +0200"),
    mark("MailEnable", Banner, &["mailenable"], "mail.example.com ESMTP MailEnable Service, Version: 9.53-9.53- ready at 11/30/17 00:57:37"),
    mark("Stalwart", Banner, &["stalwart"], "mail.example.com Stalwart ESMTP at your service"),
    mark("mox", Banner, &["esmtp mox"], "mail.example.com ESMTP mox"),
    mark("maddy", Banner, &["maddy"], "mail.example.com ESMTP maddy"),
    mark("Apache James", Banner, &["james smtp server", "apache james"], "mail.example.com SMTP Server (JAMES SMTP Server 2.3.2) ready Tue, 19 May 2015 00:36:13 +0200 (CEST)"),
    mark("SmarterMail", Banner, &["smartermail"], "mail.example.com SmarterMail 15.7"),
    mark("CommuniGate Pro", Banner, &["communigate"], "mail.example.com ESMTP CommuniGate Pro 6.2c3 is glad to see you!"),
    mark("Coremail", Banner, &["coremail"], "163.com Anti-spam GT for Coremail System (163com[20141201])"),
    mark("XMail", Banner, &["xmail"], "<1700000000.1@mail.example.com> [XMail 1.27 ESMTP Server] service ready; Thu, 30 Nov 2017 10:33:38 +0200"),
    mark("Axigen", Banner, &["axigen"], "mail.example.com AXIGEN ESMTP ready"),
    mark("Winmail", Banner, &["winmail"], "mail.example.com Winmail Mail Server ESMTP ready"),
    mark("WinWebMail", Banner, &["winwebmail"], "ESMTP on WinWebMail [3.9.0.7] ready.  http://www.winwebmail.com"),
    mark("MERCUR", Banner, &["mercur"], "MERCUR SMTP-Server (v3.30.09 SA-0000005) for Windows NT ready at Thu, 30 Nov 2017  10:01:06 +0100"),
    mark("AnalogX Proxy", Banner, &["analogx"], "192.168.1.1 SMTP AnalogX Proxy 4.15 (Release) ready"),
    mark("Cisco IOS", Banner, &["cisco networks"], "mail.example.com Cisco NetWorks ESMTP server"),
    mark("eYou", Banner, &["eyou"], "mail.example.com ESMTP eYou mta"),
    mark("Ipswitch IMail", Banner, &["imail*"], "X1 NT-ESMTP Server mail.example.com (IMail 6.06 899085-1)"),
    mark("ArGoSoft", Banner, &["argosoft"], "mail.example.com ArGoSoft Mail Server Pro for WinNT/2000/XP, Version 1.8"),
    mark("Mercury/32", Banner, &["mercury"], "mail.example.com ESMTP server ready: Mercury/32 v4.62"),
    mark("VPOP3", Banner, &["vpop3"], "mail.example.com VPOP3 SMTP Server access not allowed!"),
    mark("GroupWise", Banner, &["groupwise"], "mail.example.com GroupWise Internet Agent 8.0.3  Copyright (c) 1993-2012 Novell, Inc.  All rights reserved. Ready"),
    mark("PowerMTA", Banner, &["powermta*"], "mail.example.com (PowerMTA(TM) v4.5r2) ESMTP service ready"),
    mark("Momentum", Banner, &["ecelerity", "momentum"], "mail.example.com ESMTP ecelerity 4.2.1 Thu, 30 Nov 2017 10:33:38 +0200"),
    mark("Oracle Messaging Server", Banner, &["sun java", "iplanet", "oracle communications", "sun internet mail server"], "mail.example.com -- Server ESMTP (Sun Internet Mail Server sims.4.0.2000.10.12.16.25.p8)"),
    mark("qpsmtpd", Banner, &["qpsmtpd"], "mail.example.com ESMTP qpsmtpd 0.96 ready; send us your mail, but not your spam."),
    mark("Postal", Banner, &["esmtp postal*"], "mail.example.com ESMTP Postal/AB12CD34"),
    mark("Dovecot", Banner, &["dovecot"], "mail.example.com Dovecot ready."),
    mark("Citadel", Banner, &["citadel"], "mail.example.com ESMTP Citadel server ready."),
    mark("aiosmtpd", Banner, &["python smtp"], "mail.example.com Python SMTP 1.4.2"),
    mark("MailHog", Banner, &["mailhog"], "mailhog.example ESMTP MailHog"),
    mark("Mailpit", Banner, &["mailpit"], "mail.example.com Mailpit ESMTP Service ready"),
    mark("Mailtrap", Banner, &["~*mailtrap.io", "mailtrap"], "smtp.mailtrap.io ESMTP ready"),
    mark("smtp4dev", Banner, &["smtp4dev"], "smtp4dev ready"),
    mark("Inbucket", Banner, &["inbucket"], "inbucket Inbucket SMTP ready"),
    mark("INetSim", Banner, &["inetsim"], "mail.inetsim.example INetSim Mail Service ready."),
    mark("AVM KEN!", Banner, &["esmtp ken"], "server ESMTP KEN! v5.01; Wed, 21 Jul 2010 19:04:24 +0200"),

    // ---- Filters and providers
    mark("Barracuda", Banner, &["barracuda", "~barracuda*"], "barracuda.example.com ESMTP (0a8d40ef45300cc1bd0f16ced5c9e6f1)"),
    mark("Cisco ESA", Banner, &["ironport", "~*iphmx.com"], "esa.hc1234-56.iphmx.com ESMTP"),
    mark("Proofpoint", Banner, &["~*pphosted.com", "~*ppe-hosted.com", "esmtp mfa-m*", "proofpoint"], "mx0a-00000000.pphosted.com ESMTP mfa-m0000001"),
    mark("Mimecast", Banner, &["~*mimecast.com", "mimecast"], "us-smtp-inbound-1.mimecast.com ESMTP; Thu, 30 Nov 2017 10:33:38 +0200"),
    mark("BorderWare", Banner, &["borderware"], "mail.example.com ESMTP BorderWare MXtreme Mail Firewall"),
    mark("SonicWall", Banner, &["sonicwall"], "mail.example.com ESMTP SonicWall (9.1.1.3113)"),
    mark("McAfee WebShield", Banner, &["webshield"], "mail.example.com WebShield SMTP V4.5 MR1a Network Associates, Inc. Ready at Thu Nov 30 09:15:32 2017"),
    mark("Gmail", Banner, &["~*google.com", "~*gmail.com", "gsmtp"], "mx.google.com ESMTP 98e67ed59e1d1-2c2d0e28189si6418580a91.13 - gsmtp"),
    mark("Amazon SES", Banner, &["simpleemailservice*"], "email-smtp.amazonaws.com ESMTP SimpleEmailService-d-A1B2C3D4E 3xAmPl3"),
    mark("Postini", Banner, &["postini"], "Postini ESMTP 123 y67_pstn_c0 ready."),

    // ---- EHLO: offers and turns of speech
    mark("Coremail", Offers, &["coremail*"], "coremail 1Uxr2xKj7kG0xkI17xGrUDI0s8FY2U3Uj8Cz28x1UUUUU7Ic2I0Y2UFJ9JjVUCa0xDrUUUUj"),
    mark("Courier", Offers, &["xverp=courier"], "XVERP=Courier"),
    mark("Exim", Offers, &["pipe_connect", "pipeconnect", "x_pipe_connect"], "PIPECONNECT"),
    mark("MailEnable", Hello, &["this server offers"], "mail.example.com [198.51.100.7], this server offers 4 extensions"),
    mark("Haraka", Hello, &["haraka"], "mail.example.com Hello probe.example.org [198.51.100.7], Haraka is at your service."),
    mark("Gmail", Hello, &["~*google.com + at your service", "~*gmail.com + at your service"], "mx.google.com at your service, [198.51.100.7]"),
    mark("Stalwart", Hello, &["you had me at ehlo"], "mail.example.com you had me at EHLO"),
    mark("Lotus Domino", Hello, &["([<ip>]), pleased to meet you"], "mail.example.com Hello probe.example.org ([198.51.100.7]), pleased to meet you"),

    // ---- Replies, turns of speech of one product
    mark("Barracuda", Replies, &["no such domain at this location", "~*barracudanetworks.com"], "550 No such domain at this location (relaytest@example.net)"),
    mark("Gmail", Replies, &["gsmtp"], "555 5.5.2 Syntax error, goodbye. x2-2022 - gsmtp"),
    mark("Mimecast", Replies, &["~*community.mimecast.com*", "csi.mimecast.org", "~csi.mimecast.org"], "550 csi.mimecast.org Poor Reputation Sender. - https://community.mimecast.com/docs/DOC-1369#550 [vH7Ns8biNg-p6EfZ0QaVMQ.us149]"),
    mark("Proofpoint", Replies, &["~*ipcheck.proofpoint.com*"], "554 Blocked - see https://ipcheck.proofpoint.com/?ip=198.51.100.7"),
    mark("Cisco ESA", Replies, &["#5.1.0 address rejected", "#4.4.5 too many", "#5.7.1 your access to submit", "your access to this mail system has been rejected due to the sending mta's poor reputation"], "550 #5.1.0 Address rejected."),
    mark("Coremail", Replies, &["rp:frl", "mi:spf", "dt:spm", "hl:ipb", "hl:icc", "rp:trc", "rp:rcl", "local user only or authentication mechanism"], "550 RP:FRL 163 mx32,PsCowAEJVEyZ0RZcqrvqCA--.43127S2 1545015706"),
    mark("Microsoft Exchange", Replies, &["smtp; unable to relay", "smtp; client was not authenticated", "smtp; client does not have permissions", "resolver.*", "unable to relay. attr*", "client was not authenticated", "cannot achieve exchange server authentication", "x-anonymoustls"], "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain"),
    mark("IIS SMTP", Replies, &["unable to relay for <a>", "<a>....sender ok"], "550 5.7.1 Unable to relay for relaytest@example.net"),
    mark("Exim", Replies, &["callout verification failed"], "550-Callout verification failed:\r\n550-550 5.1.1 <probe@example.org>: Recipient address rejected: User unknown\r\n550 Sender verify failed"),
    mark("Postfix", Replies, &["<a>: recipient address rejected:", "<a>: sender address rejected:", "client host rejected:", "helo command rejected:", "<a>: relay access denied", "ok: queued as"], "554 5.7.1 <relaytest@example.net>: Relay access denied"),
    mark("Sendmail", Replies, &["<a>... relaying denied", "<a>... user unknown", "<a>... recipient ok", "<a>... sender ok", "<a>... access denied", "<a>... we do not relay - <a>... we do not relay <a>", "<a>... domain of sender address"], "550 5.7.1 <relaytest@example.net>... Relaying denied"),
    mark("IceWarp", Replies, &["<a>... we do not relay <a>"], "550 5.7.1 <relaytest@example.net>... we do not relay <probe@example.org>"),
    mark("qmail", Replies, &["in my list of allowed rcpthosts", "sorry, no mailbox here by that name", "in my badmailfrom list", "my databytes limit", "go ahead punk", "chkuser", "~*spamdyke.org*"], "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    mark("Exim", Replies, &["relay not permitted", "not permitted to relay through this server", "administrative prohibition - ~*mimecast.com*", "unrouteable address", "sender verify failed", "ok id=*", "smtp synchronization error", "valid rcpt command must precede data", "is syntactically correct"], "550 relay not permitted"),
    mark("Courier", Replies, &["513 relaying denied", "517 sender rejected", "517 invalid domain"], "513 Relaying denied."),
    mark("OpenSMTPD", Replies, &["invalid command: must issue", "invalid command: command not allowed", "5.1.1 invalid recipient: <a>", "invalid recipient: <a>"], "530 5.5.1 Invalid command: Must issue a STARTTLS command first"),
    mark("Haraka", Replies, &["i cannot deliver mail for", "go ahead, make my day"], "550 I cannot deliver mail for <relaytest@example.net>"),
    mark("hMailServer", Replies, &["smtp authentication is required.", "delivery is not allowed to this address", "invalid syntax. syntax should be"], "530 SMTP authentication is required."),
    mark("Kerio Connect", Replies, &["relaying to <a> denied (authentication required)"], "550 5.7.1 Relaying to <relaytest@example.net> denied (authentication required)"),
    mark("MailEnable", Replies, &["this mail server requires authentication when attempting to send to a non-local", "mailbox unavailable or not local"], "550 Requested action not taken: mailbox unavailable or not local"),
    mark("SmarterMail", Replies, &["authentication is required for relay"], "550 Authentication is required for relay"),
    mark("CommuniGate Pro", Replies, &["prohibited. we do not relay", "will relay mail from a client address", "will relay mail for an authenticated user", "will leave the internet"], "571 relaytest@example.net prohibited. We do not relay"),
    mark("Lotus Domino", Replies, &["relay rejected for policy reasons"], "554 Relay rejected for policy reasons."),
    mark("Apache James", Replies, &["requested action not taken: relaying denied"], "550 5.7.1 Requested action not taken: relaying denied"),
    mark("mox", Replies, &["(cid"], "550 5.1.1 not accepting email for domain (cid 18c1d7b3f2a)"),
    mark("maddy", Replies, &["(msg id ="], "501 5.1.1 User doesn't exist (msg ID = 2f3e5a6b)"),
    mark("XMail", Replies, &["server does not like your ip", "server use forbidden", "server access forbidden by your ip"], "551 Server use forbidden"),
    mark("Postal", Replies, &["route does not accept incoming messages"], "550 Route does not accept incoming messages"),

    // ---- A turn of speech that several have taken over from the first
    mark("Sendmail", Hello, &["pleased to meet you"], "mail.example.com Hello probe.example.org [198.51.100.7], pleased to meet you"),
];

static MATCHER: LazyLock<Matcher> = LazyLock::new(|| {
    Matcher::new(MARKS.iter().map(|mark| mark.says))
        .expect("every pattern of the marks can be read; a test reads them all")
});

/// Builds the table, which otherwise is done when the first banner is looked up.
pub(in crate::probe) fn make_ready() {
    LazyLock::force(&MATCHER);
    LazyLock::force(&SPECIAL);
}

/// Guesses the software from the banner's text, the EHLO offers and the texts of all replies.
pub fn recognise(
    banner: &[u8],
    offers: Option<&Extensions>,
    replies: &[&Reply],
) -> Option<&'static str> {
    let name = own_name(banner).or_else(|| own_name(&offers?.greeting));
    let name = name.map(Finder::new);
    let name = name.as_ref();
    let said = |place, text: &[u8]| {
        recall(place, &masked([text], name), || {
            row(place, &Wording::new(&shown(text)))
        })
    };
    let of_offers = offers.into_iter().flat_map(|offers| {
        let lines = offers.lines.join(&b' ');
        [said(Hello, &offers.greeting), said(Offers, &lines)]
    });
    let of_replies = replies.iter().map(|reply| {
        let lines = reply.lines().iter().map(|line| line.text());
        let mut text = masked(lines, name);
        text.extend_from_slice(&reply.code().to_be_bytes());
        recall(Replies, &text, || of_reply(reply))
    });
    std::iter::once(said(Banner, banner))
        .chain(of_offers)
        .chain(of_replies)
        .flatten()
        .min()
        .map(|row| MARKS[row].product)
}

/// Finds the first mark at a place that a text bears.
fn row(place: Place, wording: &Wording) -> Option<usize> {
    let found = MATCHER.read(wording);
    MATCHER.first(&found, |row| MARKS[row].at == place)
}

/// Finds the first mark that a reply bears.
fn of_reply(reply: &Reply) -> Option<usize> {
    let mut wording = readings(reply, Joint::Apart).into_iter().next()?;
    wording.text.insert_str(0, &format!("{} ", reply.code()));
    row(Replies, &wording)
}

/// Gives what is known of a text, or finds it.
fn recall(place: Place, text: &[u8], find: impl FnOnce() -> Option<usize>) -> Option<usize> {
    thread_local! {
        static KNOWN: Memo<Option<usize>> = const { Memo::new() };
    }
    KNOWN.with(|known| known.of_text(text, place as u64, find))
}

/// Finds in a name what a mark that knows hosts by their names looks for, and what makes a link of it.
static SPECIAL: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = MARKS.iter().flat_map(|mark| mark.says);
    let words = words.flat_map(|says| says.split(' '));
    let hosts = words.filter_map(|word| word.strip_prefix('~'));
    let hosts = hosts.map(|host| host.trim_matches('*'));
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(hosts.chain(["www."]))
        .expect("a few short words make no large automaton")
});

/// Gives the first word of what a server greets with, if it is a host name like any other: one that is masked
/// wherever it stands by itself, and that no mark looks for. Texts that differ in it alone bear the same marks.
fn own_name(greeting: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b' ', greeting)?;
    let name = &greeting[..end];
    let text = std::str::from_utf8(name).ok()?;
    (is_domain(text) && !is_ip(text) && !SPECIAL.is_match(text)).then_some(name)
}

/// Stands for the name that was taken out of a text.
const MASK: u8 = 0;

/// Gives texts, one a line, with a name taken out that stands by itself.
fn masked<'a>(texts: impl IntoIterator<Item = &'a [u8]>, name: Option<&Finder<'_>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    for text in texts {
        let mut rest = text;
        while let Some(name) = name
            && let Some(at) = name.find(rest)
        {
            let name = name.needle();
            let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
            let blank = |byte: Option<&u8>| byte.is_none_or(|byte| *byte == b' ');
            let before_all = &text[..text.len() - rest.len() + at];
            push(&mut out, before);
            match blank(before_all.last()) && blank(behind.first()) {
                true => out.push(MASK),
                false => push(&mut out, name),
            }
            rest = behind;
        }
        push(&mut out, rest);
        out.push(b'\n');
    }
    out
}

/// Adds a piece of text. What would be taken for the mask is doubled: the mask itself has blanks on both sides.
fn push(out: &mut Vec<u8>, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(MASK, rest) {
        let (with_mask, behind) = rest.split_at(at + 1);
        out.extend_from_slice(with_mask);
        out.push(MASK);
        rest = behind;
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offers(greeting: &str, lines: &[&str]) -> Extensions {
        let mut text = format!("250-{greeting}\r\n");
        for line in lines {
            text.push_str(&format!("250-{line}\r\n"));
        }
        text.push_str("250 HELP");
        Extensions::read(&Reply::from_recorded(text.as_bytes()).expect("a reply"))
    }

    fn alone(place: Place, text: &str) -> Option<&'static str> {
        match place {
            Banner => recognise(text.as_bytes(), None, &[]),
            Hello => recognise(b"", Some(&offers(text, &[])), &[]),
            Offers => recognise(b"", Some(&offers("mail.example.com", &[text])), &[]),
            Replies => {
                let reply = Reply::from_recorded(text.as_bytes()).expect("a reply");
                recognise(b"", None, &[&reply])
            }
        }
    }

    #[test]
    fn every_mark_wins_its_sample() {
        let lost: Vec<_> = MARKS
            .iter()
            .filter(|mark| alone(mark.at, mark.sample) != Some(mark.product))
            .map(|mark| (mark.product, mark.sample, alone(mark.at, mark.sample)))
            .collect();
        assert!(lost.is_empty(), "{lost:#?}");
    }

    #[test]
    fn host_names_and_plain_greetings_say_nothing() {
        for banner in [
            "",
            "mail.example.com ESMTP",
            "exim.example.com ESMTP",
            "postfix.example.net SMTP ready",
            "mail.example.com Hello, this is not sendmail's brother",
        ] {
            let named = recognise(banner.as_bytes(), None, &[]);
            assert_eq!(named.is_some(), banner.contains("sendmail's"), "{banner}");
        }
        for reply in ["250 ok", "550 no such user", "554 Relaying denied"] {
            assert_eq!(alone(Replies, reply), None, "{reply}");
        }
    }

    #[test]
    fn offers_tell_exchange_from_the_service_it_uses() {
        let banner = b"mail.example.com Microsoft ESMTP MAIL Service, Version: 6.0.3790.4675 ready";
        let plain = offers("mail.example.com Hello [198.51.100.7]", &["TURN", "VRFY"]);
        let exchange = offers("mail.example.com Hello [198.51.100.7]", &["XEXCH50"]);
        assert_eq!(recognise(banner, None, &[]), Some("IIS SMTP"));
        assert_eq!(recognise(banner, Some(&plain), &[]), Some("IIS SMTP"));
        assert_eq!(
            recognise(banner, Some(&exchange), &[]),
            Some("Microsoft Exchange")
        );
    }

    #[test]
    fn a_greeting_outranks_turns_of_speech() {
        let reply =
            Reply::from_recorded(b"550 5.7.1 <a@b.example>... Relaying denied").expect("a reply");
        let hello = offers("mx Hello probe [198.51.100.7], pleased to meet you", &[]);
        assert_eq!(
            recognise(b"mx ESMTP OpenSMTPD", Some(&hello), &[&reply]),
            Some("OpenSMTPD")
        );
        assert_eq!(
            recognise(b"mx ESMTP", Some(&hello), &[&reply]),
            Some("Sendmail")
        );
    }

    /// Recognises without remembering anything.
    fn afresh(banner: &[u8], offers: &Extensions, replies: &[&Reply]) -> Option<&'static str> {
        let said = |place, text: &[u8]| row(place, &Wording::new(&shown(text)));
        [
            said(Banner, banner),
            said(Hello, &offers.greeting),
            said(Offers, &offers.lines.join(&b' ')),
        ]
        .into_iter()
        .chain(replies.iter().map(|reply| of_reply(reply)))
        .flatten()
        .min()
        .map(|row| MARKS[row].product)
    }

    #[test]
    fn what_is_remembered_of_one_host_holds_for_the_next() {
        let names = [
            "mx1.example.com",
            "mx2.example.net",
            "a.example.org",
            "mx.outlook.com",
            "x.prod.outlook.com",
            "us1.mimecast.com",
            "esa.hc1.iphmx.com",
            "barracuda.example.com",
            "barracuda",
            "www.example.com",
            "http-www.example.com",
            "198.51.100.7",
            "[198.51.100.7]",
            "mx.google.com",
            "postfix",
            "postmaster.example.com",
            "mx.example.com.",
            "\0",
            "mx1.example.com\0",
            "spamdyke.org",
            "mx.spamdyke.org",
        ];
        let greetings = [
            "{} ESMTP",
            "{} ESMTP Postfix",
            "{} Microsoft ESMTP MAIL Service ready",
            "{}",
            "ESMTP {}",
            "{} {} ESMTP",
            "{}\0 ESMTP",
            "<{}> ready {}",
            "{}.example.com ESMTP",
        ];
        let lines = [
            "{} Hello probe",
            "{} at your service",
            "{} you had me at EHLO {}",
            "{}",
            "SIZE {}",
        ];
        let answers = [
            "550 5.7.1 {} relay not permitted",
            "550 no, see http://{}/docs",
            "250 2.1.0 ok",
            "554 {}: blocked",
        ];
        let mut found = 0;
        for name in names {
            for greeting in greetings {
                for line in lines {
                    let fill = |text: &str| text.replace("{}", name);
                    let offers = offers(&fill(line), &[&fill("SIZE {}"), "PIPELINING"]);
                    let replies = answers.map(|a| Reply::from_recorded(fill(a).as_bytes()));
                    let replies: Vec<&Reply> = replies.iter().flatten().collect();
                    for replies in [&replies[..], &replies[1..], &replies[2..]] {
                        let banner = fill(greeting);
                        let known = recognise(banner.as_bytes(), Some(&offers), replies);
                        assert_eq!(
                            known,
                            afresh(banner.as_bytes(), &offers, replies),
                            "{banner} {line}"
                        );
                        found += u32::from(known.is_some());
                    }
                }
            }
        }
        assert!(found > 100, "{found}");
    }

    #[test]
    fn a_name_is_taken_out_where_it_stands_by_itself() {
        let name = Finder::new("mx.example.com");
        let masked = |text: &str| masked([text.as_bytes()], Some(&name));
        for (text, expected) in [
            ("mx.example.com ESMTP", "\0 ESMTP\n"),
            ("hello mx.example.com", "hello \0\n"),
            ("mx.example.com mx.example.com", "\0 \0\n"),
            (
                "<mx.example.com> amx.example.com",
                "<mx.example.com> amx.example.com\n",
            ),
            ("mx.example.community", "mx.example.community\n"),
            ("a \0 b", "a \0\0 b\n"),
        ] {
            assert_eq!(masked(text), expected.as_bytes(), "{text}");
        }
        for (greeting, name) in [
            ("mx.example.com ESMTP", Some("mx.example.com")),
            ("mx.example.com", None),
            ("mx ESMTP", None),
            ("198.51.100.7 ESMTP", None),
            ("www.example.com ESMTP", None),
            ("mx.outlook.com ESMTP", None),
            ("US.Mimecast.com ESMTP", None),
        ] {
            assert_eq!(
                own_name(greeting.as_bytes()),
                name.map(str::as_bytes),
                "{greeting}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_a_peer_says_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in ".{0,80}") {
            for said in [bytes, text.into_bytes()] {
                let reply = Reply::from_recorded(&[b"220-", &said[..], b"\r\n220 ok"].concat());
                let offers = reply.as_ref().map(Extensions::read);
                let replies: Vec<&Reply> = reply.iter().collect();
                recognise(&said, offers.as_ref(), &replies);
            }
        }
    }
}
