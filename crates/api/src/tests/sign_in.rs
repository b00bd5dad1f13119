use std::time::Duration;

use serde_json::json;
use uuid::Uuid;
use wxlogin_domain::model::{
    AppId, AuditAction, AuditEvent, IdentityKey, LegacyId, OpenId, Profile, Scope, SignUp, UserId,
    UserStatus, UserType,
};
use wxlogin_domain::ports::{Clock, ImportedUser, KeyedTag, Tombstones};
use wxlogin_domain::testing::SequenceRandomness;

use super::apps::APP;
use super::call::Call;
use super::harness::{Harness, Settings};

const KEY: &str = "5hQ1yN0rT3mJ8vWc2kXbZg";

#[tokio::test]
async fn a_login_starts_a_session_that_can_be_refreshed() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    assert_eq!(login.good()["expiresIn"], 900);
    assert_eq!(login.body["refreshExpiresIn"], 3600);
    assert_eq!(login.body["tokenType"], "Bearer");
    let token = login.text_at("refreshToken");
    harness.clock.advance(Duration::from_mins(30));
    let next = harness.post("/v1/token/refresh", json!({ "refreshToken": token })).await;
    assert_eq!(next.good()["tokenType"], "Bearer");
    assert_eq!(next.body["expiresIn"], 900);
    assert_eq!(next.body["refreshExpiresIn"], 3600);
    assert_ne!(next.text_at("refreshToken"), token);
    let me = harness.send(Call::get("/v1/me").bearer(next.text_at("accessToken"))).await;
    assert_eq!(me.good()["id"], login.body["user"]["id"]);
    let again = harness.post("/v1/token/refresh", json!({ "refreshToken": token })).await;
    assert_eq!(again.text_at("refreshToken"), next.text_at("refreshToken"), "its answer was lost");
}

#[tokio::test]
async fn a_failed_refresh_says_why() {
    let harness = Harness::new().await;
    let login = harness.log_in("code-alice-1").await;
    let first = login.text_at("refreshToken");
    let refresh = |token: &str| harness.post("/v1/token/refresh", json!({ "refreshToken": token }));
    let invalid = refresh("sEcReT").await;
    assert_eq!(invalid.problem(), (400, "refresh_token_invalid"));
    assert!(!invalid.text.contains("sEcReT"));
    refresh(first).await.good();
    harness.clock.advance(Duration::from_secs(31));
    assert_eq!(refresh(first).await.problem(), (400, "refresh_token_reused"));
    assert_eq!(refresh(first).await.problem(), (400, "refresh_token_invalid"));

    let banned = harness.log_in("code-alice-2").await;
    let admin = harness.client("support", &[Scope::Admin], &[]).await;
    let id = banned.body["user"]["id"].as_str().unwrap();
    let ban = Call::post(&format!("/v1/admin/users/{id}")).basic("support", &admin);
    harness.send(ban.json(&json!({ "status": 0, "reason": "spam" }))).await.good();
    assert_eq!(refresh(banned.text_at("refreshToken")).await.problem(), (403, "user_disabled"));
    assert_eq!(harness.log_in("code-alice-3").await.problem(), (403, "user_disabled"));

    let typo = harness.post("/v1/token/refresh", json!({ "refresh_token": "sEcReT" })).await;
    assert_eq!(typo.problem(), (400, "invalid_request"));
    assert!(typo.detail().contains("`refreshToken`"), "{typo:?}");
}

#[tokio::test]
async fn a_login_can_be_repeated_with_its_idempotency_key() {
    let harness = Harness::new().await;
    let login = |code: &str, key: &str| {
        let call = Call::post("/v1/login").header("idempotency-key", key);
        harness.send(call.json(&json!({ "appId": APP, "code": code })))
    };
    let first = login("code-alice-1", KEY).await;
    let again = login("code-alice-1", &format!("\"{KEY}\"")).await;
    assert_eq!(again.text_at("refreshToken"), first.text_at("refreshToken"));
    assert_eq!(again.body["isNewUser"], first.body["isNewUser"]);
    assert_eq!(login("code-alice-2", KEY).await.problem(), (422, "idempotency_key_reused"));
    let without = harness.log_in("code-alice-1").await;
    assert_eq!(without.problem(), (409, "login_code_used"));
}

