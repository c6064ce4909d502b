//! A change in, its report out: loads both sides, asks discovery, trust, the judging of toolpacks and what stands
//! beside them, and hands what they say to the judge.

use super::args::{Args, Task};
use super::drift;
use super::found::{Globs, about_repository, found_in};
use super::state::{State, no_toolpack};
use super::trust::{about_trust, after_merge, first_trust, read_gate};
use crate::canon::visible::is_shell_word;
use crate::cmd::anchor::{Sides, anchor, keyring as keys_of, read_trust};
use crate::cmd::beside::Beside;
use crate::cmd::change::Refs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::handed::part::{Named, Pack, Part, Rest, Together, list_digest};
use crate::cmd::handed::run::{Asked, GateIn, Run, TrustIn};
use crate::cmd::handed::shard::Shard;
use crate::cmd::handed::unite::{Parts, unite};
use crate::cmd::judging::{Bench, Judged, Lot, Together as Told, judge_lot};
use crate::cmd::sources;
use crate::gate::discovery::{self, Found};
use crate::io::git::Repo;
use crate::io::load;
use crate::io::tree::Tree;
use crate::model::finding::Finding;
use crate::model::gate_config::GateFile;
use crate::model::report::Report;

/// What a change comes to.
///
/// # Errors
/// Whatever kept it from judging.
pub fn report(args: &Args, refs: &Refs, ctx: &mut Ctx) -> Result<Report, Failed> {
    match gather(args, refs, ctx, None)? {
        Gathered::Parts(part, told) => {
            unite(Parts { parts: vec![*part], told, now: ctx.now, asked: Asked::default() })
        }
        Gathered::Alone(report) => Ok(*report),
    }
}

/// What one part of it comes to, to be put together with the others.
///
/// # Errors
/// Whatever kept it from judging.
pub fn part(args: &Args, refs: &Refs, ctx: &mut Ctx, shard: Shard) -> Result<Part, Failed> {
    match gather(args, refs, ctx, Some(shard))? {
        Gathered::Parts(part, _) => Ok(*part),
        Gathered::Alone(_) => {
            let mode = format!("mode {}", args.task.word());
            Err(Failed::new("usage", mode, "it is not split: a change is"))
        }
    }
}

/// What was judged here.
enum Gathered {
    /// A part of a change, or all of it with what several toolpacks come to together.
    Parts(Box<Part>, Vec<(usize, Finding)>),
    /// Whether toolpacks still match what they must match, or how the head stands by itself.
    Alone(Box<Report>),
}

