//! What earlier commands and servers left behind about a toolpack: the audit trail, and reports that were kept. For
//! commands that tell of a toolpack as it stands.

mod name;
pub mod reports;
pub mod trail;
