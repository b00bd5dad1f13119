use poem::{Request, RequestBody};
use poem_openapi::registry::{MetaParamIn, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};
use wxlogin_domain::usecase::sign_in::log_in::IdempotencyKey;

use crate::problem::Problem;

/// The request's `Idempotency-Key`, if it has one. The framework's own header parameter would
/// ignore a second header, and one that is not text.
pub(crate) struct IdempotencyKeyHeader(pub(crate) Option<IdempotencyKey>);

impl<'a> ApiExtractor<'a> for IdempotencyKeyHeader {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::Parameter];

    type ParamType = ();
    type ParamRawType = ();

    fn param_in() -> Option<MetaParamIn> {
        Some(MetaParamIn::Header)
    }

    fn param_schema_ref() -> Option<MetaSchemaRef> {
        // Quotes around the key are accepted, too.
        let schema = MetaSchema {
            min_length: Some(22),
            max_length: Some(128),
            pattern: Some(r"^[!#-\[\]-~]+$".into()),
            example: Some("q1w2kXJ4mZ8tYc0VbR7nHs".into()),
            ..MetaSchema::new("string")
        };
        Some(MetaSchemaRef::Inline(Box::new(schema)))
    }

    async fn from_request(
        request: &'a Request,
        _: &mut RequestBody,
        options: ExtractParamOptions<()>,
    ) -> poem::Result<Self> {
        let mut sent = request.headers().get_all(options.name).iter();
        let Some(key) = sent.next() else { return Ok(Self(None)) };
        if sent.next().is_some() {
            return Err(Problem::invalid("The header `Idempotency-Key` was sent twice.").into());
        }
        let key = IdempotencyKey::parse(key.to_str().unwrap_or_default()).map_err(|rule| {
            Problem::invalid(format!("The header `Idempotency-Key` is invalid: {rule}."))
        })?;
        Ok(Self(Some(key)))
    }
}
