use std::fmt;

use sha2::{Digest, Sha256};

/// The SHA-256 of the base64 text of `encryptedData`, by which WeChat finds data that it encrypted
/// (<https://developers.weixin.qq.com/minigame/dev/api-backend/open-api/user-info/auth.checkEncryptedData.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncryptedDataHash(pub [u8; 32]);

impl EncryptedDataHash {
    /// Hashes an `encryptedData` in the form that the client sent.
    #[must_use]
    pub fn of(encrypted_data: &str) -> Self {
        Self(Sha256::digest(encrypted_data.as_bytes()).into())
    }
}

impl fmt::Display for EncryptedDataHash {
    /// Writes lower-case hexadecimal digits, which WeChat requires.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_from_wechats_documentation_matches() {
        let encrypted_data = "hsSuSUsePBqSQw2rYMtf9Nvha603xX8f2BMQBcYRoJiMNwOqt/UEhrqekebG5ar0\
                              LFNAm5MD4Uz6zorRwiXJwbySJ/FEJHav4NsobBIU1PwdjbJWVQLFy7+YFkHB32On\
                              QXWMh6ugW7Dyk2KS5BXp1f5lniKPp1KNLyNLlFlNZ2mgJCJmWvHj5AI7BLpWwoRv\
                              qRyZvVXo+9FsWqvBdxmAPA==";
        assert_eq!(
            EncryptedDataHash::of(encrypted_data).to_string(),
            "657edd868c9715a9bebe42b833269a557a48498785397a796f1568c29a200b2c"
        );
    }
}
