//! What EXPOSE takes: `80`, `80/udp`, `8000-8002/tcp` and `ip:host:container`.

use std::net::IpAddr;

/// The ports of a word as `port/protocol` each. Address and port of the host count for nothing, but they have to be
/// right, as `BuildKit` has it.
pub(crate) fn expose(text: &str) -> Result<Vec<String>, String> {
    let mut parts = text.rsplitn(3, ':');
    let container = parts.next().unwrap_or(text);
    let (host, address) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let (range, protocol) = container.split_once('/').unwrap_or((container, ""));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_ascii_lowercase() };
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("`{text}` has the unknown protocol `{protocol}`: use `tcp`, `udp` or `sctp`"));
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    if !address.is_empty() && bare.parse::<IpAddr>().is_err() {
        return Err(format!("`{text}` has the invalid address `{address}`"));
    }
    let (first, last) = ports(range).ok_or_else(|| format!("`{text}` is not a port or a range of ports"))?;
    if !host.is_empty() {
        let (from, to) = ports(host).ok_or_else(|| format!("`{text}` has the invalid port `{host}`"))?;
        if to - from != last - first && first != last {
            return Err(format!("`{text}` has two ranges of different lengths"));
        }
    }
    Ok((first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

/// `80` or `80-90`.
fn ports(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| digits)
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_and_ranges_expand() {
        let check = |text: &str, expect: &[&str]| assert_eq!(expose(text).unwrap(), expect, "{text}");
        check("80", &["80/tcp"]);
        check("0", &["0/tcp"]);
        check("80/", &["80/tcp"]);
        check("53/UDP", &["53/udp"]);
        check("8000-8002/tcp", &["8000/tcp", "8001/tcp", "8002/tcp"]);
        check("127.0.0.1:80:8080", &["8080/tcp"]);
        check("[::1]:80:80", &["80/tcp"]);
        check("80-90:80", &["80/tcp"]);
        check("127.0.0.1::80", &["80/tcp"]);
        for text in [
            "x",
            "",
            "/tcp",
            "80/http",
            "80/tcp/udp",
            "9-8",
            "70000",
            "+80",
            "-1",
            "a:80:80",
            "80-81:90-95",
            "x:80",
        ] {
            assert!(expose(text).is_err(), "{text}");
        }
    }
}
