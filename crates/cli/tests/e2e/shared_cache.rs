//! `--cache-to` and `--cache-from`: what one store has built, another one need not.

use std::fs;
use std::process::Command;

use crate::lab::{Lab, Ran};
use crate::registry::Registry;

const DOCKERFILE: &str = "FROM busybox AS build\n\
     COPY src /src\n\
     RUN cat /src/* > /all; seq 1 20000 > /big\n\
     RUN mkdir /out; cp /all /out/all; ln -s all /out/link; ln /out/all /out/hard; chmod 4711 /out/all\n\
     FROM busybox\n\
     RUN rm -r /root; mkdir /root; touch -d @1000000000 /root/old\n\
     COPY --from=build /out /out\n\
     RUN echo done > /done\n";

fn lab() -> Option<Lab> {
    let lab = Lab::new()?;
    lab.file("src/a", "one");
    Some(lab)
}

fn built(lab: &Lab, args: &[&str]) -> Ran {
    let ran = lab.build_with(DOCKERFILE, args);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran
}

/// Layers that lie unpacked in a store.
fn layers(lab: &Lab) -> usize {
    fs::read_dir(lab.path().join("store/layers")).unwrap().count()
}

#[test]
fn a_cache_in_a_directory_saves_every_step_and_gives_the_same_image() {
    let Some(one) = lab() else { return };
    let dir = one.path().join("shared").display().to_string();
    let (to, from) = (format!("type=local,dest={dir},mode=max"), format!("type=local,src={dir}"));
    // Where there is nothing yet, that is said and no more.
    let first = built(&one, &["--cache-to", &to, "--cache-from", &from]);
    assert!(first.err.contains("there is nothing yet"), "{}", first.err);
    let two = lab().unwrap();
    let second = built(&two, &["--cache-from", &from]);
    assert_eq!((second.done(), second.cached()), (0, 6), "{}", second.err);
    assert_eq!(first.digest(), second.digest());
    assert_eq!(two.run(&["store", "verify"]).code, 0);
    assert_eq!(two.sh("cat /out/link /done; stat -c %a /out/hard"), "onedone\n4711\n");
    // What a step before it gave is read only where something reads it: of `build`, only `/out` was copied.
    let three = lab().unwrap();
    three.file("src/b", "two");
    let third = built(&three, &["--cache-from", &from]);
    assert_eq!(third.cached(), 1, "the first step of the last stage:\n{}", third.err);
    assert_eq!(three.sh("cat /out/all"), "onetwo");
    // With `min` the steps of other stages are not there.
    let to = format!("type=local,dest={dir},mode=min,compression=zstd,tag=min");
    built(&one, &["--cache-to", &to]);
    let four = lab().unwrap();
    let fourth = built(&four, &["--cache-from", &format!("{from},tag=min")]);
    assert_eq!((fourth.done(), fourth.cached(), fourth.digest()), (3, 3, first.digest()), "{}", fourth.err);
}

