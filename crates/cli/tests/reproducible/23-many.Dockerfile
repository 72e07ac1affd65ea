FROM busybox
RUN mkdir /many && cd /many && for d in $(seq 1 30); do mkdir d$d; for f in $(seq 1 20); do echo $d.$f > d$d/f$f; done; done
RUN find /many -name f7 | while read f; do rm $f; done
