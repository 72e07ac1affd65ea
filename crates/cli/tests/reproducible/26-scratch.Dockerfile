FROM scratch
COPY tree /
WORKDIR /a/b/c
