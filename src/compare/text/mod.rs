//! Text cues: two descriptions in, what the new one shows that the approved one does not out.
//!
//! A description is read by a model as part of its orders, so a reworded one can steer it. Each text is
//! looked at as written, as a reader takes it (look-alikes folded, invisible characters gone) and decoded;
//! a cue counts as introduced if no view of the approved text shows it. Everything is linear in the texts.

pub mod cue;

mod chars;
mod decode;
mod language;
mod marks;
mod names;
mod phrases;
mod reaching;
mod row;
mod scan;
mod steering;
mod view;

use std::collections::{BTreeMap, HashSet};

pub use cue::{Cue, CueKind};
pub use names::Names;
use scan::Sign;

/// Most cues of one kind that are shown; the last carries the count of the rest.
const SHOWN: usize = 16;

/// What `after` shows that the approved `before` does not: sorted by kind, then by place.
///
/// Moving or re-wrapping a sentence introduces nothing. For hosts, addresses, paths and tools the name
/// decides, for phrases their words.
pub fn introduced(before: &str, after: &str, names: &Names) -> Vec<Cue> {
    if before == after {
        return Vec::new();
    }
    let old = scan::signs(before, names);
    let mut new = scan::signs(after, names);
    let claimed = |signs: &[Sign]| signs.iter().find(|s| s.kind == CueKind::ScopeClaimChanged).cloned();
    let claims = (claimed(&old), claimed(&new));
    let shown: HashSet<(CueKind, &str)> = old.iter().map(|s| (s.kind, s.key.as_str())).collect();
    new.retain(|s| s.kind != CueKind::ScopeClaimChanged && !shown.contains(&(s.kind, s.key.as_str())));
    match claims {
        (Some(gone), None) => new.push(gone),
        (None, Some(made)) => new.push(made),
        _ => {}
    }
    if language::switched(before, after) {
        new.push(Sign {
            kind: CueKind::LanguageSwitched,
            key: String::new(),
            quote: view::quote(after, 0..after.len(), &crate::compare::secrets::secrets(after)),
            count: 1,
        });
    }
    cues(new)
}

/// What a text shows that nobody approved before: every row that needs no earlier text.
pub fn present(text: &str, names: &Names) -> Vec<Cue> {
    cues(scan::signs(text, names).into_iter().filter(|s| !s.kind.needs_before()).collect())
}

/// Characters are counted, not listed; one mark of pressure stands for all.
fn is_counted(kind: CueKind) -> bool {
    matches!(kind, CueKind::HiddenUnicode | CueKind::AnsiEscape | CueKind::UrgencyMarker)
}

/// Whether two signs of a kind are one to a reader: words within longer words, but never names.
fn is_one(kind: CueKind, a: &Sign, b: &Sign) -> bool {
    use CueKind::{ConfusableScript, EmailIntroduced, EncodedBlob, OtherToolReference, OwnToolReference};
    use CueKind::{SecretLiteral, UrlIntroduced, WhitespacePushout};
    let names = matches!(
        kind,
        UrlIntroduced
            | EmailIntroduced
            | OtherToolReference
            | OwnToolReference
            | ConfusableScript
            | EncodedBlob
            | WhitespacePushout
            | SecretLiteral
    );
    is_counted(kind) || (!names && (a.key.contains(&b.key) || b.key.contains(&a.key)))
}

/// Signs to cues: invisible and control characters as one, contained phrases folded into the longer one.
fn cues(signs: Vec<Sign>) -> Vec<Cue> {
    let mut by_kind: BTreeMap<CueKind, Vec<Sign>> = BTreeMap::new();
    for sign in signs {
        by_kind.entry(sign.kind).or_default().push(sign);
    }
    let mut cues = Vec::new();
    for (kind, signs) in by_kind {
        let mut kept: Vec<Sign> = Vec::new();
        for sign in signs {
            match kept.iter().position(|k| is_one(kind, k, &sign)) {
                Some(at) if is_counted(kind) => kept[at].count += sign.count,
                // The longer words show more; the count stays that of the place.
                Some(at) if kept[at].key.len() < sign.key.len() => {
                    (kept[at].key, kept[at].quote) = (sign.key, sign.quote);
                }
                Some(_) => {}
                None if kept.len() == SHOWN => kept[SHOWN - 1].count += sign.count,
                None => kept.push(sign),
            }
        }
        cues.extend(kept.into_iter().map(|s| Cue { kind, quote: s.quote, count: s.count }));
    }
    cues
}
