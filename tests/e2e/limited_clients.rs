//! API clients that are limited to another app: they see and change nothing.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use wxlogin_domain::ports::{Row, TABLES};
use wxlogin_sql::DatabaseSettings;

use crate::support::{APP_ID, Answer, Harness};

const OTHER_APP_ID: &str = "wxfedcba9876543210";

const SCOPES: [&str; 5] = ["admin", "introspect", "openid", "phone", "wechat-access-token"];

/// What the answer of an operation must be.
enum Expected {
    /// 404 `not_found`.
    NotFound,
    /// 200 with this body.
    Body(Value),
    /// 200 without a body.
    NoBody,
}

struct Case {
    operation: &'static str,
    method: Method,
    path: String,
    /// A JSON object, or a token, which is sent as a form.
    body: Value,
    expected: Expected,
}

fn case(operation: &'static str, method: Method, path: &str, body: Value) -> Case {
    Case { operation, method, path: path.to_owned(), body, expected: Expected::NotFound }
}

impl Case {
    fn answers(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }

    async fn send(&self, harness: &Harness, key: &str) -> Answer {
        let request = harness.client.request(self.method.clone(), &self.path).bearer_auth(key);
        let request = match &self.body {
            Value::Null => request,
            Value::String(token) => request
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("token={token}")),
            object => request.json(object),
        };
        harness.client.send(request).await
    }
}

/// Signs a person in to an app.
async fn sign_in(harness: &Harness, app_id: &str, openid: &str) -> Answer {
    let code = harness.simulator.code_in(app_id, openid).await;
    harness.client.post("/v1/login", &json!({ "appId": app_id, "code": code })).await
}

/// Every row of the database.
async fn content(harness: &Harness) -> Vec<(&'static str, Vec<Row>)> {
    let settings = DatabaseSettings {
        connections: 1,
        acquire_timeout: std::time::Duration::from_mins(1),
        statement_timeout: std::time::Duration::from_mins(1),
        logins_per_transaction: DatabaseSettings::LOGINS_PER_TRANSACTION,
    };
    let database = wxlogin_sql::Database::open(&harness.database, settings).await.unwrap();
    let transfer = database.stores().transfer;
    let mut tables = Vec::new();
    for table in TABLES {
        let page = transfer.page(table, None, 1000).await.unwrap();
        assert!(page.next.is_none(), "{} has more rows", table.name);
        tables.push((table.name, page.rows));
    }
    database.close().await;
    tables
}

