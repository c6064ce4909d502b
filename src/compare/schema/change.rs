//! What goes into a comparison of two schemas, and what comes out of it: one [`SchemaChange`] for each
//! thing that an agent, or whoever steers it, would notice.

use crate::canon::Node;
use crate::model::phrase::Phrase;
use crate::rules::{Rule, Severity};

/// A schema and what its references point into.
#[derive(Debug, Clone, Copy, Default)]
pub struct Schema<'a> {
    /// The schema; absent: nothing is said, so anything goes.
    pub node: Option<&'a Node>,
    /// The `$defs` of the file it stands in, for what its own do not define.
    pub defs: Option<&'a Node>,
}

impl<'a> Schema<'a> {
    /// A schema that stands in a file with these definitions.
    pub fn new(node: &'a Node, defs: Option<&'a Node>) -> Schema<'a> {
        Schema { node: Some(node), defs }
    }
}

/// Where a schema stands. It decides the direction (what is sent, what comes back) and the family of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position<'a> {
    /// The whole input of a tool: its top-level properties are parameters, deeper ones are fields.
    ToolInput,
    /// One parameter of a request. Whether it is required is told by
    /// [`parameters`](super::parameters()).
    Parameter {
        /// `path`, `query`, `header` or `cookie`.
        location: &'a str,
        /// Its name.
        name: &'a str,
    },
    /// The body of a request, in one media type.
    RequestBody,
    /// The body of a response, or the output of a tool.
    Response,
    /// A header of a response.
    ResponseHeader {
        /// Its name.
        name: &'a str,
    },
}

/// What is known about the schemas besides themselves.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Where they stand.
    pub position: Position<'a>,
    /// Whether a call changes anything: what can be set counts for more then.
    pub writes: bool,
    /// Words of what the operation is about: the `name` of a user is personal, that of a product is not.
    pub about: &'a [String],
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaChange {
    /// The rule.
    pub rule: &'static Rule,
    /// Where, as a pointer below the schema with its references followed and its `allOf` merged; in the new
    /// schema, or in the old one for what is gone.
    pub pointer: String,
    /// The field for people: `items[].price`; empty for the schema itself. A stranger's words.
    pub field: String,
    /// What it was, with the line that it has in its file.
    pub before: Option<Node>,
    /// What it is, with the line that it has in its file.
    pub after: Option<Node>,
    /// The change in short: `10 → 100`.
    pub change: Phrase,
    /// What it means here.
    pub here: Phrase,
    /// How grave it is, before the tool's risk counts.
    pub severity: Severity,
}

/// A parameter of a request.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'a> {
    /// `path`, `query`, `header` or `cookie`.
    pub location: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Whether a call must have it.
    pub required: bool,
    /// What it means, as declared.
    pub description: Option<&'a str>,
    /// What its value may be.
    pub schema: Schema<'a>,
}
