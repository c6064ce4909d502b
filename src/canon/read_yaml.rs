//! YAML bytes → [`Node`], in one of three dialects, over the events of the parser (crate granit-parser).
//!
//! `Strict` is for what people and this program write now: nothing that two readers could take for two
//! values. `V11` reads the files of the reference system as its loader does, since their digests depend
//! on it. `V12` reads what others write by the standard. All keep lines, refuse duplicate keys and are bounded.

use serde_yaml::granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, StrInput, Tag};

use super::fault::{Fault, FaultKind};
use super::limits::Limits;
use super::node::{Node, Value};
use super::open::{self, Bom, quote};
use super::tree::{Builder, Key, Stop};
use super::{plain, scalar11, scalar12};

/// How scalars and the extras of YAML are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// No directive, tag, anchor, alias or merge key; what readers read differently must be quoted.
    Strict,
    /// YAML 1.1 as the reference reads it: its scalars, merge keys, bounded aliases.
    V11,
    /// YAML 1.2 with its core schema, merge keys, bounded aliases; a key is text as it is written, so that the
    /// statuses of an API description need no quotes. Nothing that is signed is read in it.
    V12,
}

/// Reads a YAML file of one document; an empty file is `null`.
///
/// # Errors
/// `Limit` over size, depth, number or length of values, aliases; `Conflict` for markers of an
/// unfinished merge; `Strict` for what the dialect refuses; else `Syntax`. With line and excerpt.
pub fn read_yaml(file: &str, bytes: &[u8], dialect: Dialect, limits: &Limits) -> Result<Node, Fault> {
    let strict = dialect == Dialect::Strict;
    let text = open::open(file, bytes, limits, if strict { Bom::Refused } else { Bom::Skipped })?;
    open::merged(file, text)?;
    let mut tree = Builder::new(limits);
    let read = printable(text).and_then(|()| Reader::new(text, dialect, limits).document(&mut tree));
    read.and_then(|()| tree.finish()).map_err(|stop| {
        let mut fault = Fault::new(file, stop.kind, stop.message).line(stop.line).pointer(tree.pointer());
        fault.hint = stop.hint.map(str::to_owned);
        open::syntax(fault, text)
    })
}

