//! Parameters of a path and of an operation in; those that hold for a call out, by `<in>.<name>`. In 2.0 some of
//! them are the body.

use std::collections::{HashMap, HashSet};

use super::bodies::{Reader, lost, media_type, says};
use super::document::Version;
use super::made::{Made, at};
use super::parts::Parts;
use super::schemas::heavy;
use crate::canon::node::pointer_step;
use crate::canon::{Fault, Node, Value};
use crate::model::at::At;
use crate::model::phrase::Phrase;

/// Headers that say what others say: OpenAPI 3 ignores them as parameters.
const IGNORED: &[&str] = &["header.accept", "header.content-type", "header.authorization"];

/// What is known of the parameters of a call.
pub(super) struct Declared {
    pub(super) parameters: Made,
    /// 2.0: the body that some of them are.
    pub(super) request: Option<Node>,
}

/// A parameter of 2.0 that is a part of the body.
enum Part<'a> {
    Body(At<'a>),
    Form(At<'a>),
}

impl<'a> Reader<'_, 'a> {
    /// The parameters that hold for an operation: those of its path, each replaced by its own of the same name.
    pub(super) fn parameters(
        &mut self,
        path: &At<'a>,
        operation: &At<'a>,
        consumes: &[String],
        parts: &mut Parts,
    ) -> Result<Declared, Fault> {
        let mut list: Vec<(String, At<'a>)> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for (level, holder) in [path, operation].into_iter().enumerate() {
            let from = if level == 0 { 0 } else { list.len() };
            let declared =
                holder.optional("parameters").map(|p| self.items(&p)).transpose()?.unwrap_or_default();
            for parameter in declared {
                let (key, parameter) = self.keyed(parameter)?;
                self.schemas.count(parameter.file, parameter.node, heavy(&key))?;
                match places.get(&key).copied() {
                    Some(at) if at < from => list[at].1 = parameter,
                    Some(_) => self
                        .notes
                        .add(Phrase::say("a parameter stands twice, and the first counts: ").and_quote(key)),
                    None => {
                        places.insert(key.clone(), list.len());
                        list.push((key, parameter));
                    }
                }
            }
        }
        let mut made = Made::new(operation.node.line);
        let mut body = Vec::new();
        for (key, parameter) in list {
            if self.document.version != Version::V2 && IGNORED.contains(&key.as_str()) {
                self.notes.add(
                    Phrase::say("OpenAPI ignores a parameter of this name, and so it is here: ")
                        .and_quote(key),
                );
                continue;
            }
            match key.split_once('.') {
                Some(("body", _)) if self.document.version == Version::V2 => body.push(Part::Body(parameter)),
                Some(("formdata", _)) if self.document.version == Version::V2 => {
                    body.push(Part::Form(parameter))
                }
                _ => {
                    let under = format!("/parameters/{}", pointer_step(&key));
                    parts.note(&under, &parameter);
                    let node = self.parameter(&key, &parameter, &under, parts)?;
                    made.put(key, node);
                }
            }
        }
        let request = self.body(body, consumes, parts)?;
        Ok(Declared { parameters: made.sorted(), request })
    }

    /// A parameter with its key, its reference followed.
    fn keyed(&mut self, parameter: At<'a>) -> Result<(String, At<'a>), Fault> {
        let written = parameter.clone();
        let parameter = match self.resolve(parameter) {
            Ok(parameter) => parameter,
            // Nothing is known of it but that it is there.
            Err(reference) => {
                let name = reference.rsplit('/').next().unwrap_or_default();
                return Ok((format!("unresolved.{name}"), written));
            }
        };
        parameter.map()?;
        let place = parameter.text_of("in")?.to_ascii_lowercase();
        let name = parameter.text_of("name")?;
        let name = if place == "header" { name.to_ascii_lowercase() } else { name.to_owned() };
        Ok((format!("{place}.{name}"), parameter))
    }

    fn parameter(
        &mut self,
        key: &str,
        parameter: &At<'a>,
        under: &str,
        parts: &mut Parts,
    ) -> Result<Node, Fault> {
        let line = parameter.node.line;
        let mut made = Made::new(line);
        if let Some(reference) = parameter.node.get("$ref").and_then(Node::as_text) {
            made.put("schema", lost(reference, line));
            return Ok(made.node());
        }
        let is = |key: &str| -> Result<Option<Node>, Fault> {
            Ok(if says(parameter, key)? { parameter.node.get(key).cloned() } else { None })
        };
        made.put_some("required", is("required")?.or(key.starts_with("path.").then(|| Node::bool(true))));
        if self.document.version == Version::V2 {
            made.put("schema", self.inline(parameter)?);
            let (style, explode) = collected(key, parameter);
            made.put_some("style", style.map(Node::text));
            made.put_some("explode", explode.map(Node::bool));
        } else {
            if let Some(schema) = parameter.optional("schema") {
                parts.note(&format!("{under}/schema"), &schema);
                made.put("schema", self.schemas.schema(&schema, self.notes)?);
            }
            made.put_some("style", self.text(parameter, "style")?);
            for (from, to) in [("explode", "explode"), ("allowReserved", "allow_reserved")] {
                says(parameter, from)?;
                made.put_some(to, parameter.node.get(from).filter(|node| !node.is_null()).cloned());
            }
            if parameter.node.get("schema").is_none() {
                let content = self.parameter_content(parameter, &format!("{under}/content"), parts)?;
                made.put_filled("content", content);
            }
        }
        made.put_some("deprecated", is("deprecated")?);
        made.put_some("description", self.text(parameter, "description")?);
        Ok(made.node())
    }

    /// 2.0: a body of one schema, or a form of named fields.
    fn body(
        &mut self,
        body: Vec<Part<'a>>,
        consumes: &[String],
        parts: &mut Parts,
    ) -> Result<Option<Node>, Fault> {
        let Some(first) = body.first() else { return Ok(None) };
        let (Part::Body(at_first) | Part::Form(at_first)) = first;
        let line = at_first.node.line;
        parts.note("/request", at_first);
        let mut made = Made::new(line);
        let mut content = Made::new(line);
        let mut seen = HashSet::new();
        if let Part::Body(parameter) = first {
            if body.len() > 1 {
                self.notes.add(Phrase::say("an operation has more than one body, and the first counts"));
            }
            let media =
                if consumes.is_empty() { vec!["application/json".to_owned()] } else { consumes.to_vec() };
            for media in media {
                let schema = match parameter.optional("schema") {
                    Some(schema) => {
                        parts.note(&format!("/request/content/{}", pointer_step(&media)), &schema);
                        self.schemas.schema(&schema, self.notes)?
                    }
                    None => at(line, Node::map::<String>([])),
                };
                if seen.insert(media.clone()) {
                    content.put(media, schema);
                }
            }
            if says(parameter, "required")? {
                made.put("required", Node::bool(true));
            }
        } else {
            let forms: Vec<&At> = body
                .iter()
                .filter_map(|part| match part {
                    Part::Form(parameter) => Some(parameter),
                    Part::Body(_) => None,
                })
                .collect();
            let is_file = |at: &&At| at.node.get("type").and_then(Node::as_text) == Some("file");
            let usual = match forms.iter().any(is_file) {
                true => "multipart/form-data",
                false => "application/x-www-form-urlencoded",
            };
            let of_forms =
                |media: &&String| media.starts_with("multipart/") || media.contains("form-urlencoded");
            let mut media: Vec<String> = consumes.iter().filter(of_forms).cloned().collect();
            if media.is_empty() {
                media.push(usual.to_owned());
            }
            for media in media.into_iter().map(|m| media_type(&m)) {
                if !seen.insert(media.clone()) {
                    continue;
                }
                let schema = self.form(&body, line)?;
                content.put(media, schema);
            }
            let mut required = false;
            for at in &forms {
                required |= says(at, "required")?;
            }
            if required {
                made.put("required", Node::bool(true));
            }
        }
        made.put("content", content.sorted().node());
        Ok(Some(made.node()))
    }

    /// The fields of a form as one object.
    fn form(&mut self, body: &[Part<'a>], line: u32) -> Result<Node, Fault> {
        let mut fields = Made::new(line);
        let mut required = Vec::new();
        for part in body {
            let Part::Form(parameter) = part else { continue };
            let name = parameter.text_of("name")?;
            let mut schema = self.inline(parameter)?;
            if let Some(description) = self.text(parameter, "description")? {
                schema.set("description", description);
            }
            fields.put(name, schema);
            if says(parameter, "required")? {
                required.push(at(parameter.node.line, Node::text(name)));
            }
        }
        let mut made = Made::new(line);
        made.put("type", Node::text("object"));
        made.put("properties", fields.sorted().node());
        if !required.is_empty() {
            made.put("required", at(line, Node::new(Value::List(required))));
        }
        Ok(made.node())
    }
}

/// 2.0: how a list is written, in the words of 3.0.
fn collected(key: &str, parameter: &At) -> (Option<&'static str>, Option<bool>) {
    if parameter.node.get("type").and_then(Node::as_text) != Some("array") {
        return (None, None);
    }
    let form = key.starts_with("query.") || key.starts_with("cookie.");
    match parameter.node.get("collectionFormat").and_then(Node::as_text).unwrap_or("csv") {
        "multi" => (Some("form"), Some(true)),
        "ssv" => (Some("spaceDelimited"), Some(false)),
        "pipes" => (Some("pipeDelimited"), Some(false)),
        "tsv" => (Some("tabDelimited"), Some(false)),
        _ if form => (Some("form"), Some(false)),
        _ => (Some("simple"), Some(false)),
    }
}
