use super::secret::secret_text;

secret_text! {
    /// A refresh token in the form that clients hold. It lets its holder continue the session.
    RefreshToken
}

impl RefreshToken {
    /// Wraps a token that wxlogin made or a client sent.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }
}
