//! Entries of a recording to every processor there is, what was made of them back in their order: while one block is
//! taken apart, those before it are worked on, and no more of them lie about than memory is meant for.

use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::cmd::failed::Failed;

/// Bytes and entries that one processor takes at once.
const BYTES: usize = 256 << 10;
const ENTRIES: usize = 512;
/// Batches for each processor that are on their way, and bytes of all of them: a single entry may be large.
const ON_THE_WAY: u64 = 4;
const HEAVY: usize = 24 << 20;

/// Some entries, each with its line.
#[derive(Default)]
pub struct Batch {
    bytes: Vec<u8>,
    pieces: Vec<(Range<usize>, u64)>,
}

impl Batch {
    /// Takes an entry in.
    pub fn push(&mut self, entry: &[u8], line: u64) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(entry);
        self.pieces.push((start..self.bytes.len(), line));
    }

    /// The entries, each with its line.
    pub fn pieces(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.pieces.iter().map(|(range, line)| (*line, &self.bytes[range.clone()]))
    }

    /// Bytes of all of them.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether it is enough for one processor.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= BYTES || self.pieces.len() >= ENTRIES
    }

    /// Lets go of all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.pieces.clear();
    }
}

/// What comes back, in the order of the recording.
pub enum Back<O> {
    /// What was made of a batch.
    Made(O),
    /// A mark between two batches, with the lines of entries over the limit before it.
    Mark(Vec<u64>),
}

/// What is made of batches: of each something, in a state that its processor keeps.
pub struct Work<'w, S, O> {
    /// The state of a processor, at first.
    pub new: &'w (dyn Fn() -> S + Sync),
    /// What is made of a batch.
    pub make: &'w (dyn Fn(&mut S, &Batch) -> O + Sync),
}

type Done<O> = (u64, Batch, Result<O, Box<dyn Any + Send>>);

/// Where batches are handed in.
pub struct Line<'l, O> {
    batches: SyncSender<(u64, Batch)>,
    done: Receiver<Done<O>>,
    take: &'l mut dyn FnMut(Back<O>) -> Result<(), Failed>,
    /// What came back before something that was handed in earlier.
    early: BTreeMap<u64, Back<O>>,
    free: Vec<Batch>,
    given: u64,
    taken: u64,
    most: u64,
    weight: usize,
}

