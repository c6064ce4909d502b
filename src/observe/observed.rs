//! What is known of a call in, its member `observed` out: facts of traffic that nobody signs (formats-v2 §4).

use super::part::Sketch;
use crate::canon::Node;

/// The member.
pub fn observed(sketch: &Sketch, anonymous: u64) -> Node {
    let mut made = vec![("count", Node::int(sketch.n))];
    for (key, time) in [("first_seen", sketch.first), ("last_seen", sketch.last)] {
        made.extend(time.map(|time| (key, Node::text(time.to_string()))));
    }
    if !sketch.status.is_empty() {
        let statuses = sketch.status.iter().map(|(status, n)| (status.to_string(), Node::int(*n)));
        made.push(("statuses", Node::map(statuses)));
    }
    let params = sketch.params.sorted();
    if !params.is_empty() {
        let counts = params.into_iter().map(|(name, param)| (name, Node::int(param.n)));
        made.push(("params", Node::map(counts)));
    }
    if anonymous > 0 {
        made.push(("anonymous", Node::int(anonymous)));
    }
    for (key, percent) in [("p50_ms", 50), ("p95_ms", 95)] {
        made.extend(percentile(sketch, percent).map(|ms| (key, Node::int(ms))));
    }
    let errors: u64 = sketch.status.range(500..600).map(|(_, n)| *n).sum();
    if errors > 0 {
        made.push(("errors_5xx", Node::int(errors)));
    }
    Node::map(made)
}

/// The time within which so many calls of a hundred were answered: the upper bound of its bucket.
fn percentile(sketch: &Sketch, percent: u64) -> Option<u64> {
    let all: u64 = sketch.ms.values().fold(0, |n, of| n.saturating_add(*of));
    let wanted = all.saturating_mul(percent).div_ceil(100);
    let mut seen = 0u64;
    sketch.ms.iter().find_map(|(bucket, n)| {
        seen = seen.saturating_add(*n);
        (seen >= wanted && all > 0)
            .then(|| 1u64.checked_shl(u32::from(*bucket)).map_or(u64::MAX, |bound| bound - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_and_nearly_all_are_upper_bounds_of_buckets() {
        let ms = [(0, 10), (4, 80), (64, 10)].into();
        let sketch = Sketch { ms, ..Sketch::default() };
        assert_eq!(
            (percentile(&sketch, 5), percentile(&sketch, 50), percentile(&sketch, 95)),
            (Some(0), Some(15), Some(u64::MAX))
        );
        assert_eq!(percentile(&Sketch::default(), 50), None);
    }
}