/// Raw characters that YAML does not allow, or that YAML 1.1 takes for line breaks and 1.2 does not.
fn printable(text: &str) -> Result<(), Stop> {
    let odd = |c: &char| match *c {
        '\t' | '\n' | '\r' | ' '..='~' => false,
        c => c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FFFE}' | '\u{FFFF}'),
    };
    match text.char_indices().find(|(_, c)| odd(c)) {
        Some((at, c)) => {
            let line = open::line_at(text.as_bytes(), at);
            let stop = Stop::new(FaultKind::Syntax, line, format!("raw character U+{:04X}", u32::from(c)));
            Err(stop.hint("write it as an escape in double quotes"))
        }
        None => Ok(()),
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Whether the file ends with a line feed.
    ended: bool,
    dialect: Dialect,
    strict: bool,
    limits: &'a Limits,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, dialect: Dialect, limits: &'a Limits) -> Reader<'a> {
        let strict = dialect == Dialect::Strict;
        let mut options = Options::default();
        options.disallow_directives = strict;
        options.strict_indentation = strict;
        // As the reference: no line feed is made up after a block scalar that ends the file.
        options.block_scalar_eof_without_line_feed = !strict;
        options.flow_nesting_limit = limits.depth_in_force();
        options.block_nesting_limit = limits.depth_in_force();
        options.emit_comments = false;
        let ended = text.ends_with(['\n', '\r']);
        Reader { parser: Parser::new_from_str_with_options(text, options), ended, dialect, strict, limits }
    }

    fn document(mut self, tree: &mut Builder) -> Result<(), Stop> {
        let mut documents = 0;
        let mut block = None;
        while let Some(next) = self.parser.next_event() {
            let (event, span) = next.map_err(|error| self.syntax(&error))?;
            let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(Stop::new(FaultKind::Strict, line, "a second document"));
                    }
                }
                Event::Scalar(text, style, anchor, tag) => {
                    self.extras(anchor, tag.as_deref(), Some(style), line)?;
                    // What is left out arrives as `~`, without a place of its own.
                    let absent = style == ScalarStyle::Plain && span.is_empty();
                    if !absent {
                        block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded).then_some(line);
                    }
                    let text = if absent { "" } else { &*text };
                    let quoted = style != ScalarStyle::Plain || tag.is_some();
                    match tree.wants_key() {
                        true => {
                            let key = self.key(text, quoted, line)?;
                            tree.key(key, text.len(), anchor, line)?;
                        }
                        false => {
                            let value = self.value(text, quoted, line)?;
                            tree.scalar(Node { value, line }, text.len(), anchor)?;
                        }
                    }
                }
                Event::SequenceStart(_, anchor, tag) => {
                    self.extras(anchor, tag.as_deref(), None, line)?;
                    tree.open(true, anchor, line)?;
                }
                Event::MappingStart(_, anchor, tag) => {
                    self.extras(anchor, tag.as_deref(), None, line)?;
                    tree.open(false, anchor, line)?;
                }
                Event::SequenceEnd | Event::MappingEnd => tree.close()?,
                Event::Alias(id) if !self.strict => tree.alias(id, line)?,
                Event::Alias(_) => return Err(refused("an alias", line)),
                _ => {}
            }
        }
        match block {
            // Readers differ in whether such a text ends with a line feed.
            Some(line) if self.strict && !self.ended => {
                let message = "a block of text ends the file without a line feed";
                Err(Stop::new(FaultKind::Strict, line, message).hint("end the file with a line feed"))
            }
            _ => Ok(()),
        }
    }

    /// Anchors and tags.
    fn extras(
        &self,
        anchor: usize,
        tag: Option<&Tag>,
        style: Option<ScalarStyle>,
        line: u32,
    ) -> Result<(), Stop> {
        if self.strict && anchor != 0 {
            return Err(refused("an anchor", line));
        }
        match tag {
            None => Ok(()),
            Some(_) if self.strict => Err(refused("a tag", line)),
            // Text made text by name changes nothing; every other tag changes what a value is.
            Some(tag) if style.is_some() && tag.is_yaml_core_schema_tag("str") => Ok(()),
            Some(tag) => Err(refused("a tag", line).note(&tag.original())),
        }
    }

    fn value(&self, text: &str, quoted: bool, line: u32) -> Result<Value, Stop> {
        if quoted {
            return Ok(Value::Text(text.to_owned()));
        }
        if self.dialect == Dialect::V12 {
            return Ok(scalar12::resolve(text));
        }
        if !self.strict {
            return scalar11::resolve(text).map_err(|why| {
                Stop::new(FaultKind::Strict, line, format!("{why} has no digest: {}", quote(text)))
                    .hint("quote it")
            });
        }
        match text {
            "" => Ok(Value::Null),
            _ => plain::strict(text).map_err(|what| {
                let message = format!("{} is {what} to some readers of YAML", quote(text));
                Stop::new(FaultKind::Strict, line, message).hint("put it in double quotes")
            }),
        }
    }

    fn key(&self, text: &str, quoted: bool, line: u32) -> Result<Key, Stop> {
        if !quoted && text == "<<" {
            return match self.strict {
                true => Err(refused("a merge key", line)),
                false => Ok(Key::merge(line)),
            };
        }
        if self.dialect == Dialect::V12 {
            return Ok(Key::text(text, line));
        }
        // YAML 1.1 gives the default-value key its text where it stands as a key.
        if !quoted && text == "=" && !self.strict {
            return Ok(Key::text(text, line));
        }
        match self.value(text, quoted, line)? {
            Value::Text(text) => Ok(Key::text(text, line)),
            value if self.strict => {
                let message = format!("the key {} is {}, not text", quote(text), Node::new(value).kind());
                Err(Stop::new(FaultKind::Strict, line, message).hint("put it in double quotes"))
            }
            value => Key::of(&value, line),
        }
    }

    fn syntax(&self, error: &ScanError) -> Stop {
        let line = u32::try_from(error.marker().line()).unwrap_or(u32::MAX);
        match error.kind() {
            ErrorKind::DirectiveDisallowed => refused("a directive", line),
            ErrorKind::RecursionLimitExceeded => Stop::new(
                FaultKind::Limit,
                line,
                format!("lists and maps more than {} deep", self.limits.depth_in_force()),
            ),
            kind => Stop::new(FaultKind::Syntax, line, kind.to_string().to_lowercase()),
        }
    }
}

