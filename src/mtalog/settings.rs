//! The thresholds of the rules and what is known to be harmless above them.
//!
//! In: what the user sets, such as `LG010.count=20` or `LG010.within=30m`. Out: [`Settings`], whose values are the
//! catalogue's where nothing is set. [`KNOBS`] is the one list of what can be set.

use crate::model::Untrusted;
use crate::mtaconf::nets::Net;
use crate::mtalog::event::Stamp;

/// So many within such a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many are enough.
    pub count: u64,
    /// The time within which they have to come, in microseconds; any such time, not one by the clock.
    pub within: i64,
}

impl Limit {
    const fn minutes(count: u64, minutes: i64) -> Self {
        Self {
            count,
            within: minutes * Stamp::MINUTE,
        }
    }

    const fn day(count: u64) -> Self {
        Self::minutes(count, 24 * 60)
    }
}

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// LG003: recipients relayed before it is said that all senders were own.
    pub own_senders: u64,
    /// LG010: refused relay attempts of a source.
    pub attempts: Limit,
    /// LG011: networks that try the same.
    pub probing: Limit,
    /// LG012: how long after a refusal; the count is of refusals.
    pub refused_first: Limit,
    /// LG020: foreign recipients of a trusted client.
    pub trusted_volume: Limit,
    /// LG021: foreign recipients of an account.
    pub account_volume: Limit,
    /// LG020 and LG021: how many times the usual.
    pub usual_factor: u64,
    /// LG020 and LG021: in how many other hours one has to be active for there to be a usual.
    pub usual_hours: u64,
    /// LG022: networks of an account.
    pub account_networks: Limit,
    /// LG022: wide networks of an account.
    pub account_wide: Limit,
    /// LG022: countries of an account, where a table of countries is given.
    pub account_countries: Limit,
    /// LG023: failed logins of a source.
    pub guesses: Limit,
    /// LG023: names tried by a source.
    pub guessed_names: Limit,
    /// LG024: failures before a success.
    pub guessed: Limit,
    /// LG025: messages of an account with foreign senders.
    pub foreign_senders: Limit,
    /// LG025: domains of those senders.
    pub foreign_domains: u64,
    /// LG026: networks that try one name.
    pub attacked: Limit,
    /// LG030: notifications to foreign addresses.
    pub bounces_out: Limit,
    /// LG031: recipients with the null sender.
    pub bounces_in: Limit,
    /// LG032: foreign recipients of a client or an account.
    pub dead: Limit,
    /// LG032: share of them refused for good, in percent.
    pub dead_percent: u64,
    /// LG033: refusals by reputation.
    pub reputation: Limit,
    /// LG033: next hops they come from.
    pub reputation_hops: u64,
    /// LG040: unknown recipients of a source.
    pub harvest: Limit,
    /// LG041: messages with own senders to own recipients.
    pub own_to_own: Limit,
    /// LG042: connections with the name of the server.
    pub own_helo: Limit,
    /// LG043 and the tables of the most active: how many are told.
    pub top: u64,
    /// LG044: messages of a source without a name.
    pub nameless: Limit,
    /// LG045: unknown sender domains.
    pub sender_domains: Limit,
    /// LG051: routed recipients that were refused.
    pub routed: Limit,
    /// LG060: silence; the count is not used.
    pub silence: Limit,
    /// LG060: how long the median pause may be, in microseconds.
    pub usual_pause: i64,
    /// LG061: share of lines not understood, in percent.
    pub unknown_percent: u64,
    /// LG062: how far back a line may be, in microseconds.
    pub backwards: i64,
    /// LG070: messages forwarded to one address.
    pub forwarded: Limit,
    /// Lines shown with a finding.
    pub samples: u64,
    /// Accounts that send much, or for many: LG021 and LG025 leave them out.
    pub bulk_accounts: Vec<String>,
    /// Clients that send much: LG020 leaves them out.
    pub bulk_clients: Vec<Net>,
    /// Networks of mobile carriers: all together count as one for LG022.
    pub mobile: Vec<Net>,
    /// Addresses to which everything is forwarded on purpose: LG070 leaves them out.
    pub archives: Vec<String>,
    /// Which country a network is in, for LG022.
    pub countries: Vec<(Net, String)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            own_senders: 3,
            attempts: Limit::minutes(10, 60),
            probing: Limit::day(10),
            refused_first: Limit::day(1),
            trusted_volume: Limit::minutes(200, 60),
            account_volume: Limit::minutes(100, 60),
            usual_factor: 5,
            usual_hours: 3,
            account_networks: Limit::day(5),
            account_wide: Limit::minutes(3, 60),
            account_countries: Limit::day(3),
            guesses: Limit::minutes(20, 10),
            guessed_names: Limit::minutes(10, 60),
            guessed: Limit::minutes(10, 60),
            foreign_senders: Limit::minutes(10, 60),
            foreign_domains: 3,
            attacked: Limit::minutes(10, 60),
            bounces_out: Limit::minutes(50, 60),
            bounces_in: Limit::minutes(100, 60),
            dead: Limit::day(50),
            dead_percent: 30,
            reputation: Limit::day(5),
            reputation_hops: 2,
            harvest: Limit::minutes(20, 10),
            own_to_own: Limit::day(10),
            own_helo: Limit::day(5),
            top: 10,
            nameless: Limit::minutes(50, 60),
            sender_domains: Limit::minutes(20, 60),
            routed: Limit::day(3),
            silence: Limit::minutes(0, 120),
            usual_pause: 10 * Stamp::MINUTE,
            unknown_percent: 10,
            backwards: 5 * Stamp::MINUTE,
            forwarded: Limit::day(100),
            samples: 5,
            bulk_accounts: Vec::new(),
            bulk_clients: Vec::new(),
            mobile: Vec::new(),
            archives: Vec::new(),
            countries: Vec::new(),
        }
    }
}

