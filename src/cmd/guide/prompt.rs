//! A question in, an answer that is one out: shown and read on the controlling terminal, asked again where an answer is
//! none, and ended without a trace where the terminal goes away. What an answer means is told by functions without a
//! terminal.

use std::io;

use crate::cmd::failed::Failed;
use crate::cmd::keyfile::nobody;
use crate::io::tty::Terminal;
use crate::report::escape::terminal::Paint;
use crate::report::width::{columns, lines, pad};

/// How often a question is asked before nobody is taken to answer it.
const TIMES: usize = 5;
/// Columns of a page.
const WIDE: usize = 78;
/// Blanks before what belongs to a question.
const INDENT: usize = 2;

/// Where lines are shown and read.
pub trait Lines {
    /// Shows text as it is.
    ///
    /// # Errors
    /// The terminal is gone.
    fn show(&mut self, text: &str) -> io::Result<()>;

    /// Asks, and gives the line that was typed.
    ///
    /// # Errors
    /// The terminal is gone, or no whole line came.
    fn ask(&mut self, text: &str) -> io::Result<String>;
}

impl Lines for Terminal {
    fn show(&mut self, text: &str) -> io::Result<()> {
        Terminal::show(self, text)
    }

    fn ask(&mut self, text: &str) -> io::Result<String> {
        Terminal::ask(self, text)
    }
}

/// A person who is asked.
pub struct Prompt<'l> {
    lines: Box<dyn Lines + 'l>,
    paint: Paint,
}

impl Prompt<'_> {
    /// On the controlling terminal, in its pens.
    ///
    /// # Errors
    /// There is none.
    pub fn open(paint: Paint) -> Result<Prompt<'static>, Failed> {
        let terminal = Terminal::open().ok_or_else(|| nobody("what comes next"))?;
        Ok(Prompt { lines: Box::new(terminal), paint })
    }
}

impl<'l> Prompt<'l> {
    /// On other lines.
    pub fn on(lines: impl Lines + 'l, paint: Paint) -> Prompt<'l> {
        Prompt { lines: Box::new(lines), paint }
    }

    /// Its pens.
    pub fn paint(&self) -> Paint {
        self.paint
    }

    /// Shows text that has gone through the escaper.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn show(&mut self, text: &str) -> Result<(), Failed> {
        self.lines.show(text).map_err(gone)
    }

    /// Shows a question, why it is asked, and the answers that have a number.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn head(&mut self, question: &str, why: &str, answers: &[String]) -> Result<(), Failed> {
        let text = head(self.paint, question, why, answers);
        self.show(&text)
    }

    /// Shows a line that belongs to a question, of ours.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn hint(&mut self, text: &str) -> Result<(), Failed> {
        let line = format!("{}{}\n", " ".repeat(INDENT), self.paint.dim(text));
        self.show(&line)
    }

    /// Asks until an answer is one.
    ///
    /// # Errors
    /// The terminal is gone, or no answer was one.
    pub fn until<T>(
        &mut self,
        question: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Failed> {
        for _ in 0..TIMES {
            let answer = self.lines.ask(question).map_err(gone)?;
            match read(answer.trim()) {
                Ok(answer) => return Ok(answer),
                Err(why) => self.show(&format!("{}{why}\n", " ".repeat(INDENT)))?,
            }
        }
        Err(Failed::new("usage", "", "no answer was one; nothing was changed"))
    }

    /// Asks for one of the answers that have a number, and gives its place among them.
    ///
    /// # Errors
    /// The terminal is gone, or no answer was one.
    pub fn pick(
        &mut self,
        question: &str,
        why: &str,
        answers: &[String],
        usual: usize,
    ) -> Result<usize, Failed> {
        self.head(question, why, answers)?;
        self.until(&format!("Number [{}]: ", usual + 1), |answer| number(answer, answers.len(), usual))
    }

    /// Asks for yes or no.
    ///
    /// # Errors
    /// The terminal is gone, or no answer was one.
    pub fn yes(&mut self, question: &str, usual: bool) -> Result<bool, Failed> {
        let shown = if usual { "Y/n" } else { "y/N" };
        self.until(&format!("{question} [{shown}] "), |answer| yes(answer, usual))
    }
}

