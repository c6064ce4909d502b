//! `cask confirm grant`: this very call may be made, once. Signed like an approval: shown first, asked on the
//! controlling terminal, never in CI.

use serde_json::json;

use super::bench::{Bench, StoreArgs, TrailArgs, not_now, one_line, pointed};
use super::say;
use crate::cmd::anchor::{TRUST, keyring};
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::gate::act::{WhoArgs, key_of};
use crate::cmd::gate::check;
use crate::cmd::options::TrustArgs;
use crate::cmd::packs;
use crate::cmd::signing::consent;
use crate::enforce::audit::record::{Confirmation, Event};
use crate::enforce::challenge::Challenge;
use crate::enforce::grant::{Grant, Judge, counts, statement};
use crate::io::confirmations::person::{Named, Waiting};
use crate::model::trust::Trust;
use crate::rules::trust as rule;
use crate::sign::envelope::Purpose;

/// Let a call be made that waits for a person
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The token of the call, or the code that the server showed
    #[arg(value_name = "TOKEN")]
    token: String,
    #[command(flatten)]
    store: StoreArgs,
    #[command(flatten)]
    trail: TrailArgs,
    /// Why, in one line
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    who: WhoArgs,
    #[command(flatten)]
    trust: TrustArgs,
    /// Don't sign: counts only for a server that was started with the same flag
    #[arg(long, conflicts_with = "key")]
    unsafe_unsigned_grant: bool,
    /// terminal or json
    #[arg(long, value_name = "FORMAT", default_value = "terminal", value_parser = ["terminal", "json"], hide_possible_values = true)]
    format: String,
}

/// Runs the command.
///
/// # Errors
/// There is no store, no trust file, no key that may; nobody can be asked; something can't be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let reason = one_line(args.reason.clone())?;
    let bench = Bench::open(ctx, &args.store)?;
    let waiting = match bench.named(&args.token)? {
        Named::Unknown => return not_now(ctx, "granted", &args.token, None),
        Named::Pointed(_) => return Err(pointed(&args.token)),
        Named::Whole(waiting) => waiting,
    };
    let challenge = &waiting.challenge;
    if let Err(status) = challenge.may_grant(bench.now()) {
        return not_now(ctx, "granted", &args.token, Some(status));
    }
    let trust = in_force(ctx, &args)?;
    let keyring = trust.as_ref().map(keyring).transpose()?;
    let judge = Judge { keyring: keyring.as_ref(), unsafe_unsigned_grant: args.unsafe_unsigned_grant };
    let grant = match &trust {
        Some(trust) if !args.unsafe_unsigned_grant => signed(ctx, &args, &bench, &waiting, trust, reason)?,
        _ => unsigned(ctx, &args, &bench, &waiting, trust.as_ref(), reason)?,
    };
    // What would count for nothing is not written down as a grant.
    counts(&judge, challenge, &grant, bench.now()).map_err(|why| {
        Failed::new("trust", &args.token, "this grant would not count")
            .why(why)
            .hint("cask trust show   (who may approve what)")
    })?;
    let trail = bench.trail(ctx, &args.trail)?;
    let told = told(challenge, &grant);
    let granted = match bench.store.grant(challenge, &grant, &judge, bench.now(), || trail.write(told))? {
        Ok(granted) => granted,
        Err(status) => return not_now(ctx, "granted", &args.token, status),
    };
    let done = granted.have >= granted.need;
    let text = match args.format.as_str() {
        "json" => {
            let status = if done { "granted" } else { "pending" };
            let id = challenge.id.short();
            let report = json!({"id": id, "status": status, "have": granted.have, "need": granted.need, "signer": grant.signer});
            format!("{report}\n")
        }
        _ => {
            let token = ctx.paint().text(&args.token, 2000);
            let word = if done { "Granted" } else { "Signed, not granted yet" };
            format!("{word}: {token}\n  {} of {} people\n", granted.have, granted.need)
        }
    };
    ctx.print(&text)?;
    Ok(0)
}