impl<O> Line<'_, O> {
    /// Hands a batch in, and leaves an empty one. Waits while too much is on its way.
    ///
    /// # Errors
    /// Whoever takes what comes back failed.
    pub fn send(&mut self, batch: &mut Batch) -> Result<(), Failed> {
        while let Ok(done) = self.done.try_recv() {
            self.put(done)?;
        }
        while self.given - self.taken >= self.most || self.weight > HEAVY {
            self.wait()?;
        }
        let next = self.free.pop().unwrap_or_default();
        let batch = std::mem::replace(batch, next);
        self.weight += batch.bytes();
        // There is room for all that may be on its way; a worker that is gone has said why.
        let _ = self.batches.send((self.given, batch));
        self.given += 1;
        Ok(())
    }

    /// Puts a mark behind what was handed in.
    ///
    /// # Errors
    /// As above.
    pub fn mark(&mut self, over: Vec<u64>) -> Result<(), Failed> {
        self.early.insert(self.given, Back::Mark(over));
        self.given += 1;
        self.hand_on()
    }

    fn wait(&mut self) -> Result<(), Failed> {
        match self.done.recv() {
            Ok(done) => self.put(done),
            Err(_) => Err(Failed::new("internal", "", "a thread that reads recordings is gone")),
        }
    }

    fn put(&mut self, (at, mut batch, made): Done<O>) -> Result<(), Failed> {
        let made = made.unwrap_or_else(|panic| resume_unwind(panic));
        self.weight -= batch.bytes();
        batch.clear();
        if batch.bytes.capacity() <= 4 * BYTES {
            self.free.push(batch);
        }
        self.early.insert(at, Back::Made(made));
        self.hand_on()
    }

    fn hand_on(&mut self) -> Result<(), Failed> {
        while let Some(back) = self.early.remove(&self.taken) {
            self.taken += 1;
            (self.take)(back)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failed> {
        while self.taken < self.given {
            self.wait()?;
        }
        Ok(())
    }
}

/// Works on all batches that `feed` hands in, and gives back the states of the processors.
///
/// # Errors
/// `feed` or `take` failed.
pub fn abreast<S: Send, O: Send>(
    work: &Work<S, O>,
    take: &mut dyn FnMut(Back<O>) -> Result<(), Failed>,
    feed: &mut dyn FnMut(&mut Line<O>) -> Result<(), Failed>,
) -> Result<Vec<S>, Failed> {
    let workers = rayon::current_num_threads().max(1);
    let most = ON_THE_WAY * workers as u64;
    // One place more than may be on its way: handing in never waits.
    let (batches, handed) = sync_channel::<(u64, Batch)>(ON_THE_WAY as usize * workers + 1);
    let handed = Mutex::new(handed);
    let (back, done) = channel::<Done<O>>();
    let one = |back: Sender<Done<O>>| {
        let mut state = (work.new)();
        loop {
            let next = handed.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((at, batch)) = next else { return state };
            let made = catch_unwind(AssertUnwindSafe(|| (work.make)(&mut state, &batch)));
            if back.send((at, batch, made)).is_err() {
                return state;
            }
        }
    };
    let one = &one;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..workers)
            .map(|_| {
                let back = back.clone();
                scope.spawn(move || one(back))
            })
            .collect();
        drop(back);
        let (early, free) = (BTreeMap::new(), Vec::new());
        let mut line = Line { batches, done, take, early, free, given: 0, taken: 0, most, weight: 0 };
        let fed = feed(&mut line).and_then(|()| line.finish());
        // Nothing more comes, and nobody takes what is still being made.
        drop(line);
        let states =
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        let states = states.collect();
        fed.map(|()| states)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums of numbers by processor, and what came back.
    fn run(n: u64, stop: Option<u64>) -> (Result<Vec<u64>, Failed>, Vec<u64>) {
        let make = |sum: &mut u64, batch: &Batch| {
            let numbers: Vec<u64> =
                batch.pieces().filter_map(|(_, text)| std::str::from_utf8(text).ok()?.parse().ok()).collect();
            *sum += numbers.iter().sum::<u64>();
            numbers
        };
        let mut got = Vec::new();
        let mut take = |back: Back<Vec<u64>>| {
            match back {
                Back::Made(numbers) => got.extend(numbers),
                Back::Mark(lines) => got.extend(lines),
            }
            match stop.is_some_and(|stop| got.len() as u64 > stop) {
                true => Err(Failed::new("input", "", "enough")),
                false => Ok(()),
            }
        };
        let mut feed = |line: &mut Line<Vec<u64>>| {
            let mut batch = Batch::default();
            for number in 0..n {
                match number % 5 {
                    4 => line.mark(vec![number])?,
                    _ => {
                        batch.push(number.to_string().as_bytes(), number);
                        line.send(&mut batch)?;
                        assert!(batch.is_empty());
                    }
                }
            }
            Ok(())
        };
        let sums = abreast(&Work { new: &|| 0, make: &make }, &mut take, &mut feed);
        (sums, got)
    }

    #[test]
    fn all_comes_back_in_its_order() {
        for n in [0, 1, 4, 1_000] {
            let (sums, got) = run(n, None);
            assert_eq!(got, (0..n).collect::<Vec<u64>>());
            assert_eq!(sums.unwrap().iter().sum::<u64>(), (0..n).filter(|n| n % 5 != 4).sum::<u64>());
        }
    }

    #[test]
    fn whoever_fails_stops_it() {
        let (sums, got) = run(100_000, Some(10));
        assert!(sums.is_err() && got.len() < 20, "{}", got.len());
    }

    #[test]
    #[should_panic(expected = "broken")]
    fn a_panic_is_not_waited_for() {
        let work: Work<(), ()> = Work { new: &|| (), make: &|(), _| panic!("broken") };
        let mut feed = |line: &mut Line<()>| {
            for _ in 0..1_000 {
                line.send(&mut Batch::default())?;
            }
            Ok(())
        };
        let _ = abreast(&work, &mut |_| Ok(()), &mut feed);
    }
}
