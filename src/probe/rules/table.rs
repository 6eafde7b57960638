//! The rules, with what to change for each server.
//!
//! Remedies name directives as the server's own manual does: postconf(5), the Exim specification,
//! Sendmail's cf/README, smtpd.conf(5), qmail-smtpd(8), courier(8), Haraka's plugin documents,
//! Microsoft's Set-ReceiveConnector.

use crate::model::{Remedy, Rule, Severity};

/// The rules of the wire audit, the worst first.
pub static RULES: &[&Rule] = &[
    &OPEN_RELAY,
    &TRUSTS_SENDER,
    &ADDRESS_TRICK,
    &TRUSTS_HELLO,
    &TRUSTS_XCLIENT,
    &TRUSTS_TLS,
    &TRUSTS_TRANSACTION,
    &SPELLING,
    &SUBDOMAINS,
    &ACCEPTS_EVERYTHING,
    &CLIENT_ADDRESS_LOST,
    &STARTTLS_INJECTION,
    &AUTH_IN_CLEAR,
    &XCLIENT_OFFERED,
    &UNKNOWN_USERS,
    &NO_STARTTLS,
    &TEMPORARY_DENIAL,
];

const fn fix(software: &'static str, text: &'static str) -> Remedy {
    Remedy { software, text }
}

