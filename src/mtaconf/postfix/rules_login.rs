//! The rules about logins: how they are offered, and what submission services ask for.
//!
//! References: SASL_README, TLS_README, RFC 6409.

use super::access::{Access, Meaning};
use super::bench::{Bench, LISTS, View};
use super::params::{Of, Value};
use crate::mtaconf::rules::postfix::{PF060, PF061, PF062, PF063, PF064, PF065, PF069};
use crate::mtaconf::source::short;

/// Judges the logins.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        if bench.config.is_yes(view.of, "broken_sasl_auth_clients") {
            let value = bench.config.value(view.of, "broken_sasl_auth_clients");
            let message =
                "broken_sasl_auth_clients is on; only very old clients need it.".to_owned();
            bench.add(bench.of_value(&PF065, &value, message));
        }
        let login = bench.config.value(view.of, "smtpd_sasl_auth_enable");
        if is_yes(&login) {
            in_clear(bench, view, &login);
            anonymous(bench, view);
            on_port_25(bench, view, &login);
        }
        if matches!(view.port(), Some(587 | 465)) {
            unauthenticated(bench, view);
            if is_yes(&login) {
                senders(bench, view);
            }
        }
    }
    nowhere(bench);
}

fn is_yes(value: &Value) -> bool {
    value.text.eq_ignore_ascii_case("yes")
}

/// How TLS is offered to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// Not at all.
    Absent,
    /// To those who want it.
    Offered,
    /// Without it nothing is done.
    Enforced,
}

/// Tells how TLS is offered to the clients of a service.
pub(super) fn tls(bench: &Bench<'_, '_>, of: Of<'_>) -> Tls {
    let yes = |name| bench.config.is_yes(of, name);
    if yes("smtpd_tls_wrappermode") {
        return Tls::Enforced;
    }
    let level = bench.config.value(of, "smtpd_tls_security_level");
    // The level, where it is set, comes before the older switches.
    match level.text.to_ascii_lowercase().as_str() {
        "" if yes("smtpd_enforce_tls") => Tls::Enforced,
        "" if yes("smtpd_use_tls") => Tls::Offered,
        "" | "none" => Tls::Absent,
        "may" => Tls::Offered,
        _ => Tls::Enforced,
    }
}

/// Tells whether passwords may be sent outside TLS.
fn outside_tls(bench: &Bench<'_, '_>, of: Of<'_>) -> bool {
    tls(bench, of) != Tls::Enforced && !bench.config.is_yes(of, "smtpd_tls_auth_only")
}

fn holds(value: &Value, option: &str) -> bool {
    value
        .words
        .iter()
        .any(|word| word.text.eq_ignore_ascii_case(option))
}

fn in_clear(bench: &mut Bench<'_, '_>, view: View<'_>, login: &Value) {
    let options = bench.config.value(view.of, "smtpd_sasl_security_options");
    if !outside_tls(bench, view.of) || holds(&options, "noplaintext") {
        return;
    }
    let only = bench.config.value(view.of, "smtpd_tls_auth_only");
    let (blamed, how) = match only.explicit {
        true => (&only, "smtpd_tls_auth_only is not yes"),
        false => (login, "smtpd_tls_auth_only has its default, no"),
    };
    let message = format!(
        "{} offers logins before TLS, and passwords go over the wire in clear: {how}.",
        short(view.name())
    );
    bench.add(bench.of_value(&PF060, blamed, message));
}

fn anonymous(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let mut without = Vec::new();
    if outside_tls(bench, view.of) {
        without.push("smtpd_sasl_security_options");
    }
    if tls(bench, view.of) != Tls::Absent {
        without.push("smtpd_sasl_tls_security_options");
    }
    for name in without {
        let value = bench.config.value(view.of, name);
        if value.trouble.is_some() || !value.unclear.is_empty() || holds(&value, "noanonymous") {
            continue;
        }
        // What follows the other option is written there.
        let other = bench.config.value(view.of, "smtpd_sasl_security_options");
        let blamed = if value.explicit { &value } else { &other };
        let message = format!(
            "{} is \"{}\" and does not exclude anonymous logins; whoever logs in so may count as \
             authenticated.",
            blamed.name,
            short(&blamed.text)
        );
        bench.add(bench.of_value(&PF061, blamed, message));
    }
}

fn on_port_25(bench: &mut Bench<'_, '_>, view: View<'_>, login: &Value) {
    if view.port() == Some(25) {
        let message =
            "Logins are offered on port 25, where other servers deliver and passwords are \
                       guessed."
                .to_owned();
        bench.add(bench.of_value(&PF069, login, message));
    }
}

