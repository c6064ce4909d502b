//! A value, an operator and the value that is expected in; whether it holds out (verify.md §3.3). Numbers are compared
//! digit by digit, and `1` is `1.0`.

use regex::Regex;

use crate::canon::{Node, Value};
use crate::compare::schema::Decimal;
use crate::model::contracts::{Assertion, Operator};

/// Whether a value that is there is what an assertion expects.
pub fn holds(value: &Node, assertion: &Assertion) -> bool {
    compare(value, assertion.op, &assertion.value, assertion.pattern.as_ref())
}

fn compare(value: &Node, op: Operator, expected: &Node, pattern: Option<&Regex>) -> bool {
    let order = || Some(number(value)?.cmp(&number(expected)?));
    match op {
        Operator::Exists => true,
        Operator::Equals => same(value, expected),
        Operator::Contains => match (&value.value, &expected.value) {
            (Value::Text(text), Value::Text(part)) => text.contains(part.as_str()),
            (Value::List(items), _) => items.iter().any(|item| same(item, expected)),
            _ => false,
        },
        Operator::MatchesRegex => {
            value.as_text().is_some_and(|text| pattern.is_some_and(|pattern| pattern.is_match(text)))
        }
        Operator::Gt => order().is_some_and(|order| order.is_gt()),
        Operator::Gte => order().is_some_and(|order| order.is_ge()),
        Operator::Lt => order().is_some_and(|order| order.is_lt()),
        Operator::Lte => order().is_some_and(|order| order.is_le()),
    }
}

/// The number that something is, or that a text writes out.
fn number(node: &Node) -> Option<Decimal> {
    match &node.value {
        Value::Text(text) => {
            let text = text.trim();
            Decimal::parse(text.strip_prefix('+').unwrap_or(text))
        }
        _ => Decimal::of(node),
    }
}

/// Whether two values are one: members in any order, numbers by what they are.
pub fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            Decimal::of(one) == Decimal::of(other)
        }
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| other.get(key).is_some_and(|own| same(value, own)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::node;
    use proptest::prelude::*;

    fn is(value: &str, op: Operator, expected: &str) -> bool {
        let expected = node(expected);
        let pattern = expected.as_text().and_then(|text| Regex::new(text).ok());
        compare(&node(value), op, &expected, pattern.as_ref())
    }

    #[test]
    fn each_operator_by_its_rows() {
        use Operator::{Contains, Equals, Exists, Gt, Gte, Lt, Lte, MatchesRegex};
        for (value, op, expected, holds) in [
            ("1", Equals, "1.0", true),
            ("1", Equals, "\"1\"", false),
            ("true", Equals, "1", false),
            ("9007199254740993", Equals, "9007199254740992", false),
            (r#"{"a": [1, 2], "b": null}"#, Equals, r#"{"b": null, "a": [1.0, 2]}"#, true),
            (r#"{"a": 1}"#, Equals, r#"{"a": 1, "b": 2}"#, false),
            ("[1, 2]", Equals, "[2, 1]", false),
            (r#""in stock""#, Contains, r#""stock""#, true),
            (r#"["a", {"b": 1}]"#, Contains, r#"{"b": 1}"#, true),
            (r#"{"a": 1}"#, Contains, r#""a""#, false),
            ("12", Contains, "1", false),
            (r#""ord_12""#, MatchesRegex, r#""_[0-9]+$""#, true),
            (r#""ord_12""#, MatchesRegex, r#""^[0-9]+$""#, false),
            ("12", MatchesRegex, r#""[0-9]""#, false),
            ("2", Gt, "1.5", true),
            ("9007199254740993", Gt, "9007199254740992", true),
            (r#"" 12 ""#, Gte, "12", true),
            (r#""+3""#, Lt, r#""4e0""#, true),
            ("3", Lte, "3.0", true),
            ("true", Gt, "0", false),
            (r#""many""#, Gt, "0", false),
            ("null", Lt, "1", false),
            ("null", Exists, "null", true),
        ] {
            assert_eq!(is(value, op, expected), holds, "{value} {} {expected}", op.word());
        }
    }

    fn values() -> impl Strategy<Value = Node> {
        let leaf = prop_oneof![
            Just(Node::null()),
            any::<bool>().prop_map(Node::bool),
            any::<i64>().prop_map(Node::int),
            (-1e9..1e9f64).prop_map(|x| Node::new(Value::Float(x))),
            "[a-z0-9.+-]{0,6}".prop_map(Node::text),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|list| Node::new(Value::List(list))),
                prop::collection::btree_map("[a-c]", inner, 0..4).prop_map(Node::map),
            ]
        })
    }

    proptest! {
        #[test]
        fn operators_agree_with_each_other(a in values(), b in values()) {
            let holds = |x: &Node, op, y: &Node| compare(x, op, y, None);
            prop_assert!(holds(&a, Operator::Equals, &a));
            prop_assert_eq!(holds(&a, Operator::Equals, &b), holds(&b, Operator::Equals, &a));
            // An order, or none.
            prop_assert_eq!(holds(&a, Operator::Gt, &b), holds(&b, Operator::Lt, &a));
            prop_assert_eq!(holds(&a, Operator::Gte, &b), holds(&b, Operator::Lte, &a));
            prop_assert!(!(holds(&a, Operator::Gt, &b) && holds(&a, Operator::Lte, &b)));
            let ordered = number(&a).is_some() && number(&b).is_some();
            prop_assert_eq!(holds(&a, Operator::Gt, &b) || holds(&a, Operator::Lte, &b), ordered);
            // A list has its items, and nothing that equals none of them.
            let list = Node::new(Value::List(vec![a.clone(), Node::null()]));
            prop_assert!(holds(&list, Operator::Contains, &a));
            let has = holds(&list, Operator::Contains, &b);
            prop_assert_eq!(has, same(&a, &b) || b.is_null());
            prop_assert!(holds(&a, Operator::Exists, &b));
        }
    }
}
