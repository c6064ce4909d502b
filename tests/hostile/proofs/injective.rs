//! No two things that are signed share their bytes.

use cask::canon::time::Timestamp;
use cask::canon::{Node, Value, json};
use cask::model::lockfile::{Approval, Decision};
use cask::model::risk::RiskTier;
use cask::sign::envelope::{Purpose, pae};
use cask::sign::statement::{About, SignedKind, bytes};
use proptest::prelude::*;

/// Text out of few characters, those that delimit among them, so that collisions would be found.
fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just('"'),
            Just('\\'),
            Just(','),
            Just(':'),
            Just('{'),
            Just('|'),
            Just('\0'),
            Just('é'),
            Just('a'),
            Just('\u{1f600}')
        ],
        0..4,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

#[derive(Debug, Clone, PartialEq)]
struct Said {
    root: String,
    pack: String,
    kind: SignedKind,
    id: String,
    digest: String,
    approval: Approval,
}

impl Said {
    fn bytes(&self) -> Vec<u8> {
        let about = About {
            root: &self.root,
            toolpack_id: &self.pack,
            kind: self.kind,
            id: &self.id,
            digest: &self.digest,
        };
        bytes(&about, &self.approval)
    }
}

fn seconds() -> impl Strategy<Value = Timestamp> {
    (0i64..3).prop_map(|s| Timestamp::from_seconds(1_800_000_000 + s).expect("a time"))
}

fn approval() -> impl Strategy<Value = Approval> {
    let decision = prop_oneof![
        Just(Decision::Approve),
        Just(Decision::Reject),
        Just(Decision::Withdraw),
        Just(Decision::Exempt)
    ];
    let tier = prop_oneof![Just(RiskTier::Safe), Just(RiskTier::High), Just(RiskTier::Critical)];
    let sets = proptest::collection::btree_set(text(), 0..3);
    (text(), text(), decision, tier, sets, seconds(), proptest::option::of(seconds()), text()).prop_map(
        |(signer, key_id, decision, risk_tier, sets, signed_at, expires_at, reason)| Approval {
            signer,
            key_id,
            decision,
            risk_tier,
            approved_toolsets: sets.into_iter().collect(),
            signed_at,
            expires_at,
            reason,
            signature: String::new(),
        },
    )
}

fn said() -> impl Strategy<Value = Said> {
    let kind = prop_oneof![Just(SignedKind::Tool), Just(SignedKind::Surface)];
    (text(), text(), kind, text(), text(), approval())
        .prop_map(|(root, pack, kind, id, digest, approval)| Said { root, pack, kind, id, digest, approval })
}

/// Moves one or two characters from one field into another: what a delimiter attack does.
fn shifted(said: &Said, from: usize, to: usize) -> Said {
    fn field(said: &mut Said, i: usize) -> &mut String {
        match i % 7 {
            0 => &mut said.root,
            1 => &mut said.pack,
            2 => &mut said.id,
            3 => &mut said.digest,
            4 => &mut said.approval.signer,
            5 => &mut said.approval.key_id,
            _ => &mut said.approval.reason,
        }
    }
    let mut other = said.clone();
    if let Some(c) = field(&mut other, from).pop() {
        field(&mut other, to).insert(0, c);
    }
    other
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Node::null()),
        any::<bool>().prop_map(Node::bool),
        (-3i64..3).prop_map(Node::int),
        prop_oneof![Just("9007199254740993"), Just("9007199254740992"), Just("10")]
            .prop_map(|d| Node::new(Value::Int(d.into()))),
        prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(10.0), Just(1e16), Just(0.1)]
            .prop_map(|f| Node::new(Value::Float(f))),
        text().prop_map(Node::text),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(|items| Node::new(Value::List(items))),
            proptest::collection::btree_map(text(), inner, 0..3).prop_map(Node::map),
        ]
    })
}

/// Equality of values, apart from the order of members and from the sign of a float's zero.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(x), Value::Map(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        (a, b) => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn statements_share_no_bytes(a in said(), b in said(), from in 0usize..7, to in 0usize..7) {
        prop_assert_eq!(a.bytes() == b.bytes(), a == b);
        let c = shifted(&a, from, to);
        prop_assert_eq!(a.bytes() == c.bytes(), a == c);
    }

    #[test]
    fn canonical_forms_are_of_one_value(a in node(), b in node()) {
        prop_assert_eq!(json::canonical(&a) == json::canonical(&b), same(&a, &b), "{} {}", json::canonical(&a), json::canonical(&b));
    }

    #[test]
    fn envelopes_are_of_one_purpose(a in text(), b in text(), i in 0usize..Purpose::ALL.len(), j in 0usize..Purpose::ALL.len()) {
        let (p, q) = (Purpose::ALL[i], Purpose::ALL[j]);
        prop_assert_eq!(pae(p, a.as_bytes()) == pae(q, b.as_bytes()), p == q && a == b);
        // Nor is one envelope's bytes the body of another.
        prop_assert_ne!(pae(p, a.as_bytes()), pae(q, &pae(p, a.as_bytes())));
    }
}
