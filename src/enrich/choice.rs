//! The words of a command line in, the tools that are asked about out.

use std::collections::{BTreeSet, HashMap};

use crate::canon::Node;
use crate::model::risk::ToolKind;
use crate::model::tool::Tool;
use crate::model::toolpack::Toolpack;

/// Which tools are asked about.
#[derive(Debug, Clone)]
pub struct Choice<'a> {
    /// They, in the order of the file.
    pub tools: Vec<&'a Tool>,
    /// How many were not taken because a server says their texts.
    pub served: usize,
    /// How many were not taken because a model wrote their texts already.
    pub enriched: usize,
}

/// Why nothing is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unchosen {
    /// There is no tool of this name or id.
    Unknown(String),
    /// The server of this tool says its texts: in tools.json there are none.
    Served(String),
}

/// Whether a model wrote the texts of a tool.
pub fn is_enriched(tool: &Tool) -> bool {
    tool.raw.get("enriched").and_then(Node::as_bool) == Some(true)
}

/// The tools that are named, by name or id; where none is, all whose texts no model wrote.
///
/// # Errors
/// A word that is no tool, or one whose texts do not stand here.
pub fn choose<'a>(pack: &'a Toolpack, words: &[String]) -> Result<Choice<'a>, Unchosen> {
    let tools = &pack.manifest.tools;
    if words.is_empty() {
        let (own, served): (Vec<&Tool>, Vec<&Tool>) =
            tools.iter().partition(|tool| tool.kind == ToolKind::Http);
        let (enriched, tools): (Vec<&Tool>, Vec<&Tool>) = own.into_iter().partition(|tool| is_enriched(tool));
        return Ok(Choice { tools, served: served.len(), enriched: enriched.len() });
    }
    let mut known: HashMap<&str, usize> = HashMap::with_capacity(2 * tools.len());
    tools.iter().enumerate().for_each(|(at, tool)| _ = known.insert(&tool.id, at));
    // A name that is another tool's id means the name: that is what people see.
    tools.iter().enumerate().for_each(|(at, tool)| _ = known.insert(&tool.name, at));
    let mut chosen = BTreeSet::new();
    for word in words {
        let at = *known.get(word.as_str()).ok_or_else(|| Unchosen::Unknown(word.clone()))?;
        if tools[at].kind != ToolKind::Http {
            return Err(Unchosen::Served(word.clone()));
        }
        chosen.insert(at);
    }
    Ok(Choice { tools: chosen.into_iter().map(|at| &tools[at]).collect(), served: 0, enriched: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing_pack::PackText;
    use serde_json::json;

    #[test]
    fn without_names_all_that_no_model_wrote_are_chosen_and_each_named_one_once() {
        let pack =
            PackText::shop().edit(|p| p.action("list_products")["enriched"] = json!(true)).read().unwrap();
        let names = |choice: &Choice| choice.tools.iter().map(|t| t.name.clone()).collect::<Vec<_>>();
        let all = choose(&pack, &[]).unwrap();
        assert_eq!((names(&all).contains(&"list_products".to_owned()), all.enriched), (false, 1));
        assert_eq!(all.tools.len() + 1, pack.manifest.tools.len());
        let id = pack.manifest.tools.iter().find(|t| t.name == "list_products").unwrap().id.clone();
        let named = choose(&pack, &["list_products".to_owned(), id]).unwrap();
        assert_eq!(names(&named), ["list_products"], "asked again");
        assert_eq!(choose(&pack, &["none".to_owned()]).unwrap_err(), Unchosen::Unknown("none".to_owned()));
    }
}
