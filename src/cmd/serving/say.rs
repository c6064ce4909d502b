//! What is said to whoever starts a server: what is served and what is not, what is loosened, what a crash left.

use reqwest::Url;

use crate::enforce::guard::origin::Origin;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::io::audit_log::Recovered;
use crate::run::how::How;

/// Tools that are named where some are not served.
const NAMED: usize = 5;

/// Says something to whoever runs the server. Standard output belongs to the protocol.
pub fn tell(line: &str) {
    let text = crate::canon::visible::visible(line, 2_000);
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("[cask] {text}\n").as_bytes());
}

/// What is said where nothing may be served, and the exit code for it.
pub fn refused(refusal: &Refusal) -> u8 {
    tell(&format!("nothing of this toolpack may be served: {}", refusal.message));
    tell("see: cask gate status, cask doctor --toolpack");
    exit_code(refusal.code)
}

/// The exit code of why nothing, or not all, is served.
pub fn exit_code(why: ReasonCode) -> u8 {
    match why {
        why if is_tampered(why) => 2,
        // Whether its tools are what was approved, nobody could look.
        ReasonCode::UpstreamUnreachable => 3,
        _ => 1,
    }
}

/// What is served, for whoever starts it.
pub fn served(how: &How, tools: usize, refused: &[(String, Refusal)]) {
    let set = how.toolset.as_ref().map(|set| format!(" of toolset {set}")).unwrap_or_default();
    let dry = if how.dry_run { ", dry run" } else { "" };
    tell(&format!("serving {} tools{set}{dry}", tools));
    if !refused.is_empty() {
        tell(&format!("! not served: {}", named(refused)));
    }
    for flag in &how.loosened {
        tell(&format!("! --{flag}"));
    }
    if let Some(proxy) = &how.proxy {
        carried(proxy);
    }
}

/// The first of tools that are not served, and why not.
pub fn named(refused: &[(String, Refusal)]) -> String {
    let told = refused.iter().take(NAMED);
    let first: Vec<String> = told.map(|(name, refusal)| format!("{name} ({})", refusal.code)).collect();
    let more = match refused.len() - first.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    first.join(", ") + &more
}

/// What a proxy that carries calls means. Who logs in to it is not told.
fn carried(proxy: &Url) {
    let place = Origin::of(proxy).map(|origin| origin.to_string()).unwrap_or_default();
    tell(&format!(
        "! calls go through {place}: the address of a server is judged here, and found anew by the proxy"
    ));
    if proxy.password().is_some() {
        tell("! --proxy shows its password to everyone who lists processes");
    }
}

/// Whether something is not what was approved, rather than not approved yet.
pub fn is_tampered(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::IntegrityMismatch
            | ReasonCode::ApprovalSignatureInvalid
            | ReasonCode::ApprovalSignatureRequired
    )
}

/// What the last run left open.
pub fn told_of_before(recovered: &Recovered) {
    if let Some(bytes) = recovered.cut_off_bytes {
        tell(&format!(
            "! the audit log ended in half a line ({bytes} bytes), which a crash left; it was taken away"
        ));
    }
    for open in recovered.unmatched.iter().filter(|open| !open.running) {
        tell(&format!(
            "! a call was sent and its outcome never written down: {} ({})",
            open.intent.call_id,
            open.intent.tool_id.as_deref().unwrap_or("?")
        ));
    }
}
