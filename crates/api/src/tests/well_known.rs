use std::time::Duration;

use poem::http::Method;
use serde_json::json;
use wxlogin_domain::ports::TokenSigner;

use super::call::Call;
use super::harness::{Harness, Settings};

const KEYS: &str = "/.well-known/jwks.json";
const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn the_issuer_metadata_has_two_paths() {
    let harness = Harness::new().await;
    for place in [OPENID, OAUTH] {
        let answer = harness.send(Call::get(place)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(
            answer.body,
            json!({
                "issuer": "https://login.example",
                "jwks_uri": "https://login.example/.well-known/jwks.json",
                "token_endpoint": "https://login.example/v1/token/refresh",
                "token_endpoint_auth_methods_supported": ["none"],
                "introspection_endpoint": "https://login.example/v1/introspect",
                "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
                "revocation_endpoint": "https://login.example/v1/revoke",
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
                "response_types_supported": [],
                "grant_types_supported": [],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "scopes_supported": ["introspect", "openid", "admin", "phone", "wechat-access-token"],
            })
        );
    }
}

#[tokio::test]
async fn the_metadata_of_an_issuer_with_a_path_is_found() {
    let issuer = "https://example.com/wx/login";
    let harness = Harness::with(Settings { issuer, ..Settings::default() }).await;
    for place in [OPENID, OAUTH] {
        for path in [place.to_owned(), format!("/wx/login{place}"), format!("{place}/wx/login")] {
            let answer = harness.send(Call::get(&path)).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.body["issuer"], issuer);
            assert_eq!(answer.body["jwks_uri"], format!("{issuer}{KEYS}"));
        }
    }
    for path in [KEYS.to_owned(), format!("/wx/login{KEYS}")] {
        assert_eq!(harness.send_undescribed(Call::get(&path)).await.text, harness.signer.jwks());
    }
    for path in [format!("/other{OPENID}"), format!("{OAUTH}/other"), "/wx/login".into()] {
        assert_eq!(harness.send(Call::get(&path)).await.problem(), (404, "not_found"));
    }
    let posted = harness.send(Call::post(&format!("/wx/login{KEYS}"))).await;
    assert_eq!(posted.problem(), (405, "method_not_allowed"));
}

#[tokio::test]
async fn the_signing_keys_are_cacheable() {
    let harness = Harness::new().await;
    let get = || Call::get(KEYS);
    // The fake signer's keys have only a key id, fewer fields than the document declares.
    let first = harness.send_undescribed(get()).await;
    assert_eq!((first.status, first.text.as_str()), (200, r#"{"keys":[{"kid":"fake-1"}]}"#));
    assert_eq!(first.header("content-type"), "application/json");
    assert_eq!(first.header("cache-control"), "public, max-age=120");
    let etag = first.header("etag");
    let weak = format!("W/{etag}");
    for known in [etag, &weak, &format!("\"x\", {etag}"), "*"] {
        let same = harness.send(get().header("if-none-match", known)).await;
        assert_eq!((same.status, same.text.as_str()), (304, ""), "{known}");
        assert_eq!(same.header("etag"), etag);
        assert_eq!(same.header("cache-control"), "public, max-age=120");
    }
    let head = harness.send_undescribed(Call::new(Method::HEAD, KEYS)).await;
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", etag));

    harness.services.keys.rotate().await.unwrap();
    harness.clock.advance(Duration::from_mins(1));
    harness.services.keys.keep_up().await.unwrap();
    let next = harness.send_undescribed(get().header("if-none-match", etag)).await;
    assert_eq!(next.status, 200);
    assert!(next.text.contains("fake-1") && next.text.contains("fake-2"), "{next:?}");
}

#[tokio::test]
async fn the_start_page_and_the_document_know_the_public_url() {
    for (issuer, base) in [("https://login.example", ""), ("https://example.com/auth", "/auth")] {
        let harness = Harness::with(Settings { issuer, ..Settings::default() }).await;
        let start = harness.send(Call::get("/")).await;
        assert_eq!((start.status, start.header("content-type")), (200, "text/html; charset=utf-8"));
        for link in ["/docs", "/openapi.yaml", OPENID] {
            assert!(start.text.contains(&format!("href=\"{base}{link}\"")), "{}", start.text);
        }
        let document = harness.send(Call::get("/openapi.json")).await;
        assert_eq!(document.body["servers"][0]["url"], issuer);
        let yaml = harness.send(Call::get("/openapi.yaml")).await;
        assert!(yaml.text.contains(&format!("- url: {issuer}\n")));
        let docs = harness.send(Call::get("/docs")).await;
        let server = if base.is_empty() { "/" } else { base };
        assert!(docs.text.contains(&format!(r#""url":"{server}""#)), "Swagger UI calls its host");
    }
}
