FROM busybox
ARG HTTP
ADD $HTTP/fetched.txt /fetched
ADD --unpack=true --chown=3:4 $HTTP/files.tar.gz /remote/
