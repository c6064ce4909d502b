//! One step of a workflow, start to finish.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::around::Around;
use super::outcome;
use super::refs::{Resolved, resolve};
use super::{log, summary};
use crate::cmd::ci::args::{Args, Task};
use crate::cmd::ci::whole;
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::{FILES, deliver, style};
use crate::cmd::failed::{Failed, Outcome};
use crate::github::inputs::{Mode, Sarif};
use crate::github::outputs::{Outputs, delimiter};
use crate::github::sides::{Sides, Stop, sides};
use crate::io::fs;
use crate::io::git::Repo;
use crate::model::gate_config::FailOn;
use crate::model::report::{Publication, Report};
use crate::report::formats::find;
use crate::report::style::Style;

/// What a run came to.
enum Judged {
    /// A report.
    Report(Box<Report>),
    /// There is nothing to judge: why.
    Skipped(&'static str),
}

/// Runs the step.
///
/// # Errors
/// Whatever kept it from judging; all that a workflow reads has been told by then.
pub fn run(args: &Args, around: &Around, ctx: &mut Ctx) -> Outcome {
    let step = Step::of(args, around, ctx);
    if let Some(token) = &around.inputs.token {
        step.tell(ctx, &log::mask(token))?;
    }
    match judge(&step.args, around, ctx) {
        Ok(Judged::Report(report)) => step.report(*report, ctx),
        Ok(Judged::Skipped(why)) => step.skipped(why, ctx),
        Err(mut failed) => {
            crate::judge::hide::in_error(&mut failed.0);
            let report =
                Report::unjudged("ci", env!("CARGO_PKG_VERSION"), FailOn::Breaking, (*failed.0).clone());
            // The first failure is the one to tell; what could not be written is said beside it.
            match step.report(report, ctx) {
                Ok(_) => Err(failed),
                Err(second) => Err(failed.why(format!("and it could not be reported: {}", second.0.message))),
            }
        }
    }
}

/// Both sides, judged.
fn judge(args: &Args, around: &Around, ctx: &mut Ctx) -> Result<Judged, Failed> {
    let inputs = &around.inputs;
    let named = |input: &Option<String>, option: &Option<String>| {
        input.clone().or_else(|| option.clone().filter(|name| name != "HEAD"))
    };
    let (base, head) = (named(&inputs.base_ref, &args.base_ref), named(&inputs.head_ref, &args.head_ref));
    let sides = match sides(&around.payload, base.as_deref(), head.as_deref()) {
        Ok(sides) => sides,
        Err(Stop::Skipped(why)) => return Ok(Judged::Skipped(why)),
        Err(stop) => return Err(stopped(stop, around)),
    };
    let Resolved { refs, notes, merge } = resolve(&sides, around, clone(ctx)?)?;
    let task = if inputs.mode == Mode::Drift { Task::Drift } else { Task::Change };
    let author = args.author.clone().or_else(|| sides.author.clone());
    let args = Args { task, author, head_ref: None, ..args.clone() };
    let mut report = whole::report(&args, &refs, ctx)?;
    report.notes.extend(notes);
    report.publication =
        publication(around, &sides, refs.files.commit().map(|oid| oid.as_str()), merge.is_some());
    if report.packs.is_empty() && report.findings.is_empty() {
        return nothing(inputs.require_toolpack, report);
    }
    Ok(Judged::Report(Box::new(report)))
}

/// No toolpack on either side, and nothing to say of what stands beside them.
fn nothing(is_required: bool, report: Report) -> Result<Judged, Failed> {
    match is_required {
        true => Err(Failed::new("input", "this change", "there is no toolpack on either side")
            .why("the input require-toolpack is true")
            .hint("cask init, and commit what it writes")),
        false if report.trust.is_none() => Ok(Judged::Skipped("no toolpack on either side")),
        false => Ok(Judged::Report(Box::new(report))),
    }
}

fn clone(ctx: &Ctx) -> Result<Repo, Failed> {
    Repo::discover(&ctx.cwd)?.ok_or_else(|| {
        Failed::new("git", "the workspace", "there is no checkout in it")
            .hint("a step with  actions/checkout  before this one")
    })
}

fn stopped(stop: Stop, around: &Around) -> Failed {
    match stop {
        Stop::Refused(input) => {
            Failed::new("usage", format!("the input {input}"), "a pull request has its own sides")
                .why(format!(
                    "the event is {}: a workflow that could name them would name what suits it",
                    around.event
                ))
                .hint(format!("take {input} out of the workflow"))
        }
        Stop::Unsupported => {
            Failed::new("usage", "this event", format!("nobody knows which sides {:?} has", around.event))
                .hint("run on pull_request, merge_group, push, schedule or workflow_dispatch")
                .hint("or name both:  base-ref  and  head-ref")
        }
        Stop::Find(_) => {
            Failed::new("usage", "this event", "a run that ended is reported in mode comment only")
                .hint("with:  mode: comment")
        }
        Stop::Skipped(why) => Failed::new("usage", "this event", why),
    }
}

/// Where the report will stand.
fn publication(around: &Around, sides: &Sides, judged: Option<&str>, is_merge: bool) -> Publication {
    let tip = sides.pull.as_ref().filter(|_| is_merge).map(|pull| pull.head.sha.as_str());
    Publication {
        server: around.server.clone(),
        repository: around.repository.clone(),
        // The merge goes away with the pull request; the tip of its branch stays.
        head: tip.or(judged).unwrap_or_default().to_owned(),
        run_url: around.run_url(),
        marker: None,
    }
}

/// The channels of a step.
struct Step<'a> {
    args: Args,
    around: &'a Around,
    style: Style,
    token: String,
    folder: PathBuf,
}

