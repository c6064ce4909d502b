//! The real world as a [`Ctx`]: the one place that asks the process for its arguments, streams, clock,
//! environment, folder and randomness.

use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal, Write};

use crate::cmd::ctx::{Ctx, Global};
use crate::cmd::failed::Failed;
use crate::io::clock;
use crate::io::tty::Terminal;

/// Runs `main` with the arguments and the world of this process; what it printed is written out at the end.
///
/// # Errors
/// There is no current folder, or the clock is out of this world.
pub fn with<R>(main: impl FnOnce(Vec<OsString>, &mut Ctx) -> R) -> Result<R, Failed> {
    let cwd = std::env::current_dir()
        .map_err(|e| Failed::new("io", "the current folder", format!("it can't be read: {e}")))?;
    let mut out = Piped { inner: std::io::stdout(), closed: false };
    let mut err = Piped { inner: std::io::stderr(), closed: false };
    let mut ctx = Ctx {
        terminal: std::io::stdout().is_terminal().then(columns),
        out: &mut out,
        err: &mut err,
        now: clock::now()?,
        env: &|name| std::env::var(name).ok(),
        names: &|| std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect(),
        cwd,
        random: &|bytes| getrandom::fill(bytes).expect("the system gives random bytes"),
        may_ask: Terminal::open().is_some(),
        attended: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
        global: Global::default(),
    };
    Ok(main(std::env::args_os().collect(), &mut ctx))
}

/// The columns of the terminal behind stdout.
fn columns() -> usize {
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(std::io::stdout())
        && size.ws_col > 0
    {
        return usize::from(size.ws_col);
    }
    std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).unwrap_or(80)
}

/// A stream whose reader may go away: what it no longer wants is dropped, and that is no error.
struct Piped<W> {
    inner: W,
    closed: bool,
}

impl<W> Piped<W> {
    fn forgive<T>(&mut self, result: std::io::Result<T>, instead: T) -> std::io::Result<T> {
        match result {
            Err(e) if e.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(instead)
            }
            other => other,
        }
    }
}

impl<W: Write> Write for Piped<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.closed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.forgive(result, bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        if self.closed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.forgive(result, ())
    }
}

/// Makes a panic one line on stderr; with RUST_BACKTRACE it is told as Rust does.
pub fn quieten_panics() {
    if std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        return;
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        // Nothing can be done about a stderr that is gone, and panicking here would abort.
        let _ = writeln!(
            std::io::stderr(),
            "error: internal error{place}\nwhy:  this is a fault of cask, not of what it looked at\n\
             do:   report it, with the output of the same command under RUST_BACKTRACE=1\n\n\
             not judged: nothing was found because nothing was looked at             exit 3"
        );
    }));
}

/// Writes to stderr when there is no [`Ctx`] to write with.
pub fn complain(text: &str) {
    // Nothing can be done about a stderr that is gone; the exit code says it.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone(ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        let mut pipe = Piped { inner: Gone(ErrorKind::BrokenPipe), closed: false };
        assert!(pipe.write_all(b"text").is_ok() && pipe.flush().is_ok() && pipe.closed);
        let mut disk = Piped { inner: Gone(ErrorKind::StorageFull), closed: false };
        assert!(disk.write_all(b"text").is_err() && disk.flush().is_err());
    }
}
