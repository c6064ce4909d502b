//! Every tool of the toolpacks of this repository, prepared, offered and called, and the addresses of its calls as a
//! client takes them apart: what was built is what is sent.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cask::enforce::offer::{Terms, output, tool as offered};
use cask::enforce::prepared::Prepared;
use cask::enforce::request::{Request, target};
use cask::enforce::stateful;
use cask::io::load;
use cask::io::tree::Tree;
use cask::model::toolpack::Toolpack;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Url;
use serde_json::{Map, Value, json};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const HEADER: &str = "toolpack.yaml";
/// Toolpacks of both generations, minted from descriptions and from traffic.
const PACKS: &[&str] = &[
    "fixtures/toolpacks/shop",
    "fixtures/toolpacks/desk",
    "fixtures/toolpacks/vault",
    "fixtures/migrate/demo",
    "fixtures/migrate/base",
    "fixtures/migrate/dogfood",
    "dogfood/desk",
];

fn files(at: &Path, below: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(below).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            files(at, &path, out);
        } else {
            let name = path.strip_prefix(at).expect("below").to_string_lossy().replace('\\', "/");
            out.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
}

fn pack(folder: &str) -> Toolpack {
    let root = Path::new(ROOT).join(folder);
    let mut all = BTreeMap::new();
    files(&root, &root, &mut all);
    load::toolpack(&Tree::memory(all), HEADER).unwrap_or_else(|fault| panic!("{folder}: {fault}")).pack
}

/// A value that a schema asks for, as far as its first words tell.
fn sample(schema: &Value, root: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return sample(root.pointer(&reference[1..]).expect("a definition"), root);
    }
    let first = |key: &str| schema[key].as_array().map(|values| values[0].clone());
    let known = schema.get("const").cloned().or_else(|| first("enum"));
    if let Some(value) = known {
        return value;
    }
    if let Some(branch) = first("oneOf").or_else(|| first("anyOf")).or_else(|| first("allOf")) {
        return sample(&branch, root);
    }
    if let Some(pattern) = schema["pattern"].as_str() {
        return matching(pattern).into();
    }
    let kind = first("type").unwrap_or_else(|| schema["type"].clone());
    match (schema["format"].as_str(), kind.as_str()) {
        (Some("date-time"), _) => json!("2026-01-01T00:00:00Z"),
        (Some("date"), _) => json!("2026-01-01"),
        (Some("uuid"), _) => json!("3fa85f64-5717-4562-b3fc-2c963f66afa6"),
        (Some("email"), _) => json!("a@b.example"),
        (Some("uri"), _) => json!("https://a.example/b?c#d"),
        (_, Some("integer" | "number")) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (_, Some("boolean")) => json!(true),
        (_, Some("array")) => json!([sample(&schema["items"], root)]),
        (_, Some("object")) => {
            let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let members = names.map(|name| (name.to_owned(), sample(&schema["properties"][name], root)));
            members.collect::<Map<_, _>>().into()
        }
        _ => json!("a/b c&d#e"),
    }
}

/// A text of a pattern, the same each time.
fn matching(pattern: &str) -> String {
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let texts = proptest::string::string_regex(pattern).expect("a pattern");
    texts.new_tree(&mut TestRunner::deterministic()).expect("a text").current()
}

/// A client's view of an address is what was built.
fn is_sent_as_built(origin: &str, request: &Request) {
    let address = target(origin, request).expect("an address");
    let url = Url::parse(&address).unwrap_or_else(|error| panic!("{address}: {error}"));
    assert_eq!(url.as_str(), address);
    assert_eq!(url.path(), request.path);
    assert_eq!(url.query(), request.query.as_deref());
    assert_eq!(url.fragment(), None);
    assert_eq!(url.origin().ascii_serialization(), origin);
}

#[test]
fn every_tool_of_ours_is_prepared_offered_and_called() {
    let mut called = 0;
    for folder in PACKS {
        let pack = pack(folder);
        for tool in &pack.manifest.tools {
            let place = format!("{folder} {}", tool.name);
            let prepared = Prepared::of(&pack, tool).unwrap_or_else(|refusal| panic!("{place}: {refusal}"));
            let served = output(&pack, tool);
            let terms = Terms {
                is_served: &|_| true,
                approved_by: &[],
                changes_state: stateful::always(&pack, tool),
                can_confirm: true,
                output: served.as_ref(),
            };
            let offer = offered(&pack, tool, &terms).unwrap_or_else(|| panic!("{place} is not offered"));
            for schema in [offer.get("inputSchema"), offer.get("outputSchema")].into_iter().flatten() {
                assert_eq!(schema["type"], "object", "{place}");
                jsonschema::validator_for(schema).unwrap_or_else(|error| panic!("{place}: {error}"));
            }
            let own = &offer["inputSchema"];
            let Value::Object(given) = sample(own, own) else { panic!("{place}: no object") };
            if prepared.origin().is_empty() {
                continue;
            }
            let arguments = prepared.arguments(&given).unwrap_or_else(|refusal| panic!("{place}: {refusal}"));
            let request = prepared.request(&arguments).unwrap_or_else(|refusal| panic!("{place}: {refusal}"));
            assert!(prepared.is_own_path(&request.path), "{place}");
            is_sent_as_built(prepared.origin(), &request);
            let mut more = given.clone();
            more.insert("undeclared".to_owned(), json!(1));
            assert!(prepared.arguments(&more).is_err(), "{place}");
            called += 1;
        }
    }
    assert!(called >= 30, "{called}");
}

/// The tool that the recorded attacks on the reference system were made with.
static GET_USER: LazyLock<Prepared> = LazyLock::new(|| {
    let pack = pack("fixtures/migrate/demo");
    let tool = pack.manifest.tools.iter().find(|tool| tool.path == "/api/users/{id}" && tool.method == "GET");
    Prepared::of(&pack, tool.expect("a user")).expect("prepared")
});

fn call(id: &str) -> Option<Request> {
    let given = json!({"id": id});
    let arguments = GET_USER.arguments(given.as_object().expect("an object")).ok()?;
    GET_USER.request(&arguments).ok()
}

#[test]
fn the_recorded_attacks_stay_in_their_segment() {
    for (id, path) in [
        ("../../echo/outside", Some("/api/users/..%2F..%2Fecho%2Foutside")),
        ("x?admin=1", Some("/api/users/x%3Fadmin%3D1")),
        ("x#cut", Some("/api/users/x%23cut")),
        ("%2e%2e", Some("/api/users/%252e%252e")),
        ("{other}", Some("/api/users/%7Bother%7D")),
        ("..", None),
        (".", None),
        ("", None),
        ("a\r\nX-Injected: 1", None),
    ] {
        let request = call(id);
        assert_eq!(request.as_ref().map(|request| request.path.as_str()), path, "{id:?}");
        request.iter().for_each(|request| is_sent_as_built("https://api.example.com", request));
    }
}

proptest! {
    #[test]
    fn no_id_makes_a_client_go_elsewhere(id in any::<String>()) {
        if let Some(request) = call(&id) {
            is_sent_as_built("https://api.example.com", &request);
            is_sent_as_built("http://127.0.0.1:18099", &request);
        }
    }
}