/// Finds lists that name logins where nobody can log in.
fn nowhere(bench: &mut Bench<'_, '_>) {
    let config = bench.config;
    let on = |of| config.is_yes(of, "smtpd_sasl_auth_enable");
    let somewhere = config
        .listeners
        .iter()
        .any(|one| on(Of::Service(config.talks(one))));
    if somewhere || on(Of::Main) {
        return;
    }
    for view in bench.views.clone() {
        for list in LISTS {
            let value = config.value(view.of, list);
            let named = value
                .words
                .iter()
                .find(|word| word.text.eq_ignore_ascii_case("permit_sasl_authenticated"));
            if let Some(word) = named.filter(|_| value.explicit) {
                let message = format!(
                    "{list} permits clients that have logged in, but no service lets anybody log in."
                );
                bench.add(bench.of_word(&PF062, &value, word, message));
            }
        }
    }
}

/// Finds submission services that take mail from whoever comes.
fn unauthenticated(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let Some((_, service)) = view.listener.filter(|_| takes_own_mail(bench, view)) else {
        return;
    };
    let message = format!(
        "The submission service {} takes mail for the own domains from whoever comes, without a login.",
        short(view.name())
    );
    let finding = bench.at(&PF063, service.place.clone(), view.name(), message);
    bench.add(finding);
}

/// Tells whether a service takes a stranger's mail for a domain that it is responsible for, as far as the plain
/// words of its lists and tables of clients say.
pub(super) fn takes_own_mail(bench: &Bench<'_, '_>, view: View<'_>) -> bool {
    LISTS.iter().all(|list| {
        let mut left = 1_000;
        walk(bench, view, list, 0, &mut left) != Some(true)
    })
}

/// Goes through a list as a stranger would; the answer is whether he is refused, nothing where it has no
/// opinion.
fn walk(
    bench: &Bench<'_, '_>,
    view: View<'_>,
    list: &str,
    depth: usize,
    left: &mut usize,
) -> Option<bool> {
    const DEEPEST: usize = 10;
    let classes = bench.config.value(view.of, "smtpd_restriction_classes");
    let value = bench.config.value(view.of, list);
    let mut words = value.words.iter();
    let mut only_warns = false;
    while let Some(word) = words.next() {
        *left = left.checked_sub(1)?;
        let name = word.text.to_ascii_lowercase();
        let warns = std::mem::take(&mut only_warns);
        let said = match name.as_str() {
            "warn_if_reject" => {
                only_warns = true;
                None
            }
            "permit" | "permit_auth_destination" => Some(false),
            "reject" | "defer" | "reject_plaintext_session" => Some(true),
            "check_client_access" => words.next().and_then(|table| {
                let table = bench.tables.open(&table.text, &value.place_of(table));
                let access = Access {
                    table: &table,
                    parents: true,
                };
                match access.any_client(&mut |_| Meaning::Pass).meaning {
                    Meaning::Permit => Some(false),
                    Meaning::Refuse => Some(true),
                    Meaning::Pass | Meaning::DeferIfPermit | Meaning::Unknown => None,
                }
            }),
            _ if depth < DEEPEST && classes.words.iter().any(|class| class.text == word.text) => {
                walk(bench, view, &word.text, depth + 1, left)
            }
            _ => None,
        };
        match said {
            Some(true) if warns => {}
            Some(said) => return Some(said),
            None => {}
        }
    }
    None
}

/// Finds submission services on which everybody who logs in may write as anybody.
fn senders(bench: &mut Bench<'_, '_>, view: View<'_>) {
    const TYING: &[&str] = &[
        "reject_sender_login_mismatch",
        "reject_authenticated_sender_login_mismatch",
        "reject_known_sender_login_mismatch",
    ];
    let Some((_, service)) = view.listener else {
        return;
    };
    let maps = bench.config.value(view.of, "smtpd_sender_login_maps");
    let restrictions = bench.restrictions(view.of);
    let why = if maps.text.is_empty() {
        "smtpd_sender_login_maps is empty"
    } else if !TYING.iter().any(|word| restrictions.contains(*word)) {
        "no list holds reject_sender_login_mismatch or its relatives"
    } else {
        return;
    };
    let message = format!(
        "On {} everybody who logs in may send as anybody: {why}.",
        short(view.name())
    );
    let finding = bench.at(&PF064, service.place.clone(), view.name(), message);
    bench.add(finding);
}
