//! What callers must prove, as a document says it: schemes by name, and the alternatives of an operation.

use super::document::{Document, Found, Version};
use super::made::{Made, at};
use super::schemas::{Schemas, unresolved};
use crate::canon::{Fault, Node, Value};
use crate::model::at::At;
use crate::model::baseline::UNRESOLVED;
use crate::source::sourced::Notes;

/// Schemes by name, as OpenAPI 3 has them.
pub(super) fn schemes<'a>(
    document: &Document<'a>,
    schemas: &mut Schemas<'a>,
    notes: &mut Notes,
) -> Result<Made, Fault> {
    let root = document.at();
    let declared = match document.version {
        Version::V2 => root.optional("securityDefinitions"),
        _ => root.optional("components").and_then(|c| c.optional("securitySchemes")),
    };
    let mut made = Made::new(root.node.line);
    for (name, scheme) in declared.map(|d| d.members()).transpose()?.unwrap_or_default() {
        let line = scheme.node.line;
        let scheme = match document.resolve(scheme) {
            Found::There(scheme) => scheme,
            Found::Lost(reference) => {
                notes.add(unresolved(reference));
                // Left out, it would be as good as one that has a name and nothing else.
                made.put(name, at(line, Node::map([(UNRESOLVED, at(line, Node::text(reference)))])));
                continue;
            }
        };
        scheme.map()?;
        let node = match document.version {
            Version::V2 => v2(&scheme, schemas)?,
            _ => schemas.value(scheme.file, scheme.node)?,
        };
        made.put(name, node);
    }
    Ok(made.sorted())
}

/// A scheme of 2.0 as 3.0 spells it.
fn v2(scheme: &At, schemas: &mut Schemas) -> Result<Node, Fault> {
    let mut made = Made::new(scheme.node.line);
    match scheme.text_of("type")? {
        "basic" => {
            made.put("type", Node::text("http"));
            made.put("scheme", Node::text("basic"));
        }
        "oauth2" => {
            let flow = match scheme.opt_text("flow")?.unwrap_or_default() {
                "application" => "clientCredentials",
                "accessCode" => "authorizationCode",
                other => other,
            };
            let mut inner = Made::new(scheme.node.line);
            for key in ["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"] {
                if let Some(value) = scheme.node.get(key) {
                    inner.put(key, schemas.value(scheme.file, value)?);
                }
            }
            let mut flows = Made::new(scheme.node.line);
            flows.put(flow, inner.node());
            made.put("type", Node::text("oauth2"));
            made.put("flows", flows.node());
        }
        _ => return schemas.value(scheme.file, scheme.node),
    }
    made.put_some("description", scheme.node.get("description").cloned());
    Ok(made.node())
}

/// The alternatives that a member `security` lists, each with its scopes in order; `None` if it is not there.
pub(super) fn alternatives(holder: &At) -> Result<Option<Node>, Fault> {
    let Some(list) = holder.optional("security") else { return Ok(None) };
    let mut made = Vec::new();
    for alternative in list.items()? {
        let mut one = Made::new(alternative.node.line);
        for (name, scopes) in alternative.members()? {
            // YAML of people leaves the empty list out.
            let mut texts = if scopes.node.is_null() { Vec::new() } else { scopes.texts()? };
            texts.sort();
            texts.dedup();
            let line = scopes.node.line;
            let texts = texts.into_iter().map(|text| at(line, Node::text(text))).collect();
            one.put(name, at(line, Node::new(Value::List(texts))));
        }
        made.push(one.sorted().node());
    }
    Ok(Some(at(list.node.line, Node::new(Value::List(made)))))
}
