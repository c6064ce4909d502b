//! What a server answered in, what the agent is given of it out (runtime.md §7, mcp.md §3).
//!
//! Integers stay as they came, of any size; a number with a fraction stays the nearest double. Data that cannot be
//! given as data, because it is too large, has such an integer or is another than the tool's schema says, is given as
//! text, and if a schema was promised it is marked as an error that says that the call took place.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::envelope::{Reply, laid_out};
use super::reason::{ReasonCode, Refusal};
use super::redaction::{Redactor, Taken};
use super::served::Served;
use super::withheld::mentions;
use crate::canon::digest::sha256_hex;
use crate::canon::json::{compact, from_node};
use crate::canon::read_json::read_json;
use crate::canon::{Fault, Limits, Node};
use crate::model::media::{essence, is_json};

/// Lists and maps inside each other in an answer that is read as data.
const MAX_DEPTH: usize = 64;
/// Values in it.
const MAX_VALUES: usize = 1_000_000;

/// What a server answered. Its size was bounded when it was received.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The body, decoded.
    pub bytes: &'a [u8],
}

/// How it is shaped.
#[derive(Debug, Clone, Copy)]
pub struct Shaping<'a> {
    /// The tool's name.
    pub action: &'a str,
    /// The output schema that it is served with.
    pub output: Option<&'a Served>,
    /// Patterns of the policy.
    pub redactor: &'a Redactor,
    /// Fields that the policy takes away.
    pub fields: &'a BTreeSet<String>,
    /// Bytes of text that are given.
    pub cap: usize,
}

/// Shapes an answer.
///
/// # Errors
/// `ContentTypeNotAllowed` for what is neither JSON nor text. The call has been executed then.
pub fn reply(answer: &Answer, how: &Shaping) -> Result<Reply, Refusal> {
    let mut taken = Taken::new();
    let data = match data(answer, how, &mut taken) {
        Ok(data) => data,
        Err(_) if answer.status >= 400 => Data::Known(Node::null()),
        Err(refusal) => return Err(refusal),
    };
    let failed = answer.status >= 400;
    let status = if failed { "upstream_error" } else { "success" };
    let members = vec![("status", Node::text(status)), ("status_code", Node::int(answer.status))];
    Ok(given(data, failed, members, how, taken))
}

/// What is given of data, with these members around them where they can't be given alone.
pub(super) fn given(
    data: Data,
    failed: bool,
    mut members: Vec<(&str, Node)>,
    how: &Shaping,
    taken: Taken,
) -> Reply {
    let (data, text) = match data {
        Data::Known(node) => {
            let text = node.as_text().map_or_else(|| laid_out(&node, how.cap), str::to_owned);
            (Some(node), text)
        }
        Data::Withheld => (None, String::new()),
    };
    let cut = cut(&text, how.cap);
    members.push(("action", Node::text(how.action)));
    let drift = match (how.output, &data) {
        (Some(served), Some(data)) if !failed && cut.is_none() => served.fault(data),
        _ => None,
    };
    let fault = match &data {
        _ if failed => None,
        None => Some("its answer could not be read, and fields that the policy takes away may be in it"),
        Some(_) if cut.is_some() => how.output.map(|_| "its answer is too large to be given as data"),
        Some(_) => drift.as_ref().map(|drift| drift.why),
    };
    if let Some(fault) = fault {
        members.push(("note", Node::text(format!("the call was executed; {fault}"))));
    }
    let whole = data.unwrap_or_else(Node::null);
    let truncated = cut.is_some();
    match cut {
        Some(begin) => {
            members.push(("truncated", Node::bool(true)));
            members.push(("size", Node::int(text.len() as u64)));
            members.push(("sha256", Node::text(sha256_hex(text.as_bytes()))));
            members.push(("data", Node::text(begin)));
        }
        None if how.output.is_some() && !failed && fault.is_none() => {
            return Reply {
                is_error: false,
                structured: from_node(&whole),
                text,
                attached: Vec::new(),
                truncated: false,
                redacted: taken.into_iter().collect(),
                drift: None,
                is_bare: true,
            };
        }
        None => members.push(("data", whole)),
    }
    let envelope = Node::map(members);
    let is_error = failed || fault.is_some();
    Reply {
        is_error,
        text: if is_error { compact(&envelope) } else { laid_out(&envelope, how.cap) },
        attached: Vec::new(),
        structured: if is_error { None } else { from_node(&envelope).filter(Json::is_object) },
        truncated,
        redacted: taken.into_iter().collect(),
        drift: drift.map(|drift| drift.misfit),
        is_bare: false,
    }
}

