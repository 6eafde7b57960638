//! Reads a stream ahead in a thread of its own, a few blocks at most.
//!
//! In: a stream. Out: its bytes; and a word when the run is stopped, though the stream waits.

use crate::mtalog::pipeline::HEADROOM;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

/// Bytes of a block, and how many of them are read ahead.
const BLOCK: usize = 256 * 1024;
const AHEAD: usize = 4;

/// How often it is looked whether the run is stopped.
const LOOK: Duration = Duration::from_millis(100);

/// Blocks that a thread reads ahead.
pub(super) struct Ahead {
    blocks: Receiver<io::Result<Vec<u8>>>,
    /// Takes blocks back that are through.
    spent: Sender<Vec<u8>>,
    /// What was read last, behind some room.
    block: Vec<u8>,
    /// Where what was not taken yet begins.
    from: usize,
    skip: u64,
}

impl Ahead {
    /// Begins: what opens the stream runs in the thread as well.
    pub(super) fn new(
        begin: impl FnOnce() -> io::Result<Box<dyn Read + Send>> + Send + 'static,
    ) -> Self {
        let (give, blocks) = sync_channel(AHEAD);
        let (spent, spare) = channel();
        std::thread::spawn(move || match begin() {
            Ok(input) => read_ahead(input, &give, &spare),
            Err(e) => {
                let _ = give.send(Err(e));
            }
        });
        Self {
            blocks,
            spent,
            block: Vec::new(),
            from: 0,
            skip: 0,
        }
    }

    /// Leaves out so many bytes at the beginning.
    pub(super) fn skipping(self, skip: u64) -> Self {
        Self { skip, ..self }
    }

    /// Gives the first bytes, up to a line at least, without taking them.
    pub(super) fn head(&mut self, most: usize, stopped: &dyn Fn() -> bool) -> io::Result<&[u8]> {
        let mut head = Vec::new();
        while !head.contains(&b'\n') && head.len() < most {
            let block = self.next(stopped)?;
            if block.is_empty() {
                break;
            }
            head.extend_from_slice(block);
            self.from = self.block.len();
        }
        (self.block, self.from) = (head, 0);
        Ok(&self.block[..self.block.len().min(most)])
    }

    /// Gives what comes next, without taking it; nothing at the end.
    fn next(&mut self, stopped: &dyn Fn() -> bool) -> io::Result<&[u8]> {
        while self.from >= self.block.len() {
            match self.blocks.recv_timeout(LOOK) {
                Ok(block) => {
                    let through = std::mem::replace(&mut self.block, block?);
                    self.from = HEADROOM;
                    self.give_back(through);
                }
                // What was read is still the block before.
                Err(RecvTimeoutError::Timeout) if !stopped() => continue,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(&[]),
            }
            let skipped = (self.block.len() - self.from)
                .min(usize::try_from(self.skip).unwrap_or(usize::MAX));
            self.skip -= skipped as u64;
            self.from += skipped;
        }
        Ok(&self.block[self.from..])
    }

    /// Gives the block that comes next as it is, with where in it that begins; nothing if it is larger than `most`, and
    /// at the end.
    pub(super) fn take(
        &mut self,
        most: usize,
        stopped: &dyn Fn() -> bool,
    ) -> io::Result<Option<(Vec<u8>, usize)>> {
        let next = self.next(stopped)?.len();
        if next == 0 || next > most {
            return Ok(None);
        }
        let from = std::mem::take(&mut self.from);
        Ok(Some((std::mem::take(&mut self.block), from)))
    }

    /// Takes a block back that is through.
    pub(super) fn give_back(&self, block: Vec<u8>) {
        // One that was taken has left nothing behind.
        if block.capacity() > 0 {
            // At the end, nobody wants it any more.
            let _ = self.spent.send(block);
        }
    }

    /// Fills a buffer with what comes next, perhaps not to its end; 0 at the end.
    pub(super) fn read(
        &mut self,
        room: &mut [u8],
        stopped: &dyn Fn() -> bool,
    ) -> io::Result<usize> {
        let next = self.next(stopped)?;
        let count = next.len().min(room.len());
        room[..count].copy_from_slice(&next[..count]);
        self.from += count;
        Ok(count)
    }
}

