//! baseline.json of generation 2: the surface (formats-v2 §4). Members that are not listed are kept and
//! signed. JSON Schemas in it are of 2020-12, their `$ref` only to `#/$defs/NAME`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::mcp::{PageTool, Server};
use super::security::Security;
use crate::canon::Node;
use crate::model::schema_version::CURRENT;

/// baseline.json: what the tools stand on, entry by entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineFile {
    /// `2.0`.
    #[schemars(extend("const" = CURRENT))]
    pub schema_version: String,
    /// Ways to prove who calls, by name, as OpenAPI has them.
    #[serde(default)]
    pub security_schemes: BTreeMap<String, Node>,
    /// HTTP operations by `<host><base path><path> <METHOD>`.
    #[serde(default)]
    pub operations: BTreeMap<String, Operation>,
    /// MCP servers by name.
    #[serde(default)]
    pub mcp: BTreeMap<String, Server>,
    /// Tools of pages: origin, then name.
    #[serde(default)]
    pub webmcp: BTreeMap<String, BTreeMap<String, PageTool>>,
    /// What was found beside the surface. Not signed.
    #[serde(default)]
    pub summary: Option<Summary>,
    /// Schemas that more than one place uses, shared by content.
    #[serde(default, rename = "$defs")]
    pub defs: BTreeMap<String, Node>,
}

/// An HTTP operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// Its id: assigned once, kept when parameters change. Unique in the file.
    pub stable_id: String,
    /// Earlier ids, sorted.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whether it was declared, observed, or both.
    #[serde(default)]
    pub basis: Option<Basis>,
    /// `http`, where it is not https.
    #[serde(default)]
    pub scheme: Option<String>,
    /// Server path with variables as `{name}`, without a final slash.
    #[serde(default)]
    pub base_path: Option<String>,
    /// Variables of the server path: `{enum, default}` by name.
    #[serde(default)]
    pub server_variables: Option<BTreeMap<String, Node>>,
    /// The source's own name for it.
    #[serde(default)]
    pub operation_id: Option<String>,
    /// One line, as declared.
    #[serde(default)]
    pub summary: Option<String>,
    /// More, as declared.
    #[serde(default)]
    pub description: Option<String>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether it is to be used no more.
    #[serde(default)]
    pub deprecated: Option<bool>,
    /// When it goes.
    #[serde(default)]
    pub sunset: Option<String>,
    /// Ways to prove who calls; empty: explicitly none; absent: none declared.
    #[serde(default)]
    pub security: Option<Security>,
    /// Parameters by `<in>.<name>`.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// What a call sends.
    #[serde(default)]
    pub request: Option<Request>,
    /// What comes back, by status or `default`.
    #[serde(default)]
    pub responses: BTreeMap<String, Response>,
    /// GraphQL operations of this endpoint, by name.
    #[serde(default)]
    pub graphql: BTreeMap<String, GraphqlOperation>,
    /// What traffic showed. Not signed.
    #[serde(default)]
    pub observed: Option<Node>,
    /// Facets that the source cannot tell. A rule on a facet speaks only if both sides know it.
    #[serde(default)]
    pub unknown: Vec<Facet>,
}

/// Where an operation is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// From a description.
    Declared,
    /// From traffic.
    Observed,
    /// From both.
    Both,
}

/// A facet that a source may not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Facet {
    /// Parameters at all.
    Parameters,
    /// Which of them are required.
    Requiredness,
    /// The body of the request.
    Request,
    /// Responses.
    Responses,
    /// Their headers.
    Headers,
    /// Media types.
    Media,
    /// Who must prove what.
    Security,
    /// Whether it is to be used no more.
    Deprecation,
    /// Texts.
    Texts,
    /// Bounds of values.
    Bounds,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter {
    /// Whether a call must have it; written only if true.
    #[serde(default)]
    pub required: bool,
    /// JSON Schema of its value.
    #[serde(default)]
    pub schema: Option<Node>,
    /// How it is written, as OpenAPI has it.
    #[serde(default)]
    pub style: Option<String>,
    /// Whether each item stands alone.
    #[serde(default)]
    pub explode: Option<bool>,
    /// Whether reserved characters stand as they are.
    #[serde(default)]
    pub allow_reserved: Option<bool>,
    /// JSON Schema by media type, where it is not plain.
    #[serde(default)]
    pub content: Option<BTreeMap<String, Node>>,
    /// Whether it is to be used no more.
    #[serde(default)]
    pub deprecated: Option<bool>,
    /// What it is, as declared.
    #[serde(default)]
    pub description: Option<String>,
}

/// What a call sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// Whether there must be a body.
    #[serde(default)]
    pub required: bool,
    /// JSON Schema by media type.
    #[serde(default)]
    pub content: BTreeMap<String, Node>,
    /// How parts are encoded, as OpenAPI has it.
    #[serde(default)]
    pub encoding: Option<Node>,
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Response {
    /// What it means, as declared.
    #[serde(default)]
    pub description: Option<String>,
    /// JSON Schema by media type.
    #[serde(default)]
    pub content: BTreeMap<String, Node>,
    /// Headers by lower-case name: `{required, schema}`.
    #[serde(default)]
    pub headers: BTreeMap<String, Node>,
    /// Links, as OpenAPI has them.
    #[serde(default)]
    pub links: Option<Node>,
    /// Whether it comes in pieces.
    #[serde(default)]
    pub stream: Option<bool>,
}

/// A GraphQL operation of an endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GraphqlOperation {
    /// Its id.
    pub stable_id: String,
    /// Earlier ids, sorted.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// `query`, `mutation` or `subscription`.
    #[serde(default, rename = "type")]
    pub kind: Option<String>,
    /// SHA-256 of its document.
    #[serde(default)]
    pub document_sha256: Option<String>,
    /// The hash by which the server knows it.
    #[serde(default)]
    pub persisted_sha256: Option<String>,
    /// JSON Schema of its variables.
    #[serde(default)]
    pub variables: Option<Node>,
    /// Fields that it asks for.
    #[serde(default)]
    pub selection: Option<Node>,
    /// JSON Schema of its answer.
    #[serde(default)]
    pub response: Option<Node>,
}

/// What was found beside the surface.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Digest of each source by its id.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// Which operation feeds which.
    #[serde(default)]
    pub flows: Vec<Flow>,
}

/// An operation whose answer fills a field of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Flow {
    /// The operation that is called first.
    pub from: String,
    /// The operation that takes the field.
    pub to: String,
    /// The field.
    pub field: String,
    /// Percent.
    pub confidence: u8,
}
