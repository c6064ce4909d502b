//! From the words that a person types to subjects: all of them are known, or nothing happens.

use super::scene::Scene;
use crate::canon::near::near;
use crate::sign::subject::SURFACE;

/// A word that names no subject, or more than one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unknown {
    /// Nothing has this name; names that are near.
    Nothing {
        /// As typed.
        word: String,
        /// Names of tools that resemble it: strangers' words.
        near: Vec<String>,
    },
    /// Several tools have it; their ids.
    Several {
        /// As typed.
        word: String,
        /// Their ids.
        ids: Vec<String>,
    },
}

/// The id that a word stands for: of the surface for `surface`, else of a tool by its id, its key in the lockfile
/// (the same), its name, or an alias. What means several means none: a tool that its author gave the name or the alias of
/// another subject takes nobody's approval.
///
/// # Errors
/// A word that names nothing or several tools.
pub fn one(scene: &Scene, word: &str) -> Result<String, Unknown> {
    let tools = &scene.pack.manifest.tools;
    if let Some(tool) = scene.tool(word) {
        return Ok(tool.id.clone());
    }
    let of_surface = matches!(word, SURFACE | "(surface)").then(|| SURFACE.to_owned());
    let called = tools.iter().filter(|t| t.name == word || t.aliases.iter().any(|a| a == word));
    let ids: Vec<String> = of_surface.into_iter().chain(called.map(|t| t.id.clone())).collect();
    match ids.as_slice() {
        [] => {}
        [id] => return Ok(id.clone()),
        _ => return Err(Unknown::Several { word: word.to_owned(), ids }),
    }
    let near = near(word, tools.iter().map(|tool| tool.name.as_str()));
    Err(Unknown::Nothing { word: word.to_owned(), near: near.into_iter().map(str::to_owned).collect() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::canon::Node;

    #[test]
    fn ids_names_and_the_surface_are_found_and_a_slip_gets_a_hint() {
        let trust = trust(|t| t);
        over(&shop(), None, &trust, at(0), |scene| {
            let found = |word: &str| one(scene, word);
            assert_eq!(found("get_user").as_deref(), Ok(GET_USER));
            assert_eq!(found(GET_USER).as_deref(), Ok(GET_USER));
            assert_eq!(found("surface").as_deref(), Ok(SURFACE));
            let near = |list: &[&str]| list.iter().map(|n| n.to_string()).collect::<Vec<_>>();
            let nothing = |word: &str, n: &[&str]| Err(Unknown::Nothing { word: word.into(), near: near(n) });
            assert_eq!(found("get_usre"), nothing("get_usre", &["get_user"]));
            assert_eq!(found("zzz"), nothing("zzz", &[]));
        });
        // A tool that gives itself the name of another subject.
        let named = shop_with(GET_USER, "aliases", Node::texts([SURFACE, "get_person"]));
        over(&named, None, &trust, at(0), |scene| {
            assert!(
                matches!(one(scene, SURFACE), Err(Unknown::Several { ids, .. }) if ids == [SURFACE, GET_USER])
            );
            assert_eq!(one(scene, "get_person").as_deref(), Ok(GET_USER));
        });
        let aliased = shop_with(GET_USER, "aliases", Node::texts(["issue_refund"]));
        over(&aliased, None, &trust, at(0), |scene| {
            assert!(
                matches!(one(scene, "issue_refund"), Err(Unknown::Several { ids, .. }) if ids.len() == 2)
            );
        });
    }
}
