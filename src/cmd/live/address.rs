//! What a server at an address is asked with: the guard of addresses, and the credential that the environment has for it.

use std::sync::Arc;

use super::lines::Address;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::enforce::guard::address::Opened;
use crate::enforce::guard::hosts::Allowed;
use crate::enforce::guard::origin::Origin;
use crate::io::credentials::given::{self, Given, OF_THE_ONE, sources};
use crate::io::mcp::http::Reach;
use crate::io::mcp::listing::Patience;
use crate::io::net::outgoing::Rules;

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
    let Address { url, headers } = address;
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
