//! From the bytes of a governed file to its tree, by the reading rules of its generation.

use super::limits;
use super::schema_version::CURRENT;
use super::schema_version::{Generation, unknown};
use crate::canon::read_json::read_json;
use crate::canon::read_yaml::{Dialect, read_yaml};
use crate::canon::{Fault, FaultKind, Limits, Node};

/// Reads a file that is only ever written by this program or by hand for it: trust.yaml, gate.yaml.
///
/// # Errors
/// Whatever the strict dialect refuses.
pub fn strict_yaml(file: &str, bytes: &[u8], max: usize) -> Result<Node, Fault> {
    read_yaml(file, bytes, Dialect::Strict, &Limits::new(max))
}

/// Reads a YAML artifact or lockfile of either generation: generation 2 strictly, generation 1 as the
/// reference system does (YAML 1.1 scalars, up to 1,000 aliases).
///
/// # Errors
/// Whatever the dialect of its generation refuses.
pub fn yaml(file: &str, bytes: &[u8], max: usize) -> Result<Node, Fault> {
    if looks_like(bytes) == Generation::V2 {
        return read_yaml(file, bytes, Dialect::Strict, &Limits::new(max));
    }
    let node = read_yaml(file, bytes, Dialect::V11, &Limits::new(max).with_aliases(limits::V1_ALIASES))
        .map_err(|fault| {
            from_the_future(file, bytes).filter(|_| fault.kind == FaultKind::Strict).unwrap_or(fault)
        })?;
    match node.get("schema_version") {
        // Reading it strictly was skipped, so nothing of it may be believed.
        Some(version) if version.as_text() == Some(CURRENT) => {
            Err(Fault::new(file, FaultKind::Strict, "schema_version 2.0 is not written as files of 2.0 are")
                .line(version.line)
                .pointer("/schema_version")
                .hint("begin the line with schema_version: \"2.0\""))
        }
        _ => Ok(node),
    }
}

/// Reads a JSON artifact.
///
/// # Errors
/// Whatever the strict reader refuses.
pub fn json(file: &str, bytes: &[u8], max: usize) -> Result<Node, Fault> {
    read_json(file, bytes, &Limits::new(max))
}

/// Reads a description that others wrote, JSON or YAML, told from how it begins: as lenient as their readers are,
/// within our limits. Nothing that is signed is read in this way.
///
/// # Errors
/// What is neither, is too large, or has a key twice.
pub fn described(file: &str, bytes: &[u8], max: usize) -> Result<Node, Fault> {
    described_within(file, bytes, &Limits::new(max))
}

/// The same with bounds that several files share.
///
/// # Errors
/// What is neither, is too large, or has a key twice.
pub fn described_within(file: &str, bytes: &[u8], limits: &Limits) -> Result<Node, Fault> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{') => read_json(file, bytes, limits),
        _ => {
            // Each use of an alias counts with all that it stands for, so the bound on values bounds them too.
            let limits = Limits { aliases: limits::V1_ALIASES, ..*limits };
            read_yaml(file, bytes, Dialect::V12, &limits)
        }
    }
}

/// The refusal of a file whose version is none of ours, told from its text: what the rules of version 1 refuse
/// in it says nothing about it.
fn from_the_future(file: &str, bytes: &[u8]) -> Option<Fault> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (line, said) = (1u32..)
        .zip(text.lines().take(1_000))
        .find_map(|(n, line)| line.strip_prefix("schema_version:").map(|said| (n, said.trim())))?;
    let said = said.trim_matches(['"', '\'']);
    (!matches!(said, "1.0" | "2.0" | "")).then(|| unknown(file, said, line).excerpt_of(text))
}

/// A fault found in a tree, with the lines of the file that the tree was read from.
pub fn shown(bytes: &[u8]) -> impl Fn(Fault) -> Fault {
    move |fault| match std::str::from_utf8(bytes) {
        Ok(text) if fault.excerpt.is_empty() => fault.excerpt_of(text),
        _ => fault,
    }
}

/// The generation whose reading rules apply, told from a line that begins with the version.
fn looks_like(bytes: &[u8]) -> Generation {
    let is_v2 = |line: &[u8]| {
        line.strip_prefix(b"schema_version:").is_some_and(|rest| {
            let rest = rest.trim_ascii();
            rest.starts_with(b"\"2.0\"") || rest.starts_with(b"'2.0'")
        })
    };
    // The version stands near the top; a long file is not walked for it.
    let head = &bytes[..bytes.len().min(64 * 1024)];
    if head.split(|b| *b == b'\n').any(is_v2) { Generation::V2 } else { Generation::V1 }
}
