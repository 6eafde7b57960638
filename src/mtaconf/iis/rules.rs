//! The rules for the SMTP service of IIS, raised on a virtual server, and the rows of its policy.
//!
//! In: a [`Server`]. Out: findings at the very values, and who may send to whom.

use super::relay_list::RelayList;
use super::{Server, Value};
use crate::model::{Confidence, Envelope, Finding, Grant, Place, Rule};
use crate::mtaconf::lists::{anybody, cap, client_of, says, severity, too_wide};
use crate::mtaconf::nets::{Breadth, Net};
use crate::mtaconf::raise::{finding, proof};
use crate::mtaconf::rules::iis::{IIS001, IIS002, IIS003, IIS004, IIS006, IIS007};
use crate::mtaconf::source::short;
use crate::mtaconf::{Judged, Scene};

/// Raises every rule that applies to a virtual server.
pub(super) fn raise(scene: &Scene<'_>, server: &Server<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    if let (Some(list), Some(value)) = (&server.relay_list, server.get("RelayIpList")) {
        match list {
            RelayList::Empty => found.push(open(
                scene,
                server,
                &IIS001,
                value,
                "The relay list is there and empty, which means all except the list below, with nothing in it: \
                 everybody may relay. A probe decides whether it is so.",
            )),
            RelayList::AllBut(nets) => {
                let but: Vec<String> = nets.iter().take(10).map(Net::to_string).collect();
                let message = format!(
                    "The relay list names who may not relay ({}); everybody else may.",
                    but.join(", ")
                );
                found.push(open(scene, server, &IIS002, value, &message));
            }
            RelayList::Only(nets) => found.extend(wide(scene, server, value, nets)),
            RelayList::Unknown(why) => {
                let what = format!("RelayIpList of {}", server.name);
                scene.reader.miss(&what, why);
            }
        }
    }
    found.extend(login_in_clear(scene, server));
    found.extend(no_log(scene, server));
    found.extend(disable_relay(scene, server));
    found
}

/// Raises a rule that lets everybody relay.
fn open(
    scene: &Scene<'_>,
    server: &Server<'_>,
    rule: &'static Rule,
    value: &Value,
    message: &str,
) -> Finding {
    let place = value.place.clone();
    let raised = finding(scene.reader, rule, &server.name, "", place, message);
    reached(scene, server, raised).with_envelope(Envelope {
        port: server.port().filter(|port| *port != 25),
        ..anybody()
    })
}

/// Adds what bears on whether clients get as far as the relay list: which server, and whether they have to log in.
fn reached(scene: &Scene<'_>, server: &Server<'_>, mut raised: Finding) -> Finding {
    let says = match server.key.get("RelayIpList") {
        Some(_) => "the virtual server",
        None => "the virtual server that inherits the list",
    };
    raised = raised.with_evidence(proof(
        scene.reader,
        server.key.place.clone(),
        says,
        Vec::new(),
    ));
    if !server.is_anonymous() {
        raised.message.push_str(
            " Only clients that log in come that far, for AuthFlags does not allow others.",
        );
        raised = raised.with_confidence(Confidence::Weak);
    }
    raised
}

fn wide(scene: &Scene<'_>, server: &Server<'_>, value: &Value, nets: &[Net]) -> Vec<Finding> {
    let found = too_wide(scene.context, nets).into_iter();
    let found = found.filter_map(|(index, breadth)| {
        let net = nets.get(index)?;
        let message = match breadth {
            Breadth::Everybody => "The relay list grants relaying to everybody.".to_owned(),
            _ => format!(
                "The relay list grants relaying to {net}: {}.",
                says(breadth)
            ),
        };
        let detail = net.to_string();
        let place = value.place.clone();
        let raised = finding(scene.reader, &IIS003, &server.name, &detail, place, message);
        Some(
            reached(scene, server, raised)
                .with_severity(severity(breadth))
                .with_envelope(Envelope {
                    port: server.port().filter(|port| *port != 25),
                    ..client_of(*net)
                }),
        )
    });
    cap(found)
}

