//! T10: a trust file that can't be read, or is not what it seems.

use super::forge::*;
use super::row::Attack;

pub const ATTACKS: &[Attack] = &[
    Attack {
        threat: "T10",
        name: "trust-symlink",
        does: "makes the trust file a link to a file of one's own",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            w.write("mine.yaml", w.read(TRUST));
            w.remove(TRUST);
            std::os::unix::fs::symlink("../mine.yaml", w.path(TRUST)).expect("a link");
        },
    },
    Attack {
        threat: "T10",
        name: "trust-folder-symlink",
        does: "makes the folder of the trust file a link",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            w.write("mine/trust.yaml", w.read(TRUST));
            w.remove(".caskmcp");
            std::os::unix::fs::symlink("mine", w.path(".caskmcp")).expect("a link");
        },
    },
    Attack {
        threat: "T10",
        name: "trust-submodule",
        does: "makes the folder of the trust file a submodule",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            w.remove(".caskmcp");
            w.git(&["rm", "-r", "-q", "--cached", ".caskmcp"]);
            let commit = w.git(&["rev-parse", "main"]);
            w.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},.caskmcp")]);
            std::fs::create_dir(w.path(".caskmcp")).expect("a folder");
        },
    },
    Attack {
        threat: "T10",
        name: "trust-lfs-pointer",
        does: "makes the trust file a large-file pointer",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            w.write(
                TRUST,
                format!(
                    "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
                    "0".repeat(64)
                ),
            )
        },
    },
    Attack {
        threat: "T10",
        name: "trust-100mb",
        does: "pads the trust file to 100 MB",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            let text = w.read(TRUST);
            w.write(TRUST, format!("{text}# {}\n", "x".repeat(100_000_000)));
        },
    },
    Attack {
        threat: "T10",
        name: "trust-yaml-bomb",
        does: "makes the trust file grow by aliases of aliases",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
            for i in 1..12 {
                let line = format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(", "));
                bomb.push_str(&line);
            }
            w.write(TRUST, bomb);
        },
    },
    Attack {
        threat: "T10",
        name: "trust-duplicate-key",
        does: "gives the signers twice, so that two readers see two files",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            let text = w.read(TRUST);
            w.write(TRUST, format!("{text}signers: []\n"));
        },
    },
    Attack {
        threat: "T10",
        name: "trust-with-a-tag",
        does: "tags a value of the trust file",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| w.replace(TRUST, "version: 1", "version: !!int 1"),
    },
    Attack {
        threat: "T10",
        name: "trust-with-a-byte-order-mark",
        does: "puts a byte order mark in front",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| w.write(TRUST, format!("\u{feff}{}", w.read(TRUST))),
    },
    Attack {
        threat: "T10",
        name: "trust-unreadable-on-the-default-branch",
        does: "changes something else while the trust file in force can't be read",
        code: 3,
        rules: &["trust.unreadable"],
        make: |w| {
            let text = w.read(TRUST);
            w.write(TRUST, format!("{text}surprise: 1\n"));
            w.merge();
            w.write(TRUST, text);
        },
    },
];
