//! contracts.yaml: what somebody wrote down that agents rely on. Assertions, which are evaluated, and what the
//! reference system compiled from its captures: schemas of calls, which are compared.
//!
//! A word that is not known is refused, and so is a member of an assertion that nobody reads: a typo would be a weaker
//! check that passes.

use std::str::FromStr;

use regex::{Regex, RegexBuilder};

use super::at::At;
use super::risk::RiskTier;
use super::schema_version::{Missing, generation};
use crate::canon::{Fault, Node};

/// Most contracts of a file, most assertions of one, and most of all of them.
const CONTRACTS: usize = 20_000;
const ASSERTIONS: usize = 1_000;
const ALL_ASSERTIONS: usize = 5_000;
/// Bytes of a path to a field.
const PATH: usize = 1_000;
/// Bytes that a compiled pattern may take: it counts as the first of these that it fits in.
const PATTERN: [usize; 4] = [1 << 14, 1 << 16, 1 << 18, 1 << 20];
/// Bytes that all patterns of a file may take.
const PATTERNS: usize = 32 << 20;

/// Members of the file itself: the reference system's, and those of whoever writes one.
const ROOT: &[&str] =
    &["capture_id", "contracts", "description", "generated_at", "kind", "schema_version", "scope", "version"];

/// Members of a contract, whoever wrote it. `x-…` is taken beside them.
const MEMBERS: &[&str] = &[
    "assertions",
    "confidence",
    "contract_id",
    "description",
    "evidence_policy_ref",
    "flake_policy",
    "host",
    "invariants",
    "method",
    "path",
    "request_fingerprint",
    "request_schema",
    "response_schema",
    "risk_tier",
    "scope_id",
    "source",
    "targets",
    "tool_id",
    "toolpack_digest",
];

/// What an assertion looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionKind {
    /// What a call answered.
    ApiState,
    /// The schemas of a tool and its operation.
    SchemaCheck,
    /// The baseline, or one operation of it.
    FieldMatch,
}

impl AssertionKind {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            AssertionKind::ApiState => "api_state",
            AssertionKind::SchemaCheck => "schema_check",
            AssertionKind::FieldMatch => "field_match",
        }
    }
}

impl FromStr for AssertionKind {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        let all = [AssertionKind::ApiState, AssertionKind::SchemaCheck, AssertionKind::FieldMatch];
        all.into_iter()
            .find(|kind| kind.word() == word)
            .ok_or_else(|| format!("unknown type {word:?}, expected api_state, schema_check or field_match"))
    }
}

/// How a value is held against the one that is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The same value.
    Equals,
    /// A text that has the other in it; a list that has it as an item.
    Contains,
    /// A text in which a pattern is found.
    MatchesRegex,
    /// A greater number.
    Gt,
    /// A number that is no smaller.
    Gte,
    /// A smaller number.
    Lt,
    /// A number that is no greater.
    Lte,
    /// Anything that is there.
    Exists,
}

impl Operator {
    /// All of them.
    pub const ALL: [Operator; 8] = [
        Operator::Equals,
        Operator::Contains,
        Operator::MatchesRegex,
        Operator::Gt,
        Operator::Gte,
        Operator::Lt,
        Operator::Lte,
        Operator::Exists,
    ];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Operator::Equals => "equals",
            Operator::Contains => "contains",
            Operator::MatchesRegex => "matches_regex",
            Operator::Gt => "gt",
            Operator::Gte => "gte",
            Operator::Lt => "lt",
            Operator::Lte => "lte",
            Operator::Exists => "exists",
        }
    }
}

impl FromStr for Operator {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        Operator::ALL.into_iter().find(|op| op.word() == word).ok_or_else(|| {
            let all: Vec<&str> = Operator::ALL.iter().map(|op| op.word()).collect();
            format!("unknown op {word:?}, expected one of {}", all.join(", "))
        })
    }
}

