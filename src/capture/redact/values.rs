//! Values of every kind of place in, the same without what nobody may keep out: leaves alone, and types stay.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::find::{Hit, TOKEN, find};
use super::headers::{Fate, fate};
use super::names::{self, Named, Names};
use super::stand_in::{self, PII, PLAIN, SEGMENT};
use super::{digits, token};
use crate::canon::{Node, Value};
use crate::capture::options::Profile;
use crate::capture::url;

/// Takes out what nobody may keep, and counts it by what it was.
#[derive(Debug, Default)]
pub struct Redactor {
    /// How much is taken out.
    pub profile: Profile,
    names: Names,
    fates: HashMap<String, Fate>,
    counts: BTreeMap<&'static str, u64>,
}

/// What the names above a value say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Under {
    Nothing,
    /// It is a credential.
    Secret,
    /// It lies below a credential's name: a credential, unless its own name describes one.
    Below,
    /// It is the number of a person or account.
    Number,
    /// It is personal.
    Personal,
}

/// Segments of a path after which an id is as good as a password.
const HANDS_OVER: &[&str] = &[
    "reset",
    "verify",
    "verification",
    "confirm",
    "confirmation",
    "invite",
    "invites",
    "invitation",
    "invitations",
    "activate",
    "activation",
    "unsubscribe",
    "magic",
    "token",
    "tokens",
    "secret",
    "secrets",
    "apikey",
    "api-key",
    "oauth",
    "sso",
    "share",
    "shared",
    "webhook",
    "webhooks",
    "hook",
    "hooks",
    "session",
    "sessions",
    "password",
    "auth",
    "key",
    "keys",
];

/// Names of headers that are remembered.
const FATES: usize = 5000;
/// Links in links that are followed.
const NESTED: usize = 3;

const BY_NAME: &str = "secret by its name";

impl Redactor {
    /// One of a profile.
    pub fn new(profile: Profile) -> Redactor {
        Redactor { profile, ..Redactor::default() }
    }

