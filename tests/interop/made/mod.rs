//! Logs that are made up: what a busy site writes in some days, without the site.
//!
//! In: a seed. Out: the lines of a log, the same ones for the same seed. What a log holds is in the files of this
//! folder, one for each mail server; here are only chance and the order of lines.

pub(crate) mod exim;
pub(crate) mod postfix;

/// Chance that comes out the same each time: SplitMix64.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Gives a number below `most`.
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.next() % most
    }

    /// Says yes so many times in a hundred.
    pub(crate) fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// Picks one.
    pub(crate) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Lines by the second in which they are written; those of one second stay in the order they came.
#[derive(Default)]
pub(crate) struct Lines(Vec<(u64, String)>);

impl Lines {
    pub(crate) fn add(&mut self, at: u64, line: String) {
        self.0.push((at, line));
    }

    /// Gives the log.
    pub(crate) fn sorted(mut self) -> Vec<(u64, String)> {
        self.0.sort_by_key(|(at, _)| *at);
        self.0
    }
}

/// Gives day, hour, minute and second.
pub(crate) fn clock(at: u64) -> (u64, u64, u64, u64) {
    (2 + at / 86_400, at / 3600 % 24, at / 60 % 60, at % 60)
}
