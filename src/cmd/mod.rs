//! COMMANDS: one file a subcommand; load, judge, deliver. `table` lists them.

// The layer that meets the world.
#![allow(clippy::disallowed_methods)]

pub mod anchor;
pub mod asked;
pub mod audit;
pub mod before;
pub mod beside;
pub mod capture;
pub mod change;
pub mod ci;
pub mod compile;
<<<<<<< HEAD
pub mod config;
=======
pub mod confirm;
>>>>>>> keep
pub mod ctx;
pub mod defaults;
pub mod deliver;
pub mod demo;
pub mod described;
pub mod diff;
pub mod docs;
pub mod doctor;
pub mod drift;
pub mod enrich;
pub mod explain;
pub mod failed;
pub mod formats_page;
pub mod gate;
pub mod handed;
pub mod heard;
pub mod hook;
pub mod init;
pub mod judging;
pub mod key;
pub mod keyfile;
pub mod lint;
pub mod migrate;
pub mod mint;
pub mod observed;
pub mod options;
pub mod packs;
pub mod progress;
pub mod publish;
pub mod recording;
pub mod report_merge;
pub mod roots;
pub mod row;
pub mod rules;
pub mod schema;
pub mod schema_kinds;
pub mod scopes;
pub mod serve;
pub mod serving;
pub mod side;
pub mod signing;
pub mod sources;
pub mod summarize;
pub mod table;
pub mod tree;
pub mod trust;
pub mod trust_state;
pub mod trust_view;
pub mod workflow;
pub mod world;
