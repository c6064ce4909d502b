//! The same decisions over plain HTTP, for programs that speak no MCP: JSON in, JSON out, behind the same door.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use super::apart::apart;
use super::invoke::Ended;
use super::judge::{Call, Facts};
use super::listen::refused_with;
use super::served::Served;
use crate::enforce::attached::{Attached, Kind};
use crate::enforce::reason::{ReasonCode, Sent};
use crate::model::policy::DefaultAction;

/// Most bytes of a request.
const BODY: usize = 1 << 20;
/// How long the body of a request may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most calls that wait for a person and are listed.
const LISTED: usize = 100;

/// What answers are made from.
#[derive(Clone)]
struct Desk {
    served: Arc<Served>,
    /// Whether calls are made, and not only judged.
    executes: bool,
}

/// The routes of a gateway. `/health` is for whoever watches that it runs and is open to all who know the address; the
/// rest belongs behind a door.
pub fn routes(served: Arc<Served>, executes: bool) -> Router {
    let desk = Desk { served, executes };
    Router::new()
        .route("/actions", any(actions))
        .route("/policy", any(policy))
        .route("/pending", any(pending))
        .route("/evaluate", any(evaluate))
        .route("/execute", any(execute))
        .route("/confirm", any(gone))
        .route("/deny", any(gone))
        .fallback(async || refused_with(StatusCode::NOT_FOUND, "Not found"))
        .with_state(desk)
}

/// That it runs: nothing else is told, so nobody need be known.
pub fn health() -> Router {
    Router::new().route("/health", any(async || told(StatusCode::OK, &json!({"status": "ok"}))))
}

fn told(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], Body::from(format!("{value:#}\n"))).into_response()
}

/// Refuses any method but one.
fn only(method: &Method, wanted: Method) -> Result<(), Response> {
    match *method == wanted {
        true => Ok(()),
        false => {
            let mut response =
                refused_with(StatusCode::METHOD_NOT_ALLOWED, "the method is none of this address");
            if let Ok(value) = header::HeaderValue::from_str(wanted.as_str()) {
                response.headers_mut().insert(header::ALLOW, value);
            }
            Err(response)
        }
    }
}

async fn actions(State(desk): State<Desk>, method: Method) -> Response {
    if let Err(refused) = only(&method, Method::GET) {
        return refused;
    }
    apart(|| {
        let offers = desk.served.offers();
        let names: Vec<&str> = offers.iter().map(|offer| &*offer.tool.name).collect();
        match desk.served.trail.listed(names.len()) {
            Ok(()) => told(StatusCode::OK, &json!({"actions": names, "count": names.len()})),
            Err(refusal) => refused_with(StatusCode::INTERNAL_SERVER_ERROR, &refusal.message),
        }
    })
}

async fn policy(State(desk): State<Desk>, method: Method) -> Response {
    if let Err(refused) = only(&method, Method::GET) {
        return refused;
    }
    match desk.served.ready() {
        Err(refusal) => refused_with(StatusCode::SERVICE_UNAVAILABLE, &refusal.message),
        Ok(ready) => {
            let policy = &ready.state.pack.policy;
            let name = policy.raw.get("name").and_then(|name| name.as_text());
            let default = match policy.default_action {
                DefaultAction::Allow => "allow",
                DefaultAction::Deny => "deny",
            };
            told(
                StatusCode::OK,
                &json!({"name": name, "rules_count": policy.rules.len(), "default_action": default}),
            )
        }
    }
}

/// Calls that wait for a person: by their short ids, with which nobody can grant or use them.
async fn pending(State(desk): State<Desk>, method: Method) -> Response {
    if let Err(refused) = only(&method, Method::GET) {
        return refused;
    }
    let waiting = apart(|| desk.served.store.list(false));
    let Ok((waiting, _)) = waiting else {
        return refused_with(StatusCode::INTERNAL_SERVER_ERROR, "what waits can't be read");
    };
    let one = |waiting: &crate::io::confirmations::person::Waiting| {
        let challenge = &waiting.challenge;
        json!({"id": challenge.id.short(), "action_id": challenge.shown.tool,
            "tool_id": challenge.bindings.tool_id, "method": challenge.shown.method,
            "path": challenge.shown.path, "origin": challenge.shown.origin,
            "expires_at": challenge.expires / 1000})
    };
    let pending: Vec<Value> = waiting.iter().take(LISTED).map(one).collect();
    told(StatusCode::OK, &json!({"pending": pending}))
}

