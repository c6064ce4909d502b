//! The splitter beside a whole parse, for blocks of any size.

use proptest::prelude::*;

use super::*;

const LOG: Target = Target::Array(&["log", "entries"]);

/// What is taken out of a document that comes in blocks of so many bytes.
fn split(target: Target, text: &[u8], size: usize) -> Result<Vec<(String, u64)>, Stop> {
    let mut splitter = Splitter::new(target, 1 << 20);
    let mut pieces = Vec::new();
    let mut take = |piece: Piece| match piece {
        Piece::Whole(bytes, line) => pieces.push((String::from_utf8_lossy(bytes).into_owned(), line)),
        Piece::TooLarge(line) => pieces.push(("over".to_owned(), line)),
    };
    for block in text.chunks(size.max(1)) {
        splitter.push(block, &mut take)?;
    }
    let n = splitter.finish(&mut take)?;
    assert_eq!(n as usize, pieces.len());
    Ok(pieces)
}

fn log(text: &str) -> Vec<String> {
    split(LOG, text.as_bytes(), 7)
        .unwrap_or_else(|stop| panic!("{text}: {stop:?}"))
        .into_iter()
        .map(|p| p.0)
        .collect()
}

#[test]
fn entries_are_found_wherever_they_stand() {
    assert_eq!(log(r#"{"log":{"entries":[{"a":"]}"},{"b":[1]}]}}"#), [r#"{"a":"]}"}"#, r#"{"b":[1]}"#]);
    assert_eq!(
        log(
            r#"{"x":{"entries":[1]},"entries":[2],"log":{"pages":[{"entries":[3]}],"n":-1.5e3,"entries":[ {} , null ,"s"],"z":[]},"y":true}"#
        ),
        ["{}", "null", "\"s\""]
    );
    assert_eq!(log(r#"{"log":{"entries":[]}}"#), Vec::<String>::new());
}

#[test]
fn each_entry_has_its_line() {
    let text = b"{\"log\": {\n\"entries\": [\n{\n},\n\n{}]}}";
    for size in 1..40 {
        let lines: Vec<u64> = split(LOG, text, size).unwrap().into_iter().map(|p| p.1).collect();
        assert_eq!(lines, [3, 6], "{size}");
    }
}

#[test]
fn what_ends_early_or_is_no_json_is_told_with_its_place() {
    for (text, message, cut) in [
        ("", "is empty", false),
        ("{\"log\":{\"entries\":[{\"a\":1},\n{\"b\"", "ends inside entry 2, which begins on line 2", true),
        ("{\"log\":{\"entries\":[{}", "ends after entry 1", true),
        ("{\"log\":{\"entries\":[{}]", "ends in the middle of the document", true),
        ("{\"log\":{}}", "has no list `log.entries`", false),
        ("{\"log\":{\"entries\":null}}", "has no list `log.entries`", false),
        ("[]", "has no list `log.entries`", false),
        ("hello", "is not JSON: a value that is none", false),
        ("{\"a\":NaN}", "is not JSON: a value that is none", false),
        ("{\"a\" 1}", "is not JSON", false),
        ("{\"log\":{\"entries\":[{} {}]}}", "is not JSON: a comma is missing", false),
        ("{\"log\":{\"entries\":[{},]}}", "is not JSON", false),
        ("{\"log\":{\"entries\":[]},\"log\":{\"entries\":[]}}", "its entries stand in two places", false),
    ] {
        for size in [1, 3, 1000] {
            let stop = split(LOG, text.as_bytes(), size).expect_err(text);
            assert_eq!((stop.message.as_str(), stop.cut), (message, cut), "{text} {size}");
        }
    }
}

#[test]
fn an_entry_over_the_limit_costs_no_other() {
    let mut splitter = Splitter::new(LOG, 8);
    let mut told = Vec::new();
    let text = b"{\"log\":{\"entries\":[{\"a\":1},{\"a\":\"0123456789\"},{}]}}";
    for block in text.chunks(5) {
        splitter.push(block, &mut |piece| told.push(matches!(piece, Piece::Whole(..)))).unwrap();
    }
    assert_eq!(told, [true, false, true]);
}

#[test]
fn what_stands_around_is_bounded() {
    let deep = format!("{{\"a\":{}", "[".repeat(200));
    assert!(split(LOG, deep.as_bytes(), 9).unwrap_err().message.contains("deep"));
    let wide = format!("{{\"a\":\"{}\",\"log\":{{\"entries\":[]}}}}", "x".repeat(AROUND));
    assert!(split(LOG, wide.as_bytes(), 1 << 16).unwrap_err().message.contains("10 MiB"));
}

#[test]
fn documents_may_follow_each_other() {
    let text = b"{\"a\":[1,2]}\n{\"a\":[3]}\n{\"b\":1}\n";
    let pieces = split(Target::Array(&["a"]), text, 4).unwrap();
    assert_eq!(pieces.iter().map(|p| p.0.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    let roots = split(Target::Roots, b" {\"a\":1}\n{\"b\":[]} 7", 3).unwrap();
    assert_eq!(roots.iter().map(|p| p.0.as_str()).collect::<Vec<_>>(), ["{\"a\":1}", "{\"b\":[]}", "7"]);
    assert_eq!(split(Target::Array(&[]), b"[{},{}]", 2).unwrap().len(), 2);
}

proptest! {
    #[test]
    fn blocks_of_any_size_give_what_a_whole_parse_gives(
        values in proptest::collection::vec("\\PC{0,12}|[\\\\\"\\[\\]{}\n]{0,8}", 0..8),
        size in 1usize..64,
        after in any::<bool>(),
    ) {
        let entries: Vec<serde_json::Value> = values
            .iter()
            .enumerate()
            .map(|(n, text)| match n % 3 {
                0 => serde_json::json!({"text": text, "list": [text, {"n": n}]}),
                1 => serde_json::json!(text),
                _ => serde_json::json!([n, {text.clone(): null}]),
            })
            .collect();
        let around = serde_json::json!({"creator": values, "entries": 1});
        let whole = match after {
            true => serde_json::json!({"log": {"entries": entries, "z": around}}),
            false => serde_json::json!({"a": around, "log": {"z": around, "entries": entries}}),
        };
        for text in [serde_json::to_string(&whole).unwrap(), serde_json::to_string_pretty(&whole).unwrap()] {
            let parts = split(LOG, text.as_bytes(), size).unwrap();
            let read: Vec<serde_json::Value> =
                parts.iter().map(|(text, _)| serde_json::from_str(text).unwrap()).collect();
            prop_assert_eq!(&read, &entries);
        }
    }

    #[test]
    fn no_bytes_panic_and_blocks_do_not_matter(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\\[\\]{}\",:a1 \\\\log]{0,80}", size in 1usize..32) {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let said = |size| split(LOG, input, size).map_err(|stop| stop.message);
            prop_assert_eq!(said(size), said(1 << 20));
        }
    }
}

mod near {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_quote_or_backslash_is_found(text in "[a-z\u{80}-\u{ff}]{0,90}[\"\\\\]?[\"\\\\#\\]!a]{0,9}") {
            let bytes = text.as_bytes();
            let first = bytes.iter().position(|b| matches!(b, b'"' | b'\\'));
            prop_assert_eq!(super::super::quote_or_backslash(bytes), first);
        }
    }
}
