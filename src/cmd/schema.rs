//! `cask schema`: the JSON Schema (2020-12) of the files that cask reads, for editors and other programs.

use crate::cmd::ctx::Ctx;
use crate::cmd::failed::{Failed, Outcome};
use crate::cmd::schema_kinds::KINDS;

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
        None => KINDS.iter().map(|k| format!("{:<11} {:<4} {}\n", k.name, k.version, k.file)).collect(),
        Some(name) => match KINDS.iter().find(|kind| kind.name == name) {
            Some(kind) => kind.text(),
            None => {
                let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
                return Err(Failed::new("usage", "", format!("no schema is called {name:?}"))
                    .meant(&name, names.iter().copied(), |near| format!("cask schema {near}"))
                    .hint(format!("name one of {}", names.join(", "))));
            }
        },
    };
    ctx.print(&text)?;
    Ok(0)
}
