//! How many bytes each part of a page may take, gravest parts the most: together never more than the page may
//! have, which the compiler checks.

/// Most bytes of a page: a browser shows that much at once.
pub const BUDGET: usize = 4 << 20;

/// All folds of the evidence.
pub const CHANGES: usize = 3 << 19;
/// The table of findings, and each of those of findings that do not count.
pub const FINDINGS: usize = 3 << 19;
pub const FOLD: usize = 1 << 17;
/// The table of subjects, that of rules, and each of those about a first trust file.
pub const SUBJECTS: usize = 1 << 17;
pub const RULES: usize = 1 << 15;
pub const ADOPTION: usize = 1 << 15;
/// Who does what next.
pub const NEXT: usize = 1 << 15;
/// The tables of approvals and of signers, and each list of what was looked at.
pub const APPROVALS: usize = 1 << 18;
pub const SIGNERS: usize = 1 << 15;
pub const LIST: usize = 1 << 15;
/// Style, script, and what stands around the parts: sentences and heads of tables, none of them as long as
/// what it is about.
pub const FRAME: usize = 1 << 16;

const _: () = assert!(
    CHANGES
        + FINDINGS
        + 2 * FOLD
        + SUBJECTS
        + RULES
        + 2 * ADOPTION
        + NEXT
        + APPROVALS
        + SIGNERS
        + 4 * LIST
        + FRAME
        <= BUDGET
);
