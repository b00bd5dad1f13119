//! WeChat's own examples, from the two pages that the port links to and from WeChat's demo code.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use wxlogin_domain::model::{
    AppId, EncodingAesKey, EncryptedData, PushStamp, Secret, SessionKey, Timestamp, Watermark,
};
use wxlogin_domain::ports::WechatCrypto;

use super::support::{encrypt_push_blocks, frame, pad};
use crate::WechatCryptography;

const CRYPTO: WechatCryptography = WechatCryptography;

const ENCRYPTED_DATA: &str = concat!(
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNP",
    "dbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyx",
    "VLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid",
    "1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEB",
    "vB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVu",
    "nYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew==",
);

const PLAINTEXT: &str = concat!(
    r#"{"openId":"oGZUI0egBJY1zhBYw2KhdUfwVJJE","nickName":"Band","gender":1,"language":"zh_CN","#,
    r#""city":"Guangzhou","province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/"#,
    "mmopen/vi_32/aSKcBBPpibyKNicHNTMM0qJVh8Kjgiak2AHWr8MHM4WgMEm7GFhsf8OYrySdbvAMvTsw3mo8ibKicsnf",
    r#"N5pRjl1p8HQ/0","unionId":"ocMvos6NjeKLIBqg5Mr9QjxrP1FA","watermark":{"timestamp":1477314187"#,
    r#","appid":"wx4f4bc4dec97d474b"}}"#,
);

fn key(text: &str) -> SessionKey {
    SessionKey::parse(text).unwrap()
}

#[test]
fn open_data() {
    let data = EncryptedData::parse(ENCRYPTED_DATA, "r7BXXKkLb8qrSNn05n0qiA==").unwrap();
    let opened = CRYPTO.decrypt_open_data(&key("tiihtNczf5v6AKRyjwEUhQ=="), &data).unwrap();
    assert_eq!(opened.json.as_str(), PLAINTEXT);
    let app_id = AppId::parse("wx4f4bc4dec97d474b").unwrap();
    let at = Timestamp::from_seconds(1_477_314_187);
    assert_eq!(opened.watermark, Watermark { app_id, at });
}

#[test]
fn the_signature_of_raw_data() {
    let raw_data = concat!(
        r#"{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou","province":"Guangdong","#,
        r#""country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx"#,
        r#"3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}"#,
    );
    let right = "75e81ceda165f4ffa64f4068af58c64b8f54b88c";
    let ours = key("HyVFkGl5F5OQWJZZaNzBBg==");
    assert!(CRYPTO.raw_data_signature_matches(&ours, raw_data, right));
    let other = key("tiihtNczf5v6AKRyjwEUhQ==");
    assert!(!CRYPTO.raw_data_signature_matches(&other, raw_data, right));
    let reordered = raw_data.replace(r#","gender":1"#, "");
    assert!(!CRYPTO.raw_data_signature_matches(&ours, &reordered, right));
    assert!(!CRYPTO.raw_data_signature_matches(&ours, &format!("{raw_data} "), right));
    for wrong in ["", "75e8", &right.to_uppercase(), &format!("{right}0"), &right[1..]] {
        assert!(!CRYPTO.raw_data_signature_matches(&ours, raw_data, wrong), "{wrong}");
    }
    for at in 0..right.len() {
        let wrong = format!("{}x{}", &right[..at], &right[at + 1..]);
        assert!(!CRYPTO.raw_data_signature_matches(&ours, raw_data, &wrong), "{wrong}");
    }
}

const PUSHED: &str = concat!(
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv",
    "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3F",
    "n2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSe",
    "OBrebufAlr7F9mFUPAJGj04=",
);

const REPLY: &str =
    "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==";

#[test]
fn the_signature_of_a_push() {
    for (timestamp, nonce, ciphertext, right) in [
        ("1714036504", "1514711492", None, "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", None, "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
        ("1714112445", "415670741", None, "6c5c811b55cc85e0e1b54100749188c20beb3f5d"),
        ("1714112445", "415670741", Some(PUSHED), "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"),
        ("1713424427", "415670741", Some(REPLY), "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"),
    ] {
        let matches = |token: &str, timestamp: &str, ciphertext: Option<&str>, signature: &str| {
            let stamp = PushStamp::parse(timestamp, nonce).unwrap();
            CRYPTO.push_signature_matches(&Secret::new(token), &stamp, ciphertext, signature)
        };
        assert!(matches("AAAAA", timestamp, ciphertext, right), "{right}");
        assert!(!matches("AAAAB", timestamp, ciphertext, right));
        assert!(!matches("AAAAA", "1714036505", ciphertext, right));
        let other = if ciphertext.is_some() { None } else { Some("AAAA") };
        assert!(!matches("AAAAA", timestamp, other, right));
        assert!(!matches("AAAAA", timestamp, ciphertext, &right.to_uppercase()));
        assert!(!matches("AAAAA", timestamp, ciphertext, ""));
    }
}

#[test]
fn an_encrypted_push() {
    let key = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
    let push = CRYPTO.decrypt_push(&key, PUSHED).unwrap();
    assert_eq!(push.app_id.as_str(), "wxba5fad812f8e6fb9");
    assert_eq!(
        String::from_utf8(push.message.to_vec()).unwrap(),
        concat!(
            r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","#,
            r#""CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#,
        )
    );
    let reply = CRYPTO.decrypt_push(&key, REPLY).unwrap();
    assert_eq!(reply.message.as_slice(), br#"{"demo_resp":"good luck"}"#);
}

/// It has 19 bytes of padding, more than one AES block, so the padding is to 32 bytes.
#[test]
fn the_tests_encrypt_as_wechat_does() {
    let key = EncodingAesKey::parse(&"A".repeat(43)).unwrap();
    let message = CRYPTO.decrypt_push(&key, PUSHED).unwrap().message;
    let frame = frame(u32::try_from(message.len()).unwrap(), &message, b"wxba5fad812f8e6fb9");
    assert_eq!(encrypt_push_blocks(&key, &pad(&frame, 32)), PUSHED);
    assert_eq!(BASE64_STANDARD.decode(PUSHED).unwrap().len() - frame.len(), 19);
}
