//! How far reading is, for a person who waits: one line on stderr that is written over, from the second second on,
//! and gone when the result is there.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long nothing is shown.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often the line is written over.
const PAUSE: Duration = Duration::from_millis(100);
const MIB: u64 = 1 << 20;

/// A reading that goes on.
pub struct Progress {
    began: Instant,
    /// Bytes that will be read, those of a second pass too; 0: not known.
    total: AtomicU64,
    done: AtomicU64,
    line: Mutex<Line>,
}

struct Line {
    out: Box<dyn Write + Send>,
    last: Option<Instant>,
}

impl Progress {
    /// One that is shown on stderr.
    pub fn on_stderr() -> Progress {
        Progress::on(Box::new(std::io::stderr()))
    }

    fn on(out: Box<dyn Write + Send>) -> Progress {
        let line = Mutex::new(Line { out, last: None });
        Progress { began: Instant::now(), total: AtomicU64::new(0), done: AtomicU64::new(0), line }
    }

    /// So much is going to be read.
    pub fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So much more was read.
    pub fn read(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.show_with(|| shown(done, self.total.load(Ordering::Relaxed)));
    }

    /// Shows a text of one's own in the line.
    pub fn show(&self, text: &str) {
        self.show_with(|| text.to_owned());
    }

    fn show_with(&self, text: impl FnOnce() -> String) {
        if self.began.elapsed() < PATIENCE {
            return;
        }
        // Another thread is writing it: then it is up to date.
        let Ok(mut line) = self.line.try_lock() else { return };
        if line.last.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        line.last = Some(Instant::now());
        // What nobody can see is no reason to stop.
        let _ = write!(line.out, "\r\x1b[K{}", text()).and_then(|()| line.out.flush());
    }

    /// Takes the line away, as long as something else is on the terminal.
    pub fn hide(&self) {
        let Ok(mut line) = self.line.lock() else { return };
        if line.last.take().is_some() {
            let _ = write!(line.out, "\r\x1b[K").and_then(|()| line.out.flush());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.hide();
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

fn shown(done: u64, total: u64) -> String {
    match total {
        0 => format!("reading      {} MiB", done / MIB),
        total => {
            let done = done.min(total);
            format!("reading      {} of {} MiB ({}%)", done / MIB, total.div_ceil(MIB), done * 100 / total)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn told(waited: Duration) -> String {
        let kept = Kept::default();
        let mut progress = Progress::on(Box::new(kept.clone()));
        progress.began -= waited;
        progress.expect(4 * MIB);
        progress.read(MIB);
        progress.read(MIB);
        drop(progress);
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn nothing_is_shown_of_what_is_quick_and_nothing_stays_of_what_is_slow() {
        assert_eq!(told(Duration::ZERO), "");
        assert_eq!(told(PATIENCE), "\r\x1b[Kreading      1 of 4 MiB (25%)\r\x1b[K");
    }

    #[test]
    fn a_line_has_no_more_than_it_knows() {
        assert_eq!(shown(3 * MIB, 0), "reading      3 MiB");
        assert_eq!(shown(9 * MIB, 4 * MIB), "reading      4 of 4 MiB (100%)");
    }
}
