//! Lists of hosts that people write: insecure servers and what bypasses a proxy.

use std::net::IpAddr;

use crate::url::host_of;

/// Whether `authority` (`host[:port]`) is meant by `entry`: `*`, the same host (any port) or `host:port`, or a network
/// as `10.0.0.0/8` or `fd00::/8`. With `subdomains`, a name also means the names under it.
pub fn host_matches(entry: &str, authority: &str, subdomains: bool) -> bool {
    let entry = entry.trim().to_ascii_lowercase();
    let authority = authority.to_ascii_lowercase();
    let host = host_of(&authority);
    if entry.is_empty() {
        return false;
    }
    if entry == "*" || entry == authority || entry.trim_matches(['[', ']']) == host {
        return true;
    }
    if let Some((network, bits)) = entry.split_once('/') {
        let (Ok(network), Ok(bits), Ok(address)) = (network.parse(), bits.parse(), host.parse()) else {
            return false;
        };
        return in_network(network, bits, address);
    }
    let name = entry.strip_prefix("*.").unwrap_or(&entry).trim_start_matches('.');
    let (name, port) = name.split_once(':').map_or((name, None), |(name, port)| (name, Some(port)));
    let port_fits =
        port.is_none_or(|port| authority.strip_suffix(port).is_some_and(|rest| rest.ends_with(':')));
    subdomains
        && port_fits
        && host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn in_network(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    let (network, address, width) = match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) => {
            (network.to_bits().into(), address.to_bits().into(), 32)
        }
        (IpAddr::V6(network), IpAddr::V6(address)) => (network.to_bits(), address.to_bits(), 128),
        _ => return false,
    };
    let (network, address): (u128, u128) = (network, address);
    bits <= width && (bits == 0 || (network ^ address) >> (width - bits) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_mean_what_people_expect() {
        let check = |entry: &str, authority: &str, subdomains: bool, expect: bool| {
            assert_eq!(host_matches(entry, authority, subdomains), expect, "{entry} {authority}");
        };
        check("r.example", "r.example:5000", false, true);
        check("r.example:5000", "R.example:5000", false, true);
        check("r.example:5000", "r.example:5001", false, false);
        check("example", "r.example", false, false);
        check("example", "r.example", true, true);
        check(".example", "r.example:1", true, true);
        check("*.example", "r.example", true, true);
        check("example:1", "r.example:1", true, true);
        check("example:1", "r.example:11", true, false);
        check("ample", "r.example", true, false);
        check("*", "anything:1", true, true);
        check("", "r.example", true, false);
        check("10.0.0.0/8", "10.1.2.3:5000", false, true);
        check("10.0.0.0/8", "11.1.2.3", false, false);
        check("0.0.0.0/0", "11.1.2.3", false, true);
        check("10.0.0.0/33", "10.0.0.0", false, false);
        check("fd00::/8", "[fd00::1]:5000", false, true);
        check("[fd00::1]", "[fd00::1]:5000", false, true);
    }
}
