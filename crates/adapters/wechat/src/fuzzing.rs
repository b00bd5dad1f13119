//! Entry points for the fuzzer in `fuzz/`.

use wxlogin_domain::ports::WechatReply;

use crate::responses::{Code2Session, Response};

/// Parses the body of a response and returns the part that may be logged, or `None` if the body
/// cannot be parsed.
#[must_use]
pub fn parse_response(body: &[u8]) -> Option<WechatReply> {
    let response = serde_json::from_slice::<Response<Code2Session>>(body).ok()?;
    Some(response.reply())
}

#[cfg(test)]
mod tests {
    use wxlogin_domain::ports::Randomness;
    use wxlogin_domain::testing::SequenceRandomness;

    use super::*;

    const RESPONSES: [&str; 3] = [
        r#"{"session_key":"tiihtNczf5v6AKRyjwEUhQ==","openid":"oGZUI0egBJY1zhBYw2KhdUfwVJJE"}"#,
        r#"{"errcode":40163,"errmsg":"code been used, rid: 6065f8b1-0a1b2c3d-4e5f6a7b"}"#,
        r#"{"errcode":"40029","errmsg":"invalid code, hints: [ req_id: vq0RgA0744th31 ]"}"#,
    ];

    #[test]
    fn a_damaged_response_adds_nothing_but_a_request_id_to_the_log() {
        let randomness = SequenceRandomness::default();
        let number = |below: usize| {
            let mut bytes = [0; 8];
            randomness.fill(&mut bytes);
            usize::try_from(u64::from_be_bytes(bytes) >> 32).unwrap() % below
        };
        let pieces =
            ["{", "}", "[", "]", "\"", ":", ",", "\\u", "null", "1e999", "-", "rid: ", "好"];
        let mut parsed = 0;
        for round in 0..6_000 {
            let mut text: Vec<char> = RESPONSES[round % RESPONSES.len()].chars().collect();
            for _ in 0..=number(3) {
                let from = number(text.len());
                let to = (from + number(4) * number(4)).min(text.len());
                let piece = if number(2) == 0 { "" } else { pieces[number(pieces.len())] };
                text.splice(from..to, piece.chars());
            }
            let Some(reply) = parse_response(text.into_iter().collect::<String>().as_bytes())
            else {
                continue;
            };
            parsed += 1;
            let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            let rid = reply.rid.unwrap_or_default();
            assert!(rid.len() <= 26 && rid.bytes().all(is_part), "{rid}");
        }
        assert!((300..5_700).contains(&parsed), "{parsed}");
    }
}
