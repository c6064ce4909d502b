//! Every command there is. What is listed works: the command line, its help, docs/cli.md and the tests are
//! made from these rows.
//!
//! A new command is a module and a row here, in the order of the help page.

use crate::cmd::row::{DOES, Exit, Group, JUDGES, Row, Shown, leaf};
use crate::cmd::tree::Alias;
use crate::cmd::{
    ci, demo, diff, drift, explain, gate, hook, init, key, lint, migrate, mint, rules, schema, trust,
    trust_view, workflow,
};

const CHECKS: &[Exit] = &[JUDGES[0], JUDGES[2], JUDGES[3]];
const SYNCS: &[Exit] = &[DOES[0], (1, "something is pending (with --exit-code)"), DOES[1]];
const FREEZES: &[Exit] = &[DOES[0], (1, "something is not approved: nothing was frozen"), DOES[1]];
const PLAYS: &[Exit] = &[
    (0, "the gate blocked both attacks"),
    (2, "the gate does not hold: a fault of cask"),
    (3, "not played: git or a folder is missing"),
];
const ADOPTS: &[Exit] = &[DOES[0], (1, "nothing was signed: no key can be used here"), DOES[1]];
const MINTS: &[Exit] = &[
    (0, "written, or nothing to change"),
    (3, "nothing was written: usage, no operation, or input that cannot be read"),
];
const NEVER: &[Exit] = &[(3, "always")];

