//! What the words of a report mean, for people: the one place for these texts.
//!
//! Every word has a *text*: a sentence or a few that say what it means and what to do next. Reasons
//! also have a *phrase* that fits into a line about one target. Reports for people and `explain` print
//! the same ones. A test below sees to it that they stay short enough and are all different.
//!
//! Does not explain forms and rules: their rows carry their own texts.

use super::conf::Relay;
use super::lang::Text;
use super::verdict::{Caveat, Driven, Reason, Verdict};

impl Verdict {
    /// Says what the verdict means and what to do about it, in every language.
    pub fn words(self) -> Text {
        match self {
            Self::RelayAccepting => Text::new(
                "Mail from an outsider to an outsider was accepted without a login, and no control \
                 explains that away. Close it now: open relays are found within hours, abused for \
                 spam and put on blocklists.",
                "外部客户端未经登录发往外部域的邮件被接收，且没有任何对照能给出别的解释。请立即关\
                 闭：开放中继数小时内就会被发现，被用来发垃圾邮件，并被列入黑名单。",
            ),
            Self::Rejecting => Text::new(
                "Every form that was answered was refused, or taken in a way that a catch-all explains. \
                 The server does not relay for this client; what was not asked or not answered is \
                 listed with the coverage.",
                "所有得到答复的形式都被拒绝，或其接收可由全收 (catch-all) 解释。服务器不为本客户端\
                 中继；未测试或未得到答复的部分列在覆盖率中。",
            ),
            Self::AuthRequired => Text::new(
                "The server takes such mail only after a login. It does not relay for strangers; \
                 what its users may send is another question.",
                "服务器只在登录之后才接收这类邮件。它不为陌生人中继；至于它的用户可以发什么，是另\
                 一个问题。",
            ),
            Self::Inconclusive => Text::new(
                "The server talked, but what it said settles nothing about relaying. It is neither \
                 a relay nor clean; the reason says what stood in the way.",
                "服务器有应答，但答复不足以就中继下结论。它既未被判为中继，也未被判为安全；障碍所\
                 在见原因。",
            ),
            Self::Unreachable => Text::new(
                "No SMTP dialogue came about, so nothing is known about relaying. The reason says \
                 how far it got.",
                "未能建立 SMTP 对话，因此对中继一无所知。走到哪一步，见原因。",
            ),
        }
    }

    /// Says what the verdict means and what to do about it.
    pub fn text(self) -> &'static str {
        self.words().en
    }
}

impl Relay {
    /// Says what the outcome of a configuration means and what to do about it, in every language.
    pub fn words(self) -> Text {
        match self {
            Self::Open => Text::new(
                "As the files stand, mail from any outsider for any outside recipient is accepted, at most with \
                 a form of the address that anyone can write. Close it before the server is reachable.",
                "照这些文件，任何外部客户端发给任何外部收件人的邮件都会被接收，至多要求一种人人都\
                 能写出的地址形式。请在服务器可从外部访问之前关闭。",
            ),
            Self::OpenIfForged => Text::new(
                "Mail from an outsider for an outside recipient is accepted once the outsider picks a certain \
                 sender, HELO name or made-up login. None of these proves anything: spam tools try them all.",
                "外部客户端只要选用某个发件人、HELO 名称或编造的登录信息，发给外部收件人的邮件就会\
                 被接收。这些什么也证明不了：垃圾邮件工具全都会试。",
            ),
            Self::AcceptsForeign => Text::new(
                "Every domain counts as one of its own, so mail for anyone is taken, and then swallowed or \
                 bounced. It is no relay, but answers like one and sends bounces to strangers.",
                "所有域都被当作自有域，因此发给任何人的邮件都会被接收，随后被吞掉或退回。它不是中\
                 继，但答复与中继无异，还会向陌生人发退信。",
            ),
            Self::Broken => Text::new(
                "The service does not start with these files, or answers nobody. Nothing is relayed, and nothing \
                 is delivered either.",
                "用这些文件，服务启动不了，或对谁都不应答。邮件既不会被中继，也不会被投递。",
            ),
            Self::Conditional => Text::new(
                "Who may relay depends on something that the files do not show, such as a policy service or a \
                 table elsewhere. Hand it in, or probe the running server.",
                "谁可以中继，取决于文件中看不到的东西，例如策略服务或存放在别处的表。请提供它，或\
                 探测运行中的服务器。",
            ),
            Self::Closed => Text::new(
                "As far as the files show, mail from an outsider for an outside recipient is refused. What a \
                 running server does, only a probe shows.",
                "就文件所见，外部客户端发给外部收件人的邮件会被拒绝。运行中的服务器实际怎么做，只\
                 有探测才能看到。",
            ),
            Self::Unreachable => Text::new(
                "No SMTP service listens beyond this machine, so no outsider gets as far as to ask.",
                "没有任何 SMTP 服务监听在本机之外，外部客户端连问的机会都没有。",
            ),
        }
    }

