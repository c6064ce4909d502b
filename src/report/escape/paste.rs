//! Names in commands that people paste into a shell: only those that any shell takes as one plain word.

use crate::canon::visible::is_shell_word;

/// The name, if it may stand in a command to paste: `[A-Za-z0-9][A-Za-z0-9._/-]*`.
///
/// Quoting is no way out: rules differ between shells, and a reader would have to check them. A name that
/// does not match is replaced by an id or `<tool>` by the caller.
pub fn paste(name: &str) -> Option<&str> {
    is_shell_word(name).then_some(name)
}
