//! What another MCP server answered to a call in, what the agent is given of it out: its text without what nobody sees,
//! its data where they are what was promised, what is no text where it is what it says it is, and a line in its place.

use std::borrow::Cow;

use super::attached::{Attached, attached};
use super::envelope::Reply;
use super::redaction::Taken;
use super::shape::{Data, Shaping, cut, given, opens, tree};
use super::unhidden::{seen, unhidden};
use super::withheld::mentions;
use crate::canon::json::compact;
use crate::canon::visible::visible;
use crate::canon::{Node, Value};

/// Items of one answer that are read; the rest is told as left out.
const ITEMS: usize = 1_000;
/// Characters of a name, an address or a media type.
const NAME: usize = 300;

/// Shapes the result of a call.
pub fn reply(result: &Node, how: &Shaping) -> Reply {
    if result.get("resultType").and_then(Node::as_text).is_some_and(|kind| kind != "complete") {
        return refused(0, "it asks for more before it answers, which is not handed on", how);
    }
    let failed = result.get("isError").is_some_and(|is| matches!(is.value, Value::Bool(true)));
    let mut taken = Taken::new();
    let promised = how.output.is_some() && !failed;
    let content = Content::of(result, how);
    let said = match result.get("structuredContent").filter(|data| data.is_map()) {
        Some(data) if promised => {
            Data::Known(how.redactor.tree(seen(data, &mut taken), how.fields, &mut taken))
        }
        _ => content.text(result, how, &mut taken),
    };
    let attached = content.attached;
    if !promised && let Data::Known(node) = &said {
        let text = node.as_text().map_or_else(|| compact(node), str::to_owned);
        if cut(&text, how.cap).is_none() {
            return Reply {
                is_error: failed,
                text,
                attached,
                structured: None,
                truncated: false,
                redacted: taken.into_iter().collect(),
                drift: None,
                is_bare: true,
            };
        }
    }
    let status = if failed { "upstream_error" } else { "success" };
    Reply { attached, ..given(said, failed, vec![("status", Node::text(status))], how, taken) }
}

/// An error that a server answered with instead of a result.
pub fn refused(code: i64, message: &str, how: &Shaping) -> Reply {
    let mut taken = Taken::new();
    let message = unhidden(message, &mut taken).into_owned();
    let message = how.redactor.text(&message, &mut taken).into_owned();
    let mut members = vec![("status", Node::text("upstream_error")), ("action", Node::text(how.action))];
    if code != 0 {
        members.push(("code", Node::int(code)));
    }
    members.push(("error", Node::text(message)));
    Reply { redacted: taken.into_iter().collect(), ..Reply::error(members) }
}

/// A piece of what a result is told as.
enum Piece {
    /// Text of the server's own.
    Said(String),
    /// A line of ours, and what in it the server says.
    Told { line: String, named: String },
}

/// The content of a result, item by item.
struct Content {
    pieces: Vec<Piece>,
    attached: Vec<Attached>,
    /// What was taken out of the pieces.
    taken: Taken,
}

impl Content {
    fn of(result: &Node, how: &Shaping) -> Content {
        let items = result.get("content").map(Node::items).unwrap_or_default();
        let mut content = Content { pieces: Vec::new(), attached: Vec::new(), taken: Taken::new() };
        // What is text comes first: with it, the rest may not be more than an answer is.
        let texts: usize = items.iter().take(ITEMS).filter_map(inside).map(str::len).sum();
        let mut room = how.cap.saturating_sub(texts);
        for item in items.iter().take(ITEMS) {
            content.take(item, how, &mut room);
        }
        if items.len() > ITEMS {
            content.told(format!("[{} more items: left out]", items.len() - ITEMS), "");
        }
        content
    }

