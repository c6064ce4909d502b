//! Deciding: what each deciding key does, and what keeps it from doing it.

use super::ask::Ask;
use super::mark::Mark;
use super::sheet::{Kind, Stand};
use super::state::{Screen, State};

impl State {
    /// Marks a subject, and says so. Nothing is signed by it.
    pub(super) fn mark(&mut self, item: usize, mark: Mark) {
        let name = self.paint.text(&self.sheet.items[item].name, 40);
        self.told = match &mark {
            Mark::None => format!("{name}: undecided again"),
            Mark::Approve { until: None } => format!("{name}: approve. Nothing is signed yet"),
            Mark::Approve { until: Some(end) } => {
                format!("{name}: approve until {}. Nothing is signed yet", end.date())
            }
            Mark::Refuse { .. } => format!("{name}: refuse. Nothing is signed yet"),
            Mark::Later => format!("{name}: later"),
        };
        self.marks[item] = mark;
    }

    /// Whether a subject is decided by another command; says by which.
    fn is_elsewhere(&mut self, item: usize) -> bool {
        let elsewhere = self.sheet.items[item].kind == Kind::Elsewhere;
        if elsewhere {
            let commands = self.sheet.items[item].commands.join(", ");
            self.told = format!("not decided here: {}", self.paint.text(&commands, 200));
        }
        elsewhere
    }

    pub(super) fn approve(&mut self) {
        let Some(item) = self.meant() else { return };
        if self.is_elsewhere(item) {
            return;
        }
        let (shown, cut) = (self.seen.contains(&item), self.page.cut);
        let it = &self.sheet.items[item];
        self.told = match (it.stand, &it.against) {
            (Stand::Approved, _) => "enough people have approved it already".to_owned(),
            (Stand::Waits, _) => "you have signed it; it waits for others".to_owned(),
            (_, Some(why)) => {
                format!("your approval would not count: {}", super::words::say(self.paint, why))
            }
            _ if it.hides => {
                "something of it is hidden as a secret: read its files, then cask gate allow".to_owned()
            }
            _ if cut => "it is too long to be shown whole: read its files, then cask gate allow".to_owned(),
            _ if !shown => "a opens at the end of this page".to_owned(),
            _ if it.is_grave() => return self.ask(Ask::Name(item)),
            _ => return self.mark(item, Mark::Approve { until: None }),
        };
    }

    pub(super) fn refuse(&mut self) {
        let Some(item) = self.meant() else { return };
        if self.is_elsewhere(item) {
            return;
        }
        match self.sheet.items[item].stand {
            Stand::Refused => self.told = "it is refused already".to_owned(),
            _ => self.ask(Ask::Refusal(item)),
        }
    }

    pub(super) fn later(&mut self) {
        let Some(item) = self.meant() else { return };
        if self.is_elsewhere(item) {
            return;
        }
        let mark = match (self.sheet.items[item].stand, &self.marks[item]) {
            (Stand::Open, Mark::Later) => Mark::None,
            (Stand::Open, _) => Mark::Later,
            _ => Mark::None,
        };
        self.mark(item, mark);
    }

    pub(super) fn until(&mut self) {
        let Some(item) = self.meant() else { return };
        match self.marks[item] {
            Mark::Approve { .. } => self.ask(Ask::Until(item)),
            _ => self.told = "approve it first; then e says when that ends".to_owned(),
        }
    }

    pub(super) fn open_together(&mut self) {
        self.together = self.pick();
        if self.together.picked.is_empty() {
            self.told =
                "nothing here is approved together: high and critical are looked at one by one".to_owned();
            return;
        }
        self.back.push(self.screen);
        (self.screen, self.top) = (Screen::Together, 0);
        self.lay_out();
    }

    pub(super) fn leave_out(&mut self) {
        let Some(item) = self.meant() else {
            self.told = "none of them is on the screen: go down to them first".to_owned();
            return;
        };
        let name = self.paint.text(&self.sheet.items[item].name, 40);
        self.told = match self.together.out.insert(item) {
            true => format!("{name}: left out"),
            false => {
                self.together.out.remove(&item);
                format!("{name}: in again")
            }
        };
        self.lay_out();
    }

    pub(super) fn mark_all(&mut self) {
        if !self.together.seen {
            self.told = "y opens at the end of this page".to_owned();
            return;
        }
        // What was decided one by one stays decided, the end of an approval too.
        let open: Vec<usize> =
            self.together.kept().filter(|item| matches!(self.marks[*item], Mark::None)).collect();
        for item in &open {
            self.marks[*item] = Mark::Approve { until: None };
        }
        self.go_back();
        self.told = format!("{} marked to approve. Nothing is signed yet", open.len());
    }

    pub(super) fn open_signing(&mut self) {
        if self.decided() == 0 {
            self.told = "nothing is decided yet".to_owned();
            return;
        }
        self.back.push(self.screen);
        (self.screen, self.top) = (Screen::Signing, 0);
        self.ask(Ask::Why);
    }
}
