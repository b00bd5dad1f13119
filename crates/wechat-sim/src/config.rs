//! What a simulator is started with.

/// The message push token of an app that has none of its own.
pub const DEV_PUSH_TOKEN: &str = "wxsimPushToken";

/// The `EncodingAESKey` of an app that has none of its own. Like most of `WeChat`'s keys, it ends
/// in a character with unused bits, which strict base64 decoders refuse.
pub const DEV_ENCODING_AES_KEY: &str = "wxsimEncodingAESKeyForDevelopmentAndTests01";

/// A mini-program that the simulated WeChat knows.
#[derive(Clone, Default)]
pub struct SimApp {
    /// The `AppID`, as `WeChat`'s console shows it.
    pub app_id: String,
    /// The `AppSecret`: any text. It never leaves the simulator.
    pub secret: String,
    /// The token that signs message pushes. Default: [`DEV_PUSH_TOKEN`].
    pub push_token: Option<String>,
    /// The 43 characters of the key that encrypts message pushes. Default:
    /// [`DEV_ENCODING_AES_KEY`].
    pub encoding_aes_key: Option<String>,
}

/// The configuration of a [`Simulator`](crate::Simulator).
#[derive(Clone, Default)]
pub struct SimConfig {
    /// The mini-programs.
    pub apps: Vec<SimApp>,
    /// The URL of the wxlogin that uses this simulator. The page shows it in its commands; the
    /// simulator sends nothing there.
    pub wxlogin_url: Option<String>,
    /// Other origins on this machine whose pages may use the simulator, such as
    /// `http://localhost:5173`.
    pub cors_origins: Vec<String>,
}

impl SimApp {
    pub(crate) fn push_token(&self) -> &str {
        self.push_token.as_deref().unwrap_or(DEV_PUSH_TOKEN)
    }

    pub(crate) fn encoding_aes_key(&self) -> &str {
        self.encoding_aes_key.as_deref().unwrap_or(DEV_ENCODING_AES_KEY)
    }
}

impl SimConfig {
    pub(crate) fn app(&self, app_id: &str) -> Option<&SimApp> {
        self.apps.iter().find(|app| app.app_id == app_id)
    }
}
