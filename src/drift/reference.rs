//! What drifted, as the reference system tells it in its drift.json and drift.md, for those who read them.
//!
//! The format and the words of its rules are facts of that system (drift.md §4, §5). What only ours can tell is
//! of the type that its reader would act on alike: breaking, risk, parameter or schema.

use std::collections::HashMap;

use super::surface::Surface;
use crate::canon::{Node, digest, json};
use crate::model::drift_file::{DriftFile, Item};
use crate::model::finding::Finding;
use crate::model::phrase::Part;
use crate::rules::{Axis, Family, Severity, op, par, req, res, tool};

/// The file.
pub fn file(old: &Surface, new: &Surface, findings: &[Finding], exit_code: u8) -> DriftFile {
    let mut places: HashMap<String, (String, String, String)> = HashMap::new();
    for surface in [old, new] {
        for locked in &surface.operations {
            let id = &locked.content.stable_id;
            let place = (id.clone(), locked.method.clone(), locked.full_path());
            places.insert(surface.subject(id, "").id, place);
        }
    }
    let mut drifts: Vec<Item> = findings.iter().map(|f| item(f, places.get(&f.subject.id))).collect();
    drifts.sort_by_key(|i| {
        let text = |t: &Option<String>| t.clone().unwrap_or_default();
        (i.kind, i.severity, text(&i.method), text(&i.path), i.title.clone(), i.description.clone())
    });
    // One endpoint's credential is one drift, whatever changed about it.
    drifts.dedup_by(|a, b| a.id == b.id);
    let of = |kind: &str| drifts.iter().filter(|d| d.kind == kind).count();
    let baseline = old.source.baseline.raw.get("capture_id").and_then(Node::as_text);
    let ids = Node::map([
        ("drift_ids", Node::texts(drifts.iter().map(|d| d.id.as_str()))),
        ("from_baseline_id", baseline.map_or_else(Node::null, Node::text)),
        ("from_capture_id", Node::null()),
        ("to_capture_id", Node::null()),
    ]);
    let breaks = of("breaking") + of("auth") > 0;
    DriftFile {
        id: format!("drift_{}", hash(&ids)),
        schema_version: "1.0",
        generated_at: "1970-01-01T00:00:00Z",
        from_capture_id: None,
        to_capture_id: None,
        from_baseline_id: baseline.map(str::to_owned),
        from_timestamp: None,
        to_timestamp: None,
        total_drifts: drifts.len(),
        breaking_count: of("breaking"),
        auth_count: of("auth"),
        risk_count: of("risk"),
        additive_count: of("additive"),
        schema_count: of("schema"),
        parameter_count: of("parameter"),
        contract_count: 0,
        unknown_count: 0,
        has_breaking_changes: breaks,
        requires_review: breaks || of("risk") > 0,
        exit_code,
        drifts,
    }
}

fn hash(node: &Node) -> String {
    digest::sha256_hex(json::canonical(node).as_bytes()).chars().take(12).collect()
}

fn item(finding: &Finding, place: Option<&(String, String, String)>) -> Item {
    let (id, method, path) = place.cloned().unwrap_or_default();
    let request = format!("{method} {path}");
    let told = told(finding, &request, (&method, &path));
    let some = |text: String| (!text.is_empty()).then_some(text);
    let mut item = Item {
        id: String::new(),
        kind: told.kind.0,
        severity: told.kind.1,
        endpoint_id: some(id),
        path: some(path),
        method: some(method),
        title: told.title,
        description: told.description,
        before: told.before,
        after: told.after,
        recommendation: told.advice,
    };
    let text = |t: &Option<String>| t.as_deref().map_or_else(Node::null, Node::text);
    let value = |n: &Option<Node>| n.clone().unwrap_or_else(Node::null);
    item.id = format!(
        "d_{}",
        hash(&Node::map([
            ("after", value(&item.after)),
            ("before", value(&item.before)),
            ("description", Node::text(&item.description)),
            ("endpoint_id", text(&item.endpoint_id)),
            ("method", text(&item.method)),
            ("path", text(&item.path)),
            ("severity", Node::text(item.severity)),
            ("title", Node::text(&item.title)),
            ("type", Node::text(item.kind)),
        ]))
    );
    item
}

/// A finding in the words of the reference system.
struct Told {
    /// Type and severity.
    kind: (&'static str, &'static str),
    title: String,
    description: String,
    advice: Option<&'static str>,
    before: Option<Node>,
    after: Option<Node>,
}

