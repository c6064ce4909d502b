//! `cask trust check`, `show` and `accept`: who may approve, whether that came about by the rules, and
//! whether this machine believes it.

use crate::cmd::anchor::{Sides, TRUST, broken, find, history, is_sound, keyring};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::options::TrustArgs;
use crate::cmd::roots;
use crate::cmd::signing::consent;
use crate::cmd::trust_state::State;
use crate::io::git::Repo;
use crate::io::known_roots::KnownRoots;
use crate::io::tree::Tree;
use crate::model::report::Verdict;
use crate::model::trust::Trust;
use crate::report::escape::terminal::{Mark, Paint};
use crate::sign::chain::{Breach, gate_is_signed, is_successor, own_quorum};
use crate::sign::quorum::weaknesses;

/// Options of `trust check`.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// Git ref whose trust file this one must follow; its whole history is checked too
    #[arg(long, value_name = "REF")]
    against: Option<String>,
}

/// Options of `trust show`.
#[derive(Debug, clap::Args)]
pub struct Show {
    #[command(flatten)]
    trust: TrustArgs,
}

/// Options of `trust accept`.
#[derive(Debug, clap::Args)]
pub struct Accept {
    #[command(flatten)]
    trust: TrustArgs,
    /// Don't ask: you have compared the fingerprints
    #[arg(short, long)]
    yes: bool,
}

/// Checks the work tree's trust file: its own quorum, the step from the one in force, gate.yaml beside it;
/// with `--against` also every step in that ref's history.
///
/// # Errors
/// There is none, or one that is needed can't be read.
pub fn check(args: Check, ctx: &mut Ctx) -> Outcome {
    let state = State::read(ctx, args.against.as_deref())?;
    let own = state.own()?;
    let mut told = Told { paint: ctx.paint(), lines: Vec::new(), verdict: Verdict::Pass };
    let keys = keyring(own)?;
    match own_quorum(&keys) {
        Ok(()) => told.good(format!("version {} is signed by its own owners", own.file.version)),
        Err(breach) => told.bad(&breach),
    }
    match &state.in_force {
        None => told.note(format!(
            "nothing is in force yet: this is the first one; compare the fingerprints, then pin {}",
            own.digest
        )),
        Some(found) if found.trust.digest == own.digest => {
            told.good(format!("it is the one in force ({})", found.source.name));
        }
        Some(found) => match is_successor(&keyring(&found.trust)?, &keys, ctx.now) {
            Ok(()) => told.good(format!(
                "it follows version {}, which is in force ({})",
                found.trust.file.version, found.source.name
            )),
            Err(breach) => told.bad(&breach),
        },
    }
    if let (Some(_), Some(repo)) = (&args.against, &state.repo) {
        past(&mut told, repo, &state, ctx)?;
    }
    if let Some(gate) = &state.gate {
        match gate_is_signed(gate, &keys) {
            Ok(()) => told.good(format!("gate.yaml version {} is signed by its owners", gate.file.version)),
            Err(why) => told.bad(&(crate::rules::trust::POLICY_WEAKENED, why)),
        }
    }
    for weak in weaknesses(own, ctx.now) {
        told.line(Mark::Warn, &format!("{} ({})", weak.here.plain(), weak.kind.rule().id));
    }
    let shown = roots::signers(ctx.paint(), own);
    ctx.print(&format!("{}\n\n{shown}", told.lines.join("\n")))?;
    Ok(told.verdict.exit_code())
}

/// Every step of a branch's history, from its first version on.
fn past(told: &mut Told, repo: &Repo, state: &State, ctx: &Ctx) -> Result<(), Failed> {
    let Some(found) = &state.in_force else { return Ok(()) };
    let Some(tip) = &found.tip else { return Ok(()) };
    let (mut versions, complete) = history(repo, tip)?;
    if !complete {
        return Err(Failed::new("trust", TRUST, "its history is cut off")
            .looked("in", "the clone (shallow, or too long a history)")
            .hint("git fetch --unshallow"));
    }
    versions.reverse();
    let mut last: Option<Trust> = None;
    let mut steps = 0;
    for version in versions {
        if last.as_ref().is_some_and(|last| last.digest == version.digest) {
            continue;
        }
        let number = version.file.version;
        let step = match &last {
            None => own_quorum(&keyring(&version)?),
            // As of the day on which it was written: keys end later, and that undoes nothing.
            Some(last) => is_successor(&keyring(last)?, &keyring(&version)?, version.file.at.min(ctx.now)),
        };
        match step {
            Ok(()) => {
                steps += 1;
                last = Some(version);
            }
            Err((rule, why)) => {
                let why = crate::model::phrase::Phrase::say(format!("history, version {number}: ")).and(why);
                told.bad(&(rule, why));
                // What its owners did not sign was never in force: the next step starts before it.
                if is_sound(&version) {
                    last = Some(version);
                }
            }
        }
    }
    told.good(format!("{steps} versions in the history of {} follow one another", found.source.name));
    Ok(())
}

