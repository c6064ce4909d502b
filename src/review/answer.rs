//! Answering: the question in words, what may be typed, and what comes of it.

use zeroize::Zeroizing;

use super::ask::Ask;
use super::keys::Key;
use super::mark::Mark;
use super::state::{Screen, State, Step};
use crate::canon::time::ending;
use crate::model::lockfile::reason_refused;

/// Longest answer, in characters.
const LONGEST: usize = 1_000;
/// What is typed before anything is signed.
const WORD: &str = "sign";

impl State {
    /// The question that is open, in words of ours but for what is to be typed, which is a plain word.
    pub(super) fn question(&self, ask: Ask) -> String {
        match ask {
            Ask::Name(item) => format!("Type {} to approve it: ", self.sheet.items[item].typed()),
            Ask::Refusal(item) => {
                format!("Why is {} refused? ", self.paint.text(&self.sheet.items[item].name, 40))
            }
            Ask::Until(_) => "Ends after (90d, 2027-01-31, or nothing): ".to_owned(),
            Ask::Filter => "Only rows with: ".to_owned(),
            Ask::Why => "Reason (goes into each approval): ".to_owned(),
            Ask::Word => match self.sheet.signer.as_ref().is_some_and(|signer| signer.locked) {
                true => "Type sign and enter, then the passphrase of the key: ".to_owned(),
                false => "Type sign and enter: ".to_owned(),
            },
            Ask::Passphrase => "Passphrase of the key: ".to_owned(),
            Ask::Quit => format!("End without signing? {} decided, and lost then. [y/N] ", self.decided()),
        }
    }

    /// A key while a question is open.
    pub(super) fn answer(&mut self, key: Key) -> Step {
        let Some(ask) = self.ask else { return Step::Stay };
        match key {
            Key::Interrupt if ask == Ask::Quit => return Step::Quit,
            Key::Interrupt => {
                self.ask = None;
                return self.leave();
            }
            Key::Char(c) if ask == Ask::Quit => {
                self.close();
                return if matches!(c, 'y' | 'Y') { Step::Quit } else { Step::Stay };
            }
            Key::Char(c) => self.type_in(ask, &c.to_string()),
            Key::Paste(text) if ask.takes_paste() => self.type_in(ask, text.trim_end_matches(['\r', '\n'])),
            Key::Paste(_) => self.told = "this is typed, not pasted".to_owned(),
            Key::Backspace => {
                self.input.pop();
                self.filter_as_typed(ask);
            }
            Key::Esc => {
                self.told.clear();
                match ask {
                    Ask::Filter => self.filter.clear(),
                    Ask::Why | Ask::Word | Ask::Passphrase => self.go_back(),
                    _ => {}
                }
                self.close();
            }
            Key::Enter => return self.submit(ask),
            _ => {}
        }
        Step::Stay
    }

    pub(super) fn close(&mut self) {
        self.input = Zeroizing::default();
        // On the last screen there is always a question.
        self.ask = (self.screen == Screen::Signing).then_some(Ask::Why);
        if self.ask.is_some() {
            self.input = Zeroizing::new(self.why.clone());
        }
    }

    fn type_in(&mut self, ask: Ask, text: &str) {
        let room = LONGEST.saturating_sub(self.input.chars().count());
        self.input.extend(text.chars().filter(|c| !c.is_control()).take(room));
        self.filter_as_typed(ask);
    }

    fn filter_as_typed(&mut self, ask: Ask) {
        if ask == Ask::Filter {
            self.filter.clone_from(&self.input);
            (self.at, self.top) = (0, 0);
        }
    }

    fn submit(&mut self, ask: Ask) -> Step {
        self.told.clear();
        let text = self.input.trim().to_owned();
        match ask {
            Ask::Name(item) => match text == self.sheet.items[item].typed() {
                true => {
                    self.close();
                    self.mark(item, Mark::Approve { until: None });
                }
                false => self.wrong("that is not what it is called; esc leaves it undecided"),
            },
            Ask::Refusal(item) => match (text.is_empty(), reason_refused(&text)) {
                (true, _) => self.told = "a refusal has a reason; esc leaves it undecided".to_owned(),
                (_, Some(why)) => self.told = why,
                (_, None) => {
                    self.close();
                    self.mark(item, Mark::Refuse { reason: text });
                }
            },
            Ask::Until(item) => self.set_end(item, &text),
            Ask::Filter => self.close(),
            Ask::Why => match reason_refused(&text) {
                Some(why) => self.told = why,
                None if text.is_empty() && self.asks_reason() => {
                    self.told = "gate.yaml asks for a reason to approve one of these".to_owned();
                }
                None => {
                    self.why = text;
                    self.ask(Ask::Word);
                }
            },
            Ask::Word if text != WORD => self.wrong("type the word sign, or esc"),
            Ask::Word if self.sheet.signer.as_ref().is_some_and(|signer| signer.locked) => {
                self.ask(Ask::Passphrase);
            }
            Ask::Word => return Step::Sign,
            Ask::Passphrase => {
                self.keep_secret();
                return Step::Sign;
            }
            Ask::Quit => self.close(),
        }
        Step::Stay
    }

    fn wrong(&mut self, told: &str) {
        self.input = Zeroizing::default();
        self.told = told.to_owned();
    }

    fn set_end(&mut self, item: usize, text: &str) {
        let until = match (text, self.sheet.now) {
            ("", _) => None,
            (_, None) => return,
            (text, Some(now)) => match ending(text, now) {
                None => return self.told = "no number of days, date or time: 90d, 2027-01-31".to_owned(),
                Some(end) if end <= now => return self.told = format!("{} is over", end.date()),
                Some(end) => Some(end),
            },
        };
        if let (Some(longest), Some(end)) = (self.sheet.items[item].longest, until)
            && end > longest
        {
            return self.told = format!("gate.yaml lets it run until {} at most", longest.date());
        }
        self.close();
        self.mark(item, Mark::Approve { until });
    }

    fn asks_reason(&self) -> bool {
        let mut all = self.sheet.items.iter().zip(&self.marks);
        all.any(|(item, mark)| item.asks_reason && matches!(mark, Mark::Approve { .. }))
    }
}
