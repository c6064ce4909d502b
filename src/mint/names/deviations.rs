//! For tests: the reference system's answers, and where ours are better on purpose.

use std::collections::BTreeMap;

/// What differs from the reference's answers is what the table of deviations says of that table, and nothing else.
/// Each answer: the question, the reference's answer, ours.
pub(in crate::mint) fn deviates_as_told(of: &str, answers: impl Iterator<Item = (String, String, String)>) {
    let table = include_str!("../../../fixtures/mint/deviations.tsv");
    let mut told: BTreeMap<&str, &str> = BTreeMap::new();
    for cells in table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>()) {
        assert!(cells.len() == 4 && !cells[3].is_empty(), "a deviation has a reason: {cells:?}");
        if cells[0] == of {
            assert!(told.insert(cells[1], cells[2]).is_none(), "told twice: {cells:?}");
        }
    }
    let mut wrong = Vec::new();
    let mut used: Vec<String> = Vec::new();
    for (input, reference, ours) in answers {
        match told.get(input.as_str()) {
            Some(as_told) if *as_told == ours && ours != reference => used.push(input),
            None if ours == reference => {}
            _ => wrong.push(format!("{of}\t{input}\t{ours}\t(reference: {reference})")),
        }
    }
    used.iter().for_each(|input| _ = told.remove(input.as_str()));
    wrong.extend(told.keys().map(|input| format!("{of}\t{input}\t\tis told, and no deviation")));
    assert!(wrong.is_empty(), "{}\n{} rows", wrong.join("\n"), wrong.len());
}