#[tokio::test]
async fn an_invalid_idempotency_key_is_refused() {
    let harness = Harness::new().await;
    let long = "x".repeat(129);
    let login = || Call::post("/v1/login").json(&json!({ "appId": APP, "code": "code-alice-1" }));
    for keys in [&["sEcReT"][..], &[""], &["sEcReTschlüsselschlüssel"], &[&long], &[KEY, KEY]] {
        let call = keys.iter().fold(login(), |call, key| call.header("idempotency-key", key));
        let answer = harness.send(call).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{keys:?}");
        assert!(answer.detail().contains("`Idempotency-Key`"), "{answer:?}");
        assert!(!answer.text.contains("sEcReT"));
    }
    harness.log_in("code-alice-1").await.good();
}

#[tokio::test]
async fn a_failed_login_says_why() {
    let harness = Harness::new().await;
    for (kind, problem, retry_after) in [
        ("not a code", (400, "login_code_invalid"), ""),
        ("invalid", (400, "login_code_invalid"), ""),
        ("used", (409, "login_code_used"), ""),
        ("blocked", (403, "login_blocked_by_wechat"), ""),
        ("limited", (429, "rate_limited"), "7"),
        ("misconfigured", (502, "wechat_misconfigured"), ""),
        ("unavailable", (503, "wechat_unavailable"), "7"),
    ] {
        let answer = harness.log_in(&format!("{kind}-1")).await;
        assert_eq!(answer.problem(), problem);
        assert_eq!(answer.header("retry-after"), retry_after, "{kind}");
        assert!(!answer.text.contains("s3cret"));
        let original = json!({ "code": format!("{kind}-2"), "extra": 1 });
        let original = harness.post("/wxLogin", original).await;
        assert_eq!(original.problem(), problem);
        assert_eq!(original.body["message"], "接口错误");
    }
    let unnamed = harness.post("/v1/login", json!({ "code": "code-alice-1" })).await;
    assert_eq!(unnamed.problem(), (400, "invalid_request"));

    let closed = Harness::with(Settings { sign_up: SignUp::Closed, ..Settings::default() }).await;
    assert_eq!(closed.log_in("code-alice-1").await.problem(), (403, "sign_up_closed"));
}

#[tokio::test]
async fn a_login_can_cancel_a_requested_deletion() {
    let grace = Duration::from_hours(72);
    let harness = Harness::with(Settings { erasure_grace: grace, ..Settings::default() }).await;
    let login = harness.log_in("code-alice-1").await;
    let erase = Call::delete("/v1/me").bearer(login.text_at("accessToken"));
    let erased = harness.send(erase).await;
    assert_eq!(*erased.good(), json!({ "erased": false, "eraseAt": "2026-01-04T00:00:00+00:00" }));
    let refused = harness.log_in("code-alice-2").await;
    assert_eq!(refused.problem(), (403, "account_erasing"));
    assert!(refused.detail().contains("`restore`"), "{refused:?}");
    let restore = json!({ "appId": APP, "code": "code-alice-3", "restore": true });
    let back = harness.post("/v1/login", restore).await;
    assert_eq!(back.good()["user"]["id"], login.body["user"]["id"]);
    harness.log_in("code-alice-4").await.good();
}

#[tokio::test]
async fn signing_out_accepts_either_token() {
    let harness = Harness::new().await;
    let me = |token: &str| harness.send(Call::get("/v1/me").bearer(token));
    let refresh = |token: &str| harness.post("/v1/token/refresh", json!({ "refreshToken": token }));
    let log_out = || Call::post("/v1/logout");

    let login = harness.log_in("code-alice-1").await;
    let (access, token) = (login.text_at("accessToken"), login.text_at("refreshToken"));
    for _ in 0..2 {
        let answer = harness.send(log_out().bearer(access)).await;
        assert_eq!((answer.status, answer.header("cache-control")), (204, "no-store"));
        assert_eq!(me(access).await.problem(), (401, "token_invalid"));
        assert_eq!(refresh(token).await.problem(), (400, "refresh_token_invalid"));
    }

    let login = harness.log_in("code-alice-2").await;
    let (access, token) = (login.text_at("accessToken"), login.text_at("refreshToken"));
    for _ in 0..2 {
        let answer = harness.send(log_out().json(&json!({ "refreshToken": token }))).await;
        assert_eq!(answer.status, 204);
        assert_eq!(me(access).await.problem(), (401, "token_invalid"));
    }

    let login = harness.log_in("code-alice-3").await;
    let access = login.text_at("accessToken");
    let call = log_out().bearer(access).json(&json!({ "refreshToken": "unknown" }));
    assert_eq!(harness.send(call).await.status, 204);
    assert_eq!(me(access).await.problem(), (401, "token_invalid"), "the other token counts");

    let login = harness.log_in("code-alice-4").await;
    let (access, token) = (login.text_at("accessToken"), login.text_at("refreshToken"));
    let call = log_out().bearer("expired").json(&json!({ "refreshToken": token }));
    assert_eq!(harness.send(call).await.status, 204);
    assert_eq!(me(access).await.problem(), (401, "token_invalid"));
}

