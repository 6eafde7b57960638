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

const fn fix(software: &'static str, text: &'static str, text_zh: &'static str) -> Remedy {
    Remedy {
        software,
        text,
        text_zh,
    }
}

pub(super) static OPEN_RELAY: Rule = Rule {
    id: "RC001",
    title: "Open relay: mail from anybody to anybody is taken",
    title_zh: "开放中继：任何人发给任何人的邮件都会被接收",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Spammers find an open relay within hours. Its owner pays with blocklisting, a full queue, \
          complaints, and in some countries liability.",
    why_zh: "垃圾邮件发送者数小时内就会发现开放中继。后果由它的所有者承担：被列入黑名单、队列\
             堵塞、投诉不断，在某些国家还有法律责任。",
    seen: None,
    seen_zh: None,
    remedy: "Take mail for outside domains only from listed networks and from users who have logged in; \
             refuse it for everybody else. Check what the server sees as client address if it stands \
             behind a proxy, NAT or container network.",
    remedy_zh: "只为列出的网段和已通过身份验证的用户接收发往外部域的邮件，其余一律拒绝。若服务器前\
                面有代理、NAT 或容器网络，请核对服务器看到的客户端地址。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: mynetworks = only your own networks (127.0.0.0/8 [::1]/128 and what sends through \
             you); smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, \
             reject_unauth_destination. Look for -o overrides of them in master.cf, and for an OK \
             before reject_unauth_destination in smtpd_recipient_restrictions. Then: postfix reload.",
            "main.cf：mynetworks 只写自己的网段（127.0.0.0/8 [::1]/128 以及经由本机发信的主机）；\
             smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, \
             reject_unauth_destination。检查 master.cf 中是否用 -o 覆盖了它们，以及 \
             smtpd_recipient_restrictions 中 reject_unauth_destination 之前是否有 OK。然后执行 \
             postfix reload。",
        ),
        fix(
            "Exim",
            "Set hostlist relay_from_hosts to your own networks (Debian: dc_relay_nets in \
             update-exim4.conf.conf), never * or 0.0.0.0/0. In acl_smtp_rcpt keep, before any other \
             accept for outside domains: require message = relay not permitted / domains = \
             +local_domains : +relay_to_domains, with accept hosts = +relay_from_hosts and accept \
             authenticated = * above it.",
            "将 hostlist relay_from_hosts 设为自己的网段（Debian：update-exim4.conf.conf 中的 \
             dc_relay_nets），绝不可写 * 或 0.0.0.0/0。在 acl_smtp_rcpt 中，任何其他针对外部域的 \
             accept 之前保留：require message = relay not permitted / domains = +local_domains : \
             +relay_to_domains，其上方是 accept hosts = +relay_from_hosts 和 accept authenticated \
             = *。",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`promiscuous_relay') out of sendmail.mc, list only your own networks with RELAY \
             in the access map and in relay-domains, rebuild sendmail.cf (make -C /etc/mail) and restart.",
            "从 sendmail.mc 中删除 FEATURE(`promiscuous_relay')，在 access 表和 relay-domains 中只\
             为自己的网段写 RELAY，重新生成 sendmail.cf（make -C /etc/mail）并重启。",
        ),
        fix(
            "OpenSMTPD",
            "smtpd.conf: match from any for any action ... is what relays. Write match from local for any, \
             match from src { your networks } for any, match auth from any for any, and for the rest match \
             from any for domain <yours>. Then: smtpd -n and restart.",
            "smtpd.conf 中造成中继的是 match from any for any action ...。改写为 match from local \
             for any、match from src { 自己的网段 } for any、match auth from any for any，其余写 \
             match from any for domain <自己的域>。然后执行 smtpd -n 检查并重启。",
        ),
        fix(
            "qmail",
            "Create control/rcpthosts with the domains you take mail for (without the file qmail-smtpd \
             relays for everybody), and set RELAYCLIENT only for your own networks in the tcprules file.",
            "创建 control/rcpthosts，列出本机接收邮件的域（没有此文件时 qmail-smtpd 为任何人中\
             继）；在 tcprules 文件中只为自己的网段设置 RELAYCLIENT。",
        ),
        fix(
            "Courier",
            "Set RELAYCLIENT in etc/smtpaccess for your own networks only (no allow line for everybody), run \
             makesmtpaccess, and list local domains in locals and hosteddomains.",
            "在 etc/smtpaccess 中只为自己的网段设置 RELAYCLIENT（不要有面向所有人的 allow 行），执\
             行 makesmtpaccess，并在 locals 和 hosteddomains 中列出本地域。",
        ),
        fix(
            "Haraka",
            "Enable rcpt_to.in_host_list (or another rcpt plugin), keep relay_acl_allow to your own \
             networks, and take any plugin out that sets connection.relaying for strangers.",
            "启用 rcpt_to.in_host_list（或其他 rcpt 插件），relay_acl_allow 只留自己的网段，并停用\
             任何为陌生人设置 connection.relaying 的插件。",
        ),
        fix(
            "Microsoft Exchange",
            "Remove-ADPermission on the receive connector for NT AUTHORITY\\ANONYMOUS LOGON with \
             -ExtendedRights Ms-Exch-SMTP-Accept-Any-Recipient; take ExternalAuthoritative off \
             connectors whose RemoteIPRanges are wider than your own hosts.",
            "在接收连接器上用 Remove-ADPermission 移除 NT AUTHORITY\\ANONYMOUS LOGON 的 \
             -ExtendedRights Ms-Exch-SMTP-Accept-Any-Recipient；凡 RemoteIPRanges 超出自己主机范围\
             的连接器，取消 ExternalAuthoritative。",
        ),
        fix(
            "IIS SMTP",
            "Properties of the SMTP virtual server > Access > Relay: choose 'Only the list below', list \
             your own hosts there, and let others relay only after they have logged in.",
            "SMTP 虚拟服务器“属性”>“访问”>“中继”（Access > Relay）：选择“仅以下列表”（Only the \
             list below），在其中列出自己的主机，其他人只有登录后才能中继。",
        ),
        fix(
            "hMailServer",
            "Settings > Advanced > IP ranges > Internet: untick deliveries External to external, and \
             require SMTP authentication for External to external.",
            "Settings > Advanced > IP ranges > Internet：取消勾选 deliveries External to external\
             （外部到外部的投递），并对 External to external 要求 SMTP 身份验证。",
        ),
        fix(
            "MDaemon",
            "Security > Security settings > Relay control: tick 'Do not allow message relaying', and check \
             the trusted hosts list.",
            "Security > Security settings > Relay control：勾选“Do not allow message relaying”（不\
             允许中继），并检查受信任主机列表。",
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
    title_zh: "写对发件人地址就能中继",
    severity: Severity::Critical,
    other_severities: &[],
    why: "The sender address is chosen by the client and proves nothing. Spam tools try the server's own \
          domain, postmaster and the empty sender as a matter of course.",
    why_zh: "发件人地址由客户端任意填写，什么也证明不了。垃圾邮件工具照例会试服务器自己的域、\
             postmaster 和空发件人。",
    seen: None,
    seen_zh: None,
    remedy: "Decide about relaying by the client's network or login, never by the sender address. Let \
             bounces and local-looking senders go through the same relay check as all other mail.",
    remedy_zh: "是否中继应由客户端所在网络或身份验证决定，绝不能看发件人地址。退信和看似本地的发件\
                人也要像其他邮件一样接受中继检查。",
    remedies: &[
        fix(
            "Postfix",
            "Move check_sender_access behind reject_unauth_destination (or into \
             smtpd_sender_restrictions, where an OK cannot relay), and make its results DUNNO instead of \
             OK. reject_sender_login_mismatch keeps your own domains to users who have logged in.",
            "将 check_sender_access 移到 reject_unauth_destination 之后（或放进 \
             smtpd_sender_restrictions，在那里 OK 不会造成中继），并把结果由 OK 改为 DUNNO。\
             reject_sender_login_mismatch 可让自有域的发件人只归已登录的用户使用。",
        ),
        fix(
            "Exim",
            "Take sender_domains, senders or local_parts as the only condition out of accept statements \
             of acl_smtp_rcpt; an accept for outside domains needs hosts = +relay_from_hosts or \
             authenticated = *.",
            "在 acl_smtp_rcpt 的 accept 语句中，不要只以 sender_domains、senders 或 local_parts 为\
             条件；针对外部域的 accept 必须带 hosts = +relay_from_hosts 或 authenticated = *。",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`relay_local_from') and FEATURE(`relay_mail_from') out of sendmail.mc, rebuild \
             and restart; use FEATURE(`delay_checks') only together with a relay check.",
            "从 sendmail.mc 中删除 FEATURE(`relay_local_from') 和 FEATURE(`relay_mail_from')，重新\
             生成并重启；FEATURE(`delay_checks') 只能与中继检查一起使用。",
        ),
        fix(
            "OpenSMTPD",
            "Add auth to every match rule with mail-from that leads outside: match auth from any mail-from \
             <senders> for any action ... .",
            "凡带 mail-from 且通向外部的 match 规则都加上 auth：match auth from any mail-from \
             <senders> for any action ...。",
        ),
        fix(
            "Microsoft Exchange",
            "Remove Ms-Exch-SMTP-Accept-Any-Recipient from anonymous, and Ms-Exch-SMTP-Accept-\
             Authoritative-Domain-Sender where it is used to let hosts relay.",
            "移除匿名用户的 Ms-Exch-SMTP-Accept-Any-Recipient；若曾用 \
             Ms-Exch-SMTP-Accept-Authoritative-Domain-Sender 让主机中继，也一并移除。",
        ),
        fix(
            "hMailServer",
            "IP ranges > Internet: require SMTP authentication for Local to external and External to \
             external; tick 'Check incoming sender'.",
            "IP ranges > Internet：对 Local to external（本地到外部）和 External to external（外部\
             到外部）要求 SMTP 身份验证；勾选“Check incoming sender”（检查来信发件人）。",
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
    title_zh: "地址里藏着另一个地址，借此中继",
    severity: Severity::High,
    other_severities: &[],
    why: "Percent hacks, bang paths, quoted addresses and source routes pass a check that looks at the last \
          domain only, and are unpacked and routed afterwards. Relay testers and old spam tools know them all.",
    why_zh: "百分号写法、感叹号路径、带引号的地址和源路由能通过只看最后一个域的检查，随后被拆开并\
             按里面的地址投递。中继测试工具和老的垃圾邮件工具全都会试。",
    seen: None,
    seen_zh: None,
    remedy: "Switch off the rewriting of percent, bang and route addresses, or refuse local parts with @, % \
             and ! from strangers. If a second server does the rewriting, stop it from trusting this one.",
    remedy_zh: "关闭对百分号、感叹号和路由地址的改写，或拒绝陌生人在本地部分中使用 @、% 和 !。若改\
                写由后面的第二台服务器完成，请让它不再信任本机。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: allow_untrusted_routing = no (the default), and where nobody needs them \
             allow_percent_hack = no, swap_bangpath = no, resolve_dequoted_address = yes, \
             resolve_null_domain = no. Then: postfix reload.",
            "main.cf：allow_untrusted_routing = no（默认值）；无人需要时还应设 allow_percent_hack \
             = no、swap_bangpath = no、resolve_dequoted_address = yes、resolve_null_domain = no。\
             然后执行 postfix reload。",
        ),
        fix(
            "Exim",
            "Empty percent_hack_domains, and deny at the top of acl_smtp_rcpt: deny message = Restricted \
             characters in address / local_parts = ^[.] : ^.*[@%!/|].",
            "清空 percent_hack_domains，并在 acl_smtp_rcpt 开头拒绝：deny message = Restricted \
             characters in address / local_parts = ^[.] : ^.*[@%!/|]。",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`loose_relay_check') out, add FEATURE(`nouucp',`reject'), rebuild and restart.",
            "删除 FEATURE(`loose_relay_check')，加入 FEATURE(`nouucp',`reject')，重新生成并重启。",
        ),
        fix(
            "qmail",
            "Remove control/percenthack, or list only domains whose users you trust.",
            "删除 control/percenthack，或只列出其用户可信的域。",
        ),
        fix(
            "Microsoft Exchange",
            "Install current updates: encapsulated (IMCEA) and routed addresses are refused since Exchange \
             2000; check gateways in front.",
            "安装最新更新：自 Exchange 2000 起，封装地址（IMCEA）和路由地址会被拒绝；同时检查前面\
             的网关。",
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
    title_zh: "EHLO 报对名字就能中继",
    severity: Severity::High,
    other_severities: &[],
    why: "The EHLO name is chosen by the client and proves nothing.",
    why_zh: "EHLO 名称由客户端任意填写，什么也证明不了。",
    seen: None,
    seen_zh: None,
    remedy: "Use the EHLO name to refuse, never to permit.",
    remedy_zh: "EHLO 名称只能用来拒绝，绝不能用来放行。",
    remedies: &[
        fix(
            "Postfix",
            "Move check_helo_access behind reject_unauth_destination or into smtpd_helo_restrictions, and \
             make its results DUNNO instead of OK.",
            "将 check_helo_access 移到 reject_unauth_destination 之后，或放进 \
             smtpd_helo_restrictions，并把结果由 OK 改为 DUNNO。",
        ),
        fix(
            "Exim",
            "Take sender_helo_name and verify = helo as conditions out of accept statements that relay.",
            "从会造成中继的 accept 语句中去掉 sender_helo_name 和 verify = helo 条件。",
        ),
        fix(
            "OpenSMTPD",
            "Take helo out of match rules that lead outside, or add auth to them.",
            "从通向外部的 match 规则中去掉 helo，或为其加上 auth。",
        ),
    ],
    references: &["RFC 5321 section 4.1.4", "postconf(5): check_helo_access"],
};

