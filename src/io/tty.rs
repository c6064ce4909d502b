//! The person at the terminal, and nobody else: questions go to the controlling terminal, never to stdin,
//! which a script or an agent can fill. What is asked must have gone through the escaper.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use zeroize::Zeroizing;

use super::end;

#[cfg(unix)]
const DEVICES: (&str, &str) = ("/dev/tty", "/dev/tty");
#[cfg(not(unix))]
const DEVICES: (&str, &str) = ("CONIN$", "CONOUT$");

/// Longest answer, in bytes.
const MAX_ANSWER: u64 = 4096;

/// The controlling terminal.
pub struct Terminal {
    input: Box<dyn BufRead + Send>,
    output: Box<dyn Write + Send>,
}

impl Terminal {
    /// The terminal of this process; none in CI, in a service, under most agents.
    pub fn open() -> Option<Terminal> {
        let input = File::options().read(true).open(DEVICES.0).ok()?;
        let output = File::options().write(true).open(DEVICES.1).ok()?;
        Some(Terminal { input: Box::new(BufReader::new(input)), output: Box::new(output) })
    }

    /// Shows text as it is.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn show(&mut self, text: &str) -> io::Result<()> {
        self.output.write_all(text.as_bytes())?;
        self.output.flush()
    }

    /// Asks, and gives the line that was typed, without its end.
    ///
    /// # Errors
    /// The terminal is gone or was closed before the line ended, or the answer is longer than 4 KiB: half an
    /// answer is none.
    pub fn ask(&mut self, text: &str) -> io::Result<String> {
        self.show(text)?;
        let mut line = String::new();
        self.input.by_ref().take(MAX_ANSWER).read_line(&mut line)?;
        match line.strip_suffix('\n') {
            Some(answer) => Ok(answer.strip_suffix('\r').unwrap_or(answer).to_owned()),
            None => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "no whole answer came")),
        }
    }

    /// Asks for a passphrase without showing it.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn passphrase(&mut self, prompt: &str) -> io::Result<Zeroizing<String>> {
        // Whoever interrupts us here must not be left with a terminal that shows nothing.
        let _echo = end::echo();
        // Opens the terminal itself, to switch its echo off and on again.
        match rpassword::prompt_password(prompt) {
            // It asks the system to end us, which takes a moment, and comes back here before that.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => end::interrupted(),
            asked => asked.map(Zeroizing::new),
        }
    }
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terminal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(typed: &'static [u8]) -> io::Result<String> {
        Terminal { input: Box::new(typed), output: Box::new(io::sink()) }.ask("? ")
    }

    #[test]
    fn an_answer_is_a_whole_line() {
        assert_eq!(asked(b"yes\nno\n").unwrap(), "yes");
        assert_eq!(asked(b"yes\r\n").unwrap(), "yes");
        assert_eq!(asked(b"\n").unwrap(), "");
        assert!(asked(b"").is_err());
        assert!(asked(b"yes").is_err());
        assert!(asked(&[b'y'; 5000]).is_err());
    }
}
