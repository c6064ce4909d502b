//! The rows of words of the risk table (formats-v2 §10), and how a row is found in the names of a tool.

use super::risk_words::{is_noun, is_verb};
use crate::model::risk::{ReasonCode, RiskTier};

use RiskTier::{Critical, High, Medium};

/// A row of words: verbs count as written, nouns in plural too, pairs as two words side by side.
pub(super) struct Row {
    pub(super) code: ReasonCode,
    pub(super) verbs: &'static [&'static str],
    pub(super) nouns: &'static [&'static str],
    pub(super) pairs: &'static [(&'static str, &'static str)],
    pub(super) read: Option<RiskTier>,
    pub(super) other: Option<RiskTier>,
}

pub(super) const DESTROYS: Row = Row {
    code: ReasonCode::VerbDestroys,
    verbs: &[
        "delete",
        "destroy",
        "remove",
        "purge",
        "revoke",
        "suspend",
        "deactivate",
        "terminate",
        "drop",
        "wipe",
        "erase",
    ],
    nouns: &[],
    pairs: &[],
    read: Some(Medium),
    other: Some(High),
};

pub(super) const CHANGES: Row = Row {
    code: ReasonCode::VerbChanges,
    verbs: &[
        "add",
        "create",
        "update",
        "set",
        "toggle",
        "send",
        "transfer",
        "activate",
        "subscribe",
        "cancel",
        "approve",
    ],
    nouns: &[],
    pairs: &[],
    read: Some(Medium),
    other: None,
};

pub(super) const EXECUTES: Row = Row {
    code: ReasonCode::VerbExecutes,
    verbs: &["exec", "execute", "eval", "run", "deploy", "impersonate"],
    nouns: &["shell", "command", "script"],
    pairs: &[],
    read: Some(Medium),
    other: Some(Critical),
};

pub(super) const PRIVILEGED: Row = Row {
    code: ReasonCode::AreaPrivileged,
    verbs: &["settle"],
    nouns: &[
        "admin",
        "sudo",
        "superuser",
        "role",
        "permission",
        "acl",
        "payment",
        "payout",
        "refund",
        "billing",
        "checkout",
        "settlement",
        "transfer",
        "withdrawal",
        "secret",
        "credential",
        "apikey",
    ],
    pairs: &[("api", "key")],
    read: Some(Medium),
    other: Some(Critical),
};

pub(super) const AUTH: Row = Row {
    code: ReasonCode::AreaAuth,
    verbs: &["register", "reset", "verify"],
    nouns: &[
        "login", "logout", "signin", "signout", "signup", "auth", "oauth", "token", "session", "password",
        "2fa", "mfa", "otp", "sso", "saml", "oidc",
    ],
    pairs: &[("sign", "in"), ("sign", "out"), ("sign", "up"), ("log", "in"), ("log", "out")],
    read: Some(Medium),
    other: Some(Critical),
};

pub(super) const ROWS: [&Row; 5] = [&DESTROYS, &CHANGES, &EXECUTES, &PRIVILEGED, &AUTH];

/// Whether words tell an act: something that a call with this name does, not a thing that it is about.
pub(super) fn tell_an_act(words: &[String]) -> bool {
    let verb = |word: &String| ROWS.iter().any(|row| row.verbs.iter().any(|verb| is_verb(word, verb)));
    words.iter().any(verb)
}

/// Words of one place of the tool, with the place's name for the evidence.
pub(super) struct Place {
    pub(super) label: &'static str,
    pub(super) groups: Vec<Vec<String>>,
}

impl Row {
    /// The evidence for this row: the words that hit, each with its place.
    pub(super) fn hits(&self, places: &[Place]) -> Vec<String> {
        let mut hits = Vec::new();
        for place in places {
            for group in &place.groups {
                let single = group.iter().filter(|w| {
                    self.verbs.iter().any(|v| is_verb(w, v)) || self.nouns.iter().any(|n| is_noun(w, n))
                });
                let double = group
                    .windows(2)
                    .filter(|two| self.pairs.iter().any(|(a, b)| is_verb(&two[0], a) && is_noun(&two[1], b)))
                    .map(|two| two.join(" "));
                for word in single.cloned().chain(double) {
                    let hit = format!("{} {word}", place.label);
                    if !hits.contains(&hit) {
                        hits.push(hit);
                    }
                }
            }
        }
        hits
    }
}
