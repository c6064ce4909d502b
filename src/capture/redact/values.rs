//! Values of every kind of place in, the same without what nobody may keep out: leaves alone, and types stay.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine};

use super::after_name::as_label;
use super::find::{Hit, find};
use super::handed::hands_over;
use super::headers::{Fate, fate};
use super::names::{self, Named, Names};
use super::remembered::Remembered;
use super::stand_in::{self, PII, PLAIN, SEGMENT};
use super::{classes, digits};
use crate::canon::json::canonical;
use crate::canon::read_json::read_json;
use crate::canon::{Limits, Node, Value};
use crate::capture::options::Profile;
use crate::capture::url;

/// Takes out what nobody may keep, and counts it by what it was.
#[derive(Debug)]
pub struct Redactor {
    /// How much is taken out.
    pub profile: Profile,
    names: Names,
    fates: Remembered<Fate>,
    counts: BTreeMap<&'static str, u64>,
    /// How much was taken out since it was made.
    taken: u64,
    /// How many texts the place is in that are written in texts.
    nested: usize,
}

/// What the names above a value say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Under {
    Nothing,
    /// It is a credential.
    Secret,
    /// It lies below a credential's name: a credential, unless its own name describes one.
    Below,
    /// It is the number of a person or account.
    Number,
    /// It is personal.
    Personal,
}

/// Names of headers that are remembered.
const FATES: usize = 5000;
/// Texts in texts that are read as what they are: links in links, JSON in JSON.
const NESTED: usize = 3;
/// Bytes of a text in a text that are read so.
const INNER: usize = 1 << 20;

impl Default for Redactor {
    fn default() -> Redactor {
        Redactor::new(Profile::default())
    }
}

impl Redactor {
    /// One of a profile.
    pub fn new(profile: Profile) -> Redactor {
        let (names, fates) = (Names::default(), Remembered::new(FATES));
        Redactor { profile, names, fates, counts: BTreeMap::new(), taken: 0, nested: 0 }
    }

