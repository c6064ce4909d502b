//! Who would fool the gate, or break it: attacks, bad input, damage, and proofs by exhaustion and by chance.

mod attacks;
mod bad_input;
mod mutations;
mod proofs;

#[path = "../support/forge.rs"]
mod forge;
#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/in_parts.rs"]
mod in_parts;
#[path = "../support/panel.rs"]
mod panel;
#[path = "../support/cask.rs"]
mod support;
