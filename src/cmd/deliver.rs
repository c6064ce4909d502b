//! A report to where it was asked for: the terminal, a file, a folder. No format changes the exit code.

use std::path::Path;

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::options::ReportArgs;
use crate::io::fs;
use crate::judge::next;
use crate::model::report::Report;
use crate::report::formats::{FORMATS, Format, find, ids};
use crate::report::style::Style;

/// The files that a folder given by `--output` gets: name and format. comment.md is what would be posted.
pub const FILES: [(&str, &str); 5] = [
    ("report.json", "json"),
    ("report.md", "markdown"),
    ("report.html", "html"),
    ("report.sarif", "sarif"),
    ("comment.md", "github-md"),
];

/// How reports are to look in this world.
pub fn style(ctx: &Ctx) -> Style {
    Style { color: ctx.colored(), unicode: ctx.unicode(), width: ctx.width(), risk_icons: true }
}

/// The format that was asked for; on a terminal and elsewhere `terminal` is the default.
///
/// # Errors
/// A format that does not exist.
pub fn format(args: &ReportArgs) -> Result<&'static Format, Failed> {
    let id = args.format.as_deref().unwrap_or("terminal");
    find(id).ok_or_else(|| {
        Failed::new("usage", "the report", format!("there is no format {id:?}"))
            .meant(id, FORMATS.iter().map(|format| format.id), |near| format!("--format {near}"))
            .hint(format!("--format {}", ids()))
    })
}

/// Shows a report and returns the exit code that it comes to.
///
/// # Errors
/// A format that does not exist, or a place that cannot be written.
pub fn deliver(report: &Report, args: &ReportArgs, ctx: &mut Ctx) -> Outcome {
    keep(report, args, ctx)?;
    if args.format.is_none() || place(args).is_none() {
        print(report, format(args)?, ctx)?;
    }
    Ok(report.exit_code())
}

/// Writes a report where `--output` names a place; without one, nothing.
///
/// # Errors
/// A format that does not exist, or a place that cannot be written.
pub fn keep(report: &Report, args: &ReportArgs, ctx: &Ctx) -> Result<(), Failed> {
    let format = format(args)?;
    place(args).map_or(Ok(()), |path| write(report, format, &ctx.cwd.join(path), args))
}

/// The file or folder of `--output`; `-` is the standard output.
pub fn place(args: &ReportArgs) -> Option<&Path> {
    args.output.as_deref().filter(|path| path.as_os_str() != "-")
}

/// A report for a person at a terminal, who can do more there.
pub fn for_reader(report: &Report) -> Report {
    let next = next::at_terminal(report.next.clone(), &report.findings);
    Report { next, ..report.clone() }
}

fn print(report: &Report, format: &Format, ctx: &mut Ctx) -> Result<(), Failed> {
    let text = match ctx.has_reader() && format.id == "terminal" {
        true => (format.render)(&for_reader(report), &style(ctx)),
        false => (format.render)(report, &style(ctx)),
    };
    ctx.out
        .write_all(text.as_bytes())
        .map_err(|e| Failed::new("io", "the report", format!("it cannot be written: {e}")))
}

/// A path that names a file gets the one report; anything else is a folder that gets them all.
fn write(report: &Report, format: &Format, path: &Path, args: &ReportArgs) -> Result<(), Failed> {
    let plain = Style::default();
    if args.format.is_some() || path.extension().is_some() {
        fs::write_atomic(path, (format.render)(report, &plain).as_bytes())?;
        return Ok(());
    }
    std::fs::create_dir_all(path).map_err(|e| {
        Failed::new("io", path.display().to_string(), format!("the folder cannot be made: {e}"))
    })?;
    for (name, id) in FILES {
        if let Some(format) = find(id) {
            fs::write_atomic(&path.join(name), (format.render)(report, &plain).as_bytes())?;
        }
    }
    Ok(())
}
