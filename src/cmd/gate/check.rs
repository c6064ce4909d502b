//! `cask gate check`: is every tool here approved, and do the signatures hold.

use crate::canon::time::Timestamp;
use crate::canon::visible::visible;
use crate::cmd::anchor::{
    Anchored, GATE, Sides, TRUST, anchor, keyring as keys_of, no_trust, off_line, pinned, read_trust,
};
use crate::cmd::before::pair_with;
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::deliver;
use crate::cmd::evidence::keep::{EvidenceArgs, deliver_kept, inputs};
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::judging::{Bench, InHand, judge_packs, list_unjudged, read_ahead_of};
use crate::cmd::options::{PackArgs, ReportArgs, TrustArgs, usual_fail_on};
use crate::cmd::packs::{Place, find};
use crate::cmd::{roots, sources};
use crate::gate::discovery::Paired;
use crate::gate::trust_files::not_the_pinned;
use crate::io::load;
use crate::io::oid::Oid;
use crate::io::tree::Tree;
use crate::judge::{Input, hide, judge};
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report, Source, SourceKind};
use crate::rules::trust as rule;
use crate::sign::chain::{gate_is_signed, own_quorum};

/// Judge the approvals of toolpacks on disk
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Which toolpacks
    #[command(flatten)]
    pub packs: PackArgs,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Narrows the report to the tools of a toolset
    #[arg(long, value_name = "NAME")]
    pub toolset: Option<String>,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
    /// What is kept of the judgement
    #[command(flatten)]
    pub evidence: EvidenceArgs,
}

/// Runs the command.
///
/// # Errors
/// Whatever kept it from judging.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let place = find(&args.packs, ctx)?;
    if !args.evidence.asked(&args.report)? {
        let report = report("gate check", &place, &args, ctx)?;
        return deliver(&report, &args.report, ctx);
    }
    // Who checks the bundle would take it for a judgement of the whole.
    if args.toolset.is_some() {
        return Err(Failed::new(
            "usage",
            "--evidence",
            "evidence is of a whole judgement, and --toolset narrows it",
        )
        .hint("leave --toolset away"));
    }
    let before = inputs(&place)?;
    let report = report("gate check", &place, &args, ctx)?;
    if inputs(&place)? != before {
        return Err(Failed::new("input", "the toolpacks", "they changed while they were judged")
            .hint("run this again"));
    }
    let trust = |ctx: &mut Ctx| match judging(&place, &args, ctx)? {
        Some(anchored) => pinned(anchored),
        None => Err(no_trust("the default branch", true)),
    };
    deliver_kept(&report, before, &args.evidence, &args.report, trust, ctx)
}

/// The judged state of toolpacks on disk.
///
/// # Errors
/// Whatever kept it from judging.
pub fn report(command: &'static str, place: &Place, args: &Args, ctx: &mut Ctx) -> Result<Report, Failed> {
    let Some(anchored) = judging(place, args, ctx)? else {
        let mut report = Report::unjudged(
            command,
            env!("CARGO_PKG_VERSION"),
            args.report.fail_on(None, usual_fail_on("gate check")),
            *no_trust("the default branch", true).0,
        );
        report.head = sources::work_tree(place.repo.is_some());
        report.standings = list_unjudged(&place.tree, &place.found)?;
        report.standings.iter_mut().for_each(hide::in_standing);
        return Ok(report);
    };
    let compared = compared(place, &anchored, args)?;
    let mut report = judged(command, place, compared, None, &anchored, args, ctx.now)?;
    report.publication.reader = place.here(&ctx.cwd);
    Ok(report)
}

/// What toolpacks are measured against, and which of both sides are the same one.
pub struct Compared {
    base: Option<(Tree, Source)>,
    paired: Vec<Paired>,
}

