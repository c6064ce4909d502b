//! INSPECT: a toolpack in, answers about it out, over MCP. Reads files again when they change; writes nothing but
//! what was asked, where somebody wants that written, calls nobody, and has nothing that could sign.

pub mod answers;
pub mod looked;
pub mod offered;
pub mod page;
pub mod policy;
pub mod schemas;
pub mod server;
