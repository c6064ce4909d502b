//! JSON bytes → [`Node`], strictly (RFC 8259 without its freedoms).
//!
//! Refused although many readers take it: duplicate keys at any depth, lone surrogates, numbers that
//! overflow, `NaN`, a byte order mark. Integers of any size stay exact, so that two documents that
//! differ have two digests. Every value keeps its line.

use super::fault::{Fault, FaultKind};
use super::limits::Limits;
use super::node::{Node, Value, pointer_step};
use super::open::{self, Bom, quote};

/// Reads a JSON document.
///
/// # Errors
/// `Limit` over size, depth, number or length of values; `Conflict` for markers of an unfinished merge;
/// `Strict` for duplicate keys, lone surrogates, infinities and a byte order mark; else `Syntax`. All
/// but encoding faults name the line and show it.
pub fn read_json(file: &str, bytes: &[u8], limits: &Limits) -> Result<Node, Fault> {
    let text = open::open(file, bytes, limits, Bom::Refused)?;
    let mut reader = Reader { text, bytes: text.as_bytes(), at: 0, line: 1, depth: 0, nodes: 0, limits };
    reader.document().map_err(|stop| {
        let mut fault = Fault::new(file, stop.kind, stop.message).line(stop.line);
        fault.pointer = stop.steps.iter().rev().map(|step| format!("/{}", pointer_step(step))).collect();
        fault.hint = stop.hint.map(str::to_owned);
        open::syntax(fault, text)
    })
}

/// Where and why reading stopped; the steps lead from the inside out.
struct Stop {
    kind: FaultKind,
    line: u32,
    message: String,
    hint: Option<&'static str>,
    steps: Vec<String>,
}

impl Stop {
    fn hint(mut self: Box<Self>, hint: &'static str) -> Box<Self> {
        self.hint = Some(hint);
        self
    }

    fn under(mut self: Box<Self>, step: impl FnOnce() -> String) -> Box<Self> {
        self.steps.push(step());
        self
    }
}

type Read<T> = Result<T, Box<Stop>>;

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: u32,
    depth: usize,
    nodes: usize,
    limits: &'a Limits,
}

