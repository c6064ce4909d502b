//! Hostile text through every encoder, judged by the renderer that forges use (cmark-gfm with its
//! extensions and raw HTML): what a stranger wrote must come out as text and as nothing else.

use crate::gfm;

use cask::canon::Node;
use cask::report::escape::{actions, html, link, markdown, paste, terminal, visible};
use cask::report::patch;
use gfm::{Event, count, hostile, rendered};
use markdown::{Info, Sink, code, fence};
use proptest::prelude::*;

const LIMIT: usize = 400;
const SHA: &str = "9d4f2ab07c61e8f5b3a2901d4c7e6f8a5b10c3d2";

/// Names of all elements, in order.
fn shape(events: &[Event]) -> Vec<String> {
    let names = events.iter().filter_map(|e| match e {
        Event::Open(name, _) => Some(name.clone()),
        Event::Close(name) => Some(format!("/{name}")),
        Event::Text(_) => None,
    });
    names.collect()
}

/// In a mail that quotes the page as plain text, an `@` before a word would notify somebody.
fn assert_no_mention(events: &[Event], about: &str) {
    for event in events {
        let Event::Text(text) = event else { continue };
        for after in text.split('@').skip(1) {
            let named = after.chars().next().is_some_and(|c| !matches!(c, '\u{200b}' | ' ' | '\n'));
            assert!(!named, "{about}: a mention in {text:?}");
        }
    }
}

/// The texts of all elements of a name, without zero-width spaces; fails on an element inside one.
fn texts(events: &[Event], of: &str, about: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut inside: Option<String> = None;
    for event in events {
        match (event, &mut inside) {
            (Event::Open(name, _), None) if name == of => inside = Some(String::new()),
            (Event::Open(name, _), Some(_)) => panic!("{about}: <{name}> inside <{of}>"),
            (Event::Close(name), Some(text)) => {
                assert_eq!(name, of, "{about}");
                out.push(text.replace('\u{200b}', ""));
                inside = None;
            }
            (Event::Text(text), Some(all)) => all.push_str(text),
            _ => {}
        }
    }
    assert_eq!(inside, None, "{about}: <{of}> is not closed");
    out
}

/// A document around one piece of foreign text keeps the shape that it has around a harmless name.
fn inline(about: &str, place: &str, document: impl Fn(&str) -> String) {
    for (name, text) in hostile() {
        let about = format!("{name}, {place} {about}");
        let piece = code(&text, LIMIT);
        let events = rendered(&document(&piece));
        assert_eq!(shape(&events), shape(&rendered(&document(&code("harmless", LIMIT)))), "{about}");
        for element in ["a", "img", "input", "script", "em", "strong", "del"] {
            let ours = usize::from(element == "strong" && document("").contains("**"));
            assert_eq!(count(&events, element), ours, "{about}: <{element}>");
        }
        assert_no_mention(&events, &about);
        assert_eq!(texts(&events, "code", &about), [visible(&text, LIMIT)], "{about}");
    }
}

#[test]
fn cells_keep_their_table() {
    let document = |piece: &str| {
        format!(
            "| Severity | Subject | What changes |\n| :-- | :-- | :-- |\n| **high** | {piece} L1 | new<br>x |\n| low | b | c |\n"
        )
    };
    inline("table", "in a cell of a", document);
    for (name, text) in hostile() {
        let events = rendered(&document(&code(&text, LIMIT)));
        assert_eq!((count(&events, "tr"), count(&events, "td"), count(&events, "th")), (3, 6, 3), "{name}");
    }
}

#[test]
fn lists_sentences_and_summaries_keep_their_shape() {
    inline("list", "in a", |piece| format!("- before {piece}, after\n- second\n\nend\n"));
    inline("list", "first in a", |piece| format!("{piece}\n- second\n"));
    inline("sentence", "in a", |piece| format!("The tool {piece} changed; {{x}} :y: end\n"));
    inline("sentence", "between words of a", |piece| format!("w{piece}w\n"));
    inline("heading", "in a", |piece| format!("### Blocked {piece}\n\nend\n"));
    inline("details", "in the summary of", |piece| {
        format!(
            "<details><summary>{piece}: new</summary>\n\n| R | M |\n| :-- | :-- |\n| a | b |\n\n</details>\n\nend\n"
        )
    });
}

#[test]
fn fences_hold_what_they_hold() {
    for (name, text) in hostile() {
        let lines: Vec<String> = text.split('\n').map(|line| visible(line, markdown::FENCE_LINE)).collect();
        let body = lines.join("\n");
        let body = body.strip_suffix('\n').unwrap_or(&body);
        for (before, after) in
            [("before\n\n", "\n\nafter\n"), ("<details><summary>x</summary>\n\n", "\n\n</details>\n")]
        {
            let events = rendered(&format!("{before}{}{after}", fence(Info::Text, &text, Sink::Comment)));
            let harmless = rendered(&format!("{before}{}{after}", fence(Info::Text, "x", Sink::Comment)));
            assert_eq!(shape(&events), shape(&harmless), "{name}");
            assert_no_mention(&events, &name);
            assert_eq!(texts(&events, "code", &name), [format!("{body}\n")], "{name}");
        }
    }
}

