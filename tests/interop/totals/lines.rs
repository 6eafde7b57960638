//! What each line of a Postfix log adds to the totals, by the definitions of either program.
//!
//! In: a log. Out: both sums, and every line that counts for one of them and not for the other, with the reason. The
//! table in `docs/logs.md` has the same reasons in words.
//!
//! Written from pflogsumm 1.1.5, whose expressions are quoted where they decide, and from what relaycheck documents
//! of its totals; takes nothing of relaycheck's reader.

use std::collections::{BTreeMap, HashMap, HashSet};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Total {
    Received,
    Delivered,
    Forwarded,
    /// Messages that were deferred at least once.
    Deferred,
    /// Attempts that were deferred.
    Deferrals,
    Bounced,
    Rejected,
    Warned,
}

impl Total {
    pub(super) const ALL: &[Self] = &[
        Self::Received,
        Self::Delivered,
        Self::Forwarded,
        Self::Deferred,
        Self::Deferrals,
        Self::Bounced,
        Self::Rejected,
        Self::Warned,
    ];

    /// Gives its name in the report of pflogsumm.
    pub(super) fn named(self) -> &'static str {
        match self {
            Self::Warned => "reject warnings",
            other => other.field(),
        }
    }

    /// Gives its name in the report of relaycheck.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Delivered => "delivered",
            Self::Forwarded => "forwarded",
            Self::Deferred => "deferred",
            Self::Deferrals => "deferrals",
            Self::Bounced => "bounced",
            Self::Rejected => "rejected",
            Self::Warned => "warned",
        }
    }
}

/// Why a line counts for one of the programs only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// It is of a service whose name pflogsumm does not know: it knows smtps and submission.
    Service,
    /// It is of qmqpd, whose messages pflogsumm does not count.
    Qmqp,
    /// A client came to a proxy filter: `NOQUEUE: client=`. pflogsumm takes it for a message.
    Proxy,
    /// It stands for lines that were repeated; pflogsumm does not read it.
    Repeated,
    /// A milter or a proxy filter refused in smtpd; pflogsumm does not read it.
    Filter,
    /// Cleanup refused for something else than header, body or the end of the message.
    Content,
    /// A header or a body was warned of: no refusal, but a "reject warning" of pflogsumm.
    Header,
    /// pflogsumm found its words in what the client had chosen.
    Spoofed,
    /// A delivery with fields that pflogsumm does not know, or an address that holds `>`.
    Fields,
    /// The next hop says "forwarded as", which only local says of a forward.
    Words,
    /// A failure that soft_bounce made temporary.
    SoftBounce,
    /// A message under an id that another one had before: pflogsumm takes them for one.
    Reused,
}

impl Why {
    pub(super) const ALL: &[Self] = &[
        Self::Service,
        Self::Qmqp,
        Self::Proxy,
        Self::Repeated,
        Self::Filter,
        Self::Content,
        Self::Header,
        Self::Spoofed,
        Self::Fields,
        Self::Words,
        Self::SoftBounce,
        Self::Reused,
    ];
}

/// A line that counts differently.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) total: Total,
    pub(super) why: Why,
    /// Its number.
    line: usize,
    /// How much more it is for relaycheck.
    more: i64,
}

/// What the lines of a log add up to.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) theirs: BTreeMap<Total, u64>,
    pub(super) ours: BTreeMap<Total, u64>,
    pub(super) differences: Vec<Difference>,
    /// Lines that count differently for no reason known.
    pub(super) unexplained: Vec<String>,
}

impl Counted {
    /// Says in one row which lines count differently for a total.
    pub(super) fn explained(&self, total: Total) -> String {
        const SHOWN: usize = 8;
        let mut reasons: BTreeMap<Why, (i64, Vec<usize>)> = BTreeMap::new();
        for found in self.differences.iter().filter(|found| found.total == total) {
            let (more, lines) = reasons.entry(found.why).or_default();
            *more += found.more;
            lines.push(found.line);
        }
        let told = reasons.iter().map(|(why, (more, lines))| {
            let mut shown: Vec<String> = lines.iter().take(SHOWN).map(usize::to_string).collect();
            if lines.len() > SHOWN {
                shown.push(format!("{} more", lines.len() - SHOWN));
            }
            format!("{why:?} {more:+}: lines {}", shown.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }

    fn differs(&mut self, line: &Line<'_>, total: Total, more: i64, why: Option<Why>) {
        let number = line.number;
        match why {
            Some(why) => self.differences.push(Difference {
                total,
                why,
                line: number,
                more,
            }),
            None => self.unexplained.push(format!(
                "{number}: {total:?} {more:+}: {} {}",
                line.program, line.text
            )),
        }
    }
}

/// A line without its prefix.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    number: usize,
    host: &'a str,
    program: &'a str,
    text: &'a str,
}

impl<'a> Line<'a> {
    /// Takes the stamp off, the host and the program; none for what is no line of a program.
    fn read(number: usize, line: &'a str) -> Option<Self> {
        let stamped = match line.starts_with(|first: char| first.is_ascii_digit()) {
            true => line.split_once(' ')?.1,
            false => line.get("Mar  2 06:01:07 ".len()..)?,
        };
        let (host, rest) = stamped.split_once(' ')?;
        let (program, text) = match rest.starts_with("last message repeated ") {
            true => ("", rest),
            false => rest.split_once(": ")?,
        };
        let program = program.split_once('[').map_or(program, |(name, _)| name);
        Some(Self {
            number,
            host,
            program,
            text,
        })
    }

    /// Gives the daemon.
    fn daemon(&self) -> &'a str {
        self.program.rsplit('/').next().unwrap_or_default()
    }

    /// Gives what pflogsumm takes for the daemon: `^postfix(?:/(?:smtps|submission))?/([^\[:]*)`.
    fn command(&self) -> Option<&'a str> {
        let name = self.program.strip_prefix("postfix/")?;
        let behind = ["smtps/", "submission/"]
            .iter()
            .find_map(|service| name.strip_prefix(service));
        Some(behind.unwrap_or(name))
    }

