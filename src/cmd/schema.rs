//! `cask schema`: the JSON Schema (2020-12) of the files that cask reads, for editors and other programs.

use schemars::{Schema, schema_for};

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::model::gate_config::GateFile;
use crate::model::lockfile::Lockfile;
use crate::model::toolpack::HeaderFile;
use crate::model::trust::TrustFile;

/// A kind of file with a schema.
pub struct Kind {
    /// Its name on the command line.
    pub name: &'static str,
    /// The version of its format.
    pub version: &'static str,
    /// What it is.
    pub about: &'static str,
    make: fn() -> Schema,
}

/// Every kind that has a schema. A new one is a row.
pub const KINDS: &[Kind] = &[
    Kind { name: "trust", version: "1", about: ".caskmcp/trust.yaml", make: || schema_for!(TrustFile) },
    Kind { name: "gate", version: "1", about: ".caskmcp/gate.yaml", make: || schema_for!(GateFile) },
    Kind { name: "toolpack", version: "2.0", about: "toolpack.yaml", make: || schema_for!(HeaderFile) },
    Kind { name: "lockfile", version: "2.0", about: "caskmcp.lock.yaml", make: || schema_for!(Lockfile) },
];

impl Kind {
    /// The file under docs/schemas that holds it.
    pub fn file(&self) -> String {
        format!("{}-{}.schema.json", self.name, self.version)
    }

    /// The schema as JSON text.
    pub fn text(&self) -> String {
        let mut schema = (self.make)();
        schema.insert("title".to_owned(), format!("{} ({})", self.about, self.version).into());
        let mut text = serde_json::to_string_pretty(schema.as_value())
            .expect("a schema holds texts, numbers and lists of them");
        text.push('\n');
        text
    }
}

/// Options.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kind of file; without one, the kinds are listed
    #[arg(value_name = "KIND")]
    kind: Option<String>,
}

/// Lists the kinds, or prints a schema.
///
/// # Errors
/// No kind of that name.
pub fn run(args: Args, ctx: &mut Ctx) -> Outcome {
    let text = match args.kind {
        None => KINDS.iter().map(|k| format!("{:<10} {:<4} {}\n", k.name, k.version, k.about)).collect(),
        Some(name) => match KINDS.iter().find(|kind| kind.name == name) {
            Some(kind) => kind.text(),
            None => {
                let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
                return Err(Failed::new("usage", "", format!("no schema is called {name:?}"))
                    .hint(format!("cask schema KIND, with KIND one of {}", names.join(", "))));
            }
        },
    };
    ctx.print(&text)?;
    Ok(0)
}
