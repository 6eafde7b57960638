//! The rules of smtpd.conf before 6.4: `accept` and `reject`.
//!
//! In: a statement. Out: a [`Rule`] as the new grammar gives it. Who has logged in counts as local in these
//! versions; a rule without `relay` delivers.
//!
//! References: smtpd.conf(5) of OpenBSD 5.9 to 6.3.

use super::conf::{Condition, Deed, Rule, What};
use super::declare::Words;
use super::grammar::{Builder, finish};
use super::lex::Statement;

/// Reads a rule.
pub(super) fn rule(builder: &Builder<'_, '_>, statement: &Statement) -> Rule {
    let mut rule = Rule {
        conditions: Vec::new(),
        deed: Deed::Unknown,
        broken: statement.broken,
        head: statement.tokens[0].spot.clone(),
        chain: statement.chain.clone(),
    };
    rule.deed = match statement.tokens[0].is("reject") {
        true => Deed::Reject,
        false => Deed::Deliver(None),
    };
    if let Some(mut words) = Words::behind_first(statement) {
        while words.peek().is_some() {
            if option(builder, &mut words, &mut rule).is_none() {
                builder.miss(statement, "the rule is not understood");
                rule.broken = true;
                break;
            }
        }
    }
    finish(&mut rule);
    rule
}

/// Takes one option. A `!` may stand before it or behind its first word.
fn option(builder: &Builder<'_, '_>, words: &mut Words<'_>, rule: &mut Rule) -> Option<()> {
    let start = words.peek()?.spot.clone();
    let before = words.eat("!");
    let keyword = words.name()?;
    let negated = words.eat("!") || before;
    let what = match keyword.word.as_str() {
        "from" => match words.name()?.word.as_str() {
            "any" => What::FromAny,
            "local" => What::FromLocal,
            "source" => What::FromSource(builder.set(words, false)?),
            _ => return None,
        },
        "for" => match words.name()?.word.as_str() {
            "any" => What::ForAny,
            "local" => What::ForLocal,
            "domain" => What::ForDomain(builder.set(words, false)?),
            _ => return None,
        },
        "tagged" => What::Tag(builder.set(words, false)?),
        "sender" => What::Sender(builder.set(words, false)?),
        "recipient" => What::Recipient(builder.set(words, false)?),
        "authenticated" => What::Auth,
        "virtual" => {
            let users = builder.set(words, false)?.table;
            if let Deed::Deliver(known) = &mut rule.deed {
                *known = Some(users);
            }
            return Some(());
        }
        "alias" | "userbase" | "forward-only" | "expire" | "deliver" => {
            skip(words);
            return Some(());
        }
        "relay" => {
            rule.deed = Deed::Relay;
            while words.next().is_some() {}
            return Some(());
        }
        _ => return None,
    };
    let spot = start.to(words.last());
    rule.conditions.push(Condition {
        what,
        negated,
        spot,
    });
    // "for any alias <t>": what follows a destination is taken as an option of its own.
    Some(())
}

/// Goes over the arguments of a delivery, up to the next word that may follow one.
fn skip(words: &mut Words<'_>) {
    const NEXT: &[&str] = &["virtual", "alias", "userbase", "deliver", "relay", "expire"];
    while let Some(word) = words.peek() {
        if NEXT.iter().any(|next| word.is(next)) {
            return;
        }
        words.next();
    }
}
