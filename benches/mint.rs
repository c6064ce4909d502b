//! A big description to the files of a toolpack: twice as much is to be about twice the work.

use std::collections::BTreeMap;
use std::fmt::Write;

use cask::canon::Node;
use cask::mint::{Options, Source, mint};
use cask::model::bytes;
use cask::source;

fn main() {
    divan::main();
}

/// A description with so many operations; every fifth pair of them shares a definition with two more below it.
fn description(operations: usize) -> Node {
    let mut paths = String::new();
    for n in 0..operations / 2 {
        let _ = write!(
            paths,
            r##"{}"/area{}/things{n}/{{id}}": {{
            "get": {{"summary": "Get thing {n}", "parameters": [
              {{"name": "id", "in": "path", "required": true, "schema": {{"type": "integer"}}}},
              {{"name": "fields", "in": "query", "schema": {{"type": "array", "items": {{"type": "string"}}}}}}],
              "responses": {{"200": {{"description": "ok", "content": {{"application/json": {{"schema": {{"$ref": "#/components/schemas/T{}"}}}}}}}}}}}},
            "patch": {{"parameters": [{{"name": "id", "in": "path", "required": true, "schema": {{"type": "integer"}}}}],
              "requestBody": {{"required": true, "content": {{"application/json": {{"schema": {{"$ref": "#/components/schemas/T{}"}}}}}}}},
              "responses": {{"204": {{"description": "done"}}}}}}}}"##,
            if n == 0 { "" } else { "," },
            n % 40,
            n / 5,
            n / 5
        );
    }
    let mut schemas = String::new();
    for n in 0..operations / 10 + 1 {
        let _ = write!(
            schemas,
            r##"{}"T{n}": {{"type": "object", "properties": {{"email": {{"type": "string"}}, "owner": {{"$ref": "#/components/schemas/O{n}"}},
            "list": {{"type": "array", "items": {{"$ref": "#/components/schemas/O{n}"}}}}}}, "required": ["email"]}},
            "O{n}": {{"type": "object", "properties": {{"id": {{"type": "integer"}}, "name": {{"type": "string"}}}}}}"##,
            if n == 0 { "" } else { "," }
        );
    }
    let text = format!(
        r#"{{"openapi": "3.1.0", "servers": [{{"url": "https://api.bench.example/v1"}}], "paths": {{{paths}}}, "components": {{"schemas": {{{schemas}}}}}}}"#
    );
    bytes::described("openapi.json", text.as_bytes(), usize::MAX).expect("a description")
}

fn source(document: &Node) -> Source {
    let kind = source::find(document).expect("a kind");
    let options = source::Options { files: &BTreeMap::new(), host: None };
    let sourced = (kind.read)("openapi.json", document, &options).expect("a surface");
    Source {
        kind: kind.id.to_owned(),
        name: "openapi.json".to_owned(),
        complete: true,
        digest: String::new(),
        baseline: sourced.baseline,
    }
}

fn options() -> Options {
    Options {
        dir: String::new(),
        name: None,
        default_name: "bench".to_owned(),
        toolpack_id: None,
        created_at: None,
        scope: None,
        only: None,
        hosts: Vec::new(),
        same: Vec::new(),
        runtime: None,
    }
}

#[divan::bench(args = [300, 600, 1_200, 2_400], sample_count = 10)]
fn first(bencher: divan::Bencher, operations: usize) {
    let source = source(&description(operations));
    bencher.bench_local(|| mint(vec![source.clone()], None, &options()).expect("a toolpack"));
}

#[divan::bench(args = [300, 600, 1_200, 2_400], sample_count = 10)]
fn anew(bencher: divan::Bencher, operations: usize) {
    let source = source(&description(operations));
    let before = mint(vec![source.clone()], None, &options()).expect("a toolpack").pack;
    bencher.bench_local(|| mint(vec![source.clone()], Some(&before), &options()).expect("a toolpack"));
}
