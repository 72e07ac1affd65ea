//! What is known of public images and packages.

use shell::Invocation;

/// Images that are made to build with: name, and how the runtime variant is called.
const SDK_IMAGES: &[(&str, &str)] = &[
    ("clojure", "an `eclipse-temurin` JRE"),
    ("dart", "`scratch` with the compiled program"),
    ("elixir", "`debian` or `alpine` with the release"),
    ("gcc", "`debian`"),
    ("ghcr.io/graalvm/native-image", "a distroless image"),
    ("golang", "`gcr.io/distroless/static` or `scratch`"),
    ("gradle", "an `eclipse-temurin` JRE"),
    ("haskell", "`debian`"),
    ("maven", "an `eclipse-temurin` JRE"),
    ("mcr.microsoft.com/dotnet/core/sdk", "`mcr.microsoft.com/dotnet/aspnet`"),
    ("mcr.microsoft.com/dotnet/sdk", "`mcr.microsoft.com/dotnet/aspnet`"),
    ("rust", "`debian` or a distroless image"),
    ("sbt", "an `eclipse-temurin` JRE"),
    ("swift", "`swift` with a `-slim` tag"),
];

/// What to ship instead of an image that is made to build with; `None` for other images.
pub(crate) fn runtime_of(image: &str, tag: Option<&str>) -> Option<&'static str> {
    if image == "swift" && tag.is_some_and(|tag| tag.contains("slim")) {
        return None;
    }
    SDK_IMAGES.iter().find(|(name, _)| *name == image).map(|(_, runtime)| *runtime)
}

/// Commands that compile, by their first words.
const COMPILE: &[(&str, &[&str])] = &[
    ("cargo", &["build", "install"]),
    ("dart", &["compile"]),
    ("dotnet", &["build", "publish"]),
    ("gcc", &[]),
    ("go", &["build", "install"]),
    ("gradle", &["assemble", "bootJar", "build", "installDist", "jar", "shadowJar"]),
    ("gradlew", &["assemble", "bootJar", "build", "installDist", "jar", "shadowJar"]),
    ("make", &[]),
    ("mvn", &["install", "package", "verify"]),
    ("mvnw", &["install", "package", "verify"]),
    ("sbt", &["assembly", "package", "stage"]),
    ("stack", &["build", "install"]),
    ("swift", &["build"]),
];

/// Whether a command compiles a program.
pub(crate) fn compiles(command: &Invocation<'_>) -> bool {
    let Some((_, verbs)) = COMPILE.iter().find(|(name, _)| *name == command.name()) else { return false };
    verbs.is_empty() || command.operands().any(|word| verbs.contains(&word.text.as_ref()))
}

/// Packages that are needed to build, not to run.
const BUILD_PACKAGES: &[&str] = &[
    "autoconf",
    "automake",
    "bison",
    "build-base",
    "build-essential",
    "cargo",
    "clang",
    "cmake",
    "cpp",
    "devscripts",
    "dpkg-dev",
    "flex",
    "g++",
    "gcc",
    "gcc-c++",
    "golang",
    "golang-go",
    "gradle",
    "libc-dev",
    "libc6-dev",
    "libtool",
    "linux-headers",
    "make",
    "maven",
    "meson",
    "musl-dev",
    "nasm",
    "ninja",
    "ninja-build",
    "pkg-config",
    "pkgconf",
    "pkgconfig",
    "python-dev",
    "python2-dev",
    "python3-dev",
    "rust",
    "rustc",
    "yasm",
];
/// Ends of names of packages with headers.
const HEADER_ENDS: &[&str] = &["-dev", "-devel"];

/// Whether a package, with or without a version, is needed to build and not to run.
pub(crate) fn is_build_package(package: &str) -> bool {
    let name = package.split(['=', '<', '>', '~', ':']).next().unwrap_or_default();
    BUILD_PACKAGES.contains(&name)
        || HEADER_ENDS.iter().any(|end| name.ends_with(end))
        || name.strip_prefix("gcc-").is_some_and(|rest| rest.starts_with(|ch: char| ch.is_ascii_digit()))
}

/// Official images whose configuration has a user that is not root, or whose start program drops to one.
const SAFE_OFFICIAL: &[&str] = &[
    "adminer",
    "cassandra",
    "consul",
    "couchdb",
    "elasticsearch",
    "flink",
    "ghost",
    "haproxy",
    "httpd",
    "influxdb",
    "jetty",
    "kibana",
    "kong",
    "logstash",
    "mariadb",
    "memcached",
    "mongo",
    "mysql",
    "nats",
    "neo4j",
    "nginx",
    "percona",
    "php-fpm",
    "postgres",
    "rabbitmq",
    "redis",
    "rocket.chat",
    "solr",
    "sonarqube",
    "traefik",
    "varnish",
    "vault",
    "wordpress",
    "zookeeper",
];

/// Parts of names and tags of images that run as another user than root.
const ROOTLESS: &[&str] = &["chiseled", "nonroot", "rootless", "unprivileged"];
/// Publishers whose images do.
const ROOTLESS_SPACES: &[&str] = &["bitnami/", "cgr.dev/", "chainguard/", "jenkins/", "nginxinc/"];

/// Whether the name of an image tells that its containers run as another user than root.
pub(crate) fn is_rootless(image: &str, tag: Option<&str>) -> bool {
    let says = |text: &str| ROOTLESS.iter().any(|part| text.contains(part));
    says(image) || tag.is_some_and(says) || ROOTLESS_SPACES.iter().any(|space| image.starts_with(space))
}

/// Whether the name of an image tells that it is one of Windows, whose users have no numbers.
pub(crate) fn is_windows(image: &str, tag: Option<&str>) -> bool {
    let says = |text: &str| ["nanoserver", "servercore", "windows"].iter().any(|part| text.contains(part));
    says(image) || tag.is_some_and(says)
}

/// What buildah reads bases from beside registries, as in `FROM oci:directory`.
const TRANSPORTS: &[&str] = &["containers-storage", "dir", "docker-archive", "oci", "oci-archive"];

/// Whether containers of an image run as root for sure when nothing else is said.
pub(crate) fn runs_as_root(image: &str, tag: Option<&str>) -> bool {
    let elsewhere = TRANSPORTS.contains(&image) || is_windows(image, tag);
    let official = !image.contains('/') && !SAFE_OFFICIAL.contains(&image) && !elsewhere;
    let distroless = image.starts_with("gcr.io/distroless/");
    (official || distroless) && !is_rootless(image, tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_to_build_with_are_known() {
        for name in
            ["gcc", "build-essential=12.9", "libpq-dev=15.8-0", "openssl-devel", "gcc-12", "musl-dev~1"]
        {
            assert!(is_build_package(name), "{name}");
        }
        for name in ["curl", "libpq5", "gcc-libs", "development", "cmakelists"] {
            assert!(!is_build_package(name), "{name}");
        }
    }

    #[test]
    fn users_of_images_are_known() {
        assert!(runs_as_root("debian", Some("12")) && runs_as_root("gcr.io/distroless/static", None));
        assert!(!runs_as_root("oci", Some("out")) && !runs_as_root("openjdk", Some("8-windowsservercore")));
        assert!(!runs_as_root("postgres", None) && !runs_as_root("a/b", None));
        assert!(!runs_as_root("gcr.io/distroless/static", Some("nonroot")));
        assert!(is_rootless("nginxinc/nginx-unprivileged", None) && !is_rootless("a/b", Some("1")));
        assert!(is_windows("a/node-windows", None) && is_windows("a/b", Some("1-nanoserver")));
        assert!(!is_windows("a/b", Some("1")));
    }
}
