//! A repository with five toolpacks, all approved on `main`.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::OnceLock;

use super::forge::{PACK, THEN, World, copy};

/// Toolpacks beside the shop, with their ids.
const OTHERS: [(&str, &str); 4] = [
    ("packs/a", "tp_00000000000a"),
    ("packs/b", "tp_00000000000b"),
    ("deep/er/c", "tp_00000000000c"),
    ("d", "tp_00000000000d"),
];
const NEW_TOOL: &str = "0123456789abcdef";

/// Copies a toolpack under another id; what was signed for the other counts for nothing.
pub fn copy_as(w: &World, from: &str, to: &str, ids: (&str, &str)) {
    copy(&w.path(from), &w.path(to));
    for file in ["toolpack.yaml", "artifact/tools.json", "lockfile/caskmcp.lock.yaml"] {
        let path = format!("{to}/{file}");
        w.write(&path, w.read(&path).replace(ids.0, ids.1));
    }
}

/// A tool under a name of its own, with its operation.
pub fn add_tool(w: &World, pack: &str, name: &str, description: &str) {
    w.json(&format!("{pack}/artifact/tools.json"), |file| {
        let mut new = file["actions"][2].clone();
        new["tool_id"] = NEW_TOOL.into();
        new["name"] = name.into();
        new["path"] = "/invoices/{order_id}".into();
        new["description"] = description.into();
        file["actions"].as_array_mut().expect("actions").insert(2, new);
    });
    w.json(&format!("{pack}/artifact/baseline.json"), |baseline| {
        let mut new = baseline["operations"]["api.shop.example/v1/orders/{order_id} GET"].clone();
        new["stable_id"] = NEW_TOOL.into();
        new["operation_id"] = "getInvoice".into();
        baseline["operations"]["api.shop.example/v1/invoices/{order_id} GET"] = new;
    });
    w.replace(
        &format!("{pack}/artifact/toolsets.yaml"),
        "    description: Only reads.\n    actions:\n",
        &format!("    description: Only reads.\n    actions:\n    - {name}\n"),
    );
}

/// Five toolpacks, all approved on `main`; one of them has a tool that no other has.
pub fn market() -> World {
    static TEMPLATE: OnceLock<World> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| {
        let mut w = World::shop();
        for (dir, id) in OTHERS {
            copy_as(&w, PACK, dir, ("tp_1d915b164824", id));
            if dir == "d" {
                add_tool(&w, dir, "get_invoice", "Get an invoice.");
            }
            let mut lock = w.lock(dir);
            lock.surface.approvals.clear();
            lock.tools.values_mut().for_each(|entry| entry.approvals.clear());
            w.put_lock(dir, &lock);
            w.approve_all(dir, THEN);
        }
        w.merge();
        w
    });
    let w = World::empty();
    std::fs::remove_dir_all(w.path("")).expect("removed");
    copy(&template.path(""), &w.path(""));
    w
}
