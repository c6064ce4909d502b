//! Relations that are known, hostile patterns, and small patterns against every short text.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::Relation::{Apart, Looser, Same, Tighter, Unknown};
use super::{Taken, relation, takes_all};

#[test]
fn what_is_certain_is_told_and_nothing_else() {
    for (old, new, is) in [
        ("^ab", "^abc", Tighter),
        ("^ab", "^ab.*", Same),
        ("ab", "^ab$", Tighter),
        ("^(a|b|c)$", "^(?:b|a)$", Tighter),
        ("^a$", "^(a|b)$", Looser),
        ("^[a-z]{1,5}$", "^[a-z0-9]{1,9}$", Looser),
        ("^\\d+$", "^[0-9]{3}$", Tighter),
        ("^[0-9]+$", "^\\d+$", Same),
        ("^\\w$", "^[A-Za-z0-9_]$", Same),
        ("^[a-z]+$", "^abc$", Tighter),
        ("^a\\.b$", "^a\\.b", Looser),
        (".*", "^x", Tighter),
        ("^(a+)$", "^a$", Tighter),
        ("^(a|b.)$", "^a$", Tighter),
        ("a|b", "a", Tighter),
        ("^a\\d", "^a1", Tighter),
        ("^a|b$", "^(a|b)$", Tighter),
        ("^(aa)*$", "^(aa|aaaa)*$", Same),
        ("^a*b*$", "^a*b*$|^$", Same),
        ("^a+?$", "^a+$", Same),
        ("a{2,}", "aa", Same),
        ("^tkt_[0-9]+$", "^tkt_[0-9]{1,18}$", Tighter),
        ("^.{1,255}$", "^.{1,256}$", Looser),
        ("^[^/]+$", "^[\\w.-]+$", Tighter),
        ("^ab", "^cd", Apart),
        ("^[^a]+$", "^b$", Tighter),
        ("^[^b]+$", "^b$", Apart),
        // A dot is no line end, `\s` and `[^]` are those of ECMA, and a dollar stands at the very end.
        ("^.*$", "^[^\\n\\r\\u2028\\u2029]*$", Same),
        ("^[^]*$", "^[\\s\\S]*$", Same),
        ("^.*$", "^[^\\n]*$", Looser),
        (
            "^\\s$",
            "^[\\t\\n\\v\\f\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]$",
            Tighter,
        ),
        ("^\\d$", "^[0-9٠-٩]$", Looser),
        ("^a$", "^a\\n?$", Looser),
        ("^a", "(?:^|\\n)a", Looser),
        ("[]", "a$b", Same),
        ("^é$", "^\\u00e9$", Same),
        // Not read, or read differently with and without the flag.
        ("^(?=a)", "^a", Unknown),
        ("\\ba", "a", Unknown),
        ("^(a)\\1$", "^aa$", Unknown),
        ("^\\p{L}$", "^a$", Unknown),
        ("^😀$", "^a$", Unknown),
        ("^a{1001}$", "^a$", Unknown),
    ] {
        assert_eq!(relation(old, new), is, "{old} {new}");
        let back = match is {
            Tighter => Looser,
            Looser => Tighter,
            other => other,
        };
        assert_eq!(relation(new, old), back, "{new} {old}");
    }
    assert!(takes_all(".*") && !takes_all("^.*$"));
    assert_eq!(relation("", "[^]*"), Same);
    let taken = Taken::of("b.$").expect("is read");
    assert!(taken.takes("abü") && !taken.takes("ab\n") && !taken.takes("b"));
}

#[test]
fn hostile_patterns_end_soon_and_are_not_guessed() {
    let nested = format!("{}a{}", "(".repeat(30), "{0,9}){0,9}".repeat(30).replacen("{0,9}", "", 1));
    let wide = format!("^(?:[^]{{0,500}}{})$", "|\\w".repeat(300));
    for pattern in [
        "((a{1000}){1000}){1000}",
        "(a{0,1000}){0,1000}",
        "(()*)*(){1000}((){1000}){1000}",
        "(a|b)*a(a|b){40}",
        "([^]*a){20}[^]{20}",
        "(.*a.*b.*c.*d.*e.*f.*g.*h.*i.*j.*k.*l.*m.*){3}",
        "^(\\S{1,1000}){1,1000}$",
        nested.as_str(),
        wide.as_str(),
    ] {
        let before = Instant::now();
        let is = relation(pattern, &format!("{pattern}x"));
        assert!(before.elapsed() < Duration::from_secs(2), "{pattern}: {:?}", before.elapsed());
        if pattern.starts_with("((a{") || pattern.contains("{40}") {
            assert_eq!(is, Unknown, "{pattern}");
        }
    }
    // Backtracking would not end.
    assert_eq!(relation("^(a|aa)+$", "^a+$"), Same);
    assert_eq!(relation("^((a|aa)+)+b$", "^((a|a?)+)+b$"), Looser);
}

