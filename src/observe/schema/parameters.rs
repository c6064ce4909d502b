//! What is known of the parameters of a call in, parameters of the baseline out.

use super::evidence::{REQUIRED, choices};
use crate::canon::Node;
use crate::observe::part::{Param, Sketch};
use crate::observe::templates::{Kind, Template};

/// The parameters of an operation by `<in>.<name>`, in order.
pub fn parameters(template: &Template, sketch: &Sketch) -> Vec<(String, Node)> {
    let mut made: Vec<(String, Node)> = template
        .places
        .iter()
        .map(|place| {
            let members = [("required", Node::bool(true)), ("schema", of_path(&place.kind))];
            (format!("path.{}", place.name), Node::map(members))
        })
        .collect();
    for (name, param) in sketch.params.sorted() {
        let mut members = Vec::new();
        if sketch.n >= REQUIRED && param.n == sketch.n {
            members.push(("required", Node::bool(true)));
        }
        members.push(("schema", of(param)));
        made.push((name.to_owned(), Node::map(members)));
    }
    made.sort_by(|a, b| a.0.cmp(&b.0));
    made
}

fn of_path(kind: &Kind) -> Node {
    let words =
        |words: &[(&'static str, &'static str)]| Node::map(words.iter().map(|(k, v)| (*k, Node::text(*v))));
    match () {
        () if kind.is_number() => words(&[("type", "integer")]),
        () if kind.only("{uuid}") => words(&[("type", "string"), ("format", "uuid")]),
        () if kind.only("{email}") => words(&[("type", "string"), ("format", "email")]),
        () => words(&[("type", "string")]),
    }
}

/// The schema of a parameter in a query or a header.
pub fn of(param: &Param) -> Node {
    let one = Node::map(scalar(param));
    match param.repeated {
        0 => one,
        _ => Node::map([("type", Node::text("array")), ("items", one)]),
    }
}

fn scalar(param: &Param) -> Vec<(&'static str, Node)> {
    let [integers, numbers, booleans, texts] = param.kinds;
    let kind = match (integers > 0, numbers > 0, booleans > 0, texts > 0) {
        (true, false, false, false) => "integer",
        (_, true, false, false) => "number",
        (false, false, true, false) => "boolean",
        _ => "string",
    };
    let mut made = vec![("type", Node::text(kind))];
    if texts > 0 && integers + numbers + booleans == 0 {
        if let Some(format) = param.texts.lengths.0.and(param.texts.formats.first()) {
            made.push(("format", Node::text(format)));
        } else if let Some(values) = choices(&param.texts, param.n) {
            made.push(("enum", Node::texts(values)));
        }
    }
    made
}