/// What was found, line by line.
struct Told {
    paint: Paint,
    lines: Vec<String>,
    verdict: Verdict,
}

impl Told {
    fn line(&mut self, mark: Mark, text: &str) {
        self.lines.push(format!("{} {}", self.paint.mark(mark), self.paint.text(text, 600)));
    }

    fn good(&mut self, text: String) {
        self.line(Mark::Good, &text);
    }

    fn note(&mut self, text: String) {
        self.line(Mark::Note, &text);
    }

    fn bad(&mut self, breach: &Breach) {
        self.line(Mark::Bad, &format!("{} ({})", breach.1.plain(), breach.0.id));
        self.verdict = Verdict::Breaking;
    }
}

/// The trust file that a command looks at, and where it stands: the one in force, else the work tree's.
fn looked_at(ctx: &Ctx, args: &TrustArgs) -> Result<(Trust, String), Failed> {
    let repo = Repo::discover(&ctx.cwd)?;
    let root = repo.as_ref().map_or_else(|| ctx.cwd.clone(), |repo| repo.root().to_owned());
    let work = Tree::folder(root);
    let sides = Sides { repo: repo.as_ref(), default: None, base: None, head: &work, known_roots: true };
    if let Some(found) = find(ctx, &sides, args)? {
        let anchored = if found.anchored { "" } else { "   trust: not anchored" };
        return Ok((found.trust, format!("{}{anchored}", found.source.name)));
    }
    match crate::cmd::anchor::read_trust(&work)? {
        Some(trust) => Ok((trust, "the work tree; not in force yet".to_owned())),
        None => Err(Failed::new("trust", TRUST, "there is no such file")
            .looked("in", "the default branch, HEAD and the work tree")
            .hint("cask trust init --id NAME")),
    }
}

/// Shows the trust file in force.
///
/// # Errors
/// There is none, or it can't be read.
pub fn show(args: Show, ctx: &mut Ctx) -> Outcome {
    let (trust, place) = looked_at(ctx, &args.trust)?;
    let keys = keyring(&trust)?;
    let signed = match own_quorum(&keys) {
        Ok(()) => "signed by its own owners".to_owned(),
        Err((_, why)) => format!("NOT SIGNED: {}", why.plain()),
    };
    let thresholds = &trust.file.thresholds;
    let tiers: Vec<String> = crate::model::risk::RiskTier::ALL
        .into_iter()
        .map(|tier| format!("{tier} {}", thresholds.approvals.of(tier)))
        .collect();
    let ages: Vec<String> =
        trust.file.rules.max_age_days.iter().map(|(tier, days)| format!("{tier} {days} days")).collect();
    let paint = ctx.paint();
    let text = format!(
        "from     {}\nsigned   {}\n{}\nneeded   trust {}, {}\nends     {}\nmerged   within {} days of signing\n\
         author   {}\n\ntrust-pin: {}\n",
        paint.text(&place, 200),
        paint.text(&signed, 300),
        roots::signers(paint, &trust),
        thresholds.trust,
        tiers.join(", "),
        if ages.is_empty() { "never".to_owned() } else { ages.join(", ") },
        trust.file.rules.fresh_days,
        if trust.file.rules.author_may_approve { "may approve" } else { "may not approve high and critical" },
        trust.digest,
    );
    ctx.print(&text)?;
    Ok(0)
}

/// Takes the trust file in force into the roots that this machine knows.
///
/// # Errors
/// There is none, its own owners did not sign it, a later version is known, or the answer is no.
pub fn accept(args: Accept, ctx: &mut Ctx) -> Outcome {
    let (trust, place) = looked_at(ctx, &args.trust)?;
    own_quorum(&keyring(&trust)?).map_err(|breach| broken(&breach))?;
    let shown =
        format!("from     {}\n{}\n", ctx.paint().text(&place, 200), roots::signers(ctx.paint(), &trust));
    consent(ctx, args.yes, &shown, "Have you compared them, and trust them")?;
    roots::record(&KnownRoots::open(ctx.env)?, &trust)?;
    ctx.print(&shown)?;
    ctx.note("this machine now knows this root");
    Ok(0)
}
