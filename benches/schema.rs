//! The comparison of two schemas at one, two and four times the size: the time has to grow with it.

use cask::canon::read_json::read_json;
use cask::canon::{Limits, Node};
use cask::compare::schema::{Context, Position, Schema, compare};

fn main() {
    divan::main();
}

/// A body with so many fields, each of a definition that has some of its own, and some of them alternatives.
fn body(fields: usize, maximum: usize) -> Node {
    let mut properties = Vec::new();
    let mut definitions = Vec::new();
    for i in 0..fields {
        properties.push(format!(
            r##""f{i}": {{"anyOf": [{{"$ref": "#/$defs/D{i}"}}, {{"type": "string", "enum": ["a{i}", "b"]}}]}}"##
        ));
        definitions.push(format!(
            r##""D{i}": {{"type": "object", "required": ["x"], "properties": {{"x": {{"type": "integer", "maximum": {}}},
            "next": {{"$ref": "#/$defs/D{}"}}, "tags": {{"type": "array", "items": {{"type": "string"}}}}}}}}"##,
            if i % 10 == 0 { maximum } else { 7 },
            (i + 1) % fields
        ));
    }
    let text = format!(
        r#"{{"type": "object", "properties": {{{}}}, "$defs": {{{}}}}}"#,
        properties.join(","),
        definitions.join(",")
    );
    read_json("schema.json", text.as_bytes(), &Limits::new(1 << 26)).expect("plain JSON")
}

#[divan::bench(args = [1_000, 2_000, 4_000], sample_count = 5)]
fn one_field_in_ten_changed(bencher: divan::Bencher, fields: usize) {
    let (old, new) = (body(fields, 10), body(fields, 100));
    let context = Context { position: Position::RequestBody, writes: true, about: &[] };
    bencher.bench_local(|| {
        let found = compare(Schema::new(&old, None), Schema::new(&new, None), &context);
        assert_eq!(found.len(), fields / 10);
        found.len()
    });
}
