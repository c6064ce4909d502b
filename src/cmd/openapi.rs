//! `cask openapi export`: what a toolpack locks of an API, as the document that everybody's tools read. Made of the
//! artifacts alone; nothing is fetched, and nobody signs it.

use std::path::PathBuf;

use super::ctx::Ctx;
use super::failed::{Failed, Outcome};
use super::options::PackArgs;
use super::packs;
use crate::canon::Node;
use crate::canon::emit::{emit_json, emit_yaml};
use crate::io::fs::write_atomic;
use crate::io::load;
use crate::mint::emit::contract::{documents, has_fraction};
use crate::model::schema_version::Generation;

/// Hosts that are named where one has to be chosen.
const NAMED: usize = 20;

/// How it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Json,
    Yaml,
}

/// Options of `openapi export`.
#[derive(Debug, clap::Args)]
pub struct Export {
    /// Toolpack: its folder or its toolpack.yaml
    #[arg(long, value_name = "PATH")]
    toolpack: PathBuf,
    /// Host that the document is about, where the toolpack has several
    #[arg(long, value_name = "HOST")]
    host: Option<String>,
    /// json or yaml (default: as the name of the file ends, else json)
    #[arg(long, value_name = "FORMAT", value_enum, hide_possible_values = true)]
    format: Option<Format>,
    /// Write it there; - is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// It is no toolpack of version 2, it has no operation, or several hosts and none was named.
pub fn export(args: Export, ctx: &mut Ctx) -> Outcome {
    let shown = args.toolpack.display().to_string();
    let asked = PackArgs { toolpack: vec![args.toolpack.clone()], lockfile: None };
    let place = packs::find(&asked, ctx)?;
    let pack = load::toolpack(&place.tree, &place.found[0].header)?.pack;
    if pack.header.generation == Generation::V1 {
        return Err(Failed::new("input", &shown, "it is of version 1, which does not hold its API whole")
            .hint(format!("cask migrate --toolpack {shown}")));
    }

    let document = chosen(documents(&pack), args.host.as_deref(), &shown)?;
    let ends = args.output.extension().and_then(|end| end.to_str());
    let by_name = if matches!(ends, Some("yaml" | "yml")) { Format::Yaml } else { Format::Json };
    let text = match args.format.unwrap_or(by_name) {
        Format::Json => emit_json(&document),
        Format::Yaml if has_fraction(&document) => {
            return Err(Failed::new("input", &shown, "it has fractions, which our YAML has no form for")
                .hint("--format json, or a file that ends in .json"));
        }
        Format::Yaml => emit_yaml(&document),
    };

    if args.output.as_os_str() == "-" {
        ctx.print(&text)?;
        return Ok(0);
    }
    write_atomic(&ctx.cwd.join(&args.output), text.as_bytes())?;
    let output = ctx.paint().text(&args.output.display().to_string(), 400);
    ctx.print(&format!("Exported OpenAPI 3.1: {output}\n"))?;
    Ok(0)
}

/// The document of the one host, or of the one that was named.
fn chosen(documents: Vec<(String, Node)>, host: Option<&str>, shown: &str) -> Result<Node, Failed> {
    let hosts: Vec<&str> = documents.iter().map(|(host, _)| host.as_str()).collect();
    let known = hosts.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    let failed = match (hosts.as_slice(), host) {
        ([], _) => Err(Failed::new("input", shown, "it locks no operation of an HTTP API")
            .hint("tools of servers and pages have no OpenAPI document")),
        ([_], None) => Ok(0),
        (_, Some(host)) => hosts.iter().position(|known| *known == host).ok_or_else(|| {
            Failed::new("input", shown, format!("it locks nothing on the host {host:?}"))
                .looked("it has", &known)
        }),
        (_, None) => Err(Failed::new("usage", shown, "it has several hosts, and a document is about one")
            .looked("it has", &known)
            .hint("--host HOST")),
    };
    let at = failed?;
    documents
        .into_iter()
        .nth(at)
        .map(|(_, document)| document)
        .ok_or_else(|| Failed::new("input", shown, "nothing"))
}
