use serde_json::{Value, json};

/// WeChat's error numbers, with the status and the problem code that the client gets. Rate limits are
/// missing, because they have an effect on later calls.
pub(crate) const ERRCODES: [(i64, u16, &str); 17] = [
    (-1, 503, "wechat_unavailable"),
    (40029, 400, "login_code_invalid"),
    (40163, 409, "login_code_used"),
    (41008, 400, "login_code_invalid"),
    (40226, 403, "login_blocked_by_wechat"),
    (40002, 502, "wechat_misconfigured"),
    (40013, 502, "wechat_misconfigured"),
    (40066, 502, "wechat_misconfigured"),
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

/// The simulator's fault that answers with this error number.
pub(crate) fn errcode(number: i64) -> Value {
    json!({"fault": "errcode", "errcode": number})
}

/// Faults after which WeChat has given no usable answer.
pub(crate) fn unusable_answers() -> Vec<Value> {
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