/// Everything that the report is made of, and, where all is judged here, what several toolpacks come to together.
fn gather(args: &Args, refs: &Refs, ctx: &mut Ctx, shard: Option<Shard>) -> Result<Gathered, Failed> {
    let leads = shard.is_none_or(Shard::leads);
    let head = &refs.files;
    let base = refs.commits.tree(&refs.base);
    let base_tip = refs.commits.tree(&refs.base_tip);
    let trusted = refs.commits.tree(&refs.trust_tip);
    let head_trust = read_trust(head)?;
    let (head_headers, base_headers) = rayon::join(|| load::headers(head), || load::headers(&base));
    let (head_headers, base_headers) = (head_headers?, base_headers?);
    let sides = Sides {
        repo: refs.commits.repo(),
        default: Some((sources::shown(&refs.trust_name).to_owned(), &trusted)),
        base: Some(&base_tip),
        head,
        known_roots: false,
    };
    let found = anchor(ctx, &sides, &args.trust)?;
    let mut run = run_of(args, refs);
    if found.is_none() && head_trust.is_none() && head_headers.is_empty() && base_headers.is_empty() {
        match args.task {
            Task::Verify => return Err(no_toolpack(refs)),
            Task::Drift => {
                let message =
                    "no trust file and no toolpack are there, so no `drift:` counts: nothing was compared";
                return Err(drift::nothing_asked(message));
            }
            Task::Lint | Task::Change => {}
        }
        run.list = list_digest([].into_iter());
        let rest = leads.then(|| Beside::look(&GateFile::default(), Some(&base), head)).transpose()?;
        let rest = rest.map(|beside| Rest { beside: beside.handed(), ..Rest::default() });
        return Ok(Gathered::Parts(Box::new(Part { run, packs: Vec::new(), rest }), Vec::new()));
    }
    run.bootstrap = found.is_none();
    let anchored = match found {
        Some(anchored) => anchored,
        None => first_trust(args, refs, [&base, &base_tip], head, head_trust.as_ref())?,
    };
    let trust = &anchored.trust;
    let keyring = keys_of(trust)?;
    let gate = anchored.gate.as_ref().map(|g| g.file.clone()).unwrap_or_default();
    let globs = Globs::of(&gate)?;
    let head_found = found_in(head, &head_headers, &globs, None)?;
    let base_found = found_in(&base, &base_headers, &globs, Some((head, &head_found)))?;
    let paired = discovery::pair(&base_found, &head_found);
    let named: Vec<Named> = paired.iter().map(Named::of).collect();
    (run.toolpacks, run.list) = (named.len(), list_digest(named.iter()));
    run.trust = Some(TrustIn {
        file: trust.clone(),
        source: anchored.source.clone(),
        anchored: anchored.anchored,
        head_version: head_trust.as_ref().filter(|t| t.raw != trust.raw).map(|t| t.file.version),
    });
    run.gate = anchored.gate.clone().map(|file| GateIn { file, source: anchored.source.clone() });
    run.gate_ignored.clone_from(&anchored.gate_ignored);
    let bench = Bench {
        in_hand: None,
        head,
        base: Some(&base),
        bootstrap: run.bootstrap,
        keyring: &keyring,
        gate: &gate,
        tells_changes: true,
        author: args.author.as_deref(),
        now: ctx.now,
    };
    let mut rest = Rest::default();
    if leads {
        rest.repository = about_repository(head, &base, &head_headers, &globs, &paired)?;
        rest.repository.extend(about_trust(args, refs, &anchored, &bench, head_trust.as_ref())?);
    }
    let heads: Vec<Found> = paired.iter().filter_map(|p| p.head.clone()).collect();
    let lot = match shard {
        Some(shard) => Lot::part(paired, |pair| Named::of(pair).is_of(shard), leads),
        None => Lot::whole(paired),
    };
    // Only where HEAD is judged: then somebody may believe that what is not committed was judged.
    let is_here = |repo: &&Repo| leads && args.head_ref.as_deref() == Some("HEAD") && !repo.is_bare();
    let work = refs.commits.repo().filter(is_here).map(|repo| (repo, Tree::worktree(repo)));
    // Before the two that read the head side by side, or git would be asked for it twice.
    rayon::join(|| lot.read_ahead(&bench), || work.as_ref().is_some_and(|(_, work)| work.list().is_ok()));
    let (judged, dirty) = rayon::join(
        || judge_lot(&bench, &lot),
        || work.as_ref().map_or(Ok(0), |(repo, work)| uncommitted(repo, head, work, &heads)),
    );
    let Judged { packs, stayed, together } = judged?;
    let next =
        (refs.base_tip == refs.trust_tip && !gate.drift.is_empty()).then(|| read_gate(head)).transpose()?;
    let next = next.as_ref().and_then(Option::as_ref);
    let coverage = args.min_coverage.unwrap_or(0);
    let asked = drift::Asked { bench: &bench, trusted: anchored.gate.as_ref(), next, coverage };
    if args.task == Task::Drift {
        let alone = drift::Asked { bench: &Bench { base: None, ..bench }, next: None, ..asked };
        return drift::alone(&alone, &lot.own, &packs, args, refs, &anchored)
            .map(|r| Gathered::Alone(Box::new(r)));
    }
    let state = State { bench: &bench, args, refs, anchored: &anchored };
    let alone = match args.task {
        Task::Verify => Some(state.verified(&heads, &lot.own, &packs, ctx)?),
        Task::Lint => Some(state.linted(&heads, ctx)?),
        Task::Change | Task::Drift => None,
    };
    if let Some(report) = alone {
        return Ok(Gathered::Alone(Box::new(report)));
    }
    let drifted = drift::compare(&asked, &lot.own, &packs)?;
    let next = head_trust.as_ref().filter(|_| !run.bootstrap && refs.base_tip == refs.trust_tip);
    let after = next.map(|next| after_merge(&bench, &keyring, next, &lot, &packs)).transpose()?;
    if leads {
        rest.beside = Beside::look(&gate, Some(&base), head)?.handed();
        (rest.stayed, rest.uncommitted, rest.nobody) = (stayed, dirty?, drift::nobody(&asked));
    }
    let (told, open) = match together {
        Told::Here(told) => (told, Vec::new()),
        Told::Open(open) => (Vec::new(), open),
    };
    let (mut open, mut after) = (open.into_iter(), after.unwrap_or_default().into_iter());
    let packs = lot.own.iter().zip(packs).zip(drifted).map(|(((at, pair), mut judged), drifted)| {
        // Of the toolsets only the one is asked for that gate.yaml narrows reports to.
        judged.toolsets.retain(|(name, _)| gate.toolset.as_ref() == Some(name));
        let together = open.next().map(|(flow, names)| Together { flow, names });
        let after_merge = after.next().flatten();
        Pack { at: *at, named: Named::of(pair), judged, together, drifted, after_merge }
    });
    let part = Part { packs: packs.collect(), rest: leads.then_some(rest), run };
    Ok(Gathered::Parts(Box::new(part), told))
}

/// What the parts of a run agree on before anything is read.
fn run_of(args: &Args, refs: &Refs) -> Run {
    Run {
        base: sources::commit(&refs.base_name, &refs.base),
        head: refs.head_source(),
        base_name: Some(refs.base_name.clone()).filter(|n| is_shell_word(n)),
        trust: None,
        gate: None,
        gate_ignored: None,
        bootstrap: false,
        asked: Asked {
            fail_on: args.report.fail_on,
            min_risk: args.report.min_risk,
            min_coverage: args.min_coverage,
            author: args.author.clone(),
            trust_pin: args.trust.trust_pin.clone(),
        },
        toolpacks: 0,
        list: String::new(),
    }
}

/// How many files of the toolpacks and the state folder differ in the work tree.
fn uncommitted(repo: &Repo, head: &Tree, work: &Tree, packs: &[Found]) -> Result<usize, Failed> {
    let dir = |found: &Found| if found.dir().is_empty() { ".".to_owned() } else { found.dir().to_owned() };
    let mut paths: Vec<String> = packs.iter().map(dir).collect();
    paths.push(".caskmcp".to_owned());
    let changed = head.differs_from(work, &paths)?;
    if changed.is_empty() {
        return Ok(0);
    }
    // What git ignores can't be committed, and is no change.
    let ignored = repo.ignored(&paths)?;
    Ok(changed.iter().filter(|name| !ignored.contains(*name)).count())
}
