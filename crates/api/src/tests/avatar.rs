use poem::http::Method;
use serde_json::json;

use super::{Answer, Call, House, Settings};

const UPLOAD: &str = "/v1/me/avatar";

async fn upload(house: &House, token: &str, files: &[(&str, &str)]) -> Answer {
    house.send(Call::post(UPLOAD).bearer(token).files(files)).await
}

/// The path of an address on this service.
fn path(address: &str) -> &str {
    address.strip_prefix("https://login.example").expect("it is on this service")
}

#[tokio::test]
async fn a_picture_is_uploaded_and_everybody_can_see_it() {
    let house = House::new().await;
    let login = house.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let uploaded = upload(&house, token, &[("file", "picture 1")]).await;
    let address = uploaded.text_at("avatarUrl");
    assert_eq!(uploaded.body["id"], login.body["user"]["id"]);
    let me = house.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.good(), &uploaded.body);
    let again = house.log_in("code-alice-2").await;
    assert_eq!(again.good()["user"]["avatarUrl"], address);
    let shown = house.send(Call::get(path(address))).await;
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
    let known = house.send(known).await;
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let head = house.send(Call::new(Method::HEAD, path(address))).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), "image/jpeg");
}

#[tokio::test]
async fn the_original_contract_shows_the_picture_and_does_not_take_one() {
    let house = House::new().await;
    let login = house.log_in("code-alice-1").await;
    let uploaded = upload(&house, login.text_at("accessToken"), &[("file", "picture 1")]).await;
    let address = uploaded.text_at("avatarUrl");
    // The page remembers what it was shown, and sends it with its next login.
    let body = json!({ "code": "code-alice-2", "avatarUrl": address });
    let original = house.post("/wxLogin", body).await;
    assert_eq!(original.good()["data"]["avatarUrl"], address);
    let token = original.body["data"]["token"].as_str().unwrap();
    let refused = upload(&house, token, &[("file", "picture 2")]).await;
    assert_eq!(refused.problem(), (401, "token_invalid"));
}

#[tokio::test]
async fn a_client_that_remembers_an_old_picture_does_not_bring_it_back() {
    let house = House::new().await;
    let login = house.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let first = upload(&house, token, &[("file", "picture 1")]).await;
    let second = upload(&house, token, &[("file", "picture 2")]).await;
    let (first, second) = (first.text_at("avatarUrl"), second.text_at("avatarUrl"));
    assert_ne!(first, second);
    let body = json!({ "appId": super::harness::APP, "code": "code-alice-2", "avatarUrl": first });
    let again = house.post("/v1/login", body).await;
    assert_eq!(again.good()["user"]["avatarUrl"], second);
    let change = |address: &str| {
        Call::post("/v1/me")
            .bearer(token)
            .json(&json!({ "nickname": "小明", "avatarUrl": address }))
    };
    let old = house.send(change(first)).await;
    assert_eq!(old.problem(), (400, "invalid_request"));
    assert!(old.detail().contains("`avatarUrl`"), "{old:?}");
    let same = house.send(change(second)).await;
    assert_eq!(
        (&same.good()["nickname"], &same.body["avatarUrl"]),
        (&"小明".into(), &second.into())
    );
}

#[tokio::test]
async fn what_is_no_picture_is_told_and_changes_nothing() {
    let house = House::new().await;
    let login = house.log_in("code-alice-1").await;
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
        (&[("file", "picture"), ("other", "x")], 400, "invalid_request"),
        (&[], 400, "invalid_request"),
    ] {
        let answer = upload(&house, token, files).await;
        let what = files.first().map_or("", |(_, content)| &content[..content.len().min(20)]);
        assert_eq!(answer.problem(), (status, code), "{what}");
    }
    let me = house.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.good().get("avatarUrl"), None);
    let too_long = upload(&house, token, &[("file", &long)]).await;
    assert_eq!(too_long.detail(), "The file may have 1000 bytes.");
    upload(&house, token, &[("file", longest)]).await.good();
}

#[tokio::test]
async fn what_is_no_form_is_told() {
    let house = House::new().await;
    let login = house.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let send = |content_type: &str, body: &str| {
        let call = Call::post(UPLOAD).bearer(token).header("content-type", content_type);
        house.send(call.body(body))
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
    let none = house.send(Call::post(UPLOAD).bearer(token)).await;
    assert_eq!(none.problem(), (415, "unsupported_media_type"));
}

#[tokio::test]
async fn only_who_is_signed_in_uploads() {
    let house = House::new().await;
    for call in [Call::post(UPLOAD), Call::post(UPLOAD).bearer("nonsense")] {
        let answer = house.send(call.files(&[("file", "picture")])).await;
        assert_eq!(answer.problem(), (401, "token_invalid"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let house = House::new().await;
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
        let answer = house.send(Call::get(&format!("/avatars/{name}"))).await;
        assert_eq!(answer.problem(), (404, "not_found"), "{name}");
    }
    let post = house.send(Call::post("/avatars/0123456789abcdef0123456789abcdef.jpg")).await;
    assert_eq!(post.problem(), (405, "method_not_allowed"));
    assert_eq!(post.header("allow"), "GET, HEAD");
}

#[tokio::test]
async fn where_no_pictures_are_kept_none_is_taken() {
    let house = House::with(Settings { keeps_avatars: false, ..Settings::default() }).await;
    let login = house.log_in("code-alice-1").await;
    let token = login.text_at("accessToken");
    let refused = upload(&house, token, &[("file", "picture")]).await;
    assert_eq!(refused.problem(), (403, "avatars_disabled"));
    let shown = house.send(Call::get("/avatars/0123456789abcdef0123456789abcdef.jpg")).await;
    assert_eq!(shown.problem(), (404, "not_found"));
}
