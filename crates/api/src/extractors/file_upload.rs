//! A file in a multipart form (RFC 7578).

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use multer::{Constraints, Multipart, SizeLimit};
use poem::{Request, RequestBody};
use poem_openapi::error::ContentTypeError;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use super::body::{is_media_type, require_uncompressed};
use crate::problem::{Problem, ProblemCode};

const CONTENT_TYPE: &str = "multipart/form-data";

/// The field with the file.
const FIELD: &str = "file";

/// How many bytes the form may have besides the file, other fields included.
const OVERHEAD: u64 = 8 * 1024;

/// How long a file may take to arrive. Longer than for other bodies, because phones can be slow.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(1);

/// How long to read an upload that was refused.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(10);

/// An uploaded file that has not been read yet, so that the sender can be authenticated first.
pub(crate) struct FileUpload {
    body: BoxStream<'static, Result<Bytes, std::io::Error>>,
    boundary: String,
}

impl FileUpload {
    /// Reads the file and ignores other fields. Fails if the file has more than `max_len` bytes.
    pub(crate) async fn read(mut self, max_len: usize) -> Result<Vec<u8>, Problem> {
        let received = tokio::time::timeout(UPLOAD_TIMEOUT, self.receive(max_len)).await;
        let received = received.map_err(|_| Problem::new(ProblemCode::RequestTimeout))?;
        if received.is_err() {
            self.discard().await;
        }
        received
    }

    /// Reads and drops the rest of the upload. A client that is still sending when its connection
    /// closes would get a connection error instead of the response.
    pub(crate) async fn discard(self) {
        let rest = self.body.take_while(|chunk| std::future::ready(chunk.is_ok()));
        let rest = rest.for_each(|_| std::future::ready(()));
        // A client that takes longer loses the response.
        let _ = tokio::time::timeout(DISCARD_TIMEOUT, rest).await;
    }

    async fn receive(&mut self, max_len: usize) -> Result<Vec<u8>, Problem> {
        let max_len = u64::try_from(max_len).unwrap_or(u64::MAX);
        let whole = max_len.saturating_add(OVERHEAD);
        let limits = SizeLimit::new().whole_stream(whole).per_field(max_len);
        let constraints = Constraints::new().size_limit(limits);
        let body = self.body.by_ref();
        let mut form = Multipart::with_constraints(body, self.boundary.as_str(), constraints);
        let failed = |error: multer::Error| explain(&error, max_len);
        let mut file = None;
        while let Some(mut field) = form.next_field().await.map_err(failed)? {
            match (field.name(), &file) {
                (Some(FIELD), None) => file = Some(field.bytes().await.map_err(failed)?),
                (Some(FIELD), Some(_)) => {
                    return Err(Problem::invalid("The form must have only one `file`."));
                }
                (Some(_) | None, _) => while field.chunk().await.map_err(failed)?.is_some() {},
            }
        }
        file.map(Into::into).ok_or(Problem::invalid("The form has no field `file`."))
    }
}

/// Explains why a form is invalid without repeating what the client sent.
fn explain(error: &multer::Error, max_len: u64) -> Problem {
    match error {
        multer::Error::FieldSizeExceeded { .. } => Problem::new(ProblemCode::PayloadTooLarge)
            .detail(format!("The file may have at most {max_len} bytes.")),
        multer::Error::StreamSizeExceeded { .. } => Problem::new(ProblemCode::PayloadTooLarge)
            .detail(format!(
                "The file may have at most {max_len} bytes, and the rest of the form {OVERHEAD}."
            )),
        _ => Problem::invalid("The body is not a complete multipart form."),
    }
}

impl<'a> ApiExtractor<'a> for FileUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let file = MetaSchema {
            description: Some("The image file. Its name and content type are ignored."),
            ..MetaSchema::new_with_format("string", "binary")
        };
        let form = MetaSchema {
            required: vec![FIELD],
            properties: vec![(FIELD, MetaSchemaRef::Inline(Box::new(file)))],
            ..MetaSchema::new("object")
        };
        let schema = MetaSchemaRef::Inline(Box::new(form));
        let content = vec![MetaMediaType { content_type: CONTENT_TYPE, schema }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(
        request: &'a Request,
        body: &mut RequestBody,
        _: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let content_type = request.content_type().unwrap_or_default();
        if !is_media_type(content_type, CONTENT_TYPE) {
            return Err(ContentTypeError::ExpectContentType.into());
        }
        require_uncompressed(request)?;
        let boundary = multer::parse_boundary(content_type)
            .map_err(|_| Problem::invalid("The content type has no `boundary`."))?;
        Ok(Self { body: body.take()?.into_bytes_stream().boxed(), boundary })
    }
}
