# args: --compression zstd --compression-level 7
FROM busybox
RUN yes text | head -c 3000000 > /text
COPY tree /tree
