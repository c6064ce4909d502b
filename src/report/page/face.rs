//! What kind of page is made, and the ladder by which it gets shorter until it is no longer than it may be.

/// A kind of page.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    /// Most bytes.
    pub budget: usize,
    /// Most rows of a table of subjects.
    pub rows: usize,
    /// Whether it begins with the marker of a comment, and leaves the evidence of many changes to other
    /// places.
    pub marked: bool,
    /// Where the rest is.
    pub rest: &'static str,
}

/// How much is left out, in rising order. Approved rows need nothing from anybody: they fill what room is
/// left and never cost another row anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Nothing.
    Nothing,
    /// Differences of what is below high.
    MildDiffs,
    /// All differences.
    AllDiffs,
    /// Rows below medium: their number is told.
    MildRows,
    /// The evidence of every row.
    Details,
    /// The least grave rows, as many as need be; [`LEAST`] stay.
    Rows,
    /// All but title and counts.
    All,
}

/// The ladder.
pub const CUTS: [Cut; 7] =
    [Cut::Nothing, Cut::MildDiffs, Cut::AllDiffs, Cut::MildRows, Cut::Details, Cut::Rows, Cut::All];

/// Rows that stay as long as there are any.
pub const LEAST: usize = 20;

/// How much a table may take: whole rows only.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Most rows.
    pub rows: usize,
    /// Most bytes.
    pub bytes: usize,
}

impl Room {
    /// A head and as many whole lines as there is room for; how many those are. Lines that nobody will see
    /// are not made.
    pub fn fill(self, head: &str, lines: impl Iterator<Item = String>) -> (String, usize) {
        let (mut out, mut shown) = (head.to_owned(), 0);
        for line in lines.take(self.rows) {
            if out.len() + 1 + line.len() > self.bytes {
                break;
            }
            out.push('\n');
            out.push_str(&line);
            shown += 1;
        }
        (out, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_holds_whole_lines_only() {
        let fill =
            |rows, bytes| Room { rows, bytes }.fill("head", ["one", "two"].map(str::to_owned).into_iter());
        assert_eq!(fill(9, 12), ("head\none\ntwo".to_owned(), 2));
        assert_eq!(fill(9, 11), ("head\none".to_owned(), 1));
        assert_eq!(fill(0, 99), ("head".to_owned(), 0));
    }
}
