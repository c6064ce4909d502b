//! Files that hold what nobody commits: private keys, the state of a login, recorded traffic.

use crate::compare::secrets::{PRIVATE_KEY, secrets};
use crate::model::finding::{Finding, Place, Side, Subject, SubjectKind};
use crate::model::phrase::Phrase;
use crate::rules::pack;

/// Whether a file may be one, by its path alone.
pub fn is_suspect(path: &str) -> bool {
    kind(path).is_some()
}

fn kind(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or(&lower);
    let in_state = lower.starts_with(".caskmcp/") || lower.contains("/.caskmcp/");
    if name.starts_with("storage_state") && name.ends_with(".json") || in_state && lower.contains("/auth/") {
        return Some("the state of a login");
    }
    if in_state && lower.contains("/captures/") {
        return Some("recorded traffic");
    }
    let key = [".pem", ".key", ".p8", ".ppk"].iter().any(|end| name.ends_with(end))
        || ["id_rsa", "id_ed25519", "id_ecdsa", "id_dsa"].contains(&name)
        || in_state && lower.contains("/keys/");
    key.then_some("a private key")
}

/// What is wrong with a committed file: a key only if its bytes are one, the rest by its place.
pub fn look(path: &str, bytes: &[u8]) -> Option<Finding> {
    let kind = kind(path)?;
    let text = String::from_utf8_lossy(bytes);
    let is_key = secrets(&text).iter().any(|s| s.kind == PRIVATE_KEY);
    if kind == "a private key" && !is_key {
        return None;
    }
    // What the program writes itself and is meant to be there.
    let name = path.rsplit('/').next().unwrap_or(path);
    if bytes.is_empty() || name.starts_with(".git") {
        return None;
    }
    let subject = Subject {
        path: String::new(),
        toolpack: String::new(),
        kind: SubjectKind::Source,
        id: path.to_owned(),
        name: path.to_owned(),
    };
    let place = Place { file: path.to_owned(), line: 1, pointer: String::new(), side: Side::Head };
    let finding = Finding::new(pack::SECRET_FOUND, subject, place)
        .says("file", Phrase::say(kind))
        .here("whoever reads the repository can use it".into());
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_by_its_bytes_and_the_rest_by_its_place() {
        let key = ["-----BEGIN ", "PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ"].concat();
        for (path, bytes, is) in [
            ("deploy/server.key", key.as_str(), true),
            ("a/id_ed25519", key.as_str(), true),
            ("certs/ca.pem", "-----BEGIN CERTIFICATE-----\n", false),
            ("docs/key.md", key.as_str(), false),
            (".caskmcp/auth/shop/storage_state.json", "{}", true),
            ("e2e/storage_state.json", "{\"cookies\": []}", true),
            (".caskmcp/captures/cap_1/exchanges.jsonl", "{}", true),
            (".caskmcp/captures/.gitignore", "*", false),
            (".caskmcp/trust.yaml", "schema: cask.trust/1\n", false),
            ("src/captures/a.rs", "fn a() {}", false),
        ] {
            assert_eq!(
                look(path, bytes.as_bytes()).map(|f| f.rule.id),
                is.then_some("pack.secret-found"),
                "{path}"
            );
        }
    }
}