pub(super) static TRUSTS_XCLIENT: Rule = Rule {
    id: "RC005",
    title: "Relay for whoever says with XCLIENT that he is trusted",
    title_zh: "用 XCLIENT 自称可信就能中继",
    severity: Severity::Critical,
    other_severities: &[],
    why: "XCLIENT lets a proxy tell the server whom it speaks for. A stranger who may use it is whoever he \
          wants to be.",
    why_zh: "XCLIENT 让代理告诉服务器它代表谁说话。陌生人若能使用它，想冒充谁就是谁。",
    seen: None,
    seen_zh: None,
    remedy: "Allow XCLIENT from the addresses of your own proxies only.",
    remedy_zh: "只允许自己的代理地址使用 XCLIENT。",
    remedies: &[fix(
        "Postfix",
        "main.cf: smtpd_authorized_xclient_hosts = the addresses of your proxies, or empty; look for -o \
         overrides in master.cf.",
        "main.cf：smtpd_authorized_xclient_hosts = 代理的地址，或留空；并检查 master.cf 中的 \
             -o 覆盖项。",
    )],
    references: &[
        "Postfix XCLIENT_README",
        "postconf(5): smtpd_authorized_xclient_hosts",
    ],
};

pub(super) static TRUSTS_TLS: Rule = Rule {
    id: "RC006",
    title: "Relay inside TLS for whoever is refused in the clear",
    title_zh: "明文时拒绝，TLS 之内却能中继",
    severity: Severity::Critical,
    other_severities: &[],
    why: "Encryption hides a conversation; it says nothing about who is talking. Spam tools speak STARTTLS.",
    why_zh: "加密只是让通信不被偷看，并不说明对方是谁。垃圾邮件工具也会用 STARTTLS。",
    seen: None,
    seen_zh: None,
    remedy: "Apply the same relay rules on both sides of STARTTLS; trust client certificates only by \
             fingerprint.",
    remedy_zh: "STARTTLS 前后执行同样的中继规则；客户端证书只按指纹信任。",
    remedies: &[
        fix(
            "Postfix",
            "Replace permit_tls_all_clientcerts by permit_tls_clientcerts with relay_clientcerts, and give \
             every smtpd of master.cf the same smtpd_relay_restrictions.",
            "用 permit_tls_clientcerts 加 relay_clientcerts 代替 permit_tls_all_clientcerts，并为 \
             master.cf 中每个 smtpd 设置同样的 smtpd_relay_restrictions。",
        ),
        fix(
            "Exim",
            "Take encrypted = * as the only condition out of accept statements that relay.",
            "在会造成中继的 accept 语句中，不要只以 encrypted = * 为条件。",
        ),
        fix(
            "OpenSMTPD",
            "Replace match tls ... for any by match auth from any for any.",
            "用 match auth from any for any 代替 match tls ... for any。",
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
    title_zh: "同一封邮件里顺带的收件人也被中继",
    severity: Severity::High,
    other_severities: &[],
    why: "A relay check that is made for the first recipient, or once a session, is passed with one local \
          address.",
    why_zh: "只对第一个收件人、或每个会话只做一次的中继检查，用一个本地地址就能绕过。",
    seen: None,
    seen_zh: None,
    remedy: "Check every recipient of every transaction by itself; look at filters and policy services that \
             keep a decision for the whole session.",
    remedy_zh: "对每个事务中的每个收件人分别检查；留意那些把一次判断沿用到整个会话的过滤器和策略服\
                务。",
    remedies: &[],
    references: &["RFC 5321 section 3.3", "RFC 5321 section 4.1.1.5"],
};

pub(super) static SPELLING: Rule = Rule {
    id: "RC008",
    title: "Relay for a domain or address that is written in another way",
    title_zh: "域或地址换一种写法就能中继",
    severity: Severity::High,
    other_severities: &[],
    why: "A rule that compares text instead of names is passed with a final dot, an address literal or \
          missing brackets.",
    why_zh: "按文本而不是按域名比较的规则，用末尾的点、地址字面量或省略尖括号就能绕过。",
    seen: None,
    seen_zh: None,
    remedy: "Normalise addresses before they are compared, refuse address literals and addresses without \
             brackets from strangers, and end the list of rules with a refusal.",
    remedy_zh: "比较之前先把地址规范化；拒绝陌生人使用地址字面量和不带尖括号的地址；规则列表以拒绝\
                收尾。",
    remedies: &[
        fix(
            "Postfix",
            "Let reject_unauth_destination decide, not a check_recipient_access of your own; \
             strict_rfc821_envelopes = yes refuses addresses without brackets.",
            "由 reject_unauth_destination 来判断，不要用自己写的 check_recipient_access；\
             strict_rfc821_envelopes = yes 会拒绝不带尖括号的地址。",
        ),
        fix(
            "Exim",
            "allow_domain_literals = false, and end acl_smtp_rcpt with require domains = \
             +local_domains : +relay_to_domains.",
            "allow_domain_literals = false，并以 require domains = +local_domains : \
             +relay_to_domains 结束 acl_smtp_rcpt。",
        ),
    ],
    references: &["RFC 1034 section 3.1", "RFC 5321 section 4.1.3"],
};

pub(super) static SUBDOMAINS: Rule = Rule {
    id: "RC009",
    title: "Mail for any subdomain of a served domain is taken",
    title_zh: "所服务域的任意子域都被接收",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Names below a served domain that do not exist, or belong to others, are accepted and then bounced \
          or forwarded.",
    why_zh: "所服务域之下不存在的名字，或属于他人的名字，会先被接收，再被退信或转发。",
    seen: None,
    seen_zh: None,
    remedy: "List the domains that are served one by one.",
    remedy_zh: "逐个列出所服务的域。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: take relay_domains out of parent_domain_matches_subdomains, and list subdomains with \
             a leading dot where they are wanted.",
            "main.cf：从 parent_domain_matches_subdomains 中去掉 relay_domains，确实需要的子域以点\
             开头单独列出。",
        ),
        fix(
            "Exim",
            "Replace *.example.com in relay_to_domains and local_domains by the names you serve.",
            "将 relay_to_domains 和 local_domains 中的 *.example.com 改为实际服务的域名。",
        ),
        fix(
            "Sendmail",
            "Take FEATURE(`relay_entire_domain') out and list hosts in relay-domains.",
            "删除 FEATURE(`relay_entire_domain')，在 relay-domains 中列出主机。",
        ),
    ],
    references: &["postconf(5): parent_domain_matches_subdomains"],
};

