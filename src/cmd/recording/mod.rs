//! Files of recorded calls in, redacted exchanges out in batches: of any kind and size, in bounded memory.
//!
//! What has to be known beforehand (which hosts a recording is about, which spans tell one call) is learned in a
//! first pass. Files are read in the order of their paths, so that the order of arguments changes nothing.

mod abreast;
mod all;
mod calls;
mod file;
mod hosts;
mod nothing;
mod options;
mod tape;

pub use all::{Recordings, Sink};
pub use options::Options;
pub use tape::Tape;
