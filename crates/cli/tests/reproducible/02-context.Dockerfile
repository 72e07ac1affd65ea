FROM busybox
COPY . /context