pub(super) static ACCEPTS_EVERYTHING: Rule = Rule {
    id: "RC010",
    title: "Everything is accepted: a sink, or an open relay that checks nothing",
    title_zh: "什么都收：要么是黑洞服务器，要么是毫无检查的开放中继",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A mail sink, a honeypot and a relay without any check look the same up to here. Only a message that \
          comes out elsewhere tells them apart.",
    why_zh: "邮件黑洞、蜜罐和毫无检查的中继到这一步看起来一模一样。只有看到邮件从别处投递出来，才\
             能区分。",
    seen: None,
    seen_zh: None,
    remedy: "Find out with a message to a mailbox of your own: relaycheck --depth queued --rcpt \
             you@your.domain HOST. If it arrives, the server is an open relay (RC001).",
    remedy_zh: "给自己的邮箱发一封信来确认：relaycheck --depth queued --rcpt you@your.domain \
                HOST。信若送到，该服务器就是开放中继（RC001）。",
    remedies: &[],
    references: &["RFC 2505 section 2.1"],
};

pub(super) static CLIENT_ADDRESS_LOST: Rule = Rule {
    id: "RC011",
    title: "The server does not see the real client address",
    title_zh: "服务器看不到真实的客户端地址",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Behind a proxy, NAT or container network every client may look internal. Where internal addresses \
          are trusted, that opens the relay; where they are not, blocklists and rate limits are blind.",
    why_zh: "在代理、NAT 或容器网络后面，所有客户端看上去都可能像内网主机。若内网地址受信任，中继\
             就对外敞开；若不受信任，黑名单和限速也形同虚设。",
    seen: None,
    seen_zh: None,
    remedy: "Hand the client address through: PROXY protocol or XCLIENT from the proxy, host networking or \
             userland-proxy off for containers, no source NAT for IPv6. Until then keep the gateway's address out \
             of the trusted networks.",
    remedy_zh: "把客户端地址传过去：由代理使用 PROXY 协议或 XCLIENT，容器改用主机网络或关闭 \
                userland-proxy，IPv6 不做源 NAT。在此之前，不要把网关地址列入受信任网络。",
    remedies: &[
        fix(
            "Postfix",
            "postscreen_upstream_proxy_protocol or smtpd_upstream_proxy_protocol = haproxy with a proxy \
             that sends it; keep the gateway out of mynetworks.",
            "代理支持时设置 postscreen_upstream_proxy_protocol 或 smtpd_upstream_proxy_protocol = \
             haproxy；不要把网关列入 mynetworks。",
        ),
        fix(
            "Exim",
            "hosts_proxy = the proxy's address; keep the gateway out of relay_from_hosts.",
            "hosts_proxy = 代理的地址；不要把网关列入 relay_from_hosts。",
        ),
        fix(
            "Haraka",
            "connection.ini: haproxy hosts[] = the proxy's address.",
            "connection.ini：haproxy hosts[] = 代理的地址。",
        ),
    ],
    references: &["PROXY protocol, version 1 and 2", "Postfix XCLIENT_README"],
};

