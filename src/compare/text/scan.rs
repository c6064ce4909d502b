//! All that one text shows, in all its views.

use std::cell::LazyCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::chars::is_hidden;
use super::cue::CueKind;
use super::decode;
use super::glance::Glance;
use super::hosts::{emails, hosts};
use super::marks;
use super::names::{Index, Names};
use super::phrases;
use super::view::{Hidden, View, quote, shorten, whole};
use crate::compare::secrets::{SecretShape, secrets};

/// How deep a decoded text is decoded again.
const DEPTH: usize = 2;

/// Something a text shows. Two texts show the same if kind and key are the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Which row.
    pub kind: CueKind,
    /// The words, host, path … in the form that is compared.
    pub key: String,
    /// The words as written.
    pub quote: String,
    /// How often, or how many characters.
    pub count: usize,
}

/// Collects signs in the order of their first place, each once.
#[derive(Default)]
struct Signs {
    list: Vec<Sign>,
    known: HashMap<(CueKind, String), usize>,
    /// Signs of the view that is being read may not count again what an earlier view has shown.
    earlier: usize,
}

impl Signs {
    fn add(&mut self, kind: CueKind, key: String, count: usize, quote: impl FnOnce() -> String) {
        match self.known.get(&(kind, key.clone())) {
            Some(at) if *at >= self.earlier => self.list[*at].count += count,
            Some(_) => {}
            None => {
                self.known.insert((kind, key.clone()), self.list.len());
                self.list.push(Sign { kind, key, quote: quote(), count });
            }
        }
    }

    fn next_view(&mut self) {
        self.earlier = self.list.len();
    }
}

