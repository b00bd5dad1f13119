//! The access token.

use std::time::Duration;

use wxlogin_domain::model::AppId;
use wxlogin_domain::ports::WechatGateway;

use crate::every_call::Call;
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{APP_ID, SECRET, TOKEN, http_ok, patient_client};

#[tokio::test]
async fn the_request_is_as_wechat_documents_it() {
    for force in [false, true] {
        let response = http_ok(&Call::AccessToken.success());
        let server = ScriptedServer::start([vec![Step::Send(response)]]).await;
        let app_id = AppId::parse(APP_ID).unwrap();
        let fetched = patient_client(&server).access_token(&app_id, force).await.unwrap();
        assert_eq!(fetched.token.expose(), TOKEN);
        assert_eq!(fetched.expires_in, Duration::from_hours(2));
        let request = server.requests().remove(0);
        assert!(request.starts_with("POST /cgi-bin/stable_token HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("content-type: application/json\r\n"), "{request}");
        let body = format!(
            r#"{{"grant_type":"client_credential","appid":"{APP_ID}","secret":"{SECRET}","force_refresh":{force}}}"#
        );
        assert!(request.ends_with(&body), "{request}");
    }
}

#[tokio::test]
async fn a_success_may_have_extra_fields() {
    for rest in [r#""expires_in":"7200""#, r#""expires_in":300,"errcode":0,"new":{}"#] {
        let body = format!(r#"{{"access_token":"{TOKEN}",{rest}}}"#);
        assert_eq!(Call::AccessToken.answered(&body).await, Ok(true), "{rest}");
    }
}

#[tokio::test]
async fn an_incomplete_success_is_refused() {
    let long = "a".repeat(2000);
    for body in [
        "{}".to_owned(),
        format!(r#"{{"access_token":"{TOKEN}"}}"#),
        format!(r#"{{"access_token":"{TOKEN}","expires_in":0}}"#),
        format!(r#"{{"access_token":"{TOKEN}","expires_in":-1}}"#),
        format!(r#"{{"access_token":"{TOKEN}","expires_in":"soon"}}"#),
        format!(r#"{{"access_token":"{TOKEN}","expires_in":[7200]}}"#),
        r#"{"access_token":"","expires_in":7200}"#.to_owned(),
        r#"{"access_token":7,"expires_in":7200}"#.to_owned(),
        r#"{"access_token":"a b","expires_in":7200}"#.to_owned(),
        format!(r#"{{"access_token":"{long}","expires_in":7200}}"#),
    ] {
        let failed = Call::AccessToken.answered(&body).await.unwrap_err();
        assert_eq!(failed.what(), Some("its response lacks an access token"), "{body}");
    }
}