pub(super) static STARTTLS_INJECTION: Rule = Rule {
    id: "RC012",
    title: "Plain bytes between STARTTLS and the handshake",
    title_zh: "STARTTLS 与握手之间有明文字节",
    severity: Severity::Medium,
    other_severities: &[],
    why: "What stands unread when TLS begins may be taken for something said inside it. The same fault in the \
          other direction lets an attacker put commands into a client's session.",
    why_zh: "TLS 开始时尚未读取的内容，可能被当成加密之内说的话。同样的缺陷反过来，会让攻击者把命\
             令塞进客户端的会话。",
    seen: None,
    seen_zh: None,
    remedy: "Update the server and any proxy in front of it.",
    remedy_zh: "升级服务器及其前面的代理。",
    remedies: &[],
    references: &["CVE-2011-0411", "CVE-2021-38371", "RFC 3207 section 4.2"],
};

pub(super) static AUTH_IN_CLEAR: Rule = Rule {
    id: "RC013",
    title: "Passwords may be sent in the clear",
    title_zh: "口令可能以明文发送",
    severity: Severity::Medium,
    other_severities: &[],
    why: "A password that is overheard makes the server a relay for whoever heard it.",
    why_zh: "口令一旦被窃听，这台服务器就成了窃听者的中继。",
    seen: None,
    seen_zh: None,
    remedy: "Offer AUTH inside TLS only.",
    remedy_zh: "只在 TLS 之内提供 AUTH。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: smtpd_tls_auth_only = yes.",
            "main.cf：设置 smtpd_tls_auth_only = yes。",
        ),
        fix(
            "Exim",
            "auth_advertise_hosts = ${if eq {$tls_in_cipher}{}{}{*}}.",
            "设置 auth_advertise_hosts = ${if eq {$tls_in_cipher}{}{}{*}}。",
        ),
        fix(
            "Sendmail",
            "define(`confAUTH_OPTIONS', `A p')dnl in sendmail.mc, rebuild and restart.",
            "在 sendmail.mc 中写 define(`confAUTH_OPTIONS', `A p')dnl，重新生成并重启。",
        ),
        fix(
            "OpenSMTPD",
            "listen on ... tls-require auth, or smtps auth, in place of tls auth.",
            "用 listen on ... tls-require auth 或 smtps auth 代替 tls auth。",
        ),
        fix(
            "Haraka",
            "auth plugins offer AUTH in the clear to private addresses only by default: \
             auth.ini, do not set requireAuthorized to false.",
            "auth 插件默认只对私有地址在明文下提供 AUTH：在 auth.ini 中不要把 requireAuthorized 设\
             为 false。",
        ),
        fix(
            "Microsoft Exchange",
            "Set-ReceiveConnector -AuthMechanism Tls, BasicAuth, BasicAuthRequireTLS.",
            "执行 Set-ReceiveConnector -AuthMechanism Tls, BasicAuth, BasicAuthRequireTLS。",
        ),
    ],
    references: &["RFC 4954 section 4", "RFC 8314 section 3.3"],
};

