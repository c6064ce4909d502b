//! Two schemas in, whether they are written the same out, with all that they refer to. Most of two releases is, and
//! then nothing needs to be understood of it.

use std::collections::{HashMap, HashSet};

use super::document::Document;
use crate::canon::{Node, Value};

/// Most pairs of values that are held against each other in one comparison; beyond it nothing is passed over.
const MAX_PAIRS: usize = 2_000_000;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Same<'a> {
    /// Whether a reference leads to the same text on both sides, whatever way it goes on.
    known: HashMap<&'a str, bool>,
    left: usize,
}

impl<'a> Same<'a> {
    pub(super) fn new() -> Same<'a> {
        Same { known: HashMap::new(), left: MAX_PAIRS }
    }

    /// Whether both are the same text, and every definition that they lead to is too. What is refused here may still
    /// mean the same.
    pub(super) fn written(
        &mut self,
        (old, was): (&Document<'a>, &[&'a Node]),
        (new, is): (&Document<'a>, &[&'a Node]),
    ) -> bool {
        let mut todo = Vec::new();
        if was.len() != is.len() || !was.iter().zip(is).all(|(a, b)| self.alike(a, b, &mut todo)) {
            return false;
        }
        let mut seen: HashSet<&'a str> = HashSet::new();
        while let Some(reference) = todo.pop() {
            match self.known.get(reference) {
                Some(true) => continue,
                Some(false) => return false,
                None if !seen.insert(reference) => continue,
                None => {}
            }
            let alike = match (old.resolve(reference), new.resolve(reference)) {
                (Some(a), Some(b)) => self.alike(a, b, &mut todo),
                (None, None) => true,
                _ => false,
            };
            if !alike {
                self.known.insert(reference, false);
                return false;
            }
        }
        self.known.extend(seen.into_iter().map(|reference| (reference, true)));
        true
    }

    /// Whether two values are the same text. Every `$ref` in them is noted, also in places that hold no schema: one
    /// too many is followed, never one too few.
    fn alike(&mut self, a: &'a Node, b: &'a Node, references: &mut Vec<&'a str>) -> bool {
        let mut todo = vec![(a, b)];
        while let Some((a, b)) = todo.pop() {
            let Some(left) = self.left.checked_sub(1) else { return false };
            self.left = left;
            match (&a.value, &b.value) {
                (Value::List(a), Value::List(b)) if a.len() == b.len() => todo.extend(a.iter().zip(b)),
                (Value::Map(a), Value::Map(b)) if a.len() == b.len() => {
                    for ((key, value), (other, beside)) in a.iter().zip(b) {
                        if key != other {
                            return false;
                        }
                        match value.as_text() {
                            Some(target) if key == "$ref" => references.push(target),
                            _ => {}
                        }
                        todo.push((value, beside));
                    }
                }
                (a, b) if a == b => {}
                _ => return false,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::schema::Schema;
    use crate::model::testing::node;

    fn is_same(old: (&str, &str), new: (&str, &str)) -> bool {
        let (old_schema, old_defs, new_schema, new_defs) =
            (node(old.0), node(old.1), node(new.0), node(new.1));
        let was = Document::new(Schema::new(&old_schema, Some(&old_defs)));
        let is = Document::new(Schema::new(&new_schema, Some(&new_defs)));
        Same::new().written((&was, &[&old_schema]), (&is, &[&new_schema]))
    }

    const REF: &str = r##"{"type": "array", "items": {"$ref": "#/$defs/A"}}"##;

    #[test]
    fn what_a_reference_leads_to_counts_however_far_it_is() {
        let defs = |end: &str| {
            format!(
                r##"{{"A": {{"anyOf": [{{"$ref": "#/$defs/B"}}, {{"$ref": "#/$defs/A"}}]}},
                "B": {{"properties": {{"up": {{"$ref": "#/$defs/A"}}, "on": {{"$ref": "#/$defs/C"}}}}}}, "C": {end}}}"##
            )
        };
        let (old, new) = (defs(r#"{"maximum": 1}"#), defs(r#"{"maximum": 2}"#));
        assert!(is_same((REF, &old), (REF, &old)));
        assert!(!is_same((REF, &old), (REF, &new)));
    }

    #[test]
    fn a_definition_of_one_side_is_a_difference_and_one_of_neither_is_none() {
        let lost = r##"{"$ref": "#/$defs/Gone"}"##;
        assert!(is_same((lost, "{}"), (lost, "{}")));
        assert!(!is_same((lost, "{}"), (lost, r#"{"Gone": {}}"#)));
        assert!(!is_same((lost, r#"{"Gone": {}}"#), (lost, "{}")));
    }

    #[test]
    fn what_was_found_different_once_stays_so_and_what_is_not_used_does_not_count() {
        let (old, new) = (r#"{"A": {"minimum": 1}, "Z": {}}"#, r#"{"A": {"minimum": 2}, "Z": {"not": {}}}"#);
        let (schema, other, old, new) = (node(REF), node(r#"{"type": "string"}"#), node(old), node(new));
        let was = Document::new(Schema::new(&schema, Some(&old)));
        let is = Document::new(Schema::new(&schema, Some(&new)));
        let mut same = Same::new();
        for _ in 0..2 {
            assert!(!same.written((&was, &[&schema]), (&is, &[&schema])));
            assert!(same.written((&was, &[&other]), (&is, &[&other])));
        }
        assert!(!same.written((&was, &[&other]), (&is, &[])));
    }

    #[test]
    fn where_too_much_was_read_nothing_is_passed_over() {
        let schema = node(r#"{"enum": [1, 2, 3]}"#);
        let document = Document::new(Schema::new(&schema, None));
        let mut same = Same { known: HashMap::new(), left: 4 };
        assert!(!same.written((&document, &[&schema]), (&document, &[&schema])));
    }
}
