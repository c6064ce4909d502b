//! The audit trail, read once: its chain is verified and its records counted on the same lines.

use std::path::{Path, PathBuf};

use super::name::shown;
use crate::cmd::audit::trail::own;
use crate::cmd::ctx::Ctx;
use crate::cmd::failed::Failed;
use crate::enforce::audit::chain::{self, record};
use crate::io::{Failure, audit_files};
use crate::model::trail::{Broken, Chain, Records, Trail};

/// Reads the trail that is named, or that of the state folder; none where nothing is named and nothing lies there.
/// `lockfile` is the digest that records of this state of the toolpack name.
///
/// # Errors
/// The trail that is named is not there, or a file can't be read.
pub fn read(named: Option<&Path>, lockfile: Option<&str>, ctx: &Ctx) -> Result<Option<Trail>, Failed> {
    let path = named.map_or_else(|| own(ctx), |path| Ok(ctx.cwd.join(path)))?;
    let files = audit_files::all(&path)?;
    if files.is_empty() {
        return match named {
            None => Ok(None),
            Some(named) => Err(Failed::new("input", named.display().to_string(), "there is no audit trail here")
                .hint("--audit-log names the file that a server writes: state/audit/runtime.jsonl below the state folder")),
        };
    }
    let mut records = Records::of(lockfile);
    let chain = walk(&files, &mut records)?;
    let mut trail = records.trail();
    trail.files = files.iter().map(|path| shown(path, ctx)).collect();
    trail.chain = Some(match chain {
        Ok(whole) => {
            Chain { whole: true, last_hash: Some(whole.last), continues: whole.continues, broken: None }
        }
        Err(broken) => {
            let file = trail.files.get(broken.file).cloned().unwrap_or_default();
            let broken = Broken { file, line: broken.line, why: broken.message };
            Chain { whole: false, last_hash: None, continues: false, broken: Some(broken) }
        }
    });
    Ok(Some(trail))
}

/// Every line through the chain, as far as it holds, and every record that is one into the counts.
fn walk(files: &[PathBuf], records: &mut Records) -> Result<Result<chain::Whole, chain::Broken>, Failure> {
    let (mut chain, mut broken) = (chain::Chain::new(), None);
    for (n, path) in files.iter().enumerate() {
        if n > 0 && broken.is_none() {
            broken = chain.next_file().err();
        }
        audit_files::lines::<Failure>(path, |line, ended| {
            if broken.is_none() {
                broken = chain.line(line, ended).err();
            }
            record(line).iter().for_each(|record| records.see(record));
            Ok(())
        })?;
    }
    Ok(match broken {
        Some(broken) => Err(broken),
        None => chain.finish(),
    })
}
