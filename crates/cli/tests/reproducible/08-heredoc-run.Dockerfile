FROM busybox
RUN <<EOF
set -e
mkdir -p /a/b/c
for n in $(seq 1 20); do echo "$n" > /a/b/c/$n; done
EOF
RUN <<'ONE' cat > /quoted
$HOME stays
ONE
