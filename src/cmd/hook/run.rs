//! `cask hook run`: what a hook calls. Learns what is pushed or staged, judges it as `cask ci` does (or, where
//! nothing is known to compare with, as `cask gate check`), and says how to go on. Never asks, never fetches.

use std::time::Duration;

use super::pushed::{self, Asked};
use super::script::Stage;
use super::sides::{Clone, Job, touches};
use super::told::{self, STILL, TrustSide};
use crate::cmd::change::{Head, Refs};
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::deliver;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::options::{ReportArgs, TrustArgs};
use crate::cmd::packs::{Place, identify};
use crate::cmd::{ci, gate, sources};
use crate::io::git::Repo;
use crate::io::load;
use crate::io::stdin;
use crate::model::gate_config::FailOn;
use crate::model::phrase::Phrase;
use crate::model::report::{Report, Verdict};

/// Its name in reports.
const COMMAND: &str = "hook run";
/// Git's setting for what stops a push.
const FAIL_ON: &str = "cask.hook.failOn";
/// Most bytes of what git hands over: some 100,000 refs.
const MAX_STDIN: usize = 16 << 20;
/// How long it may take to hand it over.
const WAIT: Duration = Duration::from_secs(5);

/// Judge what is about to be pushed or committed
#[derive(Debug, clap::Args)]
pub struct Args {
    /// pre-push or pre-commit (default: as the variables of the program pre-commit say, else pre-push)
    #[arg(long, value_name = "STAGE", value_enum, hide_possible_values = true)]
    stage: Option<Stage>,
    /// What is pushed stands on stdin, as git tells its pre-push hook, and only there
    #[arg(long)]
    stdin: bool,
    /// Which trust judges
    #[command(flatten)]
    trust: TrustArgs,
    /// Remote that is pushed to, as git tells its hook
    #[arg(value_name = "REMOTE")]
    remote: Option<String>,
    /// Its address, as git tells its hook; not used
    #[arg(value_name = "URL")]
    url: Option<String>,
}

/// What became of one judgement.
enum Done {
    /// It was judged.
    Judged(Box<Report>, Option<TrustSide>),
    /// Nothing that is judged differs, or there is nothing to judge.
    Untouched(String),
    /// There is no toolpack.
    Nothing,
}

/// Runs the command.
///
/// # Errors
/// Whatever kept it from judging.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    // Whoever pushes has not come to be asked.
    ctx.global.no_interactive = true;
    let mut stage = args.stage.unwrap_or(Stage::PrePush);
    judge(&args, &mut stage, ctx).map_err(|failed| failed.hint(format!("{}   {STILL}", stage.escape())))
}

fn judge(args: &Args, stage: &mut Stage, ctx: &mut Ctx) -> Outcome {
    let repo = Repo::discover(&ctx.cwd)?.ok_or_else(|| {
        Failed::new("git", "this folder", "it is not in a git repository")
            .hint("run it inside the repository")
    })?;
    let asked = asked(args, ctx)?;
    if asked == Asked::Refs(Vec::new()) {
        return Ok(0);
    }
    let level = level(&repo)?;
    let remote = args.remote.clone().or_else(|| ctx.var("PRE_COMMIT_REMOTE_NAME"));
    let index = ctx.var("GIT_INDEX_FILE");
    let clone = Clone::look(repo, remote.as_deref(), args.trust.trust_ref.clone(), index)?;
    let mut code = 0;
    for job in clone.jobs(asked)? {
        if matches!(job, Job::Change(ref refs) if matches!(refs.head, Head::Index(_))) {
            *stage = Stage::PreCommit;
        }
        match done(args, &clone, job, level, ctx)? {
            Done::Nothing => {}
            Done::Untouched(name) => ctx.note(&told::untouched(ctx.paint(), &name)),
            Done::Judged(report, trust) => code = code.max(tell(*report, trust.as_ref(), ctx)?),
        }
    }
    if code > 0 {
        ctx.print(&told::around(ctx.paint(), *stage))?;
    }
    Ok(code)
}

