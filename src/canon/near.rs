//! A word that names nothing and the names there are in; those that were perhaps meant out, nearest first.

use super::text::fold;

/// Most names that are given back.
const MOST: usize = 3;
/// Letters beyond which a word or a name is none that a person mistyped.
const LONG: usize = 80;
/// Letters that one has to share with the other where it stands in it.
const SHARED: usize = 4;

/// The names that a word was perhaps meant to be: equal but for case and width, a few slips of the fingers apart
/// (a letter too many, too few, another, or two in each other's place), or one of them a part of the other.
pub fn near<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let wanted = fold(word);
    if wanted.is_empty() || wanted.chars().count() > LONG {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> =
        names.into_iter().filter_map(|name| Some((distance(&wanted, &fold(name))?, name))).collect();
    found.sort();
    found.dedup();
    found.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// How far apart two words are that may stand for each other.
fn distance(wanted: &str, name: &str) -> Option<usize> {
    let (long, short) = (wanted.chars().count(), name.chars().count());
    if short > LONG {
        return None;
    }
    // One slip in a short word, one more for each five letters.
    let most = (1 + long / 5).min(3);
    if long.abs_diff(short) <= most && long.max(short) > most + 1 {
        let slips = strsim::osa_distance(wanted, name);
        if slips <= most {
            return Some(slips);
        }
    }
    let is_part = name.contains(wanted) && long >= SHARED || wanted.contains(name) && short >= SHARED;
    // Behind all that is only mistyped.
    is_part.then(|| LONG + long.abs_diff(short))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["get_user", "get_users", "list_orders", "ci", "gate", "trust.bootstrap"];

    #[test]
    fn slips_of_the_fingers_are_seen_through() {
        for (word, meant) in [
            ("get_usr", &["get_user", "get_users"][..]),
            ("get_usre", &["get_user", "get_users"]),
            ("GET_USERS", &["get_users", "get_user"]),
            ("list_ordres", &["list_orders"]),
            ("gaet", &["gate"]),
            ("gat", &["gate"]),
            ("ic", &[]),
            ("trust.bootstrp", &["trust.bootstrap"]),
            ("bootstrap", &["trust.bootstrap"]),
            ("orders", &["list_orders"]),
            ("delete_user", &[]),
            ("zzz", &[]),
            ("", &[]),
        ] {
            assert_eq!(near(word, NAMES), meant, "{word}");
        }
    }

    #[test]
    fn few_are_named_once_each_and_long_ones_not_at_all() {
        let many: Vec<String> = (0..9).map(|n| format!("tool_{n}")).collect();
        let twice = many.iter().chain(&many).map(String::as_str);
        assert_eq!(near("tool_x", twice), ["tool_0", "tool_1", "tool_2"]);
        let long = "x".repeat(100_000);
        assert!(near(&long, [long.as_str()]).is_empty() && near("xxxx", [long.as_str()]).is_empty());
    }
}
