//! One step of a workflow, start to finish.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::around::Around;
use super::judged::{self, Judged, Run, judge};
use super::{log, outcome, stage2, summary};
use crate::cmd::ci::args::Args;
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::{FILES, deliver, style};
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::handed::part::Part;
use crate::cmd::handed::shard::Shard;
use crate::cmd::options::{ReportArgs, usual_fail_on};
use crate::cmd::publish::{Wanted, publish};
use crate::github::event::{Event, Pull};
use crate::github::inputs::{Mode, Sarif};
use crate::github::outputs::{Outputs, delimiter};
use crate::github::place::Place;
use crate::io::fs;
use crate::io::github::{Api, Settings};
use crate::model::gate_config::FailOn;
use crate::model::report::Report;
use crate::report::formats::find;
use crate::report::style::Style;

/// Runs the step.
///
/// # Errors
/// Whatever kept it from judging; all that a workflow reads has been told by then.
pub fn run(args: &Args, around: &Around, ctx: &mut Ctx) -> Outcome {
    let (step, api) = Step::begun(args, around, ctx)?;
    let run = judge(&step.args, around, api.as_ref(), ctx);
    step.end(run, api.as_deref(), ctx)
}

/// Judges one part, for a later step that puts all parts together.
///
/// # Errors
/// Whatever kept it from judging.
pub fn part(args: &Args, around: &Around, ctx: &mut Ctx, shard: Shard) -> Result<Part, Failed> {
    let step = Step::of(args, around, ctx);
    let api = around.inputs.token.as_deref().map(|token| Arc::new(Api::new(Settings::of(ctx.env, token))));
    judged::part(&step.args, around, api.as_ref(), ctx, shard)
}

/// Runs the step that makes one report of what several judged.
///
/// # Errors
/// Whatever kept it from making it; all that a workflow reads has been told by then.
pub fn put_together(
    args: &Args,
    around: &Around,
    ctx: &mut Ctx,
    make: impl FnOnce(&ReportArgs, &Ctx) -> Result<Report, Failed>,
) -> Outcome {
    let (step, api) = Step::begun(args, around, ctx)?;
    let run = judged::from_parts(&step.args, around, api.as_ref(), || make(&step.args.report, ctx));
    step.end(run, api.as_deref(), ctx)
}

/// A step that can't begin: beside what is told on stderr, an annotation, since nothing else will say it.
pub fn refused(mut failed: Failed, ctx: &mut Ctx) -> Failed {
    crate::judge::hide::in_error(&mut failed.0);
    let report = unjudged(&failed, usual_fail_on("ci"));
    if let Some(format) = find("annotations") {
        // A log that can't be written to leaves the exit code.
        let _ = ctx.err.write_all((format.render)(&report, &Style::default()).as_bytes());
    }
    failed
}

fn unjudged(failed: &Failed, fail_on: FailOn) -> Report {
    Report::unjudged("ci", env!("CARGO_PKG_VERSION"), fail_on, (*failed.0).clone())
}

/// What goes to GitHub.
struct Posts<'a> {
    api: Option<&'a Api>,
    place: Option<&'a Place>,
    posted_late: Option<&'a Pull>,
}

