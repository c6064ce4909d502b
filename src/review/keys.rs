//! Bytes of a terminal in, keys out; and the table of what each key does on which screen. Help, footers and the words
//! of the plain mode are made from its rows.

/// A key, as far as a review knows any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Text that was pasted: never typed.
    Paste(String),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Backspace.
    Backspace,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-Z.
    Suspend,
    /// Any other.
    Other,
}

/// The screens, without what they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The list.
    List,
    /// One subject.
    Detail,
    /// What several tools allow together.
    Together,
    /// The last screen.
    Signing,
    /// All keys.
    Help,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One line or row up.
    Up,
    /// One line or row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first.
    First,
    /// To the last.
    Last,
    /// Looks at the subject.
    Open,
    /// Back to where one came from.
    Back,
    /// The next subject that waits.
    Next,
    /// Approves.
    Approve,
    /// Refuses.
    Refuse,
    /// Leaves it for later, or takes a decision back.
    Later,
    /// Sets when an approval ends.
    Until,
    /// Shows what several tools allow together.
    Together,
    /// Leaves one of them out.
    LeaveOut,
    /// Approves all of them.
    MarkAll,
    /// Narrows the list.
    Filter,
    /// To the last screen.
    Sign,
    /// Shows all keys.
    Help,
    /// Ends.
    Quit,
}

impl Action {
    /// Whether it decides something: then a key that is held down does it once.
    pub fn decides(self) -> bool {
        use Action::{Approve, Later, LeaveOut, MarkAll, Refuse, Sign, Until};
        matches!(self, Approve | Refuse | Later | Until | LeaveOut | MarkAll | Sign)
    }
}

/// A row of the table.
pub struct Bound {
    /// Keys that do it.
    pub keys: &'static [Key],
    /// How they are shown.
    pub shown: &'static str,
    /// The word that does it in the plain mode.
    pub word: &'static str,
    /// On which screens, with what their footers say; nothing where the footer is silent.
    pub on: &'static [(Place, &'static str)],
    /// What it does, for the help.
    pub help: &'static str,
    /// What it does.
    pub does: Action,
}

use Place::{Detail, Help, List, Signing, Together};