/// Something that must hold.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// What it looks at.
    pub kind: AssertionKind,
    /// The tool or operation that is meant.
    pub endpoint: Option<String>,
    /// Where the value is: steps between dots; empty for the whole.
    pub field: String,
    /// How it is held against the one that is expected.
    pub op: Operator,
    /// The value that is expected.
    pub value: Node,
    /// The pattern that the value is, for `matches_regex`.
    pub pattern: Option<Regex>,
    /// What the call is made with whose answer is looked at, for `api_state`.
    pub arguments: Option<Node>,
    /// What it is for. A stranger's words.
    pub description: String,
    /// Where it stands.
    pub pointer: String,
    /// On which line.
    pub line: u32,
}

/// What the reference system compiled of one operation.
#[derive(Debug, Clone)]
pub struct Compiled {
    /// The name of its tool.
    pub tool: Option<String>,
    /// Method, upper-case.
    pub method: String,
    /// Host, lower-case.
    pub host: String,
    /// Path template.
    pub path: String,
    /// What a call sends.
    pub request: Option<Node>,
    /// What it answers.
    pub response: Option<Node>,
}

/// One contract.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Its id, or one by its place.
    pub id: String,
    /// What it is about: tools and operations, each with where it is named.
    pub targets: Vec<(String, String, u32)>,
    /// The tier that its author gave it.
    pub tier: Option<RiskTier>,
    /// What must hold.
    pub assertions: Vec<Assertion>,
    /// What was compiled.
    pub compiled: Option<Compiled>,
    /// Where it stands.
    pub pointer: String,
    /// On which line.
    pub line: u32,
}

/// contracts.yaml as read.
#[derive(Debug, Clone)]
pub struct Contracts {
    /// Where it lies, for places.
    pub file: String,
    /// Its contracts, in the order of the file.
    pub contracts: Vec<Contract>,
}

impl Contracts {
    /// Reads a contracts file.
    ///
    /// # Errors
    /// A fault with line and pointer: no version, another kind of file, a wrong type, an unknown word, a pattern that is
    /// none, or more than belongs into one file.
    pub fn read(file: &str, node: &Node) -> Result<Contracts, Fault> {
        let root = At::root(file, node);
        root.only(ROOT)?;
        if node.get("schema_version").is_some() {
            generation(file, node, Missing::IsAnError)?;
        } else if root.optional("version").is_none() {
            return Err(root.fault("a contracts file has a schema_version or a version"));
        }
        if let Some(kind) = root.opt_text("kind")?.filter(|kind| *kind != "contracts") {
            return Err(root.fault_at("kind", format!("unknown kind {kind:?}, expected contracts")));
        }
        let items = root.required("contracts")?.items()?;
        if items.len() > CONTRACTS {
            return Err(root.fault_at("contracts", format!("more than {CONTRACTS} contracts")));
        }
        let mut left = Left { assertions: ALL_ASSERTIONS, patterns: PATTERNS };
        let contracts = items.iter().enumerate().map(|(at, item)| contract(item, at, &mut left));
        Ok(Contracts { file: file.to_owned(), contracts: contracts.collect::<Result<_, _>>()? })
    }
}

/// What a file may still have.
struct Left {
    assertions: usize,
    patterns: usize,
}

