//! Functions of address ranges.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Ambient, Function, MANY, function};
use crate::value::{Value, whole};

pub(super) const FUNCTIONS: &[Function] = &[
    function("cidrhost", 2, 2, host),
    function("cidrnetmask", 1, 1, netmask),
    function("cidrsubnet", 3, 3, subnet),
    function("cidrsubnets", 1, MANY, subnets),
];

/// A range: its first address left-aligned, the length of its prefix, and how many bits addresses have.
#[derive(Clone, Copy)]
struct Range {
    bits: u128,
    prefix: u32,
    width: u32,
}

fn parse(value: &Value) -> Result<Range, String> {
    let text = value.to_text()?;
    let wrong = || format!("`{text}` is no address range");
    let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let (bits, width) = match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, 32),
        IpAddr::V6(v6) => (v6.to_bits(), 128),
    };
    let prefix = prefix.parse().ok().filter(|prefix| *prefix <= width).ok_or_else(wrong)?;
    Ok(Range { bits: bits & mask(prefix), prefix, width })
}

const fn mask(prefix: u32) -> u128 {
    if prefix == 0 { 0 } else { u128::MAX << (128 - prefix) }
}

impl Range {
    fn address(self) -> IpAddr {
        if self.width == 32 {
            IpAddr::V4(Ipv4Addr::from_bits((self.bits >> 96) as u32))
        } else {
            IpAddr::V6(Ipv6Addr::from_bits(self.bits))
        }
    }

    fn text(self) -> Value {
        Value::Text(format!("{}/{}", self.address(), self.prefix))
    }

    /// The part number `number` of those with `more` bits.
    fn part(self, more: u32, number: u128) -> Result<Self, String> {
        let prefix = self.prefix + more;
        if prefix > self.width || (more < 128 && number >> more != 0) {
            return Err(format!("the range has no part {number} of {more} more bits"));
        }
        let shift = 128 - prefix;
        let bits = if shift == 128 { self.bits } else { self.bits | (number << shift) };
        Ok(Self { bits, prefix, width: self.width })
    }
}

fn natural(value: &Value) -> Result<u32, String> {
    u32::try_from(whole(value.to_number()?)?).map_err(|error| error.to_string())
}

fn host(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let (range, number) = (parse(&arguments[0])?, whole(arguments[1].to_number()?)?);
    let free = range.width - range.prefix;
    let number = if number < 0 {
        let size = if free >= 127 { u128::MAX } else { 1_u128 << free };
        size.checked_sub(u128::from(number.unsigned_abs()))
    } else {
        Some(u128::from(number.unsigned_abs()))
    };
    let made = number
        .ok_or_else(|| "the range is smaller".to_owned())
        .and_then(|number| range.part(free, number))?;
    Ok(Value::Text(made.address().to_string()))
}

fn netmask(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let range = parse(&arguments[0])?;
    Ok(Value::Text(Range { bits: mask(range.prefix), ..range }.address().to_string()))
}

fn subnet(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let number = u128::from(natural(&arguments[2])?);
    Ok(parse(&arguments[0])?.part(natural(&arguments[1])?, number)?.text())
}

/// Parts one behind the other, each with as many more bits as it says.
fn subnets(arguments: &[Value], _: &Ambient) -> Result<Value, String> {
    let range = parse(&arguments[0])?;
    let mut begin = range.bits;
    let mut out = Vec::new();
    for more in &arguments[1..] {
        let prefix = range.prefix + natural(more)?;
        if prefix > range.width || prefix == 0 {
            return Err("the range has no such part".to_owned());
        }
        let size = 1_u128 << (128 - prefix);
        let aligned = begin.checked_add(size - 1).map(|end| end & mask(prefix));
        let bits = aligned.filter(|bits| bits & mask(range.prefix) == range.bits);
        let bits = bits.ok_or("the range is too small for these parts")?;
        out.push(Range { bits, prefix, width: range.width }.text());
        begin = bits.saturating_add(size);
    }
    Ok(Value::List(out))
}
