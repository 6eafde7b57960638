//! What Postfix takes where a parameter is not written down, by version.
//!
//! In: a name and a version. Out: the default, as Postfix writes it, for `expand` to read: those that hang on
//! `compatibility_level` ask for it themselves. Every parameter that the audit reads stands here, and those that
//! values refer to.
//!
//! Deliberately leaves out what only the machine knows: `myhostname` and what follows from it, and the networks
//! of the interfaces, which stand for `mynetworks`.
//!
//! References: postconf(5) of 3.7; COMPATIBILITY_README; the release notes of 2.10, 3.0 and 3.6.

use crate::mtaconf::Version;

/// The version assumed where nobody names one: the newest this was written for.
pub(super) const NEWEST: Version = Version(3, 10, 0);

/// smtpd_relay_restrictions came with this version.
pub(super) const RELAY_LIST_SINCE: Version = Version(2, 10, 0);

/// compatibility_level, and braces in expansions and in master.cf, came with this version.
pub(super) const LEVELS_SINCE: Version = Version(3, 0, 0);

/// permit_naked_ip_address and check_relay_domains went with this version.
pub(super) const OLD_NAMES_UNTIL: Version = Version(3, 9, 0);

/// A default, and the version that brought it.
struct Default {
    name: &'static str,
    since: Version,
    text: &'static str,
}

/// Gives the default of a parameter in a version; nothing for a parameter that is not in the table or that the
/// version does not know.
pub(super) fn of(name: &str, version: Version) -> Option<&'static str> {
    let at = DEFAULTS.partition_point(|row| row.name < name);
    DEFAULTS[at..]
        .iter()
        .take_while(|row| row.name == name)
        .filter(|row| row.since <= version)
        .last()
        .map(|row| row.text)
}

const fn always(name: &'static str, text: &'static str) -> Default {
    since(0, 0, name, text)
}

const fn since(major: u32, minor: u32, name: &'static str, text: &'static str) -> Default {
    Default {
        name,
        since: Version(major, minor, 0),
        text,
    }
}

