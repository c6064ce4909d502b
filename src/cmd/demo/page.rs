//! What the demo shows: six steps in 80 columns, each in two or three lines of what really happened.

use crate::cmd::demo::shop;
use crate::cmd::demo::told::{Subject, Told};
use crate::model::risk::RiskTier;
use crate::report::escape::terminal::{Mark, Paint};
use crate::report::width::pad;

/// Where the lines of a step start.
const BODY: usize = 13;
/// Where they end.
const RIGHT: usize = 75;

/// The first line.
pub const OPENING: &str = "A shop has an API, and an agent may use it through tools. Who says which?\n";

/// The page, as far as the terminal can show it.
pub struct Page {
    /// Colours and marks.
    pub paint: Paint,
}

impl Page {
    /// The heading of a step.
    pub fn step(&self, number: u8, word: &str, says: &str) -> String {
        format!("\n{}  {says}\n", self.paint.bold(&format!("{number} {}", pad(word, 7))))
    }

    /// The tools of a toolpack by tier, highest first.
    pub fn tiers(&self, tools: &[(RiskTier, String)]) -> String {
        let mut out = String::new();
        for tier in RiskTier::ALL.into_iter().rev() {
            let names: Vec<String> =
                tools.iter().filter(|(t, _)| *t == tier).map(|(_, name)| self.paint.text(name, 48)).collect();
            if !names.is_empty() {
                out += &self.body(&format!("{} {}", pad(&tier.to_string(), 7), names.join("  ")));
            }
        }
        out
    }

    /// What was signed.
    pub fn signed(&self, count: usize, of: usize, by: &str) -> String {
        let mark = self.paint.green(self.paint.mark(Mark::Good));
        self.body(&format!("{mark} {count} of {of} signed by {by} (a throwaway key)"))
    }

    /// The lines that the attacker changed.
    pub fn attack(&self) -> String {
        let line = |dyed: String| self.body(&dyed);
        line(self.paint.red(&format!("- host: {}", shop::HOST)))
            + &line(self.paint.green(&format!("+ host: {}", shop::OTHER_HOST)))
            + &line(self.paint.green(&format!("+ {}", shop::SECRECY)))
    }

    /// What the gate names, a line each.
    pub fn subjects(&self, told: &Told) -> String {
        told.subjects.iter().map(|subject| self.subject(subject)).collect()
    }

    fn subject(&self, subject: &Subject) -> String {
        let signed = if subject.is_trust { "owner signed" } else { "approvals" };
        let have = format!("{signed} {} of {}", subject.have, subject.need);
        let (severity, name) = (self.paint.text(&subject.severity, 8), self.paint.text(&subject.name, 32));
        let room = RIGHT.saturating_sub(BODY + 12 + have.len());
        let mark = self.paint.red(self.paint.mark(Mark::Bad));
        self.body(&format!("{mark} {} {}{have}", self.paint.red(&pad(&severity, 9)), pad(&name, room)))
    }

    /// What changed in a subject.
    pub fn changes(&self, subject: &Subject) -> String {
        let mut out = String::new();
        for change in &subject.changes {
            let text = match &change.moved {
                Some((before, after)) => format!(
                    "{} {} {}",
                    self.paint.text(before, 40),
                    self.paint.arrow(),
                    self.paint.text(after, 40)
                ),
                None => self.paint.text(&change.message, 60),
            };
            out += &self.body(&format!("  {} {text}", pad(&self.paint.text(&change.member, 12), 12)));
        }
        out
    }

    /// The last line of a step: what the gate says, and its exit code.
    pub fn verdict(&self, says: &str, code: u8) -> String {
        let (word, rest) = says.split_once(':').unwrap_or((says, ""));
        let mark = if code == 0 { format!("{} ", self.paint.mark(Mark::Good)) } else { String::new() };
        let gap = RIGHT.saturating_sub(BODY + mark.chars().count() + says.chars().count() + 6);
        let dyed = match code {
            0 => self.paint.green(&format!("{mark}{word}")),
            _ => self.paint.red(word),
        };
        self.body(&format!("{dyed}:{rest}{}exit {code}", " ".repeat(gap)))
    }

    /// The gate did not do what it should.
    pub fn failed(&self, why: &str) -> String {
        let mark = self.paint.red(self.paint.mark(Mark::Bad));
        self.body(&format!("{mark} {why}"))
            + &format!("\n{}: the gate does not hold; this is a fault of cask\n", self.paint.red("failed"))
    }

    /// A label and what it is about, at the end.
    pub fn end(&self, label: &str, says: &str) -> String {
        format!("{}{says}\n", pad(label, 11))
    }

    fn body(&self, text: &str) -> String {
        format!("{}{text}\n", " ".repeat(BODY))
    }
}
