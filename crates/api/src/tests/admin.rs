use std::time::Duration;

use serde_json::{Value, json};
use wxlogin_domain::model::Scope;

use super::apps::{APP, OTHER_APP};
use super::call::{Answer, Call};
use super::harness::Harness;

const USERS: &str = "/v1/admin/users";

/// An operator's client.
struct Operator<'a> {
    harness: &'a Harness,
    id: &'a str,
    secret: String,
}

impl<'a> Operator<'a> {
    async fn of(harness: &'a Harness, id: &'a str, apps: &[&str]) -> Self {
        Self { harness, id, secret: harness.client(id, &[Scope::Admin], apps).await }
    }

    async fn send(&self, call: Call) -> Answer {
        self.harness.send(call.basic(self.id, &self.secret)).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Call::get(path)).await
    }

    async fn change(&self, id: &str, body: Value) -> Answer {
        self.send(Call::post(&format!("{USERS}/{id}")).json(&body)).await
    }

    async fn erase(&self, id: &str, query: &str) -> Answer {
        self.send(Call::delete(&format!("{USERS}/{id}{query}"))).await
    }
}

#[tokio::test]
async fn users_are_listed_in_pages() {
    let harness = Harness::new().await;
    let operator = Operator::of(&harness, "support", &[]).await;
    let mut ids = Vec::new();
    for name in ["alice", "bob", "carol"] {
        let login = harness.log_in(&format!("code-{name}-1")).await;
        ids.push(login.good()["user"]["id"].clone());
    }
    ids.sort_by_key(ToString::to_string);
    let first = operator.get("/v1/admin/users?limit=2").await;
    let next = first.good()["next"].as_str().unwrap();
    let second = operator.get(&format!("/v1/admin/users?after={next}&limit=2")).await;
    assert_eq!(second.good().get("next"), None);
    let listed = [&first, &second].map(|page| page.body["users"].as_array().unwrap().clone());
    let listed = listed.concat();
    assert_eq!(listed.iter().map(|user| user["id"].clone()).collect::<Vec<_>>(), ids);
    assert_eq!(operator.get(USERS).await.good()["users"].as_array().unwrap().len(), 3);
    for query in ["limit=0", "limit=201", "limit=sEcReT", "limit=-1", "after=sEcReT", "after="] {
        let answer = operator.get(&format!("{USERS}?{query}")).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{query}");
        let name = query.split('=').next().unwrap();
        assert!(answer.detail().contains(&format!("`{name}`")), "{answer:?}");
        assert!(!answer.text.contains("sEcReT"));
    }
}