/// Finds what toolpacks are measured against, and has git hand it over.
///
/// # Errors
/// Git can't say it.
pub fn compared(place: &Place, anchored: &Anchored, args: &Args) -> Result<Compared, Failed> {
    let base = base_of(place, anchored, args)?;
    let paired = match &base {
        None => place.found.iter().map(|f| Paired { head: Some(f.clone()), base: None }).collect(),
        Some((tree, _)) => {
            let paired = pair_with(tree, &place.found)?;
            read_ahead_of(tree, paired.iter().filter_map(|pair| pair.base.as_ref()));
            paired
        }
    };
    Ok(Compared { base, paired })
}

/// The state of toolpacks, judged by a trust that was found already; one of them may have been read before.
///
/// # Errors
/// Whatever kept it from judging.
pub fn judged(
    command: &'static str,
    place: &Place,
    Compared { base, paired }: Compared,
    in_hand: Option<InHand>,
    anchored: &Anchored,
    args: &Args,
    now: Timestamp,
) -> Result<Report, Failed> {
    let mut keyring = keys_of(&anchored.trust)?;
    if let Some(InHand { genuine, .. }) = in_hand {
        keyring = keyring.remembering(genuine);
    }
    let configured = anchored.gate.as_ref().map(|g| &g.file);
    let gate = configured.cloned().unwrap_or_default();
    let bench = Bench {
        head: &place.tree,
        base: base.as_ref().map(|(tree, _)| tree),
        bootstrap: false,
        keyring: &keyring,
        gate: &gate,
        // The gate speaks about approvals; what changed is for diff and ci.
        tells_changes: false,
        author: None,
        now,
        in_hand,
    };
    let mut packs = judge_packs(&bench, paired)?;
    if let Some(set) = &args.toolset {
        for pack in &mut packs {
            pack.narrow_to(set)
                .map_err(|known| Failed::no_toolset(&*pack.path, set, known.iter().map(String::as_str)))?;
        }
    }
    let mut repository = Vec::new();
    if let Some(breach) = &anchored.off_pin {
        repository.push(not_the_pinned(breach, &anchored.trust));
    }
    let mut report = judge(Input {
        command,
        gate: &gate,
        // What is not approved fails here by default, whatever gate.yaml lets pass on pull requests.
        fail_on: args
            .report
            .fail_on(configured.filter(|_| args.report.fail_on.is_some()), usual_fail_on("gate check")),
        min_risk: args.report.min_risk(configured),
        packs,
        repository,
        trust: Some(&anchored.trust),
        trust_used: Some(sources::trust(anchored, now, None)),
        gate_source: anchored.gate.as_ref().map(|c| (anchored.source.clone(), c.digest.clone())),
        base: base.map(|(_, source)| source).unwrap_or_else(Source::none),
        head: sources::work_tree(place.repo.is_some()),
        publication: Publication::default(),
        now,
        base_name: None,
    });
    let tools: usize = report.packs.iter().map(|p| p.tools).sum();
    report.looked_at.push(Phrase::say(format!("{tools} tools")));
    report.looked_at.extend(["policy", "toolsets", "hosts", "baseline"].map(Phrase::say));
    report.not_looked_at.push(Phrase::say("the live API"));
    if let Some(why) = &anchored.gate_ignored {
        report.notes.push(Phrase::say("gate.yaml is ignored: ").and(why.clone()));
    }
    Ok(report)
}