/// Every key.
#[rustfmt::skip]
pub const KEYS: &[Bound] = &[
    Bound { keys: &[Key::Up, Key::Char('k')], shown: "up k", word: "", does: Action::Up,
        on: &[(List, "move"), (Detail, "scroll"), (Together, "move"), (Help, "scroll")], help: "a line up" },
    Bound { keys: &[Key::Down, Key::Char('j')], shown: "down j", word: "", does: Action::Down,
        on: &[(List, ""), (Detail, ""), (Together, ""), (Help, "")], help: "a line down" },
    Bound { keys: &[Key::PageUp], shown: "page up", word: "", does: Action::PageUp,
        on: &[(List, ""), (Detail, ""), (Together, ""), (Help, "")], help: "a page up" },
    Bound { keys: &[Key::PageDown, Key::Char(' ')], shown: "page down", word: "", does: Action::PageDown,
        on: &[(List, ""), (Detail, ""), (Together, ""), (Help, "")], help: "a page down; so does the space bar" },
    Bound { keys: &[Key::Home], shown: "home", word: "", does: Action::First,
        on: &[(List, ""), (Detail, ""), (Together, ""), (Help, "")], help: "to the start" },
    Bound { keys: &[Key::End], shown: "end", word: "", does: Action::Last,
        on: &[(List, ""), (Detail, ""), (Together, ""), (Help, "")], help: "to the end" },
    Bound { keys: &[Key::Enter], shown: "enter", word: "look", does: Action::Open,
        on: &[(List, "look"), (Together, "look")], help: "look at the subject: its page" },
    Bound { keys: &[Key::Char('a')], shown: "a", word: "approve", does: Action::Approve,
        on: &[(Detail, "approve")], help: "approve; works when the end of the page was shown" },
    Bound { keys: &[Key::Char('r')], shown: "r", word: "refuse", does: Action::Refuse,
        on: &[(List, "refuse"), (Detail, "refuse")], help: "refuse; asks for a reason" },
    Bound { keys: &[Key::Char('l')], shown: "l", word: "later", does: Action::Later,
        on: &[(List, "later"), (Detail, "later")], help: "leave it for later; takes a decision back" },
    Bound { keys: &[Key::Char('e')], shown: "e", word: "until", does: Action::Until,
        on: &[(Detail, "until")], help: "when the approval ends: 90d, a date, or nothing" },
    Bound { keys: &[Key::Char('x')], shown: "x", word: "leave", does: Action::LeaveOut,
        on: &[(Together, "leave one out")], help: "leave one out of those that are approved together" },
    Bound { keys: &[Key::Char('y')], shown: "y", word: "mark", does: Action::MarkAll,
        on: &[(Together, "mark all")], help: "approve all of them; works when the end was shown" },
    Bound { keys: &[Key::Char('b')], shown: "b", word: "bulk", does: Action::Together,
        on: &[(List, "bulk")], help: "what the low and medium ones of the list allow together" },
    Bound { keys: &[Key::Char('/')], shown: "/", word: "filter", does: Action::Filter,
        on: &[(List, "filter")], help: "only rows with these words: a name, a risk, a decision" },
    Bound { keys: &[Key::Char('s')], shown: "s", word: "sign", does: Action::Sign,
        on: &[(List, "sign")], help: "to the last screen, the only one that signs" },
    Bound { keys: &[Key::Char('n')], shown: "n", word: "next", does: Action::Next,
        on: &[(Detail, "next")], help: "the next subject that waits" },
    Bound { keys: &[Key::Esc], shown: "esc", word: "back", does: Action::Back,
        on: &[(Detail, "list"), (Together, "list"), (Signing, "back, nothing is lost"), (Help, "back")],
        help: "back; nothing is lost" },
    Bound { keys: &[Key::Char('?')], shown: "?", word: "keys", does: Action::Help,
        on: &[(List, "keys"), (Detail, "keys"), (Together, "keys")], help: "all keys" },
    Bound { keys: &[Key::Char('q'), Key::Interrupt], shown: "q ctrl-c", word: "quit", does: Action::Quit,
        on: &[(List, "quit"), (Detail, ""), (Together, ""), (Signing, ""), (Help, "")],
        help: "end without signing; asks where something was decided" },
];

/// What a key does on a screen.
pub fn action(place: Place, key: &Key) -> Option<Action> {
    let bound = |row: &&Bound| row.keys.contains(key) && row.on.iter().any(|(on, _)| *on == place);
    KEYS.iter().find(bound).map(|row| row.does)
}

/// What a word of the plain mode does on a screen: the word, or its key.
pub fn said(place: Place, word: &str) -> Option<&'static Key> {
    let named = |row: &Bound| {
        let letter = matches!(row.keys, [Key::Char(c), ..] if word.chars().eq([*c]));
        !row.word.is_empty() && (row.word == word || letter)
    };
    let row = KEYS.iter().find(|row| named(row) && row.on.iter().any(|(on, _)| *on == place))?;
    row.keys.first()
}

/// Longest text that is taken from a paste, in bytes.
const PASTE: usize = 4_096;
/// Longest sequence of one key.
const SEQUENCE: usize = 32;
/// After so many waits of the terminal in which nothing came, about two seconds, a paste that has no end is over as soon
/// as a person presses a key.
const LAPSE: u8 = 20;

/// Puts the bytes that a terminal sends together to keys.
#[derive(Debug, Default)]
pub struct Reader {
    held: Vec<u8>,
    pasted: Option<Vec<u8>>,
    /// Waits in a row in which nothing came.
    waited: u8,
}

