//! What EXPOSE names.

use syntax::{Spanned, Statement};

use crate::model::Step;

/// The words of an EXPOSE with what they are after expansion; those that are not known are left out.
pub(crate) fn ports<'b>(step: &'b Step<'_>) -> impl Iterator<Item = (&'b Spanned<String>, String)> {
    let words = match step.statement {
        Some(Statement::Expose(words)) => &words[..],
        _ => &[],
    };
    words.iter().flat_map(|word| {
        let text = step.expand(&word.value).unwrap_or_default();
        text.split_whitespace().map(|port| (word, port.to_owned())).collect::<Vec<_>>()
    })
}

/// A port as EXPOSE writes it, taken apart: `address:host:port/protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PortSpec<'a> {
    /// The port of the container, or a range.
    pub(crate) port: &'a str,
    /// The protocol, as it is written.
    pub(crate) proto: Option<&'a str>,
}

/// Takes a port apart.
pub(crate) fn split_port(spec: &str) -> PortSpec<'_> {
    let (ports, proto) = spec.split_once('/').map_or((spec, None), |(ports, proto)| (ports, Some(proto)));
    PortSpec { port: ports.rsplit(':').next().unwrap_or(ports), proto }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_taken_apart() {
        let check = |spec: &str, port: &str, proto: Option<&str>| {
            assert_eq!(split_port(spec), PortSpec { port, proto }, "{spec}");
        };
        check("80", "80", None);
        check("80-90/UDP", "80-90", Some("UDP"));
        check("127.0.0.1:8080:80/tcp", "80", Some("tcp"));
        check("[::1]:8080:80", "80", None);
    }
}
