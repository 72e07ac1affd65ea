# args: --platform linux/amd64,linux/arm64
FROM --platform=$BUILDPLATFORM busybox AS build
ARG TARGETARCH
RUN echo "for $TARGETARCH" > /arch
FROM scratch
COPY --from=build /arch /arch
COPY tree /tree
LABEL arch=any