fn gone(error: io::Error) -> Failed {
    Failed::new("io", "the terminal", format!("nothing could be asked: {error}")).why("nothing was changed")
}

/// A question with what belongs to it.
fn head(paint: Paint, question: &str, why: &str, answers: &[String]) -> String {
    let mut out = format!("\n{}\n", paint.bold(question));
    let number = answers.len().to_string().len();
    let from = INDENT + number + 2;
    for (n, answer) in answers.iter().enumerate() {
        for (row, line) in lines(answer, WIDE - from).into_iter().enumerate() {
            let label = if row == 0 { (n + 1).to_string() } else { String::new() };
            let blanks = " ".repeat(INDENT + number - columns(&label));
            out += &format!("{blanks}{label}  {line}\n");
        }
    }
    for line in lines(why, WIDE - INDENT).iter().filter(|line| !line.is_empty()) {
        out += &format!("{}{}\n", " ".repeat(INDENT), paint.dim(line));
    }
    out
}

/// Rows of a label and what is said of it: beside each other where that fits, else one beneath the other.
pub fn rows(rows: &[(String, String)]) -> String {
    const LABEL: usize = 34;
    let wide = rows.iter().map(|(label, _)| columns(label)).filter(|n| *n <= LABEL).max().unwrap_or(0);
    let mut out = String::new();
    for (label, says) in rows {
        let mut label = pad(label, wide);
        if columns(&label) > wide {
            out += &format!("{}{label}\n", " ".repeat(INDENT));
            label = " ".repeat(wide);
        }
        for line in lines(says, WIDE - INDENT - 2 - wide) {
            out += &format!("{}{label}  {line}\n", " ".repeat(INDENT));
            label = " ".repeat(wide);
        }
    }
    out
}

/// What was said to a question that comes after others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply<T> {
    /// The answer.
    Given(T),
    /// The one before is to be asked again.
    Back,
}

/// Reads an answer, or the word or key by which a review goes back, too.
pub fn or_back<T>(read: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Reply<T>, String> {
    move |answer| match answer {
        "back" | "\u{1b}" => Ok(Reply::Back),
        answer => read(answer).map(Reply::Given),
    }
}

/// The place of a number among so many answers; nothing typed is the usual one.
///
/// # Errors
/// Why it is none.
pub fn number(answer: &str, many: usize, usual: usize) -> Result<usize, String> {
    if answer.is_empty() {
        return Ok(usual);
    }
    let given = answer.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|n| *n < many);
    given.ok_or_else(|| match many {
        1 => "1, or Enter for it".to_owned(),
        _ => format!("a number from 1 to {many}, or Enter for {}", usual + 1),
    })
}

