//! Why nothing of a recording was kept, with what was in it and what helps.

use crate::capture::wanted::Wanted;
use crate::cmd::failed::Failed;
use crate::model::exchange::Counts;

/// Hosts that are named where none was wanted.
const HOSTS: usize = 8;

/// The failure. `hint`: what helps where nobody's hosts are to blame.
pub fn nothing(subject: &str, counts: &Counts, wanted: &Wanted, hint: &str) -> Failed {
    let failed = |message: &str| Failed::new("input", subject, message.to_owned());
    if counts.read == 0 {
        return failed("it has no entries").hint("record again, and use the API while it is recorded");
    }
    let mut failed = failed("nothing in it is kept").looked("read", counts.read.to_string());
    for (reason, n) in &counts.skipped {
        failed = failed.looked(reason.word(), n.to_string());
    }
    if counts.other_hosts.is_empty() {
        return failed.hint(hint);
    }
    if wanted.is_empty() {
        failed.0.message = "it holds pages, and no calls that a program would make".to_owned();
    } else {
        failed = failed.looked("wanted", wanted.spelled().join(", "));
    }
    let mut hosts: Vec<(&String, &u64)> = counts.other_hosts.iter().collect();
    hosts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let more = hosts.len().saturating_sub(HOSTS);
    let mut told: Vec<String> = hosts.iter().take(HOSTS).map(|(host, n)| format!("{host} ({n})")).collect();
    if more > 0 {
        told.push(format!("{more} more"));
    }
    failed.looked("seen", told.join(", ")).hint("name the hosts of the API:  -a HOST")
}