pub(super) static OPEN_RELAY: Rule = Rule {
    id: "RC001",
    title: "Open relay: mail from anybody to anybody is taken",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Spammers find an open relay within hours. Its owner pays with blocklisting, a full queue, \
          complaints, and in some countries liability.",
    seen: None,
    remedy: "Take mail for outside domains only from listed networks and from users who have logged in; \
             refuse it for everybody else. Check what the server sees as client address if it stands \
             behind a proxy, NAT or container network.",
    remedy_zh: "只为列出的网段和已通过身份验证的用户向外部域转发，其余一律拒绝；若前面有代理、NAT 或容器网络，请核对服务器看到的客户端地址。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: mynetworks = only your own networks (127.0.0.0/8 [::1]/128 and what sends through \
             you); smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, \
             reject_unauth_destination. Look for -o overrides of them in master.cf, and for an OK \
             before reject_unauth_destination in smtpd_recipient_restrictions. Then: postfix reload.",
        ),
        fix(
            "Exim",
            "Set hostlist relay_from_hosts to your own networks (Debian: dc_relay_nets in \
             update-exim4.conf.conf), never * or 0.0.0.0/0. In acl_smtp_rcpt keep, before any other \
             accept for outside domains: require message = relay not permitted / domains = \
             +local_domains : +relay_to_domains, with accept hosts = +relay_from_hosts and accept \
             authenticated = * above it.",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`promiscuous_relay') out of sendmail.mc, list only your own networks with RELAY \
             in the access map and in relay-domains, rebuild sendmail.cf (make -C /etc/mail) and restart.",
        ),
        fix(
            "OpenSMTPD",
            "smtpd.conf: match from any for any action ... is what relays. Write match from local for any, \
             match from src { your networks } for any, match auth from any for any, and for the rest match \
             from any for domain <yours>. Then: smtpd -n and restart.",
        ),
        fix(
            "qmail",
            "Create control/rcpthosts with the domains you take mail for (without the file qmail-smtpd \
             relays for everybody), and set RELAYCLIENT only for your own networks in the tcprules file.",
        ),
        fix(
            "Courier",
            "Set RELAYCLIENT in etc/smtpaccess for your own networks only (no allow line for everybody), run \
             makesmtpaccess, and list local domains in locals and hosteddomains.",
        ),
        fix(
            "Haraka",
            "Enable rcpt_to.in_host_list (or another rcpt plugin), keep relay_acl_allow to your own \
             networks, and take any plugin out that sets connection.relaying for strangers.",
        ),
        fix(
            "Microsoft Exchange",
            "Remove-ADPermission on the receive connector for NT AUTHORITY\\ANONYMOUS LOGON with \
             -ExtendedRights Ms-Exch-SMTP-Accept-Any-Recipient; take ExternalAuthoritative off \
             connectors whose RemoteIPRanges are wider than your own hosts.",
        ),
        fix(
            "IIS SMTP",
            "Properties of the SMTP virtual server > Access > Relay: choose 'Only the list below', list \
             your own hosts there, and let others relay only after they have logged in.",
        ),
        fix(
            "hMailServer",
            "Settings > Advanced > IP ranges > Internet: untick deliveries External to external, and \
             require SMTP authentication for External to external.",
        ),
        fix(
            "MDaemon",
            "Security > Security settings > Relay control: tick 'Do not allow message relaying', and check \
             the trusted hosts list.",
        ),
    ],
    references: &[
        "CVE-1999-0512",
        "RFC 2505 section 2.1",
        "RFC 5321 section 3.6.1",
    ],
};

pub(super) static TRUSTS_SENDER: Rule = Rule {
    id: "RC002",
    title: "Relay for whoever writes the right sender address",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The sender address is chosen by the client and proves nothing. Spam tools try the server's own \
          domain, postmaster and the empty sender as a matter of course.",
    seen: None,
    remedy: "Decide about relaying by the client's network or login, never by the sender address. Let \
             bounces and local-looking senders go through the same relay check as all other mail.",
    remedy_zh: "不要按发件人地址授权转发（发件人可任意伪造）：改用客户端地址或身份验证。",
    remedies: &[
        fix(
            "Postfix",
            "Move check_sender_access behind reject_unauth_destination (or into \
             smtpd_sender_restrictions, where an OK cannot relay), and make its results DUNNO instead of \
             OK. reject_sender_login_mismatch keeps your own domains to users who have logged in.",
        ),
        fix(
            "Exim",
            "Take sender_domains, senders or local_parts as the only condition out of accept statements \
             of acl_smtp_rcpt; an accept for outside domains needs hosts = +relay_from_hosts or \
             authenticated = *.",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`relay_local_from') and FEATURE(`relay_mail_from') out of sendmail.mc, rebuild \
             and restart; use FEATURE(`delay_checks') only together with a relay check.",
        ),
        fix(
            "OpenSMTPD",
            "Add auth to every match rule with mail-from that leads outside: match auth from any mail-from \
             <senders> for any action ... .",
        ),
        fix(
            "Microsoft Exchange",
            "Remove Ms-Exch-SMTP-Accept-Any-Recipient from anonymous, and Ms-Exch-SMTP-Accept-\
             Authoritative-Domain-Sender where it is used to let hosts relay.",
        ),
        fix(
            "hMailServer",
            "IP ranges > Internet: require SMTP authentication for Local to external and External to \
             external; tick 'Check incoming sender'.",
        ),
    ],
    references: &[
        "RFC 2505 section 2.1",
        "RFC 5321 section 7.1",
        "postconf(5): check_sender_access",
    ],
};

pub(super) static ADDRESS_TRICK: Rule = Rule {
    id: "RC003",
    title: "Relay through an address that hides another",
    severity: Severity::High,
    other_severities: &[],
    why: "Percent hacks, bang paths, quoted addresses and source routes pass a check that looks at the last \
          domain only, and are unpacked and routed afterwards. Relay testers and old spam tools know them all.",
    seen: None,
    remedy: "Switch off the rewriting of percent, bang and route addresses, or refuse local parts with @, % \
             and ! from strangers. If a second server does the rewriting, stop it from trusting this one.",
    remedy_zh: "在判断中继权限之前拒绝百分号、感叹号、源路由等嵌套地址，或先还原出真正的目标域再判断。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: allow_untrusted_routing = no (the default), and where nobody needs them \
             allow_percent_hack = no, swap_bangpath = no, resolve_dequoted_address = yes, \
             resolve_null_domain = no. Then: postfix reload.",
        ),
        fix(
            "Exim",
            "Empty percent_hack_domains, and deny at the top of acl_smtp_rcpt: deny message = Restricted \
             characters in address / local_parts = ^[.] : ^.*[@%!/|].",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`loose_relay_check') out, add FEATURE(`nouucp',`reject'), rebuild and restart.",
        ),
        fix(
            "qmail",
            "Remove control/percenthack, or list only domains whose users you trust.",
        ),
        fix(
            "Microsoft Exchange",
            "Install current updates: encapsulated (IMCEA) and routed addresses are refused since Exchange \
             2000; check gateways in front.",
        ),
    ],
    references: &[
        "CVE-2002-1278",
        "CVE-2003-0285",
        "RFC 1123 section 5.2.16",
        "RFC 5321 appendix C",
    ],
};

pub(super) static TRUSTS_HELLO: Rule = Rule {
    id: "RC004",
    title: "Relay for whoever gives the right name with EHLO",
    severity: Severity::High,
    other_severities: &[],
    why: "The EHLO name is chosen by the client and proves nothing.",
    seen: None,
    remedy: "Use the EHLO name to refuse, never to permit.",
    remedy_zh: "不要按 EHLO/HELO 名称授权转发：改用客户端地址或身份验证。",
    remedies: &[
        fix(
            "Postfix",
            "Move check_helo_access behind reject_unauth_destination or into smtpd_helo_restrictions, and \
             make its results DUNNO instead of OK.",
        ),
        fix(
            "Exim",
            "Take sender_helo_name and verify = helo as conditions out of accept statements that relay.",
        ),
        fix(
            "OpenSMTPD",
            "Take helo out of match rules that lead outside, or add auth to them.",
        ),
    ],
    references: &["RFC 5321 section 4.1.4", "postconf(5): check_helo_access"],
};

pub(super) static TRUSTS_XCLIENT: Rule = Rule {
    id: "RC005",
    title: "Relay for whoever says with XCLIENT that he is trusted",
    severity: Severity::Critical,
    other_severities: &[],
    why: "XCLIENT lets a proxy tell the server whom it speaks for. A stranger who may use it is whoever he \
          wants to be.",
    seen: None,
    remedy: "Allow XCLIENT from the addresses of your own proxies only.",
    remedy_zh: "XCLIENT 只授权给自己的代理地址，或将其关闭。",
    remedies: &[fix(
        "Postfix",
        "main.cf: smtpd_authorized_xclient_hosts = the addresses of your proxies, or empty; look for -o \
         overrides in master.cf.",
    )],
    references: &[
        "Postfix XCLIENT_README",
        "postconf(5): smtpd_authorized_xclient_hosts",
    ],
};

pub(super) static TRUSTS_TLS: Rule = Rule {
    id: "RC006",
    title: "Relay inside TLS for whoever is refused in the clear",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Encryption hides a conversation; it says nothing about who is talking. Spam tools speak STARTTLS.",
    seen: None,
    remedy: "Apply the same relay rules on both sides of STARTTLS; trust client certificates only by \
             fingerprint.",
    remedy_zh: "加密不等于身份验证：TLS 会话中同样要求登录或列出的客户端。",
    remedies: &[
        fix(
            "Postfix",
            "Replace permit_tls_all_clientcerts by permit_tls_clientcerts with relay_clientcerts, and give \
             every smtpd of master.cf the same smtpd_relay_restrictions.",
        ),
        fix(
            "Exim",
            "Take encrypted = * as the only condition out of accept statements that relay.",
        ),
        fix(
            "OpenSMTPD",
            "Replace match tls ... for any by match auth from any for any.",
        ),
    ],
    references: &[
        "RFC 3207 section 4.2",
        "postconf(5): permit_tls_all_clientcerts",
    ],
};

pub(super) static TRUSTS_TRANSACTION: Rule = Rule {
    id: "RC007",
    title: "Relay for recipients that ride along",
    severity: Severity::High,
    other_severities: &[],
    why: "A relay check that is made for the first recipient, or once a session, is passed with one local \
          address.",
    seen: None,
    remedy: "Check every recipient of every transaction by itself; look at filters and policy services that \
             keep a decision for the whole session.",
    remedy_zh: "对同一事务中的每个收件人分别检查中继权限。",
    remedies: &[],
    references: &["RFC 5321 section 3.3", "RFC 5321 section 4.1.1.5"],
};

pub(super) static SPELLING: Rule = Rule {
    id: "RC008",
    title: "Relay for a domain or address that is written in another way",
    severity: Severity::High,
    other_severities: &[],
    why: "A rule that compares text instead of names is passed with a final dot, an address literal or \
          missing brackets.",
    seen: None,
    remedy: "Normalise addresses before they are compared, refuse address literals and addresses without \
             brackets from strangers, and end the list of rules with a refusal.",
    remedy_zh: "比较域名前统一大小写、末尾的点和引号写法，再检查中继权限。",
    remedies: &[
        fix(
            "Postfix",
            "Let reject_unauth_destination decide, not a check_recipient_access of your own; \
             strict_rfc821_envelopes = yes refuses addresses without brackets.",
        ),
        fix(
            "Exim",
            "allow_domain_literals = false, and end acl_smtp_rcpt with require domains = \
             +local_domains : +relay_to_domains.",
        ),
    ],
    references: &["RFC 1034 section 3.1", "RFC 5321 section 4.1.3"],
};

pub(super) static SUBDOMAINS: Rule = Rule {
    id: "RC009",
    title: "Mail for any subdomain of a served domain is taken",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Names below a served domain that do not exist, or belong to others, are accepted and then bounced \
          or forwarded.",
    seen: None,
    remedy: "List the domains that are served one by one.",
    remedy_zh: "只接收明确列出的域，不要自动包含其所有子域。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: take relay_domains out of parent_domain_matches_subdomains, and list subdomains with \
             a leading dot where they are wanted.",
        ),
        fix(
            "Exim",
            "Replace *.example.com in relay_to_domains and local_domains by the names you serve.",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`relay_entire_domain') out and list hosts in relay-domains.",
        ),
    ],
    references: &["postconf(5): parent_domain_matches_subdomains"],
};

