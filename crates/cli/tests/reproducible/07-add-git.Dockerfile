FROM busybox
ARG HTTP
ADD $HTTP/repository/.git#main /checkout
ADD --keep-git-dir=false $HTTP/repository/.git#main:dir /part