    /// Gives the queue id and what is said of it.
    fn said(&self) -> Option<(&'a str, &'a str)> {
        let (id, said) = self.text.split_once(": ")?;
        let word = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (word && id.len() > 5).then_some((id, said))
    }

    /// Gives the program that had its say, where a status is told.
    fn delivery(&self) -> Option<(&'a str, &'a str)> {
        let (_, said) = self.said()?;
        said.starts_with("to=<").then_some(())?;
        let (_, status) = said.rsplit_once(", status=")?;
        Some(status.split_once(' ').unwrap_or((status, "")))
    }
}

/// Counts a log by both definitions.
pub(super) fn count(log: &str) -> Counted {
    let mut counted = Counted::default();
    // Of relaycheck: how often each id of a host has left the queue, and what was deferred.
    let mut turns: HashMap<(&str, &str), u64> = HashMap::new();
    let mut deferred = HashSet::new();
    let mut deferred_ids = HashSet::new();
    let mut last: Option<Line<'_>> = None;
    for (number, text) in log.lines().enumerate() {
        let Some(line) = Line::read(number + 1, text) else {
            continue;
        };
        if let Some((repeated, times)) = repeated(&line, last) {
            if let Some(total) = ours(&repeated) {
                *counted.ours.entry(total).or_default() += times;
                counted.differs(&line, total, times as i64, Some(Why::Repeated));
            }
            continue;
        }
        last = Some(line);
        let (mine, their) = (ours(&line), theirs(&line));
        for (sum, total) in [(&mut counted.ours, mine), (&mut counted.theirs, their)] {
            if let Some(total) = total {
                *sum.entry(total).or_default() += 1;
            }
        }
        let why = why(&line);
        if mine != their {
            for (total, more) in [(mine, 1), (their, -1)] {
                if let Some(total) = total {
                    counted.differs(&line, total, more, why);
                }
            }
        }
        let Some((id, said)) = line.said() else {
            continue;
        };
        // Messages that were deferred, each once.
        let turn = turns.entry((line.host, id)).or_default();
        let mine = mine == Some(Total::Deferrals) && deferred.insert((line.host, id, *turn));
        let their = their == Some(Total::Deferrals) && deferred_ids.insert(id);
        *counted.ours.entry(Total::Deferred).or_default() += u64::from(mine);
        *counted.theirs.entry(Total::Deferred).or_default() += u64::from(their);
        if mine != their {
            let more = i64::from(mine) - i64::from(their);
            counted.differs(&line, Total::Deferred, more, why.or(Some(Why::Reused)));
        }
        if said == "removed" {
            *turn += 1;
        }
    }
    counted
}

/// Gives the line that was repeated, and how often.
fn repeated<'a>(line: &Line<'a>, last: Option<Line<'a>>) -> Option<(Line<'a>, u64)> {
    if let Some(times) = line.text.strip_prefix("last message repeated ") {
        return Some((last?, times.split_once(' ')?.0.parse().ok()?));
    }
    let (times, text) = line
        .text
        .strip_prefix("message repeated ")?
        .split_once(" times: [ ")?;
    let text = text.strip_suffix(']')?;
    Some((Line { text, ..*line }, times.parse().ok()?))
}

/// Says what a line is counted as by relaycheck.
fn ours(line: &Line<'_>) -> Option<Total> {
    let (id, said) = line.said()?;
    let daemon = line.daemon();
    match daemon {
        "smtpd" | "qmqpd" if said.starts_with("client=") => {
            return (id != "NOQUEUE").then_some(Total::Received);
        }
        "pickup" if said.starts_with("uid=") => return Some(Total::Received),
        _ => {}
    }
    if let Some((status, reply)) = line.delivery() {
        return match status {
            "sent" if daemon == "local" && reply.starts_with("(forwarded as ") => {
                Some(Total::Forwarded)
            }
            "sent" => Some(Total::Delivered),
            "deferred" | "SOFTBOUNCE" => Some(Total::Deferrals),
            "bounced" => Some(Total::Bounced),
            _ => None,
        };
    }
    let (verb, _) = said.split_once(": ")?;
    match verb {
        "reject" | "milter-reject" | "proxy-reject" => Some(Total::Rejected),
        "reject_warning" => Some(Total::Warned),
        _ => None,
    }
}

