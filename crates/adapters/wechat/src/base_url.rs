use url::{Host, Url};
use wxlogin_domain::model::Malformed;

/// The address of WeChat's server API.
///
/// WeChat's hosts are `api.weixin.qq.com` and its siblings for disaster recovery and for regions
/// (<https://developers.weixin.qq.com/doc/service/Basic_Information/Interface_field_description.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Parses an address of WeChat itself: `https`, the default port and a host below
    /// `weixin.qq.com`. A path is kept, and the paths of the calls are appended to it.
    pub fn official(text: &str) -> Result<Self, Malformed> {
        const RULE: Malformed = Malformed(
            "WeChat's address must be `https://` and a host below `weixin.qq.com`, such as \
             `https://api.weixin.qq.com`, without user, port, query or fragment",
        );
        let base = plain(text).ok_or(RULE)?;
        let below_wechat = base
            .host_str()
            .and_then(|host| host.strip_suffix(".weixin.qq.com"))
            .is_some_and(|label| !label.is_empty());
        if base.scheme() == "https" && base.port().is_none() && below_wechat {
            Ok(Self(base))
        } else {
            Err(RULE)
        }
    }

    /// Parses any other address, such as that of a simulator or of your own relay. That server
    /// receives the `AppSecret`.
    pub fn unofficial(text: &str) -> Result<Self, Malformed> {
        plain(text).map(Self).ok_or(Malformed(
            "WeChat's address must be an `http://` or `https://` URL without user, query or fragment",
        ))
    }

    /// The URL of a call.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Whether the address is on this machine, which a proxy could not reach.
    pub(crate) fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }
}

/// Parses a URL of scheme, host, port and path only, and makes the path end in `/`.
fn plain(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    plain.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wechats_own_hosts_are_official() {
        for right in [
            "https://api.weixin.qq.com",
            "https://api2.weixin.qq.com/",
            "https://sh.api.weixin.qq.com",
            "HTTPS://API.WeiXin.QQ.com",
            "https://api.weixin.qq.com:443",
        ] {
            assert!(BaseUrl::official(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "api.weixin.qq.com",
            "http://api.weixin.qq.com",
            "ftp://api.weixin.qq.com",
            "https://weixin.qq.com",
            "https://.weixin.qq.com",
            "https://evil-weixin.qq.com",
            "https://weixin.qq.com.evil.example",
            "https://api.weixin.qq.com.",
            "https://api.weixin.qq.com@evil.example",
            "https://evil.example\\@api.weixin.qq.com",
            "https://user@api.weixin.qq.com",
            "https://user:word@api.weixin.qq.com",
            "https://api.weixin.qq.com:8443",
            "https://api.weixin.qq.com?a=b",
            "https://api.weixin.qq.com/#a",
            "https://127.0.0.1",
        ] {
            let refused = BaseUrl::official(wrong).expect_err(wrong);
            assert!(refused.to_string().contains("https://api.weixin.qq.com"), "{wrong}");
        }
    }

    #[test]
    fn an_unofficial_address_is_a_url_of_scheme_host_port_and_path() {
        for right in ["http://127.0.0.1:8081", "https://relay.example/wechat"] {
            assert!(BaseUrl::unofficial(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "127.0.0.1:8081",
            "file:///etc/passwd",
            "http://user@relay.example",
            "http://:word@relay.example",
            "http://relay.example?a=b",
            "http://relay.example#a",
        ] {
            assert!(BaseUrl::unofficial(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_paths_of_calls_are_appended_to_a_path() {
        for (base, joined) in [
            ("http://relay.example", "http://relay.example/sns/x"),
            ("http://relay.example/", "http://relay.example/sns/x"),
            ("http://relay.example/we/chat", "http://relay.example/we/chat/sns/x"),
            ("http://relay.example/we/chat/", "http://relay.example/we/chat/sns/x"),
        ] {
            assert_eq!(BaseUrl::unofficial(base).unwrap().join("sns/x"), joined);
        }
    }

    #[test]
    fn loopback_addresses_are_recognised() {
        for (base, loopback) in [
            ("http://127.0.0.1:1", true),
            ("http://127.9.9.9:1", true),
            ("http://[::1]:1", true),
            ("http://localhost:1", true),
            ("http://localhost.example:1", false),
            ("http://10.0.0.1:1", false),
        ] {
            assert_eq!(BaseUrl::unofficial(base).unwrap().is_loopback(), loopback, "{base}");
        }
    }
}
