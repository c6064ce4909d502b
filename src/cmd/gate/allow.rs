//! `cask gate allow`: signs approvals, or an owner's exemptions, of tools and of the surface in one act.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::canon::Fault;
use crate::canon::time::{Timestamp, ending};
use crate::cmd::around::Around;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act::{self, Job, Ready};
use crate::cmd::gate::desk::{Desk, PackAt};
use crate::cmd::gate::say;
use crate::cmd::gate::sitting::{self, Sitting, SittingArgs};
use crate::diff::{self, DiffContext, Pair};
use crate::gate::approve::{LeftOut, Plan, Wish, plan};
use crate::gate::draft::Act;
use crate::gate::enter::enter;
use crate::gate::harmless::{by_subject, classes};
use crate::gate::scene::Scene;
use crate::gate::select::{Unknown, one};
use crate::io::fs;
use crate::model::gate_config::{EXEMPTION_DAYS, MAX_EXEMPTION_DAYS};
use crate::model::lockfile::Decision;
use crate::rules::Severity;
use crate::sign::subject::SURFACE;

/// Options of `gate allow`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Tools by id or name; `surface` for policy, toolsets, hosts and baseline
    #[arg(value_name = "TOOL")]
    tools: Vec<String>,
    /// Every subject that is not approved and not refused
    #[arg(long, conflicts_with = "tools")]
    all: bool,
    /// Add this toolset alone to those that are approved
    #[arg(long, value_name = "SET")]
    toolset: Option<String>,
    /// Why, in one line
    #[arg(short, long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
    /// With --all: only what was approved before and has since changed by no finding above this severity
    #[arg(long, value_name = "low|medium", requires = "all", conflicts_with = "exempt",
        value_parser = ["low", "medium"], hide_possible_values = true)]
    changes_up_to: Option<String>,
    /// When it ends: days (90d), a date or a time
    #[arg(long, value_name = "90d|DATE")]
    expires: Option<String>,
    /// As an owner: let in for a while, unseen, what the base has already
    #[arg(long, conflicts_with = "toolset")]
    exempt: bool,
    /// Write the statements to a file, for `gate attach`, and leave the lockfile
    #[arg(long, value_name = "FILE")]
    detach: Option<PathBuf>,
    #[command(flatten)]
    sitting: SittingArgs,
}

/// Runs the command.
///
/// # Errors
/// A name that is unknown, a key that may not sign, nobody to ask, files that can't be read or written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    if args.tools.is_empty() && !args.all {
        return Err(Failed::new("usage", "", "name the tools to allow")
            .hint("cask gate allow TOOL…")
            .hint("cask gate allow --all")
            .hint("cask gate review   (looks at them one by one)"));
    }
    let Sitting { desk, mut key, voice } = sitting::open(ctx, &args.sitting, &args.reason)?;
    let decision = if args.exempt { Decision::Exempt } else { Decision::Approve };
    let expires_at = match (&args.expires, args.exempt) {
        (Some(text), _) => Some(end(text, ctx.now)?),
        (None, true) => {
            let longest = desk.gate.exemptions.max_days.min(MAX_EXEMPTION_DAYS);
            Some(ctx.now.plus_days(i64::from(EXEMPTION_DAYS.min(longest))))
        }
        (None, false) => None,
    };
    let act = Act { expires_at, ..voice.act(decision) };
    let named = name_all(ctx, &desk, &args.tools)?;
    let up_to = args.changes_up_to.as_deref().and_then(Severity::of);
    let around = up_to.map(|_| around(&desk)).transpose()?.unwrap_or_default();
    let mut jobs = Vec::new();
    let mut left = String::new();
    for (at, ids) in &named {
        if !args.all && ids.is_empty() {
            continue;
        }
        let wish = if args.all { Wish::All } else { Wish::Named(ids) };
        let harmless = up_to.map(|up_to| Harmless { up_to, others: around.of(at) });
        let job = job(ctx, &desk, at, &act, wish, (args.toolset.as_deref(), harmless))?;
        left += &job.beside;
        jobs.push(job);
    }
    if jobs.iter().all(|job| job.ready.is_empty()) {
        return match left.is_empty() {
            true => {
                ctx.print("nothing is pending that you have not signed\n")?;
                Ok(0)
            }
            false => {
                Err(Failed::new("trust", "", format!("nothing is pending that {} may sign", voice.signer))
                    .why(left.trim().to_owned())
                    .hint("cask trust show   (who may)"))
            }
        };
    }
    act::sign(ctx, &mut key, &args.sitting.who, if args.exempt { "exempt" } else { "approve" }, &mut jobs)?;
    match &args.detach {
        Some(path) => {
            fs::write_atomic(&ctx.cwd.join(path), act::handed_over(&jobs).as_bytes())?;
            let name = ctx.paint().text(&path.display().to_string(), 200);
            ctx.print(&format!("wrote {name}\n"))?;
            ctx.note("next: whoever can push runs  cask gate attach FILE");
        }
        None => act::write(ctx, &desk, if args.exempt { "exempted" } else { "approved" }, &jobs, enter)?,
    }
    Ok(0)
}

