//! The state of a review: a key in, the next state out. What is decided stays here, in memory, until the last screen
//! hands it over.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use super::ask::Ask;
use super::keys::{Key, Place};
use super::mark::Mark;
use super::picked::Together;
use super::sheet::{Kind, Sheet, Stand};
use super::{page, words};
use crate::report::escape::terminal::Paint;

/// The smallest terminal that the screens are made for.
pub const SMALLEST: (usize, usize) = (80, 24);

/// What the driver has to do after a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Show the state.
    Stay,
    /// End without signing.
    Quit,
    /// Sign what is decided.
    Sign,
}

/// The screen that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    List,
    Detail(usize),
    Together,
    Signing,
    Help,
}

impl Screen {
    pub(super) fn place(self) -> Place {
        match self {
            Screen::List => Place::List,
            Screen::Detail(_) => Place::Detail,
            Screen::Together => Place::Together,
            Screen::Signing => Place::Signing,
            Screen::Help => Place::Help,
        }
    }
}

/// A review.
#[derive(Debug)]
pub struct State {
    pub(super) sheet: Sheet,
    pub(super) paint: Paint,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) screen: Screen,
    /// Where esc leads to from a page, and from the help.
    pub(super) back: Vec<Screen>,
    /// The row of the list that is meant, among those that the filter leaves.
    pub(super) at: usize,
    /// The first line of a page that is shown.
    pub(super) top: usize,
    /// The lines of the page that is shown, at this width.
    pub(super) page: page::Page,
    pub(super) together: Together,
    pub(super) marks: Vec<Mark>,
    /// Subjects whose page was shown to its end.
    pub(super) seen: BTreeSet<usize>,
    pub(super) filter: String,
    pub(super) ask: Option<Ask>,
    pub(super) input: Zeroizing<String>,
    /// What is told about the last key.
    pub(super) told: String,
    pub(super) why: String,
    secret: Zeroizing<String>,
    pub(super) last: Option<Key>,
}

impl State {
    /// A review of a sheet, on a terminal of this size.
    pub fn new(sheet: Sheet, paint: Paint, (width, height): (usize, usize)) -> State {
        State {
            marks: vec![Mark::None; sheet.items.len()],
            sheet,
            paint,
            width,
            height,
            screen: Screen::List,
            back: Vec::new(),
            at: 0,
            top: 0,
            page: page::Page::default(),
            together: Together::default(),
            seen: BTreeSet::new(),
            filter: String::new(),
            ask: None,
            input: Zeroizing::default(),
            told: String::new(),
            why: String::new(),
            secret: Zeroizing::default(),
            last: None,
        }
    }

    /// The sheet.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// What was decided, by the place of the subject in the sheet.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// Why, for each approval.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The passphrase that was typed; once.
    pub fn take_secret(&mut self) -> Zeroizing<String> {
        std::mem::take(&mut self.secret)
    }

    /// How many subjects are to be signed.
    pub(super) fn decided(&self) -> usize {
        self.marks.iter().filter(|mark| mark.signs()).count()
    }

    /// How many subjects still wait for a decision.
    pub(super) fn undecided(&self) -> usize {
        let open = self.sheet.items.iter().zip(&self.marks);
        open.filter(|(item, mark)| item.stand == Stand::Open && **mark == Mark::None).count()
    }

    /// Whether the terminal is too small for the screens.
    pub(super) fn is_tiny(&self) -> bool {
        self.width < SMALLEST.0 || self.height < SMALLEST.1
    }

    /// The terminal has another size.
    pub fn resize(&mut self, width: usize, height: usize) {
        (self.width, self.height) = (width, height);
        self.lay_out();
    }

    /// The frame of this state was shown: what stood in it was seen.
    pub fn shown(&mut self) {
        if self.is_tiny() || !self.is_at_end() {
            return;
        }
        match self.screen {
            Screen::Detail(item) => _ = self.seen.insert(item),
            Screen::Together => self.together.seen = true,
            _ => {}
        }
    }

    /// Whether the last line of what is scrolled is on the screen.
    pub(super) fn is_at_end(&self) -> bool {
        self.top.saturating_add(self.room()) >= self.length()
    }

    /// Lines that are scrolled on this screen.
    pub(super) fn length(&self) -> usize {
        match self.screen {
            Screen::List => self.rows().len(),
            Screen::Detail(_) => self.page.lines.len(),
            Screen::Together => self.together.page.length(),
            Screen::Signing => 0,
            Screen::Help => words::help(self.paint).len(),
        }
    }

    /// The subjects that the filter leaves, in the order of the list.
    pub(super) fn rows(&self) -> Vec<usize> {
        (0..self.sheet.items.len()).filter(|i| self.is_meant(*i)).collect()
    }

    fn is_meant(&self, i: usize) -> bool {
        let (item, filter) = (&self.sheet.items[i], self.filter.to_lowercase());
        let name = item.name.to_lowercase();
        filter.split_whitespace().all(|word| {
            name.contains(word)
                || [item.tier.word(), item.severity.word(), self.marks[i].word(item)].contains(&word)
        })
    }

    /// The subject that a key is about.
    pub(super) fn meant(&self) -> Option<usize> {
        match self.screen {
            Screen::List => self.rows().get(self.at).copied(),
            Screen::Detail(item) => Some(item),
            Screen::Together => {
                let at = self.together.at;
                self.together.picked.get(at).copied().filter(|_| self.is_shown_together(at))
            }
            Screen::Signing | Screen::Help => None,
        }
    }

    /// Opens the page of the subject with this id; false if there is none.
    pub fn open(&mut self, id: &str) -> bool {
        let found = self.sheet.items.iter().position(|item| item.id == id && item.kind != Kind::Elsewhere);
        if let Some(item) = found {
            self.at = self.rows().iter().position(|row| *row == item).unwrap_or(0);
            self.look(item);
        }
        found.is_some()
    }

    pub(super) fn look(&mut self, item: usize) {
        if !matches!(self.screen, Screen::Detail(_)) {
            self.back.push(self.screen);
        }
        self.screen = Screen::Detail(item);
        self.top = 0;
        self.lay_out();
    }

    /// Makes the page that is shown anew, and keeps what is shown inside of it.
    pub(super) fn lay_out(&mut self) {
        match self.screen {
            Screen::Detail(item) => {
                self.page = page::of(&self.sheet, &self.sheet.items[item], self.paint, self.width);
            }
            Screen::Together => self.lay_out_together(),
            Screen::List | Screen::Signing | Screen::Help => {}
        }
        self.clamp();
    }

    pub(super) fn clamp(&mut self) {
        self.at = self.at.min(self.rows().len().saturating_sub(1));
        let (room, length) = (self.room(), self.length());
        // What is meant is kept on the screen.
        if self.screen == Screen::List {
            self.top = self.top.min(self.at).max((self.at + 1).saturating_sub(room));
        }
        self.top = self.top.min(length.saturating_sub(room));
        self.mean_what_is_shown();
    }

    /// Something went wrong at the signing: nothing was written, and nothing that was decided is lost.
    pub fn failed(&mut self, message: &str) {
        self.told = self.paint.text(message, 400);
        self.ask = Some(Ask::Word);
        self.input = Zeroizing::default();
        self.last = None;
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.input = Zeroizing::new(match ask {
            Ask::Filter => self.filter.clone(),
            Ask::Why => self.why.clone(),
            _ => String::new(),
        });
        self.ask = Some(ask);
    }

    pub(super) fn keep_secret(&mut self) {
        self.secret = std::mem::take(&mut self.input);
    }
}
