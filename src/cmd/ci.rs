//! `cask ci`: what a pull request changes about what agents may do, and whether that was approved.
//!
//! Both sides come from git objects, never from the work tree; trust comes from where the head cannot reach.

use globset::{Glob, GlobSet, GlobSetBuilder};
use rayon::prelude::*;

use super::anchor::{Anchored, GATE, Sides, TRUST, anchor, read_trust};
use super::beside::Beside;
use super::change::{Head, Refs};
use super::ctx::Ctx;
use super::drift_entries;
use super::failed::{Failed, Outcome};
use super::judging::{Bench, judge_packs, read_ahead};
use super::options::{ReportArgs, TrustArgs};
use super::sources;
use crate::canon::time::Timestamp;
use crate::canon::visible::is_shell_word;
use crate::gate::discovery::{self, Found, Paired};
use crate::gate::trust_files::{self, TrustSides, bootstrap, gate_change, not_the_pinned, trust_change};
use crate::io::git::Repo;
use crate::io::load;
use crate::io::tree::{EntryKind, Tree};
use crate::judge::pack::JudgedPack;
use crate::judge::{Input, judge};
use crate::model::finding::Finding;
use crate::model::gate_config::{FailOn, GateConfig, GateFile};
use crate::model::limits;
use crate::model::phrase::Phrase;
use crate::model::report::{Publication, Report};
use crate::model::risk::RiskTier;
use crate::model::trust::Trust;
use crate::rules::trust as rule;
use crate::sign::chain::{gate_is_signed, is_successor, own_quorum};
use crate::sign::key::PublicKey;
use crate::sign::keyring::Keyring;

/// Judge what this branch changes
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Branch, tag or commit to compare with (default: the default branch)
    #[arg(long, value_name = "REF")]
    pub base_ref: Option<String>,
    /// Branch, tag or commit to judge
    #[arg(long, value_name = "REF", default_value = "HEAD")]
    pub head_ref: Option<String>,
    /// Which trust judges
    #[command(flatten)]
    pub trust: TrustArgs,
    /// Login of who opened the pull request
    #[arg(long, value_name = "LOGIN")]
    pub author: Option<String>,
    /// How to report
    #[command(flatten)]
    pub report: ReportArgs,
}

/// Runs the command.
///
/// # Errors
/// Whatever kept it from judging.
pub fn run(mut args: Args, ctx: &mut Ctx) -> Outcome {
    // An event that names nobody fills the option with nothing: not known, not somebody without a name.
    args.author = args.author.filter(|login| !login.trim().is_empty());
    let report = judged(&args, ctx)?;
    super::deliver::deliver(&report, &args.report, ctx)
}

/// What this command would report.
///
/// # Errors
/// Whatever kept it from judging.
pub fn judged(args: &Args, ctx: &mut Ctx) -> Result<Report, Failed> {
    let refs = resolve(args, ctx)?;
    report(args, &refs, ctx)
}

fn resolve(args: &Args, ctx: &Ctx) -> Result<Refs, Failed> {
    let Some(repo) = Repo::discover(&ctx.cwd)? else {
        return Err(Failed::new("git", "this folder", "it is not in a git repository")
            .hint("run cask ci inside the repository")
            .hint("cask gate check --toolpack <folder>, for a toolpack outside git"));
    };
    let head_name = args.head_ref.clone().unwrap_or_else(|| "HEAD".to_owned());
    // Each waits for git, and none for the other.
    let (head, (default, named)) = rayon::join(
        || repo.resolve(&head_name),
        || rayon::join(|| repo.default_branch(), || args.base_ref.as_ref().map(|name| repo.resolve(name))),
    );
    let (head, default, named) = (head?, default?, named.transpose()?);
    let (base_name, base_tip) = match (args.base_ref.as_ref().zip(named), &default) {
        (Some((name, tip)), _) => (name.clone(), tip),
        (None, Some(branch)) => (branch.refname.clone(), branch.tip.clone()),
        (None, None) => {
            return Err(Failed::new(
                "git",
                "the base branch",
                "no default branch is known here, so there is nothing to compare with",
            )
            .why("the repository has no remote with a HEAD")
            .hint("cask ci --base-ref main")
            .hint("git remote set-head origin --auto"));
        }
    };
    let files = Tree::git(&repo, &head);
    // Listed meanwhile; what can't be is told by whoever needs it.
    let (base, _) = rayon::join(|| repo.merge_base(&base_tip, &head), || files.list().is_ok());
    let base = base?.unwrap_or_else(|| base_tip.clone());
    let (trust_name, trust_tip) = match (&args.trust.trust_ref, default) {
        (Some(name), _) => (name.clone(), repo.resolve(name)?),
        (None, Some(branch)) => (branch.refname, branch.tip),
        (None, None) => (base_name.clone(), base_tip.clone()),
    };
    Ok(Refs {
        repo,
        files,
        head: Head::Commit(head),
        head_name,
        base_tip,
        base,
        base_name,
        trust_tip,
        trust_name,
    })
}

