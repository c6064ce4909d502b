//! Descriptions of APIs: each single change of one is told by its rule, and the same API told otherwise is silent.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::edit;

use std::collections::{BTreeMap, BTreeSet};

use cask::canon::read_yaml::{Dialect, read_yaml};
use cask::canon::{Limits, Node};
use cask::drift::{self, Surface, SurfaceSource};
use cask::model::bytes;
use cask::model::finding::{Finding, Side};
use cask::source::{self, Options, Sourced};
use edit::Edit;

const FILE: &str = "api.yaml";

fn read(document: &Node) -> Sourced {
    let kind = source::find(document).expect("a description");
    let options = Options { files: &BTreeMap::new(), host: None };
    (kind.read)(FILE, document, &options).unwrap_or_else(|fault| panic!("{fault}"))
}

fn between(old: &Node, new: &Node) -> Vec<Finding> {
    let (old, new) = (read(old), read(new));
    fn surface(sourced: &Sourced) -> Surface<'_> {
        let Sourced { baseline, origins, .. } = sourced;
        Surface::read(SurfaceSource {
            file: FILE,
            baseline,
            pack: None,
            origins: Some(origins),
            recorded: None,
        })
        .unwrap()
    }
    drift::run(
        &surface(&old),
        &surface(&new),
        &cask::drift::Limits::on(Some("2026-11-24T00:00:00Z".parse().unwrap())),
    )
}

/// What is told, each rule once.
fn told(old: &Node, new: &Node) -> Vec<&'static str> {
    let mut rules: Vec<&str> = between(old, new).iter().map(|f| f.rule.id).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn document(name: &str) -> Node {
    let path = format!("{}/fixtures/openapi/{name}", env!("CARGO_MANIFEST_DIR"));
    bytes::described(name, &std::fs::read(path).unwrap(), 1 << 20).unwrap()
}

/// The document with some edits: a YAML list of them.
fn edited(document: &Node, edits: &str) -> Node {
    let mut document = document.clone();
    let list = read_yaml("edits", format!("{edits}\n").as_bytes(), Dialect::Strict, &Limits::new(1 << 16));
    for written in list.unwrap_or_else(|fault| panic!("{edits}: {fault}")).items() {
        Edit::read(written)
            .and_then(|edit| edit.apply(&mut document))
            .unwrap_or_else(|why| panic!("{edits}: {why}"));
    }
    document
}