pub(super) static ACCEPTS_EVERYTHING: Rule = Rule {
    id: "RC010",
    title: "Everything is accepted: a sink, or an open relay that checks nothing",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A mail sink, a honeypot and a relay without any check look the same up to here. Only a message that \
          comes out elsewhere tells them apart.",
    seen: None,
    remedy: "Find out with a message to a mailbox of your own: relaycheck --depth queued --rcpt \
             you@your.domain HOST. If it arrives, the server is an open relay (RC001).",
    remedy_zh: "若并非有意的黑洞服务器：在 RCPT 阶段按域检查收件人，并拒绝外部域。",
    remedies: &[],
    references: &["RFC 2505 section 2.1"],
};

pub(super) static CLIENT_ADDRESS_LOST: Rule = Rule {
    id: "RC011",
    title: "The server does not see the real client address",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Behind a proxy, NAT or container network every client may look internal. Where internal addresses \
          are trusted, that opens the relay; where they are not, blocklists and rate limits are blind.",
    seen: None,
    remedy: "Hand the client address through: PROXY protocol or XCLIENT from the proxy, host networking or \
             userland-proxy off for containers, no source NAT for IPv6. Until then keep the gateway's address out \
             of the trusted networks.",
    remedy_zh: "让服务器看到真实的客户端地址（PROXY 协议、XCLIENT 或去掉地址转换），并从信任网段中移除代理或网关的地址。",
    remedies: &[
        fix(
            "Postfix",
            "postscreen_upstream_proxy_protocol or smtpd_upstream_proxy_protocol = haproxy with a proxy \
             that sends it; keep the gateway out of mynetworks.",
        ),
        fix(
            "Exim",
            "hosts_proxy = the proxy's address; keep the gateway out of relay_from_hosts.",
        ),
        fix(
            "Haraka",
            "connection.ini: haproxy hosts[] = the proxy's address.",
        ),
    ],
    references: &["PROXY protocol, version 1 and 2", "Postfix XCLIENT_README"],
};

