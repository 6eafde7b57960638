//! Which deliveries of an Exim log are relayed mail, by the definitions of either program.
//!
//! In: a log, and what is one's own. Out: both lists of pairs, and every line that counts for one program only, with
//! the reason. The table in `docs/logs.md` has the same reasons in words.
//!
//! Written from eximstats of Exim 4.96, whose expressions are quoted where they decide, and from the catalogue's rule
//! LG001; takes nothing of relaycheck's reader.

use anyhow::{Context, Result, ensure};
use std::collections::BTreeMap;

/// What is one's own.
pub(super) struct Knows {
    /// The domain; those below it are own too.
    pub(super) own: String,
    /// How the addresses of trusted clients begin.
    pub(super) trusted: String,
}

/// Who sent what to whom: addresses of hosts, and mailboxes in small letters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Pair {
    pub(super) client: String,
    pub(super) sender: String,
    pub(super) hop: String,
    pub(super) recipient: String,
}

impl Pair {
    /// Reads `ID client=NAME[ADDR] helo=h from=s to=r orig_to=o relay=NAME [ADDR] status=sent reply=..`.
    pub(super) fn shown(text: &str) -> Result<Self> {
        let field = |begin: &str, ends: &[&str]| -> Result<String> {
            let (_, rest) = text
                .split_once(begin)
                .with_context(|| format!("no{begin} {text}"))?;
            let end = ends.iter().filter_map(|end| rest.find(end)).min();
            Ok(rest[..end.unwrap_or(rest.len())].to_lowercase())
        };
        Ok(Self {
            client: inside(&field(" client=", &[" helo=", " from="])?)?.to_owned(),
            sender: field(" from=", &[" to="])?,
            hop: inside(&field(" relay=", &[" status="])?)?.to_owned(),
            recipient: field(" to=", &[" orig_to=", " relay="])?,
        })
    }
}

/// Why a line counts for one of the programs only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// The client had logged in.
    Login,
    /// The client is the host itself, or in a trusted network.
    Trusted,
    /// The recipient is one's own: passed on inside.
    Own,
    /// LMTP: a mailbox, if on another host.
    Lmtp,
    /// Given to a filter, whose second pass is what goes out: with the first client.
    Filter,
    /// Went out of the filter: from loopback for eximstats, from the first client here.
    SecondPass,
    /// Several aliases deep: eximstats takes a forward for relaying where there is an address in between.
    Between,
    /// A further recipient of the same delivery, `->`.
    Further,
    /// Delivered while it came in, `>>`.
    CutThrough,
    /// The recipient held a route: eximstats takes the change of address for a forward.
    Routed,
}

impl Why {
    pub(super) const ALL: &[Self] = &[
        Self::Login,
        Self::Trusted,
        Self::Own,
        Self::Lmtp,
        Self::Filter,
        Self::SecondPass,
        Self::Between,
        Self::Further,
        Self::CutThrough,
        Self::Routed,
    ];
}

/// A line that counts differently.
pub(super) struct Difference {
    pub(super) why: Why,
    line: usize,
    more: i64,
}

/// What the lines of a log say.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) theirs: BTreeMap<Pair, u64>,
    pub(super) ours: BTreeMap<Pair, u64>,
    pub(super) differences: Vec<Difference>,
    /// Lines that count differently for no reason known.
    pub(super) unexplained: Vec<String>,
    /// Of each message, the first one of its chain through a filter.
    roots: BTreeMap<String, String>,
    /// Of each first message, its client, and how many recipients may be relayed.
    clients: BTreeMap<String, (String, usize)>,
}

/// Who brought a message.
#[derive(Clone)]
struct Arrival {
    sender: String,
    /// The address; none for the host itself.
    client: Option<String>,
    login: bool,
}

/// A line about a message that has left for another host.
struct Delivery<'a> {
    sign: &'a str,
    to: &'a str,
    between: bool,
    original: Option<&'a str>,
    hop: String,
    lmtp: bool,
    child: Option<&'a str>,
}

