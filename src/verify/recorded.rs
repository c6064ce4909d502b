//! Recorded calls in, one after another; what the last of each operation answered, and what pages may have shown, out.
//!
//! Only what somebody asks for is kept, so that a recording of any size takes bounded memory.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::operations::Operations;
use super::seen;
use crate::canon::time::Timestamp;
use crate::canon::{Node, Value};
use crate::compare::paths;
use crate::model::baseline::Entry;
use crate::model::exchange::{Content, Exchange};
use crate::model::page_assertions::{Expected, PageAssertions};

/// What calls of an operation were last answered with.
pub enum Answered<'r> {
    /// None was recorded.
    Never,
    /// It is one of several that are called by one request.
    NotApart,
    /// None with a success and a body in JSON.
    NoSuccess,
    /// The last success: its place in the recording, and its body.
    With(u64, &'r Node),
}

/// What redaction writes in place of an integer, and of another number.
const NO_INTEGER: &str = "0";
const NO_FRACTION: f64 = 0.5;

/// Recorded calls that are named for one assertion and operation.
const NAMED: usize = 3;

/// The calls of an operation whose answers have what a page should show.
#[derive(Debug, Default, Clone)]
pub struct Shows {
    /// The first of them, as places in the recording.
    pub calls: Vec<u64>,
    /// The names that lead there, in the last of them.
    pub way: Vec<String>,
    /// When the last of them was answered, in seconds since 1970.
    pub at: Option<i64>,
}

/// The calls of one operation.
#[derive(Debug, Default)]
struct Calls {
    count: u64,
    /// By the place of the assertion.
    shows: BTreeMap<usize, Shows>,
    /// When it began, its place in the recording, and what it answered.
    last: Option<(Option<Timestamp>, u64, Node)>,
}

/// A template of the surface.
#[derive(Debug)]
struct Template {
    method: String,
    host: String,
    path: String,
    /// The entry that it is of, by its pointer.
    pointer: String,
}

/// What was recorded of a toolpack's operations.
#[derive(Debug)]
pub struct Recorded {
    templates: Vec<Template>,
    calls: BTreeMap<String, Calls>,
    wanted: Vec<Expected>,
    /// When the last call was answered, in seconds since 1970.
    end: Option<i64>,
    is_mark: fn(&str) -> bool,
    seen: u64,
    matched: u64,
}

impl Recorded {
    /// Nothing recorded yet. `pages`: what is looked for in answers; `is_mark`: whether a text has something that
    /// stands in the place of what was taken out.
    pub fn of(
        operations: &Operations,
        pages: Option<&PageAssertions>,
        is_mark: fn(&str) -> bool,
    ) -> Recorded {
        let templates = operations.all.iter().filter_map(|operation| {
            let locked = operation.locked.as_ref().filter(|locked| locked.graphql.is_none())?;
            Some(Template {
                method: locked.method.clone(),
                host: locked.host.clone(),
                path: locked.full_path(),
                pointer: operation.entry.pointer.clone(),
            })
        });
        Recorded {
            templates: templates.collect(),
            calls: BTreeMap::new(),
            wanted: pages.iter().flat_map(|own| &own.all).map(|own| own.expected.clone()).collect(),
            end: None,
            is_mark,
            seen: 0,
            matched: 0,
        }
    }

    /// Takes a call in.
    pub fn take(&mut self, exchange: &Exchange) {
        self.seen += 1;
        let answered = answered_at(exchange);
        self.end = self.end.max(answered);
        let Some(pointer) = self.of_call(exchange).map(str::to_owned) else { return };
        self.matched += 1;
        let calls = self.calls.entry(pointer).or_default();
        calls.count += 1;
        if let Some(body) = exchange.response.as_ref().and_then(|own| shown(&own.content)) {
            for (at, expected) in self.wanted.iter().enumerate() {
                if let Some(way) = seen::find(&body, expected, &|node| hides(self.is_mark, node)) {
                    let shows = calls.shows.entry(at).or_default();
                    if shows.calls.len() < NAMED {
                        shows.calls.push(self.seen);
                    }
                    if shows.at.is_none() || answered >= shows.at {
                        (shows.way, shows.at) = (way, answered);
                    }
                }
            }
        }
        let is_success = exchange.status.is_some_and(|status| (200..300).contains(&status));
        let Some(Content::Json(body)) = exchange.response.as_ref().map(|own| &own.content) else { return };
        let key = (exchange.started, self.seen);
        let is_later = calls.last.as_ref().is_none_or(|(at, n, _)| (*at, *n) <= key);
        if is_success && is_later {
            calls.last = Some((key.0, key.1, body.clone()));
        }
    }

