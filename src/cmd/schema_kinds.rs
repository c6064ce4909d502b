//! The kinds of files that have a JSON Schema (2020-12): one row each, for `cask schema`, docs/formats.md and
//! the hints that name one.

use schemars::{Schema, schema_for};
use serde_json::{Map, Value, json};

use crate::bundle::manifest::{self, Manifest};
use crate::cmd::doctor::shape::{Doctor, Protections};
use crate::cmd::handed::file::HandOver;
use crate::cmd::state::shape::Locks;
use crate::evidence::line::MAX_BUNDLE;
use crate::evidence::shape::Line;
use crate::evidence::signature::{self, SignatureFile};
use crate::model::compliance::Compliance;
use crate::model::gate_config::GateFile;
use crate::model::limits;
use crate::model::lockfile::Lockfile;
use crate::model::repair::Repair;
use crate::model::schema::baseline::BaselineFile;
use crate::model::schema::policy::PolicyFile;
use crate::model::schema::tools::ToolsFile;
use crate::model::schema::toolsets::ToolsetsFile;
use crate::model::schema_version::CURRENT;
use crate::model::snapshot::Digests;
use crate::model::toolpack::HeaderFile;
use crate::model::trust::TrustFile;
use crate::report::json::shape::Whole;

/// A kind of file with a schema.
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// The version of its format.
    pub version: &'static str,
    /// The name of such a file.
    pub file: &'static str,
    /// Where it lies, and what it is for: the beginning of its part of docs/formats.md.
    pub intro: &'static str,
    /// The most bytes of it that are read.
    pub limit: Option<usize>,
    /// Whether members that begin with `x-` are taken beside those that are listed.
    extensible: bool,
    make: fn() -> Schema,
}