impl Reader {
    /// The keys of these bytes; what is not a whole key yet is kept.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Key> {
        if std::mem::take(&mut self.waited) >= LAPSE && is_one_key(bytes) {
            // Its end was lost. What it had is no answer: nobody knows whether that is all.
            self.pasted = None;
            self.held.clear();
        }
        self.held.extend_from_slice(bytes);
        let mut keys = Vec::new();
        while let Some((used, key)) = self.first() {
            self.held.drain(..used);
            keys.extend(key);
        }
        keys
    }

    /// Nothing came for a while: what is held is no beginning of a longer key.
    pub fn idle(&mut self) -> Option<Key> {
        self.waited = self.waited.saturating_add(1);
        let held = std::mem::take(&mut self.held);
        match held.as_slice() {
            [] => None,
            _ if self.pasted.is_some() => {
                self.held = held;
                None
            }
            [0x1b] => Some(Key::Esc),
            _ => Some(Key::Other),
        }
    }

    /// The first key that is held, with its length.
    fn first(&mut self) -> Option<(usize, Option<Key>)> {
        let first = *self.held.first()?;
        if first == 0x1b {
            return self.sequence();
        }
        if let Some(text) = &mut self.pasted {
            if text.len() < PASTE {
                text.push(first);
            }
            return Some((1, None));
        }
        let key = match first {
            b'\r' | b'\n' => Key::Enter,
            0x03 => Key::Interrupt,
            0x1a => Key::Suspend,
            0x08 | 0x7f => Key::Backspace,
            0x00..=0x1f => Key::Other,
            _ => return self.character(first),
        };
        Some((1, Some(key)))
    }

    fn character(&self, first: u8) -> Option<(usize, Option<Key>)> {
        let length = match first {
            0x00..=0x7f => 1,
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return Some((1, Some(Key::Other))),
        };
        let bytes = self.held.get(..length)?;
        let c = std::str::from_utf8(bytes).ok().and_then(|text| text.chars().next());
        match c {
            Some(c) => Some((length, Some(Key::Char(c)))),
            None => Some((1, Some(Key::Other))),
        }
    }

    /// `ESC [ … final`, `ESC O final`, or Alt with a key, which decides nothing.
    fn sequence(&mut self) -> Option<(usize, Option<Key>)> {
        let second = *self.held.get(1)?;
        let (length, parameters, last) = match second {
            b'O' => (3, "", *self.held.get(2)?),
            b'[' => {
                let end = self.held.iter().skip(2).position(|b| (0x40..=0x7e).contains(b));
                let end = match end {
                    Some(end) => end + 2,
                    None if self.held.len() > SEQUENCE => return Some((2, Some(Key::Other))),
                    None => return None,
                };
                (end + 1, std::str::from_utf8(&self.held[2..end]).unwrap_or("?"), self.held[end])
            }
            0x1b => return Some((1, self.pasted.is_none().then_some(Key::Esc))),
            _ => return Some((2, self.pasted.is_none().then_some(Key::Other))),
        };
        let key = match (last, parameters) {
            (b'~', "200") => {
                self.pasted.get_or_insert_default();
                return Some((length, None));
            }
            (b'~', "201") => {
                let text = self.pasted.take().unwrap_or_default();
                return Some((length, Some(Key::Paste(String::from_utf8_lossy(&text).into_owned()))));
            }
            (b'A', "") => Key::Up,
            (b'B', "") => Key::Down,
            (b'H', "") | (b'~', "1" | "7") => Key::Home,
            (b'F', "") | (b'~', "4" | "8") => Key::End,
            (b'~', "5") => Key::PageUp,
            (b'~', "6") => Key::PageDown,
            _ => Key::Other,
        };
        Some((length, self.pasted.is_none().then_some(key)))
    }
}

