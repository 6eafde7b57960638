//! What the acceptance of a form would reveal about a server.
//!
//! References: the directives named are those of the servers' own manuals: postconf(5), the Exim
//! specification, Sendmail's cf/README, smtpd.conf(5), qmail-smtpd(8).

/// A fault that an accepted form points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// No relay control at all.
    NoControl,
    /// The null sender is trusted.
    NullSenderTrusted,
    /// Mail of a domain to itself is let through.
    SenderMatchesRecipient,
    /// The sender's domain is not looked at, or a parent of it is trusted.
    SenderDomainUnchecked,
    /// A sender without a domain is completed with the local one, then trusted.
    UnqualifiedCompleted,
    /// localhost or the loopback address counts as local.
    LoopbackIsLocal,
    /// A sender of the server's own domain is enough.
    OwnDomainTrusted,
    /// A sender at the server's own address is enough.
    OwnAddressTrusted,
    /// A role account as sender is enough.
    RoleTrusted,
    /// An existing mailbox as sender stands in for logging in.
    LocalUserTrusted,
    /// Angle brackets decide whether the check is made.
    BracketsDecide,
    /// A quoted local part that holds an address is unpacked and routed.
    QuotedAt,
    /// The percent hack is honoured.
    PercentHack,
    /// The check sees the last at sign, the routing the first.
    DoubleAt,
    /// Source routes are honoured.
    SourceRoute,
    /// Bang paths are honoured.
    BangPath,
    /// A bang path as sender is rewritten to a local sender.
    BangSender,
    /// An empty domain behind the last at sign is taken for the local one.
    EmptyDomain,
    /// The name given with EHLO is trusted.
    HelloTrusted,
    /// Anybody may say with XCLIENT who he is.
    XClientTrusted,
    /// Another policy holds inside TLS.
    TlsDiffers,
    /// Domains are compared as text, so that a final dot makes another domain.
    TrailingDot,
    /// Address literals escape the check of domains.
    LiteralUnchecked,
    /// A served domain stands for everything below it.
    ParentDomain,
    /// Only the first recipient is checked.
    FirstRecipientOnly,
    /// What was allowed once in a session stays allowed.
    TrustCarriedOver,
}

