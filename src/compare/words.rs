//! Names to words: `userEmail`, `user_email`, `user-email` and `User.Email` are all `user`, `email`.

/// The words of a name, ASCII-folded to lower case, split at every character that is neither a letter
/// nor a digit and at changes of case (`HTTPServer2` is `http`, `server2`).
pub fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            push(&mut words, &mut word);
            continue;
        }
        let before = i.checked_sub(1).map(|p| chars[p]);
        let after = chars.get(i + 1);
        let hump = before.is_some_and(|b| b.is_lowercase() || b.is_ascii_digit());
        let end_of_capitals =
            before.is_some_and(char::is_uppercase) && after.is_some_and(|a| a.is_lowercase());
        if c.is_uppercase() && (hump || end_of_capitals) {
            push(&mut words, &mut word);
        }
        word.extend(c.to_lowercase());
    }
    push(&mut words, &mut word);
    words
}

fn push(words: &mut Vec<String>, word: &mut String) {
    if !word.is_empty() {
        words.push(std::mem::take(word));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_style_are_the_same_words() {
        for name in ["userEmail", "user_email", "user-email", "User.Email", "USER_EMAIL", "user email"] {
            assert_eq!(words(name), ["user", "email"], "{name}");
        }
    }

    #[test]
    fn capitals_end_before_the_next_word() {
        assert_eq!(words("HTTPServer2"), ["http", "server2"]);
        assert_eq!(words("userID"), ["user", "id"]);
        assert_eq!(words(""), Vec::<String>::new());
        assert_eq!(words("__"), Vec::<String>::new());
    }
}
