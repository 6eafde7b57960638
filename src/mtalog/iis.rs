//! Reads what the SMTP service of IIS logs, in the W3C extended format.
//!
//! In: rows, one a command or an answer. Out: steps of sessions. A session is an address and a virtual server
//! (s-sitename); what goes out is one, too, with the next hop.
//!
//! - cs-username is the HELO name, and the account after a login.
//! - A RCPT has its code and no text: there is no word for relaying.
//! - Blanks in values are written as `+`, and stay so.
//!
//! Limits: two sessions of one address with one virtual server at the same time are taken for one. The Microsoft IIS
//! and NCSA formats are not read.
//!
//! References: Microsoft, "W3C Extended Log File Format (IIS 6.0)"; the documentation of the SMTP service.

use crate::mtalog::event::{Client, Entry, Event, LineAt, Read, Refusal, Session, Stage, Step};
use crate::mtalog::sessions::path;
use crate::mtalog::stamp::Clock;
use crate::mtalog::text::{address, holds, whole_number};
use crate::mtalog::w3c::{Cells, Columns};

/// The reader of IIS.
#[derive(Debug, Clone)]
pub struct Iis {
    columns: Columns<8>,
}

impl Default for Iis {
    fn default() -> Self {
        Self {
            columns: Columns::new([
                "date",
                "time",
                "c-ip",
                "cs-username",
                "s-sitename",
                "cs-method",
                "cs-uri-query",
                "sc-status",
            ]),
        }
    }
}

impl Iis {
    /// Reads a line that begins with `#`.
    pub fn directive(&mut self, line: &[u8]) {
        self.columns.directive(line);
    }