/// What to judge: by the environment, else by stdin, else what is checked out.
fn asked(args: &Args, ctx: &Ctx) -> Result<Asked, Failed> {
    let said = pushed::of_env(args.stage, |name| ctx.var(name));
    let said = said.map_err(|what| Failed::new("usage", "the push", what).hint("set both, or neither"))?;
    if let Some(asked) = said.filter(|_| !args.stdin) {
        return Ok(asked);
    }
    let piped = stdin::piped(MAX_STDIN, WAIT)?;
    if piped.is_none() && args.stdin {
        return Err(Failed::new("usage", "the push", "the standard input is a terminal")
            .why("--stdin is for a hook, to which git writes what is pushed")
            .hint("cask hook run   (judges what is checked out)"));
    }
    let text = piped.unwrap_or_default();
    if text.is_empty() && !args.stdin {
        return Ok(Asked::Current);
    }
    let refs = pushed::of_lines(&text).map_err(|line| {
        Failed::new("input", "the push", format!("line {line} of the standard input is none that git writes"))
            .looked("looked for", "<local ref> <local oid> <remote ref> <remote oid>")
            .hint("close it where nothing is handed over:  </dev/null")
    })?;
    Ok(Asked::Refs(refs))
}

/// The lowest verdict that stops, where its person has set one.
fn level(repo: &Repo) -> Result<Option<FailOn>, Failed> {
    let value = repo.setting(FAIL_ON)?;
    value.map(|word| word.parse()).transpose().map_err(|why: String| {
        Failed::new("input", "the push", format!("git's setting {FAIL_ON} is none that is known"))
            .why(why)
            .hint(format!("git config {FAIL_ON} breaking"))
    })
}

fn done(args: &Args, clone: &Clone, job: Job, level: Option<FailOn>, ctx: &mut Ctx) -> Result<Done, Failed> {
    let (mut report, trust) = match job {
        Job::Change(refs) => {
            if !touches(clone, &refs)? {
                return Ok(match load::headers(&refs.files)?.is_empty() {
                    true => Done::Nothing,
                    false => Done::Untouched(refs.head_name),
                });
            }
            let args = ci::Args { trust: args.trust.clone(), ..ci::Args::default() };
            let mut report = ci::report(&args, &refs, ctx)?;
            let trust = trust_side(clone, &refs, &report)?;
            report.notes.extend(trust.as_ref().map(|side| side.note(ctx.now)));
            (report, trust)
        }
        Job::Whole(head, name, why) => match whole(args, clone, &head, &name, why, ctx)? {
            Some(report) => (report, None),
            None => return Ok(Done::Nothing),
        },
    };
    report.command = COMMAND;
    // Review stops on a person's own wish alone: CI asks the reviewer.
    report.fail_on = level.unwrap_or(report.fail_on.min(FailOn::Breaking));
    Ok(Done::Judged(Box::new(report), trust))
}

/// A state by itself: is all of it approved.
fn whole(
    args: &Args,
    clone: &Clone,
    head: &Head,
    name: &str,
    why: Phrase,
    ctx: &mut Ctx,
) -> Result<Option<Report>, Failed> {
    let tree = head.tree(&clone.repo);
    let headers = load::headers(&tree)?;
    if headers.is_empty() {
        return Ok(None);
    }
    let found = headers.into_iter().map(|header| identify(&tree, header)).collect::<Result<_, Failed>>()?;
    let root = clone.repo.root().to_owned();
    let place = Place { repo: Some(clone.repo.clone()), tree, root, found };
    let report = ReportArgs { fail_on: Some(FailOn::Breaking), ..ReportArgs::default() };
    let args = gate::check::Args { trust: args.trust.clone(), report, ..gate::check::Args::default() };
    let mut report = gate::check::report(COMMAND, &place, &args, ctx)?;
    report.head = head.source(name);
    report.notes.push(why);
    Ok(Some(report))
}

/// Where the trust that judged stands, if it is the one that was meant to.
fn trust_side(clone: &Clone, refs: &Refs, report: &Report) -> Result<Option<TrustSide>, Failed> {
    let used = report.trust.as_ref().and_then(|trust| trust.source.commit.as_deref());
    if clone.trust_ref.is_some() || used != Some(refs.trust_tip.as_str()) {
        return Ok(None);
    }
    let is_default = clone.default.as_ref().is_some_and(|branch| branch.refname == refs.trust_name);
    let seen = match is_default {
        true => clone.repo.seen_at(&refs.trust_name, &refs.trust_tip)?,
        false => None,
    };
    let (name, remote) = (sources::shown(&refs.trust_name).to_owned(), clone.remote.clone());
    Ok(Some(TrustSide { name, seen, is_default, remote }))
}

/// A line for what passes, the report for all else.
fn tell(report: Report, trust: Option<&TrustSide>, ctx: &mut Ctx) -> Outcome {
    if report.verdict == Verdict::Pass {
        let tools = report.packs.iter().map(|pack| pack.tools).sum();
        let line = told::passed(ctx.paint(), &report.head.name, tools, trust, ctx.now);
        ctx.note(&line);
        return Ok(0);
    }
    deliver(&report, &ReportArgs::default(), ctx)
}