    /// What was taken out since the last time this was asked, by what it was.
    pub fn counted(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts).into_iter().map(|(class, n)| (class.to_owned(), n)).collect()
    }

    /// Counts something that was taken out elsewhere.
    pub fn count(&mut self, class: &'static str) {
        *self.counts.entry(class).or_default() += 1;
        self.taken += 1;
    }

    /// What a name says.
    pub fn named(&mut self, name: &str) -> Named {
        self.names.of(name)
    }

    /// What becomes of a header; its name is lower-case.
    pub fn fate(&mut self, name: &str) -> Fate {
        let (profile, names) = (self.profile, &mut self.names);
        self.fates.of(name, || fate(name, profile, names))
    }

    /// A text without what nobody may keep; none if it holds nothing of it.
    pub fn text(&mut self, text: &str) -> Option<String> {
        self.leaf(text, Under::Nothing)
    }

    /// The value of a header, form or query that has this name; none if it can stay.
    pub fn under(&mut self, name: &str, text: &str) -> Option<String> {
        let under = self.by_name(name, false);
        self.leaf(text, under)
    }

    fn flat(&mut self, text: &str) -> Option<String> {
        let hits = find(text, self.profile, &mut self.names);
        (!hits.is_empty()).then(|| self.counted_replaced(text, &hits))
    }

    fn counted_replaced(&mut self, text: &str, hits: &[Hit]) -> String {
        hits.iter().for_each(|hit| self.count(hit.class));
        replaced(text, hits)
    }

    /// A JSON value, in place.
    pub fn json(&mut self, node: &mut Node) {
        self.value(node, Under::Nothing);
    }

    fn value(&mut self, node: &mut Node, under: Under) {
        match &mut node.value {
            Value::Null | Value::Bool(_) => {}
            Value::Text(text) => {
                if let Some(new) = self.leaf(text, under) {
                    *text = new;
                }
            }
            Value::Int(number) => {
                let has = digits::count(number.as_bytes());
                let class = match under {
                    Under::Number if has < digits::FEWEST => None,
                    _ => self.class(under).or(digits::is_card(number.as_bytes()).then_some(classes::CARD)),
                };
                if let Some(class) = class.filter(|_| number != "0") {
                    self.count(class);
                    *number = "0".to_owned();
                }
            }
            Value::Float(number) => {
                if let Some(class) = self.class(under).filter(|_| *number != 0.5) {
                    self.count(class);
                    // Still no integer.
                    *number = 0.5;
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.value(item, under)),
            Value::Map(members) => self.map(members, under),
        }
    }

    /// What a number is under a name that says so.
    fn class(&self, under: Under) -> Option<&'static str> {
        match under {
            Under::Secret | Under::Below => Some(classes::NAMED),
            Under::Number => Some(classes::NUMBER),
            Under::Personal => (self.profile == Profile::HighRiskPii).then_some(classes::PERSONAL),
            Under::Nothing => None,
        }
    }

    fn map(&mut self, members: &mut [(String, Node)], under: Under) {
        let has = |wanted: &[&str]| members.iter().any(|(key, _)| is_among(key, wanted));
        let granted = has(GRANTED);
        let pair = has(VALUES);
        let label = if pair { self.label(members) } else { Under::Nothing };
        let mut renamed = false;
        for (key, node) in members.iter_mut() {
            let holds = matches!(node.value, Value::Map(_) | Value::List(_));
            let own = match self.names.of(key) {
                Named::Secret if matches!(node.value, Value::Map(_)) => Under::Below,
                Named::Secret => Under::Secret,
                // A name and its value, as lists of attributes have them.
                Named::Perhaps if (pair && is_among(key, LABELS)) || holds => Under::Nothing,
                Named::Perhaps => Under::Secret,
                Named::Grant if granted => Under::Secret,
                Named::Number => Under::Number,
                Named::Personal => Under::Personal,
                Named::Grant | Named::Plain => match under {
                    Under::Below if names::describes(key) => Under::Nothing,
                    Under::Below if holds => Under::Below,
                    Under::Below => Under::Secret,
                    Under::Secret if !names::describes(key) => Under::Secret,
                    _ if is_among(key, VALUES) => label,
                    _ => Under::Nothing,
                },
            };
            self.value(node, own);
            if let Some(new) = self.key(key) {
                *key = new;
                renamed = true;
            }
        }
        if renamed {
            unique(members);
        }
    }

    /// What the name that stands beside a value says of it: `{"name": "password", "value": "…"}`.
    fn label(&mut self, members: &[(String, Node)]) -> Under {
        let labels = members.iter().filter(|(key, _)| is_among(key, LABELS));
        let says = labels.filter_map(|(_, node)| node.as_text()).map(|name| self.by_name(name, false));
        says.into_iter().find(|under| *under != Under::Nothing).unwrap_or(Under::Nothing)
    }

    /// What a name says of a text that it stands for. `granted`: whether it is among those of a grant.
    fn by_name(&mut self, name: &str, granted: bool) -> Under {
        match as_label(self.names.of(name)) {
            Named::Secret | Named::Perhaps => Under::Secret,
            Named::Grant if granted => Under::Secret,
            Named::Number => Under::Number,
            Named::Personal => Under::Personal,
            Named::Grant | Named::Plain => Under::Nothing,
        }
    }

    /// A key that is data: an address, a token.
    fn key(&mut self, key: &str) -> Option<String> {
        let digits = || if key.len() < 9 { 0 } else { digits::count(key.as_bytes()) };
        if key.len() < 15 && !key.contains('@') && digits() < 9 {
            return None;
        }
        self.text(key)
    }

    /// The name of a header or parameter that is data.
    pub fn name(&mut self, name: &str) -> Option<String> {
        self.key(name)
    }

    /// A text that stands under a name; none if it can stay.
    fn leaf(&mut self, text: &str, under: Under) -> Option<String> {
        if text.is_empty() || stand_in::is_one(text) {
            return None;
        }
        let strict = self.profile == Profile::HighRiskPii;
        match under {
            Under::Secret | Under::Below => {
                self.count(classes::NAMED);
                return Some(stand_in::of(text).to_owned());
            }
            Under::Number if strict || digits::count(text.as_bytes()) >= digits::FEWEST => {
                self.count(classes::NUMBER);
                return Some(PII.to_owned());
            }
            Under::Personal if strict => {
                self.count(classes::PERSONAL);
                return Some(stand_in::of(text).to_owned());
            }
            _ => {}
        }
        self.inner(text).or_else(|| self.flat(text))
    }

    /// A text that is a link, JSON, or escaped, read as what it is; none if it is none of it, or can stay.
    fn inner(&mut self, text: &str) -> Option<String> {
        // What nearly no text begins with: a link, JSON, the six bits that a name in base64 has first.
        let begins = matches!(
            text.as_bytes().first(),
            Some(b'h' | b'H' | b'/' | b'{' | b'[' | b'I'..=b'Z' | b'a'..=b'f')
        );
        let escaped = memchr::memchr(b'%', text.as_bytes()).is_some();
        if !begins && !escaped || self.nested == NESTED || text.len() > INNER {
            return None;
        }
        self.nested += 1;
        let new = match () {
            () if is_link(text) => self.link(text),
            () if text.starts_with(['{', '[']) && text.ends_with(['}', ']']) => self.written_json(text),
            () if escaped && url::decoded(text) != text => {
                let new = self.leaf(&url::decoded(text), Under::Nothing);
                new.map(|new| url::encoded(&new, b" @:;=,!$&'()*+/?[]{}\"<>"))
            }
            () if holds_name_and_password(text) => {
                self.count(classes::BASIC);
                Some(stand_in::BASIC.to_owned())
            }
            () => None,
        };
        self.nested -= 1;
        new
    }

    fn written_json(&mut self, text: &str) -> Option<String> {
        let mut node = read_json("text", text.as_bytes(), &Limits::new(INNER)).ok()?;
        let before = self.taken;
        self.value(&mut node, Under::Nothing);
        if self.taken == before {
            return None;
        }
        // As it was written, where only texts were taken out; else in the one form.
        let whole = canonical(&node);
        let kept = replaced(text, &find(text, self.profile, &mut self.names));
        let same =
            read_json("text", kept.as_bytes(), &Limits::new(INNER)).is_ok_and(|k| canonical(&k) == whole);
        Some(if same { kept } else { whole })
    }

    /// Names and values of a query or form, in place. Whether anything was taken out.
    pub fn pairs(&mut self, pairs: &mut [(String, String)]) -> bool {
        let granted = pairs.iter().any(|(name, _)| GRANTED.contains(&name.as_str()));
        let mut changed = false;
        for (name, value) in pairs.iter_mut() {
            let new = match self.by_name(name, granted) {
                // An empty value of a secret says as much as a full one.
                Under::Secret if value.is_empty() => Some(PLAIN.to_owned()),
                under => self.leaf(value, under),
            };
            if let Some(new) = new {
                *value = new;
                changed = true;
            }
            if let Some(new) = self.key(name) {
                *name = new;
                changed = true;
            }
        }
        changed
    }

    /// An address, absolute or not, without what nobody may keep; none if it can stay as it is.
    pub fn address(&mut self, text: &str) -> Option<String> {
        self.link(text)
    }

    fn link(&mut self, text: &str) -> Option<String> {
        let (before, fragment) = split(text, '#');
        let (before, query) = split(before, '?');
        let mut changed = false;
        let mut out = String::new();
        let path = match before.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| {
                    self.count(classes::USER);
                    changed = true;
                    host
                });
                out.push_str(scheme);
                out.push_str("://");
                out.push_str(host);
                path
            }
            None => before,
        };
        let new = self.path(path);
        changed |= new.is_some();
        out.push_str(new.as_deref().unwrap_or(path));
        for (sign, part) in [('?', query), ('#', fragment)] {
            let Some(part) = part else { continue };
            out.push(sign);
            let new = self.written(part, '&');
            changed |= new.is_some();
            out.push_str(new.as_deref().unwrap_or(part));
        }
        changed.then_some(out)
    }

    /// Pairs as they are written: those that can stay keep their spelling.
    fn written(&mut self, text: &str, between: char) -> Option<String> {
        let before: Vec<&str> = text.split(between).collect();
        let mut pairs: Vec<(String, String)> = before.iter().map(|pair| url::pair(pair)).collect();
        let old = pairs.clone();
        if !self.pairs(&mut pairs) {
            return None;
        }
        let parts = before.iter().zip(old.iter().zip(&pairs)).map(|(written, (old, new))| match old == new {
            true => (*written).to_owned(),
            false => url::query(std::slice::from_ref(new)),
        });
        Some(parts.collect::<Vec<_>>().join(&between.to_string()))
    }

    /// A path: segments that are credentials or personal become placeholders. None if all can stay.
    pub fn path(&mut self, path: &str) -> Option<String> {
        // The new path, once a segment of it can't stay.
        let mut out: Option<String> = None;
        let mut before = Cow::Borrowed("");
        let mut done = 0;
        for (at, segment) in path.split('/').enumerate() {
            let (own, parameters) = split(segment, ';');
            let plain = match own.contains('%') {
                true => Cow::Owned(url::decoded(own)),
                false => Cow::Borrowed(own),
            };
            let new = self.segment(&plain, &before);
            let taken = parameters.and_then(|text| self.written(text, ';'));
            if new.is_some() || taken.is_some() {
                out.get_or_insert_with(|| path[..done].to_owned());
            }
            if let Some(out) = &mut out {
                out.push_str(if at > 0 { "/" } else { "" });
                out.push_str(new.as_deref().unwrap_or(own));
                if let Some(text) = taken.as_deref().or(parameters) {
                    out.push(';');
                    out.push_str(text);
                }
            }
            done += segment.len() + usize::from(at > 0);
            before = plain;
        }
        out
    }

    fn segment(&mut self, plain: &str, before: &str) -> Option<String> {
        if plain.len() < 6 {
            return None;
        }
        if hands_over(plain, &before.to_ascii_lowercase()) {
            self.count(classes::IN_PATH);
            return Some(SEGMENT.to_owned());
        }
        let kept = b"@:;=,!$&'()*+";
        if let Some(new) = self.inner(plain) {
            return Some(url::encoded(&new, kept));
        }
        let hits = find(plain, self.profile, &mut self.names);
        let first = hits.first()?;
        let whole = first.start == 0 && first.end == plain.len();
        if whole || first.class == classes::TOKEN {
            hits.iter().for_each(|hit| self.count(hit.class));
            return Some(if first.class == classes::MAIL { "{email}" } else { SEGMENT }.to_owned());
        }
        let new = self.counted_replaced(plain, &hits);
        Some(url::encoded(&new, kept))
    }
}

