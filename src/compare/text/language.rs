//! In which script and language a text is written, as far as a change of it can be told.

use std::collections::BTreeMap;

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

/// The language of a text with at least 40 letters.
pub fn language(text: &str) -> Option<Language> {
    let mut scripts: BTreeMap<Script, usize> = BTreeMap::new();
    text.chars().filter_map(script).for_each(|s| *scripts.entry(s).or_default() += 1);
    (scripts.values().sum::<usize>() >= LETTERS).then_some(())?;
    let (script, _) = scripts.into_iter().max_by_key(|(_, n)| *n)?;
    Some(Language { script, name: (script == Script::Latin).then(|| latin(text)).flatten() })
}

fn latin(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let mut hits = vec![0usize; MARKERS.len()];
    for word in lower.split(|c: char| !c.is_alphabetic()) {
        for (at, (_, markers)) in MARKERS.iter().enumerate() {
            hits[at] += usize::from(markers.contains(&word));
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
    fn another_wording_a_short_text_or_a_list_of_terms_is_none() {
        assert!(!switched(ENGLISH, "Gets one order by its id, with the items and the status."));
        assert!(!switched(ENGLISH, "Bestellung"));
        assert!(!switched(ENGLISH, "GraphQL REST OpenAPI Kubernetes Terraform Postgres Elasticsearch Redis"));
        assert!(!switched("", ENGLISH));
    }
}
