//! Subjects and places in configurations of clients.

use crate::model::client::{ClientFile, Server};
use crate::model::finding::{Place, Side, Subject, SubjectKind};

/// A configuration, or what is called so in it.
pub fn subject(file: &ClientFile, name: &str) -> Subject {
    Subject {
        path: String::new(),
        toolpack: String::new(),
        kind: SubjectKind::Client,
        id: if name.is_empty() { file.path.clone() } else { format!("{}#{name}", file.path) },
        name: if name.is_empty() { file.path.clone() } else { name.to_owned() },
    }
}

/// A place in a configuration.
pub fn place(file: &ClientFile, pointer: &str, side: Side) -> Place {
    Place { file: file.path.clone(), line: file.line(pointer), pointer: pointer.to_owned(), side }
}

/// A place below a server.
pub fn below(file: &ClientFile, server: &Server, part: &str, side: Side) -> Place {
    place(file, &format!("{}{part}", server.pointer), side)
}
