//! Commits and their files, wherever they are: in a clone, on the server, or some here and some there.

use std::sync::Arc;

use super::git::Repo;
use super::oid::Oid;
use super::remote::Remote;
use super::tree::Tree;

/// Where commits are read.
#[derive(Clone)]
pub enum Commits {
    /// In a clone.
    Here(Repo),
    /// In a clone; what it lacks, on the server.
    Both(Repo, Arc<dyn Remote>),
    /// On the server: there is no clone, or none that may be looked at.
    There(Arc<dyn Remote>),
}

impl Commits {
    /// The clone, where there is one.
    pub fn repo(&self) -> Option<&Repo> {
        match self {
            Commits::Here(repo) | Commits::Both(repo, _) => Some(repo),
            Commits::There(_) => None,
        }
    }

    /// The files of a commit. Nothing is read yet.
    pub fn tree(&self, commit: &Oid) -> Tree {
        match self {
            Commits::Here(repo) => Tree::git(repo, commit),
            Commits::Both(repo, _) if matches!(repo.has(commit), Ok(true)) => Tree::git(repo, commit),
            Commits::Both(repo, remote) => Tree::remote(remote.clone(), Some(repo), commit),
            Commits::There(remote) => Tree::remote(remote.clone(), None, commit),
        }
    }
}