/// The ids that words stand for, by toolpack. Each word must be known in one of them at least.
///
/// # Errors
/// A word that names nothing anywhere, or several tools of one toolpack.
pub fn name_all(ctx: &Ctx, desk: &Desk, words: &[String]) -> Result<Vec<(PackAt, Vec<String>)>, Failed> {
    let mut found = Vec::new();
    let mut answers: Vec<Vec<Result<String, Unknown>>> = Vec::new();
    for at in &desk.packs {
        let here =
            desk.look(ctx.now, at, |scene, _| Ok(words.iter().map(|word| one(scene, word)).collect()))?;
        answers.push(here);
        found.push((at.clone(), Vec::new()));
    }
    let mut unknown: Vec<Unknown> = Vec::new();
    for word in 0..words.len() {
        let mut hit = false;
        let mut misses = Vec::new();
        for ((_, ids), answer) in found.iter_mut().zip(&answers) {
            match &answer[word] {
                Ok(id) => {
                    hit = true;
                    if !ids.contains(id) {
                        ids.push(id.clone());
                    }
                }
                Err(miss) => misses.push(miss.clone()),
            }
        }
        let several = misses.iter().any(|miss| matches!(miss, Unknown::Several { .. }));
        if !hit || several {
            unknown.extend(misses.into_iter().take(1));
        }
    }
    if unknown.is_empty() { Ok(found) } else { Err(say::unknown(&unknown)) }
}

/// What changed little, and by what that is judged.
struct Harmless<'a> {
    /// The gravest finding that it may have.
    up_to: Severity,
    /// Names of the tools of the other toolpacks.
    others: Vec<&'a str>,
}

/// What lies around what is approved without being looked at: all of it, or nothing is.
///
/// # Errors
/// A toolpack that can't be read.
fn around(desk: &Desk) -> Result<Around, Failed> {
    let mut around = Around::read(desk)?;
    match around.unread.pop() {
        None => Ok(around),
        Some(fault) => Err(Failed::from(fault)
            .why("whether a text speaks of its tools is not known, and nobody looks at what is approved so")
            .hint("cask gate review   (looks at them one by one)")),
    }
}

fn job(
    ctx: &Ctx,
    desk: &Desk,
    at: &PackAt,
    act: &Act,
    wish: Wish,
    (toolset, harmless): (Option<&str>, Option<Harmless>),
) -> Result<Job, Failed> {
    desk.look(ctx.now, at, |scene, before| {
        let lock = act::in_step(scene, before, ctx.now);
        let mut plan = plan(scene, &lock, &desk.gate, act, wish, toolset)
            .map_err(|denied| say::denied(denied, act.signer))?;
        let mut beside = match harmless {
            Some(harmless) => keep_harmless(ctx, scene, &mut plan, &harmless)?,
            None => String::new(),
        };
        beside += &say::left_out(ctx.paint(), &plan.left_out);
        if plan.surface_along && plan.drafts.iter().any(|d| d.subject.id == SURFACE) {
            beside += "  the surface is pending and is signed along: no tool is served without it\n";
        }
        let ready = plan.drafts.into_iter().map(|draft| Ready::new(ctx, scene, draft)).collect();
        Ok(Job { at: at.clone(), ready, beside })
    })
}

/// Leaves in a plan only what changed little since it was approved, and gives the preview: each class of change
/// with its number.
fn keep_harmless(ctx: &Ctx, scene: &Scene, plan: &mut Plan, harmless: &Harmless) -> Result<String, Fault> {
    let pair = Pair::new(scene.base.side().map(|side| side.pack), Some(scene.pack))?;
    let around = DiffContext { other_tool_names: &harmless.others, now: Some(ctx.now), limits: None };
    let findings = diff::run(&pair, &around);
    let by_subject = by_subject(&findings);
    let none = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let Plan { drafts, left_out, .. } = plan;
    drafts.retain(|draft| {
        match classes(
            scene,
            &draft.subject.id,
            by_subject.get(draft.subject.id.as_str()).unwrap_or(&none),
            harmless.up_to,
            ctx.now,
        ) {
            Ok(rules) => {
                rules.into_iter().for_each(|rule| *counts.entry(rule).or_default() += 1);
                true
            }
            Err(why) => {
                left_out.push(LeftOut { name: draft.name.clone(), why });
                false
            }
        }
    });
    Ok(counts.into_iter().map(|(rule, n)| format!("  {n:>5}  {rule}\n")).collect())
}

/// When something ends, which is yet to come.
fn end(text: &str, now: Timestamp) -> Result<Timestamp, Failed> {
    match ending(text, now) {
        Some(end) if end > now => Ok(end),
        Some(end) => Err(Failed::new("usage", "", format!("--expires {text}: {} is over", end.date()))),
        None => Err(Failed::new("usage", "", format!("--expires {text}: no number of days, date or time"))
            .hint("--expires 90d")
            .hint("--expires 2027-01-31")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_days_dates_or_times_to_come() {
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let ok = |text: &str| end(text, now).unwrap().to_string();
        assert_eq!(ok("90d"), "2027-02-20T09:00:00Z");
        assert_eq!(ok("2027-01-31"), "2027-01-31T00:00:00Z");
        assert_eq!(ok("2026-11-22T09:00:01Z"), "2026-11-22T09:00:01Z");
        for bad in ["", "d", "0d", "-1d", "90", "2026-11-22", "tomorrow", "99999999999d", "2027-02-30"] {
            assert!(end(bad, now).is_err(), "{bad}");
        }
    }
}
