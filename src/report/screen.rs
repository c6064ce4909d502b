//! Pieces of a terminal page: sentences, labels, lines that end at the right edge, tables. Everything comes
//! out encoded, wrapped to the width and without a control of a stranger.

use comfy_table::{ContentArrangement, ContentLineStyle, presets};

use super::escape::terminal::Paint;
use super::style::Style;
use super::width::{columns, cut, lines};
use crate::canon::digest;
use crate::model::phrase::{Part, Phrase};
use crate::model::report::{Source, SourceKind};

/// Characters of a stranger's text inside a sentence.
const QUOTE: usize = 200;
/// Columns at the right that sentences leave free, and those that marks at the right edge leave.
const MARGIN: usize = 4;
const EDGE: usize = 2;
/// Columns that labels of the page take.
pub const LABEL: usize = 13;

/// Lines of a page, with what it takes to make them.
#[derive(Debug)]
pub struct Screen {
    /// The pens.
    pub paint: Paint,
    /// Columns of the terminal.
    pub width: usize,
    out: String,
}

impl Screen {
    /// An empty page.
    pub fn new(style: &Style) -> Screen {
        Screen { paint: style.paint(), width: style.columns(), out: String::new() }
    }

    /// The page.
    pub fn done(self) -> String {
        self.out
    }

    /// A finished line; blanks at its end are left out, inside a colour that ends there too.
    pub fn line(&mut self, line: &str) {
        let mut kept = line.trim_end_matches(' ');
        let mut ends = Vec::new();
        while let Some(at) =
            kept.rfind('\u{1b}').filter(|at| kept[*at..].find('m') == Some(kept.len() - at - 1))
        {
            ends.push(&kept[at..]);
            kept = kept[..at].trim_end_matches(' ');
        }
        self.out.push_str(kept);
        ends.iter().rev().for_each(|end| self.out.push_str(end));
        self.out.push('\n');
    }

