use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Once;

use ipnet::IpNet;
use poem::{FromRequest, Request, RequestBody};
use wxlogin_domain::model::ClientAddress;

/// The IP address of the client that sent the request.
#[derive(Clone, Copy)]
pub(crate) struct ClientIp(pub(crate) IpAddr);

impl ClientIp {
    /// Returns the address that failed calls are counted against.
    pub(crate) fn counted(self) -> ClientAddress {
        self.0.into()
    }

    /// Takes the address of the connection or, behind trusted proxies, the rightmost address in
    /// `X-Forwarded-For` that is not a trusted proxy's. Entries that the client wrote itself are
    /// further left and never used.
    pub(crate) fn of(request: &Request, trusted: &[IpNet]) -> Self {
        let peer = request.remote_addr().as_socket_addr().map(SocketAddr::ip);
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect::<Vec<_>>();
        // A connection without an address is a local socket.
        let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let nearest = nearest_untrusted(peer, &forwarded, trusted);
        if nearest == peer.to_canonical() && !forwarded.is_empty() {
            static WARNED: Once = Once::new();
            WARNED.call_once(|| {
                tracing::warn!(
                    "a request with X-Forwarded-For came from an address that is not in \
                     server.trusted_proxies: all clients of that proxy share one rate limit"
                );
            });
        }
        Self(nearest)
    }
}

fn nearest_untrusted(peer: IpAddr, forwarded: &[&str], trusted: &[IpNet]) -> IpAddr {
    let mut nearest = peer.to_canonical();
    for hop in forwarded.iter().rev() {
        if !trusted.iter().any(|network| network.contains(&nearest)) {
            break;
        }
        let Some(hop) = address(hop.trim()) else { break };
        nearest = hop.to_canonical();
    }
    nearest
}

/// Parses an address from `X-Forwarded-For`. Some proxies add a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.parse().ok().or_else(with_port)
}

impl<'a> FromRequest<'a> for ClientIp {
    async fn from_request(request: &'a Request, _: &mut RequestBody) -> poem::Result<Self> {
        Ok(request.data::<Self>().copied().unwrap_or_else(|| Self::of(request, &[])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let trusted = trusted.iter().map(|net| net.parse().unwrap()).collect::<Vec<_>>();
        nearest_untrusted(peer.parse().unwrap(), forwarded, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_can_name_the_client() {
        let chain = ["198.51.100.9", " 203.0.113.5 ", "10.0.0.2"];
        assert_eq!(nearest("10.0.0.1", &chain, &[]), "10.0.0.1");
        assert_eq!(nearest("10.0.0.1", &chain, &["10.0.0.0/8"]), "203.0.113.5");
        assert_eq!(nearest("192.0.2.1", &chain, &["10.0.0.0/8"]), "192.0.2.1");
        assert_eq!(nearest("::ffff:10.0.0.1", &chain, &["10.0.0.0/8"]), "203.0.113.5");
        assert_eq!(nearest("10.0.0.1", &["203.0.113.5:4711"], &["10.0.0.0/8"]), "203.0.113.5");
        assert_eq!(nearest("10.0.0.1", &["[2001:db8::7]:80"], &["10.0.0.0/8"]), "2001:db8::7");
        assert_eq!(nearest("10.0.0.1", &["[2001:db8::7]"], &["10.0.0.0/8"]), "2001:db8::7");
        assert_eq!(nearest("10.0.0.1", &["junk"], &["10.0.0.0/8"]), "10.0.0.1");
        assert_eq!(nearest("10.0.0.1", &[], &["10.0.0.0/8"]), "10.0.0.1");
    }
}
