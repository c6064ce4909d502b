//! The same review line by line, for a screen reader or a terminal that can't be drawn on: each screen is said whole,
//! a line is asked, and the state does what it does for a key. So steps and guards are the same.

use std::collections::BTreeSet;

use super::ask::Ask;
use super::keys::{self, KEYS, Key, Place};
use super::sheet::Sheet;
use super::state::{SMALLEST, Screen, State, Step};
use super::{frame, list, together, words};
use crate::report::escape::terminal::Paint;

/// Lines around what scrolls.
const AROUND: usize = 64;
/// Lines of the foot of a screen: a prompt stands in its place here.
const FOOT: usize = 4;

/// What is said, and what is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Lines, each with its end.
    pub said: String,
    /// The question.
    pub question: String,
    /// Whether the answer is not shown.
    pub hidden: bool,
}

/// A review by question and answer.
#[derive(Debug)]
pub struct Talk {
    /// The review.
    pub state: State,
    /// What was said last.
    said: Option<Said>,
}

/// A screen, the rows that had numbers on it, and which of them were left out.
type Said = (Screen, Vec<usize>, BTreeSet<usize>);

impl Talk {
    /// A review of a sheet, without colours.
    pub fn new(sheet: Sheet, unicode: bool) -> Talk {
        let paint = Paint { color: false, unicode };
        Talk { state: State::new(sheet, paint, (SMALLEST.0, AROUND)), said: None }
    }

    /// What is said and asked now. A screen is said whole when it is come to.
    pub fn turn(&mut self) -> Turn {
        let mut said = String::new();
        // Numbers are those of the rows that were said: said anew as soon as they are others.
        let now = (self.state.screen, self.state.rows(), self.state.together.out.clone());
        if self.said.as_ref() != Some(&now) {
            // As high as what is shown: nothing scrolls.
            self.state.resize(SMALLEST.0, self.state.length() + AROUND);
            said = self.screen();
            self.state.shown();
            self.said = Some(now);
        }
        if !self.state.told.is_empty() {
            said += &format!("{}\n", self.state.told);
            self.state.told.clear();
        }
        let (question, hidden) = match self.state.ask {
            Some(ask) => (self.state.question(ask), ask.is_hidden()),
            None => (prompt(self.state.screen.place()), false),
        };
        Turn { said, question, hidden }
    }

    /// The screen as lines: rows that a number means have theirs.
    fn screen(&self) -> String {
        let lines = match self.state.screen {
            Screen::List => {
                let [names, _] = list::columns_head(&self.state);
                let rows = self.state.rows().len();
                let rule = words::rule(self.state.paint, self.state.width);
                let numbered = list::rows(&self.state, 0, rows).into_iter().filter(|line| *line != rule);
                let numbered = numbered.enumerate().map(|(i, line)| format!("{:>4} {}", i + 1, &line[3..]));
                let mut lines = vec![format!("     {}", names.trim_start())];
                lines.extend(numbered);
                lines.push(format!(
                    "{} to decide. Nothing is signed before the last screen.",
                    self.state.undecided()
                ));
                lines
            }
            Screen::Together => {
                let mut lines = together::lines(&self.state, 0, usize::MAX);
                let starts = self.state.together.page.starts.iter().take(self.state.together.picked.len());
                for (i, start) in starts.enumerate() {
                    lines[*start] = format!("{:>4} {}", i + 1, &lines[*start][3..]);
                }
                let title = frame::of(&self.state).lines.into_iter().take(1);
                title.chain(lines).collect()
            }
            _ => {
                let mut lines = frame::of(&self.state).lines;
                lines.truncate(lines.len().saturating_sub(FOOT));
                lines
            }
        };
        let lines = lines.into_iter().map(|line| line.trim_end().to_owned());
        let mut out = String::new();
        for line in lines.filter(|line| !line.is_empty()) {
            out += &line;
            out.push('\n');
        }
        out
    }

    /// A line was answered.
    pub fn answer(&mut self, line: &str) -> Step {
        self.state.let_go();
        if self.state.ask == Some(Ask::Passphrase) {
            line.clone_into(&mut self.state.input);
            return self.state.press(Key::Enter);
        }
        let line = line.trim();
        if let Some(ask) = self.state.ask {
            return self.typed(ask, line);
        }
        let place = self.state.screen.place();
        if let (Place::List | Place::Together, Ok(number)) = (place, line.parse::<usize>()) {
            return self.numbered(place, number);
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let Some(key) = keys::said(place, word) else {
            match line.is_empty() {
                true => self.said = None,
                false => {
                    self.state.told =
                        "nothing here is called that; an empty line says the screen again".to_owned()
                }
            }
            return Step::Stay;
        };
        // `x 3` and `r 3` are about a row.
        if let Ok(number) = rest.parse::<usize>()
            && !(matches!(place, Place::List | Place::Together) && self.point(place, number))
        {
            self.state.told = "there is no row of that number".to_owned();
            return Step::Stay;
        }
        self.state.press(key.clone())
    }

    fn typed(&mut self, ask: Ask, line: &str) -> Step {
        match (ask, line) {
            (Ask::Quit, line) => self.state.press(Key::Char(line.chars().next().unwrap_or('n'))),
            (Ask::Filter | Ask::Why | Ask::Until(_), "") => self.state.press(Key::Enter),
            (_, "") => self.state.press(Key::Esc),
            (_, line) => {
                self.state.input.clear();
                for c in line.chars() {
                    self.state.press(Key::Char(c));
                    self.state.let_go();
                }
                self.state.press(Key::Enter)
            }
        }
    }

    fn numbered(&mut self, place: Place, number: usize) -> Step {
        match self.point(place, number) {
            true => self.state.press(Key::Enter),
            false => {
                self.state.told = "there is no row of that number".to_owned();
                Step::Stay
            }
        }
    }

    /// Means the row of a number; false if there is none.
    fn point(&mut self, place: Place, number: usize) -> bool {
        let rows = match place {
            Place::List => self.state.rows().len(),
            _ => self.state.together.picked.len(),
        };
        let Some(at) = number.checked_sub(1).filter(|at| *at < rows) else { return false };
        match place {
            Place::List => self.state.at = at,
            _ => self.state.together.at = at,
        }
        true
    }
}

/// The words that can be said on a screen.
fn prompt(place: Place) -> String {
    let said: Vec<&str> = KEYS
        .iter()
        .filter(|row| !row.word.is_empty() && row.on.iter().any(|(on, _)| *on == place))
        .map(|row| row.word)
        .filter(|word| *word != "look")
        .collect();
    let number = match place {
        Place::List | Place::Together => "a number to look, or ",
        _ => "",
    };
    format!("{number}{}: ", words::and(&said).replace(" and ", " or "))
}
