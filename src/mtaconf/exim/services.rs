//! Where Exim listens.
//!
//! In: local_interfaces, daemon_smtp_ports, tls_on_connect_ports. Out: the services. What is given on the command
//! line (-oX, inetd) is not seen.
//!
//! References: Exim specification, chapter 13 "Starting the daemon and the use of network interfaces".

use super::config::Config;
use super::list;
use super::truth::Way;
use std::net::IpAddr;

/// Services that are told apart.
const MOST: usize = 16;

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    /// What the port is called, or its number.
    pub(super) name: String,
    /// Address and port; nothing where the files leave the address to the default.
    pub(super) listen: Option<String>,
    /// The port.
    pub(super) port: u16,
    /// Whether TLS is spoken from the first byte.
    pub(super) implicit_tls: bool,
    /// Whether only the host itself reaches it.
    pub(super) loopback: bool,
}

/// Lists the services.
pub(super) fn services(config: &Config) -> Vec<Service> {
    let ports = ports(config, &["daemon_smtp_ports", "daemon_smtp_port"]).unwrap_or(vec![25]);
    let implicit = ports_of(config, "tls_on_connect_ports").unwrap_or_default();
    let mut services: Vec<Service> = Vec::new();
    for (address, own) in interfaces(config) {
        let ports = own.map_or(ports.clone(), |port| vec![port]);
        for port in ports {
            let service = Service {
                name: called(port),
                listen: address.map(|address| match address {
                    IpAddr::V4(address) => format!("{address}:{port}"),
                    IpAddr::V6(address) => format!("[{address}]:{port}"),
                }),
                port,
                implicit_tls: implicit.contains(&port),
                loopback: address.is_some_and(|address| address.is_loopback()),
            };
            if services.len() < MOST && !services.contains(&service) {
                services.push(service);
            }
        }
    }
    services
}

/// Tells whether STARTTLS is offered to anybody.
pub(super) fn offers_tls(config: &Config) -> bool {
    config
        .get("tls_advertise_hosts")
        .is_none_or(|setting| setting.value.len() > 0)
}

fn called(port: u16) -> String {
    match port {
        25 => "smtp".to_owned(),
        465 => "submissions".to_owned(),
        587 => "submission".to_owned(),
        other => other.to_string(),
    }
}

fn ports(config: &Config, names: &[&str]) -> Option<Vec<u16>> {
    names.iter().find_map(|name| ports_of(config, name))
}

fn ports_of(config: &Config, name: &str) -> Option<Vec<u16>> {
    let setting = config.get(name)?;
    let items = list::split(&setting.value);
    let ports: Vec<u16> = items
        .iter()
        .filter_map(|item| port(item.text.as_str()))
        .collect();
    (!ports.is_empty()).then_some(ports)
}

fn port(text: &str) -> Option<u16> {
    match text {
        "smtp" => Some(25),
        "smtps" | "ssmtp" | "submissions" => Some(465),
        "submission" => Some(587),
        number => number.parse().ok(),
    }
}

/// Lists the addresses, with their own ports where they have one.
fn interfaces(config: &Config) -> Vec<(Option<IpAddr>, Option<u16>)> {
    let all = vec![(None, None)];
    let Some(setting) = config.get("local_interfaces") else {
        return all;
    };
    let items = list::split(&setting.value);
    // What is no address, such as the value of an expansion, may be any.
    let read: Vec<(Option<IpAddr>, Option<u16>)> = items
        .iter()
        .map(|item| interface(item.text.as_str()))
        .map(|(address, port)| (address.filter(|address| !address.is_unspecified()), port))
        .collect();
    if read.is_empty() { all } else { read }
}

fn interface(text: &str) -> (Option<IpAddr>, Option<u16>) {
    if let Ok(address) = text.parse() {
        return (Some(address), None);
    }
    if let Some((address, rest)) = text.strip_prefix('[').and_then(|text| text.split_once(']')) {
        return (address.parse().ok(), rest.strip_prefix(':').and_then(port));
    }
    match text.rsplit_once('.') {
        Some((address, number)) => match address.parse() {
            Ok(address) => (Some(address), port(number)),
            Err(_) => (None, None),
        },
        None => (None, None),
    }
}

/// Names a means for a message.
pub(super) fn means(way: Way) -> &'static str {
    match way {
        Way::Sender => "a certain sender",
        Way::Helo => "a certain HELO name",
        Way::Text => "certain text",
        Way::LocalPart => "a certain local part of the recipient",
        Way::FakeLogin => "any login",
        Way::Host => "an address of a trusted host",
        Way::Login => "a login",
        Way::Certificate => "a certificate of a known authority",
        Way::Unknown => "what the files do not show",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtaconf::exim::lines::Line;
    use crate::mtaconf::exim::traced::Traced;
    use crate::mtaconf::source::Text;
    use std::sync::Arc;

    #[test]
    fn lists_where_it_listens() {
        for (text, expected) in [
            ("", &["smtp any 25 false"][..]),
            (
                "local_interfaces = 127.0.0.1",
                &["smtp 127.0.0.1:25 25 true"],
            ),
            (
                "local_interfaces = <; 127.0.0.1 ; ::1",
                &["smtp 127.0.0.1:25 25 true", "smtp [::1]:25 25 true"],
            ),
            (
                "local_interfaces = <; 127.0.0.1.1225 ; [192.0.2.1]:587",
                &[
                    "1225 127.0.0.1:1225 1225 true",
                    "submission 192.0.2.1:587 587 false",
                ],
            ),
            (
                "local_interfaces = <; 0.0.0.0 ; ::0",
                &["smtp any 25 false"],
            ),
            (
                "daemon_smtp_ports = smtp : 587",
                &["smtp any 25 false", "submission any 587 false"],
            ),
            ("local_interfaces = MAIN_X", &["smtp any 25 false"]),
        ] {
            let file = Arc::new(Text::new("x", text.into()));
            let line = Traced::of_line(&file, 1);
            let config = Config::new(vec![Line::Text(line)], Vec::new());
            let shown = |service: &Service| {
                let listen = service.listen.as_deref().unwrap_or("any");
                format!(
                    "{} {listen} {} {}",
                    service.name, service.port, service.loopback
                )
            };
            let found: Vec<String> = services(&config).iter().map(shown).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