impl<'a> Step<'a> {
    fn of(args: &Args, around: &'a Around, ctx: &Ctx) -> Step<'a> {
        let inputs = &around.inputs;
        let mut args = args.clone();
        args.report.fail_on = args.report.fail_on.max(Some(inputs.fail_on));
        args.report.min_risk = [args.report.min_risk, Some(inputs.min_risk)].into_iter().flatten().min();
        args.trust.trust_pin = inputs.trust_pin.clone().or(args.trust.trust_pin);
        let mut random = [0; 16];
        (ctx.random)(&mut random);
        let token = delimiter(random);
        let folder = around.temp.join(token.replacen('_', "-", 1));
        Step { args, around, style: Style { risk_icons: inputs.risk_icons, ..style(ctx) }, token, folder }
    }

    fn report(&self, report: Report, ctx: &mut Ctx) -> Outcome {
        let inputs = &self.around.inputs;
        let mut outputs = outcome::outputs(&report, false);
        self.files(&report, &mut outputs)?;
        self.write(&outputs)?;
        if inputs.summary {
            self.summarize(&report)?;
        }
        if inputs.annotations
            && let Some(format) = find("annotations")
        {
            self.tell(ctx, &(format.render)(&report, &self.style))?;
        }
        if self.args.report.format.is_none()
            && let Some(format) = find("terminal")
        {
            let plain = Style { color: false, ..self.style };
            self.tell(ctx, &log::group("cask: report", &(format.render)(&report, &plain), &self.token))?;
        }
        if self.args.report.format.is_some() || self.args.report.output.is_some() {
            deliver(&report, &self.args.report, ctx)?;
        }
        Ok(report.exit_code())
    }

    fn skipped(&self, why: &'static str, ctx: &mut Ctx) -> Outcome {
        let mut outputs = Outputs::default();
        outputs.set("outcome", "skipped");
        outputs.set("exit-code", "0");
        outputs.set("changed", "false");
        outputs.set("highest-risk", "none");
        outputs.set("trust-source", "none");
        outputs.set("cask-version", env!("CARGO_PKG_VERSION"));
        self.write(&outputs)?;
        self.tell(ctx, &log::notice("cask: skipped", why))?;
        Ok(0)
    }

    /// The reports as files, in a folder that no other step has.
    fn files(&self, report: &Report, outputs: &mut Outputs) -> Result<(), Failed> {
        std::fs::create_dir_all(&self.folder).map_err(|e| {
            Failed::new("io", "the folder of reports", format!("it can't be made in RUNNER_TEMP: {e}"))
        })?;
        let plain = Style { risk_icons: self.style.risk_icons, ..Style::default() };
        for (name, id) in FILES {
            if id == "sarif" && self.around.inputs.sarif == Sarif::Off {
                continue;
            }
            if let Some(format) = find(id) {
                fs::write_atomic(&self.folder.join(name), (format.render)(report, &plain).as_bytes())?;
            }
        }
        let path = |name: &str| shown(&self.folder.join(name));
        outputs.set("report-dir", shown(&self.folder));
        outputs.set("report-json", path("report.json"));
        outputs.set("report-md", path("report.md"));
        if self.around.inputs.sarif != Sarif::Off {
            outputs.set("sarif-file", path("report.sarif"));
        }
        Ok(())
    }

    fn write(&self, outputs: &Outputs) -> Result<(), Failed> {
        let Some(path) = &self.around.output else { return Ok(()) };
        let text = outputs.text(&self.token).ok_or_else(|| {
            Failed::new(
                "io",
                "the outputs",
                "a value holds their delimiter, or is too long; nothing was written",
            )
        })?;
        append("GITHUB_OUTPUT", path, &text)
    }

    fn summarize(&self, report: &Report) -> Result<(), Failed> {
        let Some(path) = &self.around.summary else { return Ok(()) };
        let there = path.metadata().map_or(0, |meta| meta.len());
        append("GITHUB_STEP_SUMMARY", path, &summary::page(report, &self.style, there))
    }

    /// To the log: standard output, unless that is for a format that was asked for.
    fn tell(&self, ctx: &mut Ctx, text: &str) -> Result<(), Failed> {
        match self.args.report.format.is_some() {
            true => Ok(ctx.err.write_all(text.as_bytes())?),
            false => ctx.print(text),
        }
    }
}

/// Appends to a file that the runner reads after the step.
fn append(variable: &str, path: &Path, text: &str) -> Result<(), Failed> {
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|e| {
        Failed::new("io", format!("the file of {variable}"), format!("it can't be written: {e}"))
    })
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
