//! A command to paste, and where whoever pastes it stands: paths are kept from the root of the repository, where reports
//! travel, and are told as the way there from the folder of a reader who has one.

use crate::canon::visible::is_shell_path;

/// What stands for a path that no shell takes as one plain word, or to which there is no way.
const BLANK: &str = "<folder>";

/// A command. What it says beside its paths holds only names that are safe in a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Say(String),
    /// From the root of the repository.
    Path(String),
}

impl Command {
    /// Words of ours.
    pub fn say(words: impl Into<String>) -> Command {
        Command(vec![Part::Say(words.into())])
    }

    /// And more of them.
    pub fn and_say(mut self, words: impl Into<String>) -> Command {
        self.0.push(Part::Say(words.into()));
        self
    }

    /// And a path from the root; empty for the root itself.
    pub fn and_path(mut self, path: impl Into<String>) -> Command {
        self.0.push(Part::Path(path.into()));
        self
    }

    /// And the toolpack in this folder.
    pub fn toolpack(self, folder: impl Into<String>) -> Command {
        self.and_say("--toolpack").and_path(folder)
    }

    /// Whether it is the command of these words.
    pub fn is(&self, words: &str) -> bool {
        matches!(self.0.first(), Some(Part::Say(first)) if first == words)
    }

    /// As it is pasted by somebody who stands there.
    pub fn from(&self, here: &Here) -> String {
        let words = self.0.iter().map(|part| match part {
            Part::Say(words) => words.clone(),
            Part::Path(path) => here.typed(path).unwrap_or_else(|| BLANK.to_owned()),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    /// As it is pasted at the root.
    pub fn at_root(&self) -> String {
        self.from(&Here::default())
    }
}

/// The folder in which a reader stands, as seen from the root of the repository; the root, unless it is known better.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Here {
    /// Folders from what both have in common down to where the reader is.
    down: Vec<String>,
    /// Folders from there down to the root.
    root: Vec<String>,
}

impl Here {
    /// Where somebody in the first folder stands to a repository at the second: both whole, folder by folder.
    pub fn between(here: &[String], root: &[String]) -> Here {
        let same = here.iter().zip(root).take_while(|(a, b)| a == b).count();
        Here { down: here[same..].to_vec(), root: root[same..].to_vec() }
    }

    /// The way to a path that is from the root.
    pub fn way(&self, path: &str) -> String {
        let down: Vec<&str> = self.down.iter().map(String::as_str).collect();
        let steps = path.split('/').filter(|step| !step.is_empty() && *step != ".");
        let to: Vec<&str> = self.root.iter().map(String::as_str).chain(steps).collect();
        let same = down.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let way: Vec<&str> =
            std::iter::repeat_n("..", down.len() - same).chain(to[same..].iter().copied()).collect();
        if way.is_empty() { ".".to_owned() } else { way.join("/") }
    }

    /// The way as a command takes it; none where a shell would read more in it than a word.
    pub fn typed(&self, path: &str) -> Option<String> {
        Some(self.way(path)).filter(|way| is_shell_path(way))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(cwd: &str, root: &str) -> Here {
        let folders = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
        Here::between(&folders(cwd), &folders(root))
    }

    #[test]
    fn a_path_is_the_way_there_from_where_the_reader_stands() {
        for (cwd, path, way) in [
            ("/r", "packs/shop", "packs/shop"),
            ("/r", "", "."),
            ("/r", ".", "."),
            ("/r/a", "", ".."),
            ("/r/a/b", "packs/shop", "../../packs/shop"),
            ("/r/packs", "packs/shop", "shop"),
            ("/r/packs/shop", "packs/shop", "."),
            ("/r/packs/shop/x", "packs/shop", ".."),
            ("/r/packs/shopping", "packs/shop", "../shop"),
            ("/r/packs", ".caskmcp/toolpacks/shop", "../.caskmcp/toolpacks/shop"),
            ("/home", "packs/shop", "../r/packs/shop"),
        ] {
            assert_eq!(here(cwd, "/r").way(path), way, "{cwd} {path}");
        }
        assert_eq!(Here::default().way("packs/shop"), "packs/shop");
    }

    #[test]
    fn a_command_holds_no_path_that_a_shell_reads_more_in() {
        let of = |path: &str| Command::say("cask gate allow x").toolpack(path).and_say("--expires 180d");
        assert_eq!(of("packs/shop").at_root(), "cask gate allow x --toolpack packs/shop --expires 180d");
        assert_eq!(of("").at_root(), "cask gate allow x --toolpack . --expires 180d");
        assert_eq!(
            of("-x/y").from(&here("/r/a", "/r")),
            "cask gate allow x --toolpack ../-x/y --expires 180d"
        );
        for odd in ["a b", "$(x)", "-x", "a;b", "~"] {
            assert_eq!(of(odd).at_root(), "cask gate allow x --toolpack <folder> --expires 180d", "{odd}");
        }
        assert_eq!(
            of("p").from(&here("/home", "/my files/r")),
            "cask gate allow x --toolpack <folder> --expires 180d"
        );
    }
}
