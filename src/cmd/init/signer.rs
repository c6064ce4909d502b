//! Who signs what `cask init` writes: which key, made now or at hand, and in whose name.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::init::args::{Args, NEW};
use crate::cmd::init::say;
use crate::cmd::keyfile::{self, KeyFile, Private};
use crate::io::keystore::Keystore;
use crate::io::tty::Terminal;
use crate::model::trust::is_signer_id;

/// There is no key, and none can be made.
pub const NO_KEY: &str = "you have no key, and no terminal to ask for its passphrase on";

/// A signature says that a person looked.
pub const IN_CI: &str = "this runs in CI (CI is set), where nobody is asked";

/// What signs.
pub enum Signer {
    /// A key that can be used.
    Key(Box<KeyFile>),
    /// One that is made now.
    New,
    /// None, and why.
    None(&'static str),
    /// There is nothing to sign.
    Needless,
}

/// The name of the key that would be made: the one that is asked for, else, where there is none at all, a first one.
pub fn new_key(ctx: &Ctx, args: &Args) -> Result<Option<String>, Failed> {
    if args.new_key.is_some() || args.signing.key.is_some() {
        return Ok(args.new_key.clone());
    }
    let is_first = Keystore::open(ctx.env)?.list()?.is_empty();
    Ok(is_first.then(|| NEW.to_owned()))
}

/// The key that will sign: the one that is named or the person's own, else a new one.
pub fn signer(ctx: &Ctx, args: &Args) -> Result<Signer, Failed> {
    if ctx.in_ci() && !args.signing.in_ci {
        return Ok(Signer::None(IN_CI));
    }
    if new_key(ctx, args)?.is_some() {
        return Ok(match ctx.can_ask() || args.no_passphrase {
            true => Signer::New,
            false => Signer::None(NO_KEY),
        });
    }
    let file = keyfile::named(ctx, args.signing.key.as_deref())?;
    let usable = ctx.can_ask() || file.is_open() || matches!(file.private, Private::Elsewhere);
    Ok(match usable {
        true => Signer::Key(Box::new(file)),
        false => Signer::None("your key has a passphrase, and there is no terminal to ask on"),
    })
}

/// The person as a signer: what was given, or is answered, or their login on this machine.
pub fn who(ctx: &Ctx, args: &Args) -> Result<(String, Option<String>), Failed> {
    let known = args.github.clone().filter(|name| is_signer_id(name)).or_else(|| login(ctx));
    let (mut id, mut github) = (args.id.clone(), args.github.clone());
    if id.is_none()
        && ctx.can_ask()
        && !args.signing.yes
        && let Some(mut terminal) = Terminal::open()
    {
        let failed = |e| Failed::new("io", "the terminal", format!("nothing could be asked: {e}"));
        terminal.show(say::INTRODUCTION).map_err(failed)?;
        let shown = known.as_ref().map_or(String::new(), |name| format!(" [{}]", ctx.paint().text(name, 60)));
        let answer = terminal.ask(&format!("Your id as a signer{shown}: ")).map_err(failed)?;
        id = Some(answer.trim().to_owned()).filter(|text| !text.is_empty());
        if github.is_none() {
            let answer = terminal.ask("Your login on GitHub (empty: none): ").map_err(failed)?;
            github = Some(answer.trim().to_owned()).filter(|text| !text.is_empty());
        }
    }
    let id = id.or(known).ok_or_else(|| {
        Failed::new("usage", "", "your id as a signer is not known").hint("cask init --id NAME")
    })?;
    match is_signer_id(&id) {
        true => Ok((id, github)),
        false => Err(Failed::new("usage", "", format!("{id:?} can't be the id of a signer"))
            .why("it is 1 to 128 of A-Z a-z 0-9 . _ @ + -, first a letter or digit")),
    }
}

/// The person's login on this machine, if that can be the name of a signer.
pub fn login(ctx: &Ctx) -> Option<String> {
    let login = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| ctx.var(name));
    login.filter(|name| is_signer_id(name))
}
