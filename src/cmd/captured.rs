//! Redacted exchanges in, a stored capture out, and what is told of it: the same whether they come from files or from a
//! browser.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::canon::Node;
use crate::canon::digest::short;
use crate::canon::emit::emit_json;
use crate::canon::visible::visible;
use crate::capture::auth::Auth;
use crate::capture::stored;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::recording::Sink;
use crate::io::captures::{Spool, Written};
use crate::model::exchange::{Counts, Exchange};

/// How hosts were come by that nobody named, of files.
pub const MOST_CALLS: &str = "most calls";
/// The same of a page.
pub const OWNER: &str = "the first page's and its owner's";

/// The folder of captures in the state folder.
pub const CAPTURES: &str = "captures";

/// Exchanges that are written and have no place yet.
pub struct Kept {
    written: Written,
    counts: Counts,
    auth: Auth,
}

/// What is known of a capture beside its exchanges.
pub struct Known {
    /// What people call it.
    pub name: String,
    /// Words for where it comes from.
    pub kinds: Vec<&'static str>,
    /// The hosts that were kept.
    pub hosts: Vec<String>,
    /// How they were come by, if nobody named them.
    pub inferred: Option<&'static str>,
    /// What whoever uses it should know.
    pub warnings: Vec<String>,
}

/// The folder of captures: what was named, or `captures` in it.
pub fn store(output: Option<&Path>, ctx: &Ctx) -> PathBuf {
    let named = output.unwrap_or(&ctx.global.root);
    let full = ctx.cwd.join(named);
    match full.file_name().is_some_and(|name| name == CAPTURES) {
        true => full,
        false => full.join(CAPTURES),
    }
}

/// Writes exchanges as they come.
///
/// # Errors
/// What hands them over fails, or nothing can be written.
pub fn keep(store: &Path, each: impl FnOnce(Sink) -> Result<Counts, Failed>) -> Result<Kept, Failed> {
    let mut spool = Spool::new(store)?;
    let mut auth = Auth::default();
    let counts = each(&mut |exchanges| {
        for exchange in exchanges {
            auth.see(&exchange);
            let (line, id) = stored::line(&exchange);
            spool.add(key(&exchange, &id), &line)?;
        }
        Ok(())
    })?;
    let written = spool.write(store, &|key, line, repeats| {
        let id = key.rsplit('\0').next().unwrap_or_default();
        let id = if repeats == 0 { id.to_owned() } else { format!("{id}-{}", repeats + 1) };
        stored::with_id(line, &id)
    })?;
    Ok(Kept { written, counts, auth })
}

/// Puts a capture in its place, and tells of it.
///
/// # Errors
/// Nothing can be written.
pub fn place(kept: Kept, known: &Known, ctx: &mut Ctx) -> Outcome {
    let Kept { written, counts, auth } = kept;
    let id = format!("cap_{}", short(&written.sha256, 12));
    let place = written.place(&id, &emit_json(&header(&id, known, &counts)))?;
    let place = place.strip_prefix(&ctx.cwd).unwrap_or(&place).display().to_string();
    ctx.print(&told(&id, &place, known, &counts))?;
    login(&auth).iter().for_each(|line| ctx.note(&visible(line, 400)));
    Ok(0)
}

/// The order of exchanges in a capture (formats-v2 §12).
fn key(exchange: &Exchange, id: &str) -> String {
    format!("{}\0{}\0{}\0{id}", exchange.host, exchange.path, exchange.method)
}

fn header(id: &str, known: &Known, counts: &Counts) -> Node {
    let number = |n: &u64| Node::int(i128::from(*n));
    let skipped = counts.skipped.iter().map(|(reason, n)| (reason.word(), number(n)));
    let mut skipped: Vec<(&str, Node)> = skipped.collect();
    skipped.sort_by_key(|(word, _)| *word);
    let redacted = counts.redacted.iter().map(|(class, n)| (class.as_str(), number(n)));
    Node::map([
        ("schema", Node::text("cask.capture/1")),
        ("id", Node::text(id)),
        ("name", Node::text(&*known.name)),
        ("kinds", Node::texts(known.kinds.iter().copied())),
        ("allowed_hosts", Node::texts(&known.hosts)),
        (
            "counts",
            Node::map([
                ("read", number(&counts.read)),
                ("kept", number(&counts.kept)),
                ("skipped", Node::map(skipped)),
                ("redacted", Node::map(redacted)),
            ]),
        ),
        ("warnings", Node::texts(&known.warnings)),
    ])
}

fn told(id: &str, place: &str, known: &Known, counts: &Counts) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        let _ = writeln!(out, "{}", visible(&text, 400));
    };
    line(format!("Capture saved: {id}"));
    line(format!("  Location: {place}"));
    line(format!("  Exchanges: {}", counts.kept));
    let list =
        |all: Vec<String>| if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) };
    let skipped: Vec<String> =
        counts.skipped.iter().map(|(reason, n)| format!("{} {n}", reason.word())).collect();
    line(format!("  Filtered: {}{}", counts.read - counts.kept, list(skipped)));
    let redacted: Vec<String> = counts.redacted.iter().map(|(class, n)| format!("{class} {n}")).collect();
    line(format!("  Redacted: {}{}", counts.redacted.values().sum::<u64>(), list(redacted)));
    if !known.hosts.is_empty() {
        let how = known.inferred.map(|how| format!(" ({how}; name others with -a)")).unwrap_or_default();
        line(format!("  Hosts: {}{how}", known.hosts.join(", ")));
    }
    if !known.warnings.is_empty() {
        line(format!("  Warnings: {}", known.warnings.len()));
        known.warnings.iter().for_each(|warning| line(format!("    - {warning}")));
    }
    out
}

/// What is said of a login that was missing; nothing where none was.
pub fn login(auth: &Auth) -> Vec<String> {
    if !auth.is_required() {
        return Vec::new();
    }
    let mut lines = vec![format!("Auth detection: the API wants a login ({})", auth.by().word())];
    if auth.denied > 0 {
        lines.push(format!("  {} calls were refused (401, 403):", auth.denied));
        lines.extend(auth.protected.iter().map(|address| format!("    {address}")));
    }
    if auth.led_to_login > 0 {
        lines.push(format!("  {} calls were led to a login", auth.led_to_login));
    }
    lines.push("  record once more as somebody who is logged in: --auth-profile NAME (cask auth login), or a HAR of such a session".to_owned());
    lines
}
