//! A member `s` of a part in, what is known of its key out. The text may be anybody's: everything goes in by the
//! way on which exchanges do, so that no bound is passed by writing it differently.

use super::bottom::{Bottom, Bounds, Merge};
use super::formats::{FORMATS, Formats};
use super::known::{WORD, is_access, is_body, is_hash, is_param};
use super::shape::{PLACES, STRING, Shape, TYPES, Texts};
use super::sketch::{Access, Body, Call, Document, Param, Sketch};
use super::written::KINDS;
use crate::canon::Fault;
use crate::canon::digest::{is_hex64, sha256_hex};
use crate::canon::time::Timestamp;
use crate::model::at::At;

/// Reads a sketch.
///
/// # Errors
/// Anything that no sketch holds, with its place.
pub fn sketch(at: &At) -> Result<Sketch, Fault> {
    const SETS: [&str; 6] = ["auth", "routes", "params", "bodies", "graphql", "rpc"];
    at.only(&[
        "n", "first", "last", "status", "http", "slash", "ms", "auth", "routes", "path", "params", "bodies",
        "graphql", "unnamed", "rpc", "more",
    ])?;
    let more = more(at, &SETS)?;
    let time = |name: &str| -> Result<Option<Timestamp>, Fault> {
        at.opt_text(name)?.map(|text| text.parse().map_err(|e| at.fault_at(name, format!("{e}")))).transpose()
    };
    let n = match at.required("n")?.count()? {
        0 => return Err(at.fault_at("n", "no part tells of what was never called".to_owned())),
        n => n,
    };
    let mut made = Sketch {
        n,
        first: time("first")?,
        last: time("last")?,
        http: count(at, "http")?,
        slash: count(at, "slash")?,
        auth: set(at, "auth", &more, is_access, access)?,
        routes: set(at, "routes", &more, any, At::count)?,
        params: set(at, "params", &more, is_param, param)?,
        bodies: set(at, "bodies", &more, is_body, body)?,
        graphql: set(at, "graphql", &more, any, call)?,
        unnamed: count(at, "unnamed")?,
        rpc: set(at, "rpc", &more, any, At::count)?,
        ..Sketch::default()
    };
    for (word, n) in members(at, "status")? {
        let status = word.parse().ok().filter(|s| (100..1_000).contains(s) && word.len() == 3);
        made.status.insert(status.ok_or_else(|| n.fault("expected a status"))?, n.count()?);
    }
    for (word, n) in members(at, "ms")? {
        let bucket = word.parse().ok().filter(|b: &u8| *b <= 64 && b.to_string() == word);
        made.ms.insert(bucket.ok_or_else(|| n.fault("expected a bucket from 0 to 64"))?, n.count()?);
    }
    for (word, pair) in members(at, "path")? {
        let place = word.parse().ok().filter(|i: &u8| i.to_string() == word);
        made.path
            .insert(place.ok_or_else(|| pair.fault("expected the number of a segment"))?, bounds(&pair)?);
    }
    Ok(made)
}

fn count(at: &At, name: &str) -> Result<u64, Fault> {
    Ok(at.opt_count(name)?.unwrap_or_default())
}

fn members<'a>(at: &At<'a>, name: &str) -> Result<Vec<(&'a str, At<'a>)>, Fault> {
    at.optional(name).map_or(Ok(Vec::new()), |map| map.members())
}

/// The sets of which there was more.
fn more(at: &At, known: &[&str]) -> Result<Vec<String>, Fault> {
    let more = at.texts_of("more")?;
    match more.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(at.fault_at("more", format!("{name:?} is no set"))),
        None => Ok(more),
    }
}

fn set<'a, V: Merge, const MAX: usize>(
    at: &At<'a>,
    name: &str,
    more: &[String],
    is_known: fn(&str) -> bool,
    read: impl Fn(&At<'a>) -> Result<V, Fault>,
) -> Result<Bottom<V, MAX>, Fault> {
    let mut made = Bottom::default();
    for (word, known) in members(at, name)? {
        if word.len() > WORD {
            return Err(known.fault("a word of more than 1,024 bytes"));
        }
        if !is_known(word) {
            return Err(known.fault(format!("no part has {word:?} under `{name}`")).hint("make it anew"));
        }
        made.add(word, read(&known)?);
    }
    made.more |= more.iter().any(|m| m == name);
    Ok(made)
}

/// Words that are a stranger's own.
fn any(_: &str) -> bool {
    true
}

fn bounds(at: &At) -> Result<Bounds, Fault> {
    let numbers = at.items()?.iter().map(At::int).collect::<Result<Vec<i64>, Fault>>()?;
    match numbers.as_slice() {
        [low, high] if low <= high => Ok(Bounds(Some((*low, *high)))),
        _ => Err(at.fault("expected the smallest and the largest number")),
    }
}

fn opt_bounds(at: &At, name: &str) -> Result<Bounds, Fault> {
    at.optional(name).map_or(Ok(Bounds::default()), |pair| bounds(&pair))
}

