//! `WeChat`'s error codes and their texts.
//!
//! Source: the page of code2Session,
//! <https://developers.weixin.qq.com/miniprogram/dev/server/API/user-login/api_code2session>,
//! and the global table,
//! <https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html>.

pub(crate) type Errcode = i32;

pub(crate) const OK: Errcode = 0;
pub(crate) const INVALID_TOKEN: Errcode = 40001;
pub(crate) const INVALID_GRANT_TYPE: Errcode = 40002;
pub(crate) const INVALID_OPENID: Errcode = 40003;
pub(crate) const INVALID_APPID: Errcode = 40013;
pub(crate) const INVALID_CODE: Errcode = 40029;
pub(crate) const INVALID_URL: Errcode = 40066;
pub(crate) const INVALID_SECRET: Errcode = 40125;
pub(crate) const CODE_USED: Errcode = 40163;
pub(crate) const TOKEN_MISSING: Errcode = 41001;
pub(crate) const APPID_MISSING: Errcode = 41002;
pub(crate) const SECRET_MISSING: Errcode = 41004;
pub(crate) const CODE_MISSING: Errcode = 41008;
pub(crate) const OPENID_MISSING: Errcode = 41009;
pub(crate) const TOKEN_EXPIRED: Errcode = 42001;
pub(crate) const GET_REQUIRED: Errcode = 43001;
pub(crate) const POST_REQUIRED: Errcode = 43002;
pub(crate) const DATA_FORMAT: Errcode = 47001;
pub(crate) const INVALID_SIG_METHOD: Errcode = 87008;
pub(crate) const INVALID_SIGNATURE: Errcode = 87009;

/// `WeChat`'s text for a code, without hint and request id.
pub(crate) fn message(errcode: Errcode) -> &'static str {
    match errcode {
        OK => "ok",
        -1 => "system error",
        INVALID_TOKEN => {
            "invalid credential, access_token is invalid or not latest, could get access_token by \
             getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r"
        }
        INVALID_GRANT_TYPE => "invalid grant_type",
        INVALID_OPENID => "invalid openid",
        INVALID_APPID => "invalid appid",
        40014 => "invalid access_token",
        INVALID_CODE => "invalid code",
        INVALID_URL => "invalid url",
        INVALID_SECRET => "invalid appsecret",
        CODE_USED => "code been used",
        40164 => "invalid ip 127.0.0.1 ipv6 ::ffff:127.0.0.1, not in whitelist",
        40226 => "code blocked",
        40243 => "appsecret is frozen",
        TOKEN_MISSING => "access_token missing",
        APPID_MISSING => "appid missing",
        SECRET_MISSING => "appsecret missing",
        CODE_MISSING => "missing code",
        OPENID_MISSING => "missing openid",
        TOKEN_EXPIRED => "access_token expired",
        GET_REQUIRED => "require GET method",
        POST_REQUIRED => "require POST method",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit  mustslower  retry next minute",
        DATA_FORMAT => "data format error",
        48001 => "api unauthorized",
        48004 => "api forbidden for irregularities",
        50002 => "user limited",
        INVALID_SIG_METHOD => "invalid sig_method",
        INVALID_SIGNATURE => "invalid signature",
        _ => "error",
    }
}
