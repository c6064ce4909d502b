//! Suppressions of gate.yaml that were not applied, and why.

use super::def::rules;

rules! { Sup =>
    /// A suppression that cannot be understood suppresses nothing.
    MALFORMED = "sup.malformed", High, [Trust],
        "suppression cannot be applied",
        "a suppression cannot be understood",
        fix: "correct it in gate.yaml and let the owners sign";
    /// The suppression has ended; what it covered counts again.
    EXPIRED = "sup.expired", Medium, [Trust],
        "suppression has ended",
        "a suppression has ended",
        fix: "mend the finding, or renew the suppression for at most 180 days";
    /// A suppression says why, or it does not count.
    NO_REASON = "sup.no-reason", Medium, [Trust],
        "suppression without a reason",
        "a suppression gives no reason",
        fix: "write the reason in gate.yaml and let the owners sign";
    /// Nothing matches the suppression any more.
    UNUSED = "sup.unused", Low, [Trust],
        "suppression that matches nothing",
        "a suppression matches nothing",
        fix: "remove it from gate.yaml";
}