    /// An empty line, if there is none and the page has begun.
    pub fn gap(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Columns of a sentence that begins at `from`.
    pub fn room(&self, from: usize) -> usize {
        self.width.saturating_sub(from + MARGIN)
    }

    /// A sentence with its quotes encoded, on one line.
    pub fn say(&self, phrase: &Phrase) -> String {
        let parts = phrase.0.iter().map(|part| match part {
            Part::Say(text) => self.paint.text(text, usize::MAX),
            Part::Quote(text) => self.quote(text),
        });
        parts.collect()
    }

    /// Sentences between commas.
    pub fn list(&self, phrases: &[Phrase]) -> String {
        phrases.iter().map(|p| self.say(p)).collect::<Vec<_>>().join(", ")
    }

    /// A stranger's text on one line; a digest is cut to what eyes compare.
    pub fn quote(&self, text: &str) -> String {
        match digest::is_digest(text) {
            true => self.paint.plain(&format!("sha256:{}…", digest::short(text, 12))),
            false => self.paint.text(text, QUOTE),
        }
    }

    /// A dim label of the page and encoded text behind it, wrapped.
    pub fn labelled(&mut self, label: &str, text: &str) {
        let paint = self.paint;
        self.hung(label, 0, LABEL, text, |line| paint.signals(line));
    }

    /// Text behind a label that begins at `from`; the text at `to`, each line of it through `dye`.
    pub fn hung(&mut self, label: &str, from: usize, to: usize, text: &str, dye: impl Fn(&str) -> String) {
        let mut head = format!("{}{label}", " ".repeat(from));
        let mut wrapped = lines(text, self.room(to)).into_iter();
        if columns(&head) >= to && !label.is_empty() {
            let line =
                format!("{}{}", " ".repeat(from), self.paint.dim(&self.paint.cut(label, self.width - from)));
            self.line(&line);
            head.clear();
        }
        if let Some(first) = wrapped.next() {
            let blanks = " ".repeat(to.saturating_sub(columns(&head)));
            let shown = if head.is_empty() {
                String::new()
            } else {
                format!("{}{}", " ".repeat(from), self.paint.dim(label))
            };
            self.line(&format!("{shown}{blanks}{}", dye(&first)));
        }
        for line in wrapped {
            self.line(&format!("{}{}", " ".repeat(to), dye(&line)));
        }
    }

    /// Text behind a word that has a colour of its own, at `to`.
    pub fn hung_with(&mut self, word: &str, to: usize, text: &str, dye: impl Fn(&str) -> String) {
        for (i, line) in lines(text, self.room(to)).iter().enumerate() {
            let head = if i == 0 { dye(word) } else { " ".repeat(columns(word)) };
            let blanks = " ".repeat(to.saturating_sub(columns(word)));
            self.line(&format!("{head}{blanks}{}", self.paint.signals(line)));
        }
    }

    /// Left text and, at the right edge, another; on two lines where both do not fit. The dyed forms are
    /// shown, the plain ones measured.
    pub fn ends(&mut self, left: (&str, &str), end: (&str, &str)) {
        let edge = self.width - EDGE;
        let blanks = |used: usize| " ".repeat(edge.saturating_sub(used + columns(end.0)));
        if columns(left.0) + columns(end.0) < edge {
            self.line(&format!("{}{}{}", left.1, blanks(columns(left.0)), end.1));
            return;
        }
        // Too long for its colours: by words, plain.
        let mut wrapped = lines(left.0, self.room(2));
        for line in wrapped.iter_mut().skip(1) {
            line.insert_str(0, "  ");
        }
        let last = wrapped.last().map_or(0, |line| columns(line));
        if last + columns(end.0) >= edge {
            wrapped.push(String::new());
        }
        if let Some(line) = wrapped.last_mut() {
            let used = columns(line);
            line.push_str(&blanks(used));
            line.push_str(end.1);
        }
        wrapped.iter().for_each(|line| self.line(line));
    }

    /// A command to paste, in bold; a long one goes on behind a backslash, between words of the shell only.
    pub fn command(&mut self, label: &str, to: usize, command: &str) {
        let text = self.paint.text(command, 2_000);
        let room = self.width.saturating_sub(to + 2);
        let mut wrapped = if columns(&text) <= room + 2 { vec![text] } else { pasteable(&text, room) };
        let last = wrapped.len().saturating_sub(1);
        for line in wrapped.iter_mut().take(last) {
            line.push_str(" \\");
        }
        for (i, line) in wrapped.iter().enumerate() {
            let label = if i == 0 { label } else { "" };
            let blanks = " ".repeat(to.saturating_sub(columns(label)));
            let shown = format!("{}{blanks}{}", self.paint.dim(label), self.paint.bold(line));
            self.line(&shown);
        }
    }

    /// What one side of a comparison is called: its name and seven digits of its commit.
    pub fn source(&self, source: &Source) -> String {
        let name = self.paint.text(&source.name, 60);
        let commit = source.commit.as_deref().filter(|c| c.bytes().all(|b| b.is_ascii_hexdigit()));
        let name = match source.kind {
            SourceKind::None => "nothing".to_owned(),
            SourceKind::Worktree if name.is_empty() => "work tree".to_owned(),
            SourceKind::Snapshot if name.is_empty() => "approved snapshot".to_owned(),
            _ => name,
        };
        match commit {
            Some(commit) if source.kind.is_commit() => {
                format!("{name} {}", digest::short(commit, 7)).trim_start().to_owned()
            }
            _ => name,
        }
    }
}

impl Paint {
    /// An encoded text in at most `width` columns; what is longer ends in dots.
    pub fn cut(self, text: &str, width: usize) -> String {
        if self.unicode || columns(text) <= width {
            return cut(text, width);
        }
        // Three columns where the other page needs one.
        if width < 3 { ".".repeat(width) } else { cut(text, width - 2).replace('…', "...") }
    }

    /// A finished line with the numbers of invisible characters in yellow.
    pub fn signals(self, line: &str) -> String {
        self.signals_in(line, str::to_owned)
    }

