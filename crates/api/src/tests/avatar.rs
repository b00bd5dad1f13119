use poem::http::Method;
use serde_json::json;

use super::apps::APP;
use super::call::{Answer, Call};
use super::harness::{Harness, Settings};

const UPLOAD: &str = "/v1/me/avatar";

async fn upload(harness: &Harness, token: &str, files: &[(&str, &str)]) -> Answer {
    harness.send(Call::post(UPLOAD).bearer(token).files(files)).await
}

/// Returns the path of a URL on this service.
fn path(address: &str) -> &str {
    address.strip_prefix("https://login.example").expect("it is on this service")
}

#[tokio::test]
async fn an_uploaded_avatar_is_public() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let uploaded = upload(&harness, token, &[("file", "picture 1")]).await;
    let address = uploaded.text_at("avatarUrl");
    assert_eq!(uploaded.body["id"], login.body["user"]["id"]);
    let me = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.good(), &uploaded.body);
    let again = harness.log_in("code-alice-2").await;
    assert_eq!(again.good()["user"]["avatarUrl"], address);
    let shown = harness.send(Call::get(path(address))).await;
    assert_eq!((shown.status, shown.text.as_str()), (200, "picture 1"));
    for (name, value) in [
        ("content-type", "image/jpeg"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
    ] {
        assert_eq!(shown.header(name), value);
    }
    let known = Call::get(path(address)).header("if-none-match", shown.header("etag"));
    let known = harness.send(known).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let head = harness.send(Call::new(Method::HEAD, path(address))).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn the_original_contract_shows_avatars_and_accepts_no_upload() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let uploaded = upload(&harness, login.text_at("accessToken"), &[("file", "picture 1")]).await;
    let address = uploaded.text_at("avatarUrl");
    // The page stores the URL and sends it with its next login.
    let body = json!({ "code": "code-alice-2", "avatarUrl": address });
    let original = harness.post("/wxLogin", body).await;
    assert_eq!(original.good()["data"]["avatarUrl"], address);
    let token = original.body["data"]["token"].as_str().unwrap();
    let refused = upload(&harness, token, &[("file", "picture 2")]).await;
    assert_eq!(refused.problem(), (401, "token_invalid"));
}

#[tokio::test]
async fn the_url_of_a_replaced_avatar_is_refused() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let first = upload(&harness, token, &[("file", "picture 1")]).await;
    let second = upload(&harness, token, &[("file", "picture 2")]).await;
    let (first, second) = (first.text_at("avatarUrl"), second.text_at("avatarUrl"));
    assert_ne!(first, second);
    let body = json!({ "appId": APP, "code": "code-alice-2", "avatarUrl": first });
    let again = harness.post("/v1/login", body).await;
    assert_eq!(again.good()["user"]["avatarUrl"], second);
    let change = |address: &str| {
        Call::post("/v1/me")
            .bearer(token)
            .json(&json!({ "nickname": "小明", "avatarUrl": address }))
    };
    let old = harness.send(change(first)).await;
    assert_eq!(old.problem(), (400, "invalid_request"));
    assert!(old.detail().contains("`avatarUrl`"), "{old:?}");
    let same = harness.send(change(second)).await;
    assert_eq!(
        (&same.good()["nickname"], &same.body["avatarUrl"]),
        (&"小明".into(), &second.into())
    );
}

#[tokio::test]
async fn an_invalid_image_is_explained_and_changes_nothing() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let long = "picture".to_owned() + &"x".repeat(994);
    let longest = &long[..1000];
    let flood = "x".repeat(1_000_000);
    for (files, status, code) in [
        (&[("file", "<svg/>")][..], 400, "image_invalid"),
        (&[("file", "")], 400, "image_invalid"),
        (&[("file", "huge")], 413, "payload_too_large"),
        (&[("file", "busy")], 429, "rate_limited"),
        (&[("file", "broken")], 500, "internal_error"),
        (&[("file", &long)], 413, "payload_too_large"),
        (&[("file", &flood)], 413, "payload_too_large"),
        (&[("avatar", "picture")], 400, "invalid_request"),
        (&[("file", "picture"), ("file", "picture")], 400, "invalid_request"),
        (&[("file", "animated")], 400, "image_invalid"),
        (&[("file", "picture"), ("other", &flood[..9000])], 413, "payload_too_large"),
        (&[], 400, "invalid_request"),
    ] {
        let answer = upload(&harness, token, files).await;
        let what = files.first().map_or("", |(_, content)| &content[..content.len().min(20)]);
        assert_eq!(answer.problem(), (status, code), "{what}");
    }
    let me = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.good().get("avatarUrl"), None);
    let too_long = upload(&harness, token, &[("file", &long)]).await;
    assert_eq!(too_long.detail(), "The file may have at most 1000 bytes.");
    upload(&harness, token, &[("file", longest)]).await.good();
}

