//! Keys that could sign: those of the person's own store, and SSH keys of Ed25519 that lie where OpenSSH keeps them.
//! What a question offers, and the name that a new one gets.

use std::path::{Path, PathBuf};

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::cmd::init::args::NEW;
use crate::cmd::keyfile::{self, KeyFile, Private};
use crate::io::keystore::Keystore;
use crate::sign::key::KeyType;

/// Keys that are offered.
const MANY: usize = 9;
/// Entries of OpenSSH's folder that are looked at.
const ENTRIES: usize = 200;

/// A key that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtHand {
    /// What `--key` takes.
    pub given: PathBuf,
    /// Its id.
    pub key_id: String,
    /// What kind it is and where its private half is: words of ours.
    pub how: &'static str,
}

/// The keys that can be chosen, the person's own first.
///
/// # Errors
/// The store can't be listed.
pub fn at_hand(ctx: &Ctx) -> Result<Vec<AtHand>, Failed> {
    let store = Keystore::open(ctx.env)?;
    let own = store.list()?.into_iter().filter_map(|key| {
        let file = keyfile::stored(&store, &key.name).ok()?;
        Some(at(PathBuf::from(&key.name), &file))
    });
    let mut keys: Vec<AtHand> = own.collect();
    for file in ctx.var("HOME").map(|home| openssh(&Path::new(&home).join(".ssh"))).unwrap_or_default() {
        let key = at(file.path.clone(), &file);
        if keys.iter().all(|known| known.key_id != key.key_id) {
            keys.push(key);
        }
    }
    keys.truncate(MANY);
    Ok(keys)
}

fn at(given: PathBuf, file: &KeyFile) -> AtHand {
    AtHand { given, key_id: file.public.key_id(), how: how(file) }
}

fn how(file: &KeyFile) -> &'static str {
    let stored = file.public.key_type() == KeyType::Ed25519;
    match &file.private {
        Private::Elsewhere if file.public.key_type() == KeyType::SkSshEd25519 => "on a security key",
        Private::Elsewhere => "an SSH key whose private half an agent has",
        _ if file.is_open() && stored => "one of yours, without passphrase",
        _ if file.is_open() => "an SSH key, without passphrase",
        _ if stored => "one of yours, with passphrase",
        _ => "an SSH key, with passphrase",
    }
}

/// The Ed25519 keys of a folder of OpenSSH's, by name: the private file where it is there, else the public one. What
/// is something else is passed over.
fn openssh(dir: &Path) -> Vec<KeyFile> {
    let Ok(listing) = std::fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<PathBuf> = listing
        .take(ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "pub"))
        .collect();
    names.sort();
    names
        .into_iter()
        .filter_map(|path| {
            let public = keyfile::read(&path).ok()?;
            let private = keyfile::read(&path.with_extension("")).ok();
            Some(private.filter(|file| file.public.raw() == public.public.raw()).unwrap_or(public))
        })
        .collect()
}

/// A name for a new key that no key has: keys are never overwritten.
pub fn free_name(taken: &[AtHand]) -> String {
    let is_free = |name: &String| taken.iter().all(|key| key.given != Path::new(name));
    let numbered = (2..=MANY + 2).map(|n| format!("{NEW}-{n}"));
    std::iter::once(NEW.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| NEW.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_takes_the_name_of_none() {
        let key = |name: &str| AtHand { given: name.into(), key_id: String::new(), how: "" };
        assert_eq!(free_name(&[]), "default");
        assert_eq!(free_name(&[key("work"), key("/home/a/default")]), "default");
        assert_eq!(free_name(&[key("default"), key("default-2")]), "default-3");
    }

    #[test]
    fn of_openssh_only_what_can_sign_is_offered() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        assert!(openssh(&dir.path().join("nowhere")).is_empty());
        let pair = crate::sign::keypair::KeyPair::generate([7; 32]);
        let line = pair.public().to_openssh_line("me");
        put("id_ed25519.pub", &line);
        put("id_ed25519", &pair.to_openssh("me", None, [1; 20]).unwrap());
        put("id_rsa.pub", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== me\n");
        put("known_hosts", "x");
        put("broken.pub", "\u{0}");
        std::fs::create_dir(dir.path().join("folder.pub")).unwrap();
        let other = crate::sign::keypair::KeyPair::generate([8; 32]);
        put("of_an_agent.pub", &other.public().to_openssh_line("me"));
        // A private file that is another's is not that of the public one.
        put("of_an_agent", &pair.to_openssh("me", None, [1; 20]).unwrap());
        let found: Vec<(String, &str)> = openssh(dir.path())
            .iter()
            .map(|file| (file.path.file_name().unwrap().to_string_lossy().into_owned(), how(file)))
            .collect();
        assert_eq!(
            found,
            [
                ("id_ed25519".to_owned(), "an SSH key, without passphrase"),
                ("of_an_agent.pub".to_owned(), "an SSH key whose private half an agent has"),
            ]
        );
    }
}
