//! Which addresses may be called: none that leads into the operator's own network.
//!
//! Whoever makes a contract chooses the URL that is told of it, and the request comes from
//! inside. So a URL is read by the rules that the client itself reads it by (WHATWG URL,
//! in which `0x7f.1` is 127.0.0.1), every address that is not one of the public internet
//! is refused, and the name is looked up once: what was looked at is what is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Longest URL.
const LONGEST: usize = 1024;
/// Endings of names that are no public names: RFC 6761, RFC 6762, RFC 8375, RFC 9476, and
/// what ICANN keeps for private use.
const PRIVATE_NAMES: [&str; 10] = [
    "localhost",
    "local",
    "internal",
    "home.arpa",
    "alt",
    "onion",
    "test",
    "invalid",
    "lan",
    "localdomain",
];

/// What may be called beside the public internet by `https`.
#[derive(Debug, Clone, Default)]
pub struct Guard {
    /// Hosts with ports that the operator has allowed, by `http` and to any address too.
    allowed: Vec<(String, u16)>,
    /// Ports that may be called elsewhere.
    ports: Vec<u16>,
}

/// A URL that may be called, as far as it can be said before its name is looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The URL.
    pub url: Url,
    /// Its host, without the brackets of an IPv6 address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the operator has allowed it, whatever its address.
    pub allowed: bool,
}

/// Why a URL is not called. Codes are `callback-address`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Not a URL that has a host.
    #[error("it is not a URL of at most {LONGEST} characters with a host")]
    Form,
    /// Not `https`.
    #[error("only https URLs are called")]
    Scheme,
    /// User name or password.
    #[error("it names a user or a password; requests are signed instead")]
    User,
    /// A fragment, which no request has.
    #[error("it has a fragment, which is never sent")]
    Fragment,
    /// A port that is not called.
    #[error("the port {0} is not called")]
    Port(u16),
    /// A name that is none of the public internet.
    #[error("the name is none of the public internet")]
    Name,
    /// An address that is none of the public internet.
    #[error("an address of it is none of the public internet")]
    Address,
    /// A name without an address.
    #[error("the name has no address")]
    Unknown,
}

impl Guard {
    /// With what the operator allows: `host:port`, and ports beside 443.
    ///
    /// # Errors
    /// The first entry that is not of this form.
    pub fn new(allowed: &[String], ports: &[u16]) -> Result<Self, String> {
        let read = |entry: &String| {
            let wrong = || format!("callback_allow: {entry:?} is not host:port");
            let (host, port) = entry.rsplit_once(':').ok_or_else(wrong)?;
            let port = port.parse().map_err(|_| wrong())?;
            // Read as in a URL, so that both are written in one way.
            let url: Url = format!("http://{host}/").parse().map_err(|_| wrong())?;
            let host = host_of(&url).ok_or_else(wrong)?;
            Ok::<_, String>((host, port))
        };
        let allowed = allowed.iter().map(read).collect::<Result<_, _>>()?;
        let ports = std::iter::once(443).chain(ports.iter().copied()).collect();
        Ok(Self { allowed, ports })
    }

    /// Looks at a URL: all but what its name leads to.
    pub fn look(&self, text: &str) -> Result<Target, Forbidden> {
        // The parser would pass over blanks and control characters.
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        if text.len() > LONGEST || !plain {
            return Err(Forbidden::Form);
        }
        // It would also read a URL without slashes, or with more.
        let (_, rest) = text.split_once("://").ok_or(Forbidden::Form)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err(Forbidden::Form);
        }
        let url: Url = text.parse().map_err(|_| Forbidden::Form)?;
        let (host, port) = host_of(&url)
            .zip(url.port_or_known_default())
            .ok_or(Forbidden::Form)?;
        if authority.contains('@') {
            return Err(Forbidden::User);
        }
        if url.fragment().is_some() {
            return Err(Forbidden::Fragment);
        }
        let allowed = self.allowed.contains(&(host.clone(), port));
        match url.scheme() {
            "https" => {}
            "http" if allowed => {}
            _ => return Err(Forbidden::Scheme),
        }
        if !allowed {
            if !self.ports.contains(&port) {
                return Err(Forbidden::Port(port));
            }
            match host.parse::<IpAddr>() {
                Ok(address) if is_public(address) => {}
                Ok(_) => return Err(Forbidden::Address),
                Err(_) if is_public_name(&host) => {}
                Err(_) => return Err(Forbidden::Name),
            }
        }
        Ok(Target {
            url,
            host,
            port,
            allowed,
        })
    }

    /// Looks at what a name leads to. One address that is not public spoils them all: the
    /// name is not one of a public service then.
    pub fn look_at(target: &Target, addresses: &[IpAddr]) -> Result<IpAddr, Forbidden> {
        if !target.allowed && !addresses.iter().all(|address| is_public(*address)) {
            return Err(Forbidden::Address);
        }
        addresses.first().copied().ok_or(Forbidden::Unknown)
    }
}