/// What a knob turns.
#[derive(Debug, Clone, Copy)]
enum Turns {
    /// A number.
    Count(fn(&mut Settings) -> &mut u64),
    /// A time.
    Time(fn(&mut Settings) -> &mut i64),
}

/// One thing that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Knob {
    /// Its name: the rule and what of it.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    turns: Turns,
}

impl Knob {
    /// Gives the value it has, as it would be set.
    pub fn value(&self, settings: &Settings) -> String {
        let mut settings = settings.clone();
        match self.turns {
            Turns::Count(turns) => turns(&mut settings).to_string(),
            Turns::Time(turns) => spelled(*turns(&mut settings)),
        }
    }
}

const fn count(
    name: &'static str,
    about: &'static str,
    turns: fn(&mut Settings) -> &mut u64,
) -> Knob {
    Knob {
        name,
        about,
        turns: Turns::Count(turns),
    }
}

const fn time(
    name: &'static str,
    about: &'static str,
    turns: fn(&mut Settings) -> &mut i64,
) -> Knob {
    Knob {
        name,
        about,
        turns: Turns::Time(turns),
    }
}

/// Everything that can be set by a number or a time, in the order of the rules.
#[rustfmt::skip]
pub static KNOBS: &[Knob] = &[
    count("LG003.count", "recipients relayed", |s| &mut s.own_senders),
    count("LG010.count", "refused relay attempts", |s| &mut s.attempts.count),
    time("LG010.within", "and their time", |s| &mut s.attempts.within),
    count("LG011.count", "networks that try the same", |s| &mut s.probing.count),
    time("LG011.within", "and their time", |s| &mut s.probing.within),
    time("LG012.within", "time from refusal to acceptance", |s| &mut s.refused_first.within),
    count("LG020.count", "foreign recipients", |s| &mut s.trusted_volume.count),
    time("LG020.within", "and their time", |s| &mut s.trusted_volume.within),
    count("LG020.factor", "times the usual; of LG021 too", |s| &mut s.usual_factor),
    count("LG020.hours", "other hours that make a usual; of LG021 too", |s| &mut s.usual_hours),
    count("LG021.count", "foreign recipients", |s| &mut s.account_volume.count),
    time("LG021.within", "and their time", |s| &mut s.account_volume.within),
    count("LG022.networks", "networks", |s| &mut s.account_networks.count),
    time("LG022.within", "and their time", |s| &mut s.account_networks.within),
    count("LG022.wide", "wide networks", |s| &mut s.account_wide.count),
    time("LG022.wide-within", "and their time", |s| &mut s.account_wide.within),
    count("LG022.countries", "countries", |s| &mut s.account_countries.count),
    time("LG022.countries-within", "and their time", |s| &mut s.account_countries.within),
    count("LG023.count", "failed logins", |s| &mut s.guesses.count),
    time("LG023.within", "and their time", |s| &mut s.guesses.within),
    count("LG023.names", "names tried", |s| &mut s.guessed_names.count),
    time("LG023.names-within", "and their time", |s| &mut s.guessed_names.within),
    count("LG024.count", "failures before the success", |s| &mut s.guessed.count),
    time("LG024.within", "and their time", |s| &mut s.guessed.within),
    count("LG025.domains", "foreign sender domains", |s| &mut s.foreign_domains),
    count("LG025.count", "messages", |s| &mut s.foreign_senders.count),
    time("LG025.within", "and their time", |s| &mut s.foreign_senders.within),
    count("LG026.count", "networks", |s| &mut s.attacked.count),
    time("LG026.within", "and their time", |s| &mut s.attacked.within),
    count("LG030.count", "notifications", |s| &mut s.bounces_out.count),
    time("LG030.within", "and their time", |s| &mut s.bounces_out.within),
    count("LG031.count", "recipients", |s| &mut s.bounces_in.count),
    time("LG031.within", "and their time", |s| &mut s.bounces_in.within),
    count("LG032.count", "foreign recipients", |s| &mut s.dead.count),
    time("LG032.within", "and their time", |s| &mut s.dead.within),
    count("LG032.percent", "share refused for good", |s| &mut s.dead_percent),
    count("LG033.count", "refusals", |s| &mut s.reputation.count),
    time("LG033.within", "and their time", |s| &mut s.reputation.within),
    count("LG033.hops", "next hops", |s| &mut s.reputation_hops),
    count("LG040.count", "unknown recipients", |s| &mut s.harvest.count),
    time("LG040.within", "and their time", |s| &mut s.harvest.within),
    count("LG041.count", "messages", |s| &mut s.own_to_own.count),
    time("LG041.within", "and their time", |s| &mut s.own_to_own.within),
    count("LG042.count", "connections", |s| &mut s.own_helo.count),
    time("LG042.within", "and their time", |s| &mut s.own_helo.within),
    count("LG043.count", "sources told", |s| &mut s.top),
    count("LG044.count", "messages", |s| &mut s.nameless.count),
    time("LG044.within", "and their time", |s| &mut s.nameless.within),
    count("LG045.count", "refusals", |s| &mut s.sender_domains.count),
    time("LG045.within", "and their time", |s| &mut s.sender_domains.within),
    count("LG051.count", "refusals", |s| &mut s.routed.count),
    time("LG051.within", "and their time", |s| &mut s.routed.within),
    time("LG060.silence", "silence", |s| &mut s.silence.within),
    time("LG060.usual", "median pause", |s| &mut s.usual_pause),
    count("LG061.percent", "share of lines", |s| &mut s.unknown_percent),
    time("LG062.back", "how far back", |s| &mut s.backwards),
    count("LG070.count", "messages", |s| &mut s.forwarded.count),
    time("LG070.within", "and their time", |s| &mut s.forwarded.within),
];

