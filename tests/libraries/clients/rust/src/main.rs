//! Uses a client that progenitor has generated.

use std::fmt::Debug;

use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, HeaderMap};

use self::wxlogin::types::{LoginRequest, LogoutRequest, PhoneRequest, RefreshRequest, TokenForm};
use self::wxlogin::{Error, ResponseValue, prelude::Client};

/// What `build.rs` has generated.
mod wxlogin {
    include!(concat!(env!("OUT_DIR"), "/wxlogin.rs"));
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [url, code, phone_code, api_key] = arguments[..] else {
        return Err("four are needed".into());
    };
    let anybody = Client::new(url);

    let request = LoginRequest::builder().code(code).nickname("小明".to_owned());
    let login = anybody.log_in_v1().body(request).send().await?;
    let user = &login.user;
    assert!(login.is_new_user);
    assert_eq!(user.nickname.as_deref(), Some("小明"));
    let me = bearer(url, &login.access_token)?.get_me_v1().send().await?;
    assert_eq!(serde_json::to_value(&*me)?, serde_json::to_value(user)?);

    let request = RefreshRequest::builder().refresh_token(&login.refresh_token);
    let refreshed = anybody.refresh_token_v1().body(request).send().await?;
    assert!(refreshed.expires_in > 0);
    let person = bearer(url, &refreshed.access_token)?;
    let me = person.get_me_v1().send().await?;
    assert_eq!(serde_json::to_value(&*me)?, serde_json::to_value(user)?);

    let request = PhoneRequest::builder().code(phone_code);
    let bound = person.bind_phone_v1().body(request).send().await?;
    assert_eq!(bound.id, user.id);
    assert_eq!(bound.phone.as_ref().map(|phone| phone.country_code.as_str()), Some("86"));

    let form = TokenForm::builder().token(&refreshed.access_token);
    let back_end = bearer(url, api_key)?;
    let introspection = back_end.introspect_v1().body(form.clone()).send().await?;
    assert!(introspection.active);
    assert_eq!(introspection.sub, Some(user.id.to_string()));

    let nobody = bearer(url, "nobody.knows")?;
    let unknown = refusal(nobody.introspect_v1().body(form).send().await);
    assert_eq!(unknown.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(unknown.code, "client_invalid");
    assert_eq!(unknown.error, "invalid_client");

    let request = LoginRequest::builder().code(code);
    let used = refusal(anybody.log_in_v1().body(request).send().await);
    assert_eq!(used.status(), StatusCode::CONFLICT);
    assert_eq!(used.code, "login_code_used");

    let forged = refusal(bearer(url, "no.such.token")?.get_me_v1().send().await);
    assert_eq!(forged.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(forged.code, "token_invalid");

    person.log_out_v1().body(LogoutRequest::builder()).send().await?;
    let ended = refusal(person.get_me_v1().send().await);
    assert_eq!(ended.code, "token_invalid");
    Ok(())
}

fn bearer(url: &str, token: &str) -> Result<Client, Failure> {
    let headers = HeaderMap::from_iter([(AUTHORIZATION, format!("Bearer {token}").parse()?)]);
    let client = reqwest::Client::builder().default_headers(headers).build()?;
    Ok(Client::new_with_client(url, client))
}

fn refusal<T: Debug, E: Debug>(answer: Result<T, Error<E>>) -> ResponseValue<E> {
    match answer {
        Err(Error::ErrorResponse(problem)) => problem,
        other => panic!("{other:?}"),
    }
}
