//! What is asked in a line.

use super::keys::Key;

/// A question in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// The name of a grave subject, before it is approved.
    Name(usize),
    /// Why a subject is refused.
    Refusal(usize),
    /// When an approval ends.
    Until(usize),
    /// Words that the rows of the list must have.
    Filter,
    /// Why, for each approval.
    Why,
    /// The word that signs.
    Word,
    /// The passphrase of the key.
    Passphrase,
    /// Whether to end although something was decided.
    Quit,
}

impl Ask {
    /// Whether what is typed is not shown.
    pub(super) fn is_hidden(self) -> bool {
        self == Ask::Passphrase
    }

    /// Whether the answer may be pasted: a name and the word are typed, since typing is the point of them.
    pub(super) fn takes_paste(self) -> bool {
        !matches!(self, Ask::Name(_) | Ask::Word | Ask::Quit)
    }

    /// Whether this key asked it.
    pub(super) fn is_opened_by(self, key: &Key) -> bool {
        let letter = match self {
            Ask::Name(_) => 'a',
            Ask::Refusal(_) => 'r',
            Ask::Until(_) => 'e',
            Ask::Filter => '/',
            Ask::Why => 's',
            Ask::Quit => 'q',
            Ask::Word | Ask::Passphrase => return false,
        };
        *key == Key::Char(letter)
    }
}