    /// What was taken out since the last time this was asked, by what it was.
    pub fn counted(&mut self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.counts).into_iter().map(|(class, n)| (class.to_owned(), n)).collect()
    }

    /// Counts something that was taken out elsewhere.
    pub fn count(&mut self, class: &'static str) {
        *self.counts.entry(class).or_default() += 1;
    }

    /// What a name says.
    pub fn named(&mut self, name: &str) -> Named {
        self.names.of(name)
    }

    /// What becomes of a header; its name is lower-case.
    pub fn fate(&mut self, name: &str) -> Fate {
        if let Some(known) = self.fates.get(name) {
            return *known;
        }
        let fate = fate(name, self.profile, &mut self.names);
        if self.fates.len() < FATES && name.len() <= 200 {
            self.fates.insert(name.to_owned(), fate);
        }
        fate
    }

    /// A text without what nobody may keep; none if it holds nothing of it.
    pub fn text(&mut self, text: &str) -> Option<String> {
        let hits = find(text, self.profile, &mut self.names);
        (!hits.is_empty()).then(|| self.replaced(text, &hits))
    }

    fn replaced(&mut self, text: &str, hits: &[Hit]) -> String {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for hit in hits {
            self.count(hit.class);
            out.push_str(&text[from..hit.start]);
            out.push_str(hit.stand_in);
            from = hit.end;
        }
        out.push_str(&text[from..]);
        out
    }

    /// A JSON value, in place.
    pub fn json(&mut self, node: &mut Node) {
        self.value(node, Under::Nothing);
    }

    fn value(&mut self, node: &mut Node, under: Under) {
        match &mut node.value {
            Value::Null | Value::Bool(_) => {}
            Value::Text(text) => {
                if let Some(new) = self.leaf(text, under) {
                    *text = new;
                }
            }
            Value::Int(number) => {
                let has = digits::count(number.as_bytes());
                let class = match under {
                    Under::Secret => Some(BY_NAME),
                    Under::Number if has >= 3 => Some("number of a person"),
                    Under::Personal if self.profile == Profile::HighRiskPii => Some("personal by its name"),
                    _ => digits::is_card(number.as_bytes()).then_some("card number"),
                };
                if let Some(class) = class.filter(|_| number != "0") {
                    self.count(class);
                    *number = "0".to_owned();
                }
            }
            Value::Float(number) => {
                if under == Under::Secret && *number != 0.5 {
                    self.count(BY_NAME);
                    // Still no integer.
                    *number = 0.5;
                }
            }
            Value::List(items) => items.iter_mut().for_each(|item| self.value(item, under)),
            Value::Map(members) => self.map(members, under),
        }
    }

    fn map(&mut self, members: &mut [(String, Node)], under: Under) {
        let has = |wanted: &[&str]| members.iter().any(|(key, _)| wanted.contains(&key.as_str()));
        let granted = has(GRANTED);
        let pair = has(&["value", "values"]);
        let mut renamed = false;
        for (key, node) in members.iter_mut() {
            let holds = matches!(node.value, Value::Map(_) | Value::List(_));
            let own = match self.names.of(key) {
                Named::Secret if matches!(node.value, Value::Map(_)) => Under::Below,
                Named::Secret => Under::Secret,
                // A name and its value, as lists of attributes have them.
                Named::Perhaps if (key == "key" && pair) || holds => Under::Nothing,
                Named::Perhaps => Under::Secret,
                Named::Grant if granted => Under::Secret,
                Named::Number => Under::Number,
                Named::Personal => Under::Personal,
                Named::Grant | Named::Plain => match under {
                    Under::Below if names::describes(key) => Under::Nothing,
                    Under::Below if holds => Under::Below,
                    Under::Below => Under::Secret,
                    Under::Secret if !names::describes(key) => Under::Secret,
                    _ => Under::Nothing,
                },
            };
            self.value(node, own);
            if let Some(new) = self.key(key) {
                *key = new;
                renamed = true;
            }
        }
        if renamed {
            unique(members);
        }
    }

    /// A key that is data: an address, a token.
    fn key(&mut self, key: &str) -> Option<String> {
        if key.len() < 15 && !key.contains('@') {
            return None;
        }
        self.text(key)
    }

    /// A text that stands under a name; none if it can stay.
    fn leaf(&mut self, text: &str, under: Under) -> Option<String> {
        if text.is_empty() || stand_in::is_one(text) {
            return None;
        }
        let strict = self.profile == Profile::HighRiskPii;
        match under {
            Under::Secret | Under::Below => {
                self.count(BY_NAME);
                return Some(stand_in::of(text).to_owned());
            }
            Under::Number if strict || digits::count(text.as_bytes()) >= 3 => {
                self.count("number of a person");
                return Some(PII.to_owned());
            }
            Under::Personal if strict => {
                self.count("personal by its name");
                return Some(stand_in::of(text).to_owned());
            }
            _ => {}
        }
        if is_link(text) {
            return self.link(text, NESTED);
        }
        self.text(text)
    }

    /// Names and values of a query or form, in place.
    pub fn pairs(&mut self, pairs: &mut [(String, String)]) {
        self.pairs_in(pairs, NESTED);
    }

    fn pairs_in(&mut self, pairs: &mut [(String, String)], depth: usize) -> bool {
        let granted = pairs.iter().any(|(name, _)| GRANTED.contains(&name.as_str()));
        let mut changed = false;
        for (name, value) in pairs.iter_mut() {
            let under = match self.names.of(name) {
                Named::Secret | Named::Perhaps => Under::Secret,
                Named::Grant if granted => Under::Secret,
                Named::Number => Under::Number,
                Named::Personal => Under::Personal,
                Named::Grant | Named::Plain => Under::Nothing,
            };
            // An empty value of a secret says as much as a full one.
            let new = match under {
                Under::Secret if value.is_empty() => Some(PLAIN.to_owned()),
                Under::Nothing if is_link(value) && depth > 0 => self.link(value, depth - 1),
                _ => self.leaf(value, under),
            };
            if let Some(new) = new {
                *value = new;
                changed = true;
            }
            if let Some(new) = self.key(name) {
                *name = new;
                changed = true;
            }
        }
        changed
    }

    /// An address, absolute or not, without what nobody may keep; none if it can stay as it is.
    pub fn address(&mut self, text: &str) -> Option<String> {
        self.link(text, NESTED)
    }

    fn link(&mut self, text: &str, depth: usize) -> Option<String> {
        let (before, fragment) = split(text, '#');
        let (before, query) = split(before, '?');
        let mut changed = false;
        let mut out = String::new();
        let path = match before.split_once("://") {
            Some((scheme, rest)) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let host = authority.rsplit_once('@').map_or(authority, |(_, host)| {
                    self.count("user name in url");
                    changed = true;
                    host
                });
                out.push_str(scheme);
                out.push_str("://");
                out.push_str(host);
                path
            }
            None => before,
        };
        let new = self.path(path);
        changed |= new.is_some();
        out.push_str(new.as_deref().unwrap_or(path));
        for (sign, part) in [('?', query), ('#', fragment)] {
            let Some(part) = part else { continue };
            out.push(sign);
            let new = self.written(part, depth);
            changed |= new.is_some();
            out.push_str(new.as_deref().unwrap_or(part));
        }
        changed.then_some(out)
    }

    /// A query as it is written: pairs that can stay keep their spelling.
    fn written(&mut self, query: &str, depth: usize) -> Option<String> {
        let before: Vec<&str> = query.split('&').collect();
        let mut pairs: Vec<(String, String)> = before.iter().map(|pair| url::pair(pair)).collect();
        let old = pairs.clone();
        if !self.pairs_in(&mut pairs, depth) {
            return None;
        }
        let parts = before.iter().zip(old.iter().zip(&pairs)).map(|(written, (old, new))| match old == new {
            true => (*written).to_owned(),
            false => url::query(std::slice::from_ref(new)),
        });
        Some(parts.collect::<Vec<_>>().join("&"))
    }

    /// A path: segments that are credentials or personal become placeholders. None if all can stay.
    pub fn path(&mut self, path: &str) -> Option<String> {
        let mut changed = false;
        let mut before = String::new();
        let mut out = Vec::new();
        for segment in path.split('/') {
            let plain = url::decoded(segment);
            let new = self.segment(&plain, &before);
            changed |= new.is_some();
            out.push(new.unwrap_or_else(|| segment.to_owned()));
            before = plain.to_ascii_lowercase();
        }
        changed.then(|| out.join("/"))
    }

    fn segment(&mut self, plain: &str, before: &str) -> Option<String> {
        // A placeholder of a template, or of ours.
        if plain.len() < 6 || plain.starts_with('{') {
            return None;
        }
        if HANDS_OVER.contains(&before) && hands_over(plain) {
            self.count("token in a path");
            return Some(SEGMENT.to_owned());
        }
        let hits = find(plain, self.profile, &mut self.names);
        let first = hits.first()?;
        let whole = first.start == 0 && first.end == plain.len();
        if whole || first.class == TOKEN {
            hits.iter().for_each(|hit| self.count(hit.class));
            return Some(if first.class == "e-mail address" { "{email}" } else { SEGMENT }.to_owned());
        }
        let new = self.replaced(plain, &hits);
        Some(url::encoded(&new, b"@:;=,!$&'()*+"))
    }
}

