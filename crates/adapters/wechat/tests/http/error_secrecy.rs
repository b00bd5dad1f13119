//! No response, however odd, makes an error contain a secret.

use crate::every_call::Call;
use crate::scripted_server::{ScriptedServer, Step};
use crate::support::{
    APP_ID, CODE, OPEN_ID, PHONE, PHONE_CODE, SECOND_SECRET, SECRET, SESSION_KEY, SIGNATURE, TOKEN,
    UNION_ID, app, client_of, http,
};

const RESPONSES: usize = 400;

/// The parts of generated responses: secrets, and text that the parser looks for.
const WORDS: [&str; 34] = [
    SECRET,
    SECOND_SECRET,
    CODE,
    PHONE_CODE,
    TOKEN,
    OPEN_ID,
    UNION_ID,
    SESSION_KEY,
    SIGNATURE,
    PHONE,
    APP_ID,
    ", rid: ",
    "rid: 6065f8b1-0a1b2c3d-4e5f6a7b",
    ", hints: [ req_id: ",
    " ]",
    "hints: [ req_id: vq0RgA0744th31 ]",
    "invalid ip 203.0.113.7",
    "2001:db8::1",
    " ",
    ",",
    "-",
    ":",
    "[",
    "]",
    "{",
    "}",
    "\\n",
    "\\u0000",
    "\\\"",
    "invalid code",
    "https://",
    "openid",
    "码",
    "0",
];

const ERRCODES: [&str; 24] = [
    "-1",
    "0",
    "1",
    "40001",
    "40002",
    "40003",
    "40013",
    "40014",
    "40029",
    "40125",
    "40163",
    "40164",
    "40226",
    "40243",
    "42001",
    "45009",
    "45011",
    "48001",
    "50002",
    "87009",
    "89503",
    "61010",
    "null",
    "\"40164\"",
];

/// A random number generator with a fixed seed (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn choose<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        (0..=self.below(6)).map(|_| self.choose(&WORDS)).collect()
    }

    /// A field of any call, with a string or a value of another type.
    fn field(&mut self) -> String {
        let name = self.choose(&[
            "openid",
            "session_key",
            "unionid",
            "access_token",
            "expires_in",
            "phone_info",
            "vaild",
            "new",
        ]);
        let text = self.text();
        match self.below(5) {
            0 => format!(r#""{name}":["{text}"]"#),
            1 => format!(r#""{name}":{{"purePhoneNumber":"{text}","countryCode":"{text}"}}"#),
            2 => format!(r#""{name}":7"#),
            _ => format!(r#""{name}":"{text}""#),
        }
    }

    fn body(&mut self) -> String {
        let (errcode, errmsg) = (self.choose(&ERRCODES), self.text());
        let mut members = vec![format!(r#""errcode":{errcode},"errmsg":"{errmsg}""#)];
        members.extend((0..self.below(4)).map(|_| self.field()));
        format!("{{{}}}", members.join(","))
    }

    fn script(&mut self) -> Vec<Step> {
        let body = self.body();
        let header = format!("X-Note: {}\r\n", self.choose(&WORDS[..11]));
        let whole = http("200 OK", &header, &body);
        match self.below(10) {
            0 => vec![Step::Send(http("400 Bad Request", &header, &body))],
            1 => vec![Step::Send(http("200 OK", "", &self.text()))],
            2 => {
                let mut end = self.below(whole.len());
                while !whole.is_char_boundary(end) {
                    end -= 1;
                }
                vec![Step::Send(whole[..end].to_owned()), Step::Close]
            }
            3 => vec![Step::Send(format!("{}\r\n\r\n", self.text())), Step::Close],
            _ => vec![Step::Send(whole)],
        }
    }
}

#[tokio::test]
async fn no_response_makes_an_error_contain_a_secret() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut failures = 0;
    for _ in 0..RESPONSES / 20 {
        let scripts = (0..20).map(|_| random.script()).collect::<Vec<_>>();
        let server = ScriptedServer::start(scripts).await;
        let apps = vec![app(APP_ID, Some(SECOND_SECRET))];
        let url = format!("http://{}", server.address);
        let client = client_of(apps, &url, std::time::Duration::from_secs(30));
        for round in 0..20 {
            // `make` checks the error for secrets.
            failures += usize::from(Call::ALL[round % 6].make(&client).await.is_err());
        }
    }
    assert!(failures > RESPONSES / 2, "{failures}");
}
