//! An operation in; the schemas of what a call of it takes and answers out, by the tool that is meant where it says which
//! answer it means.

use super::operations::Operation;
use crate::canon::Node;
use crate::canon::node::pointer_step;
use crate::model::media::is_json;
use crate::model::tool::Tool;

/// The answer of a call.
pub struct Answer<'a> {
    /// Where its schema stands below the operation.
    pub part: String,
    /// Its schema.
    pub schema: &'a Node,
}

/// The answer that the tool names, and no other if that has no body; of a tool that names none the first that is a
/// success with a body in JSON, else the one of every other status.
pub fn answer<'o>(operation: &'o Operation, tool: Option<&Tool>) -> Option<Answer<'o>> {
    let responses = &operation.locked.as_ref()?.content.responses;
    let made = |status: &str, media: &str, schema: &'o Node| Answer {
        part: format!("/responses/{}/content/{}", pointer_step(status), pointer_step(media)),
        schema,
    };
    if let Some(named) = tool.and_then(|tool| tool.raw.get("output")).filter(|named| !named.is_null()) {
        let (status, media) = named.as_text()?.split_once(' ')?;
        return responses.get(status)?.content.get(media).map(|schema| made(status, media, schema));
    }
    let success = responses.iter().filter(|(status, _)| status.starts_with('2'));
    success.chain(responses.get_key_value("default")).find_map(|(status, response)| {
        let (media, schema) = response.content.iter().find(|(media, _)| is_json(media))?;
        Some(made(status, media, schema))
    })
}

/// The body that a call sends, in JSON, and where its schema stands below the operation.
pub fn body<'o>(operation: &'o Operation) -> Option<(String, &'o Node)> {
    let content = &operation.locked.as_ref()?.content.request.as_ref()?.content;
    let (media, schema) = content.iter().find(|(media, _)| is_json(media))?;
    Some((format!("/request/content/{}", pointer_step(media)), schema))
}

/// All of them under the names that the reference system has for them: what `schema_check` looks at.
pub fn parts<'o>(operation: &'o Operation, tool: Option<&'o Tool>) -> [(&'static str, Option<&'o Node>); 4] {
    let served = |key: &str| operation.node.get("raw").and_then(|raw| raw.get(key));
    let own = |key: &str| tool.and_then(|tool| tool.raw.get(key));
    [
        ("input_schema", own("input_schema").or_else(|| served("inputSchema"))),
        ("output_schema", own("output_schema").or_else(|| served("outputSchema"))),
        ("request_schema", body(operation).map(|(_, schema)| schema)),
        ("response_schema", answer(operation, tool).map(|answer| answer.schema)),
    ]
}
