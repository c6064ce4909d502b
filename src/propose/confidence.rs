//! How sure it is that an endpoint is understood, in percent. What only failed shows nothing.

/// The least and the most.
const LEAST: u64 = 10;
const MOST: u64 = 95;
/// The most of one operation of a GraphQL endpoint.
const MOST_OF_ONE: u8 = 98;
/// From here nobody has to look at it for its confidence alone.
pub const SURE: u8 = 75;

/// What counts.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence {
    /// Calls that were answered with success.
    pub answered: u64,
    /// An input had several values.
    pub varies: bool,
    /// An input is found by the one who calls.
    pub derived: bool,
    /// Operations are known by their names.
    pub operations: bool,
    /// Of an input nobody knows how many values it has.
    pub unknown: bool,
}

/// How sure it is of an endpoint.
pub fn of_family(evidence: Evidence) -> u8 {
    if evidence.answered == 0 {
        return percent(LEAST);
    }
    let plus = |is: bool, points: u64| if is { points } else { 0 };
    let sum = 45
        + evidence.answered.saturating_mul(7).min(25)
        + plus(evidence.varies, 15)
        + plus(evidence.derived, 5)
        + plus(evidence.operations, 5);
    percent((sum - plus(evidence.unknown, 10)).clamp(LEAST, MOST))
}

/// How sure it is of one operation of a GraphQL endpoint that was called so often.
pub fn of_operation(family: u8, calls: u64) -> u8 {
    let more = if calls > 1 { 5 } else { 0 };
    family.saturating_add(more).min(MOST_OF_ONE)
}

fn percent(sum: u64) -> u8 {
    u8::try_from(sum).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_success_make_it_sure_and_failures_do_not() {
        let of = |answered, varies, unknown| {
            of_family(Evidence { answered, varies, unknown, ..Evidence::default() })
        };
        assert_eq!(of(1, false, false), 52);
        assert_eq!(of(4, true, false), 85);
        assert_eq!(of(u64::MAX, true, true), 75);
        assert_eq!(of(0, true, false), 10, "a thousand refusals show nothing");
        assert_eq!((of_operation(95, 2), of_operation(60, 1)), (98, 60));
    }
}
