FROM busybox
ARG NAME=world
COPY <<EOF /greeting
hello $NAME
EOF
COPY --chmod=755 <<"ONE" <<TWO /scripts/
#!/bin/sh
echo $0
ONE
second
TWO
