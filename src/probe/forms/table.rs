//! The rows, in the order they are asked: the plain form, sender tricks, session tricks, address
//! tricks of the standard profile, everything else, and the controls.

use super::super::meaning::Meaning;
use super::{AddressForm, Channel, Family, LocalPart, Measure, Place, Premise, Profile};
use crate::model::lang::Text;

const SENDER: &str = "<{probe_sender}>";
const OUTSIDE: &str = "<{ext_user}@{ext_domain}>";
const LOCAL: &str = "<{local_user}@{target_domain}>";

/// Every relay test and control.
#[rustfmt::skip] // a table: one row a line
pub static FORMS: &[AddressForm] = &[
    pair(2, "plain", Family::Sender, Profile::Quick, "<{probe_sender}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::NoControl]),
    // Tricks with the sender.
    pair(8, "sender-own-host", Family::Sender, Profile::Standard, "<{probe_user}@{target_host}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::OwnDomainTrusted]),
    pair(9, "sender-own-domain", Family::Sender, Profile::Standard, "<{probe_user}@{target_domain}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::OwnDomainTrusted]),
    pair(10, "sender-own-literal", Family::Sender, Profile::Standard, "<{probe_user}@[{target_ip}]>", &["<{ext_user}@{ext_domain}>"], &[Meaning::OwnAddressTrusted]),
    pair(1, "null-sender", Family::Sender, Profile::Standard, "<>", &["<{ext_user}@{ext_domain}>"], &[Meaning::NullSenderTrusted]),
    pair(5, "sender-unqualified", Family::Sender, Profile::Standard, "<{probe_user}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::UnqualifiedCompleted]),
    pair(6, "sender-localhost", Family::Sender, Profile::Standard, "<{probe_user}@localhost>", &["<{ext_user}@{ext_domain}>"], &[Meaning::LoopbackIsLocal]),
    pair(16, "sender-local-user", Family::Sender, Profile::Standard, "<{local_user}@{target_domain}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::LocalUserTrusted]),
    pair(3, "sender-recipient", Family::Sender, Profile::Standard, "<{ext_user}@{ext_domain}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::NoControl, Meaning::SenderMatchesRecipient]),
    pair(4, "sender-unknown-subdomain", Family::Sender, Profile::Standard, "<{probe_user}@{random}.{ext_domain}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::NoControl, Meaning::SenderDomainUnchecked]),
    pair(12, "sender-postmaster-own-host", Family::Sender, Profile::Standard, "<postmaster@{target_host}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::RoleTrusted]),
    pair(13, "sender-postmaster-own-domain", Family::Sender, Profile::Standard, "<postmaster@{target_domain}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::RoleTrusted]),
    pair(17, "sender-empty-domain", Family::Sender, Profile::Standard, "<{probe_user}@>", &["<{ext_user}@{ext_domain}>"], &[Meaning::UnqualifiedCompleted]),
    pair(14, "sender-root-own-host", Family::Sender, Profile::Standard, "<root@{target_host}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::RoleTrusted]),
    // Tricks with the session.
    hello("hello-own-host", Profile::Standard, "{target_host}"),
    hello("hello-own-domain", Profile::Standard, "{target_domain}"),
    hello("hello-localhost", Profile::Standard, "localhost"),
    hello("hello-loopback", Profile::Standard, "[127.0.0.1]"),
    hello("hello-internal", Profile::Standard, "{internal_name}"),
    xclient("xclient-loopback", Profile::Standard, "ADDR=127.0.0.1 NAME=localhost"),
    xclient("xclient-own-address", Profile::Full, "ADDR={target_ip} NAME={target_host}"),
    xclient("xclient-private", Profile::Full, "ADDR=10.0.0.1 NAME=[UNAVAILABLE]"),
    xclient("xclient-login", Profile::Full, "LOGIN={local_user}@{target_domain}"),
    AddressForm {
        channel: Channel::InsideTls,
        ..special(
            "plain-inside-tls",
            Family::Tls,
            Profile::Standard,
            &[OUTSIDE],
            &[Meaning::TlsDiffers],
            Text::new(
                "The plain form again inside STARTTLS, to compare the policy on both sides of it.",
                "在 STARTTLS 之内再测一次普通形式，比较加密前后的策略。",
            ),
        )
    },
    AddressForm {
        judged: 1,
        premise: Premise::LocalTaken,
        ..special(
            "mixed-local-first",
            Family::Transaction,
            Profile::Standard,
            &[LOCAL, OUTSIDE],
            &[Meaning::FirstRecipientOnly],
            Text::new(
                "A local recipient, then an outside one in the same transaction.",
                "同一事务中先是本地收件人，再是外部收件人。",
            ),
        )
    },
    special(
        "mixed-outside-first",
        Family::Transaction,
        Profile::Full,
        &[OUTSIDE, LOCAL],
        &[Meaning::FirstRecipientOnly],
        Text::new(
            "An outside recipient, then a local one in the same transaction.",
            "同一事务中先是外部收件人，再是本地收件人。",
        ),
    ),
    AddressForm {
        judged: 1,
        ..special(
            "mixed-outside-after-refusal",
            Family::Transaction,
            Profile::Full,
            &[OUTSIDE, "<{ext_user}@{other_ext_domain}>"],
            &[Meaning::FirstRecipientOnly],
            Text::new(
                "A second outside recipient after the first was answered.",
                "第一个外部收件人得到答复之后，再给第二个。",
            ),
        )
    },
    AddressForm {
        prelude: Some((SENDER, LOCAL)),
        premise: Premise::LocalTaken,
        ..special(
            "second-transaction",
            Family::Transaction,
            Profile::Standard,
            &[OUTSIDE],
            &[Meaning::TrustCarriedOver],
            Text::new(
                "A local transaction, reset, then the plain form in the same session.",
                "先做一个本地事务并复位，再在同一会话中测普通形式。",
            ),
        )
    },
    special(
        "trailing-dot",
        Family::Spelling,
        Profile::Standard,
        &["<{ext_user}@{ext_domain}.>"],
        &[Meaning::TrailingDot],
        Text::new(
            "The outside domain with its final dot, as DNS writes it.",
            "外部域带末尾的点，如同 DNS 的写法。",
        ),
    ),
    special(
        "outside-literal",
        Family::Literal,
        Profile::Standard,
        &["<{ext_user}@[{ext_ip}]>"],
        &[Meaning::LiteralUnchecked],
        Text::new(
            "An outside IPv4 address literal in place of the recipient's domain.",
            "用外部的 IPv4 地址字面量代替收件人的域。",
        ),
    ),
    special(
        "outside-literal-v6",
        Family::Literal,
        Profile::Full,
        &["<{ext_user}@[IPv6:{ext_ip6}]>"],
        &[Meaning::LiteralUnchecked],
        Text::new(
            "An outside IPv6 address literal in place of the recipient's domain.",
            "用外部的 IPv6 地址字面量代替收件人的域。",
        ),
    ),
    special(
        "outside-bare-address",
        Family::Literal,
        Profile::Full,
        &["<{ext_user}@{ext_ip}>"],
        &[Meaning::LiteralUnchecked],
        Text::new(
            "An outside IPv4 address without brackets in place of the recipient's domain.",
            "用不带方括号的外部 IPv4 地址代替收件人的域。",
        ),
    ),
    special(
        "subdomain-of-served",
        Family::Subdomain,
        Profile::Standard,
        &["<{ext_user}@{random}.{target_domain}>"],
        &[Meaning::ParentDomain],
        Text::new(
            "A recipient in a random subdomain of a domain the target serves.",
            "收件人位于目标所服务之域的一个随机子域。",
        ),
    ),
    // Tricks with the address that name the server itself.
    pair(20, "unbracketed", Family::Syntax, Profile::Standard, "<{probe_sender}>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide]),
    pair(46, "percent-host", Family::Percent, Profile::Standard, "<{probe_sender}>", &["<{ext_user}%{ext_domain}@{target_host}>"], &[Meaning::PercentHack]),
    pair(51, "percent-literal-from-own-literal", Family::Percent, Profile::Standard, "<{probe_user}@[{target_ip}]>", &["<{ext_user}%{ext_domain}@[{target_ip}]>"], &[Meaning::PercentHack]),
    pair(62, "quoted-host-from-own-host", Family::Quoted, Profile::Standard, "<{probe_user}@{target_host}>", &[r#"<"{ext_user}@{ext_domain}"@{target_host}>"#], &[Meaning::QuotedAt]),
    pair(30, "quoted", Family::Quoted, Profile::Standard, "<{probe_sender}>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt]),
    pair(54, "double-at-host-from-own-host", Family::DoubleAt, Profile::Standard, "<{probe_user}@{target_host}>", &["<{ext_user}@{ext_domain}@{target_host}>"], &[Meaning::DoubleAt]),
    pair(67, "route-host-from-own-host", Family::SourceRoute, Profile::Standard, "<{probe_user}@{target_host}>", &["<@{target_host}:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute]),
    pair(75, "bang", Family::Bang, Profile::Standard, "<{probe_sender}>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath]),
    pair(84, "bang-host-from-own-host", Family::Bang, Profile::Standard, "<{probe_user}@{target_host}>", &["<{ext_domain}!{ext_user}@{target_host}>"], &[Meaning::BangPath]),
    pair(91, "empty-domain-from-own-literal", Family::EmptyDomain, Profile::Standard, "<{probe_user}@[{target_ip}]>", &["<{ext_user}@{ext_domain}@>"], &[Meaning::EmptyDomain]),
    // All other pairs that testers are known to send.
    pair(7, "sender-loopback", Family::Sender, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<{ext_user}@{ext_domain}>"], &[Meaning::LoopbackIsLocal]),
    pair(11, "sender-root-own-address", Family::Sender, Profile::Full, "<root@{target_ip}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::OwnAddressTrusted]),
    pair(15, "sender-root-own-domain", Family::Sender, Profile::Full, "<root@{target_domain}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::RoleTrusted]),
    pair(18, "sender-bang", Family::Sender, Profile::Full, "<{ext_domain}!{probe_user}>", &["<{ext_user}@{ext_domain}>"], &[Meaning::BangSender]),
    pair(19, "unbracketed-from-null", Family::Syntax, Profile::Full, "<>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide]),
    pair(21, "unbracketed-from-unqualified", Family::Syntax, Profile::Full, "<{probe_user}>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide, Meaning::UnqualifiedCompleted]),
    pair(22, "unbracketed-from-localhost", Family::Syntax, Profile::Full, "<{probe_user}@localhost>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide, Meaning::LoopbackIsLocal]),
    pair(23, "unbracketed-from-loopback", Family::Syntax, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide, Meaning::LoopbackIsLocal]),
    pair(24, "unbracketed-from-own-host", Family::Syntax, Profile::Full, "<{probe_user}@{target_host}>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide]),
    pair(25, "unbracketed-from-own-literal", Family::Syntax, Profile::Full, "<{probe_user}@[{target_ip}]>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide]),
    pair(26, "unbracketed-from-bang", Family::Syntax, Profile::Full, "<{ext_domain}!{probe_user}>", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide, Meaning::BangSender]),
    pair(27, "unbracketed-from-bare-stranger", Family::Syntax, Profile::Full, "{probe_sender}", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide]),
    pair(28, "unbracketed-from-bare-root", Family::Syntax, Profile::Full, "root@{target_host}", &["{ext_user}@{ext_domain}"], &[Meaning::BracketsDecide, Meaning::RoleTrusted]),
    pair(29, "quoted-from-null", Family::Quoted, Profile::Full, "<>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt]),
    pair(31, "quoted-from-unqualified", Family::Quoted, Profile::Full, "<{probe_user}>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::UnqualifiedCompleted]),
    pair(32, "quoted-from-localhost", Family::Quoted, Profile::Full, "<{probe_user}@localhost>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::LoopbackIsLocal]),
    pair(33, "quoted-from-loopback", Family::Quoted, Profile::Full, "<{probe_user}@[127.0.0.1]>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::LoopbackIsLocal]),
    pair(34, "quoted-from-own-host", Family::Quoted, Profile::Full, "<{probe_user}@{target_host}>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt]),
    pair(35, "quoted-from-own-literal", Family::Quoted, Profile::Full, "<{probe_user}@[{target_ip}]>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt]),
    pair(36, "quoted-from-bang", Family::Quoted, Profile::Full, "<{ext_domain}!{probe_user}>", &[r#"<"{ext_user}@{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::BangSender]),
    pair(37, "quoted-percent-from-localhost", Family::Percent, Profile::Full, "<{probe_user}@localhost>", &[r#"<"{ext_user}%{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::PercentHack, Meaning::LoopbackIsLocal]),
    pair(38, "quoted-percent-from-loopback", Family::Percent, Profile::Full, "<{probe_user}@[127.0.0.1]>", &[r#"<"{ext_user}%{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::PercentHack, Meaning::LoopbackIsLocal]),
    pair(39, "quoted-percent-from-own-host", Family::Percent, Profile::Full, "<{probe_user}@{target_host}>", &[r#"<"{ext_user}%{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::PercentHack]),
    pair(40, "quoted-percent-from-own-literal", Family::Percent, Profile::Full, "<{probe_user}@[{target_ip}]>", &[r#"<"{ext_user}%{ext_domain}">"#], &[Meaning::QuotedAt, Meaning::PercentHack]),
    pair(41, "percent-from-localhost", Family::Percent, Profile::Full, "<{probe_user}@localhost>", &["<{ext_user}%{ext_domain}>"], &[Meaning::PercentHack, Meaning::LoopbackIsLocal]),
    pair(42, "percent-from-loopback", Family::Percent, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<{ext_user}%{ext_domain}>"], &[Meaning::PercentHack, Meaning::LoopbackIsLocal]),
    pair(43, "percent-from-own-host", Family::Percent, Profile::Full, "<{probe_user}@{target_host}>", &["<{ext_user}%{ext_domain}>"], &[Meaning::PercentHack]),
    pair(44, "percent-from-own-literal", Family::Percent, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_user}%{ext_domain}>"], &[Meaning::PercentHack]),
    pair(45, "percent-from-local-user", Family::Percent, Profile::Full, "<{local_user}@{target_domain}>", &["<{ext_user}%{ext_domain}>"], &[Meaning::PercentHack, Meaning::LocalUserTrusted]),
    pair(47, "percent-host-from-own-host", Family::Percent, Profile::Full, "<{probe_user}@{target_host}>", &["<{ext_user}%{ext_domain}@{target_host}>"], &[Meaning::PercentHack]),
    pair(48, "percent-host-from-own-literal", Family::Percent, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_user}%{ext_domain}@{target_host}>"], &[Meaning::PercentHack]),
    pair(49, "percent-host-from-local-user", Family::Percent, Profile::Full, "<{local_user}@{target_domain}>", &["<{ext_user}%{ext_domain}@{target_host}>"], &[Meaning::PercentHack, Meaning::LocalUserTrusted]),
    pair(50, "percent-literal-from-own-host", Family::Percent, Profile::Full, "<{probe_user}@{target_host}>", &["<{ext_user}%{ext_domain}@[{target_ip}]>"], &[Meaning::PercentHack]),
    pair(52, "percent-localhost-from-localhost", Family::Percent, Profile::Full, "<{probe_user}@localhost>", &["<{ext_user}%{ext_domain}@localhost>"], &[Meaning::PercentHack, Meaning::LoopbackIsLocal]),
    pair(53, "percent-loopback-from-loopback", Family::Percent, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<{ext_user}%{ext_domain}@[127.0.0.1]>"], &[Meaning::PercentHack, Meaning::LoopbackIsLocal]),
    pair(55, "double-at-host-from-own-literal", Family::DoubleAt, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_user}@{ext_domain}@{target_host}>"], &[Meaning::DoubleAt]),
    pair(56, "double-at-host-from-local-user", Family::DoubleAt, Profile::Full, "<{local_user}@{target_domain}>", &["<{ext_user}@{ext_domain}@{target_host}>"], &[Meaning::DoubleAt, Meaning::LocalUserTrusted]),
    pair(57, "double-at-literal-from-own-host", Family::DoubleAt, Profile::Full, "<{probe_user}@{target_host}>", &["<{ext_user}@{ext_domain}@[{target_ip}]>"], &[Meaning::DoubleAt]),
    pair(58, "double-at-literal-from-own-literal", Family::DoubleAt, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_user}@{ext_domain}@[{target_ip}]>"], &[Meaning::DoubleAt]),
    pair(59, "double-at-localhost-from-localhost", Family::DoubleAt, Profile::Full, "<{probe_user}@localhost>", &["<{ext_user}@{ext_domain}@localhost>"], &[Meaning::DoubleAt, Meaning::LoopbackIsLocal]),
    pair(60, "double-at-loopback-from-loopback", Family::DoubleAt, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<{ext_user}@{ext_domain}@[127.0.0.1]>"], &[Meaning::DoubleAt, Meaning::LoopbackIsLocal]),
    pair(61, "unbracketed-double-at-host-from-bare-root", Family::DoubleAt, Profile::Full, "root@{target_host}", &["root@{other_host}@{target_host}"], &[Meaning::DoubleAt, Meaning::RoleTrusted]),
    pair(63, "quoted-literal-from-own-host", Family::Quoted, Profile::Full, "<{probe_user}@{target_host}>", &[r#"<"{ext_user}@{ext_domain}"@[{target_ip}]>"#], &[Meaning::QuotedAt]),
    pair(64, "quoted-literal-from-own-literal", Family::Quoted, Profile::Full, "<{probe_user}@[{target_ip}]>", &[r#"<"{ext_user}@{ext_domain}"@[{target_ip}]>"#], &[Meaning::QuotedAt]),
    pair(65, "quoted-localhost-from-localhost", Family::Quoted, Profile::Full, "<{probe_user}@localhost>", &[r#"<"{ext_user}@{ext_domain}"@localhost>"#], &[Meaning::QuotedAt, Meaning::LoopbackIsLocal]),
    pair(66, "quoted-loopback-from-loopback", Family::Quoted, Profile::Full, "<{probe_user}@[127.0.0.1]>", &[r#"<"{ext_user}@{ext_domain}"@[127.0.0.1]>"#], &[Meaning::QuotedAt, Meaning::LoopbackIsLocal]),
    pair(68, "route-host-from-own-literal", Family::SourceRoute, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<@{target_host}:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute]),
    pair(69, "route-host-from-local-user", Family::SourceRoute, Profile::Full, "<{local_user}@{target_domain}>", &["<@{target_host}:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute, Meaning::LocalUserTrusted]),
    pair(70, "route-literal-from-own-host", Family::SourceRoute, Profile::Full, "<{probe_user}@{target_host}>", &["<@[{target_ip}]:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute]),
    pair(71, "route-literal-from-own-literal", Family::SourceRoute, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<@[{target_ip}]:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute]),
    pair(72, "route-localhost-from-localhost", Family::SourceRoute, Profile::Full, "<{probe_user}@localhost>", &["<@localhost:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute, Meaning::LoopbackIsLocal]),
    pair(73, "route-loopback-from-loopback", Family::SourceRoute, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<@[127.0.0.1]:{ext_user}@{ext_domain}>"], &[Meaning::SourceRoute, Meaning::LoopbackIsLocal]),
    pair(74, "bang-from-null", Family::Bang, Profile::Full, "<>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath]),
    pair(76, "bang-from-unqualified", Family::Bang, Profile::Full, "<{probe_user}>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath, Meaning::UnqualifiedCompleted]),
    pair(77, "bang-from-localhost", Family::Bang, Profile::Full, "<{probe_user}@localhost>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath, Meaning::LoopbackIsLocal]),
    pair(78, "bang-from-loopback", Family::Bang, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath, Meaning::LoopbackIsLocal]),
    pair(79, "bang-from-own-host", Family::Bang, Profile::Full, "<{probe_user}@{target_host}>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath]),
    pair(80, "bang-from-own-literal", Family::Bang, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath]),
    pair(81, "bang-from-local-user", Family::Bang, Profile::Full, "<{local_user}@{target_domain}>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath, Meaning::LocalUserTrusted]),
    pair(82, "bang-from-bang", Family::Bang, Profile::Full, "<{ext_domain}!{probe_user}>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath, Meaning::BangSender]),
    pair(83, "bang-from-own-bang", Family::Bang, Profile::Full, "<{target_host}!{probe_user}>", &["<{ext_domain}!{ext_user}>"], &[Meaning::BangPath, Meaning::BangSender]),
    pair(85, "bang-host-from-own-literal", Family::Bang, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_domain}!{ext_user}@{target_host}>"], &[Meaning::BangPath]),
    pair(86, "bang-host-from-own-bang", Family::Bang, Profile::Full, "<{target_host}!{probe_user}>", &["<{ext_domain}!{ext_user}@{target_host}>"], &[Meaning::BangPath, Meaning::BangSender]),
    pair(87, "bang-literal-from-own-host", Family::Bang, Profile::Full, "<{probe_user}@{target_host}>", &["<{ext_domain}!{ext_user}@[{target_ip}]>"], &[Meaning::BangPath]),
    pair(88, "bang-literal-from-own-literal", Family::Bang, Profile::Full, "<{probe_user}@[{target_ip}]>", &["<{ext_domain}!{ext_user}@[{target_ip}]>"], &[Meaning::BangPath]),
    pair(89, "bang-localhost-from-localhost", Family::Bang, Profile::Full, "<{probe_user}@localhost>", &["<{ext_domain}!{ext_user}@localhost>"], &[Meaning::BangPath, Meaning::LoopbackIsLocal]),
    pair(90, "bang-loopback-from-loopback", Family::Bang, Profile::Full, "<{probe_user}@[127.0.0.1]>", &["<{ext_domain}!{ext_user}@[127.0.0.1]>"], &[Meaning::BangPath, Meaning::LoopbackIsLocal]),
    // Controls. The unknown users first: one for each place a local part can belong to.
    control(
        "control-unknown-user",
        Measure::UnknownUser(Place::Domain),
        Profile::Quick,
        &["<{random_user}@{target_domain}>"],
        Text::new(
            "A user that cannot exist in a domain the target serves. A server that takes it does not \
         look at users before it takes mail.",
            "目标所服务的域中不可能存在的用户。接收它的服务器在收信之前不查用户。",
        ),
    ),
    control(
        "control-unknown-user-host",
        Measure::UnknownUser(Place::Host),
        Profile::Quick,
        &["<{random_user}@{target_host}>"],
        Text::new(
            "A user that cannot exist at the target's own host name, which most servers take for local \
         whatever domains they serve.",
            "目标自身主机名下不可能存在的用户；无论服务哪些域，多数服务器都把自身主机名当作本地。",
        ),
    ),
    control(
        "control-unknown-user-literal",
        Measure::UnknownUser(Place::Literal),
        Profile::Standard,
        &["<{random_user}@[{target_ip}]>"],
        Text::new(
            "A user that cannot exist at the target's own address, for targets whose names are not \
         known.",
            "目标自身地址上不可能存在的用户，用于名称未知的目标。",
        ),
    ),
    control(
        "control-unknown-user-bare",
        Measure::UnknownUser(Place::Elsewhere),
        Profile::Full,
        &["<{random_user}>"],
        Text::new(
            "A user that cannot exist, without a domain: the measure of tricks without one.",
            "不带域的、不可能存在的用户：用来衡量不带域的手法。",
        ),
    ),
    control(
        "control-unknown-user-localhost",
        Measure::UnknownUser(Place::Elsewhere),
        Profile::Full,
        &["<{random_user}@localhost>"],
        Text::new(
            "A user that cannot exist at localhost: the measure of tricks that name it.",
            "localhost 上不可能存在的用户：用来衡量写 localhost 的手法。",
        ),
    ),
    control(
        "control-unknown-user-loopback",
        Measure::UnknownUser(Place::Elsewhere),
        Profile::Full,
        &["<{random_user}@[127.0.0.1]>"],
        Text::new(
            "A user that cannot exist at the loopback address: the measure of tricks that name it.",
            "回环地址上不可能存在的用户：用来衡量写回环地址的手法。",
        ),
    ),
    control(
        "control-unknown-user-empty-domain",
        Measure::UnknownUser(Place::Elsewhere),
        Profile::Full,
        &["<{random_user}@>"],
        Text::new(
            "A user that cannot exist with nothing behind the at sign: the measure of that trick.",
            "@ 之后什么也没有的、不可能存在的用户：用来衡量这种手法。",
        ),
    ),
    control(
        "control-reserved-domain",
        Measure::ReservedDomain,
        Profile::Quick,
        &["<{ext_user}@{random}.invalid>"],
        Text::new(
            "A recipient in a top-level domain that is reserved never to exist. A sink takes it, and so \
         does a relay that looks up domains only when it delivers.",
            "收件人位于保留的、永远不会存在的顶级域。黑洞服务器会接收它，投递时才查域的中继也会。",
        ),
    ),
    control(
        "control-second-domain",
        Measure::SecondDomain,
        Profile::Quick,
        &["<{ext_user}@{other_ext_domain}>"],
        Text::new(
            "A second outside domain that has nothing to do with the first. If it is refused, the first \
         is most likely served by the target.",
            "与第一个毫无关系的第二个外部域。若它被拒绝，第一个域多半正由目标服务。",
        ),
    ),
];

const fn pair(
    number: u8,
    id: &'static str,
    family: Family,
    profile: Profile,
    sender: &'static str,
    recipient: &'static [&'static str; 1],
    reveals: &'static [Meaning],
) -> AddressForm {
    AddressForm {
        id,
        union: Some(number),
        measure: None,
        family,
        profile,
        channel: Channel::Any,
        hello: None,
        xclient: None,
        prelude: None,
        sender,
        recipients: recipient,
        judged: 0,
        premise: Premise::None,
        local_part: match family {
            Family::Quoted
            | Family::Percent
            | Family::DoubleAt
            | Family::Bang
            | Family::EmptyDomain => LocalPart::Trick,
            _ => LocalPart::Plain,
        },
        reveals,
        why: match family {
            Family::Sender => Text::new(
                "A plain outside recipient; only the sender is special.",
                "普通的外部收件人；特别的只是发件人。",
            ),
            Family::Syntax => Text::new(
                "Addresses without angle brackets, which the standard demands.",
                "地址不带标准所要求的尖括号。",
            ),
            Family::Quoted => Text::new(
                "The outside address inside a quoted local part.",
                "外部地址写在带引号的本地部分里。",
            ),
            Family::Percent => Text::new(
                "The outside address written with a percent sign.",
                "外部地址用百分号写法。",
            ),
            Family::DoubleAt => Text::new(
                "The outside address followed by a second at sign.",
                "外部地址后面跟着第二个 @。",
            ),
            Family::SourceRoute => Text::new(
                "The outside address at the end of a source route.",
                "外部地址位于源路由的末端。",
            ),
            Family::Bang => Text::new(
                "The outside address as a UUCP bang path.",
                "外部地址写成 UUCP 感叹号路径。",
            ),
            _ => Text::new(
                "The outside address with nothing behind a last at sign.",
                "外部地址后面有最后一个 @，其后什么也没有。",
            ),
        },
    }
}

const fn special(
    id: &'static str,
    family: Family,
    profile: Profile,
    recipients: &'static [&'static str],
    reveals: &'static [Meaning],
    why: Text,
) -> AddressForm {
    AddressForm {
        id,
        union: None,
        measure: None,
        family,
        profile,
        channel: Channel::Any,
        hello: None,
        xclient: None,
        prelude: None,
        sender: SENDER,
        recipients,
        judged: 0,
        premise: Premise::None,
        local_part: LocalPart::Plain,
        reveals,
        why,
    }
}

const fn hello(id: &'static str, profile: Profile, name: &'static str) -> AddressForm {
    AddressForm {
        hello: Some(name),
        ..special(
            id,
            Family::Hello,
            profile,
            &[OUTSIDE],
            &[Meaning::HelloTrusted],
            Text::new(
                "The plain form in a session opened with a name that does not belong to us.",
                "以不属于我们的名称开始会话，再测普通形式。",
            ),
        )
    }
}

const fn xclient(id: &'static str, profile: Profile, attributes: &'static str) -> AddressForm {
    AddressForm {
        xclient: Some(attributes),
        ..special(
            id,
            Family::XClient,
            profile,
            &[OUTSIDE],
            &[Meaning::XClientTrusted],
            Text::new(
                "The plain form after telling the server with XCLIENT who we are said to be.",
                "先用 XCLIENT 向服务器声明一个身份，再测普通形式。",
            ),
        )
    }
}

const fn control(
    id: &'static str,
    measure: Measure,
    profile: Profile,
    recipient: &'static [&'static str; 1],
    why: Text,
) -> AddressForm {
    AddressForm {
        measure: Some(measure),
        ..special(id, Family::Control, profile, recipient, &[], why)
    }
}