impl Posts<'_> {
    /// Whether the pull request is still what was judged, where that has to be asked.
    fn is_current(&self, around: &Around) -> Result<bool, Failed> {
        match self.api.zip(self.posted_late) {
            Some((api, pull)) => stage2::is_current(api, around.slug(), pull),
            None => Ok(true),
        }
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
    /// A step whose log can't show the token, and the API that this opens.
    fn begun(args: &Args, around: &'a Around, ctx: &mut Ctx) -> Result<(Step<'a>, Option<Arc<Api>>), Failed> {
        let step = Step::of(args, around, ctx);
        let token = around.inputs.token.as_deref();
        if let Some(token) = token {
            step.tell(ctx, &log::mask(token))?;
        }
        Ok((step, token.map(|token| Arc::new(Api::new(Settings::of(ctx.env, token))))))
    }

    /// Tells what a run came to.
    fn end(&self, run: Run, api: Option<&Api>, ctx: &mut Ctx) -> Outcome {
        let Run { judged, to } = run;
        let posts = Posts { api, place: to.place.as_ref(), posted_late: to.posted_late.as_ref() };
        match judged {
            Ok(Judged::Report(report)) => self.report(&report, &posts, ctx),
            Ok(Judged::Skipped(why)) => self.skipped(why, ctx),
            Err(mut failed) => {
                crate::judge::hide::in_error(&mut failed.0);
                let report = unjudged(&failed, self.args.report.fail_on(None, usual_fail_on("ci")));
                // The first failure is the one to tell; what could not be written is said beside it.
                match self.report(&report, &posts, ctx) {
                    Ok(_) => Err(failed),
                    Err(second) => {
                        Err(failed.why(format!("and it could not be reported: {}", second.0.message)))
                    }
                }
            }
        }
    }

    fn of(args: &Args, around: &'a Around, ctx: &Ctx) -> Step<'a> {
        let inputs = &around.inputs;
        let mut args = args.clone();
        args.report.fail_on = args.report.fail_on.max(inputs.fail_on);
        args.report.min_risk = [args.report.min_risk, inputs.min_risk].into_iter().flatten().min();
        args.trust.trust_pin = inputs.trust_pin.clone().or(args.trust.trust_pin);
        let mut random = [0; 16];
        (ctx.random)(&mut random);
        let token = delimiter(random);
        let folder = around.temp.join(token.replacen('_', "-", 1));
        Step { args, around, style: Style { risk_icons: inputs.risk_icons, ..style(ctx) }, token, folder }
    }

    /// Files, outputs, summary, annotations and log; then what needs the network.
    fn report(&self, report: &Report, posts: &Posts, ctx: &mut Ctx) -> Outcome {
        let inputs = &self.around.inputs;
        let mut outputs = outcome::outputs(report);
        self.files(report, &mut outputs)?;
        self.write(&outputs)?;
        if inputs.summary {
            self.summarize(report)?;
        }
        if inputs.annotations
            && let Some(format) = find("annotations")
        {
            self.tell(ctx, &(format.render)(report, &self.style))?;
        }
        if self.args.report.format.is_none()
            && let Some(format) = find("terminal")
        {
            let plain = Style { color: false, ..self.style };
            self.tell(ctx, &log::group("cask: report", &(format.render)(report, &plain), &self.token))?;
        }
        if self.args.report.format.is_some() || self.args.report.output.is_some() {
            deliver(report, &self.args.report, ctx)?;
        }
        let degraded = self.post(report, posts, &mut outputs, ctx)?;
        match degraded && inputs.require_report {
            true => Err(Failed::new("io", "the reports", "one that was wanted did not arrive")
                .why("the input require-report is true")
                .hint("see the notices above")),
            false => Ok(report.exit_code()),
        }
    }

    /// What GitHub shows beside the change; whether something that was wanted is missing.
    fn post(
        &self,
        report: &Report,
        posts: &Posts,
        outputs: &mut Outputs,
        ctx: &mut Ctx,
    ) -> Result<bool, Failed> {
        let Some(place) = posts.place else { return Ok(false) };
        match posts.is_current(self.around) {
            Ok(true) => {}
            Ok(false) => {
                let why = "the pull request was closed, or moved on, while it was judged";
                self.tell(ctx, &log::notice("cask: not posted", why))?;
                return Ok(false);
            }
            Err(failed) => {
                let why = format!("{}: {}", failed.0.subject, failed.0.message);
                self.tell(ctx, &log::notice("cask: not posted", &why))?;
                outputs.set("degraded", "comment");
                self.write(outputs)?;
                return Ok(true);
            }
        }
        let none = Api::new(Settings::of(ctx.env, ""));
        let delivered = publish(ctx, posts.api.unwrap_or(&none), &self.wanted(), place, report);
        for notice in &delivered.notices {
            self.tell(ctx, &log::notice("cask: report", notice))?;
        }
        outputs.set("comment-url", delivered.comment_url.unwrap_or_default());
        outputs.set("check-run-url", delivered.check_run_url.unwrap_or_default());
        outputs.set("issue-url", delivered.issue_url.unwrap_or_default());
        outputs.set("sarif-id", delivered.sarif_id.unwrap_or_default());
        outputs.set("degraded", delivered.degraded.join(","));
        // A second time: of two values of one name the runner takes the later.
        self.write(outputs)?;
        Ok(!delivered.degraded.is_empty())
    }

    fn wanted(&self) -> Wanted {
        let inputs = &self.around.inputs;
        let is_watch = matches!(self.around.payload.event, Event::Schedule | Event::Dispatch);
        Wanted {
            comment: inputs.comment,
            comment_mode: inputs.comment_mode,
            review_comments: inputs.review_comments,
            check_run: inputs.check_run,
            sarif_upload: inputs.sarif == Sarif::Upload,
            sarif_category: inputs.sarif_category.clone(),
            issue: inputs.issue && is_watch && inputs.mode == Mode::Drift,
            issue_labels: inputs.issue_labels.clone(),
            risk_icons: inputs.risk_icons,
        }
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