/// Keys are unique, whatever stood in them; a map of thousands of addresses takes no longer for it.
fn unique(members: &mut [(String, Node)]) {
    let mut seen = HashSet::new();
    let mut next: HashMap<String, usize> = HashMap::new();
    for (key, _) in members.iter_mut() {
        if seen.insert(key.clone()) {
            continue;
        }
        let n = next.entry(key.clone()).or_insert(1);
        loop {
            *n += 1;
            let other = format!("{key} {n}");
            if seen.insert(other.clone()) {
                *key = other;
                break;
            }
        }
    }
}

/// Names beside which a `code` is what a token is handed out for.
const GRANTED: &[&str] =
    &["state", "redirect_uri", "grant_type", "client_id", "code_verifier", "session_state"];

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    match text.split_once(at) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn is_link(text: &str) -> bool {
    let bytes = text.as_bytes();
    let begins = |head: &[u8]| bytes.len() > head.len() && bytes[..head.len()].eq_ignore_ascii_case(head);
    let absolute = begins(b"https://") || begins(b"http://");
    (absolute || (text.starts_with('/') && text.contains('?'))) && !text.contains(char::is_whitespace)
}

/// Whether a segment behind such a word can be what is handed over: no word, no number, no date.
fn hands_over(segment: &str) -> bool {
    let bytes = segment.as_bytes();
    let count = |is: fn(&u8) -> bool| bytes.iter().filter(|b| is(b)).count();
    let (digits, letters) = (count(u8::is_ascii_digit), count(u8::is_ascii_alphabetic));
    let plain =
        bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'='));
    plain
        && letters > 0
        && (bytes.len() >= 16 && digits >= 2 || token::is_random(segment) || bytes.len() >= 8 && digits >= 3)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::canon::Limits;
    use crate::canon::json::compact;
    use crate::canon::read_json::read_json;

    fn json(text: &str, profile: Profile) -> String {
        let mut node = read_json("test", text.as_bytes(), &Limits::new(1 << 20)).expect(text);
        Redactor::new(profile).json(&mut node);
        compact(&node)
    }

    #[test]
    fn leaves_are_taken_out_and_types_stay() {
        for (text, left) in [
            (r#"[{"token":"abc","password":"p"}]"#, r#"[{"token": "[REDACTED]", "password": "[REDACTED]"}]"#),
            (
                r#"{"a":["Bearer abc"],"b":[["eyJhbGciOiJIUzI1NiJ9.e30.sig"]]}"#,
                r#"{"a": ["[REDACTED_BEARER]"], "b": [["[REDACTED_JWT]"]]}"#,
            ),
            (
                r#"{"auth":{"type":"x"},"key":7,"session":null,"secret":[1,2]}"#,
                r#"{"auth": {"type": "x"}, "key": 0, "session": null, "secret": [0, 0]}"#,
            ),
            (
                r#"{"token":{"type":"bearer","value":"abc","expires_in":3600}}"#,
                r#"{"token": {"type": "bearer", "value": "[REDACTED]", "expires_in": 3600}}"#,
            ),
            (r#"{"key":"color","value":"red"}"#, r#"{"key": "color", "value": "red"}"#),
            (r#"{"code":"EUR"}"#, r#"{"code": "EUR"}"#),
            (r#"{"code":"x1","client_id":"c"}"#, r#"{"code": "[REDACTED]", "client_id": "c"}"#),
            (
                r#"{"email":"a@b.co","card":4111111111111111,"at":1709629200}"#,
                r#"{"email": "user@redacted.invalid", "card": 0, "at": 1709629200}"#,
            ),
            (
                r#"{"phone":"5551234567","has_password":true}"#,
                r#"{"phone": "[REDACTED_PII]", "has_password": true}"#,
            ),
            (
                r#"{"session_id":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#,
                r#"{"session_id": "00000000-0000-0000-0000-000000000000"}"#,
            ),
            (
                r#"{"ann@b.example":1,"bob@b.example":2}"#,
                r#"{"user@redacted.invalid": 1, "user@redacted.invalid 2": 2}"#,
            ),
            (r#"{"plan":"the basic plan","pin":1.25}"#, r#"{"plan": "the basic plan", "pin": 0.5}"#),
            (
                r#"{"next":"https://u:p@a.example/x?token=1&page=2"}"#,
                r#"{"next": "https://a.example/x?token=%5BREDACTED%5D&page=2"}"#,
            ),
        ] {
            assert_eq!(json(text, Profile::DefaultSafe), left, "{text}");
        }
        assert_eq!(
            json(r#"{"name":"Ann","date_of_birth":"1990-05-06","ip":"10.0.0.7"}"#, Profile::HighRiskPii),
            r#"{"name": "[REDACTED]", "date_of_birth": "1970-01-01", "ip": "0.0.0.0"}"#
        );
    }

    #[test]
    fn paths_keep_their_shape() {
        for (path, left) in [
            ("/v1/reset/Zk3v9QeR7uPq2Lw8XyT5", Some("/v1/reset/{token}")),
            ("/reset/abcdefabcdef123456", Some("/reset/{token}")),
            ("/invites/3fa85f64-5717-4562-b3fc-2c963f66afa6", Some("/invites/{token}")),
            ("/users/3fa85f64-5717-4562-b3fc-2c963f66afa6", None),
            ("/sessions/12345678", None),
            ("/webhooks/test", None),
            ("/users/ann%40example.org/orders", Some("/users/{email}/orders")),
            ("/a;jsessionid=0123ABCDEF/b", Some("/a;jsessionid=%5BREDACTED%5D/b")),
            ("/files/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", None),
        ] {
            assert_eq!(Redactor::default().path(path).as_deref(), left, "{path}");
        }
    }

    #[test]
    fn thousands_of_keys_that_become_one_are_told_apart_in_time() {
        let members = (0..20_000).map(|n| (format!("ann{n}@example.org"), Node::int(n)));
        let mut node = Node::map(members.chain([("user@redacted.invalid 7".to_owned(), Node::int(7))]));
        Redactor::default().json(&mut node);
        let keys: HashSet<&String> = node.members().iter().map(|(key, _)| key).collect();
        assert_eq!(keys.len(), 20_001);
    }

    proptest! {
        #[test]
        fn what_was_redacted_has_nothing_left_and_stays(
            key in "[a-z_]{1,12}|token|password|email",
            text in "\\PC{0,30}|ann@example\\.org|Bearer [a-z0-9]{8,20}|[A-Za-z0-9]{24}",
            number in any::<i64>(),
        ) {
            let node = Node::map([(key, Node::text(text)), ("n n".to_owned(), Node::new(Value::List(vec![Node::int(number)])))]);
            for (profile, _) in Profile::ALL {
                let mut redactor = Redactor::new(profile);
                let mut once = node.clone();
                redactor.json(&mut once);
                redactor.counted();
                let mut twice = once.clone();
                redactor.json(&mut twice);
                prop_assert_eq!(&once, &twice);
                prop_assert!(redactor.counted().is_empty());
            }
        }
    }
}