/// A small pattern, as it is written and as it is meant: nothing of the reader is used to match it.
#[derive(Debug, Clone)]
enum Small {
    Start,
    End,
    Set(&'static str, &'static [char]),
    Concat(Vec<Small>),
    Either(Vec<Small>),
    Times(Box<Small>, &'static str, usize, usize),
}

/// What texts are made of: a letter of two bytes, a line end, and one that Unicode takes for a digit.
const SIGNS: [char; 5] = ['a', 'b', '\n', 'é', '٣'];

const SETS: [(&str, &[char]); 13] = [
    ("a", &['a']),
    ("b", &['b']),
    (".", &['a', 'b', 'é', '٣']),
    ("[ab]", &['a', 'b']),
    ("[^a]", &['b', '\n', 'é', '٣']),
    ("[^]", &SIGNS),
    ("[]", &[]),
    ("\\w", &['a', 'b']),
    ("\\W", &['\n', 'é', '٣']),
    ("\\s", &['\n']),
    ("\\d", &[]),
    ("\\D", &SIGNS),
    ("[\\xe9-\\u0700]", &['é', '٣']),
];

impl Small {
    fn text(&self) -> String {
        match self {
            Small::Start => "^".to_owned(),
            Small::End => "$".to_owned(),
            Small::Set(text, _) => (*text).to_owned(),
            Small::Concat(parts) => parts.iter().map(Small::text).collect(),
            Small::Either(parts) => {
                format!("(?:{})", parts.iter().map(Small::text).collect::<Vec<_>>().join("|"))
            }
            Small::Times(part, sign, ..) => format!("({}){sign}", part.text()),
        }
    }

    /// Where it can end, begun at these places.
    fn ends(&self, text: &[char], from: BTreeSet<usize>) -> BTreeSet<usize> {
        match self {
            Small::Start => from.into_iter().filter(|at| *at == 0).collect(),
            Small::End => from.into_iter().filter(|at| *at == text.len()).collect(),
            Small::Set(_, signs) => from
                .into_iter()
                .filter(|at| text.get(*at).is_some_and(|c| signs.contains(c)))
                .map(|at| at + 1)
                .collect(),
            Small::Concat(parts) => parts.iter().fold(from, |from, part| part.ends(text, from)),
            Small::Either(parts) => parts.iter().flat_map(|part| part.ends(text, from.clone())).collect(),
            Small::Times(part, _, min, max) => {
                let (mut all, mut now) = (BTreeSet::new(), from);
                for round in 0..=*max {
                    if round >= *min {
                        all.extend(now.iter().copied());
                    }
                    now = part.ends(text, now);
                }
                all
            }
        }
    }

    fn finds(&self, text: &[char]) -> bool {
        !self.ends(text, (0..=text.len()).collect()).is_empty()
    }
}

fn small() -> impl Strategy<Value = Small> {
    let leaf = prop_oneof![
        1 => Just(Small::Start),
        1 => Just(Small::End),
        8 => (0..SETS.len()).prop_map(|at| Small::Set(SETS[at].0, SETS[at].1)),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let times = [("*", 0, 9), ("+", 1, 9), ("?", 0, 1), ("{2}", 2, 2), ("{1,2}?", 1, 2), ("{2,}", 2, 9)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Small::Concat),
            prop::collection::vec(inner.clone(), 1..3).prop_map(Small::Either),
            (inner, 0..times.len()).prop_map(move |(part, at)| {
                let (sign, min, max) = times[at];
                Small::Times(Box::new(part), sign, min, max)
            }),
        ]
    })
}

/// Every text of up to four signs.
fn texts() -> Vec<Vec<char>> {
    let mut all = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..4 {
        let to = all.len();
        for at in from..to {
            for sign in SIGNS {
                let longer = all[at].iter().copied().chain([sign]).collect();
                all.push(longer);
            }
        }
        from = to;
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn a_relation_that_is_told_holds_for_every_short_text(old in small(), new in small()) {
        let (was, is) = (old.text(), new.text());
        let told = relation(&was, &is);
        prop_assert_ne!(told, Unknown, "{} {}", was, is);
        let taken = Taken::of(&was).expect("is read");
        let (mut more, mut less) = (false, false);
        for text in texts() {
            let (a, b) = (old.finds(&text), new.finds(&text));
            prop_assert_eq!(a, taken.takes(&text.iter().collect::<String>()), "{} {:?}", was, text);
            more |= b && !a;
            less |= a && !b;
        }
        // Longer texts may tell them apart further, never bring them together.
        prop_assert!(!more || matches!(told, Looser | Apart), "{} {}: {:?}", was, is, told);
        prop_assert!(!less || matches!(told, Tighter | Apart), "{} {}: {:?}", was, is, told);
    }
}
