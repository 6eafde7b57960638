//! The rules about settings, apart from those about the restriction lists: networks, domains, logins, services.
//!
//! In: an installation, its tables, the name of its instance, and what becomes of the outsider's mail at each
//! listener. Out: findings.

use super::bench::Bench;
use super::master_cf::Listener;
use super::params::Config;
use super::tables::Tables;
use super::{
    rules_aliases, rules_clients, rules_domains, rules_login, rules_networks, rules_services,
};
use crate::model::{Finding, Relay};

/// Judges an installation; `subject` names its instance, `relays` tells what becomes of the outsider's mail at a
/// listener.
pub(super) fn judge(
    config: &Config<'_>,
    tables: &Tables<'_>,
    subject: &str,
    relays: &dyn Fn(&Listener) -> Relay,
) -> Vec<Finding> {
    let mut bench = Bench::new(config, tables, subject, relays);
    rules_networks::judge(&mut bench);
    rules_clients::judge(&mut bench);
    rules_domains::judge(&mut bench);
    rules_aliases::judge(&mut bench);
    rules_login::judge(&mut bench);
    rules_services::judge(&mut bench);
    bench.finish()
}

#[cfg(test)]
mod tests {
    use super::super::params::tests::with;
    use super::*;
    use crate::model::Severity;
    use crate::mtaconf::Context;
    use proptest::prelude::*;

    /// Gives the rules that fire with their severities and lines, in order of the rules.
    fn found(files: &[(&str, &str)], context: &Context) -> Vec<String> {
        let mut found = Vec::new();
        with(files, context, |config| {
            let tables = Tables::new(config.reader);
            let findings = judge(config, &tables, "", &|_| Relay::Closed);
            found = findings
                .iter()
                .filter(|finding| finding.severity > Severity::Info)
                .map(|finding| {
                    let line = finding.place().map_or(0, |place| place.line);
                    format!("{} {} {line}", finding.rule.id, finding.severity.as_str())
                })
                .collect();
        });
        found.sort();
        found
    }

    #[test]
    fn settings_are_judged_as_they_hold_for_the_services_that_strangers_reach() {
        let head = "compatibility_level = 3.6\nmyhostname = mail.example.com\n";
        for (rest, master, expected) in [
            // The open network holds on loopback alone.
            (
                "mynetworks = 127.0.0.0/8\n",
                "25 inet n - y - - smtpd\n127.0.0.1:26 inet n - y - - smtpd\n -o mynetworks=0.0.0.0/0\n",
                &[][..],
            ),
            // Nobody has what main.cf says.
            (
                "mynetworks = 0.0.0.0/0\n",
                "25 inet n - y - - smtpd\n -o mynetworks=127.0.0.0/8\n",
                &[],
            ),
            // Two services with one value are one fault.
            (
                "mynetworks = 0.0.0.0/0\n",
                "25 inet n - y - - smtpd\n26 inet n - y - - smtpd\n",
                &["PF030 critical 3"],
            ),
            // Behind a postscreen the service that talks counts, and the PROXY line is the postscreen's.
            (
                "mynetworks = 127.0.0.0/8\npostscreen_upstream_proxy_protocol = haproxy\n",
                "25 inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd\n -o soft_bounce=yes\n",
                &["PF072 high 4", "PF094 low 2"],
            ),
            // Whole networks in a file, and what stands in front of it.
            (
                "mynetworks = !203.0.113.0/24 /nets\n",
                "25 inet n - y - - smtpd\n",
                &["PF031 high 3", "PF034 medium 3"],
            ),
        ] {
            let main = format!("{head}{rest}");
            let files = [
                ("main.cf", main.as_str()),
                ("master.cf", master),
                ("nets", "203.0.0.0/8 !203.0.114.1\n"),
            ];
            assert_eq!(
                found(&files, &Context::default()),
                expected,
                "{rest}{master}"
            );
        }
    }

    #[test]
    fn logins_are_in_clear_only_where_tls_may_be_left_out() {
        let head =
            "compatibility_level = 3.6\nmynetworks = 127.0.0.0/8\nsmtpd_sasl_auth_enable = yes\n";
        for (rest, expected) in [
            ("smtpd_tls_security_level = may\n", &["PF060 medium 3"][..]),
            ("smtpd_tls_auth_only = no\n", &["PF060 medium 4"]),
            ("smtpd_tls_security_level = encrypt\n", &[]),
            ("smtpd_enforce_tls = yes\n", &[]),
            (
                "smtpd_enforce_tls = yes\nsmtpd_tls_security_level = may\n",
                &["PF060 medium 3"],
            ),
            ("smtpd_tls_wrappermode = yes\n", &[]),
            ("smtpd_tls_auth_only = yes\n", &[]),
            (
                "smtpd_sasl_security_options = noanonymous noplaintext\n",
                &[],
            ),
            (
                "smtpd_tls_security_level = encrypt\nsmtpd_sasl_security_options = noplaintext\n",
                &["PF061 high 5"],
            ),
            (
                "smtpd_tls_security_level = encrypt\nsmtpd_sasl_security_options = noplaintext\n\
                 smtpd_sasl_tls_security_options = noanonymous\n",
                &[],
            ),
        ] {
            let main = format!("{head}{rest}");
            let found = found(&[("main.cf", main.as_str())], &Context::default());
            assert_eq!(found, expected, "{rest}");
        }
    }

    #[test]
    fn a_hostile_configuration_is_judged_in_bounded_time() {
        let nets = "192.0.2.1/24,!10.0.0.0/8,203.0.0.0/8,a.b,static:x,hash:/t,".repeat(300);
        let main = format!(
            "mynetworks = {nets}\nrelay_domains = {nets}\nmydestination = {nets}\n\
             virtual_alias_maps = hash:/t\nx = $x$x\nsmtpd_banner = $x\n"
        );
        let master = (1000..1100)
            .map(|port| format!("{port} inet n - y - - smtpd\n -o x={port}\n"))
            .collect::<String>();
        let table = (0..2_000)
            .map(|n| format!("@d{n}.example x@e{n}.example\n"))
            .collect::<String>();
        let files = [
            ("main.cf", main.as_str()),
            ("master.cf", &master),
            ("t", &table),
        ];
        let begun = std::time::Instant::now();
        assert!(found(&files, &Context::default()).len() > 5);
        // A tenth of that is what it takes without optimization.
        assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    }

    proptest! {
        #[test]
        fn no_configuration_panics(
            lines in proptest::collection::vec(
                (
                    "(mynetworks|relay_domains|mydestination|virtual_alias_maps|smtpd_client_restrictions\
                     |luser_relay|smtpd_banner|smtpd_sasl_auth_enable|inet_interfaces|x)",
                    "(([!]|static:|pcre:/t|cidr:/t|/t|hash:/t|0\\.0\\.0\\.0/0|\\[::1\\]/1|yes|@|\\$x|[a-c.*{}:/é])[ ,]?){0,8}",
                ),
                0..8,
            ),
            master in "((smtp|587|\\[::1\\]:25) inet n - y - - (smtpd|qmqpd|postscreen)\n( -o x=[a-c${}]{0,4}\n)?){0,3}",
            table in "[/^.a-c@!# \n{}0-9\\[\\]*(é]{0,80}",
        ) {
            let main: String = lines.iter().map(|(n, v)| format!("{n} = {v}\n")).collect();
            found(&[("main.cf", &main), ("master.cf", &master), ("t", &table)], &Context::default());
        }
    }
}