/// Says what a line is counted as by pflogsumm.
fn theirs(line: &Line<'_>) -> Option<Total> {
    let command = line.command()?;
    if command == "cleanup" {
        return content(line.text);
    }
    let (_, said) = line.said()?;
    if matches!(command, "smtpd" | "postscreen") {
        return match said {
            said if said.starts_with("client=") => Some(Total::Received),
            said if said.starts_with("reject: ") => Some(Total::Rejected),
            said if said.starts_with("reject_warning: ") => Some(Total::Warned),
            _ => None,
        };
    }
    if command == "pickup" && said.starts_with("uid=") {
        return Some(Total::Received);
    }
    if !readable(line.text) {
        return None;
    }
    let (status, rest) = line.delivery()?;
    match status {
        "sent" if rest.contains("forwarded as ") => Some(Total::Forwarded),
        "sent" => Some(Total::Delivered),
        "deferred" => Some(Total::Deferrals),
        "bounced" => Some(Total::Bounced),
        _ => None,
    }
}

/// Finds, anywhere in a line of cleanup: `\b((?:milter-)?reject|warning|hold|discard): (header|body|END-OF-MESSAGE) `.
fn content(text: &str) -> Option<Total> {
    let verbs = ["milter-reject", "reject", "warning", "hold", "discard"];
    let places = ["header", "body", "END-OF-MESSAGE"];
    let found = verbs.iter().flat_map(|verb| {
        places.iter().filter_map(move |place| {
            let at = text.find(&format!("{verb}: {place} "))?;
            let before = text[..at].bytes().next_back();
            let bounded = before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'_');
            bounded.then_some((at, *verb))
        })
    });
    match found.min()?.1 {
        "milter-reject" | "reject" => Some(Total::Rejected),
        "warning" => Some(Total::Warned),
        _ => None,
    }
}

/// Tells whether a delivery has the form that pflogsumm knows:
/// `to=<([^>]*)>, (?:orig_to=<[^>]*>, )?relay=([^,]+), (?:conn_use=[^,]+, )?delay=([^,]+), (?:delays=[^,]+, )?(?:dsn=[^,]+, )?status=`
fn readable(text: &str) -> bool {
    let from = |text: &str| -> Option<()> {
        let (_, mut rest) = text.split_once(">, ")?;
        if let Some(original) = rest.strip_prefix("orig_to=<") {
            rest = original
                .split_once(">, ")
                .filter(|(to, _)| !to.contains('>'))?
                .1;
        }
        for (key, must) in [
            ("relay=", true),
            ("conn_use=", false),
            ("delay=", true),
            ("delays=", false),
            ("dsn=", false),
        ] {
            match rest
                .strip_prefix(key)
                .and_then(|rest| rest.split_once(", "))
            {
                Some((_, behind)) => rest = behind,
                None if must => return None,
                None => {}
            }
        }
        rest.starts_with("status=").then_some(())
    };
    text.match_indices("to=<").any(|(at, key)| {
        let address = &text[at + key.len()..];
        let end = address.find('>');
        end.is_some_and(|end| address[end..].starts_with(">, ")) && from(address).is_some()
    })
}

/// Says why a line may count differently.
fn why(line: &Line<'_>) -> Option<Why> {
    let (id, said) = line.said()?;
    let command = line.command();
    let known = command.is_some_and(|name| !name.contains('/'));
    if line.daemon() == "qmqpd" {
        return Some(Why::Qmqp);
    }
    if id == "NOQUEUE" && said.starts_with("client=") {
        return Some(Why::Proxy);
    }
    if line.delivery().is_some() {
        return match (command, said) {
            // Of deliveries pflogsumm minds only how the name begins.
            (None, _) => Some(Why::Service),
            _ if said.contains("status=SOFTBOUNCE") => Some(Why::SoftBounce),
            _ if !readable(line.text) => Some(Why::Fields),
            _ if said.contains("forwarded as ") => Some(Why::Words),
            _ => None,
        };
    }
    if !known {
        return Some(Why::Service);
    }
    if command == Some("cleanup") {
        return match said {
            said if said.starts_with("warning: ") => Some(Why::Header),
            said if said.starts_with("reject: ") || said.starts_with("milter-reject: ") => {
                Some(Why::Content)
            }
            _ => Some(Why::Spoofed),
        };
    }
    let filter = said.starts_with("milter-reject: ") || said.starts_with("proxy-reject: ");
    filter.then_some(Why::Filter)
}
