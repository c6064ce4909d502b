//! Confirmation tokens: a key and what a challenge is bound to in, the text that an agent carries out, and back.
//!
//! A token is a name with a proof: 128 random bits, and a MAC over them and everything that the challenge is bound
//! to. Who can write rows but has no key can't make one that counts. The reference's tokens are read too; its habit
//! of taking a bare id for a token is not.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::canon::Node;
use crate::canon::json;
use crate::canon::limits::Limits;
use crate::canon::read_json::read_json;

/// How a token begins.
const TOKEN: &str = "cfrmv2";
/// How a handle begins: it is consumed like a token, and can't be granted by itself.
const HANDLE: &str = "cfrmh2";
/// How a token of the reference system begins.
const REFERENCE: &str = "cfrmv1";
/// The longest text that is looked at. The reference's have about 560 characters.
const MAX_TEXT: usize = 4096;
/// Bytes of the MAC in a handle, which a person may have to type.
const HANDLE_MAC: usize = 16;
/// Digits of the code that only the operator sees: 60 bits.
const CODE: usize = 12;
/// Crockford's digits: none is taken for another when it is read aloud.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The key of one store: 32 random bytes, wiped from memory when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// Bytes of a key.
    pub const LENGTH: usize = 32;

    /// A key of its bytes.
    pub fn new(bytes: [u8; Key::LENGTH]) -> Key {
        Key(Zeroizing::new(bytes))
    }

    /// HMAC-SHA256 of a text, under a word that says what for.
    pub fn mac(&self, purpose: &str, text: &[u8]) -> [u8; 32] {
        let mut mac = self.begin();
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The digest of a request as audit records carry it: without the key nobody can try values against it.
    pub fn request_hmac(&self, request_digest: &str) -> String {
        hex(&self.mac("cask.request/2", request_digest.as_bytes()))
    }

    fn begin(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(self.0.as_ref()).expect("HMAC takes keys of every length")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The name of a challenge: 128 random bits, base64url.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// A name of random bytes.
    pub fn from_random(mut bytes: [u8; 16]) -> Id {
        // One of 32 would begin with `-` or `_` and be taken for an option where a person pastes it.
        if bytes[0] >= 0xF8 {
            bytes[0] &= 0x7F;
        }
        Id(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// A name as it is written: 22 characters that stand for 16 bytes.
    pub fn parse(text: &str) -> Option<Id> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 16).then(|| Id(text.to_owned()))
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first eight characters: what lists and audit records show. Grants nothing.
    pub fn short(&self) -> &str {
        &self.0[..8]
    }
}

/// What a text that claims to be a token says, before anything of it is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// A token: name and MAC.
    Token(Id, Vec<u8>),
    /// A handle: name and shortened MAC.
    Handle(Id, Vec<u8>),
    /// A token of the reference system whose MAC holds.
    Reference(Box<Reference>),
}

/// What a token of the reference system is bound to. Neither the origin nor the credential is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// The whole token: the name of its row.
    pub text: String,
    /// The tool.
    pub tool_id: String,
    /// The request.
    pub request_digest: String,
    /// The toolset.
    pub toolset: Option<String>,
    /// The artifacts.
    pub artifacts_digest: String,
    /// The lockfile.
    pub lockfile_digest: Option<String>,
    /// Seconds since 1970 from which it is too late.
    pub expires_at: i64,
}

/// Reads a text as a token. None for everything that is none: no known beginning (a bare id too), other lengths,
/// other alphabets, a reference token whose MAC does not hold.
pub fn read(key: &Key, text: &str) -> Option<Presented> {
    if text.len() > MAX_TEXT {
        return None;
    }
    let (kind, rest) = text.split_once('.')?;
    let (first, second) = rest.split_once('.')?;
    match kind {
        TOKEN => Some(Presented::Token(Id::parse(first)?, mac_of(second, 32)?)),
        HANDLE => Some(Presented::Handle(Id::parse(first)?, mac_of(second, HANDLE_MAC)?)),
        REFERENCE => reference(key, text, first, second).map(|r| Presented::Reference(Box::new(r))),
        _ => None,
    }
}

fn mac_of(text: &str, length: usize) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == length)
}

