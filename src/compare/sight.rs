//! The name of a tool in, what a reader takes it for out: two names that look alike are one to whoever chooses.

use unicode_security::confusable_detection::skeleton;

use crate::canon::text::fold;

/// How a name looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// After compatibility composition and case folding: names that are equal here are one name.
    pub folded: String,
    /// What it looks like (UTS 39): this folds ASCII too (1 and l), which in plain names is no deceit. It counts where
    /// one of two names is not plain.
    pub skeleton: String,
    /// Whether it has nothing but ASCII.
    pub is_plain: bool,
}

impl Sight {
    /// Of a name.
    pub fn of(name: &str) -> Sight {
        let folded = fold(name);
        let skeleton = fold(&skeleton(&folded).collect::<String>());
        Sight { folded, skeleton, is_plain: name.is_ascii() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_by_case_or_by_what_they_look_like() {
        let (plain, upper, foreign) = (Sight::of("send"), Sight::of("SEND"), Sight::of("s\u{435}nd"));
        assert_eq!((&plain.folded, plain.is_plain), (&upper.folded, true));
        assert_ne!(plain.folded, foreign.folded);
        assert_eq!((&plain.skeleton, foreign.is_plain), (&foreign.skeleton, false));
        assert_ne!(Sight::of("send").skeleton, Sight::of("sent").skeleton);
    }
}
