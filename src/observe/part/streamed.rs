//! The bytes of parts in: one part that is read whole, or the lines of many put together while they are read.
//!
//! Lines stand by `k`, so all lines of a host and method stand together: only those are held at a time.

use std::io::{BufRead, Read as _, Write};

use super::bottom::Merge;
use super::header::Header;
use super::known::{is_host, is_method, is_segment};
use super::reading;
use super::taken::SEGMENTS;
use super::tree::Place;
use super::whole::{LINE, Part, lines};
use crate::canon::json::compact;
use crate::canon::read_json::read_json;
use crate::canon::{Fault, FaultKind, Limits, Node, Value};
use crate::model::at::At;

/// Lines of one part.
struct Lines<R> {
    file: String,
    input: R,
    number: u32,
    last: Option<String>,
}

/// A line: where it belongs, and what is known.
struct Line {
    k: String,
    host: (String, String),
    segments: Vec<String>,
    sketch: super::sketch::Sketch,
}

impl<R: BufRead> Lines<R> {
    fn fault(&self, kind: FaultKind, message: impl Into<String>) -> Fault {
        Fault::new(&self.file, kind, message).line(self.number)
    }

    fn node(&mut self) -> Result<Option<Node>, Fault> {
        self.number = self.number.saturating_add(1);
        let mut bytes = Vec::new();
        let most = u64::try_from(LINE + 2).unwrap_or(u64::MAX);
        let read = self.input.by_ref().take(most).read_until(b'\n', &mut bytes);
        read.map_err(|e| self.fault(FaultKind::Io, format!("cannot be read: {e}")))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
        } else if bytes.len() <= LINE {
            return Err(self
                .fault(FaultKind::Syntax, "the last line does not end: the part is cut off")
                .hint("make it anew"));
        }
        let number = self.number;
        match read_json(&self.file, &bytes, &Limits::new(LINE)) {
            Ok(mut node) => {
                put_on(&mut node, number);
                Ok(Some(node))
            }
            Err(mut fault) => {
                fault.line = number;
                fault.excerpt = Box::default();
                Err(fault)
            }
        }
    }

    fn header(&mut self) -> Result<Header, Fault> {
        match self.node()? {
            Some(node) => Header::read(&self.file, &node),
            None => Err(self.fault(FaultKind::Content, "the part is empty: it has not even a first line")),
        }
    }

    fn next(&mut self) -> Result<Option<Line>, Fault> {
        let Some(node) = self.node()? else { return Ok(None) };
        let at = At::root(&self.file, &node);
        at.only(&["k", "s"])?;
        let k = at.text_of("k")?;
        if self.last.as_deref().is_some_and(|last| last >= k) {
            return Err(at
                .fault_at("k", format!("{:?} does not come after the line before it", shown(k)))
                .hint("make it anew"));
        }
        let Some((host, segments)) = places(k) else {
            let message = format!("expected `<host> <METHOD> /<path>`, found {:?}", shown(k));
            return Err(at.fault_at("k", message).hint("make it anew"));
        };
        let sketch = reading::sketch(&at.required("s")?)?;
        let k = k.to_owned();
        self.last = Some(k.clone());
        Ok(Some(Line { k, host, segments, sketch }))
    }
}

/// Every value of a line stands on that line.
fn put_on(node: &mut Node, line: u32) {
    node.line = line;
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| put_on(item, line)),
        Value::Map(members) => members.iter_mut().for_each(|(_, member)| put_on(member, line)),
        _ => {}
    }
}

/// The beginning of a text of any length.
fn shown(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(at, _)| &text[..at])
}

/// Host and method, and the segments of the path.
fn places(k: &str) -> Option<((String, String), Vec<String>)> {
    let mut words = k.splitn(3, ' ');
    let (host, method, path) = (words.next()?, words.next()?, words.next()?);
    let path = path.strip_prefix('/')?;
    let segments: Vec<String> = path.split('/').filter(|_| !path.is_empty()).map(str::to_owned).collect();
    let sound = segments.len() <= SEGMENTS && segments.iter().all(|segment| is_segment(segment));
    (is_host(host) && is_method(method) && sound).then(|| ((host.to_owned(), method.to_owned()), segments))
}

/// Reads a part.
///
/// # Errors
/// What is no part, or more than a part may hold, with file and line.
pub fn read(file: &str, input: impl BufRead) -> Result<Part, Fault> {
    let mut from = Lines { file: file.to_owned(), input, number: 0, last: None };
    let mut part = Part { header: from.header()?, ..Part::default() };
    while let Some(line) = from.next()? {
        let words: Vec<&str> = line.segments.iter().map(String::as_str).collect();
        let place = part.hosts.entry(line.host).or_default().at(&words);
        place.here.get_or_insert_default().merge(line.sketch);
    }
    Ok(part)
}

/// Puts parts together, in as much memory as one host and method of the outcome takes.
///
/// # Errors
/// What [`read`] refuses; parts under different options, or of the same entries; an output that fails.
pub fn merge(inputs: Vec<(String, Box<dyn BufRead + '_>)>, output: &mut dyn Write) -> Result<Header, Fault> {
    let mut all = Vec::with_capacity(inputs.len());
    let mut header = Header::default();
    for (file, input) in inputs {
        let mut from = Lines { file, input, number: 0, last: None };
        let own = from.header()?;
        header.merge(&from.file, own)?;
        let next = from.next()?;
        all.push((from, next));
    }
    let mut put = |line: &str| {
        let wrote = output.write_all(line.as_bytes()).and_then(|()| output.write_all(b"\n"));
        wrote.map_err(|e| Fault::new("part", FaultKind::Io, format!("cannot be written: {e}")))
    };
    put(&compact(&header.node()))?;
    while let Some(host) = first(&all) {
        let mut place = Place::default();
        for (from, next) in &mut all {
            while let Some(line) = next.take_if(|line| group(&line.k) == host) {
                let words: Vec<&str> = line.segments.iter().map(String::as_str).collect();
                place.at(&words).here.get_or_insert_default().merge(line.sketch);
                *next = from.next()?;
            }
        }
        let (name, method) = host.split_once(' ').unwrap_or((&host, ""));
        lines("part", name, method, &place, &mut put)?;
    }
    Ok(header)
}

/// Host and method of a key, as it begins.
fn group(k: &str) -> &str {
    k.rsplit_once(" /").map_or(k, |(group, _)| group)
}

fn first<R>(all: &[(Lines<R>, Option<Line>)]) -> Option<String> {
    all.iter().filter_map(|(_, next)| next.as_ref()).map(|line| group(&line.k)).min().map(str::to_owned)
}
