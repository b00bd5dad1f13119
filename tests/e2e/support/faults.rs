use serde_json::{Value, json};

/// WeChat's numbers, and what the client is answered to each: a status and the problem's code.
pub(crate) const ERRCODES: [(i64, u16, &str); 18] = [
    (-1, 503, "wechat_unavailable"),
    (40029, 400, "login_code_invalid"),
    (40163, 409, "login_code_used"),
    (41008, 400, "login_code_invalid"),
    (40226, 403, "login_blocked_by_wechat"),
    (45011, 429, "rate_limited"),
    (45009, 429, "rate_limited"),
    (40002, 502, "wechat_misconfigured"),
    (40013, 502, "wechat_misconfigured"),
    (40125, 502, "wechat_misconfigured"),
    (40164, 502, "wechat_misconfigured"),
    (40243, 502, "wechat_misconfigured"),
    (41002, 502, "wechat_misconfigured"),
    (41004, 502, "wechat_misconfigured"),
    (48001, 502, "wechat_misconfigured"),
    (48004, 502, "wechat_misconfigured"),
    (50002, 502, "wechat_misconfigured"),
    (99999, 503, "wechat_unavailable"),
];

/// The simulator's fault for one of these numbers.
pub(crate) fn errcode(number: i64) -> Value {
    json!({"fault": "errcode", "errcode": number})
}

/// Faults after which WeChat has not answered.
pub(crate) fn no_answers() -> Vec<Value> {
    let mut faults = vec![json!({"fault": "delay", "delayMs": 60_000})];
    faults.extend(
        [
            "dropBefore",
            "dropAfter",
            "html",
            "badGateway",
            "empty",
            "truncated",
            "huge",
            "noSessionKey",
            "noOpenid",
            "shortSessionKey",
        ]
        .map(|name| json!({ "fault": name })),
    );
    faults
}
