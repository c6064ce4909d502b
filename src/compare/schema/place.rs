//! Where in a schema the comparison is: the steps from its root, and by whose rules it is judged there.

use std::rc::Rc;

use super::words::{is_amount, is_guard, safe_value};
use crate::canon::node::pointer_step;

/// By whose rules a place is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Level {
    /// The whole input of a tool.
    Input,
    /// The body of a request.
    Body,
    /// A parameter, or a top-level input.
    Parameter,
    /// A field below.
    Field,
    /// Whatever comes back.
    Returned,
}

impl Level {
    /// The level of a property.
    fn property(self) -> Level {
        match self {
            Level::Input => Level::Parameter,
            Level::Body | Level::Parameter | Level::Field => Level::Field,
            Level::Returned => Level::Returned,
        }
    }
}

/// One step down.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    Property(&'a str),
    Items,
    Item(usize),
    Rest,
    Matching(&'a str),
    Names,
    Branch(&'static str, usize),
}

/// A place, as the way to it.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    pub(super) level: Level,
    pub(super) depth: usize,
    name: &'a str,
    way: Option<Rc<(Place<'a>, Step<'a>)>>,
}

impl<'a> Place<'a> {
    /// The schema itself; of a parameter with its name.
    pub(super) fn root(level: Level, name: &'a str) -> Place<'a> {
        Place { level, depth: 0, name, way: None }
    }

    pub(super) fn below(&self, step: Step<'a>) -> Place<'a> {
        let (level, name) = match step {
            Step::Property(name) => (self.level.property(), name),
            Step::Rest | Step::Matching(_) => (self.level.property(), ""),
            _ => (self.level, self.name),
        };
        Place { level, depth: self.depth + 1, name, way: Some(Rc::new((self.clone(), step))) }
    }

    pub(super) fn is_root(&self) -> bool {
        self.way.is_none()
    }

    pub(super) fn is_returned(&self) -> bool {
        self.level == Level::Returned
    }

    /// The name of the nearest property or parameter.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// What of the name decides on rules: two places of one definition are judged apart if it differs.
    pub(super) fn class(&self) -> (bool, bool, Option<bool>) {
        (is_amount(self.name), is_guard(self.name), safe_value(self.name))
    }

    fn steps(&self) -> Vec<Step<'a>> {
        let mut steps = Vec::with_capacity(self.depth);
        let mut at = self;
        while let Some(way) = &at.way {
            steps.push(way.1);
            at = &way.0;
        }
        steps.reverse();
        steps
    }

    /// The pointer to a keyword here; to the place itself without one.
    pub(super) fn pointer(&self, keyword: &str) -> String {
        let mut pointer = String::new();
        for step in self.steps() {
            match step {
                Step::Property(name) => pointer += &format!("/properties/{}", pointer_step(name)),
                Step::Items => pointer += "/items",
                Step::Item(at) => pointer += &format!("/prefixItems/{at}"),
                Step::Rest => pointer += "/additionalProperties",
                Step::Matching(pattern) => {
                    pointer += &format!("/patternProperties/{}", pointer_step(pattern))
                }
                Step::Names => pointer += "/propertyNames",
                Step::Branch(keyword, at) => pointer += &format!("/{keyword}/{at}"),
            }
        }
        match keyword {
            "" => pointer,
            keyword => pointer + "/" + &pointer_step(keyword),
        }
    }

    /// The name for people: `items[].price`.
    pub(super) fn field(&self) -> String {
        let root = |mut at: &Place<'a>| -> &'a str {
            while let Some(way) = at.way.as_deref() {
                at = &way.0;
            }
            at.name
        };
        let mut field = root(self).to_owned();
        for step in self.steps() {
            let name = match step {
                Step::Property(name) => name.to_owned(),
                Step::Rest => "*".to_owned(),
                Step::Matching(pattern) => format!("/{pattern}/"),
                Step::Items => {
                    field += "[]";
                    continue;
                }
                Step::Item(at) => {
                    field += &format!("[{at}]");
                    continue;
                }
                Step::Names | Step::Branch(..) => continue,
            };
            if !field.is_empty() {
                field.push('.');
            }
            field += &name;
        }
        field
    }
}
