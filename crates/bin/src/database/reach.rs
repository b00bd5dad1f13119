//! Finds out why a database server cannot be reached. The drivers retry until their time is over and
//! then no longer know.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

/// Why no host of this URL can be reached, in words for the operator; `None` if one accepts connections.
pub(super) async fn obstacle(url: &str, patience: Duration) -> Option<String> {
    let mut obstacles = Vec::new();
    for address in addresses(url) {
        obstacles.push(obstacle_before(&address, patience).await?);
    }
    (!obstacles.is_empty()).then(|| obstacles.join("; "))
}

async fn obstacle_before(address: &str, patience: Duration) -> Option<String> {
    if !matches!(timeout(patience, lookup_host(address)).await, Ok(Ok(_))) {
        let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
        return Some(format!("cannot find the host {host}"));
    }
    let connected = timeout(patience, TcpStream::connect(address)).await;
    let error = connected.unwrap_or_else(|_| Err(Error::from(ErrorKind::TimedOut))).err()?;
    Some(format!("cannot connect to {address}: {}", error.kind()))
}

/// The hosts of a server's URL with their ports. A password may contain what ends it elsewhere, so the
/// last `@` ends it here.
fn addresses(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return Vec::new() };
    let port = match scheme {
        "mysql" | "mariadb" => 3306,
        "postgres" | "postgresql" => 5432,
        "mongodb" => 27017,
        _ => return Vec::new(),
    };
    let hosts = rest.rsplit_once('@').map_or(rest, |(_, hosts)| hosts);
    let hosts = hosts.split(['/', '?']).next().unwrap_or_default();
    let with_port = |host: &str| {
        // The colons in brackets are those of an IPv6 address.
        let name_end = host.rfind(']').unwrap_or(0);
        if host[name_end..].contains(':') { host.to_owned() } else { format!("{host}:{port}") }
    };
    hosts.split(',').filter(|host| !host.is_empty()).map(with_port).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_the_default_port_of_their_scheme() {
        assert_eq!(addresses("mysql://u:p@db.example/wxlogin"), ["db.example:3306"]);
        assert_eq!(addresses("mariadb://u:p@db.example:3307/wxlogin?x=y"), ["db.example:3307"]);
        assert_eq!(addresses("postgres://u:a@b/c@[::1]/wxlogin"), ["[::1]:5432"]);
        assert_eq!(addresses("postgresql://[::1]:5433/wxlogin"), ["[::1]:5433"]);
        assert_eq!(addresses("mongodb://u:p@a,b:27018/wxlogin"), ["a:27017", "b:27018"]);
        assert_eq!(addresses("sqlite:wxlogin.db"), Vec::<String>::new());
        assert_eq!(addresses("mysql:///wxlogin"), Vec::<String>::new());
    }
}