#[cfg(test)]
thread_local! {
    pub static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// The signs of a text and of what it says in disguise. Linear: a text has at most four decoded ones,
/// none longer than itself, and these at most four each.
pub fn signs(text: &str, names: &Names) -> Vec<Sign> {
    #[cfg(test)]
    BYTES.set(BYTES.get() + text.len());
    let mut signs = Signs::default();
    read(text, names, 0, &mut signs);
    signs.list
}

fn read(raw: &str, names: &Names, depth: usize, signs: &mut Signs) {
    if raw.is_empty() {
        return;
    }
    let glance = Glance::of(raw);
    let secrets = secrets(raw);
    let folded = View::folded(raw, Hidden::Dropped);
    let plain = View::plain(raw);
    signs.next_view();
    written(raw, glance, &secrets, signs);
    named(raw, &plain, &secrets, names, signs);
    phrased(raw, &folded, &secrets, names, signs);
    verbatim(raw, &secrets, signs);
    signs.next_view();
    if glance.is_foreign() && raw.chars().any(is_hidden) {
        // "not<U+200B>mention" may be one word or two.
        phrased(raw, &View::folded(raw, Hidden::Blank), &secrets, names, signs);
        signs.next_view();
    }
    // The folded view resolves full-width and styled letters, as browsers do in a host.
    if glance.is_beyond_ascii() {
        named(raw, &folded, &secrets, names, signs);
        signs.next_view();
    }
    decoded(raw, glance, &secrets, names, depth, signs);
}

/// What stands apart from the words.
fn written(raw: &str, glance: Glance, secrets: &[SecretShape], signs: &mut Signs) {
    for (at, count) in found(glance.is_foreign(), || marks::hidden(raw)) {
        let around = around(raw, at.start, at.end);
        let key = format!("{} {}", neighbours(raw, at.start, at.end), &raw[at.clone()]);
        signs.add(CueKind::HiddenUnicode, key, count, || quote(raw, around, secrets));
    }
    for (at, count) in found(glance.has_controls(), || marks::controls(raw)) {
        let around = around(raw, at.start, at.end);
        let key = format!("{} {}", neighbours(raw, at.start, at.end), &raw[at.clone()]);
        signs.add(CueKind::AnsiEscape, key, count, || quote(raw, around, secrets));
    }
    for (at, count) in found(glance.has_pushouts(), || marks::pushouts(raw)) {
        let words = at.end..at.end + raw[at.end..].chars().take(120).map(char::len_utf8).sum::<usize>();
        let key = shorten(&raw[words.clone()]).to_lowercase();
        signs.add(CueKind::WhitespacePushout, key, count, || quote(raw, words, secrets));
    }
    for at in found(glance.is_foreign(), || marks::mixed_words(raw)) {
        let key = raw[at.clone()].to_lowercase();
        signs.add(CueKind::ConfusableScript, key, 1, || quote(raw, at, secrets));
    }
    for secret in secrets {
        let key = raw[secret.start..secret.end].to_owned();
        signs.add(CueKind::SecretLiteral, key, 1, || quote(raw, secret.start..secret.end, secrets));
    }
}

/// What a closer look finds, where it can find anything.
fn found<T: Default>(can: bool, look: impl FnOnce() -> T) -> T {
    if can { look() } else { T::default() }
}

/// The text some thirty characters around a place.
fn around(raw: &str, start: usize, end: usize) -> Range<usize> {
    let from = raw[..start].char_indices().rev().nth(29).map_or(0, |(at, _)| at);
    let to = raw[end..].char_indices().nth(30).map_or(raw.len(), |(at, _)| end + at);
    from..to
}

/// The words beside a place, folded: they say whether it is the same place in another text.
fn neighbours(raw: &str, start: usize, end: usize) -> String {
    let letters = |c: &char| c.is_alphanumeric();
    let before: String = raw[..start].chars().rev().take(16).filter(letters).collect();
    let after: String = raw[end..].chars().take(16).filter(letters).collect();
    format!("{before}|{after}").to_lowercase()
}

/// Hosts, addresses and tools.
fn named(raw: &str, view: &View, secrets: &[SecretShape], names: &Names, signs: &mut Signs) {
    for (host, at) in hosts(&view.text) {
        signs.add(CueKind::UrlIntroduced, host, 1, || quote(raw, view.raw(at), secrets));
    }
    for (address, at) in emails(&view.text) {
        signs.add(CueKind::EmailIntroduced, address, 1, || quote(raw, view.raw(at), secrets));
    }
    for tool in Index::new(&view.text, names).named() {
        let kind = if tool.own { CueKind::OwnToolReference } else { CueKind::OtherToolReference };
        signs.add(kind, tool.name, tool.count, || quote(raw, view.raw(tool.at), secrets));
    }
}

/// The rows of the tables of phrases that run on the folded view.
fn phrased(raw: &str, view: &View, secrets: &[SecretShape], names: &Names, signs: &mut Signs) {
    let own = LazyCell::new(|| Index::new(&view.text, names).own());
    let names_own = |at: &Range<usize>| {
        let first = own.partition_point(|place| *place < at.start);
        own.get(first).is_some_and(|place| *place < at.end)
    };
    let mut counted = HashSet::new();
    for hit in phrases::scan(&view.text, false) {
        if hit.row.order_hint && names_own(&(hit.at.start..hit.sentence.end)) {
            continue;
        }
        let at = whole(&view.text, hit.at);
        // The same words before a comma and before a full stop are the same words.
        let words = view.text[at.clone()].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ' ', '\n']);
        let at = at.start..at.start + words.len();
        let key = if hit.flooded { String::from("\u{2026}") } else { view.key(at.clone()) };
        // Two rows may find the same words; they stand there once.
        if counted.insert((hit.row.kind, at.clone())) {
            signs.add(hit.row.kind, key, 1, || quote(raw, view.raw(at), secrets));
        }
    }
}

/// The rows that look at the text as written.
fn verbatim(raw: &str, secrets: &[SecretShape], signs: &mut Signs) {
    for hit in phrases::scan(raw, true) {
        let at = whole(raw, hit.at);
        let key = shorten(&raw[at.clone()]).to_lowercase();
        signs.add(hit.row.kind, key, 1, || quote(raw, at, secrets));
    }
}

/// What the text says in disguise, read like any text.
fn decoded(
    raw: &str,
    glance: Glance,
    secrets: &[SecretShape],
    names: &Names,
    depth: usize,
    signs: &mut Signs,
) {
    let blobs = found(glance.has_blobs(), || decode::blobs(raw));
    for blob in &blobs {
        let key = shorten(&blob.text).to_lowercase();
        signs.add(CueKind::EncodedBlob, key, 1, || quote(raw, blob.at.clone(), secrets));
    }
    if depth == DEPTH {
        return;
    }
    let joined = blobs.into_iter().map(|b| b.text).collect::<Vec<_>>().join("\n");
    let joined = (!joined.is_empty()).then_some(joined);
    let texts = [
        found(glance.has_escapes(), || decode::in_place(raw)),
        found(glance.is_foreign(), || decode::smuggled(raw)),
        found(glance.has_split_words(), || decode::rejoined(raw)),
        joined,
    ];
    for text in texts.into_iter().flatten() {
        read(&text, names, depth + 1, signs);
    }
}
