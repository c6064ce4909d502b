//! An endpoint in, what nobody knows of it yet out, each with what would tell.

use super::family::Family;
use crate::canon::digest::{sha256_hex, short};
use crate::model::risk::RiskTier;
use crate::model::seen::Variety;

/// Something that a capture should show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `q_` and 8 hex digits.
    pub id: String,
    /// The endpoint.
    pub family_id: String,
    /// 1 of what is grave, else 2.
    pub priority: u8,
    /// What to do.
    pub prompt: String,
    /// The path that it is about, with placeholders.
    pub capture_hint: String,
}

/// The questions about an endpoint, each once.
pub fn of(family: &Family) -> Vec<Question> {
    let address = family.address();
    let mut prompts = Vec::new();
    if family.observed < 2 {
        prompts.push(format!("Capture more calls of {address}: one tells little."));
    }
    if family.answered == 0 {
        prompts.push(format!("Capture a call of {address} that is answered with success."));
    }
    let same = |p: &&super::parameter::Parameter| p.resolver.is_none() && p.is_pointer();
    if let Some(parameter) = family.parameters.iter().find(same).filter(|p| p.variety != Variety::Many) {
        prompts.push(format!("Capture {address} with another {}.", parameter.name));
    }
    if family.is_graphql && family.operations().count() <= 1 {
        prompts.push(format!("Use more of what asks {address}: one operation is known."));
    }
    for (parameter, resolver) in family.parameters.iter().filter_map(|p| Some((p, p.resolver?))) {
        prompts.push(format!(
            "Look whether {} of {address} is found: {}.",
            parameter.name, resolver.description
        ));
    }
    let priority = if family.tier >= RiskTier::High { 1 } else { 2 };
    let made = prompts.into_iter().map(|prompt| Question {
        id: format!("q_{}", short(&sha256_hex(format!("{}|{prompt}", family.id).as_bytes()), 8)),
        family_id: family.id.clone(),
        priority,
        prompt,
        capture_hint: family.path.clone(),
    });
    made.collect()
}
