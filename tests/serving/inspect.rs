//! The inspect server from outside: the real program over pipes, with toolpacks that people really signed.

#![cfg(unix)]

mod answers;
mod flaws;
mod protocol;
mod signatures;

use crate::{mcp, support};

use std::path::Path;

use cask::model::bytes;
use cask::model::lockfile::{AnyLockfile, Lockfile};
use mcp::Client;
use support::{Place, copy};

const PACK: &str = "toolpacks/shop";
const LOCK: &str = "toolpacks/shop/lockfile/caskmcp.lock.yaml";
const TOOLS: &str = "toolpacks/shop/artifact/tools.json";
const POLICY: &str = "toolpacks/shop/artifact/policy.yaml";

/// The shop's toolpack in a repository whose owners are alice and bob; what is critical needs both.
struct Shop {
    place: Place,
}

impl Shop {
    /// The files alone: no lockfile, nobody is trusted.
    fn bare() -> Shop {
        let place = Place::with_git();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/toolpacks/shop"), &place.path(PACK));
        Shop { place }
    }

    /// With people, and a lockfile that nobody signed yet.
    fn pending() -> Shop {
        let shop = Shop::bare();
        for name in ["alice", "bob"] {
            shop.ok(&["key", "new", "--name", name, "--no-passphrase"]);
        }
        shop.ok(&["trust", "init", "--id", "alice", "--github", "alice-gh", "--key", "alice", "--yes"]);
        let home = shop.place.dir.path().join(&shop.place.person);
        let bob = home.join("config/cask/keys/bob.pub").display().to_string();
        shop.ok(&["trust", "add", "bob", "--key", &bob, "--role", "owner,approver", "--github", "bob-gh"]);
        shop.ok(&["trust", "set", "thresholds.approvals.critical=2"]);
        shop.ok(&["trust", "sign", "--key", "alice", "--yes"]);
        shop.ok(&["gate", "sync"]);
        shop.place.merge("adopt");
        shop
    }

    /// With every approval, merged.
    fn signed() -> Shop {
        let shop = Shop::pending();
        shop.allow("alice", &["--all"]);
        shop.allow("bob", &["--all"]);
        shop.place.merge("approve");
        shop
    }

    fn ok(&self, args: &[&str]) -> String {
        self.place.cask(args).ok()
    }

    fn allow(&self, who: &str, rest: &[&str]) {
        self.ok(&[&["gate", "allow", "--key", who, "--yes"], rest].concat());
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.place.read(file);
        assert!(text.contains(from), "{file} has no {from}");
        self.place.write(file, text.replace(from, to));
    }

    fn lock(&self) -> Lockfile {
        let text = self.place.read(LOCK);
        let node = bytes::yaml(LOCK, text.as_bytes(), 1 << 20).expect("it reads");
        AnyLockfile::read(LOCK, node).expect("a lockfile").v2().expect("of version 2").clone()
    }

    /// Writes another lockfile over it.
    fn forge(&self, edit: impl FnOnce(&mut Lockfile)) {
        let mut lock = self.lock();
        edit(&mut lock);
        self.place.write(LOCK, cask::gate::written::text(&lock));
    }

    /// Asks about the toolpack.
    fn inspect(&self) -> Client {
        self.inspect_with(&[])
    }

    fn inspect_with(&self, more: &[&str]) -> Client {
        Client::open(&mut self.place.command(&[&["inspect", "--toolpack", PACK], more].concat()))
    }

    /// Asks about single files.
    fn artifacts(&self) -> Client {
        Client::open(&mut self.place.command(&["inspect", "--artifacts", "toolpacks/shop/artifact"]))
    }
}
