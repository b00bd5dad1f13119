//! WeChat's request id, with which its support finds a call
//! (<https://developers.weixin.qq.com/doc/oplatform/developers/troubleshooting>).

/// The request id at the end of an `errmsg`. It must have exactly the shape of one: no other part
/// of an `errmsg` is ever logged, because WeChat may quote the request.
pub(crate) fn find(errmsg: &str) -> Option<String> {
    new_format(errmsg).or_else(|| old_format(errmsg)).map(str::to_owned)
}

/// `…, rid: 6065f8b1-0a1b2c3d-4e5f6a7b`, in most calls without the comma.
fn new_format(errmsg: &str) -> Option<&str> {
    let (_, rid) = errmsg.rsplit_once("rid: ")?;
    let is_group = |group: &str| group.len() == 8 && group.bytes().all(|b| b.is_ascii_hexdigit());
    (rid.split('-').count() == 3 && rid.split('-').all(is_group)).then_some(rid)
}

/// `…, hints: [ req_id: vq0RgA0744th31 ]`. A code or an `AppSecret` is longer.
fn old_format(errmsg: &str) -> Option<&str> {
    let (_, rest) = errmsg.rsplit_once("hints: [ req_id: ")?;
    let id = rest.strip_suffix(" ]")?;
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    ((8..=20).contains(&id.len()) && id.bytes().all(is_part)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_of_both_formats_are_found() {
        assert_eq!(
            find("code been used, rid: 6065f8b1-0a1b2c3d-4E5f6a7b").as_deref(),
            Some("6065f8b1-0a1b2c3d-4E5f6a7b")
        );
        assert_eq!(
            find("invalid code hint: [hElexSDNR-XiBFgA] rid: 6065f8b1-0a1b2c3d-4e5f6a7b")
                .as_deref(),
            Some("6065f8b1-0a1b2c3d-4e5f6a7b")
        );
        assert_eq!(
            find("invalid code, hints: [ req_id: .q0RgA-744th_1 ]").as_deref(),
            Some(".q0RgA-744th_1")
        );
    }

    #[test]
    fn text_of_any_other_shape_is_ignored() {
        for errmsg in [
            "",
            "ok",
            "invalid code",
            "rid: ",
            "invalid code, rid: 0123456789abcdef0123456789abcdef",
            "invalid code, rid: 6065f8b1-0a1b2c3d",
            "invalid code, rid: 6065f8b1-0a1b2c3d-4e5f6a7b-4e5f6a7b",
            "invalid code, rid: 6065f8b1-0a1b2c3d-4e5f6a7g",
            "invalid code, rid: 6065f8b1-0a1b2c3d-4e5f6a7b secret",
            "invalid code, rid: 6065f8b10a1b-2c3d-4e5f6a7b",
            "invalid code, rid: 编号编-编号编-编号编",
            "invalid code, hints: [ req_id: 0123456789abcdef0123456789abcdef ]",
            "invalid code, hints: [ req_id: a b c d e f ]",
            "invalid code, hints: [ req_id: short ]",
            "invalid code, hints: [ req_id: vq0RgA0744th31 ] secret",
        ] {
            assert_eq!(find(errmsg), None, "{errmsg}");
        }
    }
}