/// A confirmation is given where the server runs, never over this door.
async fn gone(method: Method) -> Response {
    match only(&method, Method::POST) {
        Err(refused) => refused,
        Ok(()) => refused_with(StatusCode::GONE, "a call is confirmed with cask confirm, not here"),
    }
}

/// A call as it was sent: `{"action", "params"?, "confirmation_token_id"?}`.
async fn call_of(request: Request) -> Result<Call, Response> {
    let (parts, body) = request.into_parts();
    only(&parts.method, Method::POST)?;
    if !is_json(&parts.headers) {
        return Err(refused_with(StatusCode::UNSUPPORTED_MEDIA_TYPE, "only application/json is read"));
    }
    let body = tokio::time::timeout(PATIENCE, to_bytes(body, BODY)).await;
    let body: Bytes = match body {
        Err(_) => return Err(refused_with(StatusCode::REQUEST_TIMEOUT, "the body did not come")),
        Ok(Err(_)) => return Err(refused_with(StatusCode::PAYLOAD_TOO_LARGE, "the body is over 1 MiB")),
        Ok(Ok(body)) => body,
    };
    read(&body).map_err(|why| refused_with(StatusCode::BAD_REQUEST, why))
}

fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn read(body: &[u8]) -> Result<Call, &'static str> {
    let value: Value = serde_json::from_slice(body).map_err(|_| "the body is not JSON")?;
    let Value::Object(mut members) = value else { return Err("the body is no object") };
    let name = match members.remove("action") {
        Some(Value::String(name)) => name,
        Some(_) => return Err("'action' is no text"),
        None => return Err("Missing 'action' field"),
    };
    let mut arguments = match members.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(arguments)) => arguments,
        Some(_) => return Err("'params' is no object"),
    };
    for key in ["confirmation_token_id", "confirmation_token"] {
        if let Some(token) = members.remove(key).filter(|token| !token.is_null()) {
            arguments.insert("confirmation_token_id".to_owned(), token);
        }
    }
    match members.is_empty() {
        true => Ok(Call { name, arguments }),
        false => Err("the body has a member that is not known"),
    }
}

async fn evaluate(State(desk): State<Desk>, request: Request) -> Response {
    let call = match call_of(request).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    match apart(|| desk.served.evaluate(&call)) {
        Ok((judged, left)) => {
            let (decision, code) = match judged.weighed.confirm {
                Some(_) => ("confirm", ReasonCode::ConfirmationRequired),
                None => ("allow", ReasonCode::AllowedPolicy),
            };
            let mut value = decided(decision, code, judged.weighed.confirm.as_deref(), &judged.facts);
            value["budget_remaining"] = json!(left);
            value["budget_effects"]["budget_remaining"] = json!(left);
            let fields: Vec<&String> = judged.weighed.redactions.iter().collect();
            value["redaction_summary"] = json!({"fields": fields});
            value["dry_run"] = json!(desk.served.how.dry_run);
            told(status_of(code), &value)
        }
        Err(denied) => {
            let ended = desk.served.refuse(&call, *denied);
            told(StatusCode::FORBIDDEN, &refused(&call.name, &ended))
        }
    }
}

async fn execute(State(desk): State<Desk>, request: Request) -> Response {
    if !desk.executes {
        return match only(request.method(), Method::POST) {
            Ok(()) => {
                refused_with(StatusCode::BAD_REQUEST, "calls are judged here and not made: --mode proxy")
            }
            Err(refused) => refused,
        };
    }
    let call = match call_of(request).await {
        Ok(call) => call,
        Err(refused) => return refused,
    };
    // Who hangs up gives the call up: this future is dropped and the guard tells the call, which goes on by itself until
    // what came of it is written down.
    let stop = CancellationToken::new();
    let _guard = stop.clone().drop_guard();
    let (served, made) = (Arc::clone(&desk.served), call.clone());
    let Ok(ended) = tokio::spawn(async move { served.call(made, stop).await }).await else {
        return refused_with(StatusCode::INTERNAL_SERVER_ERROR, "the call broke off");
    };
    match () {
        () if ended.is_answered => told(StatusCode::OK, &executed(&call.name, &ended)),
        () if desk.served.how.dry_run && ended.code == ReasonCode::AllowedPolicy => {
            told(StatusCode::OK, &body_of(&ended))
        }
        () if ended.sent != Sent::No => told(StatusCode::BAD_GATEWAY, &unanswered(&call.name, &ended)),
        () => told(status_of(ended.code), &refused(&call.name, &ended)),
    }
}