pub(super) static XCLIENT_OFFERED: Rule = Rule {
    id: "RC014",
    title: "XCLIENT is offered to this client",
    title_zh: "向本客户端提供了 XCLIENT",
    severity: Severity::Medium,
    other_severities: &[],
    why: "Whoever may use XCLIENT is believed about the client's address and login. If strangers are among \
          them, every rule that looks at clients is void.",
    why_zh: "能使用 XCLIENT 的人，无论自称什么地址、什么登录名，服务器都会相信。若其中有陌生人，一\
             切针对客户端的规则都会失效。",
    seen: None,
    seen_zh: None,
    remedy: "Make sure that the address this was asked from is meant to be a trusted proxy.",
    remedy_zh: "确认发起本次测试的地址确实应当是受信任的代理。",
    remedies: &[fix(
        "Postfix",
        "main.cf and -o overrides in master.cf: smtpd_authorized_xclient_hosts.",
        "检查 main.cf 以及 master.cf 中 -o 覆盖项里的 smtpd_authorized_xclient_hosts。",
    )],
    references: &["Postfix XCLIENT_README"],
};

pub(super) static UNKNOWN_USERS: Rule = Rule {
    id: "RC015",
    title: "Users that cannot exist are accepted",
    title_zh: "接收不可能存在的用户",
    severity: Severity::Low,
    other_severities: &[],
    why: "Mail for nobody is bounced later, to a sender that is forged more often than not.",
    why_zh: "发给不存在用户的邮件事后会被退回，而退信所到的发件人多半是伪造的。",
    seen: None,
    seen_zh: None,
    remedy: "Refuse unknown recipients while the client is still connected.",
    remedy_zh: "趁客户端还在连接时就拒绝未知收件人。",
    remedies: &[
        fix(
            "Postfix",
            "Fill local_recipient_maps, virtual_mailbox_maps and relay_recipient_maps.",
            "填写 local_recipient_maps、virtual_mailbox_maps 和 relay_recipient_maps。",
        ),
        fix(
            "Exim",
            "require verify = recipient in acl_smtp_rcpt.",
            "在 acl_smtp_rcpt 中加 require verify = recipient。",
        ),
    ],
    references: &["RFC 5321 section 6.2"],
};

