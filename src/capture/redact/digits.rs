//! Digits in, whether they are the number of a card, an account or a person out.

/// Digits that a number of a person has at least.
pub const FEWEST: usize = 3;

/// Whether these digits are the number of a payment card: length and first digits of an issuer, and Luhn's check.
pub fn is_card(digits: &[u8]) -> bool {
    let head = |n: usize| digits[..n].iter().fold(0u32, |sum, b| sum * 10 + u32::from(b - b'0'));
    if digits.len() < 14 || digits.len() > 19 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let issued = match digits.len() {
        14 => matches!(head(2), 30 | 36 | 38 | 39),
        15 => matches!(head(2), 34 | 37),
        16 => {
            matches!(head(1), 4)
                || matches!(head(2), 35 | 51..=55 | 62 | 64 | 65)
                || matches!(head(4), 2221..=2720 | 6011)
        }
        19 => matches!(head(1), 4) || matches!(head(2), 62 | 64 | 65),
        _ => false,
    };
    issued && digits.iter().any(|b| *b != digits[0]) && luhn(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, b)| match (n % 2, u32::from(b - b'0')) {
            (0, d) => d,
            (_, d) if d > 4 => 2 * d - 9,
            (_, d) => 2 * d,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether this is an international account number: mod 97 of it, turned round, is 1 (ISO 13616).
pub fn is_iban(text: &[u8]) -> bool {
    let plain: Vec<u8> = text.iter().copied().filter(|b| *b != b' ').collect();
    if !(15..=34).contains(&plain.len()) {
        return false;
    }
    let turned = plain[4..].iter().chain(&plain[..4]);
    let rest = turned.fold(0u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        _ => 98,
    });
    rest == 1
}

/// Whether `123-45-6789` can be a social security number: no area or group of zeros, no area that is never issued.
pub fn is_ssn(text: &[u8]) -> bool {
    let area = &text[..3];
    area != b"000" && area != b"666" && area[0] != b'9' && &text[4..6] != b"00" && &text[7..] != b"0000"
}

/// How many digits there are.
pub fn count(text: &[u8]) -> usize {
    text.iter().filter(|b| b.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_of_issuers() {
        for card in
            ["4111111111111111", "5555555555554444", "378282246310005", "6011111111111117", "30569309025904"]
        {
            assert!(is_card(card.as_bytes()), "{card}");
        }
        for none in
            ["4111111111111112", "1709629200000", "1234567812345670", "0000000000000000", "411111111111", ""]
        {
            assert!(!is_card(none.as_bytes()), "{none}");
        }
        assert!(is_iban(b"DE89370400440532013000") && is_iban(b"GB29 NWBK 6016 1331 9268 19"));
        assert!(!is_iban(b"DE89370400440532013001") && !is_iban(b"DE89"));
        assert!(is_ssn(b"123-45-6789") && !is_ssn(b"000-45-6789") && !is_ssn(b"923-45-6789"));
    }
}
