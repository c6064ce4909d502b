//! Recorded calls in, one after another; what the last of each operation answered, and what pages may have shown, out.
//!
//! No answer is kept: each is looked at when it comes, and what an assertion came to is all that stays. So a recording of
//! any size, with bodies of any size, takes memory by the assertions alone.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::answered::{Came, came, hides};
use super::operations::Operations;
use super::seen;
use crate::canon::Node;
use crate::canon::time::Timestamp;
use crate::compare::paths;
use crate::model::baseline::Entry;
use crate::model::contracts::{Assertion, AssertionKind, Contracts};
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
    /// The last success: its place in the recording, and what it came to.
    With(u64, &'r Came),
}

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
    /// The last success.
    last: Option<Last>,
}

/// When a call began, and its place in the recording: by these one is later than another. One that nobody knows the time
/// of is earlier than all of which it is known.
type Order = (Option<Timestamp>, u32, u64);

/// The last call of an operation that was a success.
#[derive(Debug)]
struct Last {
    order: Order,
    /// What each of the assertions about the operation came to.
    came: Vec<Came>,
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
    /// The assertions about answers, by the entry that they are about.
    asked: BTreeMap<String, Vec<Assertion>>,
    wanted: Vec<Expected>,
    /// When the last call was answered, in seconds since 1970.
    end: Option<i64>,
    is_mark: fn(&str) -> bool,
    seen: u64,
    matched: u64,
}

impl Recorded {
    /// Nothing recorded yet. `contracts` and `pages`: what is looked for in answers; `is_mark`: whether a text has
    /// something that stands in the place of what was taken out.
    pub fn of(
        operations: &Operations,
        contracts: Option<&Contracts>,
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
            asked: contracts.map_or_else(BTreeMap::new, |own| asked(operations, own)),
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
        let calls = self.calls.entry(pointer.clone()).or_default();
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
        let order = (exchange.started, exchange.started_nanos, self.seen);
        if is_success && calls.last.as_ref().is_none_or(|last| last.order <= order) {
            let asked = self.asked.get(&pointer).map(Vec::as_slice).unwrap_or_default();
            let came = asked.iter().map(|assertion| came(body, assertion, self.is_mark)).collect();
            calls.last = Some(Last { order, came });
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

    /// What the last call of an entry came to, by an assertion about it.
    pub fn last(&self, entry: &Entry, assertion: &Assertion) -> Answered<'_> {
        let is_known = || self.templates.iter().any(|template| template.pointer == entry.pointer);
        match self.calls.get(&entry.pointer) {
            Some(Calls { last: Some(last), .. }) => {
                let asked = self.asked.get(&entry.pointer).into_iter().flatten();
                let mut came = asked.zip(&last.came);
                match came.find(|(own, _)| own.pointer == assertion.pointer) {
                    Some((_, came)) => Answered::With(last.order.2, came),
                    None => Answered::NoSuccess,
                }
            }
            Some(_) => Answered::NoSuccess,
            None if is_known() => Answered::Never,
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

    /// How many calls there were, and how many of them were calls of the toolpack.
    pub fn counts(&self) -> (u64, u64) {
        (self.seen, self.matched)
    }
}

/// The assertions about answers, by the entry that they are about.
fn asked(operations: &Operations, contracts: &Contracts) -> BTreeMap<String, Vec<Assertion>> {
    let mut asked: BTreeMap<String, Vec<Assertion>> = BTreeMap::new();
    let all = contracts.contracts.iter().flat_map(|contract| &contract.assertions);
    for assertion in all.filter(|assertion| assertion.kind == AssertionKind::ApiState) {
        if let Some((operation, _)) = assertion.endpoint.as_deref().and_then(|name| operations.find(name)) {
            asked.entry(operation.entry.pointer.clone()).or_default().push(assertion.clone());
        }
    }
    asked
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
