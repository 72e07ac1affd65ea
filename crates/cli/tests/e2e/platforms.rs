//! Images for other platforms than this machine's.

use crate::lab::{Lab, has, missing};

/// A program for arm64 Linux that prints a line and ends: an ELF header, one program header, eight instructions.
fn arm64_program(text: &str) -> Vec<u8> {
    let mov = |register: u32, value: u32| 0xd280_0000 | value << 5 | register;
    let length = u32::try_from(text.len()).unwrap();
    let call = 0xd400_0001;
    // write(1, text, length); the text follows the last instruction, 24 bytes behind the third.
    let print = [mov(8, 64), mov(0, 1), 0x1000_00c1, mov(2, length), call];
    let exit = [mov(8, 93), mov(0, 0), call];
    let mut program = vec![0x7f, b'E', b'L', b'F', 2, 1, 1];
    program.resize(16, 0);
    let (start, entry) = (0x40_0000_u64, 0x40_0078_u64);
    program.extend([2_u16, 183].map(u16::to_le_bytes).concat());
    program.extend(1_u32.to_le_bytes());
    program.extend([entry, 64, 0].map(u64::to_le_bytes).concat());
    program.extend(0_u32.to_le_bytes());
    program.extend([64_u16, 56, 1, 0, 0, 0].map(u16::to_le_bytes).concat());
    program.extend([1_u32, 5].map(u32::to_le_bytes).concat());
    let size = 120 + 32 + u64::from(length);
    program.extend([0, start, start, size, size, 0x1000].map(u64::to_le_bytes).concat());
    program.extend(print.iter().chain(&exit).flat_map(|word| word.to_le_bytes()));
    program.extend(text.bytes());
    program
}

#[test]
fn steps_for_another_machine_are_emulated() {
    let Some(lab) = Lab::new() else { return };
    if !has("qemu-aarch64-static") {
        return missing("qemu-aarch64-static is not installed (package qemu-user-static)");
    }
    std::fs::create_dir_all(lab.context()).unwrap();
    std::fs::write(lab.context().join("hello"), arm64_program("hello from arm64\n")).unwrap();
    let dockerfile = "FROM scratch\nCOPY --chmod=755 hello /hello\nRUN [\"/hello\"]\nCMD [\"/hello\"]\n";
    let built = lab.build_with(dockerfile, &["--platform", "linux/arm64"]);
    assert_eq!(built.code, 0, "{}", built.err);
    assert!(built.err.contains(" hello from arm64\n"), "{}", built.err);
    let ran = lab.run(&["run", "app"]);
    assert_eq!((ran.code, ran.out.as_str()), (0, "hello from arm64\n"), "{}", ran.err);
}

#[test]
fn what_cannot_be_emulated_is_said() {
    let Some(lab) = Lab::new() else { return };
    std::fs::create_dir_all(lab.context()).unwrap();
    std::fs::write(lab.context().join("hello"), "").unwrap();
    let dockerfile = "FROM scratch\nCOPY hello /hello\nRUN [\"/hello\"]\n";
    let built = lab.build_with(dockerfile, &["--platform", "linux/pdp11"]);
    assert_eq!(built.code, 4, "{}", built.err);
    assert!(built.err.contains("cannot run programs for `pdp11`: no emulator is known"), "{}", built.err);
    assert!(
        built.err.contains("--platform=$BUILDPLATFORM") && built.err.contains("Dockerfile:3"),
        "{}",
        built.err
    );
}

/// A file that says for which platform it was made, by way of a stage that runs on this machine.
const CROSS: &str = "FROM --platform=$BUILDPLATFORM busybox AS build\n\
                     RUN echo once >> /log\n\
                     ARG TARGETPLATFORM TARGETARCH\n\
                     RUN echo $TARGETPLATFORM $TARGETARCH > /out\n\
                     FROM scratch\nCOPY --from=build /out /log /\n";

#[test]
fn several_platforms_are_one_index_and_share_what_is_the_same() {
    let Some(lab) = Lab::new() else { return };
    let base = format!("busybox=oci-layout://{}", crate::lab::base().display());
    let both = ["--platform", "linux/amd64,linux/arm64", "--build-context", &base];
    let built = lab.build_with(
        CROSS,
        &[&both[..], &["-o", "type=local,dest=out", "-o", "type=oci,dest=oci.tar"]].concat(),
    );
    assert_eq!(built.code, 0, "{}", built.err);
    assert_eq!(
        built.err.matches("RUN echo once").count(),
        1,
        "a step that both need runs once: {}",
        built.err
    );
    for (directory, text) in [("linux_amd64", "linux/amd64 amd64\n"), ("linux_arm64", "linux/arm64 arm64\n")]
    {
        let file = lab.path().join("out").join(directory).join("out");
        assert_eq!(std::fs::read_to_string(file).unwrap(), text);
    }
    let index: serde_json::Value = serde_json::from_str(&lab.run(&["inspect", "--raw", "app"]).out).unwrap();
    let architectures: Vec<&str> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|manifest| manifest["platform"]["architecture"].as_str().unwrap())
        .collect();
    assert_eq!(architectures, ["amd64", "arm64"]);
    let again = lab.build_with(CROSS, &both);
    assert_eq!((again.code, again.done()), (0, 0), "{}", again.err);
    let archive = lab.build_with(CROSS, &[&both[..], &["-o", "type=docker,dest=d.tar"]].concat());
    assert_eq!(archive.code, 2, "{}", archive.err);
    assert!(archive.err.contains("one platform only"), "{}", archive.err);
}
