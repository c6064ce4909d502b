//! The number of a node, of any size and exactly as written, in; its order and its divisors out.
//!
//! A bound is compared digit by digit: through a float, 2^53 and 2^53 + 1 would be one limit.

use std::cmp::Ordering;

use crate::canon::{Node, Value, json};

/// Digits beyond which steps are not divided: no real `multipleOf` has them.
const MAX_DIGITS: usize = 400;

/// A number in base ten: sign, digits without zeros at either end, and the power of ten of the last digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Empty for zero.
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    /// The number that a node is, if it is one.
    pub fn of(node: &Node) -> Option<Decimal> {
        match &node.value {
            Value::Int(digits) => Decimal::parse(digits),
            Value::Float(number) => Decimal::parse(&json::float(*number)),
            _ => None,
        }
    }

    /// The number of things that there are.
    pub(super) fn count(n: usize) -> Decimal {
        Decimal::parse(&n.to_string()).unwrap_or(Decimal { negative: false, digits: Vec::new(), exponent: 0 })
    }

    /// The number that a text writes out, as JSON has it: digits, with a point and a power of ten if there are any.
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = Decimal { negative, digits, exponent: exponent - i64::try_from(fraction.len()).ok()? };
        Some(number.trimmed())
    }

    fn trimmed(mut self) -> Decimal {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
            self.exponent += 1;
        }
        let zeros = self.digits.iter().take_while(|d| **d == b'0').count();
        self.digits.drain(..zeros);
        if self.digits.is_empty() {
            (self.negative, self.exponent) = (false, 0);
        }
        self
    }

    /// Whether it has no fraction.
    pub(super) fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    fn size(&self, other: &Decimal) -> Ordering {
        let top = |d: &Decimal| d.exponent.saturating_add(i64::try_from(d.digits.len()).unwrap_or(i64::MAX));
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            // Without zeros at the ends a number that begins like another and goes on is the bigger one.
            (false, false) => top(self).cmp(&top(other)).then_with(|| self.digits.cmp(&other.digits)),
        }
    }

    /// The next whole number above or below, for a bound that is not reached itself: what is accepted then
    /// by a value that has no fraction. `None` for more digits than can matter.
    pub(super) fn whole_beside(&self, upwards: bool) -> Option<Decimal> {
        let top = self.exponent + i64::try_from(self.digits.len()).ok()?;
        if top > 30 {
            return None;
        }
        // What is cut off makes the step away from zero unnecessary.
        let whole: i128 = (0..top.max(0)).try_fold(0i128, |n, at| {
            let digit = usize::try_from(at).ok().and_then(|at| self.digits.get(at)).map_or(0, |d| d - b'0');
            Some(n * 10 + i128::from(digit))
        })?;
        let cut = !self.is_whole();
        let whole = if self.negative { -whole } else { whole };
        let step = match (upwards, cut, self.negative) {
            (true, true, true) | (false, true, false) => 0,
            (true, ..) => 1,
            (false, ..) => -1,
        };
        Decimal::parse(&(whole + step).to_string())
    }

    /// Whether it is a multiple of another; `None` if that would take too long to tell.
    pub(super) fn is_multiple_of(&self, step: &Decimal) -> Option<bool> {
        if step.is_zero() {
            return None;
        }
        if self.is_zero() {
            return Some(true);
        }
        // On one scale both are whole numbers.
        let shift = self.exponent - step.exponent;
        if shift < 0 && step.digits.len() + shift.unsigned_abs() as usize > MAX_DIGITS {
            return None;
        }
        let scaled = |d: &Decimal, zeros: i64| -> Option<Vec<u8>> {
            let zeros = usize::try_from(zeros.max(0)).ok()?;
            (d.digits.len() + zeros <= MAX_DIGITS).then(|| [d.digits.clone(), vec![b'0'; zeros]].concat())
        };
        let (number, step) = (scaled(self, shift)?, scaled(step, -shift)?);
        let step: u64 = std::str::from_utf8(&step).ok()?.parse().ok()?;
        let rest = number
            .iter()
            .fold(0u128, |rest, digit| (rest * 10 + u128::from(digit - b'0')) % u128::from(step));
        Some(rest == 0)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.size(other),
            (true, true) => other.size(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    #[test]
    fn order_is_exact_at_any_size() {
        let sorted = [
            "-1e400",
            "-10",
            "-9.5",
            "-0.001",
            "0",
            "1e-300",
            "0.1",
            "0.11",
            "1",
            "9007199254740992",
            "9007199254740993",
            "1e300",
        ];
        for pair in sorted.windows(2) {
            assert!(d(pair[0]) < d(pair[1]), "{pair:?}");
        }
        assert_eq!(d("1.50"), d("15e-1"));
        assert_eq!(d("-0.0"), d("0"));
    }

    #[test]
    fn multiples_are_told_without_rounding() {
        for (number, step, is) in
            [("0.3", "0.1", true), ("10", "2.5", true), ("10", "3", false), ("1e20", "10", true)]
        {
            assert_eq!(d(number).is_multiple_of(&d(step)), Some(is), "{number} of {step}");
        }
        assert_eq!(d("1e300").is_multiple_of(&d("1e-300")), None);
    }

    #[test]
    fn a_bound_that_is_not_reached_is_the_next_whole_number() {
        for (bound, upwards, beside) in [
            ("5", true, "6"),
            ("5", false, "4"),
            ("4.5", true, "5"),
            ("4.5", false, "4"),
            ("-4.5", true, "-4"),
            ("-4.5", false, "-5"),
            ("100", false, "99"),
            ("0", false, "-1"),
        ] {
            assert_eq!(d(bound).whole_beside(upwards), Some(d(beside)), "{bound}");
        }
    }
}
