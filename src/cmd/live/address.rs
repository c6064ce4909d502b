//! What a server at an address is asked with, the guard of addresses and the credential that the environment has for it,
//! and which of two transports it speaks.

use std::sync::Arc;

use super::lines::Address;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::enforce::guard::address::Opened;
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::io::credentials::given::{self, Given, OF_THE_ONE, sources};
use crate::io::failure::Failure;
use crate::io::mcp::conversation::Conversation;
use crate::io::mcp::listing::{self, Listed, Patience};
use crate::io::mcp::remote::Remote;
use crate::io::mcp::site::Reach;
use crate::io::mcp::wire::Wire;
use crate::io::mcp::{http, sse};
use crate::io::net::outgoing::Rules;
use crate::model::client::Transport;

/// How the server at this address is asked. `is_the_one`: whether it is the only one, and was typed: else a credential
/// that is for whichever server there is would be shown to whoever a file names.
///
/// # Errors
/// The address is none, or a credential for it can't be used.
pub(super) fn reach(
    address: &Address,
    opened: &Opened,
    is_the_one: bool,
    ctx: &mut Ctx,
) -> Result<Reach, Failed> {
    let Address { url, headers, .. } = address;
    let origin = Origin::of(url).map_err(|refusal| Failed::new("usage", "--mcp-url", refusal.message))?;
    let allowed = Allowed::only([origin]);
    let of_hosts = |name: &str| match OF_THE_ONE.iter().any(|one| name.starts_with(one)) {
        true => None,
        false => (ctx.env)(name),
    };
    let given = Given::by(if is_the_one { ctx.env } else { &of_hosts });
    let of_tokens = given::Reach { opened: opened.clone(), ca_file: None, proxy: None };
    let sources = sources(&given, &allowed, &of_tokens)
        .map_err(|unfit| Failed::new("usage", "", unfit.reason).hint(unfit.fix))?;
    for warning in &sources.warnings {
        ctx.note(warning);
    }
    let rules = Rules { total: Patience::default().start, ..Rules::new(allowed, opened.clone()) };
    let credentials = Arc::new(sources.by_origin);
    Ok(Reach { url: url.clone(), rules, credentials, headers: headers.clone() })
}

/// What a server says, and how it was spoken to: as is known of it, or as it lets itself be spoken to. The newer transport
/// first; whoever takes no message that way is tried the older way, as the protocol has it.
///
/// # Errors
/// It does not answer, or not as a server does.
pub(super) fn listed(transport: Option<Transport>, reach: Reach) -> Result<(Listed, Transport), Failure> {
    if transport == Some(Transport::Sse) {
        return by(sse::to(reach)?).map(|listed| (listed, Transport::Sse)).map_err(|(failure, _)| failure);
    }
    let (failure, other) = match by(http::to(reach.clone())?) {
        Ok(listed) => return Ok((listed, Transport::Http)),
        Err((failure, is_turned_away)) if transport.is_none() && is_turned_away => (failure, sse::to(reach)?),
        Err((failure, _)) => return Err(failure),
    };
    match by(other) {
        Ok(listed) => Ok((listed, Transport::Sse)),
        Err((older, true)) => Err(failure.looked("asked by GET", older.why.join(", "))),
        Err((older, false)) => Err(older),
    }
}

/// What a server says that is asked this way; else why not, and whether it does not speak this way at all.
fn by(wire: Remote) -> Result<Listed, (Failure, bool)> {
    let mut with = Conversation::new(wire);
    let listed = listing::list(&mut with, Patience::default());
    listed.map_err(|failure| (failure, with.wire().is_turned_away()))
}
