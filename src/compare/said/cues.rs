//! The texts of a definition before and after in; the cues that are new in them, and what was merely reworded,
//! out.

use std::cell::OnceCell;

use super::texts::{Spot, Text, Texts};
use crate::canon::Node;
use crate::compare::surface::Change;
use crate::compare::text::cue::{Cue, CueKind};
use crate::compare::text::{Names, Shown, introduced, present};
use crate::model::phrase::Phrase;
use crate::rules::{find, tool};

/// Quotes shown of one kind of cue in one place.
const SHOWN: usize = 3;

/// What was heard.
#[derive(Default)]
pub struct Heard<'a> {
    /// Cues, each with its rule; and that not all was read.
    pub changes: Vec<Change>,
    /// Texts that are new or others, and show no cue.
    pub reworded: Vec<Reworded<'a>>,
}

/// A text without a cue that is not what it was.
pub struct Reworded<'a> {
    /// Where it stands.
    pub spot: &'a Spot,
    /// What was there; `None` where nothing was.
    pub before: Option<Text<'a>>,
    /// What is there.
    pub after: Text<'a>,
}

/// Reads the texts of a definition against what it said before; `None` for one that nobody approved before.
/// `root` is where the definition lies below what places are told of; `aspect` names a place in a word of ours.
pub fn hear<'a>(
    old: Option<&'a Texts<'a>>,
    new: &'a Texts<'a>,
    names: &Names,
    root: &str,
    aspect: impl Fn(&str) -> &'static str,
) -> Heard<'a> {
    let look = Look { old, names, said: OnceCell::new() };
    let mut heard = Heard::default();
    for (spot, text) in &new.by_spot {
        let before = old.and_then(|old| old.by_spot.get(spot));
        if before.is_some_and(|b| b.said == text.said) {
            continue;
        }
        let cues = look.cues(before.map(|b| b.said), text.said);
        let part = format!("{root}{}", spot.pointer);
        let mut told = false;
        for cues in cues.chunk_by(|a, b| a.kind == b.kind) {
            if let Some(change) = cue(cues, part.clone(), before, text, aspect(&spot.pointer)) {
                heard.changes.push(change);
                told = true;
            }
        }
        if !told {
            heard.reworded.push(Reworded { spot, before: before.copied(), after: *text });
        }
    }
    if let Some((spot, _)) = &new.unread {
        let part = format!("{root}{}", spot.pointer);
        heard.changes.push(
            Change::new(tool::TEXT_UNREAD, part, "")
                .says("text", "more than is looked at".into())
                .here("what follows here was not looked at, and a model would read it"),
        );
    }
    heard
}

/// One definition under examination.
struct Look<'a> {
    /// The texts of the base; none for a new definition.
    old: Option<&'a Texts<'a>>,
    names: &'a Names<'a>,
    /// What all of them together show, read when it is first asked for.
    said: OnceCell<Shown>,
}

impl Look<'_> {
    /// What is new in a text against the one in its place, and against all that was said before: a sentence that
    /// moved introduces nothing.
    fn cues(&self, before: Option<&str>, after: &str) -> Vec<Cue> {
        let Some(old) = self.old else { return present(after, self.names) };
        let mut cues = match before {
            Some(before) => introduced(before, after, self.names),
            None => present(after, self.names),
        };
        if cues.iter().any(|c| !c.kind.needs_before()) {
            let all = || old.by_spot.values().map(|t| t.said).collect::<Vec<_>>().join("\n");
            let said = self.said.get_or_init(|| Shown::of(&all(), self.names));
            let new = said.lacks(after, self.names);
            cues.retain(|c| c.kind.needs_before() || new.contains(&c.kind));
        }
        cues
    }
}

/// Tells cues of one kind in one place, which tells that the text is another one, too.
fn cue(
    cues: &[Cue],
    part: String,
    before: Option<&Text>,
    text: &Text,
    aspect: &'static str,
) -> Option<Change> {
    let rule = cues.first().and_then(|c| find(c.kind.rule_id()))?;
    let mut here = match cues[0].kind {
        CueKind::HiddenUnicode | CueKind::AnsiEscape => {
            let n: usize = cues.iter().map(|c| c.count).sum();
            Phrase::say(format!("{n} invisible {}: ", if n == 1 { "character" } else { "characters" }))
        }
        kind if kind.needs_before() => Phrase::say("the text now reads: "),
        _ => Phrase::say("new in the text: "),
    };
    here = here.and(Phrase::list(cues.iter().take(SHOWN).map(|c| c.quote.clone())));
    if cues.len() > SHOWN {
        here = here.and_say(format!(" and {} more", cues.len() - SHOWN));
    }
    Some(
        Change::new(rule, part.clone(), part)
            .values(before.map(|b| Node::text(b.said)), Some(Node::text(text.said)))
            .says(aspect, Phrase::say(rule.title))
            .here(here),
    )
}
