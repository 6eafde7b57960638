//! The one hash step behind random names, tokens, the order of a scan and its parts.
//!
//! Written out here, not taken from a library: what comes of it is a promise between machines and
//! releases. Not for secrets.
//!
//! References: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014, section 5.

/// Mixes 64 bits so that every bit of the input changes half of the output (splitmix64).
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::mix;

    #[test]
    fn the_first_outputs_are_those_of_the_paper() {
        // splitmix64 seeded with 0: each output is the mix of the next multiple of the increment.
        let increment: u64 = 0x9e37_79b9_7f4a_7c15;
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
        assert_eq!(mix(increment), 0x6e78_9e6a_a1b9_65f4);
    }
}
