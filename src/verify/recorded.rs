//! Recorded calls in, one after another; what the last of each operation answered, and what pages may have shown, out.
//!
//! Only what somebody asks for is kept, so that a recording of any size takes bounded memory.

use std::collections::BTreeMap;

use super::operations::Operations;
use crate::canon::{Node, Value};
use crate::canon::time::Timestamp;
use crate::compare::paths;
use crate::model::baseline::Entry;
use crate::model::exchange::{Content, Exchange};

/// What calls of an operation were last answered with.
pub enum Answered<'r> {
    /// None was recorded.
    Never,
    /// It is one of several that are called by one request.
    NotApart,
    /// None with a success and a body in JSON.
    NoSuccess,
    /// The last success.
    With(&'r Node),
}

/// The calls of one operation.
#[derive(Debug, Default)]
struct Calls {
    count: u64,
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
    is_mark: fn(&str) -> bool,
    seen: u64,
    matched: u64,
}

impl Recorded {
    /// Nothing recorded yet. `is_mark`: whether a text stands in the place of what was taken out.
    pub fn of(operations: &Operations, is_mark: fn(&str) -> bool) -> Recorded {
        let templates = operations.all.iter().filter_map(|operation| {
            let locked = operation.locked.as_ref().filter(|locked| locked.graphql.is_none())?;
            Some(Template {
                method: locked.method.clone(),
                host: locked.host.clone(),
                path: locked.full_path(),
                pointer: operation.entry.pointer.clone(),
            })
        });
        let (templates, calls) = (templates.collect(), BTreeMap::new());
        Recorded { templates, calls, is_mark, seen: 0, matched: 0 }
    }

    /// Takes a call in.
    pub fn take(&mut self, exchange: &Exchange) {
        self.seen += 1;
        let Some(pointer) = self.of_call(exchange).map(str::to_owned) else { return };
        self.matched += 1;
        let calls = self.calls.entry(pointer).or_default();
        calls.count += 1;
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
            let is_host = template.host == exchange.host || paths::fits(&template.host, &exchange.host, '.').is_some();
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
            Some(Calls { last: Some((_, _, body)), .. }) => Answered::With(body),
            Some(_) => Answered::NoSuccess,
            None if self.templates.iter().any(|template| template.pointer == entry.pointer) => Answered::Never,
            None => Answered::NotApart,
        }
    }

    /// Whether anything in a value was taken out of the recording.
    pub fn hides(&self, value: &Node) -> bool {
        match &value.value {
            Value::Text(text) => (self.is_mark)(text),
            Value::List(items) => items.iter().any(|item| self.hides(item)),
            Value::Map(members) => members.iter().any(|(_, member)| self.hides(member)),
            _ => false,
        }
    }

    /// How many calls there were, and how many of them were calls of the toolpack.
    pub fn counts(&self) -> (u64, u64) {
        (self.seen, self.matched)
    }
}
