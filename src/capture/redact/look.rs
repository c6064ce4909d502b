//! A text in, what one look at its bytes says of it out: which forms of credentials and of personal data it cannot
//! hold, whatever else is in it.
//!
//! Each answer is a superset of what the form itself would find, so that a form that is not tried would have found
//! nothing; the tests hold each against its form.

/// What one look at the bytes of a text says.
#[derive(Debug, Default)]
pub struct Look {
    /// How many digits there are.
    pub digits: usize,
    /// The longest run of letters, digits, `_` and `-`.
    pub longest: usize,
    /// Kinds of bytes that are in it.
    seen: u16,
    /// Digits of the longest number that may be written in groups.
    grouped: usize,
}

const RUN: u16 = 1;
const DIGIT: u16 = 1 << 1;
const AT: u16 = 1 << 2;
const ASSIGNS: u16 = 1 << 3;
const TAG: u16 = 1 << 4;
const J: u16 = 1 << 5;
const B: u16 = 1 << 6;
const BLANK: u16 = 1 << 7;
const CAPITAL: u16 = 1 << 8;
const PLUS: u16 = 1 << 9;
/// What may stand between the groups of a number.
const BETWEEN: u16 = 1 << 10;
/// A sign that ends the beginning of issued secrets: `-`, `_`, `.`.
const BEHIND: u16 = 1 << 11;

const KINDS: [u16; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let mut kind = match byte {
            b'0'..=b'9' => RUN | DIGIT,
            b'A'..=b'Z' => RUN | CAPITAL,
            b'a'..=b'z' => RUN,
            b'_' => RUN | BEHIND,
            b'-' => RUN | BETWEEN | BEHIND,
            b'.' => BETWEEN | BEHIND,
            b'(' | b')' => BETWEEN,
            b' ' => BETWEEN | BLANK,
            b'\t' => BLANK,
            b'@' => AT,
            b'=' | b':' => ASSIGNS,
            b'<' => TAG,
            b'+' => PLUS,
            _ => 0,
        };
        if matches!(byte, b'b' | b'B') {
            kind |= B;
        }
        if byte == b'J' {
            kind |= J;
        }
        kinds[at] = kind;
        at += 1;
    }
    kinds
};

impl Look {
    /// Looks at a text.
    pub fn at(bytes: &[u8]) -> Look {
        let (mut seen, mut digits, mut run, mut longest) = (0, 0, 0, 0);
        for byte in bytes {
            let kind = KINDS[usize::from(*byte)];
            seen |= kind;
            digits += usize::from(kind & DIGIT != 0);
            run = if kind & RUN != 0 { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        // The shortest number that is looked for in groups has eight.
        let grouped = if digits >= 8 { grouped(bytes) } else { 0 };
        Look { digits, longest, seen, grouped }
    }

    fn has(&self, kinds: u16) -> bool {
        self.seen & kinds == kinds
    }

    /// Whether an `@` is in it.
    pub fn at_sign(&self) -> bool {
        self.has(AT)
    }

    /// Whether something may be assigned to a name in it.
    pub fn assigns(&self) -> bool {
        self.has(ASSIGNS)
    }

    /// Whether a tag may begin in it.
    pub fn tags(&self) -> bool {
        self.has(TAG)
    }

    /// Whether the `eyJ` of a token may be in it.
    pub fn may_be_jwt(&self) -> bool {
        self.longest >= 3 && self.has(J)
    }

    /// Whether `bearer` or `basic` may be in it, in any case, with a blank somewhere.
    pub fn may_name_scheme(&self, bytes: &[u8]) -> bool {
        let is = |at: usize, rest: &[u8]| {
            bytes.get(at + 1..at + 1 + rest.len()).is_some_and(|own| own.eq_ignore_ascii_case(rest))
        };
        self.has(B | BLANK)
            && memchr::memchr2_iter(b'b', b'B', bytes).any(|at| is(at, b"asic") || is(at, b"earer"))
    }

    /// Whether a secret of a known issuer may be in it, where it has a run of ten: all of them have one of the signs
    /// in them, or are a run of twenty, or stand behind `Bearer`.
    pub fn may_be_secret(&self, bytes: &[u8]) -> bool {
        self.longest >= 10 && (self.has(BEHIND) || self.longest >= 20 || self.may_name_scheme(bytes))
    }

    /// Whether the number of a payment card may be in it: 14 digits, at most one sign between two of them.
    pub fn may_be_card(&self) -> bool {
        self.grouped >= 14
    }

    /// Whether `123-45-6789` may be in it.
    pub fn may_be_ssn(&self) -> bool {
        self.grouped >= 9
    }

    /// Whether the number of a phone may be in it: eight digits behind a plus, or ten, at most two signs between two
    /// of them.
    pub fn may_be_phone(&self) -> bool {
        self.grouped >= 10 || self.grouped >= 8 && self.has(PLUS)
    }

    /// Whether the number of an account may be in it: two capitals and two digits behind them.
    pub fn may_be_iban(&self, bytes: &[u8]) -> bool {
        let begins = |four: &[u8]| {
            four[0].is_ascii_uppercase()
                && four[1].is_ascii_uppercase()
                && four[2].is_ascii_digit()
                && four[3].is_ascii_digit()
        };
        self.has(CAPITAL | DIGIT) && bytes.windows(4).any(begins)
    }
}

/// Digits of the longest number with at most two signs between two digits.
fn grouped(bytes: &[u8]) -> usize {
    let (mut most, mut digits, mut signs) = (0, 0, 0);
    for byte in bytes {
        match KINDS[usize::from(*byte)] {
            kind if kind & DIGIT != 0 => {
                digits = if signs <= 2 { digits + 1 } else { 1 };
                most = most.max(digits);
                signs = 0;
            }
            kind if kind & BETWEEN != 0 => signs += 1,
            _ => (digits, signs) = (0, 0),
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_digits_and_groups_are_counted() {
        for (text, digits, longest, groups) in [
            ("", 0, 0, 0),
            ("a-b_c d", 0, 5, 0),
            ("2024-03-05T09:00:00Z", 14, 13, 8),
            ("+1 (555) 123-4567", 11, 8, 11),
            ("4111 1111 1111 1111", 16, 4, 16),
            ("12345678...12345678", 16, 8, 8),
        ] {
            let look = Look::at(text.as_bytes());
            assert_eq!((look.digits, look.longest, look.grouped), (digits, longest, groups), "{text}");
        }
    }
}
