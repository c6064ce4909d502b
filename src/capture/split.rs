//! Blocks of bytes in, the text of each element of one array out, in bounded memory.
//!
//! A recording can be larger than memory, and what is wanted of it is one array of small things. What stands around
//! that array is checked as JSON; its elements are only delimited here, so that one that cannot be read costs no other.

use memchr::memchr2;

use super::stop::Stop;

/// What is taken out of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The elements of the array to which these members lead; no members: the document is the array.
    Array(&'static [&'static str]),
    /// Documents themselves, one after another.
    Roots,
}

/// Something that was taken out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// The text of an element, and the line on which it begins.
    Whole(&'a [u8], u64),
    /// An element over the limit, passed over; the line on which it begins.
    TooLarge(u64),
}

/// Bytes around the array that are read at most.
pub const AROUND: usize = 10 << 20;
/// Lists and maps inside each other around the array.
const DEPTH: usize = 128;
/// Bytes of a key or number around the array that are kept to be looked at.
const KEPT: usize = 64;

/// What may come next, around the array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    ValueOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    Done,
}

/// What is being read across blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    /// A string around the array; whether it is a key.
    Text {
        key: bool,
    },
    /// A number or word around the array.
    Word,
    /// The array, between two elements; whether an element may come, and whether the end may.
    Array {
        element: bool,
        end: bool,
    },
    /// An element that is a list or map.
    Nested,
    /// An element that is a string.
    ElementText,
    /// An element that is a number or word.
    ElementWord,
}

/// Takes the elements of one array out of a document that is handed over block by block.
pub struct Splitter {
    target: Target,
    limit: usize,
    next: Next,
    inside: Inside,
    /// For each list (false) and map (true) around the place: the kind, and whether all keys to it led here.
    stack: Vec<(bool, bool)>,
    /// Whether the key just read is the wanted one at its depth.
    key_leads: bool,
    kept: Vec<u8>,
    escaped: bool,
    in_text: bool,
    depth: usize,
    element: Vec<u8>,
    element_line: u64,
    over: bool,
    found: bool,
    /// Whether the array was found in the document that is being read.
    here: bool,
    roots: u64,
    elements: u64,
    around: usize,
    line: u64,
    offset: u64,
}

impl Splitter {
    /// For one document, or several after another; an element may have so many bytes.
    pub fn new(target: Target, limit: usize) -> Splitter {
        Splitter {
            target,
            limit,
            next: Next::Value,
            inside: Inside::Nothing,
            stack: Vec::new(),
            key_leads: false,
            kept: Vec::new(),
            escaped: false,
            in_text: false,
            depth: 0,
            element: Vec::new(),
            element_line: 1,
            over: false,
            found: false,
            here: false,
            roots: 0,
            elements: 0,
            around: 0,
            line: 1,
            offset: 0,
        }
    }

    /// Takes the next block.
    ///
    /// # Errors
    /// What stands around the array is no JSON, too large or too deep, or has the array twice.
    pub fn push(&mut self, block: &[u8], out: &mut dyn FnMut(Piece)) -> Result<(), Stop> {
        let mut at = 0;
        // Line breaks are counted up to here.
        let mut counted = 0;
        while at < block.len() {
            at = match self.inside {
                Inside::Nothing => self.around(block, at, &mut counted)?,
                Inside::Text { key } => self.text(block, at, key, &mut counted)?,
                Inside::Word => self.word(block, at, &mut counted)?,
                Inside::Array { element, end } => self.between(block, at, element, end, &mut counted)?,
                Inside::Nested => self.nested(block, at, out),
                Inside::ElementText => self.element_text(block, at, out),
                Inside::ElementWord => self.element_word(block, at, out),
            };
        }
        self.line += breaks(&block[counted..]);
        self.offset += block.len() as u64;
        Ok(())
    }

