//! A path of a toolpack in, why no bundle carries such a file out. Whole names of folders and files count, not parts of
//! them: `authors.yaml` is nobody's login.

/// A kind of file that stays where it is: what it is, and the names of folders and files that tell it.
struct LeftOut {
    what: &'static str,
    /// Names of folders, or of files.
    names: &'static [&'static str],
    /// How the names of such files end.
    ends: &'static [&'static str],
}

const LEFT_OUT: &[LeftOut] = &[
    LeftOut { what: "recorded traffic", names: &["captures", "recordings"], ends: &[".har", ".har.gz"] },
    LeftOut {
        what: "logins",
        names: &["auth", "logins", "storage_state.json", ".netrc", ".npmrc"],
        ends: &[],
    },
    LeftOut {
        what: "private keys",
        names: &[
            "keys",
            "approval_signing.key",
            "id_ed25519",
            "id_ed25519_sk",
            "id_rsa",
            "id_ecdsa",
            "id_ecdsa_sk",
            "id_dsa",
        ],
        ends: &[".pem", ".key", ".p8", ".p12", ".pfx", ".jks", ".ppk"],
    },
    LeftOut { what: "audit logs", names: &["audit"], ends: &[".log", ".log.jsonl"] },
    LeftOut {
        what: "confirmations and other state",
        names: &[".caskmcp", ".git", "state", "confirmations.db"],
        ends: &[".db", ".sqlite"],
    },
    LeftOut { what: "variables of environments", names: &[".env"], ends: &[".env"] },
];

/// What no bundle carries, in words.
pub fn all() -> Vec<String> {
    LEFT_OUT.iter().map(|kind| kind.what.to_owned()).collect()
}

/// Why no bundle carries a file with this path, relative to its toolpack. None if one may.
pub fn why(path: &str) -> Option<&'static str> {
    let path = path.to_ascii_lowercase();
    let name = path.rsplit('/').next().unwrap_or_default();
    let is = |kind: &&LeftOut| {
        // `.env.local` is one of `.env`.
        let named = |part: &str| {
            kind.names.iter().any(|own| part == *own || *own == ".env" && part.starts_with(".env."))
        };
        path.split('/').any(named) || kind.ends.iter().any(|end| name.ends_with(end))
    };
    LEFT_OUT.iter().find(is).map(|kind| kind.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_names_count_and_not_parts_of_them() {
        for (path, is) in [
            ("artifact/tools.json", None),
            ("artifact/authors.yaml", None),
            ("state-machine/contracts.yaml", None),
            ("keyboard.json", None),
            ("Auth/contracts.yaml", Some("logins")),
            ("artifact/storage_state.json", Some("logins")),
            ("artifact/.caskmcp/x", Some("confirmations and other state")),
            ("artifact/shop.HAR", Some("recorded traffic")),
            ("artifact/.env.local", Some("variables of environments")),
            ("artifact/.environment", None),
            ("server.key", Some("private keys")),
            (".env", Some("variables of environments")),
        ] {
            assert_eq!(why(path), is, "{path}");
        }
    }
}