/// What a change comes to.
///
/// # Errors
/// Whatever kept it from judging.
pub fn report(args: &Args, refs: &Refs, ctx: &mut Ctx) -> Result<Report, Failed> {
    let head = &refs.files;
    let base = Tree::git(&refs.repo, &refs.base);
    let base_tip = Tree::git(&refs.repo, &refs.base_tip);
    let head_trust = read_trust(head)?;
    let (head_headers, base_headers) = rayon::join(|| load::headers(head), || load::headers(&base));
    let (head_headers, base_headers) = (head_headers?, base_headers?);
    let sides = Sides {
        repo: Some(&refs.repo),
        default: Some((sources::shown(&refs.trust_name).to_owned(), refs.trust_tip.clone())),
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
    repository.extend(about_trust(
        args,
        refs,
        &anchored,
        is_bootstrap,
        &keyring,
        head_trust.as_ref(),
        ctx.now,
        head,
        &base,
    )?);
    let pairs = if gate.drift.is_empty() { Vec::new() } else { paired.clone() };
    let heads: Vec<Found> = paired.iter().filter_map(|p| p.head.clone()).collect();
    // Only where HEAD is judged: then somebody may believe that what is not committed was judged.
    let work = (args.head_ref.as_deref() == Some("HEAD") && !refs.repo.is_bare())
        .then(|| Tree::worktree(&refs.repo));
    // Before the two that read the head side by side, or git would be asked for it twice.
    rayon::join(|| read_ahead(&bench, &paired), || work.as_ref().is_some_and(|work| work.list().is_ok()));
    let (packs, dirty) = rayon::join(
        || judge_packs(&bench, paired),
        || work.as_ref().map_or(Ok(0), |work| uncommitted(refs, work, &heads)),
    );
    let mut packs = packs?;
    let next =
        (refs.base_tip == refs.trust_tip && !gate.drift.is_empty()).then(|| read_gate(head)).transpose()?;
    let drifted = drift_entries::compare(
        &drift_entries::Ground {
            head,
            base: (!is_bootstrap).then_some(&base),
            gate: &gate,
            trusted: anchored.gate.as_ref(),
            next: next.as_ref().and_then(Option::as_ref),
            keyring: &keyring,
            now: ctx.now,
        },
        &pairs,
        &mut packs,
    )?;
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

/// First adoption: the head's own trust file, to be shown and confirmed. Only where the base has no lockfile,
/// or where a pin names this very version.
fn first_trust(
    args: &Args,
    refs: &Refs,
    before: [&Tree; 2],
    head: &Tree,
    head_trust: Option<&Trust>,
) -> Result<Anchored, Failed> {
    // Not the merge base alone: who branches off from before the first lockfile has none there.
    let mut locks = load::lockfiles(&Tree::git(&refs.repo, &refs.trust_tip))?;
    for tree in before {
        locks.extend(load::lockfiles(tree)?);
    }
    let is_pinned = |t: &&Trust| args.trust.trust_pin.as_deref() == Some(t.digest.as_str());
    let Some(trust) = head_trust.filter(|t| locks.is_empty() || is_pinned(t)) else {
        return Err(no_trust(&refs.trust_name, locks.is_empty()));
    };
    let keyring = Keyring::of(TRUST, trust).map_err(|f| Failed::from(f).rule(rule::UNREADABLE))?;
    own_quorum(&keyring).map_err(|(_, here)| {
        Failed::new("trust", TRUST, "the first trust file is not signed by its own owners")
            .why(here.plain())
            .rule(rule::UNREADABLE)
            .hint("cask trust sign")
    })?;
    let config = read_gate(head)?;
    let ignored = config.as_ref().and_then(|c| gate_is_signed(c, &keyring).err());
    let off_pin = args.trust.trust_pin.as_ref().filter(|pin| **pin != trust.digest).map(|pin| {
        (
            rule::ROTATION_UNSIGNED,
            Phrase::say("pinned is ").and_quote(pin).and_say(format!(", this is {}", trust.digest)),
        )
    });
    Ok(Anchored {
        trust: trust.clone(),
        gate: config.filter(|_| ignored.is_none()),
        gate_ignored: ignored,
        source: refs.head_source(),
        anchored: false,
        off_pin,
        repaired: false,
    })
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

/// There are toolpacks or lockfiles and nothing to judge their signatures with.
pub fn no_trust(place: &str, first: bool) -> Failed {
    let failed = Failed::new("trust", "the approvals", "there is no trust file to judge them with")
        .why(format!("{TRUST} is neither on {place} nor in this change"))
        .rule(rule::ROOT_MISSING);
    let failed = if first {
        failed
    } else {
        failed
            .why("the base has lockfiles, so the trust file of this change cannot be believed without a pin")
    };
    failed
        .hint("cask init, and commit what it writes")
        .hint("or name the version that you know: --trust-pin sha256:…")
}

/// The globs of gate.yaml.
struct Globs {
    include: GlobSet,
    exclude: GlobSet,
}

impl Globs {
    fn of(gate: &GateFile) -> Result<Globs, Failed> {
        let set = |globs: &[String]| {
            let mut builder = GlobSetBuilder::new();
            for glob in globs {
                builder.add(Glob::new(glob)?);
            }
            builder.build()
        };
        let both = set(&gate.toolpacks.include)
            .and_then(|include| Ok(Globs { include, exclude: set(&gate.toolpacks.exclude)? }));
        both.map_err(|e| Failed::new("input", GATE, format!("toolpacks: {e}")))
    }

    fn has(&self, path: &str) -> bool {
        self.include.is_match(path) && !self.exclude.is_match(path)
    }
}

/// The toolpacks of one side, with their ids. Of what the other side has alike its answer is taken.
fn found_in(
    tree: &Tree,
    headers: &[String],
    globs: &Globs,
    other: Option<(&Tree, &[Found])>,
) -> Result<Vec<Found>, Failed> {
    let known = |header: &str| {
        let (_, found) = other.filter(|(other, _)| tree.has_same_file(other, header))?;
        // Sorted, as the headers are.
        let at = found.binary_search_by(|found| found.header.as_str().cmp(header)).ok()?;
        Some(found[at].clone())
    };
    let asked: Vec<(&String, Option<Found>)> =
        headers.iter().filter(|h| globs.has(h)).map(|h| (h, known(h))).collect();
    let open = asked.iter().filter(|(_, known)| known.is_none());
    let wanted: Vec<(String, usize)> = open.map(|(h, _)| ((*h).clone(), limits::SMALL)).collect();
    let read: Vec<Found> = wanted
        .par_iter()
        .zip(tree.read_many(&wanted))
        .map(|((path, _), bytes)| {
            let told = |fault| Failed::from(fault).about(discovery::dir_of(path));
            let bytes = bytes.map_err(told)?.unwrap_or_default();
            let header = load::read_header(path, &bytes).map_err(told)?;
            Ok(Found { header: path.clone(), id: header.toolpack_id })
        })
        .collect::<Result<_, Failed>>()?;
    let mut found: Vec<Found> = asked.into_iter().filter_map(|(_, known)| known).chain(read).collect();
    found.sort_by(|a, b| a.header.cmp(&b.header));
    Ok(found)
}

fn about_repository(
    head: &Tree,
    base: &Tree,
    headers: &[String],
    globs: &Globs,
    paired: &[Paired],
) -> Result<Vec<Finding>, Failed> {
    let entries = head.list()?;
    let tracked: Vec<(String, bool)> = entries
        .iter()
        .map(|e| (e.path.clone(), matches!(e.kind, EntryKind::Symlink | EntryKind::Submodule)))
        .collect();
    let mut findings = discovery::problems(paired, &tracked);
    for header in headers.iter().filter(|h| !globs.has(h)) {
        let dir = discovery::dir_of(header);
        // At the root there is no folder of its own to compare: any change may be one of it.
        let same =
            if dir.is_empty() { head.list()? == base.list()? } else { head.has_same_folder(base, dir) };
        if !same {
            findings.push(discovery::outside_globs(header));
        }
    }
    let nested = |path: &str| {
        [TRUST, GATE].iter().any(|own| path.strip_suffix(own).is_some_and(|dir| dir.ends_with('/')))
    };
    findings.extend(entries.iter().filter(|e| nested(&e.path)).map(|e| discovery::nested_trust(&e.path)));
    Ok(findings)
}

#[expect(clippy::too_many_arguments, reason = "the sides of one comparison")]
fn about_trust(
    args: &Args,
    refs: &Refs,
    anchored: &Anchored,
    is_bootstrap: bool,
    keyring: &Keyring,
    head_trust: Option<&Trust>,
    now: Timestamp,
    head: &Tree,
    base: &Tree,
) -> Result<Vec<Finding>, Failed> {
    let mut findings = Vec::new();
    if let Some(breach) = &anchored.off_pin {
        findings.push(not_the_pinned(breach, &anchored.trust));
    }
    if is_bootstrap {
        findings.extend(bootstrap(
            keyring,
            args.trust.trust_pin.as_deref() == Some(anchored.trust.digest.as_str()),
            now,
        ));
        return Ok(findings);
    }
    let head_keyring = head_trust
        .map(|t| Keyring::of(TRUST, t))
        .transpose()
        .map_err(|f| Failed::from(f).rule(rule::UNREADABLE))?;
    findings.extend(trust_change(&TrustSides {
        trusted: keyring,
        base: read_trust(base)?.as_ref(),
        head: head_keyring.as_ref(),
        base_is_default: refs.base_tip == refs.trust_tip,
        now,
    }));
    let (base, head) = (read_gate(base)?, read_gate(head)?);
    findings.extend(gate_change(anchored.gate.as_ref(), base.as_ref(), head.as_ref(), keyring));
    Ok(findings)
}

fn read_gate(tree: &Tree) -> Result<Option<GateConfig>, Failed> {
    load::gate_config(tree, GATE).map_err(|f| Failed::from(f).about(GATE))
}

/// The approvals that a valid new trust file will end: the head as it will be once it is merged, judged by
/// that file.
fn after_merge(
    bench: &Bench,
    trusted: &Keyring,
    next: &Trust,
    heads: Vec<Found>,
    packs: &[JudgedPack],
) -> Result<Vec<Finding>, Failed> {
    let next = Keyring::of(TRUST, next).map_err(|f| Failed::from(f).rule(rule::UNREADABLE))?;
    if next.trust.raw == trusted.trust.raw || is_successor(trusted, &next, bench.now).is_err() {
        return Ok(Vec::new());
    }
    let merged = Bench { base: Some(bench.head), keyring: &next, author: None, ..*bench };
    let both = |found: Found| Paired { head: Some(found.clone()), base: Some(found) };
    let then = judge_packs(&merged, heads.into_iter().map(both).collect())?;
    let of = |pack: &JudgedPack| then.iter().find(|t| t.path == pack.path);
    Ok(packs.iter().filter_map(|pack| trust_files::after_merge(&pack.states, &of(pack)?.states)).collect())
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
fn uncommitted(refs: &Refs, work: &Tree, packs: &[Found]) -> Result<usize, Failed> {
    let dir = |found: &Found| if found.dir().is_empty() { ".".to_owned() } else { found.dir().to_owned() };
    let mut paths: Vec<String> = packs.iter().map(dir).collect();
    paths.push(".caskmcp".to_owned());
    let changed = refs.files.differs_from(work, &paths)?;
    if changed.is_empty() {
        return Ok(0);
    }
    // What git ignores can't be committed, and is no change.
    let ignored = refs.repo.ignored(&paths)?;
    Ok(changed.iter().filter(|name| !ignored.contains(*name)).count())
}
