//! What carries messages to a server and back, whatever it is made of.

use std::time::Instant;

use crate::io::failure::Failure;

/// Bytes that a message of a server may have. The largest listing seen of a published server has a tenth of it.
pub const MESSAGE: usize = 16 << 20;

/// A way to a server: a message out, the next message in.
pub trait Wire {
    /// Hands a message over. Whether it arrives, the answer tells.
    ///
    /// # Errors
    /// The server is gone, or refuses it.
    fn send(&mut self, message: &[u8], until: Instant) -> Result<(), Failure>;

    /// The next message, at most [`MESSAGE`] bytes.
    ///
    /// # Errors
    /// None came in time, it is too long, or the server is gone.
    fn next(&mut self, until: Instant) -> Result<Vec<u8>, Failure>;

    /// How the server is called in messages.
    fn name(&self) -> &str;
}
