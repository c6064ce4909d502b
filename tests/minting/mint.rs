//! A toolpack made of a description by the real program: what is written reads back, can be approved and passes;
//! made again it has the same bytes, and a change of the description changes what it is about and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SHOP: &str = r#"openapi: 3.1.0
info: {title: Shop, version: "1"}
servers: [{url: https://api.shop.example/v1}]
security: [{bearer: []}]
paths:
  /users/{user_id}:
    parameters: [{name: user_id, in: path, required: true, schema: {type: integer, minimum: 1}}]
    get:
      summary: Get a user
      parameters: [{name: expand, in: query, schema: {type: string, enum: [orders, address]}}]
      responses: {200: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/User'}}}}}
    patch:
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Names'}}}}
      responses: {204: {description: done}}
    delete: {responses: {204: {description: done}}}
  /orders:
    get: {responses: {200: {description: ok}}}
    post:
      requestBody: {required: true, content: {application/json: {schema: {type: array, items: {type: string}}}}}
      responses: {201: {description: made}}
  /orders/{order_id}/cancel:
    post: {responses: {204: {description: done}}}
components:
  securitySchemes: {bearer: {type: http, scheme: bearer}}
  schemas:
    User: {type: object, properties: {email: {type: string}, id: {type: integer}}, required: [id]}
    Names: {type: object, properties: {full_name: {type: string}}, required: [full_name]}
"#;

/// A folder under git, with a home of its own.
pub(super) struct Work {
    dir: tempfile::TempDir,
    home: tempfile::TempDir,
}

impl Work {
    pub(super) fn new() -> Work {
        let work = Work { dir: tempfile::tempdir().unwrap(), home: tempfile::tempdir().unwrap() };
        work.git(&["init", "-q", "-b", "main", "."]);
        work.write("openapi.yaml", SHOP);
        work
    }

    pub(super) fn path(&self, rel: &str) -> PathBuf {
        self.dir.path().join(rel)
    }

    pub(super) fn write(&self, rel: &str, text: &str) {
        if let Some(dir) = self.path(rel).parent() {
            std::fs::create_dir_all(dir).unwrap();
        }
        std::fs::write(self.path(rel), text).unwrap();
    }

    pub(super) fn read(&self, rel: &str) -> String {
        std::fs::read_to_string(self.path(rel)).unwrap()
    }

    fn git(&self, args: &[&str]) {
        let who = ["-c", "user.name=t", "-c", "user.email=t@t.test"];
        let done = Command::new("git").args(who).args(args).current_dir(self.dir.path()).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    pub(super) fn cask(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cask"))
            .args(args)
            .current_dir(self.dir.path())
            .env_remove("CI")
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("HOME", self.home.path())
            .env("CASK_NON_INTERACTIVE", "1")
            .output()
            .unwrap()
    }

    /// Runs it; gives what it printed.
    pub(super) fn run(&self, code: i32, args: &[&str]) -> String {
        let out = self.cask(args);
        let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(code), "cask {args:?}\n{text}");
        text
    }

    fn mint(&self) -> String {
        self.run(0, &["mint", "openapi.yaml", "-o", "toolpacks/shop"])
    }

    /// Approves all of it.
    pub(super) fn approve(&self) {
        self.run(0, &["key", "new", "--no-passphrase"]);
        self.run(0, &["trust", "init", "--id", "alice"]);
        self.git(&["add", "-A"]);
        self.git(&["commit", "-qm", "toolpack and trust"]);
        self.run(0, &["trust", "accept", "--yes"]);
        let allow = ["gate", "allow", "--all", "--yes", "--reason", "looked at each"];
        self.run(0, &[&allow[..], &["--toolpack", "toolpacks/shop"]].concat());
        self.run(0, &["gate", "check", "--toolpack", "toolpacks/shop"]);
    }

    /// The files of the toolpack, by path.
    pub(super) fn files(&self) -> BTreeMap<String, String> {
        let shop = self.files_in("toolpacks/shop").into_iter();
        shop.map(|(path, text)| (format!("toolpacks/shop/{path}"), text)).collect()
    }

    /// The files of a toolpack, by path below its folder.
    pub(super) fn files_in(&self, folder: &str) -> BTreeMap<String, String> {
        let root = self.path(folder);
        let (mut all, mut todo) = (BTreeMap::new(), vec![root.clone()]);
        while let Some(at) = todo.pop() {
            for entry in std::fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => todo.push(path),
                    false => _ = all.insert(name(&root, &path), std::fs::read_to_string(&path).unwrap()),
                }
            }
        }
        all.retain(|path, _| !path.ends_with(".yaml.lock"));
        all
    }

    fn tools(&self) -> serde_json::Value {
        serde_json::from_str(&self.read("toolpacks/shop/artifact/tools.json")).unwrap()
    }
}

fn name(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/")
}

fn action<'a>(tools: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    tools["actions"].as_array().unwrap().iter().find(|a| a["name"] == name).unwrap()
}

