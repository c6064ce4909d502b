//! `cask explain`: the page of a rule, of an exit code or of a reason of the servers, or what one finding means: out of
//! a report that was kept, or of the same judgement as `cask ci`.

use std::path::{Path, PathBuf};

use crate::canon::Node;
use crate::cmd::ctx::Ctx;
use crate::cmd::deliver::style;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::row::Row;
use crate::cmd::{ci, exits, rules as catalogue};
use crate::enforce::reason::ReasonCode;
use crate::io::fs;
use crate::model::report::{Report, Role, Verdict};
use crate::model::{bytes, limits};
use crate::report::style::Style;
use crate::report::words::count;
use crate::report::{explain, json};
use crate::rules::page::labelled;

/// Most findings that are explained at once.
const MOST: usize = 12;
/// Most findings that a hint names.
const NAMED: usize = 6;

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rule id; exit code; reason why a call was refused; fingerprint of a finding, or how it begins; or the name of
    /// a tool
    #[arg(value_name = "ID|FINGERPRINT|NAME")]
    id: String,
    /// JSON report that has the finding (default: judge as `cask ci` does)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["base_ref", "head_ref"])]
    report: Option<PathBuf>,
    /// Branch, tag or commit to compare with (default: the default branch)
    #[arg(long, value_name = "REF")]
    base_ref: Option<String>,
    /// Branch, tag or commit to judge
    #[arg(long, value_name = "REF")]
    head_ref: Option<String>,
}

/// Shows the page of a rule, or the findings that were meant.
///
/// # Errors
/// Neither rule nor finding is called that; the report cannot be read; nothing could be judged.
pub fn run(args: Args, rows: &[Row], ctx: &mut Ctx) -> Outcome {
    let asks_report = args.report.is_some() || args.base_ref.is_some() || args.head_ref.is_some();
    if !asks_report && let Some(page) = word(&args.id, rows, ctx.width()) {
        ctx.print(&page)?;
        return Ok(0);
    }
    if !asks_report && catalogue::is_known(&args.id) {
        return catalogue::run(catalogue::Args { what: Some(args.id), ..catalogue::Args::default() }, ctx);
    }
    let (report, who) = match &args.report {
        Some(path) => (kept(path, ctx)?, Who::default()),
        None => match judged(&args, ctx) {
            Err(failed) if !is_print(&args.id) && !asks_report => {
                let reasons = ReasonCode::ALL.iter().map(|code| code.word());
                return Err(catalogue::unknown(&args.id)
                    .meant(&args.id, reasons, |word| format!("cask explain {word}"))
                    .why(format!("findings were not looked through: {}", failed.0.message)));
            }
            judged => judged?,
        },
    };
    let all = report.get("findings").map(Node::items).unwrap_or_default();
    let meant: Vec<&Node> = all.iter().filter(|finding| is_meant(finding, &args.id)).collect();
    if meant.is_empty() {
        return Err(match report.get("error").filter(|error| error.is_map()) {
            Some(error) => nothing_judged(error),
            None => not_there(&args.id, all),
        });
    }
    let style = style(ctx);
    if args.report.is_some() {
        ctx.print("as the report says; nothing was checked here\n\n")?;
    }
    for (i, finding) in meant.iter().take(MOST).enumerate() {
        let gap = if i > 0 { "\n" } else { "" };
        let text = explain::terminal(finding, who.of(finding), &style);
        ctx.print(&format!("{gap}{text}"))?;
    }
    if meant.len() > MOST {
        ctx.note(&format!("and {} more; name one by its fingerprint", meant.len() - MOST));
    }
    Ok(0)
}

/// The page of an exit code, or of a reason of the servers.
fn word(word: &str, rows: &[Row], width: usize) -> Option<String> {
    if let Some(page) = exits::page(word, rows, width) {
        return Some(page);
    }
    let code = ReasonCode::of(word)?;
    let parts = [("why", code.means().to_owned()), ("do", code.fix().to_owned())];
    Some(format!("{code}  why a call came to what it came to\n\n{}", labelled(&parts, width)))
}