impl Meaning {
    /// Says in a sentence what acceptance would reveal.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoControl => {
                "There is no relay control at all: trusted networks cover the world, the relay \
                 restrictions are empty, or the server no longer sees the real client address."
            }
            Self::NullSenderTrusted => {
                "Bounces are exempt from the relay check: the null sender is let through before \
                 the recipient is looked at."
            }
            Self::SenderMatchesRecipient => {
                "A rule compares sender and recipient, or lets mail of a domain to itself through."
            }
            Self::SenderDomainUnchecked => {
                "A rule trusts the parent of the sender's domain without checking that the sender \
                 can be real."
            }
            Self::UnqualifiedCompleted => {
                "A sender without a domain is completed with the server's own domain and then \
                 trusted as local."
            }
            Self::LoopbackIsLocal => {
                "localhost or the loopback address in a mail address counts as proof of being local."
            }
            Self::OwnDomainTrusted => {
                "Whoever writes the server's own domain into the sender address may relay. The \
                 sender address is chosen by the client and proves nothing."
            }
            Self::OwnAddressTrusted => {
                "Whoever writes the server's own IP address into the sender address may relay."
            }
            Self::RoleTrusted => {
                "Whoever calls himself postmaster or root of this server may relay."
            }
            Self::LocalUserTrusted => {
                "Whoever names an existing mailbox as sender may relay: the name stands in for a \
                 password."
            }
            Self::BracketsDecide => {
                "An address without angle brackets takes another way through the parser and \
                 misses the relay check."
            }
            Self::QuotedAt => {
                "A quoted local part that holds a whole address passes as local and is unpacked and \
                 routed afterwards."
            }
            Self::PercentHack => {
                "user%outside@here is turned into user@outside after the relay check, or a server \
                 behind this one does so and trusts it."
            }
            Self::DoubleAt => {
                "The relay check looks at the last at sign of an address, the routing at the first."
            }
            Self::SourceRoute => {
                "The check sees the first hop of a source route, the delivery goes to its end."
            }
            Self::BangPath => {
                "outside!user passes as a local name and is routed to the outside as a UUCP path."
            }
            Self::BangSender => {
                "A bang path as sender is rewritten to a local sender, and local senders may relay."
            }
            Self::EmptyDomain => {
                "An empty domain behind the last at sign is taken for the local one, and the rest \
                 is routed."
            }
            Self::HelloTrusted => {
                "The name a client gives itself with EHLO is trusted. It is chosen by the client \
                 and proves nothing."
            }
            Self::XClientTrusted => {
                "Any client may use XCLIENT to say which address and login it has, and is believed."
            }
            Self::TlsDiffers => {
                "Inside TLS another policy holds than in the clear: encryption is taken for \
                 authorisation, or a second service is less guarded."
            }
            Self::TrailingDot => {
                "Domains are compared as text: a final dot makes an outside domain look unknown to \
                 the rule that should refuse it."
            }
            Self::LiteralUnchecked => {
                "An IP address in place of the recipient's domain escapes the check of domains."
            }
            Self::ParentDomain => {
                "A domain that is served stands for every name below it, including names that do \
                 not exist or belong to others."
            }
            Self::FirstRecipientOnly => {
                "Only the first recipient of a message is checked; others ride along."
            }
            Self::TrustCarriedOver => {
                "What one transaction was allowed is still allowed to the next in the same session."
            }
        }
    }

    /// Names typical causes in the terms of real servers.
    pub fn causes(self) -> &'static str {
        match self {
            Self::NoControl => {
                "Postfix: mynetworks too wide, or smtpd_relay_restrictions without \
                 reject_unauth_destination. Exim: hosts = * in relay_from_hosts. Sendmail: \
                 FEATURE(promiscuous_relay). OpenSMTPD: match from any for any action relay. qmail: \
                 no control/rcpthosts. Exchange: an anonymous connector with Accept-Any-Recipient. \
                 Containers: a proxy or NAT in front makes every client look internal."
            }
            Self::NullSenderTrusted => {
                "Postfix: check_sender_access with an OK for <> before reject_unauth_destination. \
                 Exim: accept senders = : before the relay check."
            }
            Self::SenderMatchesRecipient | Self::SenderDomainUnchecked => {
                "Postfix: check_sender_access with an OK, parent_domain_matches_subdomains. Own \
                 policy services that compare domains."
            }
            Self::UnqualifiedCompleted => {
                "Postfix: append_at_myorigin with check_sender_access OK. Exim: \
                 sender_unqualified_hosts = * with accept sender_domains. Sendmail: \
                 FEATURE(accept_unqualified_senders) with relay_local_from."
            }
            Self::LoopbackIsLocal => {
                "Sendmail: localhost in class R or the access map. Exim: localhost in \
                 relay_to_domains or local_domains with accept sender_domains."
            }
            Self::OwnDomainTrusted | Self::LocalUserTrusted => {
                "Postfix: check_sender_access with an OK before reject_unauth_destination. Exim: \
                 accept sender_domains = +local_domains. Sendmail: FEATURE(relay_local_from) or \
                 FEATURE(relay_mail_from). OpenSMTPD: match from any mail-from. Container images: \
                 an allowed-sender-domains variable."
            }
            Self::OwnAddressTrusted => {
                "Rules that look for the own address as text: check_sender_access, Sendmail's \
                 access map, policies of appliances."
            }
            Self::RoleTrusted => {
                "Postfix: check_sender_access with postmaster@ or root@ OK. Exim: accept \
                 local_parts without domains. Appliances: built-in exemptions."
            }
            Self::BracketsDecide => {
                "Home-made servers and filters; Postfix without strict_rfc821_envelopes only tolerates the form."
            }
            Self::QuotedAt => {
                "Postfix: resolve_dequoted_address = yes with allow_untrusted_routing = yes. \
                 Gateways that strip quotes before handing on."
            }
            Self::PercentHack => {
                "Postfix: allow_percent_hack with allow_untrusted_routing = yes. Exim: \
                 percent_hack_domains. Sendmail: FEATURE(loose_relay_check). qmail: \
                 control/percenthack."
            }
            Self::DoubleAt => {
                "Old Sendmail rule sets, Lotus Domino, gateways in front of another server."
            }
            Self::SourceRoute => {
                "Postfix: allow_untrusted_routing = yes behind a primary that trusts this host. Old \
                 Sendmail, Exchange 5.5, Domino, appliances."
            }
            Self::BangPath | Self::BangSender => {
                "Postfix: swap_bangpath with allow_untrusted_routing = yes. Sendmail: a UUCP mailer \
                 without FEATURE(nouucp)."
            }
            Self::EmptyDomain => {
                "Postfix: resolve_null_domain = yes. OpenSMTPD before its correction."
            }
            Self::HelloTrusted => {
                "Postfix: check_helo_access with an OK before reject_unauth_destination. Exim: \
                 accept with sender_helo_name or verify = helo alone."
            }
            Self::XClientTrusted => {
                "Postfix: smtpd_authorized_xclient_hosts that covers strangers."
            }
            Self::TlsDiffers => {
                "Postfix: permit_tls_all_clientcerts, a second smtpd with overrides. Exim: accept \
                 encrypted = *. OpenSMTPD: match tls from any for any."
            }
            Self::TrailingDot | Self::LiteralUnchecked => {
                "Filters and policy services that compare recipient domains with a list of their \
                 own; Exim: allow_domain_literals with a wide domain list."
            }
            Self::ParentDomain => {
                "Postfix: relay_domains in parent_domain_matches_subdomains (the default). \
                 Sendmail: FEATURE(relay_entire_domain). Exim: *.domain in relay_to_domains."
            }
            Self::FirstRecipientOnly | Self::TrustCarriedOver => {
                "Home-made servers, filters and policy services that keep their decision for the \
                 whole session."
            }
        }
    }
}
