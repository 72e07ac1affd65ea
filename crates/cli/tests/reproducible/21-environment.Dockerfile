FROM busybox
ARG VERSION=1.2.3
ENV VERSION=${VERSION:-none} LIST="a b" PATH=/opt/bin:$PATH
LABEL version=$VERSION org.example.list="x, y" z=1 a=2
RUN env | grep -v '^HOME' | sed 's/^/e /' > /env && echo ${VERSION#1.} > /cut
EXPOSE 80 443/udp
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s CMD true
ENTRYPOINT ["env"]
