//! A trust file or gate.yaml as text: written whole, or with other signatures and not a byte else changed.
//!
//! Whatever comes out was read back and says the same as what went in.

use crate::canon::emit::emit_yaml;
use crate::canon::encode::encode;
use crate::canon::read_yaml::{Dialect, read_yaml};
use crate::canon::{Fault, FaultKind, Limits, Node};
use crate::model::limits;
use crate::model::trust::{OwnerSignature, Trust, TrustFile};

/// The text of a trust file, in the layout of all files.
///
/// # Errors
/// The file can't hold what it is to hold; nothing that is written is unreadable.
pub fn trust_text(name: &str, file: &TrustFile) -> Result<String, Fault> {
    let text = emit_yaml(&encode(file));
    let read = Trust::read(name, strict(name, &text)?)?;
    match read.file == *file {
        true => Ok(text),
        false => Err(differs(name)),
    }
}

/// The text with other signatures. Comments and layout of the rest stay as they are.
///
/// # Errors
/// The text is not read strictly.
pub fn with_signatures(name: &str, text: &str, signatures: &[OwnerSignature]) -> Result<String, Fault> {
    let before = strict(name, text)?;
    let new = encode(signatures);
    let block = emit_yaml(&Node::map([("signatures", new.clone())]));
    let spliced = splice(text, &block);
    if let Ok(after) = strict(name, &spliced)
        && says(&before, &new, &after)
    {
        return Ok(spliced);
    }
    // Written in a way of its own (a flow map over the whole document, quoted keys): written anew.
    let mut whole = before.clone();
    whole.set("signatures", new.clone());
    let text = emit_yaml(&whole);
    match says(&before, &new, &strict(name, &text)?) {
        true => Ok(text),
        false => Err(differs(name)),
    }
}

fn strict(name: &str, text: &str) -> Result<Node, Fault> {
    read_yaml(name, text.as_bytes(), Dialect::Strict, &Limits::new(limits::SMALL))
}

/// Whether a document is another one with these signatures.
fn says(before: &Node, signatures: &Node, after: &Node) -> bool {
    let body = |node: &Node| crate::canon::json::canonical(&node.without(&["signatures"]));
    body(before) == body(after) && after.get("signatures") == Some(signatures)
}

/// The text with the block of its top-level key `signatures` replaced, or put at its end.
fn splice(text: &str, block: &str) -> String {
    let mut out = String::with_capacity(text.len() + block.len());
    let (mut inside, mut done) = (false, false);
    for line in text.split_inclusive('\n') {
        if line.starts_with("signatures:") && !done {
            out.push_str(block);
            (inside, done) = (true, true);
            continue;
        }
        // Lists are not indented: a dash belongs to the block as much as a blank does.
        inside &= line.starts_with([' ', '-', '\n', '\r']);
        if !inside {
            out.push_str(line);
        }
    }
    if !done {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out.push_str(block);
    }
    out
}

fn differs(name: &str) -> Fault {
    Fault::new(name, FaultKind::Content, "it can't be written so that it reads back the same")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sign::edit::first;
    use crate::sign::keypair::KeyPair;

    fn signature(signer: &str) -> OwnerSignature {
        OwnerSignature {
            signer: signer.to_owned(),
            key_id: "1234567890123456".to_owned(),
            signature: "AA".to_owned(),
        }
    }

    #[test]
    fn only_the_signatures_change() {
        for (text, rest) in [
            ("a: 1 # why\nsignatures: []\n", "a: 1 # why\n"),
            ("a: 1\nsignatures:\n- {signer: x, key_id: \"1\", signature: sig}\nb: 2\n", "a: 1\nb: 2\n"),
            ("a: 1\nsignatures:\n  - signer: x\n\n# below\nb: 2\n", "a: 1\n# below\nb: 2\n"),
            ("# top\na: 1", "# top\na: 1\n"),
            ("\"signatures\": []\na: 1\n", "a: 1\n"),
            ("{a: 1, signatures: []}\n", "a: 1\n"),
        ] {
            let signed = with_signatures("t", text, &[signature("alice"), signature("bob")]).unwrap();
            let read = strict("t", &signed).unwrap();
            assert_eq!(read.get("signatures").unwrap().items().len(), 2, "{signed}");
            let mut left = String::new();
            for line in signed.lines().filter(|l| !l.starts_with(['s', ' ', '-'])) {
                left += &format!("{line}\n");
            }
            assert_eq!(left, rest, "{signed}");
            let none = with_signatures("t", &signed, &[]).unwrap();
            assert!(none.contains("signatures: []\n"), "{none}");
        }
    }

    #[test]
    fn what_is_not_read_strictly_is_not_signed() {
        for text in ["a: 1\na: 2\n", "a: &x 1\nsignatures: []\n", "a: [\n", "- a\n---\n- b\n"] {
            assert!(with_signatures("t", text, &[signature("alice")]).is_err(), "{text}");
        }
    }

    #[test]
    fn a_trust_file_is_laid_out_for_review() {
        let pair = KeyPair::generate([1; 32]);
        let now = "2026-12-01T00:00:00Z".parse().unwrap();
        let file = first("alice", Some("alice-gh".into()), pair.public(), now).unwrap();
        let text = trust_text("t", &file).unwrap();
        assert!(text.starts_with("schema: cask.trust/1\nversion: 1\nat: 2026-12-01T00:00:00Z\n"), "{text}");
        assert!(text.contains("  roles: [owner, approver]\n"), "{text}");
        assert!(text.ends_with("signatures: []\n"), "{text}");
    }
}