    /// Says what the outcome of a configuration means and what to do about it.
    pub fn text(self) -> &'static str {
        self.words().en
    }
}

impl Reason {
    /// Says in a few words what happened.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::RelayDenied => "relaying was refused",
            Self::AuthRequired => "a login is required",
            Self::TlsRequired => "encryption is required first",
            Self::Deferred => "put off: try again later",
            Self::ClientBlocked => "this client was turned away",
            Self::SenderRejected => "the sender was refused",
            Self::RecipientRejected => "the recipient was refused",
            Self::SyntaxRejected => "the command was refused as malformed",
            Self::RateLimited => "too much or too fast for this server",
            Self::PolicyRejected => "refused by a policy of the server",
            Self::ServiceUnavailable => "the service is not available",
            Self::AcceptAll => "everything is accepted, which shows nothing",
            Self::DataRejected => "the recipient was taken, the message refused",
            Self::Disconnected => "the server closed the connection",
            Self::Timeout => "no answer in time",
            Self::Refused => "the connection was refused",
            Self::NoRoute => "there is no way to this address",
            Self::DnsFailure => "the name could not be resolved",
            Self::TlsFailure => "the TLS handshake failed",
            Self::NotSmtp => "something else than SMTP answered",
            Self::ProtocolError => "the server's SMTP is broken",
            Self::Excluded => "excluded from contact",
            Self::Interrupted => "the run was stopped",
            Self::Unrecognised => "the answer fits no known meaning",
        }
    }

    /// Says what it means and what to do about it, in every language.
    pub fn words(self) -> Text {
        match self {
            Self::RelayDenied => Text::new(
                "The server refuses to pass mail on to domains it does not serve. That is what a \
                 closed server says.",
                "服务器拒绝把邮件转往它不服务的域。关闭中继的服务器就是这样答复的。",
            ),
            Self::AuthRequired => Text::new(
                "Logging in would change the answer: the server does not do this for strangers.",
                "登录会改变答复：服务器不为陌生人做这件事。",
            ),
            Self::TlsRequired => Text::new(
                "The server wants encryption, or a client certificate, before it says more. Where \
                 STARTTLS is offered, test without /plain; some services take TLS from the first \
                 byte only (/tls).",
                "服务器要求先加密，或出示客户端证书，才肯继续。若提供 STARTTLS，测试时不要加 \
                 /plain；有些服务从第一个字节起就只接受 TLS（/tls）。",
            ),
            Self::Deferred => Text::new(
                "Greylisting, a full queue or some other passing trouble: the real answer is still \
                 to come. Ask again later, from the same address.",
                "灰名单、队列已满或其他一时的故障：真正的答复还没有给出。请稍后从同一地址再测。",
            ),
            Self::ClientBlocked => Text::new(
                "The server turns this client away whatever it asks: blocklist, missing reverse \
                 DNS, EHLO name or country. How it treats others is open; test from an address with \
                 a clean record (--source, --proxy) and a matching name (--helo).",
                "无论问什么，服务器都拒绝本客户端：黑名单、没有反向 DNS、EHLO 名称或所在国家。它如\
                 何对待别人尚不可知；请从记录良好的地址（--source、--proxy）并用相符的名称\
                 （--helo）测试。",
            ),
            Self::SenderRejected => Text::new(
                "The sender or its domain was refused before relaying came into question. Test with \
                 a sender whose domain exists and lets this client send (--mail-from).",
                "还没轮到中继问题，发件人或其域就被拒绝了。请换一个域真实存在、且允许本客户端发信\
                 的发件人测试（--mail-from）。",
            ),
            Self::RecipientRejected => Text::new(
                "The recipient or its domain was refused, not relaying as such. Test with an outside \
                 address that really takes mail (--rcpt).",
                "被拒绝的是收件人或其域，而不是中继本身。请用一个确实收信的外部地址测试\
                 （--rcpt）。",
            ),
            Self::SyntaxRejected => Text::new(
                "Form, order or parameters of a command were refused, so the address in it was never \
                 weighed.",
                "命令的形式、顺序或参数被拒绝，其中的地址根本没有被判断过。",
            ),
            Self::RateLimited => Text::new(
                "The server counts connections, commands or errors and this client was over the \
                 limit. Test again later and more slowly.",
                "服务器对连接、命令或错误计数，本客户端超出了限制。请稍后以更慢的速度再测。",
            ),
            Self::PolicyRejected => Text::new(
                "Refused because of content or of a policy the server does not explain. Whether \
                 another client or another message would pass is open.",
                "因内容或服务器未说明的策略而被拒绝。换一个客户端或换一封邮件能否通过，尚不可知。",
            ),
            Self::ServiceUnavailable => Text::new(
                "The service as a whole is down, busy or broken. Test again later.",
                "整个服务已停止、繁忙或出错。请稍后再测。",
            ),
            Self::AcceptAll => Text::new(
                "The server also accepted an address that nobody can deliver to, so accepting means \
                 nothing here: a sink, a honeypot, or a gateway that decides later. Only delivery \
                 settles it (--depth delivered --rcpt, with a mailbox of your own).",
                "服务器连无人能投递的地址也接收，所以接收在这里说明不了什么：可能是黑洞服务器、蜜\
                 罐，或事后才判断的网关。只有投递才能定论（--depth delivered --rcpt，用自己的邮\
                 箱）。",
            ),
            Self::DataRejected => Text::new(
                "RCPT was answered with yes, the message itself with no. Many filters decide only \
                 there; read the reply to see whether it was about relaying.",
                "RCPT 得到肯定答复，邮件本身却被拒绝。许多过滤器到这时才判断；请看答复内容，判断是\
                 否与中继有关。",
            ),
            Self::Disconnected => Text::new(
                "The server hung up before it answered. Test again more slowly, or from another \
                 address: some servers hang up on clients they do not like.",
                "服务器还没答复就断开了连接。请以更慢的速度、或从别的地址再测：有些服务器会对不喜\
                 欢的客户端直接断开。",
            ),
            Self::Timeout => Text::new(
                "The server, or the way to it, stayed silent for longer than allowed. A firewall that \
                 drops packets looks the same, and many providers block port 25 outwards; give more \
                 time with --timeout and --connect-timeout.",
                "服务器或沿途网络沉默的时间超过了限度。丢弃报文的防火墙看起来也是这样，而且许多运\
                 营商封锁出向 25 端口；可用 --timeout 和 --connect-timeout 延长等待。",
            ),
            Self::Refused => Text::new(
                "Nothing listens on this port, or a firewall refuses on its behalf.",
                "该端口上没有服务监听，或防火墙代为拒绝。",
            ),
            Self::NoRoute => Text::new(
                "The network says that the address cannot be reached from here, or forbids it. \
                 Check the route, and whether this machine has IPv6 at all where the address is one.",
                "网络表示从这里到不了该地址，或禁止访问。请检查路由；若是 IPv6 地址，检查本机是否\
                 有 IPv6。",
            ),
            Self::DnsFailure => Text::new(
                "The name has no address, its domain declares that it takes no mail, or DNS did not \
                 answer. Check the spelling and the resolver.",
                "该名称没有地址，或其域声明不收邮件，或 DNS 没有应答。请检查拼写和解析器。",
            ),
            Self::TlsFailure => Text::new(
                "No common TLS version or cipher, or the handshake broke off. What lies behind the \
                 encryption was not seen; a build with legacy-tls reaches old servers.",
                "没有共同的 TLS 版本或加密套件，或握手中断。加密之内的情形未能看到；启用 \
                 legacy-tls 的构建可以连上旧服务器。",
            ),
            Self::NotSmtp => Text::new(
                "What answered speaks another protocol. Check the port, and whether it wants TLS \
                 from the first byte (/tls).",
                "应答的是另一种协议。请检查端口，以及是否从第一个字节起就要 TLS（/tls）。",
            ),
            Self::ProtocolError => Text::new(
                "The server began in SMTP and then broke it so badly that the dialogue could not go \
                 on.",
                "服务器起初说的是 SMTP，随后严重违反协议，对话无法继续。",
            ),
            Self::Excluded => Text::new(
                "The target is on the list of what must not be contacted; it was not.",
                "目标在禁止联系的名单上；未曾联系。",
            ),
            Self::Interrupted => Text::new(
                "The run ended before this target was decided, so nothing is known about it.",
                "还没对该目标得出结论，运行就结束了，因此对它一无所知。",
            ),
            Self::Unrecognised => Text::new(
                "relaycheck does not know what the reply means. Read it in the dialogue \
                 (--transcript); a report of it makes the next version wiser.",
                "relaycheck 不知道该答复的含义。请在对话记录（--transcript）中查看；把它反馈给我\
                 们，下一版就能认出。",
            ),
        }
    }

    /// Says what it means and what to do about it.
    pub fn text(self) -> &'static str {
        self.words().en
    }
}

