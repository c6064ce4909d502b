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
/// (the same), an alias, or its name.
///
/// # Errors
/// A word that names nothing or several tools.
pub fn one(scene: &Scene, word: &str) -> Result<String, Unknown> {
    if matches!(word, SURFACE | "(surface)") {
        return Ok(SURFACE.to_owned());
    }
    let tools = &scene.pack.manifest.tools;
    if let Some(tool) = scene.tool(word) {
        return Ok(tool.id.clone());
    }
    for hit in [
        tools.iter().filter(|t| t.aliases.iter().any(|a| a == word)).collect::<Vec<_>>(),
        tools.iter().filter(|t| t.name == word).collect(),
    ] {
        match hit.as_slice() {
            [] => {}
            [tool] => return Ok(tool.id.clone()),
            several => {
                let ids = several.iter().map(|t| t.id.clone()).collect();
                return Err(Unknown::Several { word: word.to_owned(), ids });
            }
        }
    }
    let near = near(word, tools.iter().map(|tool| tool.name.as_str()));
    Err(Unknown::Nothing { word: word.to_owned(), near: near.into_iter().map(str::to_owned).collect() })
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;

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
    }
}
