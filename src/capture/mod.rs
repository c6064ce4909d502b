//! RECORDINGS: HAR files, OpenTelemetry exports and stored captures in, redacted exchanges out.
//!
//! Blocks of bytes go through a splitter, whose pieces are read one by one, so that a recording of any size is read
//! in bounded memory and one entry that cannot be read costs no other. What a reader makes is not redacted yet: it
//! leaves here only by [`Reader`], which takes out all that nobody may keep.

pub mod auth;
mod body;
pub mod browser;
pub mod feed;
pub mod filter;
pub mod har;
mod late;
mod loose;
mod multipart;
pub mod options;
pub mod otel;
mod otel_value;
pub mod otlp;
mod read;
pub mod redact;
pub mod sniff;
pub mod split;
pub mod standing;
mod stop;
pub mod stored;
pub mod url;
pub mod wanted;
mod wire;

pub use options::{Profile, Wants};
pub use read::Reader;
pub use redact::{leaking, leaks};
pub use sniff::{Kind, Layout, sniff};
pub use stop::Stop;