impl Caveat {
    /// Says what weakens the verdict and what to do about it, in every language.
    pub fn words(self) -> Text {
        match self {
            Self::TrustedVantage => Text::new(
                "The test came from an address the server may trust: its own, a neighbour's or a \
                 private one. Acceptance may be meant for you only; test from outside the network.",
                "测试所用的地址可能是服务器信任的：它自己的、邻近的或私有的地址。接收可能只对你有\
                 效；请从网络之外测试。",
            ),
            Self::AddressRewritten => Text::new(
                "The server sees another client address than the one used: a NAT or a proxy stands \
                 before it. To the server all the world may then look like a trusted neighbour; let \
                 it see real client addresses.",
                "服务器看到的客户端地址与实际使用的不同：它前面有 NAT 或代理。这样一来，全世界在它\
                 看来都可能像受信任的邻居；请让它看到真实的客户端地址。",
            ),
            Self::DomainUnverified => Text::new(
                "The outside recipient's domain may not exist or may take no mail, and the server \
                 may have refused it for that alone. Test with an outside address that takes mail \
                 (--rcpt).",
                "外部收件人的域可能不存在或不收邮件，服务器可能仅因此而拒绝。请用一个确实收信的外\
                 部地址测试（--rcpt）。",
            ),
            Self::RecipientServed => Text::new(
                "The outside recipient's domain seems to be served by this very server, so that \
                 taking mail for it is no relaying. Test with a recipient elsewhere (--rcpt).",
                "外部收件人的域似乎正由这台服务器服务，因此为它收信不算中继。请换一个别处的收件人\
                 测试（--rcpt）。",
            ),
            Self::ControlsUndecided => Text::new(
                "The controls that tell a relay from a server that says yes to everything were not \
                 answered clearly. Test again, or have delivery settle it (--depth delivered).",
                "用来区分中继与“什么都收”的服务器的对照没有得到明确答复。请再测一次，或由投递来定\
                 论（--depth delivered）。",
            ),
            Self::NamesUnknown => Text::new(
                "The target does not say what it is called, so the forms that use its name were not \
                 asked. Say it with --local-domain, or ask it by its host name.",
                "目标没有说明自己叫什么，因此用到其名称的形式没有测试。请用 --local-domain 告知，\
                 或按主机名指定目标。",
            ),
            Self::LegacyTls => Text::new(
                "The server offers only TLS that is too old for this build, so what it allows inside \
                 TLS was not seen. Test with a build that has legacy-tls.",
                "服务器提供的 TLS 对本构建来说都太旧，因此它在 TLS 之内允许什么未能看到。请用启用 \
                 legacy-tls 的构建测试。",
            ),
            Self::StartTlsInjection => Text::new(
                "The server sent bytes behind its answer to STARTTLS, before encryption began. They \
                 were dropped; somebody on the way, or a broken server, put them there.",
                "服务器在对 STARTTLS 的应答之后、加密开始之前又发来字节。这些字节已被丢弃；是途中\
                 有人，或是有缺陷的服务器，把它们放在那里。",
            ),
        }
    }

