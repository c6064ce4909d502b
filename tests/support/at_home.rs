//! A home as a person has it, for clients that hand down few variables.

use std::path::PathBuf;

use super::support::Place;

/// Puts what a person has where it is without variables: clients hand only some of them down to servers.
pub fn at_home(place: &Place) -> PathBuf {
    let home = place.dir.path().join(&place.person);
    for (from, to) in [("config", ".config"), ("state", ".local/state")] {
        if home.join(from).exists() {
            let to = home.join(to);
            std::fs::create_dir_all(to.parent().expect("a parent")).expect("folders");
            std::fs::rename(home.join(from), to).expect("it moves");
        }
    }
    home
}