    /// What is given of it as text, or as the data that a result has where it has no content.
    fn text(&self, result: &Node, how: &Shaping, taken: &mut Taken) -> Data {
        if self.pieces.is_empty()
            && let Some(data) = result.get("structuredContent")
        {
            return Data::Known(how.redactor.tree(seen(data, taken), how.fields, taken));
        }
        taken.extend(self.taken.iter().cloned());
        // What is given; what of it is trees, and what is words in which nobody finds a field.
        let (mut lines, mut trees, mut words) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_text = false;
        for piece in &self.pieces {
            match piece {
                // A text that is JSON holds the same fields as data do.
                Piece::Said(text) if !how.fields.is_empty() && opens(text.as_bytes()) => {
                    let Ok(tree) = tree(text.as_bytes()) else { return Data::Withheld };
                    let tree = seen(&tree, taken);
                    trees.push(compact(&tree));
                    let tree = how.redactor.tree(tree, how.fields, taken);
                    if self.pieces.len() == 1 {
                        return Data::Known(tree);
                    }
                    lines.push(Cow::Owned(compact(&tree)));
                }
                Piece::Said(text) => {
                    lines.push(Cow::Borrowed(text.as_str()));
                    words.push(text.as_str());
                    is_text |= !text.trim().is_empty();
                }
                Piece::Told { line, named } => {
                    lines.push(Cow::Borrowed(line.as_str()));
                    words.push(named.as_str());
                }
            }
        }
        if is_text {
            // A tree may say what stands in the text beside it, as the head of a table does.
            words.extend(trees.iter().map(String::as_str));
        }
        if mentions(&words.join("\n"), how.fields) {
            return Data::Withheld;
        }
        let text = lines.join("\n");
        Data::Known(if text.is_empty() { Node::null() } else { Node::text(how.redactor.text(&text, taken)) })
    }

    fn told(&mut self, line: String, named: impl Into<String>) {
        self.pieces.push(Piece::Told { line, named: named.into() });
    }

    /// Takes an item as text. What is none is handed on beside it, or named with why it is not.
    fn take(&mut self, item: &Node, how: &Shaping, room: &mut usize) {
        let name = |node: &Node, key: &str| visible(text(node, key), NAME);
        let none = Node::null();
        let resource = item.get("resource").unwrap_or(&none);
        let (what, named, size) = match item.get("type").and_then(Node::as_text) {
            Some("text") => {
                let said = unhidden(text(item, "text"), &mut self.taken).into_owned();
                return self.pieces.push(Piece::Said(said));
            }
            Some("resource_link") => {
                let named = format!("{}: {}", name(item, "name"), name(item, "uri"));
                return self.told(format!("[resource {named}]"), named);
            }
            Some("resource") => match inside(item) {
                Some(inside) => {
                    let inside = unhidden(inside, &mut self.taken).into_owned();
                    let named = name(resource, "uri");
                    self.told(format!("[resource {named}]"), named);
                    return self.pieces.push(Piece::Said(inside));
                }
                None => ("resource", name(resource, "uri"), text(resource, "blob").len()),
            },
            Some(what @ ("image" | "audio")) => (what, name(item, "mimeType"), text(item, "data").len()),
            _ => return self.told("[something that is not handed on]".to_owned(), ""),
        };
        let line = match attached(item, how.redactor, how.fields, *room) {
            Ok(one) => {
                *room -= one.data.len();
                self.attached.push(one);
                format!("[{what} {named}: attached]")
            }
            Err(why) => format!("[{what} {named}, {size} characters of base64: not handed on, {why}]"),
        };
        self.told(line, named);
    }
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::as_text).unwrap_or_default()
}

