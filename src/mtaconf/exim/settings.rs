//! Authenticators and single options: EX023 to EX027, EX031.
//!
//! In: a configuration. Out: findings at the option. What an authenticator compares passwords with is never shown.
//!
//! References: Exim specification, chapters 14, 33 "SMTP authentication" and 34 "The plaintext authenticator".

use super::config::{Block, Config};
use super::eval::{Client, Judge};
use super::expand::{self, DOMAIN};
use super::list::Kind;
use super::report::Report;
use super::services::{Service, offers_tls};
use super::truth::Truth;
use crate::model::Severity;
use crate::mtaconf::rules::exim::{EX023, EX024, EX025, EX026, EX031};
use crate::mtaconf::{Login, Scene, Version};

/// Since when STARTTLS is offered unless it is switched off.
const TLS_SINCE: Version = Version(4, 87, 0);

/// Names the authenticators that take any password.
pub(super) fn fake(config: &Config, scene: &Scene<'_>) -> Vec<String> {
    let blocks = config.authenticators.iter();
    let fake = blocks.filter(|block| takes_anything(config, scene, block));
    fake.map(|block| block.name.as_str().to_owned()).collect()
}

/// Tells whether people can log in.
pub(super) fn login(config: &Config, stock: bool) -> Login {
    let offered = advertises(config) && config.authenticators.iter().any(is_server);
    match offered {
        true => Login::Offered,
        false if stock || config.login_hole => Login::Unknown,
        false => Login::Nowhere,
    }
}

fn is_server(block: &Block) -> bool {
    match block.text("driver") {
        "plaintext" => block.get("server_condition").is_some(),
        _ => block
            .settings
            .iter()
            .any(|setting| setting.name.starts_with("server_")),
    }
}

/// Tells whether AUTH is offered to anybody.
fn advertises(config: &Config) -> bool {
    let hosts = config.get("auth_advertise_hosts");
    hosts.is_none_or(|setting| setting.value.len() > 0)
}

/// Evaluates a condition of an authenticator with and without TLS.
fn evaluate(config: &Config, scene: &Scene<'_>, text: &str, tls: bool) -> Truth {
    let mut judge = Judge::new(config, scene, Client::outsider(tls, None), &[]);
    let value = expand::expand(text, &mut judge);
    value.test(&mut |text| super::compare::boolean(text, false))
}

fn takes_anything(config: &Config, scene: &Scene<'_>, block: &Block) -> bool {
    let condition = block
        .get("server_condition")
        .map(|setting| setting.value.as_str());
    let Some(condition) = condition.filter(|_| block.text("driver") == "plaintext") else {
        return false;
    };
    let offered = [false, true].into_iter().any(|tls| {
        let advertised = match block.get("server_advertise_condition") {
            Some(setting) => evaluate(config, scene, setting.value.as_str(), tls).is != Some(false),
            None => true,
        };
        advertised && evaluate(config, scene, condition, tls).is == Some(true)
    });
    offered && advertises(config)
}

/// Raises what is wrong with authenticators and options.
pub(super) fn judge(
    report: &mut Report<'_>,
    config: &Config,
    services: &[Service],
    fake: &[String],
) {
    for block in config
        .authenticators
        .iter()
        .filter(|block| is_server(block))
    {
        let name = block.name.as_str();
        let takes_anything = fake.iter().any(|fake| fake == name);
        if let Some(setting) = block.get("server_condition").filter(|_| takes_anything) {
            let says = format!(
                "The authenticator {name} takes any password: its server_condition is always true."
            );
            report.raise(&EX023, &setting.whole, &[], says, EX023.severity);
        }
        in_clear(report, config, services, block);
    }
    let scene = report.scene;
    if let Some(setting) = config
        .get("percent_hack_domains")
        .filter(|setting| setting.value.len() > 0)
    {
        let mut judge = Judge::new(config, scene, Client::outsider(false, None), &[]);
        let every = judge
            .in_list(Kind::Domain, &DOMAIN.to_string(), &setting.value)
            .is
            == Some(true);
        let (severity, which) = match every {
            true => (Severity::High, "every domain"),
            false => (Severity::Medium, "some domains"),
        };
        let says = format!(
            "percent_hack_domains sends user%elsewhere@domain on to elsewhere for {which}."
        );
        report.raise(&EX025, &setting.whole, &[], says, severity);
    }
    if let Some(setting) = config
        .get("untrusted_set_sender")
        .filter(|setting| setting.value.as_str() == "*")
    {
        let says = "Every local user may give any envelope sender.".to_owned();
        report.raise(&EX026, &setting.whole, &[], says, EX026.severity);
    }
    let version = scene.context.version;
    match config.get("tls_advertise_hosts") {
        Some(setting) if setting.value.len() == 0 => {
            let says = "STARTTLS is offered to nobody: tls_advertise_hosts is empty.".to_owned();
            report.raise(&EX031, &setting.whole, &[], says, EX031.severity);
        }
        None if version.is_some_and(|version| version < TLS_SINCE) => {
            let says = "STARTTLS is offered to nobody: tls_advertise_hosts is not set, and is empty by default before Exim 4.87.";
            report.unwritten(&EX031, &scene.root.file, says);
        }
        _ => {}
    }
}

fn in_clear(report: &mut Report<'_>, config: &Config, services: &[Service], block: &Block) {
    let name = match block.text("public_name") {
        "" => block.name.as_str(),
        public => public,
    };
    let clear = ["PLAIN", "LOGIN"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known));
    let implicit = !services.is_empty() && services.iter().all(|service| service.implicit_tls);
    if !clear || implicit || !advertises(config) {
        return;
    }
    let depends = |text: &str| {
        let names = [
            "$tls_in_cipher",
            "$tls_cipher",
            "def:tls_in_cipher",
            "def:tls_cipher",
            "{tls_in_cipher}",
            "{tls_cipher}",
        ];
        names.iter().any(|name| text.contains(name))
    };
    let hosts = config
        .get("auth_advertise_hosts")
        .map_or("*", |setting| setting.value.as_str());
    let condition = block.get("server_advertise_condition");
    let offered = match condition.map(|setting| setting.value.as_str()) {
        None => true,
        Some(text) if depends(text) => false,
        Some(text) => evaluate(config, report.scene, text, false).is != Some(false),
    };
    if depends(hosts) || !offered {
        return;
    }
    let tls = match offers_tls(config) {
        true => "before STARTTLS",
        false => "and there is no TLS",
    };
    let says = format!("Login by {name} is offered {tls}: passwords cross the network in clear.");
    report.raise(&EX024, &block.name, &[], says, EX024.severity);
}