    /// The same with a pen for all that is no such number.
    pub fn signals_in(self, line: &str, pen: impl Fn(&str) -> String) -> String {
        let (open, close) = if self.unicode { ("⟨U+", "⟩") } else { ("<U+", ">") };
        let mut out = String::new();
        let mut rest = line;
        while let Some(at) = rest.find(open) {
            let Some(end) = rest[at..].find(close).map(|end| at + end + close.len()) else { break };
            out.push_str(&pen(&rest[..at]));
            out.push_str(&self.yellow(&rest[at..end]));
            rest = &rest[end..];
        }
        out + &pen(rest)
    }
}

/// A command as lines of at most `width` columns; a word that is longer has a line of its own, whole. A blank
/// between quotes ends no word: a break there would become part of what is quoted.
fn pasteable(command: &str, width: usize) -> Vec<String> {
    let (mut quote, mut escaped) = (None, false);
    let words = command.split(|c| {
        let ends = c == ' ' && quote.is_none() && !escaped;
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
        ends
    });
    let mut out: Vec<String> = Vec::new();
    for word in words.filter(|word| !word.is_empty()) {
        match out.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// Stands between columns until their cells are painted: no encoded text holds a control.
const BETWEEN: char = '\u{1f}';

/// A table of encoded cells: columns as wide as their widest cell but at most as wide as told. The last cell of
/// each row is free; it may go on beneath the others.
#[derive(Debug)]
pub struct Table {
    paint: Paint,
    most: Vec<usize>,
    columns: comfy_table::Table,
    ends: Vec<String>,
}

impl Table {
    /// A table with the greatest width of each column but the last.
    pub fn new(paint: Paint, most: &[usize]) -> Table {
        let mut columns = comfy_table::Table::new();
        let bare = presets::NOTHING;
        columns
            .load_style(bare.content_lines(ContentLineStyle::none().junction(BETWEEN)))
            .set_content_arrangement(ContentArrangement::Disabled);
        Table { paint, most: most.to_vec(), columns, ends: Vec::new() }
    }

    /// One more row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let mut cells: Vec<String> = cells.into_iter().collect();
        self.ends.push(cells.pop().unwrap_or_default());
        let cut = |(cell, most): (&String, &usize)| self.paint.cut(cell, *most);
        self.columns.add_row(cells.iter().zip(&self.most).map(cut));
    }

    /// The cells of each row, cut and padded; the last of a row is neither.
    pub fn cells(mut self) -> Vec<Vec<String>> {
        self.columns.column_iter_mut().for_each(|column| _ = column.set_padding((0, 0)));
        let cells = |(line, end): (String, String)| {
            line.split(BETWEEN).map(str::to_owned).chain([end]).collect::<Vec<_>>()
        };
        self.columns.lines().zip(self.ends).map(cells).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(color: bool) -> Screen {
        Screen::new(&Style { color, width: 40, ..Style::default() })
    }

    #[test]
    fn labels_hang_and_long_text_goes_on_beneath() {
        let mut page = screen(false);
        page.labelled("looked at", "one two three four five six seven");
        page.hung("averyverylonglabel", 2, 15, "text", str::to_owned);
        assert_eq!(
            page.done(),
            "looked at    one two three four five\n             six seven\n  averyverylonglabel\n               text\n"
        );
    }

    #[test]
    fn what_does_not_fit_before_the_right_edge_stands_above_it() {
        let mut page = screen(false);
        page.ends(("left", "left"), ("exit 2", "exit 2"));
        let long = "a word ".repeat(6);
        page.ends((&long, &long), ("exit 2", "exit 2"));
        let text = page.done();
        assert!(text.lines().next().is_some_and(|l| l.starts_with("left ") && columns(l) == 38), "{text}");
        assert!(
            text.lines().all(|line| columns(line) <= 40)
                && text.ends_with(&format!("\n  a word{}exit 2\n", " ".repeat(24))),
            "{text}"
        );
    }

    #[test]
    fn a_long_command_goes_on_behind_a_backslash() {
        let mut page = screen(false);
        page.command("next", 7, "cask gate review --toolpack toolpacks/shop --trust-ref origin/main");
        assert_eq!(
            page.done(),
            "next   cask gate review --toolpack \\\n       toolpacks/shop --trust-ref \\\n       origin/main\n"
        );
    }

    #[test]
    fn a_command_breaks_in_no_word_and_in_no_quotes() {
        let page = |command: &str| {
            let mut page = screen(false);
            page.command("", 2, command);
            page.done()
        };
        let folder = "services/a-very-long-name-of-a-team/toolpacks/shop";
        assert_eq!(
            page(&format!("cask gate status --toolpack {folder}")),
            format!("  cask gate status --toolpack \\\n  {folder}\n")
        );
        assert_eq!(
            page(r#"cask gate block get_order --reason "it 'reads' all \" of it" --yes"#),
            "  cask gate block get_order --reason \\\n  \"it 'reads' all \\\" of it\" --yes\n"
        );
    }

    #[test]
    fn digests_are_short_and_hidden_characters_yellow() {
        let page = screen(true);
        assert_eq!(page.quote(&format!("sha256:{}", "a1".repeat(32))), "sha256:a1a1a1a1a1a1…");
        let ascii = Paint { color: false, unicode: false };
        assert_eq!(
            [ascii.cut("abcdef", 5), ascii.cut("abcdef", 2), ascii.cut("abc", 3)],
            ["ab...", "..", "abc"]
        );
        assert_eq!(page.paint.signals("a⟨U+200B⟩b"), "a\u{1b}[33m⟨U+200B⟩\u{1b}[39mb");
    }

    #[test]
    fn tables_cut_and_pad_by_columns() {
        let mut table = Table::new(screen(false).paint, &[4, 3]);
        table.row(["製品名".into(), "7".into(), "free".into()]);
        table.row(["a".into(), String::new(), "goes on as long as it likes".into()]);
        assert_eq!(table.cells(), [["製…", "7", "free"], ["a  ", " ", "goes on as long as it likes"]]);
    }
}
