//! The parameters that decide who may relay: those whose oddities in a file are worth a finding.
//!
//! In: nothing. Out: their names, and those of restriction classes, which hold the same.

use super::params::{Config, Of};

/// The parameters.
pub(super) static PARAMETERS: &[&str] = &[
    "allow_untrusted_routing",
    "compatibility_level",
    "inet_interfaces",
    "master_service_disable",
    "mydestination",
    "mynetworks",
    "mynetworks_style",
    "parent_domain_matches_subdomains",
    "permit_mx_backup_networks",
    "qmqpd_authorized_clients",
    "relay_clientcerts",
    "relay_domains",
    "relay_recipient_maps",
    "smtpd_authorized_xclient_hosts",
    "smtpd_client_restrictions",
    "smtpd_delay_reject",
    "smtpd_helo_restrictions",
    "smtpd_recipient_restrictions",
    "smtpd_relay_restrictions",
    "smtpd_restriction_classes",
    "smtpd_sasl_auth_enable",
    "smtpd_sasl_security_options",
    "smtpd_sasl_tls_security_options",
    "smtpd_sender_restrictions",
    "smtpd_tls_auth_only",
    "smtpd_tls_security_level",
    "smtpd_upstream_proxy_protocol",
    "virtual_alias_domains",
    "virtual_alias_maps",
    "virtual_mailbox_domains",
];

/// Gives the names of the parameters and of the restriction classes of a service.
pub(super) fn names(config: &Config<'_>, of: Of<'_>) -> Vec<String> {
    const MOST_CLASSES: usize = 1000;
    let classes = config.value(of, "smtpd_restriction_classes");
    let classes = classes.words.iter().take(MOST_CLASSES);
    let fixed = PARAMETERS.iter().map(|name| (*name).to_owned());
    fixed.chain(classes.map(|word| word.text.clone())).collect()
}