pub(super) static NO_STARTTLS: Rule = Rule {
    id: "RC016",
    title: "No encryption is offered",
    title_zh: "未提供加密",
    severity: Severity::Low,
    other_severities: &[],
    why: "Mail and passwords can be read and changed on the way.",
    why_zh: "邮件和口令在途中可能被读取和篡改。",
    seen: None,
    seen_zh: None,
    remedy: "Install a certificate and offer STARTTLS.",
    remedy_zh: "安装证书并提供 STARTTLS。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: smtpd_tls_security_level = may, smtpd_tls_chain_files = key and certificate.",
            "main.cf：smtpd_tls_security_level = may，smtpd_tls_chain_files = 私钥和证书。",
        ),
        fix(
            "Exim",
            "tls_advertise_hosts = *, tls_certificate and tls_privatekey.",
            "tls_advertise_hosts = *，并设置 tls_certificate 和 tls_privatekey。",
        ),
        fix(
            "Sendmail",
            "confSERVER_CERT, confSERVER_KEY and confCACERT_PATH in sendmail.mc.",
            "在 sendmail.mc 中设置 confSERVER_CERT、confSERVER_KEY 和 confCACERT_PATH。",
        ),
        fix(
            "OpenSMTPD",
            "pki NAME cert ... / pki NAME key ..., and listen on ... tls pki NAME.",
            "pki NAME cert ... / pki NAME key ...，并写 listen on ... tls pki NAME。",
        ),
    ],
    references: &["RFC 3207", "RFC 8314"],
};

