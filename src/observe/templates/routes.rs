//! Templates that the recorder itself knew in; which of them hold for a key out. Who wrote the server knows best, but
//! for one thing: no name of an act disappears behind a placeholder.

use super::made::{Kind, Made};
use crate::compare::risk::tells_an_act;
use crate::observe::part::{ANY, Bounds, CLASSES, Sketch, act};

/// Segments of a path as keys have them.
pub type Segments<'p> = [&'p str];

/// The segments that a key's own routes make of it, if they agree with it.
pub fn routed(segments: &Segments, sketch: &Sketch) -> Option<Vec<Made>> {
    let mut fitting: Vec<(u64, usize, Vec<Made>)> = Vec::new();
    for (route, n) in sketch.routes.sorted() {
        if let Some(made) = fitted(route, segments) {
            let literals = made.iter().filter(|m| m.literal().is_some()).count();
            fitting.push((*n, literals, made));
        }
    }
    // The most frequent; of those the one that says most; of those the first.
    fitting.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.cmp(&b.2)));
    fitting.into_iter().next().map(|(_, _, made)| made)
}

fn fitted(route: &str, segments: &Segments) -> Option<Vec<Made>> {
    let parts: Vec<&str> = route.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() != segments.len() {
        return None;
    }
    parts.iter().zip(segments).map(|(part, segment)| fit(part, segment)).collect()
}

fn fit(part: &str, segment: &str) -> Option<Made> {
    let Some((head, rest)) = part.split_once('{') else {
        return (part == segment).then(|| Made::Literal(part.to_owned()));
    };
    let (inside, suffix) = rest.split_once('}')?;
    // Frameworks write what a value may be behind a colon.
    let name = inside.split(':').next().unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let sound = head.is_empty()
        && !suffix.contains(['{', '}'])
        && !name.is_empty()
        && name.len() <= 64
        && name.chars().all(fits);
    if !sound || act(segment).is_some() || !segment.starts_with('{') && tells_an_act(segment) {
        return None;
    }
    let stem = segment.strip_suffix(suffix)?;
    let mut kind = Kind { suffix: suffix.to_owned(), ..Kind::default() };
    kind.classes.extend(class(stem));
    suffix.is_empty().then(|| Made::Given(name.to_owned(), kind))
}

/// The class of a segment of a key; none for a literal and for the child that stands for many.
pub fn class(segment: &str) -> Option<String> {
    match segment {
        ANY => None,
        _ if CLASSES.contains(&segment) => Some(segment.to_owned()),
        _ if segment.starts_with('{') && segment.ends_with("*}") => Some("{prefix}".to_owned()),
        _ => None,
    }
}

/// Bounds of the numbers of several keys, by segment.
pub fn numbers(sketches: &[&Sketch], at: usize) -> Bounds {
    let all = sketches.iter().filter_map(|sketch| sketch.path.get(&u8::try_from(at).ok()?)?.0);
    Bounds(all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
}
