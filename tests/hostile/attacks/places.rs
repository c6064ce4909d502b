//! T20: files that lie where they should not, or that are two in one.

use super::approvals::second_pack;
use super::forge::*;
use super::row::Attack;
use Who::*;

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T20",
        name: "nested-trust-file",
        does: "puts a trust file of one's own beside the toolpack",
        code: 2,
        rules: &["pack.path-escape"],
        make: |w| w.write(&format!("{PACK}/.caskmcp/trust.yaml"), w.read(TRUST)),
    },
    Attack {
        threat: "T20",
        name: "two-toolpacks-one-id",
        does: "copies an approved toolpack, id and all",
        code: 2,
        rules: &["op.added-read", "pack.duplicate-id"],
        make: |w| copy(&w.path(PACK), &w.path("packs/copy")),
    },
    Attack {
        threat: "T20",
        name: "two-toolpacks-one-id-in-other-letters",
        does: "adds a toolpack whose id differs in case only",
        code: 2,
        rules: &["pack.duplicate-id"],
        make: |w| {
            w.args.author = None;
            second_pack(w);
            w.merge();
            for file in ["toolpack.yaml", "artifact/tools.json", "lockfile/caskmcp.lock.yaml"] {
                let path = format!("packs/other/{file}");
                w.write(&path, w.read(&path).replace("tp_00000000000b", "TP_1d915b164824"));
            }
            w.git(&["rm", "-q", "-r", "--cached", "packs/other"]);
            w.git(&["commit", "-q", "-m", "without"]);
            w.git(&["branch", "-f", "main"]);
            let mut lock = w.lock("packs/other");
            lock.surface.approvals.clear();
            lock.tools.values_mut().for_each(|entry| entry.approvals.clear());
            w.put_lock("packs/other", &lock);
            w.approve_all("packs/other", LATER);
        },
    },
    Attack {
        threat: "T20",
        name: "id-changed-in-place",
        does: "gives an approved toolpack another id",
        code: 2,
        rules: &["lock.entry-forged", "pack.id-changed", "sig.replayed"],
        make: |w| {
            w.replace(&format!("{PACK}/toolpack.yaml"), "tp_1d915b164824", "tp_00000000000c");
        },
    },
    Attack {
        threat: "T20",
        name: "case-colliding-file",
        does: "adds a file that is the approved one where case is folded",
        code: 2,
        rules: &["pack.path-collision"],
        make: |w| {
            w.write(&format!("{PACK}/artifact/Tools.json"), "{}\n");
        },
    },
    Attack {
        threat: "T20",
        name: "case-colliding-folder",
        does: "adds a folder that is the approved one where case is folded",
        code: 2,
        rules: &["pack.path-collision"],
        make: |w| {
            w.write("packs/SHOP/artifact/tools.json", "{}\n");
        },
    },
    Attack {
        threat: "T20",
        name: "case-colliding-trust-file",
        does: "adds a trust file that is the real one where case is folded",
        code: 2,
        rules: &["pack.path-collision"],
        make: |w| w.write(".CASKMCP/trust.yaml", w.read(TRUST)),
    },
    Attack {
        threat: "T20",
        name: "unicode-colliding-file",
        does: "adds a file whose name is another's in another Unicode form",
        code: 2,
        rules: &["pack.path-collision"],
        make: |w| {
            w.write(&format!("{PACK}/artifact/caf\u{e9}.json"), "{}\n");
            w.write(&format!("{PACK}/artifact/cafe\u{301}.json"), "{}\n");
        },
    },
    Attack {
        threat: "T20",
        name: "toolpack-outside-globs",
        does: "adds a toolpack under a name that the globs do not take",
        code: 1,
        rules: &["pack.outside-glob"],
        make: |w| w.write("packs/quiet/TOOLPACK.YAML", w.read(&format!("{PACK}/toolpack.yaml"))),
    },
    Attack {
        threat: "T20",
        name: "toolpack-outside-globs-at-the-root",
        does: "adds one at the root",
        code: 1,
        rules: &["pack.outside-glob"],
        make: |w| w.write("TOOLPACK.YAML", w.read(&format!("{PACK}/toolpack.yaml"))),
    },
    Attack {
        threat: "T20",
        name: "toolpack-moved",
        does: "moves an approved toolpack to another folder",
        code: 2,
        rules: &["pack.moved"],
        make: |w| {
            copy(&w.path(PACK), &w.path("elsewhere/shop"));
            w.remove(PACK);
        },
    },
    Attack {
        threat: "T20",
        name: "toolpack-moved-out-of-a-signers-glob",
        does: "moves a toolpack to a folder where its approver may not judge",
        code: 2,
        rules: &["gate.approver-not-allowed", "gate.quorum-not-met", "pack.moved"],
        make: |w| {
            w.rotate(|t| t.signers[0].toolpacks = Some(vec!["packs/**".into()]));
            w.merge();
            copy(&w.path(PACK), &w.path("elsewhere/shop"));
            w.remove(PACK);
            let path = w.path("elsewhere/shop/lockfile/caskmcp.lock.yaml");
            assert!(path.exists());
        },
    },
    Attack {
        threat: "T20",
        name: "twin-of-the-header",
        does: "adds a toolpack.yml beside toolpack.yaml",
        code: 2,
        rules: &["pack.duplicate-id"],
        make: |w| w.write(&format!("{PACK}/toolpack.yml"), w.read(&format!("{PACK}/toolpack.yaml"))),
    },
    Attack {
        threat: "T20",
        name: "artifact-symlink",
        does: "makes an artifact a link to a file outside",
        code: 3,
        rules: &[],
        make: |w| {
            let path = format!("{PACK}/artifact/policy.yaml");
            w.write("policy.yaml", w.read(&path).replace("default_action: deny", "default_action: allow"));
            w.remove(&path);
            std::os::unix::fs::symlink("../../../policy.yaml", w.path(&path)).expect("a link");
        },
    },
    Attack {
        threat: "T20",
        name: "link-inside-a-toolpack",
        does: "adds a link beside the artifacts",
        code: 2,
        rules: &["pack.path-escape"],
        make: |w| {
            std::os::unix::fs::symlink("/etc/passwd", w.path(&format!("{PACK}/notes"))).expect("a link")
        },
    },
    Attack {
        threat: "T20",
        name: "path-leaves-the-folder",
        does: "points toolpack.yaml at a file above its folder",
        code: 3,
        rules: &[],
        make: |w| {
            w.write("packs/policy.yaml", w.read(&format!("{PACK}/artifact/policy.yaml")));
            w.replace(&format!("{PACK}/toolpack.yaml"), "artifact/policy.yaml", "../policy.yaml");
        },
    },
];

/// Lawful places.
pub const HONEST: &[Attack] = &[Attack {
    threat: "ok",
    name: "moved-with-a-word",
    does: "moves a toolpack and has its surface signed anew",
    code: 1,
    rules: &["pack.moved"],
    make: |w| {
        w.approve(SURFACE, &[Carol]);
        copy(&w.path(PACK), &w.path("elsewhere/shop"));
        w.remove(PACK);
    },
}];
