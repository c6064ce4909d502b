//! `cask openapi export` by the real program: a document that the OpenAPI Initiative's own schema takes, made of the
//! artifacts alone, from which the same operations are minted again.

use crate::support;

use std::collections::BTreeMap;

use serde_json::Value;
use support::Place;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
const EXPORT: [&str; 4] = ["openapi", "export", "--toolpack", "pack"];

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn valid(document: &Value) {
    let schema = std::fs::read_to_string(format!("{FIXTURES}/openapi/oas-3.1.schema.json")).expect("a file");
    let schema = jsonschema::validator_for(&json(&schema)).expect("a schema");
    let wrong: Vec<String> =
        schema.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(wrong, [""; 0], "{document:#}");
}

fn with(fixture: &str, name: &str) -> Place {
    let place = Place::with_git();
    std::fs::copy(format!("{FIXTURES}/{fixture}"), place.path(name)).expect(fixture);
    place
}

/// Key, id and name of each operation, with its schemas.
fn operations(place: &Place, pack: &str) -> BTreeMap<String, [Value; 5]> {
    let file = |name: &str| json(&place.read(&format!("{pack}/artifact/{name}")));
    let tools = file("tools.json");
    let tools = tools["actions"].as_array().expect("actions");
    let baseline = file("baseline.json");
    let all = baseline["operations"].as_object().expect("operations").iter().map(|(key, operation)| {
        let id = operation["stable_id"].clone();
        let tool = tools.iter().find(|tool| tool["tool_id"] == id).expect(key);
        let [parameters, request] = ["parameters", "request"].map(|name| operation[name].clone());
        (key.clone(), [id, tool["name"].clone(), tool["input_schema"].clone(), parameters, request])
    });
    all.collect()
}

#[test]
fn what_is_exported_is_valid_and_mints_the_same_operations() {
    for (fixture, name) in [
        ("openapi/desk.yaml", "desk.yaml"),
        ("openapi/desk-2.0.json", "desk.json"),
        ("capture/demo_sample.har", "demo.har"),
    ] {
        let place = with(fixture, name);
        place.cask(&["mint", name, "-o", "pack"]).ok();
        let text = place.cask(&EXPORT).ok();
        valid(&json(&text));
        assert!(!text.contains(&place.dir.path().display().to_string()), "no path of this machine: {text}");
        assert_eq!(place.cask(&EXPORT).ok(), text, "the same bytes");
        place.cask(&[&EXPORT[..], &["-o", "out/export.json"]].concat()).ok();
        assert_eq!(place.read("out/export.json"), text);
        place.cask(&["mint", "out/export.json", "-o", "again"]).ok();
        assert_eq!(operations(&place, "again"), operations(&place, "pack"), "{fixture}");
        let drift = place.cask(&["drift", "--from", "pack", "--to", "again", "--format", "json"]);
        assert!(drift.code < 2, "{fixture}: nothing breaks: {}", drift.out);
        let diff = ["diff", "--toolpack", "again", "--base", "pack", "--exit-code", "--format", "json"];
        let diff = place.cask(&diff);
        let report = json(&diff.out);
        let grave = report["findings"].as_array().expect("findings").iter().filter(|finding| {
            !["medium", "low", "info"].iter().any(|severity| finding["severity"] == *severity)
        });
        assert!(diff.code < 2 && report["verdict"] != "breaking", "{fixture}: {}", diff.out);
        assert_eq!(grave.count(), 0, "{fixture}: {}", diff.out);
    }
}

#[test]
fn yaml_says_what_json_says() {
    let place = with("openapi/desk.yaml", "desk.yaml");
    place.cask(&["mint", "desk.yaml", "-o", "pack"]).ok();
    place.cask(&[&EXPORT[..], &["-o", "desk.yml"]].concat()).ok();
    let yaml = place.read("desk.yml");
    assert_eq!(place.cask(&[&EXPORT[..], &["--format", "yaml"]].concat()).ok(), yaml);
    let node = cask::model::bytes::described("desk.yml", yaml.as_bytes(), 1 << 20).expect("YAML");
    assert_eq!(json(&cask::canon::json::canonical(&node)), json(&place.cask(&EXPORT).ok()));
}

#[test]
fn one_document_is_about_one_host() {
    let place = Place::with_git();
    let api = |host: &str, path: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{title: t, version: '1'}}\nservers: [{{url: 'https://{host}'}}]\npaths: {{{path}: {{get: {{responses: {{'200': {{description: ok}}}}}}}}}}\n"
        )
    };
    place.write("a.yaml", api("a.example", "/x"));
    place.write("b.yaml", api("b.example", "/x"));
    place.cask(&["mint", "a.yaml", "b.yaml", "-o", "pack"]).ok();
    let told = place.cask(&EXPORT).failed();
    assert!(told.contains("a.example, b.example") && told.contains("--host HOST"), "{told}");
    let b = place.cask(&[&EXPORT[..], &["--host", "b.example"]].concat()).ok();
    valid(&json(&b));
    assert_eq!(json(&b)["servers"][0]["url"], "https://b.example");
    assert!(place.cask(&[&EXPORT[..], &["--host", "c.example"]].concat()).failed().contains("c.example"));
    assert!(place.cask(&["openapi", "export", "--toolpack", "nowhere"]).failed().contains("nowhere"));
    assert!(place.cask(&["openapi", "export"]).failed().contains("--toolpack"));
    // The former command beside it.
    place.cask(&["openapi", "a.yaml", "-o", "former"]).ok();
    place.cask(&["mint", "a.yaml", "-o", "minted", "-n", "former"]).ok();
    assert_eq!(place.read("former/artifact/tools.json"), place.read("minted/artifact/tools.json"));
    place.write(
        "tools.json",
        r#"{"server": "s", "tools": [{"name": "t", "inputSchema": {"type": "object"}}]}"#,
    );
    place.cask(&["mint", "tools.json", "-o", "listed"]).ok();
    let told = place.cask(&["openapi", "export", "--toolpack", "listed"]).failed();
    assert!(told.contains("it locks no operation of an HTTP API"), "{told}");
}

#[test]
fn names_of_strangers_stay_inside_their_strings() {
    let place = Place::with_git();
    let document = serde_json::json!({"openapi": "3.1.0", "info": {"title": "t\u{1b}[31m", "version": "1"},
        "servers": [{"url": "https://api.example"}],
        "paths": {"/a\"b/{id}": {"get": {"summary": "x\u{202e}\n</script>\"}",
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "q\"'\u{7f}", "in": "query", "schema": {"type": "string", "enum": ["`", "a: b", "- c"]}}],
            "responses": {"200": {"description": "{{ }} ${x}"}}}}}});
    place.write("api.json", document.to_string());
    place.cask(&["mint", "api.json", "-o", "pack"]).ok();
    let text = place.cask(&EXPORT).ok();
    let exported = json(&text);
    valid(&exported);
    assert_eq!(exported["paths"]["/a\"b/{id}"]["get"]["responses"]["200"]["description"], "{{ }} ${x}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    place.cask(&[&EXPORT[..], &["-o", "out.yaml"]].concat()).ok();
    let node =
        cask::model::bytes::described("out.yaml", place.read("out.yaml").as_bytes(), 1 << 20).expect("YAML");
    assert_eq!(json(&cask::canon::json::canonical(&node)), exported);
}