/// Reads blocks until nobody wants them any more.
fn read_ahead(
    mut input: Box<dyn Read + Send>,
    give: &SyncSender<io::Result<Vec<u8>>>,
    spare: &Receiver<Vec<u8>>,
) {
    loop {
        let mut block = spare.try_recv().unwrap_or_default();
        block.resize(HEADROOM + BLOCK, 0);
        match input.read(&mut block[HEADROOM..]) {
            Ok(0) => return,
            Ok(count) => {
                block.truncate(HEADROOM + count);
                if give.send(Ok(block)).is_err() {
                    return;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => {
                let _ = give.send(Err(e));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Gives its pieces one by one, and waits before each.
    struct Slow(VecDeque<&'static [u8]>, Duration);

    impl Read for Slow {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            std::thread::sleep(self.1);
            let piece = self.0.pop_front().unwrap_or_default();
            room[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn slow(pieces: &[&'static [u8]], wait: Duration) -> Ahead {
        let pieces = Slow(pieces.iter().copied().collect(), wait);
        Ahead::new(move || Ok(Box::new(pieces)))
    }

    fn rest(ahead: &mut Ahead) -> String {
        let mut all = Vec::new();
        let mut room = [0; 4];
        loop {
            match ahead.read(&mut room, &|| false).expect("bytes") {
                0 => return String::from_utf8(all).expect("text"),
                count => all.extend_from_slice(&room[..count]),
            }
        }
    }

    #[test]
    fn bytes_come_once_however_long_they_are_waited_for() {
        for wait in [Duration::ZERO, LOOK * 2] {
            let mut ahead = slow(&[b"first ", b"second\n", b"third"], wait);
            assert_eq!(
                ahead.head(64, &|| false).expect("a line"),
                b"first second\n"
            );
            assert_eq!(rest(&mut ahead), "first second\nthird");
            let ahead = slow(&[b"first ", b"second\n", b"third"], wait);
            assert_eq!(rest(&mut ahead.skipping(8)), "cond\nthird");
        }
    }

    #[test]
    fn blocks_are_given_as_they_are() {
        let mut ahead = slow(&[b"first ", b"second\n", b"third"], Duration::ZERO);
        assert!(ahead.head(64, &|| false).is_ok());
        let mut take = |most| {
            let taken = ahead.take(most, &|| false).expect("bytes");
            taken.map(|(block, from)| {
                (
                    from,
                    String::from_utf8(block[from..].to_vec()).expect("text"),
                )
            })
        };
        assert_eq!(take(64), Some((0, "first second\n".to_owned())));
        assert_eq!(take(4), None, "larger than is wanted");
        assert_eq!(take(5), Some((HEADROOM, "third".to_owned())));
        assert_eq!(take(5), None, "the end");
        let mut ahead = slow(&[b"first ", b"second"], Duration::ZERO).skipping(8);
        let (block, from) = ahead.take(9, &|| false).expect("bytes").expect("a block");
        assert_eq!(&block[from..], b"cond");
    }

    #[test]
    fn blocks_are_used_again() {
        let pieces: Vec<&'static [u8]> = vec![b"x"; 200];
        let mut ahead = slow(&pieces, Duration::ZERO);
        let mut places = std::collections::BTreeSet::new();
        let mut turns = 0;
        while let Some((block, _)) = ahead.take(9, &|| false).expect("bytes") {
            places.insert(block.as_ptr() as usize);
            turns += 1;
            ahead.give_back(block);
        }
        assert_eq!(turns, 200);
        // Those on their way, the one that is being read, and the one that is being looked at.
        assert!(places.len() <= AHEAD + 3, "{}", places.len());
    }

    #[test]
    fn a_run_that_is_stopped_does_not_wait() {
        let mut ahead = slow(&[b"late"], Duration::from_secs(60));
        assert!(ahead.take(9, &|| true).expect("nothing").is_none());
        let mut room = [0; 4];
        assert_eq!(ahead.read(&mut room, &|| true).expect("nothing"), 0);
    }

    #[test]
    fn trouble_comes_behind_what_was_read_before_it() {
        struct Torn(bool);
        impl Read for Torn {
            fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
                match std::mem::replace(&mut self.0, true) {
                    false => {
                        room[..2].copy_from_slice(b"ok");
                        Ok(2)
                    }
                    true => Err(io::ErrorKind::UnexpectedEof.into()),
                }
            }
        }
        let mut ahead = Ahead::new(|| Ok(Box::new(Torn(false))));
        let mut room = [0; 4];
        assert_eq!(ahead.read(&mut room, &|| false).expect("bytes"), 2);
        assert!(ahead.read(&mut room, &|| false).is_err());
    }
}