/// The text that the agent carries.
pub fn token(id: &Id, mac: &[u8; 32]) -> String {
    format!("{TOKEN}.{}.{}", id.as_str(), URL_SAFE_NO_PAD.encode(mac))
}

/// The text that the agent carries where it must not be able to grant.
pub fn handle(id: &Id, mac: &[u8; 32]) -> String {
    format!("{HANDLE}.{}.{}", id.as_str(), URL_SAFE_NO_PAD.encode(&mac[..HANDLE_MAC]))
}

/// Whether two MACs are one, without telling by the time it takes how far they agree. A shortened one is compared as
/// far as a handle goes.
pub fn same(given: &[u8], own: &[u8; 32]) -> bool {
    match given.len() {
        32 => bool::from(given.ct_eq(own)),
        HANDLE_MAC => bool::from(given.ct_eq(&own[..HANDLE_MAC])),
        _ => false,
    }
}

/// The code that only the operator sees, three groups of four: of the key and a challenge's name, so that it can be
/// shown again, by a server that was started anew too, and stands nowhere.
pub fn code(key: &Key, id: &Id) -> String {
    let mac = key.mac("cask.operator-code/2", id.as_str().as_bytes());
    let bits = mac.iter().take(8).fold(0, |bits: u64, byte| bits << 8 | u64::from(*byte));
    let digits = (0..CODE).map(|n| char::from(DIGITS[(bits >> (5 * n)) as usize & 31]));
    let mut text = String::new();
    for (n, digit) in digits.enumerate() {
        if n > 0 && n % 4 == 0 {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

/// A code as a person typed it in its one spelling: any case, with or without dashes, the letters that look like
/// digits read as such. None if it is none.
pub fn typed_code(text: &str) -> Option<String> {
    if text.len() > 64 {
        return None;
    }
    let mut out = String::new();
    for c in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
        let digit = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if !u8::try_from(digit).is_ok_and(|b| DIGITS.contains(&b)) {
            return None;
        }
        out.push(digit);
    }
    (out.len() == CODE).then_some(out)
}

/// What a store keeps of a code: enough to know it again, not to tell it.
pub fn code_mac(key: &Key, id: &str, typed: &str) -> String {
    hex(&key.mac("cask.confirmation-code/2", format!("{id}\0{typed}").as_bytes()))
}

fn reference(key: &Key, text: &str, payload: &str, mac: &str) -> Option<Reference> {
    let bytes = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let mut own = key.begin();
    own.update(&bytes);
    let own: [u8; 32] = own.finalize().into_bytes().into();
    // Lower-case digits only: one token, one text.
    if !bool::from(mac.as_bytes().ct_eq(hex(&own).as_bytes())) {
        return None;
    }
    let node = read_json("token", &bytes, &Limits { depth: 4, nodes: 64, ..Limits::new(MAX_TEXT) }).ok()?;
    let text_of = |name: &str| node.get(name).and_then(Node::as_text).map(str::to_owned);
    let optional = |name: &str| match node.get(name) {
        None => Some(None),
        Some(value) if value.is_null() => Some(None),
        Some(value) => value.as_text().map(|text| Some(text.to_owned())),
    };
    let expires = node.get("expires_at")?;
    Some(Reference {
        text: text.to_owned(),
        tool_id: text_of("tool_id")?,
        request_digest: text_of("request_digest")?,
        toolset: optional("toolset_name")?,
        artifacts_digest: text_of("artifacts_digest")?,
        lockfile_digest: optional("lockfile_digest")?,
        expires_at: expires.as_int().or_else(|| expires.as_text()?.parse().ok())?,
    })
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC over the canonical form of a tree, under a word that says what for.
pub fn mac_over(key: &Key, purpose: &str, node: &Node) -> [u8; 32] {
    key.mac(purpose, json::canonical(node).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VECTORS: &str = include_str!("../../fixtures/enforce/confirm-token.json");

    fn key() -> Key {
        Key::new([7; 32])
    }

    fn id() -> Id {
        Id::from_random([9; 16])
    }

    #[test]
    fn the_token_of_the_reference_is_read_by_its_key_alone() {
        let vectors: serde_json::Value = serde_json::from_str(VECTORS).unwrap();
        let vector = &vectors[0];
        let hex_key = vector["key_hex"].as_str().unwrap();
        let bytes: Vec<u8> =
            (0..32).map(|n| u8::from_str_radix(&hex_key[2 * n..2 * n + 2], 16).unwrap()).collect();
        let own = Key::new(bytes.try_into().unwrap());
        let text = vector["token"].as_str().unwrap();
        let Some(Presented::Reference(told)) = read(&own, text) else { panic!("not read") };
        assert_eq!(told.tool_id, "t");
        assert_eq!(told.request_digest, "d".repeat(64));
        assert_eq!(told.artifacts_digest, "a".repeat(64));
        assert_eq!((told.toolset, told.lockfile_digest, told.expires_at), (None, None, 1_900_000_000));
        assert_eq!(read(&key(), text), None);
        let upper = text.replacen("d7f0f58d", "D7F0F58D", 1);
        assert_ne!(upper, text);
        assert_eq!(read(&own, &upper), None);
    }

    #[test]
    fn an_id_without_a_mac_is_no_token() {
        for text in [
            id().as_str().to_owned(),
            "legacy-id".to_owned(),
            format!("cfrmv2.{}", id().as_str()),
            format!("cfrmv2.{}.", id().as_str()),
            format!("cfrmv1.{}", id().as_str()),
            format!("cfrmv3.{}.{}", id().as_str(), "A".repeat(43)),
            String::new(),
            "cfrmv2..".to_owned(),
            format!("cfrmv2.{}.{}", "A".repeat(4000), "A".repeat(4000)),
        ] {
            assert_eq!(read(&key(), &text), None, "{text}");
        }
    }

    #[test]
    fn a_token_and_a_handle_come_back_and_are_not_each_other() {
        let mac = key().mac("x", b"y");
        let (long, short) = (token(&id(), &mac), handle(&id(), &mac));
        assert_eq!(read(&key(), &long), Some(Presented::Token(id(), mac.to_vec())));
        assert_eq!(read(&key(), &short), Some(Presented::Handle(id(), mac[..16].to_vec())));
        assert!(short.len() < 60 && long.len() < 80);
        assert_eq!(read(&key(), &long.replacen("cfrmv2", "cfrmh2", 1)), None);
        assert_eq!(read(&key(), &short.replacen("cfrmh2", "cfrmv2", 1)), None);
        assert!(same(&mac, &mac) && same(&mac[..16], &mac));
        assert!(!same(&mac[..15], &mac) && !same(&[], &mac) && !same(&key().mac("x", b"z"), &mac));
    }

    #[test]
    fn a_code_is_known_in_every_spelling_and_by_its_own_challenge() {
        let id = Id::from_random([7; 16]);
        let text = code(&key(), &id);
        assert_eq!(text, code(&key(), &id), "it can be shown again");
        assert_ne!(text, code(&key(), &Id::from_random([8; 16])));
        assert_ne!(text, code(&Key::new([9; 32]), &id));
        assert_eq!(text.len(), 14);
        let plain = typed_code(&text).unwrap();
        assert_eq!(typed_code(&text.to_lowercase().replace('-', " ")), Some(plain.clone()));
        assert_eq!(typed_code("oil0-0000-0000"), typed_code("0110-0000-0000"));
        assert_eq!(typed_code("0000-0000-000"), None);
        assert_eq!(typed_code("0000-0000-000U"), None);
        assert_ne!(code_mac(&key(), "a", &plain), code_mac(&key(), "b", &plain));
    }

    #[test]
    fn a_key_is_not_told_in_messages() {
        assert_eq!(format!("{:?}", key()), "Key(…)");
        assert_ne!(key().request_hmac("a"), key().request_hmac("b"));
    }

    proptest! {
        #[test]
        fn names_begin_with_a_letter_or_digit_and_have_one_spelling(bytes: [u8; 16]) {
            let id = Id::from_random(bytes);
            prop_assert!(id.as_str().starts_with(|c: char| c.is_ascii_alphanumeric()));
            prop_assert_eq!(id.as_str().len(), 22);
            prop_assert_eq!(Id::parse(id.as_str()), Some(id));
        }

        #[test]
        fn any_text_is_read_without_harm(text in ".{0,200}") {
            let _ = read(&key(), &text);
            let _ = read(&key(), &format!("cfrmv1.{text}.{text}"));
            let _ = typed_code(&text);
        }
    }
}
