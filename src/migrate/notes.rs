//! What a migration has to tell: each thing once, in the order in which it was met.

use crate::model::phrase::Phrase;

/// More notes than anyone reads; the rest is counted.
const MAX: usize = 500;

/// Notes of one migration.
#[derive(Debug, Default)]
pub(super) struct Notes {
    list: Vec<Phrase>,
    more: usize,
}

impl Notes {
    /// Tells something, unless it was told.
    pub(super) fn tell(&mut self, note: Phrase) {
        if self.list.contains(&note) {
            return;
        }
        match self.list.len() < MAX {
            true => self.list.push(note),
            false => self.more += 1,
        }
    }

    /// Tells that a member of a file has no place in version 2.
    pub(super) fn dropped(&mut self, file: &str, pointer: &str) {
        self.tell(
            Phrase::quote(file)
                .and_say(" ")
                .and_quote(pointer)
                .and_say(" is dropped: version 2 does not know it"),
        );
    }

    /// All that was told.
    pub(super) fn into_phrases(mut self) -> Vec<Phrase> {
        if self.more > 0 {
            self.list.push(Phrase::say(format!("and {} more", self.more)));
        }
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_told_once_and_the_rest_is_counted() {
        let mut notes = Notes::default();
        notes.dropped("f", "/a");
        notes.dropped("f", "/a");
        for n in 0..MAX + 1 {
            notes.dropped("f", &n.to_string());
        }
        let told = notes.into_phrases();
        assert_eq!(told.len(), MAX + 1);
        assert_eq!(told[MAX].plain(), "and 2 more");
    }
}
