//! COMMANDS: one file a subcommand; load, judge, deliver.

// Commands hand the real world (clock, environment, files) down as values.
#![allow(clippy::disallowed_methods)]