/// Every kind that has a schema. A new one is a row.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "trust",
        version: "1",
        file: "trust.yaml",
        intro: "`.caskmcp/trust.yaml`: who may sign, with which keys, and how many it takes. Its own owners sign \
                it; it is read from the default branch, never from the change that is judged.",
        limit: Some(limits::SMALL),
        extensible: false,
        make: || schema_for!(TrustFile),
    },
    Kind {
        name: "gate",
        version: "1",
        file: "gate.yaml",
        intro: "`.caskmcp/gate.yaml`: what fails, what is suppressed and for how long, how long approvals live. \
                The owners sign it; it is read where the trust file is read. Without it its defaults hold.",
        limit: Some(limits::SMALL),
        extensible: false,
        make: || schema_for!(GateFile),
    },
    Kind {
        name: "toolpack",
        version: CURRENT,
        file: "toolpack.yaml",
        intro: "`toolpack.yaml` makes a folder a toolpack and names its other files. Part of the signed surface.",
        limit: Some(limits::SMALL),
        extensible: true,
        make: || schema_for!(HeaderFile),
    },
    Kind {
        name: "tools",
        version: CURRENT,
        file: "tools.json",
        intro: "`artifact/tools.json`: what an agent may call. Each action is signed with its tool, the rest with \
                the surface.",
        limit: Some(limits::TOOLS),
        extensible: false,
        make: || schema_for!(ToolsFile),
    },
    Kind {
        name: "toolsets",
        version: CURRENT,
        file: "toolsets.yaml",
        intro: "`artifact/toolsets.yaml`: named groups of tools. Part of the signed surface; each approval also \
                names the groups that its tool may be in.",
        limit: Some(limits::TOOLSETS),
        extensible: true,
        make: || schema_for!(ToolsetsFile),
    },
    Kind {
        name: "policy",
        version: CURRENT,
        file: "policy.yaml",
        intro: "`artifact/policy.yaml`: which calls are allowed, confirmed, limited or denied. Part of the signed \
                surface.",
        limit: Some(limits::POLICY),
        extensible: true,
        make: || schema_for!(PolicyFile),
    },
    Kind {
        name: "baseline",
        version: CURRENT,
        file: "baseline.json",
        intro: "`artifact/baseline.json`: the surface that the tools stand on. Each operation or entry is signed \
                with its tool, the rest with the surface; `observed` and the `summary` of the file are not signed.",
        limit: Some(limits::BASELINE),
        extensible: false,
        make: || schema_for!(BaselineFile),
    },
    Kind {
        name: "lockfile",
        version: CURRENT,
        file: "caskmcp.lock.yaml",
        intro: "`lockfile/caskmcp.lock.yaml`: who approved what. Written by `cask gate`; `status` and `digest` are \
                notes, computed anew and never believed.",
        limit: Some(limits::LOCKFILE),
        extensible: false,
        make: || schema_for!(Lockfile),
    },
    Kind {
        name: "snapshot",
        version: "1",
        file: "digests.json",
        intro: "`snapshot/digests.json`: which artifacts were approved together, written by `cask gate snapshot` \
                for comparisons without git.",
        limit: Some(limits::SMALL),
        extensible: false,
        make: || schema_for!(Digests),
    },
    Kind {
        name: "report",
        version: "1",
        file: "report.json",
        intro: "What `--format json` prints and `--output` writes. Members are only ever added.",
        limit: None,
        extensible: false,
        make: || schema_for!(Whole),
    },
    Kind {
        name: "shard",
        version: "1",
        file: "part.json",
        intro: "What `cask ci --shard K/N --output` writes and `cask report merge` reads, in the same version of cask: \
                everything that one machine found out. As confidential as the repository.",
        limit: Some(limits::SHARD),
        extensible: false,
        make: || schema_for!(HandOver),
    },
    Kind {
        name: "evidence",
        version: "1",
        file: "evidence.jsonl",
        intro: "`ev_….jsonl`, in the folder of `--evidence`: what was judged and what it came to, one line each, chained \
                by digests. The file is named by the digest of its last line ([evidence.md](evidence.md)).",
        limit: Some(MAX_BUNDLE),
        extensible: false,
        make: || schema_for!(Line),
    },
    Kind {
        name: "evidence-signature",
        version: "1",
        file: "evidence.sig.json",
        intro: "`ev_….sig.json`, beside an evidence bundle: who signed it. It approves nothing.",
        limit: Some(signature::MAX),
        extensible: false,
        make: || schema_for!(SignatureFile),
    },
    Kind {
        name: "bundle",
        version: "1",
        file: manifest::FILE,
        intro: "`BUNDLE_MANIFEST.json`, in what `cask bundle` writes: every file of it by its hash.",
        limit: Some(limits::SMALL),
        extensible: false,
        make: || schema_for!(Manifest),
    },
    Kind {
        name: "doctor",
        version: "1",
        file: "doctor.json",
        intro: "What `cask doctor --toolpack toolpacks/shop --format json` prints: what keeps a toolpack, or a tool of \
                it, from being served. Members are only ever added.",
        limit: None,
        extensible: false,
        make: || schema_for!(Doctor),
    },
    Kind {
        name: "protections",
        version: "1",
        file: "protections.json",
        intro: "What `cask doctor --github --format json` prints: which rules on GitHub keep a change from taking the \
                gate away, which are missing, and which could not be seen. Members are only ever added.",
        limit: None,
        extensible: false,
        make: || schema_for!(Protections),
    },
    Kind {
        name: "compliance",
        version: "1",
        file: "compliance.json",
        intro: "What `cask compliance report --toolpack toolpacks/shop --format json` prints: claims about a toolpack, each \
                with its state and its evidence, and the facts that they rest on. Members are only ever added.",
        limit: None,
        extensible: false,
        make: || schema_for!(Compliance),
    },
    Kind {
        name: "repair",
        version: "1",
        file: "repair.json",
        intro: "What `cask repair --toolpack toolpacks/shop --format json` prints: what is wrong with a toolpack, and which \
                commands would help. Members are only ever added.",
        limit: None,
        extensible: false,
        make: || schema_for!(Repair),
    },
    Kind {
        name: "state",
        version: "1",
        file: "state.json",
        intro: "What `cask state status --format json` prints: the locks below the state folder, and who holds them. \
                Members are only ever added.",
        limit: None,
        extensible: false,
        make: || schema_for!(Locks),
    },
];

impl Kind {
    /// The file under docs/schemas that holds it.
    pub fn path(&self) -> String {
        format!("{}-{}.schema.json", self.name, self.version)
    }

    /// The schema.
    pub fn schema(&self) -> Value {
        let mut schema = (self.make)();
        schema.insert("title".to_owned(), format!("{} ({})", self.file, self.version).into());
        let mut value = schema.to_value();
        if self.extensible {
            let objects = value.pointer_mut("/$defs").and_then(Value::as_object_mut).map(Map::values_mut);
            objects.into_iter().flatten().for_each(extend);
            extend(&mut value);
        }
        value
    }

    /// The schema as JSON text.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.schema())
            .expect("a schema holds texts, numbers and lists of them");
        text.push('\n');
        text
    }
}

/// Lets an object that is closed take members that begin with `x-`.
fn extend(schema: &mut Value) {
    if let Value::Object(members) = schema
        && members.get("additionalProperties") == Some(&Value::Bool(false))
    {
        members.insert("patternProperties".to_owned(), json!({"^x-": true}));
    }
}
