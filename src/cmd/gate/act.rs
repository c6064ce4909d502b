//! From drafts to a written lockfile: shown, consented to, signed, put in under the lock, verified there.

use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::gate::desk::{Desk, PackAt};
use crate::cmd::gate::say;
use crate::cmd::signing::{SigningArgs, SigningKey, choose, consent};
use crate::gate::changes::since_base;
use crate::gate::draft::Draft;
use crate::gate::enter::NotTaken;
use crate::gate::scene::Scene;
use crate::gate::sync::{Gone, sync};
use crate::model::lockfile::{AnyLockfile, Lockfile};
use crate::model::trust::Trust;
use crate::sign::envelope::Purpose;
use crate::sign::subject::SURFACE;

/// Who signs, beside the key.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WhoArgs {
    /// Your id as a signer; must be the key's
    #[arg(long, value_name = "ID")]
    pub by: Option<String>,
    #[command(flatten)]
    /// The key, and whether to ask.
    pub signing: SigningArgs,
}

/// A statement that is ready to be signed: what it says, its bytes, how it is shown.
pub struct Ready {
    /// The statement.
    pub draft: Draft,
    body: Vec<u8>,
    statement: Node,
    shown: String,
}

impl Ready {
    /// Takes the bytes while the scene is at hand.
    pub fn new(ctx: &Ctx, scene: &Scene, draft: Draft) -> Ready {
        let id = draft.subject.id.as_str();
        let target = match (scene.tool(id), id) {
            (Some(tool), _) => format!("{} {}{}", tool.method, tool.host, tool.full_path()),
            (None, SURFACE) => "policy, toolsets, hosts, baseline".to_owned(),
            (None, _) => "goes".to_owned(),
        };
        let shown = say::draft(ctx.paint(), &draft, &target, &since_base(scene, id));
        Ready { body: draft.body(scene), statement: draft.statement(scene), shown, draft }
    }
}

/// What is to be signed in one toolpack.
pub struct Job {
    /// The toolpack.
    pub at: PackAt,
    /// The statements.
    pub ready: Vec<Ready>,
    /// What is told beside them.
    pub beside: String,
}

/// The key that signs, as its own signer.
///
/// # Errors
/// No key, none that is listed, `--by` names somebody else, or CASKMCP_APPROVERS leaves the signer out.
pub fn key(ctx: &Ctx, desk: &Desk, who: &WhoArgs) -> Result<SigningKey, Failed> {
    key_of(ctx, desk.trust()?, who)
}

/// As [`key`], of a trust file.
///
/// # Errors
/// As [`key`].
pub fn key_of(ctx: &Ctx, trust: &Trust, who: &WhoArgs) -> Result<SigningKey, Failed> {
    let key = choose(ctx, &who.signing, trust)?;
    if let Some(by) = who.by.as_ref().filter(|by| **by != key.signer) {
        return Err(Failed::new("usage", "", format!("--by says {by}, the key is {}'s", key.signer))
            .why("a statement is signed in the name of the key's own signer")
            .hint(format!("--by {}", key.signer)));
    }
    if let Some(list) = ctx.var("CASKMCP_APPROVERS")
        && !list.split(',').any(|name| name.trim() == key.signer)
    {
        return Err(Failed::new("trust", "", format!("CASKMCP_APPROVERS does not name {}", key.signer))
            .why("the variable restricts who signs on this machine; it gives no right to"));
    }
    Ok(key)
}

/// The lockfile as a plan sees it: in step with the artifacts, nothing written.
pub fn in_step(scene: &Scene, before: Option<&AnyLockfile>, now: Timestamp) -> Lockfile {
    sync(scene, before, Gone::Keep, now).lock
}

/// How signed statements get into a lockfile.
pub type Enter = fn(&Scene, &mut Lockfile, &[Draft]) -> Result<(), Vec<NotTaken>>;