/// Single changes of one description, each with every rule that must tell of it.
const MUTATIONS: &[(&str, &[&str])] = &[
    // Operations.
    ("- {remove: /paths/~1ping}", &["op.removed"]),
    ("- {remove: '/paths/~1tickets~1{ticket_id}/delete'}", &["op.removed-before-sunset"]),
    ("- {set: /paths/~1ping/post, to: {responses: {}}}", &["op.added-write"]),
    ("- {set: /paths/~1ping/delete, to: {responses: {}}}", &["op.added-destructive"]),
    ("- {set: /paths/~1admin~1users, to: {post: {responses: {}}}}", &["op.added-privileged"]),
    ("- {set: /paths/~1ping/get/deprecated, to: true}", &["op.deprecated-no-sunset"]),
    (
        "- {set: '/paths/~1tickets~1{ticket_id}/delete/x-sunset', to: \"2026-12-31\"}",
        &["op.sunset-moved-earlier"],
    ),
    (
        "- {remove: '/paths/~1tickets~1{ticket_id}/delete/deprecated'}\n- {remove: '/paths/~1tickets~1{ticket_id}/delete/x-sunset'}",
        &["op.undeprecated"],
    ),
    ("- {rename: /paths/~1ping, to: /alive}", &["op.path-changed"]),
    // Servers.
    ("- {set: /servers/0/url, to: \"https://api.desk.example/v2\"}", &["host.base-path-changed"]),
    ("- {set: /servers/0/url, to: \"http://api.desk.example/v1\"}", &["host.scheme-downgraded"]),
    (
        "- {set: /servers/0/url, to: \"https://api.desk.evil.test/v1\"}",
        &["auth.cross-host-credential", "host.registrable-domain-changed"],
    ),
    ("- {append: /servers, value: {url: \"https://other.test/v1\"}}", &["host.added"]),
    ("- {remove: /servers/1}", &["host.removed"]),
    // Parameters.
    (
        "- {append: /paths/~1tickets/get/parameters, value: {name: q, in: query, required: true, schema: {type: string}}}",
        &["par.required-added"],
    ),
    (
        "- {append: /paths/~1tickets/get/parameters, value: {name: callback_url, in: query, schema: {type: string}}}",
        &["par.optional-added-sink"],
    ),
    ("- {remove: /paths/~1tickets/get/parameters/status}", &["par.removed"]),
    ("- {set: /paths/~1tickets/get/parameters/status/required, to: true}", &["par.became-required"]),
    ("- {set: /paths/~1tickets/get/parameters/limit/schema/type, to: string}", &["par.type-changed"]),
    ("- {set: /paths/~1tickets/get/parameters/limit/schema/maximum, to: 1000}", &["val.max-raised"]),
    ("- {set: /paths/~1tickets/get/parameters/limit/schema/default, to: 100}", &["par.default-changed"]),
    ("- {set: /paths/~1tickets/get/parameters/ids/explode, to: false}", &["par.style-changed"]),
    ("- {set: '/paths/~1tickets~1{ticket_id}/get/parameters/0/in', to: query}", &["par.location-changed"]),
    ("- {remove: '/paths/~1tickets~1{ticket_id}/get/parameters/0/required'}", &["par.guard-became-optional"]),
    ("- {set: /components/parameters/Page/schema/minimum, to: 0}", &["val.min-lowered"]),
    ("- {remove: /paths/~1tickets/get/parameters/status/schema/enum/closed}", &["val.enum-value-removed"]),
    // Bodies.
    ("- {set: /paths/~1tickets/post/requestBody/required, to: false}", &["req.body-became-optional"]),
    (
        "- {set: /paths/~1tickets/post/requestBody/content/application~1xml, to: {schema: {type: object}}}",
        &["req.media-added"],
    ),
    (
        "- {rename: /paths/~1tickets/post/requestBody/content/application~1json, to: text/csv}",
        &["req.media-added", "req.media-removed"],
    ),
    (
        "- {set: /components/schemas/NewTicket/allOf/1/required, to: [assignee]}",
        &["req.field-became-required"],
    ),
    ("- {remove: /components/schemas/NewTicket/allOf/1/properties/assignee}", &["req.field-removed"]),
    (
        "- {set: /components/schemas/NewTicket/allOf/1/properties/is_admin, to: {type: boolean}}",
        &["req.mass-assignment-field"],
    ),
    ("- {remove: /components/schemas/NewTicket/allOf/1/properties/labels/maxItems}", &["val.bound-removed"]),
    ("- {remove: /components/schemas/Part/additionalProperties}", &["val.additional-properties-opened"]),
    ("- {remove: /components/schemas/Part/properties/name/pattern}", &["val.pattern-removed"]),
    // Answers.
    ("- {rename: /paths/~1tickets/post/responses/201, to: \"202\"}", &["res.status-success-changed"]),
    ("- {remove: '/paths/~1tickets~1{ticket_id}/get/responses/404'}", &["res.status-error-removed"]),
    ("- {remove: /paths/~1tickets/get/responses/200/headers/ETag}", &["res.header-required-removed"]),
    (
        "- {rename: /paths/~1ping/get/responses/200/content/text~1plain, to: application/json}",
        &["res.media-changed"],
    ),
    (
        "- {remove: /components/schemas/Ticket/allOf/1/properties/id}\n- {remove: /components/schemas/Ticket/allOf/1/required/id}",
        &["res.field-required-removed"],
    ),
    ("- {remove: /components/schemas/Ticket/allOf/1/required/id}", &["res.field-became-optional"]),
    (
        "- {append: /components/schemas/Ticket/allOf/1/properties/status/enum, value: held}",
        &["res.enum-value-added"],
    ),
    ("- {set: /components/schemas/Person/properties/id/nullable, to: true}", &["res.field-became-nullable"]),
    (
        "- {set: /components/schemas/Person/properties/api_token, to: {type: string}}",
        &["res.field-sensitive-added"],
    ),
    (
        "- {set: /paths/~1tickets/get/responses/200/content/application~1json/schema/properties/items/type, to: object}",
        &["res.shape-array-object"],
    ),
    ("- {remove: /components/schemas/Problem/properties/detail}", &["res.field-optional-removed"]),
    (
        "- {set: /components/schemas/Ticket/allOf/1/properties/owner/$ref, to: \"#/components/schemas/Nobody\"}",
        &["val.ref-unresolved"],
    ),
    // Credentials.
    ("- {set: /paths/~1tickets/post/security, to: []}", &["auth.removed"]),
    ("- {set: /paths/~1ping/get/security, to: [{key: []}]}", &["auth.added"]),
    ("- {append: /paths/~1tickets/post/security, value: {key: []}}", &["auth.alternative-added"]),
    ("- {set: /paths/~1tickets/post/security, to: [{key: []}]}", &["auth.scheme-changed"]),
    (
        "- {append: /paths/~1tickets/post/security/0/oauth, value: \"audit:read\"}",
        &["auth.scope-required-added"],
    ),
    ("- {set: /paths/~1tickets/post/security/0/oauth/0, to: \"tickets:*\"}", &["auth.scope-broadened"]),
    (
        "- {set: /components/securitySchemes/oauth/flows/clientCredentials/tokenUrl, to: \"https://id.evil.test/token\"}",
        &["auth.token-url-changed"],
    ),
    ("- {set: /security, to: [{key: []}]}", &["auth.global-default-changed"]),
    ("- {set: /security, to: []}", &["auth.global-default-changed"]),
];

