//! A document in, its surface out: each part is read by the file beside this one that is named after it.

use super::bodies::Reader;
use super::document::Document;
use super::made::Made;
use super::operations::Operations;
use super::schemas::Schemas;
use super::security;
use super::servers;
use crate::canon::{Fault, Node};
use crate::model::baseline::Baseline;
use crate::model::origin::Origins;
use crate::model::schema_version::CURRENT;
use crate::source::sourced::{Notes, Options, Sourced};

/// Whether a document is an OpenAPI description of any version.
pub(super) fn sniff(document: &Node) -> bool {
    let tells = |key: &str| document.get(key).is_some_and(|version| !version.is_map());
    tells("openapi") || tells("swagger")
}

/// Reads a description.
///
/// # Errors
/// A version that is not known, a part of another kind than it must be, operations that cannot be found, or more
/// of it than is read.
pub(super) fn read(file: &str, root: &Node, options: &Options) -> Result<Sourced, Fault> {
    let document = Document::new(file, root, options.files)?;
    let (mut notes, mut origins) = (Notes::default(), Origins::default());
    let mut schemas = Schemas::new(&document);
    let schemes = security::schemes(&document, &mut schemas, &mut notes)?;
    let servers = servers::Reader { version: document.version, host: options.host };
    let mut operations = Operations::new(&servers, file);
    operations.read(&mut Reader { document: &document, schemas: &mut schemas, notes: &mut notes })?;

    let hostless = operations.assumed;
    let mut made = Made::new(root.line);
    made.put("schema_version", Node::text(CURRENT));
    made.put_filled("security_schemes", schemes);
    let mut by_key = Made::new(root.line);
    for (key, node, origin) in operations.finish() {
        origins.put("operations", &key, origin);
        by_key.put(key, node);
    }
    made.put("operations", by_key.node());
    let defs = schemas.finish(&mut origins, &mut notes)?;
    if !defs.members().is_empty() {
        made.put("$defs", defs);
    }
    let baseline = Baseline::read(file, made.node())?;
    Ok(Sourced { baseline, origins, hostless, notes: notes.into_list() })
}