/// Why a setting is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// There is no such name.
    #[error("no threshold is called {0:?}")]
    Unknown(Untrusted),
    /// It is not `NAME=VALUE`.
    #[error("not of the form NAME=VALUE: {0:?}")]
    Form(Untrusted),
    /// The value is none: a number above naught, or a number with s, m, h or d.
    #[error("not a value for {name}: {value:?}")]
    Value {
        /// The name.
        name: &'static str,
        /// What was given.
        value: Untrusted,
    },
}

impl Settings {
    /// Sets one threshold, written as `LG010.count=20` or `LG010.within=30m`.
    pub fn set(&mut self, text: &str) -> Result<(), SettingError> {
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| SettingError::Form(text.into()))?;
        let knob = KNOBS
            .iter()
            .find(|knob| knob.name.eq_ignore_ascii_case(name.trim()))
            .ok_or_else(|| SettingError::Unknown(name.into()))?;
        let wrong = || SettingError::Value {
            name: knob.name,
            value: value.into(),
        };
        match knob.turns {
            Turns::Count(turns) => {
                let value = value.trim().parse().ok().filter(|n| *n > 0);
                *turns(self) = value.ok_or_else(wrong)?;
            }
            Turns::Time(turns) => *turns(self) = span(value.trim()).ok_or_else(wrong)?,
        }
        Ok(())
    }
}

/// Writes a time as [`span`] reads it.
fn spelled(micros: i64) -> String {
    let units = [(Stamp::DAY, 'd'), (Stamp::HOUR, 'h'), (Stamp::MINUTE, 'm')];
    let fits = |(unit, _): &&(i64, char)| micros % unit == 0 && micros > *unit;
    match units.iter().find(fits) {
        Some((unit, letter)) => format!("{}{letter}", micros / unit),
        None => format!("{}s", micros / Stamp::SECOND),
    }
}

/// Reads a time: a number and s, m, h or d.
pub fn span(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => Stamp::SECOND,
        'm' => Stamp::MINUTE,
        'h' => Stamp::HOUR,
        'd' => Stamp::DAY,
        _ => return None,
    };
    let number: u32 = text[..text.len() - 1].parse().ok().filter(|n| *n > 0)?;
    i64::from(number).checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_what_is_written() {
        let mut settings = Settings::default();
        settings.set("LG010.count=20").expect("a count");
        settings.set("lg010.within=30m").expect("a time");
        settings.set("LG062.back = 90s").expect("a time");
        assert_eq!(settings.attempts, Limit::minutes(20, 30));
        assert_eq!(settings.backwards, 90 * Stamp::SECOND);
        for wrong in [
            "LG010.count",
            "LG099.count=1",
            "LG010.count=0",
            "LG010.count=-1",
            "LG010.within=30",
            "LG010.within=0m",
            "LG010.within=99999999999d",
            "LG010.within=\u{e9}",
        ] {
            assert!(settings.set(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_knob_turns_something_of_its_own() {
        let mut seen = std::collections::HashSet::new();
        for knob in KNOBS {
            let mut settings = Settings::default();
            let value = match knob.turns {
                Turns::Count(_) => "77",
                Turns::Time(_) => "77s",
            };
            settings
                .set(&format!("{}={value}", knob.name))
                .expect("a knob");
            assert_ne!(settings, Settings::default(), "{}", knob.name);
            assert!(seen.insert(format!("{settings:?}")), "{}", knob.name);
            let value = knob.value(&settings);
            assert!(matches!(&*value, "77" | "77s"), "{value}");
            let before = settings.clone();
            let value = knob.value(&Settings::default());
            settings
                .set(&format!("{}={value}", knob.name))
                .expect("its own value");
            assert_ne!(settings, before);
            assert_eq!(settings, Settings::default());
        }
    }
}