#[tokio::test]
async fn a_user_is_shown_with_identities_and_sessions() {
    let harness = Harness::new().await;
    let operator = Operator::of(&harness, "support", &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let id = login.body["user"]["id"].as_str().unwrap();
    let shown = operator.get(&format!("{USERS}/{id}")).await;
    assert_eq!(shown.good()["id"], id);
    let identity = json!([{ "appId": APP, "openId": "oalice", "unionId": "ualice" }]);
    assert_eq!(shown.body["identities"], identity);
    assert_eq!(shown.body["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(shown.body["sessions"][0].get("current"), None);
    let key = Call::get(&format!("{USERS}/{id}")).bearer(&format!("support.{}", operator.secret));
    assert_eq!(harness.send(key).await.good(), &shown.body);
    let elsewhere = Operator::of(&harness, "elsewhere", &[OTHER_APP]).await;
    let hidden = elsewhere.get(&format!("{USERS}/{id}")).await;
    assert_eq!(hidden.problem(), (404, "not_found"));
    assert_eq!(elsewhere.get(USERS).await.good()["users"], json!([]));
}

#[tokio::test]
async fn a_ban_takes_effect_at_once_and_is_audited() {
    let harness = Harness::new().await;
    let operator = Operator::of(&harness, "support", &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let (id, token) = (login.body["user"]["id"].as_str().unwrap(), login.text_at("accessToken"));
    let banned = operator.change(id, json!({ "status": 0, "userType": 7, "reason": "spam" })).await;
    assert_eq!((&banned.good()["status"], &banned.body["userType"]), (&json!(0), &json!(7)));
    let me = harness.send(Call::get("/v1/me").bearer(token)).await;
    assert_eq!(me.problem(), (403, "user_disabled"));
    let verified = harness.send(Call::get("/v1/verify").bearer(token)).await;
    assert_eq!(verified.problem(), (401, "token_invalid"));
    let shown = operator.get(&format!("{USERS}/{id}")).await;
    assert_eq!(shown.good()["sessions"], json!([]));
    harness.clock.advance(Duration::from_secs(1));
    operator.change(id, json!({ "status": 1, "reason": "ticket-4711" })).await.good();
    assert_eq!(harness.log_in("code-alice-2").await.good()["user"]["userType"], 7);

    let audit = operator.get(&format!("/v1/admin/audit?userId={id}")).await;
    let events = audit.good()["events"].as_array().unwrap();
    let seen = events.iter().map(|event| (event["action"].as_str(), event["reason"].as_str()));
    let mut seen = seen.collect::<Vec<_>>();
    // Events of the same moment are in no particular order.
    seen[..2].sort_unstable();
    assert_eq!(
        seen,
        [
            (Some("user_disabled"), Some("spam")),
            (Some("user_type_changed"), Some("spam")),
            (Some("user_enabled"), Some("ticket-4711")),
        ]
    );
    for event in events {
        let (by, about) = ((&event["actor"], &event["actorKind"]), &event["userId"]);
        assert_eq!((by, about), ((&json!("support"), &json!("api_client")), &json!(id)));
    }
    let first = operator.get(&format!("/v1/admin/audit?userId={id}&limit=1")).await;
    assert_eq!(first.good()["events"], json!([events[0]]));
    let next = first.body["next"].as_str().unwrap();
    let rest = operator.get(&format!("/v1/admin/audit?userId={id}&after={next}")).await;
    assert_eq!(rest.good()["events"].as_array().unwrap(), &events[1..]);
    assert_eq!(rest.body.get("next"), None);
    let all = operator.get("/v1/admin/audit").await;
    let mut all = all.good()["events"].as_array().unwrap().iter();
    let created = all.find(|event| event["action"] == "client_created").unwrap();
    assert_eq!((&created["clientId"], created.get("userId")), (&json!("support"), None));
    assert_eq!(
        (&created["actor"], &created["actorKind"]),
        (&json!("alice"), &json!("command_line"))
    );
    let other = "/v1/admin/audit?userId=019b0000-7000-7000-8000-000000000001";
    assert_eq!(operator.get(other).await.good()["events"], json!([]));
    let wrong = operator.get("/v1/admin/audit?userId=sEcReT").await;
    assert_eq!(wrong.problem(), (400, "invalid_request"));
    assert!(wrong.detail().contains("`userId`") && !wrong.text.contains("sEcReT"), "{wrong:?}");
}

#[tokio::test]
async fn an_invalid_change_is_explained() {
    let harness = Harness::new().await;
    let operator = Operator::of(&harness, "support", &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let id = login.body["user"]["id"].as_str().unwrap();
    for (body, word) in [
        (json!({ "status": 0 }), "`reason`"),
        (json!({ "status": 0, "reason": "because sEcReT" }), "`reason`"),
        (json!({ "status": 2, "reason": "spam" }), "`status`"),
        (json!({ "status": "0", "reason": "spam" }), "`status`"),
        (json!({ "reason": "spam" }), "`userType`"),
        (json!({ "userType": 3_000_000_000_i64, "reason": "spam" }), "`userType`"),
        (json!({ "state": 0, "reason": "spam" }), "`status`"),
    ] {
        let answer = operator.change(id, body).await;
        assert_eq!(answer.problem(), (400, "invalid_request"));
        assert!(answer.detail().contains(word), "{answer:?}");
        assert!(!answer.text.contains("sEcReT"));
    }
    let spam = json!({ "status": 0, "reason": "spam" });
    let elsewhere = Operator::of(&harness, "elsewhere", &[OTHER_APP]).await;
    assert_eq!(elsewhere.change(id, spam.clone()).await.problem(), (404, "not_found"));
    for unknown in ["sEcReT", "019b0000-7000-7000-8000-000000000001"] {
        assert_eq!(operator.change(unknown, spam.clone()).await.problem(), (404, "not_found"));
        let shown = operator.get(&format!("{USERS}/{unknown}")).await;
        assert_eq!(shown.problem(), (404, "not_found"));
    }
    assert_eq!(harness.log_in("code-alice-2").await.good()["user"]["status"], 1);
}

#[tokio::test]
async fn erasing_a_user_needs_a_reason() {
    let harness = Harness::new().await;
    let operator = Operator::of(&harness, "support", &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let id = login.body["user"]["id"].as_str().unwrap();
    for query in ["", "?reason=", "?reason=not+a+code", "?reason=sEcReT%21"] {
        let answer = operator.erase(id, query).await;
        assert_eq!(answer.problem(), (400, "invalid_request"), "{query}");
        assert!(answer.detail().contains("`reason`"), "{answer:?}");
        assert!(!answer.text.contains("sEcReT"));
    }
    let elsewhere = Operator::of(&harness, "elsewhere", &[OTHER_APP]).await;
    assert_eq!(elsewhere.erase(id, "?reason=gdpr").await.problem(), (404, "not_found"));
    assert_eq!(operator.erase(id, "?reason=gdpr").await.status, 204);
    assert_eq!(operator.erase(id, "?reason=gdpr").await.problem(), (404, "not_found"));
    assert_eq!(operator.erase("sEcReT", "?reason=gdpr").await.problem(), (404, "not_found"));
    assert_eq!(operator.get(&format!("{USERS}/{id}")).await.problem(), (404, "not_found"));
    assert_eq!(harness.log_in("code-alice-2").await.good()["isNewUser"], true);
    let audit = operator.get(&format!("/v1/admin/audit?userId={id}")).await;
    assert_eq!(audit.good()["events"][0]["action"], "user_erased");
}

#[tokio::test]
async fn only_clients_with_the_admin_scope_have_access() {
    let harness = Harness::new().await;
    let secret = harness.client("billing", &[Scope::Introspect], &[]).await;
    let login = harness.log_in("code-alice-1").await;
    let user = format!("{USERS}/{}", login.body["user"]["id"].as_str().unwrap());
    let calls = || {
        [
            Call::get(USERS),
            Call::get(&user),
            Call::post(&user).json(&json!({ "status": 0, "reason": "spam" })),
            Call::delete(&format!("{user}?reason=spam")),
            Call::get("/v1/admin/audit"),
        ]
    };
    for call in calls() {
        let answer = harness.send(call).await;
        assert_eq!(answer.problem(), (401, "client_invalid"));
        assert_eq!(answer.challenges()[1], r#"Bearer realm="wxlogin""#);
        assert_eq!(answer.body.get("error"), None);
    }
    for call in calls() {
        let answer = harness.send(call.bearer(login.text_at("accessToken"))).await;
        assert_eq!(answer.problem(), (401, "client_invalid"), "users are not operators");
    }
    for call in calls() {
        let answer = harness.send(call.basic("billing", &secret)).await;
        assert_eq!(answer.problem(), (403, "insufficient_scope"));
        let challenge = r#"Bearer error="insufficient_scope", scope="admin""#;
        assert_eq!(answer.challenges(), [challenge]);
    }
    harness.send(Call::get("/v1/me").bearer(login.text_at("accessToken"))).await.good();
}
