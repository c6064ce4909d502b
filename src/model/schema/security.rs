//! Ways to prove who calls, as the baseline and the tools name them.

use std::collections::BTreeMap;

/// Any one of which does: scheme to scopes. An empty list: none is asked for.
pub type Security = Vec<BTreeMap<String, Vec<String>>>;
