//! A call where only reading is allowed in; whether it reads and needs nobody, out. What a tool says that it does, what its
//! method says, and what the policy says of the very call have to agree.

use crate::enforce::decide::Weighed;
use crate::enforce::reason::{ReasonCode, Refusal};
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;

/// Methods that are sent where only reading is allowed.
const READING: [&str; 2] = ["GET", "HEAD"];

/// That a tool is called by a method that reads.
///
/// # Errors
/// It is another one, or the tool is one of a server, of which nobody can tell.
pub fn by_method(tool: &Tool) -> Result<(), Refusal> {
    let why = match tool.kind {
        ToolKind::Http if READING.contains(&tool.method.as_str()) => return Ok(()),
        ToolKind::Http => "only GET and HEAD are sent here, and the tool is called otherwise",
        ToolKind::Mcp | ToolKind::WebMcp => {
            "only GET and HEAD are sent here, and the tool is one of a server"
        }
    };
    Err(Refusal::new(ReasonCode::MethodNotAllowed, why))
}

/// That a call changes nothing, and that the policy lets it go without a person.
///
/// # Errors
/// It does not.
pub fn as_weighed(weighed: &Weighed) -> Result<(), Refusal> {
    if weighed.changes_state {
        let why = "only calls that read are made here, and this one changes something";
        return Err(Refusal::new(ReasonCode::MethodNotAllowed, why));
    }
    match weighed.confirm {
        Some(_) => Err(Refusal::new(
            ReasonCode::ConfirmationRequired,
            "a person has to confirm the call, and nobody is asked here",
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::testing_pack::PackText;

    #[test]
    fn only_reads_that_need_nobody_go() {
        let of = |method: &str| {
            let pack = PackText::shop().edit(|p| p.action("list_products")["method"] = method.into()).build();
            by_method(pack.manifest.tool("id-list_products").unwrap()).map_err(|refusal| refusal.code)
        };
        for (method, goes) in
            [("GET", true), ("HEAD", true), ("POST", false), ("OPTIONS", false), ("get", true)]
        {
            assert_eq!(of(method).is_ok(), goes, "{method}");
        }
        let weighed = |changes_state, confirm: Option<&str>| {
            let made = Weighed {
                ttl: None,
                confirm: confirm.map(str::to_owned),
                changes_state,
                limits: Vec::new(),
                redactions: BTreeSet::new(),
                audit: None,
                rules: Vec::new(),
            };
            as_weighed(&made).map_err(|refusal| refusal.code)
        };
        assert_eq!(weighed(false, None), Ok(()));
        assert_eq!(weighed(true, None), Err(ReasonCode::MethodNotAllowed));
        assert_eq!(weighed(false, Some("sure?")), Err(ReasonCode::ConfirmationRequired));
    }
}
