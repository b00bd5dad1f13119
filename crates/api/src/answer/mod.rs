//! Successful answers.

mod cached;
mod empty;
mod json;

use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaSchema, MetaSchemaRef};

pub(crate) use self::cached::{CachedJson, hash, is_known};
pub(crate) use self::empty::{Empty, Headers, NoContent};
pub(crate) use self::json::JsonAnswer;

/// What a successful answer is, for the document.
pub(crate) trait Described {
    /// One sentence.
    const DESCRIPTION: &'static str;
}

/// A header of an answer, for the document.
pub(crate) fn header(name: &str, ty: &'static str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.into(),
        description: Some(description.into()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new(ty))),
    }
}

/// An answer, for the document.
fn response(
    status: u16,
    description: &'static str,
    content: Option<MetaSchemaRef>,
    headers: Vec<MetaHeader>,
) -> MetaResponse {
    let media_type = |schema| MetaMediaType { content_type: "application/json", schema };
    let content = content.into_iter().map(media_type).collect();
    MetaResponse { description, status: Some(status), status_range: None, content, headers }
}