pub(super) static TEMPORARY_DENIAL: Rule = Rule {
    id: "RC017",
    title: "Relaying is refused as if for now only",
    title_zh: "拒绝中继却像只是暂时的",
    severity: Severity::Low,
    other_severities: &[],
    why: "A temporary code asks clients to come back: the refused mail is tried again for days, and testers \
          that go by the code alone do not see the refusal.",
    why_zh: "临时代码会让客户端再来：被拒的邮件会连续重试好几天，而只看代码的测试工具看不出这是拒\
             绝。",
    seen: None,
    seen_zh: None,
    remedy: "Refuse relaying with a permanent code.",
    remedy_zh: "用永久代码拒绝中继。",
    remedies: &[
        fix(
            "Postfix",
            "main.cf: soft_bounce = no; and defer_unauth_destination replaced by \
             reject_unauth_destination.",
            "main.cf：soft_bounce = no；并用 reject_unauth_destination 代替 \
             defer_unauth_destination。",
        ),
        fix(
            "Exim",
            "Use deny, not defer, for relaying in acl_smtp_rcpt.",
            "在 acl_smtp_rcpt 中对中继使用 deny，而不是 defer。",
        ),
    ],
    references: &["RFC 5321 section 4.2.1", "postconf(5): soft_bounce"],
};