pub(super) static STARTTLS_INJECTION: Rule = Rule {
    id: "RC012",
    title: "Plain bytes between STARTTLS and the handshake",
    severity: Severity::Medium,
    other_severities: &[],
    why: "What stands unread when TLS begins may be taken for something said inside it. The same fault in the \
          other direction lets an attacker put commands into a client's session.",
    seen: None,
    remedy: "Update the server and any proxy in front of it.",
    remedy_zh: "升级服务器：STARTTLS 之后、握手之前收到的明文必须丢弃。",
    remedies: &[],
    references: &["CVE-2011-0411", "CVE-2021-38371", "RFC 3207 section 4.2"],
};

pub(super) static AUTH_IN_CLEAR: Rule = Rule {
    id: "RC013",
    title: "Passwords may be sent in the clear",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A password that is overheard makes the server a relay for whoever heard it.",
    seen: None,
    remedy: "Offer AUTH inside TLS only.",
    remedy_zh: "仅在 TLS 之内提供 AUTH。",
    remedies: &[
        fix("Postfix", "main.cf: smtpd_tls_auth_only = yes."),
        fix(
            "Exim",
            "auth_advertise_hosts = ${if eq {$tls_in_cipher}{}{}{*}}.",
        ),
        fix(
            "Sendmail",
            "define(`confAUTH_OPTIONS', `A p')dnl in sendmail.mc, rebuild and restart.",
        ),
        fix(
            "OpenSMTPD",
            "listen on ... tls-require auth, or smtps auth, in place of tls auth.",
        ),
        fix(
            "Haraka",
            "auth plugins offer AUTH in the clear to private addresses only by default: \
             auth.ini, do not set requireAuthorized to false.",
        ),
        fix(
            "Microsoft Exchange",
            "Set-ReceiveConnector -AuthMechanism Tls, BasicAuth, BasicAuthRequireTLS.",
        ),
    ],
    references: &["RFC 4954 section 4", "RFC 8314 section 3.3"],
};

