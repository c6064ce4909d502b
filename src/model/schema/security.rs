//! What a caller must prove, as operations and actions name it.

use std::collections::BTreeMap;

/// Ways to prove who calls, any one of which does: scheme to scopes. An empty list: none is asked for.
pub type Security = Vec<BTreeMap<String, Vec<String>>>;