#[test]
fn each_single_change_is_told_by_its_rule() {
    let base = document("desk.yaml");
    let wrong: Vec<String> = MUTATIONS
        .iter()
        .filter_map(|(edits, rules)| {
            let told = told(&base, &edited(&base, edits));
            (told != *rules).then(|| format!("{edits}\n  told {told:?}\n  said {rules:?}"))
        })
        .collect();
    assert!(MUTATIONS.len() >= 25);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The same API told otherwise.
const RESTATEMENTS: &[(&str, &str)] = &[
    ("a slash at the end of a server", "- {set: /servers/0/url, to: \"https://API.desk.example:443/v1/\"}"),
    (
        "tags and texts",
        "- {remove: /tags}\n- {remove: /paths/~1ping/get/operationId}\n- {set: /paths/~1tickets/get/summary, to: Every ticket}",
    ),
    (
        "an example",
        "- {remove: /paths/~1tickets/post/requestBody/content/application~1json/example}\n- {remove: /components/schemas/Problem/properties/title/example}",
    ),
    (
        "a list of types",
        "- {remove: /components/schemas/Base/properties/due/nullable}\n- {set: /components/schemas/Base/properties/due/type, to: [string, \"null\"]}",
    ),
    (
        "one of null",
        "- {set: /components/schemas/Base/properties/due, to: {anyOf: [{type: string, format: date}, {type: \"null\"}]}}",
    ),
    (
        "an exclusive bound",
        "- {set: /openapi, to: \"3.1.0\"}\n- {remove: /components/schemas/Base/properties/priority/maximum}\n- {set: /components/schemas/Base/properties/priority/exclusiveMaximum, to: 5}",
    ),
    ("3.1", "- {set: /openapi, to: \"3.1.0\"}"),
    (
        "an inlined reference",
        "- {set: /components/schemas/Ticket/allOf/1/properties/owner, to: {type: object, required: [id], properties: {id: {type: string, format: uuid}, name: {type: string}}}}",
    ),
    (
        "a flattened allOf",
        "- {set: /components/schemas/NewTicket, to: {type: object, required: [title], properties: {title: {type: string, minLength: 1, maxLength: 200}, priority: {type: integer, minimum: 1, maximum: 5, exclusiveMaximum: true, default: 3}, due: {type: string, format: date, nullable: true}, amount: {type: number, minimum: 0, maximum: 1000}, assignee: {type: string, format: email}, labels: {type: array, items: {type: string}, maxItems: 10}, parts: {type: array, items: {$ref: \"#/components/schemas/Part\"}}}}}",
    ),
    (
        "a renamed component",
        "- {rename: /components/schemas/Person, to: Human}\n- {set: /components/schemas/Ticket/allOf/1/properties/owner/$ref, to: \"#/components/schemas/Human\"}",
    ),
    (
        "a parameter of the operation",
        "- {remove: '/paths/~1tickets~1{ticket_id}/parameters'}\n- {append: '/paths/~1tickets~1{ticket_id}/get/parameters', value: {name: ticket_id, in: path, required: true, schema: {minimum: 1, type: integer}}}\n- {set: '/paths/~1tickets~1{ticket_id}/delete/parameters', to: [{name: ticket_id, in: path, required: true, schema: {type: integer, minimum: 1}}]}",
    ),
    (
        "credentials of the operation",
        "- {remove: /security}\n- {set: /paths/~1tickets/get/security, to: [{oauth: [\"tickets:read\"]}]}\n- {set: '/paths/~1tickets~1{ticket_id}/get/security', to: [{oauth: [\"tickets:read\"]}]}\n- {remove: /paths/~1ping/get/security}",
    ),
    (
        "a renamed scheme",
        "- {rename: /components/securitySchemes/oauth, to: login}\n- {set: /security, to: [{login: [\"tickets:read\"]}]}\n- {set: /paths/~1tickets/post/security, to: [{login: [\"tickets:write\"]}]}\n- {set: '/paths/~1tickets~1{ticket_id}/delete/security', to: [{login: [\"tickets:write\"]}]}",
    ),
    (
        "servers of the path",
        "- {set: /paths/~1ping/servers, to: [{url: \"https://api.desk.example/v1\"}, {url: \"https://eu.desk.example/v1/\"}]}",
    ),
    (
        "defaults written out",
        "- {set: /paths/~1tickets/get/parameters/ids/style, to: form}\n- {set: /paths/~1tickets/get/parameters/ids/explode, to: true}\n- {set: /paths/~1tickets/get/parameters/status/required, to: false}\n- {set: /paths/~1ping/get/deprecated, to: false}",
    ),
    (
        "a media type in capitals",
        "- {rename: /paths/~1ping/get/responses/200/content/text~1plain, to: \"Text/Plain; charset=utf-8\"}",
    ),
];

/// Everything in another order that says the same.
fn turned(node: &Node) -> Node {
    use cask::canon::Value;
    let value = match &node.value {
        Value::Map(members) => {
            Value::Map(members.iter().rev().map(|(k, v)| (k.clone(), turned(v))).collect())
        }
        // Of parameters only the order counts for nothing; `required`, `enum` and `allOf` are sets too.
        Value::List(items) if items.iter().all(|i| i.get("url").is_none()) => {
            Value::List(items.iter().rev().map(turned).collect())
        }
        Value::List(items) => Value::List(items.iter().map(turned).collect()),
        other => other.clone(),
    };
    Node { value, line: node.line }
}

#[test]
fn the_same_api_told_otherwise_is_silent_both_ways() {
    let base = document("desk.yaml");
    let mut wrong = Vec::new();
    let mut silent = |why: &str, other: &Node| {
        for (old, new) in [(&base, other), (other, &base)] {
            let told = told(old, new);
            if !told.is_empty() {
                wrong.push(format!("{why}: {told:?}"));
            }
        }
    };
    for (why, edits) in RESTATEMENTS {
        silent(why, &edited(&base, edits));
    }
    silent("another order", &turned(&base));
    let json = cask::canon::emit::emit_json(&base);
    silent("JSON", &bytes::described(FILE, json.as_bytes(), 1 << 20).unwrap());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_description_of_2_0_says_what_its_restatement_in_3_0_says() {
    // 2.0 has one host, and one list of media types for all answers of an operation.
    let later = edited(
        &document("desk.yaml"),
        "- {remove: /servers/1}\n- {rename: /components/responses/Problem/content/application~1problem+json, to: application/json}",
    );
    let earlier = document("desk-2.0.json");
    assert_eq!(told(&earlier, &later), told(&later, &later), "{:?}", told(&earlier, &later));
    assert!(told(&later, &earlier).is_empty(), "{:?}", told(&later, &earlier));
}

#[test]
fn findings_stand_where_the_description_says_it() {
    let base = document("desk.yaml");
    let head = edited(&base, "- {set: /paths/~1tickets/get/parameters/limit/schema/maximum, to: 1000}");
    let found = between(&base, &head);
    let place = &found[0].place;
    assert_eq!(place.file, FILE);
    assert_eq!(place.pointer, "/paths/~1tickets/get/parameters/2/schema/maximum");
    let gone = between(&base, &edited(&base, "- {remove: /paths/~1ping}"));
    assert_eq!((gone[0].place.pointer.as_str(), gone[0].place.line), ("/paths/~1ping/get", 83));
}

#[test]
fn what_lies_in_a_component_stands_there_and_names_each_operation() {
    let base = document("desk.yaml");
    for (edits, at, line, side) in [
        (
            "- {set: /components/schemas/Base/properties/title/maxLength, to: 300}",
            "/components/schemas/Base/properties/title/maxLength",
            None,
            Side::Head,
        ),
        (
            "- {remove: /components/schemas/Base/properties/amount}",
            "/components/schemas/Base/properties/amount",
            Some(121),
            Side::Base,
        ),
        (
            "- {remove: /components/schemas/Part/additionalProperties}",
            "/components/schemas/Part/additionalProperties",
            Some(135),
            Side::Base,
        ),
    ] {
        let head = edited(&base, edits);
        let found = between(&base, &head);
        let document = if side == Side::Base { &base } else { &head };
        let names: BTreeSet<&str> = found.iter().map(|f| f.subject.name.as_str()).collect();
        assert!(names.contains("createTicket"), "{edits}: {names:?}");
        assert!(names.contains("getTicket") || edits.contains("Part"), "{edits}: {names:?}");
        for finding in &found {
            let place = &finding.place;
            assert_eq!((place.pointer.as_str(), place.side), (at, side), "{edits}: {}", finding.rule.id);
            assert!(line.is_none_or(|line| place.line == line), "{edits}: {}", place.line);
            assert!(document.at(&place.pointer).is_some(), "{edits}: {}", place.pointer);
        }
    }
}

/// A small description with a server, and an operation with an answer.
fn small(servers: &str, path: &str) -> String {
    format!(
        "openapi: 3.1.0\nservers: [{servers}]\npaths:\n  {path}: {{get: {{operationId: a, responses: {{}}}}}}\n"
    )
}

fn yaml(text: &str) -> Node {
    bytes::described(FILE, text.as_bytes(), 1 << 20).unwrap_or_else(|fault| panic!("{fault}: {text}"))
}

#[test]
fn where_calls_go_is_told_by_what_variables_can_be() {
    let host = |default: &str, values: &str| {
        format!(
            "{{url: 'https://{{host}}/v1', variables: {{host: {{default: {default}, enum: [{values}]}}}}}}"
        )
    };
    let part =
        |url: &str, name: &str, rest: &str| format!("{{url: '{url}', variables: {{{name}: {{{rest}}}}}}}");
    let region = |rest: &str| part("https://{region}.shop.example/v1", "region", rest);
    let version = |rest: &str| part("https://api.shop.example/{v}", "v", rest);
    let scheme = |rest: &str| part("{scheme}://api.shop.example", "scheme", rest);
    let plain = "{url: 'https://a.shop.example/v1'}".to_owned();
    for (old, new, rules) in [
        (
            host("a.shop.example", "a.shop.example"),
            host("a.evil.test", "a.evil.test, a.shop.example"),
            &["host.added", "host.registrable-domain-changed"][..],
        ),
        (
            host("a.shop.example", "a.shop.example"),
            host("a.shop.example", "a.shop.example, a.evil.test"),
            &["host.added"],
        ),
        (
            host("a.shop.example", "a.shop.example"),
            host("a.shop.example", "a.shop.example, 10.0.0.1"),
            &["host.private-target"],
        ),
        (
            host("a.shop.example", "a.shop.example, b.shop.example"),
            host("a.shop.example", "a.shop.example"),
            &["host.removed"],
        ),
        (plain.clone(), host("a.shop.example", "a.shop.example"), &["host.template-variable-added"]),
        (host("a.shop.example", "a.shop.example"), plain.clone(), &[]),
        (region("default: eu"), region("default: us"), &["host.changed"]),
        (region("default: eu"), region("default: evil.test/"), &["host.registrable-domain-changed"]),
        (region("default: eu, enum: [eu]"), region("default: eu, enum: [eu, us]"), &["host.added"]),
        (region("default: eu, enum: [eu]"), region("default: eu"), &["host.template-variable-added"]),
        (region("default: eu"), region("default: eu, enum: [eu]"), &[]),
        (version("default: v1"), version("default: v2"), &["host.base-path-changed"]),
        (
            version("default: v1, enum: [v1]"),
            version("default: v1, enum: [v1, v2]"),
            &["host.template-variable-added"],
        ),
        (
            scheme("default: https, enum: [https]"),
            scheme("default: https, enum: [https, http]"),
            &["host.scheme-downgraded"],
        ),
        // Of the servers beside the first.
        (plain.clone(), format!("{plain}, {{url: 'http://a.shop.example/v1'}}"), &["host.scheme-downgraded"]),
        (
            format!("{plain}, {{url: 'https://b.test'}}"),
            format!("{plain}, {{url: 'http://b.test'}}"),
            &["host.scheme-downgraded"],
        ),
        (format!("{plain}, {{url: 'http://b.test'}}"), format!("{plain}, {{url: 'https://b.test'}}"), &[]),
    ] {
        assert_eq!(told(&yaml(&small(&old, "/x")), &yaml(&small(&new, "/x"))), rules, "{old}\n{new}");
    }
    // A base path that changes with the name of a parameter below it.
    let (old, new) =
        (small("{url: 'https://a.test/v1'}", "'/u/{id}'"), small("{url: 'https://a.test/v2'}", "'/u/{uid}'"));
    assert_eq!(told(&yaml(&old), &yaml(&new)), ["host.base-path-changed", "op.path-param-renamed"]);
    let split = small("{url: 'https://a.test'}", "'/v1/u/{uid}'");
    assert!(told(&yaml(&old), &yaml(&split)).iter().all(|rule| !rule.starts_with("host.")));
}

#[test]
fn no_part_of_an_operation_is_passed_over() {
    let api = |operation: &str, schemas: &str| {
        yaml(&format!(
            "openapi: 3.1.0\nservers: [{{url: 'https://a.test'}}]\npaths: {{/x: {{post: {{{operation}}}}}}}\ncomponents: {{schemas: {{{schemas}}}}}\n"
        ))
    };
    let body =
        |schema: &str| format!("requestBody: {{content: {{application/json: {{schema: {{{schema}}}}}}}}}");
    let object = |maximum: u32| {
        format!(
            "S: {{type: object, $dynamicAnchor: node, properties: {{amount: {{type: integer, maximum: {maximum}}}}}}}"
        )
    };
    for schema in [
        "$dynamicRef: '#/components/schemas/S'",
        "$dynamicRef: '#node'",
        "$ref: '#node'",
        "$recursiveRef: '#/components/schemas/S'",
    ] {
        let told = told(&api(&body(schema), &object(5)), &api(&body(schema), &object(50)));
        assert_eq!(told, ["val.max-raised"], "{schema}");
    }
    // A reference in a part that is compared as it stands leads somewhere, or is told.
    for schema in [
        "contentSchema: {$ref: '#/components/schemas/@'}",
        "dependencies: {a: {$ref: '#/components/schemas/@'}, b: [a]}",
        "$dynamicRef: '#@'",
        "$ref: '#/components/schemas/@'",
    ] {
        let of = |name: &str| {
            let schema = schema.replace("#@", if name == "S" { "#node" } else { "#nobody" });
            api(&body(&schema.replace('@', name)), &object(5))
        };
        assert!(told(&of("S"), &of("Nobody")).contains(&"val.ref-unresolved"), "{schema}");
        assert!(told(&of("S"), &of("S")).is_empty());
    }
    let whole = api(&body("type: object"), &object(5));
    let lost =
        api("requestBody: {content: {application/json: {$ref: '#/components/mediaTypes/No'}}}", &object(5));
    assert!(told(&whole, &lost).contains(&"val.ref-unresolved"), "{:?}", told(&whole, &lost));

    // Headers that 3.0 ignores are parameters of 2.0.
    let old = "swagger: '2.0'\nhost: a.test\npaths: {/x: {get: {parameters: [@], responses: {}}}}\n";
    let new = old.replace('@', "{name: Authorization, in: header, type: string, required: true}");
    assert_eq!(told(&yaml(&old.replace('@', "")), &yaml(&new)), ["par.required-added"]);
}

#[test]
fn a_line_that_moved_is_no_change_of_what_cannot_be_read() {
    let text = "openapi: 3.1.0\nservers: [{url: 'https://a.test'}]\npaths: {/x: {post: {requestBody: {content: {a/b: {schema: {allOf: 5, properties: [], items: x}}}}, responses: {}}}}\n";
    let moved = text.replace("paths", "# one\n# more\npaths");
    assert!(told(&yaml(text), &yaml(&moved)).is_empty());
    let mended = text.replace("items: x", "items: {}");
    assert!(told(&yaml(&mended), &yaml(text)).contains(&"val.ref-unresolved"), "each of them is told");
}
