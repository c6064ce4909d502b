//! A key in: what it does on the screen that is shown.

use super::ask::Ask;
use super::keys::{self, Action, Key, Place};
use super::mark::Mark;
use super::sheet::Stand;
use super::state::{Screen, State, Step};

impl State {
    /// A key was pressed.
    pub fn press(&mut self, key: Key) -> Step {
        let held = self.last.as_ref() == Some(&key);
        self.last = Some(key.clone());
        if self.is_tiny() {
            return self.press_in_small(&key, held);
        }
        if let Some(ask) = &self.ask {
            // The key that asked is still down.
            let asks_on =
                held && self.input.is_empty() && !matches!(key, Key::Enter | Key::Esc | Key::Interrupt);
            if asks_on && ask.is_opened_by(&key) {
                return Step::Stay;
            }
            return self.answer(key);
        }
        self.told.clear();
        let Some(action) = keys::action(self.screen.place(), &key) else { return Step::Stay };
        if held && action.decides() {
            self.told = "a key that is held down decides once: press another one in between".to_owned();
            return Step::Stay;
        }
        let step = self.act(action);
        self.clamp();
        step
    }

    /// On a terminal that is too small nothing is decided; whoever wants to end is asked once where something was.
    fn press_in_small(&mut self, key: &Key, held: bool) -> Step {
        let ends = keys::action(Place::Help, key) == Some(Action::Quit);
        match (ends, self.ask) {
            (true, _) if self.decided() == 0 => return Step::Quit,
            (true, Some(Ask::Quit)) if !held || *key == Key::Interrupt => return Step::Quit,
            (true, Some(Ask::Quit)) => {}
            (true, _) => self.ask(Ask::Quit),
            (false, Some(Ask::Quit)) => self.close(),
            (false, _) => {}
        }
        Step::Stay
    }

    /// In the plain mode each line is a new press.
    pub(super) fn let_go(&mut self) {
        self.last = None;
    }

    fn act(&mut self, action: Action) -> Step {
        let page = self.room().saturating_sub(1).max(1);
        match action {
            Action::Up => self.moved(-1),
            Action::Down => self.moved(1),
            Action::PageUp => self.moved(-(page as isize)),
            Action::PageDown => self.moved(page as isize),
            Action::First => self.moved(isize::MIN),
            Action::Last => self.moved(isize::MAX),
            Action::Open => {
                if let Some(item) = self.meant() {
                    self.look(item);
                }
            }
            Action::Back => self.go_back(),
            Action::Next => self.next(),
            Action::Approve => self.approve(),
            Action::Refuse => self.refuse(),
            Action::Later => self.later(),
            Action::Until => self.until(),
            Action::Together => self.open_together(),
            Action::LeaveOut => self.leave_out(),
            Action::MarkAll => self.mark_all(),
            Action::Filter => self.ask(Ask::Filter),
            Action::Sign => self.open_signing(),
            Action::Help => {
                self.back.push(self.screen);
                (self.screen, self.top) = (Screen::Help, 0);
            }
            Action::Quit => return self.leave(),
        }
        Step::Stay
    }

    /// Moves what is meant, or scrolls; no further than there is something.
    fn moved(&mut self, by: isize) {
        let to = |at: usize, most: usize| at.saturating_add_signed(by).min(most);
        match self.screen {
            Screen::List => self.at = to(self.at, self.rows().len().saturating_sub(1)),
            Screen::Together => self.move_together(by),
            _ => self.top = to(self.top, self.length().saturating_sub(self.room())),
        }
    }

    pub(super) fn go_back(&mut self) {
        self.screen = self.back.pop().unwrap_or(Screen::List);
        self.top = if self.screen == Screen::Together { self.top_of_together() } else { 0 };
        self.lay_out();
    }

    /// The next subject that waits for a decision, after the one that is shown.
    fn next(&mut self) {
        let Screen::Detail(shown) = self.screen else { return };
        let waits = |i: &usize| self.sheet.items[*i].stand == Stand::Open && self.marks[*i] == Mark::None;
        let all = self.sheet.items.len();
        match (1..=all).map(|step| (shown + step) % all).find(waits) {
            Some(item) if item != shown => {
                self.at = self.rows().iter().position(|row| *row == item).unwrap_or(self.at);
                self.look(item);
            }
            _ => self.told = "nothing else waits for a decision".to_owned(),
        }
    }

    /// Ends; asks once where something was decided.
    pub(super) fn leave(&mut self) -> Step {
        if self.decided() == 0 {
            return Step::Quit;
        }
        self.ask(Ask::Quit);
        Step::Stay
    }
}
