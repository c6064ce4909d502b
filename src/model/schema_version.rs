//! Which generation of the formats a file follows.

use crate::canon::{Fault, FaultKind, Node, Value};

/// The version that generation 2 begins with, and that is written.
pub const CURRENT: &str = "2.0";

/// The two generations of artifacts: the reference system's files and ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// `schema_version` 1.0: read, never written.
    V1,
    /// `schema_version` 2.0.
    V2,
}

/// Whether a file of generation 1 may leave the version out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Then it is generation 1.
    MeansV1,
    /// Then the file cannot be read.
    IsAnError,
}

/// The refusal of a version that this program does not know.
pub(super) fn unknown(file: &str, said: &str, line: u32) -> Fault {
    let message = format!("unknown schema_version {said:?}, known are 1.0 and 2.0");
    Fault::new(file, FaultKind::Version, message)
        .line(line)
        .pointer("/schema_version")
        .hint("use a release of cask that knows this version")
}

/// The generation that a file says it follows.
///
/// # Errors
/// [`FaultKind::Version`] for a version that this program does not know (`pack.schema-version-unknown`),
/// or for a missing one where it is mandatory.
pub fn generation(file: &str, node: &Node, missing: Missing) -> Result<Generation, Fault> {
    let unknown = |said: &str, line| Err(unknown(file, said, line));
    let Some(said) = node.get("schema_version") else {
        return match missing {
            Missing::MeansV1 => Ok(Generation::V1),
            Missing::IsAnError => Err(Fault::new(file, FaultKind::Version, "schema_version is missing")
                .line(node.line)
                .hint("a file of cask begins with schema_version: \"2.0\"")),
        };
    };
    match &said.value {
        Value::Text(text) if text == "1.0" => Ok(Generation::V1),
        Value::Text(text) if text == CURRENT => Ok(Generation::V2),
        // YAML 1.1 reads an unquoted 1.0 as a number; the reference system compares its text.
        Value::Float(x) if *x == 1.0 => Ok(Generation::V1),
        Value::Text(text) => unknown(text, said.line),
        _ => unknown(said.kind(), said.line),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::node;
    use super::*;

    #[test]
    fn versions_beyond_ours_are_their_own_kind() {
        let of = |json: &str| generation("f", &node(json), Missing::MeansV1).map_err(|f| f.kind);
        assert_eq!(of("{}"), Ok(Generation::V1));
        assert_eq!(of(r#"{"schema_version": 1.0}"#), Ok(Generation::V1));
        assert_eq!(of(r#"{"schema_version": "2.0"}"#), Ok(Generation::V2));
        assert_eq!(of(r#"{"schema_version": "2.1"}"#), Err(FaultKind::Version));
        assert_eq!(of(r#"{"schema_version": null}"#), Err(FaultKind::Version));
        let must = generation("f", &node("{}"), Missing::IsAnError).map_err(|f| f.kind);
        assert_eq!(must, Err(FaultKind::Version));
    }
}