/// The trust file that a server judges by too. It says how many people a call takes even where nobody signs; only there
/// may it be missing.
fn in_force(ctx: &mut Ctx, args: &Args) -> Result<Option<Trust>, Failed> {
    let place = packs::here(ctx)?;
    let of_check = check::Args { trust: args.trust.clone(), ..check::Args::default() };
    match check::in_force(&place, &of_check, ctx)? {
        Some(anchored) if anchored.off_pin.is_some() => {
            Err(Failed::new("trust", TRUST, "the trust file in force is not the one of --trust-pin"))
        }
        Some(anchored) => Ok(Some(anchored.trust)),
        None if args.unsafe_unsigned_grant => Ok(None),
        None => Err(Failed::new("trust", TRUST, "there is no trust file, so nobody may sign")
            .rule(rule::ROOT_MISSING)
            .hint("cask trust init --id NAME")
            .hint("--unsafe-unsigned-grant, for a server that was started with it")),
    }
}

fn signed(
    ctx: &mut Ctx,
    args: &Args,
    bench: &Bench,
    waiting: &Waiting,
    trust: &Trust,
    reason: String,
) -> Result<Grant, Failed> {
    let mut key = key_of(ctx, trust, &args.who)?;
    let paint = ctx.paint();
    let text = format!(
        "grant as {} with key {}\n\n{}",
        paint.text(&key.signer, 60),
        key.key_id,
        say::whole(paint, waiting, Some(trust), bench.now())
    );
    ask(ctx, args, &text)?;
    let mut grant = Grant {
        signer: key.signer.clone(),
        key_id: key.key_id.clone(),
        signed_at: at(bench),
        reason,
        signature: None,
    };
    let body = statement(trust.root(), &waiting.challenge, &grant);
    grant.signature = Some(key.sign(ctx, Purpose::Confirmation, &body)?);
    Ok(grant)
}

fn unsigned(
    ctx: &mut Ctx,
    args: &Args,
    bench: &Bench,
    waiting: &Waiting,
    trust: Option<&Trust>,
    reason: String,
) -> Result<Grant, Failed> {
    if ctx.in_ci() && !args.who.signing.in_ci {
        return Err(Failed::new("usage", "", "this runs in CI (CI is set), where nothing is granted")
            .why("a grant says that a person looked")
            .hint("--in-ci, for a machine that may"));
    }
    let by = args.who.by.clone().or_else(|| ctx.var("USER")).unwrap_or_else(|| "unknown".to_owned());
    let by = one_line(Some(by))?;
    let text =
        format!("grant WITHOUT a signature\n\n{}", say::whole(ctx.paint(), waiting, trust, bench.now()));
    ask(ctx, args, &text)?;
    Ok(Grant { signer: by, key_id: String::new(), signed_at: at(bench), reason, signature: None })
}

fn ask(ctx: &mut Ctx, args: &Args, text: &str) -> Result<(), Failed> {
    if args.who.signing.yes {
        ctx.note(text);
    }
    consent(ctx, args.who.signing.yes, &format!("{text}\n"), "Let this call be made once")
}

fn at(bench: &Bench) -> crate::canon::time::Timestamp {
    let seconds = bench.now().div_euclid(1000);
    crate::canon::time::Timestamp::from_seconds(seconds).unwrap_or(crate::canon::time::Timestamp::MIN)
}

fn told(challenge: &Challenge, grant: &Grant) -> Confirmation {
    Confirmation {
        event: Event::Grant,
        confirmation_id: challenge.id.short(),
        tool_id: Some(challenge.bindings.tool_id.clone()),
        issuer: Some(grant.signer.clone()),
        key_ids: grant.signature.iter().map(|_| grant.key_id.clone()).collect(),
        reason: Some(grant.reason.clone()).filter(|reason| !reason.is_empty()),
        call_id: None,
    }
}
