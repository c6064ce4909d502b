//! Blocks of a recording in, the text of each entry out, whatever its layout is.

use memchr::memchr;

use super::sniff::Layout;
use super::split::{Piece, Splitter};
use super::stop::Stop;

/// Takes entries out of a recording that is handed over block by block.
pub struct Feed {
    inner: Inner,
    begun: bool,
}

enum Inner {
    Split(Box<Splitter>),
    Lines(Lines),
}

impl Feed {
    /// For a recording of this layout; an entry may have so many bytes.
    pub fn new(layout: Layout, limit: usize) -> Feed {
        let inner = match layout {
            Layout::Split(target) => Inner::Split(Box::new(Splitter::new(target, limit))),
            Layout::Lines => Inner::Lines(Lines { limit, line: 1, ..Lines::default() }),
        };
        Feed { inner, begun: false }
    }

    /// Takes the next block. The first one has all of a byte order mark, if there is one.
    ///
    /// # Errors
    /// The recording cannot be read on.
    pub fn push(&mut self, block: &[u8], out: &mut dyn FnMut(Piece)) -> Result<(), Stop> {
        let block = match self.begun {
            true => block,
            false => block.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(block),
        };
        self.begun = true;
        match &mut self.inner {
            Inner::Split(splitter) => splitter.push(block, out),
            Inner::Lines(lines) => {
                lines.push(block, out);
                Ok(())
            }
        }
    }

    /// Says that no more comes.
    ///
    /// # Errors
    /// It ends in its middle, or has no entries.
    pub fn finish(&mut self, out: &mut dyn FnMut(Piece)) -> Result<(), Stop> {
        match &mut self.inner {
            Inner::Split(splitter) => splitter.finish(out).map(|_| ()),
            Inner::Lines(lines) => {
                lines.end(&[], out);
                Ok(())
            }
        }
    }
}

/// Lines across blocks; empty ones are none.
#[derive(Default)]
struct Lines {
    limit: usize,
    kept: Vec<u8>,
    over: bool,
    line: u64,
}

impl Lines {
    fn push(&mut self, mut block: &[u8], out: &mut dyn FnMut(Piece)) {
        while let Some(end) = memchr(b'\n', block) {
            self.end(&block[..end], out);
            self.line += 1;
            block = &block[end + 1..];
        }
        self.keep(block);
    }

    fn keep(&mut self, part: &[u8]) {
        self.over |= self.kept.len() + part.len() > self.limit;
        match self.over {
            true => self.kept = Vec::new(),
            false => self.kept.extend_from_slice(part),
        }
    }

    fn end(&mut self, last: &[u8], out: &mut dyn FnMut(Piece)) {
        if self.kept.is_empty() && !self.over && last.len() <= self.limit {
            if !last.trim_ascii().is_empty() {
                out(Piece::Whole(last, self.line));
            }
            return;
        }
        self.keep(last);
        match self.over {
            true => out(Piece::TooLarge(self.line)),
            false if self.kept.trim_ascii().is_empty() => {}
            false => out(Piece::Whole(&self.kept, self.line)),
        }
        self.kept.clear();
        self.over = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::split::Target;

    fn fed(layout: Layout, text: &[u8], size: usize) -> Vec<(String, u64)> {
        let mut feed = Feed::new(layout, 10);
        let mut out = Vec::new();
        let mut take = |piece: Piece| match piece {
            Piece::Whole(bytes, line) => out.push((String::from_utf8_lossy(bytes).into_owned(), line)),
            Piece::TooLarge(line) => out.push(("over".to_owned(), line)),
        };
        // A mark that is cut in two would not be known: readers hand over whole blocks.
        let (first, rest) = text.split_at(text.len().min(size.max(3)));
        for block in std::iter::once(first).chain(rest.chunks(size)) {
            feed.push(block, &mut take).unwrap();
        }
        feed.finish(&mut take).unwrap();
        out
    }

    #[test]
    fn lines_are_taken_whole_across_blocks() {
        let text = b"\xEF\xBB\xBF{\"a\":1}\r\n\n  \n0123456789ABC\nlast";
        for size in 1..40 {
            let told = fed(Layout::Lines, text, size);
            let told: Vec<(&str, u64)> = told.iter().map(|(text, line)| (text.trim_end(), *line)).collect();
            assert_eq!(told, [("{\"a\":1}", 1), ("over", 4), ("last", 5)], "{size}");
        }
        assert_eq!(fed(Layout::Split(Target::Array(&[])), b"\xEF\xBB\xBF[1]", 100).len(), 1);
    }
}