    /// Says that no more comes; how many elements there were.
    ///
    /// # Errors
    /// The document ends in its middle, or the array is nowhere.
    pub fn finish(&mut self, out: &mut dyn FnMut(Piece)) -> Result<u64, Stop> {
        if self.inside == Inside::Word {
            self.word_ends(0, &[], &mut 0)?;
        }
        if self.inside == Inside::ElementWord && self.target == Target::Roots {
            self.element_ends(&[], out);
        }
        let stop = |message: String| Err(Stop::new(message).at(self.line, self.offset).cut());
        let empty = self.next == Next::Value && self.stack.is_empty();
        match (self.inside, self.next) {
            (Inside::Nested | Inside::ElementText | Inside::ElementWord, _) => stop(format!(
                "ends inside entry {}, which begins on line {}",
                self.elements + 1,
                self.element_line
            )),
            (Inside::Array { .. }, _) if !self.at_root() => {
                stop(format!("ends after entry {}", self.elements))
            }
            (Inside::Nothing, Next::Done) | (Inside::Array { .. }, _) => self.present(),
            (Inside::Nothing, _) if empty && self.roots > 0 => self.present(),
            (Inside::Nothing, _) if empty => Err(Stop::new("is empty".to_owned())),
            _ => stop("ends in the middle of the document".to_owned()),
        }
    }

    fn at_root(&self) -> bool {
        self.target == Target::Roots
    }

    fn present(&self) -> Result<u64, Stop> {
        match (self.found, self.target) {
            (false, Target::Array([])) => Err(Stop::new("is no list".to_owned())),
            (false, Target::Array(path)) => Err(Stop::new(format!("has no list `{}`", path.join(".")))),
            _ => Ok(self.elements),
        }
    }

    fn stop(&self, at: usize, block: &[u8], counted: usize, message: &str) -> Stop {
        let line = self.line + breaks(&block[counted.min(at)..at]);
        Stop::new(message.to_owned()).at(line, self.offset + at as u64)
    }

    fn more(&mut self, n: usize, at: usize, block: &[u8], counted: usize) -> Result<(), Stop> {
        self.around += n;
        match self.around > AROUND {
            true => Err(self.stop(at, block, counted, "more than 10 MiB stand around its entries")),
            false => Ok(()),
        }
    }

