//! What an MCP server offered before and offers now in, every way in which it differs out, each with its rule.
//!
//! Works on the objects as they were received. The table of parts is the dispatch: a part knows a tool before and
//! after and not its siblings, and names every rule that it can emit. Diff asks for what somebody proposes, drift
//! for what a server answers today.

mod annotations;
mod beside;
mod both;
mod evidence;
mod known;
mod prompts;
mod resources;
mod rest;
mod schemas;
mod server;
mod template;
mod texts;
mod titles;

pub use both::{About, Around, Told};
pub use known::Titles;
pub use rest::{Rest, unexplained};
pub use server::is_respelled;
pub use titles::title;

use crate::canon::Node;
use crate::compare::surface::Change;
use crate::rules::{Rule, mcpp, mcpt, par, req, res, text, tool, val};
use both::Both;

/// A part of a tool.
struct Part {
    emits: &'static [&'static Rule],
    changes: fn(&Both, &mut Vec<Change>),
}

const PARTS: &[Part] = &[
    Part { emits: annotations::EMITS, changes: annotations::changes },
    Part { emits: texts::EMITS, changes: texts::changes },
    Part { emits: titles::EMITS, changes: titles::changes },
    Part { emits: schemas::EMITS, changes: schemas::changes },
    // Looks at what the others told.
    Part { emits: beside::EMITS, changes: beside::changes },
];

/// Every rule that can be emitted here.
pub const EMITS: &[&[&Rule]] = &[
    annotations::EMITS,
    texts::EMITS,
    titles::EMITS,
    schemas::EMITS,
    beside::EMITS,
    server::EMITS,
    prompts::EMITS,
    resources::EMITS,
    &[tool::TEXT_UNREAD],
    text::ALL,
    par::ALL,
    req::ALL,
    res::ALL,
    val::ALL,
];

/// Every way in which a tool differs from what it was: entries of a baseline, whose `raw` is what was received. The
/// same two give the same changes in the same order; a tool does not differ from itself.
pub fn tool(old: &Node, new: &Node, around: &Around) -> Vec<Change> {
    let both = Both { old, new, around };
    let mut out = Vec::new();
    for part in PARTS {
        let from = out.len();
        (part.changes)(&both, &mut out);
        debug_assert!(
            out[from..].iter().all(|c| part.emits.contains(&c.rule) || is_shared(c.rule)),
            "a part emits a rule that it does not name"
        );
    }
    out
}

/// What is to be known about a tool that nobody approved before, beside that it is new.
pub fn new_tool(new: &Node, around: &Around) -> Vec<Change> {
    let mut out = texts::of_new(new, around);
    out.extend(titles::of_new(new, around));
    out
}

/// Every way in which a server differs, beside its tools: what it answers about itself, its prompts and its
/// resources. A server that one side lacks is compared with nothing; that it came or went is for others to tell.
pub fn server(old: Option<&Node>, new: Option<&Node>, around: &Around) -> Vec<Told> {
    let mut out = Vec::new();
    if let Some(new) = new {
        server::changes(old, new, around, &mut out);
    }
    let (old, new) = (both::Lists::of(old), both::Lists::of(new));
    prompts::changes(&old, &new, around, &mut out);
    resources::changes(&old, &new, around, &mut out);
    out
}

/// Rules that texts and schemas emit wherever they stand.
fn is_shared(rule: &Rule) -> bool {
    let families = [text::ALL, par::ALL, req::ALL, res::ALL, val::ALL];
    rule == tool::TEXT_UNREAD || families.iter().any(|family| family.contains(&rule))
}

/// Rules that say that a text was reworded. Where nobody approves, nobody has read it yet.
pub const REWORDED: [&Rule; 3] =
    [mcpt::DESCRIPTION_CHANGED, mcpt::PARAM_DESCRIPTION_CHANGED, mcpp::TEXT_CHANGED];
