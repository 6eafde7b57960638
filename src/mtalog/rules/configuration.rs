//! What a log tells of the configuration: LG053 to LG056.

use super::raise::lower;
use super::table::{LG053, LG054, LG055, LG056};
use super::{HostNumber, Raiser, Refused, Scene};
use crate::model::Severity;
use crate::mtalog::event::{Refusal, Stamp};
use crate::mtalog::know::Standing;
use crate::mtalog::settings::{Limit, Settings};
use crate::mtalog::source::Block;
use crate::mtalog::window::Tally;
use std::net::IpAddr;

/// What a log tells of the configuration.
#[derive(Debug, Clone)]
pub(super) struct Configuration {
    warned: Tally<Block>,
    let_through: Tally<Block>,
    let_trusted_through: Tally<Block>,
    faults: Tally<HostNumber>,
    rights: Tally<Vec<u8>>,
}

impl Configuration {
    /// Begins with nothing seen.
    pub(super) fn new(settings: &Settings) -> Self {
        let any = Limit {
            count: 1,
            within: Stamp::DAY,
        };
        Self {
            warned: Tally::new(any, settings.samples),
            let_through: Tally::new(any, settings.samples),
            let_trusted_through: Tally::new(any, settings.samples),
            faults: Tally::new(any, settings.samples),
            rights: Tally::new(any, settings.samples),
        }
    }

    /// Takes a refusal, of which those count that were only written down.
    pub(super) fn refused(&mut self, scene: &Scene<'_>, refused: &Refused<'_>, address: IpAddr) {
        if refused.warned
            && refused.refusal == Refusal::Relay
            && refused.standing == Standing::Outsider
        {
            self.warned
                .add(&Block::address(address), scene.line.at, scene.line);
        }
    }

    /// Takes that an old default let mail through.
    pub(super) fn old_default(&mut self, scene: &Scene<'_>, address: IpAddr, standing: Standing) {
        let tally = match standing {
            Standing::Outsider => &mut self.let_through,
            _ => &mut self.let_trusted_through,
        };
        tally.add(&Block::address(address), scene.line.at, scene.line);
    }

    /// Takes that a connection of an outsider may name any recipient.
    pub(super) fn rights(&mut self, scene: &Scene<'_>, connector: &[u8]) {
        self.rights.add(
            &connector[..connector.len().min(256)],
            scene.line.at,
            scene.line,
        );
    }

    /// Takes that the service says its configuration is broken.
    pub(super) fn fault(&mut self, scene: &Scene<'_>) {
        self.faults.add(&scene.host, scene.line.at, scene.line);
    }

    /// Raises what was found.
    pub(super) fn raise(&self, raiser: &mut Raiser<'_>) {
        for (client, count) in self.warned.crossed() {
            let message = format!(
                "{} times mail of this client for a stranger was to be refused, and only a warning \
                 was written.",
                count.proof.count
            );
            let name = client.to_string();
            let proof = &count.proof;
            raiser.raise(&LG053, name.as_bytes(), message, proof, proof.count);
        }
        for (tally, outsiders) in [
            (&self.let_through, true),
            (&self.let_trusted_through, false),
        ] {
            for (client, count) in tally.crossed() {
                let message = format!(
                    "{} recipients of this client, which is {}, would be refused but for the default \
                     of an old version.",
                    count.proof.count,
                    if outsiders { "an outsider" } else { "trusted" }
                );
                let name = client.to_string();
                let proof = &count.proof;
                let finding = raiser.raise(&LG054, name.as_bytes(), message, proof, proof.count);
                if !outsiders {
                    lower(finding, Severity::Info);
                }
            }
        }
        for (host, count) in self.faults.crossed() {
            let message = format!(
                "{} lines of the service say that its configuration is broken.",
                count.proof.count
            );
            let name = raiser.host(*host);
            raiser.raise(&LG055, name, message, &count.proof, count.proof.count);
        }
        for (connector, count) in self.rights.crossed() {
            let message = format!(
                "{} connections of outsiders to this connector were given the right to name any \
                 recipient before any login.",
                count.proof.count
            );
            raiser.raise(&LG056, connector, message, &count.proof, count.proof.count);
        }
    }
}