/// 200 for what is allowed, 403 for what is not, whatever stands in the body.
fn status_of(code: ReasonCode) -> StatusCode {
    match code {
        ReasonCode::AllowedPolicy | ReasonCode::AllowedConfirmationGranted => StatusCode::OK,
        _ => StatusCode::FORBIDDEN,
    }
}

fn decided(decision: &str, code: ReasonCode, message: Option<&str>, facts: &Facts) -> Value {
    let confirm = decision == "confirm";
    let limited = code == ReasonCode::RateLimited;
    json!({
        "decision": decision, "reason_code": code.word(), "reason": message,
        "allowed": decision == "allow", "requires_confirmation": confirm,
        "confirmation_token_id": null, "confirmation_token": null,
        "confirmation_message": message.filter(|_| confirm),
        "budget_exceeded": limited, "budget_remaining": null,
        "rule_id": facts.rules.first(), "redaction_summary": {"fields": []},
        "budget_effects": {"budget_exceeded": limited, "budget_remaining": null},
        "audit_fields": {"tool_id": facts.tool_id, "method": facts.method, "path": facts.template,
            "origin": facts.origin, "call_id": facts.call_id},
        "dry_run": false
    })
}

fn refused(name: &str, ended: &Ended) -> Value {
    let decision = if ended.token.is_some() { "confirm" } else { "deny" };
    let mut value = decided(decision, ended.code, Some(&ended.reason), &ended.facts);
    value["executed"] = json!(false);
    value["action"] = json!(name);
    value["confirmation_token_id"] = json!(ended.token);
    value["confirmation_token"] = json!(ended.token);
    value
}

/// A call that was allowed, and left, and gives no answer. `executed` is null where nobody knows.
fn unanswered(name: &str, ended: &Ended) -> Value {
    let mut value = decided("allow", ended.code, Some(&ended.reason), &ended.facts);
    value["executed"] = if ended.sent == Sent::Yes { json!(true) } else { Value::Null };
    value["action"] = json!(name);
    value
}

fn executed(name: &str, ended: &Ended) -> Value {
    let body = body_of(ended);
    // Where there is more to say than the answer, it stands in an envelope.
    let data = match ended.reply.is_bare {
        true => body,
        false => body.get("data").cloned().unwrap_or(Value::Null),
    };
    let mut value = json!({
        "decision": "allow", "allowed": true, "executed": true, "action": name,
        "response": {"status_code": ended.status, "body": data}, "reason_code": ended.code.word(),
        "truncated": ended.reply.truncated
    });
    if !ended.reply.attached.is_empty() {
        value["response"]["attached"] = ended.reply.attached.iter().map(beside).collect();
    }
    value
}

/// What is handed on beside the body, as the protocol of agents has it.
fn beside(Attached { kind, media, data }: &Attached) -> Value {
    match kind {
        Kind::Image => json!({"type": "image", "mimeType": media, "data": data}),
        Kind::Audio => json!({"type": "audio", "mimeType": media, "data": data}),
        Kind::Resource(uri) => {
            json!({"type": "resource", "resource": {"uri": uri, "mimeType": media, "blob": data}})
        }
    }
}

/// What agents would have been told, as data.
fn body_of(ended: &Ended) -> Value {
    let text = || serde_json::from_str(&ended.reply.text).unwrap_or_else(|_| json!(ended.reply.text));
    ended.reply.structured.clone().unwrap_or_else(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_call_or_it_is_told_why_not() {
        let call = read(br#"{"action": "x", "params": {"a": 1}, "confirmation_token": "t"}"#).unwrap();
        assert_eq!((call.name.as_str(), call.arguments.len()), ("x", 2));
        assert_eq!(call.arguments["confirmation_token_id"], "t");
        for (body, why) in [
            ("{", "the body is not JSON"),
            ("[]", "the body is no object"),
            ("{}", "Missing 'action' field"),
            (r#"{"action": 1}"#, "'action' is no text"),
            (r#"{"action": "x", "params": []}"#, "'params' is no object"),
            (r#"{"action": "x", "mode": "execute"}"#, "the body has a member that is not known"),
        ] {
            assert_eq!(read(body.as_bytes()).err(), Some(why), "{body}");
        }
    }
}
