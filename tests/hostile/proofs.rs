//! Proofs by exhaustion and by chance: mutations, replays, merges, a model of who approved what, and that no
//! two statements share their bytes.

mod injective;
mod merges;
mod model;
mod mutations;
mod replays;

use crate::{forge, panel};
