//! What lies around a toolpack that somebody decides on: the names of the tools of the others. A text that speaks of one of
//! them steers what is none of its business.

use crate::canon::Fault;
use crate::cmd::failed::Failed;
use crate::cmd::gate::desk::{Desk, PackAt};
use crate::io::beyond::tool_names;
use crate::io::load;
use crate::io::tree::Tree;
use crate::model::phrase::Phrase;

/// The tools of the toolpacks of a tree, by name.
#[derive(Debug, Default)]
pub struct Around {
    /// By the path of the toolpack.yaml.
    names: Vec<(String, Vec<String>)>,
    /// Why others can't be read.
    pub unread: Vec<Fault>,
}

impl Around {
    /// Reads the names of all toolpacks of the work tree but of one that is decided on alone.
    ///
    /// # Errors
    /// The work tree can't be listed.
    pub fn read(desk: &Desk) -> Result<Around, Failed> {
        match desk.packs.as_slice() {
            [alone] => Around::beside(&desk.place.tree, &[&alone.header]),
            _ => Around::beside(&desk.place.tree, &[]),
        }
    }

    /// Reads the names of all toolpacks of a tree but of some, by the paths of their toolpack.yaml.
    ///
    /// # Errors
    /// The tree can't be listed.
    pub fn beside(tree: &Tree, own: &[&str]) -> Result<Around, Failed> {
        let mut headers = load::headers(tree)?;
        headers.retain(|header| !own.contains(&header.as_str()));
        let all: Vec<&str> = headers.iter().map(String::as_str).collect();
        if let Ok(names) = tool_names(tree, &all) {
            return Ok(Around { names: headers.into_iter().zip(names).collect(), unread: Vec::new() });
        }
        // One that can't be read hides no other.
        let mut around = Around::default();
        for header in headers {
            match tool_names(tree, &[&header]) {
                Ok(names) => around.names.extend(names.into_iter().map(|names| (header.clone(), names))),
                Err(fault) => around.unread.push(fault),
            }
        }
        Ok(around)
    }

    /// The names of the tools of all toolpacks but one.
    pub fn of(&self, at: &PackAt) -> Vec<&str> {
        let others = self.names.iter().filter(|(header, _)| *header != at.header);
        others.flat_map(|(_, names)| names.iter().map(String::as_str)).collect()
    }

    /// All that were read.
    pub fn names(&self) -> Vec<&str> {
        self.names.iter().flat_map(|(_, names)| names.iter().map(String::as_str)).collect()
    }

    /// What is not known because of toolpacks that can't be read.
    pub fn not_looked_at(&self) -> impl Iterator<Item = Phrase> {
        let told = |fault: &Fault| {
            Phrase::say("whether texts speak of the tools of ")
                .and_quote(&fault.file)
                .and_say(", which can't be read")
        };
        self.unread.iter().map(told)
    }
}
