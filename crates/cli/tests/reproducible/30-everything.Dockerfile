FROM busybox AS tools
RUN mkdir /tools && echo 'echo tool' > /tools/run && chmod 755 /tools/run
FROM busybox AS sources
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/c find . -type f | busybox sort | while read f; do sha256sum "$f"; done > /sums
FROM tools AS built
COPY --link --from=sources /sums /sums
RUN --mount=type=bind,from=sources,source=/src,target=/src /tools/run > /ran && cp -r /src/tree /tree && cat /ran /sums > /all.txt
FROM scratch
COPY --from=built --chown=1:2 /tree /tree
COPY --from=built /all.txt /ran /
ADD files.tar.gz /x
COPY <<EOF /etc/release
NAME=it
EOF
USER 1:2
LABEL of=everything
