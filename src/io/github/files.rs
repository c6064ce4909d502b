//! Files of a commit by the API, for what git can't fetch: a listing of all, and each file once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::address::Slug;
use super::api::Api;
use crate::github::refused::Refused;
use crate::io::failure::Failure;
use crate::io::oid::Oid;
use crate::io::remote::{Blob, Remote};

/// The commits of a repository.
pub struct Files {
    api: Arc<Api>,
    owner: String,
    repo: String,
    /// Sides of a change have most files alike.
    seen: Mutex<BTreeMap<Oid, Vec<u8>>>,
}

impl Files {
    /// Those of `owner/repo`.
    pub fn of(api: Arc<Api>, owner: &str, repo: &str) -> Files {
        Files { api, owner: owner.to_owned(), repo: repo.to_owned(), seen: Mutex::default() }
    }

    fn slug(&self) -> Slug<'_> {
        Slug { owner: &self.owner, repo: &self.repo }
    }
}

impl Remote for Files {
    fn listing(&self, commit: &Oid) -> Result<Vec<u8>, Failure> {
        let subject = format!("commit {}", commit.short());
        let items = self.api.tree(self.slug(), commit.as_str()).map_err(|why| failure(&subject, &why))?;
        let mut out = Vec::new();
        for item in items {
            let odd = |text: &str| text.contains(['\0', '\t', ' ', '\n']);
            if [&item.mode, &item.kind, &item.sha].into_iter().any(|text| odd(text))
                || item.path.contains('\0')
            {
                return Err(Failure::new(subject, "the server lists it in an unknown form"));
            }
            out.extend_from_slice(
                format!("{} {} {}\t{}\0", item.mode, item.kind, item.sha, item.path).as_bytes(),
            );
        }
        Ok(out)
    }

    fn blob(&self, oid: &Oid, limit: usize) -> Result<Blob, Failure> {
        let cut = |bytes: &Vec<u8>| match bytes.len() <= limit {
            true => Blob::Bytes(bytes.clone()),
            false => Blob::TooLarge(bytes.len() as u64),
        };
        if let Some(bytes) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(oid) {
            return Ok(cut(bytes));
        }
        let bytes = self.api.blob(self.slug(), oid.as_str()).map_err(|why| failure(oid.short(), &why))?;
        let blob = cut(&bytes);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(oid.clone(), bytes);
        Ok(blob)
    }
}

/// What the API refused, as a failure to look.
pub fn failure(subject: &str, refused: &Refused) -> Failure {
    Failure::new(subject, refused.reason.clone()).hint(refused.fix.clone())
}
