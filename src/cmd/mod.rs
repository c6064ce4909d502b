//! COMMANDS: one file a subcommand; load, judge, deliver.