impl Reader<'_> {
    fn document(&mut self) -> Read<Node> {
        self.space();
        let node = self.value()?;
        self.space();
        match self.peek() {
            None => Ok(node),
            Some(_) => Err(self.unexpected("the end of the file")),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Skips white space. Line breaks stand nowhere else: in a string they are refused.
    fn space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => self.line = self.line.saturating_add(1),
                b' ' | b'\r' | b'\t' => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    fn stop(&self, kind: FaultKind, message: impl Into<String>) -> Box<Stop> {
        let message = message.into();
        Box::new(Stop { kind, line: self.line, message, hint: None, steps: Vec::new() })
    }

    fn unexpected(&self, wanted: &str) -> Box<Stop> {
        let Some(found) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
            return self.stop(FaultKind::Syntax, format!("ends where {wanted} was expected"));
        };
        let stop = self.stop(FaultKind::Syntax, format!("`{found}` where {wanted} was expected"));
        match found {
            '/' | '#' => stop.hint("JSON has no comments: remove it"),
            '\'' => stop.hint("use double quotes"),
            ']' | '}' => stop.hint("remove the comma before it"),
            _ => stop,
        }
    }

    fn value(&mut self) -> Read<Node> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.stop(FaultKind::Limit, format!("more than {} values", self.limits.nodes)));
        }
        let line = self.line;
        let value = match self.peek() {
            Some(b'{') => self.nested(Reader::map)?,
            Some(b'[') => self.nested(Reader::list)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b'a'..=b'z' | b'A'..=b'Z') => self.word()?,
            _ => return Err(self.unexpected("a value")),
        };
        Ok(Node { value, line })
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        self.depth += 1;
        let most = self.limits.depth_in_force();
        if self.depth > most {
            return Err(self.stop(FaultKind::Limit, format!("lists and maps more than {most} deep")));
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn list(&mut self) -> Read<Value> {
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value().map_err(|stop| stop.under(|| items.len().to_string()))?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::List(items));
                }
                _ => return Err(self.unexpected("`,` or `]`")),
            }
            self.space();
        }
    }

    fn map(&mut self) -> Read<Value> {
        let mut members: Vec<(String, Node)> = Vec::new();
        // Lines of the keys; none as long as all are on the first one's.
        let mut lines: Vec<u32> = Vec::new();
        self.space();
        let first_line = self.line;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("a key in double quotes"));
            }
            if self.line != first_line || !lines.is_empty() {
                lines.resize(members.len(), first_line);
                lines.push(self.line);
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("`:`"));
            }
            self.at += 1;
            self.space();
            let node = self.value().map_err(|stop| stop.under(|| key.clone()))?;
            members.push((key, node));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                _ => return Err(self.unexpected("`,` or `}`")),
            }
            self.space();
        }
        if let Some((first, second)) = open::duplicate(&members) {
            let key = &members[second].0;
            let line = |at: usize| lines.get(at).copied().unwrap_or(first_line);
            let message = format!("duplicate key {}, first on line {}", quote(key), line(first));
            let mut stop = self.stop(FaultKind::Strict, message).hint("remove one of the two");
            stop.line = line(second);
            return Err(stop.under(|| key.clone()));
        }
        Ok(Value::Map(members))
    }

    fn word(&mut self) -> Read<Value> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let value = match &rest[..length] {
            b"null" => Value::Null,
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            b"NaN" | b"Infinity" => return Err(self.not_finite()),
            word => {
                let message = format!("{} is no value", quote(&String::from_utf8_lossy(word)));
                return Err(self.stop(FaultKind::Syntax, message).hint("put text in double quotes"));
            }
        };
        self.at += length;
        Ok(value)
    }

    fn not_finite(&self) -> Box<Stop> {
        self.stop(FaultKind::Strict, "a number that is not finite")
    }

    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn number(&mut self) -> Read<Value> {
        let start = self.at;
        let minus = self.peek() == Some(b'-');
        self.at += usize::from(minus);
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 {
            return Err(match self.peek() {
                Some(b'I') => self.not_finite(),
                _ => self.unexpected("a digit"),
            });
        }
        if leading_zero && whole > 1 {
            return Err(self.stop(FaultKind::Syntax, "a number with a leading zero"));
        }
        let mut float = false;
        if self.peek() == Some(b'.') {
            float = true;
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.unexpected("a digit"));
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            float = true;
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            if self.digits() == 0 {
                return Err(self.unexpected("a digit"));
            }
        }
        let digits = &self.text[start..self.at];
        if digits.len() > self.limits.text || !float && whole > Limits::DIGITS {
            return Err(self.stop(FaultKind::Limit, format!("a number of {} characters", digits.len())));
        }
        if !float {
            let digits = if digits == "-0" { "0" } else { digits };
            return Ok(Value::Int(digits.to_owned()));
        }
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(self.stop(FaultKind::Strict, format!("{} is too large a number", quote(digits)))),
        }
    }

    fn string(&mut self) -> Read<String> {
        self.at += 1;
        let start = self.at;
        let end = self.plain_end();
        if self.bytes.get(end) == Some(&b'"') {
            // The usual case: nothing to unescape, one copy.
            self.at = end + 1;
            self.text_bound(end - start)?;
            return Ok(self.text[start..end].to_owned());
        }
        let mut text = String::new();
        loop {
            let end = self.plain_end();
            text.push_str(&self.text[self.at..end]);
            self.text_bound(text.len())?;
            self.at = end;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(byte) => {
                    let message = format!("control character U+{byte:04X} in a string");
                    return Err(self.stop(FaultKind::Syntax, message).hint("write it as an escape"));
                }
                None => return Err(self.stop(FaultKind::Syntax, "ends inside a string")),
            }
        }
    }

    fn text_bound(&self, length: usize) -> Read<()> {
        match length > self.limits.text {
            true => {
                Err(self.stop(FaultKind::Limit, format!("a text of more than {} bytes", self.limits.text)))
            }
            false => Ok(()),
        }
    }

    /// The end of the stretch without quote, backslash and control character: eight bytes at a time, then
    /// one by one. Most of the time of a big file is spent here.
    fn plain_end(&self) -> usize {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        // Whether any byte of the word is below n (for n up to 128; Bit Twiddling Hacks, "hasless").
        let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word & HIGHS;
        let rest = &self.bytes[self.at..];
        let mut at = self.at;
        for chunk in rest.chunks_exact(8) {
            let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
            let quote = word ^ (ONES * u64::from(b'"'));
            let backslash = word ^ (ONES * u64::from(b'\\'));
            let hit = below(word, 0x20) | below(quote, 1) | below(backslash, 1);
            if hit != 0 {
                // A borrow marks bytes above the first one wrongly, never below: the lowest mark is right.
                return at + hit.trailing_zeros() as usize / 8;
            }
            at += 8;
        }
        let rest = &self.bytes[at..];
        at + rest.iter().position(|b| *b < 0x20 || *b == b'"' || *b == b'\\').unwrap_or(rest.len())
    }

    fn escape(&mut self) -> Read<char> {
        let name = self.bytes.get(self.at + 1).copied();
        self.at += 2;
        Ok(match name {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.stop(FaultKind::Syntax, "an unknown escape in a string")),
        })
    }

    fn unicode(&mut self) -> Read<char> {
        let first = self.hex4()?;
        if let Some(char) = char::from_u32(first) {
            return Ok(char);
        }
        // RFC 8259 §7: beyond U+FFFF as a pair, high surrogate first.
        if first < 0xDC00 && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let second = self.hex4()?;
            if (0xDC00..0xE000).contains(&second) {
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                return char::from_u32(code).ok_or_else(|| self.lone(first));
            }
        }
        Err(self.lone(first))
    }

    fn lone(&self, code: u32) -> Box<Stop> {
        self.stop(FaultKind::Strict, format!("lone surrogate \\u{code:04x} in a string: not a character"))
    }

    fn hex4(&mut self) -> Read<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).unwrap_or_default();
        let code = digits.iter().try_fold(0, |code, b| char::from(*b).to_digit(16).map(|d| code << 4 | d));
        match code {
            Some(code) if digits.len() == 4 => {
                self.at += 4;
                Ok(code)
            }
            _ => Err(self.stop(FaultKind::Syntax, "`\\u` without four hex digits")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;
    use crate::canon::testing::mutate;

    fn read(text: &str) -> Result<Node, Fault> {
        read_json("f.json", text.as_bytes(), &Limits::new(1 << 20))
    }

    fn fails(text: &str) -> Fault {
        read(text).expect_err(text)
    }

    #[test]
    fn every_value_has_its_line() {
        let node = read("{\n \"a\": [\n  1,\n  {\"b\":\n   null}]\n}\n").expect("valid");
        let line = |pointer: &str| node.at(pointer).expect(pointer).line;
        assert_eq!((line(""), line("/a"), line("/a/0"), line("/a/1"), line("/a/1/b")), (1, 2, 3, 4, 5));
    }

    #[test]
    fn duplicate_keys_are_refused_at_any_depth_with_both_lines() {
        let fault = fails("{\"x\": [{\n\"a\": 1,\n\"b\": 2,\n\"a\": 3}]}");
        assert_eq!((fault.kind, fault.line), (FaultKind::Strict, 4));
        assert_eq!(fault.pointer, "/x/0/a");
        assert_eq!(fault.message, "duplicate key `a`, first on line 2");
        assert_eq!(fault.excerpt[0].0, 3);
        assert!(fails(r#"{"a":1,"\u0061":2}"#).message.contains("duplicate"), "escapes are one key");
    }

    #[test]
    fn integers_stay_exact() {
        let node = read("[-0, 0, 18446744073709551617, -9007199254740993]").expect("valid");
        let digits: Vec<_> = node.items().iter().map(|n| n.value.clone()).collect();
        let expected = ["0", "0", "18446744073709551617", "-9007199254740993"];
        assert_eq!(digits, expected.map(|d| Value::Int(d.into())));
    }

    #[test]
    fn what_is_no_number_everywhere_is_refused() {
        for text in ["1e400", "-1e400", "NaN", "Infinity", "-Infinity"] {
            assert_eq!(fails(text).kind, FaultKind::Strict, "{text}");
        }
        for text in ["01", "-", "1.", ".5", "1e", "+1", "0x1", "1e+", "--1", "-a"] {
            assert_eq!(fails(text).kind, FaultKind::Syntax, "{text}");
        }
        assert_eq!(fails(&"9".repeat(4301)).kind, FaultKind::Limit);
        assert!(read(&"9".repeat(4300)).is_ok());
        assert_eq!(read("1e-400").expect("zero").value, Value::Float(0.0));
    }

    #[test]
    fn strings_are_characters() {
        let text = r#""\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00é""#;
        assert_eq!(read(text).expect("valid").as_text(), Some("\"\\/\u{8}\u{c}\n\r\té😀é"));
        for text in [r#""\ud800""#, r#""\ud800x""#, r#""\ude00""#, r#""\ud800\ud800""#, r#""\ud800\u0041""#] {
            assert_eq!(fails(text).kind, FaultKind::Strict, "{text}");
        }
        for text in
            ["\"a\nb\"", "\"\t\"", r#""\x""#, r#""\u12""#, r#""\u12g4""#, "\"abc", "\"\\", r#""\u+123""#]
        {
            assert_eq!(fails(text).kind, FaultKind::Syntax, "{text:?}");
        }
    }

    #[test]
    fn the_grammar_has_no_freedoms() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "[1 2]",
            "{} {}",
            "[1] //",
            "nul",
            "truex",
            "]",
            "[,]",
            "{\"a\"}",
        ] {
            assert_eq!(fails(text).kind, FaultKind::Syntax, "{text}");
        }
        assert!(fails("{} // c").hint.expect("hint").contains("comments"));
        assert!(fails("[1,\n]").hint.expect("hint").contains("comma"));
        assert_eq!(fails("\n\n{}x").line, 3);
    }

    #[test]
    fn limits_hold() {
        let limits = Limits { depth: 3, nodes: 10, text: 4, ..Limits::new(100) };
        let kind = |text: &str| read_json("f", text.as_bytes(), &limits).map(|_| ()).map_err(|f| f.kind);
        assert_eq!(kind("[[[1]]]"), Ok(()));
        assert_eq!(kind("[[[[1]]]]"), Err(FaultKind::Limit));
        assert_eq!(kind("[1,2,3,4,5,6,7,8,9]"), Ok(()));
        assert_eq!(kind("[1,2,3,4,5,6,7,8,9,10]"), Err(FaultKind::Limit));
        assert_eq!(kind("\"abcd\""), Ok(()));
        assert_eq!(kind("\"abcde\""), Err(FaultKind::Limit));
        assert_eq!(kind("\"\\u00e9\\u00e9x\""), Err(FaultKind::Limit));
        assert_eq!(kind("{\"abcde\":1}"), Err(FaultKind::Limit));
        assert_eq!(kind(&" ".repeat(101)), Err(FaultKind::Limit));
    }

    #[test]
    fn deep_and_big_files_end_at_once() {
        let start = Instant::now();
        for open in ["[", "{\"a\":"] {
            let fault = fails(&open.repeat(200_000 / open.len()));
            assert_eq!(fault.kind, FaultKind::Limit);
        }
        let huge = vec![b'['; 100 << 20];
        assert_eq!(read_json("f", &huge, &Limits::new(1 << 20)).expect_err("big").kind, FaultKind::Limit);
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn many_keys_take_no_square_time() {
        let keys: Vec<String> = (0..200_000).map(|n| format!("\"{n}\":0")).collect();
        let text = format!("{{{}}}", keys.join(","));
        let start = Instant::now();
        assert!(read_json("f", text.as_bytes(), &Limits::new(1 << 24)).is_ok());
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn half_removed_conflicts_are_told_by_name() {
        let fault = fails("{\n\"a\": 1,\n=======\n\"a\": 2\n}");
        assert_eq!((fault.kind, fault.line), (FaultKind::Conflict, 3));
    }

    proptest! {
        #[test]
        fn the_end_of_a_plain_stretch_is_its_first_odd_byte(text in "[a-z\u{80}-\u{ff} !#]{0,40}[\"\\\\\u{0}-\u{20}a]{0,9}[a-z\u{0}-\u{21}]{0,9}") {
            let limits = Limits::new(1000);
            let reader = Reader { text: &text, bytes: text.as_bytes(), at: 0, line: 1, depth: 0, nodes: 0, limits: &limits };
            let odd = text.bytes().position(|b| b < 0x20 || b == b'"' || b == b'\\').unwrap_or(text.len());
            prop_assert_eq!(reader.plain_end(), odd);
        }

        #[test]
        fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read_json("f", &bytes, &Limits::new(1000));
        }

        #[test]
        fn mutated_documents_never_panic_and_faults_name_a_line(
            changes in proptest::collection::vec((any::<usize>(), any::<u8>(), any::<u8>()), 1..6)
        ) {
            let valid = r#"{"a": [1, -2.5e3, "x\u00e9\n", {"b": null}], "c": {"d": [true, false, []]}}"#;
            if let Err(fault) = read_json("f", &mutate(valid.as_bytes(), &changes), &Limits::new(4000)) {
                prop_assert!(fault.line > 0, "{}", fault);
            }
        }
    }
}
