//! The key of a server: read from the environment, sent to that server, shown to nobody.

use std::fmt;

use super::address::Address;
use super::error::ServerError;

/// Where a key is looked for when no variable is named.
pub const DEFAULT_KEY_VARIABLE: &str = "OPENAI_API_KEY";
/// Shortest part of a key that a message must not contain.
const SHORTEST: usize = 6;

/// A key, or none.
#[derive(Clone)]
pub(super) struct Key {
    variable: String,
    value: Option<String>,
    /// Whether there is one, but the way to the server is open to readers.
    withheld: bool,
}

impl Key {
    /// The key in the named `variable`; without a name that in `OPENAI_API_KEY`, if there is one and the way is private.
    pub(super) fn read(variable: Option<&str>, address: &Address) -> Result<Self, ServerError> {
        let name = variable.unwrap_or(DEFAULT_KEY_VARIABLE).to_owned();
        let refused = |found| Err(ServerError::Key { variable: name.clone(), found });
        // An empty name, or one with `=` or NUL, is never set.
        let value = std::env::var_os(&name).unwrap_or_default();
        let Some(value) = value.to_str().map(str::trim) else { return refused("it holds other characters") };
        if value.is_empty() {
            if variable.is_some() {
                return refused("it is not set or empty");
            }
            return Ok(Self { variable: name, value: None, withheld: false });
        }
        if !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return refused("it holds other characters");
        }
        let withheld = variable.is_none() && !address.private;
        let value = (!withheld).then(|| value.to_owned());
        Ok(Self { variable: name, value, withheld })
    }

    /// The value of the header `Authorization`.
    pub(super) fn header(&self) -> Option<String> {
        self.value.as_ref().map(|value| format!("Bearer {value}"))
    }

    /// What to do where the server refuses it.
    pub(super) fn remedy(&self) -> String {
        let variable = &self.variable;
        match (&self.value, self.withheld) {
            (_, true) => {
                format!("the key in {variable} is not sent unencrypted; use https, or name the variable to send it")
            }
            (Some(_), _) => format!("the key in the environment variable {variable} is not accepted"),
            (None, _) => format!("set the environment variable {variable} to the key of this server"),
        }
    }

    /// `text` without any part of the key that is long enough to help anyone.
    pub(super) fn redact(&self, text: &str) -> String {
        let Some(key) = &self.value else { return text.to_owned() };
        let shortest = SHORTEST.min(key.len());
        let mut shown = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            // The longest part of the key that begins here; its bytes are ASCII, so the cut is between characters.
            let agrees = |n: &usize| rest.get(..*n).is_some_and(|part| key.contains(part));
            let n = (shortest..=key.len().min(rest.len())).take_while(agrees).last();
            match n {
                Some(n) => {
                    shown.push_str("[...]");
                    rest = &rest[n..];
                }
                None => {
                    shown.push(c);
                    rest = &rest[c.len_utf8()..];
                }
            }
        }
        shown
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_ref().map(|_| "[redacted]");
        f.debug_struct("Key").field("variable", &self.variable).field("value", &value).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::sources::server::Endpoint;

    fn key(value: &str) -> Key {
        Key { variable: "K".to_owned(), value: Some(value.to_owned()), withheld: false }
    }

    #[test]
    fn no_part_of_a_key_is_shown() {
        let key = key("sk-abcdefghijklmnop");
        assert_eq!(key.redact("bad key sk-abcdefghijklmnop!"), "bad key [...]!");
        assert_eq!(key.redact("é sk-abcd****mnop ghijklm"), "é [...]****mnop [...]");
        assert_eq!(key.redact("nothing of it"), "nothing of it");
        assert!(!format!("{key:?}").contains("abcdef"));
        assert_eq!(super::tests::key("abc").redact("xabcabcx"), "x[...][...]x");
    }

    #[test]
    fn keys_are_read_from_the_environment_only() {
        let address = |url| Address::new(url, Endpoint::Chat).unwrap();
        let missing = Key::read(Some("GIBBS_NO_SUCH_VARIABLE"), &address("https://a")).unwrap_err().to_string();
        assert!(missing.starts_with("the environment variable GIBBS_NO_SUCH_VARIABLE must hold"), "{missing}");
        assert!(Key::read(Some("a=b"), &address("https://a")).is_err());
        assert!(Key::read(Some(""), &address("https://a")).is_err());
        // A variable that is named is sent anywhere.
        let named = Key::read(Some("PATH"), &address("http://a")).unwrap();
        assert_eq!(named.header().unwrap(), format!("Bearer {}", std::env::var("PATH").unwrap()));
    }
}