    /// Says what weakens the verdict and what to do about it.
    pub fn text(self) -> &'static str {
        self.words().en
    }
}

impl Driven {
    /// Says how far acceptance went, in every language.
    pub fn words(self) -> Text {
        match self {
            Self::Rcpt => Text::new(
                "The recipient was accepted; no message was sent.",
                "收件人被接收；没有发送邮件。",
            ),
            Self::Data => Text::new(
                "The server asked for the message; the connection was dropped there.",
                "服务器已请求发送邮件内容；连接在此断开。",
            ),
            Self::Queued => Text::new(
                "The server took the whole message.",
                "服务器接收了整封邮件。",
            ),
            Self::Delivered => Text::new(
                "The message came out at its recipient.",
                "邮件送到了收件人处。",
            ),
        }
    }

    /// Says how far acceptance went.
    pub fn text(self) -> &'static str {
        self.words().en
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn phrases_fit_into_a_line_and_differ() {
        let phrases: Vec<&str> = Reason::ALL.iter().map(|r| r.phrase()).collect();
        for phrase in &phrases {
            assert!((10..=48).contains(&phrase.len()), "{phrase}");
            assert!(!phrase.ends_with('.'), "{phrase}");
        }
        let distinct: HashSet<_> = phrases.iter().collect();
        assert_eq!(distinct.len(), Reason::ALL.len());
    }

    #[test]
    fn texts_are_one_to_three_whole_sentences_and_differ() {
        let mut texts: Vec<&str> = Vec::new();
        texts.extend(Verdict::ALL.iter().map(|v| v.text()));
        texts.extend(Reason::ALL.iter().map(|r| r.text()));
        texts.extend(Caveat::ALL.iter().map(|c| c.text()));
        texts.extend(Driven::ALL.iter().map(|d| d.text()));
        texts.extend(Relay::ALL.iter().map(|r| r.text()));
        for text in &texts {
            assert!(text.ends_with('.') && text.len() <= 300, "{text}");
            assert!(text.matches(". ").count() <= 2, "{text}");
            assert!(!text.contains("  ") && !text.contains('\n'), "{text}");
        }
        let distinct: HashSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len());
    }
}
