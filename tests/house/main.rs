//! The house itself: who may import whom, commands, rules, schemas and words that are closed, and pages that tell of them.
//! Nothing here needs a program of others but git.

mod cli;
mod closed_words;
mod coverage;
mod demo;
mod docs_commands;
mod explain;
mod meant;
mod order;
mod rooms;
mod rules;
mod schemas;

#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/imports.rs"]
mod imports;
#[path = "../support/layers.rs"]
mod layers;
#[path = "../support/protected.rs"]
mod protected;
#[path = "../support/cask.rs"]
mod support;
#[path = "../support/typed.rs"]
mod typed;
#[path = "../support/upstream.rs"]
mod upstream;
