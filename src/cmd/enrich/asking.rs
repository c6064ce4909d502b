//! Tools in, each asked about once; the texts that were taken, and why others were not, out.

use std::collections::BTreeMap;

use crate::cmd::ctx::Ctx;
use crate::compare::text::{NameSet, Names};
use crate::enrich::question::question;
use crate::enrich::refusal::Refusal;
use crate::enrich::reply;
use crate::io::chat::Unanswered;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

pub use crate::enrich::reply::ANSWER;

/// How many questions may stay without an answer, one after the other, before no other is asked.
const LOST: usize = 3;

/// What is asked about.
pub struct Asking<'a> {
    /// The toolpack.
    pub pack: &'a Toolpack,
    /// Names of tools of other toolpacks.
    pub others: &'a [String],
    /// The model.
    pub model: &'a str,
    /// Whether a line that is written over says how far it is.
    pub shown: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Asked {
    /// The texts that were taken, by tool id.
    pub texts: BTreeMap<String, String>,
    /// Names of tools whose suggestion was not taken, with why.
    pub left: Vec<(String, String)>,
    /// How many were suggested what they say already.
    pub same: usize,
    /// How many questions were answered.
    pub heard: usize,
    /// Names of tools that were not asked about any more.
    pub unasked: Vec<String>,
    /// The last question that was not answered.
    pub unanswered: Option<Unanswered>,
}

impl Asking<'_> {
    /// Asks about each tool, one after the other.
    pub fn all(
        &self,
        tools: &[&Tool],
        ask: &dyn Fn(String) -> Result<Vec<u8>, Unanswered>,
        ctx: &mut Ctx,
    ) -> Asked {
        let own: NameSet = self.pack.manifest.tools.iter().map(|tool| tool.name.as_str()).collect();
        let other: NameSet = self.others.iter().map(String::as_str).collect();
        let (mut asked, mut lost) = (Asked::default(), 0);
        for (at, tool) in tools.iter().enumerate() {
            self.tell(at, tools.len(), ctx);
            let names = Names { own: &own, other: &other, this: &tool.name };
            match ask(question(self.pack, tool, self.model)) {
                Ok(answer) => {
                    (asked.heard, lost) = (asked.heard + 1, 0);
                    match reply::suggestion(&answer, &tool.description, &names) {
                        Ok(text) => _ = asked.texts.insert(tool.id.clone(), text),
                        Err(Refusal::Same) => asked.same += 1,
                        Err(refusal) => asked.left.push((tool.name.clone(), refusal.why())),
                    }
                }
                Err(unanswered) => {
                    lost += 1;
                    let is_last = unanswered.is_final || lost == LOST;
                    asked.left.push((tool.name.clone(), unanswered.reason.clone()));
                    asked.unanswered = Some(unanswered);
                    if is_last {
                        asked.unasked = tools[at + 1..].iter().map(|tool| tool.name.clone()).collect();
                        break;
                    }
                }
            }
        }
        self.tell(tools.len(), tools.len(), ctx);
        asked
    }

    /// A line on stderr that is written over, and gone at the end.
    fn tell(&self, done: usize, all: usize, ctx: &mut Ctx) {
        if self.shown {
            let text =
                if done < all { format!("asking       {} of {all} tools", done + 1) } else { String::new() };
            // What nobody can see is no reason to stop.
            let _ = write!(ctx.err, "\r\x1b[K{text}").and_then(|()| ctx.err.flush());
        }
    }
}
