//! A challenge as a person reads it. All of it may be an agent's or a server's words: nothing is printed that did not
//! go through the escaper.

use serde_json::{Value, json};

use crate::canon::time::Timestamp;
use crate::enforce::challenge::Status;
use crate::enforce::grant::need;
use crate::io::confirmations::person::Waiting;
use crate::model::trust::Trust;
use crate::report::escape::terminal::Paint;

/// Characters of arguments that are shown where one challenge is: all that is kept.
const ALL: usize = 10_000;
/// Characters of one of many.
const SOME: usize = 120;

/// All of one challenge.
pub fn whole(paint: Paint, waiting: &Waiting, trust: Option<&Trust>, now: i64) -> String {
    let challenge = &waiting.challenge;
    let shown = &challenge.shown;
    let text = |text: &str| if text.is_empty() { "(not told)".to_owned() } else { paint.text(text, 2000) };
    let mut out = format!("tool       {}, {}\n", text(&shown.tool), paint.bold(shown.tier.word()));
    out += &format!("request    {} {}\n", text(&shown.method), text(&shown.path));
    out += &format!("to         {}\n", text(&shown.origin));
    if let Some(credential) = &challenge.bindings.credential {
        out += &format!("as         {}\n", text(credential));
    }
    let arguments = if shown.arguments.is_empty() { "(not told)" } else { &shown.arguments };
    for (n, line) in paint.wrap(arguments, 100, 11, "").into_iter().take(ALL / 40).enumerate() {
        let label = if n == 0 { "arguments  " } else { "           " };
        out += &format!("{label}{}\n", line.trim_start());
    }
    out += &format!("asked by   {}, {} ago\n", text(&shown.run_id), span(now - challenge.created));
    let have = waiting.grants.len();
    let need = need(trust, shown.tier);
    let status = challenge.status_at(now);
    let left = match status.is_open() {
        true => format!(", {} left", span(challenge.expires - now)),
        false => String::new(),
    };
    out += &format!("status     {}, {have} of {need}{left}\n", status.word());
    for grant in &waiting.grants {
        let key = if grant.signature.is_some() { grant.key_id.as_str() } else { "not signed" };
        out += &format!("granted by {} ({key})\n", text(&grant.signer));
    }
    if let Some(reason) = &challenge.reason {
        out += &format!("reason     {}\n", text(reason));
    }
    out + &format!("id         {}\n", challenge.id.short())
}

/// One of many: a line of what is asked, and one of how it is granted.
pub fn brief(paint: Paint, waiting: &Waiting, now: i64) -> String {
    let challenge = &waiting.challenge;
    let shown = &challenge.shown;
    let text = |text: &str| if text.is_empty() { "-".to_owned() } else { paint.text(text, SOME) };
    let status = challenge.status_at(now);
    let left = if status.is_open() { span(challenge.expires - now) } else { "-".to_owned() };
    format!(
        "- {} {} tool_id={} toolset={} expires_at={} ({left})\n  {}: {} {} {}  {}\n  {}\n",
        challenge.id.short(),
        status.word(),
        text(&challenge.bindings.tool_id),
        text(challenge.bindings.toolset.as_deref().unwrap_or("-")),
        challenge.expires.div_euclid(1000),
        text(&shown.tool),
        text(&shown.method),
        text(&format!("{}{}", shown.origin, shown.path)),
        shown.tier.word(),
        text(&shown.arguments),
        how(paint, waiting, status),
    )
}

/// The next command.
pub fn how(paint: Paint, waiting: &Waiting, status: Status) -> String {
    match (status, waiting.challenge.handle_only) {
        (Status::Pending, true) => {
            "cask confirm grant CODE   (the code is on the server's screen)".to_owned()
        }
        (Status::Pending, false) => format!("cask confirm grant {}", paint.text(&waiting.token, 2000)),
        (Status::Granted, _) => "waits for the agent to make the call".to_owned(),
        _ => "nothing is to be done".to_owned(),
    }
}

/// A challenge for programs.
pub fn json(waiting: &Waiting, now: i64) -> Value {
    let challenge = &waiting.challenge;
    let shown = &challenge.shown;
    let time = |ms: i64| Timestamp::from_seconds(ms.div_euclid(1000)).map(|t| t.to_string());
    let token = (!challenge.handle_only).then_some(&waiting.token);
    json!({
        "id": challenge.id.short(),
        "token": token,
        "handle_only": challenge.handle_only,
        "status": challenge.status_at(now).word(),
        "tool": shown.tool,
        "tool_id": challenge.bindings.tool_id,
        "toolset": challenge.bindings.toolset,
        "toolpack": shown.toolpack,
        "method": shown.method,
        "path": shown.path,
        "origin": shown.origin,
        "arguments": shown.arguments,
        "risk_tier": shown.tier.word(),
        "credential": challenge.bindings.credential,
        "run_id": shown.run_id,
        "created_at": time(challenge.created),
        "expires_at": time(challenge.expires),
        "age_seconds": (now - challenge.created).max(0) / 1000,
        "granted_by": waiting.grants.iter().map(|grant| json!({
            "signer": grant.signer,
            "key_id": grant.signature.as_ref().map(|_| &grant.key_id),
            "signed_at": grant.signed_at.to_string(),
            "reason": grant.reason,
        })).collect::<Vec<_>>(),
        "reason": challenge.reason,
    })
}

fn span(ms: i64) -> String {
    let seconds = ms.max(0) / 1000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}