/// Every command, in the order of the help page.
#[rustfmt::skip]
pub const COMMANDS: &[Row] = &[
    // Judge
    Row { words: "ci", shown: Shown::Line(Group::Judge), line: "diff, gate and lint of all toolpacks and clients: one verdict",
        examples: &["cask ci --base-ref origin/main", "cask ci --base-ref origin/main --format github-md --output comment.md"],
        exits: JUDGES, leaf: leaf!(ci::Args, ci::run) },
    Row { words: "diff", shown: Shown::Line(Group::Judge), line: "what changed against the base branch, and what it means",
        examples: &["cask diff --toolpack toolpacks/shop", "cask diff --toolpack toolpacks/shop --base git:v1.2:toolpacks/shop"],
        exits: JUDGES, leaf: leaf!(diff::Args, diff::run) },
    Row { words: "drift", shown: Shown::Line(Group::Judge), line: "how a surface differs from the one that was locked",
        examples: &["cask drift --from git:v1.2:toolpacks/shop --to toolpacks/shop", "cask drift --baseline old.json --to new.json --format both --output reports"],
        exits: JUDGES, leaf: leaf!(drift::Args, drift::run) },
    Row::parent("gate", Shown::Inside, "what is approved, and by whom: check, status, allow, block, sync, withdraw …"),
    Row { words: "gate check", shown: Shown::Line(Group::Judge), line: "is every tool approved, and do the signatures hold",
        examples: &["cask gate check --toolpack toolpacks/shop", "cask gate check --trust-ref origin/main --format json"],
        exits: JUDGES, leaf: leaf!(gate::check::Args, gate::check::run) },
    Row { words: "lint", shown: Shown::Line(Group::Judge), line: "what is wrong with toolpacks and clients as they are",
        examples: &["cask lint", "cask lint --toolpack toolpacks/shop --format json"],
        exits: JUDGES, leaf: leaf!(lint::Args, lint::run) },
    // Approve
    Row { words: "gate status", shown: Shown::Line(Group::Approve), line: "who approved what, until when",
        examples: &["cask gate status", "cask gate status --toolpack toolpacks/shop --format json"],
        exits: DOES, leaf: leaf!(gate::status::Args, gate::status::run) },
    Row { words: "gate allow", shown: Shown::Half(Group::Approve), line: "sign tools",
        examples: &["cask gate allow get_order --reason \"looked at the schema\"", "cask gate allow --all --yes"],
        exits: DOES, leaf: leaf!(gate::allow::Args, gate::allow::run) },
    Row { words: "gate block", shown: Shown::Half(Group::Approve), line: "refuse tools",
        examples: &["cask gate block issue_refund --reason \"no limit\"", "cask gate block surface --reason \"policy allows all\""],
        exits: DOES, leaf: leaf!(gate::block::Args, gate::block::run) },
    Row { words: "gate sync", shown: Shown::Half(Group::Approve), line: "take in new tools",
        examples: &["cask gate sync", "cask gate sync --toolpack toolpacks/shop --prune-removed"],
        exits: SYNCS, leaf: leaf!(gate::sync::Args, gate::sync::run) },
    Row { words: "gate withdraw", shown: Shown::Half(Group::Approve), line: "sign that a tool goes",
        examples: &["cask gate withdraw delete_user", "cask gate withdraw delete_user --reason \"moved to the admin pack\""],
        exits: DOES, leaf: leaf!(gate::withdraw::Args, gate::withdraw::run) },
    Row { words: "gate resign", shown: Shown::Inside, line: "sign your own approvals anew: new key, or time ended them",
        examples: &["cask gate resign", "cask gate resign --key new --yes"],
        exits: DOES, leaf: leaf!(gate::resign::Args, gate::resign::run) },
    Row { words: "gate attach", shown: Shown::Inside, line: "put statements that were handed over into the lockfile",
        examples: &["cask gate attach approvals.json", "cask gate attach approvals.json --toolpack toolpacks/shop"],
        exits: DOES, leaf: leaf!(gate::attach::Args, gate::attach::run) },
    Row { words: "gate snapshot", shown: Shown::Inside, line: "freeze the artifacts that are approved",
        examples: &["cask gate snapshot", "cask gate snapshot --toolpack toolpacks/shop"],
        exits: FREEZES, leaf: leaf!(gate::snapshot::Args, gate::snapshot::run) },
    Row::parent("trust", Shown::Line(Group::Approve),
        "who may approve: init, add, revoke, rotate, sign, check, show"),
    Row { words: "trust init", shown: Shown::Inside, line: "write the first trust file: you are its owner",
        examples: &["cask trust init --id alice --github alice-gh", "cask trust init --id alice --key ~/.ssh/id_ed25519.pub"],
        exits: DOES, leaf: leaf!(trust::Init, trust::init) },
    Row { words: "trust add", shown: Shown::Inside, line: "let somebody sign, or give a signer one more key",
        examples: &["cask trust add bob --key bob.pub --github bob-gh", "cask key export --public | cask trust add ci --key - --max-risk low"],
        exits: DOES, leaf: leaf!(trust::Add, trust::add) },
    Row { words: "trust retire", shown: Shown::Inside, line: "end a key that is replaced: what it signed and is merged stays",
        examples: &["cask trust retire 683f3e2a3a70957c", "cask trust retire 683f3e2a3a70957c --at 2027-01-01T00:00:00Z"],
        exits: DOES, leaf: leaf!(trust::Retire, trust::retire) },
    Row { words: "trust revoke", shown: Shown::Inside, line: "end a key that may be in other hands: nothing it approved counts",
        examples: &["cask trust revoke 683f3e2a3a70957c --reason \"laptop lost\"", "cask trust revoke 683f3e2a3a70957c --reason \"left the company\""],
        exits: DOES, leaf: leaf!(trust::Revoke, trust::revoke) },
    Row { words: "trust rotate", shown: Shown::Inside, line: "replace a key: add the new one, retire the old one",
        examples: &["cask trust rotate 683f3e2a3a70957c new.pub", "cask key export --public new | cask trust rotate 683f3e2a3a70957c -"],
        exits: DOES, leaf: leaf!(trust::Rotate, trust::rotate) },
    Row { words: "trust set", shown: Shown::Inside, line: "change thresholds, rules, and what a signer may do",
        examples: &["cask trust set thresholds.trust=2 thresholds.approvals.critical=2", "cask trust set signers.bob.max_risk=medium rules.fresh_days=14"],
        exits: DOES, leaf: leaf!(trust::Set, trust::set) },
    Row { words: "trust sign", shown: Shown::Inside, line: "add your signature to the new trust file, or to gate.yaml",
        examples: &["cask trust sign", "cask trust sign --gate"],
        exits: DOES, leaf: leaf!(trust::Sign, trust::sign) },
    Row { words: "trust check", shown: Shown::Inside, line: "is the trust file signed by those who may, and does it follow the one in force",
        examples: &["cask trust check", "cask trust check --against origin/main"],
        exits: CHECKS, leaf: leaf!(trust_view::Check, trust_view::check) },
    Row { words: "trust show", shown: Shown::Inside, line: "show who may approve what, with all fingerprints",
        examples: &["cask trust show", "cask trust show --trust-ref origin/main"],
        exits: DOES, leaf: leaf!(trust_view::Show, trust_view::show) },
    Row { words: "trust accept", shown: Shown::Inside, line: "take the repository's trust into the roots that this machine knows",
        examples: &["cask trust accept", "cask trust accept --yes"],
        exits: DOES, leaf: leaf!(trust_view::Accept, trust_view::accept) },
    Row::parent("key", Shown::Line(Group::Approve), "your own keys: new, list, show, import, export"),
    Row { words: "key new", shown: Shown::Inside, line: "make a key, outside of every repository",
        examples: &["cask key new", "cask key new --name ci --no-passphrase"],
        exits: DOES, leaf: leaf!(key::New, key::new) },
    Row { words: "key list", shown: Shown::Inside, line: "list your keys",
        examples: &["cask key list", "cask key list -q"],
        exits: DOES, leaf: leaf!(key::List, key::list) },
    Row { words: "key show", shown: Shown::Inside, line: "show the fingerprint of a key, to be compared by voice",
        examples: &["cask key show", "cask key show work"],
        exits: DOES, leaf: leaf!(key::Show, key::show) },
    Row { words: "key import", shown: Shown::Inside, line: "take in an Ed25519 key: PKCS#8 PEM, OpenSSH, or the public half of an agent's key",
        examples: &["cask key import ~/.ssh/id_ed25519", "cask key import token.pub --name token"],
        exits: DOES, leaf: leaf!(key::Import, key::import) },
    Row { words: "key export", shown: Shown::Inside, line: "print the public half of a key, for the one who adds it",
        examples: &["cask key export --public", "cask key export --public work"],
        exits: DOES, leaf: leaf!(key::Export, key::export) },
    Row { words: "migrate", shown: Shown::More, line: "rewrite a toolpack of the old format",
        examples: &["cask migrate --toolpack toolpacks/shop --dry-run", "cask migrate --toolpack toolpacks/shop"],
        exits: DOES, leaf: leaf!(migrate::Args, migrate::run) },
    // Make and run
    Row { words: "mint", shown: Shown::Line(Group::Make), line: "make a toolpack of what describes an API or a server",
        examples: &["cask mint openapi.yaml -o toolpacks/shop", "cask mint openapi.yaml -a api.shop.example --scope agent_safe_readonly"],
        exits: MINTS, leaf: leaf!(mint::Args, mint::run) },
    Row { words: "demo", shown: Shown::Line(Group::Make), line: "see an attack, and the gate that stops it, in a scratch folder",
        examples: &["cask demo", "cask demo --keep"],
        exits: PLAYS, leaf: leaf!(demo::Args, demo::run) },
    Row { words: "init", shown: Shown::Line(Group::Make), line: "put a repository under the gate; exempt what it has for a while",
        examples: &["cask init", "cask init --id alice --github alice-gh --no-passphrase --yes"],
        exits: ADOPTS, leaf: leaf!(init::Args, init::run) },
    // Look closer
    Row { words: "rules", shown: Shown::Line(Group::Look), line: "every finding: what it means and what to do",
        examples: &["cask rules --axis capability --severity critical", "cask rules show gate.unapproved --format markdown"],
        exits: DOES, leaf: leaf!(rules::Args, rules::run) },
    // More
    Row { words: "explain", shown: Shown::More, line: "what a finding means and what to do",
        examples: &["cask explain gate.unapproved", "cask explain 683f3e2a3a70957c --report report.json"],
        exits: DOES, leaf: leaf!(explain::Args, explain::run) },
    Row { words: "schema", shown: Shown::More, line: "print the JSON Schema of a file that cask reads",
        examples: &["cask schema", "cask schema trust"],
        exits: DOES, leaf: leaf!(schema::Args, schema::run) },
    Row::parent("hook", Shown::More, "judge before a push: install, uninstall, run"),
    Row { words: "hook install", shown: Shown::Inside, line: "have git ask cask before each push, or commit",
        examples: &["cask hook install", "cask hook install --pre-push --chain"],
        exits: DOES, leaf: leaf!(hook::install::Install, hook::install::install) },
    Row { words: "hook uninstall", shown: Shown::Inside, line: "take the hooks away, and put back what was there before",
        examples: &["cask hook uninstall", "cask hook uninstall --pre-commit"],
        exits: DOES, leaf: leaf!(hook::install::Uninstall, hook::install::uninstall) },
    Row { words: "hook run", shown: Shown::Inside, line: "judge what is about to be pushed or committed, as `cask ci` will",
        examples: &["cask hook run", "cask hook run --stage pre-commit"],
        exits: JUDGES, leaf: leaf!(hook::run::Args, hook::run::run) },
    Row { words: "workflow", shown: Shown::Inside, line: "not built: it drove a program that nobody ships",
        examples: &["cask workflow", "cask --help-all"],
        exits: NEVER, leaf: leaf!(workflow::Args, workflow::run) },
];

/// Former spellings that still work; nothing is said about them. Those whose command does not exist yet
/// wait here.
#[rustfmt::skip]
pub const ALIASES: &[Alias] = &[
    ("plan", "diff"),
    ("approve sync", "gate sync"), ("approve list", "gate status"), ("approve tool", "gate allow"),
    ("approve reject", "gate block"), ("approve check", "gate check"), ("approve snapshot", "gate snapshot"),
    ("approve resign", "gate resign"),
    ("gate list", "gate status"), ("gate tool", "gate allow"), ("gate reject", "gate block"),
    ("gate reseal", "gate resign"),
    ("serve", "mcp serve"), ("inspect", "mcp inspect"), ("mcp meta", "mcp inspect"),
    ("scope merge", "scopes merge"), ("propose create", "propose from-capture"),
    ("openapi", "mint"), ("prove", "demo"), ("wow", "demo"),
    ("govern sync", "gate sync"), ("govern status", "gate status"), ("govern allow", "gate allow"),
    ("govern block", "gate block"), ("govern check", "gate check"),
];
