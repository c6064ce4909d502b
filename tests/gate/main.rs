//! Who may approve, what of it holds, and what is kept: trust, keys, lockfiles, evidence, bundles, locks of files.

mod anchor;
mod bundle_cli;
mod ci_gate;
mod doctor;
mod evidence;
mod fs;
mod gate_in_ci;
mod gate_review;
mod gate_rules;
mod init;
mod ssh;
mod state;

#[path = "../support/approved.rs"]
mod approved;
#[path = "../support/forge.rs"]
mod forge;
#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/in_parts.rs"]
mod in_parts;
#[path = "../support/pane.rs"]
mod pane;
#[path = "../support/protected.rs"]
mod protected;
#[path = "../support/raw_zip.rs"]
mod raw_zip;
#[path = "../support/served_shop.rs"]
mod served_shop;
#[path = "../support/session.rs"]
mod session;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/upstream.rs"]
mod upstream;