#[tokio::test]
async fn other_fields_of_the_form_are_ignored() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    for files in [
        &[("user", "test"), ("file", "picture 1")][..],
        &[("file", "picture 2"), ("user", "test"), ("", "x")],
        &[("a", &"x".repeat(900)), ("file", "picture 3"), ("b", ""), ("b", "1")],
    ] {
        let uploaded = upload(&harness, token, files).await;
        let shown = harness.send(Call::get(path(uploaded.text_at("avatarUrl")))).await;
        let (_, sent) = files.iter().find(|(name, _)| *name == "file").unwrap();
        assert_eq!(shown.text, *sent);
    }
}

#[tokio::test]
async fn an_invalid_form_is_explained() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let send = |content_type: &str, body: &str| {
        let call = Call::post(UPLOAD).bearer(token).header("content-type", content_type);
        harness.send(call.body(body))
    };
    let form = "multipart/form-data; boundary=edge";
    for (content_type, body, status, code) in [
        ("image/png", "picture", 415, "unsupported_media_type"),
        ("application/json", "{}", 415, "unsupported_media_type"),
        ("multipart/form-data", "picture", 400, "invalid_request"),
        (form, "", 400, "invalid_request"),
        (form, "picture", 400, "invalid_request"),
        (form, "--edge\r\n", 400, "invalid_request"),
        (
            form,
            "--edge\r\ncontent-disposition: form-data; name=\"file\"\r\n\r\npicture",
            400,
            "invalid_request",
        ),
    ] {
        let answer = send(content_type, body).await;
        assert_eq!(answer.problem(), (status, code), "{content_type} {body}");
    }
    let none = harness.send(Call::post(UPLOAD).bearer(token)).await;
    assert_eq!(none.problem(), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn an_upload_needs_an_access_token() {
    let harness = Harness::new().await;
    for (call, code) in [
        (Call::post(UPLOAD), "token_missing"),
        (Call::post(UPLOAD).bearer("nonsense"), "token_invalid"),
    ] {
        let answer = harness.send(call.files(&[("file", "picture")])).await;
        assert_eq!(answer.problem(), (401, code));
    }
}

#[tokio::test]
async fn an_unknown_avatar_is_not_found() {
    let harness = Harness::new().await;
    for name in [
        "0123456789abcdef0123456789abcdef.jpg",
        "0123456789abcdef0123456789abcdef.png",
        "x",
        "",
        "..",
        "%2e%2e%2fwxlogin.db",
        "..%2f..%2fetc%2fpasswd",
        "0123456789abcdef0123456789abcdef.jpg/..",
        "0123456789abcdef0123456789abcdef.jpg%00",
    ] {
        let answer = harness.send(Call::get(&format!("/avatars/{name}"))).await;
        assert_eq!(answer.problem(), (404, "not_found"), "{name}");
    }
    let post = harness.send(Call::post("/avatars/0123456789abcdef0123456789abcdef.jpg")).await;
    assert_eq!(post.problem(), (405, "method_not_allowed"));
    assert_eq!(post.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn uploads_can_be_disabled() {
    let harness = Harness::with(Settings { keeps_avatars: false, ..Settings::default() }).await;
    let login = harness.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let refused = upload(&harness, token, &[("file", "picture")]).await;
    assert_eq!(refused.problem(), (403, "avatars_disabled"));
    let shown = harness.send(Call::get("/avatars/0123456789abcdef0123456789abcdef.jpg")).await;
    assert_eq!(shown.problem(), (404, "not_found"));
}