/// The defaults, sorted by name, then by version.
static DEFAULTS: &[Default] = &[
    always("address_verify_sender", "$double_bounce_sender"),
    always("alias_database", "hash:/etc/aliases"),
    always("alias_maps", "hash:/etc/aliases"),
    always("allow_percent_hack", "yes"),
    always("allow_untrusted_routing", "no"),
    always("always_bcc", ""),
    always("broken_sasl_auth_clients", "no"),
    always("canonical_maps", ""),
    always("command_directory", "/usr/sbin"),
    since(3, 0, "compatibility_level", "0"),
    always("config_directory", "/etc/postfix"),
    always("content_filter", ""),
    always("daemon_directory", "/usr/lib/postfix/sbin"),
    always("data_directory", "/var/lib/postfix"),
    always("default_database_type", "hash"),
    always("default_transport", "smtp"),
    always("disable_vrfy_command", "no"),
    always("double_bounce_sender", "double-bounce"),
    always("empty_address_recipient", "MAILER-DAEMON"),
    always("inet_interfaces", "all"),
    always("inet_protocols", "all"),
    always("local_header_rewrite_clients", "permit_inet_interfaces"),
    always(
        "local_recipient_maps",
        "proxy:unix:passwd.byname $alias_maps",
    ),
    always("local_transport", "local:$myhostname"),
    always("luser_relay", ""),
    always("mail_name", "Postfix"),
    always("mail_owner", "postfix"),
    always("mail_spool_directory", "/var/mail"),
    always("master_service_disable", ""),
    always("meta_directory", "/etc/postfix"),
    always("multi_instance_directories", ""),
    always("multi_instance_enable", "no"),
    always("multi_instance_group", ""),
    always("multi_instance_name", ""),
    always(
        "mydestination",
        "$myhostname, localhost.$mydomain, localhost",
    ),
    always("mynetworks", ""),
    always("mynetworks_style", "subnet"),
    since(
        3,
        0,
        "mynetworks_style",
        "${{$compatibility_level} <level {2} ? {subnet} : {host}}",
    ),
    always("myorigin", "$myhostname"),
    always("non_smtpd_milters", ""),
    always(
        "parent_domain_matches_subdomains",
        "debug_peer_list,fast_flush_domains,mynetworks,permit_mx_backup_networks,qmqpd_authorized_clients,relay_domains,smtpd_access_maps",
    ),
    always("permit_mx_backup_networks", ""),
    since(2, 10, "postscreen_upstream_proxy_protocol", ""),
    always("process_id_directory", "pid"),
    always("proxy_interfaces", ""),
    always("qmqpd_authorized_clients", ""),
    always("queue_directory", "/var/spool/postfix"),
    always("receive_override_options", ""),
    always("recipient_bcc_maps", ""),
    always("recipient_delimiter", ""),
    always("relay_clientcerts", ""),
    always("relay_domains", "$mydestination"),
    since(
        3,
        0,
        "relay_domains",
        "${{$compatibility_level} <level {2} ? {$mydestination} : {}}",
    ),
    always("relay_recipient_maps", ""),
    always("relay_transport", "relay"),
    always("relayhost", ""),
    always("sender_bcc_maps", ""),
    always("setgid_group", "postdrop"),
    always("shlib_directory", "/usr/lib/postfix"),
    always("smtpd_authorized_xclient_hosts", ""),
    always("smtpd_authorized_xforward_hosts", ""),
    always("smtpd_banner", "$myhostname ESMTP $mail_name"),
    always("smtpd_client_auth_rate_limit", "0"),
    always("smtpd_client_connection_count_limit", "50"),
    always("smtpd_client_connection_limit_exceptions", ""),
    always("smtpd_client_connection_rate_limit", "0"),
    always(
        "smtpd_client_event_limit_exceptions",
        "${smtpd_client_connection_limit_exceptions:$mynetworks}",
    ),
    always("smtpd_client_message_rate_limit", "0"),
    always("smtpd_client_recipient_rate_limit", "0"),
    always("smtpd_client_restrictions", ""),
    always("smtpd_data_restrictions", ""),
    always("smtpd_delay_reject", "yes"),
    always("smtpd_end_of_data_restrictions", ""),
    always("smtpd_enforce_tls", "no"),
    always("smtpd_etrn_restrictions", ""),
    always("smtpd_helo_required", "no"),
    always("smtpd_helo_restrictions", ""),
    always("smtpd_milters", ""),
    always("smtpd_null_access_lookup_key", "<>"),
    always(
        "smtpd_policy_service_default_action",
        "451 4.3.5 Server configuration problem",
    ),
    always("smtpd_proxy_filter", ""),
    always(
        "smtpd_recipient_restrictions",
        "permit_mynetworks, reject_unauth_destination",
    ),
    since(2, 10, "smtpd_recipient_restrictions", ""),
    always("smtpd_reject_unlisted_recipient", "yes"),
    always("smtpd_reject_unlisted_sender", "no"),
    since(
        3,
        6,
        "smtpd_relay_before_recipient_restrictions",
        "${{$compatibility_level} <level {3.6} ? {no} : {yes}}",
    ),
    since(
        2,
        10,
        "smtpd_relay_restrictions",
        "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
    ),
    since(
        3,
        0,
        "smtpd_relay_restrictions",
        "${{$compatibility_level} <level {1} ? {} : {permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination}}",
    ),
    always("smtpd_restriction_classes", ""),
    always("smtpd_sasl_auth_enable", "no"),
    always("smtpd_sasl_exceptions_networks", ""),
    always("smtpd_sasl_path", "smtpd"),
    always("smtpd_sasl_security_options", "noanonymous"),
    always(
        "smtpd_sasl_tls_security_options",
        "$smtpd_sasl_security_options",
    ),
    always("smtpd_sasl_type", "cyrus"),
    always("smtpd_sender_login_maps", ""),
    always("smtpd_sender_restrictions", ""),
    always("smtpd_service_name", "smtpd"),
    always("smtpd_tls_ask_ccert", "no"),
    always("smtpd_tls_auth_only", "no"),
    always("smtpd_tls_cert_file", ""),
    always("smtpd_tls_chain_files", ""),
    always("smtpd_tls_key_file", "$smtpd_tls_cert_file"),
    always("smtpd_tls_req_ccert", "no"),
    always("smtpd_tls_security_level", ""),
    always("smtpd_tls_wrappermode", "no"),
    since(2, 10, "smtpd_upstream_proxy_protocol", ""),
    always("smtpd_use_tls", "no"),
    always("soft_bounce", "no"),
    always("strict_rfc821_envelopes", "no"),
    always("swap_bangpath", "yes"),
    always(
        "syslog_name",
        "${multi_instance_name?{$multi_instance_name}:{postfix}}",
    ),
    always("transport_maps", ""),
    always("virtual_alias_domains", "$virtual_alias_maps"),
    always("virtual_alias_maps", "$virtual_maps"),
    always("virtual_mailbox_domains", "$virtual_mailbox_maps"),
    always("virtual_mailbox_maps", ""),
    always("virtual_maps", ""),
    always("virtual_transport", "virtual"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        let keys = |row: &Default| (row.name, row.since);
        assert!(DEFAULTS.windows(2).all(|two| keys(&two[0]) < keys(&two[1])));
    }

    #[test]
    fn defaults_follow_the_version() {
        for (name, version, expected) in [
            ("smtpd_relay_restrictions", Version(2, 9, 0), None),
            (
                "smtpd_relay_restrictions",
                Version(2, 11, 3),
                Some("permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"),
            ),
            (
                "smtpd_recipient_restrictions",
                Version(2, 9, 0),
                Some("permit_mynetworks, reject_unauth_destination"),
            ),
            ("smtpd_recipient_restrictions", Version(2, 10, 0), Some("")),
            ("mynetworks_style", Version(2, 11, 0), Some("subnet")),
            ("relay_domains", Version(2, 11, 0), Some("$mydestination")),
            (
                "relay_domains",
                NEWEST,
                Some("${{$compatibility_level} <level {2} ? {$mydestination} : {}}"),
            ),
            ("no_such_parameter", NEWEST, None),
            ("", NEWEST, None),
        ] {
            assert_eq!(of(name, version), expected, "{name} {version}");
        }
    }
}
