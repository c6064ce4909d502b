//! A GraphQL document in, whether values stand in it that are somebody's own out. What a caller writes into a document
//! instead of a variable goes wherever the document goes.

use apollo_parser::{Lexer, TokenKind};

use super::outer::Outer;
use super::shape::{is_open, is_own};

/// Whether a value of a document is an id or may not be told. A document that cannot be read may hold anything.
pub fn holds_own(document: &str, outer: &Outer) -> bool {
    // The last two names; the one that a colon follows is what a value is of.
    let (mut name, mut of) = ("", "");
    for token in Lexer::new(document) {
        let Ok(token) = token else { return true };
        match token.kind() {
            TokenKind::Name => name = token.data(),
            TokenKind::Colon => of = name,
            TokenKind::Int | TokenKind::Float if !is_open(of, "") => return true,
            TokenKind::StringValue => {
                let text = token.data().trim_matches('"').trim();
                if !text.is_empty() && (is_own(text, outer) || !is_open(of, "")) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_people_and_ids_are_found_wherever_they_stand() {
        for own in [
            r#"query A { user(id: 4711) { id } }"#,
            r#"query A { user(email: "somebody") { id } }"#,
            r#"query A { a: user(by: {fullName: "Ann Smith"}) { id } }"#,
            r#"query A($id: ID = "x") { user(id: $id) { id } }"#,
            r#"query A { list(kind: ["open", "550e8400-e29b-41d4-a716-446655440000"]) { id } }"#,
            r#"query A { list(kind: """ann@x.example""") { id } }"#,
            r#"query A { list(kind: "[REDACTED]") { id } }"#,
            r#"query A { search(query: "red shoes") { id } }"#,
            "query A { list(kind: \"",
        ] {
            assert!(holds_own(own, &Outer::new()), "{own}");
        }
    }

    #[test]
    fn choices_and_numbers_of_pages_are_nobodys() {
        for open in [
            r#"query A($id: ID!) { user(id: $id) { id email name } }"#,
            r#"query A { list(first: 10, sort: "asc", state: OPEN, note: "") { id } }"#,
            r#"query A { name: list(kind: "all") { id: user } }"#,
            "{ a }",
        ] {
            assert!(!holds_own(open, &Outer::new()), "{open}");
        }
    }
}