#[tokio::test]
async fn signing_out_needs_a_token() {
    let harness = Harness::new().await;
    for call in [
        Call::post("/v1/logout"),
        Call::post("/v1/logout").header("content-type", "application/json"),
        Call::post("/v1/logout").json(&json!({})),
        Call::post("/v1/logout").basic("someone", "secret"),
    ] {
        let answer = harness.send(call).await;
        assert_eq!(answer.problem(), (401, "token_missing"));
        assert_eq!(answer.challenges(), [r#"Bearer realm="wxlogin""#]);
    }
    let forged = harness.send(Call::post("/v1/logout").bearer("forged")).await;
    assert_eq!(forged.problem(), (401, "token_invalid"));
    assert_eq!(forged.challenges(), [r#"Bearer error="invalid_token""#]);
    let text = Call::post("/v1/logout").header("content-type", "text/plain").body("x");
    assert_eq!(harness.send(text).await.problem(), (415, "unsupported_media_type"));
    let typo = harness.post("/v1/logout", json!({ "token": "x" })).await;
    assert_eq!(typo.problem(), (400, "invalid_request"));
}

#[tokio::test]
async fn the_original_contract_is_supported() {
    let harness = Harness::new().await;
    for path in ["/wxLogin", "/users/wxLogin"] {
        let code = format!("code-alice{}-1", path.len());
        let page = json!({ "code": code, "avatarUrl": "", "userName": "小明", "extra": 1 });
        let answer = harness.post(path, page).await;
        assert_eq!(answer.good()["code"], 1);
        assert_eq!(answer.body["data"]["openId"], format!("oalice{}", path.len()));
        assert_eq!(answer.body["data"]["userName"], "小明");
        let token = answer.body["data"]["token"].as_str().unwrap();
        let me = harness.send(Call::get("/v1/me").bearer(token)).await;
        assert_eq!(me.good()["id"], answer.body["data"]["_id"]);
    }
}

#[tokio::test]
async fn an_imported_user_keeps_the_original_id() {
    let settings = Settings::default();
    let import = settings.stores.import.clone();
    let harness = Harness::with(settings).await;
    let now = harness.clock.now();
    let id = UserId::from_uuid(Uuid::from_u128(7));
    let imported = ImportedUser {
        legacy_id: LegacyId::parse("63f1c0ffee63f1c0ffee63f1").unwrap(),
        identity: IdentityKey {
            app_id: AppId::parse(APP).unwrap(),
            open_id: OpenId::parse("oalice").unwrap(),
        },
        tombstones: Tombstones { identity: KeyedTag([1; 32]), union_id: None },
        new_user_id: id,
        profile: Profile::default(),
        user_type: UserType(3),
        status: UserStatus::Active,
        session_key: None,
        created_at: now,
        event: AuditEvent::new(AuditAction::UserImported, id, now, &SequenceRandomness::default()),
    };
    import.import_user(imported).await.unwrap();
    let login = harness.post("/wxLogin", json!({ "code": "code-alice-1" })).await;
    assert_eq!(login.good()["data"]["_id"], "63f1c0ffee63f1c0ffee63f1");
    let login = harness.log_in("code-alice-2").await;
    assert_eq!(login.good()["user"]["id"], id.to_string(), "here it has its own");
    let secret = harness.client("support", &[Scope::Admin], &[]).await;
    let shown = Call::get(&format!("/v1/admin/users/{id}")).basic("support", &secret);
    assert_eq!(harness.send(shown).await.good()["legacyId"], "63f1c0ffee63f1c0ffee63f1");
}
