FROM busybox
RUN yes 'a line that is there many times' | head -c 9000000 > /large && head -c 5000000 /dev/zero > /zero
RUN sha256sum /large /zero > /sums && gzip -n < /large > /large.gz