/// The trust that a judgement stands on: the one in force, if the side under review can't choose it. On the machine of a
/// person one that is not anchored is told as such, and its root is known there; in CI nobody would look.
///
/// # Errors
/// As [`in_force`]; a ref that was named and has none; in CI, one that lies in what is judged and was neither named nor
/// pinned.
pub fn judging(place: &Place, args: &Args, ctx: &mut Ctx) -> Result<Option<Anchored>, Failed> {
    let found = in_force(place, args, ctx)?;
    let Some(loose) = found.as_ref().filter(|found| !found.anchored) else { return Ok(found) };
    let why = match &args.trust {
        TrustArgs { trust_ref: Some(name), .. } => {
            return Err(Failed::new(
                "trust",
                TRUST,
                format!("there is no such file at {}", visible(name, 200)),
            )
            .hint("--trust-ref names a branch or commit of this repository that has one"));
        }
        asked if asked.trust.is_some() || asked.pin().is_some() => return Ok(found),
        _ if !ctx.in_ci() => return Ok(found),
        _ => format!("it is that of {}, which a change can replace", visible(&loose.source.name, 200)),
    };
    Err(Failed::new("trust", TRUST, "in CI the trust has to come from outside of what is judged")
        .why(why)
        .rule(rule::ROOT_MISSING)
        .hint("--trust-ref origin/main, after `git fetch origin main`; or cask ci, which looks for it itself")
        .hint("--trust-pin sha256:…, as cask trust show prints it"))
}

/// The trust file that judges: where the head cannot reach it, else (before it is merged anywhere) the one
/// beside the toolpacks, told as not anchored.
pub fn in_force(place: &Place, args: &Args, ctx: &mut Ctx) -> Result<Option<Anchored>, Failed> {
    let sides =
        Sides { repo: place.repo.as_ref(), default: None, base: None, head: &place.tree, known_roots: true };
    if let Some(anchored) = anchor(ctx, &sides, &args.trust)? {
        return Ok(Some(anchored));
    }
    let Some(trust) = read_trust(&place.tree)? else { return Ok(None) };
    let keyring = keys_of(&trust)?;
    own_quorum(&keyring).map_err(|(_, here)| {
        Failed::new("trust", TRUST, "the trust file is not signed by its own owners")
            .why(here.plain())
            .rule(rule::UNREADABLE)
            .hint("cask trust sign")
    })?;
    // Nothing but the file itself tells what it descends from.
    let off = |version: &str| off_line(None, None, &trust, version);
    let off_pin = args.trust.pin().map(off).transpose()?.flatten();
    if !ctx.in_ci() && args.trust.pin().is_none() {
        roots::meet(ctx, &trust, args.trust.looks_only, off)?;
    }
    let config = load::gate_config(&place.tree, GATE).map_err(|f| Failed::from(f).about(GATE))?;
    let ignored = config.as_ref().and_then(|c| gate_is_signed(c, &keyring).err());
    let source = sources::work_tree(true);
    Ok(Some(Anchored {
        gate: config.filter(|_| ignored.is_none()),
        gate_ignored: ignored,
        source,
        anchored: false,
        off_pin,
        repaired: false,
        trust,
    }))
}

/// What the work tree is measured against: where it left the default branch, or the last commit.
fn base_of(place: &Place, anchored: &Anchored, args: &Args) -> Result<Option<(Tree, Source)>, Failed> {
    let Some(repo) = &place.repo else { return Ok(None) };
    let Some(head) = repo.head()? else { return Ok(None) };
    let (name, tip) = match trusted(anchored) {
        Some(trusted) => trusted,
        None => match (&args.trust.trust_ref, repo.default_branch()?) {
            (Some(name), _) => (name.clone(), repo.resolve(name)?),
            (None, Some(branch)) => (branch.refname, branch.tip),
            (None, None) => ("HEAD".to_owned(), head.clone()),
        },
    };
    let commit = repo.merge_base(&tip, &head)?.unwrap_or(tip);
    let tree = Tree::git(repo, &commit);
    // Before the trust file is merged there is no base to measure against: everything is new.
    if read_trust(&tree)?.is_none() {
        return Ok(None);
    }
    Ok(Some((tree, sources::commit(&name, &commit))))
}

/// The commit whose trust judges, where it is that of a ref: it is the one to measure against, and known already.
fn trusted(anchored: &Anchored) -> Option<(String, Oid)> {
    let Source { kind: SourceKind::Git, commit: Some(commit), name } = &anchored.source else { return None };
    anchored.anchored.then(|| Some((name.clone(), Oid::parse(commit)?))).flatten()
}
