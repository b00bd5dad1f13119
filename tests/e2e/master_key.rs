//! The master key is rotated.

use reqwest::Method;
use serde_json::json;

use crate::sessions::{refresh, refresh_token};
use crate::support::{Answer, Harness, Load, MASTER_KEY, Process};

const NEW_KEY: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

const CURRENT: &str = "WXLOGIN__MASTER_KEY";
const PREVIOUS: &str = "WXLOGIN__PREVIOUS_MASTER_KEYS";

const NUMBER: &str = "13800138000";

impl Harness {
    async fn bind_number(&self, openid: &str, login: &Answer) -> Answer {
        let code = self.phone_code(openid, NUMBER, "86", "string").await;
        self.bind(login.token(), &code).await
    }

    /// Signs a person in, bans the user and deletes the account.
    async fn ban_and_erase(&self, openid: &str) {
        let login = self.sign_in(openid).await;
        let key = self.api_key(&format!("operator-{}", login.user_id()), &["admin"]).await;
        let path = format!("/v1/admin/users/{}", login.user_id());
        let ban = self.client.request(Method::POST, &path).bearer_auth(&key);
        let ban = self.client.send(ban.json(&json!({ "status": 0, "reason": "spam" }))).await;
        assert_eq!(ban.status, 200, "{ban:?}");
        let erase = self.client.request(Method::DELETE, &format!("{path}?reason=requested"));
        assert_eq!(self.client.send(erase.bearer_auth(&key)).await.status, 204);
    }

    /// Whether WeChat's session key of the token's user can be decrypted: it decrypts open data.
    async fn decrypts_open_data(&self, openid: &str, token: &str) -> bool {
        let data = json!({ "openid": openid, "data": { "nickName": "Alice" } });
        let data = self.simulator.open_data(&data).await;
        let path = "/v1/me/open-data/decrypt";
        let body = json!({ "encryptedData": data["encryptedData"], "iv": data["iv"] });
        let request = self.client.request(Method::POST, path).bearer_auth(token).json(&body);
        self.client.send(request).await.status == 200
    }

    /// Everything of a user that the master key protects.
    async fn has_everything(&self, openid: &str, login: &Answer) -> bool {
        let me = self.client.me(login.token()).await;
        assert_eq!(me.status, 200, "the signing key is readable: {me:?}");
        me.body["phone"]["number"] == NUMBER && self.decrypts_open_data(openid, login.token()).await
    }
}

#[tokio::test]
async fn everything_survives_a_rotation_of_the_master_key() {
    let mut harness = Harness::start(&[]).await;
    let alice = harness.sign_in("oAlice").await;
    assert_eq!(harness.bind_number("oAlice", &alice).await.status, 200);
    let idle = harness.sign_in("oIdle").await;
    harness.ban_and_erase("oBanned").await;

    // Every instance can decrypt with the new key before one encrypts with it.
    harness.restart_with(&[(PREVIOUS, NEW_KEY)]).await;
    harness.restart_with(&[(CURRENT, NEW_KEY), (PREVIOUS, MASTER_KEY)]).await;
    assert!(harness.has_everything("oAlice", &alice).await);
    let refreshed = refresh(&harness.client, refresh_token(&alice)).await;
    let bob = harness.sign_in("oBob").await;
    let taken = harness.bind_number("oBob", &bob).await;
    assert_eq!((taken.status, taken.problem()), (409, "phone_taken"));
    assert_eq!(harness.sign_in("oBanned").await.problem(), "user_disabled");
    harness.ban_and_erase("oBannedLater").await;

    // Without the previous key, nothing starts before everything was encrypted again.
    let mut early = harness.settings.clone();
    early.push((PREVIOUS.into(), String::new()));
    let early = Process::run(&["serve"], &early).await;
    assert!(!early.success && early.log.contains("another master key"), "{early:?}");

    let load = Load::start(&harness, 0);
    load.wait_until_busy().await;
    let first = harness.run_command(&["keys", "reseal"]).await;
    let logins = load.stop().await;
    assert!(!logins.is_empty());
    let promise = "may be removed after 20";
    assert!(first.output.contains(promise), "{first:?}");
    assert!(!first.output.contains(MASTER_KEY) && !first.output.contains(NEW_KEY));
    let date = |output: &str| output.split_once(promise).unwrap().1.to_owned();
    let again = harness.run_command(&["keys", "reseal"]).await;
    assert!(again.output.contains("Encrypted 0 values"), "{again:?}");
    assert_eq!(date(&again.output), date(&first.output), "the date does not move");

    harness.restart_with(&[(PREVIOUS, "")]).await;
    assert!(harness.has_everything("oAlice", &alice).await, "the old access token is valid, too");
    let next = refresh(&harness.client, refresh_token(&refreshed)).await;
    assert_eq!(harness.client.me(next.token()).await.body["id"], alice.user_id());
    let taken = harness.bind_number("oBob", &bob).await;
    assert_eq!((taken.status, taken.problem()), (409, "phone_taken"));
    let ended = refresh(&harness.client, refresh_token(&idle)).await;
    assert_eq!(ended.problem(), "refresh_token_invalid", "it was removed before its date");
    for banned in ["oBanned", "oBannedLater"] {
        assert_eq!(harness.sign_in(banned).await.problem(), "user_disabled", "{banned}");
    }
    for login in logins.iter().take(5) {
        let again = harness.sign_in(&login.person).await;
        assert_eq!(again.user_id(), login.user);
        assert!(harness.decrypts_open_data(&login.person, again.token()).await);
    }
}
