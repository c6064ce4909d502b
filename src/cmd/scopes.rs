//! `cask scopes merge`: groups of tools that `cask mint --emit scopes` proposed, taken into somebody's own file of them.
//! Nothing is written over without `--apply`, and what is let in is told.

use std::path::{Path, PathBuf};

use similar::{ChangeTag, TextDiff};

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use crate::io::fs::{read_bounded, write_atomic};
use crate::mint::groups::{Merged, merge as merged};
use crate::model::{bytes, limits};
use crate::report::escape::terminal::{Mark, Paint};

/// Lines around a change that are shown.
const NEAR: usize = 2;

/// Options of `scopes merge`.
#[derive(Debug, clap::Args)]
pub struct Merge {
    /// The proposal (default: scopes/scopes.suggested.yaml in the state folder)
    #[arg(long, value_name = "FILE")]
    suggested: Option<PathBuf>,
    /// Your own file (default: scopes/scopes.yaml in the state folder)
    #[arg(long, value_name = "FILE")]
    authoritative: Option<PathBuf>,
    /// Where the result goes (default: scopes.merge.proposed.yaml beside your own file)
    #[arg(long, value_name = "FILE", conflicts_with = "apply")]
    output: Option<PathBuf>,
    /// Write the result into your own file
    #[arg(long)]
    apply: bool,
}

/// Runs `scopes merge`.
///
/// # Errors
/// A file that is missing or is none of groups, or one that cannot be written.
pub fn merge(args: Merge, ctx: &mut Ctx) -> Outcome {
    let folder = ctx.global.root.join("scopes");
    let suggested = args.suggested.unwrap_or_else(|| folder.join("scopes.suggested.yaml"));
    let own = args.authoritative.unwrap_or_else(|| folder.join("scopes.yaml"));
    let proposal = read(&suggested, ctx)?.ok_or_else(|| {
        Failed::new("input", suggested.display().to_string(), "there is no such file")
            .hint("cask mint SOURCE --emit scopes, then --suggested TOOLPACK/artifact/scopes.suggested.yaml")
    })?;
    let name = suggested.display().to_string();
    let node = bytes::described(&name, proposal.as_bytes(), limits::SMALL)?;
    let before = read(&own, ctx)?;
    let result = merged((&own.display().to_string(), before.as_deref()), (&name, &node))?;
    if args.apply && read(&own, ctx)? != before {
        return Err(Failed::new("input", own.display().to_string(), "it changed meanwhile")
            .hint("run the command again"));
    }
    let target = match args.apply {
        true => own,
        false => args.output.unwrap_or_else(|| own.with_file_name("scopes.merge.proposed.yaml")),
    };
    let is_there = read(&target, ctx).is_ok_and(|text| text.as_deref() == Some(result.text.as_str()));
    if !is_there {
        write_atomic(&ctx.cwd.join(&target), result.text.as_bytes())?;
    }
    let text = told(ctx.paint(), &result, before.as_deref().unwrap_or_default(), &target, args.apply);
    ctx.print(&text)?;
    Ok(0)
}

fn read(path: &Path, ctx: &Ctx) -> Result<Option<String>, Failed> {
    let shown = path.display().to_string();
    let Some(bytes) = read_bounded(&ctx.cwd.join(path), limits::SMALL)? else { return Ok(None) };
    let text = String::from_utf8(bytes);
    text.map(Some).map_err(|_| Failed::new("input", shown, "it is not UTF-8").hint("save it as UTF-8"))
}

fn told(paint: Paint, result: &Merged, before: &str, target: &Path, applied: bool) -> String {
    let mut out = String::new();
    let diff = TextDiff::from_lines(before, result.text.as_str());
    for (n, group) in diff.grouped_ops(NEAR).iter().enumerate() {
        if n > 0 {
            out += "  …\n";
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = paint.text(change.value().trim_end_matches(['\n', '\r']), 200);
            out += &match change.tag() {
                ChangeTag::Equal => format!("  {line}\n"),
                ChangeTag::Delete => paint.red(&format!("- {line}")) + "\n",
                ChangeTag::Insert => paint.green(&format!("+ {line}")) + "\n",
            };
        }
    }
    if !out.is_empty() {
        out += "\n";
    }
    for (name, what) in &result.broadened {
        let mark = paint.yellow(paint.mark(Mark::Warn));
        out += &format!("{mark} {} takes in more: {}\n", paint.text(name, 80), paint.text(what, 200));
    }
    let label = if applied { "Applied merged scopes to" } else { "Scopes merge proposal" };
    out += &format!("{label}: {}\n", paint.text(&target.display().to_string(), 200));
    let count = |word: &str, names: &[String]| {
        let list: Vec<String> = names.iter().take(20).map(|name| paint.text(name, 80)).collect();
        let list = if list.is_empty() { String::new() } else { format!(" ({})", list.join(", ")) };
        format!("  {word}: {}{list}\n", names.len())
    };
    out + &count("Added scopes", &result.added) + &count("Existing preserved", &result.kept)
}