    /// Reads a row.
    pub fn row<'a>(
        &self,
        clock: &mut Clock,
        place: LineAt,
        line: &'a [u8],
        give: &mut Vec<Event<'a>>,
    ) -> Option<(Entry<'a>, Read)> {
        let [date, time, ip, user, site, method, query, status] =
            self.columns.row(line, Cells::Blanks)?;
        let mut stamp = [b' '; 19];
        stamp[..10].copy_from_slice(date.get(..10)?);
        stamp[11..].copy_from_slice(time.get(..8)?);
        let (at, _) = clock.full(&stamp)?;
        let entry = Entry {
            at,
            place,
            host: b"",
            program: site,
            pid: None,
            text: line,
        };
        let session = Session {
            name: ip,
            part: site,
        };
        let mut step = |client, step| {
            give.push(Event::Step {
                session,
                client,
                step,
            });
        };
        match user {
            b"OutboundConnectionCommand" => {
                step(
                    None,
                    Step::Asked {
                        verb: method,
                        argument: query,
                    },
                );
                return Some((entry, Read::Known));
            }
            b"OutboundConnectionResponse" => {
                step(None, Step::Told { reply: query });
                return Some((entry, Read::Known));
            }
            _ => {}
        }
        let Some(address) = address(ip) else {
            return Some((entry, Read::Unknown(method == b"RCPT")));
        };
        let client = Some(Client {
            address: Some(address),
            name: b"",
        });
        let code = whole_number(status).unwrap_or(0);
        let good = (200..300).contains(&code);
        let argument = query.strip_prefix(b"+").unwrap_or(query);
        let refused = |stage, recipient| Step::Refused {
            recipient,
            stage,
            refusal: if stage == Stage::Rcpt && code == 550 {
                Refusal::Recipient
            } else {
                Refusal::Other
            },
            reply: status,
        };
        match method {
            b"EHLO" | b"HELO" => step(client, Step::Helo { helo: argument }),
            b"AUTH" if code == 235 => step(
                client,
                Step::Login {
                    account: user,
                    success: true,
                },
            ),
            b"AUTH" if code == 535 => step(
                client,
                Step::Login {
                    account: b"",
                    success: false,
                },
            ),
            b"MAIL" => {
                step(client, Step::Account { account: user });
                step(
                    client,
                    Step::Mail {
                        sender: path(argument),
                    },
                );
                if !good {
                    step(client, refused(Stage::Mail, None));
                }
            }
            b"RCPT" if good => step(
                client,
                Step::Recipient {
                    address: path(argument),
                },
            ),
            b"RCPT" => step(client, refused(Stage::Rcpt, Some(path(argument)))),
            b"DATA" | b"BDAT" if good && (method == b"DATA" || holds(argument, b"last")) => {
                step(client, Step::Taken { id: b"" });
            }
            b"DATA" if code >= 400 => step(client, refused(Stage::Data, None)),
            _ => {}
        }
        Some((entry, Read::Known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtalog::shown::shown;
    use crate::mtalog::stamp::{Basis, Zone};

    const FIELDS: &[u8] =
        b"#Fields: date time c-ip cs-username s-sitename s-computername s-ip s-port cs-method \
        cs-uri-stem cs-uri-query sc-status sc-win32-status sc-bytes cs-bytes time-taken";

    fn row(iis: &Iis, line: &str) -> Option<Vec<String>> {
        let mut clock = Clock::new(Zone::Fixed(0), Basis::Given(1970));
        let mut events = Vec::new();
        iis.row(&mut clock, LineAt::default(), line.as_bytes(), &mut events)?;
        Some(events.iter().map(shown).collect())
    }

    #[test]
    fn rows_are_steps() {
        let mut iis = Iis::default();
        assert_eq!(
            row(
                &iis,
                "2026-05-04 01:00:12 192.0.2.33 a S M - 0 EHLO - +a 250"
            ),
            None
        );
        iis.directive(FIELDS);
        for (line, events) in [
            (
                "2026-05-04 01:00:12 192.0.2.33 app33 SMTPSVC1 M 192.0.2.10 0 EHLO - +app33 250 0 78 21 297",
                &["Step 192.0.2.33/SMTPSVC1 [192.0.2.33] Helo app33"][..],
            ),
            (
                "2026-05-04 01:00:12 192.0.2.33 app33 SMTPSVC1 M 192.0.2.10 0 MAIL - +FROM:<app@example.com> 250 0 1 1 1",
                &[
                    "Step 192.0.2.33/SMTPSVC1 [192.0.2.33] Account app33",
                    "Step 192.0.2.33/SMTPSVC1 [192.0.2.33] Mail <app@example.com>",
                ],
            ),
            (
                "2026-05-04 01:00:12 192.0.2.33 app33 SMTPSVC1 M 192.0.2.10 0 RCPT - +TO:<c@example.net> 250 0 1 1 1",
                &["Step 192.0.2.33/SMTPSVC1 [192.0.2.33] Recipient <c@example.net>"],
            ),
            (
                "2026-05-04 01:00:12 192.0.2.33 app33 SMTPSVC1 M 192.0.2.10 0 RCPT - +TO:<c@example.net> 550 0 1 1 1",
                &[
                    "Step 192.0.2.33/SMTPSVC1 [192.0.2.33] Refused to=<c@example.net> Rcpt Recipient: 550",
                ],
            ),
            (
                "2026-05-04 01:00:12 192.0.2.33 app33 SMTPSVC1 M 192.0.2.10 0 DATA - +<e@a> 250 0 1 1 1",
                &["Step 192.0.2.33/SMTPSVC1 [192.0.2.33] Taken "],
            ),
            (
                "2026-05-04 01:00:17 203.0.113.25 OutboundConnectionCommand SMTPSVC1 M - 25 RCPT - TO:<c@example.net> 0 0 1 1 1",
                &["Step 203.0.113.25/SMTPSVC1 - Asked RCPT TO:<c@example.net>"],
            ),
            (
                "2026-05-04 01:00:17 203.0.113.25 OutboundConnectionResponse SMTPSVC1 M - 25 - - 250+2.1.5+Ok 0 0 1 1 1",
                &["Step 203.0.113.25/SMTPSVC1 - Told 250+2.1.5+Ok"],
            ),
            (
                "2026-05-04 01:00:13 192.0.2.33 app33 SMTPSVC1 M 192.0.2.10 0 QUIT - app33 240 0 1 1 1",
                &[],
            ),
        ] {
            assert_eq!(
                row(&iis, line).as_deref(),
                Some(&events.iter().map(|e| e.to_string()).collect::<Vec<_>>()[..]),
                "{line}"
            );
        }
        assert_eq!(row(&iis, "gibberish"), None);
        // Columns may change inside a file.
        iis.directive(b"#Fields: time date c-ip cs-method cs-uri-query sc-status");
        assert_eq!(
            row(&iis, "01:00:12 2026-05-04 192.0.2.1 HELO +x 250"),
            Some(vec!["Step 192.0.2.1 [192.0.2.1] Helo x".to_owned()])
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(fields: Vec<u8>, line: Vec<u8>) {
            let mut iis = Iis::default();
            let mut clock = Clock::new(Zone::Fixed(0), Basis::Given(1970));
            let mut events = Vec::new();
            iis.directive(FIELDS);
            let _ = iis.row(&mut clock, LineAt::default(), &line, &mut events);
            iis.directive(&[b"#Fields:", &fields[..]].concat());
            let _ = iis.row(&mut clock, LineAt::default(), &line, &mut events);
        }
    }
}
