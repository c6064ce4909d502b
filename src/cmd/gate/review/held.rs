//! What a review has in hand while it is asked, and how it ends.

use crate::cmd::gate::desk::{Desk, PackAt};
use crate::cmd::signing::SigningKey;
use crate::io::load::Loaded;

/// What is reviewed, and who signs it.
pub(super) struct Review {
    /// The toolpacks, the base, the trust.
    pub(super) desk: Desk,
    /// The toolpack.
    pub(super) at: PackAt,
    /// The toolpack as it was read once: what is shown is what is signed.
    pub(super) loaded: Loaded,
    /// The key that signs.
    pub(super) key: SigningKey,
    /// The id of the subject that it begins with.
    pub(super) first: Option<String>,
}

/// How a review ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// What was decided is signed and written.
    Signed,
    /// Nothing was signed.
    Left,
}
