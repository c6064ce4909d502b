//! What people type, and what pages tell them to: at a terminal, without one, before hooks, in a shell that completes.

mod completions;
mod drills;
mod gate_cli;
mod guided;
mod handbook;
mod hooks;
mod pasted;
mod trust_cli;
mod unattended;

#[path = "../support/pane.rs"]
mod pane;
#[path = "../support/cask.rs"]
mod support;