#[test]
fn differences_keep_their_fence_and_their_signs() {
    let before =
        Node::map([("description", Node::text("Get one order by id.")), ("host", Node::text("a.example"))]);
    for (name, text) in hostile() {
        let after = Node::map([
            ("description".to_owned(), Node::text(format!("Get one order by id. {text}"))),
            ("host".to_owned(), Node::text(text.clone())),
            (format!("k{text}"), Node::map([(text.clone(), Node::texts([text.clone()]))])),
        ]);
        let body = patch::body(&patch::hunks(&before, &after, "/tool"));
        assert!(body.lines().count() > 3, "{name}");
        for line in body.lines() {
            let signed = line.is_empty() || ["+", "-", "  ", "@@ "].iter().any(|sign| line.starts_with(sign));
            assert!(signed, "{name}: {line:?}");
            assert!(!line.starts_with("@@ ") || line.ends_with(" @@"), "{name}: {line:?}");
        }
        let events = rendered(&format!("a\n\n{}\n\nb\n", fence(Info::Diff, &body, Sink::Comment)));
        assert_eq!(shape(&events), ["p", "/p", "pre", "code", "/code", "/pre", "p", "/p"], "{name}");
    }
}

#[test]
fn links_lead_only_to_the_repository() {
    let base = format!("https://github.com/acme/shop-agent/blob/{SHA}/");
    let mut linked = 0;
    for (name, text) in hostile() {
        let Some(target) = link::blob_url("https://github.com", "acme/shop-agent", SHA, &text, 7) else {
            continue;
        };
        linked += 1;
        let events =
            rendered(&format!("| a | b |\n| - | - |\n| {} | c |\n", link::line_link(7, Some(&target))));
        assert_eq!((count(&events, "a"), count(&events, "td"), count(&events, "img")), (1, 2, 0), "{name}");
        let href = format!("href=\"{}\"", target.as_str());
        assert!(events.contains(&Event::Open("a".to_owned(), href)), "{name}");
        assert!(target.as_str().starts_with(&base) && target.as_str().ends_with("#L7"), "{name}");
        assert_eq!(texts(&events, "a", &name), ["L7"]);
    }
    assert!(linked > 20, "only {linked} texts could be paths");
}

#[test]
fn terminals_logs_and_pages_show_text_only() {
    let paints = [true, false].map(|unicode| terminal::Paint { color: false, unicode });
    for (name, text) in hostile() {
        for paint in paints {
            let start: String = text.chars().take(20_000).collect();
            for line in paint.wrap(&start, 72, 0, "+ ") {
                assert!(line.starts_with('+') && !line.chars().any(char::is_control), "{name}: {line:?}");
                assert!(paint.unicode || line.is_ascii(), "{name}: {line:?}");
            }
        }
        for line in actions::log_line(&text, LIMIT).split('\n') {
            assert!(
                line.starts_with("  | ") && !line.contains("##[") && !line.contains('\r'),
                "{name}: {line:?}"
            );
        }
        let property = actions::workflow_property(&text, actions::TITLE);
        assert!(
            !property.contains([':', ',', '\n', '\r']) && !property.contains("##["),
            "{name}: {property:?}"
        );
        let data = actions::workflow_data(&text, actions::MESSAGE);
        assert!(!data.contains(['\n', '\r']) && !data.contains("##["), "{name}: {data:?}");
        assert!(!html::html(&text, LIMIT).contains(['<', '>', '"', '\'']), "{name}");
        let words = paste(&text).is_none_or(|name| !name.contains([' ', '$', '`', ';', '\n']));
        assert!(words, "{name}");
    }
}

/// Text that meets the traps more often than any characters would.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "[`~|\\\\\\[\\]()<>&#@!*_$:\n\r \t-]{1,4}",
        Just("```\n".to_owned()),
        Just("\u{1b}[2J".to_owned()),
        Just("<!--".to_owned()),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn code_has_no_ascii_but_its_own_tags_and_references(text in nasty()) {
        let whole = code(&text, LIMIT);
        let inside = whole.strip_prefix("<code>").and_then(|t| t.strip_suffix("</code>")).expect("its tags");
        let mut rest = inside;
        while let Some(at) = rest.find(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()) {
            let reference = rest[at..].strip_prefix("&#").expect("only a reference");
            let (digits, after) = reference.split_once(';').expect("that ends");
            prop_assert!(digits.bytes().all(|b| b.is_ascii_digit()));
            rest = after;
        }
    }

    #[test]
    fn terminal_text_has_no_controls(text in nasty(), limit in 0usize..50) {
        let shown = terminal::term(&text, limit);
        prop_assert!(!shown.chars().any(char::is_control));
        prop_assert!(shown.chars().count() <= limit);
    }

    #[test]
    fn no_line_inside_closes_its_fence(text in nasty(), comment in any::<bool>()) {
        let sink = if comment { Sink::Comment } else { Sink::File };
        let whole = fence(Info::Json, &text, sink);
        let lines: Vec<&str> = whole.split('\n').collect();
        let ticks = lines[lines.len() - 1];
        prop_assert!(ticks.len() >= 3 && ticks.bytes().all(|b| b == b'`'));
        prop_assert_eq!(lines[0], format!("{ticks}json"));
        for line in &lines[1..lines.len() - 1] {
            prop_assert!(!line.contains(ticks), "{:?}", line);
        }
    }

    #[test]
    fn any_text_is_text_for_the_renderer(text in nasty()) {
        let events = rendered(&format!("| a | b |\n| - | - |\n| x {} y | z |\n", code(&text, LIMIT)));
        prop_assert_eq!(texts(&events, "code", "cell"), vec![visible(&text, LIMIT)]);
        prop_assert_eq!((count(&events, "td"), count(&events, "a"), count(&events, "img")), (2, 0, 0));
    }
}
