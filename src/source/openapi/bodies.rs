//! What calls send beside parameters and what they get back: media types with their schemas, statuses, headers.

use std::collections::HashSet;

use super::document::{Document, Found, Version};
use super::made::{Made, at};
use super::parts::Parts;
use super::schemas::{Schemas, heavy, unresolved};
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node};
use crate::model::at::At;
use crate::model::phrase::Phrase;
use crate::source::sourced::Notes;

/// The media type of what cannot be looked at.
const ANY: &str = "*/*";

/// How many values a part of an operation weighs as much as, beside what is in it.
const PART: usize = 2;

/// What reads the parts of operations: the document, its schemas, and what is told of it.
pub(super) struct Reader<'r, 'a> {
    pub(super) document: &'r Document<'a>,
    pub(super) schemas: &'r mut Schemas<'a>,
    pub(super) notes: &'r mut Notes,
}

impl<'a> Reader<'_, 'a> {
    /// Resolves a part; for one that leads nowhere, its reference.
    pub(super) fn resolve(&mut self, part: At<'a>) -> Result<At<'a>, &'a str> {
        match self.document.resolve(part) {
            Found::There(part) => Ok(part),
            Found::Lost(reference) => {
                self.notes.add(unresolved(reference));
                Err(reference)
            }
        }
    }

    /// The members of a part. They count: what many places refer to is written out in each of them.
    pub(super) fn members(&mut self, holder: &At<'a>) -> Result<Vec<(&'a str, At<'a>)>, Fault> {
        let names: usize = holder.node.members().iter().map(|(name, _)| heavy(name)).sum();
        self.spend(holder, holder.node.members().len(), names)?;
        holder.members()
    }

    /// The items of a part, which count too.
    pub(super) fn items(&mut self, holder: &At<'a>) -> Result<Vec<At<'a>>, Fault> {
        self.spend(holder, holder.node.items().len(), 0)?;
        holder.items()
    }

    /// Each part is made anew where it is used, and carries the pointer of what is around it.
    fn spend(&mut self, holder: &At, parts: usize, more: usize) -> Result<(), Fault> {
        let each = PART + heavy(&holder.pointer);
        self.schemas.count(holder.file, holder.node, parts.saturating_mul(each).saturating_add(more))
    }

    /// A text that is there; anything else is as good as none.
    pub(super) fn text(&mut self, holder: &At, key: &str) -> Result<Option<Node>, Fault> {
        let text = holder.node.get(key).filter(|node| node.as_text().is_some());
        text.map(|text| self.schemas.value(holder.file, text)).transpose()
    }

    /// The body of a request, of 3.0 and later.
    pub(super) fn request(&mut self, operation: &At<'a>, parts: &mut Parts) -> Result<Option<Node>, Fault> {
        let Some(body) = operation.optional("requestBody") else { return Ok(None) };
        parts.note("/request", &body);
        let body = match self.resolve(body.clone()) {
            Ok(body) => body,
            Err(reference) => return Ok(Some(lost_body(reference, body.node.line))),
        };
        parts.note("/request", &body);
        let mut made = Made::new(body.node.line);
        if says(&body, "required")? {
            made.put_some("required", body.node.get("required").cloned());
        }
        let (content, encoding, _) = self.content(&body, "/request/content", parts)?;
        made.put("content", content.node());
        made.put_filled("encoding", encoding);
        Ok(Some(made.node()))
    }

    /// Media types with their schemas; how parts are encoded; and whether the body comes in pieces.
    fn content(
        &mut self,
        holder: &At<'a>,
        under: &str,
        parts: &mut Parts,
    ) -> Result<(Made, Made, bool), Fault> {
        let mut made = Made::new(holder.node.line);
        let mut encodings = Made::new(holder.node.line);
        let mut stream = false;
        let mut seen = HashSet::new();
        let declared = holder.optional("content").map(|c| self.members(&c)).transpose()?.unwrap_or_default();
        for (name, media) in declared {
            let name = media_type(name);
            if !seen.insert(name.clone()) {
                self.notes
                    .add(Phrase::say("a media type stands twice, and the first counts: ").and_quote(name));
                continue;
            }
            let line = media.node.line;
            let media = match self.resolve(media) {
                Ok(media) => media,
                Err(reference) => {
                    made.put(name, lost(reference, line));
                    continue;
                }
            };
            media.map()?;
            let part = format!("{under}/{}", pointer_step(&name));
            stream |= name == "text/event-stream" || media.node.get("itemSchema").is_some();
            let schema = match (media.optional("schema"), media.optional("itemSchema")) {
                (Some(schema), _) => {
                    parts.note(&part, &schema);
                    self.schemas.schema(&schema, self.notes)?
                }
                (None, Some(item)) => {
                    parts.note(&format!("{part}/items"), &item);
                    let item = self.schemas.schema(&item, self.notes)?;
                    let line = item.line;
                    at(line, Node::map([("type", at(line, Node::text("array"))), ("items", item)]))
                }
                (None, None) => {
                    parts.note(&part, &media);
                    at(media.node.line, Node::map::<String>([]))
                }
            };
            made.put(name.as_str(), schema);
            if let Some(encoding) = media.optional("encoding") {
                encodings.put(name, self.schemas.value(encoding.file, encoding.node)?);
            }
        }
        Ok((made.sorted(), encodings.sorted(), stream))
    }

    /// Answers by status.
    pub(super) fn responses(
        &mut self,
        operation: &At<'a>,
        produces: &[String],
        parts: &mut Parts,
    ) -> Result<Made, Fault> {
        let mut made = Made::new(operation.node.line);
        let declared =
            operation.optional("responses").map(|r| self.members(&r)).transpose()?.unwrap_or_default();
        let mut seen = HashSet::new();
        for (status, response) in declared.into_iter().filter(|(status, _)| !status.starts_with("x-")) {
            let status = if status == "default" { status.to_owned() } else { status.to_ascii_uppercase() };
            if !seen.insert(status.clone()) {
                return Err(response.fault(format!("a second answer of status {status:?}")));
            }
            let under = format!("/responses/{}", pointer_step(&status));
            parts.note(&under, &response);
            let response = match self.resolve(response.clone()) {
                Ok(response) => response,
                Err(reference) => {
                    made.put(status, lost_body(reference, response.node.line));
                    continue;
                }
            };
            parts.note(&under, &response);
            let node = self.response(&response, produces, &under, parts)?;
            made.put(status, node);
        }
        Ok(made.sorted())
    }

    fn response(
        &mut self,
        response: &At<'a>,
        produces: &[String],
        under: &str,
        parts: &mut Parts,
    ) -> Result<Node, Fault> {
        response.map()?;
        let mut made = Made::new(response.node.line);
        made.put_some("description", self.text(response, "description")?);
        let in_content = format!("{under}/content");
        let (content, stream) = match self.document.version {
            Version::V2 => (self.produced(response, produces, &in_content, parts)?, false),
            _ => {
                let (content, _, stream) = self.content(response, &in_content, parts)?;
                (content, stream)
            }
        };
        made.put("content", content.node());
        made.put_filled("headers", self.headers(response, under, parts)?);
        if let Some(links) = response.optional("links") {
            made.put("links", self.schemas.value(links.file, links.node)?);
        }
        if stream {
            made.put("stream", Node::bool(true));
        }
        Ok(made.node())
    }

    /// 2.0: one schema for all media types that the operation produces.
    fn produced(
        &mut self,
        response: &At<'a>,
        produces: &[String],
        under: &str,
        parts: &mut Parts,
    ) -> Result<Made, Fault> {
        let mut made = Made::new(response.node.line);
        if let Some(schema) = response.optional("schema") {
            self.spend(&schema, produces.len(), produces.iter().map(|media| heavy(media)).sum())?;
            for media in produces {
                parts.note(&format!("{under}/{}", pointer_step(media)), &schema);
                let node = self.schemas.schema(&schema, self.notes)?;
                made.put(media.as_str(), file_as_binary(node));
            }
        }
        Ok(made.sorted())
    }

    fn headers(&mut self, response: &At<'a>, under: &str, parts: &mut Parts) -> Result<Made, Fault> {
        let mut made = Made::new(response.node.line);
        let mut seen = HashSet::new();
        let declared =
            response.optional("headers").map(|h| self.members(&h)).transpose()?.unwrap_or_default();
        for (name, header) in declared {
            let name = name.to_ascii_lowercase();
            // What it may be is told by the media types (3.0.3, "Response Object").
            if name == "content-type" || !seen.insert(name.clone()) {
                continue;
            }
            let part = format!("{under}/headers/{}", pointer_step(&name));
            parts.note(&part, &header);
            let line = header.node.line;
            let mut one = Made::new(line);
            match self.resolve(header) {
                Ok(header) => {
                    parts.note(&part, &header);
                    if says(&header, "required")? {
                        one.put("required", Node::bool(true));
                    }
                    let schema = match self.document.version {
                        Version::V2 => Some(self.inline(&header)?),
                        _ => self.schema_or_content(&header)?,
                    };
                    one.put_some("schema", schema);
                }
                Err(reference) => one.put("schema", lost(reference, line)),
            }
            made.put(name, one.node());
        }
        Ok(made.sorted())
    }

    /// The schema of a header: its own, or that of its first media type.
    fn schema_or_content(&mut self, holder: &At<'a>) -> Result<Option<Node>, Fault> {
        if let Some(schema) = holder.optional("schema") {
            return self.schemas.schema(&schema, self.notes).map(Some);
        }
        let content = holder.optional("content").map(|c| self.members(&c)).transpose()?.unwrap_or_default();
        let schema = content.first().and_then(|(_, media)| media.optional("schema"));
        schema.map(|schema| self.schemas.schema(&schema, self.notes)).transpose()
    }

    /// 2.0: the schema whose keywords stand in a header or parameter itself.
    pub(super) fn inline(&mut self, holder: &At<'a>) -> Result<Node, Fault> {
        const BESIDE: &[&str] = &[
            "name",
            "in",
            "description",
            "required",
            "collectionFormat",
            "allowEmptyValue",
            "schema",
            "deprecated",
        ];
        let keywords = holder.map()?.iter().filter(|(key, _)| {
            !BESIDE.contains(&key.as_str()) && (!key.starts_with("x-") || key == "x-nullable")
        });
        self.schemas.keywords(holder, keywords, self.notes).map(file_as_binary)
    }

    /// A parameter's `content`: media types with their schemas.
    pub(super) fn parameter_content(
        &mut self,
        parameter: &At<'a>,
        under: &str,
        parts: &mut Parts,
    ) -> Result<Made, Fault> {
        self.content(parameter, under, parts).map(|(content, ..)| content)
    }
}