fn login_in_clear(scene: &Scene<'_>, server: &Server<'_>) -> Option<Finding> {
    let relays = server.get("RelayForAuth")?;
    let flags = server.get("AuthFlags")?;
    let off =
        matches!(relays.text.trim(), "0" | "") || relays.text.trim().eq_ignore_ascii_case("FALSE");
    if off || !server.allows("AuthBasic", 2) || requires_tls(server) {
        return None;
    }
    let message = "People who log in may relay, and basic authentication is offered without TLS: passwords cross the \
                   network in clear.";
    let place = flags.place.clone();
    let raised = finding(scene.reader, &IIS004, &server.name, "", place, message);
    Some(raised.with_evidence(proof(
        scene.reader,
        relays.place.clone(),
        "who logs in may relay",
        Vec::new(),
    )))
}

/// Tells whether TLS has to be spoken.
fn requires_tls(server: &Server<'_>) -> bool {
    let on = |value: &Value| {
        let text = value.text.trim();
        !matches!(text, "" | "0") && !text.eq_ignore_ascii_case("FALSE")
    };
    let flags = server.get("AccessSSLFlags").is_some_and(|value| {
        let number = value.text.trim().parse::<u32>();
        // AccessSSL is 8.
        let named = value.text.split(['|', ' ', ',']);
        number.is_ok_and(|bits| bits & 8 != 0) || { named }
            .any(|flag| flag.eq_ignore_ascii_case("AccessSSL"))
    });
    let own = ["AccessSSL", "AccessSSL128"]
        .iter()
        .any(|name| server.get(name).is_some_and(on));
    let all = [Some(server.key), server.service];
    let mut other = all.into_iter().flatten().flat_map(|key| key.values());
    flags || own || other.any(|(name, value)| name.contains("requiretls") && on(value))
}

fn no_log(scene: &Scene<'_>, server: &Server<'_>) -> Option<Finding> {
    let value = server.get("LogType").filter(|v| v.text.trim() == "0")?;
    let message = "The virtual server writes no log: abuse leaves no trace.";
    let place = value.place.clone();
    Some(finding(
        scene.reader,
        &IIS006,
        &server.name,
        "",
        place,
        message,
    ))
}

fn disable_relay(scene: &Scene<'_>, server: &Server<'_>) -> Option<Finding> {
    let value = server.get("SmtpDisableRelay")?;
    let message = format!(
        "SmtpDisableRelay is {}. Its documentation calls the flag reversed; nothing is judged by it.",
        short(&value.text)
    );
    let place = value.place.clone();
    Some(finding(
        scene.reader,
        &IIS007,
        &server.name,
        "",
        place,
        message,
    ))
}

/// Adds the rows of a virtual server's policy.
pub(super) fn grants(server: &Server<'_>, judged: &mut Judged) {
    const EVERY: &str = "every domain";
    let mut row = |clients: String, domains: &str, because: Option<Place>| {
        judged.grants.push(Grant {
            service: server.name.clone(),
            clients,
            domains: domains.to_owned(),
            because,
        });
    };
    let place = server.get("RelayIpList").map(|value| value.place.clone());
    match &server.relay_list {
        None => {}
        Some(RelayList::Empty) => row("everybody".to_owned(), EVERY, place),
        Some(RelayList::Only(nets)) => {
            for net in nets.iter().take(1000) {
                row(net.to_string(), EVERY, place.clone());
            }
        }
        Some(RelayList::AllBut(nets)) => {
            row(
                format!("everybody but {} networks", nets.len()),
                EVERY,
                place,
            );
        }
        Some(RelayList::Unknown(_)) => {
            row("a list that was not understood".to_owned(), EVERY, place)
        }
    }
    let relays = server.get("RelayForAuth");
    let on = relays.filter(|value| !matches!(value.text.trim(), "0" | ""));
    if let Some(value) = on {
        let place = Some(value.place.clone());
        row("logged-in users".to_owned(), EVERY, place);
    }
    if server.is_anonymous() {
        row("everybody".to_owned(), "local domains", None);
    }
}
