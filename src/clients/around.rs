//! What is known of the repository beside the files that are compared.

use super::locked::Locked;

/// What lies around the files.
#[derive(Debug, Clone, Copy, Default)]
pub struct Around<'a> {
    /// Servers that toolpacks of the head lock.
    pub locked: &'a [Locked],
    /// Hosts that toolpacks of the head allow.
    pub hosts: &'a [String],
}
