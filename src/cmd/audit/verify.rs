//! `cask audit verify`: is the trail what was written, and if not, where is it not first.

use std::path::PathBuf;

use serde_json::json;

use super::trail::files;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::enforce::audit::chain::{Broken, Chain, Whole};
use crate::io::{Failure, audit_files};

/// Check the chain of audit records
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Files of one trail, oldest first (default: all of state/audit/runtime.jsonl below the state folder)
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
}

/// What keeps a trail from being whole, or from being looked at.
enum Stop {
    Broken(Broken),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

/// Runs the command.
///
/// # Errors
/// There is no trail, or a file can't be read.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let files = files(ctx, &args.files)?;
    let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let (result, code) = match walk(&files) {
        Ok(whole) => (Ok(whole), 0),
        Err(Stop::Broken(broken)) => (Err(broken), 2),
        Err(Stop::Failed(failure)) => return Err(Failed::from(failure)),
    };
    let text = match args.format.as_str() {
        "json" => in_json(&names, &result),
        _ => in_words(&names, &result, ctx),
    };
    ctx.print(&text)?;
    Ok(code)
}

fn walk(files: &[PathBuf]) -> Result<Whole, Stop> {
    let mut chain = Chain::new();
    for (n, path) in files.iter().enumerate() {
        if n > 0 {
            chain.next_file().map_err(Stop::Broken)?;
        }
        audit_files::lines(path, |line, ended| chain.line(line, ended).map_err(Stop::Broken))?;
    }
    chain.finish().map_err(Stop::Broken)
}

fn in_words(names: &[String], result: &Result<Whole, Broken>, ctx: &Ctx) -> String {
    let paint = ctx.paint();
    match result {
        Ok(whole) => {
            let count = if names.len() == 1 { "1 file".to_owned() } else { format!("{} files", names.len()) };
            let mut text = format!("whole: {} lines in {count}\nlast  {}\n", whole.lines, whole.last);
            if whole.continues {
                text += "the first file goes on behind an earlier one, which was not looked at\n";
            }
            text
        }
        Err(broken) => {
            let name = names.get(broken.file).map_or("", String::as_str);
            let name = paint.text(name, 400);
            format!("broken ({}): {name} line {}: {}\n", broken.why.word(), broken.line, broken.message)
        }
    }
}

fn in_json(names: &[String], result: &Result<Whole, Broken>) -> String {
    let report = match result {
        Ok(whole) => json!({
            "schema": "cask.audit-verify/1", "whole": true, "files": names, "lines": whole.lines,
            "last": whole.last, "continues": whole.continues,
        }),
        Err(broken) => json!({
            "schema": "cask.audit-verify/1", "whole": false, "files": names,
            "broken": {
                "file": names.get(broken.file), "line": broken.line, "why": broken.why.word(),
                "message": broken.message,
            },
        }),
    };
    format!("{report:#}\n")
}