/// The operations of the document that API clients can call.
async fn operations(harness: &Harness) -> BTreeSet<String> {
    let request = harness.client.request(Method::GET, "/openapi.json");
    let document = harness.client.send(request).await.body;
    let paths = document["paths"].as_object().unwrap().values();
    let all = paths.flat_map(|path| path.as_object().unwrap().values());
    let is_for_clients = |operation: &&Value| {
        let schemes = operation["security"].as_array().into_iter().flatten();
        schemes.into_iter().any(|scheme| scheme.get("apiClient").is_some())
    };
    let ids =
        all.filter(is_for_clients).map(|operation| operation["operationId"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

const USERS: &str = "/v1/admin/users";

fn user_path(id: &str) -> String {
    format!("{USERS}/{id}")
}

fn ban() -> Value {
    json!({ "status": 0, "reason": "spam" })
}

fn unban() -> Value {
    json!({ "status": 1, "reason": "appeal" })
}

/// Who has signed in to the first app: a user with a phone number, one whose unionid is hers, and one who
/// was erased while banned.
struct People {
    alice: Answer,
    bob: Answer,
    carol: Answer,
    /// The id of the conflict between the first two.
    conflict: String,
}

async fn people(harness: &Harness, admin: &str) -> People {
    sign_in(harness, APP_ID, "oAlice").await.token();
    harness.simulator.set_unionid(APP_ID, "oAlice", "uAlice").await;
    let alice = sign_in(harness, APP_ID, "oAlice").await;
    let phone = json!({ "appId": APP_ID, "openid": "oAlice", "phoneNumber": "13800138000", "countryCode": "86" });
    let phone_code = harness.simulator.phone_code(&phone).await;
    let bind = harness.client.request(Method::POST, "/v1/me/phone").bearer_auth(alice.token());
    let bound = harness.client.send(bind.json(&json!({ "code": phone_code }))).await;
    assert_eq!(bound.status, 200, "{bound:?}");
    let bob = sign_in(harness, APP_ID, "oBob").await;
    // WeChat names one unionid for one person of an app.
    harness.simulator.set_unionid(APP_ID, "oAlice", "uAliceNow").await;
    harness.simulator.set_unionid(APP_ID, "oBob", "uAlice").await;
    sign_in(harness, APP_ID, "oBob").await.token();
    let carol = sign_in(harness, APP_ID, "oCarol").await;
    let of_carol = user_path(carol.user_id());
    let banned = case("changeUserV1", Method::POST, &of_carol, ban()).send(harness, admin).await;
    assert_eq!(banned.status, 200);
    let erase = of_carol + "?reason=spam";
    let erased =
        case("eraseUserV1", Method::DELETE, &erase, Value::Null).send(harness, admin).await;
    assert_eq!(erased.status, 204);
    let list = case("listUnionConflictsV1", Method::GET, "/v1/admin/conflicts", Value::Null);
    let conflicts = list.send(harness, admin).await;
    let conflict = conflicts.body["conflicts"][0]["id"].as_str().unwrap().to_owned();
    People { alice, bob, carol, conflict }
}

/// What a client of the other app tries.
fn cases(people: &People) -> Vec<Case> {
    let People { alice, bob, carol, conflict } = people;
    let [alice_id, bob_id, carol_id] = [alice, bob, carol].map(Answer::user_id);
    let (users, of) = (USERS, user_path);
    let merge = json!({ "from": bob_id, "reason": "same-person", "dryRun": false });
    let plan = json!({ "from": bob_id, "reason": "same-person" });
    let reset = |app: &str| json!({ "appId": app });
    let refresh = format!("/v1/admin/apps/{APP_ID}/wechat-access-token/refresh");
    let token = |login: &Answer| Value::from(login.token());
    let refresh_token = alice.body["refreshToken"].clone();
    let nothing = Value::Null;
    vec![
        case("listUsersV1", Method::GET, users, nothing.clone())
            .answers(Expected::Body(json!({ "users": [] }))),
        case("getUserV1", Method::GET, &of(alice_id), nothing.clone()),
        case("changeUserV1", Method::POST, &of(alice_id), ban()),
        case("changeUserV1", Method::POST, &of(carol_id), unban()),
        case("eraseUserV1", Method::DELETE, &(of(alice_id) + "?reason=spam"), nothing.clone()),
        case(
            "releasePhoneV1",
            Method::DELETE,
            &(of(alice_id) + "/phone?reason=spam"),
            nothing.clone(),
        ),
        case("mergeUsersV1", Method::POST, &(of(alice_id) + "/merge"), plan),
        case("mergeUsersV1", Method::POST, &(of(alice_id) + "/merge"), merge),
        case(
            "resetSessionKeyV1",
            Method::POST,
            &(of(alice_id) + "/session-key/reset"),
            reset(APP_ID),
        ),
        case(
            "resetSessionKeyV1",
            Method::POST,
            &(of(alice_id) + "/session-key/reset"),
            reset(OTHER_APP_ID),
        ),
        case("listAuditEventsV1", Method::GET, "/v1/admin/audit", nothing.clone())
            .answers(Expected::Body(json!({ "events": [] }))),
        case(
            "listAuditEventsV1",
            Method::GET,
            &format!("/v1/admin/audit?userId={carol_id}"),
            nothing.clone(),
        )
        .answers(Expected::Body(json!({ "events": [] }))),
        case("listUnionConflictsV1", Method::GET, "/v1/admin/conflicts", nothing.clone())
            .answers(Expected::Body(json!({ "conflicts": [] }))),
        case(
            "listUnionConflictsV1",
            Method::GET,
            &format!("/v1/admin/conflicts?appId={APP_ID}&userId={alice_id}"),
            nothing.clone(),
        )
        .answers(Expected::Body(json!({ "conflicts": [] }))),
        case(
            "acceptUnionIdV1",
            Method::POST,
            &format!("/v1/admin/conflicts/{conflict}/accept"),
            json!({ "reason": "same-person" }),
        ),
        case("refreshWechatAccessTokenV1", Method::POST, &refresh, nothing.clone()),
        case(
            "getWechatAccessTokenV1",
            Method::GET,
            &format!("/v1/apps/{APP_ID}/wechat-access-token"),
            nothing.clone(),
        ),
        case("introspectV1", Method::POST, "/v1/introspect", token(alice))
            .answers(Expected::Body(json!({ "active": false }))),
        case("revokeV1", Method::POST, "/v1/revoke", token(alice)).answers(Expected::NoBody),
        case("revokeV1", Method::POST, "/v1/revoke", refresh_token).answers(Expected::NoBody),
    ]
}

#[tokio::test]
async fn a_client_of_another_app_sees_and_changes_nothing() {
    let harness = Harness::start_with_another_app(OTHER_APP_ID).await;
    let scopes = SCOPES.iter().flat_map(|scope| ["--scope", scope]);
    let create = ["clients", "create", "elsewhere", "--app", OTHER_APP_ID].into_iter();
    let printed = harness.run_command(&create.chain(scopes).collect::<Vec<_>>()).await.output;
    let key = printed.lines().find_map(|line| line.strip_prefix("API key")).unwrap().trim();
    let admin = harness.api_key("support", &["admin"]).await;

    let people = people(&harness, &admin).await;
    let (alice, carol_id) = (&people.alice, people.carol.user_id());
    let cases = cases(&people);
    let covered = cases.iter().map(|case| case.operation.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(operations(&harness).await, covered, "each operation for API clients has a case");

    let fetched = harness.simulator.token_fetches().await;
    let before = content(&harness).await;
    for case in &cases {
        let name = format!("{} {}", case.method, case.path);
        let answer = case.send(&harness, key).await;
        match &case.expected {
            Expected::NotFound => {
                assert_eq!((answer.status, answer.problem()), (404, "not_found"), "{name}");
            }
            Expected::Body(body) => {
                assert_eq!((answer.status, &answer.body), (200, body), "{name}");
            }
            Expected::NoBody => assert_eq!((answer.status, &*answer.text), (200, ""), "{name}"),
        }
        for ((table, rows), (_, rows_before)) in content(&harness).await.iter().zip(&before) {
            assert!(rows == rows_before, "{name} changes {table}");
        }
    }
    assert_eq!(harness.simulator.token_fetches().await, fetched);
    assert_eq!(harness.client.me(alice.token()).await.status, 200);
    assert_eq!(sign_in(&harness, APP_ID, "oCarol").await.problem(), "user_disabled");

    // Whoever may see the app lifts the ban.
    let lift = case("changeUserV1", Method::POST, &user_path(carol_id), unban());
    let lifted = lift.send(&harness, &admin).await;
    let expected = json!({ "id": carol_id, "status": 1, "banLifted": true });
    assert_eq!((lifted.status, &lifted.body), (200, &expected));
    assert_ne!(sign_in(&harness, APP_ID, "oCarol").await.user_id(), carol_id);
}