    /// The entry that a call is one of: of several templates the one whose words stand first.
    fn of_call(&self, exchange: &Exchange) -> Option<&str> {
        let fits = self.templates.iter().filter_map(|template| {
            let is_host =
                template.host == exchange.host || paths::fits(&template.host, &exchange.host, '.').is_some();
            if template.method != exchange.method || !is_host {
                return None;
            }
            Some((paths::fits(&template.path, &exchange.path, '/')?, template))
        });
        fits.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, template)| template.pointer.as_str())
    }

    /// What the last call of an entry answered.
    pub fn last(&self, entry: &Entry) -> Answered<'_> {
        match self.calls.get(&entry.pointer) {
            Some(Calls { last: Some((_, at, body)), .. }) => Answered::With(*at, body),
            Some(_) => Answered::NoSuccess,
            None if self.templates.iter().any(|template| template.pointer == entry.pointer) => {
                Answered::Never
            }
            None => Answered::NotApart,
        }
    }

    /// How often an entry was called.
    pub fn count(&self, entry: &Entry) -> u64 {
        self.calls.get(&entry.pointer).map_or(0, |calls| calls.count)
    }

    /// The calls of an entry that show what the assertion at a place is about.
    pub fn shows(&self, entry: &Entry, assertion: usize) -> Option<&Shows> {
        self.calls.get(&entry.pointer)?.shows.get(&assertion)
    }

    /// How many seconds before the end of the recording something was answered.
    pub fn before_end(&self, at: i64) -> Option<i64> {
        self.end.map(|end| (end - at).max(0))
    }

    /// Whether anything in a value was, or may have been, taken out of the recording.
    pub fn hides(&self, value: &Node) -> bool {
        hides(self.is_mark, value)
    }

    /// Whether what lies below a value may have been taken out: it is hidden itself, or names of members are.
    pub fn hides_below(&self, value: &Node) -> bool {
        match &value.value {
            Value::Map(members) => members.iter().any(|(name, _)| (self.is_mark)(name)),
            Value::List(_) => false,
            _ => self.hides(value),
        }
    }

    /// How many calls there were, and how many of them were calls of the toolpack.
    pub fn counts(&self) -> (u64, u64) {
        (self.seen, self.matched)
    }
}

/// A number that stands in the place of others is known by nothing else, so that it is never one that holds.
fn hides(is_mark: fn(&str) -> bool, value: &Node) -> bool {
    match &value.value {
        Value::Text(text) => is_mark(text),
        Value::Int(number) => number == NO_INTEGER,
        Value::Float(number) => *number == NO_FRACTION,
        Value::List(items) => items.iter().any(|item| hides(is_mark, item)),
        Value::Map(members) => members.iter().any(|(_, member)| hides(is_mark, member)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// When a call was answered, in seconds since 1970.
fn answered_at(exchange: &Exchange) -> Option<i64> {
    let took = exchange.duration_ms.unwrap_or(0) / 1_000;
    exchange.started?.seconds().checked_add(i64::try_from(took).ok()?)
}

/// What a page can show of an answer.
fn shown(content: &Content) -> Option<Cow<'_, Node>> {
    match content {
        Content::Json(body) => Some(Cow::Borrowed(body)),
        Content::Text(text) => Some(Cow::Owned(Node::text(text.as_str()))),
        Content::Form(_) | Content::Opaque(_) => None,
    }
}
