//! Push messages: arbitrary bytes, and the same fields in XML and JSON.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use wxlogin_domain::model::{Push, PushEventKind, PushFields};
use wxlogin_domain::ports::PushReader;
use wxlogin_push::PushFormats;

/// Field names, selected by a byte.
const NAMES: [&str; 8] =
    ["MsgType", "Event", "CreateTime", "AppID", "OpenID", "RevokeInfo", "Encrypt", "X"];

fn read(fields: &PushFields) {
    if let Ok(Push::Event(event)) = Push::read(fields)
        && let PushEventKind::AuthorizationRevoked { revoke_info } = event.kind
    {
        assert!(revoke_info.is_sorted());
    }
}

/// Writes each line as a field, in XML and in JSON. The first byte selects the name.
fn write(text: &str) -> (String, String) {
    let (mut xml, mut json) = (String::from("<xml>"), String::from("{"));
    for line in text.lines().filter(|line| !line.is_empty()) {
        let name = NAMES[usize::from(line.as_bytes()[0]) % NAMES.len()];
        let value = line.chars().skip(1).filter(|c| !c.is_control()).collect::<String>();
        let escaped = escape(&value);
        xml.push_str(&format!("<{name}>{escaped}</{name}>"));
        let comma = if json.len() > 1 { "," } else { "" };
        json.push_str(&format!("{comma}{}:{}", Value::from(name), Value::from(value)));
    }
    (xml + "</xml>", json + "}")
}

fn escape(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&#62;")
}

// The input is a message, or a zero byte and lines of fields.
fuzz_target!(|input: &[u8]| {
    if let Some(text) = input.strip_prefix(b"\0").and_then(|text| std::str::from_utf8(text).ok()) {
        let (xml, json) = write(text);
        let (xml, json) = (PushFormats.read(xml.as_bytes()), PushFormats.read(json.as_bytes()));
        if let (Ok(xml), Ok(json)) = (&xml, &json) {
            assert!(xml == json);
            read(xml);
        } else {
            // One of them may exceed the length limit.
            assert!(text.len() > Push::MAX_LEN / 32, "only one of the two formats is accepted");
        }
    } else if let Ok(fields) = PushFormats.read(input) {
        read(&fields);
    }
});
