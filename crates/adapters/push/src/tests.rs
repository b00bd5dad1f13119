use wxlogin_domain::model::{AppId, OpenId, Push, PushEvent, PushEventKind, Timestamp};
use wxlogin_domain::ports::Randomness;
use wxlogin_domain::testing::SequenceRandomness;

use super::*;

fn read(text: &str) -> Option<PushFields> {
    PushFormats.read(text.as_bytes()).ok()
}

fn event(text: &str) -> PushEvent {
    match Push::read(&read(text).unwrap()).unwrap() {
        Push::Event(event) => event,
        Push::Encrypted(_) => panic!("this is encrypted"),
    }
}

/// WeChat's own examples, with their empty lines and the space before a name
/// (<https://developers.weixin.qq.com/miniprogram/dev/framework/security.html> and
/// <https://developers.weixin.qq.com/doc/service/en/guide/h5/authorization_change.html>).
const XML: &str = "<xml>

<ToUserName><![CDATA[gh_870882ca4b1]]></ToUserName>

<FromUserName><![CDATA[owAqB1v0ahK_Xlc7GshIDdf2yf7E]]></FromUserName>

<CreateTime>1626857200</CreateTime>

<MsgType><![CDATA[event]]></MsgType>

<Event><![CDATA[user_authorization_revoke]]></Event>

<OpenID><![CDATA[owAqB1nqaOYYWl0Ng484G2z5NIwU]]></OpenID>

<AppID><![CDATA[wx13974bf780d3dc89]]></AppID>

<RevokeInfo><![CDATA[1]]></RevokeInfo>

<PluginID><![CDATA[wx13974bf780d3dc89]]></PluginID>

< OpenPID><![CDATA[G7esq5NVzP76HIHoB95t4CVBP6to]]></OpenPID>

</xml>
";

const JSON: &str = r#"{
"ToUserName": "gh_870882ca4b1",
"FromUserName": "oaKk346BaWE-eIn4oSRWbaM9vR7s",
"CreateTime": 1627359464,
"MsgType": "event",
"Event": "user_authorization_revoke",
" OpenID": "oaKk343WOktAaT2ygsX138BGblrg",
" AppID": "wx13974bf780d3dc89",
" RevokeInfo": "201"
}"#;

#[test]
fn wechats_own_examples_are_read() {
    let app_id = Some(AppId::parse("wx13974bf780d3dc89").unwrap());
    let xml = event(XML);
    assert_eq!(xml.kind, PushEventKind::AuthorizationRevoked { revoke_info: vec![1] });
    assert_eq!(xml.open_id, Some(OpenId::parse("owAqB1nqaOYYWl0Ng484G2z5NIwU").unwrap()));
    assert_eq!(xml.created_at, Timestamp::from_seconds(1_626_857_200));
    assert_eq!(xml.app_id, app_id);
    let json = event(JSON);
    assert_eq!(json.kind, PushEventKind::AuthorizationRevoked { revoke_info: vec![201] });
    assert_eq!(json.open_id, Some(OpenId::parse("oaKk343WOktAaT2ygsX138BGblrg").unwrap()));
    assert_eq!(json.created_at, Timestamp::from_seconds(1_627_359_464));
    assert_eq!(json.app_id, app_id);
}

#[test]
fn the_encrypted_form_is_recognised() {
    for text in [
        r#"{"ToUserName":"gh_97417a04a28d","Encrypt":"+qdx1OKC/yw=="}"#,
        "<xml><ToUserName><![CDATA[gh]]></ToUserName><Encrypt><![CDATA[+qdx1OKC/yw==]]></Encrypt></xml>",
        "<xml><Encrypt>+qdx1OKC/yw==</Encrypt></xml>",
    ] {
        let push = Push::read(&read(text).unwrap());
        assert_eq!(push, Ok(Push::Encrypted("+qdx1OKC/yw==".into())), "{text}");
    }
}

#[test]
fn equal_values_are_read_equally_from_every_notation() {
    let value = r#"{"A":"<a> & \"b\"'é","B":"","C":"12"}"#;
    for text in [
        "<xml><A><![CDATA[<a> & \"b\"'é]]></A><B></B><C>12</C></xml>",
        "<xml><A>&lt;a&gt; &amp; &quot;b&quot;&apos;&#233;</A><B/><C>12</C></xml>",
        "<xml><A><![CDATA[<a> ]]>&amp; &#x22;b<!-- -->&#34;'é</A><B /><C x='1'><![CDATA[1]]>2</C></xml>",
        "\u{feff} <?xml version=\"1.0\" encoding=\"utf-8\"?>\n<xml >\n<a> &lt;a> &amp; \"b\"'é </a ><b/>\n<c>12</c></xml>\n",
        r#"{"a":"<a> & \"b\"'\u00e9","b":null,"c":12}"#,
    ] {
        assert_eq!(read(text), read(value), "{text}");
    }
}

