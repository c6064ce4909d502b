//! AUDIT: what happened, as lines that can be checked. A record becomes one line of a chain; a chain is verified as
//! it streams by.
//!
//! | file | what |
//! |---|---|
//! | `record` | what can be recorded, typed |
//! | `line` | a record as the next line of a chain, redacted and bounded |
//! | `redact` | what no line may carry |
//! | `chain` | whether a chain is whole, and where it is not |
//! | `crash` | calls that began and whose end nobody wrote down |

pub mod chain;
pub mod crash;
pub mod fields;
pub mod line;
pub mod record;
pub mod redact;
