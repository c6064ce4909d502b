//! The browser that tests drive, and whose turn it is.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One browser at a time: several would wait for each other longer than they are given.
static TURN: Mutex<()> = Mutex::new(());

/// Waits until no other test has a browser.
pub fn alone() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where Chromium lies. None, and a line that says so, where it is not installed.
#[expect(clippy::print_stderr, reason = "a test that was left out has to be seen")]
pub fn chromium() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|dir| dir.join("chromium")).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: there is no chromium here; ./test installs it");
    }
    found
}
