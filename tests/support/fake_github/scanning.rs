//! Code scanning: SARIF comes in packed, is looked at for a while, and is then complete or has failed.

use std::io::Read as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::Answer;
use super::git;
use super::route::Call;
use super::state::{State, Upload};

/// Bytes that an upload may have, packed, and unpacked as far as the fake looks.
const MAX_PACKED: usize = 10 * 1024 * 1024;
const MAX_PLAIN: u64 = 200 * 1024 * 1024;

fn unpacked(text: &str) -> Result<Value, &'static str> {
    let packed = STANDARD.decode(text).map_err(|_| "sarif is not Base64")?;
    if packed.len() > MAX_PACKED {
        return Err("SARIF upload is too large");
    }
    let mut plain = Vec::new();
    let unpacker = flate2::read::GzDecoder::new(&packed[..]);
    unpacker.take(MAX_PLAIN).read_to_end(&mut plain).map_err(|_| "sarif is not gzip")?;
    serde_json::from_slice(&plain).map_err(|_| "sarif is not JSON")
}

pub fn upload(state: &mut State, call: &Call) -> Answer {
    if !state.scanning_enabled {
        return Answer::refusal(
            403,
            "Advanced Security must be enabled for this repository to use code scanning.",
        );
    }
    let field = |name: &str| call.text(name).unwrap_or_default().to_owned();
    let (commit_sha, git_ref) = (field("commit_sha"), field("ref"));
    let known =
        |sha: &str| state.git.as_ref().is_none_or(|dir| git::commit(dir, sha).as_deref() == Some(sha));
    if !known(&commit_sha) || ![40, 64].contains(&commit_sha.len()) {
        return Answer::refusal(422, &format!("commit_sha {commit_sha} is not known"));
    }
    if !["refs/heads/", "refs/tags/", "refs/pull/"].iter().any(|start| git_ref.starts_with(start)) {
        return Answer::refusal(422, &format!("ref {git_ref} is not a full one"));
    }
    let sarif = match unpacked(&field("sarif")) {
        Ok(sarif) => sarif,
        Err(said) => return Answer::refusal(400, said),
    };
    let id = format!("{:08x}-0000-4000-8000-000000000000", state.fresh() & 0xffff_ffff);
    let url = call.site.api(state, &format!("/code-scanning/sarifs/{id}"));
    let (pending, errors) = (state.upload_pending, state.upload_errors.clone());
    state.uploads.push(Upload { id: id.clone(), commit_sha, git_ref, sarif, pending, errors });
    Answer::json(202, &json!({"id": id, "url": url}))
}

pub fn status(state: &mut State, call: &Call) -> Answer {
    let site = call.site.api(state, "");
    let Some(upload) = state.uploads.iter_mut().find(|upload| upload.id == call.args[0]) else {
        return Answer::not_found();
    };
    if upload.pending > 0 {
        upload.pending -= 1;
        return Answer::ok(&json!({"processing_status": "pending"}));
    }
    let analyses = format!("{site}/code-scanning/analyses?sarif_id={}", upload.id);
    match upload.errors.is_empty() {
        true => {
            Answer::ok(&json!({"processing_status": "complete", "analyses_url": analyses, "errors": null}))
        }
        false => {
            Answer::ok(&json!({"processing_status": "failed", "analyses_url": null, "errors": upload.errors}))
        }
    }
}