/// Lines of one text that the other has not.
fn lost(before: &str, after: &str) -> Vec<String> {
    let mut there: BTreeMap<&str, i32> = BTreeMap::new();
    after.lines().for_each(|line| *there.entry(line).or_default() += 1);
    let mut gone = Vec::new();
    for line in before.lines() {
        match there.get_mut(line) {
            Some(n) if *n > 0 => *n -= 1,
            _ => gone.push(line.to_owned()),
        }
    }
    gone
}

#[test]
fn a_description_becomes_a_toolpack_that_a_person_would_have_written() {
    let work = Work::new();
    let said = work.mint();
    for part in [
        "openapi.yaml: OpenAPI",
        "6 tools from 6 operations",
        "why high",
        "delete_user",
        "nothing approved yet",
    ] {
        assert!(said.contains(part), "{part:?} is not in\n{said}");
    }
    let tools = work.tools();
    let names: Vec<&str> =
        tools["actions"].as_array().unwrap().iter().map(|a| a["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["cancel_order", "create_order", "delete_user", "get_user", "list_orders", "update_user"]
    );
    let get = action(&tools, "get_user");
    assert_eq!(get["tool_id"], "78d6f2c56a18d995", "the id of the format's own example");
    assert_eq!(get["inputs"], serde_json::json!({"expand": "query.expand", "user_id": "path.user_id"}));
    assert_eq!(get["description"], "Get a user. Returns: email, id");
    assert_eq!((&get["output"], &get["risk_tier"]), (&"200 application/json".into(), &"low".into()));
    assert_eq!(action(&tools, "create_order")["inputs"], serde_json::json!({"body": "body"}));
    assert_eq!(action(&tools, "update_user")["risk_tier"], "high");
    assert!(work.read("toolpacks/shop/toolpack.yaml").contains("toolpack_id: tp_1d915b164824"));
    for (args, code) in
        [(["lint", "--toolpack", "toolpacks/shop"], 0), (["diff", "--toolpack", "toolpacks/shop"], 0)]
    {
        work.run(code, &args);
    }
    work.run(0, &["gate", "status", "--toolpack", "toolpacks/shop"]);
}

#[test]
fn made_again_it_has_the_same_bytes_and_approvals_stay() {
    let work = Work::new();
    work.mint();
    let first = work.files();
    let said = work.mint();
    assert_eq!(work.files(), first);
    assert!(said.contains("as it was"), "{said}");

    work.approve();
    let approved = work.files();
    let said = work.mint();
    assert_eq!(work.files(), approved);
    assert!(said.contains("everything is approved"), "{said}");

    // An endpoint more: its tool is pending, the others stay approved.
    work.write(
        "openapi.yaml",
        &SHOP.replace(
            "  /orders:\n",
            "  /products: {get: {responses: {200: {description: ok}}}}\n  /orders:\n",
        ),
    );
    let said = work.mint();
    assert!(said.contains("1 of 7 tools not approved") && said.contains("list_products"), "{said}");
    let after = work.files();
    let changed: Vec<&String> = after.keys().filter(|path| after[*path] != approved[*path]).collect();
    assert_eq!(
        changed,
        [
            "toolpacks/shop/artifact/baseline.json",
            "toolpacks/shop/artifact/tools.json",
            "toolpacks/shop/artifact/toolsets.yaml",
            "toolpacks/shop/lockfile/caskmcp.lock.yaml"
        ]
    );
    for path in ["toolpacks/shop/artifact/tools.json", "toolpacks/shop/artifact/toolsets.yaml"] {
        assert!(lost(&approved[path], &after[path]).is_empty(), "{path}: only lines that are new");
    }
    let gone = lost(
        &approved["toolpacks/shop/artifact/baseline.json"],
        &after["toolpacks/shop/artifact/baseline.json"],
    );
    assert!(gone.len() == 1 && gone[0].contains("sha256:"), "the digest of the source: {gone:?}");
}

#[test]
fn what_changes_is_told_beside_the_tools_of_other_toolpacks() {
    let work = Work::new();
    work.mint();
    work.approve();
    let desk = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/desk");
    crate::support::copy(&desk, &work.path("toolpacks/desk"));
    let says = "  /products: {get: {summary: Use instead of search_articles, responses: {200: {description: ok}}}}\n";
    work.write("openapi.yaml", &SHOP.replace("  /orders:\n", &format!("{says}  /orders:\n")));
    let said = work.mint();
    assert!(said.contains("text.other-tool-reference"), "{said}");
}

#[test]
fn what_a_person_wrote_stays_and_what_has_gone_goes() {
    let work = Work::new();
    work.mint();
    let tools = "toolpacks/shop/artifact/tools.json";
    let by_hand = work.read(tools).replace("Get a user. Returns: email, id", "Get one user. Ask first.");
    work.write(tools, &by_hand);
    let sets = "toolpacks/shop/artifact/toolsets.yaml";
    work.write(
        sets,
        &(work.read(sets)
            + "  support:\n    description: What support needs\n    actions:\n    - get_user\n"),
    );
    work.write("openapi.yaml", &SHOP.replace("    delete: {responses: {204: {description: done}}}\n", ""));
    let said = work.mint();
    assert!(said.contains("cask gate withdraw") && said.contains("delete_user"), "{said}");
    assert!(work.read(tools).contains("Get one user. Ask first."));
    assert!(!work.read(tools).contains("delete_user") && !work.read(sets).contains("delete_user"));
    assert!(
        work.read(sets)
            .contains("support:\n    description: What support needs\n    actions:\n    - get_user")
    );
}

#[test]
fn an_operation_that_moved_keeps_its_tool() {
    let work = Work::new();
    work.mint();
    let id = action(&work.tools(), "cancel_order")["tool_id"].clone();
    work.write("openapi.yaml", &SHOP.replace("/orders/{order_id}/cancel", "/orders/{order_id}/cancellation"));
    work.run(
        0,
        &[
            "mint",
            "openapi.yaml",
            "-o",
            "toolpacks/shop",
            "--same",
            "cancel_order=POST /v1/orders/{order_id}/cancellation",
        ],
    );
    let moved = work.tools();
    let moved = action(&moved, "cancel_order");
    assert_eq!((&moved["tool_id"], &moved["path"]), (&id, &"/orders/{order_id}/cancellation".into()));
    assert_eq!(moved["aliases"].as_array().unwrap().len(), 1);
    let refused = work.run(3, &["mint", "openapi.yaml", "-o", "toolpacks/shop", "--same", "nothing=POST /x"]);
    assert!(refused.contains("names no operation"), "{refused}");
}

#[test]
fn nothing_is_written_where_nothing_can_be_made() {
    let work = Work::new();
    work.write("mcp.json", r#"{"error": {"code": 1}, "tools": []}"#);
    work.write("notes.json", r#"{"a": 1}"#);
    work.write("nohost.yaml", "openapi: 3.1.0\npaths: {/a: {get: {}}}\n");
    work.write("bad-scope.yaml", "name: x\nrules: [{filters: [{field: methd, value: GET}]}]\n");
    for (args, told) in [
        (&["mint", "openapi.yaml", "-a", "other.example"][..], "6 on other hosts (api.shop.example)"),
        (&["mint", "openapi.yaml", "-s", "auth_surface"], "6 outside of the scope auth_surface"),
        (&["mint", "openapi.yaml", "-s", "everything"], "agent_safe_readonly"),
        (&["mint", "openapi.yaml", "--scope-file", "bad-scope.yaml"], "no field \"methd\""),
        (&["mint", "openapi.yaml", "--scope-file", "none.yaml"], "no such file"),
        (&["mint", "openapi.yaml", "--input-format", "mcp-list"], "another kind"),
        (&["mint", "openapi.yaml", "openapi.yaml"], "named twice"),
        (&["mint", "openapi.yaml", "--name", "My Shop"], "--name my-shop"),
        (&["mint", "openapi.yaml", "--same", "x"], "OLD=NEW"),
        (&["mint", "nohost.yaml"], "names no host"),
        (&["mint", "mcp.json"], "answered with an error"),
        (&["mint", "notes.json"], "no description"),
        (&["mint", "none.yaml"], "no such file"),
        (&["mint", "ftp://app.shop.example"], "it is no address of a page"),
        (&["mint"], "SOURCE"),
    ] {
        // Lines are wrapped.
        let said = work.run(3, args).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(told), "{args:?}: {told:?} is not in\n{said}");
        assert!(!work.path("toolpacks").exists(), "{args:?} wrote something");
    }
    work.run(0, &["mint", "openapi.yaml", "--dry-run"]);
    assert!(!work.path("toolpacks").exists());
}

#[test]
fn a_listing_of_a_server_becomes_a_toolpack_too() {
    let work = Work::new();
    work.write(
        "files.json",
        r#"{"server": "files", "tools": [
        {"name": "read_file", "description": "Read", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": true}},
        {"name": "write_file", "description": "Write", "inputSchema": {"type": "object"}}]}"#,
    );
    let said = work.run(0, &["mint", "files.json"]);
    assert!(said.contains("MCP listing") && said.contains("toolpacks/files"), "{said}");
    let tools: serde_json::Value =
        serde_json::from_str(&work.read("toolpacks/files/artifact/tools.json")).unwrap();
    let write = action(&tools, "write_file");
    assert_eq!(
        (&write["kind"], &write["server"], &write["effect"]),
        (&"mcp".into(), &"files".into(), &"delete".into())
    );
    work.run(0, &["lint", "--toolpack", "toolpacks/files"]);
    work.run(0, &["gate", "status", "--toolpack", "toolpacks/files"]);
}

#[test]
fn several_descriptions_become_one_toolpack_in_any_order() {
    let work = Work::new();
    let other = r##"{"openapi": "3.1.0", "servers": [{"url": "https://pay.shop.example"}],
        "paths": {"/users/{id}": {"get": {"responses": {"200": {"description": "ok", "content":
        {"application/json": {"schema": {"$ref": "#/components/schemas/User"}}}}}}}},
        "components": {"schemas": {"User": {"type": "object", "properties": {"iban": {"type": "string"}}}}}}"##;
    work.write("pay.yaml", other);
    work.run(0, &["mint", "openapi.yaml", "pay.yaml", "-o", "toolpacks/shop"]);
    let first = work.files();
    std::fs::remove_dir_all(work.path("toolpacks")).unwrap();
    work.run(0, &["mint", "pay.yaml", "openapi.yaml", "-o", "toolpacks/shop"]);
    assert_eq!(work.files(), first);
    let baseline: serde_json::Value =
        serde_json::from_str(&first["toolpacks/shop/artifact/baseline.json"]).unwrap();
    assert_eq!(
        baseline["$defs"].as_object().unwrap().len(),
        3,
        "two of one name and another content, and Names"
    );
    // One of them alone says nothing of what the other describes.
    let said = work.mint();
    assert_eq!(work.files(), first);
    assert!(said.contains("kept"), "{said}");
}