fn access(at: &At) -> Result<Access, Fault> {
    at.only(&["ok", "denied", "other"])?;
    Ok(Access { ok: count(at, "ok")?, denied: count(at, "denied")?, other: count(at, "other")? })
}

/// Counts by word of a fixed list.
fn by_word<const N: usize>(at: &At, name: &str, words: [&str; N]) -> Result<[u64; N], Fault> {
    let mut made = [0; N];
    for (word, n) in members(at, name)? {
        let i = words.iter().position(|w| *w == word).ok_or_else(|| n.fault("no such type"))?;
        made[i] = n.count()?;
    }
    Ok(made)
}

fn param(at: &At) -> Result<Param, Fault> {
    at.only(&["n", "repeated", "t", "num", "f", "len", "v", "many", "left"])?;
    let kinds = by_word(at, "t", KINDS)?;
    Ok(Param {
        n: count(at, "n")?,
        repeated: count(at, "repeated")?,
        kinds,
        numbers: opt_bounds(at, "num")?,
        texts: texts(at)?,
    })
}

fn texts(at: &At) -> Result<Texts, Fault> {
    let formats = match at.optional("f") {
        None => Formats::ALL,
        Some(list) => {
            let names = list.texts()?;
            if names.iter().any(|name| !FORMATS.contains(&name.as_str())) {
                return Err(list.fault("no such format"));
            }
            Formats::named(names.iter().map(String::as_str))
        }
    };
    let mut values: Bottom<u64, 16> = Bottom::default();
    for (value, n) in members(at, "v")? {
        if value.chars().count() > 64 {
            return Err(n.fault("a value of more than 64 characters"));
        }
        values.put(value, n.count()?);
    }
    values.more |= flag(at, "many")?;
    Ok(Texts { formats, values, left: count(at, "left")?, lengths: opt_bounds(at, "len")? })
}

fn flag(at: &At, name: &str) -> Result<bool, Fault> {
    at.optional(name).map_or(Ok(false), |flag| flag.bool())
}

fn body(at: &At) -> Result<Body, Fault> {
    at.only(&["n", "shape"])?;
    Ok(Body { n: count(at, "n")?, shape: shape(at, "shape")? })
}

fn call(at: &At) -> Result<Call, Fault> {
    at.only(&["n", "documents", "persisted", "variables", "answer", "more"])?;
    let more = more(at, &["documents", "persisted"])?;
    let documents = set(at, "documents", &more, is_hex64, document)?;
    for (digest, known) in documents.sorted() {
        let known: &Document = known;
        if known.text.as_ref().is_some_and(|text| sha256_hex(text.as_bytes()) != digest) {
            return Err(at.fault_at("documents", format!("the text of {digest:?} has another digest")));
        }
    }
    Ok(Call {
        n: count(at, "n")?,
        documents,
        persisted: set(at, "persisted", &more, is_hash, At::count)?,
        variables: shape(at, "variables")?,
        answer: shape(at, "answer")?,
    })
}

fn document(at: &At) -> Result<Document, Fault> {
    at.only(&["n", "text"])?;
    Ok(Document { n: count(at, "n")?, text: at.opt_text("text")?.map(str::to_owned) })
}

fn shape(at: &At, name: &str) -> Result<Shape, Fault> {
    let mut root = Shape::default();
    let all = members(at, name)?;
    if all.len() > PLACES {
        return Err(at.fault_at(name, "more than the 2,000 places that are kept of a body"));
    }
    for (pointer, known) in all {
        let place = place(&mut root, pointer).ok_or_else(|| {
            known.fault("this is no pointer of a body, or what is above it is not told first")
        })?;
        known.only(&["t", "num", "items", "f", "len", "v", "many", "left", "more"])?;
        place.types = by_word(&known, "t", TYPES)?;
        place.numbers = opt_bounds(&known, "num")?;
        place.items = opt_bounds(&known, "items")?;
        let own = texts(&known)?;
        place.texts = (own != Texts::default() || place.types[STRING] > 0).then(|| Box::new(own));
        place.more = flag(&known, "more")?;
    }
    root.bound();
    Ok(root)
}

/// The place of a pointer, below one that is told already: else one line could make places without end.
fn place<'s>(root: &'s mut Shape, pointer: &str) -> Option<&'s mut Shape> {
    let mut steps = pointer.split('/');
    if steps.next() != Some("") || pointer.matches('/').count() > 64 {
        return None;
    }
    let mut steps = steps.peekable();
    let mut place = root;
    while let Some(step) = steps.next() {
        let last = steps.peek().is_none();
        place = match step {
            "[]" if last => place.item.get_or_insert_default(),
            "[]" => place.item.as_deref_mut()?,
            _ if last => place.members.entry(step.to_owned()).or_default(),
            _ => place.members.get_mut(step)?,
        };
    }
    Some(place)
}
