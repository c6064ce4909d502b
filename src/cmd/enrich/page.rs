//! What a person reads: what would leave the machine, and then what each tool said and says now. What a model wrote
//! is a stranger's text.

use super::asking::Asked;
use crate::canon::visible::is_shell_word;
use crate::cmd::ctx::Ctx;
use crate::cmd::gate::say;
use crate::enrich::choice::Choice;
use crate::enrich::question::{NOT_SENT, SENT};
use crate::model::toolpack::Toolpack;
use crate::report::escape::terminal::Paint;
use crate::report::width::{columns, lines};

/// Columns of labels.
const LABEL: usize = 13;
/// Longest text that is shown, in characters.
const TEXT: usize = 1_200;
/// Tools whose texts are shown without --verbose.
const SHOWN: usize = 20;
/// Names in a command to paste.
const NAMED: usize = 5;

/// What would be sent, and where.
pub struct Notice<'a> {
    /// The address.
    pub url: &'a str,
    /// Whether a proxy carries it.
    pub is_proxied: bool,
    /// The model.
    pub model: &'a str,
    /// The toolpack as it was named.
    pub toolpack: &'a str,
    /// The tools.
    pub choice: &'a Choice<'a>,
    /// Whether a key goes along.
    pub has_key: bool,
}

/// What came of it.
pub struct Page<'a> {
    /// The toolpack as it was named.
    pub toolpack: &'a str,
    /// The toolpack before.
    pub pack: &'a Toolpack,
    /// The answers.
    pub asked: &'a Asked,
}

struct Out {
    paint: Paint,
    width: usize,
    text: String,
}

impl Out {
    fn new(ctx: &Ctx) -> Out {
        Out { paint: ctx.paint(), width: ctx.width(), text: String::new() }
    }

    /// A label and a text behind it, wrapped.
    fn line(&mut self, label: &str, text: &str) {
        for (n, line) in lines(text, self.width.saturating_sub(LABEL)).iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            let blanks = " ".repeat(LABEL.saturating_sub(columns(label)));
            self.text += format!("{}{blanks}{line}", self.paint.dim(label)).trim_end();
            self.text.push('\n');
        }
    }
}

fn tools(n: usize) -> String {
    format!("{n} tool{}", if n == 1 { "" } else { "s" })
}

fn left_out(choice: &Choice) -> String {
    let mut parts = Vec::new();
    if choice.enriched > 0 {
        parts.push(format!("{} with a text by a model (name them to ask again)", choice.enriched));
    }
    if choice.served > 0 {
        parts.push(format!("{} whose server says the text", choice.served));
    }
    parts.join(", ")
}

/// What goes where, before anything goes.
pub fn notice(notice: &Notice, ctx: &Ctx) -> String {
    let mut out = Out::new(ctx);
    let by = if notice.is_proxied { ", by the proxy of HTTPS_PROXY unless NO_PROXY names it" } else { "" };
    let to = out.paint.text(notice.url, 200);
    out.line("to", &format!("{to}{by}"));
    let (toolpack, model) = (out.paint.text(notice.toolpack, 200), out.paint.text(notice.model, 200));
    let count = tools(notice.choice.tools.len());
    out.line("about", &format!("{count} of {toolpack}, one question each to {model}"));
    let left = left_out(notice.choice);
    if !left.is_empty() {
        out.line("left out", &left);
    }
    out.line("sent", &format!("of each tool {SENT}"));
    out.line("not sent", NOT_SENT);
    let key = if notice.has_key {
        "CASK_ENRICH_KEY goes along, to this address alone"
    } else {
        "none (CASK_ENRICH_KEY is not set)"
    };
    out.line("key", key);
    out.text
}

/// There is nothing to ask about.
pub fn nothing(notice: &Notice, ctx: &Ctx) -> String {
    let mut out = Out::new(ctx);
    let toolpack = out.paint.text(notice.toolpack, 200);
    let left = left_out(notice.choice);
    let left = if left.is_empty() { String::new() } else { format!(": {left}") };
    out.line("as it was", &format!("{toolpack} has no tool to ask about{left}"));
    out.text
}

/// One question as it would be sent.
pub fn question(name: &str, body: &str, ctx: &Ctx) -> String {
    let paint = ctx.paint();
    format!("\n{}\n{}\n", paint.bold(&paint.text(name, 64)), paint.text(body, usize::MAX))
}

/// Before and after of each tool, what was left, and what is next.
pub fn render(page: &Page, ctx: &Ctx) -> String {
    let mut out = Out::new(ctx);
    let most = if ctx.global.verbose { usize::MAX } else { SHOWN };
    let changed: Vec<_> = page
        .pack
        .manifest
        .tools
        .iter()
        .filter_map(|tool| Some((tool, page.asked.texts.get(&tool.id)?)))
        .collect();
    for (tool, text) in changed.iter().take(most) {
        let name = out.paint.text(&tool.name, 64);
        out.text += &format!("{}\n", out.paint.bold(&name));
        let (before, after) = (out.paint.text(&tool.description, TEXT), out.paint.text(text, TEXT));
        out.line("  before", if before.is_empty() { "(nothing)" } else { &before });
        out.line("  after", &after);
    }
    if changed.len() > most {
        out.line("", &format!("and {} more (--verbose shows them)", changed.len() - most));
    }
    left(page, most, &mut out);
    closing(page, &changed.iter().map(|(tool, _)| tool.name.as_str()).collect::<Vec<_>>(), &mut out);
    out.text
}

fn left(page: &Page, most: usize, out: &mut Out) {
    let asked = page.asked;
    for (n, (name, why)) in asked.left.iter().take(most).enumerate() {
        let text = format!("{}: {}", out.paint.text(name, 64), out.paint.text(why, 300));
        out.line(if n == 0 { "not taken" } else { "" }, &text);
    }
    if asked.left.len() > most {
        out.line("", &format!("and {} more (--verbose lists them)", asked.left.len() - most));
    }
    if !asked.unasked.is_empty() {
        let names = say::names(out.paint, asked.unasked.iter().map(String::as_str));
        out.line("not asked", &names);
    }
    if let Some(unanswered) = &asked.unanswered {
        out.line("to do", unanswered.fix);
    }
    if asked.same > 0 {
        out.line("as it was", &format!("{}: the same text was suggested", tools(asked.same)));
    }
}

fn closing(page: &Page, names: &[&str], out: &mut Out) {
    let toolpack = out.paint.text(page.toolpack, 200);
    if names.is_empty() {
        out.line("as it was", &format!("{toolpack}, no text was changed"));
        return;
    }
    let count = tools(names.len());
    out.line("written", &format!("tools.json of {toolpack}: {count}; marked enriched, and not approved"));
    let words = match names.len() <= NAMED && names.iter().all(|name| is_shell_word(name)) {
        true => names.join(" "),
        false => "TOOL…".to_owned(),
    };
    for (n, command) in [
        format!("cask diff --toolpack {toolpack}"),
        format!("cask gate sync --toolpack {toolpack}"),
        format!("cask gate allow {words} --toolpack {toolpack}"),
        format!("git add {toolpack}"),
    ]
    .iter()
    .enumerate()
    {
        let label = if n == 0 { "next" } else { "" };
        let blanks = " ".repeat(LABEL - label.len());
        out.text += &format!("{}{blanks}{}\n", out.paint.dim(label), out.paint.bold(command));
    }
}