/// The places of numbers among so many answers; nothing typed is all, a dash is none.
///
/// # Errors
/// Why they are none.
pub fn numbers(answer: &str, many: usize) -> Result<Vec<usize>, String> {
    if answer.is_empty() {
        return Ok((0..many).collect());
    }
    if answer == "-" {
        return Ok(Vec::new());
    }
    let words = answer.split([',', ' ']).filter(|word| !word.is_empty());
    let places: Result<Vec<usize>, String> = words.map(|word| number(word, many, 0)).collect();
    let mut places =
        places.map_err(|_| format!("numbers from 1 to {many} with commas, Enter for all, - for none"))?;
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

/// Yes or no; nothing typed is the usual one.
///
/// # Errors
/// Why it is neither.
pub fn yes(answer: &str, usual: bool) -> Result<bool, String> {
    match answer.to_ascii_lowercase().as_str() {
        "" => Ok(usual),
        "y" | "yes" => Ok(true),
        "n" | "no" => Ok(false),
        _ => Err("y or n".to_owned()),
    }
}

#[cfg(test)]
pub mod testing {
    //! Lines that a test types.

    use super::*;

    /// What is typed, a line a question; what was shown goes where the test can read it.
    pub struct Typed<'t> {
        /// What is typed.
        pub answers: std::vec::IntoIter<&'t str>,
        /// What was shown.
        pub shown: &'t mut String,
    }

    impl Lines for Typed<'_> {
        fn show(&mut self, text: &str) -> io::Result<()> {
            self.shown.push_str(text);
            Ok(())
        }

        fn ask(&mut self, text: &str) -> io::Result<String> {
            self.shown.push_str(text);
            let answer = self.answers.next().ok_or(io::ErrorKind::UnexpectedEof)?;
            self.shown.push('\n');
            Ok(answer.to_owned())
        }
    }

    /// A person who types these lines and then goes away.
    pub fn typing<'t>(answers: &[&'t str], shown: &'t mut String) -> Prompt<'t> {
        let answers: Vec<&str> = answers.to_vec();
        let typed = Typed { answers: answers.into_iter(), shown };
        Prompt::on(typed, Paint { color: false, unicode: true })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::typing;
    use super::*;

    #[test]
    fn an_answer_is_one_or_is_told_why_not() {
        assert_eq!(number("", 3, 1), Ok(1));
        assert_eq!(number("3", 3, 1), Ok(2));
        for wrong in ["0", "4", "x", "-1", "1.0", "99999999999999999999"] {
            assert!(number(wrong, 3, 1).is_err(), "{wrong}");
        }
        assert_eq!(numbers("", 3), Ok(vec![0, 1, 2]));
        assert_eq!(numbers("-", 3), Ok(vec![]));
        assert_eq!(numbers("3, 1,3", 3), Ok(vec![0, 2]));
        assert!(numbers("1,4", 3).is_err() && numbers("all", 3).is_err());
        assert_eq!((yes("", true), yes("", false), yes("YES", false)), (Ok(true), Ok(false), Ok(true)));
        assert!(yes("sure", true).is_err());
    }

    #[test]
    fn back_is_no_answer() {
        let read = or_back(|answer| number(answer, 3, 0));
        assert_eq!((read("back"), read("\u{1b}")), (Ok(Reply::Back), Ok(Reply::Back)));
        assert_eq!((read("2"), read("")), (Ok(Reply::Given(1)), Ok(Reply::Given(0))));
        assert!(read("Back to it").is_err());
    }

    #[test]
    fn it_is_asked_again_and_not_for_ever() {
        let answers = ["one".to_owned(), "two".to_owned()];
        let mut shown = String::new();
        let mut prompt = typing(&["7", "2"], &mut shown);
        assert_eq!(prompt.pick("Which?", "since it matters", &answers, 0).unwrap(), 1);
        drop(prompt);
        assert_eq!(
            shown,
            "\nWhich?\n  1  one\n  2  two\n  since it matters\nNumber [1]: \n  a number from 1 to 2, or Enter for 1\n\
             Number [1]: \n"
        );
        let mut shown = String::new();
        let wrong = ["x"; TIMES + 1];
        assert!(typing(&wrong, &mut shown).yes("Go on?", true).is_err());
        assert_eq!(shown.matches("Go on?").count(), TIMES);
        // Whoever goes away has not answered.
        let mut shown = String::new();
        let failed = typing(&[], &mut shown).yes("Go on?", true).unwrap_err();
        assert_eq!(failed.0.why, ["nothing was changed"]);
    }

    #[test]
    fn rows_stand_beside_each_other_where_they_fit() {
        let row = |label: &str, says: &str| (label.to_owned(), says.to_owned());
        let long = "a/very/long/path/that/is/no/label/of/a/row.yaml";
        assert_eq!(
            rows(&[row("short.yaml", "one"), row(long, "two")]),
            format!("  short.yaml  one\n  {long}\n              two\n")
        );
        let told = rows(&[row("x", &"word ".repeat(40))]);
        assert!(told.lines().all(|line| columns(line) <= WIDE), "{told}");
    }
}
