//! Proofs by exhaustion and by chance: mutations, replays, merges, a model of who approved what, and that no
//! two statements share their bytes.

#[path = "support/forge.rs"]
mod forge;
#[path = "proofs/injective.rs"]
mod injective;
#[path = "proofs/merges.rs"]
mod merges;
#[path = "proofs/model.rs"]
mod model;
#[path = "proofs/mutations.rs"]
mod mutations;
#[path = "support/panel.rs"]
mod panel;
#[path = "proofs/replays.rs"]
mod replays;
#[path = "support/cask.rs"]
mod support;
