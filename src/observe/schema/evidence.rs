//! How much has to be seen before something is said of an API that only its makers could promise.

use crate::observe::part::Texts;

/// Calls after which a parameter that was always there is one that must be there.
pub const REQUIRED: u64 = 10;
/// Most values that a list of choices has, and how often each has to be seen on average.
const CHOICES: usize = 10;
const TIMES: u64 = 5;
/// Longest value of a list of choices.
const CHOICE: usize = 40;

/// The choices that texts were made of, if so few were seen so often that there are no others. `calls`: in how
/// many calls.
pub fn choices(texts: &Texts, calls: u64) -> Option<Vec<String>> {
    let values = texts.values.sorted();
    let seen: u64 = values.iter().map(|(_, n)| **n).sum();
    let known = !texts.values.more && texts.left == 0;
    let few = (2..=CHOICES).contains(&values.len());
    let often = seen >= TIMES * values.len() as u64 && calls >= TIMES;
    let words = values.iter().all(|(value, _)| !value.is_empty() && value.len() <= CHOICE);
    (known && few && often && words).then(|| values.into_iter().map(|(value, _)| value.to_owned()).collect())
}
