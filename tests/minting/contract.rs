//! The OpenAPI documents that `cask mint --emit contract` writes, held against the schema that the OpenAPI Initiative
//! publishes and, their schemas, against that of JSON Schema.

use crate::support;

use std::path::Path;

use serde_json::Value;
use support::Place;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
/// What is minted: sources, and the hosts that are asked for.
const MINTED: &[(&[&str], &[&str])] = &[
    (&["../assets/demo/shop.har"], &[]),
    (&["capture/demo_sample.har"], &[]),
    (&["capture/shop.har"], &["*.shop.example.com"]),
    (&["capture/bodies.har"], &[]),
    (&["capture/otel_new.json"], &[]),
    (&["capture/otel_legacy.ndjson"], &[]),
    (&["capture/real/full.har"], &[]),
    (&["openapi/desk.yaml"], &[]),
    (&["openapi/desk-2.0.json"], &[]),
    (&["openapi/desk.yaml", "capture/shop.har"], &[]),
];

fn schema() -> jsonschema::Validator {
    let text = std::fs::read_to_string(format!("{FIXTURES}/openapi/oas-3.1.schema.json")).expect("a file");
    jsonschema::validator_for(&serde_json::from_str(&text).expect("JSON")).expect("a schema")
}

/// Every schema of a document, by its place.
fn schemas<'d>(node: &'d Value, at: &str, out: &mut Vec<(String, &'d Value)>) {
    let Value::Object(members) = node else {
        let items = node.as_array().into_iter().flatten().enumerate();
        return items.for_each(|(n, item)| schemas(item, &format!("{at}/{n}"), out));
    };
    for (key, value) in members {
        let at = format!("{at}/{key}");
        match key.as_str() {
            "schema" => out.push((at, value)),
            "schemas" => {
                let named = value.as_object().into_iter().flatten();
                out.extend(named.map(|(name, schema)| (format!("{at}/{name}"), schema)));
            }
            _ => schemas(value, &at, out),
        }
    }
}

#[test]
fn every_document_is_one_of_openapi_and_every_schema_one_of_json_schema() {
    let openapi = schema();
    let (mut documents, mut checked) = (0, 0);
    for (sources, hosts) in MINTED {
        let place = Place::new();
        let mut args = vec!["mint".to_owned()];
        for source in *sources {
            let name = Path::new(source).file_name().expect("a name").to_str().expect("text").to_owned();
            std::fs::copy(format!("{FIXTURES}/{source}"), place.path(&name)).expect(source);
            args.push(name);
        }
        args.extend(hosts.iter().flat_map(|host| ["-a".to_owned(), (*host).to_owned()]));
        args.extend(["-o", "pack", "--emit", "contract"].map(str::to_owned));
        place.cask(&args.iter().map(String::as_str).collect::<Vec<_>>()).ok();
        for entry in std::fs::read_dir(place.path("pack/artifact")).expect("a folder").flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("contract") || !name.ends_with(".json") {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).expect("a file");
            let document: Value = serde_json::from_str(&text).expect("JSON");
            let wrong: Vec<String> =
                openapi.iter_errors(&document).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert_eq!(wrong, [""; 0], "{sources:?} {name}\n{text}");
            let mut found = Vec::new();
            schemas(&document, "", &mut found);
            for (at, schema) in &found {
                if let Err(e) = jsonschema::draft202012::meta::validate(schema) {
                    panic!("{sources:?} {name} {at}: {e}\n{schema}");
                }
            }
            documents += 1;
            checked += found.len();
        }
    }
    assert!(documents >= MINTED.len() && checked > 100, "{documents} documents, {checked} schemas");
}

#[test]
fn the_schema_tells_a_document_that_is_none() {
    let openapi = schema();
    let document = |paths: Value| serde_json::json!({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths});
    assert!(openapi.is_valid(&document(serde_json::json!({}))));
    for paths in [
        serde_json::json!({"x": {}}),
        serde_json::json!({"/x": {"get": {"parameters": [{"name": "a"}]}}}),
        serde_json::json!({"/x": {"get": {"responses": {"200": {}}}}}),
        serde_json::json!({"/x": {"get": {"responses": {"fine": {"description": "d"}}}}}),
    ] {
        assert!(!openapi.is_valid(&document(paths.clone())), "{paths}");
    }
}