/// Whether a part says yes to something. What says neither yes nor no might mean either.
pub(super) fn says(holder: &At, key: &str) -> Result<bool, Fault> {
    holder.optional(key).map_or(Ok(false), |at| at.bool())
}

/// A schema of which nothing is known.
pub(super) fn lost(reference: &str, line: u32) -> Node {
    at(line, Node::map([("x-unresolved", at(line, Node::text(reference)))]))
}

fn lost_body(reference: &str, line: u32) -> Node {
    let content = at(line, Node::map([(ANY, lost(reference, line))]));
    at(line, Node::map([("content", content)]))
}

/// 2.0: `type: file` is a text of bytes.
fn file_as_binary(mut schema: Node) -> Node {
    if schema.get("type").and_then(Node::as_text) == Some("file") {
        let line = schema.line;
        schema.set("type", at(line, Node::text("string")));
        schema.set("format", at(line, Node::text("binary")));
    }
    schema
}

/// A media type as it is compared: lower-case, without the encoding of its text.
pub(super) fn media_type(text: &str) -> String {
    let mut parts = text.split(';').map(|part| part.trim().to_ascii_lowercase());
    let mut name = parts.next().unwrap_or_default();
    for part in parts.filter(|part| !part.is_empty() && !part.starts_with("charset=")) {
        name = name + ";" + &part;
    }
    name
}
