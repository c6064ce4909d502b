//! What approvals are worth: verified each time, and never believed because a file says so.

use cask::model::lockfile::Status;
use serde_json::{Value, json};

use super::{LOCK, Shop, TOOLS};
use crate::mcp::Client;

const GET_USER: &str = "78d6f2c56a18d995";
const REFUND: &str = "7de72ab2531e0c3e";

fn status(client: &mut Client, name: &str) -> Value {
    client.call("caskmcp_get_approval_status", json!({"action_name": name, "toolset": "support"})).ok()
}

/// Status, signature, whether it would be served, and with which code not.
fn told(client: &mut Client, name: &str) -> [Value; 4] {
    let said = status(client, name);
    ["status", "signature", "usable", "reason_code"].map(|member| said[member].clone())
}

#[test]
fn a_tool_that_was_signed_is_approved_and_its_signatures_are_valid() {
    let shop = Shop::signed();
    let mut client = shop.inspect();
    assert_eq!(told(&mut client, "get_user"), [json!("approved"), json!("valid"), json!(true), Value::Null]);
    let refund = status(&mut client, "issue_refund");
    assert_eq!((&refund["have"], &refund["need"]), (&json!(2), &json!(2)));
    assert_eq!(refund["approved_by"], "alice, bob");
    assert!(refund["approved_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(refund["approved_toolsets"], json!(["support"]));
    assert_eq!(refund["problems"], json!([]));
    assert_eq!(client.call("caskmcp_list_pending_approvals", json!({})).ok()["total_pending"], 0);
    let summary = client.call("caskmcp_risk_summary", json!({})).ok();
    assert_eq!(summary["approval_summary"]["approved"], 6);
    let gate = client.call("cask_gate_check", json!({})).ok();
    assert_eq!((&gate["verdict"], &gate["findings"]), (&json!("pass"), &json!([])));
}

#[test]
fn what_nobody_signed_is_pending() {
    let shop = Shop::pending();
    let mut client = shop.inspect();
    let pending = client.call("caskmcp_list_pending_approvals", json!({})).ok();
    assert_eq!(pending["total_pending"], 6);
    assert_eq!(pending["message"], "6 action(s) require approval before use");
    let code = json!("denied_not_approved");
    assert_eq!(told(&mut client, "get_user"), [json!("pending"), json!("missing"), json!(false), code]);
    let gate = client.call("cask_gate_check", json!({"toolset": "readonly"})).ok();
    assert_ne!(gate["verdict"], "pass");
    assert!(gate["findings_total"].as_u64().unwrap() >= 3, "{gate}");
    // One of two signed what needs both.
    shop.allow("alice", &["--all"]);
    let refund = status(&mut client, "issue_refund");
    assert_eq!((&refund["status"], &refund["signature"]), (&json!("pending"), &json!("valid")));
    assert_eq!((&refund["have"], &refund["need"]), (&json!(1), &json!(2)));
    assert_eq!(refund["approved_by"], Value::Null, "nobody has approved it yet");
}

/// The reference system shows what the lockfile says.
#[test]
fn a_status_that_nobody_signed_is_not_believed() {
    let shop = Shop::signed();
    shop.forge(|lock| {
        let entry = lock.tools.get_mut(GET_USER).unwrap();
        entry.approvals.clear();
        assert_eq!(entry.status, Status::Approved);
    });
    let mut client = shop.inspect();
    let code = json!("denied_approval_signature_required");
    assert_eq!(told(&mut client, "get_user"), [json!("pending"), json!("missing"), json!(false), code]);
}

/// In the reference system another name could be written beside a signature.
#[test]
fn a_signature_under_another_name_is_invalid() {
    let shop = Shop::signed();
    shop.forge(|lock| {
        let approvals = &mut lock.tools.get_mut(GET_USER).unwrap().approvals;
        approvals.truncate(1);
        let other = if approvals[0].signer == "alice" { "bob" } else { "alice" };
        approvals[0].signer = other.to_owned();
    });
    let mut client = shop.inspect();
    let code = json!("denied_approval_signature_invalid");
    assert_eq!(told(&mut client, "get_user"), [json!("pending"), json!("invalid"), json!(false), code]);
    assert_eq!(status(&mut client, "get_user")["problems"][0]["rule"], "sig.wrong-signer");
}

#[test]
fn a_signature_that_was_altered_is_invalid() {
    let shop = Shop::signed();
    shop.forge(|lock| {
        let (mut other, entry) =
            (lock.tools[REFUND].approvals.clone(), lock.tools.get_mut(GET_USER).unwrap());
        entry.approvals.truncate(1);
        let who = entry.approvals[0].signer.clone();
        other.retain(|approval| approval.signer == who);
        entry.approvals[0].signature = other[0].signature.clone();
    });
    let mut client = shop.inspect();
    let [status, signature, usable, _] = told(&mut client, "get_user");
    assert_eq!([status, signature, usable], [json!("pending"), json!("invalid"), json!(false)]);
}

#[test]
fn a_signature_of_somebody_who_is_not_listed_is_untrusted() {
    let shop = Shop::signed();
    shop.forge(|lock| {
        let approvals = &mut lock.tools.get_mut(GET_USER).unwrap().approvals;
        approvals.truncate(1);
        approvals[0].signer = "mallory".to_owned();
    });
    let mut client = shop.inspect();
    let [status, signature, usable, _] = told(&mut client, "get_user");
    assert_eq!([status, signature, usable], [json!("pending"), json!("untrusted"), json!(false)]);
}

#[test]
fn without_a_trust_file_no_signature_is_trusted() {
    let shop = Shop::signed();
    let place = crate::support::Place::new();
    crate::support::copy(&shop.place.path(super::PACK), &place.path(super::PACK));
    let mut client = Client::open(&mut place.command(&["inspect", "--toolpack", super::PACK]));
    let code = json!("denied_not_approved");
    assert_eq!(told(&mut client, "get_user"), [json!("pending"), json!("untrusted"), json!(false), code]);
    let message = client.call("caskmcp_list_pending_approvals", json!({})).ok()["message"].clone();
    assert!(message.as_str().unwrap().contains("there is no trust file"), "{message}");
}

#[test]
fn a_tool_that_changed_after_it_was_signed_is_told_while_the_server_runs() {
    let shop = Shop::signed();
    let mut client = shop.inspect();
    assert_eq!(told(&mut client, "get_user")[0], "approved");
    shop.edit(TOOLS, "Get one user by id. Returns: email, id.", "Get a user.");
    let code = json!("denied_integrity_mismatch");
    assert_eq!(told(&mut client, "get_user"), [json!("pending"), json!("invalid"), json!(false), code]);
    let pending = client.call("caskmcp_list_pending_approvals", json!({})).ok();
    assert_eq!(pending["pending_actions"][0]["change_type"], "modified");
    // What can't be read is no reason to answer from memory.
    let sound = shop.place.read(TOOLS);
    shop.place.write(TOOLS, "{");
    let trouble = client.call("caskmcp_list_actions", json!({})).error();
    assert!(trouble["error"].as_str().unwrap().contains("can't be read as they are now"), "{trouble}");
    shop.place.write(TOOLS, sound.replace("Get a user.", "Get one user by id. Returns: email, id."));
    assert_eq!(told(&mut client, "get_user")[0], "approved");
}

#[test]
fn a_refusal_is_told_with_its_reason() {
    let shop = Shop::signed();
    shop.ok(&["gate", "block", "get_user", "--reason", "too much", "--key", "bob", "--yes"]);
    shop.forge(|lock| {
        let approvals = &mut lock.tools.get_mut(GET_USER).unwrap().approvals;
        approvals.retain(|approval| approval.signer == "bob");
    });
    let mut client = shop.inspect();
    let said = status(&mut client, "get_user");
    assert_eq!((&said["status"], &said["rejection_reason"]), (&json!("rejected"), &json!("too much")));
    let rejected = client.call("caskmcp_list_actions", json!({"filter_status": "rejected"})).ok();
    assert_eq!(rejected["total"], 1);
}

/// The reference system took `./caskmcp.lock.yaml` whatever it was asked about, and none for none.
#[test]
fn the_lockfile_is_the_toolpacks_own_and_one_that_is_named_has_to_be_there() {
    let shop = Shop::signed();
    shop.place.write("caskmcp.lock.yaml", "not a lockfile");
    assert_eq!(told(&mut shop.inspect(), "get_user")[0], "approved");
    let args = ["inspect", "--toolpack", super::PACK, "--lockfile", "no-such.yaml"];
    assert!(shop.place.cask(&args).failed().contains("there is no such lockfile"));
    let mut client = shop.inspect_with(&["--lockfile", LOCK]);
    assert_eq!(told(&mut client, "get_user")[0], "approved");
    // `cask gate check` judges the toolpack's own.
    assert!(
        client.call("cask_gate_check", json!({})).error()["error"].as_str().unwrap().contains("Unknown tool")
    );
}
