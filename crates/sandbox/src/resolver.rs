//! Name servers of a step that does not have the host's network.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// A `resolv.conf` in which name servers on the host's loopback interface, as systemd's, are replaced by the
/// address that stands for them; `None` when there are none.
pub(crate) fn rewrite(text: &str, stand_in: Ipv4Addr) -> Option<String> {
    let mut out = String::new();
    let mut replaced = false;
    for line in text.lines() {
        if !is_local(line) {
            out.extend([line, "\n"]);
        } else if !replaced {
            replaced = true;
            // Writing to a string cannot fail.
            let _ = writeln!(out, "nameserver {stand_in}");
        }
    }
    replaced.then_some(out)
}

/// Whether a line names a server that only the host itself can reach.
fn is_local(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let address =
        (words.next() == Some("nameserver")).then(|| words.next()?.parse::<IpAddr>().ok()).flatten();
    address.is_some_and(|address| address.is_loopback() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_of_the_host_alone_are_replaced() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(rewrite(text, Ipv4Addr::new(169, 254, 1, 1)).as_deref(), expect, "{text}");
        };
        check("", None);
        check("nameserver 192.0.2.1\nsearch a.example\n", None);
        check(
            "# local\nnameserver 127.0.0.53\nnameserver ::1\nnameserver 192.0.2.1\noptions edns0",
            Some("# local\nnameserver 169.254.1.1\nnameserver 192.0.2.1\noptions edns0\n"),
        );
        check("  nameserver\t0.0.0.0\n", Some("nameserver 169.254.1.1\n"));
        check("nameserver fe80::1%eth0\n#nameserver 127.0.0.1\n", None);
    }
}
