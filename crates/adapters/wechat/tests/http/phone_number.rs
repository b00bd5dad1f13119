//! Phone numbers, and checking encrypted data.

use wxlogin_domain::model::{
    AppId, EncryptedDataHash, OpenId, PhoneCode, PhoneNumber, WechatAccessToken,
};
use wxlogin_domain::ports::{PhoneNumberError, WechatGateway};

use crate::every_call::Call;
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{APP_ID, OPEN_ID, PHONE, PHONE_CODE, TOKEN, http_ok, patient_client};

/// The phone number read from this `phone_info`, and the request that was sent.
async fn ask(phone_info: &str) -> (Option<PhoneNumber>, String) {
    let (result, request) = answered(phone_info).await;
    (result.ok(), request)
}

/// The result of a call with this `phone_info`, and the request that was sent.
async fn answered(phone_info: &str) -> (Result<PhoneNumber, PhoneNumberError>, String) {
    let body = format!(r#"{{"errcode":0,"errmsg":"ok","phone_info":{phone_info}}}"#);
    let server = ScriptedServer::start([vec![Step::Send(http_ok(&body))]]).await;
    let result = patient_client(&server)
        .phone_number(
            &AppId::parse(APP_ID).unwrap(),
            &WechatAccessToken::parse(TOKEN).unwrap(),
            &PhoneCode::parse(PHONE_CODE).unwrap(),
            &OpenId::parse(OPEN_ID).unwrap(),
        )
        .await;
    (result, server.requests().remove(0))
}

#[tokio::test]
async fn the_openid_is_sent_with_the_code() {
    let (_, request) = ask("{}").await;
    let body = format!(r#"{{"code":"{PHONE_CODE}","openid":"{OPEN_ID}"}}"#);
    assert!(request.ends_with(&body), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
}

#[tokio::test]
async fn the_country_code_is_a_string_or_a_number() {
    let expected = PhoneNumber::parse("86", PHONE).unwrap();
    for country_code in ["86", r#""86""#] {
        for rest in [
            String::new(),
            format!(r#","phoneNumber":"{PHONE}""#),
            format!(r#","phoneNumber":"+86{PHONE}","watermark":{{"appid":"{APP_ID}"}}"#),
            r#","watermark":"none""#.to_owned(),
        ] {
            let info =
                format!(r#"{{"countryCode":{country_code},"purePhoneNumber":"{PHONE}"{rest}}}"#);
            assert_eq!(ask(&info).await.0.as_ref(), Some(&expected), "{info}");
        }
    }
    let abroad =
        ask(r#"{"phoneNumber":"+85251234567","purePhoneNumber":"51234567","countryCode":852}"#);
    assert_eq!(abroad.await.0, PhoneNumber::parse("852", "51234567").ok());
}

#[tokio::test]
async fn an_incomplete_success_is_refused() {
    for phone_info in [
        "null".to_owned(),
        "7".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"purePhoneNumber":"{PHONE}"}}"#),
        format!(r#"{{"phoneNumber":"{PHONE}","countryCode":"86"}}"#),
        format!(r#"{{"pure_phone_number":"{PHONE}","country_code":"86"}}"#),
        format!(r#"{{"purePhoneNumber":"{PHONE}","countryCode":"China"}}"#),
        format!(r#"{{"purePhoneNumber":"{PHONE}","countryCode":-86}}"#),
        format!(r#"{{"purePhoneNumber":{PHONE},"countryCode":"86"}}"#),
        r#"{"purePhoneNumber":"138****8000","countryCode":"86"}"#.to_owned(),
        format!(
            r#"{{"purePhoneNumber":"{PHONE}","countryCode":"86",
                "watermark":{{"appid":"wxother00000000001"}}}}"#
        ),
    ] {
        assert_eq!(ask(&phone_info).await.0, None, "{phone_info}");
    }
    let failed = Call::PhoneNumber.answered("{}").await.unwrap_err();
    assert_eq!(failed.what(), Some("its response lacks a phone number of this app"));
}

#[tokio::test]
async fn an_empty_number_is_told_apart_from_a_broken_answer() {
    for country_code in ["86", ""] {
        let info = format!(
            r#"{{"phoneNumber":"","purePhoneNumber":"","countryCode":"{country_code}",
                "watermark":{{"appid":"{APP_ID}"}}}}"#
        );
        let (result, _) = answered(&info).await;
        assert!(matches!(result, Err(PhoneNumberError::NoNumber(_))), "{result:?}");
    }
}

#[tokio::test]
async fn encrypted_data_are_checked_by_their_hash() {
    let server =
        ScriptedServer::start([vec![Step::Send(http_ok(&Call::CheckEncryptedData.success()))]])
            .await;
    let valid = patient_client(&server)
        .check_encrypted_data(
            &AppId::parse(APP_ID).unwrap(),
            &WechatAccessToken::parse(TOKEN).unwrap(),
            &EncryptedDataHash::of("abc"),
        )
        .await;
    assert_eq!(valid, Ok(true));
    let request = server.requests().remove(0);
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(request.ends_with(&format!(r#"{{"encrypted_msg_hash":"{hash}"}}"#)), "{request}");
}

#[tokio::test]
async fn the_misspelt_field_says_whether_wechat_made_the_data() {
    for (body, valid) in [
        (r#"{"errcode":0,"vaild":true}"#, Some(true)),
        (r#"{"errcode":0,"vaild":false}"#, Some(false)),
        (r#"{"errcode":0,"valid":true}"#, Some(true)),
        (r#"{"errcode":0}"#, None),
        (r#"{"errcode":0,"vaild":"true"}"#, None),
    ] {
        assert_eq!(Call::CheckEncryptedData.answered(body).await.ok(), valid, "{body}");
    }
}