pub(super) static XCLIENT_OFFERED: Rule = Rule {
    id: "RC014",
    title: "XCLIENT is offered to this client",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Whoever may use XCLIENT is believed about the client's address and login. If strangers are among \
          them, every rule that looks at clients is void.",
    seen: None,
    remedy: "Make sure that the address this was asked from is meant to be a trusted proxy.",
    remedy_zh: "XCLIENT 只对自己的代理地址开放。",
    remedies: &[fix(
        "Postfix",
        "main.cf and -o overrides in master.cf: smtpd_authorized_xclient_hosts.",
    )],
    references: &["Postfix XCLIENT_README"],
};

pub(super) static UNKNOWN_USERS: Rule = Rule {
    id: "RC015",
    title: "Users that cannot exist are accepted",
    severity: Severity::Low,
    other_severities: &[],
    why: "Mail for nobody is bounced later, to a sender that is forged more often than not.",
    seen: None,
    remedy: "Refuse unknown recipients while the client is still connected.",
    remedy_zh: "在 RCPT 阶段拒绝不存在的用户。",
    remedies: &[
        fix(
            "Postfix",
            "Fill local_recipient_maps, virtual_mailbox_maps and relay_recipient_maps.",
        ),
        fix("Exim", "require verify = recipient in acl_smtp_rcpt."),
    ],
    references: &["RFC 5321 section 6.2"],
};

pub(super) static NO_STARTTLS: Rule = Rule {
    id: "RC016",
    title: "No encryption is offered",
    severity: Severity::Low,
    other_severities: &[],
    why: "Mail and passwords can be read and changed on the way.",
    seen: None,
    remedy: "Install a certificate and offer STARTTLS.",
    remedy_zh: "启用 STARTTLS。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: smtpd_tls_security_level = may, smtpd_tls_chain_files = key and certificate.",
        ),
        fix(
            "Exim",
            "tls_advertise_hosts = *, tls_certificate and tls_privatekey.",
        ),
        fix(
            "Sendmail",
            "confSERVER_CERT, confSERVER_KEY and confCACERT_PATH in sendmail.mc.",
        ),
        fix(
            "OpenSMTPD",
            "pki NAME cert ... / pki NAME key ..., and listen on ... tls pki NAME.",
        ),
    ],
    references: &["RFC 3207", "RFC 8314"],
};

pub(super) static TEMPORARY_DENIAL: Rule = Rule {
    id: "RC017",
    title: "Relaying is refused as if for now only",
    severity: Severity::Low,
    other_severities: &[],
    why: "A temporary code asks clients to come back: the refused mail is tried again for days, and testers \
          that go by the code alone do not see the refusal.",
    seen: None,
    remedy: "Refuse relaying with a permanent code.",
    remedy_zh: "对无权转发的收件人用 5xx 永久拒绝，而不是 4xx 临时拒绝。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: soft_bounce = no; and defer_unauth_destination replaced by \
             reject_unauth_destination.",
        ),
        fix(
            "Exim",
            "Use deny, not defer, for relaying in acl_smtp_rcpt.",
        ),
    ],
    references: &["RFC 5321 section 4.2.1", "postconf(5): soft_bounce"],
};
