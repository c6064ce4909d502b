//! Two descriptions of an API at one, two and four times the size: the time has to grow with it. The floor is a bare
//! read of both.

use std::collections::BTreeMap;

use cask::canon::Node;
use cask::drift::{Limits, Surface, SurfaceSource, run};
use cask::model::bytes;
use cask::source::{self, Options, Sourced};

fn main() {
    divan::main();
}

const FILE: &str = "api.json";

/// A description of so many paths with two operations each; they share definitions, and one in ten differs by
/// `maximum`.
fn description(paths: usize, maximum: usize) -> Vec<u8> {
    let (mut operations, mut schemas) = (Vec::new(), Vec::new());
    for i in 0..paths {
        let bound = if i % 10 == 0 { maximum } else { 7 };
        let next = (i + 1) % paths;
        operations.push(format!(
            r##""/items{i}/{{id}}": {{"parameters": [{{"name": "id", "in": "path", "required": true, "schema": {{"type": "integer"}}}}],
            "get": {{"operationId": "get{i}", "responses": {{"200": {{"description": "It", "content": {{"application/json":
            {{"schema": {{"$ref": "#/components/schemas/S{i}"}}, "example": {{"id": {i}, "tags": ["a", "b"]}}}}}}}}}}}},
            "put": {{"operationId": "put{i}", "requestBody": {{"content": {{"application/json": {{"schema": {{"type": "object",
            "properties": {{"size": {{"type": "integer", "maximum": {bound}}}, "name": {{"type": "string"}}}}}}}}}}}},
            "responses": {{"204": {{"description": "Done"}}}}}}}}"##
        ));
        // Each refers to the next: whoever follows references anew for each operation takes quadratic time.
        let link = if i % 20 == 19 {
            String::new()
        } else {
            format!(r##", "next": {{"$ref": "#/components/schemas/S{next}"}}"##)
        };
        schemas.push(format!(
            r#""S{i}": {{"type": "object", "required": ["id"], "properties": {{"id": {{"type": "integer"}},
            "tags": {{"type": "array", "items": {{"type": "string"}}}}{link}}}}}"#
        ));
    }
    format!(
        r#"{{"openapi": "3.0.3", "servers": [{{"url": "https://api.shop.example/v1"}}], "paths": {{{}}}, "components": {{"schemas": {{{}}}}}}}"#,
        operations.join(","),
        schemas.join(",")
    )
    .into_bytes()
}

fn tree(bytes: &[u8]) -> Node {
    bytes::described(FILE, bytes, 1 << 28).expect("plain JSON")
}

fn sourced(tree: &Node) -> Sourced {
    let options = Options { files: &BTreeMap::new(), host: None };
    (source::find(tree).expect("a description").read)(FILE, tree, &options).expect("operations")
}

fn surface(sourced: &Sourced) -> Surface<'_> {
    let (baseline, origins) = (&sourced.baseline, Some(&sourced.origins));
    Surface::read(SurfaceSource { file: FILE, baseline, pack: None, origins, recorded: None })
        .expect("a surface")
}

/// The floor.
#[divan::bench(args = [500, 1_000, 2_000], sample_count = 5)]
fn bare_read(bencher: divan::Bencher, paths: usize) {
    let (old, new) = (description(paths, 10), description(paths, 100));
    bencher.bench_local(|| (tree(&old), tree(&new)));
}

#[divan::bench(args = [500, 1_000, 2_000], sample_count = 5)]
fn read_and_compared(bencher: divan::Bencher, paths: usize) {
    let (old, new) = (description(paths, 10), description(paths, 100));
    bencher.bench_local(|| {
        let (old, new) = (sourced(&tree(&old)), sourced(&tree(&new)));
        let found = run(&surface(&old), &surface(&new), &Limits::on(None));
        assert_eq!(found.len(), paths / 10);
        found.len()
    });
}
