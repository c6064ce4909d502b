//! The controlling terminal as a whole screen: it is taken, drawn on, read key by key, and given back as it was,
//! however that ends: by an error, a panic, a signal, or for as long as the program is stopped.
//!
//! Always the controlling terminal, never stdin: what is piped in can't answer. So neither crossterm nor a library
//! above it is used, which read stdin where that is a terminal.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, getpid, kill_process};
use rustix::termios::{OptionalActions, QueueSelector, SpecialCodeIndex, Termios};
use rustix::termios::{tcflush, tcgetattr, tcgetwinsize, tcsetattr};

use super::end::{self, Spared};

const DEVICE: &str = "/dev/tty";
/// Tenths of a second that a read waits for a key.
const PATIENCE: u8 = 1;
/// Bytes that are read at once.
const CHUNK: usize = 1024;

/// Another screen than the one with the shell's lines, no cursor, and what is pasted told apart (xterm's control
/// sequences, which every terminal of today knows or ignores).
const TAKE: &str = "\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[2J";
const GIVE: &str = "\x1b[m\x1b[?25h\x1b[?2004l\x1b[?1049l";

/// What came of waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Bytes that keys sent.
    Bytes(Vec<u8>),
    /// Nothing, for a tenth of a second.
    Nothing,
    /// The terminal has another size, or somebody else drew on it.
    Changed,
    /// The system asks for the end, or the terminal is gone.
    End,
}

/// A terminal that is ours until it is dropped.
pub struct Screen {
    device: File,
    before: Termios,
    size: (usize, usize),
    ours: bool,
    asked: Spared,
    stops: Arc<Stops>,
}

/// What the system asked for that is no end.
#[derive(Default)]
struct Stops {
    stop: AtomicBool,
    went_on: AtomicBool,
}

/// Columns and lines of the controlling terminal; none where there is none, or it does not say.
pub fn size() -> Option<(usize, usize)> {
    size_of(&File::options().read(true).write(true).open(DEVICE).ok()?)
}

fn size_of(device: &File) -> Option<(usize, usize)> {
    let size = tcgetwinsize(device).ok()?;
    let size = (usize::from(size.ws_col), usize::from(size.ws_row));
    (size.0 > 0 && size.1 > 0).then_some(size)
}

impl Screen {
    /// Takes the controlling terminal.
    ///
    /// # Errors
    /// There is none, or it can't be switched to single keys.
    pub fn take() -> io::Result<Screen> {
        let device = File::options().read(true).write(true).open(DEVICE)?;
        let before = tcgetattr(&device)?;
        let size = size_of(&device).ok_or_else(|| io::Error::other("the terminal does not say its size"))?;
        let (asked, stops) = (end::heard(), hear_stops());
        let mut screen = Screen { device, before, size, ours: false, asked, stops };
        screen.resume()?;
        Ok(screen)
    }

    /// Columns and lines.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Draws lines from the top, and the cursor where somebody types. What is longer than the screen is for the
    /// caller to cut.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn draw(&mut self, lines: &[String], cursor: Option<(usize, usize)>) -> io::Result<()> {
        let mut out = String::from("\x1b[?25l");
        for (i, line) in lines.iter().enumerate() {
            out += &format!("\x1b[{};1H\x1b[m\x1b[2K{line}", i + 1);
        }
        out += "\x1b[m";
        if let Some((line, column)) = cursor {
            out += &format!("\x1b[{};{}H\x1b[?25h", line + 1, column + 1);
        }
        self.device.write_all(out.as_bytes())?;
        self.device.flush()
    }

    /// Waits for keys, for a tenth of a second at most.
    ///
    /// # Errors
    /// The terminal can't be read, or not be taken again after the program was stopped.
    pub fn wait(&mut self) -> io::Result<Event> {
        let mut bytes = [0; CHUNK];
        let read = match self.device.read(&mut bytes) {
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => 0,
            // Hung up.
            Err(e) if e.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                return Ok(Event::End);
            }
            Err(e) => return Err(e),
        };
        if self.asked.was_asked() {
            return Ok(Event::End);
        }
        if self.stops.stop.swap(false, Ordering::SeqCst) {
            self.stop()?;
            return Ok(Event::Changed);
        }
        if self.stops.went_on.swap(false, Ordering::SeqCst) {
            // Whoever stopped us may have left the terminal in another mode.
            self.resume()?;
            return Ok(Event::Changed);
        }
        if read > 0 {
            return Ok(Event::Bytes(bytes[..read].to_vec()));
        }
        match size_of(&self.device) {
            None => Ok(Event::End),
            Some(size) if size != self.size => {
                self.size = size;
                Ok(Event::Changed)
            }
            Some(_) => Ok(Event::Nothing),
        }
    }

    /// Gives the terminal back, stops the program as Ctrl-Z does, and takes the terminal again when it goes on.
    ///
    /// # Errors
    /// The terminal can't be taken again.
    pub fn stop(&mut self) -> io::Result<()> {
        self.give_back()?;
        kill_process(getpid(), Signal::STOP)?;
        self.stops.went_on.store(false, Ordering::SeqCst);
        self.resume()
    }

    /// Gives the terminal back as it was, for as long as somebody else asks on it.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn give_back(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.ours) {
            self.device.write_all(GIVE.as_bytes())?;
            self.device.flush()?;
            // What was typed ahead is for nobody else.
            tcsetattr(&self.device, OptionalActions::Flush, &self.before)?;
        }
        Ok(())
    }

    /// Takes the terminal again.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn resume(&mut self) -> io::Result<()> {
        let mut raw = self.before.clone();
        raw.make_raw();
        raw.special_codes[SpecialCodeIndex::VMIN] = 0;
        raw.special_codes[SpecialCodeIndex::VTIME] = PATIENCE;
        // From here on there is something to give back, whatever fails.
        self.ours = true;
        tcsetattr(&self.device, OptionalActions::Flush, &raw)?;
        tcflush(&self.device, QueueSelector::IFlush)?;
        self.device.write_all(TAKE.as_bytes())?;
        self.device.flush()?;
        self.size = size_of(&self.device).unwrap_or(self.size);
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing back.
        let _ = self.give_back();
        if std::thread::panicking() {
            let _ =
                self.device.write_all(b"error: the review ended by a fault of cask; nothing was signed\r\n");
        }
    }
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Screen")
    }
}

/// From now on a request to stop, and that we went on, are heard instead of obeyed at once.
fn hear_stops() -> Arc<Stops> {
    let stops = Arc::new(Stops::default());
    let told = Arc::clone(&stops);
    std::thread::spawn(move || {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let kinds = [Signal::TSTP, Signal::CONT].map(|signal| SignalKind::from_raw(signal.as_raw()));
            let [Ok(mut stop), Ok(mut went_on)] = kinds.map(signal) else { return };
            loop {
                tokio::select! {
                    Some(()) = stop.recv() => told.stop.store(true, Ordering::SeqCst),
                    Some(()) = went_on.recv() => told.went_on.store(true, Ordering::SeqCst),
                    else => return,
                }
            }
        });
    });
    stops
}
