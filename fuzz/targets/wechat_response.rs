//! The body of WeChat's response to a call.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wxlogin_wechat::fuzzing::parse_response;

fuzz_target!(|body: &[u8]| {
    if let Some(reply) = parse_response(body) {
        let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let rid = reply.rid.clone().unwrap_or_default();
        assert!(rid.len() <= 26 && rid.bytes().all(is_part), "only a request id may be logged");
        let _ = reply.to_string();
    }
});