#[test]
fn parts_of_a_nested_value_are_separated() {
    let expected = PushEventKind::AuthorizationRevoked { revoke_info: vec![6, 8] };
    for value in
        ["<item>6</item><item>8</item>", "<b>6</b>8", "6<b>8</b>", "8</RevokeInfo><RevokeInfo>6"]
    {
        assert_eq!(event(&XML.replace("<![CDATA[1]]>", value)).kind, expected, "{value}");
    }
    assert_eq!(event(&JSON.replace("\"201\"", "[6, \"8\"]")).kind, expected);
}

#[test]
fn other_texts_are_rejected() {
    let deep =
        |levels: usize| format!("<xml>{}{}</xml>", "<a>".repeat(levels), "</a>".repeat(levels));
    let deep_json =
        |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&deep(15)).is_some() && read(&deep_json(15)).is_some());
    let laughs = "<!DOCTYPE xml [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><xml><A>&b;</A></xml>";
    let fetches = "<!DOCTYPE xml SYSTEM \"http://a.example/x.dtd\"><xml/>";
    for text in [
        "",
        " \n",
        "success",
        "[]",
        "<",
        "<?xml version=\"1.0\"?><!-- nothing -->",
        "<xml>",
        "</xml>",
        "<xml></html>",
        "<html></html>",
        "<xml></xml><xml></xml>",
        "<xml></xml>text",
        "<xml>text</xml>",
        "<xml>&amp;</xml>",
        "<xml><A></xml></A>",
        "<xml><A></a></xml>",
        "<xml><A>&b;</A></xml>",
        "<xml><A>&#0;</A></xml>",
        "<xml><A>&#xd800;</A></xml>",
        "<xml><A>a & b</A></xml>",
        "<xml><A><![CDATA[a</A></xml>",
        "<xml>< >a</></xml>",
        laughs,
        fetches,
        &deep(16),
        &deep(10_000),
        "{",
        "{} {}",
        "{\"a\":1,}",
        "{'a':1}",
        "{\"a\":\"\\ud800\"}",
        &deep_json(16),
        &deep_json(10_000),
    ] {
        assert!(read(text).is_none(), "{}", &text[..text.len().min(100)]);
    }
    assert!(PushFormats.read(b"{\"a\":\"\xff\"}").is_err());
}

#[test]
fn a_push_is_at_most_64_kib() {
    let json = |len: usize| format!("{{\"a\":\"{}\"}}", "x".repeat(len - 8));
    assert!(read(&json(Push::MAX_LEN)).is_some());
    assert!(read(&json(Push::MAX_LEN + 1)).is_none());
}

/// `fuzz/` does the same without end.
#[test]
fn a_damaged_message_is_read_or_rejected() {
    let randomness = SequenceRandomness::default();
    let number = |below: usize| {
        let mut bytes = [0; 8];
        randomness.fill(&mut bytes);
        usize::try_from(u64::from_be_bytes(bytes) >> 32).unwrap() % below
    };
    let pieces = [
        "<",
        ">",
        "/",
        "</",
        "/>",
        "&",
        ";",
        "&amp;",
        "&#",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE",
        "xml",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"",
        "\\u",
        "\0",
        "\u{feff}",
        "好",
        "6",
    ];
    let mut still_read = 0;
    for round in 0..6_000 {
        let mut text: Vec<char> = if round % 2 == 0 { XML } else { JSON }.chars().collect();
        for _ in 0..=number(3) {
            let from = number(text.len());
            let to = (from + number(4) * number(4)).min(text.len());
            let piece = if number(2) == 0 { "" } else { pieces[number(pieces.len())] };
            text.splice(from..to, piece.chars());
        }
        let text: String = text.into_iter().collect();
        if let Some(fields) = read(&text) {
            let _ = Push::read(&fields);
            still_read += 1;
        }
    }
    assert!((300..5_700).contains(&still_read), "{still_read}");
}