/// The text of an item that is text, or a resource that is.
fn inside(item: &Node) -> Option<&str> {
    match text(item, "type") {
        "text" => Some(text(item, "text")),
        "resource" => item.get("resource")?.get("text")?.as_text(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::enforce::redaction::Redactor;
    use crate::enforce::served::Served;
    use crate::model::policy::Policy;
    use crate::model::testing::node;

    fn shaped(result: &str, schema: Option<&str>, fields: &[&str], cap: usize) -> Reply {
        let policy = Policy::read(
            "policy.yaml",
            &node(r#"{"schema_version": "2.0", "name": "p", "default_action": "deny", "rules": []}"#),
        )
        .unwrap();
        let redactor = Redactor::of(&policy).unwrap();
        let output = schema.map(|schema| Served::of(node(schema)).unwrap());
        let fields: BTreeSet<String> = fields.iter().map(|f| (*f).to_owned()).collect();
        let how = Shaping { action: "t", output: output.as_ref(), redactor: &redactor, fields: &fields, cap };
        reply(&node(result), &how)
    }

    const CAP: usize = 1 << 20;

    #[test]
    fn text_comes_as_it_is_without_what_nobody_sees() {
        let reply = shaped(
            r#"{"content": [{"type": "text", "text": "a\u001b[31mred\u001b[0m\u200b b\u001b]0;title\u0007c\tz"},
                {"type": "image", "mimeType": "image/png", "data": "AAAA"},
                {"type": "resource", "resource": {"uri": "file:///x", "text": "in\u202eside"}},
                {"type": "resource_link", "name": "n", "uri": "u"}, {"type": "odd"}]}"#,
            None,
            &[],
            CAP,
        );
        assert_eq!(
            reply.text,
            "ared bc\tz\n[image image/png, 4 characters of base64: not handed on, it does not begin as its type does]\n\
             [resource file:///x]\ninside\n[resource n: u]\n[something that is not handed on]"
        );
        assert!(!reply.is_error && reply.structured.is_none());
        assert_eq!(reply.redacted, ["(hidden)"]);
    }

    const PNG: &str = "iVBORw0KGgr/";

    #[test]
    fn what_is_no_text_is_attached_within_the_size_of_an_answer_whatever_else_there_is() {
        let image = format!(r#"{{"type": "image", "mimeType": "image/png", "data": "{PNG}"}}"#);
        let sound = r#"{"type": "audio", "mimeType": "audio/wav", "data": "UklGRv8="}"#;
        let all = format!(
            r#"{{"content": [{image}, {{"type": "text", "text": "seen"}}, {sound}], "structuredContent": {{"n": 1}}}}"#
        );
        let reply = shaped(&all, None, &[], CAP);
        assert_eq!(reply.text, "[image image/png: attached]\nseen\n[audio audio/wav: attached]");
        let media: Vec<&str> = reply.attached.iter().map(|one| one.media.as_str()).collect();
        assert_eq!((media, reply.attached[0].data.as_str()), (vec!["image/png", "audio/wav"], PNG));
        // Beside data that were promised, and beside an error, too.
        let schema = Some(r#"{"type": "object", "properties": {"n": {"type": "integer"}}}"#);
        let reply = shaped(&all, schema, &[], CAP);
        assert_eq!((reply.structured.as_ref().unwrap()["n"].as_i64(), reply.attached.len()), (Some(1), 2));
        let failed = shaped(&all.replacen('{', r#"{"isError": true, "#, 1), schema, &[], CAP);
        assert!(failed.is_error && failed.attached.len() == 2);
        // The first that does not fit is named, and a smaller one behind it is not kept back for it.
        let reply = shaped(&all, None, &[], "seen".len() + PNG.len() - 1);
        assert_eq!(reply.attached.len(), 1);
        assert_eq!(reply.attached[0].media, "audio/wav");
        // What may hold what the policy takes away is nobody's to hand on.
        let fields = format!(r#"{{"content": [{{"type": "text", "text": "seen"}}, {image}]}}"#);
        let reply = shaped(&fields, None, &["email"], CAP);
        assert!(reply.attached.is_empty(), "{:?}", reply.attached);
        assert!(reply.text.contains("the policy takes fields away"), "{}", reply.text);
    }

    #[test]
    fn errors_stay_errors() {
        let reply =
            shaped(r#"{"content": [{"type": "text", "text": "no"}], "isError": true}"#, None, &[], CAP);
        assert!(reply.is_error);
        assert_eq!(reply.text, "no");
        let asks = shaped(r#"{"resultType": "input_required", "inputRequests": {}}"#, None, &[], CAP);
        assert!(asks.is_error && asks.text.contains("asks for more"));
    }

    #[test]
    fn data_are_given_where_they_are_what_was_promised() {
        const SCHEMA: &str =
            r#"{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}"#;
        let good = shaped(r#"{"content": [], "structuredContent": {"n": 1}}"#, Some(SCHEMA), &[], CAP);
        assert_eq!(good.structured.unwrap()["n"], 1);
        for odd in [
            r#"{"content": [], "structuredContent": {"n": "x"}}"#,
            r#"{"content": [{"type": "text", "text": "{\"n\": 1}"}]}"#,
        ] {
            let reply = shaped(odd, Some(SCHEMA), &[], CAP);
            assert!(reply.is_error && reply.structured.is_none() && reply.drift.is_some(), "{odd}");
        }
    }

    #[test]
    fn what_the_policy_takes_away_is_taken_from_text_too() {
        let inside = r#"{"content": [{"type": "text", "text": "{\"email\": \"a@b.c\", \"x\": 1}"}]}"#;
        let reply = shaped(inside, None, &["email"], CAP);
        assert!(!reply.text.contains("a@b.c") && reply.text.contains('x'), "{}", reply.text);
    }

    /// A line of ours begins as a list of JSON does, and is none.
    #[test]
    fn json_beside_what_is_no_text_is_given_without_what_the_policy_takes_away() {
        let image = format!(r#"{{"type": "image", "mimeType": "image/png", "data": "{PNG}"}}"#);
        let json = r#"{"type": "text", "text": "{\"\\u0065mail\": \"a@b.c\", \"x\": \"\\u200b1\"}"}"#;
        let of = |items: &[&str]| {
            shaped(&format!(r#"{{"content": [{}]}}"#, items.join(", ")), None, &["email", "policy"], CAP)
        };
        let reply = of(&[&image, json, json]);
        let line = "[image image/png, 12 characters of base64: not handed on, \
                    the policy takes fields away, which can't be looked for in it]";
        let rest = r#"{"x": "1"}"#;
        assert_eq!((reply.is_error, reply.text), (false, format!("{line}\n{rest}\n{rest}")));
        assert_eq!(reply.redacted, ["(hidden)", "email"]);
        let inside = r#"{"type": "resource", "resource": {"uri": "u:1", "text": "{\"email\": \"a@b.c\"}"}}"#;
        assert_eq!(of(&[inside]).text, "[resource u:1]\n{}");
        // What nobody can read, or look for a field in, is withheld with all that is beside it.
        for odd in [
            r#"{"type": "text", "text": "{\"email\": \"a@b.c\""}"#,
            r#"{"type": "text", "text": "e-mail: a@b.c"}"#,
            r#"{"type": "text", "text": "a@b.c,1"}"#,
            r#"{"type": "resource_link", "name": "email", "uri": "mailto:a@b.c"}"#,
            r#"{"type": "image", "mimeType": "email a@b.c", "data": "AAAA"}"#,
        ] {
            let reply = of(&[&image, odd, json]);
            assert!(reply.is_error && !reply.text.contains("a@b.c"), "{odd}: {}", reply.text);
            assert!(reply.text.contains("could not be read"), "{odd}: {}", reply.text);
        }
    }

    #[test]
    fn long_answers_are_cut() {
        let long = format!(r#"{{"content": [{{"type": "text", "text": "{}"}}]}}"#, "x".repeat(5000));
        let reply = shaped(&long, None, &[], 1000);
        assert!(reply.truncated && reply.text.len() < 3000, "{}", reply.text.len());
    }
}