/// The data of an answer.
pub(super) enum Data {
    /// They are known.
    Known(Node),
    /// It may hold what the policy takes away, and nobody can tell where.
    Withheld,
}

/// The data that a reply gives of a success, read back. None: it gives none, or less than all.
pub fn read_back(reply: &Reply) -> Option<Node> {
    // What could not be read may hold what the policy takes away; an answer that drifted is there whole.
    if reply.truncated || reply.is_error && reply.drift.is_none() {
        return None;
    }
    let size = reply.text.len();
    let limits = Limits { depth: MAX_DEPTH + 1, nodes: MAX_VALUES + 16, text: size, ..Limits::new(size) };
    let node = read_json("answer", reply.text.as_bytes(), &limits).ok()?;
    if reply.is_bare { Some(node) } else { node.get("data").cloned() }
}

fn data(answer: &Answer, how: &Shaping, taken: &mut Taken) -> Result<Data, Refusal> {
    if answer.bytes.is_empty() {
        return Ok(Data::Known(Node::null()));
    }
    let said = essence(answer.content_type.unwrap_or_default());
    let json = is_json(&said);
    if !json && !said.starts_with("text/") {
        let message = "the answer is neither JSON nor text; the call was executed";
        return Err(Refusal::new(ReasonCode::ContentTypeNotAllowed, message));
    }
    let bytes = answer.bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(answer.bytes);
    // A text that is JSON holds the same fields whatever it is called.
    if json || opens(bytes) && !how.fields.is_empty() {
        match tree(bytes) {
            Ok(node) => return Ok(Data::Known(how.redactor.tree(node, how.fields, taken))),
            Err(_) if !how.fields.is_empty() => return Ok(Data::Withheld),
            Err(_) => {}
        }
    }
    let text = String::from_utf8_lossy(bytes);
    if mentions(&text, how.fields) {
        return Ok(Data::Withheld);
    }
    Ok(Data::Known(Node::text(how.redactor.text(&text, taken))))
}

