use crate::model::{AppId, EncodingAesKey, Secret};

/// A mini-program's push settings in WeChat's console.
#[derive(Debug, Clone)]
pub struct PushApp {
    /// The mini-program.
    pub id: AppId,
    /// The token that signs its pushes.
    pub token: Secret,
    /// The key that encrypts them in safe mode; without it, encrypted pushes are refused.
    pub key: Option<EncodingAesKey>,
}