impl Lines {
    /// Reads a log.
    pub(super) fn read(log: &str, knows: &Knows) -> Self {
        let mut lines = Self::default();
        let mut arrivals: BTreeMap<&str, Arrival> = BTreeMap::new();
        let mut parents: BTreeMap<&str, &str> = BTreeMap::new();
        for (id, sign, rest) in log.lines().filter_map(split) {
            if sign == "<=" {
                arrivals.insert(id, arrival(rest));
            } else if let Some(delivery) = delivery(sign, rest)
                && let Some(child) = delivery.child
            {
                parents.insert(child, id);
            }
        }
        for (number, text) in log.lines().enumerate() {
            let Some((id, sign, rest)) = split(text) else {
                continue;
            };
            let mut root = id;
            while let Some(parent) = parents.get(root) {
                root = parent;
            }
            lines.roots.insert(id.to_owned(), root.to_owned());
            let (Some(near), Some(first)) = (arrivals.get(id), arrivals.get(root)) else {
                continue;
            };
            let client = first.client.clone().unwrap_or_default();
            let of = lines.clients.entry(root.to_owned()).or_insert((client, 0));
            let Some(delivery) = delivery(sign, rest) else {
                continue;
            };
            of.1 += 1;
            let handed = delivery
                .child
                .is_some_and(|child| arrivals.contains_key(child));
            let their = theirs(near, &delivery);
            let our = ours(first, &delivery, handed, knows);
            for (pairs, pair) in [(&mut lines.theirs, &their), (&mut lines.ours, &our)] {
                if let Some(pair) = pair {
                    *pairs.entry(pair.clone()).or_default() += 1;
                }
            }
            if their == our {
                continue;
            }
            match why(first, near, &delivery, handed, knows) {
                Some(why) => lines.differences.push(Difference {
                    why,
                    line: number + 1,
                    more: i64::from(our.is_some()) - i64::from(their.is_some()),
                }),
                None => lines.unexplained.push(format!("{}: {text}", number + 1)),
            }
        }
        lines
    }

