//! Reads push messages from WeChat in XML and JSON.
//!
//! Nothing has to be written, because WeChat accepts a plain `success` as response. The domain interprets
//! the fields.

mod json;
#[cfg(test)]
mod tests;
mod xml;

use wxlogin_domain::model::{Malformed, Push, PushFields};
use wxlogin_domain::ports::PushReader;

/// Maximum depth of nesting. WeChat's messages have three or four levels.
const MAX_DEPTH: usize = 16;

/// The [`PushReader`] of a deployment. The first character distinguishes XML from JSON.
#[derive(Debug, Default, Clone, Copy)]
pub struct PushFormats;

impl PushReader for PushFormats {
    fn read(&self, body: &[u8]) -> Result<PushFields, Malformed> {
        if body.len() > Push::MAX_LEN {
            return Err(Malformed("a push message must not exceed 64 KiB"));
        }
        let text =
            std::str::from_utf8(body).map_err(|_| Malformed("a push message must be UTF-8"))?;
        let text = text.trim_start_matches('\u{feff}').trim_start();
        match text.chars().next() {
            Some('<') => xml::read(text).ok_or(Malformed(
                "a push message in XML must be well-formed and not nested too deeply",
            )),
            Some('{') => json::read(text).ok_or(Malformed(
                "a push message in JSON must be one object that is not nested too deeply",
            )),
            Some(_) | None => Err(Malformed("a push message must be XML or JSON")),
        }
    }
}
