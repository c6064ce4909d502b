//! A change in, its report out: loads both sides, asks discovery, trust, the judging of toolpacks and what stands
//! beside them, and hands what they say to the judge.

use super::args::{Args, Task};
use super::drift::{self, Asked};
use super::found::{Globs, about_repository, found_in};
use super::trust::{about_trust, after_merge, first_trust, read_gate};
use crate::canon::time::Timestamp;
use crate::canon::visible::is_shell_word;
use crate::cmd::anchor::{Anchored, Sides, TRUST, anchor, read_trust};
use crate::cmd::beside::Beside;
use crate::cmd::change::Refs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::judging::{Bench, judge_packs, read_ahead};
use crate::cmd::sources;
use crate::gate::discovery::{self, Found};
use crate::io::git::Repo;
use crate::io::load;
use crate::io::tree::Tree;
use crate::judge::{Input, judge};
use crate::model::gate_config::{FailOn, GateFile};
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report};
use crate::model::risk::RiskTier;
use crate::rules::trust as rule;
use crate::sign::key::PublicKey;
use crate::sign::keyring::Keyring;

/// What a change comes to.
///
/// # Errors
/// Whatever kept it from judging.
pub fn report(args: &Args, refs: &Refs, ctx: &mut Ctx) -> Result<Report, Failed> {
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
    if found.is_none() && head_trust.is_none() && head_headers.is_empty() && base_headers.is_empty() {
        return without_toolpacks(args, refs, head, &base);
    }
    let is_bootstrap = found.is_none();
    let anchored = match found {
        Some(anchored) => anchored,
        None => first_trust(args, refs, [&base, &base_tip], head, head_trust.as_ref())?,
    };
    let trust = &anchored.trust;
    let keyring = Keyring::of(TRUST, trust).map_err(|f| Failed::from(f).rule(rule::UNREADABLE))?;
    let configured = anchored.gate.as_ref().map(|g| &g.file);
    let gate = configured.cloned().unwrap_or_default();
    let globs = Globs::of(&gate)?;
    let head_found = found_in(head, &head_headers, &globs, None)?;
    let base_found = found_in(&base, &base_headers, &globs, Some((head, &head_found)))?;
    let paired = discovery::pair(&base_found, &head_found);
    let bench = Bench {
        head,
        base: Some(&base),
        bootstrap: is_bootstrap,
        keyring: &keyring,
        gate: &gate,
        author: args.author.as_deref(),
        now: ctx.now,
    };
    let mut repository = about_repository(head, &base, &head_headers, &globs, &paired)?;
    repository.extend(about_trust(args, refs, &anchored, &bench, head_trust.as_ref())?);
    let pairs = if gate.drift.is_empty() { Vec::new() } else { paired.clone() };
    let heads: Vec<Found> = paired.iter().filter_map(|p| p.head.clone()).collect();
    // Only where HEAD is judged: then somebody may believe that what is not committed was judged.
    let checkout =
        refs.commits.repo().filter(|repo| args.head_ref.as_deref() == Some("HEAD") && !repo.is_bare());
    let work = checkout.map(|repo| (repo, Tree::worktree(repo)));
    // Before the two that read the head side by side, or git would be asked for it twice.
    rayon::join(
        || read_ahead(&bench, &paired),
        || work.as_ref().is_some_and(|(_, work)| work.list().is_ok()),
    );
    let (packs, dirty) = rayon::join(
        || judge_packs(&bench, paired),
        || work.as_ref().map_or(Ok(0), |(repo, work)| uncommitted(repo, &refs.files, work, &heads)),
    );
    let mut packs = packs?;
    let next =
        (refs.base_tip == refs.trust_tip && !gate.drift.is_empty()).then(|| read_gate(head)).transpose()?;
    let next = next.as_ref().and_then(Option::as_ref);
    let asked = Asked {
        bench: &bench,
        trusted: anchored.gate.as_ref(),
        next,
        coverage: args.min_coverage.unwrap_or(0),
    };
    if args.task == Task::Drift {
        let alone = Asked { bench: &Bench { base: None, ..bench }, next: None, ..asked };
        return drift::alone(&alone, &pairs, packs, args, refs, &anchored);
    }
    let drifted = drift::compare(&asked, &pairs, &mut packs)?;
    let beside = Beside::look(&gate, Some(&base), head)?;
    repository.extend(beside.changes(&packs));
    if let Some(next) = head_trust.as_ref().filter(|_| !is_bootstrap && refs.base_tip == refs.trust_tip) {
        repository.extend(after_merge(&bench, &keyring, next, heads, &packs)?);
    }
    let head_version = head_trust.as_ref().filter(|t| t.raw != trust.raw).map(|t| t.file.version);
    let mut report = judge(Input {
        command: "ci",
        gate: &gate,
        fail_on: args.report.fail_on(configured, FailOn::Breaking),
        min_risk: args.report.min_risk(configured),
        packs,
        repository,
        trust: Some(trust),
        trust_used: Some(sources::trust(&anchored, ctx.now, head_version)),
        gate_source: anchored.gate.as_ref().map(|c| (anchored.source.clone(), c.digest.clone())),
        base: sources::commit(&refs.base_name, &refs.base),
        head: refs.head_source(),
        publication: Publication::default(),
        now: ctx.now,
        base_name: Some(refs.base_name.clone()).filter(|n| is_shell_word(n)),
    });
    describe(&mut report, args, &anchored, is_bootstrap, dirty?);
    drifted.tell(&mut report);
    report.looked_at.extend(beside.looked_at());
    report.not_looked_at.extend(beside.not_looked_at());
    Ok(report)
}

