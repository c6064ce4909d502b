//! In which script and language a text is written, as far as a change of it can be told.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use super::chars::{Script, script};

/// Fewer letters say nothing about a language.
const LETTERS: usize = 40;

/// The commonest words of languages in Latin script that are no words of the others.
const MARKERS: &[(&str, &[&str])] = &[
    (
        "English",
        &["the", "and", "of", "to", "is", "with", "for", "that", "this", "are", "by", "from", "or", "not"],
    ),
    (
        "German",
        &[
            "der", "die", "das", "und", "ist", "nicht", "mit", "eine", "einen", "wird", "oder", "für", "dem",
            "auf", "werden", "zu",
        ],
    ),
    (
        "French",
        &["le", "les", "et", "des", "est", "une", "dans", "pour", "pas", "du", "avec", "vous", "sur", "aux"],
    ),
    ("Spanish", &["el", "los", "las", "y", "una", "para", "por", "con", "del", "es", "que", "al", "se"]),
    ("Italian", &["il", "gli", "che", "di", "una", "per", "con", "non", "della", "è", "sono", "nel"]),
    ("Portuguese", &["os", "uma", "não", "com", "para", "do", "da", "em", "são", "um", "ao"]),
    ("Dutch", &["het", "een", "en", "niet", "van", "voor", "met", "zijn", "wordt", "op", "deze"]),
];

/// What the letters of a text say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    script: Script,
    /// Known for Latin script only, where one language clearly leads.
    name: Option<&'static str>,
}

/// Which languages each of these words is of: one bit for each.
static LANGUAGES: LazyLock<HashMap<&str, u8>> = LazyLock::new(|| {
    let mut languages: HashMap<&str, u8> = HashMap::new();
    for (at, (_, words)) in MARKERS.iter().enumerate() {
        words.iter().for_each(|word| *languages.entry(word).or_default() |= 1 << at);
    }
    languages
});

/// Bytes of the longest of these words.
const LONGEST: usize = 6;

/// The language of a text with at least 40 letters.
pub fn language(text: &str) -> Option<Language> {
    let latin_letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let mut scripts = BTreeMap::from([(Script::Latin, latin_letters)]);
    let beyond = text.chars().filter(|c| !c.is_ascii()).filter_map(script);
    beyond.for_each(|s| *scripts.entry(s).or_default() += 1);
    (scripts.values().sum::<usize>() >= LETTERS).then_some(())?;
    let (script, _) = scripts.into_iter().max_by_key(|(_, n)| *n)?;
    Some(Language { script, name: (script == Script::Latin).then(|| latin(text)).flatten() })
}

fn latin(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let mut hits = [0usize; MARKERS.len()];
    let words = lower.split(|c: char| !c.is_alphabetic()).filter(|word| (1..=LONGEST).contains(&word.len()));
    for languages in words.filter_map(|word| LANGUAGES.get(word)) {
        for (at, hits) in hits.iter_mut().enumerate() {
            *hits += usize::from(languages >> at & 1);
        }
    }
    let lead = (0..hits.len()).max_by_key(|i| hits[*i])?;
    let clear = hits.iter().enumerate().all(|(i, n)| i == lead || n * 2 <= hits[lead]);
    (hits[lead] >= 3 && clear).then_some(MARKERS[lead].0)
}

/// Whether a text is written otherwise than before: in another script, or in another known language.
pub fn switched(before: &str, after: &str) -> bool {
    let (Some(before), Some(after)) = (language(before), language(after)) else { return false };
    before.script != after.script || matches!((before.name, after.name), (Some(b), Some(a)) if a != b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str =
        "Returns the order with the items and the status of the delivery for this customer.";

    #[test]
    fn another_script_or_language_is_a_switch() {
        assert!(switched(
            ENGLISH,
            "按编号返回一个订单，包括其中的商品、价格、配送状态、收货地址以及付款方式的详细信息，还有备注和发票。"
        ));
        assert!(switched(
            ENGLISH,
            "Gibt die Bestellung mit der Liste und dem Stand zurück, die nicht bezahlt ist und auf Versand wartet."
        ));
        assert!(switched(
            ENGLISH,
            "Возвращает заказ по идентификатору вместе с товарами и статусом доставки."
        ));
    }

    #[test]
    fn the_longest_marker_is_looked_for() {
        let longest = MARKERS.iter().flat_map(|(_, words)| words.iter()).map(|word| word.len()).max();
        assert_eq!(longest, Some(LONGEST));
        assert_eq!(LANGUAGES["una"].count_ones(), 2);
    }

    #[test]
    fn another_wording_a_short_text_or_a_list_of_terms_is_none() {
        assert!(!switched(ENGLISH, "Gets one order by its id, with the items and the status."));
        assert!(!switched(ENGLISH, "Bestellung"));
        assert!(!switched(ENGLISH, "GraphQL REST OpenAPI Kubernetes Terraform Postgres Elasticsearch Redis"));
        assert!(!switched("", ENGLISH));
    }
}
