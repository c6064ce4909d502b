//! Results for code scanning: packed, uploaded, and looked after until they are taken or not.

use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::work::{Work, halving};
use crate::github::refused::{Refused, Why};
use crate::report::sarif::{self, RESULTS};

/// Most bytes that are taken, packed.
const PACKED: usize = 10_000_000;
/// Waits for the result: 30 s in all.
const WAITS: [u64; 5] = [1, 2, 4, 8, 15];

/// Uploads the results; the id of the upload.
///
/// # Errors
/// They were not taken.
pub fn send(work: &Work) -> Result<Option<String>, Refused> {
    let slug = work.slug();
    let (sha, git_ref) = stands_on(work);
    let upload = |most| {
        let packed = packed(&sarif::under(work.report, &work.wanted.sarif_category, most));
        match packed.len() <= PACKED {
            true => work.api.upload_sarif(slug, sha, &git_ref, &STANDARD.encode(packed)),
            false => Err(Refused::new(
                Why::TooLong,
                format!("the results have more than {PACKED} bytes, packed"),
                "upload the file of the output sarif-file in parts",
            )),
        }
    };
    // An enterprise server may take fewer, and says so as of anything else that is wrong with them.
    let id = match halving(RESULTS, upload) {
        Err(refused) if refused.why == Why::Invalid && work.report.findings.len() > RESULTS / 2 => {
            upload(RESULTS / 2)?
        }
        other => other?,
    };
    let mut waits = WAITS.iter();
    loop {
        let state = work.api.upload_state(slug, &id)?;
        let errors = state.errors.unwrap_or_default();
        if state.processing_status == "failed" {
            let said = errors.into_iter().take(3).collect::<Vec<_>>().join("; ");
            return Err(Refused::answered(Why::Invalid, 200, &said, "security-events: write", None));
        }
        if state.processing_status == "complete" {
            return Ok(Some(id));
        }
        let Some(wait) = waits.next() else { break };
        if !work.api.wait(Duration::from_secs(*wait))? {
            break;
        }
    }
    work.notice("code scanning has taken the results and is still working on them".to_owned());
    Ok(Some(id))
}

/// The commit and the ref that the results are of: of a pull request its merge, where there is one.
fn stands_on<'a>(work: &'a Work) -> (&'a str, String) {
    match &work.place.pull {
        Some(pull) => match &pull.merge_sha {
            Some(merge) => (merge, format!("refs/pull/{}/merge", pull.number)),
            None => (&pull.head_sha, format!("refs/pull/{}/head", pull.number)),
        },
        None => (&work.place.head_sha, work.place.git_ref.clone()),
    }
}

fn packed(text: &str) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text.as_bytes()).and_then(|()| packer.finish()).expect("writing to a vector cannot fail")
}