/// Whether a text begins as lists and maps of JSON do.
pub(super) fn opens(bytes: &[u8]) -> bool {
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// A text of JSON as the tree that it is.
pub(super) fn tree(bytes: &[u8]) -> Result<Node, Fault> {
    let limits =
        Limits { depth: MAX_DEPTH, nodes: MAX_VALUES, text: bytes.len(), ..Limits::new(bytes.len()) };
    read_json("answer", bytes, &limits)
}

/// The beginning of a text that is longer than the cap, to the last whole character.
pub(super) fn cut(text: &str, cap: usize) -> Option<&str> {
    (text.len() > cap).then(|| &text[..(0..=cap).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::model::testing::node;

    /// Bytes that are given where a case says nothing.
    const CAP: usize = 256 << 10;
    const SCHEMA: &str = r#"{"type": "object", "properties": {"id": {"type": "integer"}}}"#;

    struct Case {
        status: u16,
        kind: Option<&'static str>,
        bytes: Vec<u8>,
        fields: Vec<&'static str>,
        schema: Option<&'static str>,
        cap: usize,
    }

    fn of(status: u16, bytes: &str) -> Case {
        Case {
            status,
            kind: Some("application/json"),
            bytes: bytes.as_bytes().to_vec(),
            fields: Vec::new(),
            schema: None,
            cap: CAP,
        }
    }

    fn shaped(case: Case) -> Result<Reply, Refusal> {
        let served = case.schema.map(|schema| Served::of(node(schema)).unwrap());
        let fields = case.fields.iter().map(|f| (*f).to_owned()).collect();
        let how = Shaping {
            action: "get_user",
            output: served.as_ref(),
            redactor: &Redactor::default(),
            fields: &fields,
            cap: case.cap,
        };
        reply(&Answer { status: case.status, content_type: case.kind, bytes: &case.bytes }, &how)
    }

    fn parsed(reply: &Reply) -> Json {
        serde_json::from_str(&reply.text).unwrap()
    }

    #[test]
    fn without_a_schema_the_envelope_is_text_and_data() {
        let reply = shaped(of(200, r#"{"id": 1, "b": [true, null]}"#)).unwrap();
        let expected = json!({"status": "success", "status_code": 200, "action": "get_user", "data": {"id": 1, "b": [true, null]}});
        assert_eq!((parsed(&reply), reply.structured.clone().unwrap()), (expected.clone(), expected));
        assert!(!reply.is_error && reply.text.contains("\n  \"status\""));
        assert_eq!(parsed(&shaped(of(204, "")).unwrap())["data"], Json::Null);
    }

    #[test]
    fn data_is_read_back_whole_or_not_at_all() {
        let back =
            |case: Case| shaped(case).ok().and_then(|reply| read_back(&reply)).map(|data| compact(&data));
        let some = |text: &str| Some(text.to_owned());
        let one = r#"{"id": 123456789012345678901234567890}"#;
        for schema in [None, Some(SCHEMA)] {
            assert_eq!(back(Case { schema, ..of(200, r#"{"id": 1}"#) }), some(r#"{"id": 1}"#));
            assert_eq!(back(Case { schema, ..of(200, one) }), some(one), "digit by digit");
            assert_eq!(back(Case { schema, ..of(200, r#"{"id": "x"}"#) }), some(r#"{"id": "x"}"#));
            assert_eq!(back(Case { schema, ..of(404, r#"{"id": 1}"#) }), None);
            assert_eq!(back(Case { schema, cap: 4, ..of(200, r#"{"id": 1}"#) }), None);
            let withheld = Case { schema, fields: vec!["ssn"], ..of(200, r#"{"ssn": "1", "#) };
            assert_eq!(back(withheld), None, "nobody can tell where it ends");
        }
    }

    #[test]
    fn with_a_schema_the_data_is_text_and_data() {
        let reply = shaped(Case { schema: Some(SCHEMA), ..of(200, r#"{"id": 1}"#) }).unwrap();
        assert_eq!((reply.text.as_str(), reply.structured), ("{\n  \"id\": 1\n}", Some(json!({"id": 1}))));
        assert!(!reply.is_error && reply.drift.is_none());
    }

    #[test]
    fn an_error_of_the_server_is_no_success_and_has_no_data() {
        for schema in [None, Some(SCHEMA)] {
            let reply = shaped(Case { schema, ..of(404, r#"{"id": 1}"#) }).unwrap();
            assert!(reply.is_error && reply.structured.is_none());
            assert_eq!(parsed(&reply)["status"], "upstream_error");
            assert_eq!(parsed(&reply)["data"], json!({"id": 1}));
        }
        let binary = shaped(Case { kind: Some("application/octet-stream"), ..of(500, "x") }).unwrap();
        assert_eq!(parsed(&binary)["data"], Json::Null);
    }

    #[test]
    fn an_answer_that_drifted_is_told_with_its_data_and_that_the_call_took_place() {
        for (bytes, pointer, keyword) in [
            (r#"[{"id": 1}]"#, "", "type"),
            (r#"{"id": "x"}"#, "/id", "type"),
            ("3", "", "type"),
            (r#"{"id": 123456789012345678901234567890}"#, "", "integers of 64 bits"),
        ] {
            let reply = shaped(Case { schema: Some(SCHEMA), ..of(200, bytes) }).unwrap();
            assert!(reply.is_error && reply.structured.is_none(), "{bytes}");
            let drift = reply.drift.expect("it is told where");
            assert_eq!((drift.pointer.as_str(), drift.keyword.as_str()), (pointer, keyword), "{bytes}");
            assert!(reply.text.contains("the call was executed"));
            assert!(reply.text.contains(&format!("\"data\": {bytes}")), "{}", reply.text);
        }
    }

    #[test]
    fn big_integers_stay_as_they_came() {
        let reply = shaped(of(200, r#"{"id": 12345678901234567890123, "n": 9007199254740993}"#)).unwrap();
        assert!(reply.text.contains("12345678901234567890123") && reply.text.contains("9007199254740993"));
        assert_eq!((reply.structured, reply.is_error), (None, false));
    }

    #[test]
    fn problem_and_vendor_json_are_json_and_binary_is_nothing() {
        for (kind, data) in [
            (Some("application/problem+json"), json!({"id": 1})),
            (Some("Application/vnd.x+JSON; charset=utf-8"), json!({"id": 1})),
            (Some("text/html"), json!(r#"{"id": 1}"#)),
        ] {
            assert_eq!(parsed(&shaped(Case { kind, ..of(200, r#"{"id": 1}"#) }).unwrap())["data"], data);
        }
        for kind in [None, Some(""), Some("Application/Octet-Stream"), Some("image/png"), Some("x")] {
            let refused = shaped(Case { kind, ..of(200, r#"{"id": 1}"#) }).unwrap_err();
            assert_eq!(refused.code, ReasonCode::ContentTypeNotAllowed, "{kind:?}");
        }
        assert!(shaped(Case { kind: None, ..of(204, "") }).is_ok());
    }

    #[test]
    fn a_field_that_is_taken_away_never_comes_as_text() {
        let taken = |kind, bytes: &str| {
            shaped(Case { kind: Some(kind), fields: vec!["ssn"], ..of(200, bytes) }).unwrap()
        };
        let reply = taken("application/json", r#"{"id": 1, "ssn": "078"}"#);
        assert_eq!(
            (parsed(&reply)["data"].clone(), reply.redacted),
            (json!({"id": 1}), vec!["ssn".to_owned()])
        );
        assert!(!taken("text/plain", r#" {"ssn": "078"}"#).text.contains("078"));
        for bytes in
            [r#"{"ssn": "078", "ssn": "078"}"#, r#"{"ssn": "078""#, r#"{"ssn": "078", "x": "\ud800"}"#]
        {
            let reply = taken("application/json", bytes);
            assert!(!reply.text.contains("078") && reply.is_error, "{}", reply.text);
            assert!(reply.text.contains("the call was executed"));
        }
        let csv = taken("text/csv", "id,S-S-N\n1,078");
        assert!(csv.is_error && !csv.text.contains("078"), "a column is a field too");
        assert!(!taken("text/plain", "done").is_error);
        assert!(shaped(of(200, r#"{"a": 1, "a": 2}"#)).unwrap().text.contains("a"), "else it is text");
    }

    #[test]
    fn a_deep_answer_is_text() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(parsed(&shaped(of(200, &deep)).unwrap())["data"], json!(deep));
    }

    /// Two megabytes became a hundred and thirty of spaces, before anybody asked how much may be given.
    #[test]
    fn an_answer_is_not_made_longer_than_it_is() {
        let numbers = vec!["1"; 999_000].join(",");
        let deep = format!("{}{numbers}{}", "[".repeat(63), "]".repeat(63));
        let reply = shaped(Case { cap: 5 << 20, ..of(200, &deep) }).unwrap();
        assert!(!reply.truncated && reply.text.len() < 2 * deep.len(), "{}", reply.text.len());
        let reply = shaped(of(200, &deep)).unwrap();
        let size = parsed(&reply)["size"].as_u64().unwrap();
        assert!(reply.truncated && size < 2 * deep.len() as u64, "{size}");
    }

    #[test]
    fn a_long_text_is_cut_at_a_character_and_says_so() {
        let text = "é".repeat(100);
        for schema in [None, Some(SCHEMA)] {
            let reply = shaped(Case { kind: Some("text/plain"), cap: 51, schema, ..of(200, &text) }).unwrap();
            let told = parsed(&reply);
            assert!(reply.truncated && reply.is_error == schema.is_some() && reply.drift.is_none());
            assert_eq!(
                (told["data"].as_str().unwrap(), &told["size"]),
                ("é".repeat(25).as_str(), &json!(200))
            );
            assert_eq!(told["sha256"], sha256_hex(text.as_bytes()));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200), status in 100u16..600, cap in 0usize..80) {
            for kind in ["application/json", "text/plain"] {
                let case = Case { kind: Some(kind), bytes: bytes.clone(), cap, fields: vec!["a"], ..of(status, "") };
                let reply = shaped(case).unwrap();
                prop_assert!(serde_json::from_str::<Json>(&reply.text).is_ok());
                prop_assert!(!(reply.is_error && reply.structured.is_some()));
            }
        }
    }
}