fn refused(what: &str, line: u32) -> Stop {
    Stop::new(FaultKind::Strict, line, format!("{what}, which is not read in this file"))
        .hint("write the value out")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::canon::json::canonical;
    use crate::canon::testing::mutate;

    fn strict(text: &str) -> Result<Node, Fault> {
        read_yaml("f.yaml", text.as_bytes(), Dialect::Strict, &Limits::new(1 << 20))
    }

    fn v11(text: &str) -> Result<Node, Fault> {
        read_yaml("f.yaml", text.as_bytes(), Dialect::V11, &Limits::new(1 << 20).with_aliases(1000))
    }

    fn refused(text: &str) -> Fault {
        let fault = strict(text).expect_err(text);
        assert_eq!(fault.kind, FaultKind::Strict, "{text}: {fault}");
        fault
    }

    #[test]
    fn strict_takes_what_all_readers_agree_on() {
        let text = "a: 1\nb: true\nc:\nd: null\ne: 2026-12-01T00:05:00Z\nf: 683f3e2a3a70957c\ng: 'yes'\n\
                    h: |\n  text\ni: [x, {z: -3}]\n\"1\": \"0x1F\"\nj: 2027-01-31\n";
        let expected = r#"{"1":"0x1F","a":1,"b":true,"c":null,"d":null,"e":"2026-12-01T00:05:00Z","f":"683f3e2a3a70957c","g":"yes","h":"text\n","i":["x",{"z":-3}],"j":"2027-01-31"}"#;
        assert_eq!(canonical(&strict(text).expect("valid")), expected);
        assert_eq!(strict("").expect("empty").value, Value::Null);
        assert_eq!(strict("[a, , b]").map(|n| canonical(&n)).ok(), None, "no empty items in a flow list");
    }

    #[test]
    fn strict_refuses_what_readers_read_differently() {
        for text in [
            "yes", "No", "on", "y", "True", "~", "Null", "0x1F", "010", "1_000", "1:30", "1e3", ".5", "1.0",
            "+1", ".inf", "=",
        ] {
            let fault = refused(&format!("a: b\nk: {text}\n"));
            assert_eq!(fault.line, 2, "{text}");
            assert!(fault.message.contains(&format!("`{text}`")), "{}", fault.message);
            assert_eq!(fault.pointer, "/k");
            assert!(fault.hint.expect("hint").contains("quotes"));
            assert_eq!(fault.excerpt[0].0, 1);
        }
    }

    #[test]
    fn strict_refuses_the_extras_of_yaml() {
        for (text, what) in [
            ("a: |\n  x", "without a line feed"),
            ("a: >+\n  x", "without a line feed"),
            ("? |\n  x", "without a line feed"),
            ("a: &x 1\n", "an anchor"),
            ("&x a: 1\n", "an anchor"),
            ("a: &x [1]\n", "an anchor"),
            ("a: !!str 1\n", "a tag"),
            ("a: !x {}\n", "a tag"),
            ("a: ! x\n", "a tag"),
            ("<<: {a: 1}\n", "a merge key"),
            ("%YAML 1.1\n---\na: 1\n", "a directive"),
            ("%FOO\n---\na: 1\n", "a directive"),
            ("a: 1\n---\nb: 1\n", "a second document"),
            ("---\n---\n", "a second document"),
            ("1: a\n", "not text"),
            ("true: a\n", "not text"),
            (": a\n", "not text"),
            ("~: a\n", "null to some"),
            ("? [a]\n: b\n", "a key that is a list"),
            ("{a: 1}: b\n", "a key that is a list"),
            ("\u{FEFF}a: 1\n", "byte order mark"),
            ("a: 1\n\"a\": 2\n", "duplicate key `a`, first on line 1"),
            ("x:\n- b: {c: 1,\n    c: 2}\n", "duplicate key `c`, first on line 2"),
        ] {
            let fault = refused(text);
            assert!(fault.message.contains(what), "{text:?}: {fault}");
            assert!(fault.line > 0, "{text:?}");
        }
        assert!(strict("a: *x\n").is_err());
    }

    #[test]
    fn raw_characters_that_split_lines_for_some_are_refused() {
        for c in ['\u{85}', '\u{2028}', '\u{2029}', '\u{7}', '\u{7f}', '\u{FFFE}'] {
            for read in [strict, v11] {
                let fault = read(&format!("a: 1\nb: \"x{c}y\"\n")).expect_err("raw");
                assert_eq!((fault.kind, fault.line), (FaultKind::Syntax, 2), "{c:?}");
            }
        }
        assert_eq!(
            strict("a: \"x\\u2028\\x07\"").expect("escaped").get("a").and_then(Node::as_text),
            Some("x\u{2028}\u{7}")
        );
    }

    #[test]
    fn every_value_has_its_line() {
        let node = strict("a:\n  b: 1\nc:\n- x\n- d: z\n").expect("valid");
        let line = |pointer: &str| node.at(pointer).expect(pointer).line;
        assert_eq!((line("/a/b"), line("/c/0"), line("/c/1/d"), line("")), (2, 4, 5, 1));
    }

    #[test]
    fn v11_merges_as_the_reference() {
        for (text, expected) in [
            ("x: &b {k: 1, j: 2}\ny: {<<: *b, j: 3}\n", r#"{"x":{"j":2,"k":1},"y":{"j":3,"k":1}}"#),
            ("y: {j: 3, <<: {k: 1, j: 2}}\n", r#"{"y":{"j":3,"k":1}}"#),
            (
                "a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}\n",
                r#"{"a":{"k":1},"b":{"k":2,"l":3},"c":{"k":1,"l":3}}"#,
            ),
            ("\"<<\": 1\n", r#"{"<<":1}"#),
            ("=: 1\n", r#"{"=":1}"#),
            ("? &k a\n: *k\n", r#"{"a":"a"}"#),
            ("a: &k b\n*k : c\n", r#"{"a":"b","b":"c"}"#),
            ("a: !!str 1\n", r#"{"a":"1"}"#),
            ("2: a\n1.5: b\nnull: c\nfalse: d\n", r#"{"1.5":"b","2":"a","False":"d","None":"c"}"#),
            ("\u{FEFF}a: 1\n", r#"{"a":1}"#),
            ("%YAML 1.1\n---\na: 1\n", r#"{"a":1}"#),
            ("a: |\n  x", r#"{"a":"x"}"#),
        ] {
            assert_eq!(v11(text).map(|n| canonical(&n)).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn v11_refuses_what_has_no_single_digest() {
        for text in [
            "a: 2026-01-01\n",
            "a: .inf\n",
            "a: .nan\n",
            "a: 1.0e+999\n",
            "1: a\n\"1\": b\n",
            "1: a\ntrue: b\n",
            "1.0: a\n1: b\n",
            "-0.0: a\nfalse: b\n",
            "None: a\n~: b\n",
            "1.0e+16: a\n10000000000000000: b\n",
            "a: 1\na: 2\n",
            "a: &x {1: b}\nc: {<<: *x, \"1\": d}\n",
            "<<: {a: 1}\n<<: {b: 1}\n",
            "a: {<<: 1}\n",
            "a: <<\n",
            "a: =\n",
            "a: !!binary YQ==\n",
            "a: !!set {b}\n",
            "a: &a [*a]\n",
            "? [a]\n: b\n",
        ] {
            let fault = v11(text).expect_err(text);
            assert_eq!(fault.kind, FaultKind::Strict, "{text}: {fault}");
        }
    }

    #[test]
    fn bombs_end_fast() {
        let mut nine = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        let mut long = format!("a0: &a0 \"{}\"\nb: [", "x".repeat(500_000));
        let mut deep = String::from("a0: &a0 [x]\n");
        let mut nested = String::new();
        for n in 1..10 {
            let many = vec![format!("*a{}", n - 1); 9].join(",");
            nine.push_str(&format!("a{n}: &a{n} [{many}]\n"));
        }
        long.push_str(&vec!["*a0"; 900].join(","));
        long.push(']');
        for n in 1..200 {
            deep.push_str(&format!("a{n}: &a{n} [*a{}]\n", n - 1));
        }
        for n in 0..100 {
            nested.push_str(&format!("&n{n} ["));
        }
        nested.push_str(&vec!["x"; 20_000].join(","));
        nested.push_str(&"]".repeat(100));
        let mut keys = format!("a0: &a0 {}\na1: &a1 {{*a0 : 1}}\n", "k".repeat(400_000));
        for n in 2..5 {
            keys.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 20].join(",")));
        }
        let start = Instant::now();
        for text in [&nine, &long, &deep, &nested, &keys] {
            assert_eq!(v11(text).expect_err("a bomb").kind, FaultKind::Limit, "{}", &text[..20]);
        }
        let one = read_yaml("f", b"a: &a 1\nb: *a\n", Dialect::V11, &Limits::new(100));
        assert_eq!(one.expect_err("no aliases asked for").kind, FaultKind::Limit);
        assert!(start.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn deep_files_end_at_once() {
        let start = Instant::now();
        for open in ["[", "{a: ", "- "] {
            for read in [strict, v11] {
                let fault = read(&open.repeat(200_000 / open.len())).expect_err(open);
                assert_eq!(fault.kind, FaultKind::Limit, "{open}: {fault}");
            }
        }
        assert!(start.elapsed() < Duration::from_secs(5));
        let limits = Limits { depth: 3, ..Limits::new(100) };
        assert!(read_yaml("f", b"[[[1]]]", Dialect::Strict, &limits).is_ok());
        assert!(read_yaml("f", b"[[[[1]]]]", Dialect::Strict, &limits).is_err());
    }

    #[test]
    fn conflicts_are_told_by_name() {
        let fault = strict("a: 1\n<<<<<<< HEAD\nb: 1\n=======\nb: 2\n>>>>>>> x\n").expect_err("conflict");
        assert_eq!((fault.kind, fault.line), (FaultKind::Conflict, 2));
        let fault = strict("a: 1\n=======\nb: 2\n").expect_err("conflict");
        assert_eq!((fault.kind, fault.line), (FaultKind::Conflict, 2));
    }

    proptest! {
        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[-?:,{}&*!|>'\"%@# a1\n\\[\\]]{0,60}") {
            for bytes in [&bytes[..], text.as_bytes()] {
                for dialect in [Dialect::Strict, Dialect::V11] {
                    let _ = read_yaml("f", bytes, dialect, &Limits::new(1000).with_aliases(3));
                }
            }
        }

        #[test]
        fn mutated_documents_never_panic_and_faults_name_a_line(
            changes in proptest::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..6)
        ) {
            let valid = "a: &x [1, \"b\\n\"]\nc:\n- d: *x\n  <<: {e: 'f'}\n- |\n  g\n  h\n? i\n: ~\n";
            for dialect in [Dialect::Strict, Dialect::V11] {
                let bytes = mutate(valid.as_bytes(), &changes);
                if let Err(fault) = read_yaml("f", &bytes, dialect, &Limits::new(4000).with_aliases(3)) {
                    prop_assert!(fault.line > 0, "{}", fault);
                }
            }
        }
    }
}
