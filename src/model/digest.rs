//! A digest of texts: the same on every machine and in every release.
//!
//! In: texts, one after the other. Out: 128 bits in hexadecimal. The parts of a scan, run on several
//! machines, know each other by it.
//!
//! Deliberately not cryptographic: it tells slips apart, not forgeries.

use super::mix::mix;
use std::fmt;

/// A digest that grows text by text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    lanes: [u64; 2],
}

impl Digest {
    /// Begins with nothing written.
    pub fn new() -> Self {
        Self {
            lanes: [mix(1), mix(2)],
        }
    }

    /// Writes a text. Where one ends and the next begins counts.
    pub fn write(&mut self, text: &str) {
        for chunk in text.as_bytes().chunks(8) {
            let mut bytes = [0; 8];
            bytes[..chunk.len()].copy_from_slice(chunk);
            self.write_word(u64::from_le_bytes(bytes));
        }
        // The length parts "a" from "a\0", and this text from the next.
        self.write_word(text.len() as u64);
    }

    /// Gives a number that is the same wherever the digest is.
    pub fn seed(&self) -> u64 {
        self.lanes[0]
    }

    fn write_word(&mut self, word: u64) {
        let [a, b] = self.lanes;
        self.lanes = [mix(a ^ word), mix(b.rotate_left(32) ^ !word)];
    }
}

impl Default for Digest {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.lanes[0], self.lanes[1])
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    fn of(texts: &[&str]) -> String {
        let mut digest = Digest::new();
        texts.iter().for_each(|text| digest.write(text));
        digest.to_string()
    }

    #[test]
    fn order_borders_and_every_byte_count() {
        let all = [
            of(&[]),
            of(&[""]),
            of(&["", ""]),
            of(&["ab", "c"]),
            of(&["a", "bc"]),
            of(&["abc"]),
            of(&["c", "ab"]),
            of(&["abc\0"]),
            of(&["12345678"]),
            of(&["12345678", ""]),
            of(&["123456789"]),
        ];
        for (at, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 32);
            assert!(!all[..at].contains(one), "{at}");
        }
    }

    #[test]
    fn is_a_promise_between_machines() {
        // Frozen: parts of a scan run by different releases have to know each other.
        assert_eq!(of(&["192.0.2.0/24", "mail.example.com"]), FROZEN);
    }

    const FROZEN: &str = "7312c93a790ea4c5ce9edb0ea5b4913d";
}