fn contract(at: &At, index: usize, left: &mut Left) -> Result<Contract, Fault> {
    at.only(MEMBERS)?;
    // Nobody knows what they say, and what is not evaluated must not look as if it were.
    if let Some(invariants) = at.optional("invariants")
        && !invariants.items()?.is_empty()
    {
        return Err(invariants.fault("invariants are not evaluated").hint("write them as assertions"));
    }
    // Neither does anybody hold it against anything.
    if let Some(digest) = at.optional("toolpack_digest")
        && digest.node.as_text() != Some("")
    {
        return Err(digest.fault("toolpack_digest is not compared").hint("leave it away"));
    }
    let items = at.optional("assertions").map(|list| list.items()).transpose()?.unwrap_or_default();
    if items.len() > ASSERTIONS {
        return Err(at.fault_at("assertions", format!("more than {ASSERTIONS} assertions")));
    }
    left.assertions = left.assertions.checked_sub(items.len()).ok_or_else(|| {
        at.fault_at("assertions", format!("more than {ALL_ASSERTIONS} assertions in one file"))
    })?;
    let tier = at.optional("risk_tier").map(|_| at.word_of("risk_tier")).transpose()?;
    let own = at.opt_text("contract_id")?.filter(|id| !id.is_empty());
    Ok(Contract {
        id: own.map_or_else(|| format!("vc_inline_{index}"), str::to_owned),
        targets: targets(at)?,
        tier,
        assertions: items.iter().map(|item| assertion(item, left)).collect::<Result<_, _>>()?,
        compiled: compiled(at)?,
        pointer: at.pointer.to_string(),
        line: at.node.line,
    })
}

/// One name, or a list of them.
fn targets(at: &At) -> Result<Vec<(String, String, u32)>, Fault> {
    let Some(list) = at.optional("targets") else { return Ok(Vec::new()) };
    let items = if list.node.as_text().is_some() { vec![list] } else { list.items()? };
    let one = |item: &At| Ok((item.text()?.to_owned(), item.pointer.to_string(), item.node.line));
    items.iter().map(one).collect()
}

fn assertion(at: &At, left: &mut Left) -> Result<Assertion, Fault> {
    at.only(&["type", "endpoint_ref", "arguments", "field_path", "op", "value", "description"])?;
    let (kind, op): (AssertionKind, Operator) = (at.word_of("type")?, at.word_of("op")?);
    let field = at.text_of("field_path")?;
    if field.len() > PATH {
        return Err(at.fault_at("field_path", format!("field_path is longer than {PATH} bytes")));
    }
    if field.is_empty() && kind == AssertionKind::SchemaCheck {
        return Err(at.fault_at("field_path", "schema_check needs a field_path, as input_schema.type"));
    }
    let value = at.node.get("value");
    if value.is_some() && op == Operator::Exists {
        return Err(at
            .fault_at("value", "exists compares with no value")
            .hint("leave the value away, or compare with equals"));
    }
    let endpoint = at.opt_text("endpoint_ref")?.filter(|text| !text.is_empty()).map(str::to_owned);
    if value.is_none() && op != Operator::Exists {
        return Err(at.fault(format!("{} needs a value to compare with", op.word())));
    }
    if endpoint.is_none() && kind != AssertionKind::FieldMatch {
        return Err(at.fault(format!("{} needs an endpoint_ref", kind.word())));
    }
    let pattern = match op {
        Operator::MatchesRegex => {
            let (pattern, size) = pattern(at.text_of("value")?)
                .map_err(|e| at.fault_at("value", format!("the pattern can't be read: {e}")))?;
            left.patterns = left.patterns.checked_sub(size).ok_or_else(|| {
                at.fault_at(
                    "value",
                    format!("the patterns of the file take more than {} MiB", PATTERNS >> 20),
                )
            })?;
            Some(pattern)
        }
        _ => None,
    };
    Ok(Assertion {
        kind,
        endpoint,
        field: field.to_owned(),
        op,
        value: value.cloned().unwrap_or_else(Node::null),
        pattern,
        arguments: arguments(at, kind)?,
        description: at.opt_text("description")?.unwrap_or_default().to_owned(),
        pointer: at.pointer.to_string(),
        line: at.node.line,
    })
}

/// What the call is made with. No other assertion than one about an answer is about a call.
fn arguments(at: &At, kind: AssertionKind) -> Result<Option<Node>, Fault> {
    let Some(arguments) = at.optional("arguments") else { return Ok(None) };
    arguments.map()?;
    match kind {
        AssertionKind::ApiState => Ok(Some(arguments.node.clone())),
        _ => Err(arguments.fault(format!("{} calls nothing", kind.word())).hint("leave the arguments away")),
    }
}

