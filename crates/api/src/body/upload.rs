//! A file, as forms send one (RFC 7578).

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use multer::{Constraints, Multipart, SizeLimit};
use poem::{Request, RequestBody};
use poem_openapi::error::ContentTypeError;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

use crate::problem::{Problem, ProblemCode};

const CONTENT_TYPE: &str = "multipart/form-data";

/// The form's one field.
const FIELD: &str = "file";

/// How many bytes there may be around the file.
const ENVELOPE: u64 = 8 * 1024;

/// How long a file may take to arrive; phones are not always well connected.
const UPLOAD: Duration = Duration::from_mins(1);

/// How long to listen to what is not wanted.
const DISCARD: Duration = Duration::from_secs(10);

/// A request's file, which has not been read: who sends it may not be welcome.
pub(crate) struct FileUpload {
    body: BoxStream<'static, Result<Bytes, std::io::Error>>,
    boundary: String,
}

impl FileUpload {
    /// The file, if it has at most so many bytes.
    pub(crate) async fn read(mut self, longest: usize) -> Result<Vec<u8>, Problem> {
        let received = tokio::time::timeout(UPLOAD, self.receive(longest)).await;
        let received = received.map_err(|_| Problem::new(ProblemCode::RequestTimeout))?;
        if received.is_err() {
            self.discard().await;
        }
        received
    }

    /// Lets the client finish. One that is still sending when its connection closes sees a broken
    /// connection and never the answer.
    pub(crate) async fn discard(self) {
        let rest = self.body.take_while(|chunk| std::future::ready(chunk.is_ok()));
        let rest = rest.for_each(|_| std::future::ready(()));
        // Whoever takes longer has been waited for long enough.
        let _ = tokio::time::timeout(DISCARD, rest).await;
    }

    async fn receive(&mut self, longest: usize) -> Result<Vec<u8>, Problem> {
        let longest = u64::try_from(longest).unwrap_or(u64::MAX);
        let whole = longest.saturating_add(ENVELOPE);
        let limits = SizeLimit::new().whole_stream(whole).per_field(longest);
        let constraints = Constraints::new().allowed_fields(vec![FIELD]).size_limit(limits);
        let body = self.body.by_ref();
        let mut form = Multipart::with_constraints(body, self.boundary.as_str(), constraints);
        let file = form.next_field().await.map_err(|error| explain(&error, longest))?;
        let file = file.ok_or(Problem::invalid("The form is empty."))?;
        let file = file.bytes().await.map_err(|error| explain(&error, longest))?;
        match form.next_field().await.map_err(|error| explain(&error, longest))? {
            None => Ok(file.into()),
            Some(_) => Err(Problem::invalid("The form has more than one `file`.")),
        }
    }
}

/// Says what is wrong with a form, without repeating any of it.
fn explain(error: &multer::Error, longest: u64) -> Problem {
    match error {
        multer::Error::FieldSizeExceeded { .. } | multer::Error::StreamSizeExceeded { .. } => {
            Problem::new(ProblemCode::PayloadTooLarge)
                .detail(format!("The file may have {longest} bytes."))
        }
        multer::Error::UnknownField { .. } => {
            Problem::invalid("The form has one field, `file`, and no other.")
        }
        _ => Problem::invalid("The body is not a whole form."),
    }
}

impl<'a> ApiExtractor<'a> for FileUpload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];

    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let file = MetaSchema {
            description: Some("The file. Its name and declared type do not matter."),
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
        if !super::is_media_type(content_type, CONTENT_TYPE) {
            return Err(ContentTypeError::ExpectContentType.into());
        }
        let boundary = multer::parse_boundary(content_type)
            .map_err(|_| Problem::invalid("The content type names no boundary."))?;
        Ok(Self { body: body.take()?.into_bytes_stream().boxed(), boundary })
    }
}