/// The host of a URL as an address or a name, without brackets.
fn host_of(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

/// A name of two labels or more that may be known everywhere. A dot at the end would make
/// it another name for whoever compares, and the same for whoever looks it up.
fn is_public_name(name: &str) -> bool {
    let private = |ending: &&str| {
        let before = name.strip_suffix(*ending);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    name.contains('.')
        && !name.ends_with('.')
        && !name.starts_with('.')
        && !name.contains("..")
        && !PRIVATE_NAMES.iter().any(private)
}

/// IPv4 networks that are not the public internet: the IANA special-purpose registry
/// (RFC 6890, RFC 8190), multicast (RFC 5771) and what is kept for later (RFC 1112, 4).
const V4: [(Ipv4Addr, u32); 18] = [
    // This network; 0.0.0.0 is this machine to many (RFC 791, 3.2).
    (Ipv4Addr::UNSPECIFIED, 8),
    // Private (RFC 1918).
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared by carriers (RFC 6598); the metadata of one cloud is there.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    // Loopback (RFC 1122, 3.2.1.3).
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local (RFC 3927); the metadata of most clouds.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // A cloud's own services for its machines, behind a public number.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
    // Protocol assignments (RFC 6890), DS-Lite, NAT64 discovery.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation (RFC 5737).
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // AS112 (RFC 7535, RFC 7534), for queries that lead nowhere.
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    // Relays of 6to4 (RFC 7526), and AMT (RFC 7450).
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    // Measuring of networks (RFC 2544).
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast, kept for later, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Within global unicast (`2000::/3`, RFC 4291) what is not the public internet, by the same
/// registry.
const V6: [(Ipv6Addr, u32); 5] = [
    // Protocol assignments (RFC 2928): Teredo (RFC 4380), benchmarking, ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation (RFC 3849, RFC 9637).
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4 (RFC 3056), which leads to any IPv4 address.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    // AS112 (RFC 7534).
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
];
/// Interface identifiers of ISATAP (RFC 5214, 6.1): IPv4 addresses in IPv6 ones.
const ISATAP: [u32; 2] = [0x0000_5efe, 0x0200_5efe];

/// Whether an address is one of the public internet. Of IPv6 that is global unicast
/// alone: all that maps or translates to IPv4 (`::ffff:0:0/96`, `64:ff9b::/96`,
/// `64:ff9b:1::/48`), loopback, `fc00::/7`, `fe80::/10`, `fec0::/10`, `ff00::/8` lies
/// outside of it.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !V4.iter().any(|(network, length)| {
            let differ = address.to_bits() ^ network.to_bits();
            differ.leading_zeros() >= *length
        }),
        IpAddr::V6(address) => {
            let bits = address.to_bits();
            let within = |(network, length): &(Ipv6Addr, u32)| {
                (bits ^ network.to_bits()).leading_zeros() >= *length
            };
            let interface = u32::try_from((bits >> 32) & u128::from(u32::MAX));
            let isatap = interface.is_ok_and(|interface| ISATAP.contains(&interface));
            bits >> 125 == 1 && !V6.iter().any(within) && !isatap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms, which the test over HTTP has too.
    const FORMS: &str = include_str!("../../tests/house/callback/forms.txt");

    fn guard() -> Guard {
        Guard::new(
            &[
                "10.0.0.7:8443".to_owned(),
                "Hooks.Bank.internal:80".to_owned(),
            ],
            &[],
        )
        .unwrap()
    }

    #[test]
    fn every_form_of_a_private_address_is_refused() {
        let forms: Vec<&str> = FORMS
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect();
        assert!(forms.len() >= 60, "{}", forms.len());
        for form in forms {
            assert!(guard().look(form).is_err(), "{form}");
        }
    }

    #[test]
    fn what_is_public_is_called() {
        for url in [
            "https://hooks.bank.example.com/a/b?c=d",
            "https://HOOKS.bank.com:443/",
            "https://8.8.8.8/",
            "https://134744072/",
            "https://[2400:3200::1]/",
            "https://xn--fiq228c.com/",
            "https://172.32.0.1/",
            "https://100.128.0.1/",
            "https://localhost.bank.com/",
        ] {
            let target = guard().look(url).unwrap();
            assert!(!target.allowed, "{url}");
        }
    }

    #[test]
    fn what_the_operator_allows_is_called_at_that_port_alone() {
        for url in [
            "http://10.0.0.7:8443/x",
            "https://10.0.0.7:8443/",
            "http://hooks.bank.internal/",
        ] {
            assert!(guard().look(url).unwrap().allowed, "{url}");
        }
        for url in [
            "http://10.0.0.7/",
            "https://10.0.0.7/",
            "https://10.0.0.8:8443/",
            "https://hooks.bank.internal/",
        ] {
            guard().look(url).unwrap_err();
        }
        for entry in ["", "host", "host:", "host:x", "host:70000", ":80", "a b:80"] {
            assert!(Guard::new(&[entry.to_owned()], &[]).is_err(), "{entry:?}");
        }
        let ports = Guard::new(&[], &[8443]).unwrap();
        ports.look("https://bank.com:8443/").unwrap();
        assert_eq!(
            ports.look("https://bank.com:8444/"),
            Err(Forbidden::Port(8444))
        );
    }

    #[test]
    fn a_name_is_judged_by_all_that_it_leads_to() {
        let target = guard().look("https://bank.com/").unwrap();
        let at = |addresses: &[&str]| {
            let addresses: Vec<IpAddr> = addresses.iter().map(|a| a.parse().unwrap()).collect();
            Guard::look_at(&target, &addresses)
        };
        assert_eq!(
            at(&["8.8.8.8", "2400:3200::1"]),
            Ok("8.8.8.8".parse().unwrap())
        );
        assert_eq!(at(&[]), Err(Forbidden::Unknown));
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "::1",
            "::ffff:127.0.0.1",
            "169.254.169.254",
            "168.63.129.16",
            "64:ff9b::a00:1",
            "fd00::1",
            "2002:7f00:1::",
            "2001:0:1::1",
        ] {
            assert_eq!(at(&[private]), Err(Forbidden::Address), "{private}");
            assert_eq!(
                at(&["8.8.8.8", private]),
                Err(Forbidden::Address),
                "{private}"
            );
        }
        let allowed = guard().look("http://hooks.bank.internal/").unwrap();
        let inside = "10.0.0.9".parse().unwrap();
        assert_eq!(Guard::look_at(&allowed, &[inside]), Ok(inside));
    }

    /// The edges of each network: the first and the last address are in it, and their
    /// neighbours are not, unless they are in another one.
    #[test]
    fn the_table_has_whole_networks() {
        for (network, length) in V4 {
            let first = network.to_bits();
            let last = first | u32::MAX.checked_shr(length).unwrap_or(0);
            for bits in [first, last] {
                assert!(!is_public(Ipv4Addr::from_bits(bits).into()));
            }
        }
        for public in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "192.167.255.255",
            "192.169.0.0",
            "100.63.255.255",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
        ] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for (network, length) in V6 {
            let first = network.to_bits();
            let last = first | u128::MAX.checked_shr(length).unwrap_or(0);
            for bits in [first, last] {
                assert!(!is_public(Ipv6Addr::from_bits(bits).into()));
            }
        }
    }
}