#[test]
fn layers_of_a_cache_at_a_registry_are_not_fetched_when_nothing_reads_them() {
    let Some(one) = lab() else { return };
    let Some(registry) = Registry::start(&one) else { return };
    let cache = format!("type=registry,ref={}/team/cache:main,mode=max", registry.host);
    let from = format!("type=registry,ref={}/team/cache:main", registry.host);
    let first = built(&one, &["--cache-to", &cache]);
    let two = lab().unwrap();
    let only = built(&two, &["--cache-from", &from, "-o", "type=cacheonly"]);
    assert_eq!(only.done(), 0, "{}", only.err);
    let pushed = format!("type=image,name={}/team/app:2,push=true", registry.host);
    let three = lab().unwrap();
    three.file("Dockerfile", DOCKERFILE);
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let args = ["build", "--progress", "plain", "--cache-from", &from, "-o", &pushed];
    let third = three.run(&[&args[..], &["--build-context", &base, "context"]].concat());
    assert_eq!((third.code, third.digest()), (0, first.digest()), "{}", third.err);
    assert_eq!(layers(&three), 0, "nothing was unpacked");
    let fresh = Lab::new().unwrap();
    let ran = fresh.run(&["pull", &format!("{}/team/app:2", registry.host)]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    // An image with its cache in it.
    let inline = format!("{}/team/app:inline", registry.host);
    let image = format!("type=image,name={inline},push=true");
    let args = ["build", "--progress", "plain", "--cache-to", "type=inline", "-o", &image];
    let first = one.run(&[&args[..], &["--build-context", &base, "context"]].concat());
    assert_eq!(first.code, 0, "{}", first.err);
    let four = lab().unwrap();
    let fourth = built(&four, &["--cache-from", &inline, "--cache-to", "type=inline"]);
    assert_eq!((fourth.cached(), fourth.digest()), (3, first.digest()), "{}", fourth.err);
    // A registry that is gone is a miss.
    drop(registry);
    let five = lab().unwrap();
    let fifth = built(&five, &["--cache-from", &from]);
    assert_eq!(fifth.done(), 6, "{}", fifth.err);
    assert!(fifth.err.contains("is not used"), "{}", fifth.err);
    let failed = five.build_with(DOCKERFILE, &["--cache-to", &cache]);
    assert_eq!(failed.code, 4, "{}", failed.err);
    built(&five, &["--cache-to", &format!("{cache},ignore-error=true")]);
}

#[test]
fn whatever_is_wrong_with_a_cache_is_a_miss_with_a_note() {
    let Some(one) = lab() else { return };
    let dir = one.path().join("shared");
    let to = format!("type=local,dest={},mode=max", dir.display());
    let reference = built(&one, &["--cache-to", &to]).digest();
    let from = format!("type=local,src={}", dir.display());
    let blobs: Vec<_> = fs::read_dir(dir.join("blobs/sha256")).unwrap().flatten().map(|b| b.path()).collect();
    assert!(blobs.len() >= 7, "{blobs:?}");
    // Each blob in turn: changed, cut, gone.
    for (number, blob) in blobs.iter().enumerate() {
        let good = fs::read(blob).unwrap();
        match number % 3 {
            0 => fs::write(blob, [&good[..good.len() - 1], b"x"].concat()).unwrap(),
            1 => fs::write(blob, &good[..good.len() / 2]).unwrap(),
            _ => fs::remove_file(blob).unwrap(),
        }
        let two = lab().unwrap();
        let ran = built(&two, &["--cache-from", &from]);
        assert_eq!(ran.digest(), reference, "{}", ran.err);
        assert!(ran.cached() == 6 || ran.err.contains("note: "), "{}", ran.err);
        assert_eq!(two.run(&["store", "verify"]).code, 0);
        fs::write(blob, good).unwrap();
    }
    // A layer under the id of another one: right by its digests, and still refused.
    let index: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("index.json")).unwrap()).unwrap();
    let path = |descriptor: &serde_json::Value| {
        dir.join("blobs/sha256").join(descriptor["digest"].as_str().unwrap().trim_start_matches("sha256:"))
    };
    let manifest = path(&index["manifests"][0]);
    let mut parsed: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    let mut document: serde_json::Value =
        serde_json::from_slice(&fs::read(path(&parsed["config"])).unwrap()).unwrap();
    let layers = document["layers"].as_array_mut().unwrap();
    let ids: Vec<_> = layers.iter().map(|layer| layer["id"].clone()).collect();
    for (layer, id) in layers.iter_mut().zip(ids.iter().cycle().skip(1)) {
        layer["id"] = id.clone();
    }
    let put = |value: &serde_json::Value| {
        let bytes = serde_json::to_vec(value).unwrap();
        let temporary = dir.join("blobs/sha256/new");
        fs::write(&temporary, &bytes).unwrap();
        let sum = Command::new("sha256sum").arg(&temporary).output().unwrap();
        let hex = String::from_utf8_lossy(&sum.stdout)[..64].to_owned();
        fs::rename(&temporary, dir.join("blobs/sha256").join(&hex)).unwrap();
        (format!("sha256:{hex}"), bytes.len())
    };
    let (digest, size) = put(&document);
    (parsed["config"]["digest"], parsed["config"]["size"]) = (digest.into(), size.into());
    let (digest, size) = put(&parsed);
    let mut index = index;
    let top = &mut index["manifests"][0];
    (top["digest"], top["size"]) = (digest.into(), size.into());
    fs::write(dir.join("index.json"), serde_json::to_vec(&index).unwrap()).unwrap();
    let two = lab().unwrap();
    let ran = built(&two, &["--cache-from", &from]);
    assert_eq!((ran.digest(), ran.err.contains("it is not the layer")), (reference, true), "{}", ran.err);
    assert_eq!(two.run(&["store", "verify"]).code, 0);
}