/// Where nothing is to be signed: what clients start, and what runs the gate, is looked at all the same.
fn without_toolpacks(args: &Args, refs: &Refs, head: &Tree, base: &Tree) -> Result<Report, Failed> {
    let gate = GateFile::default();
    let beside = Beside::look(&gate, Some(base), head)?;
    let mut report = judge(Input {
        command: "ci",
        gate: &gate,
        fail_on: args.report.fail_on.unwrap_or(FailOn::Breaking),
        min_risk: RiskTier::Safe,
        packs: Vec::new(),
        repository: beside.changes(&[]),
        trust: None,
        trust_used: None,
        gate_source: None,
        base: sources::commit(&refs.base_name, &refs.base),
        head: refs.head_source(),
        publication: Publication::default(),
        now: Timestamp::MIN,
        base_name: Some(refs.base_name.clone()).filter(|n| is_shell_word(n)),
    });
    report.looked_at.extend(beside.looked_at());
    report.not_looked_at.extend(beside.not_looked_at());
    report.notes.push(Phrase::say(match beside.is_empty() {
        true => "no toolpack on either side: there is nothing to judge",
        false => "no toolpack on either side: judged was what stands beside them",
    }));
    Ok(report)
}

/// What was looked at, what was not, and what else is to be known.
fn describe(report: &mut Report, args: &Args, anchored: &Anchored, is_bootstrap: bool, dirty: usize) {
    let trust = &anchored.trust;
    let tools: usize = report.packs.iter().map(|p| p.tools).sum();
    let same = report.counts.tools_unchanged;
    report.looked_at.push(Phrase::say(format!("{tools} tools ({same} unchanged)")));
    report.looked_at.extend(["policy", "toolsets", "hosts", "trust file"].map(Phrase::say));
    report.not_looked_at.push(Phrase::say("the live API"));
    if let Some(why) = &anchored.gate_ignored {
        report.notes.push(Phrase::say("gate.yaml is ignored: ").and(why.clone()));
    }
    if args.author.is_none() && !trust.file.rules.author_may_approve {
        report.notes.push(Phrase::say("author rule not evaluated: who opened the change is not known here"));
    }
    if dirty > 0 {
        report.notes.push(Phrase::say(match dirty {
            1 => "1 uncommitted change is told, not judged: commit it first".to_owned(),
            _ => format!("{dirty} uncommitted changes are told, not judged: commit them first"),
        }));
    }
    if is_bootstrap {
        for signer in &trust.file.signers {
            for key in &signer.keys {
                if let Ok(public) = PublicKey::parse(key.kind, &key.public_key) {
                    report.owners_to_confirm.push((signer.id.clone(), signer.max_risk, public.fingerprint()));
                }
            }
        }
        report.pin = Some(trust.digest.clone());
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