/// Who may sign: tools and surfaces, and trust file and gate.yaml.
#[derive(Default)]
struct Who {
    approvers: Vec<String>,
    owners: Vec<String>,
}

impl Who {
    fn of(&self, finding: &Node) -> &[String] {
        match finding.at("/subject/kind").and_then(Node::as_text) {
            Some("trust" | "gate-config") => &self.owners,
            _ => &self.approvers,
        }
    }
}

/// A report that was kept.
fn kept(path: &Path, ctx: &Ctx) -> Result<Node, Failed> {
    let name = path.to_string_lossy().into_owned();
    let bytes = fs::read_bounded(&ctx.cwd.join(path), limits::NAMED)?.ok_or_else(|| {
        Failed::new("input", &name, "there is no such file")
            .hint("cask ci --format json --output report.json")
    })?;
    let report = bytes::json(&name, &bytes, limits::NAMED)?;
    if report.get("schema").and_then(Node::as_text) != Some("cask.report/1") {
        return Err(Failed::new("input", name, "it is not a report of cask: schema is not cask.report/1")
            .hint("cask ci --format json --output report.json"));
    }
    Ok(report)
}

/// The report that `cask ci` would give here.
fn judged(args: &Args, ctx: &mut Ctx) -> Result<(Node, Who), Failed> {
    let args =
        ci::Args { base_ref: args.base_ref.clone(), head_ref: args.head_ref.clone(), ..ci::Args::default() };
    let report: Report = ci::judged(&args, ctx)?;
    let names = |role: Role| {
        let steps = report.next.iter().filter(|step| step.role == role);
        steps.flat_map(|step| step.who.iter().cloned()).collect::<Vec<_>>()
    };
    let who = Who { approvers: names(Role::Approver), owners: names(Role::Owner) };
    debug_assert_ne!(report.verdict, Verdict::Error, "that is a failure");
    let text = json::render(&report, &Style::default());
    Ok((bytes::json("the report", text.as_bytes(), limits::BASELINE)?, who))
}

/// Whether a finding is the one of a fingerprint or of its beginning, of a rule, or about a tool of that name.
fn is_meant(finding: &Node, id: &str) -> bool {
    let text = |pointer: &str| finding.at(pointer).and_then(Node::as_text);
    let begins = |pointer: &str| text(pointer).is_some_and(|print| is_print(id) && print.starts_with(id));
    begins("/fingerprint")
        || begins("/tracking")
        || ["/rule", "/subject/name", "/subject/id"].iter().any(|pointer| text(pointer) == Some(id))
}

/// Whether a word can be a fingerprint, or how one begins.
fn is_print(word: &str) -> bool {
    (4..=16).contains(&word.len()) && word.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// That a report has no findings, since nothing could be judged.
fn nothing_judged(error: &Node) -> Failed {
    let message = error.get("message").and_then(Node::as_text).unwrap_or_default();
    Failed::new("input", "", "the report has no findings: nothing could be judged")
        .why(format!("it says: {message:?}"))
        .hint("cask ci --format json --output report.json")
}

fn not_there(id: &str, all: &[Node]) -> Failed {
    let failed = Failed::new("usage", "", format!("no finding is called {id:?}, and none is about it"))
        .why(format!("looked through {}", count(all.len(), "finding")));
    let text = |finding: &Node, key: &str| finding.get(key).and_then(Node::as_text).map(str::to_owned);
    let failed = all.iter().take(NAMED).fold(failed, |failed, finding| {
        let rule = text(finding, "rule").unwrap_or_default();
        match text(finding, "fingerprint") {
            Some(print) => failed.hint(format!("cask explain {print}      ({rule})")),
            None => failed,
        }
    });
    let names: Vec<&str> =
        all.iter().filter_map(|finding| finding.at("/subject/name").and_then(Node::as_text)).collect();
    let failed = failed.meant(id, names, |name| format!("{name:?}"));
    let reasons = ReasonCode::ALL.iter().map(|code| code.word());
    let failed = failed.meant(id, reasons, |word| format!("cask explain {word}"));
    catalogue::meant(failed, id).hint("cask rules   (lists the rules)")
}
