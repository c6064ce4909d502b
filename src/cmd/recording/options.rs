//! What is asked of recordings.

use std::sync::Arc;

use crate::capture::Wants;
use crate::capture::sniff::Kind;
use crate::cmd::progress::Progress;
use crate::report::escape::terminal::Paint;

/// What is asked of recordings.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Hosts and profile. No hosts: those that the recordings are about.
    pub wants: Wants,
    /// The kind of every file; none: told by its content.
    pub kind: Option<Kind>,
    /// How hosts are asked for where none is wanted; none: nobody is asked, and those with most calls are taken.
    pub ask: Option<Paint>,
    /// Who is told how far reading is.
    pub progress: Option<Arc<Progress>>,
}