/// Whether bytes that came at once are what one key sends: the rest of a paste that was held up comes as many.
fn is_one_key(bytes: &[u8]) -> bool {
    let is_character = std::str::from_utf8(bytes).is_ok_and(|text| text.chars().count() == 1);
    is_character || matches!(bytes, [0x1b, b'[' | b'O', b'A'..=b'Z'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<Key> {
        Reader::default().read(bytes)
    }

    #[test]
    fn bytes_are_keys() {
        assert_eq!(read(b"a\r\x7f\x03"), [Key::Char('a'), Key::Enter, Key::Backspace, Key::Interrupt]);
        assert_eq!(
            read(b"\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~"),
            [Key::Up, Key::Down, Key::PageUp, Key::PageDown, Key::Home, Key::End]
        );
        assert_eq!(read("é製".as_bytes()), [Key::Char('é'), Key::Char('製')]);
        assert_eq!(read(b"\x1b[1;5C\x1ba\xff\x01"), [Key::Other, Key::Other, Key::Other, Key::Other]);
    }

    #[test]
    fn a_key_that_comes_in_pieces_is_one_and_escape_alone_is_itself() {
        let mut reader = Reader::default();
        assert_eq!(reader.read(b"\x1b"), []);
        assert_eq!(reader.read(b"[A"), [Key::Up]);
        assert_eq!(reader.read(b"\x1b"), []);
        assert_eq!((reader.idle(), reader.idle()), (Some(Key::Esc), None));
        assert_eq!(reader.read(b"\xc3"), []);
        assert_eq!(reader.read(b"\xa9"), [Key::Char('é')]);
        // What never ends is not held for ever.
        assert_eq!(reader.read(&[b"\x1b[".as_slice(), &[b'1'; 40]].concat()).first(), Some(&Key::Other));
    }

    #[test]
    fn what_is_pasted_is_no_key() {
        assert_eq!(
            read(b"\x1b[200~ay\r\x1b[A\x03\x1b[201~b"),
            [Key::Paste("ay\r\x03".into()), Key::Char('b')]
        );
        let mut reader = Reader::default();
        assert_eq!(reader.read(b"\x1b[200~a"), []);
        assert_eq!(reader.idle(), None);
        assert_eq!(reader.read(b"y\x1b[201~"), [Key::Paste("ay".into())]);
        let long = [b"\x1b[200~".as_slice(), &vec![b'x'; 10_000], b"\x1b[201~"].concat();
        assert_eq!(read(&long), [Key::Paste("x".repeat(PASTE))]);
    }

    #[test]
    fn a_paste_whose_end_is_lost_swallows_no_key_for_ever() {
        for (bytes, key) in [(&b"q"[..], Key::Char('q')), (b"\x03", Key::Interrupt), (b"\x1b[A", Key::Up)] {
            let mut reader = Reader::default();
            assert_eq!(reader.read(b"\x1b[200~abc\x1b["), []);
            (1..LAPSE).for_each(|_| assert_eq!(reader.idle(), None));
            assert_eq!(reader.read(bytes), [], "it may still go on");
            (0..LAPSE).for_each(|_| assert_eq!(reader.idle(), None));
            assert_eq!(reader.read(bytes), [key]);
        }
        // Held up on the way, it is one paste, and no key is among it.
        let mut reader = Reader::default();
        reader.read(b"\x1b[200~abc");
        (0..LAPSE).for_each(|_| assert_eq!(reader.idle(), None));
        assert_eq!(reader.read(b"s\rsign\r\x1b[201~"), [Key::Paste("abcs\rsign\r".into())]);
        let mut reader = Reader::default();
        reader.read(b"\x1b[200~abc");
        (0..LAPSE).for_each(|_| assert_eq!(reader.idle(), None));
        assert_eq!(reader.read(b"\x1b[201~"), [Key::Paste("abc".into())]);
    }

    #[test]
    fn no_key_does_two_things_on_one_screen_and_no_word_either() {
        for place in [List, Detail, Together, Signing, Help] {
            let here: Vec<&Bound> = KEYS.iter().filter(|r| r.on.iter().any(|(on, _)| *on == place)).collect();
            for (i, row) in here.iter().enumerate() {
                for other in &here[i + 1..] {
                    assert!(!row.keys.iter().any(|key| other.keys.contains(key)), "{place:?} {}", row.shown);
                    assert!(row.word.is_empty() || row.word != other.word, "{place:?} {}", row.word);
                }
            }
        }
        assert_eq!(action(List, &Key::Char('a')), None, "nothing is approved unseen");
        assert_eq!(said(Detail, "approve"), Some(&Key::Char('a')));
        assert_eq!((said(Detail, "a"), said(List, "a")), (Some(&Key::Char('a')), None));
    }
}
