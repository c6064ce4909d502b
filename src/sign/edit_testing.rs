//! What tests of edits start from: keys by number, a moment, the first trust file.

use crate::canon::encode::encode;
use crate::canon::time::Timestamp;
use crate::model::trust::{Trust, TrustFile};
use crate::sign::edit::first;
use crate::sign::key::PublicKey;
use crate::sign::keypair::KeyPair;

pub fn key(n: u8) -> PublicKey {
    KeyPair::generate([n; 32]).public().clone()
}

pub fn now() -> Timestamp {
    "2026-12-01T00:00:00Z".parse().unwrap()
}

pub fn one() -> TrustFile {
    first("alice", None, &key(1), now()).unwrap()
}

pub fn trust(file: &TrustFile) -> Trust {
    Trust::read("trust.yaml", encode(file)).unwrap()
}
