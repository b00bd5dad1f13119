//! Form bodies as OAuth requires them (RFC 6749, appendix B).

use poem::{Request, RequestBody};
use poem_openapi::impl_apirequest_for_payload;
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;

use super::body::{is_media_type, read};
use crate::problem::Problem;

/// A type that is read from a form.
pub(crate) trait FromForm: Sized {
    /// Reads the known parameters and ignores the others.
    fn from_form(form: &Form) -> Result<Self, Problem>;
}

/// The parameters of a form that have a value.
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// A parameter without a value counts as missing (RFC 6749 section 3.2).
    fn parse(bytes: &[u8]) -> Self {
        let given = form_urlencoded::parse(bytes).filter(|(_, value)| !value.is_empty());
        Self(given.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// Returns the value of a parameter, if it was sent. Fails if it was sent twice (RFC 6749
    /// section 3.2).
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(given, _)| given == name);
        let value = values.next().map(|(_, value)| value.as_str());
        if values.next().is_some() {
            return Err(Problem::invalid(format!("The parameter `{name}` was sent twice.")));
        }
        Ok(value)
    }

    /// Returns the value of a required parameter.
    pub(crate) fn required(&self, name: &'static str) -> Result<&str, Problem> {
        let missing = || Problem::invalid(format!("The parameter `{name}` is missing."));
        self.optional(name)?.ok_or_else(missing)
    }
}

/// A form body.
pub(crate) struct FormBody<T>(pub(crate) T);

impl<T: Type> Payload for FormBody<T> {
    const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";

    fn check_content_type(content_type: &str) -> bool {
        is_media_type(content_type, Self::CONTENT_TYPE)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type + FromForm> ParsePayload for FormBody<T> {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = read(request, body).await?;
        Ok(Self(T::from_form(&Form::parse(&bytes))?))
    }
}

impl_apirequest_for_payload!(FormBody<T>, T: Type + FromForm);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_read_once_and_only_with_a_value() {
        let form = Form::parse(b"token=a%2Bb+c&other=1&other=2&empty=&twice=1&twice=2");
        assert_eq!(form.required("token").unwrap(), "a+b c");
        assert_eq!(form.optional("empty").unwrap(), None);
        let detail = |result: Result<&str, Problem>| result.unwrap_err().detail.unwrap();
        assert_eq!(detail(form.required("empty")), "The parameter `empty` is missing.");
        assert_eq!(detail(form.required("twice")), "The parameter `twice` was sent twice.");
    }
}
