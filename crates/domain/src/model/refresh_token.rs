use std::fmt;

use zeroize::Zeroize;

/// A refresh token as clients hold it. Whoever holds it can go on as the user, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken(String);

impl RefreshToken {
    /// Wraps a token that was made here or sent by a client.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The token itself, for the answer to its owner.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(…)")
    }
}

impl Drop for RefreshToken {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