/// A pattern, and the bytes that it counts as. What matching remembers of texts is bounded by the same.
fn pattern(text: &str) -> Result<(Regex, usize), regex::Error> {
    let [first, rest @ ..] = PATTERN;
    let made = |size| {
        let made = RegexBuilder::new(text).size_limit(size).dfa_size_limit(size).build();
        made.map(|pattern| (pattern, size))
    };
    rest.into_iter().fold(made(first), |known, size| match known {
        Err(regex::Error::CompiledTooBig(_)) => made(size),
        known => known,
    })
}

/// What was compiled names its request.
fn compiled(at: &At) -> Result<Option<Compiled>, Fault> {
    if at.optional("request_fingerprint").is_none() {
        return Ok(None);
    }
    let schema = |key: &str| -> Result<Option<Node>, Fault> {
        let Some(schema) = at.optional(key) else { return Ok(None) };
        schema.map()?;
        Ok(Some(schema.node.clone()))
    };
    Ok(Some(Compiled {
        tool: at.opt_text("tool_id")?.map(str::to_owned),
        method: at.text_of("method")?.to_ascii_uppercase(),
        host: at.text_of("host")?.to_ascii_lowercase(),
        path: at.text_of("path")?.to_owned(),
        request: schema("request_schema")?,
        response: schema("response_schema")?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bytes;

    const FILE: &str = "artifact/contracts.yaml";

    fn read(text: &str) -> Result<Contracts, Fault> {
        Contracts::read(FILE, &bytes::yaml(FILE, text.as_bytes(), 1 << 20)?)
    }

    fn one(assertion: &str) -> Result<Contracts, Fault> {
        read(&format!("schema_version: '1.0'\ncontracts:\n- assertions:\n  - {assertion}\n"))
    }

    #[test]
    fn what_was_written_and_what_was_compiled_are_read() {
        let text = "version: 1.0.0\nschema_version: '1.0'\nkind: contracts\ncontracts:\n\
            - contract_id: vc_1\n  targets: get_order\n  risk_tier: low\n  flake_policy: {max_retries: 2}\n  assertions:\n  \
            - {type: field_match, field_path: endpoints.0.method, op: equals, value: GET}\n\
            - {request_fingerprint: ab, tool_id: get_order, method: get, host: API.example.com, path: /o, invariants: [],\n   \
               confidence: 1.0, response_schema: {type: object}}\n- {}\n";
        let file = read(text).unwrap();
        let [written, compiled, empty] = &file.contracts[..] else { panic!("{file:?}") };
        assert_eq!((written.id.as_str(), written.line), ("vc_1", 5));
        assert_eq!(written.targets, [("get_order".to_owned(), "/contracts/0/targets".to_owned(), 6)]);
        let assertion = &written.assertions[0];
        assert_eq!((assertion.op, assertion.field.as_str()), (Operator::Equals, "endpoints.0.method"));
        assert_eq!((assertion.pointer.as_str(), assertion.line), ("/contracts/0/assertions/0", 10));
        let own = compiled.compiled.as_ref().unwrap();
        assert_eq!((own.method.as_str(), own.host.as_str()), ("GET", "api.example.com"));
        assert!(own.response.is_some() && own.request.is_none());
        assert_eq!((empty.id.as_str(), empty.assertions.len()), ("vc_inline_2", 0));
    }

    #[test]
    fn a_typo_is_refused_with_its_line() {
        for (assertion, says) in [
            ("{type: field_match, field_path: a, op: equal, value: 1}", "unknown op \"equal\""),
            ("{type: fieldmatch, field_path: a, op: equals, value: 1}", "unknown type \"fieldmatch\""),
            ("{type: field_match, field_path: a, op: equals, valeu: 1}", "unknown member `valeu`"),
            ("{type: field_match, field_path: a, op: equals}", "equals needs a value"),
            ("{type: field_match, arguments: {}, field_path: a, op: exists}", "field_match calls nothing"),
            (
                "{type: api_state, endpoint_ref: a, arguments: [1], field_path: a, op: exists}",
                "expected a map",
            ),
            ("{type: field_match, field_path: a}", "`op` is missing"),
            ("{type: api_state, field_path: a, op: exists}", "api_state needs an endpoint_ref"),
            ("{type: field_match, op: equals, value: 1}", "`field_path` is missing"),
            ("{type: field_match, field_path: a, op: exists, value: 1}", "exists compares with no value"),
            ("{type: schema_check, endpoint_ref: a, field_path: '', op: exists}", "needs a field_path"),
            (
                "{type: field_match, field_path: a, op: matches_regex, value: '('}",
                "the pattern can't be read",
            ),
            ("{type: field_match, field_path: a, op: matches_regex, value: 1}", "expected text"),
            (
                "{type: field_match, field_path: a, op: matches_regex, value: '(a{1000}){1000}'}",
                "the pattern can't be read",
            ),
        ] {
            let fault = one(assertion).unwrap_err();
            assert!(fault.message.contains(says), "{assertion}: {fault:?}");
            assert_eq!((fault.file.as_str(), fault.line), (FILE, 4), "{assertion}");
        }
    }

    #[test]
    fn what_is_no_contracts_file_is_refused() {
        for (text, says) in [
            ("contracts: []\n", "schema_version or a version"),
            ("schema_version: '9.0'\ncontracts: []\n", "unknown schema_version"),
            ("version: 1.0.0\n", "contracts"),
            ("version: 1.0.0\ncontracts: {}\n", "expected a list"),
            ("version: 1.0.0\ncontracts: [1]\n", "expected a map"),
            ("version: 1.0.0\nkind: openapi\ncontracts: []\n", "unknown kind"),
            ("version: 1.0.0\ncontracts:\n- {assertion: []}\n", "unknown member"),
            ("version: 1.0.0\ncontracts:\n- {assertions: [1]}\n", "expected a map"),
            ("version: 1.0.0\ncontracts:\n- {invariants: [1]}\n", "not evaluated"),
            ("version: 1.0.0\ncontracts:\n- {risk_tier: lowish}\n", "risk tier"),
            ("version: 1.0.0\ncontracts:\n- {toolpack_digest: ab}\n", "not compared"),
            ("version: 1.0.0\ncontracts: []\ncontract: []\n", "unknown member `contract`"),
            ("[1]\n", "expected a map"),
        ] {
            let fault = read(text).unwrap_err();
            assert!(fault.message.contains(says), "{text}: {fault:?}");
        }
        let many = format!("version: 1.0.0\ncontracts: [{}]\n", "{},".repeat(CONTRACTS + 1));
        assert!(read(&many).unwrap_err().message.contains("more than"));
    }

    #[test]
    fn all_assertions_of_a_file_share_one_bound_and_their_patterns_one_size() {
        let file = |contracts: usize, assertions: usize, assertion: &str| {
            let one = format!("- assertions: [{}]\n", format!("{assertion}, ").repeat(assertions));
            read(&format!("version: 1.0.0\ncontracts:\n{}", one.repeat(contracts)))
        };
        let exists = "{type: field_match, field_path: a, op: exists}";
        assert!(file(5, 1_000, exists).is_ok());
        assert!(file(6, 900, exists).unwrap_err().message.contains("more than 5000 assertions in one file"));
        let matches = |pattern: &str| {
            format!("{{type: field_match, field_path: a, op: matches_regex, value: '{pattern}'}}")
        };
        assert!(file(1, 500, &matches("^ord_[0-9a-f]{12}$")).is_ok());
        let fault = file(1, 100, &matches("\\w{20}")).unwrap_err();
        assert!(fault.message.contains("more than 32 MiB"), "{fault:?}");
    }
}