/// Shows all statements, asks once, and signs them.
///
/// # Errors
/// The answer is no, nobody can be asked, or the key can't sign.
pub fn sign(
    ctx: &mut Ctx,
    key: &mut SigningKey,
    who: &WhoArgs,
    verb: &str,
    jobs: &mut [Job],
) -> Result<(), Failed> {
    let paint = ctx.paint();
    let count: usize = jobs.iter().map(|job| job.ready.len()).sum();
    let mut text = format!("{} as {} with key {}\n", verb, paint.text(&key.signer, 60), key.key_id);
    for job in jobs.iter() {
        text += &format!("\n{}\n", paint.text(job.at.name(), 200));
        job.ready.iter().for_each(|ready| text += &ready.shown);
        text += &job.beside;
    }
    let statements =
        if count == 1 { "this statement".to_owned() } else { format!("these {count} statements") };
    if who.signing.yes {
        ctx.note(&text);
    }
    let names = jobs.iter().flat_map(|job| &job.ready).map(|ready| ready.draft.name.as_str());
    let what = format!("would be signed by {}: {}", key.signer, say::names(paint, names));
    consent(ctx, who.signing.yes, &format!("{text}\n"), &format!("Sign {statements}"))
        .map_err(|f| f.why(what))?;
    put(ctx, key, jobs)
}

/// Signs all statements, which a person has agreed to.
///
/// # Errors
/// The key can't sign: then none of them may be written.
pub fn put(ctx: &Ctx, key: &mut SigningKey, jobs: &mut [Job]) -> Result<(), Failed> {
    for ready in jobs.iter_mut().flat_map(|job| &mut job.ready) {
        ready.draft.approval.signature = key.sign(ctx, Purpose::Approval, &ready.body)?;
    }
    Ok(())
}

/// Puts signed statements into the lockfiles, each verified as it is written, and tells how they stand.
///
/// # Errors
/// A statement that the verifier does not accept, or a file that can't be written.
pub fn write(ctx: &mut Ctx, desk: &Desk, done: &str, jobs: &[Job], enter: Enter) -> Result<(), Failed> {
    let now = ctx.now;
    for job in jobs.iter().filter(|job| !job.ready.is_empty()) {
        let drafts: Vec<Draft> = job.ready.iter().map(|ready| ready.draft.clone()).collect();
        let paint = ctx.paint();
        let (_, said) = desk.change(now, &job.at, |scene, before| {
            let synced = sync(scene, before, Gone::Keep, now);
            let mut lock = synced.lock;
            enter(scene, &mut lock, &drafts).map_err(|bad| say::not_taken(&bad))?;
            let mut said: String = drafts.iter().map(|draft| stands(ctx, scene, &lock, draft)).collect();
            if synced.tally.carried.is_some() {
                said += "  the lockfile was one of the old format and is one of the new now\n";
            }
            Ok((lock, said))
        })?;
        ctx.print(&format!("{done} in {}\n{said}", paint.text(job.at.name(), 200)))?;
    }
    Ok(())
}

/// How the subject of a statement stands in a lockfile, in one line.
pub fn stands(ctx: &Ctx, scene: &Scene, lock: &Lockfile, draft: &Draft) -> String {
    let name = ctx.paint().text(&draft.name, 60);
    match scene.verdict(lock, &draft.subject.id) {
        None => format!("  {name}  withdrawn\n"),
        Some(verdict) => {
            let missing = match verdict.unnamed.is_empty() || verdict.have < verdict.need {
                true => String::new(),
                false => format!(
                    ", not for {}",
                    say::names(ctx.paint(), verdict.unnamed.iter().map(String::as_str))
                ),
            };
            format!("  {name}  {}, {} of {}{missing}\n", verdict.status, verdict.have, verdict.need)
        }
    }
}

/// The statements of jobs as a file to hand over.
pub fn handed_over(jobs: &[Job]) -> String {
    let all = jobs.iter().flat_map(|job| &job.ready);
    crate::gate::detached::text(all.map(|r| (r.statement.clone(), r.draft.approval.signature.clone())))
}
