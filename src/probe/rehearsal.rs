//! The audit of one target without the target: which bytes would be sent.
//!
//! In: a plan, and what the server is imagined to answer. Out: the commands of each session, exactly. The
//! plan and the dialogue are the real ones; only the server is made up: it offers nothing, so that every
//! command goes out by itself, and never hangs up.
//!
//! Limits: what a real server answers decides what it is asked: a rehearsal shows the least (everything is
//! refused) and the usual most (everything is accepted), not what a particular server will get.

use super::dialogue::{Action, Dialogue, Input};
use super::plan::Plan;
use std::net::IpAddr;
use std::time::Duration;

/// What the imagined server says to recipients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imagined {
    /// It refuses every one, as a server that is closed.
    Refusing,
    /// It takes every one.
    Accepting,
}

/// Plays the audit; gives the commands of each session as they would be written.
pub fn rehearse(mut plan: Plan, local: IpAddr, server: Imagined) -> Vec<Vec<Vec<u8>>> {
    let mut sessions = Vec::new();
    let mut now = Duration::ZERO;
    while let Some(script) = plan.next_session() {
        let begun = now;
        let mut dialogue = Dialogue::new(script, local);
        let mut commands = Vec::new();
        let mut reply: Option<&[u8]> = Some(b"220 imagined.invalid ESMTP\r\n");
        loop {
            match dialogue.poll(now - begun) {
                Action::Write(bytes) => {
                    reply = Some(answer(&bytes, server));
                    commands.push(bytes);
                }
                Action::Read { .. } => {
                    let input = match reply.take() {
                        Some(reply) => Input::Bytes(reply),
                        // Everything was answered: a server that has said goodbye hangs up.
                        None => Input::Closed,
                    };
                    dialogue.handle(input, now - begun);
                }
                Action::StartTls => {
                    unreachable!("the imagined server offers no STARTTLS");
                }
                Action::Extend => {
                    let asks = plan.extend_session(dialogue.so_far());
                    dialogue.handle(Input::Asks(asks), now - begun);
                }
                Action::Close => break,
            }
            now += Duration::from_millis(1);
        }
        plan.absorb(dialogue.into_transcript(), begun);
        sessions.push(commands);
    }
    sessions
}

fn answer(command: &[u8], server: Imagined) -> &'static [u8] {
    let verb: Vec<u8> = command.iter().take(4).map(u8::to_ascii_uppercase).collect();
    match (&verb[..], server) {
        (b"RCPT", Imagined::Refusing) => b"550 5.7.1 Relaying denied\r\n",
        (b"DATA", _) => b"354 Go ahead\r\n",
        (b"QUIT", _) => b"221 2.0.0 Bye\r\n",
        (b"EHLO", _) => b"250 imagined.invalid\r\n",
        _ => b"250 2.0.0 Ok\r\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Driven, TlsUse};
    use crate::probe::forms::{Profile, of_profile};
    use crate::probe::names::Names;
    use crate::probe::plan::{Alike, Settings};
    use crate::probe::script::{Budget, Waits};
    use crate::probe::template::Identity;
    use std::sync::Arc;

    const LOCAL: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn plan(profile: Profile) -> Plan {
        let settings = Settings {
            forms: of_profile(profile),
            profile,
            identity: Identity {
                probe_user: "relaycheck".to_owned(),
                probe_domain: "example.org".to_owned(),
                ext_user: "relaycheck".to_owned(),
                ext_domain: "example.com".to_owned(),
                local_user: "postmaster".to_owned(),
                seed: 1,
            },
            hello: None,
            depth: Driven::Rcpt,
            budget: Budget::default(),
            waits: Waits::of_reply(Duration::from_secs(5)),
            most_sessions: 40,
            legacy_tls: false,
            alike: Alike::default(),
        };
        let peer = IpAddr::from([198, 51, 100, 1]);
        Plan::new(
            Arc::new(settings),
            peer,
            TlsUse::Opportunistic,
            Names::new(),
        )
    }

    #[test]
    fn the_quick_profile_is_four_commands_where_all_is_refused() {
        let sessions = rehearse(plan(Profile::Quick), LOCAL, Imagined::Refusing);
        let text = sessions[0].concat();
        assert_eq!(sessions.len(), 1);
        assert_eq!(
            String::from_utf8(text).expect("text"),
            "EHLO [192.0.2.1]\r\nMAIL FROM:<relaycheck@example.org>\r\n\
             RCPT TO:<relaycheck@example.com>\r\nQUIT\r\n"
        );
    }

    #[test]
    fn what_is_accepted_brings_the_controls() {
        let refused = rehearse(plan(Profile::Quick), LOCAL, Imagined::Refusing).concat();
        let accepted = rehearse(plan(Profile::Quick), LOCAL, Imagined::Accepting).concat();
        assert!(accepted.len() > refused.len());
        assert!(accepted.iter().all(|command| command.ends_with(b"\r\n")));
    }

    #[test]
    fn larger_profiles_are_spread_over_sessions() {
        let sessions = rehearse(plan(Profile::Full), LOCAL, Imagined::Refusing);
        assert!(sessions.len() > 3);
    }
}