    /// Says in one row which lines count differently.
    pub(super) fn explained(&self) -> String {
        const SHOWN: usize = 6;
        let mut reasons: BTreeMap<Why, (i64, Vec<usize>)> = BTreeMap::new();
        for found in &self.differences {
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

    /// Parts a log so that no client has more than `most` recipients in a part. What belongs together stays so.
    pub(super) fn parts(&self, log: &str, most: usize) -> Result<Vec<String>> {
        let mut used: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        let mut places: BTreeMap<&str, usize> = BTreeMap::new();
        for (root, (client, recipients)) in &self.clients {
            ensure!(*recipients <= most, "{root} has {recipients} recipients");
            let (part, full) = used.entry(client).or_default();
            if *full + recipients > most {
                (*part, *full) = (*part + 1, 0);
            }
            *full += recipients;
            places.insert(root, *part);
        }
        let count = places.values().max().map_or(1, |last| last + 1);
        let mut parts = vec![String::new(); count];
        for text in log.lines() {
            let root = split(text).and_then(|(id, ..)| self.roots.get(id));
            let place = root.and_then(|root| places.get(root.as_str())).copied();
            parts[place.unwrap_or(0)].push_str(text);
            parts[place.unwrap_or(0)].push('\n');
        }
        Ok(parts)
    }
}

/// Splits a line behind its stamp into id, sign and the rest.
fn split(line: &str) -> Option<(&str, &str, &str)> {
    let (id, rest) = line.get("2026-03-02 06:01:07 ".len()..)?.split_once(' ')?;
    let is_id = id.len() == 16 && id.as_bytes()[6] == b'-' && id.as_bytes()[13] == b'-';
    let (sign, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    is_id.then_some((id, sign, rest))
}

fn arrival(text: &str) -> Arrival {
    let (sender, rest) = text.split_once(' ').unwrap_or((text, ""));
    let fields = rest.split_once(" T=\"").map_or(rest, |(fields, _)| fields);
    Arrival {
        sender: sender.to_lowercase(),
        client: host(fields),
        login: fields.contains(" A="),
    }
}

fn delivery<'a>(sign: &'a str, text: &'a str) -> Option<Delivery<'a>> {
    if !matches!(sign, "=>" | "->" | ">>") {
        return None;
    }
    let (to, rest) = text.split_once(' ')?;
    let (fields, reply) = rest.split_once(" C=\"").unwrap_or((rest, ""));
    let original = fields
        .split_once('<')
        .and_then(|(_, inner)| inner.split_once('>'));
    Some(Delivery {
        sign,
        to,
        between: fields.starts_with('('),
        original: original.map(|(address, _)| address),
        hop: host(fields)?,
        lmtp: fields.contains("lmtp"),
        child: reply.split_once("id=").and_then(|(_, id)| id.get(..16)),
    })
}

/// Gives the address of `H=name (helo) [address]`.
fn host(fields: &str) -> Option<String> {
    let (_, rest) = fields.split_once("H=")?;
    let rest = rest.split_once(" P=").map_or(rest, |(host, _)| host);
    let rest = rest.split_once(" X=").map_or(rest, |(host, _)| host);
    inside(rest).ok().map(str::to_owned)
}

/// Gives what stands in the last square brackets.
fn inside(text: &str) -> Result<&str> {
    let (_, address) = text.rsplit_once('[').context("no address")?;
    Ok(address.split_once(']').context("half an address")?.0)
}

/// Gives the pair that eximstats counts. What came and went by `H=` is relayed, unless
/// `/^(\S+)(?:\s+\([^)]\))?\s+<([^>]+)>/` finds another original address.
fn theirs(from: &Arrival, delivery: &Delivery<'_>) -> Option<Pair> {
    let to = delivery.to.to_lowercase();
    let forwarded = match delivery.original {
        // The expression has one letter between parentheses, so that it finds nothing behind an address.
        Some(original) => !delivery.between && original.to_lowercase() != to,
        None => false,
    };
    let counts = delivery.sign == "=>" && !forwarded;
    let client = from.client.clone().filter(|_| counts)?;
    Some(pair(client, from, delivery))
}

/// Gives the pair that relaycheck counts: LG001.
fn ours(first: &Arrival, delivery: &Delivery<'_>, handed: bool, knows: &Knows) -> Option<Pair> {
    let client = first.client.clone()?;
    let outsider = !first.login && !knows.trusts(&client);
    let named = delivery.original.unwrap_or(delivery.to);
    // What holds a route and goes on inside as it is, is another rule's.
    let foreign = !knows.owns(named) || (knows.routed(named) && !knows.owns(delivery.to));
    let counts = outsider && foreign && !delivery.lmtp && !handed;
    counts.then(|| pair(client, first, delivery))
}

fn pair(client: String, from: &Arrival, delivery: &Delivery<'_>) -> Pair {
    Pair {
        client,
        sender: from.sender.clone(),
        hop: delivery.hop.clone(),
        recipient: delivery.to.to_lowercase(),
    }
}

/// Says why a line may count differently.
fn why(
    first: &Arrival,
    near: &Arrival,
    delivery: &Delivery<'_>,
    handed: bool,
    knows: &Knows,
) -> Option<Why> {
    let named = delivery.original.unwrap_or(delivery.to);
    let client = first.client.as_deref();
    let reasons = [
        (first.login, Why::Login),
        (
            client.is_some_and(|client| knows.trusts(client)),
            Why::Trusted,
        ),
        (delivery.lmtp, Why::Lmtp),
        (handed, Why::Filter),
        (near.client != first.client, Why::SecondPass),
        (delivery.sign == "->", Why::Further),
        (delivery.sign == ">>", Why::CutThrough),
        (delivery.between, Why::Between),
        (knows.owns(delivery.to), Why::Own),
        (knows.routed(named), Why::Routed),
    ];
    reasons
        .into_iter()
        .find(|(holds, _)| *holds)
        .map(|(_, why)| why)
}

impl Knows {
    fn trusts(&self, client: &str) -> bool {
        client == "127.0.0.1" || client.starts_with(&self.trusted)
    }

    fn owns(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain == self.own || domain.ends_with(&format!(".{}", self.own))
    }

    /// Tells whether an own address leads out: `user%outside@own`.
    fn routed(&self, address: &str) -> bool {
        let local = address.rsplit_once('@').map_or("", |(local, _)| local);
        local
            .rsplit_once('%')
            .is_some_and(|(_, domain)| !self.owns(&format!("x@{domain}")))
    }
}