fn replaced(text: &str, hits: &[Hit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for hit in hits {
        out.push_str(&text[from..hit.start]);
        out.push_str(hit.stand_in);
        from = hit.end;
    }
    out.push_str(&text[from..]);
    out
}

/// Keys are unique, whatever stood in them; a map of thousands of addresses takes no longer for it.
fn unique(members: &mut [(String, Node)]) {
    let mut seen = HashSet::new();
    let mut next: HashMap<String, usize> = HashMap::new();
    for (key, _) in members.iter_mut() {
        if seen.insert(key.clone()) {
            continue;
        }
        let n = next.entry(key.clone()).or_insert(1);
        loop {
            *n += 1;
            let other = format!("{key} {n}");
            if seen.insert(other.clone()) {
                *key = other;
                break;
            }
        }
    }
}

/// Members that name what the member beside them holds, and members that hold it.
const LABELS: &[&str] =
    &["name", "key", "field", "id", "parameter", "property", "attribute", "header", "label"];
const VALUES: &[&str] = &["value", "values", "val"];

fn is_among(key: &str, wanted: &[&str]) -> bool {
    wanted.iter().any(|own| key.eq_ignore_ascii_case(own))
}

/// Whether a text that names nothing is name and password in base64, as `Basic` has them behind it.
fn holds_name_and_password(text: &str) -> bool {
    let plain = text.trim_end_matches('=');
    // The first byte of a name is a printable one: the first six bits of that are one of these.
    if !matches!(text.as_bytes().first(), Some(b'I'..=b'Z' | b'a'..=b'f')) {
        return false;
    }
    if !(12..=512).contains(&text.len())
        || !plain.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/-_".contains(&b))
    {
        return false;
    }
    let read = BASE64_STANDARD_NO_PAD.decode(plain).or_else(|_| BASE64_URL_SAFE_NO_PAD.decode(plain));
    let is = |bytes: Vec<u8>| bytes.contains(&b':') && bytes.iter().all(u8::is_ascii_graphic);
    read.is_ok_and(is)
}

/// Names beside which a `code` is what a token is handed out for.
const GRANTED: &[&str] =
    &["state", "redirect_uri", "grant_type", "client_id", "code_verifier", "session_state"];

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_link(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !matches!(bytes.first(), Some(b'h' | b'H' | b'/')) {
        return false;
    }
    let begins = |head: &[u8]| bytes.len() > head.len() && bytes[..head.len()].eq_ignore_ascii_case(head);
    let absolute = begins(b"https://") || begins(b"http://");
    (absolute || (text.starts_with('/') && text.contains('?'))) && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests;
