//! A small toolpack of generation 2 as text, for tests that change one thing and judge the difference.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::baseline::Baseline;
use super::policy::Policy;
use super::testing::node;
use super::tool::Manifest;
use super::toolpack::{Header, Toolpack};
use super::toolset::Toolsets;
use crate::canon::Fault;

/// The five files of a toolpack, before they are read.
#[derive(Debug, Clone)]
pub(crate) struct PackText {
    pub(crate) header: Value,
    pub(crate) tools: Value,
    pub(crate) toolsets: Value,
    pub(crate) policy: Value,
    pub(crate) baseline: Value,
}

impl PackText {
    /// Two tools of one host: `list_products` reads, `create_order` writes and is confirmed.
    pub(crate) fn shop() -> PackText {
        let mut text = PackText {
            header: json!({
                "schema_version": "2.0", "toolpack_id": "tp_shop", "name": "shop",
                "allowed_hosts": ["api.shop.example"],
                "paths": {"tools": "artifact/tools.json", "toolsets": "artifact/toolsets.yaml",
                    "policy": "artifact/policy.yaml", "baseline": "artifact/baseline.json",
                    "lockfile": "lockfile/caskmcp.lock.yaml"},
                "runtime": {"mode": "local"}
            }),
            tools: json!({"schema_version": "2.0", "toolpack_id": "tp_shop", "actions": []}),
            toolsets: json!({"schema_version": "2.0", "default_toolset": "readonly", "toolsets": {
                "readonly": {"description": "Only reads", "actions": []},
                "operator": {"description": "Everything", "actions": []}}}),
            policy: json!({"schema_version": "2.0", "name": "p", "default_action": "deny", "audit_all": true,
                "redact_headers": ["authorization"],
                "rules": [
                    {"id": "allow-reads", "name": "r", "type": "allow", "match": {"methods": ["GET"]}, "priority": 10},
                    {"id": "confirm-writes", "name": "w", "type": "confirm", "priority": 20,
                        "match": {"methods": ["POST", "PUT", "PATCH", "DELETE"]}}]}),
            baseline: json!({"schema_version": "2.0",
                "security_schemes": {"bearer": {"type": "http", "scheme": "bearer"}}, "operations": {}}),
        };
        text.add("create_order", "POST", "/orders");
        text.add("list_products", "GET", "/products");
        text.put("readonly", "list_products");
        text.put("operator", "list_products");
        text.put("operator", "create_order");
        text
    }

    /// The same with a change.
    pub(crate) fn edit(mut self, change: impl FnOnce(&mut PackText)) -> PackText {
        change(&mut self);
        self
    }

    /// Adds a tool with its operation.
    pub(crate) fn add(&mut self, name: &str, method: &str, path: &str) {
        let reads = method == "GET";
        let id = format!("id-{name}");
        self.actions().push(json!({
            "name": name, "tool_id": id, "kind": "http", "title": name, "description": format!("{name} of the shop."),
            "method": method, "host": "api.shop.example", "base_path": "/v1", "path": path,
            "inputs": {"note": "query.note"},
            "input_schema": {"type": "object", "properties": {"note": {"type": "string", "description": "A note."}}},
            "effect": if reads { "read" } else { "write" },
            "risk_tier": if reads { "safe" } else { "medium" },
            "confirmation_required": if reads { "never" } else { "always" },
            "rate_limit_per_minute": 60, "security": [{"bearer": []}]
        }));
        self.baseline["operations"][format!("api.shop.example/v1{path} {method}")] = json!({
            "stable_id": id, "basis": "declared", "base_path": "/v1", "security": [{"bearer": []}],
            "responses": {"200": {"content": {"application/json": {"type": "object",
                "properties": {"id": {"type": "integer"}}}}}}
        });
    }

    /// Removes a tool from everywhere.
    pub(crate) fn remove(&mut self, name: &str) {
        self.actions().retain(|a| a["name"] != name);
        let id = format!("id-{name}");
        if let Some(operations) = self.baseline["operations"].as_object_mut() {
            operations.retain(|_, o| o["stable_id"] != id.as_str());
        }
        for set in ["readonly", "operator"] {
            if let Some(actions) = self.toolsets["toolsets"][set]["actions"].as_array_mut() {
                actions.retain(|a| a != name);
            }
        }
    }

    /// Puts a tool into a set.
    pub(crate) fn put(&mut self, set: &str, name: &str) {
        self.toolsets["toolsets"][set]["actions"].as_array_mut().unwrap().push(json!(name));
    }

    fn actions(&mut self) -> &mut Vec<Value> {
        self.tools["actions"].as_array_mut().unwrap()
    }

    /// A tool's action.
    pub(crate) fn action(&mut self, name: &str) -> &mut Value {
        self.actions().iter_mut().find(|a| a["name"] == name).unwrap()
    }

    /// A tool's operation.
    pub(crate) fn operation(&mut self, name: &str) -> &mut Value {
        let id = format!("id-{name}");
        let operations = self.baseline["operations"].as_object_mut().unwrap();
        operations.values_mut().find(|o| o["stable_id"] == id.as_str()).unwrap()
    }

    /// Reads the files and puts them together, as from folder `packs/shop`.
    pub(crate) fn read(&self) -> Result<Toolpack, Fault> {
        let tree = |value: &Value| node(&value.to_string());
        let file = |name: &str| format!("packs/shop/{name}");
        Toolpack::assemble(
            "packs/shop",
            Header::read(&file("toolpack.yaml"), tree(&self.header))?,
            Manifest::read(&file("artifact/tools.json"), tree(&self.tools))?,
            Toolsets::read(&file("artifact/toolsets.yaml"), &tree(&self.toolsets))?,
            Policy::read(&file("artifact/policy.yaml"), &tree(&self.policy))?,
            Baseline::read(&file("artifact/baseline.json"), tree(&self.baseline))?,
            BTreeMap::new(),
        )
    }

    /// The toolpack.
    pub(crate) fn build(&self) -> Toolpack {
        self.read().unwrap()
    }
}
