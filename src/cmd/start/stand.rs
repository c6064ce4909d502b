//! How a repository stands, as values, and in a few lines.

use crate::report::escape::terminal::{Mark, Paint};
use crate::report::width::{lines, pad};
use crate::report::words::{count, number};

/// Toolpacks that are told one by one.
const MANY: usize = 6;
/// Columns of a label, and of a line.
const LABEL: usize = 11;
const WIDE: usize = 78;

/// How a repository stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stand {
    /// No repository is here, and no toolpack.
    Nowhere,
    /// A repository without a toolpack; whether it has a trust file.
    NoToolpack {
        /// Whether it is under the gate already.
        has_trust: bool,
    },
    /// Toolpacks, and nobody who may approve them.
    NoTrust {
        /// Their folders.
        packs: Vec<At>,
    },
    /// Something can't be read.
    Unread {
        /// Why. May quote strangers.
        why: String,
    },
    /// All was judged.
    Judged {
        /// Every toolpack.
        packs: Vec<Pack>,
        /// The trust that judged: its version, and where it was read. May quote strangers.
        trust: String,
    },
}

/// Where a toolpack lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At {
    /// Its folder from the root; a stranger's word.
    pub dir: String,
    /// The way to it from here, where a command can take it.
    pub way: Option<String>,
}

/// How a toolpack stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pack {
    /// Where it lies.
    pub at: At,
    /// What is signed of it: tools and surface.
    pub all: usize,
    /// What of that is served to nobody: it waits, or is refused.
    pub waits: usize,
    /// What of it is served although nobody looked: it is exempted for a while.
    pub exempted: usize,
    /// Whether a signature or digest does not hold.
    pub broken: bool,
}

/// The lines.
pub fn text(stand: &Stand, paint: Paint) -> String {
    let mut rows = Vec::new();
    let mut row = |label: &str, mark: Mark, says: String| {
        for (n, line) in lines(&says, WIDE - LABEL - 2).into_iter().enumerate() {
            let head = if n == 0 {
                format!("{} {}", paint.mark(mark), pad(label, LABEL))
            } else {
                pad("", LABEL + 2)
            };
            rows.push(format!("{}\n", format!("{head}{line}").trim_end()));
        }
    };
    match stand {
        Stand::Nowhere => row("repository", Mark::Note, "none here, and no toolpack".to_owned()),
        Stand::NoToolpack { has_trust } => {
            row("toolpacks", Mark::Note, "none here yet".to_owned());
            match has_trust {
                true => row("trust", Mark::Good, "there is a trust file".to_owned()),
                false => row("trust", Mark::Note, "no trust file: it is not under the gate".to_owned()),
            }
        }
        Stand::NoTrust { packs } => {
            let dirs = packs.iter().map(|at| (at, None));
            each(paint, dirs, &mut row);
            row("trust", Mark::Bad, "no trust file: nobody may approve, nothing is served".to_owned());
        }
        Stand::Unread { why } => row("not judged", Mark::Unknown, paint.text(why, 300)),
        Stand::Judged { packs, trust } => {
            each(paint, packs.iter().map(|pack| (&pack.at, Some(pack))), &mut row);
            row("trust", Mark::Good, paint.text(trust, 200));
        }
    }
    rows.concat()
}

fn each<'p>(
    paint: Paint,
    packs: impl Iterator<Item = (&'p At, Option<&'p Pack>)>,
    row: &mut impl FnMut(&str, Mark, String),
) {
    let packs: Vec<_> = packs.collect();
    for (at, pack) in packs.iter().take(MANY) {
        let dir = if at.dir.is_empty() { "." } else { &at.dir };
        let (mark, says) = match pack {
            None => (Mark::Note, String::new()),
            Some(pack) => (pack.mark(), format!(": {}", pack.says())),
        };
        row("toolpack", mark, format!("{}{says}", paint.text(dir, 60)));
    }
    if let Some(more) = packs.len().checked_sub(MANY).filter(|more| *more > 0) {
        let waiting =
            packs[MANY..].iter().filter(|(_, pack)| pack.is_some_and(|pack| pack.waits > 0)).count();
        let mark = if waiting > 0 { Mark::Bad } else { Mark::Note };
        row("", mark, format!("and {} more; something waits in {}", number(more), number(waiting)));
    }
}

impl Pack {
    fn mark(&self) -> Mark {
        match self {
            Pack { broken: true, .. } | Pack { waits: 1.., .. } => Mark::Bad,
            Pack { exempted: 1.., .. } => Mark::Note,
            _ => Mark::Good,
        }
    }

    fn says(&self) -> String {
        let broken = if self.broken { "a signature or digest does not hold; " } else { "" };
        match self.waits {
            0 if self.broken => "a signature or digest does not hold".to_owned(),
            0 if self.exempted > 0 => {
                let of = number(self.all);
                format!(
                    "{} of {of} exempted: served for a while, though nobody looked",
                    number(self.exempted)
                )
            }
            0 => format!("all {} are approved", number(self.all)),
            n => format!("{broken}{} of {} may not be served", number(n), count(self.all, "subject")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAINT: Paint = Paint { color: false, unicode: false };

    fn pack(dir: &str, waits: usize, broken: bool) -> Pack {
        Pack { at: At { dir: dir.to_owned(), way: Some(dir.to_owned()) }, all: 7, waits, exempted: 0, broken }
    }

    #[test]
    fn each_way_to_stand_has_its_lines() {
        let told = |stand| text(&stand, PAINT);
        assert_eq!(told(Stand::Nowhere), ". repository none here, and no toolpack\n");
        assert!(told(Stand::NoToolpack { has_trust: false }).contains("not under the gate"));
        let at = At { dir: "a".to_owned(), way: None };
        assert!(told(Stand::NoTrust { packs: vec![at] }).starts_with(". toolpack   a\nx trust"));
        let packs = vec![pack("", 0, false), pack("b", 2, false), pack("c", 1, true), pack("d", 0, true)];
        assert_eq!(
            told(Stand::Judged { packs, trust: "version 1 (main)".to_owned() }),
            "v toolpack   .: all 7 are approved\nx toolpack   b: 2 of 7 subjects may not be served\n\
             x toolpack   c: a signature or digest does not hold; 1 of 7 subjects may not\n             be served\n\
             x toolpack   d: a signature or digest does not hold\nv trust      version 1 (main)\n"
        );
        let let_in = Pack { exempted: 6, ..pack("e", 0, false) };
        assert_eq!(
            told(Stand::Judged { packs: vec![let_in], trust: String::new() }),
            ". toolpack   e: 6 of 7 exempted: served for a while, though nobody looked\nv trust\n"
        );
        // A stranger's word begins no line and moves no cursor.
        let told = told(Stand::Unread { why: "\u{1b}[2J\nok".to_owned() });
        assert!(!told.contains('\u{1b}') && told.lines().count() == 1, "{told:?}");
    }

    #[test]
    fn many_toolpacks_take_a_screenful() {
        let packs = (0..500).map(|n| pack(&format!("p{n}"), usize::from(n == 400), false)).collect();
        let told = text(&Stand::Judged { packs, trust: String::new() }, PAINT);
        assert_eq!(told.lines().count(), MANY + 2);
        assert!(told.contains("and 494 more; something waits in 1"), "{told}");
    }
}