    /// White space, brackets, colons and commas around the array.
    fn around(&mut self, block: &[u8], at: usize, counted: &mut usize) -> Result<usize, Stop> {
        let byte = block[at];
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            let rest = &block[at..];
            let n =
                rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')).unwrap_or(rest.len());
            self.more(n, at, block, *counted)?;
            return Ok(at + n);
        }
        if self.stack.is_empty() && matches!(self.next, Next::Value | Next::Done) && self.at_root() {
            self.inside = Inside::Array { element: true, end: false };
            self.found = true;
            return Ok(at);
        }
        self.more(1, at, block, *counted)?;
        let wants_value = matches!(self.next, Next::Value | Next::ValueOrEnd);
        match (byte, self.next) {
            // Another document behind the first, as streams of them are written.
            (b'{', Next::Done) => {
                self.next = Next::Value;
                self.here = false;
                self.roots += 1;
                self.around -= 1;
                return Ok(at);
            }
            (b'{' | b'[', _) if wants_value => {
                let leads = self.leads();
                if byte == b'[' && leads && self.wanted_depth() {
                    if self.here {
                        return Err(self.stop(at, block, *counted, "its entries stand in two places"));
                    }
                    (self.found, self.here) = (true, true);
                    self.inside = Inside::Array { element: true, end: true };
                    return Ok(at + 1);
                }
                if self.stack.len() >= DEPTH {
                    return Err(self.stop(at, block, *counted, "lists and maps more than 128 deep"));
                }
                self.stack.push((byte == b'{', leads && byte == b'{'));
                self.next = if byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd };
            }
            (b'}', Next::KeyOrEnd) | (b'}' | b']', Next::CommaOrEnd) | (b']', Next::ValueOrEnd) => {
                let fits = self.stack.pop().is_some_and(|(map, _)| map == (byte == b'}'));
                if !fits {
                    return Err(self.stop(at, block, *counted, "a bracket closes what was not opened"));
                }
                self.value_ends();
            }
            (b',', Next::CommaOrEnd) => {
                let map = self.stack.last().is_some_and(|(map, _)| *map);
                self.next = if map { Next::Key } else { Next::Value };
            }
            (b':', Next::Colon) => self.next = Next::Value,
            (b'"', Next::Key | Next::KeyOrEnd) => self.begin(Inside::Text { key: true }),
            (b'"', _) if wants_value => self.begin(Inside::Text { key: false }),
            (b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z', _) if wants_value => {
                self.begin(Inside::Word);
                return Ok(at);
            }
            _ => return Err(self.stop(at, block, *counted, "is not JSON")),
        }
        Ok(at + 1)
    }

    fn begin(&mut self, inside: Inside) {
        self.kept.clear();
        self.escaped = false;
        self.inside = inside;
    }

    fn value_ends(&mut self) {
        self.inside = Inside::Nothing;
        self.next = if self.stack.is_empty() { Next::Done } else { Next::CommaOrEnd };
    }

    /// Whether every member on the way to the value that comes was a wanted one.
    fn leads(&self) -> bool {
        match (self.stack.last(), self.target) {
            (None, _) => true,
            (Some((true, true)), Target::Array(_)) => self.key_leads,
            _ => false,
        }
    }

    fn wanted_depth(&self) -> bool {
        matches!(self.target, Target::Array(path) if path.len() == self.stack.len())
    }

    fn text(&mut self, block: &[u8], at: usize, key: bool, counted: &mut usize) -> Result<usize, Stop> {
        let end = text_end(block, at, &mut self.escaped);
        let taken = end.unwrap_or(block.len());
        self.more(taken - at, at, block, *counted)?;
        if key {
            let room = KEPT.saturating_sub(self.kept.len());
            let text = &block[at..taken];
            self.kept.extend_from_slice(&text[..text.len().min(room)]);
        }
        let Some(end) = end else { return Ok(taken) };
        match key {
            true => {
                let depth = self.stack.len();
                let wanted = match self.target {
                    Target::Array(path) => depth.checked_sub(1).and_then(|d| path.get(d)),
                    Target::Roots => None,
                };
                self.key_leads = wanted.is_some_and(|name| name.as_bytes() == self.kept);
                self.inside = Inside::Nothing;
                self.next = Next::Colon;
            }
            false => self.value_ends(),
        }
        Ok(end + 1)
    }

    fn word(&mut self, block: &[u8], at: usize, counted: &mut usize) -> Result<usize, Stop> {
        let rest = &block[at..];
        let n = rest.iter().position(|b| !is_word(*b)).unwrap_or(rest.len());
        self.more(n, at, block, *counted)?;
        self.kept.extend_from_slice(&rest[..n]);
        if self.kept.len() > KEPT {
            return Err(self.stop(at, block, *counted, "is not JSON: a number or word without end"));
        }
        if n < rest.len() {
            self.word_ends(at, block, counted)?;
        }
        Ok(at + n)
    }

    fn word_ends(&mut self, at: usize, block: &[u8], counted: &mut usize) -> Result<(), Stop> {
        let number =
            || std::str::from_utf8(&self.kept).is_ok_and(|text| serde_json::from_str::<f64>(text).is_ok());
        if !matches!(self.kept.as_slice(), b"true" | b"false" | b"null") && !number() {
            return Err(self.stop(at, block, *counted, "is not JSON: a value that is none"));
        }
        self.value_ends();
        Ok(())
    }

    /// Between two elements of the array.
    fn between(
        &mut self,
        block: &[u8],
        at: usize,
        element: bool,
        end: bool,
        counted: &mut usize,
    ) -> Result<usize, Stop> {
        let byte = block[at];
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => {
                // Counted with the element that follows, or at the end of the block.
                let rest = &block[at..];
                let n = rest.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
                return Ok(at + n.unwrap_or(rest.len()));
            }
            b',' if !element && !self.at_root() => self.inside = Inside::Array { element: true, end: false },
            b']' if end && !self.at_root() => self.value_ends(),
            b',' | b']' | b'}' | b':' => return Err(self.stop(at, block, *counted, "is not JSON")),
            _ if !element => return Err(self.stop(at, block, *counted, "is not JSON: a comma is missing")),
            _ => {
                self.line += breaks(&block[*counted..at]);
                *counted = at;
                self.element_line = self.line;
                self.element.clear();
                (self.over, self.escaped, self.in_text, self.depth) = (false, false, false, 0);
                self.inside = match byte {
                    b'{' | b'[' => Inside::Nested,
                    b'"' => {
                        self.element.push(byte);
                        Inside::ElementText
                    }
                    _ => Inside::ElementWord,
                };
                return Ok(at + usize::from(byte == b'"'));
            }
        }
        Ok(at + 1)
    }

    /// A list or map that is an element: brackets are counted, strings passed over.
    fn nested(&mut self, block: &[u8], start: usize, out: &mut dyn FnMut(Piece)) -> usize {
        let mut at = start;
        let (mut depth, mut in_text) = (self.depth, self.in_text);
        while at < block.len() {
            if in_text {
                match text_end(block, at, &mut self.escaped) {
                    Some(end) => {
                        at = end + 1;
                        in_text = false;
                    }
                    None => at = block.len(),
                }
                continue;
            }
            match block[at] {
                b'"' => in_text = true,
                b'{' | b'[' => depth += 1,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.element_ends(&block[start..=at], out);
                        return at + 1;
                    }
                }
                _ => {}
            }
            at += 1;
        }
        (self.depth, self.in_text) = (depth, in_text);
        self.keep(&block[start..]);
        at
    }

    fn element_text(&mut self, block: &[u8], at: usize, out: &mut dyn FnMut(Piece)) -> usize {
        match text_end(block, at, &mut self.escaped) {
            Some(end) => {
                self.element_ends(&block[at..=end], out);
                end + 1
            }
            None => {
                self.keep(&block[at..]);
                block.len()
            }
        }
    }

    fn element_word(&mut self, block: &[u8], at: usize, out: &mut dyn FnMut(Piece)) -> usize {
        let rest = &block[at..];
        match rest.iter().position(|b| matches!(b, b',' | b']' | b' ' | b'\t' | b'\r' | b'\n' | b'{' | b'['))
        {
            Some(n) => {
                self.element_ends(&rest[..n], out);
                at + n
            }
            None => {
                self.keep(rest);
                block.len()
            }
        }
    }

    fn keep(&mut self, part: &[u8]) {
        if self.over || self.element.len() + part.len() > self.limit {
            self.over = true;
            self.element = Vec::new();
        } else {
            self.element.extend_from_slice(part);
        }
    }

    fn element_ends(&mut self, last: &[u8], out: &mut dyn FnMut(Piece)) {
        self.elements += 1;
        self.roots += u64::from(self.at_root());
        self.inside = Inside::Array { element: self.at_root(), end: true };
        if self.element.is_empty() && !self.over && last.len() <= self.limit {
            // The usual case: it lies in one block, and is not copied.
            return out(Piece::Whole(last, self.element_line));
        }
        self.keep(last);
        match self.over {
            true => out(Piece::TooLarge(self.element_line)),
            false => out(Piece::Whole(&self.element, self.element_line)),
        }
        self.element.clear();
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

/// Bytes of a string that are looked at here.
const NEAR: usize = 64;

/// The first quote or backslash: eight bytes at a time. Most texts are short, and those in texts have a backslash every
/// few bytes; a search made for long ones takes longer to begin.
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest bit that is set is of the first zero byte (Bit Twiddling Hacks, "haszero").
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let near = &bytes[..bytes.len().min(NEAR)];
    let chunks = near.chunks_exact(8);
    let rest = chunks.remainder();
    for (at, chunk) in chunks.enumerate() {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        let hit = zero(word ^ (ONES * u64::from(b'"'))) | zero(word ^ (ONES * u64::from(b'\\')));
        if hit != 0 {
            return Some(at * 8 + hit.trailing_zeros() as usize / 8);
        }
    }
    match rest.iter().position(|b| matches!(b, b'"' | b'\\')) {
        Some(n) => Some(near.len() - rest.len() + n),
        None => memchr2(b'"', b'\\', &bytes[near.len()..]).map(|n| near.len() + n),
    }
}

/// The closing quote of a string, if it is in this block. `escaped`: the block begins behind a backslash.
fn text_end(block: &[u8], mut at: usize, escaped: &mut bool) -> Option<usize> {
    if *escaped && at < block.len() {
        at += 1;
        *escaped = false;
    }
    loop {
        at += quote_or_backslash(block.get(at..)?)?;
        match block[at] {
            b'"' => return Some(at),
            _ if at + 1 == block.len() => {
                *escaped = true;
                return None;
            }
            _ => at += 2,
        }
    }
}

/// Line breaks in some bytes.
fn breaks(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests;
