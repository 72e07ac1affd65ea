//! # java
//!
//! A jar built by Maven or Gradle with a cache for what it fetches, run by a Java runtime without the compiler, as a user that is not
//! root. The heap follows the memory limit of the container.
//!
//! `build.gradle` or `build.gradle.kts` means Gradle, else it is Maven. The version is `java.version`, `maven.compiler.release` or
//! `maven.compiler.target` of `pom.xml`, or `languageVersion` of the Gradle file; else 21.

use super::{Language, fill};
use crate::project::{Project, version};

pub(crate) static LANGUAGE: Language = Language {
    name: "java",
    reads: &["pom.xml", "build.gradle", "build.gradle.kts"],
    registries: &["docker.io"],
    ignore: &["target", "build", ".gradle", "*.class"],
    dockerfile,
    source: include_str!("java.rs"),
};

const MAVEN: &str = r"FROM maven:3.9-eclipse-temurin-{{version}} AS build
WORKDIR /src
# What the project needs first: it changes less often than the sources.
COPY pom.xml ./
RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode dependency:go-offline
COPY src ./src
RUN --mount=type=cache,target=/root/.m2 mvn --batch-mode package -DskipTests && \
    cp target/*.jar /app.jar
";

const GRADLE: &str = r"FROM gradle:8-jdk{{version}} AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/home/gradle/.gradle/caches gradle --no-daemon build -x test && \
    find build/libs -name '*.jar' ! -name '*-plain.jar' -exec cp {} /app.jar \;
";

const RUNTIME: &str = r#"
FROM eclipse-temurin:{{version}}-jre-noble
LABEL org.opencontainers.image.title="{{name}}"
WORKDIR /app
COPY --from=build /app.jar ./app.jar
USER 10001:10001
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080"]
ENTRYPOINT ["java", "-XX:MaxRAMPercentage=75", "-jar", "/app/app.jar"]
"#;

fn dockerfile(project: &Project) -> String {
    let gradle = project.first(&["build.gradle", "build.gradle.kts"]);
    let text = project.text(gradle.unwrap_or("pom.xml"));
    let marks = ["<java.version>", "<maven.compiler.release>", "<maven.compiler.target>", "languageVersion"];
    let after = marks.iter().find_map(|mark| text.split_once(mark)).map(|(_, rest)| rest);
    let end = |rest: &str| rest.find(['<', '\n']).unwrap_or(rest.len());
    let version = after.and_then(|rest| version(&rest[..end(rest)], 1)).unwrap_or_else(|| "21".to_owned());
    let build = if gradle.is_some() { GRADLE } else { MAVEN };
    let words = [("version", version.as_str()), ("name", &project.slug())];
    fill(&format!("# syntax=docker/dockerfile:1\n\n{build}{RUNTIME}"), &words)
}
