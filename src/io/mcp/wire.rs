//! What carries messages to a server and back, whatever it is made of.

use std::sync::mpsc::{self, SyncSender, TrySendError};
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

    /// The next message, at most [`MESSAGE`] bytes; none where none came in time.
    ///
    /// # Errors
    /// It is too long, or the server is gone.
    fn next(&mut self, until: Instant) -> Result<Option<Vec<u8>>, Failure>;

    /// The same way out, for others; none once the server is gone.
    fn outlet(&self) -> Option<Outlet>;

    /// How the server is called in messages.
    fn name(&self) -> &str;

    /// Whether the server may be of the revision without a handshake.
    fn may_be_stateless(&self) -> bool {
        true
    }

    /// Whether the server said that it is not to be spoken to this way at all.
    fn is_turned_away(&self) -> bool {
        false
    }

    /// That nothing came in time, with what is known of why.
    fn late(&self) -> Failure {
        Failure::new(self.name(), "the server did not answer in time")
    }
}

/// A way out to a server that several hold.
#[derive(Clone)]
pub struct Outlet(pub(super) SyncSender<Vec<u8>>);

/// Why a message could not be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stuck {
    /// The server does not read what it was sent before.
    Full,
    /// The server is gone.
    Gone,
}

impl Outlet {
    /// One that leads nowhere.
    pub(super) fn closed() -> Outlet {
        Outlet(mpsc::sync_channel(1).0)
    }

    /// Hands a message over, if there is room for it.
    ///
    /// # Errors
    /// There is none.
    pub fn offer(&self, message: Vec<u8>) -> Result<(), (Stuck, Vec<u8>)> {
        self.0.try_send(message).map_err(|why| match why {
            TrySendError::Full(message) => (Stuck::Full, message),
            TrySendError::Disconnected(message) => (Stuck::Gone, message),
        })
    }
}
