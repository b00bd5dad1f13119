//! Builds the document's entries for responses.

use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaSchema, MetaSchemaRef};

/// A successful response with a description in the document.
pub(crate) trait Described {
    /// One or two sentences.
    const DESCRIPTION: &'static str;
}

/// Describes a response header.
pub(crate) fn header(name: &str, ty: &'static str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.into(),
        description: Some(description.into()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new(ty))),
    }
}

/// Describes a successful response.
pub(super) fn response(
    status: u16,
    description: &'static str,
    content: Option<MetaSchemaRef>,
    headers: Vec<MetaHeader>,
) -> MetaResponse {
    let media_type = |schema| MetaMediaType { content_type: "application/json", schema };
    let content = content.into_iter().map(media_type).collect();
    MetaResponse { description, status: Some(status), status_range: None, content, headers }
}
