//! `cask auth login`: somebody logs in, in a browser that is shown, and what the browser knows then is kept, sealed. Or the
//! file of a storage state that there is already.

use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::profile::ProfileArgs;
use super::secret::SecretArgs;
use super::stored::{self, logins};
use crate::capture::browser::storage_state::{LARGEST, StorageState};
use crate::capture::standing::standing;
use crate::capture::url;
use crate::cmd::browse::LaunchArgs;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::io::browser::login::login;
use crate::io::browser::state::CUT;
use crate::io::fs::read_bounded;
use crate::model::login::{Meta, SCHEMA};

/// How long somebody may take to log in.
const PATIENCE: Duration = Duration::from_secs(300);

/// Keep a login
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Page where somebody logs in
    #[arg(long, value_name = "URL")]
    url: String,
    /// Storage state that is kept instead of one that a browser makes: a file as Playwright writes it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["browser_path", "browser_proxy"])]
    from_storage_state: Option<PathBuf>,
    /// The browser: Chromium, or one that is made of it (default: the first that is found)
    #[arg(long, value_name = "PATH")]
    browser_path: Option<PathBuf>,
    /// Proxy that the browser goes through (default: none, whatever the environment says)
    #[arg(long, value_name = "URL")]
    browser_proxy: Option<String>,
    #[command(flatten)]
    secret: SecretArgs,
}

/// Runs the command.
///
/// # Errors
/// A name or an address that is none, no browser, nobody who logs in, no passphrase, or nothing can be written.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let name = args.profile.name()?;
    let target = target(&args.url)?;
    let logins = logins(ctx);
    // What stands in the way is told before somebody logs in, and so is a passphrase that is none.
    logins.folder(&name)?;
    let passphrase = args.secret.fresh(ctx)?;

    let state = match &args.from_storage_state {
        Some(path) => read(path, ctx)?,
        None => browsed(&args, ctx)?,
    };
    if state.is_empty() {
        return Err(Failed::new(
            "input",
            name.as_str(),
            "there is no cookie and no stored value; nothing was stored",
        )
        .hint("log in, and close the window only after that"));
    }
    let standing = standing(&state, &target);
    let meta = Meta {
        schema: SCHEMA.to_owned(),
        name: name.as_str().to_owned(),
        target_url: target.clone(),
        created_at: ctx.now,
        last_used_at: None,
        standing,
    };

    let text = Zeroizing::new(state.written(name.as_str())?);
    logins.store(&name, &meta, text.as_bytes(), &passphrase, &mut |out| (ctx.random)(out))?;
    ctx.print(&format!("Auth profile '{name}' saved.\n"))?;
    if standing.is_expired(ctx.now) {
        ctx.note(&format!("! nothing of it is of use at {target}: no cookie is for it, or all have expired"));
    }
    ctx.note(&format!("next         cask capture record URL --auth-profile {name}"));
    Ok(0)
}

/// The page without what may be secret in its address.
fn target(text: &str) -> Result<String, Failed> {
    let bad = |why: &str| Failed::new("usage", "--url", why).hint("--url https://shop.example/login");
    let address = url::parse(text).map_err(|_| bad("it is no address of a page"))?;
    match (address.user.is_some(), &*address.scheme) {
        (false, "http" | "https") => Ok(format!("{}://{}{}", address.scheme, address.host, address.path)),
        (true, _) => Err(bad("the address has a name or a password in it")),
        _ => Err(bad("it is no address of a page")),
    }
}

fn read(path: &Path, ctx: &Ctx) -> Result<StorageState, Failed> {
    let file = path.display().to_string();
    let bytes = read_bounded(&ctx.cwd.join(path), LARGEST)?.map(Zeroizing::new);
    let bytes = bytes.ok_or_else(|| Failed::new("input", &file, "there is no such file"))?;
    stored::read(&file, &bytes)
}

/// What a browser knows after somebody logged in.
fn browsed(args: &Args, ctx: &mut Ctx) -> Result<StorageState, Failed> {
    let shown = LaunchArgs {
        visible: true,
        browser_path: args.browser_path.clone(),
        browser_proxy: args.browser_proxy.clone(),
        ..LaunchArgs::default()
    };
    let elsewhere = "log in where there is a display, and bring the state here: --from-storage-state FILE";
    let launch = shown.launch(false, ctx).map_err(|mut failed| {
        if failed.0.subject == "--visible" {
            failed = failed.about("the browser");
            failed.0.hints = vec![elsewhere.to_owned()];
        }
        failed
    })?;
    ctx.note("log in, then close the window of the browser, or press Ctrl-C");
    // What went wrong is told without what stands behind the path: it may let people in.
    let page = target(&args.url)?;
    let kept =
        login(&launch, &args.url, None, PATIENCE).map_err(|failure| Failed::from(failure.about(page)))?;
    if kept.is_cut {
        ctx.note(&format!("! {CUT}"));
    }
    Ok(kept.state)
}
