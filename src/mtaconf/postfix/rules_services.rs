//! The rules about single services and plain switches.
//!
//! References: postconf(5), FILTER_README, POSTSCREEN_README, TUNING_README.

use super::bench::{Bench, View};
use super::params::{Of, Value};
use super::rules_login::{Tls, tls};
use crate::model::{Envelope, Rule};
use crate::mtaconf::domains::OUTSIDE_RECIPIENT;
use crate::mtaconf::rules::postfix::{
    PF057, PF072, PF074, PF080, PF090, PF092, PF093, PF094, PF095, PF096, PF100,
};
use crate::mtaconf::source::short;

/// A switch that is wrong in one position.
struct Switch {
    name: &'static str,
    /// The position in which it is wrong.
    wrong: &'static str,
    rule: &'static Rule,
    says: &'static str,
}

static SWITCHES: &[Switch] = &[
    Switch {
        name: "smtpd_reject_unlisted_recipient",
        wrong: "no",
        rule: &PF057,
        says: "smtpd_reject_unlisted_recipient is no: mail for unknown people is taken, and what \
               cannot be delivered goes back to forged senders.",
    },
    Switch {
        name: "allow_untrusted_routing",
        wrong: "yes",
        rule: &PF080,
        says: "allow_untrusted_routing is yes: user%elsewhere@domain passes to relayed domains, which \
               may send it on.",
    },
    Switch {
        name: "soft_bounce",
        wrong: "yes",
        rule: &PF094,
        says: "soft_bounce is yes: what should be refused for good is refused for now, and comes again.",
    },
    Switch {
        name: "smtpd_delay_reject",
        wrong: "no",
        rule: &PF095,
        says: "smtpd_delay_reject is no: what is refused early is logged without sender and recipient, \
               and the early lists cannot protect a destination.",
    },
    Switch {
        name: "disable_vrfy_command",
        wrong: "no",
        rule: &PF092,
        says: "VRFY is on and tells strangers which users there are; write disable_vrfy_command = yes.",
    },
    Switch {
        name: "smtpd_helo_required",
        wrong: "no",
        rule: &PF093,
        says: "No HELO is asked for; write smtpd_helo_required = yes.",
    },
];

/// Judges the services and switches.
pub(super) fn judge(bench: &mut Bench<'_, '_>) {
    for view in bench.views.clone() {
        for switch in SWITCHES {
            let value = bench.config.value(view.of, switch.name);
            let on = value.text.eq_ignore_ascii_case("yes");
            if on == (switch.wrong == "yes") && value.trouble.is_none() {
                bench.add(bench.of_value(switch.rule, &value, switch.says.to_owned()));
            }
        }
        proxy(bench, view);
        way_back(bench, view);
        without_tls(bench, view);
        banner(bench, view);
    }
    rates(bench);
}

/// Finds ports on which whoever comes says who he is.
fn proxy(bench: &mut Bench<'_, '_>, view: View<'_>) {
    let Some((_, listens)) = view.listener else {
        return;
    };
    let (of, name) = match listens.command.as_str() {
        "postscreen" => (Of::Service(listens), "postscreen_upstream_proxy_protocol"),
        _ => (view.of, "smtpd_upstream_proxy_protocol"),
    };
    let value = bench.config.value(of, name);
    if value.text.is_empty() {
        return;
    }
    let message = format!(
        "{} believes a PROXY line ({name} = {}) from whoever connects, and listens beyond loopback: any \
         client address may be claimed.",
        short(view.name()),
        short(&value.text)
    );
    let finding = bench.of_value(&PF072, &value, message);
    bench.add(finding.with_envelope(Envelope {
        recipient: Some(OUTSIDE_RECIPIENT.to_owned()),
        port: view.port(),
        besides: Some("a PROXY line that names 127.0.0.1 as the client, before EHLO".to_owned()),
        ..Envelope::default()
    }));
}

/// Finds the way back from a filter where it is open to strangers.
fn way_back(bench: &mut Bench<'_, '_>, view: View<'_>) {
    const SKIPPED: &[&str] = &[
        "no_unknown_recipient_checks",
        "no_milters",
        "no_header_body_checks",
        "no_address_mappings",
    ];
    let (Some((_, listens)), Of::Service(service)) = (view.listener, view.of) else {
        return;
    };
    if matches!(listens.port(), Some(25 | 465 | 587)) {
        return;
    }
    let sets = |name: &str| {
        let value = bench.config.value(view.of, name);
        service.overrides.contains_key(name).then_some(value)
    };
    let empties = sets("content_filter").is_some_and(|value| value.text.is_empty());
    let skipped = sets("receive_override_options").and_then(|value| {
        let mut words = value.words.iter().map(|word| word.text.clone());
        words.find(|word| SKIPPED.contains(&word.as_str()))
    });
    let how = match (empties, skipped) {
        (_, Some(option)) => format!("receive_override_options holds {option}"),
        (true, None) => "content_filter is empty there".to_owned(),
        (false, None) => return,
    };
    let message = format!(
        "{} looks like the way back from a filter ({how}), and listens beyond loopback: mail that comes \
         in here is not filtered.",
        short(view.name())
    );
    bench.add(bench.at(&PF074, service.place.clone(), view.name(), message));
}

fn without_tls(bench: &mut Bench<'_, '_>, view: View<'_>) {
    if tls(bench, view.of) != Tls::Absent {
        return;
    }
    let value = bench.config.value(view.of, "smtpd_tls_security_level");
    let message = format!(
        "{} offers no TLS; write smtpd_tls_security_level = may.",
        short(view.name())
    );
    bench.add(bench.of_value(&PF096, &value, message));
}

fn banner(bench: &mut Bench<'_, '_>, view: View<'_>) {
    const NAME: &str = "smtpd_banner";
    let overridden = match view.of {
        Of::Service(service) => service.overrides.get(NAME).map(|one| &one.value),
        Of::Main => None,
    };
    let written = overridden.or(bench.config.main.get(NAME).map(|one| &one.value));
    let names_version = |text: &str| {
        ["$mail_version", "${mail_version", "$(mail_version"]
            .iter()
            .any(|form| text.contains(form))
    };
    if written.is_some_and(|raw| names_version(raw.text())) {
        let value = bench.config.value(view.of, NAME);
        let message = "smtpd_banner names the version to everybody who connects.".to_owned();
        bench.add(bench.at(&PF100, value.place, NAME, message));
    }
}

fn rates(bench: &mut Bench<'_, '_>) {
    const RATES: &[&str] = &[
        "smtpd_client_message_rate_limit",
        "smtpd_client_recipient_rate_limit",
        "smtpd_client_auth_rate_limit",
    ];
    let values = |view: &View<'_>| -> Vec<Value> {
        let of = |name: &&str| bench.config.value(view.of, name);
        RATES.iter().map(of).collect()
    };
    let views: Vec<Vec<Value>> = bench.views.iter().map(values).collect();
    let limited = views.iter().flatten().any(|value| value.text != "0");
    let first = views.into_iter().next().and_then(|values| {
        let written = values.iter().position(|value| value.explicit).unwrap_or(0);
        values.into_iter().nth(written)
    });
    if let Some(value) = first.filter(|_| !limited) {
        let message = format!(
            "No rate limits are set: {} are all 0, so a stolen password sends as much as it likes.",
            RATES.join(", ")
        );
        bench.add(bench.of_value(&PF090, &value, message));
    }
}
