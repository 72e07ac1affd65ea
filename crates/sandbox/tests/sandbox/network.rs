//! Private networks: with every helper that is installed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpListener, UdpSocket};
use std::thread;
use std::time::Instant;

use cooper_sandbox::{ErrorKind, Helper, Network, PrivateNetwork, Spec};

use crate::Case;
use crate::lab::{Lab, run};
use crate::lifecycle::eventually;

pub(crate) const CASES: &[Case] = &[
    ("a_private_network_leads_out_but_not_to_loopback", reach),
    ("steps_share_a_private_network", share),
    ("name_servers_of_the_host_are_replaced", name_servers),
    ("a_private_network_ends_with_its_handle", ends),
];

/// Checks one network of each helper that works here; says why another does not.
fn each(mut check: impl FnMut(PrivateNetwork, &str)) {
    for helper in Helper::ALL {
        // The one before may still be on its way out.
        eventually("the processes of another network end", || children().is_empty());
        let started = Instant::now();
        match PrivateNetwork::start_with(helper) {
            Ok(network) => {
                println!("  ({} took {:?})", helper.name(), started.elapsed());
                check(network, helper.name());
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::NoNetwork, "{error}");
                println!("  (not with {}: {error})", helper.name());
            }
        }
    }
}

fn script(lab: &Lab, network: &PrivateNetwork, text: &str) -> Spec {
    let mut spec = lab.script(text);
    spec.network = Network::Private(network.clone());
    spec
}

/// A port on which this machine answers; one connection is enough.
fn serve(address: IpAddr) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nanswer\n");
        }
    });
    port
}

/// An address of this machine that is not loopback; nothing is sent to find it.
fn outer_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn reach(lab: &Lab) {
    let Some(address) = outer_address() else {
        println!("  (this machine has no address other than loopback)");
        return;
    };
    let outer = serve(address);
    let inner = serve(Ipv4Addr::LOCALHOST.into());
    each(|network, name| {
        let ask = |host: &str, port: u16| {
            run(&script(lab, &network, &format!("timeout 2 wget -q -O - http://{host}:{port}/ 2>&1; true")))
                .out
        };
        assert_eq!(ask(&address.to_string(), outer), "answer\n", "{name}");
        for host in ["127.0.0.1", "10.0.2.2"] {
            assert!(!ask(host, inner).contains("answer"), "{name}: {host}");
        }
    });
}

fn share(lab: &Lab) {
    each(|network, _| {
        let own = run(&lab.script("readlink /proc/self/ns/net")).out;
        let first = run(&script(lab, &network, "readlink /proc/self/ns/net; ls /sys/class/net | wc -l"));
        let second = run(&script(lab, &network, "readlink /proc/self/ns/net; ls /sys/class/net | wc -l"));
        assert_eq!(first.exit.code, 0, "{}", first.err);
        assert_eq!(first.out, second.out);
        assert!(first.out.ends_with("\n2\n"), "loopback and a way out: {}", first.out);
        assert!(!first.out.starts_with(&own));
        let host = fs::read_link("/proc/self/ns/net").unwrap();
        assert!(!first.out.starts_with(host.to_str().unwrap()));
    });
}

fn name_servers(lab: &Lab) {
    let file = lab.fresh().join("resolv.conf");
    fs::write(&file, "search a.example\nnameserver 127.0.0.53\nnameserver 192.0.2.9\n").unwrap();
    each(|network, _| {
        let stand_in = match network.helper().unwrap() {
            Helper::Pasta => "169.254.1.1",
            Helper::Slirp4netns => "10.0.2.3",
        };
        let mut spec = script(lab, &network, "cat /etc/resolv.conf");
        spec.etc.resolv_conf = Some(file.clone());
        let expect = format!("search a.example\nnameserver {stand_in}\nnameserver 192.0.2.9\n");
        assert_eq!(run(&spec).out, expect);
        spec.network = Network::Host;
        spec.rootfs = lab.rootfs(&[]);
        assert_eq!(run(&spec).out, fs::read_to_string(&file).unwrap());
    });
}

fn ends(lab: &Lab) {
    each(|network, name| {
        let children = children();
        assert_eq!(children.len(), 1, "{name}");
        let helpers = children_of(&children[0]);
        assert_eq!(helpers.len(), 1, "{name}");
        let copy = network.clone();
        drop(network);
        assert_eq!(run(&script(lab, &copy, "true")).exit.code, 0);
        drop(copy);
        for process in children.iter().chain(&helpers) {
            let place = format!("/proc/{process}");
            eventually(&format!("{name}: {process} is still there"), || !fs::exists(&place).unwrap());
        }
    });
}

/// Process numbers of this process's children.
fn children() -> Vec<String> {
    children_of(&std::process::id().to_string())
}

fn children_of(process: &str) -> Vec<String> {
    let mut all = Vec::new();
    for task in fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten() {
        let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        all.extend(text.split_whitespace().map(str::to_owned));
    }
    all
}
