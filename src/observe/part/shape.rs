//! Values of one place in, what all of them had in common out: how often there was something and of which type,
//! which formats all texts had, bounds, and the few values of a place that has few.

use std::collections::BTreeMap;

use super::bottom::{Bottom, Bounds, Merge, sum};
use super::class::{Segment, segment};
use super::formats::Formats;
use super::outer::Outer;
use crate::canon::digest::sha256;
use crate::canon::node::pointer_step;
use crate::canon::text::words;
use crate::canon::{Node, Value};
use crate::compare::risk_words::{is_personal, is_secret};

/// Levels of a body that are looked at.
const DEPTH: usize = 32;
/// Places of a body that are kept.
pub const PLACES: usize = 2_000;
/// Values that are kept of a place, and characters of one.
const VALUES: usize = 16;
const VALUE: usize = 64;

/// The types of JSON; an integer is counted apart from other numbers.
pub const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];
/// Where each stands in [`TYPES`].
pub const NULL: usize = 0;
/// `true` and `false`.
pub const BOOLEAN: usize = 1;
/// Whole numbers.
pub const INTEGER: usize = 2;
/// Other numbers.
pub const NUMBER: usize = 3;
/// Texts.
pub const STRING: usize = 4;
/// Lists.
pub const ARRAY: usize = 5;
/// Objects.
pub const OBJECT: usize = 6;

/// What is known of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Formats that all of them had.
    pub formats: Formats,
    /// The values, if they may be told.
    pub values: Bottom<u64, VALUES>,
    /// How many were not kept as values: too long, an id, somebody's own, or taken out before.
    pub left: u64,
    /// Their lengths in characters.
    pub lengths: Bounds,
}

impl Default for Texts {
    fn default() -> Texts {
        Texts { formats: Formats::ALL, values: Bottom::default(), left: 0, lengths: Bounds::default() }
    }
}

impl Texts {
    /// Takes a text in. `is_open`: whether its place is nobody's own, so that its values may be told.
    pub fn take(&mut self, text: &str, is_open: impl FnOnce() -> bool, outer: &Outer) {
        // What is told already may be told.
        if self.values.bump(text) {
            return;
        }
        if outer.is_mark(text) {
            self.left = sum(self.left, 1);
            return;
        }
        let formats = Formats::of(text);
        self.formats = self.formats.and(formats);
        let length = text.chars().count();
        self.lengths.take(i64::try_from(length).unwrap_or(i64::MAX));
        let told = length <= VALUE
            && formats.is_none()
            && is_open()
            && !is_id(&segment(text, &[], &|_| false), text);
        if told {
            self.values.put(text, 1);
        } else {
            self.left = sum(self.left, 1);
        }
    }
}

/// Whether a text is of the class of an id: those are never kept.
fn is_id(class: &Segment, text: &str) -> bool {
    class.fixed || class.text.starts_with('{') && !text.starts_with('{')
}

/// Whether a text is an id, or holds what was taken out.
pub fn is_own(text: &str, outer: &Outer) -> bool {
    outer.is_mark(text) || is_id(&segment(text, &[], &|_| false), text)
}

/// Whether a name that a caller made up is an id, or has one in brackets (`items[4711]`). Up to three digits in them
/// count places of a list.
pub fn is_own_name(name: &str, outer: &Outer) -> bool {
    let place = |part: &str| part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
    let inside = || name.split(['[', ']']).any(|part| !place(part) && is_own(part, outer));
    is_own(name, outer) || name.contains(['[', ']']) && inside()
}

impl Merge for Texts {
    fn merge(&mut self, other: Texts) {
        self.formats = self.formats.and(other.formats);
        self.values.merge(other.values);
        self.left = sum(self.left, other.left);
        self.lengths.merge(other.lengths);
    }
}

/// What is known of a place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Shape {
    /// How often each of [`TYPES`] was there.
    pub types: [u64; 7],
    /// Of texts.
    pub texts: Option<Box<Texts>>,
    /// Of numbers; fractions are rounded outwards.
    pub numbers: Bounds,
    /// How long lists were.
    pub items: Bounds,
    /// Members of objects, by key: `{int}` and the like stand for all keys of that class.
    pub members: BTreeMap<String, Shape>,
    /// Of the items of lists.
    pub item: Option<Box<Shape>>,
    /// Whether there were more places below this one than are kept.
    pub more: bool,
    /// Whether its values are somebody's own.
    shut: Shut,
}