#[test]
fn what_is_emitted_repeats_the_toolpack_and_is_a_description_again() {
    let work = Work::new();
    work.run(0, &["mint", "openapi.yaml", "-o", "toolpacks/shop", "--emit", "scopes,coverage,contract"]);
    let contract: serde_json::Value =
        serde_json::from_str(&work.read("toolpacks/shop/artifact/contract.json")).unwrap();
    let user = &contract["paths"]["/users/{user_id}"]["get"];
    assert_eq!(user["operationId"], "get_user");
    let schema = &user["responses"]["200"]["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/User");
    assert!(contract["components"]["schemas"]["User"].is_object());
    let scopes = work.read("toolpacks/shop/artifact/scopes.suggested.yaml");
    assert!(scopes.contains("scope_name: delete_users_high"), "{scopes}");
    assert!(work.read("toolpacks/shop/artifact/coverage_report.json").contains("\"declared\": 6"));
    // What lies there is kept in step, asked for or not.
    work.write("openapi.yaml", &SHOP.replace("  /orders:\n", "  /products: {get: {}}\n  /orders:\n"));
    work.mint();
    assert!(work.read("toolpacks/shop/artifact/contract.json").contains("list_products"));
    work.run(3, &["mint", "openapi.yaml", "--emit", "everything"]);
}

#[test]
fn a_first_mint_that_fails_late_leaves_nothing_behind() {
    let work = Work::new();
    // What judges cannot be read: known only when all is made.
    work.write(".caskmcp/trust.yaml", "schema: nonsense\n");
    let mint = ["mint", "openapi.yaml", "-o", "packs/team/shop"];
    work.run(3, &mint);
    assert!(!work.path("packs").exists());
    std::fs::remove_dir_all(work.path(".caskmcp")).unwrap();
    // A place that cannot be written, known only when the others are staged.
    work.write("packs/team/shop/artifact", "a file where a folder must be");
    work.run(3, &mint);
    let left: Vec<_> =
        work.path("packs/team/shop").read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["artifact"]);
    std::fs::remove_dir_all(work.path("packs")).unwrap();
    work.run(0, &mint);
}
