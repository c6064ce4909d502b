//! Files of a commit that is not in this clone, from whoever has them: a listing, and bytes by their name.

use super::batch::{Answer, Want};
use super::failure::Failure;
use super::git::Repo;
use super::oid::Oid;

/// Whoever has commits that are not here.
pub trait Remote: Send + Sync {
    /// All files and folders of a commit, as `git ls-tree -r -t -z` prints them.
    ///
    /// # Errors
    /// It can't be asked, refuses, or does not have all of them.
    fn listing(&self, commit: &Oid) -> Result<Vec<u8>, Failure>;

    /// The bytes of a file by the name of its content, where it has at most `limit` of them.
    ///
    /// # Errors
    /// It can't be asked, refuses, or does not have it.
    fn blob(&self, oid: &Oid, limit: usize) -> Result<Blob, Failure>;
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blob {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// It has as many, which is over the limit.
    TooLarge(u64),
}

/// Reads objects: what the clone has from there, the rest from the server, one after the other.
pub(super) fn read(remote: &dyn Remote, repo: Option<&Repo>, wants: &[Want]) -> Result<Vec<Answer>, String> {
    let here = match repo {
        Some(repo) => repo.objects().read(wants)?,
        None => wants.iter().map(|_| Answer::Missing).collect(),
    };
    here.into_iter()
        .zip(wants)
        .map(|(answer, want)| match (answer, Oid::parse(&want.name)) {
            (Answer::Missing, Some(oid)) => match remote.blob(&oid, want.limit) {
                Ok(Blob::Bytes(bytes)) => Ok(Answer::Object { oid, kind: "blob".to_owned(), bytes }),
                Ok(Blob::TooLarge(size)) => Ok(Answer::TooLarge(size)),
                Err(failure) => Err(failure.message),
            },
            (answer, _) => Ok(answer),
        })
        .collect()
}