/// What follows from where a place stands, once somebody has asked: no part of what is known of it.
#[derive(Debug, Clone, Copy, Default)]
struct Shut(Option<bool>);

impl PartialEq for Shut {
    fn eq(&self, _: &Shut) -> bool {
        true
    }
}

impl Eq for Shut {}

impl Shape {
    /// How often there was something, null too.
    pub fn seen(&self) -> u64 {
        self.types.iter().fold(0, |n, of| sum(n, *of))
    }

    /// Whether there never was anything.
    pub fn is_empty(&self) -> bool {
        self.seen() == 0 && !self.more
    }

    /// Whether there were places that are not kept, here or below.
    pub fn is_cut(&self) -> bool {
        self.more || self.members.values().chain(self.item.as_deref()).any(Shape::is_cut)
    }

    /// Takes a value in.
    pub fn take(&mut self, value: &Node, outer: &Outer) {
        self.value(value, ("", ""), 0, outer);
        self.bound();
    }

    /// `name`: that of the nearest member, and that of what it is a member of.
    fn value(&mut self, value: &Node, name: (&str, &str), depth: usize, outer: &Outer) {
        let kind = match &value.value {
            Value::Null => NULL,
            Value::Bool(_) => BOOLEAN,
            Value::Int(digits) => {
                let beyond = if digits.starts_with('-') { i64::MIN } else { i64::MAX };
                self.numbers.take(digits.parse().unwrap_or(beyond));
                INTEGER
            }
            Value::Float(number) => {
                // Beyond 64 bits it stops at the end of them.
                self.numbers.take(number.floor() as i64);
                self.numbers.take(number.ceil() as i64);
                NUMBER
            }
            Value::Text(text) => {
                let shut = &mut self.shut.0;
                let open = || !*shut.get_or_insert_with(|| !is_open(name.0, name.1));
                self.texts.get_or_insert_default().take(text, open, outer);
                STRING
            }
            Value::List(items) => {
                self.items.take(i64::try_from(items.len()).unwrap_or(i64::MAX));
                if depth >= DEPTH {
                    self.more |= !items.is_empty();
                } else if !items.is_empty() {
                    let below = self.item.get_or_insert_default();
                    items.iter().for_each(|item| below.value(item, name, depth + 1, outer));
                }
                ARRAY
            }
            Value::Map(members) => {
                if depth >= DEPTH {
                    self.more |= !members.is_empty();
                } else {
                    for (key, member) in members {
                        self.member(key, member, name.0, depth, outer);
                    }
                }
                OBJECT
            }
        };
        self.types[kind] = sum(self.types[kind], 1);
    }

    fn member(&mut self, key: &str, member: &Node, above: &str, depth: usize, outer: &Outer) {
        // Nearly every key has been seen before, and stands there as it is.
        if !key.contains(['~', '/'])
            && !key.starts_with(['{', '['])
            && let Some(shape) = self.members.get_mut(key)
        {
            return shape.value(member, (key, above), depth + 1, outer);
        }
        let class = segment(key, &[], &|text| outer.is_mark(text));
        let (kept, name) = if is_id(&class, key) { (class.text, "") } else { (step(key), key) };
        self.members.entry(kept).or_default().value(member, (name, above), depth + 1, outer);
    }

    /// How many places there are, this one too.
    fn places(&self) -> usize {
        let below = self.members.values().map(Shape::places).sum::<usize>();
        1 + below + self.item.as_ref().map_or(0, |item| item.places())
    }

    /// Lets go of the places beyond the bound: the deepest first, of those at one depth the ones with the largest
    /// SHA-256. So a place that stays has all places above it, and which stay depends on the set alone.
    pub fn bound(&mut self) {
        if self.places() <= PLACES {
            return;
        }
        let mut ranks: Vec<(usize, [u8; 32])> = Vec::new();
        self.rank(0, "", &mut ranks);
        ranks.sort_unstable();
        if let Some(last) = ranks.get(PLACES - 1).copied() {
            self.prune(0, "", &last);
        }
    }

    fn rank(&self, depth: usize, pointer: &str, out: &mut Vec<(usize, [u8; 32])>) {
        out.push((depth, sha256(pointer.as_bytes())));
        self.each(pointer, &mut |below, shape| shape.rank(depth + 1, below, out));
    }

