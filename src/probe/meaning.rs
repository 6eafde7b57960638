//! What the acceptance of a form would reveal about a server.
//!
//! References: the directives named are those of the servers' own manuals: postconf(5), the Exim
//! specification, Sendmail's cf/README, smtpd.conf(5), qmail-smtpd(8).

use crate::model::lang::Text;

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
    /// Says in a sentence what acceptance would reveal, in every language.
    pub fn words(self) -> Text {
        match self {
            Self::NoControl => Text::new(
                "There is no relay control at all: trusted networks cover the world, the relay \
                 restrictions are empty, or the server no longer sees the real client address.",
                "根本没有中继控制：受信任网络涵盖了全世界，中继限制为空，或服务器已看不到真实的客\
                 户端地址。",
            ),
            Self::NullSenderTrusted => Text::new(
                "Bounces are exempt from the relay check: the null sender is let through before \
                 the recipient is looked at.",
                "退信不受中继检查：空发件人在查看收件人之前就被放行。",
            ),
            Self::SenderMatchesRecipient => Text::new(
                "A rule compares sender and recipient, or lets mail of a domain to itself through.",
                "有规则拿发件人与收件人比较，或放行同一域发给自己的邮件。",
            ),
            Self::SenderDomainUnchecked => Text::new(
                "A rule trusts the parent of the sender's domain without checking that the sender \
                 can be real.",
                "有规则信任发件域的父域，却不检查该发件人是否可能真实存在。",
            ),
            Self::UnqualifiedCompleted => Text::new(
                "A sender without a domain is completed with the server's own domain and then \
                 trusted as local.",
                "不带域的发件人会被补上服务器自己的域，然后被当作本地而信任。",
            ),
            Self::LoopbackIsLocal => Text::new(
                "localhost or the loopback address in a mail address counts as proof of being local.",
                "邮件地址中的 localhost 或回环地址被当作来自本地的证明。",
            ),
            Self::OwnDomainTrusted => Text::new(
                "Whoever writes the server's own domain into the sender address may relay. The \
                 sender address is chosen by the client and proves nothing.",
                "只要在发件人地址中写服务器自己的域，就可以中继。发件人地址由客户端任意填写，什么\
                 也证明不了。",
            ),
            Self::OwnAddressTrusted => Text::new(
                "Whoever writes the server's own IP address into the sender address may relay.",
                "只要在发件人地址中写服务器自己的 IP 地址，就可以中继。",
            ),
            Self::RoleTrusted => Text::new(
                "Whoever calls himself postmaster or root of this server may relay.",
                "自称是这台服务器的 postmaster 或 root，就可以中继。",
            ),
            Self::LocalUserTrusted => Text::new(
                "Whoever names an existing mailbox as sender may relay: the name stands in for a \
                 password.",
                "发件人写一个存在的邮箱，就可以中继：名字代替了口令。",
            ),
            Self::BracketsDecide => Text::new(
                "An address without angle brackets takes another way through the parser and \
                 misses the relay check.",
                "不带尖括号的地址走的是另一条解析路径，绕过了中继检查。",
            ),
            Self::QuotedAt => Text::new(
                "A quoted local part that holds a whole address passes as local and is unpacked and \
                 routed afterwards.",
                "带引号的本地部分里藏着一个完整地址，它被当作本地通过检查，随后被拆开并投递。",
            ),
            Self::PercentHack => Text::new(
                "user%outside@here is turned into user@outside after the relay check, or a server \
                 behind this one does so and trusts it.",
                "user%outside@here 在中继检查之后被改成 user@outside；或由这台服务器后面、信任它的\
                 另一台服务器来改。",
            ),
            Self::DoubleAt => Text::new(
                "The relay check looks at the last at sign of an address, the routing at the first.",
                "中继检查看的是地址中最后一个 @，路由看的是第一个。",
            ),
            Self::SourceRoute => Text::new(
                "The check sees the first hop of a source route, the delivery goes to its end.",
                "检查看到的是源路由的第一跳，投递去的却是终点。",
            ),
            Self::BangPath => Text::new(
                "outside!user passes as a local name and is routed to the outside as a UUCP path.",
                "outside!user 被当作本地名字通过检查，再作为 UUCP 路径送往外部。",
            ),
            Self::BangSender => Text::new(
                "A bang path as sender is rewritten to a local sender, and local senders may relay.",
                "以感叹号路径作发件人，会被改写成本地发件人，而本地发件人可以中继。",
            ),
            Self::EmptyDomain => Text::new(
                "An empty domain behind the last at sign is taken for the local one, and the rest \
                 is routed.",
                "最后一个 @ 之后的空域被当作本地域，其余部分再被路由。",
            ),
            Self::HelloTrusted => Text::new(
                "The name a client gives itself with EHLO is trusted. It is chosen by the client \
                 and proves nothing.",
                "客户端用 EHLO 自报的名称受到信任。它由客户端任意填写，什么也证明不了。",
            ),
            Self::XClientTrusted => Text::new(
                "Any client may use XCLIENT to say which address and login it has, and is believed.",
                "任何客户端都可以用 XCLIENT 声称自己的地址和登录名，并且被采信。",
            ),
            Self::TlsDiffers => Text::new(
                "Inside TLS another policy holds than in the clear: encryption is taken for \
                 authorisation, or a second service is less guarded.",
                "TLS 之内的策略与明文时不同：把加密当成了授权，或者第二个服务防守较松。",
            ),
            Self::TrailingDot => Text::new(
                "Domains are compared as text: a final dot makes an outside domain look unknown to \
                 the rule that should refuse it.",
                "域按文本比较：末尾加一个点，本应拒绝的规则就认不出这个外部域。",
            ),
            Self::LiteralUnchecked => Text::new(
                "An IP address in place of the recipient's domain escapes the check of domains.",
                "用 IP 地址代替收件人的域，就逃过了对域的检查。",
            ),
            Self::ParentDomain => Text::new(
                "A domain that is served stands for every name below it, including names that do \
                 not exist or belong to others.",
                "所服务的域代表其下的一切名字，包括不存在的和属于他人的。",
            ),
            Self::FirstRecipientOnly => Text::new(
                "Only the first recipient of a message is checked; others ride along.",
                "一封邮件只检查第一个收件人；其余的搭便车。",
            ),
            Self::TrustCarriedOver => Text::new(
                "What one transaction was allowed is still allowed to the next in the same session.",
                "前一个事务得到的许可，在同一会话的下一个事务中仍然有效。",
            ),
        }
    }

    /// Says in a sentence what acceptance would reveal.
    pub fn text(self) -> &'static str {
        self.words().en
    }

    /// Names typical causes in the terms of real servers, in every language.
    pub fn causes_words(self) -> Text {
        match self {
            Self::NoControl => Text::new(
                "Postfix: mynetworks too wide, or smtpd_relay_restrictions without \
                 reject_unauth_destination. Exim: hosts = * in relay_from_hosts. Sendmail: \
                 FEATURE(promiscuous_relay). OpenSMTPD: match from any for any action relay. qmail: \
                 no control/rcpthosts. Exchange: an anonymous connector with Accept-Any-Recipient. \
                 Containers: a proxy or NAT in front makes every client look internal.",
                "Postfix：mynetworks 过宽，或 smtpd_relay_restrictions 中没有 \
                 reject_unauth_destination。Exim：relay_from_hosts 中有 hosts = *。Sendmail：\
                 FEATURE(promiscuous_relay)。OpenSMTPD：match from any for any action relay。\
                 qmail：没有 control/rcpthosts。Exchange：带 Accept-Any-Recipient 的匿名连接器。容\
                 器：前面的代理或 NAT 使每个客户端看上去都像内网主机。",
            ),
            Self::NullSenderTrusted => Text::new(
                "Postfix: check_sender_access with an OK for <> before reject_unauth_destination. \
                 Exim: accept senders = : before the relay check.",
                "Postfix：reject_unauth_destination 之前，check_sender_access 对 <> 答 OK。Exim：\
                 中继检查之前有 accept senders = :。",
            ),
            Self::SenderMatchesRecipient | Self::SenderDomainUnchecked => Text::new(
                "Postfix: check_sender_access with an OK, parent_domain_matches_subdomains. Own \
                 policy services that compare domains.",
                "Postfix：check_sender_access 答 OK，parent_domain_matches_subdomains。自己编写\
                 的、比较域的策略服务。",
            ),
            Self::UnqualifiedCompleted => Text::new(
                "Postfix: append_at_myorigin with check_sender_access OK. Exim: \
                 sender_unqualified_hosts = * with accept sender_domains. Sendmail: \
                 FEATURE(accept_unqualified_senders) with relay_local_from.",
                "Postfix：append_at_myorigin 加上 check_sender_access 的 OK。Exim：\
                 sender_unqualified_hosts = * 加上 accept sender_domains。Sendmail：\
                 FEATURE(accept_unqualified_senders) 加上 relay_local_from。",
            ),
            Self::LoopbackIsLocal => Text::new(
                "Sendmail: localhost in class R or the access map. Exim: localhost in \
                 relay_to_domains or local_domains with accept sender_domains.",
                "Sendmail：类 R 或 access 表中有 localhost。Exim：relay_to_domains 或 \
                 local_domains 中有 localhost，并且 accept sender_domains。",
            ),
            Self::OwnDomainTrusted | Self::LocalUserTrusted => Text::new(
                "Postfix: check_sender_access with an OK before reject_unauth_destination. Exim: \
                 accept sender_domains = +local_domains. Sendmail: FEATURE(relay_local_from) or \
                 FEATURE(relay_mail_from). OpenSMTPD: match from any mail-from. Container images: \
                 an allowed-sender-domains variable.",
                "Postfix：reject_unauth_destination 之前，check_sender_access 答 OK。Exim：accept \
                 sender_domains = +local_domains。Sendmail：FEATURE(relay_local_from) 或 \
                 FEATURE(relay_mail_from)。OpenSMTPD：match from any mail-from。容器镜像：“允许的\
                 发件域”之类的环境变量。",
            ),
            Self::OwnAddressTrusted => Text::new(
                "Rules that look for the own address as text: check_sender_access, Sendmail's \
                 access map, policies of appliances.",
                "按文本查找自身地址的规则：check_sender_access、Sendmail 的 access 表、各种网关设\
                 备的策略。",
            ),
            Self::RoleTrusted => Text::new(
                "Postfix: check_sender_access with postmaster@ or root@ OK. Exim: accept \
                 local_parts without domains. Appliances: built-in exemptions.",
                "Postfix：check_sender_access 对 postmaster@ 或 root@ 答 OK。Exim：accept \
                 local_parts 而不带 domains。网关设备：内置的例外。",
            ),
            Self::BracketsDecide => Text::new(
                "Home-made servers and filters; Postfix without strict_rfc821_envelopes only tolerates the form.",
                "自制的服务器和过滤器；Postfix 未设 strict_rfc821_envelopes 时只是容忍这种写法。",
            ),
            Self::QuotedAt => Text::new(
                "Postfix: resolve_dequoted_address = yes with allow_untrusted_routing = yes. \
                 Gateways that strip quotes before handing on.",
                "Postfix：resolve_dequoted_address = yes 且 allow_untrusted_routing = yes。转交之\
                 前去掉引号的网关。",
            ),
            Self::PercentHack => Text::new(
                "Postfix: allow_percent_hack with allow_untrusted_routing = yes. Exim: \
                 percent_hack_domains. Sendmail: FEATURE(loose_relay_check). qmail: \
                 control/percenthack.",
                "Postfix：allow_percent_hack 且 allow_untrusted_routing = yes。Exim：\
                 percent_hack_domains。Sendmail：FEATURE(loose_relay_check)。qmail：\
                 control/percenthack。",
            ),
            Self::DoubleAt => Text::new(
                "Old Sendmail rule sets, Lotus Domino, gateways in front of another server.",
                "老的 Sendmail 规则集、Lotus Domino、位于另一台服务器前面的网关。",
            ),
            Self::SourceRoute => Text::new(
                "Postfix: allow_untrusted_routing = yes behind a primary that trusts this host. Old \
                 Sendmail, Exchange 5.5, Domino, appliances.",
                "Postfix：allow_untrusted_routing = yes，且后面的主服务器信任本机。老的 Sendmail、\
                 Exchange 5.5、Domino、网关设备。",
            ),
            Self::BangPath | Self::BangSender => Text::new(
                "Postfix: swap_bangpath with allow_untrusted_routing = yes. Sendmail: a UUCP mailer \
                 without FEATURE(nouucp).",
                "Postfix：swap_bangpath 且 allow_untrusted_routing = yes。Sendmail：有 UUCP 投递器\
                 而没有 FEATURE(nouucp)。",
            ),
            Self::EmptyDomain => Text::new(
                "Postfix: resolve_null_domain = yes. OpenSMTPD before its correction.",
                "Postfix：resolve_null_domain = yes。修正之前的 OpenSMTPD。",
            ),
            Self::HelloTrusted => Text::new(
                "Postfix: check_helo_access with an OK before reject_unauth_destination. Exim: \
                 accept with sender_helo_name or verify = helo alone.",
                "Postfix：reject_unauth_destination 之前，check_helo_access 答 OK。Exim：accept 只\
                 带 sender_helo_name 或 verify = helo。",
            ),
            Self::XClientTrusted => Text::new(
                "Postfix: smtpd_authorized_xclient_hosts that covers strangers.",
                "Postfix：smtpd_authorized_xclient_hosts 涵盖了陌生人。",
            ),
            Self::TlsDiffers => Text::new(
                "Postfix: permit_tls_all_clientcerts, a second smtpd with overrides. Exim: accept \
                 encrypted = *. OpenSMTPD: match tls from any for any.",
                "Postfix：permit_tls_all_clientcerts，或另有一个带覆盖项的 smtpd。Exim：accept \
                 encrypted = *。OpenSMTPD：match tls from any for any。",
            ),
            Self::TrailingDot | Self::LiteralUnchecked => Text::new(
                "Filters and policy services that compare recipient domains with a list of their \
                 own; Exim: allow_domain_literals with a wide domain list.",
                "拿收件人的域与自己的列表比较的过滤器和策略服务；Exim：allow_domain_literals 加上\
                 过宽的域列表。",
            ),
            Self::ParentDomain => Text::new(
                "Postfix: relay_domains in parent_domain_matches_subdomains (the default). \
                 Sendmail: FEATURE(relay_entire_domain). Exim: *.domain in relay_to_domains.",
                "Postfix：relay_domains 在 parent_domain_matches_subdomains 之中（默认如此）。\
                 Sendmail：FEATURE(relay_entire_domain)。Exim：relay_to_domains 中有 *.domain。",
            ),
            Self::FirstRecipientOnly | Self::TrustCarriedOver => Text::new(
                "Home-made servers, filters and policy services that keep their decision for the \
                 whole session.",
                "自制的服务器，以及把一次判断沿用到整个会话的过滤器和策略服务。",
            ),
        }
    }

    /// Names typical causes in the terms of real servers.
    pub fn causes(self) -> &'static str {
        self.causes_words().en
    }
}
