//! Which files, which records, and how a record is shown. What stands in a record is a stranger's: it is escaped.

use std::path::PathBuf;

use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::enforce::audit::chain::record;
use crate::io::audit_files;
use crate::report::escape::terminal::Paint;

/// Which records are wanted.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct WantedArgs {
    /// Only records about a tool, by its id as it was written
    #[arg(long, value_name = "TOOL")]
    pub tool: Option<String>,
    /// Only decisions of a kind (allow, deny, confirm), or events of confirmations (grant, deny, consume …)
    #[arg(long, value_name = "WORD")]
    pub decision: Option<String>,
    /// Only records since a time (2026-12-01T00:00:00Z) or so long ago (30m, 2h, 7d)
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// table, or json: the lines as they are
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = ["table", "json"], hide_possible_values = true)]
    pub format: String,
}

/// The same, checked.
pub struct Wanted {
    tool: Option<String>,
    decision: Option<String>,
    since: Option<String>,
    json: bool,
}

impl WantedArgs {
    /// Checks the words.
    ///
    /// # Errors
    /// `--since` is no time.
    pub fn checked(&self, ctx: &Ctx) -> Result<Wanted, Failed> {
        let since = self.since.as_deref().map(|text| since(text, ctx.now)).transpose()?;
        Ok(Wanted {
            tool: self.tool.clone(),
            decision: self.decision.clone(),
            // Times are compared as texts: all lines have one spelling, down to the second.
            since: since.map(|time| time.to_string().trim_end_matches('Z').to_owned()),
            json: self.format == "json",
        })
    }
}

impl Wanted {
    /// A line as it is shown, with its end; none if it is not wanted, an error word if it is no record.
    pub fn shown(&self, paint: Paint, line: &[u8]) -> Result<Option<String>, NoRecord> {
        let node = record(line).ok_or(NoRecord)?;
        let text = |name: &str| node.get(name).and_then(Node::as_text);
        let is = |wanted: &Option<String>, there: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| there == Some(wanted))
        };
        let decision = text("decision").or_else(|| text("event"));
        let late = self.since.as_deref().is_none_or(|since| text("timestamp").is_some_and(|at| at >= since));
        if !late || !is(&self.tool, text("tool_id")) || !is(&self.decision, decision) {
            return Ok(None);
        }
        if self.json {
            // Only ASCII without controls is ever written; a stranger's file may hold anything.
            return Ok(Some(format!("{}\n", crate::canon::json::canonical(&node))));
        }
        Ok(Some(row(paint, &node)))
    }
}

/// A line that is no record.
pub struct NoRecord;

fn row(paint: Paint, node: &Node) -> String {
    let text = |name: &str| node.get(name).and_then(Node::as_text).unwrap_or_default();
    let at = text("timestamp");
    let at = paint.text(at.get(..19).unwrap_or(at), 32);
    // The reference's records have no kind.
    let kind = match text("kind") {
        "" if node.get("event_type").is_some() => "event",
        "" => "trace",
        kind => kind,
    };
    let number = |name: &str| node.get(name).and_then(Node::as_int).map(|number| number.to_string());
    let number = number(if kind == "list" { "tools" } else { "status" });
    let what = [text("decision"), text("event"), text("side"), text("event_type"), text("error_code")]
        .into_iter()
        .find(|word| !word.is_empty())
        .map(str::to_owned)
        .or(number)
        .unwrap_or_default();
    let words = |names: &[&str]| {
        let all: Vec<String> = names
            .iter()
            .map(|name| text(name))
            .filter(|t| !t.is_empty())
            .map(|t| paint.text(t, 200))
            .collect();
        all.join("  ")
    };
    let rest = words(&[
        "reason_code",
        "method",
        "path",
        "path_template",
        "question",
        "confirmation_id",
        "confirmation_issuer",
        "reason",
    ]);
    let line = format!(
        "{at:19}  {:13}  {:9}  {:16}  {rest}",
        paint.text(kind, 20),
        paint.text(&what, 24),
        paint.text(text("tool_id"), 40),
    );
    format!("{}\n", line.trim_end())
}

/// The files that a command is about: those that were named, else the trail of the state folder.
///
/// # Errors
/// There is none.
pub fn files(ctx: &Ctx, named: &[PathBuf]) -> Result<Vec<PathBuf>, Failed> {
    if !named.is_empty() {
        return Ok(named.iter().map(|path| ctx.cwd.join(path)).collect());
    }
    let path = own(ctx)?;
    let all = audit_files::all(&path)?;
    match all.is_empty() {
        false => Ok(all),
        true => Err(Failed::new("input", path.display().to_string(), "there is no audit trail here")
            .why("no server has written one, or it was started with another state folder or --audit-log")
            .hint("--root DIR, or name the file")),
    }
}

/// The file of the state folder.
///
/// # Errors
/// A link is on the way.
pub fn own(ctx: &Ctx) -> Result<PathBuf, Failed> {
    Ok(audit_files::below(&ctx.cwd.join(&ctx.global.root))?)
}

fn since(text: &str, now: Timestamp) -> Result<Timestamp, Failed> {
    if let Ok(time) = text.parse() {
        return Ok(time);
    }
    let seconds = || {
        let unit = match text.chars().last()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        let count: i64 = text[..text.len() - 1].parse().ok().filter(|n| *n >= 0)?;
        Timestamp::from_seconds(now.seconds().saturating_sub(count.checked_mul(unit)?).max(0))
    };
    seconds().ok_or_else(|| {
        Failed::new("usage", "--since", format!("{text:?} is no time"))
            .hint("--since 2026-12-01T00:00:00Z")
            .hint("--since 2h")
    })
}