    fn prune(&mut self, depth: usize, pointer: &str, last: &(usize, [u8; 32])) {
        let stays = |below: &str| (depth + 1, sha256(below.as_bytes())) <= *last;
        let mut more = false;
        self.members.retain(|key, shape| {
            let below = format!("{pointer}/{key}");
            let stay = stays(&below);
            more |= !stay;
            if stay {
                shape.prune(depth + 1, &below, last);
            }
            stay
        });
        if let Some(item) = &mut self.item {
            let below = format!("{pointer}/[]");
            if stays(&below) {
                item.prune(depth + 1, &below, last);
            } else {
                (self.item, more) = (None, true);
            }
        }
        self.more |= more;
    }

    /// Each place right below this one, with its pointer.
    pub fn each<'s>(&'s self, pointer: &str, out: &mut dyn FnMut(&str, &'s Shape)) {
        for (key, shape) in &self.members {
            out(&format!("{pointer}/{key}"), shape);
        }
        if let Some(item) = &self.item {
            out(&format!("{pointer}/[]"), item);
        }
    }

    fn merge_in(&mut self, other: Shape) {
        for (mine, theirs) in self.types.iter_mut().zip(other.types) {
            *mine = sum(*mine, theirs);
        }
        if let Some(texts) = other.texts {
            match &mut self.texts {
                Some(mine) => mine.merge(*texts),
                None => self.texts = Some(texts),
            }
        }
        self.numbers.merge(other.numbers);
        self.items.merge(other.items);
        self.more |= other.more;
        for (key, shape) in other.members {
            self.members.entry(key).or_default().merge_in(shape);
        }
        if let Some(item) = other.item {
            self.item.get_or_insert_default().merge_in(*item);
        }
    }
}

impl Merge for Shape {
    fn merge(&mut self, other: Shape) {
        self.merge_in(other);
        self.bound();
    }
}

/// Last words of fields whose values are ids, names of people and things, what people wrote, or what they suffer
/// from: no choices.
const OWN: [&str; 95] = [
    "assignee",
    "assignees",
    "attendee",
    "attendees",
    "author",
    "avatar",
    "bcc",
    "bio",
    "body",
    "by",
    "caller",
    "caption",
    "cc",
    "client",
    "clients",
    "comment",
    "contact",
    "contacts",
    "content",
    "creator",
    "cursor",
    "customer",
    "customers",
    "description",
    "diagnosis",
    "display",
    "editor",
    "employee",
    "employees",
    "follower",
    "followers",
    "friend",
    "friends",
    "from",
    "guest",
    "guests",
    "handle",
    "hash",
    "id",
    "ids",
    "ip",
    "keyword",
    "keywords",
    "login",
    "member",
    "members",
    "mention",
    "mentions",
    "message",
    "mobile",
    "name",
    "names",
    "nick",
    "nickname",
    "note",
    "notes",
    "organizer",
    "owner",
    "owners",
    "participant",
    "participants",
    "patient",
    "payee",
    "payer",
    "people",
    "person",
    "plate",
    "principal",
    "q",
    "query",
    "recipient",
    "recipients",
    "reporter",
    "requester",
    "reviewer",
    "reviewers",
    "search",
    "sender",
    "slug",
    "student",
    "subject",
    "subscriber",
    "subscribers",
    "tel",
    "term",
    "text",
    "title",
    "to",
    "user",
    "username",
    "users",
    "uuid",
    "watcher",
    "watchers",
    "who",
];

/// Whether values of a field may be told: not those of a person, no secrets, no ids and no prose. `above`: the name
/// of what it is a field of.
pub fn is_open(key: &str, above: &str) -> bool {
    let own = words(key).last().is_some_and(|last| OWN.binary_search(&last.as_str()).is_ok());
    let path = format!("{above}.{key}");
    !own && !is_personal(&path, &[]) && !is_secret(key)
}

/// A key as it stands in a pointer: as RFC 6901 has it, and what begins like a class or a list says so.
fn step(key: &str) -> String {
    let step = pointer_step(key);
    match step.chars().next() {
        Some('{') => format!("~2{}", &step[1..]),
        Some('[') => format!("~3{}", &step[1..]),
        _ => step,
    }
}

/// The key that a step stands for; none for a class of keys.
pub fn key(step: &str) -> Option<String> {
    let plain = |rest: &str| rest.replace("~1", "/").replace("~0", "~");
    match step {
        _ if step.starts_with('{') => None,
        _ if step.starts_with("~2") => Some(format!("{{{}", plain(&step[2..]))),
        _ if step.starts_with("~3") => Some(format!("[{}", plain(&step[2..]))),
        _ => Some(plain(step)),
    }
}
