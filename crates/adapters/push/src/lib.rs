//! What WeChat pushes, in XML and JSON.
//!
//! Reading is all there is to do: WeChat is content with a bare `success` as answer. What the fields
//! mean is for the domain to say.

mod json;
#[cfg(test)]
mod tests;
mod xml;

use wxlogin_domain::model::{Malformed, Push, PushFields};
use wxlogin_domain::ports::PushReader;

/// Deepest nesting taken; WeChat's pushes have three levels or four.
const MAX_DEPTH: usize = 16;

/// The [`PushReader`] of a deployment. The first character tells XML from JSON.
#[derive(Debug, Default, Clone, Copy)]
pub struct PushFormats;

impl PushReader for PushFormats {
    fn read(&self, body: &[u8]) -> Result<PushFields, Malformed> {
        if body.len() > Push::MAX_LEN {
            return Err(Malformed("a push is at most 64 KiB"));
        }
        let text = std::str::from_utf8(body).map_err(|_| Malformed("a push is UTF-8"))?;
        let text = text.trim_start_matches('\u{feff}').trim_start();
        match text.chars().next() {
            Some('<') => xml::read(text).ok_or(Malformed("a push in XML is flat and well-formed")),
            Some('{') => json::read(text).ok_or(Malformed("a push in JSON is one object")),
            Some(_) | None => Err(Malformed("a push is XML or JSON")),
        }
    }
}