fn told(finding: &Finding, request: &str, (method, path): (&str, &str)) -> Told {
    let name = field(finding);
    let endpoint = || Some(Node::map([("method", Node::text(method)), ("path", Node::text(path))]));
    let named = |key: &'static str| Some(Node::map([(key, Node::text(&name))]));
    let with = |key: &'static str, required: bool| {
        Some(Node::map([(key, Node::text(&name)), ("required", Node::bool(required))]))
    };
    let make = |kind, title: String, description: String, advice, before, after| Told {
        kind,
        title,
        description,
        advice,
        before,
        after,
    };
    match finding.rule {
        r if [op::REMOVED, op::REMOVED_AFTER_SUNSET, op::REMOVED_BEFORE_SUNSET].contains(&r) => make(
            ("breaking", "critical"),
            "Endpoint removed".into(),
            format!("{request} was removed"),
            Some("Restore endpoint or update consumers"),
            endpoint(),
            None,
        ),
        r if r == op::ADDED_READ => make(
            ("additive", "info"),
            "New read-only endpoint".into(),
            format!("{request} was added"),
            None,
            None,
            endpoint(),
        ),
        r if [op::ADDED_WRITE, op::ADDED_DESTRUCTIVE, op::ADDED_PRIVILEGED].contains(&r) => make(
            ("risk", "warning"),
            "New state-changing endpoint".into(),
            format!("{request} was added"),
            Some("Review and add to policy before enabling"),
            None,
            endpoint(),
        ),
        r if r == tool::RISK_RAISED => {
            let tier = |n: &Option<Node>| n.as_ref().and_then(Node::as_text).unwrap_or_default().to_owned();
            let value = |n: &Option<Node>| Some(Node::map([("risk_tier", Node::text(tier(n)))]));
            let words = format!("Risk changed from {} to {}", tier(&finding.before), tier(&finding.after));
            let title = "Risk tier escalated".into();
            make(("risk", "warning"), title, words, None, value(&finding.before), value(&finding.after))
        }
        r if r.family == Family::Auth => make(
            ("auth", "critical"),
            "Auth type changed".into(),
            format!("Auth changed: {}", finding.change.plain()),
            Some("Update client authentication"),
            finding.before.clone(),
            finding.after.clone(),
        ),
        r if r == par::REQUIRED_ADDED => make(
            ("parameter", "warning"),
            format!("Parameter added: {name}"),
            format!("New required parameter '{name}' added"),
            None,
            None,
            with("name", true),
        ),
        r if [par::OPTIONAL_ADDED, par::OPTIONAL_ADDED_SINK, par::OPTIONAL_ADDED_FREEFORM].contains(&r) => {
            make(
                ("parameter", "info"),
                format!("Parameter added: {name}"),
                format!("New parameter '{name}' added"),
                None,
                None,
                with("name", false),
            )
        }
        r if r == par::REMOVED => make(
            ("parameter", "info"),
            format!("Parameter removed: {name}"),
            format!("Parameter '{name}' was removed"),
            None,
            named("name"),
            None,
        ),
        r if [res::FIELD_REQUIRED_REMOVED, res::FIELD_OPTIONAL_REMOVED].contains(&r) => make(
            ("breaking", "error"),
            format!("Response field removed: {name}"),
            format!("Field '{name}' removed from response"),
            Some("Update consumers to handle missing field"),
            named("field"),
            None,
        ),
        r if [res::FIELD_ADDED, res::FIELD_SENSITIVE_ADDED, res::FIELD_FREEFORM_ADDED].contains(&r) => make(
            ("schema", "info"),
            format!("Response field added: {name}"),
            format!("New field '{name}' added to response"),
            None,
            None,
            named("field"),
        ),
        r if r == req::FIELD_REQUIRED_ADDED => make(
            ("breaking", "warning"),
            format!("Required request field added: {name}"),
            format!("New required field '{name}' added to request"),
            Some("Update callers to provide this field"),
            None,
            with("field", true),
        ),
        r if [req::FIELD_OPTIONAL_ADDED, req::FIELD_SINK_ADDED].contains(&r) => make(
            ("schema", "info"),
            format!("Optional request field added: {name}"),
            format!("New optional field '{name}' added to request"),
            None,
            None,
            with("field", false),
        ),
        r if r == req::FIELD_REMOVED => make(
            ("schema", "info"),
            format!("Request field removed: {name}"),
            format!("Field '{name}' removed from request"),
            None,
            named("field"),
            None,
        ),
        rule => {
            let grave = finding.severity >= Severity::High;
            let kind = match rule.family {
                _ if grave && rule.is_on(Axis::Contract) => ("breaking", "error"),
                _ if grave => ("risk", "warning"),
                Family::Par => ("parameter", "info"),
                _ => ("schema", "info"),
            };
            let title = format!("{}: {}", rule.id, rule.title);
            let (before, after) = (finding.before.clone(), finding.after.clone());
            make(kind, title, finding.change.plain(), None, before, after)
        }
    }
}

/// The field or parameter that a finding names first, without where it travels.
fn field(finding: &Finding) -> String {
    let quoted = finding.change.0.iter().find_map(|part| match part {
        Part::Quote(text) => Some(text.as_str()),
        Part::Say(_) => None,
    });
    let text = quoted.unwrap_or_default();
    let text = text.rsplit(' ').next().unwrap_or_default();
    let wire = ["query.", "path.", "header.", "cookie."];
    wire.iter().find_map(|w| text.strip_prefix(w)).unwrap_or(text).to_owned()
}
